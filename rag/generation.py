"""One generation of the index under construction: articles are added, removed and moved, then it is finished.

The work is committed every few thousand passages, so that a process that is killed has not worked in vain: the next one
finds the folder, the database rolls back to its last commit, and the vectors that belong to it lie beside it. That
holds while the machine runs: nothing is forced to the disk before the end, so after a restart it is thrown away.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from models.errors import IndexUnusableError
from models.protocols import Embedder
from rag import abbreviations, reposts
from rag.library import DATABASE, SCHEMA, insert_article
from rag.passages import passages_of
from rag.retrieval import dense
from rag.retrieval.segments import SegmentWriter
from rag.store import MEND, Building, FileRecord, Manifest, damaged, hash_file
from rag.text.terms import terms
from rag.types import Article

VECTORS = "vectors.part"
_EMBED_BATCH = 2048
_COMMIT_EVERY = 4  # batches
_COPY_BLOCK = 4 * 1024 * 1024

# What belongs to the last commit: bytes of the vectors' file, parts of the lexical index.
_WORK = "CREATE TABLE work (vectors INTEGER NOT NULL, parts INTEGER NOT NULL)"


class Known(NamedTuple):
    """An article of a generation."""

    row: int
    id: str
    path: str


class Finished(NamedTuple):
    """What a complete generation holds."""

    passages: int
    files: dict[str, FileRecord]


def known_articles(database: Path) -> dict[str, Known]:
    """Return the articles of a published generation by their content hash.

    Raises:
        IndexUnusableError: the database is damaged.

    """
    uri = f"{database.resolve().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        try:
            return _known(connection)
        except sqlite3.DatabaseError as error:
            msg = f"the database {database} is damaged ({error}): {MEND}"
            raise IndexUnusableError(msg) from error


def _known(connection: sqlite3.Connection) -> dict[str, Known]:
    rows = connection.execute("SELECT content_hash, row, id, path FROM article")
    return {fingerprint: Known(row, article_id, path) for fingerprint, row, article_id, path in rows}


@dataclass(frozen=True, slots=True)
class Base:
    """The live generation that another one is made from."""

    folder: Path
    manifest: Manifest


def copied(source: Path, target: Path, record: FileRecord) -> None:
    """Copy a file and compare it with its hash: damage must not be handed on under a new hash."""
    digest = hashlib.sha256()
    with source.open("rb") as old, target.open("wb") as new:
        while block := old.read(_COPY_BLOCK):
            digest.update(block)
            new.write(block)
    if digest.hexdigest() != record.sha256:
        raise damaged(source)


class Generation:
    """A generation under construction. Nothing is copied or opened before the first change."""

    def __init__(self, building: Building, base: Base | None, embedder: Embedder, length: int) -> None:
        self._building = building
        self._base = base
        self._embedder = embedder
        self._length = length
        self._database: sqlite3.Connection | None = None
        self._vectors: dense.DenseIndex
        self._file: IO[bytes]
        self._terms: SegmentWriter
        self._waiting: list[tuple[int, str]] = []  # rows and texts still to be embedded
        self._gone: list[int] = []  # rows of passages that were taken out
        self._batches = 0
        self.begun: dict[str, Known] = {}  # what an interrupted run had added, by content hash
        self._missing: set[int] = set()  # rows of the base that it had taken out
        if building.resumed:
            self._resume()

    @property
    def opened(self) -> bool:
        """Whether anything was changed."""
        return self._database is not None

    def close(self) -> None:
        """Close the files."""
        if self._database:
            self._database.close()
            self._file.close()

    def holds(self, row: int) -> bool:
        """Whether an article of the base is still in."""
        return row not in self._missing

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._database is None:
            self._open()
        assert self._database is not None
        return self._database

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._building.folder / DATABASE, isolation_level=None)
        # A journal is needed for what survives this process; the disk is waited for when all is written.
        connection.executescript(
            "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = OFF; PRAGMA cache_size = -32768;"
            "PRAGMA temp_store = MEMORY; PRAGMA locking_mode = EXCLUSIVE;"
        )
        return connection

    def _open(self) -> None:
        """Begin with the base, or with nothing."""
        folder = self._building.folder
        if self._base:
            files = self._base.manifest.files
            copied(self._base.folder / DATABASE, folder / DATABASE, files[DATABASE])
            if hash_file(self._base.folder / dense.FILE) != files[dense.FILE]:
                raise damaged(self._base.folder / dense.FILE)
            self._vectors = dense.DenseIndex.read(self._base.folder / dense.FILE, self._embedder.dimensions)
        else:
            self._vectors = dense.DenseIndex.empty(self._embedder.dimensions)
        self._file = (folder / VECTORS).open("wb")
        self._terms = self._segments(0)
        self._database = self._connect()
        if not self._base:
            self._database.executescript(SCHEMA + reposts.SCHEMA + abbreviations.SCHEMA + _WORK)
            self._database.execute("INSERT INTO work VALUES (0, 0)")
        self._database.execute("BEGIN")
        self._database.execute("UPDATE work SET vectors = 0, parts = 0")

    def _segments(self, parts: int) -> SegmentWriter:
        base = (self._base.folder, self._base.manifest.files) if self._base else None
        return SegmentWriter(self._building.folder, base, parts)

    def _resume(self) -> None:
        """Go on where an interrupted run had its last commit."""
        folder = self._building.folder
        self._database = self._connect()
        path = folder / VECTORS
        with path.open("rb+") as file:
            vectors, parts = self._database.execute("SELECT vectors, parts FROM work").fetchone()
            file.truncate(vectors)
        self._terms = self._segments(parts)
        self._vectors = dense.DenseIndex.empty(self._embedder.dimensions)
        here = _known(self._database)
        known: dict[str, Known] = {}
        if self._base:
            self._vectors = dense.DenseIndex.read(self._base.folder / dense.FILE, self._embedder.dimensions)
            known = known_articles(self._base.folder / DATABASE)
            rows = {article.row for article in here.values()}
            self._missing = {article.row for article in known.values()} - rows
        base_rows = {article.row for article in known.values()}
        self.begun = {fingerprint: article for fingerprint, article in here.items() if article.row not in base_rows}
        passages = {row for (row,) in self._database.execute("SELECT row FROM passage")}
        self._gone = [row for row in self._vectors.rows() if row not in passages]
        for rows_added, block in _blocks(path, self._embedder.dimensions):
            kept = [place for place, row in enumerate(rows_added) if row in passages]
            if kept:
                self._vectors.add([rows_added[place] for place in kept], block[kept])
        self._file = path.open("ab")
        self._database.execute("BEGIN")

    def add(self, article: Article, fingerprint: str) -> None:
        """Store an article and its passages; one that has the same id gives way."""
        connection = self._connection
        for (row,) in connection.execute("SELECT row FROM article WHERE id = ?", [article.id]).fetchall():
            self.remove(row)
        article_row = insert_article(connection, article, fingerprint)
        title = terms(article.title)
        for number, passage in enumerate(passages_of(article, self._length)):
            cursor = connection.execute(
                "INSERT INTO passage VALUES (NULL, ?, ?, ?, ?, ?)",
                (number, article_row, passage.part, passage.start, passage.end),
            )
            assert cursor.lastrowid is not None
            if passage.part == "body":  # a head is read and cited, not searched: it must not compete with bodies
                self._terms.add(cursor.lastrowid, article_row, title, terms(passage.text))
                self._waiting.append((cursor.lastrowid, passage.text))
        reposts.insert(connection, article_row, article)
        abbreviations.insert(connection, article_row, article)
        if len(self._waiting) >= _EMBED_BATCH:
            self._embed()

    def remove(self, article_row: int) -> None:
        """Take an article and its passages out; one that is not in has been taken out already."""
        connection = self._connection
        found = connection.execute("SELECT row FROM passage WHERE article = ?", [article_row]).fetchall()
        reposts.delete(connection, article_row)
        abbreviations.delete(connection, article_row)
        self._gone.extend(row for (row,) in found)
        connection.execute("DELETE FROM passage WHERE article = ?", [article_row])
        connection.execute("DELETE FROM article WHERE row = ?", [article_row])

    def move(self, article_row: int, path: str) -> None:
        """Note that an article's file lies elsewhere now."""
        self._connection.execute("UPDATE article SET path = ? WHERE row = ?", [path, article_row])

    def _embed(self) -> None:
        """Embed what is waiting; now and then, commit."""
        if not self._waiting:
            return
        rows, texts = zip(*self._waiting, strict=True)
        vectors = np.ascontiguousarray(self._embedder.embed_passages(texts), dtype="<f4")
        self._vectors.add(rows, vectors)
        self._waiting.clear()
        for part in (np.array([len(rows)], dtype="<i8"), np.array(rows, dtype="<i8"), vectors):
            self._file.write(part.tobytes())
        self._batches += 1
        if self._batches % _COMMIT_EVERY == 0:
            self._commit()
            self._connection.execute("BEGIN")

    def _commit(self) -> None:
        """Make what is done so far what a later process goes on with."""
        self._file.flush()
        self._terms.flush()
        self._connection.execute("UPDATE work SET vectors = ?, parts = ?", [self._file.tell(), self._terms.parts])
        self._connection.execute("COMMIT")
        self._building.keep()

    def finish(self) -> Finished:
        """Complete the files in the folder."""
        self._embed()
        connection = self._connection
        reposts.update(connection)
        passages = int(connection.execute("SELECT count(*) FROM passage").fetchone()[0])
        self._commit()
        connection.execute("PRAGMA journal_mode = DELETE")
        rows = connection.execute("SELECT row FROM passage WHERE part = 'body' ORDER BY row")
        files = self._terms.finish(np.fromiter((row for (row,) in rows), dtype=np.int64))
        self.close()
        self._vectors.remove(self._gone)
        self._vectors.write(self._building.folder / dense.FILE)
        folder = self._building.folder
        return Finished(passages, files | {name: hash_file(folder / name) for name in (DATABASE, dense.FILE)})


def _blocks(path: Path, dimensions: int) -> Iterator[tuple[list[int], np.ndarray]]:
    """Yield the blocks of a vectors' file: row numbers, and vectors of shape (rows, dimensions)."""
    with path.open("rb") as file:
        while head := file.read(8):
            count = int(np.frombuffer(head, dtype="<i8")[0])
            rows = np.frombuffer(file.read(8 * count), dtype="<i8").tolist()
            vectors = np.frombuffer(file.read(4 * count * dimensions), dtype="<f4").reshape(count, dimensions)
            yield rows, vectors
