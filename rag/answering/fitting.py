"""Whether a span of a sentence is of the kind that a question asks for.

Figures, dates and names are those that `rag.text` finds in the whole sentence, so that a unit which the reader left
out (5.87万 of 5.87万人) and the neighbours by which a name is known still count.
"""

import re
from functools import lru_cache

import rjieba

from models.fold import fold_text
from rag.answering.kinds import DURATION_UNITS, NO_PERSONS, Expected, Kind, Part, is_named
from rag.text.dates import Moment, find_dates
from rag.text.flat import flatten
from rag.text.names import find_names
from rag.text.numbers import Number, find_numbers
from rag.text.units import UNITS
from rag.types import Span

_NUMERAL = re.compile(r"[\d〇零一二三四五六七八九十百千万亿两半几数]")
_CLASSES = UNITS["个"].measures
_CALENDAR_UNITS = frozenset(["世纪", "年代", "季度"])
_FIRST_OR_LAST = re.compile(rf"{_NUMERAL.pattern}|[首次末冠亚季殿头最]")
_REASON_CUE = re.compile(
    r"因为|由于|原因|为了|是为|以便|避免|防止|导致|致使|所以|因此|加上|缘于|源于|在于|受.{1,12}影响|既.{1,20}又"
)
_LIST_CUE = re.compile(
    r"、[^、。]{1,20}、|一是|第一|；[^；。]+；|包括|以及|分为|(?:有|共).{0,6}[三四五六七八九十\d]+[项类种个]"
)
_INSTITUTION = re.compile(  # 李建国 is a person
    ".{2,}(?:公司|集团|委员会|学校|大学|[中小]学|学院|医院|法院|政府|协会|研究[所院]|银行|部门|中心)$|"
    ".{3,}[馆局厅署社部队厂所台省市县区镇乡村州国]$"
)
_VAGUE_FIGURE = re.compile("[多很全每]|大片|不少|无数|许[多久]|终[身生]")
_FROM_TO = re.compile("[-—~～至到]")
_YEAR_ALONE = re.compile(r"1\d{3}|20\d\d")
_MAYBE_TIME = re.compile(
    "[时候前后末初底期间代朝世纪年月日天晨早晚夜昼午春夏秋冬岁战汉唐宋元明清晋魏隋秦周帝古中]|现在|目前|随后|刚|马上"
)
_AREA_SUFFIXES = frozenset("省市县区镇乡村州国")
_LONGEST_WORD, _LOOSE = 6, 1


@lru_cache(maxsize=2048)
def _is_ordinary(text: str) -> bool:
    """Whether a short text is made of words that jieba knows, none of them a name."""
    if len(text) > _LONGEST_WORD or is_named(text):
        return False
    if text in NO_PERSONS:
        return True
    return all(rjieba.has_word(word) and not tag.startswith(("nr", "nz", "eng")) for word, tag in rjieba.tag(text))


def fits(expected: Expected, sentence: str, start: int, end: int) -> bool | None:
    """Whether a span of a sentence is of the expected kind; None where that cannot be told.

    A reason or a list shows in the words of the whole sentence, the other kinds in the span itself.
    """
    span = Span(start, min(end, len(sentence)))
    kind = expected.kind
    if kind is None:
        return None
    if kind in ("reason", "list"):
        cue = _REASON_CUE if kind == "reason" else _LIST_CUE
        return True if cue.search(fold_text(sentence)) else None
    if kind == "time":
        return _is_time(expected, sentence, span)
    if kind in ("person", "human", "place", "area", "organisation", "name"):
        return _is_called(kind, sentence, span)
    return _is_figure(expected, sentence, span)


def _figures(sentence: str, span: Span) -> list[Number]:
    """Return the sentence's figures of which the span holds a numeral."""
    if not _NUMERAL.search(span.of(sentence)):
        return []
    return [
        number
        for number in find_numbers(sentence)
        if _NUMERAL.search(sentence[max(number.span.start, span.start) : min(number.span.end, span.end)])
    ]


def _moments(sentence: str, span: Span) -> list[Moment]:
    return [m for m in find_dates(sentence) if m.span.start < span.end and span.start < m.span.end]


