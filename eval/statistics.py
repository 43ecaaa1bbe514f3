"""Statistics of paired runs: intervals, tests, and what a set of some size can tell. Pure NumPy, the same every time.

A cluster is what questions share: the articles that hold their evidence. Questions about one article stand or fall
together, so that articles are drawn again here, not questions.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import comb, sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from eval.questions import Question
from eval.resampling import Floats, cluster_totals, resampled_means, signed_sums

RESAMPLES = 10_000
SEED = 20_251_122
LEVEL = 0.95
ALPHA = 0.05
POWER = 0.8
_FEW = 10  # clusters; see `_interval`
ASSUMED_DISCORDANCE = 0.1
"""The share of questions taken to differ where two runs do not differ at all."""

_EQUAL = 1e-12
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval, both ends included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of paired differences, B less A, with its interval and p-values."""

    mean: float
    interval: Interval
    p: float  # two-sided
    p_lower: float  # one-sided: that B's mean is the lower one
    p_higher: float


@dataclass(frozen=True, slots=True)
class Counts:
    """How many pairs went which way."""

    win: int
    tie: int
    loss: int


def article_cluster(question: Question) -> Hashable:
    """Return a question's cluster: the set of the articles that hold its evidence, or itself where none is named."""
    grouped = (doc for group in question.evidence_groups for doc in group)
    return frozenset([*question.evidence_docs, *grouped]) or ("no evidence", question.id)


def wilson(successes: float, n: int, level: float = LEVEL) -> Interval:
    """Return Wilson's score interval of a rate.

    Source: Wilson (1927), Probable inference, JASA 22:209-212; Brown, Cai & DasGupta (2001), Statist. Sci. 16:101-133.
    """
    z = _NORMAL.inv_cdf((1 + level) / 2)
    rate, scale = successes / n, 1 + z * z / n
    middle = (rate + z * z / (2 * n)) / scale
    half = z / scale * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def _t_quantile(probability: float, freedom: int) -> float:
    """Return a quantile of Student's t: within 0.2 % from 3 degrees of freedom, too small below.

    Source: Abramowitz & Stegun (1964), Handbook of Mathematical Functions, 26.7.5.
    """
    z = _NORMAL.inv_cdf(probability)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / float(freedom) ** power for power, term in enumerate(terms, start=1))


def _expansion(groups: int, level: float) -> float:
    """Return by how much the spread of resampled means falls short for so few clusters.

    Source: Hesterberg (2015), What teachers should know about the bootstrap, Am. Stat. 69:371-386, the expanded
    percentile interval: sqrt(n / (n - 1)) t / z.
    """
    upper = (1 + level) / 2
    return sqrt(groups / (groups - 1)) * _t_quantile(upper, groups - 1) / _NORMAL.inv_cdf(upper)


def _percentiles(means: Floats, groups: int, level: float) -> Interval:
    tail = _NORMAL.cdf(-_expansion(groups, level) * _NORMAL.inv_cdf((1 + level) / 2))
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(float(low), float(high))


def _checked(columns: npt.ArrayLike, clusters: Sequence[Hashable]) -> Floats:
    values = np.asarray(columns, dtype=np.float64)
    if not len(values) == len(clusters) > 0:
        msg = f"{len(values)} scores need as many clusters, and at least one; there are {len(clusters)}"
        raise ValueError(msg)
    return values


def _interval(scores: Floats, means: Floats, groups: int, level: float) -> Interval:
    """Return the interval of one column from its resampled means; resampling does not know everything."""
    if groups == 1:
        return Interval(0.0, 1.0)
    if np.all(scores == 0) or np.all(scores == 1):
        return wilson(groups * float(scores[0]), groups, level)
    drawn = _percentiles(means, groups, level)
    if groups >= _FEW:
        return drawn
    # So few clusters may agree by chance, and then resampling finds no spread: two articles of 40 % each are not 40 to
    # 40 %. Scores between 0 and 1 spread no more than yes and no do, so that Wilson's interval is wide enough.
    cautious = wilson(groups * float(scores.mean()), groups, level)
    return Interval(min(drawn.low, cautious.low), max(drawn.high, cautious.high))


