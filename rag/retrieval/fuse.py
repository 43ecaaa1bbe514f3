"""What several legs found, made one ranking.

Two ways. *Linear*: the legs' scores are added, each times what it counts; needs weights fitted for the very legs, and
then serves best (Bruch, Gai & Ingber, "An analysis of fusion functions for hybrid retrieval", 2023; `docs/log.md`).
*Reciprocal ranks*: scores are not looked at (Cormack, Clarke & Büttcher 2009, k = 60); for legs nothing is known of.
Ties keep the order in which legs were given and found.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

_K = 60

Key = TypeVar("Key", bound=Hashable)
Runs: TypeAlias = Mapping[str, Sequence[tuple[int, float]]]
"""Leg → (passage row, the leg's own score), best first."""
Fusion: TypeAlias = Callable[[Runs], list[tuple[int, float]]]


def relative(run: Sequence[tuple[Key, float]]) -> list[tuple[Key, float]]:
    """Return scores as shares of the best one's: sums such as BM25's mean little from one question to another."""
    best = max((score for _, score in run), default=0.0)
    return [(key, score / best if best > 0 else 0.0) for key, score in run]


def reciprocal_ranks(runs: Mapping[str, Sequence[Key]], weights: Mapping[str, float]) -> list[tuple[Key, float]]:
    """Return every key of the runs with its fused score, best first; runs are keys, best first.

    With weight w a key that only this leg found scores at most w / (1 + 60).
    """
    scores: dict[Key, float] = defaultdict(float)
    for leg, run in runs.items():
        for rank, key in enumerate(run, start=1):
            scores[key] += weights[leg] / (_K + rank)
    return sorted(scores.items(), key=lambda item: -item[1])


@dataclass(frozen=True, slots=True)
class Linear:
    """Adds scores; what a leg did not find gets nothing from it."""

    weights: Mapping[str, float]
    shares: frozenset[str] = frozenset()  # legs whose scores count as shares of their best one

    def __call__(self, runs: Runs) -> list[tuple[int, float]]:
        """Return every row of the runs with its fused score, best first."""
        scores: dict[int, float] = defaultdict(float)
        for leg, run in runs.items():
            for row, score in relative(run) if leg in self.shares else run:
                scores[row] += self.weights[leg] * score
        return sorted(scores.items(), key=lambda item: -item[1])


@dataclass(frozen=True, slots=True)
class ReciprocalRanks:
    """Adds reciprocal ranks."""

    weights: Mapping[str, float]

    def __call__(self, runs: Runs) -> list[tuple[int, float]]:
        """Return every row of the runs with its fused score, best first."""
        return reciprocal_ranks({leg: [row for row, _ in run] for leg, run in runs.items()}, self.weights)
