"""Written answers: what the writer is given, and what of its words reaches the answer. The writer is scripted."""

from contextlib import closing

import numpy as np
import pytest

from models.errors import ModelError
from models.fakes import HashingEmbedder, ScriptedGenerator, ScriptedReader
from rag.answering.candidates import FEATURES
from rag.answering.confidence import Calibration
from rag.answering.finding import Finder
from rag.answering.judging import Judge
from rag.answering.prompt import REFUSAL
from rag.answering.ranking import SIGNALS, Ranking
from rag.answering.writing import WritingAnswerer
from rag.events import Finished, Progress, Retrieved, Started, Token
from rag.indexing import Indexer
from rag.library import Library
from rag.retrieval.fuse import ReciprocalRanks
from rag.retrieval.lexical import LexicalIndex
from rag.retrieval.retriever import HybridRetriever
from rag.settings import Settings
from rag.types import AbstainReason, Context, FaultKind, Turn

BRIDGE = """澜江大桥五月一日通车

2024-05-02 来源：澜江日报 记者 甲乙

澜江大桥五月一日正式通车，全长一千二百米，总投资三亿元。市民可以步行过江，也可以骑车。

通车的原因是老桥太窄。一是老桥只有两条车道。二是老桥不许行人通过。
"""
FERRY = """澜江轮渡年底停航

2024-11-20 来源：澜江晚报

澜江轮渡将于12月31日停航，最后一班船晚上九点开出。轮渡公司有职工86人，全部转岗。
"""
QUESTION = "澜江大桥总投资多少？"

UNRANKED = Ranking(np.zeros(len(SIGNALS)), {"reader": "scripted"})  # hits stay in the retriever's order


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    root = tmp_path_factory.mktemp("written")
    (root / "in").mkdir()
    (root / "in" / "a.txt").write_text(BRIDGE, encoding="utf-8")
    (root / "in" / "b.txt").write_text(FERRY, encoding="utf-8")
    Indexer(root / "library", HashingEmbedder(), Settings()).run([root / "in"])
    return Library.open(root / "library")


@pytest.fixture
def stream(library):
    retriever = HybridRetriever(library, [LexicalIndex(library)], ReciprocalRanks({"lexical": 1.0}), 50)
    weights = np.zeros(len(FEATURES))
    weights[FEATURES.index("span_score")] = 1.0

    def run(writer, question=QUESTION, history=(), settings=None, found=None, **options):
        judge = Judge(
            ScriptedReader({question: found}), Calibration(weights, 0.0, 0.5, {"reader": "scripted"}), UNRANKED
        )
        used = settings or Settings()
        names = {"writer": writer.name}
        answerer = WritingAnswerer(Finder(retriever, library, used), judge, writer, used, names)
        return answerer.stream(question, history, **options)

    return run


@pytest.fixture
def ask(stream, library):
    def run(writer, *arguments, **options):
        writer = ScriptedGenerator(writer) if isinstance(writer, str) else writer
        events = list(stream(writer, *arguments, **options))
        answer = events[-1].answer
        assert answer.mode == "write"
        assert sum(isinstance(event, Retrieved) for event in events) == 1
        if answer.draft:
            assert "".join(event.text for event in events if isinstance(event, Token)) == answer.draft.text
        if not options.get("contexts"):
            for citation in answer.citations:
                assert citation.span.of(library.article(citation.article_id).text) == citation.quote
        return answer

    return run


def test_a_sentence_that_its_passage_bears_out_is_kept_and_cited(ask):
    answer = ask("澜江大桥的总投资为三亿元[1]。")
    assert answer.text == "澜江大桥的总投资为三亿元。[1]"
    assert [c.quote for c in answer.citations] == ["澜江大桥五月一日正式通车，全长一千二百米，总投资三亿元。"]
    assert answer.abstention is None
    assert answer.short_answer is None
    assert answer.confidence > 0
    assert answer.models == {"writer": "scripted-writer"}


def test_a_sentence_with_another_figure_is_withdrawn_and_the_draft_is_kept(ask):
    """The answer loses the sentence; what the writer wrote stays beside it, word for word."""
    raw = "澜江大桥总投资三亿元[1]。大桥全长两千五百米[1]。"
    answer = ask(raw)
    assert answer.text == "澜江大桥总投资三亿元。[1]"
    assert answer.draft.text == raw
    kept, withdrawn = answer.draft.sentences
    assert kept.kept
    assert not withdrawn.kept
    assert [fault.kind for fault in withdrawn.faults] == [FaultKind.NUMBER]
    assert "两千五百米" in withdrawn.span.of(raw)


def test_nothing_kept_is_an_abstention_that_keeps_the_draft(ask):
    answer = ask("澜江大桥总投资九十亿元[1]。")
    assert answer.abstention is AbstainReason.UNSUPPORTED
    assert not answer.citations
    assert answer.hits
    assert answer.draft.text == "澜江大桥总投资九十亿元[1]。"
    assert answer.confidence == 0.0


def test_a_writer_that_finds_no_answer_is_believed(ask):
    answer = ask(REFUSAL)
    assert answer.abstention is AbstainReason.NOT_ANSWERED
    assert not answer.citations


def test_a_writer_that_writes_nothing(ask):
    answer = ask("")
    assert answer.abstention is AbstainReason.UNSUPPORTED
    assert "什么也没有写" in answer.text


