"""Whatever is asked of whatever library: an answer, passages, or one line; never a traceback."""

import json
from datetime import date

import pytest

from models.errors import BadInputError, YijuError
from rag.answering.question import LONGEST
from rag.assemble import open_answerer, open_indexer, open_models
from rag.events import Finished
from rag.types import AbstainReason
from tests import stories
from tests.conftest import SOAK
from ui.cli import main

pytestmark = pytest.mark.models

BRIDGE = "# 澜江大桥通车\n\n2024-05-01 来源：澜江日报\n\n澜江大桥五月一日通车，全长一千二百米，总投资三亿元。\n"
ONE_CHARACTER = ("京", "桥", "谁", "a", "1", "亿", "年", "𠮷")
NOTHING = (
    "？",
    "。。！！",
    "…—·",
    "“”",
    "*",
    "%_",
    "😀",
    "👨\u200d👩\u200d👧",
    "\u200b",
    "(",
    "^",
    "Сколько стоит мост?",
    "كم؟",
)
OPERATORS = (
    "AND", "OR NOT", "大桥 AND 投资 OR NEAR(大桥 投资)", "大桥*", '"大桥', "(大桥", "大桥:封闭", "^大桥", "-大桥",
    "NEAR/3", "'; DROP TABLE article; --", "title:大桥", "大桥~2", "[大桥 TO 投资]", "{大桥}", "\\", "大桥\\",
)  # fmt: skip
LANGUAGES = (
    "What is the total investment?",
    "橋の総投資額はいくらですか",
    "다리 투자액은 얼마입니까",
    "🌉大桥😀投资多少",
)
IMPOSSIBLE = (
    "2月30日发生了什么", "2023年2月30日大桥怎么了", "2023年13月的新闻", "9999年的报道", "9999年12月31日以后的报道",
    "0年发生了什么", "0000年1月1日的报道", "10000年以后的大桥", "99999999999999999999年", "近0年", "近-1年",
    "一亿年前", "公元前221年", "2024年99月99日澜江日报的报道", "12月32日", "近99999年", "第53周", "25点61分",
)  # fmt: skip
LONG = ("大桥" * 900, "大" * LONGEST, "1" * LONGEST, "零" * LONGEST, "2023年" * 400, "（" * LONGEST, "去年" * 900)
MEANT = (
    "\u200b大\u200b桥\u200b投资\u200b多少",
    "\ufeff大桥投资多少",
    "大桥\x00投资多少",
    "大桥\n投资\t多少",
    "\ud800大桥投资多少",
)


@pytest.fixture(scope="module")
def models():
    opened = open_models()
    yield opened
    opened.reader.close()


def opened(work, models, *texts):
    folder = work / "articles"
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / f"{number}.md").write_text(text, encoding="utf-8")
    open_indexer(work / "library").run([folder])
    return open_answerer(work / "library", models=models)


@pytest.fixture(scope="module")
def library(tmp_path_factory, models):
    return opened(tmp_path_factory.mktemp("hostile"), models, BRIDGE, *map(stories.text, range(4)))


def answered(assembled, question, **options):
    return next(e.answer for e in assembled.answerer.stream(question, **options) if isinstance(e, Finished))


@pytest.mark.parametrize("question", ONE_CHARACTER)
def test_one_character_is_no_question(library, question):
    """Passages with it are shown; nothing in them is called the answer."""
    answer = answered(library, question)
    assert answer.abstention is not None
    assert answer.confidence == 0.0


def test_a_character_shows_its_passages(library):
    assert any("桥" in hit.passage.text for hit in answered(library, "桥").hits[:3])


@pytest.mark.parametrize("question", NOTHING)
def test_nothing_to_look_for_finds_nothing(library, question):
    """Signs, emoji, a script that no article has."""
    assert answered(library, question).abstention is AbstainReason.NOTHING_FOUND


@pytest.mark.parametrize("question", [*OPERATORS, *LANGUAGES, *IMPOSSIBLE, *(LONG if SOAK else LONG[:3])])
def test_anything_has_an_outcome(library, question):
    """An answer with its citation, or none with its reason; the same each time."""
    answer = answered(library, question)
    assert (answer.abstention is None) == bool(answer.citations)
    again = answered(library, question)
    assert (again.text, again.hits) == (answer.text, answer.hits)


