"""Fitting the confidence: on made-up candidates whose truth follows a known rule."""

import numpy as np
import pytest

from eval.calibration import Judged, fit, is_right, summarise

RULE, SHIFT = np.array([2.0, -1.0]), -1.0


def judged(count: int, seed: int = 0) -> list[Judged]:
    """Return questions with five candidates each, right by chance as a logistic rule says; a third has no answer."""
    rng = np.random.default_rng(seed)
    made = []
    for i in range(count):
        answerable = i % 3 < 2
        features = rng.normal(size=(5, 2)) - (0 if answerable else [1.0, 0.0])
        chance = 1 / (1 + np.exp(-(features @ RULE + SHIFT)))
        right = (rng.random(5) < chance) & answerable
        made.append(Judged(i // 3 % 2, answerable, 1.0, features, right))
    return made


def test_the_fit_finds_the_rule_and_is_honest_on_the_winners() -> None:
    """The better of two candidates is the one that the rule prefers, and a winner's probability is what comes true."""
    questions = judged(6000)
    weights, bias = fit(questions)
    assert weights[0] > 0 > weights[1]
    assert weights[0] / weights[1] == pytest.approx(RULE[0] / RULE[1], rel=0.25)
    _, figures = summarise(questions, weights, bias)
    table = figures["reliability"]
    assert sum(row["n"] for row in table) == sum(q.half == 1 for q in questions)
    assert all(abs(row["said"] - row["right"]) < 0.05 for row in table if row["n"] > 200)


def test_the_threshold_leaves_a_tenth_of_the_right_answers_unless_it_is_given() -> None:
    """None given, nine in ten right answers are given; a given one is measured as it stands."""
    questions = judged(6000)
    weights, bias = fit(questions)
    threshold, figures = summarise(questions, weights, bias)
    told = figures["questions_of_weight_1"]
    assert told["right_and_answered"] == pytest.approx(0.9 * told["right_if_always_answering"], abs=0.01)
    for given, declined in ((0.0, 0.0), (1.0, 1.0)):
        same, measured = summarise(questions, weights, bias, given)
        assert same == given != threshold
        assert measured["questions_of_weight_1"]["answerable_declined"] == declined
        assert measured["reliability"] == figures["reliability"]


def test_what_is_right() -> None:
    """A span that holds the answer in either script, or nearly is it; not one that shares a little."""
    assert is_right(["台北市"], "在臺北市中心")
    assert is_right(["第三届环湖长跑"], "第三届环湖长跑赛")
    assert not is_right(["台北市"], "台中市")
    assert not is_right(["台北市"], "")
