"""What a check of the machine finds, and how one is run so that nothing it meets can stop the others.

`yiju doctor` is made of these. Only the standard library is imported here: a doctor must work where packages do not.
"""

import json
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from models.errors import IndexUnusableError, ModelError, YijuError, one_line

State: TypeAlias = Literal["ok", "warn", "fail"]

ROOT = Path(__file__).resolve().parent.parent
# `make setup` alone does nothing once it has succeeded.
SETUP = "rm -f .venv/ready && make setup"
_CHILD_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Check:
    """One finding about this machine. Whatever is not ok says what to do; `exit_code` counts when it fails."""

    name: str
    state: State
    finding: str
    remedy: str | None = None
    exit_code: int = ModelError.exit_code

    def __post_init__(self) -> None:
        if (self.state == "ok") != (self.remedy is None):
            msg = f"a check has a remedy when it is not ok, and only then: {self.name}, {self.state}, {self.remedy!r}"
            raise ValueError(msg)
        if "\n" in self.finding or "\n" in (self.remedy or ""):
            msg = f"the finding and the remedy of a check are one line each: {self.name}"
            raise ValueError(msg)


def readable(count: float) -> str:
    """Return a number of bytes as people read it."""
    if count < 2**20:
        return f"{count / 2**10:,.0f} KiB"
    return f"{count / 2**30:,.1f} GiB" if count >= 2**30 else f"{count / 2**20:,.0f} MiB"


def from_error(name: str, error: YijuError, exit_code: int = ModelError.exit_code) -> Check:
    """Return the failed check that an error of ours amounts to: what it says up to its last colon, then the remedy."""
    finding, _, remedy = one_line(error).rpartition(": ")
    return Check(name, "fail", finding or remedy, remedy, exit_code)


def guarded(name: str, check: Callable[[], Check], exit_code: int = ModelError.exit_code) -> Check:
    """Run a check; whatever it raises becomes a failed check of this name and code."""
    try:
        return check()
    except YijuError as error:
        known = isinstance(error, ModelError | IndexUnusableError)
        return from_error(name, error, error.exit_code if known else exit_code)
    except ModuleNotFoundError as error:
        return Check(name, "fail", f"the package {error.name} is missing", f"install it: `{SETUP}`", exit_code)
    except Exception as error:  # noqa: BLE001 - the one command that must end well whatever is broken
        steps = traceback.extract_tb(error.__traceback__)[:0:-1]
        place = " < ".join(f"{Path(step.filename).name}:{step.lineno}" for step in steps)
        said = one_line(f"{type(error).__name__}: {error}".removesuffix(": "))
        finding = f"the check itself broke: {said}" + (f" ({place})" if place else "")
        remedy = f"mend what it names if you can (`{SETUP}` installs again), else report this line"
        return Check(name, "fail", finding, remedy, exit_code)


def guarded_all(name: str, checks: Callable[[], Iterable[Check]], exit_code: int = ModelError.exit_code) -> list[Check]:
    """Gather checks; where even that breaks, one failed check of this name stands for them."""
    found: list[Check] = []

    def gather() -> Check:
        found.extend(checks())
        return Check(name, "ok", "gathered")

    outcome = guarded(name, gather, exit_code)
    return found if outcome.state == "ok" else [outcome]


class ChildError(Exception):
    """A child process died or failed; the message is one line."""


def run_child(
    program: str, *arguments: str, python: str = sys.executable, seconds: float = _CHILD_SECONDS
) -> Mapping[str, Any]:
    """Run a Python program in a process of its own and return the JSON object it prints last.

    Compiled code that does not fit the CPU kills its process: only from outside can that be told.

    Raises:
        ChildError: it died (by which signal is told), failed, hung, or printed something else.

    """
    command = [python, "-c", program, *arguments]
    try:
        child = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, cwd=ROOT, timeout=seconds
        )
    except subprocess.TimeoutExpired as error:
        msg = f"it did not end within {seconds:g} s"
        raise ChildError(msg) from error
    except OSError as error:
        msg = f"{python} cannot be started ({error.strerror or error})"
        raise ChildError(msg) from error
    if child.returncode < 0:
        msg = f"its process died of {_signal_name(-child.returncode)}"
        raise ChildError(msg)
    lines = child.stderr.strip().splitlines()
    if child.returncode:
        msg = one_line(lines[-1]) if lines else f"it ended with status {child.returncode} and no word"
        raise ChildError(msg)
    try:
        said = json.loads(child.stdout.strip().splitlines()[-1])
        if isinstance(said, dict):
            return said
    except (ValueError, IndexError):
        pass
    msg = f"it printed something unexpected: {one_line(child.stdout)[-80:]!r}"
    raise ChildError(msg)


def _signal_name(number: int) -> str:
    try:
        return f"{signal.Signals(number).name} (signal {number})"
    except ValueError:
        return f"signal {number}"
