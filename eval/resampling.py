"""Drawing articles again: means of bootstrap resamples and sums under random signs, many metrics at once.

All metrics of a run share their draws. How often each cluster was drawn is one matrix, the clusters' sums are another,
and their product holds every resampled sum: what would take minutes metric by metric is one multiplication.
"""

from collections.abc import Hashable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]

_BLOCK = 1_000_000  # draws held in memory at once
_APART = 200
"""Columns that apply to fewer clusters are drawn by themselves.

Among the draws of all clusters, the number that falls to such a column varies; that widens its interval by half of
its reciprocal: not a quarter of a per cent from here on, which is below what 10,000 resamples tell anyway.
"""


def cluster_totals(columns: Floats, clusters: Sequence[Hashable]) -> tuple[Floats, Floats]:
    """Return each cluster's sums and numbers of scores, both of shape (clusters, columns), in order of appearance.

    `columns` has the shape (rows, columns); NaN is no score, and weighs nothing.
    """
    numbers: dict[Hashable, int] = {}
    places = np.array([numbers.setdefault(cluster, len(numbers)) for cluster in clusters], dtype=np.intp)
    known = ~np.isnan(columns)
    values = np.where(known, columns, 0.0)
    sums, sizes = (np.empty((len(numbers), columns.shape[1])) for _ in range(2))
    for place in range(columns.shape[1]):
        sums[:, place] = np.bincount(places, weights=values[:, place], minlength=len(numbers))
        sizes[:, place] = np.bincount(places, weights=known[:, place], minlength=len(numbers))
    return sums, sizes


def _drawn(groups: int, resamples: int, seed: int) -> Iterator[Floats]:
    """Yield blocks of how often each cluster was drawn: `groups` draws with replacement a row."""
    generator = np.random.default_rng(seed)
    for rows in _block_sizes(groups, resamples):
        drawn = generator.integers(groups, size=(rows, groups), dtype=np.int32)
        drawn += np.arange(rows, dtype=np.int32)[:, None] * np.int32(groups)
        counts = np.bincount(drawn.ravel(), minlength=rows * groups)
        yield counts.reshape(rows, groups).astype(np.float64)


def _block_sizes(width: int, rows: int) -> Iterator[int]:
    most = max(1, _BLOCK // max(1, width))
    for start in range(0, rows, most):
        yield min(most, rows - start)


def _means(sums: Floats, sizes: Floats, resamples: int, seed: int) -> Floats:
    """Return the means of resamples of all clusters given, of shape (resamples, columns)."""
    kinds, places = np.unique(sizes, axis=1, return_inverse=True)  # many metrics apply to the same questions
    totals = np.hstack([sums, kinds])
    width = sums.shape[1]
    blocks = [counts @ totals for counts in _drawn(len(sums), resamples, seed)]
    return np.concatenate([block[:, :width] / block[:, width:][:, places.ravel()] for block in blocks])


def resampled_means(sums: Floats, sizes: Floats, resamples: int, seed: int) -> Floats:
    """Return the means of resamples, of shape (resamples, columns).

    Every resample has as many clusters as there are, drawn with replacement. A column is drawn among the clusters
    where it has scores; columns that apply to many clusters share the draws of all.
    """
    means = np.empty((resamples, sums.shape[1]))
    supports: dict[bytes, list[int]] = {}
    for column, applies in enumerate((sizes > 0).T):
        apart = np.count_nonzero(applies) < _APART
        supports.setdefault(applies.tobytes() if apart else b"", []).append(column)
    for support, columns in supports.items():
        rows = np.frombuffer(support, dtype=np.bool_) if support else np.full(len(sums), fill_value=True)
        means[:, columns] = _means(sums[rows][:, columns], sizes[rows][:, columns], resamples, seed)
    return means


def signed_sums(sums: Floats, resamples: int, seed: int) -> Iterator[Floats]:
    """Yield blocks of the columns' sums with every cluster's sign drawn by a fair coin, the same for all columns.

    Clusters whose sums are 0 throughout change nothing, so that no coin is thrown for them.
    """
    moving = sums[sums.any(axis=1)]
    whole, groups = moving.sum(axis=0), len(moving)
    words = -(-groups // 64)  # 64 coins a draw, so that blocks of any size throw the same ones
    generator = np.random.default_rng(seed)
    for rows in _block_sizes(groups, resamples):
        drawn = generator.integers(2**64, size=(rows, words), dtype=np.uint64)
        heads = np.unpackbits(drawn.view(np.uint8), axis=1, count=groups) if groups else drawn
        yield 2 * (heads.astype(np.float64) @ moving) - whole
