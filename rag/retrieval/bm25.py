"""BM25 over several segments: exact, whatever the segments are, and without reading more postings than needed.

Statistics are those of the passages that are in: of those that were taken out, `gone` holds the terms, and they are
subtracted. Scores are sums in one order, from the rarest term to the commonest, so that the same passages have the same
scores to the last bit however they lie in segments.

Common terms are looked up only for passages that can still be among the best (MaxScore: Turtle & Flood, "Query
evaluation: strategies and optimizations", 1995): once what the remaining terms can add at most is less than what the
last of the best has already, no further passage can come in.
"""

import math
import threading
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rag.retrieval.merging import UNIT
from rag.retrieval.segment import MOST, Numbers, Segment, Terms

_K1, _B = 1.2, 0.75  # BM25's usual constants
_SLACK = 1 - 1e-9  # sums of bounds are rounded otherwise than sums of scores
_FIRST = 2048  # postings after which it is asked for the first time whether that is enough

Slots = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float64]


ANY = "*"  # ends a term that stands for all terms that begin so


def _start(term: str) -> bytes:
    return term.removesuffix(ANY).encode("utf-8", "surrogatepass")


class _Listed(NamedTuple):
    """A term of a question with its postings in each segment."""

    information: float
    bound: float  # no passage gets more from it
    postings: Sequence[Numbers]


