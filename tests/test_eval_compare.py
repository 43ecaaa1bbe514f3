"""Two runs side by side: what is told, what is refused, and which changes fail a gate."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from eval import gates
from eval.compare import compare, manifest_changes, report_lines
from eval.folder import Row, read_rows, row_line
from eval.manifest import question_set_identity
from eval.metrics import METRICS
from eval.questions import PROJECT_SET, load_questions, parse_question
from models.errors import BadInputError, GateFailedError
from rag.settings import Settings
from ui.cli import main

NAMES = [metric.name for metric in METRICS]
BASE = {
    "question_set": {"path": "set.jsonl", "sha256": "0" * 64},
    "models": {"reader": "r1"},
    "settings": asdict(Settings()),
    "library": {"path": "here", "generation": "g000001"},
    "code": {"commit": "aaa", "dirty": False},
    "counts": {"questions": 300},
    "limit": None,
    "started": "2025-11-22T00:00:00+00:00",
}


def row(number, *, answer="甲[1]", status="ok", article=None, **metrics):
    """Return a row whose metrics are None but for those given."""
    article = number if article is None else article
    values = {"id": f"q{number}", "question": f"问题{number}？", "evidence": [{"doc_id": f"d{article}"}]}
    question, problems = parse_question(values, "")
    assert not problems
    scores = dict.fromkeys(NAMES) | metrics
    prediction = {"answer": answer} if status == "ok" else None
    return Row(question, status, prediction, scores, None if status == "ok" else "boom")


def write(folder, rows, **manifest):
    """Write a run."""
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(BASE | manifest), encoding="utf-8")
    (folder / "per_question.jsonl").write_text("".join(map(row_line, rows)), encoding="utf-8")
    return folder


def answers(right, articles=None):
    """Return rows that are right or wrong by `acc`, `acc_80` and `f1`, as a run's are."""
    articles = range(len(right)) if articles is None else articles
    return [
        row(
            number,
            answer="对" if good else "错",
            article=int(article),
            acc=float(good),
            acc_80=float(good),
            f1=1.0 if good else 0.2,
            evidence_cited=float(good),
            false_refusal=0.0,
            citations_valid=1.0,
        )
        for number, (good, article) in enumerate(zip(right, articles, strict=True))
    ]


def change(found, name):
    """Return what is told about one metric."""
    return next(each for each in found.metrics if each.name == name)


def refused(*folders):
    """Return why two folders are not compared: one line."""
    with pytest.raises(BadInputError) as caught:
        compare(*folders)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_small_comparison_by_hand(tmp_path):
    """Means, difference, test, wins and losses, flips and what differs, worked out on paper."""
    a = write(tmp_path / "a", [row(n, acc=float(n < 6), f1=0.5, false_refusal=float(n == 9)) for n in range(10)])
    b = write(
        tmp_path / "b",
        [row(n, answer="乙", acc=float(1 < n < 7), f1=0.75, false_refusal=float(n >= 8)) for n in range(10)],
        models={"reader": "r2"},
        code={"commit": "bbb", "dirty": True},
        started="later",
        library={"path": "there", "generation": "g000001"},
    )
    found = compare(a, b)
    acc = change(found, "acc")
    assert (acc.n, acc.mean_a, acc.mean_b, acc.test) == (10, 0.6, 0.5, "mcnemar")
    assert acc.difference == pytest.approx(-0.1)
    assert asdict(acc.counts) == {"win": 1, "tie": 7, "loss": 2}
    assert acc.p == 1.0  # 2 * (1 + 3) / 8
    assert change(found, "f1").test == "bootstrap"
    assert change(found, "f1").difference == 0.25
    refusal = change(found, "false_refusal")
    assert (refusal.better, refusal.counts.loss, refusal.counts.win) == ("lower", 1, 0)
    assert {each.id: (each.worse, each.better) for each in found.flips} == {
        "q0": (("acc",), ()),
        "q1": (("acc",), ()),
        "q6": ((), ("acc",)),
        "q8": (("false_refusal",), ()),
    }
    assert [bool(each.worse) for each in found.flips] == [True, True, True, False]
    first = found.flips[0]
    assert (first.question, first.answer_a, first.answer_b) == ("问题0？", "甲[1]", "乙")
    assert found.manifests == {
        "models.reader": ("r1", "r2"),
        "code.commit": ("aaa", "bbb"),
        "code.dirty": (False, True),
    }
    assert {each.name for each in found.metrics} == {"acc", "f1", "false_refusal"}
    assert not found.failures
    text = "\n".join(report_lines(found))
    assert "differs: models.reader: r1 -> r2" in text
    assert "On 10 questions" in text


