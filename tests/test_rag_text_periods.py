"""Stretches of time that a question names, read against the day it is asked."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.periods import Period, periods, replaced
from rag.types import Span

WEDNESDAY = date(2023, 8, 16)
TEXTS = st.text(
    alphabet="0123456789一二三半十年月日周天去前今昨明本上下近最个季度以来之前至到-《》“” 甲，", max_size=20
)


def read(text: str, as_of: date | None = WEDNESDAY) -> list[tuple[str, str, str]]:
    """Return the words, the first and the last day of each stretch of time."""
    return [(p.span.of(text), str(p.start or ""), str(p.end or "")) for p in periods(text, as_of)]


@pytest.mark.parametrize(
    ("text", "words", "start", "end"),
    [
        ("去年产量", "去年", "2022-01-01", "2022-12-31"),
        ("前年的事", "前年", "2021-01-01", "2021-12-31"),
        ("今年以来", "今年以来", "2023-01-01", "2023-08-16"),
        ("2023年以来", "2023年以来", "2023-01-01", "2023-08-16"),
        ("近三年", "近三年", "2020-08-17", "2023-08-16"),
        ("近３年", "近３年", "2020-08-17", "2023-08-16"),
        ("最近一周", "最近一周", "2023-08-10", "2023-08-16"),
        ("过去半年", "过去半年", "2023-02-17", "2023-08-16"),
        ("近半个月", "近半个月", "2023-08-02", "2023-08-16"),
        ("近两个季度", "近两个季度", "2023-02-17", "2023-08-16"),
        ("截至6月30日", "6月30日", "2023-06-30", "2023-06-30"),
        ("上个月", "上个月", "2023-07-01", "2023-07-31"),
        ("上月5日", "上月5日", "2023-07-05", "2023-07-05"),
        ("上周", "上周", "2023-08-07", "2023-08-13"),
        ("上週五", "上週五", "2023-08-11", "2023-08-11"),
        ("本周末", "本周末", "2023-08-19", "2023-08-20"),
        ("昨天", "昨天", "2023-08-15", "2023-08-15"),
        ("昨晚", "昨", "2023-08-15", "2023-08-15"),
        ("7月份", "7月份", "2023-07-01", "2023-07-31"),
        ("12月", "12月", "2022-12-01", "2022-12-31"),
        ("9月1日起施行", "9月1日起", "2023-09-01", ""),
        ("2023年上半年", "2023年上半年", "2023-01-01", "2023-06-30"),
        ("2023年第一季度", "2023年第一季度", "2023-01-01", "2023-03-31"),
        ("前三季度", "前三季度", "2023-01-01", "2023-09-30"),
        ("去年12月", "去年12月", "2022-12-01", "2022-12-31"),
        ("2023年1至7月", "2023年1至7月", "2023-07-01", "2023-07-31"),
        ("8月5日至8月10日", "8月5日至8月10日", "2023-08-05", "2023-08-10"),
        ("2021年之前", "2021年之前", "", "2020-12-31"),
        ("2月29日", "2月29日", "2020-02-29", "2020-02-29"),
        ("15日的会", "15日", "2023-08-15", "2023-08-15"),
    ],
)
def test_a_stretch_of_time_is_read_against_the_day_of_asking(text, words, start, end):
    """Relative, partial and open stretches become days."""
    if text == "前三季度":
        assert read(text, date(2023, 10, 20)) == [(words, start, end)]
    else:
        assert read(text) == [(words, start, end)]


@pytest.mark.parametrize(
    "text",
    [
        "目前年产能", "如今年轻人", "80后年轻人", "三年前年均产量", "以前年度", "声明年报", "过去年份", "日本年轻人", "未来年均",
        "60岁以上月收入", "上年纪的人", "今日头条", "明日方舟", "《昨天的新闻》", "“去年”一词", "今晚报", "后天形成", "2月30日",
        "附近三天", "近100天", "1号文件", "5号线", "三天内", "这周围", "舒明天皇", "成为今天的样子", "至今天津", "说明天然气", "然后天气", "十四五", "近三年级",
    ],
)  # fmt: skip
def test_words_that_only_look_like_one_are_none(text):
    """Parts of other words, names, durations, and days that no calendar has."""
    assert read(text) == []


def test_without_a_day_only_what_means_the_same_on_any_day_is_read():
    """2023年 is a year whenever it is said; 去年 and 7月 are not."""
    assert read("2023年7月和去年7月，昨天，近三年", None) == [("2023年7月", "2023-07-01", "2023-07-31")]


def resolve(text: str) -> str:
    return replaced(text, [(period.span, period.written) for period in periods(text, WEDNESDAY) if period.written])


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("去年12月的产量", "2022年12月的产量"),
        ("上个月和昨天", "7月和8月15日"),
        ("7月31日到昨天", "7月31日到8月15日"),
        ("去年以前", "2022年以前"),
        ("昨晚的球赛", "8月15日晚的球赛"),
        ("上周五", "8月11日"),
        ("上周", "上周"),
        ("今年1—7月", "2023年1—7月"),
        ("近三年和2021年", "近三年和2021年"),
    ],
)
def test_relative_words_become_the_dates_they_mean(text, resolved):
    """Where articles write a date, the question does."""
    if resolved == "2023年1—7月":
        assert [(p.start, p.end) for p in periods(text, WEDNESDAY)] == [(date(2023, 7, 1), date(2023, 7, 31))]
    assert resolve(text) == resolved


@given(TEXTS, st.dates() | st.none())
def test_any_text_on_any_day(text, as_of):
    """Stretches come in order, do not overlap, and are never read from nothing."""
    found = periods(text, as_of)
    assert all(one.span.end <= other.span.start for one, other in pairwise(found))
    assert all(len(period.span) and (period.start or period.end) for period in found)


@given(st.dates(date(1990, 1, 2), date(2090, 1, 1)))
def test_yesterday_is_the_day_before(as_of):
    """Over months and years, too."""
    assert [(p.start, p.end) for p in periods("昨天", as_of)] == [(as_of - timedelta(days=1),) * 2]


def test_a_period_has_an_end_at_least_and_no_end_before_its_start():
    """What cannot be is refused."""
    with pytest.raises(ValueError, match="open"):
        Period(Span(0, 1), None, None)
    with pytest.raises(ValueError, match="before it begins"):
        Period(Span(0, 1), date(2023, 1, 2), date(2023, 1, 1))
