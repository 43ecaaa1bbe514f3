"""What the rows of a run come to: means with intervals and gaps, refusal, calibration, verdicts, tags, time."""

import json
import time
import tracemalloc
from dataclasses import replace
from typing import get_type_hints

import numpy as np
import pytest

from eval.baselines import BASELINES, MEASURED
from eval.fakes import FakeArticles, declined, quoted, whole_hits
from eval.folder import Row
from eval.metrics import METRICS, score_all
from eval.outputs import Run, feed
from eval.prediction import context_lookup, library_lookup, prediction_of
from eval.questions import parse_question
from eval.statistics import wilson
from eval.summary import Summary
from eval.summary_types import CalibrationJson, MeanJson, RefusalJson, SummaryJson
from tests.conftest import SOAK
from tests.one_column import mean_interval

ARTICLES = FakeArticles({f"d{n}": f"第{n}届书展八月开幕。入场人次为{n}万。天气晴。" for n in range(1, 31)})
LOOKUP = library_lookup(ARTICLES)


def row(number, outcome, *, confidence=0.5, spent=100.0, article=None, **values):
    """Return a row: "right", "wrong", "declined" or "error", of an answerable question unless told otherwise."""
    name = f"d{article or number}"
    given = {"id": f"q{number}", "question": "入场多少人次？", "answers": [f"{number}万"]}
    given |= {"evidence": [{"doc_id": name, "quote": f"入场人次为{number}万"}]} | values
    if given.get("answerable") is False:
        given = {key: value for key, value in given.items() if key not in ("answers", "evidence")}
    question, problems = parse_question(given, "")
    assert not problems
    if outcome == "error":
        return Row(question, "error", None, dict.fromkeys(metric.name for metric in METRICS), "boom")
    whole = ARTICLES.article(name)
    if outcome == "declined":
        answer = declined(question.question, hits=whole_hits(whole))
    else:
        answer = quoted(question.question, whole, whole.text.split("。")[outcome == "right"])
    answer = replace(
        answer, confidence=confidence, timings_ms={"retrieve": 1.0, "total": spent}, hits=whole_hits(whole)
    )
    prediction = prediction_of(answer)
    return Row(question, "ok", prediction, score_all(question, prediction, LOOKUP))


def summed(rows, folder=None, questions=None):
    """Return the summary of some rows."""
    summary = Summary(Run(folder, {}, len(rows) if questions is None else questions, LOOKUP, "2025-11-22T00:00:00"))
    feed(rows, [summary])
    return summary.result()


