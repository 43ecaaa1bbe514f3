"""What kind of words would answer a question, read from how it asks.

A pattern that takes an asking for what it is not costs answers (許多大學 asks for no size): after a change here count
over people's questions how often the answer that they gave misfits (`docs/log.md`, 2026-11-23).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import rjieba

from models.fold import fold_text
from rag.text.name_lists import ALSO_WORDS, SURNAME_CHARACTERS
from rag.text.terms import FUNCTION_CHARACTERS
from rag.text.units import UNIT_PATTERN, UNITS

Part: TypeAlias = Literal["", "year", "day", "clock"]
Kind: TypeAlias = Literal[
    "money", "share", "duration", "time", "rank", "count", "number",
    "person", "human", "place", "area", "organisation", "name", "reason", "list",
]  # fmt: skip

_MONEY_UNITS = frozenset(["元", "美元", "港元", "新台币", "欧元", "日元", "英镑", "韩元", "卢布", "加元", "澳元"])
_SHARE_UNITS = frozenset(["%", "百分点", "倍", "番", "折", "比"])
DURATION_UNITS = frozenset(["月", "天", "秒", "工作日", "季度", "世纪"])
_LENGTH_UNITS = frozenset(["米", "海里", "英里", "英尺", "英寸"])
_MASS_UNITS = frozenset(["千克", "桶"])
_PEOPLE_UNITS = UNITS["人"].measures | UNITS["人次"].measures

_ONE = r"(?:个|[十百千万亿多余])*"
_PAID = "资金|工资|经费|补贴|费用|[车电水学房话运药]费|款项|奖金|罚金|薪水|收入|利润|营收|成本|预算"
_MONEY = re.compile(
    rf"多少[^,，。]{{0,4}}?(?:钱|{_PAID})|几块钱|(?:票价|价格|金额|投资|造价|净赚|{_PAID})[^,，。]{{0,8}}(?:多少|是几)(?!人)|"
    r"(?:花|补|赚|投|拿|领|捐|罚|付|缴|交|奖|贷|欠|赔)了?多少(?:[?？。,，吗呢]|$)"
)
_SHARE = re.compile(
    "百分之几|几成|几个百分点|(?:率|比例|百分比|占比)(?:是|为|达|有|占)?(?:多(?!久|长)|几)|(?:多少|多大|几).{0,2}(?:比例|百分)"
)
_TIME = re.compile(
    r"(?P<clock>几[时点](?:钟|[整半])?(?!意见|建议|要求)|什么钟点)"
    r"|(?P<day>几[号日](?!线)|哪一?[天日]|日期|星期几|周几|礼拜几)"
    r"|(?P<year>哪一?年|[西公]元几年|几几年|什么年[份头]?|何年|年份)"
    r"|什么时[候间]|何时|几月|截止|多会儿|啥时候|哪个?月|时间(?:是|在|为)?[?？]?$"
)
_HOW_MANY = r"(?<![\d好十这那近前后另元的])几"
_DURATION = re.compile(
    rf"多久(?!.{{0,4}}次)|多长时间|多少时间|{_HOW_MANY}(?:天|年|小时|分钟|周|个(?:多月|月|小时|半?星期))"
    r"|多少个?(?:天|年(?![轻级龄度])|月|小时|分钟|星期|周|日(?![圆元本]))|(?<![使应费运引常利采作])(?:用时|耗时|时长)(?!期)"
)
_AGE = re.compile(r"多大(?:年纪|岁数|年龄)|几岁|年龄.*(?:多[少大]|是几)|高寿|多少岁")
_RANK = re.compile("第几|第多少")
_LIST = re.compile(r"哪些|[哪那][几两二三四五六七八九十\d]|分别|(?:提出|给出|出)了?(?:什么|哪)|有什么")
_PEOPLE = re.compile(
    "多少[^,，。?？种个条项件次台只头]{0,4}?(?:人(?![参类工造口物民])|名(?![称字])|居民|村民|市民|学生|员工|职工|观众|游客|用户)"
)
_COUNT = re.compile(rf"(?:多少|{_HOW_MANY})多?{_ONE}(?P<unit>{UNIT_PATTERN})(?![扣报素次面员])")
_SIZE = re.compile(
    "(?<![许很众更最较诸太伦好差过])(?<!范围有)多(?:(?P<long>[长宽深厚远])|(?P<heavy>[重沉])|[高大快])(?!时间|学|校|者|范围|程度|人|方|型|量|数)"
)
_NUMBER = re.compile(rf"多少|{_HOW_MANY}[^乎何]|(?:人数|数量|面积|总数|次数)(?:是|为|有|达)?[?？]?$")
_OTHER_WORD = re.compile("什么|哪|谁|何|怎|为啥")  # beside 几 it is what asks: 几位科学家用什么发现了它
# 怎么修的 and 怎么…都 ask no reason
_REASON = re.compile(
    r"为什么|为何|为啥|何故|原因|缘由|理由|怎么回事|因为什么|怎么(?:会|就)?(?!.{0,3}都)[^样办看用做写算补申领走去来交查选报]"
)
_ROLE = (
    "[人民员长师者家手生官]|主任|书记|教授|教练|总理|总统|主席|冠军|作者|导演|编辑|责编|妻子|丈夫|父亲|母亲|儿子|女儿"
)
# Whose part in it no institution can have: 策展人是谁 asks for a person, 谁中标 may not.
_HUMAN = re.compile(rf"哪一?[位名]|(?:{_ROLE}|名字)(?:是|为)谁|(?:{_ROLE}|[他她])叫(?:什么|啥|谁)|谁(?:的名字|领的头)")
_PERSON = re.compile("谁|什么人")
# 王俊生是谁 wants to be told about him.
_DEFINED = re.compile(r"^(?P<who>[^,，。]{2,12}?)(?:是|为)(?:谁|什么人|何许?人)[?？]?$")
_NAME = re.compile("(?:叫|称为|称作|名为)(?:什么|啥)")
_PLACE = re.compile(
    "哪里|哪儿|何处|何地|什么地[方点]|在哪[?？]?$|哪一?个地[方点]|地[点址](?:是|在|为)?(?:哪|何|什么|[?？]?$)|"
    "哪一?[个座](?:机场|车?站|园子|港|.{1,2}场)"
)
_AREA = re.compile(
    "哪(?:一?[个座条处]|一)?(?:国家?|省|市|县|区|镇|乡|村|城|地区|州|邦|岛|街|路|江|河|湖|山)|哪座[。?？]?$|何国"
)
_ORGANISATION = re.compile(
    "哪[家所]|(?:哪一?个|什么|何)(?:国家)?(?:公司|企业|部门|单位|机构|学校|[大中小]学|学院|法院|医院|组织|委员会|协会|支行|"
    "银行|集团|局|部委)"
)
_SURNAMES = frozenset(SURNAME_CHARACTERS) - frozenset(ALSO_WORDS)
NO_PERSONS = frozenset({"马拉松", "洪峰", "张家"})  # jieba takes them for people, and a surname stands in front
_LONGEST_NAME = 3


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
    question = _without_idle_figures(question)
    for pattern, expected in _FIGURES:
        if pattern.search(question) and not (listed and expected.kind == "money"):
            return expected
    if time := _TIME.search(question):
        return Expected("time", part=_PARTS[time.lastgroup])
    if listed:
        return Expected("list")
    if (counted := _COUNT.search(question)) and counted["unit"] != "分":  # points are asked for, not minutes
        return _counted(UNITS[counted["unit"]].measures)
    if size := _SIZE.search(question):
        return Expected("number", _SIZES.get(size.lastgroup, frozenset()))
    return Expected("number") if _NUMBER.search(question) else None


def _without_idle_figures(question: str) -> str:
    """Return the question without a 几 that asks nothing: 几位科学家用什么发现了它."""
    idle = "多" not in question and not _RANK.search(question) and _OTHER_WORD.search(question)
    return question.replace("几", "") if idle else question


def _counted(measures: frozenset[str]) -> Expected:
    if measures & _PEOPLE_UNITS:
        measures |= _PEOPLE_UNITS
    return Expected("money" if measures & _MONEY_UNITS else "count", measures)


def _expects_words(question: str) -> Expected:
    if (defined := _DEFINED.search(question)) and is_named(defined["who"]):
        return Expected(None)
    return next((Expected(kind) for pattern, kind in _WORDS if pattern.search(question)), Expected(None))


_FIGURES: tuple[tuple[re.Pattern[str], Expected], ...] = (
    (_RANK, Expected("rank")),
    (_MONEY, Expected("money", _MONEY_UNITS)),
    (_SHARE, Expected("share", _SHARE_UNITS)),
    (_AGE, Expected("count", UNITS["岁"].measures | UNITS["年"].measures)),
    (_DURATION, Expected("duration", DURATION_UNITS)),
    (_PEOPLE, Expected("count", _PEOPLE_UNITS)),
)
_PARTS: dict[str | None, Part] = {"year": "year", "day": "day", "clock": "clock", None: ""}
_SIZES: dict[str | None, frozenset[str]] = {
    "long": _LENGTH_UNITS | DURATION_UNITS | {"岁", "层", "页"},
    "heavy": _MASS_UNITS,
}
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
def is_named(text: str) -> bool:
    """Whether a text is somebody's name as a whole."""
    if "·" in text:
        return True
    surnamed = 1 < len(text) <= _LONGEST_NAME and text[0] in _SURNAMES and text not in NO_PERSONS
    if surnamed and not rjieba.has_word(text):
        return text.isalpha() and FUNCTION_CHARACTERS.isdisjoint(text)
    tagged = rjieba.tag(text)
    return len(tagged) == 1 and tagged[0][1].startswith("nr") and (surnamed or not rjieba.has_word(text))
