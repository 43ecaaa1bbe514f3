"""From question to answer, on a scripted reader and a real index."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from models.errors import BadInputError, ModelError
from models.fakes import HashingEmbedder, ScriptedReader
from models.protocols import Reading, ScoredSpan
from rag.answering import question as asked
from rag.answering.answerer import QuotingAnswerer
from rag.answering.candidates import FEATURES, candidates
from rag.answering.confidence import Calibration, read_calibration
from rag.answering.finding import Finder
from rag.answering.judging import Judge
from rag.answering.ranking import SIGNALS, Ranking
from rag.events import Finished, Retrieved, Token
from rag.indexing import Indexer
from rag.library import Library
from rag.retrieval.fuse import ReciprocalRanks
from rag.retrieval.lexical import LexicalIndex
from rag.retrieval.retriever import HybridRetriever
from rag.settings import Settings
from rag.types import AbstainReason, Context, HeadField, Hit, Passage, Span, Turn

ROOT = Path(__file__).resolve().parent.parent
TEXT = """澜江大桥五月一日通车

2024-05-02 来源：澜江日报 记者 甲乙

澜江大桥五月一日正式通车，全长一千二百米，总投资三亿元。市民可以步行过江，也可以骑车。

通车的原因是老桥太窄。一是老桥只有两条车道。二是老桥不许行人通过。

责任编辑：丙丁
"""

UNRANKED = Ranking(np.zeros(len(SIGNALS)), {"reader": "scripted"})  # hits stay in the retriever's order


def calibration(threshold=0.5):
    weights = np.zeros(len(FEATURES))
    weights[FEATURES.index("span_score")] = 1.0
    return Calibration(weights, 0.0, threshold, {"reader": "scripted"})


@pytest.fixture
def ask(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(TEXT, encoding="utf-8")
    Indexer(tmp_path / "library", HashingEmbedder(), Settings()).run([tmp_path / "in"])
    library = Library.open(tmp_path / "library")
    retriever = HybridRetriever(library, [LexicalIndex(library)], ReciprocalRanks({"lexical": 1.0}), 50)

    def run(question, script=None, history=(), settings=None, **options):
        reader = ScriptedReader({question: script} if script else {})
        used = settings or Settings()
        finder = Finder(retriever, library, used)
        answerer = QuotingAnswerer(finder, Judge(reader, calibration(), UNRANKED), used, {"reader": "x"})
        events = list(answerer.stream(question, history, **options))
        assert isinstance(events[-1], Finished)
        assert sum(isinstance(event, Retrieved) for event in events) == 1
        answer = events[-1].answer
        assert "".join(e.text for e in events if isinstance(e, Token)) == ("" if answer.abstention else answer.text)
        article_of = library.article if not options.get("contexts") else None
        for citation in answer.citations:
            if article_of:
                article = article_of(citation.article_id)
                assert citation.span.of(article.text) == citation.quote
                assert citation.raw.of(article.raw).replace("\n", "") == citation.quote.replace("\n", "")
        return answer

    return run


def test_a_fact_is_short_and_its_sentence_is_cited(ask):
    """The words found come first, the whole sentence stands behind them."""
    answer = ask("澜江大桥总投资多少？", "三亿元")
    assert answer.text == "三亿元[1]"
    assert answer.short_answer == "三亿元"
    assert answer.citations[0].quote == "澜江大桥五月一日正式通车，全长一千二百米，总投资三亿元。"
    assert answer.citations[0].source == "澜江日报"
    assert answer.citations[0].published == date(2024, 5, 2)
    assert {"retrieve", "read", "compose", "total"} <= set(answer.timings_ms)


def test_a_reason_is_told_in_sentences(ask):
    """How and why are answered by sentences, each with its marker; the words found stay the short answer."""
    answer = ask("澜江大桥通车的原因是什么？为什么要建？", "老桥太窄")
    assert answer.short_answer == "老桥太窄"
    assert [c.marker for c in answer.citations] == [1, 2, 3]
    assert answer.text.startswith("通车的原因是老桥太窄。[1]")
    assert len(answer.text) <= 160 + 3 * len("[1]")


def test_unknown_is_declined_with_the_closest_passages(ask):
    """No answer, no citation, but what came closest."""
    answer = ask("澜江大桥由谁设计？")
    assert answer.abstention is AbstainReason.NOT_ANSWERED
    assert answer.citations == ()
    assert answer.hits


def test_nothing_in_common_is_nothing_found(ask):
    """A question without any of the articles' words finds nothing."""
    assert ask("xylophone").abstention is AbstainReason.NOTHING_FOUND


