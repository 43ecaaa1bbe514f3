"""Batch runs: what lies in the folder, and that it can go on after anything."""

import csv
import json
import subprocess
import sys
import textwrap
from random import Random

import pytest

from eval.fakes import FakeArticles, ScriptedAnswerer, quoted
from eval.folder import read_rows, row_line
from eval.manifest import build_manifest, code_identity, difference
from eval.questions import load_questions
from eval.runner import run, score
from eval.selection import Selection, failing
from models.errors import BadInputError, ModelError
from rag.settings import Settings
from tests.conftest import ROOT, SOAK

ARTICLES = FakeArticles({"d1": "书展八月开幕。入场人次为3.5万。"})
LINES = [
    {
        "id": "a",
        "question": "多少人次？",
        "answers": ["3.5万"],
        "evidence": [{"doc_id": "d1", "quote": "3.5万"}],
        "own": [1],
    },
    {"id": "b", "question": "何时开幕？", "answers": ["八月"], "as_of": "2024-01-01"},
    {"id": "c", "question": "票价多少？", "answerable": False},
]
SCRIPT = {
    "多少人次？": quoted("多少人次？", ARTICLES.article("d1"), "入场人次为3.5万。", "3.5万"),
    "何时开幕？": quoted("何时开幕？", ARTICLES.article("d1"), "书展八月开幕。", "八月"),
}


class Bench:
    """A question set on disk and an answerer, run into one folder."""

    def __init__(self, tmp_path, lines=LINES):
        self.set = tmp_path / "set.jsonl"
        self.out = tmp_path / "out"
        self.write(lines)

    def write(self, lines):
        """Write the question set."""
        self.set.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")

    def manifest(self, **models):
        """Return the manifest of a run of this set."""
        return build_manifest(self.set, models={"reader": "fake"} | models, settings=Settings(), library=None)

    def run(self, script=SCRIPT, **options):
        """Run the set with a script."""
        self.answerer = ScriptedAnswerer(script)
        options = {"manifest": self.manifest(), "articles": ARTICLES, "progress": False} | options
        return run(self.answerer, load_questions(self.set), self.out, **options)

    def lines(self):
        """Return the rows as they lie on disk."""
        return [json.loads(line) for line in (self.out / "per_question.jsonl").read_text(encoding="utf-8").splitlines()]

    def json(self, name):
        """Return a JSON file of the folder."""
        return json.loads((self.out / name).read_text(encoding="utf-8"))


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def test_a_run_leaves_manifest_rows_summary_and_table(bench):
    """Every row holds the question's own fields, the prediction as `yiju ask --json` has it, and all metrics."""
    outcome = bench.run()
    assert (outcome.exit_code, outcome.errors) == (0, 0)
    first, _, third = bench.lines()
    assert {name: first[name] for name in LINES[0]} == LINES[0]
    assert first["status"] == "ok"
    assert first["prediction"]["citations"][0]["quote"] == "入场人次为3.5万。"
    assert first["metrics"]["acc"] == first["metrics"]["success@1"] == 1.0
    assert "error" not in first
    assert third["metrics"]["rejected_right"] == 1.0
    assert third["metrics"]["acc"] is None
    summary = bench.json("summary.json")
    acc = summary["metrics"]["acc"]
    assert (acc["mean"], acc["high"], acc["n"], acc["missing"]) == (1.0, 1.0, 2, 0)
    assert acc["low"] < 1
    assert summary["refusal"]["on_unanswerable"]["mean"] == 1.0
    assert summary["refusal"]["reasons"] == {"not_answered": 1}
    assert summary["latency_ms"]["total"] == {"p50": 2.0, "p95": 2.0, "max": 2.0, "n": 3}
    assert {name: n for name, n in summary["verdicts"].items() if n} == {"right": 3}
    assert summary["models"] == {"reader": ["fake"]}
    assert summary["coverage"] == 1.0
    manifest = bench.json("manifest.json")
    assert len(manifest["question_set"]["sha256"]) == 64
    assert manifest["counts"]["unanswerable"] == 1
    assert manifest["seed"] is None
    assert manifest["started"]


