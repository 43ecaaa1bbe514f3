"""Metrics of citations and faithfulness, and the judge of support behind them."""

from datetime import date
from pathlib import Path

import pytest

from eval.metrics import score_all
from eval.prediction import Source
from eval.questions import Evidence, Question
from eval.scored import Scored
from eval.support import Cited, supported
from eval.support_check import CASES, case_samples, main, table

TEXTS = {
    "a": "岚城市财政局介绍，今年安排补贴43亿元。补贴将于6月30日前发放。去年安排的是40亿元。",
    "b": "岚城书展本周开幕，共有35家出版社参展。",
}
LOOKUP = {name: Source(text, f"{name}.txt") for name, text in TEXTS.items()}.get
FIRST, SECOND = "岚城市财政局介绍，今年安排补贴43亿元。", "补贴将于6月30日前发放。"


def _citation(marker, article, quote, **changes):
    start = TEXTS[article].find(quote)
    return {
        "marker": marker,
        "article_id": article,
        "title": "",
        "source": None,
        "published": None,
        "start": start,
        "end": start + len(quote),
        "quote": quote,
        **changes,
    }


def _answer(text, *citations, hits=()):
    return {
        "answer": text,
        "short_answer": None,
        "abstained": False,
        "reason": None,
        "citations": list(citations),
        "hits": [{"article_id": name, "text": TEXTS[name]} for name in hits],
    }


def _scores(text, *citations, evidence=(), **more):
    question = Question("q", "问？", answerable=True, evidence=evidence)
    return score_all(question, _answer(text, *citations, **more), LOOKUP)


BOTH = (_citation(1, "a", FIRST), _citation(2, "a", SECOND))


def _cited(*quotes, **more):
    return tuple(Cited(quote, **more) for quote in quotes)


@pytest.mark.parametrize(
    ("sentence", "quotes", "holds"),
    [
        ("43亿元", [FIRST], True),
        ("4,300,000,000元", [FIRST], True),
        ("3亿元", [FIRST], False),  # the end of 43亿元
        ("43亿元", ["去年安排的是143亿元。"], False),
        ("财政局今年安排的补贴为43亿元。", [FIRST], True),
        ("财政局今年安排的补贴为34亿元。", [FIRST], False),
        ("6月30日前发放补贴。", [SECOND], True),
        ("7月30日前发放补贴。", [SECOND], False),
        ("今年安排补贴43亿元，6月30日前发放。", [FIRST], False),
        ("今年安排补贴43亿元，6月30日前发放。", [FIRST, SECOND], True),
        ("绥宁市今年安排补贴43亿元。", [FIRST], False),  # a name
        ("官员出国考察受到村民欢迎。", [FIRST], False),  # other content
        ("岚城市財政局介紹，今年安排補貼43億元。", [FIRST], True),
        ("43亿元", [], False),
    ],
)
def test_support_is_figures_dates_names_and_most_of_the_wording(sentence, quotes, holds):
    """Values veto, wording must be there for the most part, and a quoted short answer needs no more than its quote."""
    assert supported(sentence, _cited(*quotes)) is holds


def test_what_stands_beside_a_quote_helps_with_names_and_dates_only():
    """A person sees title and date with the quote; figures must be in the quote."""
    cited = (Cited("补贴将于6月30日前发放。", "绥宁市发放3亿元补贴", date(2025, 5, 1)),)
    assert supported("绥宁市补贴于2025年6月30日前发放。", cited)
    assert not supported("绥宁市补贴3亿元于6月30日前发放。", cited)


def test_a_quoting_answer_is_perfect():
    """The short answer with its sentence behind it: covered, recalled, needed, nothing unsupported."""
    scores = _scores("43亿元[1]", BOTH[0])
    assert [scores[name] for name in ("coverage", "cite_recall", "cite_precision", "cite_f1")] == [1.0] * 4
    assert scores["unsupported_sentences"] == scores["unsupported_numbers"] == 0.0
    assert scores["k_precision"] == 1.0


