"""Reposts: the same story under another head, shortened, rearranged, with a changed lead or a paragraph added.

Whether two articles tell the same story is a property of these two texts alone (`compared`); which pairs are compared
(`candidates`) and what becomes of them (`clusters`) depends on the set of all articles, never on the order in which
they came in. So a library that was kept in step has the clusters of one that was built afresh.

Resemblance alone will not do: it calls a shortened copy different and yesterday's weather notice the same. Following
Broder ("On the resemblance and containment of documents", 1997), what counts is how much of the *shorter* text stands
in the longer one, as characters covered by common shingles. Against serial notices (share prices, weather, draws), in
which only the figures change, there is a veto: a figure that stands between common words in one text, and nowhere in
the other, and this on both sides.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from rag.articles.prints import SHINGLE, Codes, Hashes, codes_of, fingerprints, shingles

Pair: TypeAlias = tuple[int, int]

# All pairs of a fingerprint's articles are looked at while they are few; where they are many (a site's own phrases, a
# story that everybody carries), each is looked at with the first of them only.
_FEW = 16
_FEWEST_SHARED = 2
_SHARED = 0.2  # of the fingerprints of the one that has fewer

_SHORTEST = 40  # characters: below, everything resembles something
_COVERED = 0.7  # of the shorter text, at least
_COVERED_BOTH = 1.0  # of the shorter text, plus half of what is covered of the longer one
_COVERED_LONGER = 0.15
_MOST = 0.6  # a text of which less is covered merely contains the other
_SHORT_GAP = 48  # characters between common words in which a serial notice has its own figures
_OTHER_FIGURES = 0.12  # share of figures that may differ
_DISJOINT = 0.1  # overlap of two parts, as a share of the smaller, up to which they are different parts

_FIGURE = re.compile(r"\d+(?P<time>[年月日时分点])?")


@dataclass(frozen=True, slots=True)
class Outline:
    """What comparing needs of a text: its folded characters and shingles, and where its figures stand."""

    codes: Codes
    hashes: Hashes
    ordered: Hashes  # the same, sorted
    figures: tuple[tuple[int, str, bool], ...]  # place in `codes`, digits, whether it is part of a date or time
    values: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "Outline":
        """Return the outline of an article's body."""
        codes = codes_of(text)
        hashes = shingles(codes)
        folded = codes.astype("<u4").tobytes().decode("utf-32-le")
        figures = tuple(
            (found.start(), found[0].rstrip("年月日时分点"), found["time"] is not None)
            for found in _FIGURE.finditer(folded)
        )
        return cls(codes, hashes, np.sort(hashes), figures, frozenset(value for _, value, _ in figures))

    def __len__(self) -> int:
        return len(self.codes)

    def covered_by(self, other: "Outline") -> npt.NDArray[np.bool_]:
        """Return for each character whether it lies in a shingle that `other` has too."""
        places = np.searchsorted(other.ordered, self.hashes)
        places[places == len(other.ordered)] = 0
        covered = np.zeros(len(self), dtype=bool)
        covered[: len(self.hashes)] = other.ordered[places] == self.hashes
        width = 1
        while width < SHINGLE:
            covered[width:] |= covered[:-width].copy()
            width *= 2
        return covered

    def gap_figures(self, covered: npt.NDArray[np.bool_], other: "Outline") -> tuple[int, int]:
        """Return how many figures stand in short gaps between covered words, and how many such values are all its own.

        Dates and times before the first covered words do not count: each paper puts its own day there.
        """
        places = [each for each in self.figures if not covered[each[0]]]
        if not places:
            return 0, 0
        edges = np.flatnonzero(np.diff(covered.astype(np.int8), prepend=1, append=1))
        starts, ends = edges[::2], edges[1::2]
        gaps = np.searchsorted(starts, [place for place, _, _ in places], side="right") - 1
        found = [
            value
            for (_, value, timed), gap in zip(places, gaps.tolist(), strict=True)
            if ends[gap] - starts[gap] <= _SHORT_GAP and not (timed and starts[gap] == 0)
        ]
        return len(found), len(set(found) - other.values)


class Relation(IntEnum):
    """How two articles stand to each other."""

    DIFFERENT = 0
    SAME = 1  # much of both is common
    PART = 2  # the shorter one stands in the longer one, which has much more


@dataclass(frozen=True, slots=True)
class Verdict:
    """What comparing two articles came to. `start` and `end` tell, in thousandths, where the longer one is covered."""

    relation: Relation
    second_is_longer: bool = False
    start: int = 0
    end: int = 0


DIFFERENT = Verdict(Relation.DIFFERENT)