def test_the_manifest_is_there_before_the_first_question(bench):
    """A run that dies at once still says what it was."""
    seen = []

    class Looks(ScriptedAnswerer):
        def stream(self, question, history=(), **options):
            seen.append((bench.out / "manifest.json").exists())
            return super().stream(question, history, **options)

    run(Looks({}), load_questions(bench.set), bench.out, manifest=bench.manifest(), progress=False)
    assert seen == [True] * 3


def test_a_question_is_asked_as_of_its_day(bench):
    """`as_of` reaches the answerer, question by question."""
    bench.run()
    assert [day and day.isoformat() for day in bench.answerer.days] == [None, "2024-01-01", None]


def test_the_table_opens_in_a_spreadsheet(bench):
    """The table begins with a BOM, and no cell of it is a formula."""
    bench.write([*LINES, {"id": "=1+1", "question": "@为何？"}])
    bench.run()
    content = (bench.out / "results.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines()))
    assert rows[0]["cited_titles"] == "d1"
    assert rows[0]["quotes"] == "[1] 入场人次为3.5万。"
    assert rows[0]["gold"] == "3.5万"
    assert rows[0]["acc"] == "1"
    assert rows[2]["acc"] == ""
    assert rows[2]["abstained"] == "true"
    assert (rows[3]["id"], rows[3]["question"]) == ("'=1+1", "'@为何？")


def test_any_failure_becomes_a_row_and_a_traceback(bench):
    """One bad question costs one row: the others are answered, the means say what they lack, a bug stays visible."""
    outcome = bench.run(
        {**SCRIPT, "何时开幕？": ZeroDivisionError("oh\nno"), "票价多少？": ModelError("no reader: restore it")}
    )
    assert (outcome.errors, outcome.exit_code) == (2, 1)
    _, second, third = bench.lines()
    assert (second["status"], second["prediction"], second["error"]) == ("error", None, "ZeroDivisionError: oh no")
    assert set(second["metrics"].values()) == {None}
    assert third["error"] == "no reader: restore it"
    summary = bench.json("summary.json")
    acc = summary["metrics"]["acc"]
    assert (acc["mean"], acc["n"], acc["missing"]) == (1.0, 1, 1)
    assert summary["errors"] == 2
    assert summary["coverage"] == pytest.approx(1 / 3)
    log = (bench.out / "errors.log").read_text(encoding="utf-8")
    assert "== b: 何时开幕？" in log
    assert "Traceback" in log


def test_a_number_json_has_no_word_for_is_an_error_row(bench):
    """NaN would make the file unreadable for strict readers, so it counts as a failure of its question."""
    answer = SCRIPT["多少人次？"]
    broken = type(answer)(
        **{name: getattr(answer, name) for name in answer.__slots__} | {"timings_ms": {"total": float("nan")}}
    )
    bench.run({**SCRIPT, "多少人次？": broken})
    assert bench.lines()[0]["status"] == "error"


def test_a_run_is_never_overwritten(bench):
    """A second run into the same folder is refused with the way on."""
    bench.run()
    with pytest.raises(BadInputError, match="--resume"):
        bench.run()


def test_a_limit_takes_the_first_and_resume_takes_the_rest(bench):
    """A limited run can be completed later without asking anything twice."""
    bench.run(selection=Selection(limit=1))
    assert [row["id"] for row in bench.lines()] == ["a"]
    assert bench.json("summary.json")["questions"] == 1
    bench.run(resume=True)
    assert bench.answerer.asked == ["何时开幕？", "票价多少？"]
    assert [row["id"] for row in bench.lines()] == ["a", "b", "c"]
    assert bench.json("summary.json")["questions"] == 3
    manifest = bench.json("manifest.json")
    assert len(manifest["resumed"]) == 1
    assert manifest["selection"]["limit"] is None


def test_a_lowered_limit_takes_nothing_away(bench):
    """Rows that are there stay, whatever a later command limits itself to."""
    bench.run()
    bench.run(resume=True, selection=Selection(limit=1))
    assert bench.answerer.asked == []
    assert len(bench.lines()) == 3
    assert bench.json("summary.json")["questions"] == 3


def test_resume_after_a_kill_in_the_middle_of_a_line(bench):
    """A half-written last line is dropped and its question asked again; no id appears twice."""
    bench.run()
    rows = bench.out / "per_question.jsonl"
    content = rows.read_bytes()
    rows.write_bytes(content[: len(content) - 40])
    bench.run(resume=True)
    assert bench.answerer.asked == ["票价多少？"]
    assert rows.read_bytes().count(b"\n") == 3
    assert [row["id"] for row in bench.lines()] == ["a", "b", "c"]


def test_a_last_row_that_lacks_only_its_line_end_is_kept(bench):
    """What is whole is not asked again, and the row after it begins a line of its own."""
    bench.run()
    rows = bench.out / "per_question.jsonl"
    content = rows.read_bytes()
    rows.write_bytes(content.removesuffix(b"\n"))
    assert len(list(read_rows(bench.out))) == 3
    bench.run(resume=True)
    assert bench.answerer.asked == []
    assert rows.read_bytes() == content


def test_errors_are_asked_again_only_when_told_to(bench):
    """--resume keeps error rows, --retry-errors asks them again; the rows end up in the set's order."""
    bench.run({**SCRIPT, "多少人次？": RuntimeError("x")})
    assert bench.run(resume=True).errors == 1
    assert bench.answerer.asked == []
    outcome = bench.run(retry_errors=True)
    assert bench.answerer.asked == ["多少人次？"]
    assert [row["id"] for row in bench.lines()] == ["a", "b", "c"]
    assert outcome.exit_code == 0


def test_only_what_failed_is_asked_again_in_place(bench):
    """Wrong answers, wrong refusals and errors are asked again, what went right is kept."""
    wrong = quoted("何时开幕？", ARTICLES.article("d1"), "入场人次为3.5万。", "3.5万")
    bench.run({"何时开幕？": wrong, "多少人次？": RuntimeError("x")})
    assert bench.run(only_failing=True).exit_code == 0
    assert bench.answerer.asked == ["多少人次？", "何时开幕？"]
    assert bench.json("summary.json")["verdicts"]["right"] == 3


def test_only_what_failed_in_another_run_is_asked(bench, tmp_path):
    """A new run of the questions that an earlier one lost says in its manifest that it is a part."""
    bench.run({"何时开幕？": SCRIPT["何时开幕？"]})
    before, bench.out = bench.out, tmp_path / "second"
    bench.run(selection=Selection(only=failing(before)))
    assert bench.answerer.asked == ["多少人次？"]
    assert bench.json("manifest.json")["selection"]["only_sha256"]
    with pytest.raises(BadInputError, match="nothing failed"):
        failing(bench.out)


def test_a_run_goes_on_with_its_own_selection(bench):
    """A smoke run and a whole one must not meet in one folder."""
    bench.run(selection=Selection(smoke=2))
    with pytest.raises(BadInputError, match="another selection"):
        bench.run(resume=True)
    assert bench.run(resume=True, selection=Selection(smoke=2)).rows == 2


def test_resume_asks_again_where_a_row_is_of_another_question(bench):
    """A row whose question differs from the set's is not taken for an answer to it."""
    bench.run()
    rows = bench.out / "per_question.jsonl"
    rows.write_text(
        rows.read_text(encoding="utf-8").replace('"answers": ["八月"]', '"answers": ["九月"]'), encoding="utf-8"
    )
    bench.run(resume=True)
    assert bench.answerer.asked == ["何时开幕？"]


def test_ctrl_c_leaves_a_folder_that_can_go_on(bench):
    """An interrupted run keeps its rows, writes no summary over a part, and is completed by --resume."""
    outcome = bench.run({**SCRIPT, "何时开幕？": KeyboardInterrupt()})
    assert (outcome.interrupted, outcome.exit_code) == (True, 130)
    assert not (bench.out / "summary.json").exists()
    assert bench.run(resume=True).exit_code == 0
    assert bench.answerer.asked == ["何时开幕？", "票价多少？"]


def test_a_run_of_something_else_is_not_resumed(bench):
    """Answers of another question set or other models must not meet in one folder."""
    bench.run()
    with pytest.raises(BadInputError, match="another models"):
        bench.run(resume=True, manifest=bench.manifest(writer="new"))
    bench.write(LINES[:2])
    with pytest.raises(BadInputError, match="another question set"):
        bench.run(resume=True)


def test_resume_needs_a_run(bench):
    """--resume on a folder without a run says so instead of beginning one."""
    with pytest.raises(BadInputError, match="give the --out folder of a run"):
        bench.run(resume=True)


def test_a_damaged_line_in_the_middle_is_told(bench):
    """Only the last line can be cut off by a kill; damage elsewhere is not papered over."""
    bench.run()
    rows = bench.out / "per_question.jsonl"
    rows.write_bytes(b"{broken\n" + rows.read_bytes())
    with pytest.raises(BadInputError, match=r"per_question\.jsonl:1"):
        list(read_rows(bench.out))


def test_rows_read_back_are_the_rows_of_the_run(bench):
    """Reading a run's rows is the inverse of writing them."""
    bench.run({**SCRIPT, "何时开幕？": RuntimeError("x")})
    content = (bench.out / "per_question.jsonl").read_text(encoding="utf-8")
    assert "".join(map(row_line, read_rows(bench.out))) == content


def test_a_run_can_be_scored_again_without_a_model(bench):
    """Scores that were lost or made by an older metric come back from the stored answers."""
    bench.run()
    rows = bench.out / "per_question.jsonl"
    content, summary = rows.read_bytes(), bench.json("summary.json")
    lines = [{**line, "metrics": {"acc": 0.0}} for line in bench.lines()]
    rows.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    score(bench.out, ARTICLES)
    assert rows.read_bytes() == content
    again = bench.json("summary.json")
    untimed = {"finished", "peak_memory_mib"}
    assert {k: v for k, v in again.items() if k not in untimed} == {
        k: v for k, v in summary.items() if k not in untimed
    }


def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path):
    """The run stops with what to do; no half row is left, and --resume completes it as if nothing had happened."""
    bench = Bench(tmp_path, [{"id": str(n), "question": f"第{n}问？", "answerable": False} for n in range(30)])
    full = textwrap.dedent(f"""
        import resource, sys
        sys.path.insert(0, {str(ROOT)!r})
        from pathlib import Path
        from eval.fakes import ScriptedAnswerer
        from eval.manifest import build_manifest
        from eval.questions import load_questions
        from eval.runner import run
        from models.errors import YijuError
        from rag.settings import Settings
        path, out = Path({str(bench.set)!r}), Path({str(bench.out)!r})
        manifest = build_manifest(path, models={{"reader": "fake"}}, settings=Settings(), library=None)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        try:
            run(ScriptedAnswerer({{}}), load_questions(path), out, manifest=manifest, progress=False)
        except YijuError as error:
            print(error)
    """)
    done = subprocess.run([sys.executable, "-c", full], capture_output=True, text=True, check=True)
    assert "free space, then --resume" in done.stdout
    assert len(done.stdout.splitlines()) == 1
    rows = len(bench.lines())
    assert 0 < rows < 30
    outcome = bench.run({}, resume=True, articles=None)
    assert len(bench.answerer.asked) == 30 - rows
    assert outcome.exit_code == 0
    assert [line["id"] for line in bench.lines()] == [str(n) for n in range(30)]


