"""Bringing files and folders in: what is new, changed, moved, gone or refused, applied as one new generation.

The live generation is copied, changed aside, and switched in at the end; until then nobody sees a change.
"""

import hashlib
import json
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from models.errors import BadInputError, IndexUnusableError
from models.protocols import Embedder
from rag.articles import Loaded, load, read_article
from rag.library import DATABASE, SCHEMA, insert_article
from rag.passages import passages_of
from rag.retrieval import dense, lexical
from rag.settings import Settings
from rag.store import FORMAT, Manifest, Store, hash_file
from rag.types import Article, Passage, Refusal

_EMBED_BATCH = 2048

Progress = Callable[[int], None]


@dataclass(slots=True)
class IndexReport:
    """What an indexing run did, or would do."""

    new: list[str] = field(default_factory=list)  # paths
    changed: list[str] = field(default_factory=list)
    moved: list[tuple[str, str]] = field(default_factory=list)  # from, to
    gone: list[str] = field(default_factory=list)
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    articles: int = 0  # in the library afterwards
    passages: int = 0

    @property
    def changes(self) -> int:
        """How many articles differ from before."""
        return len(self.new) + len(self.changed) + len(self.moved) + len(self.gone)

    def reasons(self) -> Counter[str]:
        """Return how often each reason for refusing occurred."""
        return Counter(refusal.reason for refusal in self.refused)


def content_hash(loaded: Loaded) -> str:
    """Return the identity of what was read: the raw text and the metadata given beside it."""
    given = [loaded.title, loaded.published, loaded.source, loaded.id, loaded.kind]
    digest = hashlib.sha256(json.dumps([str(g) if g is not None else None for g in given]).encode())
    digest.update(loaded.text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:32]


def _under(path: str, roots: Sequence[str]) -> bool:
    """Whether an article's path lies in or below one of the roots (a file, a folder, or a line of a file)."""
    return any(path == root or path.startswith((root.rstrip("/") + "/", root + "#")) for root in roots)


class _Writer:
    """One generation under construction."""

    def __init__(
        self, connection: sqlite3.Connection, vectors: dense.DenseIndex, embedder: Embedder, length: int
    ) -> None:
        self._connection = connection
        self._vectors = vectors
        self._embedder = embedder
        self._length = length
        self._waiting: list[tuple[int, str]] = []  # rows and texts still to be embedded

    def add(self, article: Article, fingerprint: str) -> None:
        """Store an article and its passages."""
        article_row = insert_article(self._connection, article, fingerprint)
        rows: list[tuple[int, Passage]] = []
        for number, passage in enumerate(passages_of(article, self._length)):
            cursor = self._connection.execute(
                "INSERT INTO passage VALUES (NULL, ?, ?, ?, ?, ?)",
                (number, article_row, passage.part, passage.start, passage.end),
            )
            assert cursor.lastrowid is not None
            rows.append((cursor.lastrowid, passage))
        lexical.insert(self._connection, article.title, rows)
        self._waiting.extend((row, passage.text) for row, passage in rows if passage.part == "body")
        if len(self._waiting) >= _EMBED_BATCH:
            self.flush()

    def remove(self, article_row: int) -> None:
        """Take an article and its passages out."""
        article_id, title, text = self._connection.execute(
            "SELECT id, title, text FROM article WHERE row = ?", [article_row]
        ).fetchone()
        found = self._connection.execute(
            "SELECT row, number, part, start, end FROM passage WHERE article = ? ORDER BY number", [article_row]
        ).fetchall()
        rows = [
            (row, Passage(f"{article_id}:{number}", article_id, part, start, end, text[start:end]))
            for row, number, part, start, end in found
        ]
        lexical.delete(self._connection, title, rows)
        self._vectors.remove([row for row, _ in rows])
        self._connection.execute("DELETE FROM passage WHERE article = ?", [article_row])
        self._connection.execute("DELETE FROM article WHERE row = ?", [article_row])

    def move(self, article_row: int, path: str) -> None:
        """Note that an article's file lies elsewhere now."""
        self._connection.execute("UPDATE article SET path = ? WHERE row = ?", [path, article_row])

    def flush(self) -> None:
        """Embed what is waiting."""
        if self._waiting:
            rows, texts = zip(*self._waiting, strict=True)
            self._vectors.add(rows, self._embedder.embed_passages(texts))
            self._waiting.clear()


