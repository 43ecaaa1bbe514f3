"""Abbreviations in the library's database: a library kept in step has those of one built afresh."""

import random
import sqlite3
from types import SimpleNamespace
from typing import cast

from rag import abbreviations, reposts
from rag.text.aliases import Counted
from rag.types import Article

TEXTS = (
    "澜江市发展和改革委员会（以下简称“澜江发改委”）公布了清单。",
    "记者从澜江市发展和改革委员会（下称澜江发改委）获悉，清单已经公布。",
    "世界卫生组织（WHO）与非洲联盟（非盟）开会。世界卫生组织（WHO）说，会议有成果。",
    "世界衛生組織（WHO）表示關切。",
    "没有缩写的一篇。",
)


def opened() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    connection.executescript("CREATE TABLE article (row INTEGER PRIMARY KEY);" + reposts.SCHEMA + abbreviations.SCHEMA)
    return connection


def insert(connection: sqlite3.Connection, row: int, text: str) -> None:
    abbreviations.insert(connection, row, cast("Article", SimpleNamespace(text=text)))


def read(connection: sqlite3.Connection) -> list[Counted]:
    return abbreviations.read(lambda sql: connection.execute(sql).fetchall())


def test_stories_are_counted_in_either_script() -> None:
    """Once an article, however often it states them; Traditional and Simplified are one."""
    connection = opened()
    for row, text in enumerate(TEXTS, start=1):
        insert(connection, row, text)
    assert read(connection) == [
        Counted("who", "世界卫生组织", 2),
        Counted("澜江发改委", "澜江市发展和改革委员会", 2),
        Counted("非盟", "非洲联盟", 1),
    ]


def test_reposts_count_as_one_story() -> None:
    """A story that everybody carries is one statement."""
    connection = opened()
    insert(connection, 1, TEXTS[0])
    insert(connection, 2, TEXTS[1])
    connection.executemany("INSERT INTO repost VALUES (?, 1, ?)", [(1, 0), (2, 1)])
    assert read(connection) == [Counted("澜江发改委", "澜江市发展和改革委员会", 1)]


def test_in_step_equals_built_afresh() -> None:
    """Any history of adding and removing ends as the articles that are left."""
    chance = random.Random(6)
    for _ in range(40):
        kept, fresh = opened(), opened()
        held: dict[int, str] = {}
        for row in range(1, 20):
            held[row] = chance.choice(TEXTS)
            insert(kept, row, held[row])
            if chance.random() < 0.5:
                gone = chance.choice(sorted(held))
                abbreviations.delete(kept, gone)
                del held[gone]
        for row, text in held.items():
            insert(fresh, row, text)
        everything = "SELECT * FROM abbreviation ORDER BY article, short, full"
        assert [tuple(r) for r in kept.execute(everything)] == [tuple(r) for r in fresh.execute(everything)]
        assert read(kept) == read(fresh)


def test_an_empty_library_has_none() -> None:
    """No article, no abbreviation."""
    assert read(opened()) == []
