"""The benchmarks: what is held out, that runs go on, and that the page says what it must."""

import json
import shlex
from argparse import Namespace
from contextlib import contextmanager
from pathlib import Path

import pytest

from eval.benchmarks.__main__ import main, make
from eval.benchmarks.document import document
from eval.benchmarks.rows import ROWS, chosen
from eval.benchmarks.running import System, finished, run_row
from eval.benchmarks.sets import (
    FITTED,
    SIMPLIFIED,
    UNFITTED,
    fitted_questions,
    held_out,
    same_as_trained,
    trained_files,
    write_sets,
)
from eval.calibrate import SEED, write_articles
from eval.check import findings
from eval.fakes import FakeArticles, ScriptedAnswerer, quoted
from eval.loaders.registry import LOADERS, find_source
from eval.questions import load_questions
from models.errors import BadInputError, UsageError
from models.fold import fold_text
from models.training.sources import QUESTION_SOURCES, human_question, is_development, is_held_out_news, sha256_of
from tests.conftest import SOAK
from ui.cli import build_parser

LICENCE = "CC BY-SA 4.0"
PLACES = ("青石镇", "澜江", "柳溪", "云台")


def _passage(number: int) -> str:
    place = PLACES[number % len(PLACES)]
    return f"{place}第{number}届书展八月{number % 28 + 1}日开幕，主办方是{place}文化站，入场{number}千人次。"


