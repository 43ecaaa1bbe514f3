"""The articles and passages of one generation, in SQLite, opened for reading.

Passage texts are not stored twice: they are slices of their article. A passage's row number is its id in both
search legs. Raw texts and alignments are compressed; they are only needed to show an article.
"""

import json
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.errors import BadInputError, IndexUnusableError
from rag import abbreviations
from rag.retrieval.segments import open_postings
from rag.store import MEND, Manifest, Store
from rag.text.aliases import Aliases
from rag.types import EVERYTHING, Alignment, Article, Filter, HeadField, Passage, Removed, Repost, Segment, Span

DATABASE = "library.sqlite"
_MASKS = 8  # filters that are remembered

SCHEMA = """
CREATE TABLE article (
  row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, content_hash TEXT NOT NULL, path TEXT NOT NULL,
  title TEXT NOT NULL, published TEXT, source TEXT, author TEXT, date_as_written TEXT, encoding TEXT NOT NULL,
  text TEXT NOT NULL, head_end INTEGER NOT NULL, head_fields TEXT NOT NULL, removed TEXT NOT NULL,
  alignment BLOB NOT NULL, raw BLOB NOT NULL);
CREATE INDEX article_published ON article (published);
CREATE INDEX article_source ON article (source);
CREATE TABLE passage (
  row INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL, article INTEGER NOT NULL REFERENCES article (row),
  part TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL);
CREATE INDEX passage_article ON passage (article);
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """One article as a list shows it."""

    id: str
    title: str
    published: date | None
    source: str | None
    path: str
    passages: int


class Stored(NamedTuple):
    """A passage with what retrieval needs of its article."""

    passage: Passage
    published: date | None
    cluster: int | None  # of the articles that tell the same story
    place: int  # of the article among them: 0 is the earliest source


def _pack_alignment(alignment: Alignment) -> bytes:
    rows = [(s.clean.start, s.clean.end, s.raw.start, s.raw.end) for s in alignment.segments]
    return zlib.compress(np.array(rows, dtype="<i4").tobytes(), 1)


def _unpack_alignment(blob: bytes) -> Alignment:
    rows = np.frombuffer(zlib.decompress(blob), dtype="<i4").reshape(-1, 4).tolist()
    return Alignment(tuple(Segment(Span(a, b), Span(c, d)) for a, b, c, d in rows))


def insert_article(connection: sqlite3.Connection, article: Article, content_hash: str) -> int:
    """Store an article and return its row number."""
    fields = {name.value: (span.start, span.end) for name, span in article.head_fields.items()}
    removed = [(r.raw.start, r.raw.end, r.reason) for r in article.removed]
    cursor = connection.execute(
        "INSERT INTO article VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            article.id,
            content_hash,
            article.path,
            article.title,
            article.published.isoformat() if article.published else None,
            article.source,
            article.author,
            article.date_as_written,
            article.encoding,
            article.text,
            article.head.end,
            json.dumps(fields),
            json.dumps(removed, ensure_ascii=False),
            _pack_alignment(article.alignment),
            zlib.compress(article.raw.encode("utf-8", "surrogatepass"), 1),
        ),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


_ARTICLE_COLUMNS = (
    "id, path, title, published, source, author, date_as_written, encoding, text, head_end, head_fields, removed,"
    " alignment, raw"
)


def _published(row: sqlite3.Row) -> date | None:
    return date.fromisoformat(row["published"]) if row["published"] else None


def _repost(row: sqlite3.Row) -> Repost:
    return Repost(row["id"], row["title"], row["source"], _published(row), row["path"])


def _article(row: sqlite3.Row, reposts: Iterable[Repost]) -> Article:
    return Article(
        id=row["id"],
        text=row["text"],
        head=Span(0, row["head_end"]),
        title=row["title"],
        path=row["path"],
        raw=zlib.decompress(row["raw"]).decode("utf-8", "surrogatepass"),
        alignment=_unpack_alignment(row["alignment"]),
        encoding=row["encoding"],
        published=_published(row),
        date_as_written=row["date_as_written"],
        source=row["source"],
        author=row["author"],
        head_fields={HeadField(name): Span(*span) for name, span in json.loads(row["head_fields"]).items()},
        removed=tuple(Removed(Span(start, end), reason) for start, end, reason in json.loads(row["removed"])),
        reposts=tuple(reposts),
    )


def filter_clause(only: Filter) -> tuple[str, list[str]]:
    """Return an SQL condition on table `article` that holds a filter, and its parameters."""
    conditions = ["1"]
    parameters: list[str] = []
    if only.published_from:
        conditions.append("article.published >= ?")
        parameters.append(only.published_from.isoformat())
    if only.published_to:
        conditions.append("article.published <= ?")
        parameters.append(only.published_to.isoformat())
    for column, values in (("source", only.sources), ("id", only.article_ids)):
        if values:
            conditions.append(f"article.{column} IN ({', '.join('?' * len(values))})")
            parameters.extend(sorted(values))
    return " AND ".join(conditions), parameters


class Library:
    """Articles and passages of the live generation. Safe to use from several threads."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        # A published generation never changes, so no locks are needed between processes.
        uri = f"{(folder / DATABASE).resolve().as_uri()}?mode=ro&immutable=1"
        try:
            self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        except sqlite3.OperationalError as error:
            raise self._damaged(error) from error
        self._connection.row_factory = sqlite3.Row
        self._lock = threading.Lock()
        self.postings = open_postings(folder, manifest.files)
        self._masks: dict[Filter, npt.NDArray[np.bool_]] = {}

    @classmethod
    def open(cls, root: Path) -> "Library":
        """Open the live generation of a library folder.

        Raises:
            IndexUnusableError: there is none, or it is damaged.

        """
        library = Store(root).opened(cls)
        if library is None:
            msg = f"there is no index in {root}: run `yiju index FOLDER` first"
            raise IndexUnusableError(msg)
        return library

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def query(self, sql: str, parameters: Iterable[object] = ()) -> list[sqlite3.Row]:
        """Return all rows of a SELECT.

        Raises:
            IndexUnusableError: the database is damaged.

        """
        with self._lock:
            try:
                return self._connection.execute(sql, tuple(parameters)).fetchall()
            except sqlite3.DatabaseError as error:
                raise self._damaged(error) from error

    def _damaged(self, error: sqlite3.Error) -> IndexUnusableError:
        return IndexUnusableError(f"the database of index {self.folder} is damaged ({error}): {MEND}")

    @cached_property
    def aliases(self) -> Aliases:
        """Other forms of names: those built in, and those that the articles state."""
        return Aliases(abbreviations.read(self.query))

    def article(self, article_id: str) -> Article:
        """Return an article. Raises BadInputError when there is none of that id."""
        rows = self.query(f"SELECT {_ARTICLE_COLUMNS} FROM article WHERE id = ?", [article_id])  # noqa: S608
        if not rows:
            msg = f"there is no article {article_id!r} in this library: `yiju articles list` shows the ids"
            raise BadInputError(msg)
        return self._article(rows[0])

    def _article(self, row: sqlite3.Row) -> Article:
        return _article(row, self.reposts([row["id"]]).get(row["id"], ()))

    def reposts(self, article_ids: Iterable[str]) -> dict[str, tuple[Repost, ...]]:
        """Return for each article that has reposts where else its story stands, the earliest source first."""
        wanted = list(article_ids)
        found = self.query(
            "SELECT one.id AS of_id, other.id, other.title, other.source, other.published, other.path"  # noqa: S608
            " FROM article one JOIN repost mine ON mine.article = one.row JOIN repost ON repost.cluster = mine.cluster"
            " JOIN article other ON other.row = repost.article"
            f" WHERE one.id IN ({', '.join('?' * len(wanted))}) AND other.row != one.row ORDER BY repost.place",
            wanted,
        )
        result: dict[str, tuple[Repost, ...]] = {}
        for row in found:
            result[row["of_id"]] = (*result.get(row["of_id"], ()), _repost(row))
        return result

    def body(self, article_id: str) -> str:
        """Return the text of an article's body, the empty string where there is no such article."""
        rows = self.query("SELECT substr(text, head_end + 1) AS body FROM article WHERE id = ?", [article_id])
        return str(rows[0]["body"]) if rows else ""

    def stating(self, field: HeadField, at_most: int) -> list[Article]:
        """Return articles whose head states this field."""
        rows = self.query(
            f"SELECT {_ARTICLE_COLUMNS} FROM article WHERE json_extract(head_fields, ?) IS NOT NULL"  # noqa: S608
            " ORDER BY row LIMIT ?",
            [f"$.{field.value}", at_most],
        )
        return [self._article(row) for row in rows]

    def articles(self, only: Filter = EVERYTHING) -> Iterator[Listed]:
        """Yield all articles as listed, newest first, those without a date last."""
        condition, parameters = filter_clause(only)
        rows = self.query(
            "SELECT id, title, published, source, path, (SELECT count(*) FROM passage WHERE article = article.row)"  # noqa: S608
            f" AS passages FROM article WHERE {condition} ORDER BY published IS NULL, published DESC, path",
            parameters,
        )
        for row in rows:
            yield Listed(row["id"], row["title"], _published(row), row["source"], row["path"], row["passages"])

    def passages(self, rows: Iterable[int]) -> dict[int, Stored]:
        """Return the passages of these row numbers, each with what retrieval needs of its article."""
        wanted = list(rows)
        found = self.query(
            "SELECT passage.row, number, article.id AS article_id, published, part, start, end, cluster, place,"  # noqa: S608
            " substr(article.text, start + 1, end - start) AS text FROM passage"
            " JOIN article ON article.row = passage.article LEFT JOIN repost ON repost.article = passage.article"
            f" WHERE passage.row IN ({', '.join('?' * len(wanted))})",
            wanted,
        )
        result: dict[int, Stored] = {}
        for row in found:
            article_id, start, end = row["article_id"], row["start"], row["end"]
            passage = Passage(f"{article_id}:{row['number']}", article_id, row["part"], start, end, row["text"])
            result[row["row"]] = Stored(passage, _published(row), row["cluster"], row["place"] or 0)
        return result

    def clusters(self, rows: Iterable[int]) -> dict[int, int]:
        """Return for passages' row numbers the cluster of their article; none where it tells a story of its own."""
        found = self.query(
            "SELECT passage.row, cluster FROM passage JOIN repost ON repost.article = passage.article"
            " WHERE passage.row IN (SELECT value FROM json_each(?))",
            [json.dumps(list(rows))],
        )
        return {row["row"]: row["cluster"] for row in found}

    def places(self, rows: Iterable[int]) -> dict[int, tuple[str, int]]:
        """Return for passages' row numbers their article's id and their number in it: where ties are broken.

        Row numbers will not do: they tell in which order articles came in, which must not decide what is found.
        """
        # As one parameter: there may be more ties than an SQL statement takes parameters.
        found = self.query(
            "SELECT passage.row, article.id, number FROM passage JOIN article ON article.row = passage.article"
            " WHERE passage.row IN (SELECT value FROM json_each(?))",
            [json.dumps(list(rows))],
        )
        return {row["row"]: (row["id"], row["number"]) for row in found}

    def allowed(self, only: Filter) -> npt.NDArray[np.bool_] | None:
        """Return for each slot of `postings` whether a filter lets its passage through; None where it lets all."""
        if not only:
            return None
        mask = self._masks.get(only)
        if mask is None:
            condition, parameters = filter_clause(only)
            [found] = self.query(f"SELECT group_concat(row) AS rows FROM article WHERE {condition}", parameters)  # noqa: S608
            articles = self.postings.articles
            within = np.zeros(int(articles.max(initial=0)) + 1, dtype=bool)
            if found["rows"] is not None:
                rows = np.fromstring(str(found["rows"]), dtype=np.int64, sep=",")
                within[rows[rows < len(within)]] = True  # an article may have no passage
            mask = within[articles]
            while len(self._masks) >= _MASKS:
                self._masks.pop(next(iter(self._masks)), None)
            self._masks[only] = mask
        return mask

    def passage_rows(self, only: Filter) -> npt.NDArray[np.int64]:
        """Return the row numbers of the body passages that a filter lets through."""
        return self.postings.live_rows(self.allowed(only))
