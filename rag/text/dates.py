"""Dates and times as Chinese text writes them, full or partial, and whether one says no more than another.

2024年3月5日, 2024-03-05, 三月五日, 5日, 去年12月, 2015—2020年, 上半年, 周六, 下午2时, 9:30. Relative words mean
something only against the day their article was published.
"""

import calendar
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from rag.text.flat import flatten, original
from rag.text.numerals import chinese_value
from rag.types import Span

_DIGIT = "零〇一二三四五六七八九"
_YEAR = rf"(?:(?:1[5-9]|20)\d\d|[一二][{_DIGIT}]{{3}})"
_MONTH = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_DAY = r"(?:3[01]|[12]\d|0?[1-9]|三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])"
_HOUR = r"(?:2[0-4]|1\d|0?\d|二?十[一二三四五六七八九]?|[零一二两三四五六七八九])"
_MINUTE = r"(?:[0-5]?\d|[二三四五]?十[一二三四五六七八九]?|[零〇]?[一二三四五六七八九])"
# Each is looked for with what must not stand around it: 目前年产量 is not of 前年, nor 如今年轻人 of 今年.
_YEAR_WORDS = {"前年": -2, "去年": -1, "上年": -1, "上一年": -1, "今年": 0, "本年": 0, "明年": 1, "来年": 1, "后年": 2}
_MONTH_WORDS = {"上个月": -1, "上月": -1, "这个月": 0, "本月": 0, "下个月": 1, "下月": 1}
_DAY_WORDS = {
    "前天": -2,
    "前日": -2,
    "昨天": -1,
    "昨日": -1,
    "昨": -1,
    "今天": 0,
    "今日": 0,
    "今": 0,
    "明天": 1,
    "明日": 1,
    "后天": 2,
}
_NOT_BEFORE = {
    "前年": "目以此之当空天日周月提战赛生年",
    "去年": "过逝失死",
    "上年": "以",
    "今年": "如当现而古迄",
    "本年": "日成基资版样剧书原",
    "明年": "声说证表注文光透",
    "来年": "未近带本以历从后由原",
    "后年": "今以之此战售0123456789〇零",
    "上月": "以登岁海",
    "本月": "日成基",
    "下月": "以岁",
    "前日": "目以此之当",
    "前天": "目以此之当先",
    "今天": "为成到至如迄",  # 今天的大学 and its like: nowadays
    "明天": "声说证表注文光透黎舒聪高开简",
    "后天": "然以之此今最随先",
}
_NOT_AFTER = {
    "上年": "纪龄轻",
    "后年": "轻龄代间",
    "上月": "球亮饼台子",
    "下月": "球",
    "前天": "津然气",
    "昨天": "津",
    "今天": "津",
    "明天": "皇子启顺津然体地文王",
    "后天": "津气",
}
_NOT_A_DAY = "内之元圆均报本线常益程游均龄"  # 15日内 is a duration, 日元 is money
_NOT_NUMBERED = "线楼院文令台机店门航馆厅库井坑桥桩车船舰泊房室展矿球选段标轮仓路站地煤专公通"  # 5号线 is no day
_PARTS = {
    "上半年": "h1",
    "下半年": "h2",
    "一季度": "q1",
    "首季度": "q1",
    "二季度": "q2",
    "三季度": "q3",
    "四季度": "q4",
    "前三季度": "q1-3",
}
_SPOKEN_PARTS = {(1, 6): "h1", (7, 12): "h2", (1, 3): "q1", (4, 6): "q2", (7, 9): "q3", (10, 12): "q4", (1, 9): "q1-3"}
_WEEKDAYS = {char: index for index, char in enumerate("一二三四五六日")} | {"天": 6}
_EARLY = "凌晨|清晨|早晨|早上|上午|早"
_LATE = "下午|傍晚|晚上|晚间|夜间|深夜|晚|夜里"
_NOON = "中午"