def test_answer_always_never_declines_what_was_read(ask):
    """For sets in which every question has an answer."""
    assert ask("澜江大桥由谁设计？", settings=Settings(answer_always=True)).abstention is None


def test_strictness_declines_more(ask):
    """Raising the odds that are asked for turns an answer into an abstention."""
    question, words = "澜江大桥总投资多少？", "三亿元"
    assert ask(question, words, settings=Settings(strictness=1)).abstention is None
    assert ask(question, words, settings=Settings(strictness=1e6)).abstention is AbstainReason.NOT_ANSWERED


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("大桥通车这篇报道的责任编辑是谁？", "丙丁"),
        ("大桥通车那篇报道的来源是哪家媒体？", "澜江日报"),
        ("大桥通车的报道是哪天发布的？", "2024-05-02"),
        ("这篇报道的编辑是谁？", "丙丁"),
    ],
)
def test_the_head_can_be_asked_for(ask, question, value):
    """Editor, source and date are read from the head and cited from it."""
    answer = ask(question)
    assert answer.short_answer == value
    assert answer.citations[0].part == "head"
    assert value in answer.citations[0].quote


def test_a_follow_up_is_led_by_what_came_before(ask):
    """A short question takes its topic from the one before."""
    history = [Turn("澜江大桥什么时候通车？", "五月一日")]
    answer = ask("投资呢？", history=history)
    assert "澜江大桥" in answer.standalone_question
    assert answer.hits


@pytest.mark.parametrize(
    ("question", "led"),
    [
        ("总投资多少？", True),
        ("建筑面积是多少？", True),
        ("有多少人参加？", True),
        ("那次会议的开幕式是谁主持的？", True),
        ("这篇报道的责任编辑是谁？", True),
        ("青汀县县长是谁？", False),
        ("岑宁市政协主席是谁？", False),
        ("“观澜一号”设计寿命是多少？", False),
        ("海上瓷路特展的全票多少钱？", False),
    ],
)
def test_only_a_question_that_does_not_stand_alone_is_led(question, led):
    """A new subject is not mixed with the one before: a second example question must be answered like a first."""
    history = [Turn("澜江大桥什么时候通车？", "五月一日")]
    expected = f"澜江大桥通车，{question}" if led else question
    assert asked.standalone(question, history) == expected


def test_a_chain_of_follow_ups_keeps_its_subject():
    """The third question is led by the first, not by a follow-up that names no subject itself."""
    history = [Turn("海上瓷路特展在哪里举行？", "鹿渚"), Turn("那门票多少钱？", "150元")]
    assert asked.standalone("几点开门？", history) == "海上瓷路特展举行，几点开门？"


def test_given_passages_are_answered_without_the_library(ask):
    """Fixed-passage mode cites the given passages by their own ids and offsets."""
    contexts = [Context("c1", "无关的话。"), Context("c2", "新馆藏书四十万册。周一闭馆。")]
    answer = ask("藏书多少？", "四十万册", contexts=contexts)
    citation = answer.citations[0]
    assert (citation.article_id, citation.path) == ("c2", "c2")
    assert citation.span == citation.raw == Span(0, 9)
    assert {hit.passage.article_id for hit in answer.hits} == {"c1", "c2"}


@pytest.mark.parametrize("question", ["", " \n　", "长" * 2001])
def test_an_empty_or_endless_question_is_refused(ask, question):
    """One clear line, before any work."""
    with pytest.raises(BadInputError):
        ask(question)


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("这篇报道的编辑是谁？", HeadField.EDITOR),
        ("這篇報道的責任編輯是誰？", HeadField.EDITOR),
        ("文章的记者叫什么名字？", HeadField.AUTHOR),
        ("会议由谁主持？", None),
        ("大桥什么时候通车？", None),
        ("剪辑软件的编辑功能有哪些？", None),
    ],
)
def test_head_questions_are_told_from_others(question, field):
    """Only questions about the article itself go to its head."""
    assert asked.head_field(question) is field