def test_the_same_run_twice_says_so(tmp_path, capsys):
    """No difference is told as none: zero, p = 1, nothing flipped, exit code 0."""
    a = write(tmp_path / "a", answers([n % 3 > 0 for n in range(30)]))
    found = compare(a, a)
    assert found.same_scores
    assert found.same_answers
    assert all(each.difference == 0 and each.p == each.p_holm == 1 and not each.counts.loss for each in found.metrics)
    assert (found.flips, found.manifests, found.failures) == ((), {}, ())
    assert main(["eval", "compare", str(a), str(a)]) == 0
    said = capsys.readouterr().out
    assert "No difference: every score of every question is the same in both runs; the answers are the same" in said
    assert "the manifests do not differ" in said


def test_errors_are_left_out_and_told(tmp_path, capsys):
    """A row with an error in either run makes no pair, and nobody overlooks it; so with rows of one run only."""
    a = write(tmp_path / "a", [row(0, acc=1.0), row(1, status="error"), row(2, acc=1.0), row(3, acc=0.0)])
    b = write(tmp_path / "b", [row(0, status="error"), row(1, status="error"), row(2, acc=1.0), row(4, acc=0.0)])
    found = compare(a, b)
    assert (found.pairs, found.errors_a, found.errors_b, found.left_out) == (1, 1, 2, 2)
    assert (found.only_a, found.only_b) == (1, 1)
    main(["eval", "compare", str(a), str(b)])
    said = capsys.readouterr().out
    assert "errors: 1 in A, 2 in B; 2 questions are left out" in said
    assert "1 only in A, 1 only in B" in said


def test_what_cannot_be_compared_is_one_line(tmp_path, capsys):
    """Other sets, no common questions, no run, broken lines: exit code 5 and the reason."""
    a = write(tmp_path / "a", [row(0, acc=1.0), row(1, acc=1.0)])
    other = write(tmp_path / "other", [row(0, acc=1.0)], question_set={"path": "set.jsonl", "sha256": "1" * 64})
    assert "different question sets" in refused(a, other)
    seeded = write(tmp_path / "seeded", [row(0, acc=1.0)], question_set=BASE["question_set"] | {"options": {"seed": 2}})
    assert "different question sets" in refused(a, seeded)
    unknown = write(tmp_path / "unknown", [row(0, acc=1.0)], question_set=None)
    assert "does not say which question set" in refused(a, unknown)
    assert "none in common" in refused(a, write(tmp_path / "apart", [row(7, acc=1.0)]))
    failed = write(tmp_path / "failed", [row(0, status="error")])
    assert "all of them came to an error" in refused(a, failed)
    assert "holds no manifest.json" in refused(a, tmp_path / "nowhere")
    bare = write(tmp_path / "bare", [])
    assert "none in common" in refused(a, bare)
    (bare / "per_question.jsonl").unlink()
    assert "holds no per_question.jsonl" in refused(bare, a)
    assert main(["eval", "compare", str(a), str(other)]) == 5
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not a row of a run"),
        ("[]", "not a row of a run"),
        ("", "not a row of a run"),
        ('{"id": "x", "question": "问？", "status": "maybe"}', "must be ok or error"),
        ('{"id": "x", "question": "问？", "status": "ok", "prediction": {}, "metrics": [1]}', "`metrics`"),
        ('{"id": "x", "question": "问？", "status": "ok", "prediction": {}, "metrics": {"acc": "1"}}', "acc is '1'"),
        ('{"id": "x", "question": "问？", "status": "ok", "prediction": {}, "metrics": {"acc": NaN}}', "acc is nan"),
        ('{"id": "x", "question": "问？", "status": "ok", "prediction": 3, "metrics": {}}', "`prediction`"),
        ('{"id": "q0", "question": "问？", "status": "ok", "prediction": {}, "metrics": {}}', "was there before"),
    ],
)
def test_a_broken_line_is_named(tmp_path, line, reason):
    """The number of the line is told, in whichever run it stands."""
    a = write(tmp_path / "a", [row(0, acc=1.0), row(1, acc=1.0)])
    b = write(tmp_path / "b", [row(0, acc=1.0), row(1, acc=1.0)])
    rows = (b / "per_question.jsonl").read_text(encoding="utf-8").splitlines()
    (b / "per_question.jsonl").write_text("\n".join([rows[0], line, rows[1]]) + "\n", encoding="utf-8")
    for folders in ((a, b), (b, a)):
        message = refused(*folders)
        assert "per_question.jsonl:2: " in message
        assert reason in message


