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

RESAMPLES = 10_000
SEED = 20_251_122
LEVEL = 0.95
ALPHA = 0.05
POWER = 0.8
ASSUMED_DISCORDANCE = 0.1
"""The share of questions taken to differ where two runs do not differ at all."""

_BLOCK = 4_000_000  # draws held in memory at once
_EQUAL = 1e-12
_NORMAL = NormalDist()

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval, both ends included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of paired differences, B less A, with its interval and two-sided p-value."""

    mean: float
    interval: Interval
    p: float


@dataclass(frozen=True, slots=True)
class Counts:
    """How many pairs went which way."""

    win: int
    tie: int
    loss: int


@dataclass(frozen=True, slots=True)
class Reach:
    """The smallest difference that a paired comparison of this size notices with a given power."""

    n: int
    effective: float  # how many independent questions they are worth
    discordance: float  # share of pairs that differ
    assumed: bool  # the discordance was not observed
    alpha: float
    family: int  # how many metrics Holm's correction runs over; the first of them is held to alpha / family
    power: float
    smallest: float | None  # None where no difference is large enough


def article_clusters(questions: Sequence[Question]) -> list[Hashable]:
    """Return each question's cluster: the set of its evidence articles, or itself where it has no evidence."""
    return [frozenset(q.evidence_docs) if q.evidence else ("no evidence", q.id) for q in questions]


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


def _totals(values: _Floats, clusters: Sequence[Hashable]) -> tuple[_Floats, _Floats]:
    """Return each cluster's sum and size, in the order in which clusters first appear."""
    numbers: dict[Hashable, int] = {}
    places = np.array([numbers.setdefault(cluster, len(numbers)) for cluster in clusters], dtype=np.intp)
    sums = np.bincount(places, weights=values).astype(np.float64)
    return sums, np.bincount(places).astype(np.float64)


