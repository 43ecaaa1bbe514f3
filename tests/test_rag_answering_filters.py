"""Conditions at work, from the question to the answer, over a real library."""

from datetime import date

import numpy as np
import pytest

from models.fakes import HashingEmbedder, ScriptedReader
from rag.answering.answerer import QuotingAnswerer
from rag.answering.finding import Finder
from rag.answering.judging import Judge
from rag.answering.publishers import Publishers
from rag.answering.ranking import SIGNALS, Ranking
from rag.assemble import publishers_of
from rag.events import Finished, Retrieved
from rag.indexing import Indexer
from rag.library import Library
from rag.retrieval.fuse import ReciprocalRanks
from rag.retrieval.lexical import LexicalIndex
from rag.retrieval.retriever import HybridRetriever
from rag.serialise import answer_to_json
from rag.settings import Settings
from rag.types import NO_CONDITIONS, AbstainReason, ConditionKind
from tests.test_rag_answering import calibration

ARTICLES = {  # invented
    "may": "来源：岑宁日报  2023年5月2日\n\n5月1日，岑宁花灯会开幕，门票每张30元。",
    "june": "来源：岑宁日报  2023年6月3日\n\n6月2日，岑宁花灯会开幕，门票每张35元。",
    "july": "来源：江岸日报  2023年7月5日\n\n昨日，岑宁花灯会开幕，门票每张40元。",
    "undated": "5月1日，岑宁花灯会开幕，当天门票售出三千张。",
}

UNRANKED = Ranking(np.zeros(len(SIGNALS)), {"reader": "scripted"})  # hits stay in the retriever's order


@pytest.fixture(scope="module")
def answer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("filters")
    (folder / "in").mkdir()
    for name, text in ARTICLES.items():
        (folder / "in" / f"{name}.txt").write_text(f"岑宁花灯会\n{text}\n", encoding="utf-8")
    Indexer(folder / "library", HashingEmbedder(), Settings()).run([folder / "in"])
    library = Library.open(folder / "library")
    retriever = HybridRetriever(library, [LexicalIndex(library)], ReciprocalRanks({"lexical": 1.0}), 50)
    finder = Finder(retriever, library, Settings(), lambda: publishers_of(library))
    answerer = QuotingAnswerer(finder, Judge(ScriptedReader({}), calibration(), UNRANKED), Settings(), {"reader": "x"})
    names = {item.id: item.path.rpartition("/")[2].removesuffix(".txt") for item in library.articles()}

    def run(question, as_of=date(2023, 7, 10), **options):
        events = list(answerer.stream(question, as_of=as_of, **options))
        (retrieved,) = (event for event in events if isinstance(event, Retrieved))
        assert isinstance(events[-1], Finished)
        assert retrieved.conditions == events[-1].answer.conditions
        return events[-1].answer, [names.get(hit.passage.article_id, "") for hit in events[-1].answer.hits]

    return run


def test_a_day_of_publication_leaves_other_articles_out(answer):
    """Also those whose day is not known; with the condition taken off they are back."""
    assert answer("上个月的报道里，花灯会门票多少钱？")[1] == ["june"]
    assert set(answer("上个月的报道里，花灯会门票多少钱？", without=NO_CONDITIONS)[1]) == set(ARTICLES)


def test_a_publisher_leaves_others_out(answer):
    """As the library's articles name it."""
    assert answer("据江岸日报报道，花灯会门票多少钱？")[1] == ["july"]
    assert set(answer("岑宁日报的报道里，花灯会门票多少钱？")[1]) == {"may", "june"}


def test_a_day_of_an_event_only_changes_the_order(answer):
    """Articles of that time come first, the undated one that dates itself to it too; nothing is left out."""
    found, hits = answer("5月1日花灯会门票多少钱？")
    assert [condition.kind for condition in found.conditions] == [ConditionKind.PERIOD]
    assert set(hits[:2]) == {"may", "undated"}
    assert set(hits) == set(ARTICLES)
    assert answer("最新的花灯会门票多少钱？")[1][0] == "july"
    assert set(answer("最新的花灯会门票多少钱？")[1]) == set(ARTICLES)


def test_nothing_left_is_said_with_its_cause(answer):
    """A year that no article is of: no hit, and the sentence names the condition."""
    found, hits = answer("1998年的报道里，花灯会门票多少钱？")
    assert hits == []
    assert found.abstention is AbstainReason.NOTHING_FOUND
    assert "发布于 1998年" in found.text
    assert "去掉这个条件" in found.text


def test_not_answered_within_a_filter_is_said_with_it(answer):
    """The reader saw only what the condition let through."""
    found, _ = answer("上个月的报道里，花灯会的主持人是谁？")
    assert found.abstention is AbstainReason.NOT_ANSWERED
    assert "发布于 2023年6月" in found.text


@pytest.mark.parametrize("question", ["花灯会门票多少钱？", "花灯会在哪里？", "门票"])
def test_a_question_that_names_no_time_finds_what_it_always_found(answer, question):
    """Same passages, same scores, to the bit."""
    assert answer(question)[0].hits == answer(question, without=NO_CONDITIONS)[0].hits
    assert answer(question)[0].hits == answer(question, as_of=None)[0].hits
    assert answer(question)[0].conditions == ()


def test_a_follow_up_keeps_the_condition_of_what_it_follows(answer):
    """One reading: of the question made standalone."""
    from rag.types import Turn

    found, hits = answer("那票价呢？", history=[Turn("上个月的报道里，岑宁花灯会哪天开幕？", "6月2日")])
    assert [condition.label for condition in found.conditions] == ["发布于 2023年6月"]
    assert hits == ["june"]


def test_given_passages_have_neither_day_nor_publisher(answer):
    """Fixed passages are read as they are."""
    from rag.types import Context

    found, _ = answer("去年的报道里，花灯会门票多少钱？", contexts=[Context("c", "花灯会门票每张30元。")])
    assert found.conditions == ()
    assert len(found.hits) == 1
    assert found.standalone_question == "2022年的报道里，花灯会门票多少钱？"


def test_filters_are_told_as_json(answer):
    """What was applied, in fields that a program may read."""
    found, _ = answer("据江岸日报报道，5月1日花灯会门票多少钱？")
    assert answer_to_json(found)["filters"] == [
        {"kind": "source", "label": "来源 江岸日报", "from": None, "to": None, "sources": ["江岸日报"], "hard": True},
        {
            "kind": "period",
            "label": "优先 2023年5月1日前后",
            "from": "2023-05-01",
            "to": "2023-05-01",
            "sources": [],
            "hard": False,
        },
    ]


def test_without_a_library_there_are_no_publishers():
    """Questions that bring their own passages need none."""
    assert publishers_of(None).named_in("据新华社报道，几级？") is None
    assert Publishers(["新华社"]).named_in("据新华社报道，几级？") is not None
