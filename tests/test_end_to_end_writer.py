"""A writer as people use it: a real GGUF in a real process, through the command line, over the project's articles.

The model is one that the tests make: it says a given text, whatever it is asked.
"""

import json
import os
import shlex
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from models.errors import ModelError
from models.random_gguf import scripted_gguf
from models.writers import inspect_writer
from rag.assemble import open_indexer
from rag.events import Finished, Progress, Token
from rag.types import AbstainReason
from ui.engine import LibraryEngine, index_command

ROOT = Path(__file__).resolve().parent.parent
ARTICLES = ROOT / "eval" / "sets" / "project" / "articles"
QUESTION = "青汀洪灾直接经济损失多少？"
SAID = "青汀洪灾造成直接经济损失4.15亿元[1]。倒塌房屋630间[1]。累计转移1.42万人[1][9]。"
pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A library and a models folder with two writers and a broken one."""
    root = tmp_path_factory.mktemp("writer")
    open_indexer(root / "library").run([ARTICLES])
    (root / "models").mkdir()
    scripted_gguf(root / "models" / "talk.gguf", SAID)
    scripted_gguf(root / "models" / "silent.gguf", "")
    whole = (root / "models" / "talk.gguf").read_bytes()
    (root / "models" / "cut.gguf").write_bytes(whole[: len(whole) // 2])
    return root


@pytest.fixture
def yiju(place):
    def run(*arguments, expect=0, given=None):
        done = subprocess.run(
            [sys.executable, "-m", "ui.cli", *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=place,
            check=False,
            input=given,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "YIJU_MODELS": str(place / "models")},
        )
        assert done.returncode == expect, done.stderr
        assert "Traceback" not in done.stderr
        if expect:
            assert done.stderr.startswith("error: ")
            assert done.stderr.count("\n") == 1, done.stderr
        return done

    return run


@pytest.fixture(scope="module")
def engine(place):
    before, os.environ["YIJU_MODELS"] = os.environ.get("YIJU_MODELS"), str(place / "models")
    with closing(LibraryEngine(place / "library")) as made:
        yield made
    os.environ.pop("YIJU_MODELS") if before is None else os.environ.update(YIJU_MODELS=before)


def finished(events):
    answer = [event for event in events if isinstance(event, Finished)]
    assert len(answer) == 1
    return answer[0].answer


def test_ask_writes_checks_and_keeps_the_draft(yiju):
    """What holds is cited, what does not is withdrawn, and what was written stays beside the answer."""
    answer = json.loads(yiju("ask", QUESTION, "--json", "--library", "library", "--writer", "talk").stdout)
    assert answer["mode"] == "write"
    assert answer["answer"] == "青汀洪灾造成直接经济损失4.15亿元。[1]累计转移1.42万人。[1]"
    assert answer["models"]["writer"] == "talk"
    assert answer["draft"]["text"] == SAID
    assert [sentence["kept"] for sentence in answer["draft"]["sentences"]] == [True, False, True]
    assert answer["draft"]["sentences"][1]["faults"] == [{"kind": "number", "text": "630间"}]
    assert "直接经济损失4.15亿元" in answer["citations"][0]["quote"]
    assert answer["timings_ms"]["write"] > 0


def test_ask_names_the_mode_and_what_was_withdrawn(yiju):
    said = yiju("ask", QUESTION, "--library", "library", "--writer", "models/talk.gguf").stdout
    assert "生成式 · talk" in said
    assert "撤下 1 句" in said
    assert "把握" not in said


def test_a_run_through_a_writer_names_it(yiju, place):
    """A batch is written like a single answer, and its manifest says by which model."""
    questions = place / "q.jsonl"
    questions.write_text(json.dumps({"id": "q1", "question": QUESTION, "answers": [["4.15亿元"]]}), encoding="utf-8")
    yiju("eval", "run", questions, "--out", "run", "--library", "library", "--writer", "talk")
    assert json.loads((place / "run" / "manifest.json").read_text())["models"]["writer"].startswith("talk ")
    row = json.loads((place / "run" / "per_question.jsonl").read_text())
    assert row["prediction"]["mode"] == "write"
    assert row["metrics"]["acc"] == 1.0


def test_the_models_folder_is_listed(yiju):
    rows = {row["name"]: row for row in json.loads(yiju("models", "list", "--json").stdout)}
    assert rows["talk"]["role"] == "writer"
    assert rows["talk"]["problem"] is None
    assert "cut" in rows["cut"]["problem"]


@pytest.mark.parametrize("writer", ["cut", "models/cut.gguf", "nobody", "no/such.gguf", str(ARTICLES)])
def test_a_writer_that_cannot_be_used_is_one_line(yiju, writer):
    yiju("ask", QUESTION, "--library", "library", "--writer", writer, expect=3)


def test_one_line_for_an_embedding_model(yiju):
    yiju("ask", QUESTION, "--library", "library", "--writer", ROOT / "models" / "weights" / "reader.gguf", expect=3)


def test_the_page_finds_writers_and_switches(engine):
    """One engine answers by quoting and through any writer in the folder, from question to question."""
    assert {found["name"]: found["problem"] is None for found in engine.writers()} == {
        "cut": False,
        "silent": True,
        "talk": True,
    }
    broken = next(found for found in engine.writers() if found["name"] == "cut")
    assert "不完整" in broken["problem"]
    assert engine.writer is None
    assert finished(engine.answerer().stream(QUESTION)).mode == "quote"
    assert finished(engine.answerer("talk").stream(QUESTION)).draft.text == SAID
    silent = finished(engine.answerer("silent").stream(QUESTION))
    assert silent.abstention is AbstainReason.UNSUPPORTED
    assert "什么也没有写" in silent.text
    assert finished(engine.answerer("talk").stream(QUESTION)).mode == "write"


def test_a_broken_writer_is_told_and_the_next_question_goes_on(engine):
    with pytest.raises(ModelError, match="cut"):
        list(engine.answerer("cut").stream(QUESTION))
    assert finished(engine.answerer().stream(QUESTION)).mode == "quote"


def test_a_writer_whose_process_dies_takes_nothing_with_it(engine):
    """Killed while it writes: one line, and the next question starts another process."""
    events = engine.answerer("talk").stream(QUESTION)
    for event in events:
        if isinstance(event, Progress):
            break
    os.kill(engine._opened[1].pid, signal.SIGKILL)
    with pytest.raises(ModelError) as told:
        list(events)
    assert "\n" not in str(told.value)
    assert finished(engine.answerer("talk").stream(QUESTION)).draft.text == SAID


def test_a_stopped_question_frees_the_writer(engine):
    with closing(engine.answerer("talk").stream(QUESTION)) as events:
        for event in events:
            if isinstance(event, Token):
                break
    assert finished(engine.answerer("talk").stream(QUESTION)).draft.text == SAID


def test_the_given_writer_is_the_one_to_begin_with(place):
    with closing(LibraryEngine(place / "library", writer=inspect_writer(place / "models" / "talk.gguf"))) as made:
        assert made.writer == "talk"
        assert made.describe()["mode"] == "write"
        assert made.describe()["models"]["writer"] == "talk"


def test_the_page_says_what_to_type_for_this_very_library(place, tmp_path, monkeypatch):
    """The command that an empty library's page shows brings articles into that library, from where the page was started."""
    monkeypatch.chdir(ROOT)
    assert index_command(tmp_path).endswith(f"index --library {tmp_path}")
    words = shlex.split(index_command(Path(".yiju")))
    assert words[1:] == ["index"]
    assert words[0] == "yiju" or Path(words[0]).exists()


def test_verify_tells_which_figure_is_wrong(yiju):
    given = json.dumps({"sentence": "倒塌房屋630间。", "cited": "这次灾害共倒塌房屋63间。"}, ensure_ascii=False)
    assert json.loads(yiju("verify", "--json", given=given).stdout) == {
        "supported": False,
        "faults": [{"kind": "number", "text": "630间"}],
    }
    assert yiju("verify", given="倒塌房屋63间。\n这次灾害共倒塌\n房屋63间。").stdout.startswith("supported")


@pytest.mark.parametrize("given", ["", "{", '{"sentence": "x"}', "一句话", '{"sentence": 3, "cited": "y"}'])
def test_nothing_to_verify_is_one_line(yiju, given):
    yiju("verify", given=given, expect=5)