def _words(words: Iterable[str]) -> str:
    """Return a pattern of any of these words, the longest first, each where it is a word."""
    parts = []
    for word in sorted(words, key=len, reverse=True):
        before = f"(?<![{_NOT_BEFORE[word]}])" if word in _NOT_BEFORE else ""
        after = f"(?![{_NOT_AFTER[word]}])" if word in _NOT_AFTER else ""
        parts.append(f"{before}{word}{after}")
    return "|".join(parts)


YEAR_WORD = re.compile("|".join(sorted(_YEAR_WORDS, key=len, reverse=True)))  # where one is known to stand
_DATE = re.compile(
    rf"(?<![\d.])(?P<dashed>(?P<y1>(?:19|20)\d\d)[-/.](?P<m1>1[0-2]|0?[1-9])[-/.](?P<d1>3[01]|[12]\d|0?[1-9])(?!\d))日?"
    rf"|(?<![\d.])(?P<y2>{_YEAR})年?(?=(?:[-—~～]{{1,2}}|至|到){_YEAR}年)"
    rf"|(?:(?<![\d{_DIGIT}.])(?P<y>{_YEAR})年度?|(?P<yw>{_words(_YEAR_WORDS)}))"
    rf"(?:(?P<part>上半年|下半年|前三季度|第?[一二三四1234]季度|首季度)"
    rf"|(?P<m2>{_MONTH})月(?!球|亮|饼|份额)(?:份|(?P<d2>{_DAY})(?:[日号](?![元圆])))?)?"
    rf"|(?P<part2>上半年|下半年|前三季度|(?<!前)第?[一二三四1234]季度|首季度)"
    rf"|(?<![\d.{_DIGIT}])(?P<m4>{_MONTH})月?(?:[-—~～]{{1,2}}|至|到)(?P<m5>{_MONTH})月(?!\d|{_DAY}[日号])"
    rf"|(?<![\d.{_DIGIT}十个])(?P<m3>{_MONTH})月(?!球|亮|饼|星)(?:份|(?P<d3>{_DAY})(?:[日号](?![元圆]))?)?"
    rf"|(?P<mw>{_words(_MONTH_WORDS)})(?:(?P<d5>{_DAY})[日号])?"
    rf"|(?<![\d.,〕\]){_DIGIT}十百前后近续满共每])(?:(?P<d4>{_DAY})日(?![{_NOT_A_DAY}])"
    rf"|(?<![一-鿿])(?P<d6>\d{{1,2}})号(?![{_NOT_NUMBERED}\d]))"
    rf"|(?P<dw>{_words(word for word in _DAY_WORDS if len(word) > 1)}|[昨今](?=晚(?!报)|晨|早))"
)
_TIME = re.compile(
    rf"(?P<period>{_EARLY}|{_LATE}|{_NOON})?(?:(?<![\d.:{_DIGIT}])(?P<h1>{_HOUR})(?:时(?!候|间|代|期|速|常|节|段|"
    rf"任|刻|装|尚|隔|下|光|有)"
    rf"|点(?=钟|半|整|[0-5]?\d分|[二三四五]?十[一二三四五六七八九]?分)|(?P<spoken>点)(?!\d|[{_DIGIT}]))"
    rf"(?:(?P<m1>{_MINUTE})分?(?![{_DIGIT}\d])|(?P<half>半))?(?:整|钟)?"
    r"|(?<![\d:.])(?P<h2>2[0-4]|1\d|0?\d):(?P<m2>[0-5]\d)(?!\d)(?::[0-5]\d)?)"
)
_WEEKDAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])(?![期年报刊])")


@dataclass(frozen=True, slots=True)
class Moment:
    """A date or time in a text: what is None was not said. Either the clock fields are set, or the calendar ones."""

    span: Span
    year: int | None = None
    month: int | None = None
    day: int | None = None
    part: str | None = None  # half or quarter of a year
    weekday: int | None = None  # Monday is 0
    hour: int | None = None
    minute: int | None = None
    period_told: bool = False  # 上午, 下午, or an hour past noon: the hour is one of 24
    years_back: int | None = None  # 去年 is -1; `year` is set once the day of publication is known
    months_back: int | None = None
    days_back: int | None = None


