"""The lexical leg: BM25 over Chinese terms, kept by SQLite's FTS5 in the library's own database.

FTS5's tokenizers see a Chinese sentence as one word, so it is fed terms made by `rag.text.terms`, joined by spaces.
The index is contentless: it keeps the terms' places, not the texts.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from rag.library import Library, filter_clause
from rag.retrieval.ties import best_of
from rag.retrieval.worded import weights
from rag.text.regional import wordings
from rag.text.terms import terms
from rag.types import EVERYTHING, Filter, Passage

SCHEMA = """
CREATE VIRTUAL TABLE passage_terms USING fts5 (
  title, body, head, content='', tokenize="unicode61 remove_diacritics 0 tokenchars '.'");
CREATE VIRTUAL TABLE passage_vocabulary USING fts5vocab (passage_terms, row);
"""

# The title tells what a passage is about without saying it: it counts, but less than the passage's own words.
_TITLE_WEIGHT = 0.5
_LONGEST_QUERY = 32


def _entries(title: str, rows: Iterable[tuple[int, Passage]]) -> Iterator[tuple[int, str, str, str]]:
    """Yield row number, title, body and head terms of each passage."""
    title_terms = " ".join(terms(title))
    for row, passage in rows:
        text = " ".join(terms(passage.text))
        yield (row, title_terms, text, "") if passage.part == "body" else (row, "", "", text)


def insert(connection: sqlite3.Connection, title: str, rows: Iterable[tuple[int, Passage]]) -> None:
    """Add the passages of an article of this title, given with their row numbers."""
    connection.executemany(
        "INSERT INTO passage_terms (rowid, title, body, head) VALUES (?, ?, ?, ?)", _entries(title, rows)
    )


def delete(connection: sqlite3.Connection, title: str, rows: Iterable[tuple[int, Passage]]) -> None:
    """Take an article's passages out; a contentless index must be told what it had been given."""
    connection.executemany(
        "INSERT INTO passage_terms (passage_terms, rowid, title, body, head) VALUES ('delete', ?, ?, ?, ?)",
        _entries(title, rows),
    )


class LexicalIndex:
    """BM25 search over the passages of a library."""

    name = "lexical"

    def __init__(self, library: Library) -> None:
        self._library = library

    def document_frequencies(self, words: Sequence[str]) -> dict[str, int]:
        """Return in how many passages each term occurs; terms that occur nowhere are left out."""
        rows = self._library.query(
            f"SELECT term, doc FROM passage_vocabulary WHERE term IN ({', '.join('?' * len(words))})",  # noqa: S608
            words,
        )
        return {row["term"]: row["doc"] for row in rows}

    def _asked(self, question: str) -> list[tuple[list[str], float]]:
        """Return the rarest terms of each wording of the question, and what it counts; common terms tell least."""
        worded = [list(dict.fromkeys(terms(wording))) for wording in wordings(question)]
        frequencies = self.document_frequencies(list(dict.fromkeys(term for words in worded for term in words)))
        passages = self._library.query("SELECT max(row) AS last FROM passage", [])[0]["last"] or 0
        asked = []
        for words, weight in zip(worded, weights(worded, frequencies, passages), strict=True):
            known = sorted(frequencies.keys() & words, key=lambda term: (frequencies[term], term))
            if known and weight:
                asked.append((known[:_LONGEST_QUERY], weight))
        return asked

    def _search(self, words: Sequence[str], k: int, only: Filter) -> list[tuple[int, float]]:
        """Return the best passages with any of these terms, which all occur in the index."""
        expression = "{title body} : (" + " OR ".join(f'"{word}"' for word in words) + ")"
        condition, parameters = filter_clause(only)
        joined = (
            "JOIN passage ON passage.row = passage_terms.rowid JOIN article ON article.row = passage.article"
            if only
            else ""
        )
        rows = self._library.query(
            f"SELECT passage_terms.rowid AS row, bm25(passage_terms, {_TITLE_WEIGHT}, 1.0, 0.0) AS score"  # noqa: S608
            f" FROM passage_terms {joined} WHERE passage_terms MATCH ? AND {condition if only else '1'}"
            " ORDER BY score, passage_terms.rowid LIMIT ?",
            [expression, *(parameters if only else []), k],
        )
        return [(row["row"], -row["score"]) for row in rows]

    def search(self, question: str, k: int, only: Filter = EVERYTHING) -> list[tuple[int, float]]:
        """Return up to `k` (passage row, score), best first; scores are BM25, higher is better, ties by article id.

        The question is also asked in the words of other regions, where the library has any of those words; a passage
        counts by the wording that suits it best.
        """
        asked = self._asked(question)

        def best(most: int) -> list[tuple[int, float]]:
            found: dict[int, float] = {}
            for words, weight in asked:
                for row, score in self._search(words, most, only):
                    found[row] = max(found.get(row, 0.0), score * weight)
            return sorted(found.items(), key=lambda pair: -pair[1])[:most]

        return best_of(best, k, self._library.places) if asked else []
