"""Questions that one report asks of another: what they hold, which are refused, and the step that makes them."""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from models.errors import ModelError  # noqa: E402 — after the check that torch is there
from models.reader_input import vocabulary_index  # noqa: E402
from models.training import report_questions  # noqa: E402
from models.training.__main__ import main  # noqa: E402
from models.training.embedder import read_tokenizer  # noqa: E402
from models.training.embedder_articles import NewsArticle, prepare_articles  # noqa: E402
from models.training.embedder_data import (  # noqa: E402
    PairDrawer,
    TokenisedArticles,
    count_pieces,
    make_tokenizer,
    pair_texts,
)
from models.training.examples import ExampleDrawer  # noqa: E402
from models.training.files import write_lines  # noqa: E402
from models.training.prepare import MadePassage, Prepared, prepare  # noqa: E402
from models.training.report_questions import prepare_reports, report_passages  # noqa: E402
from models.training.synthetic import MadeQuestion  # noqa: E402
from tests.training_samples import quiet, write_data  # noqa: E402

# Two invented reports of one invented event.
ONE = [
    "青石镇工业博物馆10月18日正式开馆,首日迎来观众3200人。",
    "博物馆由停产的青石纺织厂厂房改建,总投资1.2亿元,展出老机器260台。",
    "馆长何守义在开馆仪式上说,全年免费开放,周一闭馆检修。",
]
OTHER = [
    "由老厂房变身而来的青石镇工业博物馆10月18日与公众见面,当天有3200人前来参观。",
    "据了解,青石纺织厂停产多年,改建总投资1.2亿元,260台老机器成了展品。",
    "何守义担任首任馆长,他介绍博物馆全年免费,只在周一闭馆。",
    "镇里还计划明年在馆旁修建停车场和游客中心,方便外地游客。",
]
DAY = 738_000


def _articles() -> list[NewsArticle]:
    """Return two reports of one event, and others of the day that have no word in common with anything."""
    rng = random.Random(1)

    def strange() -> str:
        return "".join(chr(rng.randrange(0x5000, 0x9000)) for _ in range(40)) + "。"

    return [NewsArticle(DAY, ONE), NewsArticle(DAY + 1, OTHER)] + [
        NewsArticle(DAY, [strange() for _ in range(3)]) for _ in range(300)
    ]


def _made(seeds: int = 40) -> list[MadePassage]:
    """Return what the two reports ask of each other, drawn many times over."""
    return [made for seed in range(seeds) for made in report_passages(_articles()[:2], [(0, 1)], seed)]


def test_an_answer_stands_at_its_place_and_in_both_reports() -> None:
    """A question's answer is in the passage where it says, and in the report that asks; all of it is trained on."""
    made = _made()
    assert sum(len(item.questions) for item in made) > 40
    both = ["".join(ONE), "".join(OTHER)]
    assert {item.passage in both[0] for item in made} == {True, False}, "each asks the other"
    for item in made:
        told = both[0] if item.passage in both[0] else both[1]
        asking = both[1] if told is both[0] else both[0]
        assert item.passage in told
        assert (item.source, item.held_out) == ("reports", False)
        assert 1 <= len(item.questions) <= 5
        assert len({q.answer for q in item.questions}) == len(item.questions)
        for question in item.questions:
            assert item.passage[question.start : question.start + len(question.answer)] == question.answer
            assert question.answer in asking
            assert len(question.answer) > 1


def test_the_same_seed_asks_the_same() -> None:
    """What is asked depends on the seed and on the pair's two places, not on the other pairs."""
    articles = _articles()[:2]
    first = list(report_passages(articles, [(0, 1)], 4))
    assert first
    assert first == list(report_passages(articles, [(0, 1)], 4))
    more = list(report_passages([*articles, *articles], [(2, 3), (0, 1)], 4))
    assert all(made in more for made in first)
    assert len({tuple(made) for made in (list(report_passages(articles, [(0, 1)], seed)) for seed in range(6))}) > 1


@pytest.mark.parametrize(
    ("question", "passage", "kept"),
    [
        # 博物馆 and 投资 are in common, the rest is said otherwise.
        ("博物馆总共投资了多少钱?", "这座博物馆由厂房改成,投资共计1.2亿元。", True),
        # Of two places the one amid what is asked about, wherever it stands.
        ("博物馆总共投资了多少钱?", "甲镇花1.2亿元修路。" + "无关的话说了很久," * 6 + "博物馆投资1.2亿元。", True),
        # All of the question stands there word for word: nothing is learned that made questions do not teach.
        ("博物馆总投资多少", "青石镇的博物馆总投资1.2亿元,总投资多少由此可见。", False),
        # Next to nothing of it stands there: the passage does not tell.
        ("博物馆总共投资了多少钱?", "甲镇花了1.2亿元修路,乙镇种树。", False),
        ("博物馆总共投资了多少钱?", "甲镇投资1.2亿元修路,乙镇种树。", False),
        # Too often to tell anything.
        ("博物馆总共投资了多少钱?", "投资1.2亿元,博物馆投资1.2亿元,又投资1.2亿元,再投资1.2亿元。", False),
        ("博物馆总共投资了多少钱?", "博物馆投资共计三千万元。", False),
        ("博物馆总共投资了多少钱?", "", False),
    ],
    ids=["other words", "two places", "the same words", "no words", "one word", "too often", "no answer", "nothing"],
)
def test_questions_that_share_too_much_or_too_little_are_refused(question: str, passage: str, kept: bool) -> None:
    """A question is kept where runs of two or more share 30 to 85 % of it with what is around an answer."""
    place = passage.rindex("1.2亿元") if kept else None
    assert report_questions._told_at(MadeQuestion(question, "1.2亿元", 0), passage) == place