def mean_intervals(
    columns: npt.ArrayLike,
    clusters: Sequence[Hashable],
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> list[Interval | None]:
    """Return the intervals of the means of columns of scores between 0 and 1, by the bootstrap over clusters.

    `columns` has the shape (rows, columns); NaN is no score. A cluster without a score in a column weighs nothing
    there, and a column without any has no interval. Where all scores are 0, or all 1, resampling knows no spread:
    Wilson's interval of the clusters stands in; below 10 clusters the interval holds Wilson's as well. One cluster
    tells nothing: the interval is all of [0, 1].

    Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, §13 (percentile interval); Davison & Hinkley
    (1997), Bootstrap Methods, §3.8 (whole clusters are drawn); expanded as in Hesterberg (2015).

    Raises:
        ValueError: there are no rows, or not as many clusters as rows.

    """
    values = _checked(columns, clusters)
    scored = np.flatnonzero(~np.isnan(values).all(axis=0))
    found: list[Interval | None] = [None] * values.shape[1]
    sums, sizes = cluster_totals(values[:, scored], clusters)
    means = resampled_means(sums, sizes, resamples, seed)
    groups = np.count_nonzero(sizes, axis=0)
    for place, column in enumerate(scored.tolist()):
        scores = values[:, column]
        found[column] = _interval(scores[~np.isnan(scores)], means[:, place], int(groups[place]), level)
    return found


def _extremes(sums: Floats, resamples: int, seed: int) -> tuple[Floats, Floats, Floats]:
    """Return, for each column, the shares of random signs whose sum is as far out, as low and as high as observed."""
    observed = sums.sum(axis=0)
    far, low, high = (np.ones(len(observed)) for _ in range(3))  # the signs that were observed are one of the draws
    for block in signed_sums(sums, resamples, seed):
        far += np.count_nonzero(np.abs(block) >= np.abs(observed) - _EQUAL, axis=0)
        low += np.count_nonzero(block <= observed + _EQUAL, axis=0)
        high += np.count_nonzero(block >= observed - _EQUAL, axis=0)
    return far / (1 + resamples), low / (1 + resamples), high / (1 + resamples)


def paired_differences(
    before: npt.ArrayLike,
    after: npt.ArrayLike,
    clusters: Sequence[Hashable],
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> list[Difference | None]:
    """Return, for each column of scores, the mean of `after - before` with its interval and p-values.

    Both have the shape (rows, columns); NaN is no score, and a pair needs two. The interval is the paired bootstrap's
    over clusters. p is that of the randomisation test: if the two runs were alike, an article's questions would as
    well have got their scores the other way round; p is the share of coins, one a cluster, that give a difference as
    large as the one observed, and never below 1 / (resamples + 1). One cluster tells nothing: the interval is all of
    [-1, 1] and p is 1.

    Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, §13; Fisher (1935), The Design of
    Experiments, §21, applied to systems as in Smucker, Allan & Carterette (2007), CIKM 623-632; the added one is
    Davison & Hinkley's (1997, §4.2).

    Raises:
        ValueError: there are no pairs, or the three do not have one length.

    """
    first, second = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if first.shape != second.shape:
        msg = f"{len(first)} scores before and {len(second)} after make no pairs"
        raise ValueError(msg)
    values = _checked(second - first, clusters)
    scored = np.flatnonzero(~np.isnan(values).all(axis=0))
    found: list[Difference | None] = [None] * values.shape[1]
    sums, sizes = cluster_totals(values[:, scored], clusters)
    groups, means = np.count_nonzero(sizes, axis=0), sums.sum(axis=0) / sizes.sum(axis=0)
    drawn = resampled_means(sums, sizes, resamples, seed)
    far, low, high = _extremes(sums, resamples, seed + 1)  # other draws than those of the intervals
    for place, column in enumerate(scored.tolist()):
        if not np.nan_to_num(values[:, column]).any():
            found[column] = Difference(0.0, Interval(0.0, 0.0), 1.0, 1.0, 1.0)
        elif groups[place] == 1:
            found[column] = Difference(float(means[place]), Interval(-1.0, 1.0), 1.0, 1.0, 1.0)
        else:
            interval = _percentiles(drawn[:, place], int(groups[place]), level)
            ps = (float(share[place]) for share in (far, low, high))
            found[column] = Difference(float(means[place]), interval, *ps)
    return found


def sign_test(fewer: int, more: int) -> float:
    """Return the chance that of `fewer + more` tosses of a fair coin at most `fewer` come up heads.

    One-sided p of McNemar's exact test, where `fewer` pairs went against the alternative and `more` with it.

    Source: McNemar (1947), Psychometrika 12:153-157, in its exact form (the sign test).
    """
    tosses = fewer + more
    tail: int = sum(comb(tosses, count) for count in range(fewer + 1))
    return tail / (1 << tosses)


def mcnemar(only_before: int, only_after: int) -> float:
    """Return the exact two-sided p of McNemar's test: pairs right only before, and only after.

    The pairs that differ are tosses of a fair coin under the null: twice the smaller tail of Binomial(n, 1/2).

    Source: `sign_test`.
    """
    return min(1.0, 2 * sign_test(*sorted((only_before, only_after))))


def holm(values: Sequence[float]) -> list[float]:
    """Return the p-values of one family adjusted so that the chance of any false alarm stays below the level.

    Source: Holm (1979), A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6:65-70.
    """
    adjusted = [0.0] * len(values)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(values)), key=lambda place: values[place])):
        largest = max(largest, min(1.0, (len(values) - rank) * values[place]))
        adjusted[place] = largest
    return adjusted