def _number(written: str | None) -> int | None:
    if written is None:
        return None
    if written.isascii():
        return int(written)
    value = chinese_value(written)
    return None if value is None else int(value)


def _part(word: str | None) -> str | None:
    if word is None:
        return None
    plain = word.removeprefix("第").translate(str.maketrans("1234", "一二三四"))
    return _PARTS[plain]


def _date(match: re.Match[str], span: Span) -> Moment:
    group = match.groupdict()
    if group["dashed"]:
        return Moment(span, _number(group["y1"]), _number(group["m1"]), _number(group["d1"]))
    if group["y2"]:
        return Moment(span, _number(group["y2"]))
    if group["m4"]:
        months = (_number(group["m4"]) or 0, _number(group["m5"]) or 0)
        return Moment(span, part=_SPOKEN_PARTS.get(months), month=None if months in _SPOKEN_PARTS else months[1])
    if group["mw"]:
        return Moment(span, day=_number(group["d5"]), months_back=_MONTH_WORDS[group["mw"]])
    if group["dw"]:
        return Moment(span, days_back=_DAY_WORDS[group["dw"]])
    back = _YEAR_WORDS.get(group["yw"] or "")
    month = group["m2"] or group["m3"]
    day = group["d2"] or group["d3"] or group["d4"] or group["d6"]
    part = _part(group["part"] or group["part2"])
    return Moment(span, _number(group["y"]), _number(month), _number(day), part, years_back=back)


def _time(match: re.Match[str], span: Span) -> Moment | None:
    group = match.groupdict()
    if group["spoken"] and not group["period"]:
        return None  # 三点意见 is no time of day
    hour = _number(group["h1"] or group["h2"]) or 0
    minute = 30 if group["half"] else _number(group["m1"] or group["m2"])
    period = group["period"] or ""
    if hour < 12 and (period in _LATE.split("|") or (period == _NOON and hour < 10)):
        hour += 12
    return Moment(span, hour=hour, minute=minute or 0, period_told=bool(period) or hour > 12)


@lru_cache(maxsize=512)
def find_dates(text: str) -> tuple[Moment, ...]:
    """Return the dates, times and weekdays of `text` in order, as they stand there."""
    flat = flatten(text)
    found = [_date(match, original(flat, match.start(), match.end())) for match in _DATE.finditer(flat.text)]
    for match in _TIME.finditer(flat.text):
        time = _time(match, original(flat, match.start(), match.end()))
        if time is not None:
            found.append(time)
    found.extend(
        Moment(original(flat, match.start(), match.end()), weekday=_WEEKDAYS[match[1]])
        for match in _WEEKDAY.finditer(flat.text)
    )
    return tuple(sorted(found, key=lambda moment: (moment.span.start, moment.span.end)))


def _shifted_month(published: date, back: int) -> tuple[int, int]:
    index = published.year * 12 + published.month - 1 + back
    return index // 12, index % 12 + 1


def _absolute(moment: Moment, published: date) -> Moment:
    """Return a relative moment with the year, month and day it means in an article of that day."""
    if moment.years_back is not None:
        return replace(moment, year=published.year + moment.years_back)
    if moment.months_back is not None:
        year, month = _shifted_month(published, moment.months_back)
        return replace(moment, year=year, month=month)
    if moment.days_back is not None:
        day = published + timedelta(days=moment.days_back)
        return replace(moment, year=day.year, month=day.month, day=day.day)
    return moment


def _is_relative(moment: Moment) -> bool:
    return not moment.years_back is moment.months_back is moment.days_back is None


def _safe(moment: Moment, published: date | None) -> Moment:
    try:
        return _absolute(moment, published) if published else moment
    except OverflowError:  # the day before the calendar's first
        return moment