def test_an_answer_of_one_character_is_refused() -> None:
    """A single character stands anywhere."""
    asked, passage = "博物馆总共投资了多少钱?", "这座博物馆由厂房改成,投资共计三亿元。"
    assert report_questions._told_at(MadeQuestion(asked, "三亿元", 0), passage) is not None
    assert report_questions._told_at(MadeQuestion(asked, "三", 0), passage) is None


def test_reports_of_other_things_and_short_ones_are_asked_nothing() -> None:
    """A report of something else has no answer to a clause; one too short for a passage asks, but is not asked."""
    other = NewsArticle(DAY, ["山区今天有雾,能见度不足五百米,高速公路部分路段临时封闭,司机需要绕行国道。"] * 3)
    short = NewsArticle(DAY, OTHER[:1])
    passages: list[str] = []
    for seed in range(10):
        assert not list(report_passages([NewsArticle(DAY, ONE), other], [(0, 1)], seed))
        passages += [made.passage for made in report_passages([NewsArticle(DAY, ONE), short], [(0, 1)], seed)]
    assert passages
    assert all(passage in "".join(ONE) for passage in passages)


@pytest.fixture(name="work")
def _work(tmp_path: Path) -> Path:
    """Return a work folder with prepared data, articles and the embedder's tokenizer."""
    data, work = write_data(tmp_path / "data"), tmp_path / "work"
    prepare(data, data / "news", work, processes=1, say=quiet)
    rows: list[dict[str, Any]] = [{"d": article.day, "s": article.sentences} for article in _articles()]
    write_lines(work / "prepared" / "articles.jsonl", (json.dumps(row, ensure_ascii=False) for row in rows))
    counts = count_pieces(sentence for row in rows for sentence in row["s"])
    make_tokenizer(counts + Counter(dict.fromkeys("青石镇", 9)), 9000).save(str(work / "embedder-tokenizer.json"))
    return work


def test_the_step_writes_what_training_reads(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The step finds the embedder's pairs, writes their questions with the counts, twice the same, and they are read."""
    before = Prepared.load(work)
    assert main(["reports", "--work", str(work)]) == 0
    folder = work / "prepared"
    content = (folder / "reports.jsonl").read_bytes()
    record = json.loads((folder / "reports.json").read_text("utf-8"))
    found = Prepared.load(work).made[len(before.made) :]
    assert found
    assert record == {"pairs": 1, "passages": len(found), "questions": sum(len(made.questions) for made in found)}
    assert found == list(report_passages(NewsArticle.load_all(work), [(0, 1)]))
    assert f"{record['questions']} questions about {len(found)} passages" in capsys.readouterr().out
    assert prepare_reports(work, quiet) == record
    assert (folder / "reports.jsonl").read_bytes() == content


def test_the_embedder_has_the_same_pairs_and_not_the_questions(work: Path) -> None:
    """Both find pairs by the same code; the embedder, whose tokenizer they are found with, does not learn from them."""
    articles = NewsArticle.load_all(work)
    texts = pair_texts(Prepared.load(work), articles)
    prepare_reports(work, quiet)
    assert pair_texts(Prepared.load(work), articles) == texts
    tokenizer = read_tokenizer(work)
    drawer = PairDrawer(tokenizer, texts)
    assert drawer.reports.tolist() == TokenisedArticles(tokenizer, articles).same_event().tolist() == [[0, 1]]
    assert TokenisedArticles(tokenizer, []).same_event().shape == (0, 2)
    sentence = drawer.ids[drawer.sentences[0] : drawer.sentences[1]]
    assert np.array_equal(sentence, tokenizer.encode(ONE[0], add_special_tokens=False).ids)


def test_questions_of_reports_are_drawn(work: Path) -> None:
    """About two in ten of the made questions are asked by another report, few as those are."""
    prepare_reports(work, quiet)
    prepared = Prepared.load(work)
    drawer = ExampleDrawer(prepared.human, prepared.made, vocabulary_index(prepared.characters))
    assert {made.source for made in drawer.reports} == {"reports"}
    asked = {made.passage for made in drawer.reports}
    drawn = Counter[bool]()
    rng = random.Random(5)
    for _ in range(600):
        example = drawer._made(rng, 320)
        if example is not None and example.span is not None:
            drawn[any(example.window in passage for passage in asked)] += 1
    assert 0.1 < drawn[True] / drawn.total() < 0.3


def test_the_step_comes_after_the_embedder(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without its tokenizer one line says which step is first, and nothing is written."""
    path = work / "embedder-tokenizer.json"
    path.unlink()
    assert main(["reports", "--work", str(work)]) == ModelError.exit_code
    told = capsys.readouterr().err
    assert "run the step embedder first" in told
    assert told.count("\n") == 1
    path.write_text("{")
    with pytest.raises(ModelError, match="no tokenizer"):
        prepare_reports(work, quiet)
    assert not list((work / "prepared").glob("*reports*"))


def test_other_articles_take_the_questions_with_them(work: Path, tmp_path: Path) -> None:
    """Articles read anew may keep others out: questions made of the earlier ones are not trained on."""
    prepare_reports(work, quiet)
    prepare_articles(tmp_path / "data" / "news", work, [])
    assert not list((work / "prepared").glob("*reports*"))
    assert not any(made.source == "reports" for made in Prepared.load(work).made)
