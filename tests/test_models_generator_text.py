"""Bytes to characters, thinking blocks, circles."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.generator_text import LoopGuard, ThinkingSplitter, Utf8Stream


def split(parts, *, thinking=False):
    splitter = ThinkingSplitter(thinking=thinking)
    found = [piece for part in parts for piece in splitter.feed(part)] + splitter.finish()
    assert all(text for text, _ in found)
    return tuple("".join(text for text, kind in found if kind is wanted) for wanted in (False, True))


def cuts(text, places):
    marks = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[a:b] for a, b in pairwise(marks)]


@given(st.text(alphabet="桥a𠮷é\n", max_size=30), st.lists(st.integers(0, 200), max_size=10))
def test_bytes_in_any_parts_give_the_text(text, places):
    """However the bytes are cut, the characters are the same, and each comes as soon as it is whole."""
    stream = Utf8Stream()
    assert "".join(stream.feed(part) for part in cuts(text.encode(), places)) == text


@given(st.binary(max_size=40), st.lists(st.integers(0, 40), max_size=5))
def test_bytes_that_are_no_text_are_dropped(data, places):
    """Never a replacement mark, never an error."""
    stream = Utf8Stream()
    made = "".join(stream.feed(part) for part in cuts(data, places))
    assert made == data.decode(errors="ignore") or data.decode(errors="ignore").startswith(made)


@pytest.mark.parametrize(
    ("text", "answer", "thoughts"),
    [
        ("答", "答", ""),
        ("<think>想</think>\n\n答", "答", "想"),
        ("<think>\n\n</think>\n\n答 案\n", "答 案\n", "\n\n"),
        ("<think>想，没完", "", "想，没完"),
        ("先<think>想</think> 答", "先答", "想"),
        ("答</think>案", "答案", ""),
        ("a < b 且 c > d，<thin 和 </thinker", "a < b 且 c > d，<thin 和 </thinker", ""),
        ("<<think>想</</think>答<", "<答<", "想</"),
        ("<think>一</think><think>二</think>答", "答", "一二"),
        ("", "", ""),
    ],
)
@given(places=st.lists(st.integers(0, 60), max_size=8))
def test_thinking_is_separated_however_the_text_arrives(text, answer, thoughts, places):
    """The parts that a text arrives in change nothing."""
    assert split([text]) == (answer, thoughts)
    assert split(cuts(text, places)) == (answer, thoughts)
    assert split(list(text)) == (answer, thoughts)


def test_a_block_may_be_open_from_the_start():
    """Where the prompt opened it."""
    assert split(["想</think>\n答"], thinking=True) == ("答", "想")
    assert split(["想"], thinking=True) == ("", "想")


@given(st.text(alphabet="<>/think 桥\n", max_size=60), st.lists(st.integers(0, 60), max_size=8), st.booleans())
def test_the_parts_never_matter(text, places, thinking):
    """Any mixture of half tags gives the same in one part and in many, and nothing but tags and space is lost."""
    whole = split([text], thinking=thinking)
    assert split(cuts(text, places), thinking=thinking) == whole
    rest = text.replace("<think>", "").replace("</think>", "")
    assert len("".join(whole)) <= len(text)
    if "think>" not in text:
        assert "".join(whole) == rest


def test_text_is_not_held_back_without_need():
    """Only what may be the beginning of a tag waits."""
    splitter = ThinkingSplitter()
    assert splitter.feed("大桥<") == [("大桥", False)]
    assert splitter.feed("t") == []
    assert splitter.feed("x桥") == [("<tx桥", False)]


def first_loop(tokens):
    guard = LoopGuard()
    return next((place + 1 for place, token in enumerate(tokens) if guard.loops(token)), None)


@pytest.mark.parametrize("unit", [1, 2, 3, 5, 8, 11, 40, 256])
def test_any_circle_is_noticed(unit):
    """Units of one to 256 tokens, after any beginning; the shorter ones within about two dozen tokens."""
    start = list(range(1000, 1017))
    place = first_loop([*start, *(list(range(unit)) * (60 // unit + 4))])
    assert place is not None
    assert place - len(start) <= max(3 * unit, 45)


def test_lists_and_rulers_are_no_circle():
    """What repeats twice, or changes a little each time, goes on; a ruler of 24 signs too."""
    assert first_loop(list(range(50)) * 2) is None
    rows = [token for row in range(30) for token in [1, 2, 3, 4, 5, 6, 7, 8, 100 + row]]
    assert first_loop(rows) is None
    assert first_loop([7] * 24) is None
    assert first_loop([7] * 25) == 25


@given(st.lists(st.integers(0, 3), max_size=200))
def test_the_guard_is_what_brute_force_says(tokens):
    """Compared with the definition, token by token."""

    def loops(tail):
        if len(tail) > 24 and len(set(tail[-25:])) == 1:
            return True
        return any(
            len(set(tail[-n:])) > 1 and tail[-n:] == tail[-2 * n : -n] == tail[-3 * n : -2 * n]
            for n in range(8, len(tail) // 3 + 1)
        )

    expected = next((n for n in range(1, len(tokens) + 1) if loops(tokens[:n])), None)
    assert first_loop(tokens) == expected
