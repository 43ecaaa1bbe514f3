"""The invariants of the core values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.types import AbstainReason, Alignment, Answer, Citation, Passage, Segment, Span
from tests.articles import article


def answer(**changed):
    made = {
        "question": "问",
        "standalone_question": "问",
        "mode": "quote",
        "text": "答[1]",
        "short_answer": "答",
        "abstention": None,
        "confidence": 0.5,
        "citations": (Citation(1, "a", "题", None, None, "a.txt", "body", Span(0, 1), "答", Span(0, 1)),),
        "hits": (),
        "timings_ms": {},
        "models": {},
    }
    return Answer(**{**made, **changed})


def test_an_answer_needs_grounds():
    """No answer without a citation."""
    answer()
    with pytest.raises(ValueError, match="citation"):
        answer(citations=())


def test_an_abstention_carries_no_answer():
    """Never both."""
    answer(abstention=AbstainReason.NOT_ANSWERED, citations=(), short_answer=None)
    with pytest.raises(ValueError, match="abstention"):
        answer(abstention=AbstainReason.NOT_ANSWERED)


def test_confidence_is_a_probability():
    """Outside 0 to 1 it is a bug."""
    with pytest.raises(ValueError, match="probability"):
        answer(confidence=1.2)


@pytest.mark.parametrize("ends", [(-1, 2), (3, 2)])
def test_a_span_goes_forward(ends):
    """Negative or backward spans do not exist."""
    with pytest.raises(ValueError, match="span"):
        Span(*ends)


def test_a_passage_is_as_long_as_its_offsets_say():
    """Offsets and text cannot disagree."""
    with pytest.raises(ValueError, match="do not fit"):
        Passage("a:0", "a", "body", 0, 3, "两字")


def test_head_fields_lie_in_the_head():
    """A field outside the head would be cited from the wrong part."""
    with pytest.raises(ValueError, match="outside the head"):
        article(body="正文", head="题", head_fields={"title": Span(1, 4)})


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 5)), min_size=1, max_size=8), st.data())
def test_alignment_gives_the_raw_characters_of_any_span(lengths, data):
    """One-to-one stretches map exactly, others as a whole; inserted characters have nothing behind them."""
    segments, clean, raw = [], 0, 0
    for clean_length, raw_length in lengths:
        segments.append(Segment(Span(clean, clean + clean_length), Span(raw, raw + raw_length)))
        clean, raw = clean + clean_length, raw + raw_length
    alignment = Alignment(tuple(segments))
    start = data.draw(st.integers(0, clean - 1))
    end = data.draw(st.integers(start + 1, clean))
    touched = [s for s in segments if s.clean.start < end and start < s.clean.end and len(s.raw)]
    if not touched:
        with pytest.raises(ValueError, match="no raw characters"):
            alignment.raw_span(Span(start, end))
        return
    span = alignment.raw_span(Span(start, end))
    first = touched[0]
    if len(first.clean) == len(first.raw):
        assert span.start == first.raw.start + max(start, first.clean.start) - first.clean.start
    else:
        assert span.start == first.raw.start
    assert touched[0].raw.start <= span.start <= span.end <= touched[-1].raw.end


def test_alignment_tiles_the_text():
    """A gap would leave characters without a way back."""
    with pytest.raises(ValueError, match="tile"):
        Alignment((Segment(Span(1, 2), Span(0, 1)),))