_KILLED = """
import sys, time
sys.path.insert(0, {root!r})
from pathlib import Path
from eval.fakes import ScriptedAnswerer
from eval.manifest import build_manifest
from eval.questions import load_questions
from eval.runner import run
from rag.settings import Settings

class Slow(ScriptedAnswerer):
    def stream(self, question, history=(), **options):
        time.sleep(0.002)
        return super().stream(question, history, **options)

path, out = Path({path!r}), Path({out!r})
manifest = build_manifest(path, models={{"reader": "fake"}}, settings=Settings(), library=None)
options = {{"resume": (out / "manifest.json").exists(), "progress": False}}
print("begun", flush=True)
run(Slow({{}}), load_questions(path), out, manifest=manifest, **options)
"""


def _run_killed(bench, out, seconds):
    """Run the set in a process of its own, killed after a time; return whether it came to its end."""
    code = _KILLED.format(root=str(ROOT), path=str(bench.set), out=str(out))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        return process.wait() == 0


def _without_times(folder):
    """Return everything in a run's folder that a time of day or a duration does not change."""
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    for name in ("finished", "peak_memory_mib", "latency_ms", "latency_histogram"):
        summary.pop(name, None)
    tables = {name: (folder / name).read_bytes() for name in ("per_question.jsonl", "run.trec", "qrels.trec")}
    return summary, tables


