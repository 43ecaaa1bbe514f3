"""What kind of words would answer a question, and whether a span of a sentence is of that kind.

Figures, dates and names are those that `rag.text` finds in the whole sentence, so that a unit which the reader left
out (5.87万 of 5.87万人) and the neighbours by which a name is known still count.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import rjieba

from models.fold import fold_text
from rag.text.dates import Moment, find_dates
from rag.text.flat import flatten
from rag.text.name_lists import ALSO_WORDS, SURNAME_CHARACTERS
from rag.text.names import find_names
from rag.text.numbers import Number, find_numbers
from rag.text.terms import FUNCTION_CHARACTERS
from rag.text.units import UNIT_PATTERN, UNITS
from rag.types import Span

Part: TypeAlias = Literal["", "year", "day", "clock"]
Kind: TypeAlias = Literal[
    "money", "share", "duration", "time", "rank", "count", "number",
    "person", "human", "place", "area", "organisation", "name", "reason", "list",
]  # fmt: skip

_MONEY_UNITS = frozenset(["元", "美元", "港元", "新台币", "欧元", "日元", "英镑", "韩元", "卢布", "加元", "澳元"])
_SHARE_UNITS = frozenset(["%", "百分点", "倍", "番", "折", "比"])
_DURATION_UNITS = frozenset(["月", "天", "秒", "工作日", "季度", "世纪"])
_LENGTH_UNITS = frozenset(["米", "海里", "英里", "英尺", "英寸"])
_CLASSES = UNITS["个"].measures
_CALENDAR_UNITS = frozenset(["世纪", "年代", "季度"])
_MASS_UNITS = frozenset(["千克", "桶"])

_ONE = r"(?:个|[十百千万亿多余])*"
_PAID = "资金|工资|经费|补贴|费用?|款项?|奖金|罚金|薪水|收入|利润|营收|成本|预算"
_MONEY = re.compile(
    rf"多少[^,，。]{{0,4}}?(?:钱|{_PAID})|几块钱|(?:票价|价格|金额|投资|造价|净赚|{_PAID})[^,，。]{{0,8}}(?:多少|是几)(?!人)|"
    r"(?:花|补|赚|投|拿|领|捐|罚|付|缴|交|奖|贷|欠|赔)了?(?:多少|几)(?![人个家件项天年月])"
)
_SHARE = re.compile(r"百分之几|百分比|比例|几成|几个百分点|(?:率|占比)(?:是|为|达|有)?多")
_TIME = re.compile(
    r"(?P<clock>几[时点](?:钟|[整半])?(?!意见|建议|要求)|什么钟点)"
    r"|(?P<day>几[号日]|哪一?[天日]|日期|星期几|周几|礼拜几)"
    r"|(?P<year>(?<!多少)哪一?年|几几年|什么年[份头]?|何年|年份)"
    r"|什么时[候间]|何时|几月|截止|多会儿|啥时候|哪个?月|时间(?:是|在|为)?[?？]?$"
)
_LENGTHS_OF_TIME = "天|年|月|小时|分钟|星期|周|日"
_DURATION = re.compile(
    rf"多久|多长时间|几(?:个|多)?(?:{_LENGTHS_OF_TIME})|多少(?:个)?(?:{_LENGTHS_OF_TIME})|用时|耗时|时长"
)
_AGE = re.compile(r"多大(?:年纪|岁数|年龄)|几岁|年龄.*(?:多[少大]|是几)|高寿|多少岁")
_RANK = re.compile(r"第几|第多少")
_LIST = re.compile(r"哪些|哪[几两二三四五六七八九十\d]|分别|(?:提出|给出|出)了?(?:什么|哪)|有什么")
_PEOPLE = re.compile(r"多少[^,，。?？]{0,5}?(?:人|名|人[士员数]|居民|村民|市民|学生|员工|职工|观众|游客|用户)")
_COUNT = re.compile(rf"(?:多少|(?<!好)几)多?{_ONE}(?P<unit>{UNIT_PATTERN})(?!扣|报)")
_SIZE = re.compile(r"多(?:(?P<long>[长宽深厚远])|(?P<heavy>[重沉])|[高大快])(?!时间)")
_NUMBER = re.compile(r"多少|(?<!好)几[^乎何]|(?:人数|数量|面积|总数|次数)(?:是|为|有|达)?[?？]?$")
# 怎么修的 and 怎么…都 ask no reason
_REASON = re.compile(
    r"为什么|为何|为啥|何故|原因|缘由|理由|怎么回事|因为什么|怎么(?:会|就)?(?!.{0,3}都)[^样办看用做写算补申领走去来交查选报]"
)
_REASON_CUE = re.compile(
    r"因为|由于|原因|为了|是为|以便|避免|防止|导致|致使|所以|因此|加上|缘于|源于|在于|受.{1,12}影响|既.{1,20}又"
)
_LIST_CUE = re.compile(
    r"、[^、。]{1,20}、|一是|第一|；[^；。]+；|包括|以及|分为|(?:有|共).{0,6}[三四五六七八九十\d]+[项类种个]"
)
_ROLE = (
    "[人民员长师者家手生官]|主任|书记|教授|教练|总理|总统|主席|冠军|作者|导演|编辑|责编|妻子|丈夫|父亲|母亲|儿子|女儿"
)
# Whose part in it no institution can have: 策展人是谁 asks for a person, 谁中标 may not.
_HUMAN = re.compile(
    rf"哪一?[位名]|什么人|(?:{_ROLE}|名字)(?:是|为)谁|(?:{_ROLE}|[他她])叫(?:什么|啥|谁)|谁(?:的名字|领的头)"
)
_PERSON = re.compile("谁")
# 王俊生是谁 wants to be told about him.
_DEFINED = re.compile(r"^(?P<who>[^,，。]{2,12}?)(?:是|为)(?:谁|什么人|何许?人)[?？]?$")
_NAME = re.compile("(?:叫|称为|称作|名为)(?:什么|啥)")
_PLACE = re.compile("哪里|哪儿|何处|何地|什么地[方点]|在哪[?？]?$|地[点址]|哪一?[个座](?:机场|车?站|园子|港|.{1,2}场)")
_AREA = re.compile(
    "哪(?:一?[个座条处]|一)?(?:国家?|省|市|县|区|镇|乡|村|城|地区?|州|邦|岛|街|路|江|河|湖|山)|哪座[。?？]?$|何国"
)
_ORGANISATION = re.compile(
    "哪[家所]|(?:哪一?个|什么|何)(?:国家)?(?:公司|企业|部门|单位|机构|学校|[大中小]学|学院|法院|医院|组织|委员会|协会|支行|"
    "银行|集团|局|部委)"
)
_INSTITUTION = re.compile(  # 李建国 is a person
    ".{2,}(?:公司|集团|委员会|学校|大学|[中小]学|学院|医院|法院|政府|协会|研究[所院]|银行|部门|中心)$|"
    ".{3,}[馆局厅署社部队厂所台省市县区镇乡村州国]$"
)
_NUMERAL = re.compile(r"[\d〇零一二三四五六七八九十百千万亿两半几数]")
_YEAR_ALONE = re.compile(r"(?:19|20)\d\d")
_VAGUE_TIME = re.compile(
    r"[时前后末初底]$|以来|期间|时[期代]|年间|年代|世纪|[朝代]$|[春夏秋冬][天季]|现在|目前|近[日期]|随后|当[时年天]|同[日年]|次[日年]"
)
_AREA_SUFFIXES = frozenset("省市县区镇乡村州国")
_SURNAMES = frozenset(SURNAME_CHARACTERS) - frozenset(ALSO_WORDS)
_NO_PERSONS = frozenset(
    {"马拉松", "洪峰", "张家", "高峰", "安全"}
)  # words that jieba takes for people, with a surname in front
_LONGEST_NAME, _LONGEST_WORD = 3, 6


@dataclass(frozen=True, slots=True)
class Expected:
    """What kind of words would answer.

    A person may be an institution too, where 谁 may ask for one; a human may not. `measures` are those of the units
    that the question allows, empty where it names none; `part` is what a time must name: a year, a day or the clock.
    """

    kind: Kind | None
    measures: frozenset[str] = frozenset()
    part: Part = ""


def expects(question: str) -> Expected:
    """Return what kind of words would answer."""
    folded = fold_text(question)
    return _expects_figure(folded) or _expects_words(folded)


def _expects_figure(question: str) -> Expected | None:
    listed = _LIST.search(question)
    for pattern, expected in _FIGURES:
        if pattern.search(question) and not (listed and expected.kind == "money"):
            return expected
    if time := _TIME.search(question):
        return Expected("time", part=_PARTS[time.lastgroup])
    if listed:
        return Expected("list")
    if counted := _COUNT.search(question):
        measures = UNITS[counted["unit"]].measures
        points = counted["unit"] == "分"  # of an examination or a game, not minutes
        return Expected("money" if measures & _MONEY_UNITS else "count", measures) if not points else _ANY_FIGURE
    if size := _SIZE.search(question):
        return Expected("number", _SIZES.get(size.lastgroup, frozenset()))
    return _ANY_FIGURE if _NUMBER.search(question) else None


def _expects_words(question: str) -> Expected:
    if (defined := _DEFINED.search(question)) and _is_named(defined["who"]):
        return Expected(None)
    return next((Expected(kind) for pattern, kind in _WORDS if pattern.search(question)), Expected(None))


_ANY_FIGURE = Expected("number")
_FIGURES: tuple[tuple[re.Pattern[str], Expected], ...] = (
    (_RANK, Expected("rank")),
    (_MONEY, Expected("money", _MONEY_UNITS)),
    (_SHARE, Expected("share", _SHARE_UNITS)),
    (_AGE, Expected("count", UNITS["岁"].measures)),
    (_DURATION, Expected("duration", _DURATION_UNITS)),
    (_PEOPLE, Expected("count", UNITS["人"].measures)),
)
_PARTS: dict[str | None, Part] = {"year": "year", "day": "day", "clock": "clock", None: ""}
_SIZES: dict[str | None, frozenset[str]] = {"long": _LENGTH_UNITS, "heavy": _MASS_UNITS}
_WORDS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (_REASON, "reason"),
    (_HUMAN, "human"),
    (_PERSON, "person"),
    (_ORGANISATION, "organisation"),
    (_AREA, "area"),
    (_PLACE, "place"),
    (_NAME, "name"),
)


@lru_cache(maxsize=2048)
def _is_named(text: str) -> bool:
    """Whether a text is somebody's name as a whole."""
    if "·" in text:
        return True
    surnamed = 1 < len(text) <= _LONGEST_NAME and text[0] in _SURNAMES and text not in _NO_PERSONS
    if surnamed and not rjieba.has_word(text):
        return text.isalpha() and FUNCTION_CHARACTERS.isdisjoint(text)
    tagged = rjieba.tag(text)
    return len(tagged) == 1 and tagged[0][1].startswith("nr") and (surnamed or not rjieba.has_word(text))


