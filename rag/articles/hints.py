"""What a format states outside the running text: a page's meta elements, a Markdown file's front matter."""

from dataclasses import dataclass
from datetime import date

from rag.articles.alignment import AlignedText
from rag.types import Removed


@dataclass(frozen=True, slots=True)
class Hints:
    """Values stated outside the text. They rank below what a record gives and above what the head lines say."""

    title: str | None = None
    published: date | None = None
    source: str | None = None
    author: str | None = None
    publisher: str | None = None  # whose page it is: the source where nothing else says one


@dataclass(frozen=True, slots=True)
class Extracted:
    """The running text of a file, freed of its format's markup and broken into lines."""

    text: AlignedText
    hints: Hints = Hints()
    removed: tuple[Removed, ...] = ()
