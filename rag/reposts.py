"""Clusters of reposts, kept in the library's own database and brought up to date with every change.

What is stored of an article are its fingerprints; of a pair worth comparing, the verdict. Both depend on the texts
alone, so a change costs the comparing of what is new. Which pairs are worth it, and the clusters, are worked out anew
from all fingerprints each time (a fraction of a second for tens of thousands): they depend on what is in the library,
never on how it came in. `rag.articles.reposts` says what a repost is.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from operator import itemgetter

import numpy as np

from rag.articles.prints import codes_of, fingerprints, shingles
from rag.articles.reposts import DIFFERENT, Outline, Pair, Relation, Verdict, candidates, clusters, compared, grouped
from rag.types import Article

SCHEMA = """
CREATE TABLE repost_prints (
  article INTEGER PRIMARY KEY REFERENCES article (row), length INTEGER NOT NULL, prints BLOB NOT NULL);
CREATE TABLE repost_verdict (
  first INTEGER NOT NULL, second INTEGER NOT NULL, relation INTEGER NOT NULL, second_is_longer INTEGER NOT NULL,
  start INTEGER NOT NULL, end INTEGER NOT NULL, PRIMARY KEY (first, second)) WITHOUT ROWID;
CREATE TABLE repost (
  article INTEGER PRIMARY KEY REFERENCES article (row), cluster INTEGER NOT NULL, place INTEGER NOT NULL);
CREATE INDEX repost_cluster ON repost (cluster, place);
"""

_REMEMBERED = 4096  # outlines held at a time


def insert(connection: sqlite3.Connection, row: int, article: Article) -> None:
    """Note the fingerprints of an article's body; its head differs from one repost to the next."""
    prints = fingerprints(shingles(codes_of(article.body.of(article.text))))
    connection.execute(
        "INSERT INTO repost_prints VALUES (?, ?, ?)", (row, len(article.body), prints.astype("<u4").tobytes())
    )


def delete(connection: sqlite3.Connection, row: int) -> None:
    """Forget an article. What it was compared with is forgotten by `update`."""
    connection.execute("DELETE FROM repost_prints WHERE article = ?", [row])


def update(connection: sqlite3.Connection) -> None:
    """Bring the clusters up to date with the articles.

    A cluster is named by its earliest article: the one published first; of one day, the one with the longest body,
    since a shortened copy tells less than what it was made from; of these, the one with the first id. Articles
    without a date come last.
    """
    stored = connection.execute(
        "SELECT id, row, published, length, prints FROM repost_prints JOIN article ON row = article"
    ).fetchall()
    stored.sort(key=itemgetter(0))  # an order that does not depend on how the articles came in
    rows = [row for _, row, *_ in stored]
    found = candidates([np.frombuffer(prints, dtype="<u4") for *_, prints in stored])
    known = {
        (first, second): Verdict(Relation(relation), bool(longer), start, end)
        for first, second, relation, longer, start, end in connection.execute("SELECT * FROM repost_verdict")
    }
    wanted = [(rows[first], rows[second]) for first, second in found]
    new = dict(_compared(connection, [pair for pair in wanted if pair not in known]))
    connection.executemany("DELETE FROM repost_verdict WHERE (first, second) = (?, ?)", known.keys() - set(wanted))
    connection.executemany(
        "INSERT INTO repost_verdict VALUES (?, ?, ?, ?, ?, ?)",
        [(*pair, int(v.relation), int(v.second_is_longer), v.start, v.end) for pair, v in new.items()],
    )
    connection.execute("DELETE FROM repost")
    earliest = {row: (published is None, published, -length, name) for name, row, published, length, _ in stored}
    verdicts = {pair: known[of] if of in known else new[of] for pair, of in zip(found, wanted, strict=True)}
    ordered = [sorted((rows[place] for place in places), key=earliest.__getitem__) for places in clusters(verdicts)]
    connection.executemany(
        "INSERT INTO repost VALUES (?, ?, ?)",
        [(row, members[0], place) for members in ordered for place, row in enumerate(members)],
    )


def _compared(connection: sqlite3.Connection, pairs: Sequence[Pair]) -> Iterator[tuple[Pair, Verdict]]:
    """Yield each pair with its verdict; pairs that hang together follow each other, so that few texts are held."""
    outlines: dict[int, Outline] = {}

    def outline(row: int) -> Outline:
        if row not in outlines:
            text = connection.execute("SELECT substr(text, head_end + 1) FROM article WHERE row = ?", [row]).fetchone()
            outlines[row] = Outline.of(text[0])
        return outlines[row]

    group = {row: number for number, members in enumerate(grouped(pairs)) for row in members}
    for pair in sorted(pairs, key=lambda pair: (group[pair[0]], pair)):
        if len(outlines) > _REMEMBERED:
            outlines.clear()
        verdict = compared(outline(pair[0]), outline(pair[1]))
        yield pair, verdict if verdict.relation is not Relation.DIFFERENT else DIFFERENT
