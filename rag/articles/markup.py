"""Markup that would take hours to read is told from markup that is only long, before anything tries to read it.

The parser of the standard library, and any pattern that looks for a mark's other end, starts anew behind each mark
that is never closed: the time grows with their number times what is left of the text. Here that product is counted.
"""

import re

from rag.articles.files import RefusedError

_MOST_STEPS = 100_000_000  # a second or two
_SEARCH = 10  # times as fast is a plain search as a pattern
_LONG_LINE = 2000
_UNDERSCORES = re.compile(r"(?<!\w)__(?=\S)")
_SPACES = re.compile(r"[ \t]{1000,}")


def check_page(text: str) -> None:
    """Look at a page's source.

    Raises:
        RefusedError: too much in it is opened and never closed.

    """
    after_tags = text.rfind(">") + 1
    after_comments = text.rfind("-->") + 1
    after_sections = text.rfind("]>") + 1
    steps = (
        text.count("<", after_tags) * (len(text) - after_tags)
        + text.count("<!--", after_comments) * (len(text) - after_comments) // _SEARCH
        + text.count("<![", after_sections) * (len(text) - after_sections)
    )
    if steps > _MOST_STEPS:
        raise RefusedError("broken markup: thousands of its tags or comments are never closed")


def check_markdown(text: str) -> None:
    """Look at a Markdown text.

    Raises:
        RefusedError: too much in it is opened and never closed.

    """
    if not is_closed(text):
        raise RefusedError("broken Markdown: thousands of its marks are never closed; save it as .txt")


def is_closed(text: str) -> bool:
    """Whether a Markdown text can be read in a moment: little in it is opened and never closed."""
    after_comments = text.rfind("-->") + 1
    steps = text.count("<!--", after_comments) * (len(text) - after_comments)
    steps += sum(len(match.group()) ** 2 for match in _SPACES.finditer(text))
    for line in text.split("\n") if steps <= _MOST_STEPS else ():
        if len(line) > _LONG_LINE:
            unclosed = max(0, line.count("[") - line.count("]")) + max(0, line.count("](") - line.count(")"))
            unclosed += max(0, line.count("<http") - line.count(">")) + len(_UNDERSCORES.findall(line))
            steps += len(line) * unclosed
    return steps <= _MOST_STEPS
