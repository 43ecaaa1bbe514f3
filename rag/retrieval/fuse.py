"""Reciprocal-rank fusion, weighted (Cormack, Clarke & Büttcher 2009, k = 60)."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

_K = 60

Key = TypeVar("Key", bound=Hashable)


def fuse(runs: Mapping[str, Sequence[Key]], weights: Mapping[str, float]) -> list[tuple[Key, float]]:
    """Return every key of the runs with its fused score, best first.

    A leg's weight must be small enough that a weak leg cannot push aside what a strong one put first: with weight w
    a key that only the weak leg found scores at most w / (1 + 60). Ties keep the order of the first leg named.
    """
    scores: dict[Key, float] = defaultdict(float)
    for leg, run in runs.items():
        for rank, key in enumerate(run, start=1):
            scores[key] += weights[leg] / (_K + rank)
    return sorted(scores.items(), key=lambda item: -item[1])