def test_a_loop_keeps_its_first_round(ask):
    """What a looping writer says again is withdrawn."""
    round_ = "澜江大桥总投资三亿元[1]。"
    answer = ask(ScriptedGenerator(round_ * 5, finish="loop"))
    assert answer.text == "澜江大桥总投资三亿元。[1]"
    assert sum(sentence.kept for sentence in answer.draft.sentences) == 1


def test_a_sentence_cut_off_is_withdrawn(ask):
    answer = ask(ScriptedGenerator("澜江大桥总投资三亿元[1]。澜江大桥全长一千二", finish="length"))
    assert answer.text == "澜江大桥总投资三亿元。[1]"
    assert answer.draft.sentences[-1].faults[0].kind is FaultKind.UNFINISHED


def test_markers_that_stand_for_nothing_are_removed(ask):
    answer = ask("澜江大桥总投资三亿元[1][17]。")
    assert answer.text == "澜江大桥总投资三亿元。[1]"


def test_two_articles_are_cited_by_new_numbers(ask):
    """Markers are numbered in the order in which the answer uses them, not as the prompt had them."""
    answer = ask("澜江轮渡有职工86人[2]。澜江大桥总投资三亿元[1]。", question="澜江大桥和澜江轮渡的情况如何？")
    first = next(c for c in answer.citations if c.marker == 1)
    assert "86人" in first.quote
    assert answer.text.startswith("澜江轮渡有职工86人。[1]")


def test_thinking_is_no_part_of_the_answer(stream):
    writer = ScriptedGenerator("澜江大桥总投资三亿元[1]。", thinking="先看第一条资料，里面说九十亿。")
    events = list(stream(writer))
    assert "九十亿" not in "".join(event.text for event in events if isinstance(event, Token))
    assert events[-1].answer.draft.thinking == "先看第一条资料，里面说九十亿。"
    stages = [event.stage for event in events if isinstance(event, Started)]
    assert stages == ["retrieve", "read", "write", "think", "write", "check"]
    assert any(isinstance(event, Progress) and event.stage == "write" for event in events)


def test_closing_the_stream_stops_the_writer(stream):
    """A page that is closed while the prompt is read must free the model."""
    writer = ScriptedGenerator("澜江大桥总投资三亿元[1]。")
    with closing(stream(writer)) as events:
        for event in events:
            if isinstance(event, Progress) and event.total:
                break
    assert writer.stopped


def test_passages_are_dropped_until_the_context_holds_them(ask):
    wide, narrow = ScriptedGenerator(REFUSAL), ScriptedGenerator(REFUSAL, context_length=560)
    for writer in (wide, narrow):
        ask(writer, question="澜江大桥和澜江轮渡的情况如何？")
    assert "[2]" in wide.asked[0][-1].text
    assert "[1]" in narrow.asked[0][-1].text
    assert "\n[2]" not in narrow.asked[0][-1].text


def test_a_sure_reader_saves_the_writer_passages(ask):
    """Passages cost seconds each: the one the reader is sure of leads. Lists and reasons need them all."""
    few = Settings(write_passages_when_sure=1)
    for question, found, given in (
        ("澜江轮渡和澜江大桥，哪个有职工86人？", "86人", 1),
        ("澜江轮渡和澜江大桥，哪个有职工86人？", None, 2),
        ("澜江轮渡和澜江大桥分别是什么情况？", "86人", 2),
    ):
        writer = ScriptedGenerator(REFUSAL)
        ask(writer, question=question, found=found, settings=few)
        prompt = writer.asked[0][-1].text
        assert prompt.count("》，澜江") == given
        assert "86人" in prompt


def test_a_context_smaller_than_one_passage_is_one_line(ask):
    with pytest.raises(ModelError, match="cannot hold the question with one passage"):
        ask(ScriptedGenerator(REFUSAL, context_length=200))


def test_the_question_about_an_articles_head_is_given_its_head(ask):
    writer = ScriptedGenerator("这篇报道的记者是甲乙[1]。")
    answer = ask(writer, question="澜江大桥通车那篇报道的记者是谁？")
    assert "甲乙" in writer.asked[0][-1].text
    assert answer.citations[0].part == "head"


def test_a_follow_up_is_written_in_view_of_the_turn_before(ask):
    writer = ScriptedGenerator(REFUSAL)
    ask(writer, question="它有多长？", history=[Turn("澜江大桥总投资多少？", "三亿元[1]")])
    assert "上一个问题：澜江大桥总投资多少？" in writer.asked[0][-1].text


def test_fixed_passages_need_no_library(ask):
    context = Context("c1", "青汀县今年造林四千亩。")
    answer = ask("青汀县今年造林四千亩[1]。", question="青汀县造林多少亩？", contexts=[context])
    assert answer.citations[0].article_id == "c1"
    assert answer.citations[0].quote == "青汀县今年造林四千亩。"


def test_where_all_can_be_answered_the_writer_is_not_told_how_to_refuse(ask):
    prompts = []
    for always in (False, True):
        writer = ScriptedGenerator("澜江大桥总投资三亿元[1]。")
        ask(writer, settings=Settings(answer_always=always))
        prompts.append(writer.asked[0][0].text)
    assert REFUSAL in prompts[0]
    assert REFUSAL not in prompts[1]


def test_nothing_found_asks_no_writer(ask):
    writer = ScriptedGenerator("不该写的话。")
    answer = ask(writer, question="任何问题？", contexts=[])
    assert answer.abstention is AbstainReason.NOTHING_FOUND
    assert not writer.asked


def test_an_answer_event_comes_last(stream):
    assert isinstance(list(stream(ScriptedGenerator(REFUSAL)))[-1], Finished)
