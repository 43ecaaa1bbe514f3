"""Hybrid retrieval over a library: both legs, fused; what says the same as a hit before it is folded into that one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from models.fold import fold_text
from rag.articles.reposts import Outline
from rag.library import Library, Stored
from rag.retrieval.fuse import fuse
from rag.types import EVERYTHING, Filter, Hit

_SAID = 0.5  # of a passage's characters: a repost's passage of which so much is in what is shown adds too little


class Leg(Protocol):
    """One way of finding passages."""

    @property
    def name(self) -> str:
        """What the leg is called in settings and hits."""
        ...

    def search(self, question: str, k: int, only: Filter = EVERYTHING) -> list[tuple[int, float]]:
        """Return up to `k` (passage row, the leg's own score), best first."""
        ...


class _Shown:
    """The articles shown so far, one for each story, and what they say."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._articles: dict[int, list[str]] = {}  # cluster → ids
        self._outlines: dict[str, Outline] = {}

    def says(self, stored: Stored) -> bool:
        """Whether other articles of the same story are shown already and say what this passage says.

        A repost may say more than its source (a paragraph added): such a passage is a hit of its own.
        """
        others = [a for a in self._articles.get(stored.cluster or 0, ()) if a != stored.passage.article_id]
        if not others:
            return False
        outline = Outline.of(stored.passage.text)
        said = np.any([outline.covered_by(self._outline(other)) for other in dict.fromkeys(others)], axis=0)
        return not len(outline) or float(said.mean()) >= _SAID

    def _outline(self, article_id: str) -> Outline:
        if article_id not in self._outlines:
            self._outlines[article_id] = Outline.of(self._library.body(article_id))
        return self._outlines[article_id]

    def add(self, stored: Stored) -> None:
        """Note that a passage is shown."""
        if stored.cluster is not None:
            self._articles.setdefault(stored.cluster, []).append(stored.passage.article_id)


class HybridRetriever:
    """Asks every leg, fuses their ranks, and looks the passages up."""

    def __init__(self, library: Library, legs: Sequence[Leg], weights: Mapping[str, float], depth: int) -> None:
        self._library = library
        self._legs = legs
        self._weights = weights
        self._depth = depth

    def search(self, question: str, k: int, only: Filter = EVERYTHING) -> list[Hit]:
        """Return at most `k` hits, best first.

        A passage with the same words as an earlier hit is left out. Of a story that several articles tell, the one
        with the best passage is shown (where words are the same, the earliest source), and passages of the others only
        where they say something that it does not; each hit tells where else its story stands.
        """
        runs = {leg.name: [row for row, _ in leg.search(question, max(k, self._depth), only)] for leg in self._legs}
        ranks = {name: {row: rank for rank, row in enumerate(run, start=1)} for name, run in runs.items()}
        fused = fuse(runs, self._weights)
        passages = self._library.passages(row for row, _ in fused)
        folded = {row: fold_text(stored.passage.text) for row, stored in passages.items()}
        hits: list[Hit] = []
        seen: set[str] = set()
        shown = _Shown(self._library)
        for found, score in fused:
            if folded[found] in seen:
                continue
            seen.add(folded[found])
            row = _earliest(found, passages, folded)
            if shown.says(passages[row]):
                continue
            shown.add(passages[row])
            legs = {name: places[row] for name, places in ranks.items() if row in places}
            hits.append(Hit(len(hits) + 1, score, passages[row].passage, legs, passages[row].published))
            if len(hits) == k:
                break
        reposts = self._library.reposts({hit.passage.article_id for hit in hits})
        return [replace(hit, also_in=reposts.get(hit.passage.article_id, ())) for hit in hits]


def _earliest(row: int, passages: Mapping[int, Stored], folded: Mapping[int, str]) -> int:
    """Return the row of the earliest source that was found with the same words, of those that tell the same story."""
    cluster = passages[row].cluster
    if cluster is None:
        return row
    same = [other for other in passages if passages[other].cluster == cluster and folded[other] == folded[row]]
    return min(same, key=lambda other: (passages[other].place, passages[other].passage.start))
