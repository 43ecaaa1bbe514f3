"""Stretches of time that a question names, read against the day it is asked: 去年, 近三年, 上周, 7月份, 2023年以来.

Such a stretch says when something happened or when it was written; which of the two is not decided here.
"""

import calendar
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from models.fold import Folded, fold
from rag.text.dates import YEAR_WORD, Moment, find_dates
from rag.text.numerals import chinese_value
from rag.types import Span

_AHEAD = 60  # days: a date without a year is of the last time there was one, unless the next is as near as this
_QUOTED = re.compile(r"《[^》]*》|“[^”]*”|「[^」]*」|『[^』]*』|\"[^\"]*\"")
_PARTS = {"h1": (1, 6), "h2": (7, 12), "q1": (1, 3), "q2": (4, 6), "q3": (7, 9), "q4": (10, 12), "q1-3": (1, 9)}
_NUMERAL = r"(?:\d{1,2}|[一二两三四五六七八九十]{1,3}|半)"
_UNIT = r"(?:天|日|个?星期|周|个?月|个?季度|年)"
_BACK = re.compile(
    rf"(?:最近|过去(?:的|这)?|(?<![最附接靠将临邻相新])近)(?P<count>{_NUMERAL})(?P<unit>{_UNIT})"
    r"(?![前报末级制生轮次期线均产薪])(?:以来|来|之?内|里|间)?"
)
_LONGEST = {"天": 31, "日": 31, "星期": 12, "周": 12, "月": 24, "季度": 12, "年": 20}  # 近100天 is "nearly 100 days"
_DAYS = {"天": 1, "日": 1, "星期": 7, "周": 7}
_MONTHS = {"月": 1, "季度": 3, "年": 12}
_WEEK = re.compile(
    r"(?P<back>上上|(?<![以至])上|(?<![日基])本|这|(?<![以])下)一?个?(?:周|星期|礼拜)(?P<day>[一二三四五六日天末])?"
    r"(?![年期刊报边围岁长转身均产])"
)
_WEEKS = {"上上": -2, "上": -1, "本": 0, "这": 0, "下": 1}
_WEEKDAYS = {char: (index, index) for index, char in enumerate("一二三四五六日")} | {"天": (6, 6), "末": (5, 6)}
_WHOLE_WEEK = (0, 6)
_SINCE = re.compile(r"以来|至今|以后|之后|起(?![码诉草源初])|开始")
_UNTIL = re.compile(r"以前|之前")
_TO = re.compile(r"[-—~～]{1,2}|至|到")
_NAMES = re.compile(  # that begin like a relative word, and words that only contain one
    r"今[日天](?=头条|俄罗斯|美国|说法|关注|中国|印象|视点|国际|资本|影评|阅读|闵行)|(?<=[至如迄])今日(?=本)"
    r"|明[日天](?=方舟|之后|之星|之子|集团|世界|黄花|战记|系|控股|科技|会更好)"
    r"|后天(?=形成|努力|培养|因素|获得|习得|免疫|性|教育)"
)


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time in a text: its first and last day; open where None, at one end at most."""

    span: Span
    start: date | None
    end: date | None
    written: str = ""  # in words that mean the same on any day (去年: 2022年); empty where the text's own words do

    def __post_init__(self) -> None:
        if self.start is None and self.end is None:
            raise ValueError("a period is open at one end at most")
        if self.start and self.end and self.start > self.end:
            msg = f"a period cannot end ({self.end}) before it begins ({self.start})"
            raise ValueError(msg)


def month_end(year: int, month: int) -> date:
    """Return the last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def periods(text: str, as_of: date | None) -> tuple[Period, ...]:
    """Return the stretches of time that `text` names, in order, none overlapping; words in quotation marks are names.

    Without `as_of` only those are read that mean the same on any day (2023年, 2023年7月). A date that the calendar
    does not have (2月30日) is none.
    """
    folded = fold(text)
    found = list(_calendar(text, folded, as_of))
    if as_of is not None:
        found += [*_counted(folded, as_of), *_weeks(folded, as_of)]
    names = [Span(match.start(), match.end()) for match in _QUOTED.finditer(text)]
    kept: list[Period] = []
    for period in sorted(found, key=lambda each: (each.span.start, -each.span.end)):
        apart = not kept or period.span.start >= kept[-1].span.end
        if apart and not any(name.start <= period.span.start < name.end for name in names):
            kept.append(period)
    return tuple(_opened(text, _joined(text, kept), as_of))


