"""The metrics' test of themselves: complete, quick, and it notices what it is there for."""

import time
from dataclasses import replace

import pytest

from eval import citation_scores, metrics_docs, scores, selftest
from eval.metrics import METRICS


def test_all_metrics_tell_good_from_bad():
    """Nothing to complain of, and no metric without a case."""
    assert selftest.self_test() == []


def test_a_metric_without_a_case_fails(monkeypatch):
    """Whoever adds a metric shows what it tells apart."""
    monkeypatch.setattr(selftest, "METRICS", (*METRICS, replace(METRICS[0], name="new")))
    assert selftest.self_test() == ["new has no self-test case"]


def test_a_case_without_a_metric_fails(monkeypatch):
    """Cases of metrics that are gone are told."""
    monkeypatch.setattr(selftest, "METRICS", METRICS[1:])
    assert selftest.self_test() == ["there is no metric acc any more"]


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("rouge_l", lambda row: float(row.answer.isascii())),  # a tokenizer that deletes Chinese
        ("content_f1", lambda row: float(row.answer.split() == (row.question.reference or "").split())),
        ("cite_recall", lambda row: 1.0),
        ("must_not", lambda row: 0.0),
        ("acc_80", scores.acc),  # no length guard
        ("evidence_iou", citation_scores.evidence_cited),  # nothing between 0 and 1
        ("unsupported_numbers", lambda row: None),
        ("recall@5", lambda row: 1.0),
    ],
)
def test_a_broken_metric_is_noticed(monkeypatch, name, broken):
    """English tokenizers, constants, lost guards and scores that never apply."""
    changed = tuple(replace(m, score=broken) if m.name == name else m for m in METRICS)
    monkeypatch.setattr(selftest, "METRICS", changed)
    failures = selftest.self_test()
    assert failures
    assert all(failure.startswith(name) for failure in failures)


def test_it_is_cheap():
    """Less than 50 ms, so that every run can begin with it (dictionaries loaded, as scoring does anyway)."""
    selftest.self_test()
    spent = []
    for _ in range(3):
        start = time.perf_counter()
        selftest.self_test()
        spent.append(time.perf_counter() - start)
    assert min(spent) < 0.05


def test_the_page_about_the_metrics_is_in_step():
    """Whoever changes a metric writes the page again."""
    assert metrics_docs.main(["--check"]) == 0, "run `python -m eval.metrics_docs`"
    page = metrics_docs.page()
    for metric in METRICS:
        stem = metric.name.partition("@")[0]
        assert f"| `{metric.name}` |" in page or f"| `{stem}@k` |" in page


@pytest.mark.parametrize("content", [None, "# older\n"])
def test_a_stale_or_missing_page_is_one_line(tmp_path, capsys, content):
    """`--check` tells what to run and changes nothing; writing mends it."""
    page = tmp_path / "metrics.md"
    if content is not None:
        page.write_text(content)
    assert metrics_docs.main(["--check", "--page", str(page)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert (page.read_text() if page.exists() else None) == content
    assert metrics_docs.main(["--page", str(page)]) == 0
    assert metrics_docs.main(["--check", "--page", str(page)]) == 0