def test_five_points_worse_on_300_questions_fail_the_gate(tmp_path, capsys):
    """The planted regression: 15 right answers of 300 turned wrong, whichever 15; exit code 100 in one line."""
    for seed in range(10):
        random = np.random.default_rng(seed)
        right = random.random(300) < 0.7
        worse = right.copy()
        worse[random.choice(np.flatnonzero(right), 15, replace=False)] = False
        a, b = write(tmp_path / "a", answers(right)), write(tmp_path / "b", answers(worse))
        found = compare(a, b)
        assert change(found, "acc").counts.loss == 15
        assert len(found.flips) == 15
        with pytest.raises(GateFailedError, match=r"^acc fell from .*-5\.0 points.*Holm p .*n = 300"):
            found.check()
        assert not compare(b, a).failures  # better is not worse
    assert main(["eval", "compare", str(a), str(b)]) == 100
    captured = capsys.readouterr()
    assert captured.err.startswith("error: acc fell from")
    assert captured.err.count("\n") == 1
    assert captured.out.count("    A: 对") == 15
    assert main(["eval", "compare", str(a), str(b), "--json"]) == 100
    printed = json.loads(capsys.readouterr().out)
    assert len(printed["flips"]) == 15
    assert printed["failures"]
    assert "Infinity" not in json.dumps(printed)