def compared(first: Outline, second: Outline) -> Verdict:
    """Return how two articles stand to each other; the order of the two makes no difference but the flag."""
    second_is_longer = len(second) > len(first)
    shorter, longer = (first, second) if second_is_longer else (second, first)
    if len(shorter) < _SHORTEST:
        return DIFFERENT
    in_shorter = shorter.covered_by(longer)
    covered = float(in_shorter.mean())
    if covered < _COVERED:
        return DIFFERENT
    in_longer = longer.covered_by(shorter)
    covered_longer = float(in_longer.mean())
    if covered_longer < _COVERED_LONGER or covered + covered_longer / 2 < _COVERED_BOTH:
        return DIFFERENT
    # A new figure on one side counts where the other side has one too that could have been in its place.
    gaps, own = shorter.gap_figures(in_shorter, longer)
    gaps_longer, own_longer = longer.gap_figures(in_longer, shorter)
    other = max(min(own, gaps_longer), min(own_longer, gaps))
    if other and other >= _OTHER_FIGURES * (other + len(shorter.values & longer.values)):
        return DIFFERENT
    places = np.flatnonzero(in_longer)
    stray = len(places) // 20
    start, end = (1000 * int(place) // len(longer) for place in (places[stray], places[-1 - stray]))
    relation = Relation.SAME if covered_longer >= _MOST else Relation.PART
    return Verdict(relation, second_is_longer, start, end)


def candidates(prints: Sequence[Codes]) -> list[Pair]:
    """Return the pairs worth comparing, as places in `prints` (first < second), sorted.

    The order of `prints` must come from the articles themselves (their ids, say): it decides which of many is first.
    """
    sizes = np.array([len(each) for each in prints], dtype=np.int64)
    if not sizes.sum():
        return []
    owners = np.repeat(np.arange(len(prints), dtype=np.uint64), sizes)
    keys = (np.concatenate(list(prints)).astype(np.uint64) << np.uint64(32)) | owners
    keys.sort()
    hashes, owner = keys >> np.uint64(32), (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
    starts = np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1])))
    counts = np.diff(np.append(starts, len(hashes)))
    found: list[npt.NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
    for count in range(2, _FEW + 1):
        members = owner[starts[counts == count][:, None] + np.arange(count)]
        first, second = np.triu_indices(count, 1)
        found.append(((members[:, first] << 32) | members[:, second]).ravel())
    for start, count in zip(starts[counts > _FEW], counts[counts > _FEW], strict=True):
        found.append((owner[start] << 32) | owner[start + 1 : start + count])
    pairs, shared = np.unique(np.concatenate(found), return_counts=True)
    first, second = pairs >> 32, pairs & 0xFFFFFFFF
    fewer = np.minimum(sizes[first], sizes[second])
    kept = (shared >= np.minimum(_FEWEST_SHARED, fewer)) & (shared >= _SHARED * fewer)
    return list(zip(first[kept].tolist(), second[kept].tolist(), strict=True))


def _without_digests(verdicts: Mapping[Pair, Verdict]) -> Iterable[Pair]:
    """Yield the pairs that hold together, after those are left out that a digest of several stories would join.

    An article is a digest of what it contains where two others stand in different parts of it.
    """
    regions: dict[int, list[tuple[Pair, Verdict]]] = defaultdict(list)
    for pair, verdict in verdicts.items():
        if verdict.relation is not Relation.DIFFERENT:
            regions[pair[verdict.second_is_longer]].append((pair, verdict))
    for entries in regions.values():
        for pair, verdict in entries:
            if verdict.relation is Relation.SAME or not any(_apart(verdict, other) for _, other in entries):
                yield pair


def _apart(one: Verdict, other: Verdict) -> bool:
    overlap = min(one.end, other.end) - max(one.start, other.start)
    return overlap <= _DISJOINT * min(one.end - one.start, other.end - other.start)


def clusters_of(texts: Sequence[str]) -> list[list[int]]:
    """Return the clusters among texts, as places: all of it in one call, for as many as memory holds."""
    outlines = [Outline.of(text) for text in texts]
    pairs = candidates([fingerprints(outline.hashes) for outline in outlines])
    return clusters({pair: compared(outlines[pair[0]], outlines[pair[1]]) for pair in pairs})


def grouped(pairs: Iterable[Pair]) -> list[list[int]]:
    """Return the groups that pairs hang together in, each sorted, in order of their first."""
    root: dict[int, int] = {}

    def find(node: int) -> int:
        while root.setdefault(node, node) != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for first, second in pairs:
        one, other = sorted((find(first), find(second)))
        root[other] = one
    groups: dict[int, list[int]] = defaultdict(list)
    for node in sorted(root):
        groups[find(node)].append(node)
    return [groups[first] for first in sorted(groups)]


def clusters(verdicts: Mapping[Pair, Verdict]) -> list[list[int]]:
    """Return the groups of two articles or more that tell the same story, each sorted, in order of their first.

    All members of a group resemble one of them: the one that most resemble goes first and takes all that resemble it
    (star clustering: Aslam, Pelekhov & Rus 2004). Chains would join the first report of a flood to the last one.
    The order of the articles' places must come from the articles themselves, as in `candidates`.
    """
    neighbours: dict[int, set[int]] = defaultdict(set)
    for first, second in _without_digests(verdicts):
        neighbours[first].add(second)
        neighbours[second].add(first)
    taken: set[int] = set()
    groups: list[list[int]] = []
    for centre in sorted(neighbours, key=lambda place: (-len(neighbours[place]), place)):
        group = {centre, *neighbours[centre]} - taken
        if centre not in taken and len(group) > 1:
            groups.append(sorted(group))
            taken |= group
    return sorted(groups)
