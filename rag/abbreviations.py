"""Abbreviations that articles state, kept in the library's own database, an article's by themselves.

They depend on an article's text alone, so a library that was kept in step has those of one that was built afresh. How
many stories state one is counted when they are read; a story that several articles tell counts once.
`rag.articles.abbreviations` says what an abbreviation is, `rag.text.aliases` what is made of them.
"""

import sqlite3
from collections.abc import Callable, Iterable

from models.fold import fold_text
from rag.articles.abbreviations import abbreviations
from rag.text.aliases import Counted
from rag.types import Article

SCHEMA = """
CREATE TABLE abbreviation (
  article INTEGER NOT NULL REFERENCES article (row), short TEXT NOT NULL, full TEXT NOT NULL,
  stating INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, PRIMARY KEY (article, short, full)
) WITHOUT ROWID;
"""


def insert(connection: sqlite3.Connection, row: int, article: Article) -> None:
    """Note what abbreviations an article states, each where it does so first; forms are folded."""
    connection.executemany(
        "INSERT OR IGNORE INTO abbreviation VALUES (?, ?, ?, ?, ?, ?)",
        [
            (row, fold_text(found.short), fold_text(found.full), int(found.stating), found.span.start, found.span.end)
            for found in abbreviations(article.text)
        ],
    )


def delete(connection: sqlite3.Connection, row: int) -> None:
    """Forget an article's abbreviations."""
    connection.execute("DELETE FROM abbreviation WHERE article = ?", [row])


def read(query: Callable[[str], Iterable[sqlite3.Row]]) -> list[Counted]:
    """Return the abbreviations that a library's articles state, by short form and name, and how many stories do.

    `query` returns the rows of a SELECT, as `Library.query` does.
    """
    rows = query(
        "SELECT short, full, count(DISTINCT coalesce(cluster, -abbreviation.article)) AS stories FROM abbreviation"
        " LEFT JOIN repost ON repost.article = abbreviation.article GROUP BY short, full ORDER BY short, full"
    )
    return [Counted(row["short"], row["full"], row["stories"]) for row in rows]
