"""BM25 over character bigrams: it finds the wrong passages that look right, and is the line to beat."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import bm25s
import numpy as np
import numpy.typing as npt

_RUN = re.compile(r"[a-z]+|[\d.]+|[\u3400-\u9fff\U00020000-\U0003ffff]+")
_SENTENCE = re.compile(r"(?<=[。!?;！？；\n])")


def bigrams(text: str) -> list[str]:
    """Return the terms of a folded text: bigrams of Chinese runs, and Latin words and numbers whole."""
    terms: list[str] = []
    for match in _RUN.finditer(text):
        run = match[0]
        if run.isascii() or len(run) == 1:
            terms.append(run)
        else:
            terms += [run[i : i + 2] for i in range(len(run) - 1)]
    return terms


def split_passages(text: str, size: int) -> list[str]:
    """Return pieces of at most `size` characters, cut at sentence ends where that is possible."""
    pieces: list[str] = []
    current = ""
    for sentence in _SENTENCE.split(text):
        rest = sentence
        while len(rest) > size:
            pieces.append(current) if current else None
            pieces.append(rest[:size])
            current, rest = "", rest[size:]
        if current and len(current) + len(rest) > size:
            pieces.append(current)
            current = ""
        current += rest
    return [piece for piece in [*pieces, current] if piece]


class Bm25:
    """A BM25 index over passages, by default of character bigrams."""

    def __init__(
        self,
        passages: Iterable[str],
        terms: Callable[[str], list[str]] = bigrams,
        *,
        k1: float = 1.2,
        b: float = 0.75,
    ) -> None:
        """Index folded passages by these terms."""
        self._terms_of = terms
        self._terms: dict[str, int] = {}
        known = self._terms
        ids = [[known.setdefault(term, len(known)) for term in terms(passage)] for passage in passages]
        self._index = bm25s.BM25(k1=k1, b=b)
        self._index.index((ids, known), show_progress=False)
        self._size = len(ids)

    def scored(self, query: str, count: int) -> list[tuple[int, float]]:
        """Return the positions and scores of the best passages for a folded query, best first (ties by position)."""
        ids = [self._terms[term] for term in self._terms_of(query) if term in self._terms]
        if not ids:
            return []
        scores = self._index.get_scores_from_ids(ids)
        count = min(count, self._size)
        best = np.argpartition(-scores, count - 1)[:count]
        return [(int(i), float(scores[i])) for i in best[np.lexsort((best, -scores[best]))]]

    def top(self, query: str, count: int) -> npt.NDArray[np.int64]:
        """Return the positions of the best passages for a folded query, best first (ties by position)."""
        return np.array([i for i, _ in self.scored(query, count)], dtype=np.int64)

    def write(self, folder: Path) -> None:
        """Write the index into a folder, as bm25s keeps it."""
        self._index.save(folder)