def step_down(
    losses: npt.ArrayLike,
    clusters: Sequence[Hashable],
    weights: Sequence[float],
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> list[float]:
    """Return one-sided p-values of one family of metrics, adjusted so that any false alarm stays below the level.

    `losses` has the shape (rows, metrics): by how much each question got worse; NaN is no pair. The coins are those of
    `paired_differences`, thrown for all metrics at once: for each throw the smallest weighted p of the family is what
    an observed one is held against. Metrics that fall together thus count little more than once, and one that never
    moves counts nothing, where Holm's correction takes the worst for granted. A heavier metric needs a smaller loss.

    Source: Westfall & Young (1993), Resampling-Based Multiple Testing, §2.6 (step-down minP), computed from one set of
    draws as in Ge, Dudoit & Speed (2003), TEST 12:1-77, box 4; weights as in Westfall, Kropf & Finos (2004), IMS
    Lecture Notes 47:143-154.

    Raises:
        ValueError: there are no rows, or not as many clusters as rows.

    """
    values = _checked(losses, clusters)
    sums, _ = cluster_totals(values, clusters)
    draws = np.round(np.vstack([sums.sum(axis=0), *signed_sums(sums, resamples, seed)]), 9)  # the observed one first
    heavy = np.empty_like(draws)
    for column, (drawn, weight) in enumerate(zip(draws.T, weights, strict=True)):
        heavy[:, column] = (1 - np.searchsorted(np.sort(drawn), drawn) / len(drawn)) / weight
    order = np.argsort(heavy[0], kind="stable")
    least = np.minimum.accumulate(heavy[:, order[::-1]], axis=1)[:, ::-1]  # over a metric and those after it
    shares = np.maximum.accumulate((least <= heavy[0, order] + _EQUAL).mean(axis=0))
    adjusted = np.empty(len(order))
    adjusted[order] = shares
    return [float(share) for share in adjusted]


def win_tie_loss(before: Sequence[float], after: Sequence[float], *, lower_is_better: bool = False) -> Counts:
    """Return in how many pairs `after` is better than, equal to and worse than `before`.

    Source: the counts behind the sign test, as Demšar (2006), JMLR 7:1-30, §3.1.4, recommends printing them.
    """
    change = np.asarray(after, dtype=np.float64) - np.asarray(before, dtype=np.float64)
    up, down = int((change > _EQUAL).sum()), int((change < -_EQUAL).sum())
    win, loss = (down, up) if lower_is_better else (up, down)
    return Counts(win, len(change) - up - down, loss)


def design_effect(values: Sequence[float], clusters: Sequence[Hashable]) -> float:
    """Return how many times larger the variance of a mean is over clusters than over rows; never below 1.

    Source: Kish (1965), Survey Sampling, §5.4 and §8.2.
    """
    column = _checked(values, clusters)
    around = column - column.mean()
    spread = float((around**2).sum())
    between = float((cluster_totals(around[:, None], clusters)[0] ** 2).sum())
    return max(1.0, between / spread) if spread > 0 else 1.0


def smallest_difference(
    n: float, discordance: float, *, alpha: float = ALPHA, power: float = POWER, sides: int = 2
) -> float | None:
    """Return the smallest difference of two paired rates that is noticed with this power, None where none is.

    Connor's sample size, n = (za sqrt(psi) + zb sqrt(psi - d²))² / d², solved for d; psi is the share of pairs that
    differ. Where that d is above psi, more pairs than now must differ, all of them one way: psi = d. An approximation:
    the exact test of the same size has a few points of power less, and n pairs that all differ must be enough for it.

    Source: Connor (1987), Sample size for testing differences in proportions for the paired-sample design, Biometrics
    43:207-211.
    """
    tail = alpha / sides
    if 2.0**-n > tail:
        return None
    za, zb = _NORMAL.inv_cdf(1 - tail), _NORMAL.inv_cdf(power)
    scale = n + zb * zb
    inner = discordance * (za * za * n - scale * (za * za - zb * zb))
    least = (za * sqrt(n * discordance) + sqrt(max(0.0, inner))) / scale
    if least > discordance:
        least, high = 0.0, 1.0  # sqrt(n d) = za + zb sqrt(1 - d), whose left side grows in d and right side falls
        for _ in range(60):
            middle = (least + high) / 2
            enough = sqrt(n * middle) >= za + zb * sqrt(1 - middle)
            least, high = (least, middle) if enough else (middle, high)
        least = high
    return least if sqrt(n * least) >= za + zb * sqrt(1 - least) - 1e-6 else None