@dataclass(frozen=True, slots=True)
class _Known:
    """An article of the live generation."""

    row: int
    id: str
    path: str


class _Sync:
    """Compares what is read with what is known, and tells the writer what to change (nothing, in a dry run)."""

    def __init__(self, known: dict[str, _Known], roots: Sequence[str], writer: _Writer | None) -> None:
        self._known = known  # by content hash
        self._by_id = {article.id: fingerprint for fingerprint, article in known.items()}
        self._roots = roots
        self._writer = writer
        self._seen: dict[str, str] = {}  # content hash → path where it was read
        self._new_paths: set[str] = set()
        self._removed: set[str] = set()
        self.report = IndexReport()

    def take(self, loaded: Loaded) -> None:
        """Deal with one article read."""
        fingerprint = content_hash(loaded)
        if fingerprint in self._seen:
            self._refuse(loaded.path, f"the same text as {self._seen[fingerprint]}")
            return
        known = self._known.get(fingerprint)
        if known and not _under(known.path, self._roots):
            self._refuse(loaded.path, f"the same text as {known.path}")
            return
        if known:
            self._seen[fingerprint] = loaded.path
            return
        article = read_article(loaded)
        if isinstance(article, Refusal):
            self.report.refused.append(article)
            return
        previous = self._by_id.get(article.id)
        if previous is not None and not self._replaces(previous):
            self._refuse(loaded.path, f"the id {article.id!r} is already used by another article")
            return
        self._seen[fingerprint] = loaded.path
        self._by_id[article.id] = fingerprint
        self._new_paths.add(loaded.path)
        if previous is not None:
            self._remove(previous)
        if self._writer:
            self._writer.add(article, fingerprint)

    def _replaces(self, previous: str) -> bool:
        """Whether an article with a known id may take the place of the one that has it."""
        return (
            previous in self._known
            and previous not in self._seen
            and previous not in self._removed
            and _under(self._known[previous].path, self._roots)
        )

    def _refuse(self, path: str, reason: str) -> None:
        self.report.refused.append(Refusal(path, reason))

    def _remove(self, fingerprint: str) -> None:
        self._removed.add(fingerprint)
        if self._writer:
            self._writer.remove(self._known[fingerprint].row)

    def finish(self) -> None:
        """Deal with what was known and not read again, and with what was read elsewhere."""
        lost: set[str] = {self._known[fingerprint].path for fingerprint in self._removed}
        for fingerprint, article in self._known.items():
            if fingerprint in self._removed:
                continue
            path = self._seen.get(fingerprint)
            if path is None:
                if _under(article.path, self._roots):
                    lost.add(article.path)
                    self._remove(fingerprint)
            elif path != article.path:
                self.report.moved.append((article.path, path))
                if self._writer:
                    self._writer.move(article.row, path)
            else:
                self.report.unchanged += 1
        self.report.changed = sorted(self._new_paths & lost)
        self.report.new = sorted(self._new_paths - lost)
        self.report.gone = sorted(lost - self._new_paths)
        self.report.articles = len(self._known) - len(self._removed) + len(self._new_paths)