def replaced(text: str, parts: Iterable[tuple[Span, str]]) -> str:
    """Return `text` with these spans in other words."""
    for span, words in sorted(parts, reverse=True):
        text = text[: span.start] + words + text[span.end :]
    return text


def _calendar(text: str, folded: Folded, as_of: date | None) -> Iterator[Period]:
    """Yield what the calendar words of `text` mean."""
    names = {folded.original_span(match.start(), match.end())[0] for match in _NAMES.finditer(folded.text)}
    moments: list[Moment] = []
    for moment in find_dates(text):
        if moment.hour is not None or moment.weekday is not None or moment.span.start in names:
            continue
        last = moments[-1] if moments else None
        if last and last.span.end == moment.span.start and _is_year(last) and not _has_year(moment):
            span = Span(last.span.start, moment.span.end)  # 2023年1至7月
            moments[-1] = replace(moment, span=span, year=last.year, years_back=last.years_back)
        else:
            moments.append(moment)
    for moment in moments:
        try:
            period = _period(text, moment, as_of)
        except (ValueError, OverflowError):
            continue
        if period is not None:
            yield period


def _has_year(moment: Moment) -> bool:
    return moment.year is not None or moment.years_back is not None


def _is_year(moment: Moment) -> bool:
    return _has_year(moment) and moment.month is None and moment.part is None


def _period(text: str, moment: Moment, as_of: date | None) -> Period | None:
    """Return what a moment means.

    Raises:
        ValueError: the calendar has no such day.
        OverflowError: nor will it ever.

    """
    if as_of is None:
        return _in_year(moment, moment.year) if moment.year is not None else None
    if moment.days_back is not None:
        day = as_of + timedelta(days=moment.days_back)
        return Period(moment.span, day, day, _written(day.year, day.month, day.day, as_of))
    if moment.months_back is not None:
        year, month = _month(as_of, moment.months_back)
        words = _written(year, month, moment.day, as_of)
        return _in_year(replace(moment, month=month), year, words)
    if moment.years_back is not None:
        year = as_of.year + moment.years_back
        return _in_year(moment, year, YEAR_WORD.sub(f"{year}年", moment.span.of(text), count=1))
    return _in_year(moment, moment.year) if moment.year is not None else _without_year(moment, as_of)


def _month(day: date, shift: int) -> tuple[int, int]:
    index = day.year * 12 + day.month - 1 + shift
    return index // 12, index % 12 + 1


def _written(year: int, month: int, day: int | None, as_of: date) -> str:
    """Return a date as an article would write it: of this year, without the year."""
    return (f"{year}年" if year != as_of.year else "") + f"{month}月" + (f"{day}日" if day else "")


def _in_year(moment: Moment, year: int, words: str = "") -> Period:
    """Return the days that a moment of this year covers.

    Raises:
        ValueError: the calendar has no such day.

    """
    if moment.part is not None:
        first, last = _PARTS[moment.part]
        return Period(moment.span, date(year, first, 1), month_end(year, last), words)
    if moment.month is None:
        return Period(moment.span, date(year, 1, 1), date(year, 12, 31), words)
    if moment.day is None:
        return Period(moment.span, date(year, moment.month, 1), month_end(year, moment.month), words)
    day = date(year, moment.month, moment.day)
    return Period(moment.span, day, day, words)


