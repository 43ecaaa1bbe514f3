"""Cleaned text and its way back to the raw characters."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.articles.alignment import AlignedText, Edit, Part, uncovered
from rag.types import Removed, Span

TEXTS = st.text(alphabet="天津规划，。,(xié) \r\n\t１２ab😀👨‍👩‍👧𠮷𪚥&nbsp;", max_size=40)


def hold_invariants(aligned: AlignedText) -> None:
    """Check what every aligned text promises."""
    alignment = aligned.alignment()
    position = 0
    for segment in alignment.segments:
        clean, raw = segment.clean, segment.raw
        assert clean.start == position
        position = clean.end
        assert 0 <= raw.start <= raw.end <= len(aligned.raw)
        if len(clean) == len(raw):
            assert clean.of(aligned.text) == raw.of(aligned.raw)
        else:
            assert not len(raw) or len(clean) < len(raw)
    assert position == len(aligned.text)


@st.composite
def edits_of(draw: st.DrawFn, text: str) -> list[Edit]:
    """Draw ordered edits that do not overlap: drops, replacements, insertions."""
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    news = st.sampled_from(["", "，", "\n", "换", "……", "𠮷"])
    return [Edit(a, b, draw(news), "test") for a, b in zip(cuts[::2], cuts[1::2], strict=False)]


@st.composite
def parts_of(draw: st.DrawFn, text: str) -> list[Part]:
    """Draw parts in any order, as moving lines into a head gives."""
    cuts = sorted({0, len(text), *draw(st.lists(st.integers(0, len(text)), max_size=6))})
    spans: list[Part] = [Span(a, b) for a, b in itertools.pairwise(cuts)]
    order = draw(st.permutations(spans))
    return [part for span in order for part in (span, draw(st.sampled_from(["", "\n"])))]


@given(st.data())
def test_stages_compose(data: st.DataObject) -> None:
    """Editing, moving and editing again keeps every one-to-one stretch equal to its raw characters."""
    aligned = AlignedText.of(data.draw(TEXTS))
    hold_invariants(aligned)
    for _ in range(2):
        edited = aligned.edited(data.draw(edits_of(aligned.text)))
        hold_invariants(edited)
        aligned = edited.assembled(data.draw(parts_of(edited.text)))
        hold_invariants(aligned)


@given(st.data())
def test_nothing_vanishes_without_a_record(data: st.DataObject) -> None:
    """Kept and recorded stretches cover the raw text, white space aside."""
    aligned = AlignedText.of(data.draw(TEXTS))
    edits = data.draw(edits_of(aligned.text))
    assert uncovered(aligned.edited(edits), aligned.removals(edits)) == []


@given(st.data())
def test_raw_span_goes_back_and_forth(data: st.DataObject) -> None:
    """The raw span of a kept character is that character, alone and as part of a longer span."""
    raw = data.draw(TEXTS)
    aligned = AlignedText.of(raw).edited(data.draw(edits_of(raw)))
    alignment = aligned.alignment()
    for segment in alignment.segments:
        assert aligned.raw_span(segment.clean.start, segment.clean.end) == (segment.raw if len(segment.raw) else None)
        if len(segment.clean) == len(segment.raw):
            for at in range(segment.clean.start, segment.clean.end):
                assert alignment.raw_span(Span(at, at + 1)).of(raw) == aligned.text[at]
    kept = [segment for segment in alignment.segments if len(segment.raw)]
    if kept:
        whole = alignment.raw_span(Span(0, len(aligned.text)))
        assert whole == Span(kept[0].raw.start, max(segment.raw.end for segment in kept))
        assert aligned.raw_span(0, len(aligned.text)) == whole


def test_a_shorter_replacement_stands_for_its_whole_raw_stretch() -> None:
    """One clean comma comes from both raw commas, so a quote that ends in it maps to both."""
    aligned = AlignedText.of("好,,是").edited([Edit(1, 3, "，")])
    assert aligned.text == "好，是"
    assert aligned.raw_span(0, 2) == Span(0, 3)


def test_equally_long_replacements_count_as_inserted() -> None:
    """A replaced character as long as the raw one would pass for an unchanged one, so it points nowhere."""
    aligned = AlignedText.of("a\rb").edited([Edit(1, 2, "\n")])
    assert aligned.text == "a\nb"
    hold_invariants(aligned)
    assert aligned.raw_span(1, 2) is None


def test_overlapping_edits_are_refused() -> None:
    """Overlapping edits are a mistake of the caller and are told, not guessed at."""
    with pytest.raises(ValueError, match="overlaps"):
        AlignedText.of("一二三四").edited([Edit(0, 2), Edit(1, 3)])


def test_uncovered_names_what_was_lost() -> None:
    """A stretch that is neither kept nor recorded is found, white space at its edges left aside."""
    aligned = AlignedText.of("甲 乙 丙").assembled([Span(0, 1)])
    assert uncovered(aligned, []) == [Span(2, 5)]
    assert uncovered(aligned, [Removed(Span(2, 5), "test")]) == []


def test_empty_text() -> None:
    """An empty text has no pieces, no span and an empty alignment."""
    aligned = AlignedText.of("")
    assert aligned.raw_span(0, 0) is None
    assert aligned.alignment().segments == ()
    assert aligned.raw_position(0) == 0
