"""Fitting the confidence: on made-up candidates whose truth follows a known rule."""

import numpy as np
import pytest

from eval.calibration import THRESHOLD, Judged, fit, is_right, summarise

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
    table = summarise(questions, weights, bias)["reliability"]
    assert sum(row["n"] for row in table) == sum(q.half == 1 for q in questions)
    assert all(abs(row["said"] - row["right"]) < 0.05 for row in table if row["n"] > 200)


def test_a_threshold_withholds_what_is_less_likely_right() -> None:
    """Of what lies below it, less than its share is right; at its ends nothing and everything is declined."""
    questions = judged(6000)
    weights, bias = fit(questions)
    told = summarise(questions, weights, bias)["questions_of_weight_1"]
    assert 0 < told["answerable_declined"] < told["unanswerable_declined"]
    withheld = told["right_if_always_answering"] - told["right_and_answered"]
    declined = [told[f"{kind}_declined"] * told[kind] for kind in ("answerable", "unanswerable")]
    assert 0 < withheld * told["answerable"] < THRESHOLD * sum(declined)
    for given, declined in ((0.0, 0.0), (1.0, 1.0)):
        measured = summarise(questions, weights, bias, given)
        assert measured["questions_of_weight_1"]["answerable_declined"] == declined


def test_what_is_right() -> None:
    """A span that holds the answer in either script, or nearly is it; not one that shares a little."""
    assert is_right(["台北市"], "在臺北市中心")
    assert is_right(["第三届环湖长跑"], "第三届环湖长跑赛")
    assert not is_right(["台北市"], "台中市")
    assert not is_right(["台北市"], "")


@pytest.mark.parametrize(
    ("answer", "said", "right"),
    [
        ("38.07亿元", "42.75亿元", False),
        ("38.07亿元", "138.07亿元", False),
        ("38.07亿元", "约38.07亿元", True),
        ("2005年5月12日", "2006年5月12日", False),
        ("2005年5月12日", "5月12日", True),
        ("约1,200人参加", "1200人参加", True),
        ("第三中学校医院", "第三中学医院", True),
    ],
)
def test_another_figure_is_not_right(answer: str, said: str, right: bool) -> None:
    """However much else is the same, an answer with a figure that the gold answer lacks is wrong."""
    assert is_right([answer], said) is right
