"""One article as it came in."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from rag.articles.hints import Hints
from rag.types import Removed

_NOTHING = Hints()
Kind: TypeAlias = Literal["text", "markdown", "html", "record", "document"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """One article as it came in: decoded, not cleaned. `title` to `id` are what a record states of itself.

    `text` is what the library keeps as raw: the decoded file, or what was extracted from one that has no plain text
    of its own (`document`: PDF, Word).
    """

    path: str
    text: str
    encoding: str  # of the file's characters; the format's name where it has none (`pdf`, `docx`)
    kind: Kind
    title: str | None = None
    published: date | None = None
    source: str | None = None
    id: str | None = None
    info: Hints = _NOTHING  # what the file states beside its text; counts only where nothing better does
    removed: tuple[Removed, ...] = ()  # stretches of `text` that are the page's and not the article's