class Postings:
    """The segments of one generation, searched as one. A passage's slot is its place in all of them together."""

    def __init__(self, segments: Sequence[Segment], gone: Segment | None) -> None:
        self._segments = segments
        self._gone = gone
        self._bases = np.cumsum([0, *map(len, segments)], dtype=np.int64)
        self.rows = np.concatenate([np.zeros(0, np.uint32), *(s.rows for s in segments)])
        self.articles = np.concatenate([np.zeros(0, np.uint32), *(s.articles for s in segments)])
        lengths = np.concatenate([np.zeros(0, np.uint16), *(s.lengths for s in segments)])
        self._lengths = lengths
        self.live = None if gone is None else ~np.isin(self.rows, gone.rows)
        self.passages = len(self.rows) - (len(gone) if gone else 0)
        terms = int(lengths.sum(dtype=np.int64)) - (int(gone.lengths.sum(dtype=np.int64)) if gone else 0)
        mean = max(1.0, terms / max(1, self.passages))
        longest = int(lengths.max(initial=0))
        self._norms = _K1 * (1 - _B + _B * np.arange(longest + 1, dtype=np.float64) / mean)
        self._least = float(self._norms[int(lengths.min(initial=longest))])
        self._local = threading.local()

    @property
    def count(self) -> int:
        """How many segments there are."""
        return len(self._segments)

    def live_rows(self, allowed: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.int64]:
        """Return the rows of the passages that are in, ascending; with `allowed`, of slots for which that is true."""
        mask = self._counting(allowed)
        return np.sort((self.rows if mask is None else self.rows[mask]).astype(np.int64))

    def _counting(self, allowed: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.bool_] | None:
        """Return for each slot whether it counts, None where all do."""
        if self.live is None or allowed is None:
            return self.live if allowed is None else allowed
        return self.live & allowed

    def fault(self) -> str | None:
        """Return what is wrong inside the segments, None where nothing is; all postings are read for that."""
        faults = [segment.fault() for segment in (*self._segments, *([self._gone] if self._gone else []))]
        return next(filter(None, faults), None)

    def frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """Return in how many passages each term occurs; terms that occur nowhere are left out."""
        whole = [term for term in terms if not term.endswith(ANY)]
        prepared = Terms.of(whole)
        counts = np.zeros(len(whole), dtype=np.int64)
        for segment in self._segments:
            counts += segment.counts(segment.find(prepared))
        if self._gone:
            counts -= self._gone.counts(self._gone.find(prepared))
        found = dict(zip(whole, counts.tolist(), strict=True))
        for term in set(terms).difference(whole):
            gone = len(self._gone.beginning(_start(term))) if self._gone else 0
            found[term] = sum(map(len, self._beginning(term))) - gone
        return {term: count for term, count in found.items() if count > 0}

    def _beginning(self, term: str) -> list[Numbers]:
        return [segment.beginning(_start(term)) for segment in self._segments]

    def _listed(self, terms: Mapping[str, float], frequencies: dict[str, int]) -> list[_Listed]:
        prepared = Terms.of(list(terms))
        numbers = [segment.find(prepared).tolist() for segment in self._segments]
        listed = []
        for at, (term, share) in enumerate(terms.items()):
            frequency = frequencies[term]
            # As Lucene has it: a term that most passages have must not count against them.
            information = share * math.log(1 + (self.passages - frequency + 0.5) / (frequency + 0.5))
            if term.endswith(ANY):
                postings, most = self._beginning(term), MOST
            else:
                postings = [segment.of_term(found[at]) for segment, found in zip(self._segments, numbers, strict=True)]
                most = max(
                    int(segment.most[found[at]])
                    for segment, found in zip(self._segments, numbers, strict=True)
                    if found[at] >= 0
                )
            mentions = most / UNIT
            listed.append(_Listed(information, information * (_K1 + 1) * mentions / (mentions + self._least), postings))
        return listed

    def _slots(self, listed: _Listed) -> tuple[Slots, Numbers]:
        """Return the slots that a term occurs in, and its weights there."""
        parts = [
            ((postings >> np.uint32(8)).astype(np.int64) + base, postings & np.uint32(MOST))
            for postings, base in zip(listed.postings, self._bases, strict=False)
            if len(postings)
        ]
        if len(parts) == 1:
            return parts[0]
        return np.concatenate([slots for slots, _ in parts]), np.concatenate([weights for _, weights in parts])

    def _among(self, listed: _Listed, slots: Slots) -> tuple[Slots, Numbers]:
        """Return which of some ascending slots (by their number) have a term, and its weights there."""
        edges = np.searchsorted(slots, self._bases)
        found, weights = [], []
        for at, postings in enumerate(listed.postings):
            one, other = int(edges[at]), int(edges[at + 1])
            if one == other or not len(postings):
                continue
            wanted = ((slots[one:other] - self._bases[at]) << 8).astype(np.uint32)
            places = np.searchsorted(postings, wanted)
            places[places == len(postings)] = 0
            there = postings[places]
            same = np.flatnonzero((there >> np.uint32(8)) == (wanted >> np.uint32(8)))
            found.append(same + one)
            weights.append(there[same] & np.uint32(MOST))
        if not found:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint32)
        return np.concatenate(found), np.concatenate(weights)

    def _gains(self, listed: _Listed, slots: Slots, weights: Numbers) -> Scores:
        mentions = weights * (1 / UNIT)
        gains: Scores = listed.information * (mentions * (_K1 + 1)) / (mentions + self._norms[self._lengths[slots]])
        return gains

    @property
    def _sums(self) -> Scores:
        """A score for each slot, all zero between searches; each thread has its own."""
        sums: Scores | None = getattr(self._local, "sums", None)
        if sums is None:
            sums = self._local.sums = np.zeros(len(self.rows))
        return sums

    def best(
        self,
        terms: Mapping[str, float],
        frequencies: dict[str, int],
        k: int,
        allowed: npt.NDArray[np.bool_] | None = None,
    ) -> list[tuple[int, float]]:
        """Return (row, score) of the `k` best passages with any of these terms, best first, ties in any order.

        The terms come rarest first and all have a frequency; with `allowed`, only slots for which that is true count.
        """
        allowed = self._counting(allowed)
        listed = self._listed(terms, frequencies)
        rest = np.append(np.cumsum([each.bound for each in listed][::-1])[::-1], 0.0)
        slots, scores, at, enough = self._first(listed, rest, k, allowed)
        for number in range(at, len(listed)):
            keep = scores + rest[number] >= enough * _SLACK
            if not keep.all():
                slots, scores = slots[keep], scores[keep]
            places, weights = self._among(listed[number], slots)
            scores[places] += self._gains(listed[number], slots[places], weights)
            enough = _kth(scores, k)
        kept = np.flatnonzero(scores >= enough)
        order = kept[np.argsort(-scores[kept], kind="stable")][:k]
        return list(zip(self.rows[slots[order]].tolist(), scores[order].tolist(), strict=True))

    def scores(
        self, terms: Mapping[str, float], frequencies: dict[str, int], allowed: npt.NDArray[np.bool_] | None = None
    ) -> Scores:
        """Return the score of every slot, as `best` has it; 0 for those that do not count."""
        scores = np.zeros(len(self.rows))
        for each in self._listed(terms, frequencies):
            slots, weights = self._slots(each)
            scores[slots] += self._gains(each, slots, weights)
        counting = self._counting(allowed)
        return scores if counting is None else np.where(counting, scores, 0.0)

    def _first(
        self, listed: Sequence[_Listed], rest: Scores, k: int, allowed: npt.NDArray[np.bool_] | None
    ) -> tuple[Slots, Scores, int, float]:
        """Return slots that can be among the best, ascending, with what the first terms give them.

        And how many terms those were, and what the last of the best has at least.
        """
        sums = self._sums
        seen: list[Slots] = []
        at, asked, enough = 0, _FIRST, 0.0
        met = 0
        try:
            while at < len(listed):
                slots, weights = self._slots(listed[at])
                if allowed is not None:
                    keep = allowed[slots]
                    slots, weights = slots[keep], weights[keep]
                before = sums[slots]
                seen.append(slots[before == 0.0])
                sums[slots] = before + self._gains(listed[at], slots, weights)
                at += 1
                met += len(seen[-1])
                if met >= min(asked, k) and at < len(listed):
                    enough = _kth(np.concatenate([sums[each] for each in seen]), k)
                    if rest[at] < enough * _SLACK:
                        break
            found = np.sort(np.concatenate(seen)) if seen else np.zeros(0, dtype=np.int64)
            scores = sums[found]
        finally:
            for each in seen:
                sums[each] = 0.0
        return found, scores, at, max(enough, _kth(scores, k))


def _kth(scores: Scores, k: int) -> float:
    """Return the k-th best score, 0 where there are fewer."""
    return float(np.partition(scores, len(scores) - k)[len(scores) - k]) if len(scores) >= k else 0.0