@pytest.mark.parametrize(
    ("text", "recall", "precision"),
    [
        ("今年安排补贴43亿元。[1]6月30日前发放补贴。[2]", 1.0, 1.0),
        ("今年安排补贴43亿元[1]。6月30日前发放补贴[2]。", 1.0, 1.0),
        ("今年安排补贴43亿元，6月30日前发放。[1][2]", 1.0, 1.0),  # each is needed
        ("今年安排补贴43亿元。[1][2]", 1.0, 0.5),  # the second is not
        ("今年安排补贴43亿元。[2]6月30日前发放补贴。[1]", 0.0, 0.0),
        ("今年安排补贴43亿元。6月30日前发放补贴。[2]", 0.5, 1.0),
        ("今年安排补贴43亿元。6月30日前发放补贴。", 0.0, 0.0),
        ("今年安排补贴43亿元。[9]", 0.0, 0.0),
        ("今年安排补贴43亿元。[1][1]", 1.0, 1.0),
    ],
)
def test_citation_recall_and_precision_are_those_of_alce(text, recall, precision):
    """Recall asks all citations of a sentence together, precision whether each is needed."""
    scores = _scores(text, *BOTH)
    assert scores["cite_recall"] == recall
    assert scores["cite_precision"] == precision
    both = recall + precision
    assert scores["cite_f1"] == (pytest.approx(2 * recall * precision / both) if both else 0.0)


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("具体如下：\n43亿元[1]", ["43亿元"]),
        ("工作结束。[1][2]\n另外安排补贴。[2]", ["工作结束。", "另外安排补贴。"]),
        ("以发票日期为准；\n材料10月20日前提交[1]", ["以发票日期为准； 材料10月20日前提交"]),
        ("还有什么？补贴[1]", ["补贴"]),
        ("是的[1]", []),
        ("[1]补贴发放。", ["补贴发放。"]),
    ],
)
def test_sentences_that_claim_nothing_need_no_citation(text, claims):
    """Lead-ins and questions claim nothing; a line break inside a quoted sentence does not cut it in two."""
    row = Scored(Question("q", "问？"), _answer(text, *BOTH), LOOKUP)
    assert [claim.text for claim in row.claims] == claims
    assert all(claim.markers for claim in row.claims)


def test_an_abstention_has_no_citation_to_judge():
    """It claims nothing, whatever its words."""
    question = Question("q", "问？", answerable=True, evidence=(Evidence("a", FIRST),))
    scores = score_all(question, {**_answer("没有找到43亿元的答案。"), "abstained": True}, LOOKUP)
    for name in ("coverage", "cite_recall", "cite_f1", "k_precision", "unsupported_sentences", "unsupported_numbers"):
        assert scores[name] is None, name
    assert scores["evidence_cited"] == scores["evidence_iou"] == 0.0


def test_faithfulness_asks_all_that_is_shown():
    """A wrong marker is the citation's fault; words of a hit are known; a figure nowhere cited is counted."""
    scores = _scores("今年安排补贴43亿元。[2]共有35家出版社参展。", *BOTH, hits=("a", "b"))
    assert scores["unsupported_sentences"] == 0.5
    assert scores["unsupported_numbers"] == pytest.approx(1 / 3)  # of 今年, 43亿元, 35家
    assert scores["k_precision"] == 1.0
    assert _scores("没有数字。", *BOTH)["unsupported_numbers"] is None
    assert _scores("补贴99亿元。")["unsupported_numbers"] == 1.0


@pytest.mark.parametrize(
    ("evidence", "share"),
    [
        ([Evidence("a", FIRST)], 1.0),
        ([Evidence("a", FIRST, 0, len(FIRST))], 1.0),
        ([Evidence("a", "", 0, len(FIRST))], 1.0),
        ([Evidence("a", FIRST, 5, 9)], 1.0),  # offsets that miss: the quote is found
        ([Evidence("a", FIRST[:10])], 10 / len(FIRST)),
        ([Evidence("a", FIRST), Evidence("a", SECOND)], len(FIRST) / len(FIRST + SECOND)),
        ([Evidence("a", FIRST), Evidence("b", TEXTS["b"])], 1.0),  # another article would have done as well
        ([Evidence("a", "嵐城市財政局介紹")], 8 / len(FIRST)),
        ([Evidence("b", TEXTS["b"])], 0.0),
        ([Evidence("a", "文中没有的话")], None),
        ([Evidence("a")], None),
    ],
)
def test_evidence_overlaps_by_characters(evidence, share):
    """Evidence stands at its offsets or where its words are found, folded if need be."""
    found = _scores("43亿元[1]", BOTH[0], evidence=tuple(evidence))["evidence_iou"]
    assert found == (share if share is None else pytest.approx(share))


def test_characters_count_once_and_a_false_quote_counts_against():
    """Overlapping quotes are one stretch; what stands nowhere is only excess."""
    evidence = (Evidence("a", FIRST),)
    twice = _scores("43亿元[1][2]", BOTH[0], _citation(2, "a", FIRST[:9]), evidence=evidence)
    assert twice["evidence_iou"] == 1.0
    false = _scores("43亿元[1][2]", BOTH[0], _citation(2, "a", "一二三四", start=0, end=4), evidence=evidence)
    assert false["evidence_iou"] == pytest.approx(len(FIRST) / (len(FIRST) + 4))


def test_support_tells_true_from_planted_faults(capsys):
    """Figures of the fit (docs of `eval.support_check`): they may change when the finders do, but not by much."""
    for held_out, most_missed, most_accepted in ((False, 0.18, 0.32), (True, 0.06, 0.30)):
        samples = list(case_samples(CASES, held_out=held_out))
        line = next(line for line in table(samples) if "0.50" in line)
        true, false = (float(word.rstrip("%")) / 100 for word in line.split() if word.endswith("%"))
        assert true >= 1 - most_missed
        assert false <= most_accepted
    assert main(["--cases", str(Path(CASES))]) == 0
    assert "held out" in capsys.readouterr().out