def _without_year(moment: Moment, as_of: date) -> Period | None:
    """Return the last time there was such a day, month or quarter; the next one where that is near."""
    latest = as_of + timedelta(days=_AHEAD)
    if moment.month is None and moment.part is None:
        tries = [
            _try(replace(moment, month=month), year) for year, month in (_month(as_of, back) for back in (0, -1, -2))
        ]
        latest = as_of + timedelta(days=7)
    else:
        tries = [_try(moment, as_of.year + shift) for shift in (1, 0, -1, -2, -3, -4)]  # a 29 February is rare
    return next((period for period in tries if period and period.start and period.start <= latest), None)


def _try(moment: Moment, year: int) -> Period | None:
    try:
        return _in_year(moment, year)
    except ValueError:
        return None


def _counted(folded: Folded, as_of: date) -> Iterator[Period]:
    """Yield stretches counted back from `as_of`: 近三年, 最近一周."""
    for match in _BACK.finditer(folded.text):
        unit = match["unit"].removeprefix("个")
        half = match["count"] == "半"
        value = 1 if half else int(match["count"]) if match["count"].isdigit() else chinese_value(match["count"])
        if not value or value > _LONGEST[unit]:
            continue
        if unit in _DAYS:
            days = 0 if half else int(value) * _DAYS[unit]
            start = as_of - timedelta(days=days - 1) if days else None
        elif half:
            start = _months_before(as_of, 6) if unit == "年" else as_of - timedelta(days=14) if unit == "月" else None
        else:
            start = _months_before(as_of, int(value) * _MONTHS[unit])
        if start is not None:
            yield Period(Span(*folded.original_span(match.start(), match.end())), start, as_of)


def _months_before(day: date, months: int) -> date:
    """Return the day after the one so many months before: a year up to 16 August begins on 17 August."""
    year, month = _month(day, -months)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1])) + timedelta(days=1)


def _weeks(folded: Folded, as_of: date) -> Iterator[Period]:
    """Yield weeks and their days, named from the week of `as_of`: 上周, 本周五."""
    for match in _WEEK.finditer(folded.text):
        monday = as_of + timedelta(weeks=_WEEKS[match["back"]]) - timedelta(days=as_of.weekday())
        first, last = (monday + timedelta(days=n) for n in _WEEKDAYS.get(match["day"] or "", _WHOLE_WEEK))
        words = _written(first.year, first.month, first.day, as_of) if first == last else ""
        yield Period(Span(*folded.original_span(match.start(), match.end())), first, last, words)


def _joined(text: str, found: Iterable[Period]) -> Iterator[Period]:
    """Yield the periods, two of them as one where the text says from the one to the other."""
    pending: Period | None = None
    for period in found:
        if pending is not None:
            between = text[pending.span.end : period.span.start]
            in_order = pending.start and period.end and pending.start <= period.end
            if in_order and _TO.fullmatch(between.strip()):
                words = (pending.written or pending.span.of(text)) + between + (period.written or period.span.of(text))
                pending = Period(Span(pending.span.start, period.span.end), pending.start, period.end, words)
                continue
            yield pending
        pending = period
    if pending is not None:
        yield pending


def _opened(text: str, found: Iterable[Period], as_of: date | None) -> Iterator[Period]:
    """Yield the periods with what follows them: 以来 and 之前 open an end."""
    for period in found:
        tail = text[period.span.end :]
        since, until = _SINCE.match(tail), _UNTIL.match(tail)
        span = Span(period.span.start, period.span.end + len((since or until or [""])[0]))
        words = period.written + tail[: len(span) - len(period.span)] if period.written else ""
        if since and period.start:
            yield Period(span, period.start, as_of if as_of and as_of >= period.start else None, words)
        elif until and period.start and period.start > date.min:
            yield Period(span, None, period.start - timedelta(days=1), words)
        else:
            yield period
