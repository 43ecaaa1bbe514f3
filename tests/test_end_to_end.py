"""The whole path on bundled models and the project's own articles, through the command line as people use it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from eval.folder import MADE, MANIFEST, ROWS, TREC_RUN
from eval.questions import load_questions
from tests.conftest import SOAK

ROOT = Path(__file__).resolve().parent.parent
SET = ROOT / "eval" / "sets" / "project"
# Bare, and the same for all: which kernels a BLAS takes (OPENBLAS_CORETYPE) changes the last digits of a confidence.
ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
pytestmark = pytest.mark.models


def yiju(*arguments, cwd=ROOT, expect=0):
    command = [sys.executable, "-m", "ui.cli", *map(str, arguments)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
        env=ENVIRONMENT,
    )
    assert done.returncode == expect, done.stderr
    assert "Traceback" not in done.stderr
    if expect:
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1, done.stderr
    return done


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    made = tmp_path_factory.mktemp("library") / "yiju"
    yiju("index", SET / "articles", "--library", made)
    return made


@pytest.fixture(scope="module")
def run(library, tmp_path_factory):
    made = tmp_path_factory.mktemp("runs") / "first"
    yiju("eval", "run", SET / "questions.jsonl", "--out", made, "--library", library)
    return made


def test_ask_prints_the_contract(library):
    """`yiju ask --json` prints every field, and each quote equals the article's characters."""
    answer = json.loads(yiju("ask", "青汀洪灾最后核定有多少人受灾？", "--json", "--library", library).stdout)
    assert set(answer) == {
        "question", "standalone_question", "mode", "answer", "short_answer", "abstained", "reason", "confidence",
        "citations", "hits", "filters", "timings_ms", "models",
    }  # fmt: skip
    assert answer["mode"] == "quote"
    assert not answer["abstained"]
    for citation in answer["citations"]:
        shown = json.loads(yiju("articles", "show", citation["article_id"], "--json", "--library", library).stdout)
        assert shown["text"][citation["start"] : citation["end"]] == citation["quote"]
        assert f"[{citation['marker']}]" in answer["answer"]
    assert answer["hits"][0]["rank"] == 1


def test_ask_tells_what_it_read_from_the_question_and_can_leave_it(library):
    """Dates and publishers are read against today, or the day that is given; `--no-filters` reads none."""
    asked = ("ask", "2025年7月的报道里，青汀洪灾有多少人受灾？", "--library", library)
    assert yiju(*asked).stdout.startswith("按问题里的话：发布于 2025年7月（想去掉就加 --no-filters）\n\n")
    assert "按问题里的话" not in yiju(*asked, "--no-filters").stdout
    answer = json.loads(
        yiju(*asked[:1], "去年的报道里，谁获了奖？", "--as-of", "1999-05-05", "--json", *asked[2:]).stdout
    )
    assert (answer["reason"], answer["hits"]) == ("nothing_found", [])
    assert [(each["label"], each["hard"]) for each in answer["filters"]] == [("发布于 1998年", True)]
    assert "发布于 1998年" in answer["answer"]


def test_another_year_is_declined(library):
    """The articles tell the income of 2025 and 2024; a question about 2019 gets neither."""
    answer = json.loads(yiju("ask", "穗禾冷链2019年收入多少？", "--library", library, "--json").stdout)
    assert (answer["reason"], answer["citations"]) == ("not_answered", [])


def test_a_batch_run_holds_the_floors_and_another_does_not_differ(library, run, tmp_path):
    """The project's set: no score below its floor, and (`make soak`; below for a part) all the same a second time."""
    second = run
    if SOAK:
        second = tmp_path / "second"
        yiju("eval", "run", SET / "questions.jsonl", "--out", second, "--library", library)
    summary = json.loads((second / "summary.json").read_text(encoding="utf-8"))
    assert (summary["rows"], summary["errors"]) == (len(load_questions(SET / "questions.jsonl")), 0)
    assert {p.name for p in second.iterdir()} == {MANIFEST, ROWS, *MADE}
    found = json.loads(yiju("eval", "compare", run, second, "--json").stdout)
    assert found["floors"]
    assert (found["same_scores"], found["same_answers"], found["failures"]) == (True, True, [])


def test_a_run_below_the_floors_fails(library, run, tmp_path):
    """A whole run of the project's set that answers nothing is told with exit code 100, figure by figure."""
    bad = tmp_path / "bad"
    shutil.copytree(run, bad)
    rows = [json.loads(line) for line in (run / ROWS).read_text(encoding="utf-8").splitlines()]
    for row in rows:
        row["prediction"] |= {"answer": "不知道。", "abstained": True, "short_answer": None, "citations": []}
    (bad / ROWS).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    yiju("eval", "score", bad, "--library", library)
    told = yiju("eval", "compare", run, bad, expect=100).stderr
    assert "acc" in told
    assert "floor" in told


