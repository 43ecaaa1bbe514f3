"""Bringing a Milvus collection in step with a library: what is new travels, what is gone is deleted, nothing else.

A passage's key is a hash of what its row is made from, so a row never changes: the difference of two sets of keys is
all the work there is. A killed run leaves the collection marked incomplete, and the next one does what is missing.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from models.errors import IndexUnusableError, UsageError
from models.protocols import Embedder
from rag.library import DATABASE, Library
from rag.milvus.collection import FORMAT, OTHER, Collection, Layout, Row, State
from rag.milvus.words import identity, indexed

BATCH = 1024  # passages embedded and sent at once: some 10 MB of a request that may have 64
_READ = 20_000
_KEY = "S32"

Progress = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What was done, or would be."""

    added: int
    deleted: int
    unchanged: int

    @property
    def passages(self) -> int:
        """How many passages the collection holds in the end."""
        return self.added + self.unchanged


def described(library: Library, embedder: Embedder, *, complete: bool) -> State:
    """Return the state of a collection that is filled from this library."""
    manifest = library.manifest
    return State(
        format=FORMAT,
        embedder={"name": embedder.name, "fingerprint": embedder.fingerprint, "dimensions": embedder.dimensions},
        terms=identity(),
        passage_length=manifest.settings["passage_length"],
        generation=manifest.generation,
        library=manifest.files[DATABASE].sha256,
        complete=complete,
    )


def check(collection: Collection, library: Library, embedder: Embedder) -> None:
    """Compare a collection with the library whose passages it should hold.

    Raises:
        IndexUnusableError: it is not there, not ended, stale, or was made otherwise.

    """
    again = f"run `yiju milvus sync {collection.address}`"
    state = _state(collection)
    if state is None:
        msg = f"there is no collection {collection.address.collection!r} at {collection.address.uri}: {again}"
        raise IndexUnusableError(msg)
    wanted = described(library, embedder, complete=True)
    _check_made(collection, state, wanted)
    if not state.complete:
        raise IndexUnusableError(f"filling the collection {collection.address} has not ended: {again}")
    if state.library != wanted.library:
        msg = (
            f"the collection {collection.address} holds generation {state.generation}, the library is another "
            f"({wanted.generation}): {again}"
        )
        raise IndexUnusableError(msg)


def _state(collection: Collection) -> State | None:
    """Return what the collection says of itself; None where there is none, or making it was not ended.

    Raises:
        IndexUnusableError: it was made by something else.

    """
    if not collection.exists():
        return None
    if not collection.ours():
        raise IndexUnusableError(f"the collection {collection.address} was not made by yiju: {OTHER}")
    return collection.state()


def _check_made(collection: Collection, state: State, wanted: State) -> None:
    """Refuse a collection that was made otherwise."""
    if state.embedder["fingerprint"] != wanted.embedder["fingerprint"]:
        was = state.embedder
        msg = (
            f"the collection {collection.address} was made with embedder {was['name']} ({was['fingerprint']}), this "
            f"one is {wanted.embedder['name']} ({wanted.embedder['fingerprint']}): {OTHER}"
        )
        raise IndexUnusableError(msg)
    if state.terms != wanted.terms:
        raise IndexUnusableError(f"the terms of collection {collection.address} are another version's: {OTHER}")
    if state.passage_length != wanted.passage_length:
        msg = (
            f"the collection {collection.address} has passages of {state.passage_length} characters, the library "
            f"of {wanted.passage_length}: {OTHER}"
        )
        raise IndexUnusableError(msg)


def _keys(library: Library) -> tuple[npt.NDArray[np.bytes_], npt.NDArray[np.int64]]:
    """Return the keys of all body passages and their row numbers, each of shape (passages,).

    The content hash stands for the text and its cleaning, so no text is read.
    """
    keys: list[npt.NDArray[np.bytes_]] = []
    rows: list[npt.NDArray[np.int64]] = []
    last = 0
    while found := library.query(
        "SELECT passage.row, number, start, end, article.id, content_hash, title, published, source FROM passage"
        " JOIN article ON article.row = passage.article WHERE part = 'body' AND passage.row > ?"
        " ORDER BY passage.row LIMIT ?",
        [last, _READ],
    ):
        last = found[-1]["row"]
        hashes = (hashlib.blake2b(json.dumps(tuple(row)[1:]).encode(), digest_size=16).hexdigest() for row in found)
        keys.append(np.array(list(hashes), dtype=_KEY))
        rows.append(np.array([row["row"] for row in found], dtype=np.int64))
    if not keys:
        return np.zeros(0, dtype=_KEY), np.zeros(0, dtype=np.int64)
    return np.concatenate(keys), np.concatenate(rows)


def _sent(library: Library, rows: npt.NDArray[np.int64]) -> tuple[list[int], list[str], list[Row]]:
    """Return of these passages their row numbers, their texts, and what is sent of them (without keys)."""
    found = library.query(
        "SELECT passage.row, number, article.id, title, published, source,"
        " substr(article.text, start + 1, end - start) AS text FROM passage"
        " JOIN article ON article.row = passage.article"
        " WHERE passage.row IN (SELECT value FROM json_each(?)) ORDER BY passage.row",
        [json.dumps(rows.tolist())],
    )
    made = [
        Row(
            "",
            row["id"],
            row["number"],
            date.fromisoformat(row["published"]) if row["published"] else None,
            row["source"],
            indexed(row["title"], row["text"]),
        )
        for row in found
    ]
    return [row["row"] for row in found], [row["text"] for row in found], made


def _batches(array: npt.NDArray[np.int64], size: int) -> Iterator[npt.NDArray[np.int64]]:
    for start in range(0, len(array), size):
        yield array[start : start + size]


def sync(
    collection: Collection,
    library: Library,
    embedder: Embedder,
    layout: Layout | None = None,
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> SyncReport:
    """Bring a collection in step with a library; one that is not there is made, as `layout` says.

    `progress` is called with how many passages have been deleted or sent since the last call.

    Raises:
        IndexUnusableError: the collection was made by something else, or the engine failed.
        UsageError: the layout is one that only a server has.

    """
    wanted = described(library, embedder, complete=True)
    state = _state(collection)
    if state:
        _check_made(collection, state, wanted)
        if layout:
            raise UsageError(
                f"{collection.address} is there already, and laid out: name another collection to change it"
            )
    keys, rows = _keys(library)
    held = np.array([key for batch in collection.held() for key in batch], dtype=_KEY) if state else keys[:0]
    missing = np.flatnonzero(~np.isin(keys, held))
    gone = held[~np.isin(held, keys)]
    report = SyncReport(len(missing), len(gone), len(keys) - len(missing))
    if dry_run:
        return report
    if not state:
        collection.prepare(embedder.dimensions, layout or Layout())
    collection.mark(described(library, embedder, complete=False))
    for start in range(0, len(gone), _READ):
        batch = [key.decode() for key in gone[start : start + _READ].tolist()]
        collection.delete(batch)
        if progress:
            progress(len(batch))
    for places in _batches(missing, BATCH):
        key_of = dict(zip(rows[places].tolist(), keys[places].tolist(), strict=True))
        order, texts, made = _sent(library, rows[places])
        named = [row._replace(key=key_of[at].decode()) for at, row in zip(order, made, strict=True)]
        collection.add(named, embedder.embed_passages(texts))
        if progress:
            progress(len(named))
    collection.flush()
    collection.mark(wanted)
    return report
