"""Verdicts: one word about a row, from its scores."""

import pytest

from eval.metrics import METRICS
from eval.questions import Question
from eval.verdict import FAILED, Verdict, verdict_of

ANSWERED = {"abstained": False, "reason": None}
DECLINED = {"abstained": True, "reason": "not_answered"}
WITHDRAWN = {"abstained": True, "reason": "unsupported"}
YES, NO, UNKNOWN = (Question("q", "问？", answerable=answerable) for answerable in (True, False, None))


@pytest.mark.parametrize(
    ("question", "prediction", "metrics", "verdict"),
    [
        (YES, None, {}, Verdict.ERROR),
        (NO, None, {}, Verdict.ERROR),
        (NO, DECLINED, {}, Verdict.RIGHT),
        (NO, ANSWERED, {}, Verdict.WRONGLY_ANSWERED),
        (YES, ANSWERED, {"acc": 1.0}, Verdict.RIGHT),
        (YES, ANSWERED, {"acc": 1.0, "nuggets_vital": 0.0, "evidence_cited": 0.0}, Verdict.RIGHT),
        (YES, ANSWERED, {"acc": None, "nuggets_vital": 1.0}, Verdict.RIGHT),
        (YES, ANSWERED, {"nuggets_vital": 0.5, "evidence_cited": 1.0, "success@20": 1.0}, Verdict.NOT_SUPPORTED),
        (YES, ANSWERED, {"evidence_cited": 1.0}, Verdict.RIGHT),
        (YES, ANSWERED, {"acc": 0.0, "answer_in_hits@20": 0.0}, Verdict.NOT_FOUND),
        (YES, DECLINED, {"acc": 0.0, "answer_in_hits@20": 0.0}, Verdict.NOT_FOUND),
        (YES, ANSWERED, {"acc": 0.0, "answer_in_hits@20": 1.0, "evidence_cited": 0.0}, Verdict.NOT_READ),
        (YES, ANSWERED, {"acc": 0.0, "answer_in_hits@20": 1.0, "evidence_cited": 1.0}, Verdict.NOT_SUPPORTED),
        (YES, DECLINED, {"acc": 0.0, "answer_in_hits@20": 1.0}, Verdict.WRONGLY_DECLINED),
        (YES, WITHDRAWN, {"acc": 0.0, "answer_in_hits@20": 1.0}, Verdict.NOT_SUPPORTED),
        (YES, ANSWERED, {"evidence_cited": 0.0, "success@20": 0.0}, Verdict.NOT_FOUND),
        (YES, ANSWERED, {"evidence_cited": 0.0, "success@20": 1.0}, Verdict.NOT_READ),
        (YES, ANSWERED, {"acc": 0.0}, Verdict.NOT_READ),
        (YES, ANSWERED, {"acc": 0.0, "answer_in_hits@20": 0.0, "success@20": 1.0}, Verdict.NOT_READ),
        (YES, ANSWERED, {"acc": 1.0, "must_not": 1.0, "evidence_cited": 1.0}, Verdict.NOT_SUPPORTED),
        (YES, ANSWERED, {}, Verdict.UNJUDGED),
        (YES, DECLINED, {}, Verdict.WRONGLY_DECLINED),
        (UNKNOWN, DECLINED, {}, Verdict.UNJUDGED),
        (UNKNOWN, ANSWERED, {}, Verdict.UNJUDGED),
    ],
)
def test_a_row_is_told_in_one_word(question, prediction, metrics, verdict):
    """Right by gold, else by nuggets, else by evidence; wrong at the first stage that lost it."""
    assert verdict_of(question, prediction, metrics) is verdict


def test_it_asks_for_metrics_that_there_are():
    """A metric that is renamed must not turn every verdict into another."""
    assert {"acc", "nuggets_vital", "evidence_cited", "answer_in_hits@20", "success@20"} <= {m.name for m in METRICS}


def test_what_failed_is_all_but_right_and_unjudged():
    """These are asked again."""
    assert set(Verdict) - {Verdict.RIGHT, Verdict.UNJUDGED} == FAILED