def _rows_without_times(folder):
    rows = [json.loads(line) for line in (folder / ROWS).read_text(encoding="utf-8").splitlines()]
    for row in rows:
        row["prediction"].pop("timings_ms")
    return rows


def test_a_killed_run_goes_on_as_if_nothing_had_happened(library, run, tmp_path):
    """The command, killed at random points and resumed, ends with the rows of the run that was never killed."""
    out, random = tmp_path / "killed", Random(7)
    arguments = ["eval", "run", SET / "questions.jsonl", "--out", out, "--library", library]
    arguments += [] if SOAK else ["--limit", 8]
    command = [sys.executable, "-m", "ui.cli", *map(str, arguments)]
    for _ in range(20 if SOAK else 2):
        again = ["--resume"] if (out / MANIFEST).exists() else []
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen([*command, *again], cwd=ROOT, env=ENVIRONMENT, **quiet) as one:
            try:
                one.wait(random.uniform(0.5, 3))
            except subprocess.TimeoutExpired:
                one.kill()
    yiju(*arguments, *(["--resume"] if (out / MANIFEST).exists() else []))
    rows = _rows_without_times(out)
    assert rows == _rows_without_times(run)[: len(rows)]
    assert len(rows) == (len(load_questions(SET / "questions.jsonl")) if SOAK else 8)
    assert (run / TREC_RUN).read_bytes().startswith((out / TREC_RUN).read_bytes())


def test_fixed_passages_need_no_library(tmp_path):
    """Questions that bring their passages run with no index, and offsets lie in those passages."""
    text = "澜江大桥五月一日正式通车，全长一千二百米，总投资三亿元。"
    row = {
        "id": "f1",
        "question": "澜江大桥总投资多少？",
        "answers": ["三亿元"],
        "contexts": [{"id": "c1", "text": text}],
    }
    (tmp_path / "set.jsonl").write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    yiju("eval", "run", "set.jsonl", "--out", "out", "--answer-always", cwd=tmp_path)
    line = json.loads((tmp_path / "out" / "per_question.jsonl").read_text(encoding="utf-8"))
    assert line["status"] == "ok"
    citation = line["prediction"]["citations"][0]
    assert citation["article_id"] == citation["path"] == "c1"
    assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert not (tmp_path / ".yiju").exists()


def test_a_question_without_library_needs_one(tmp_path):
    """A set that must be looked up says what to run first."""
    (tmp_path / "set.jsonl").write_text('{"id": "1", "question": "问？"}\n', encoding="utf-8")
    yiju("eval", "run", "set.jsonl", "--out", "out", cwd=tmp_path, expect=4)


def test_user_errors_have_their_codes(library, tmp_path):
    """One line each, the right exit code, nothing lost."""
    yiju("ask", "", "--library", library, expect=5)
    yiju("ask", "长" * 10_000, "--library", library, expect=5)
    yiju("ask", "问？", "--library", tmp_path / "none", expect=4)
    yiju("articles", "show", "nope", "--library", library, expect=5)
    yiju("index", tmp_path / "nowhere", "--library", tmp_path / "l", expect=5)
    yiju("ask", expect=2)
    yiju("nonsense", expect=2)
    yiju("ask", "问？", "--as-of", "yesterday", "--library", library, expect=2)
    (tmp_path / "a-file").write_text("x")
    yiju("index", SET / "articles", "--library", tmp_path / "a-file" / "l", expect=5)
    (tmp_path / "history.json").write_text("{")
    yiju("ask", "问？", "--history", tmp_path / "history.json", "--library", library, expect=5)
    (tmp_path / "binary").mkdir()
    (tmp_path / "binary" / "a.txt").write_bytes(bytes(range(256)) * 8)
    yiju("index", tmp_path / "binary", "--library", tmp_path / "l", expect=5)


def test_a_missing_reader_stops_the_command(library, tmp_path, monkeypatch):
    """Exit 3, never a weaker answer."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom models import store\n"
        f"store.WEIGHTS = Path({str(tmp_path)!r})\n"
        "from ui.cli import main\nsys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", program, "ask", "问？", "--library", str(library)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert "git checkout" in done.stderr


def test_models_are_whole():
    """Every shipped file is the catalogue's."""
    assert yiju("models", "verify").stdout.count("whole") == 2
