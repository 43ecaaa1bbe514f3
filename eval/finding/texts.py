"""The passages and articles of a library, as systems that index them by themselves are given them."""

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from rag.library import Library
from rag.types import EVERYTHING, Passage

_AT_ONCE = 500  # rows in one SQL statement


class Text(NamedTuple):
    """An article's id and its cleaned text, head first."""

    article_id: str
    text: str


def passages(library: Library) -> list[Passage]:
    """Return the passages of all bodies: what the product's own legs find."""
    rows = [int(row) for row in library.passage_rows(EVERYTHING)]
    found: list[Passage] = []
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        stored = library.passages(some)
        found.extend(stored[row].passage for row in some)
    return found


def titles(library: Library) -> dict[str, str]:
    """Return article id → title."""
    return {listed.id: listed.title for listed in library.articles()}


def articles(library: Library) -> Iterator[Text]:
    """Yield every article: what is given to systems that cut passages by themselves."""
    for row in library.query("SELECT id, text FROM article ORDER BY row"):
        yield Text(row["id"], row["text"])


def digest(library: Library) -> str:
    """Return the identity of a library's passages, whatever the order they came in."""
    lines = sorted(hashlib.sha256(f"{p.article_id}\n{p.text}".encode()).digest() for p in passages(library))
    return hashlib.sha256(b"".join(lines)).hexdigest()[:16]
