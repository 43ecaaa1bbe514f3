"""Hybrid retrieval over a library: both legs, fused, identical passages folded into one."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from models.fold import fold_text
from rag.library import Library
from rag.retrieval.fuse import fuse
from rag.types import EVERYTHING, Filter, Hit


class Leg(Protocol):
    """One way of finding passages."""

    @property
    def name(self) -> str:
        """What the leg is called in settings and hits."""
        ...

    def search(self, question: str, k: int, only: Filter = EVERYTHING) -> list[tuple[int, float]]:
        """Return up to `k` (passage row, the leg's own score), best first."""
        ...


class HybridRetriever:
    """Asks every leg, fuses their ranks, and looks the passages up."""

    def __init__(self, library: Library, legs: Sequence[Leg], weights: Mapping[str, float], depth: int) -> None:
        self._library = library
        self._legs = legs
        self._weights = weights
        self._depth = depth

    def search(self, question: str, k: int, only: Filter = EVERYTHING) -> list[Hit]:
        """Return at most `k` hits, best first; a passage with the same words as an earlier hit is left out."""
        runs = {leg.name: [row for row, _ in leg.search(question, max(k, self._depth), only)] for leg in self._legs}
        ranks = {name: {row: rank for rank, row in enumerate(run, start=1)} for name, run in runs.items()}
        fused = fuse(runs, self._weights)
        passages = self._library.passages(row for row, _ in fused)
        hits: list[Hit] = []
        seen: set[str] = set()
        for row, score in fused:
            passage, published = passages[row]
            folded = fold_text(passage.text)
            if folded in seen:
                continue
            seen.add(folded)
            legs = {name: places[row] for name, places in ranks.items() if row in places}
            hits.append(Hit(len(hits) + 1, score, passage, legs, published))
            if len(hits) == k:
                break
        return hits
