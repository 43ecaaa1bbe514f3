"""Refusal, calibration and time: against scikit-learn, on paper, and what always holds."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from eval import figures

SHARE = st.one_of(st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 1.0]), st.floats(0, 1))
SHARES = st.lists(SHARE, min_size=1, max_size=40)


@given(SHARES, SHARES)
def test_auroc_is_that_of_scikit_learn(answerable, unanswerable):
    """Ties count half, whatever the order."""
    wanted = roc_auc_score([1] * len(answerable) + [0] * len(unanswerable), answerable + unanswerable)
    assert figures.auroc(answerable, unanswerable) == pytest.approx(wanted, abs=1e-6)


def test_auroc_tells_good_from_bad():
    """Told apart, told apart the wrong way round, and not told apart at all; without both kinds there is none."""
    assert figures.auroc([0.9, 0.8], [0.1, 0.2]) == 1.0
    assert figures.auroc([0.1, 0.2], [0.9, 0.8]) == 0.0
    assert figures.auroc([0.5, 0.5], [0.5]) == 0.5
    assert figures.auroc([], [0.5]) is figures.auroc([0.5], []) is None


def test_what_is_caught_where_one_in_twenty_is_declined():
    """Of 20 answerable questions one may go; the threshold lies at the second lowest, and what lies below is caught."""
    answerable = [0.2, 0.4] + [0.9] * 18
    assert figures.caught(answerable, [0.1, 0.3, 0.4, 0.5]) == 0.5
    assert figures.caught(answerable[:19], [0.1, 0.3, 0.4, 0.5]) == 0.25  # of 19 none may go
    assert figures.caught([0.5] * 10, [0.5] * 10) == 0.0
    assert figures.caught([], [0.5]) is None


@given(SHARES, SHARES, st.sampled_from([0.0, 0.05, 0.3]))
def test_no_better_threshold_tolerates_so_many_refusals(answerable, unanswerable, tolerated):
    """Of all thresholds that decline few enough answerable questions, none catches more."""
    best = max(
        sum(u < at for u in unanswerable) / len(unanswerable)
        for at in [*answerable, *unanswerable, 0.0]
        if sum(a < at for a in answerable) <= tolerated * len(answerable) + 1e-9
    )
    assert figures.caught(answerable, unanswerable, tolerated) == pytest.approx(best, abs=1e-6)


@given(SHARES, SHARES)
def test_the_curve_is_counted(answerable, unanswerable):
    """101 thresholds, at each of which as many are declined as lie below it; it never falls."""
    curve = figures.refusal_curve(answerable, unanswerable)
    assert len(curve) == 101
    for point in curve:
        for name, kind in (("answerable_declined", answerable), ("unanswerable_declined", unanswerable)):
            assert point[name] == pytest.approx(np.mean([c < point["threshold"] for c in kind]), abs=1e-6)
    assert [point["unanswerable_declined"] for point in curve] == sorted(p["unanswerable_declined"] for p in curve)
    assert figures.refusal_curve(answerable, []) == []


def test_balanced_accuracy_sees_through_declining_everything():
    """To decline everything, or nothing, is a half."""
    assert figures.balanced_accuracy(1.0, 1.0) == figures.balanced_accuracy(0.0, 0.0) == 0.5
    assert figures.balanced_accuracy(0.8, 0.1) == pytest.approx(0.85)
    assert figures.balanced_accuracy(None, 0.1) is figures.balanced_accuracy(0.1, None) is None


def test_calibration_on_paper():
    """Two bins: 0.7 said and half right, 1.0 said and all right; the edge 1.0 belongs to the last."""
    found = figures.calibration([0.7, 0.7, 1.0, 1.0], [True, False, True, True])
    assert found["bins"] == [
        {"low": 0.7, "high": 0.8, "n": 2, "said": 0.7, "right": 0.5},
        {"low": 0.9, "high": 1.0, "n": 2, "said": 1.0, "right": 1.0},
    ]
    assert found["ece"] == pytest.approx(0.1)
    assert found["brier"] == pytest.approx((0.09 + 0.49) / 4)
    assert figures.calibration([], []) == {"n": 0, "brier": None, "ece": None, "bins": []}


@given(st.lists(st.tuples(SHARE, st.booleans()), min_size=1, max_size=60))
def test_calibration_is_what_its_bins_say(answers):
    """Brier's score is scikit-learn's; the expected error is that of the bins, which hold every answer."""
    said, right = [one for one, _ in answers], [one for _, one in answers]
    found = figures.calibration(said, right)
    assert found["brier"] == pytest.approx(brier_score_loss(right, said, labels=[False, True]), abs=1e-6)
    assert sum(each["n"] for each in found["bins"]) == found["n"] == len(answers)
    wanted = sum(each["n"] * abs(each["said"] - each["right"]) for each in found["bins"]) / len(answers)
    assert found["ece"] == pytest.approx(wanted, abs=1e-5)
    for each in found["bins"]:
        assert each["low"] - 1e-6 <= each["said"] <= each["high"] + 1e-6


def test_a_bold_answerer_has_a_larger_error_than_an_honest_one():
    """The same answers, nine of ten wrong: to say 0.9 is worse than to say 0.1."""
    right = [True] + [False] * 9
    assert figures.calibration([0.9] * 10, right)["ece"] == pytest.approx(0.8)
    assert figures.calibration([0.1] * 10, right)["ece"] == pytest.approx(0.0, abs=1e-9)


def test_latency_by_stage():
    """Median, 95th percentile and the longest."""
    found = figures.latency({"total": [float(n) for n in range(1, 102)], "read": [2.0]})
    assert found["total"] == {"p50": 51.0, "p95": 96.0, "max": 101.0, "n": 101}
    assert found["read"] == {"p50": 2.0, "p95": 2.0, "max": 2.0, "n": 1}


@given(st.lists(st.floats(0, 1e7, allow_nan=False), min_size=1, max_size=200))
def test_every_time_stands_in_one_bar(spent):
    """Bars touch, none is left out, and there are not too many to look at."""
    bars = figures.histogram(spent)
    assert 1 <= len(bars) <= 21
    assert sum(bar["n"] for bar in bars) == len(spent)
    assert all(left["high"] == right["low"] for left, right in pairwise(bars))
    assert all(bar["low"] < bar["high"] for bar in bars)


def test_a_slow_first_question_leaves_the_others_their_bars():
    """One minute among half seconds is one bar at the end; edges are round."""
    spent = [400.0 + n for n in range(200)] + [60_000.0]
    bars = figures.histogram(spent)
    assert bars[-1]["n"] == 1
    assert bars[-1]["high"] > 60_000
    assert len(bars) > 10
    assert all(bar["low"] % 10 == 0 for bar in bars)
    assert figures.histogram([]) == []