def test_questions_of_one_article_are_not_so_much_evidence(tmp_path):
    """Two articles lost of twenty are ten questions lost: McNemar's p alone would call that sure."""
    lost = [row(n, article=n // 5, acc=float(n >= 10)) for n in range(100)]
    a = write(tmp_path / "a", [row(n, article=n // 5, acc=1.0) for n in range(100)])
    acc = change(compare(a, write(tmp_path / "b", lost)), "acc")
    assert (acc.counts.loss, acc.test) == (10, "bootstrap")
    assert 0.05 < acc.p < 0.5
    assert acc.interval.low < -0.1 < acc.interval.high <= 0
    alone = [row(n, acc=float(n >= 10)) for n in range(100)]
    c = write(tmp_path / "c", [row(n, acc=1.0) for n in range(100)])
    acc = change(compare(c, write(tmp_path / "d", alone)), "acc")
    assert (acc.p, acc.test) == (2 / 1024, "mcnemar")


def test_more_refusals_fail_the_gate_of_what_should_be_low(tmp_path):
    """A metric of which lower is better fails when it rises, not when it falls."""
    a = write(tmp_path / "a", [row(n, false_refusal=0.0) for n in range(100)])
    b = write(tmp_path / "b", [row(n, false_refusal=float(n < 20)) for n in range(100)])
    assert [each.split()[:2] for each in compare(a, b).failures] == [["false_refusal", "rose"]]
    assert not compare(b, a).failures


def test_the_first_twenty_flips_are_shown(tmp_path, capsys):
    """The rest is counted, and `--json` has it."""
    a = write(tmp_path / "a", answers([False] * 30))
    b = write(tmp_path / "b", answers([True] * 30))
    assert main(["eval", "compare", str(a), str(b)]) == 0
    said = capsys.readouterr().out
    assert said.count("    B: 对") == 20
    assert "and 10 more (--json shows all)" in said
    assert main(["eval", "compare", str(a), str(b), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["flips"]) == 30


@pytest.mark.parametrize("together", [False, True])
def test_noise_is_no_regression(tmp_path, together):
    """Answers that change at random, as often for the better, fail no gate more than once in twenty.

    Together: a whole article's questions change the same way, which a test by question alone takes for more evidence
    than it is.
    """
    repeats, alarms = 40, 0
    for seed in range(repeats):
        random = np.random.default_rng(1000 + seed)
        articles = np.arange(300) // 5 if together else np.arange(300)
        right = random.random(300) < 0.7
        groups = articles.max() + 1
        flipped, up = random.random(groups) < 0.1, random.random(groups) < 0.5
        after = np.where(flipped[articles], up[articles], right)
        before = np.where(flipped[articles], ~up[articles], right) if together else right
        if not together:  # as many for the better as for the worse
            good, bad = np.flatnonzero(right), np.flatnonzero(~right)
            after = right.copy()
            moved = int(random.integers(1, 16))
            after[random.choice(good, moved, replace=False)] = False
            after[random.choice(bad, moved, replace=False)] = True
        a = write(tmp_path / "a", answers(before, articles))
        b = write(tmp_path / "b", answers(after, articles))
        alarms += bool(compare(a, b, resamples=500).failures)
    assert alarms <= 0.05 * repeats


def test_floors_are_for_the_project_set_alone(tmp_path):
    """A whole default run of the set as it is today is held to them; any other run is not."""
    questions = load_questions(PROJECT_SET / "questions.jsonl")
    rows = [Row(q, "ok", {"answer": ""}, dict.fromkeys(NAMES) | {"acc": 0.0, "false_refusal": 1.0}) for q in questions]
    identity = question_set_identity(PROJECT_SET / "questions.jsonl")
    manifest = {"question_set": identity, "counts": {"questions": len(questions)}}
    own = write(tmp_path / "own", rows, **manifest)
    found = compare(own, own)
    assert found.floors
    assert [each.split(",")[0] for each in found.failures] == ["acc is 0.0 %", "false_refusal is 100.0 %"]
    others = {
        "another set": ({"question_set": {"sha256": "0" * 64}}, rows),
        "part of it": ({}, rows[:-1]),
        "errors": ({}, [*rows[:-1], Row(questions[-1], "error", None)]),
        "settings": ({"settings": asdict(Settings(answer_always=True))}, rows),
        "a writer": ({"models": {"reader": "r1", "writer": "w"}}, rows),
    }
    for number, (name, (changed, kept)) in enumerate(others.items()):
        folder = write(tmp_path / str(number), kept, **(manifest | changed))
        found = compare(folder, folder)
        assert not found.floors, name
        assert not found.failures, name


def test_gates_and_floors_name_metrics_with_a_better_side():
    """A gate on a metric that is not there, or that has no better side, would never fail."""
    sides = {metric.name: metric.better for metric in METRICS}
    assert all(sides[gate.metric] in ("higher", "lower") and gate.tolerance >= 0 for gate in gates.GATES)
    floors = json.loads(gates.FLOORS.read_text(encoding="utf-8"))
    assert set(floors) == {"project_set_at_least", "project_set_at_most"}
    assert all(sides[name] == "higher" for name in floors["project_set_at_least"])
    assert all(sides[name] == "lower" for name in floors["project_set_at_most"])


def test_what_differs_between_manifests_goes_by_name():
    """Missing is None; times, counts and places do not count, a limit does."""
    assert manifest_changes(BASE, BASE | {"started": "x", "resumed": ["y"], "counts": {}}) == {}
    assert manifest_changes(BASE, BASE | {"limit": 5, "library": None}) == {
        "library.generation": ("g000001", None),
        "limit": (None, 5),
    }


def test_a_written_row_is_read_back(tmp_path):
    """The rows of these tests are those of a run."""
    folder = write(tmp_path / "a", [row(0, acc=1.0)])
    assert next(read_rows(folder)).metrics["acc"] == 1.0
