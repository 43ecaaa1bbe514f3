"""Passages: exact offsets, sentence edges, nothing lost."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from rag.passages import passages_of
from rag.text.sentences import sentence_spans
from tests.articles import article

BODIES = st.lists(
    st.text(st.sampled_from("京津冀协同发展，、；“”（）3.5 "), min_size=1, max_size=120), min_size=1, max_size=12
).map(lambda sentences: "。".join(sentences) + "。")


@given(BODIES, st.integers(20, 120))
def test_passages_are_exact_slices_within_the_limit(body, length):
    """Each passage equals its characters, none is longer than asked."""
    made = article(body=body, head="题目")
    for passage in passages_of(made, length):
        assert made.text[passage.start : passage.end] == passage.text
        assert passage.part == "head" or len(passage.text) <= length


@given(BODIES, st.integers(20, 120))
def test_no_character_of_the_body_is_lost(body, length):
    """Every character that is not white space lies in some passage, and passages go forward."""
    made = article(body=body)
    passages = passages_of(made, length)
    covered = {i for p in passages for i in range(p.start, p.end)}
    assert all(i in covered for i, char in enumerate(made.text) if not char.isspace())
    starts = [p.start for p in passages]
    assert starts == sorted(set(starts))


def test_passages_break_at_sentences_and_overlap_by_a_short_one():
    """A sentence that fits is never torn, and the last short one opens the next passage."""
    sentences = [f"第{i}句话说的是一件小事，共有{i}个字。" for i in range(30)]
    made = article(body="".join(sentences))
    ends = {span.end for span in sentence_spans(made.text)}
    passages = passages_of(made, 100)
    assert len(passages) > 3
    assert all(p.end in ends for p in passages)
    assert all(b.start < a.end for a, b in itertools.pairwise(passages))


def test_the_head_is_a_passage_of_its_own():
    """It does not mix with the body."""
    made = article(body="正文一句。", head="题目 2024-03-05 来源：某报")
    assert [p.part for p in passages_of(made, 100)] == ["head", "body"]


def test_an_article_without_body_has_no_body_passage():
    """Nothing is made up."""
    assert passages_of(article(body=""), 100) == []
