"""Preferences put what is of the right time first, leave nothing out, and lift nothing that lacks the question's words."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.retrieval.prefer import newest_first, preferred, reported, states
from rag.types import Hit, Passage, Repost

ASKED = frozenset({"灯会", "门票"})


def hit(name: str, text: str = "灯会门票", published: date | None = None, also_in: tuple[str, ...] = ()) -> Hit:
    passage = Passage(f"{name}:0", name, "body", 0, len(text), text)
    return Hit(1, 0.0, passage, {}, published, tuple(Repost(other, "", None, None, "") for other in also_in))


def names(hits: list[Hit]) -> list[str]:
    return [each.passage.article_id for each in hits]


def test_what_is_in_both_rankings_comes_first_and_nothing_is_lost():
    """The second of all articles, published at the right time, passes the first; the others stay behind it."""
    a, b, c = hit("a"), hit("b"), hit("c")
    ordered = preferred([a, b, c], [b], ASKED, lambda _: False, 9)
    assert names(ordered) == ["b", "a", "c"]
    assert [each.rank for each in ordered] == [1, 2, 3]
    assert names(preferred([a, b, c], [b], ASKED, lambda _: False, 2)) == ["b", "a"]


def test_an_undated_article_gains_by_what_its_text_says():
    """No day of publication is no reason to fall behind."""
    a, b = hit("a"), hit("b", "灯会门票30元")
    assert names(preferred([a, b], [], ASKED, lambda each: "30" in each.passage.text, 9)) == ["b", "a"]
    dated = hit("b", "灯会门票30元", date(2023, 1, 1))
    assert names(preferred([a, dated], [], ASKED, lambda each: "30" in each.passage.text, 9)) == ["a", "b"]


def test_a_story_that_is_shown_is_not_shown_again():
    """The second ranking may bring another paper's print of a hit."""
    a, b = hit("a", also_in=("b",)), hit("b", also_in=("a",))
    assert names(preferred([a], [b], ASKED, lambda _: False, 9)) == ["a"]


HITS = st.lists(
    st.builds(
        hit,
        st.sampled_from("abcdefghij"),
        st.sampled_from(["灯会门票", "灯会", "门票", "别的话", "无"]),
        st.dates(date(2023, 1, 1), date(2023, 1, 9)) | st.none(),
    ),
    max_size=8,
    unique_by=lambda each: each.passage.id,
)


@given(HITS, HITS, st.booleans())
def test_a_passage_without_the_questions_words_passes_none_that_has_them(found, near, fits):
    """Whatever the two rankings are: who holds no word of the question gains nothing where another holds them."""
    texts = {each.passage.id: each for each in found}
    near = [texts.get(each.passage.id, each) for each in near]
    ordered = preferred(found, near, ASKED, lambda _: fits, 99)
    assert {each.passage.id for each in found} <= {each.passage.id for each in ordered}
    places = {each.passage.id: place for place, each in enumerate(ordered)}
    for place, better in enumerate(found):
        for worse in found[place + 1 :]:
            if "灯会门票" in better.passage.text and not {"灯", "门"} & set(worse.passage.text):
                assert places[better.passage.id] < places[worse.passage.id]


@pytest.mark.parametrize(
    ("start", "end", "as_of", "expected"),
    [
        (date(2023, 8, 15), date(2023, 8, 15), date(2023, 8, 16), (date(2023, 8, 15), date(2023, 8, 16))),
        (date(2023, 8, 15), date(2023, 8, 15), date(2024, 1, 1), (date(2023, 8, 15), date(2023, 8, 16))),
        (date(2023, 7, 1), date(2023, 7, 31), date(2024, 1, 1), (date(2023, 7, 1), date(2023, 8, 31))),
        (date(2022, 1, 1), date(2022, 12, 31), None, (date(2022, 1, 1), date(2023, 1, 31))),
        (date(2022, 1, 1), None, date(2023, 8, 16), (date(2022, 1, 1), date(2023, 8, 16))),
        (None, date(2022, 12, 31), date(2023, 8, 16), (None, date(2023, 1, 31))),
        (date(9999, 1, 1), date.max, None, (date(9999, 1, 1), None)),
    ],
)
def test_a_stretch_of_time_is_reported_in_it_and_soon_after(start, end, as_of, expected):
    """A day for one day, a month's figures in the month after it; never after the day of asking."""
    assert reported(start, end, as_of) == expected


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("8月15日，灯会开幕。", True),
        ("15日，灯会开幕。", True),
        ("16日，灯会开幕。", False),
        ("2023年8月15日，灯会开幕。", True),
        ("2022年8月15日，灯会开幕。", False),
        ("昨日，灯会开幕。", False),
        ("灯会开幕。", False),
        ("2月30日，灯会开幕。", False),
    ],
)
def test_a_text_states_a_day_in_full_or_in_part(text, stated):
    """What it leaves unsaid is taken to fit, of late events."""
    day = date(2023, 8, 15)
    assert states(text, day, day, date(2023, 8, 16)) is stated
    assert not states(text, day, day, date(2025, 8, 16))
    assert not states(text, day, day, None)


def test_months_and_years_are_stated_by_what_lies_within_them():
    """A day of the month, the month itself; not the year around it."""
    july = date(2023, 7, 1), date(2023, 7, 31), date(2023, 8, 16)
    assert states("7月份，灯会售票三万张", *july)
    assert states("2023年7月8日开幕", *july)
    assert not states("2023年售票三万张", *july)
    assert states("2023年售票三万张", date(2023, 1, 1), date(2023, 12, 31), date(2023, 8, 16))
    assert not states("2023年上半年售票三万张", date(2023, 1, 1), date(2023, 12, 31), date(2023, 8, 16))
    assert not states("2023年售票三万张", date(2023, 1, 1), None, date(2023, 8, 16))


def test_newest_first_keeps_to_what_had_been_published():
    """Undated articles, and those of after the day of asking, are not new."""
    old, new, later = (hit(str(day), published=date(2023, 8, day)) for day in (1, 9, 20))
    assert names(newest_first([old, hit("x"), later, new], date(2023, 8, 16))) == ["9", "1"]
    assert names(newest_first([old, later, new], None)) == ["20", "9", "1"]
