"""Figures of systems that were asked the same questions, and their paired differences from the best baseline."""

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval import statistics as stats
from eval.finding.measuring import Asked
from eval.resampling import Floats

Ranks = Sequence[int | None]


def _first(ranks: Ranks) -> float:
    return min((rank for rank in ranks if rank is not None), default=math.inf)


def _success(k: int) -> Callable[[Ranks], float]:
    return lambda ranks: float(_first(ranks) <= k)


def _recall(k: int) -> Callable[[Ranks], float]:
    return lambda ranks: sum(rank is not None and rank <= k for rank in ranks) / len(ranks)


def _reciprocal(k: int) -> Callable[[Ranks], float]:
    return lambda ranks: 1 / first if (first := _first(ranks)) <= k else 0.0


FIGURES: Mapping[str, Callable[[Ranks], float]] = {
    "success@1": _success(1),
    "success@5": _success(5),
    "recall@5": _recall(5),
    "mrr@10": _reciprocal(10),
}
"""Name → the score of one question, from 0 to 1, from the rank of the first passage for each thing needed."""


@dataclass(frozen=True, slots=True)
class Change:
    """A system's figure against that of the best baseline."""

    baseline: str  # the best at this figure
    difference: stats.Difference


@dataclass(frozen=True, slots=True)
class Figures:
    """What a system reaches on one question set."""

    means: dict[str, float]
    changes: dict[str, Change]  # empty for the baseline itself, and where none was measured
    p50_ms: float
    p95_ms: float


def scores(rows: Sequence[Asked]) -> Floats:
    """Return one row a question and one column a figure."""
    return np.array([[figure(row.ranks) for figure in FIGURES.values()] for row in rows], dtype=np.float64)


def figures(
    measured: Mapping[str, Sequence[Asked]],
    baselines: frozenset[str],
    clusters: Mapping[str, Hashable],
    *,
    resamples: int = stats.RESAMPLES,
) -> dict[str, Figures]:
    """Return the figures of every system on one set.

    The best baseline is chosen figure by figure, on these very questions: the choice favours the baseline.
    `clusters` tells for each question's id which articles it is about (`eval.statistics.article_cluster`).

    Raises:
        ValueError: the systems were not asked the same questions.

    """
    asked = {tuple(row.id for row in rows) for rows in measured.values()}
    if len(asked) > 1:
        msg = "systems that were asked different questions make no pairs"
        raise ValueError(msg)
    scored = {name: scores(rows) for name, rows in measured.items()}
    means = {name: dict(zip(FIGURES, map(float, values.mean(axis=0)), strict=True)) for name, values in scored.items()}
    groups = [clusters[name] for name in next(iter(asked), ())]
    best = {
        figure: max(there, key=lambda name: means[name][figure])
        for figure in FIGURES
        if (there := [name for name in measured if name in baselines])
    }
    before = (
        np.stack([scored[best[figure]][:, place] for place, figure in enumerate(FIGURES)], axis=1) if best else None
    )
    found = {}
    for name, rows in measured.items():
        changes = {}
        if before is not None:
            drawn = stats.paired_differences(before, scored[name], groups, resamples=resamples)
            for figure, difference in zip(FIGURES, drawn, strict=True):
                if difference is not None and best[figure] != name:
                    changes[figure] = Change(best[figure], difference)
        spent = np.quantile([row.ms for row in rows], (0.5, 0.95))
        found[name] = Figures(means[name], changes, float(spent[0]), float(spent[1]))
    return found
