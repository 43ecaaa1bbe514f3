"""Figures of a run that are no metric's mean: how refusal, confidence and time turn out. Pure functions over floats."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from eval.summary_types import CalibrationBin, CalibrationJson, HistogramBar, LatencyJson, RefusalPoint

_TOLERATED = 0.05  # share of answerable questions that may be declined
_BINS = 10
_BARS = 20
_NARROWEST = 0.01  # ms
_DIGITS = 6  # more would differ between machines


def rounded(value: float) -> float:
    """Return a figure as it is written."""
    return round(float(value), _DIGITS)


def auroc(answerable: Sequence[float], unanswerable: Sequence[float]) -> float | None:
    """Return the chance that a random answerable question has more confidence than a random unanswerable one.

    Ties count half. None without both.

    Source: Hanley & McNeil (1982), The meaning and use of the area under a ROC curve, Radiology 143:29-36.
    """
    if not answerable or not unanswerable:
        return None
    ordered = np.sort(np.asarray(unanswerable, dtype=np.float64))
    below = np.searchsorted(ordered, answerable, side="left") + np.searchsorted(ordered, answerable, side="right")
    return rounded(float(below.sum()) / (2 * len(answerable) * len(unanswerable)))


def caught(answerable: Sequence[float], unanswerable: Sequence[float], tolerated: float = _TOLERATED) -> float | None:
    """Return the share of unanswerable questions declined by the highest threshold that tolerates so many refusals.

    A question is declined where its confidence lies below the threshold; at most the share `tolerated` of the
    answerable ones may be. None without both.
    """
    if not answerable or not unanswerable:
        return None
    ordered = sorted(answerable)
    threshold = ordered[min(len(ordered) - 1, math.floor(tolerated * len(ordered) + 1e-9))]
    return rounded(sum(confidence < threshold for confidence in unanswerable) / len(unanswerable))


def refusal_curve(answerable: Sequence[float], unanswerable: Sequence[float]) -> list[RefusalPoint]:
    """Return what declining below each hundredth of confidence would do; nothing without both kinds of question."""
    if not answerable or not unanswerable:
        return []
    thresholds = np.arange(101) / 100
    declined = [
        np.searchsorted(np.sort(np.asarray(kind, dtype=np.float64)), thresholds, side="left") / len(kind)
        for kind in (answerable, unanswerable)
    ]
    return [
        RefusalPoint(threshold=float(at), answerable_declined=rounded(one), unanswerable_declined=rounded(other))
        for at, one, other in zip(thresholds, *declined, strict=True)
    ]


def balanced_accuracy(on_unanswerable: float | None, on_answerable: float | None) -> float | None:
    """Return the mean of the two shares that were treated right, from the shares that were declined."""
    if on_unanswerable is None or on_answerable is None:
        return None
    return rounded((on_unanswerable + 1 - on_answerable) / 2)


def calibration(said: Sequence[float], right: Sequence[bool]) -> CalibrationJson:
    """Return whether confidences mean what they say.

    Source: Brier (1950), Verification of forecasts expressed in terms of probability, Monthly Weather Review 78:1-3;
    Naeini, Cooper & Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian binning, AAAI 2901-2907
    (expected calibration error: the mean distance of bins of equal width, by the number of answers in them).
    """
    confidence, truth = np.asarray(said, dtype=np.float64), np.asarray(right, dtype=np.float64)
    places = np.clip(np.floor(confidence * _BINS), 0, _BINS - 1).astype(int)
    bins: list[CalibrationBin] = []
    error = 0.0
    for place in sorted(set(places.tolist())):
        inside = places == place
        mean, share, n = float(confidence[inside].mean()), float(truth[inside].mean()), int(inside.sum())
        error += n * abs(mean - share)
        bins.append(
            CalibrationBin(low=place / _BINS, high=(place + 1) / _BINS, n=n, said=rounded(mean), right=rounded(share))
        )
    return CalibrationJson(
        n=len(said),
        brier=rounded(float(((confidence - truth) ** 2).mean())) if len(said) else None,
        ece=rounded(error / len(said)) if len(said) else None,
        bins=bins,
    )


def latency(stages: Mapping[str, Sequence[float]]) -> dict[str, LatencyJson]:
    """Return the median, the 95th percentile and the longest time of each stage, in milliseconds."""
    found: dict[str, LatencyJson] = {}
    for stage, spent in stages.items():
        middle, most = np.percentile(np.asarray(spent, dtype=np.float64), [50, 95])
        found[stage] = LatencyJson(
            p50=round(float(middle), 3), p95=round(float(most), 3), max=round(max(spent), 3), n=len(spent)
        )
    return found


def _step(span: float) -> float:
    """Return the smallest of 1, 2, 5, 10, 20, 50, ... (and their tenths and so on) that covers `span` in time."""
    if span <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(span))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= span * (1 - 1e-9))


def histogram(spent: Sequence[float]) -> list[HistogramBar]:
    """Return how many of the times (ms) lie in each of at most 21 bars; the edges are round numbers.

    The bars up to the 99th percentile are equally wide. What took longer, often the first question, shares one more,
    so that it does not squeeze all others into one.
    """
    if not len(spent):
        return []
    values = np.asarray(spent, dtype=np.float64)
    low, most, high = float(values.min()), float(np.percentile(values, 99)), float(values.max())
    width = _step(max((most - low) / (_BARS - 2), _NARROWEST if high > low else 0.0))
    first, last = math.floor(low / width), math.floor(most / width) + 1
    edges = [round(place * width, 9) for place in range(first, last + 1)]
    if high >= edges[-1]:
        edges.append(round((math.floor(high / width) + 1) * width, 9))
    places = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    counts: npt.NDArray[np.intp] = np.bincount(places, minlength=len(edges) - 1)
    return [
        HistogramBar(low=start, high=end, n=int(n)) for (start, end), n in zip(pairwise(edges), counts, strict=True)
    ]