def test_killed_at_random_points_and_resumed_it_is_the_run_that_was_never_killed(tmp_path):
    """Whatever moment a kill hits, --resume asks exactly what is missing: the rows are equal byte for byte."""
    lines = [
        {"id": f"q{n}", "question": f"第{n}问？", "answerable": n % 3 > 0, "answers": ["甲"] if n % 3 else []}
        for n in range(200)
    ]
    bench = Bench(tmp_path, lines)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert _run_killed(bench, whole, 120)
    random = Random(4)
    kills = 0
    for _ in range(20 if SOAK else 4):
        kills += not _run_killed(bench, cut, random.uniform(0.02, 0.25))
    assert kills
    assert _run_killed(bench, cut, 120)
    assert _without_times(cut) == _without_times(whole)


def test_fixed_passages_are_their_own_articles(bench):
    """A question with contexts is scored against them and needs no library."""
    fixed = FakeArticles({"c1": "闭幕在九月。"})
    bench.write([{"question": "何时闭幕？", "answers": ["九月"], "contexts": [{"id": "c1", "text": "闭幕在九月。"}]}])
    bench.run({"何时闭幕？": quoted("何时闭幕？", fixed.article("c1"), "闭幕在九月。", "九月")}, articles=None)
    assert bench.lines()[0]["metrics"]["citations_valid"] == 1.0


def test_a_moved_question_set_is_the_same_set(bench):
    """Identity is the content, not where it lies."""
    manifest = bench.manifest()
    moved = {**manifest, "question_set": {**manifest["question_set"], "path": "/elsewhere.jsonl"}}
    assert difference(manifest, moved) is None
    assert difference(manifest, {**manifest, "settings": {}}) == "settings"


def test_code_outside_a_checkout_has_no_commit(tmp_path):
    """An environment inside somebody else's repository must not report that repository's commit."""
    assert code_identity(tmp_path) is None


def test_importing_evaluation_loads_no_model_runtime():
    """`yiju eval --help` and `check` are instant: torch, llama.cpp, FAISS and Gradio load only when models open."""
    modules = "ablation baselines fakes manifest metrics questions runner shuffled summary"
    code = "import importlib, sys\n"
    code += f"for name in {modules.split()}: importlib.import_module('eval.' + name)\n"
    code += "print([m for m in ('torch', 'llama_cpp', 'gradio', 'faiss', 'sentence_transformers', 'gguf') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