def known_dates(text: str, published: date | None) -> tuple[Moment, ...]:
    """Return every date that `text` states, each with what its surroundings add.

    A date without a year may be of the year named before it or of the year its article was published; a day without a
    month likewise. Both readings are returned. Where a text names no date, the day of publication counts as stated.
    """
    known: list[Moment] = []
    found = find_dates(text)
    if published:
        # What a text leaves undated happened about the day it was published; what it dates, did not.
        year_told = any(moment.year is not None for moment in found)
        day_told = any(moment.day is not None for moment in found)
        if not year_told:
            known.append(Moment(Span(0, 0), published.year, published.month, None if day_told else published.day))
    year = month = None
    for written in found:
        moment = _safe(written, published)
        known.append(moment)
        if moment.hour is not None or moment.weekday is not None:
            continue
        if moment.year is not None:
            year, month = moment.year, moment.month or month
        elif not _is_relative(moment):
            years = [year, published.year if published else None]
            if moment.month is not None or moment.part is not None:
                month = moment.month or month
                known += [replace(moment, year=y) for y in years if y is not None]
            elif moment.day is not None:
                known += _full_days(moment.day, moment, (year, month), published)
    return tuple(known)


def _full_days(
    day: int, moment: Moment, before: tuple[int | None, int | None], published: date | None
) -> Iterable[Moment]:
    year, month = before
    if month is not None:
        yield replace(moment, month=month)
        if year is not None or published:
            yield replace(moment, month=month, year=year if year is not None else published.year if published else None)
    if published:
        # A report of the 2nd that speaks of "the 30th" means the month before, or announces.
        for back in (0, -1) if day > published.day else (0,):
            y, m = _shifted_month(published, back)
            yield replace(moment, year=y, month=m)


def _same_clock(written: Moment, cited: Moment) -> bool:
    if cited.hour is None or written.hour is None or written.minute != cited.minute:
        return False
    if written.period_told and cited.period_told:
        return written.hour % 24 == cited.hour % 24
    return written.hour % 12 == cited.hour % 12


def _weekday_of(moment: Moment) -> int | None:
    if moment.weekday is not None:
        return moment.weekday
    if moment.year and moment.month and moment.day:
        try:
            return calendar.weekday(moment.year, moment.month, moment.day)
        except ValueError:
            return None
    return None


def _says(cited: Moment, written: Moment) -> bool:
    """Whether the cited moment says all that the written one does."""
    if written.hour is not None:
        return _same_clock(written, cited)
    if written.weekday is not None:
        return _weekday_of(cited) == written.weekday
    if _is_relative(written) and written.year is None and written.month is None:
        same = (written.years_back, written.months_back, written.days_back)
        if same != (cited.years_back, cited.months_back, cited.days_back):
            return False
    wanted = (written.year, written.month, written.day, written.part)
    stated = (cited.year, cited.month, cited.day, cited.part)
    return cited.hour is None and all(w is None or w == s for w, s in zip(wanted, stated, strict=True))


def unsupported_dates(sentence: str, cited: Sequence[tuple[str, date | None]]) -> tuple[Moment, ...]:
    """Return the dates of `sentence` that none of the cited texts states; each text comes with its day of publication.

    A written date may say less than the cited one (its year, its month and day), never more and nothing else.
    """
    written = find_dates(sentence)
    if not written:
        return ()
    known = [(known_dates(text, published), published) for text, published in cited]
    return tuple(
        moment
        for moment in written
        if not any(
            _says(stated, _safe(moment, published)) or _same_word(moment, stated)
            for moments, published in known
            for stated in moments
        )
    )


def _same_word(written: Moment, stated: Moment) -> bool:
    """Whether both use the same relative word: then the day they count from does not matter."""
    back = (written.years_back, written.months_back, written.days_back)
    return (
        _is_relative(written)
        and back == (stated.years_back, stated.months_back, stated.days_back)
        and (written.day if written.months_back is not None else None) in (None, stated.day)
        and (written.years_back is None or (written.month, written.day, written.part) in _coarser(stated))
    )


def _coarser(stated: Moment) -> tuple[tuple[int | None, int | None, str | None], ...]:
    full = (stated.month, stated.day, stated.part)
    return full, (stated.month, None, stated.part), (None, None, None)
