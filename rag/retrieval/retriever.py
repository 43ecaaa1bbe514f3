"""Hybrid retrieval over a library: both legs, fused; what says the same as a hit before it is folded into that one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from models.fold import fold_text
from rag.articles.reposts import Outline
from rag.library import Library, Stored
from rag.retrieval.fuse import Fusion, Runs
from rag.types import EVERYTHING, Filter, Hit

_AHEAD = 8  # passages looked up beyond those that are wanted: some are folded into others
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


class _Candidates:
    """The passages found, best first; looked up and folded as they are needed, since few of them are shown."""

    def __init__(self, library: Library, rows: Sequence[int], wanted: int) -> None:
        self._library = library
        self._rows = rows
        self._at_once = wanted + _AHEAD
        self._clusters = library.clusters(rows)
        self._mates: dict[int, list[int]] = {}  # cluster → rows
        for row, cluster in self._clusters.items():
            self._mates.setdefault(cluster, []).append(row)
        self._loaded: dict[int, Stored] = {}
        self._folded: dict[int, str] = {}

    def __iter__(self) -> Iterator[Stored]:
        for at, row in enumerate(self._rows):
            if row not in self._loaded:
                ahead = self._rows[at : at + self._at_once]
                mates = (mate for each in ahead if each in self._clusters for mate in self._mates[self._clusters[each]])
                self._loaded |= self._library.passages({*ahead, *mates}.difference(self._loaded))
            yield self._loaded[row]

    def folded(self, row: int) -> str:
        """Return a passage's folded text."""
        if row not in self._folded:
            self._folded[row] = fold_text(self._loaded[row].passage.text)
        return self._folded[row]

    def earliest(self, row: int) -> int:
        """Return the row of the earliest source with the same words, of those that tell the same story."""
        if row not in self._clusters:
            return row
        same = [other for other in self._mates[self._clusters[row]] if self.folded(other) == self.folded(row)]
        return min(same, key=lambda other: (self._loaded[other].place, self._loaded[other].passage.start))

    def __getitem__(self, row: int) -> Stored:
        return self._loaded[row]


class _Shown:
    """The articles shown so far, one for each story, and what they say."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._articles: dict[int, list[str]] = {}  # cluster → ids
        self._outlines: dict[str, Outline] = {}

    def instead_of(self, stored: Stored) -> str | None:
        """Return the article of the same story that is shown already, if such articles say what this passage says.

        A repost may say more than its source (a paragraph added): such a passage is a hit of its own.
        """
        others = [a for a in self._articles.get(stored.cluster or 0, ()) if a != stored.passage.article_id]
        if not others:
            return None
        outline = Outline.of(stored.passage.text)
        said = np.any([outline.covered_by(self._outline(other)) for other in dict.fromkeys(others)], axis=0)
        return others[0] if not len(outline) or float(said.mean()) >= _SAID else None

    def _outline(self, article_id: str) -> Outline:
        if article_id not in self._outlines:
            self._outlines[article_id] = Outline.of(self._library.body(article_id))
        return self._outlines[article_id]

    def add(self, stored: Stored) -> None:
        """Note that a passage is shown."""
        if stored.cluster is not None:
            self._articles.setdefault(stored.cluster, []).append(stored.passage.article_id)


@dataclass(frozen=True, slots=True)
class Trace:
    """How a question's hits came about."""

    runs: Runs
    fused: Sequence[tuple[int, float]]  # (row, score) of all that was found, best first
    hits: Sequence[Hit]
    hit_rows: Mapping[int, int]  # row → rank
    folded: Mapping[int, str]  # row that stood before the last hit and is none → the article that is shown instead


class HybridRetriever:
    """Asks every leg, fuses what they found, and looks the passages up."""

    def __init__(self, library: Library, legs: Sequence[Leg], fusion: Fusion, depth: int) -> None:
        self._library = library
        self._legs = legs
        self._fusion = fusion
        self._depth = depth

    def search(self, question: str, k: int, only: Filter = EVERYTHING) -> list[Hit]:
        """Return at most `k` hits, best first.

        A passage with the same words as an earlier hit is left out. Of a story that several articles tell, the one
        with the best passage is shown (where words are the same, the earliest source), and passages of the others only
        where they say something that it does not; each hit tells where else its story stands.
        """
        return list(self.trace(question, k, only).hits)

    def trace(self, question: str, k: int, only: Filter = EVERYTHING) -> Trace:
        """Search, and return how it went."""
        runs = {leg.name: leg.search(question, max(k, self._depth), only) for leg in self._legs}
        ranks = {name: {row: rank for rank, (row, _) in enumerate(run, start=1)} for name, run in runs.items()}
        fused = self._fusion(runs)
        candidates = _Candidates(self._library, [row for row, _ in fused], k)
        hits: list[Hit] = []
        hit_rows: dict[int, int] = {}
        folded: dict[int, str] = {}
        seen: dict[str, str] = {}  # words → the article that is shown with them
        shown = _Shown(self._library)
        for (found, score), _ in zip(fused, candidates, strict=True):
            words = candidates.folded(found)
            if words in seen:
                folded[found] = seen[words]
                continue
            row = candidates.earliest(found)
            stored = candidates[row]
            seen[words] = stored.passage.article_id
            if instead := shown.instead_of(stored):
                folded[found] = instead
                continue
            shown.add(stored)
            legs = {name: places[row] for name, places in ranks.items() if row in places}
            hits.append(Hit(len(hits) + 1, score, stored.passage, legs, stored.published))
            hit_rows[row] = len(hits)
            if row != found:
                folded[found] = stored.passage.article_id
            if len(hits) == k:
                break
        reposts = self._library.reposts({hit.passage.article_id for hit in hits})
        hits = [replace(hit, also_in=reposts.get(hit.passage.article_id, ())) for hit in hits]
        return Trace(runs, fused, hits, hit_rows, folded)