def _rows(source: str, wanted_held_out: int, others: int) -> list[dict[str, object]]:
    """Invented passages, two questions each: so many that the split holds out, and so many that it does not."""
    rows: list[dict[str, object]] = []
    left = {True: wanted_held_out, False: others}
    start = 1000 * sum(source.encode())
    for number in range(start, start + 5000):
        passage = _passage(number)
        development = is_development(source, fold_text(passage))
        if not left[development]:
            continue
        left[development] -= 1
        place = PLACES[number % len(PLACES)]
        shared = {
            "passage": passage,
            "title": f"书展{number}",
            "source": source,
            "license": LICENCE,
            "answerable": True,
        }
        asked = (
            (f"第{number}届书展何时开幕？", f"八月{number % 28 + 1}日"),
            (f"第{number}届书展由谁主办？", f"{place}文化站"),
        )
        rows += [
            {"id": f"{source}-{number}-{n}", "question": question, "answers": [answer], **shared}
            for n, (question, answer) in enumerate(asked)
        ]
    return rows


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder in the shape of the real one; all of it is invented."""
    folder = tmp_path_factory.mktemp("data")
    for source, held, others in (
        ("cmrc2018_train", 3, 3),
        ("cmrc2018_trial", 0, 2),
        ("drcd_dev", 2, 3),
        ("xquad_zh", 2, 1),
    ):
        rows = _rows(source, held, others)
        _write(folder / "rc" / f"{source}.jsonl", rows)
        if source == "drcd_dev":  # folded otherwise, so that its own hash would split it otherwise
            simplified = [row | {"id": f"{row['id']}_s", "passage": f"{row['passage']}（简体）"} for row in rows]
            _write(folder / "rc" / "drcd_dev_s.jsonl", simplified)
    news = [{"id": f"n{number}", "text": f"柳溪水文站第{number}号通报：水位平稳。"} for number in range(40)]
    _write(folder / "news" / "news-1.jsonl", news)
    return folder


@pytest.fixture
def fitted_on_four(monkeypatch, tmp_path_factory):
    """A calibration that took four questions: the real one took more than this data has."""
    path = tmp_path_factory.mktemp("calibration") / "calibration.json"
    path.write_text(json.dumps({"fitted": {"questions": [4, 0]}}))
    monkeypatch.setattr("eval.benchmarks.__main__.CALIBRATION", path)


def _written(data, tmp_path, fitted=4):
    write_sets(data, tmp_path / "sets", fitted, data / "news")
    return tmp_path / "sets"


# --- what is held out


def test_no_passage_that_was_trained_on_is_in_a_set(data, tmp_path):
    """The sets and training use one split: what training keeps is in no set that is called held out."""
    trained = set()
    for source in QUESTION_SOURCES:
        for line in (data / "rc" / f"{source.name}.jsonl").read_text(encoding="utf-8").splitlines():
            question = human_question(json.loads(line), source.name)
            if not question.development:
                trained.add(question.passage)
    assert trained
    folder = _written(data, tmp_path)
    for row in ROWS:
        if row.questions is None or row.questions == "project-test.jsonl":
            continue
        passages = {
            fold_text(context.text).removesuffix("(简体)")
            for question in load_questions(folder / row.questions)
            for context in question.contexts or ()
        }
        assert passages.isdisjoint(trained) is row.held_out, row.name
    for name in ("open", "removed"):
        for file in (f"{name}.articles.jsonl", f"{name}-news.articles.jsonl"):
            lines = (folder / file).read_text(encoding="utf-8").splitlines()
            assert trained.isdisjoint(fold_text(json.loads(line)["text"]) for line in lines)


def test_simplified_questions_go_with_their_originals(data, tmp_path):
    """The hash of the Simplified passage says nothing of what was trained on: the original's does."""
    originals = {asked.id for asked in held_out(data, "drcd_dev")}
    assert {asked.id for asked in held_out(data, SIMPLIFIED.name)} == {f"{name}_s" for name in originals}
    (tmp_path / "rc").mkdir()
    for name in ("drcd_dev", "drcd_dev_s"):
        lines = (data / "rc" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        (tmp_path / "rc" / f"{name}.jsonl").write_text(
            "".join(lines[2:] if name == "drcd_dev" else lines), encoding="utf-8"
        )
    with pytest.raises(BadInputError, match="nobody knows whether training saw it"):
        held_out(tmp_path, SIMPLIFIED.name)


def test_the_questions_of_the_calibration_are_known(data, tmp_path):
    """They are told by repeating the draw of `eval.calibrate`, over the same list in the same order."""
    import random

    drawn = write_articles(data, data / "news", tmp_path, 0)
    random.Random(SEED).shuffle(drawn)
    fitted = fitted_questions(data, 4)
    folder = _written(data, tmp_path)
    tagged = {q.question for q in load_questions(folder / "open.jsonl") if FITTED in q.tags}
    assert tagged == {gold.question for gold in drawn[:4]}
    assert len(fitted) == 4
    assert not any(FITTED in q.tags for q in load_questions(folder / "removed.jsonl"))


def test_an_article_is_in_the_library_or_its_questions_have_no_answer(data, tmp_path):
    """Answerable questions have their passage among the articles, the others have none of that title there."""
    folder = _written(data, tmp_path)
    articles = {}
    for line in (folder / "removed.articles.jsonl").read_text(encoding="utf-8").splitlines():
        article = json.loads(line)
        articles[article["id"]] = article["text"]
    questions = load_questions(folder / "removed.jsonl")
    assert {question.answerable for question in questions} == {True, False}
    for question in questions:
        number = question.question[: question.question.index("届")]
        there = any(number in text for text in articles.values())
        assert there is question.answerable
        assert all(evidence.quote in articles[evidence.doc_id] for evidence in question.evidence)
    news = (folder / "removed-news.articles.jsonl").read_text(encoding="utf-8").splitlines()
    mixed = {json.loads(line)["id"] for line in news} - set(articles)
    assert mixed == {f"news-n{n}" for n in range(40) if is_held_out_news(f"n{n}")}


def test_the_sets_are_sound_and_the_same_each_time(data, tmp_path):
    """No problem, no warning, and equal bytes: runs can go on."""
    folder = _written(data, tmp_path)
    again = _written(data, tmp_path / "again")
    names = sorted(path.name for path in folder.iterdir())
    assert {row.questions for row in ROWS} - {None} <= set(names)
    for name in names:
        assert (folder / name).read_bytes() == (again / name).read_bytes()
        if not name.endswith(".articles.jsonl"):
            assert findings(folder / name) == ([], [])


def test_the_cards_tell_which_files_were_trained_on(data, tmp_path):
    """The hash of a file is compared with that of the model card: another release may be split otherwise."""
    weights = Path(__file__).resolve().parent.parent / "models" / "weights"
    trained = trained_files([weights / "reader.md", weights / "embedder" / "README.md"])
    assert {f"{source.name}.jsonl.xz" for source in QUESTION_SOURCES} <= set(trained)
    file = data / "rc" / "xquad_zh.jsonl"
    assert same_as_trained(data, "xquad_zh", {file.name: sha256_of(file)}) is True
    assert same_as_trained(data, "xquad_zh", {file.name: "0" * 64}) is False
    assert same_as_trained(data, "xquad_zh", {}) is None


# --- runs


class Fakes:
    """Opens answerers that quote the gold of every third question and decline the rest."""

    def __init__(self, work):
        self.work = work
        self.asked: list[str] = []

    @contextmanager
    def __call__(self, library, articles, settings):
        """Give an answerer; `asked` counts over all of them."""
        answerer = ScriptedAnswerer(self._script())
        yield System(answerer, FakeArticles({}), {"reader": "fake 1"}, None if library is None else "1")
        self.asked += answerer.asked

    def _script(self):
        script = {}
        for path in (self.work / "sets").glob("*.jsonl"):
            for number, question in enumerate([] if ".articles" in path.name else load_questions(path)):
                if question.contexts and number % 3 == 0:
                    fixed = FakeArticles({c.id: c.text for c in question.contexts}).article(question.contexts[0].id)
                    gold = question.answers[0][0]
                    script[question.question] = quoted(question.question, fixed, gold, gold)
        return script


def _options(data, tmp_path, **changes):
    defaults = {
        "data": data,
        "out": tmp_path / "docs" / "b.md",
        "work": tmp_path,
        "news": None,
        "limit": None,
        "only": "",
    }
    return Namespace(**{**defaults, **changes})


def _sections(page):
    return {part.partition("\n")[0]: part for part in page.split("\n## ")[1:]}


@pytest.mark.usefixtures("fitted_on_four")
def test_the_page_is_made_and_runs_are_not_repeated(data, tmp_path):
    """Every row has its section and its command; a second call asks nothing and writes the same page."""
    fakes = Fakes(tmp_path)
    assert make(_options(data, tmp_path, limit=5), fakes, "the command")
    page = (tmp_path / "docs" / "b.md").read_text(encoding="utf-8")
    asked = len(fakes.asked)
    assert asked > 0
    sections = _sections(page)
    for row in ROWS:
        section = sections[row.title]
        assert row.protocol in section
        assert f"Training: {row.seen}" in section
        assert ("**Not run yet.**" in section) is row.news
        assert row.news or "| **Yiju** |" in section
        assert row.articles or "| baseline: best sentence |" in section  # the fake finds nothing in libraries
        for command in row.commands(tmp_path, 5):
            assert command.replace(str(tmp_path), "WORK") in section
    assert "`the command`" in page
    assert "`fake 1`" in page
    assert "a stratified 5 questions of each set" in page
    assert "in doubt: cmrc2018_train" in sections["CMRC2018, held-out part of the training set"]  # invented data
    assert make(_options(data, tmp_path, limit=5), fakes, "the command")
    assert len(fakes.asked) == asked
    assert (tmp_path / "docs" / "b.md").read_text(encoding="utf-8") == page


def test_an_interrupted_run_goes_on(data, tmp_path):
    """Rows that were answered stay; the page can be written from what there is."""
    row = next(row for row in ROWS if row.name == "xquad-held-out")
    _written(data, tmp_path)
    questions = load_questions(tmp_path / "sets" / row.questions)

    @contextmanager
    def interrupting(library, articles, settings):
        yield System(ScriptedAnswerer({questions[1].question: KeyboardInterrupt()}), None, {"reader": "fake 1"}, None)

    assert not run_row(row, tmp_path, interrupting, progress=False)
    assert finished(row.run_folder(tmp_path, None)) is None
    page = document([row], tmp_path, limit=None, command="c", sources={})
    assert "**Not run yet.**" in page
    fakes = Fakes(tmp_path)
    assert run_row(row, tmp_path, fakes, progress=False)
    assert fakes.asked == [question.question for question in questions[1:]]
    assert finished(row.run_folder(tmp_path, None))["rows"] == len(questions)


def test_another_model_is_another_run(data, tmp_path):
    """Answers of two models are never mixed; the way out is told."""
    row = next(row for row in ROWS if row.name == "xquad-held-out")
    _written(data, tmp_path)
    assert run_row(row, tmp_path, Fakes(tmp_path), progress=False)

    @contextmanager
    def other(library, articles, settings):
        yield System(ScriptedAnswerer({}), None, {"reader": "fake 2"}, None)

    with pytest.raises(BadInputError, match="another --work"):
        run_row(row, tmp_path, other, progress=False)


def test_a_part_with_nothing_fitted_has_its_own_line(data, tmp_path):
    """Where some questions took part in fitting, the figures of the others stand beside."""
    row = next(row for row in ROWS if row.name == "cmrc-held-out")
    _written(data, tmp_path, fitted=6)
    tags = [set(question.tags) for question in load_questions(tmp_path / "sets" / row.questions)]
    assert any(FITTED in found for found in tags)
    assert any(UNFITTED in found for found in tags)
    run_row(row, tmp_path, Fakes(tmp_path), progress=False)
    assert "| Yiju, where nothing was fitted |" in document([row], tmp_path, limit=None, command="c", sources={})


def test_rows_are_chosen_by_name():
    """A name that means nothing, or a row without its data, is refused in one line."""
    assert [row.name for row in chosen(["open", "project"], news=False)] == ["project", "open"]
    assert {row.name for row in chosen([], news=True)} - {row.name for row in chosen([], news=False)} == {
        "unanswerable-news",
        "open-news",
    }
    with pytest.raises(UsageError, match="'opne' is no row; there are: project"):
        chosen(["opne"], news=False)
    with pytest.raises(UsageError, match="--news"):
        chosen(["open-news"], news=False)


def test_commands_can_be_typed(tmp_path):
    """Every command of the page, those for other people's files too, is one that the parser takes."""
    from eval.benchmarks.published import CRUD_COMMANDS, RGB_COMMANDS

    parser = build_parser()
    lines = [line for row in ROWS for limit in (None, 5) for line in row.commands(tmp_path, limit)]
    for line in [*lines, *RGB_COMMANDS, *CRUD_COMMANDS]:
        program, *rest = shlex.split(line)
        assert program == "yiju"
        arguments = parser.parse_args(rest)
        if ":" in (written := str(getattr(arguments, "questions", ""))):
            source = find_source(written)
            assert source is not None
            assert source.loader.name in LOADERS


def test_mistakes_end_with_one_line(tmp_path, capsys):
    """No data, or a row that is not there: the exit code and a line, no traceback."""
    common = ["--data", str(tmp_path), "--out", str(tmp_path / "b.md"), "--work", str(tmp_path / "w")]
    assert main([*common, "--only", "x"]) == UsageError.exit_code
    assert "'x' is no row" in capsys.readouterr().err
    assert main(common) == BadInputError.exit_code
    assert "cmrc2018_train" in capsys.readouterr().err


@pytest.mark.models
@pytest.mark.usefixtures("fitted_on_four")
def test_the_bundled_models_run_every_row(data, tmp_path):
    """The whole way on a handful of invented questions: libraries are made, questions asked, the page written."""
    out = tmp_path / "b.md"
    common = ["--data", str(data), "--news", str(data / "news"), "--out", str(out), "--work", str(tmp_path)]
    # A row of each kind: over the project's articles, over passages of its own, over a library made for it.
    rows = [row for row in ROWS if SOAK or row.name in {"project", "cmrc-held-out", "unanswerable"}]
    assert SOAK or len(rows) == 3
    assert main([*common, "--limit", "3", "--only", ",".join(row.name for row in rows)]) == 0
    page = out.read_text(encoding="utf-8")
    assert ("**Not run yet.**" in page) is not SOAK
    assert "yiju-reader" in page
    assert str(tmp_path) not in page  # no path of the machine that made it
    assert "--library WORK/libraries/" in page
    for row in rows:
        summary = finished(row.run_folder(tmp_path, 3))
        assert summary["errors"] == 0
        assert summary["rows"] == 3
