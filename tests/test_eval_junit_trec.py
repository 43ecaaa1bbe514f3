"""`junit.xml` as CI servers read it; `run.trec` and `qrels.trec` as trec_eval does."""

import dataclasses
import random
import xml.etree.ElementTree as ET
from collections import Counter

import pytest

from eval.folder import Row
from eval.junit import JUnit
from eval.metrics import score_all
from eval.prediction import Source
from eval.questions import Evidence, Question
from eval.trec import Trec, escaped
from eval.verdict import Verdict, verdict_of
from tests.report_demo import HOSTILE, demo_run, rows

pytrec_eval = pytest.importorskip("pytrec_eval")


def _suite(folder, some):
    output = JUnit(demo_run(folder, len(some)))
    for row in some:
        output.add(row)
    output.finish({})
    root = ET.parse(folder / "junit.xml").getroot()
    assert root.tag == "testsuites"
    return root.find("testsuite")


def test_counts_are_those_of_the_cases(tmp_path):
    """What CI shows in its headline is what stands below."""
    some = list(rows(200))
    suite = _suite(tmp_path, some)
    cases = suite.findall("testcase")
    told = Counter(child.tag for case in cases for child in case)
    verdicts = Counter(verdict_of(row.question, row.prediction, row.metrics) for row in some)
    assert int(suite.get("tests")) == len(cases) == 200
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.get(attribute)) == told[tag] > 0
    assert told["error"] == verdicts[Verdict.ERROR]
    known = sum(row.question.expect == "known_fail" for row in some)
    assert (
        0
        <= sum(verdicts.values()) - verdicts[Verdict.RIGHT] - told["failure"] - told["error"] - told["skipped"]
        <= known
    )
    assert float(suite.get("time")) == pytest.approx(sum(float(case.get("time")) for case in cases), abs=0.2)
    assert cases[0].get("classname") == f"questions.{some[0].question.tags[0]}"
    assert cases[0].get("name").startswith("q-00000: ")


def _case(folder, row):
    return _suite(folder, [row]).find("testcase")


def test_known_failures_are_skipped_and_do_not_break_a_build_when_they_pass(tmp_path):
    """A question that is expected to fail: skipped where it does, a pass with a note where it does not."""
    row = next(row for row in rows(50) if row.metrics.get("acc") == 1)
    known = dataclasses.replace(row, question=dataclasses.replace(row.question, expect="known_fail"))
    (note,) = _case(tmp_path, known)
    assert note.tag == "system-out"
    assert "known_fail" in note.text
    wrong = dataclasses.replace(known, metrics={**known.metrics, "acc": 0.0, "answer_in_hits@20": 0.0})
    (skipped,) = _case(tmp_path, wrong)
    assert skipped.tag == "skipped"
    assert skipped.get("message").startswith("known to fail: ")


def test_unjudged_questions_are_skipped(tmp_path):
    """Without gold nothing passed and nothing failed."""
    row = next(row for row in rows(300) if row.question.answerable is None and row.prediction)
    assert _case(tmp_path, row).find("skipped").get("message") == "no gold to judge by"


def test_texts_that_xml_has_no_place_for_are_taken_out(tmp_path):
    """Control characters and half surrogates; markup is text; a message is one line."""
    row = Row(Question("x\x00\ud800", f"{HOSTILE}\n]]>\x0b\ufffe"), "error", None, {}, "bad\x1b[0m\nthing")
    case = _case(tmp_path, row)
    assert "</script>" in case.get("name")
    assert "\n" not in case.get("name")
    assert case.find("error").get("message") == "bad[0m thing"


def _trec(folder, some, lookup):
    output = Trec(dataclasses.replace(demo_run(folder, len(some)), library=lookup))
    for row in some:
        output.add(row)
    output.finish({})
    run, qrels = {}, {}
    for line in (folder / "run.trec").read_text("utf-8").splitlines():
        query, _, doc, rank, score, _ = line.split(" ")
        ranked = run.setdefault(query, {})
        assert doc not in ranked
        assert int(rank) == len(ranked) + 1
        assert all(float(score) < other for other in ranked.values())
        ranked[doc] = float(score)
    for line in (folder / "qrels.trec").read_text("utf-8").splitlines():
        query, _, doc, grade = line.split(" ")
        qrels.setdefault(query, {})[doc] = int(grade)
    return run, qrels


def _ranked_row(question, articles):
    hits = [
        {"rank": n, "score": 1.0, "article_id": name, "passage_id": "", "text": ""}
        for n, name in enumerate(articles, 1)
    ]
    return {
        "question": "问", "standalone_question": "问", "mode": "quote", "answer": "没有", "short_answer": None, "abstained": True,
        "reason": "not_answered", "confidence": 0.1, "citations": [], "hits": hits, "timings_ms": {}, "models": {},
    }  # fmt: skip


def test_trec_eval_computes_our_figures(tmp_path):
    """Random rankings, gold by path, stem and id, grades, nothing found: nDCG@10 and MRR@10 are equal, row by row."""
    draw = random.Random(3)
    sources = {f"id{n}": Source("", f"文 件/{n} 号.md" if n % 3 else f"set.jsonl#{n}") for n in range(30)}
    names = [f"{n} 号.md" if n % 3 else f"set#{n}" for n in range(30)] + ["id4", "nowhere", "50%", "1 号"]
    some = []
    for number in range(200):
        qrels = {doc: draw.choice((0, 1, 1, 2, 3)) for doc in draw.sample(names, draw.randint(1, 6))}
        qrels.setdefault("id7", 1)
        question = Question(f"q {number}", "问", qrels=qrels, answerable=True)
        articles = [] if number % 20 == 0 else draw.choices(list(sources), k=20)
        prediction = _ranked_row(question, articles)
        some.append(Row(question, "ok", prediction, score_all(question, prediction, sources.get)))
    run, qrels = _trec(tmp_path, some, sources.get)
    assert run.keys() == qrels.keys() == {escaped(row.question.id) for row in some}
    top = {query: dict(list(ranked.items())[:10]) for query, ranked in run.items()}
    theirs = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut_10"}).evaluate(run)
    ranks = pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank"}).evaluate(top)
    for row in some:
        query = escaped(row.question.id)
        assert theirs[query]["ndcg_cut_10"] == pytest.approx(row.metrics["ndcg@10"], abs=1e-6)
        assert ranks[query]["recip_rank"] == pytest.approx(row.metrics["mrr@10"], abs=1e-6)
    assert 0 < sum(row.metrics["ndcg@10"] for row in some) < 200


def test_ids_are_one_field():
    """White space and % are written as in a URL; a Chinese name stays readable; nothing is empty."""
    assert escaped("政策 一\u3000二%.md\n") == "政策%20一%E3%80%80二%25.md%0A"
    assert escaped("") == "%00"


def test_questions_without_gold_articles_and_errors_are_left_out(tmp_path):
    """What `ndcg@10` is not over is in neither file."""
    gold = {"evidence": (Evidence("a"),)}
    some = [
        Row(Question("error", "问", answerable=True, **gold), "error", None, {}, "x"),
        Row(Question("none", "问"), "ok", _ranked_row(None, ["a"]), {}),
        Row(Question("refuse", "问", answerable=False, **gold), "ok", _ranked_row(None, ["a"]), {}),
        Row(Question("one", "问", answerable=True, **gold), "ok", _ranked_row(None, ["b", "a", "b"]), {}),
    ]
    run, qrels = _trec(tmp_path, some, lambda _: None)
    assert qrels == {"one": {"a": 1}}
    assert list(run) == ["one"]
    assert list(run["one"]) == ["b", "a"]
