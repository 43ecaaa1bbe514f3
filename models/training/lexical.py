"""BM25 over character bigrams: it finds the wrong passages that look right, and is the line to beat."""

import re
from collections.abc import Sequence

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
    """A BM25 index over passages (k1 1.2, b 0.75)."""

    def __init__(self, passages: Sequence[str]) -> None:
        """Index folded passages."""
        self._terms: dict[str, int] = {}
        known = self._terms
        ids = [[known.setdefault(term, len(known)) for term in bigrams(passage)] for passage in passages]
        self._index = bm25s.BM25(k1=1.2, b=0.75)
        self._index.index((ids, known), show_progress=False)
        self._size = len(passages)

    def top(self, query: str, count: int) -> npt.NDArray[np.int64]:
        """Return the positions of the best passages for a folded query, best first (ties by position)."""
        ids = [self._terms[term] for term in bigrams(query) if term in self._terms]
        if not ids:
            return np.zeros(0, dtype=np.int64)
        scores = self._index.get_scores_from_ids(ids)
        count = min(count, self._size)
        best = np.argpartition(-scores, count - 1)[:count]
        ranked: npt.NDArray[np.int64] = best[np.lexsort((best, -scores[best]))].astype(np.int64)
        return ranked