class Indexer:
    """Keeps a library folder in step with files and folders."""

    def __init__(self, root: Path, embedder: Embedder, settings: Settings) -> None:
        self._store = Store(root)
        self._root = root
        self._embedder = embedder
        self._settings = settings

    def run(self, paths: Sequence[Path], *, dry_run: bool = False, progress: Progress | None = None) -> IndexReport:
        """Bring `paths` in, or in step again, and return what changed.

        Articles that came from elsewhere stay as they are; those that came from `paths` and are no longer there go.
        `progress` is called with 1 for each article or refused file read.

        Raises:
            BadInputError: a path does not exist, or nothing at all was found in `paths`.
            IndexUnusableError: the library is locked, damaged, or was made with another embedder.

        """
        absolute = [Path(os.path.abspath(path)) for path in paths]  # noqa: PTH100 - links are not to be resolved
        live = self._store.current()
        before = self._store.read_manifest(live) if live else None
        if before:
            self._check(before)
        known = _known_articles(live) if live else {}
        if dry_run:
            return self._read(_Sync(known, [p.as_posix() for p in absolute], None), absolute, progress)
        try:
            return self._build(live, before, known, absolute, progress)
        except sqlite3.Error as error:
            msg = f"the new index could not be written ({error}): free disk space, then run this again; nothing is lost"
            raise IndexUnusableError(msg) from error

    def _build(
        self,
        live: Path | None,
        before: Manifest | None,
        known: dict[str, _Known],
        absolute: Sequence[Path],
        progress: Progress | None,
    ) -> IndexReport:
        """Write and publish a new generation, unless nothing changed."""
        with self._store.building() as folder:
            if live and before:
                self._store.verify(live, before, dense.FILE)
                shutil.copyfile(live / DATABASE, folder / DATABASE)
                vectors = dense.DenseIndex.read(live / dense.FILE)
            else:
                vectors = dense.DenseIndex.empty(self._embedder.dimensions)
            with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as connection:
                # The folder is worthless until it is published, and then it is synced whole.
                connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
                if not live:
                    connection.executescript(SCHEMA + lexical.SCHEMA)
                connection.execute("BEGIN")
                writer = _Writer(connection, vectors, self._embedder, self._settings.passage_length)
                sync = _Sync(known, [p.as_posix() for p in absolute], writer)
                report = self._read(sync, absolute, progress)
                if not report.changes:
                    return report
                writer.flush()
                connection.execute("COMMIT")
                report.passages = connection.execute("SELECT count(*) FROM passage").fetchone()[0]
            vectors.write(folder / dense.FILE)
            self._store.publish(folder, self._manifest(folder, report))
        return report

    def _check(self, manifest: Manifest) -> None:
        """Refuse to add to an index that was made otherwise."""
        check_embedder(self._root, manifest, self._embedder)
        if manifest.settings["passage_length"] != self._settings.passage_length:
            msg = (
                f"the index in {self._root} has passages of {manifest.settings['passage_length']} characters, the "
                f"settings say {self._settings.passage_length}: index into a new folder with --library"
            )
            raise IndexUnusableError(msg)

    def _read(self, sync: _Sync, paths: Sequence[Path], progress: Progress | None) -> IndexReport:
        found = 0
        for item in load(paths):
            found += 1
            if isinstance(item, Refusal):
                sync.report.refused.append(item)
            else:
                sync.take(item)
            if progress:
                progress(1)
        sync.finish()
        if not found and not sync.report.changes:
            names = ", ".join(map(str, paths))
            msg = f"there are no articles in {names}: name a folder with .txt, .md, .html, .jsonl (.xz, .gz) files"
            raise BadInputError(msg)
        return sync.report

    def _manifest(self, folder: Path, report: IndexReport) -> Manifest:
        return Manifest(
            format=FORMAT,
            generation=self._store.next_name(),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            embedder={
                "name": self._embedder.name,
                "fingerprint": self._embedder.fingerprint,
                "dimensions": self._embedder.dimensions,
                "location": self._embedder.location,
            },
            settings={"passage_length": self._settings.passage_length},
            counts={"articles": report.articles, "passages": report.passages},
            files={name: hash_file(folder / name) for name in (DATABASE, dense.FILE)},
        )


def check_embedder(root: Path, manifest: Manifest, embedder: Embedder) -> None:
    """Compare the embedder at hand with the one an index was made with.

    Raises:
        IndexUnusableError: they differ: vectors of two models cannot be compared.

    """
    was = manifest.embedder
    if was["fingerprint"] != embedder.fingerprint:
        msg = (
            f"the index in {root} was made with embedder {was['name']} ({was['fingerprint']}), this one is "
            f"{embedder.name} ({embedder.fingerprint}): index again into a new folder (--library DIR), or remove {root}"
        )
        raise IndexUnusableError(msg)


def _known_articles(folder: Path) -> dict[str, _Known]:
    uri = f"{(folder / DATABASE).resolve().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        try:
            rows = connection.execute("SELECT content_hash, row, id, path FROM article").fetchall()
        except sqlite3.DatabaseError as error:
            msg = f"the database of index {folder} is damaged ({error}): remove the folder and index again"
            raise IndexUnusableError(msg) from error
    return {fingerprint: _Known(row, article_id, path) for fingerprint, row, article_id, path in rows}
