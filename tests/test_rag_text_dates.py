"""Dates and times: how they are written, and when a text states them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.dates import find_dates, known_dates, unsupported_dates

PUBLISHED = date(2025, 6, 26)
TEXTS = st.text(
    alphabet="0123456789一二三十〇零年月日号时点分半上下午晚周星期去今明昨本第季度至到-—:./ 甲，\n", max_size=24
)


def fields(text: str) -> list[tuple[object, ...]]:
    return [(m.year, m.month, m.day) for m in find_dates(text) if m.hour is None and m.weekday is None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024年3月5日", [(2024, 3, 5)]),
        ("2024 年 3 月 5 日", [(2024, 3, 5)]),
        ("2024-03-05", [(2024, 3, 5)]),
        ("二〇二四年三月五日", [(2024, 3, 5)]),
        ("3月5日", [(None, 3, 5)]),
        ("5日召开", [(None, None, 5)]),
        ("2023年以来", [(2023, None, None)]),
        ("2015—2020年", [(2015, None, None), (2020, None, None)]),
        ("十一月二十日", [(None, 11, 20)]),
        ("9月20日至2026年1月11日", [(None, 9, 20), (2026, 1, 11)]),
        ("5号线、15日内、6个月、长风四号、3日元", []),
        ("〔2023〕19号", []),
    ],
)
def test_calendar_dates(text, expected):
    """Full and partial dates are read; durations and numbered things are none."""
    assert fields(text) == expected


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("上午9时", 9, 0),
        ("9:30", 9, 30),
        ("下午三点", 15, 0),
        ("3时20分", 3, 20),
        ("晚上11点40分", 23, 40),
        ("两点半", 2, 30),
    ],
)
def test_times_of_day(text, hour, minute):
    """Hours are counted to 24 where the part of the day is told."""
    (moment,) = find_dates(text)
    assert (moment.hour, moment.minute) == (hour, minute)


def test_points_and_lists_are_no_times():
    """三点意见 has no clock in it."""
    assert find_dates("提出三点意见，上涨20点") == ()


@pytest.mark.parametrize(
    ("written", "cited", "supported"),
    [
        ("2025年6月28日", "6月28日", True),
        ("2024年6月28日", "6月28日", False),
        ("2024年", "去年", True),
        ("2023年", "去年", False),
        ("去年", "2024年", True),
        ("去年", "去年", True),
        ("明年3月", "2026年3月", True),
        ("6月25日", "昨天", True),
        ("昨天", "6月25日", True),
        ("上月", "5月", True),
        ("6月", "6月28日", True),
        ("6月28日", "6月", False),
        ("28日", "6月28日", True),
        ("2023年9月", "2023年5月启动，9月完成", True),
        ("2022年", "2023年5月启动，9月完成", False),
        ("2025年上半年", "今年1至6月", True),
        ("下半年", "上半年", False),
        ("下午2时", "14时", True),
        ("15时", "14时", False),
        ("中午12点", "12时", True),
        ("周六", "6月28日（星期六）", True),
        ("周五", "周六", False),
        ("周六", "2025年6月28日", True),
        ("2025年", "没有日期", True),
        ("2025年6月27日", "没有日期", False),
    ],
)
def test_what_a_text_states(written, cited, supported):
    """A date may say less than the cited one, never more and nothing else; relative words count from publication."""
    assert (unsupported_dates(written, [(cited, PUBLISHED)]) == ()) is supported


def test_a_relative_word_needs_the_day_of_publication():
    """Without it 去年 is no year."""
    assert unsupported_dates("2024年", [("去年", None)])
    assert unsupported_dates("去年", [("去年", None)]) == ()


def test_the_first_day_of_the_calendar_has_no_yesterday():
    """A relative day that the calendar does not have stays relative."""
    assert known_dates("昨天", date(1, 1, 1))[-1].days_back == -1


@given(TEXTS | st.text(max_size=40), st.none() | st.dates())
def test_any_text_reads(text, published):
    """Nothing raises, spans are exact, and every text states its own dates."""
    for moment in find_dates(text):
        assert moment.span.of(text)
    assert unsupported_dates(text, [(text, published)]) == ()