def test_last_year_is_read_against_the_given_day(ask):
    """去年 means the year before the day the question is asked as of."""
    assert ask("去年产量多少？", as_of=date(2024, 3, 1)).standalone_question == "2023年产量多少？"
    assert ask("去年产量多少？").standalone_question == "去年产量多少？"


def test_a_calibration_of_another_reader_is_refused():
    """Numbers fitted for one model mean nothing for another."""
    with pytest.raises(ModelError, match="fitted for reader scripted"):
        calibration().check(ScriptedReader({}, fingerprint="other"))


@pytest.mark.parametrize(
    "content", ["", "{}", json.dumps({"weights": {"other": 1}, "bias": 0, "threshold": 0.5, "fitted": {}})]
)
def test_a_broken_calibration_is_one_line(tmp_path, content):
    """It names the file and the remedy."""
    path = tmp_path / "calibration.json"
    path.write_text(content)
    with pytest.raises(ModelError, match="restore it"):
        read_calibration(path)


def test_what_speaks_for_an_answer_counts_for_it():
    """In the shipped calibration every feature counts the way that it should: few against an answer, the rest for it."""
    told = dict(zip(FEATURES, read_calibration().weights, strict=True))
    against = {"kind_misfits", "conflicts", "span_in_question"}
    assert {name for name, weight in told.items() if weight < 0} == against


@pytest.mark.parametrize(
    ("question", "text", "published", "conflict"),
    [
        ("2019年收入多少？", "收入778亿元。", date(2023, 8, 16), True),
        ("2023年收入多少？", "收入778亿元。", date(2023, 8, 16), False),
        ("2019年收入多少？", "2023年收入778亿元。", None, True),
        ("2019年收入多少？", "收入778亿元，2019年为500亿元。", date(2023, 8, 16), False),
        ("2019年收入多少？", "收入778亿元。", None, False),
        ("收入多少？", "2023年收入778亿元。", date(2023, 8, 16), False),
        ("6号线造价多少？", "5号线造价778亿元。", None, True),
        ("6號線造價多少？", "5号线和6号线造价778亿元。", None, False),
        ("6号线造价多少？", "造价778亿元。", None, False),
        ("第二届展览花了多少？", "第一届展览花了778亿元。", None, True),
        ("第二届展览花了多少？", "展览花了778亿元，共2期。", None, False),
        ("下一届展览要花多少？", "第三届展览花了778亿元。", None, False),
        ("10月5号收入多少？", "3号收入778亿元。", None, False),
    ],
)
def test_another_year_or_number_of_a_series_counts_against_an_answer(question, text, published, conflict):
    """Right topic, wrong year: told by the sentence's own years, or else by the article's date; 6号线 is not 5号线."""
    hit = Hit(1, 1.0, Passage("a:0", "a", "body", 0, len(text), text), published=published)
    start = text.index("778")
    reading = Reading((ScoredSpan(start, start + 5, 5.0, 0.9),), 3.0, 3.0)
    found = candidates(question, [hit], [reading])
    assert found[0].features[FEATURES.index("conflicts")] == float(conflict)


def test_overlap_is_the_same_in_every_process():
    """Two runs of one configuration differ in nothing, whatever the order in which a process keeps its sets."""
    program = (
        "from rag.answering.overlap import Overlap\nfrom rag.types import Hit, Passage\n"
        "text = '澜江大桥五月一日正式通车，全长一千二百米，总投资三亿元。市民可以步行过江，也可以骑车。'\n"
        "hit = Hit(1, 1.0, Passage('a:0', 'a', 'body', 0, len(text), text))\n"
        "found = Overlap('澜江大桥正式通车之后市民可以步行过江吗，总投资三亿元还是四亿元？', [hit])\n"
        "print(repr(found.passage(hit)), found.sentence(hit, 0))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
        ).stdout
        for seed in range(6)
    }
    assert len(seen) == 1
