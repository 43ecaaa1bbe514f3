"""An article by what a person calls it: its id, its file, its title; and what became of one that is not there."""

import os
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from models.errors import BadInputError
from rag.articles import Loaded, load, read_article
from rag.indexing import content_hash
from rag.known_files import KnownFiles
from rag.library import Library
from rag.types import Article, Refusal

_SHOWN = 5  # ids told where a name fits several


class Absent(NamedTuple):
    """A file of which no article is in the library."""

    path: str
    reason: str | None  # why it was refused; None where it was never brought in


class _Entry(NamedTuple):
    id: str
    path: str
    title: str
    content_hash: str


class _Name(str):
    """What a person typed, taken for a path."""

    __slots__ = ("absolute", "ending")

    def __init__(self, text: str) -> None:
        self.absolute = os.path.abspath(text)  # noqa: PTH100 - links are kept
        self.ending = "/" + text

    def fits(self, path: str) -> bool:
        """Whether it is this path, or its end."""
        return path in (self, self.absolute) or path.endswith(self.ending)


def look_up(library: Library, root: Path, name: str) -> str | Absent:
    """Return the id of the article of this id, path, file name or title, or what became of the file of that name.

    Raises:
        BadInputError: nothing is called so, or several articles are.

    """
    typed = _Name(name)
    entries = [_Entry(*row) for row in library.query("SELECT id, path, title, content_hash FROM article")]
    ways: Sequence[Callable[[_Entry], bool]] = (
        lambda entry: entry.id == name,
        lambda entry: typed.fits(entry.path),
        lambda entry: entry.title == name,
        lambda entry: typed.fits(entry.path.partition("#")[0]),  # a file of many
    )
    for fits in ways:
        found = [entry for entry in entries if fits(entry)]
        if len(found) == 1:
            return found[0].id
        if found:
            ids = ", ".join(entry.id for entry in found[:_SHOWN]) + (", …" if len(found) > _SHOWN else "")
            msg = f"{name!r} names {len(found)} articles: give the id of one ({ids}); `yiju articles list` shows them"
            raise BadInputError(msg)
    hashes = {entry.content_hash: entry.path for entry in entries}
    absent = _remembered(root, typed, hashes) or _on_disk(typed.absolute, hashes)
    if absent is None:
        msg = f"there is no article {name!r} in this library, and no such file: `yiju articles list` shows the ids"
        raise BadInputError(msg)
    return absent


def _remembered(root: Path, name: _Name, hashes: Mapping[str, str]) -> Absent | None:
    """Return what indexing noted of a file of this name, or of a part of one; `hashes` are those of all articles."""
    for held in KnownFiles(root).all_held():
        if not name.fits(held.path):
            continue
        if held.reason is not None:
            return Absent(held.path, held.reason)
        if held.content_hash is not None and held.content_hash in hashes:
            return Absent(held.path, f"the same text as {hashes[held.content_hash]}")
        return _on_disk(held.path, hashes)
    return None


def _on_disk(path: str, hashes: Mapping[str, str]) -> Absent | None:
    """Return what indexing would say of a file on the disk, or of a part of one; None where there is none."""
    places = (Path(path), Path(path.rpartition("#")[0]), *Path(path).parents)
    file = next((place for place in places if place.is_file()), None)
    if file is None:
        return None
    whole = path == file.as_posix()
    held = list(islice((item for item in load([file]) if whole or item.path == path), 2))
    if len(held) != 1:
        return Absent(path, None) if whole else None
    item: Loaded | Refusal | Article = held[0]
    if isinstance(item, Loaded):
        fingerprint = content_hash(item)
        if fingerprint in hashes:
            return Absent(item.path, f"the same text as {hashes[fingerprint]}")
        item = read_article(item)
    return Absent(item.path, item.reason if isinstance(item, Refusal) else None)