def _resampled_means(values: _Floats, clusters: Sequence[Hashable], resamples: int, seed: int) -> _Floats:
    """Return the means of resamples, each of as many clusters as there are, drawn with replacement."""
    sums, sizes = _totals(values, clusters)
    generator = np.random.default_rng(seed)
    means: list[_Floats] = []
    left = resamples
    while left:
        rows = min(left, max(1, _BLOCK // len(sums)))
        drawn = generator.integers(len(sums), size=(rows, len(sums)))
        means.append(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
        left -= rows
    return np.concatenate(means)


def _percentiles(means: _Floats, groups: int, level: float) -> Interval:
    tail = _NORMAL.cdf(-_expansion(groups, level) * _NORMAL.inv_cdf((1 + level) / 2))
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(float(low), float(high))


def _checked(values: Sequence[float], clusters: Sequence[Hashable]) -> _Floats:
    if not len(values) == len(clusters) > 0:
        msg = f"{len(values)} scores need as many clusters, and at least one; there are {len(clusters)}"
        raise ValueError(msg)
    return np.asarray(values, dtype=np.float64)


def mean_interval(
    scores: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Interval:
    """Return the interval of a mean of scores between 0 and 1, by the bootstrap over clusters.

    Where all scores are 0, or all 1, resampling knows no spread: Wilson's interval of the clusters stands in. One
    cluster tells nothing: the interval is all of [0, 1].

    Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, §13 (percentile interval); Davison & Hinkley
    (1997), Bootstrap Methods, §3.8 (whole clusters are drawn); expanded as in Hesterberg (2015).

    Raises:
        ValueError: there are no scores, or not as many clusters as scores.

    """
    values = _checked(scores, clusters)
    groups = len(set(clusters))
    if groups == 1:
        return Interval(0.0, 1.0)
    if np.all(values == 0) or np.all(values == 1):
        return wilson(groups * float(values[0]), groups, level)
    return _percentiles(_resampled_means(values, clusters, resamples, seed), groups, level)


def paired_difference(
    before: Sequence[float],
    after: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Difference:
    """Return the mean of `after - before` with its interval and p, by the paired bootstrap over clusters.

    p is the share of resampled differences that lie as far from the observed one as that lies from 0, both ways; it
    is never below 1 / (resamples + 1). One cluster tells nothing: the interval is all of [-1, 1] and p is 1.

    Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, §13 and §16.4 (the null by shifting), applied
    to pairs as in Koehn (2004), EMNLP 388-395; the added one is Davison & Hinkley's (1997, §4.2); expanded as in
    Hesterberg (2015).

    Raises:
        ValueError: there are no pairs, or the three do not have one length.

    """
    if len(before) != len(after):
        msg = f"{len(before)} scores before and {len(after)} after make no pairs"
        raise ValueError(msg)
    values = _checked(after, clusters) - _checked(before, clusters)
    mean = float(values.mean())
    groups = len(set(clusters))
    if not values.any():
        return Difference(0.0, Interval(0.0, 0.0), 1.0)
    if groups == 1:
        return Difference(mean, Interval(-1.0, 1.0), 1.0)
    means = _resampled_means(values, clusters, resamples, seed)
    far = int(np.count_nonzero(_expansion(groups, level) * np.abs(means - mean) >= abs(mean) - _EQUAL))
    return Difference(mean, _percentiles(means, groups, level), (1 + far) / (1 + resamples))


def mcnemar(only_before: int, only_after: int) -> float:
    """Return the exact two-sided p of McNemar's test: pairs right only before, and only after.

    The pairs that differ are tosses of a fair coin under the null: twice the smaller tail of Binomial(n, 1/2).

    Source: McNemar (1947), Psychometrika 12:153-157, in its exact form (the sign test).
    """
    tosses, fewer = only_before + only_after, min(only_before, only_after)
    tail: int = sum(comb(tosses, count) for count in range(fewer + 1))
    return min(1.0, 2 * tail / (1 << tosses))


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


def win_tie_loss(before: Sequence[float], after: Sequence[float], *, lower_is_better: bool = False) -> Counts:
    """Return in how many pairs `after` is better than, equal to and worse than `before`.

    Source: the counts behind the sign test, as Demšar (2006), JMLR 7:1-30, §3.1.4, recommends printing them.
    """
    change = np.asarray(after, dtype=np.float64) - np.asarray(before, dtype=np.float64)
    up, down = int((change > _EQUAL).sum()), int((change < -_EQUAL).sum())
    win, loss = (down, up) if lower_is_better else (up, down)
    return Counts(win, len(change) - up - down, loss)


def smallest_difference(n: float, discordance: float, *, alpha: float = ALPHA, power: float = POWER) -> float | None:
    """Return the smallest difference of two paired rates that is noticed with this power, None where none is.

    Connor's sample size, n = (za sqrt(psi) + zb sqrt(psi - d²))² / d², solved for d; psi is the share of pairs that
    differ. Where that d is above psi, more pairs than now must differ, all of them one way: psi = d. An approximation:
    the exact test of the same size has a few points of power less, and n pairs that all differ must be enough for it.

    Source: Connor (1987), Sample size for testing differences in proportions for the paired-sample design, Biometrics
    43:207-211.
    """
    if 2.0 ** (1 - n) > alpha:
        return None
    za, zb = _NORMAL.inv_cdf(1 - alpha / 2), _NORMAL.inv_cdf(power)
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


def reach(
    before: Sequence[float],
    after: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    alpha: float = ALPHA,
    family: int = 1,
    power: float = POWER,
) -> Reach:
    """Return what a comparison of these pairs can notice, with `family` metrics tested beside each other.

    Pairs of one cluster count for less where they differ together: n is divided by the design effect, the variance
    of the mean over clusters by that over pairs, where it is above 1.

    Source: `smallest_difference`; the design effect is Kish's (1965), Survey Sampling, §5.4 and §8.2.
    """
    values = _checked(after, clusters) - _checked(before, clusters)
    observed = float(np.mean(np.abs(values) > _EQUAL))
    around = values - values.mean()
    spread = float((around**2).sum())
    effect = float((_totals(around, clusters)[0] ** 2).sum()) / spread if spread > 0 else 1.0
    effective = len(values) / max(1.0, effect)
    discordance = observed or ASSUMED_DISCORDANCE
    smallest = smallest_difference(effective, discordance, alpha=alpha / family, power=power)
    return Reach(len(values), effective, discordance, not observed, alpha, family, power, smallest)


def reach_sentence(found: Reach, metric: str) -> str:
    """Return one sentence about what a set of this size can and cannot tell.

    Source: `reach`.
    """
    questions = f"{found.n} questions" if found.n != 1 else "1 question"
    if found.effective < found.n - 0.5:
        questions += f" (worth about {found.effective:.0f} independent ones)"
    base = f"taking {found.discordance:.0%} to differ" if found.assumed else f"of which {found.discordance:.1%} differ"
    base, often = base.replace("%", " %"), f"{found.power * 100:.0f} % of the time"
    if found.smallest is None:
        return f"On {questions} no change of {metric} is large enough to be noticed {often}."
    level = f"two-sided p below {found.alpha:g}" + (f", Holm over {found.family} metrics" if found.family > 1 else "")
    return (
        f"On {questions}, {base}, a change of {metric} by {found.smallest * 100:.1f} points or more is noticed about "
        f"{often} ({level}); a smaller one can be there and not show."
    )