@pytest.mark.parametrize("question", MEANT)
def test_what_cannot_be_seen_changes_nothing(library, question):
    """Zero-width characters, a byte order mark, NUL, half a character."""
    assert answered(library, question).short_answer == "三亿元"


@pytest.mark.parametrize("question", ["", "  \n", "大" * (LONGEST + 1), "桥" * 10_000])
def test_empty_and_too_long_is_one_line(library, question):
    """What is wrong, the rule, what to do."""
    with pytest.raises(BadInputError, match="the question"):
        answered(library, question)


@pytest.mark.parametrize("as_of", [date.min, date(999, 12, 31), date(9001, 1, 1), date.max])
def test_an_end_of_the_calendar_is_one_line(library, as_of):
    """近三年 would begin before the first day there is."""
    with pytest.raises(BadInputError, match="years 1000 to 9000"):
        answered(library, "近三年大桥投资多少", as_of=as_of)


@pytest.mark.parametrize("as_of", [date(1000, 1, 1), date(9000, 12, 31), date(2024, 2, 29)])
@pytest.mark.parametrize(
    "question", ["近三年", "去年的报道", "本周", "近30天", "上个月", "最新消息", "近20年", "上半年", "明年"]
)
def test_any_other_day_can_be_counted_from(library, question, as_of):
    """Leap days, and years with no article anywhere near."""
    assert answered(library, question, as_of=as_of).text


@pytest.mark.parametrize("text", ["澜江大桥总投资三亿元。", "# 澜江大桥通车\n\n2024-05-01 来源：澜江日报\n", "桥"])
def test_a_library_of_next_to_nothing(tmp_path, models, text):
    """One passage; a head without a body; one character."""
    try:
        assembled = opened(tmp_path, models, text)
    except YijuError as error:
        assert "\n" not in str(error)
        return
    for question in ("大桥投资多少", "桥", "？", "这篇文章是谁写的", "什么时候发布的报道", "最新的报道", "2月30日"):
        answer = answered(assembled, question)
        assert (answer.abstention is None) == bool(answer.citations)


def test_articles_of_days_at_the_ends_of_the_calendar(tmp_path, models):
    """A typing error in a record's date must not stop questions about time."""
    path = tmp_path / "news.jsonl"
    rows = [
        {"id": str(n), "text": stories.text(n), "published": day} for n, day in enumerate(("0001-01-01", "9999-12-31"))
    ]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    open_indexer(tmp_path / "library").run([path])
    assembled = open_answerer(tmp_path / "library", models=models)
    for question in ("最新的报道", "去年投资多少", "近三年的报道", "9999年的报道", "9999年12月发布的报道", "1年的报道"):
        for as_of in (None, date(2024, 5, 1)):
            assert answered(assembled, question, as_of=as_of).text


def test_a_deleted_article_between_two_questions(tmp_path, models, monkeypatch):
    """The page that stays open: it answers, the file goes, and the next answer does not rest on it."""
    from ui import engine

    monkeypatch.setattr(engine, "open_models", lambda root: models)
    opened(tmp_path, models, BRIDGE, stories.text(3)).library.close()
    page = engine.LibraryEngine(tmp_path / "library")

    def ask():
        return next(e.answer for e in page.answerer().stream("澜江大桥投资多少") if isinstance(e, Finished))

    cited = ask().citations[0].article_id
    assert page.article(cited).title == "澜江大桥通车"
    (tmp_path / "articles" / "0.md").unlink()
    open_indexer(tmp_path / "library").run([tmp_path / "articles"])
    answer = ask()
    assert cited not in {hit.passage.article_id for hit in answer.hits}
    with pytest.raises(BadInputError, match="there is no article"):
        page.article(cited)
    page.close()


def test_the_command_itself(library, capsys):
    """Bytes that are no text, a question that looks like an option, a day at the end of the calendar."""
    root = ["--library", str(library.library.folder.parent.parent)]
    assert main(["ask", "\udcff大桥投资多少", "--json", *root]) == 0
    assert json.loads(capsys.readouterr().out)["short_answer"] == "三亿元"
    assert main(["ask", "-大桥", *root]) == 2
    assert main(["ask", "近三年", "--as-of", "0001-01-01", *root]) == 5
    assert main(["ask", "近三年", "--as-of", "2024-02-30", *root]) == 2
    told = capsys.readouterr().err.splitlines()
    assert [line.startswith("error: ") for line in told] == [True] * 3