def _is_figure(expected: Expected, sentence: str, span: Span) -> bool | None:
    figures = _figures(sentence, span)
    if expected.kind == "rank":
        if any(figure.ordinal for figure in figures):
            return True
        return None if _FIRST_OR_LAST.search(span.of(sentence)) else False
    if not figures:
        return None if _may_count(expected, sentence, span) else False
    if expected.kind == "number" and all(figure.ordinal for figure in figures):
        return None  # 排名是多少
    told = [_counts(expected, figure) for figure in figures if not figure.ordinal and not _is_year(figure, sentence)]
    if True in told:
        return True
    return None if None in told else False


def _may_count(expected: Expected, sentence: str, span: Span) -> bool:
    """Whether words in which no figure was found may tell one all the same: 百名, 多年, from one day to another."""
    moments = _moments(sentence, span)
    if moments:
        days = any(moment.day and moment.month is moment.year is None for moment in moments)  # 7日
        return expected.kind == "duration" and (days or _FROM_TO.search(span.of(sentence)) is not None)
    text = span.of(sentence)
    return _NUMERAL.search(text) is not None or _VAGUE_FIGURE.search(text) is not None


def _is_year(figure: Number, sentence: str) -> bool:
    return not figure.unit_name and _YEAR_ALONE.fullmatch(figure.span.of(sentence)) is not None


def _counts(expected: Expected, figure: Number) -> bool | None:
    """Whether a figure is of the units asked for."""
    measures = figure.unit.measures
    if not expected.measures:
        return None if figure.weak else True
    if not measures:
        return None  # its unit is not said, or none that is known
    if expected.measures & measures:
        return None if figure.weak else True
    if "%" in measures and expected.kind == "count":
        return None  # 多少人: 三分之二的人
    # 22根 may be told of 多少条; people are counted in words of their own
    things = figure.unit.counts and expected.kind == "count" and "person" not in expected.measures | measures
    return None if things and expected.measures <= _CLASSES else False


def _is_time(expected: Expected, sentence: str, span: Span) -> bool | None:
    moments = _moments(sentence, span)
    if any(_names_part(moment, expected.part) for moment in moments):
        return True
    if moments:
        return False if expected.part in ("year", "clock") else None
    figures = _figures(sentence, span)
    if any(_CALENDAR_UNITS & figure.unit.measures for figure in figures):
        return True
    text = flatten(span.of(sentence)).text
    if any(_is_year(figure, sentence) for figure in figures):
        return True if expected.part in ("", "year") else None
    told = [figure for figure in figures if not figure.ordinal]
    if told and not any((DURATION_UNITS | {"岁"}) & figure.unit.measures for figure in told):
        return False
    return None if figures or _MAYBE_TIME.search(text) else False  # 嘉泰二年, 三天后, 战国


def _names_part(moment: Moment, part: Part) -> bool:
    if part == "year":
        return moment.year is not None or moment.years_back is not None
    if part == "clock":
        return moment.hour is not None
    if part == "day":
        return not moment.day is moment.weekday is moment.days_back is None
    return True


def _is_called(kind: Kind, sentence: str, span: Span) -> bool | None:
    text = flatten(span.of(sentence)).text
    if not any(map(str.isalpha, text)) or _is_all_figures(sentence, span):
        return False
    found = [name for name in find_names(sentence) if name.span.start < span.end and span.start < name.span.end]
    names = {name.kind for name in found}
    whole = {
        name.kind
        for name in found
        if abs(name.span.start - span.start) <= _LOOSE and abs(name.span.end - span.end) <= _LOOSE
    }
    institution = "organisation" in whole or _INSTITUTION.match(text) is not None
    if kind in ("person", "human"):
        told = "person" in names or is_named(text)
        misfits = kind == "human" and (institution or _is_ordinary(text))
    elif kind == "organisation":
        told = institution
        misfits = bool(whole) and whole <= {"person", "place"}
    elif kind == "name":
        told, misfits = bool(names), False
    else:
        misfits = kind == "area" and institution and text[-1] not in _AREA_SUFFIXES
        told = not misfits and ("place" in names or institution)
    return True if told else False if misfits else None


def _is_all_figures(sentence: str, span: Span) -> bool:
    """Whether a span is nothing but a figure or a date."""
    covered = [figure.span for figure in _figures(sentence, span)]
    covered += [moment.span for moment in _moments(sentence, span)]
    return any(each.start <= span.start and span.end <= each.end for each in covered)
