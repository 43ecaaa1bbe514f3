"""Fitting the confidence: on made-up candidates whose truth follows a known rule."""

import numpy as np
import pytest

from eval.calibration import (
    THRESHOLD,
    Gold,
    Judged,
    by_halves,
    fit,
    is_right,
    judge_both_ways,
    outcomes,
    summarise,
)
from models.protocols import Reading, ScoredSpan
from rag.answering.confidence import probabilities
from rag.types import Hit, Passage

RULE, SHIFT = np.array([2.0, -1.0]), -1.0
WEIGHS = {"made": 1.0}


def judged(count: int, seed: int = 0) -> list[Judged]:
    """Return questions with five candidates each, of which one is right, or none, by chance as the rule says."""
    rng = np.random.default_rng(seed)
    made = []
    for i in range(count):
        features = rng.normal(size=(5, 2)) - [1.5 * (i % 3 == 0), 0]
        words = tuple("abcde")
        chances = probabilities(features @ RULE + SHIFT, words)
        drawn = int(rng.choice(6, p=[*chances, 1 - chances.sum()]))
        right = np.arange(5) == drawn
        made.append(Judged(i // 3 % 2, bool(right.any()), "made", features, words, right))
    return made


def test_the_fit_finds_the_rule_and_is_honest_on_the_winners() -> None:
    """The weights are the rule's, and what one half's fit says of the other's winners comes true."""
    questions = judged(6000)
    weights, bias = fit(questions, WEIGHS)
    assert weights == pytest.approx(RULE, rel=0.1)
    assert bias == pytest.approx(SHIFT, rel=0.15)
    table = summarise(by_halves(questions, WEIGHS))["reliability"]
    assert sum(row["n"] for row in table) == len(questions)
    assert all(abs(row["said"] - row["right"]) < 0.05 for row in table if row["n"] > 200)


def test_a_kind_of_questions_counts_as_often_as_it_weighs() -> None:
    """A kind of weight 2 is as good as every question of it twice."""
    ones = judged(60)
    twos = [Judged(q.half, q.answerable, "heavy", q.features, q.words, q.right) for q in judged(60, seed=1)]
    weighed = fit([*ones, *twos], {"made": 1.0, "heavy": 2.0})
    doubled = fit([*ones, *twos, *twos], {"made": 1.0, "heavy": 1.0})
    spread = [np.concatenate([q.features for q in each]).std(0) for each in ([*ones, *twos], [*ones, *twos, *twos])]
    assert weighed[0] * spread[0] == pytest.approx(doubled[0] * spread[1], rel=0.03)


def test_a_threshold_withholds_what_is_less_likely_right() -> None:
    """Of what lies below it, less than its share is right; at its ends nothing and everything is declined."""
    questions = judged(6000)
    fitted = fit(questions, WEIGHS)
    told = summarise(outcomes(questions, *fitted))["made"]
    assert 0 < told["answerable_declined"] < told["unanswerable_declined"]
    withheld = told["right_if_always_answering"] - told["right_and_answered"]
    declined = [told[f"{kind}_declined"] * told[kind] for kind in ("answerable", "unanswerable")]
    assert 0 < withheld * told["answerable"] < THRESHOLD * sum(declined)
    for given, declined in ((0.0, 0.0), (1.0, 1.0)):
        assert summarise(outcomes(questions, *fitted), given)["made"]["answerable_declined"] == declined


def test_the_same_words_share_their_probability() -> None:
    """What two articles say is as likely as both together, and all of it with "none" is one."""
    scores = np.array([1.0, 0.0, 1.0, -2.0])
    said = probabilities(scores, ["七元", "八元", "七元", "九元"])
    parts = np.exp(scores)
    assert said[0] == said[2] == pytest.approx((parts[0] + parts[2]) / (parts.sum() + 1))
    assert said[0] + said[1] + said[3] + 1 / (parts.sum() + 1) == pytest.approx(1)
    assert probabilities(np.array([2000.0, -2000.0]), ["a", "b"]) == pytest.approx([1, 0])


@pytest.mark.parametrize(("reprinted", "right", "ways"), [(True, [True, True], 1), (False, [True, False], 2)])
def test_a_report_printed_elsewhere_is_right_too(reprinted: bool, right: list[bool], ways: int) -> None:
    """Where articles repeat each other, one more that answers is right, and no question without it has no answer."""
    text = "票价为七元。"
    hits = [Hit(n, 1.0, Passage(f"{name}:0", name, "body", 0, len(text), text)) for n, name in enumerate("ab", start=1)]
    reading = Reading((ScoredSpan(3, 5, 5.0, 0.9),), 3.0, 3.0)
    gold = Gold("票价多少？", ("七元",), frozenset("a"), True, 0, "made", reprinted)
    found = list(judge_both_ways(gold, hits, [reading, reading]))
    assert len(found) == ways
    assert found[0].right.tolist() == right
    assert found[0].answerable
    assert [each.answerable for each in found[1:]] == [False] * (ways - 1)


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
