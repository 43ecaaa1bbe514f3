"""Figures of Chinese text as values with units, and whether one figure is borne out by another.

Arabic and Chinese numerals, scales and shares meet: 3.2亿 = 三亿二千万 = 32000万, 12% = 百分之十二, 三成 = 30%,
3公里 = 3000米. Dates and times of day are no figures (`rag.text.dates`), nor are numerals inside words (一些, 三峡,
十四五) and names (C919, 5G).
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Literal, TypeAlias

from rag.text.dates import find_dates
from rag.text.flat import flatten, original
from rag.text.numerals import DIGITS, SCALES, chinese_value
from rag.text.units import NO_UNIT, SERIES, UNIT_PATTERN, UNITS, Unit, one_kind
from rag.types import Span

Mark: TypeAlias = Literal["", "about", "above", "below"]

_ARABIC = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?!\.?\d)"
_C = "零〇一二三四五六七八九两"
_NUMERAL = (
    rf"(?:{_ARABIC}(?:[余多来几](?=[百千万亿]))?[十百千万亿]*(?:\d+[百千万]+)*"
    rf"|[{_C}十百千万亿]*[{_C}十](?:[余多来几](?=[百千万亿]))?[百千万亿]*(?:点[零〇一二三四五六七八九]+)?[万亿]*)"
)
# What goes on behind a unit's characters and makes another word of them.
_OTHER_WORDS = (
    "年级|年代(?<!0年代)|年轻|分之|分别|分布|分公司|分行|分局|分店|度假|点名|人民(?!币)|人大|人才|人均|名单|名义|"
    "名额|元旦|元素|步伐|片区|"
    "面积|面对|门店|门户|口岸|位于|位置|位居|层面|所以|所有|所谓|支持|支付|支出|处理|处于|处罚|处置|份额|次日|"
    "次年|次月|"
    "起来|起初|起到|周边|周围|周刊|周岁(?<!周岁)|天津|天然|天气|期间|期待|期望|部分|部门|级别|本次|本市|本报|本地|"
    "条例|条件|场所|场馆|场地|"
    "组织|组成|组合|道路|把握|成为|成员|成立|成功|成果|成本|成都|成绩|成熟|成就|成效|成分|成交|成长|成年|成品|"
    "成套|成份|家庭|户籍"
)
_UNIT = rf"(?!{_OTHER_WORDS})(?P<unit>{UNIT_PATTERN})"
_SUFFIX = (
    r"(?P<more>[余多来几])?(?:个(?P<more2>多|半)?(?=月|小时|钟头|工作日|百分点|基点|星期|礼拜|世纪|人|季度))?"
    rf"(?:{_UNIT})?(?P<half>半(?![年月天小数价]))?(?P<after>以上|以下|以内|之内|之多|左右|上下|多|余|许)?"
)
_FIGURE = re.compile(
    rf"(?P<per>百分之|千分之|万分之)(?P<share>{_NUMERAL})|(?P<whole>百分之?百)"
    rf"|(?P<below>{_NUMERAL})分之(?P<top>{_NUMERAL})"
    rf"|(?P<vague>[数几上近逾超成过](?P<vague_scale>[十百千万亿]+)|"
    rf"好几(?P<vague_scale2>[十百千万亿]+)){_SUFFIX.replace('?P<', '?P<v_')}"
    rf"|(?P<semi>半数|一半|(?<!超)过半(?![年天个小])|近半(?![年天个小]))|半(?P<semi_unit>年|天|个月|个小时|小时|"
    rf"个世纪)(?!个)"
    rf"|(?<![a-z0-9._])(?<![a-z][-/])(?P<ordinal>第)?(?P<numeral>{_NUMERAL}){_SUFFIX}"
)
_BEFORE = re.compile(
    r"(?:(?P<below>不超过|不高于|不多于|不足|不到|低于|少于|小于|未达|至多|最多|最高)"
    r"|(?P<above>不少于|不低于|超过|超出|突破|高于|多于|大于|至少|最少|起码|最低|逾|超)"
    r"|(?P<about>将近|接近|大约|大概|约|近))(?:为|达到|达|有|至|了|到)?$"
)
_RATIO = re.compile(r"(?<![\d:.])(\d{1,4}(?:\.\d+)?)[:∶比](\d{1,4}(?:\.\d+)?)(?![\d:])")
_ENUMERATOR = re.compile(r"(?:^|\|)[(（]?\d{1,2}[)、.）](?!\d)")
_LATIN_AFTER = re.compile(r"[a-z]")
_RANGE_FOLLOWS = re.compile(rf"(?:[-—~～]{{1,2}}|至|到){_NUMERAL}")
_RANGE = re.compile(r"[-—~～]{1,2}|至|到")
_NO_FIGURE_ALONE = frozenset(SCALES) | frozenset("零〇")
_UNITLESS_CHINESE = re.compile(rf"[百千万亿点]|[{_C}]{{3}}")
_FRACTION = re.compile(r"(?<![\d/⁄.])(\d{1,3})[/⁄]([1-9]\d{0,2})(?![\d/⁄])")
_LONGEST_NUMERAL = 40
_LONGEST_MARK = 7  # characters before a figure in which 不超过, 约达到 ... stand
_LOOK_AHEAD = 8
_NO_ORDINAL = ("方", "者", "产业")  # 第三方, 第三产业: fixed words


@dataclass(frozen=True, slots=True)
class Number:
    """A figure of a text in its base unit (metres, seconds, months, per cent ...)."""

    span: Span
    low: Fraction
    high: Fraction  # differs from `low` for 三四十, 数百
    step: Fraction  # the place value of its last stated digit
    digits: int  # significant digits
    unit: Unit
    unit_name: str
    mark: Mark = ""
    ordinal: bool = False
    weak: bool = False  # 一 with a classifier: an article more than a figure
    rounded: bool = False  # written with a decimal point or with 万, 亿

    @property
    def vague(self) -> bool:
        """Whether it names a stretch, not a value."""
        return self.low != self.high


def _pieces(numeral: str) -> list[tuple[str, str]]:
    """Split 3亿2000万 into its Arabic parts with their scales."""
    return re.findall(r"([\d.,]+)[余多来几]?([十百千万亿]*)", numeral)


def _scale(run: str) -> int:
    result = 1
    for char in run:
        result *= SCALES[char]
    return result


def _digits(written: str) -> int:
    plain = written.replace(",", "")
    stripped = plain.replace(".", "").lstrip("0")
    return max(1, len(stripped if "." in plain else stripped.rstrip("0")))


@dataclass(frozen=True, slots=True)
class _Value:
    low: Fraction
    high: Fraction
    step: Fraction
    digits: int
    rounded: bool


def _arabic(numeral: str) -> _Value:
    total, step, digits, rounded = Fraction(0), Fraction(1), 1, False
    for written, scale in _pieces(numeral):
        plain = written.replace(",", "")
        total += Fraction(plain) * _scale(scale)
        decimals = len(plain.partition(".")[2])
        zeros = 0 if decimals or not plain.strip("0") else len(plain) - len(plain.rstrip("0"))
        step = Fraction(_scale(scale) * 10**zeros, 10**decimals)
        digits = _digits(written)
        rounded = rounded or bool(decimals) or "万" in scale or "亿" in scale
    return _Value(total, total, step, digits, rounded)


def _chinese(numeral: str) -> _Value | None:
    numeral = re.sub("[余多来几]", "", numeral)
    value = chinese_value(numeral)
    if value is not None:
        whole = int(value)
        digits = len(str(whole).rstrip("0")) or 1
        step = Fraction(10 ** (len(str(whole)) - digits)) if value == whole else Fraction(1, 10**2)
        rounded = "点" in numeral or "万" in numeral or "亿" in numeral
        return _Value(value, value, step, digits, rounded)
    # 三四十, 七八, 十七八: two digits in a row are a stretch.
    stretch = re.fullmatch(rf"([{_C}十百千]*?)([{_C}])([{_C}])([十百千万亿]*)", numeral)
    if stretch is None or DIGITS[stretch[2]] + 1 != DIGITS[stretch[3]]:
        return None
    low, high = (chinese_value(stretch[1] + stretch[i] + stretch[4]) for i in (2, 3))
    if low is None or high is None:
        return None
    return _Value(low, high, high - low, 1, rounded=False)


def _value(numeral: str) -> _Value | None:
    if len(numeral) > _LONGEST_NUMERAL:  # a bar code, a garbled page
        return None
    return _arabic(numeral) if numeral[0].isascii() else _chinese(numeral)


def _mark(before: str, more: bool, after: str | None) -> Mark:
    if more or after in ("多", "余", "以上", "之多"):
        return "above"
    if after in ("以下", "以内", "之内"):
        return "below"
    if after:
        return "about"
    match = _BEFORE.search(before)
    if match is None or before[: match.start()].endswith(("最", "附")):
        return ""
    return "below" if match["below"] else "above" if match["above"] else "about"


def _scaled(value: _Value, factor: Fraction) -> _Value:
    return replace(value, low=value.low * factor, high=value.high * factor, step=value.step * factor)


def _built(span: Span, value: _Value, unit: Unit, name: str, mark: Mark = "") -> Number:
    value = _scaled(value, unit.factor)
    return Number(span, value.low, value.high, value.step, value.digits, unit, name, mark, rounded=value.rounded)


def _part_of(top: Fraction | str, below: Fraction | str) -> _Value:
    """Return a fraction as per cent; it is exact, so any rounding of it is coarser."""
    exact = 100 * Fraction(top) / Fraction(below)
    return _Value(exact, exact, Fraction(1, 100), 9, rounded=True)


def _share(match: re.Match[str], span: Span, before: str) -> Number | None:
    percent = UNITS["%"]
    if match["whole"] or match["semi"]:
        value = _Value(Fraction(100), Fraction(100), Fraction(1), 3, rounded=False)
        if not match["semi"]:
            return _built(span, value, percent, "%")
        mark: Mark = "above" if match["semi"] == "过半" else "about" if match["semi"] == "近半" else ""
        return _built(span, _scaled(value, Fraction(1, 2)), percent, "%", mark)
    if match["per"]:
        share = _value(match["share"])
        per = {"百": Fraction(1), "千": Fraction(1, 10), "万": Fraction(1, 100)}[match["per"][0]]
        if share is None:
            return None
        return _built(span, _scaled(share, per), percent, "%", _mark(before, more=False, after=None))
    top, below = _value(match["top"]), _value(match["below"])
    if top is None or below is None or not below.low:
        return None
    return _built(span, _part_of(top.low, below.low), percent, "%", _mark(before, more=False, after=None))


def _vague(match: re.Match[str], span: Span) -> Number:
    scale = Fraction(_scale(match["vague_scale"] or match["vague_scale2"]))
    unit = UNITS.get(match["v_unit"] or "", NO_UNIT)
    stretch = match["vague"][0] in "数几好"
    low, high = (scale * 2, scale * 10 - 1) if stretch else (scale, scale)
    mark: Mark = "about" if match["vague"][0] == "近" else "above"
    return _built(
        span, _Value(low, high, scale, 1, rounded=False), unit, match["v_unit"] or "", "" if stretch else mark
    )


def _plain(match: re.Match[str], span: Span, before: str, following: str) -> Number | None:
    numeral, name = match["numeral"], match["unit"] or ""
    if numeral in _NO_FIGURE_ALONE and not (numeral == "十" and name):
        return None
    value = _value(numeral)
    if value is None:
        return None
    chinese = not numeral[0].isascii()
    ordinal = bool(match["ordinal"])
    if chinese and not (name or ordinal or _UNITLESS_CHINESE.search(numeral) or _RANGE_FOLLOWS.match(following)):
        return None  # 四川, 十八大, 三农
    if not chinese and (_LATIN_AFTER.match(following) or (name == "g" and len(numeral) == 1)):
        return None  # 360p, 5g
    if name == "成":
        if value.low > 10:
            name = ""
        elif following[:1] in DIGITS:  # 三成五
            value = replace(value, low=value.low + Fraction(DIGITS[following[0]], 10), high=value.low, digits=2)
            value = replace(value, high=value.low, step=Fraction(1, 10))
    unit = UNITS.get(name, NO_UNIT)
    if match["half"] or match["more2"] == "半":
        value = replace(value, low=value.low + Fraction(1, 2), high=value.high + Fraction(1, 2), step=Fraction(1, 2))
    more = bool(match["more"]) or match["more2"] == "多" or bool(re.search("[余多几]", numeral))
    number = _built(span, value, unit, name, _mark(before, more, match["after"]))
    times = bool({"月", "天", "秒"} & unit.measures)
    weak = (
        numeral == "一" and (unit.counts or not name or times or name in ("步", "期", "层", "级")) and not match["half"]
    )
    if ordinal:  # 第一 is mostly no rank: 第一时间, 第一线
        weak = numeral == "一" or following.startswith(_NO_ORDINAL)
    return replace(number, ordinal=ordinal, weak=weak)


def _ratios(text: str) -> Iterator[tuple[int, int, Number]]:
    """Yield fractions (1/3) and ratios (3:1, 2比1), whose two sides are two figures."""
    flat = flatten(text)
    for match in _FRACTION.finditer(flat.text):
        span = original(flat, match.start(), match.end())
        yield match.start(), match.end(), _built(span, _part_of(match[1], match[2]), UNITS["%"], "%")
    for match in _RATIO.finditer(flat.text):
        span = original(flat, match.start(), match.end())
        for side in (match[1], match[2]):
            yield match.start(), match.end(), _built(span, _arabic(side), UNITS["比"], "比")


def _figure(match: re.Match[str], span: Span, chars: str) -> Number | None:
    start = match.start("numeral") if match["numeral"] and not match["ordinal"] else match.start()
    before = chars[max(0, start - _LONGEST_MARK) : start]
    if match["vague"]:
        return _vague(match, span)
    if match["semi_unit"]:
        name = match["semi_unit"].removeprefix("个")
        half = _Value(Fraction(1, 2), Fraction(1, 2), Fraction(1, 2), 1, rounded=False)
        return _built(span, half, UNITS[name], name)
    if match["numeral"]:
        return _plain(match, span, before, chars[match.end() : match.end() + _LOOK_AHEAD])
    return _share(match, span, before)


def _numbers(text: str) -> Iterator[tuple[int, int, Number]]:
    flat = flatten(text)
    dated = bytearray(len(text) + 1)
    for moment in find_dates(text):
        dated[moment.span.start : moment.span.end] = b"\1" * len(moment.span)
    ratios = [item for item in _ratios(text) if not dated[item[2].span.start]]
    yield from ratios
    taken = [(m.start(), m.end()) for m in _ENUMERATOR.finditer(flat.text)] + [item[:2] for item in ratios]
    for match in _FIGURE.finditer(flat.text):
        span = original(flat, match.start(), match.end())
        if dated[span.start] or any(low < match.end() and match.start() < high for low, high in taken):
            continue
        number = _figure(match, span, flat.text)
        if number is not None:
            yield match.start(), match.end(), number


@lru_cache(maxsize=512)
def find_numbers(text: str) -> tuple[Number, ...]:
    """Return the figures of `text` in order.

    The lower end of a range takes scale and unit from the upper: 3—5天 is 3天 and 5天, 300至500万元 is 300万元 and
    500万元.
    """
    found = sorted(_numbers(text), key=lambda item: item[0])
    chars = flatten(text).text
    for i, ((_, end, one), (start, last, other)) in reversed(list(enumerate(itertools.pairwise(found)))):
        if one.unit is NO_UNIT and other.unit is not NO_UNIT and _RANGE.fullmatch(chars, end, start):
            value = _Value(one.low, one.high, one.step, one.digits, rounded=other.rounded)
            if not one.rounded and other.rounded:
                shared = re.search("[万亿]+", chars[start:last])
                value = _scaled(value, Fraction(_scale(shared.group()) if shared else 1))
            joined = _built(one.span, value, other.unit, other.unit_name, other.mark)
            found[i] = (found[i][0], end, joined)
    return tuple(number for _, _, number in found)


def _one_series(written: Number, cited: Number) -> bool:
    if written.ordinal and cited.ordinal:
        return True
    name = written.unit_name or cited.unit_name
    return name in SERIES and written.unit_name == cited.unit_name


def _rounds(written: Number, exact: Fraction) -> bool:
    """Whether a figure that says openly that it is rounded is a rounding of `exact`."""
    slack = max(written.step, written.low / 10)
    if written.mark == "above":
        return written.low <= exact < written.low + slack
    if written.mark == "below":
        return written.low - slack < exact <= written.low
    return abs(exact - written.low) <= slack / 2


def _bears_out_value(cited: Number, written: Number) -> bool:
    if (written.low, written.high) == (cited.low, cited.high):
        return True
    if cited.vague or written.vague:
        return not cited.vague and written.low <= cited.low <= written.high + written.step
    if cited.mark or cited.step > written.step:
        return False
    if written.mark:
        return _rounds(written, cited.low)
    silently = written.digits > 1 and (cited.rounded or written.rounded) and written.step > cited.step
    return silently and abs(cited.low - written.low) <= written.step / 2


def bears_out(cited: Number, written: Number) -> bool:
    """Whether a cited figure supports a written one.

    Equal values do. So does a value that the written one rounds: openly (约, 超过, 近 ...), or silently where both two
    digits are left and decimals, 万 or 亿 show that it is rounded (3.19亿 → 3.2亿). More digits than cited are a fault.
    """
    if written.ordinal or cited.ordinal:
        return _one_series(written, cited) and written.low == cited.low
    return one_kind(written.unit, cited.unit) and _bears_out_value(cited, written)
