"""Every error a user can cause: one line each, saying what, the rule it broke, and what to do next.

The classes live in the leftmost layer so that all layers can raise them; the command line turns each into
its exit code and one line on standard error.
"""

from typing import ClassVar


def one_line(text: object) -> str:
    """Return a text (or an error's message) with every run of white space made one space."""
    return " ".join(str(text).split())


class YijuError(Exception):
    """The base of everything that is told to the user in one line; `exit_code` is the command's."""

    exit_code: ClassVar[int] = 1


class UsageError(YijuError):
    """The command was called in a way it does not understand."""

    exit_code = 2


class ModelError(YijuError):
    """A model is missing, broken, or not the one that a setting was fitted for."""

    exit_code = 3


class IndexUnusableError(YijuError):
    """The index is missing, damaged, or was made with another embedder or other settings."""

    exit_code = 4


class BadInputError(YijuError):
    """What was given to read (a question, an article, a question set) cannot be used."""

    exit_code = 5


class GateFailedError(YijuError):
    """A measured figure is below its floor, or has become worse than before."""

    exit_code = 100