def test_means_have_intervals_by_article_and_say_what_they_lack():
    """Error rows are missing, never zero; the interval is the bootstrap's over the articles of the rows with a score."""
    outcomes = ["right"] * 12 + ["wrong"] * 6 + ["declined"] * 2 + ["error"] * 3
    rows = [row(n + 1, outcome, article=1 + n // 2) for n, outcome in enumerate(outcomes)]
    acc = summed(rows)["metrics"]["acc"]
    scores = [each.metrics["acc"] for each in rows if each.status == "ok"]
    assert 0 < sum(scores) < len(scores) == 20
    wanted = mean_interval(scores, [n // 2 for n in range(20)])
    assert (acc["mean"], acc["n"], acc["missing"]) == (sum(scores) / 20, 20, 3)
    assert (acc["low"], acc["high"]) == pytest.approx((wanted.low, wanted.high), abs=1e-6)
    assert acc["low"] < acc["mean"] < acc["high"]


def test_metrics_apply_to_subsets():
    """Unanswerable questions weigh nothing in acc, and where nothing applies there is no mean; no spread is Wilson's."""
    rows = [row(1, "right"), row(2, "right"), row(3, "declined", answerable=False), row(4, "error", answerable=False)]
    metrics = summed(rows)["metrics"]
    assert set(metrics) == {metric.name for metric in METRICS}
    assert (metrics["acc"]["n"], metrics["acc"]["missing"]) == (2, 0)
    assert (metrics["acc"]["low"], metrics["acc"]["high"]) == pytest.approx(
        (wilson(2, 2).low, wilson(2, 2).high), abs=1e-6
    )
    assert metrics["rejected_right"] == {"mean": 1.0, "low": 0.0, "high": 1.0, "n": 1, "missing": 1}
    assert metrics["must_not"] == {"mean": None, "low": None, "high": None, "n": 0, "missing": 0}


def test_a_summary_has_the_shape_it_is_said_to_have():
    """Every field of `SummaryJson` and no other, in plain JSON; counts add up."""
    rows = [row(1, "right"), row(2, "wrong"), row(3, "declined"), row(4, "error")]
    found = summed(rows, questions=5)
    assert set(found) == set(get_type_hints(SummaryJson)) - {"peak_memory_mib"}
    assert set(found["refusal"]) == set(get_type_hints(RefusalJson))
    assert set(found["calibration"]) == set(get_type_hints(CalibrationJson))
    assert all(set(mean) == set(get_type_hints(MeanJson)) for mean in found["metrics"].values())
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert (found["questions"], found["rows"], found["errors"], found["coverage"]) == (5, 4, 1, 3 / 5)
    assert found["verdicts"] == {"right": 1, "error": 1, "found_not_read": 1, "wrongly_declined": 1}
    assert found["mode"] == {"quote": 3}
    assert found["models"] == {"reader": ["fake"]}
    assert found["refusal"]["reasons"] == {"not_answered": 1}


def test_an_empty_run_and_one_of_errors_have_a_summary():
    """Nothing to take a mean of is no crash."""
    for rows in ([], [row(1, "error"), row(2, "error")]):
        found = summed(rows)
        assert found["metrics"]["acc"]["mean"] is None
        assert found["metrics"]["acc"]["missing"] == len(rows)
        assert found["errors"] == len(rows)
        assert found["latency_ms"] == {}
        assert found["latency_histogram"] == []
        assert found["calibration"]["n"] == 0
        assert found["refusal"]["auroc"] is None
        assert found["reach"].startswith("No headline metric")
        assert found["reach_zh"]


def test_baselines_are_measured_over_the_same_hits():
    """Every baseline by answer, refusal and citation metrics, over the rows that have an answer."""
    rows = [row(n, "wrong") for n in range(1, 11)] + [row(11, "error")]
    found = summed(rows)
    assert found["metrics"]["acc"]["mean"] == 0.0
    assert list(found["baselines"]) == list(BASELINES)
    for means in found["baselines"].values():
        assert set(means) == {metric.name for metric in MEASURED}
        assert (means["acc"]["n"], means["acc"]["missing"]) == (10, 1)
    assert found["baselines"]["best_sentence"]["acc"]["mean"] == 1.0
    assert found["baselines"]["best_sentence"]["citations_valid"]["mean"] == 1.0
    assert found["baselines"]["always_decline"]["false_refusal"]["mean"] == 1.0
    assert found["baselines"]["always_decline"]["acc"]["high"] == pytest.approx(wilson(0, 10).high, abs=1e-6)


def test_answers_without_hits_have_no_baselines_but_one():
    """Answers that came from elsewhere brought no hits: to read nothing would make the baselines look bad."""
    rows = [row(n, "right") for n in range(1, 4)]
    for each in rows:
        each.prediction["hits"] = []
    assert list(summed(rows)["baselines"]) == ["always_decline"]


def test_baselines_read_given_passages():
    """A question with passages of its own has its citations looked up among them."""
    contexts = [{"id": "c1", "text": "书展的入场人次是九千。"}]
    question, _ = parse_question({"question": "多少人次？", "answers": ["九千"], "contexts": contexts}, "q")
    article = FakeArticles({"c1": contexts[0]["text"]}).article("c1")
    prediction = prediction_of(quoted("多少人次？", article, article.text))
    scores = score_all(question, prediction, context_lookup(question.contexts))
    found = summed([Row(question, "ok", prediction, scores)])
    assert found["baselines"]["best_sentence"]["citations_valid"]["mean"] == 1.0


def test_refusal_is_told_by_confidence():
    """AUROC, what is caught at 5 % and balanced accuracy over both kinds of question; errors have no confidence."""
    rows = [row(n, "right", confidence=0.9) for n in range(1, 11)]
    rows += [row(n, "declined", confidence=0.1, answerable=False) for n in range(11, 15)]
    rows += [row(15, "wrong", confidence=0.95, answerable=False), row(16, "error")]
    refusal = summed(rows)["refusal"]
    assert refusal["on_unanswerable"]["mean"] == 0.8
    assert refusal["false_on_answerable"]["mean"] == 0.0
    assert refusal["false_on_answerable"]["missing"] == 1
    assert refusal["auroc"] == 0.8
    assert refusal["caught_at_5"] == 0.8
    assert refusal["balanced_accuracy"] == 0.9
    assert refusal["curve"][50] == {"threshold": 0.5, "answerable_declined": 0.0, "unanswerable_declined": 0.8}


def test_calibration_is_over_answers_that_can_be_judged():
    """An answer to what cannot be answered is wrong; what was declined, or has no gold, is not asked."""
    rows = [
        row(1, "right", confidence=0.8),
        row(2, "wrong", confidence=0.8),
        row(3, "wrong", confidence=0.6, answerable=False),
        row(4, "declined", confidence=0.2),
        row(5, "right", confidence=0.9, answers=None, evidence=None),
        row(6, "error"),
    ]
    found = summed(rows)
    assert found["verdicts"]["unjudged"] == 1
    calibration = found["calibration"]
    assert calibration["n"] == 3
    assert calibration["brier"] == pytest.approx((0.04 + 0.64 + 0.36) / 3, abs=1e-6)
    assert calibration["ece"] == pytest.approx((2 * 0.3 + 0.6) / 3, abs=1e-6)


def test_tags_have_their_headlines():
    """Most frequent first, at most fifty, each over its own rows; a tag that stands twice counts once."""
    rows = [
        row(n, "right" if n % 2 else "wrong", tags=["all", "odd" if n % 2 else "even", "all"]) for n in range(1, 12)
    ]
    rows += [row(12, "error", tags=["even", *(f"rare{n}" for n in range(60))])]
    tags = summed(rows)["tags"]
    assert list(tags)[:3] == ["all", "odd", "even"]
    assert len(tags) == 50
    assert (tags["all"]["n"], tags["odd"]["n"], tags["even"]["n"]) == (11, 6, 6)
    assert set(tags["all"]["metrics"]) == {
        "acc", "acc_80", "f1", "evidence_cited", "rejected_right", "false_refusal"
    }  # fmt: skip
    assert (tags["odd"]["metrics"]["acc"]["mean"], tags["even"]["metrics"]["acc"]["mean"]) == (1.0, 0.0)
    assert (tags["even"]["metrics"]["acc"]["n"], tags["even"]["metrics"]["acc"]["missing"]) == (5, 1)
    assert tags["all"]["metrics"]["acc"]["low"] < 6 / 11 < tags["all"]["metrics"]["acc"]["high"]


def test_time_is_told_by_stage():
    """Median, 95th percentile, the longest, and bars that hold every question."""
    rows = [row(n, "right", spent=100.0 * n) for n in range(1, 22)]
    found = summed(rows)
    assert found["latency_ms"]["total"] == {"p50": 1100.0, "p95": 2000.0, "max": 2100.0, "n": 21}
    assert found["latency_ms"]["retrieve"]["n"] == 21
    assert sum(bar["n"] for bar in found["latency_histogram"]) == 21


def test_the_reach_speaks_of_the_first_headline_that_applies():
    """Of acc where there are gold answers; of refusals where nothing can be answered."""
    found = summed([row(n, "right" if n % 3 else "wrong") for n in range(1, 31)])
    acc = found["metrics"]["acc"]
    half = f"±{(acc['high'] - acc['low']) * 50:.1f}"
    assert found["reach"].startswith(f"On 30 questions, acc is known to about {half} points")
    assert half in found["reach_zh"]
    unanswerable = summed([row(n, "declined" if n % 3 else "wrong", answerable=False) for n in range(1, 31)])
    assert "rejected_right is known" in unanswerable["reach"]
    assert "rejected_right" in unanswerable["reach_zh"]


def test_the_same_every_time_and_written_whole(tmp_path):
    """Two summaries of one run are the same, and the file holds what was returned."""
    rows = [row(n, "right" if n % 3 else "wrong", tags=["t"]) for n in range(1, 31)]
    found = summed(rows)
    assert summed(rows) == found
    summary = Summary(Run(tmp_path, {}, len(rows), LOOKUP, "now"))
    summary.finish({**found, "peak_memory_mib": 5})
    assert json.loads((tmp_path / "summary.json").read_text(encoding="utf-8")) == {**found, "peak_memory_mib": 5}
    assert [each.name for each in tmp_path.iterdir()] == ["summary.json"]


def test_a_long_run_is_summed_fast_and_in_little_memory():
    """Of a row numbers are kept, not its hits; all intervals come from shared draws."""
    count = 10_000 if SOAK else 1_000
    random = np.random.default_rng(1)
    names = [metric.name for metric in METRICS]
    template = row(1, "right")
    summary = Summary(Run(None, {}, count, LOOKUP, "now"))
    tracemalloc.start()
    for number in range(count):
        question = replace(template.question, id=f"q{number}", evidence=(), tags=(f"t{number % 70}", "all"))
        scores = dict(zip(names, random.integers(0, 2, size=len(names)).astype(float).tolist(), strict=True))
        hits = [{**template.prediction["hits"][0], "score": float(number)}]
        summary.add(Row(question, "ok", {**template.prediction, "hits": hits}, scores))
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept / count < 4_000  # bytes a row
    start = time.perf_counter()
    found = summary.result()
    assert time.perf_counter() - start < 10
    assert found["metrics"]["acc"]["n"] == count
    assert found["metrics"]["acc"]["high"] - found["metrics"]["acc"]["low"] == pytest.approx(
        2 * 1.96 * 0.5 / count**0.5, rel=0.06
    )
