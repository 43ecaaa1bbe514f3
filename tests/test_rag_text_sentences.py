"""Sentences and clauses of Chinese text."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.sentences import clause_spans, sentence_spans
from rag.types import Span

TEXTS = st.text(alphabet="甲乙3.5。！？!?…；，,“”‘’（）()《》「」 \r\n\u3000AbU.S😀𠮷", max_size=60)


def sentences(text: str) -> list[str]:
    """Return the sentences as text."""
    return [span.of(text) for span in sentence_spans(text)]


def clauses(text: str) -> list[str]:
    """Return the clauses of a text taken as one sentence."""
    return [span.of(text) for span in clause_spans(text, Span(0, len(text)))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天开工。明天完工！真的吗？是。", ["今天开工。", "明天完工！", "真的吗？", "是。"]),
        ("他说：“开工了。”我们看到了。", ["他说：“开工了。”", "我们看到了。"]),
        ("他说“走！”，然后走了。", ["他说“走！”，然后走了。"]),
        ("「可以嗎？」他問。", ["「可以嗎？」", "他問。"]),
        ("增长3.5个百分点。U.S. Steel公司表示同意。", ["增长3.5个百分点。", "U.S. Steel公司表示同意。"]),
        ("由Dr. Wang主持。", ["由Dr. Wang主持。"]),
        ("It works. The end.", ["It works.", "The end."]),
        ("第一；第二；第三。", ["第一；第二；第三。"]),
        ("标题行\n正文一句\r\n\n正文二句。", ["标题行", "正文一句", "正文二句。"]),
        ("等等……还有。", ["等等……", "还有。"]),
        ("公园、学校……，都要建。", ["公园、学校……，都要建。"]),
        ("什么？！不行！！！好。", ["什么？！", "不行！！！", "好。"]),
        ("（见附件。）下一条。", ["（见附件。）", "下一条。"]),
        ("网址是a.cn/?id=3，请访问。", ["网址是a.cn/?id=3，请访问。"]),
        ("  　好。  ", ["好。"]),
        ("", []),
        (" \n ", []),
        ("。", ["。"]),
    ],
)
def test_where_sentences_end(text: str, expected: list[str]) -> None:
    """Sentences end at final marks and line breaks, with their closing quotes, and nowhere else."""
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天，明天；后天。", ["今天，", "明天；", "后天。"]),
        ("今天,明天;后天", ["今天,", "明天;", "后天"]),
        ("据“甲，乙”说，好", ["据“甲，乙”说，", "好"]),
        ("《一，二》（三，四），五", ["《一，二》（三，四），", "五"]),
        ("共1,200人，好", ["共1,200人，", "好"]),
        ("“未完，待续", ["“未完，", "待续"]),
        ("多余”的，引号", ["多余”的，", "引号"]),
        ("完，", ["完，"]),
    ],
)
def test_where_clauses_end(text: str, expected: list[str]) -> None:
    """Clauses end behind commas and semicolons that stand outside quotes, brackets and numbers."""
    assert clauses(text) == expected


@given(TEXTS)
def test_sentences_cover_all_that_is_not_space(text: str) -> None:
    """No sentence is empty, they are in order, and only white space lies outside of them."""
    position = 0
    for span in sentence_spans(text):
        assert text[position : span.start].strip() == ""
        assert span.of(text) == span.of(text).strip() != ""
        assert "\n" not in span.of(text)
        position = span.end
    assert text[position:].strip() == ""


@given(TEXTS)
def test_clauses_tile_their_sentence(text: str) -> None:
    """Every clause starts where the one before ended, from the sentence's start to its end."""
    for sentence in sentence_spans(text):
        spans = clause_spans(text, sentence)
        assert spans[0].start == sentence.start
        assert spans[-1].end == sentence.end
        assert all(len(span) for span in spans)
        assert all(one.end == other.start for one, other in itertools.pairwise(spans))


def test_an_empty_span_has_no_clauses() -> None:
    """Nothing is split into nothing."""
    assert clause_spans("甲", Span(0, 0)) == []