@lru_cache(maxsize=2048)
def _is_ordinary(text: str) -> bool:
    """Whether a short text is made of words that jieba knows, none of them a name."""
    if len(text) > _LONGEST_WORD or _is_named(text):
        return False
    return all(rjieba.has_word(word) and not tag.startswith(("nz", "eng")) for word, tag in rjieba.tag(text))


def fits(expected: Expected, sentence: str, start: int = 0, end: int | None = None) -> bool | None:
    """Whether a span of a sentence is of the expected kind; None where that cannot be told.

    A reason or a list shows in the words of the whole sentence, the other kinds in the span itself.
    """
    span = Span(start, len(sentence) if end is None else min(end, len(sentence)))
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
    if not figures:
        # 百名 and 数十 are none of the figures that can be checked, and spelt-out ones may be missed
        return None if _NUMERAL.search(span.of(sentence)) and not _moments(sentence, span) else False
    if expected.kind == "rank":
        return any(figure.ordinal for figure in figures)
    if expected.kind == "number" and all(figure.ordinal for figure in figures):
        return None  # 排名是多少
    told = [_counts(expected, figure) for figure in figures if not figure.ordinal and not _is_year(figure, sentence)]
    if True in told:
        return True
    return None if None in told else False


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
    if figures and any(_DURATION_UNITS & figure.unit.measures for figure in figures):
        return None  # 嘉泰二年, 三天后
    return None if _VAGUE_TIME.search(text) else False


def _names_part(moment: Moment, part: str) -> bool:
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
    whole = {name.kind for name in found if span.start <= name.span.start and name.span.end <= span.end}
    institution = "organisation" in whole or _INSTITUTION.match(text) is not None
    if kind in ("person", "human"):
        told = "person" in names or _is_named(text)
        misfits = kind == "human" and (institution or _is_ordinary(text))
    elif kind == "organisation":
        told = institution
        misfits = bool(names) and names <= {"person", "place"} and _is_ordinary(text)
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
