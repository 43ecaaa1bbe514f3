"""What a question asks for, read from its words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from models.errors import BadInputError
from models.fold import fold_text
from rag.text.terms import FUNCTION_CHARACTERS, terms
from rag.types import HeadField, History

LONGEST = 2000

_ARTICLE = "(?:文章|报道|新闻|消息|稿件|稿子|这篇|那篇|该文|本文|通知|公告|帖子)"
_PUBLISHED = "(?:发布|发表|刊登|刊发|登出|见报)"
_WHEN = "(?:什么时候|何时|哪天|哪一天|日期|时间|几号|几月|哪年)"
_HEAD_PATTERNS: Sequence[tuple[HeadField, str]] = (
    (HeadField.EDITOR, r"责任编辑|责编|(?:编辑是谁|谁编辑|由谁编辑|编辑叫什么|编辑的名字)"),
    (HeadField.AUTHOR, rf"{_ARTICLE}.*(?:记者|作者|通讯员|谁写|撰写|撰稿|执笔|采写)"),
    (HeadField.SOURCE, rf"{_ARTICLE}.*(?:来源|出处|出自|(?:哪|什么)(?:家|个|份)?(?:媒体|报纸|报社|网站)|谁发布)"),
    (HeadField.DATE, rf"{_ARTICLE}.*(?:{_PUBLISHED}.*{_WHEN}|{_WHEN}.*{_PUBLISHED})|{_WHEN}.*{_PUBLISHED}.*{_ARTICLE}"),
    (HeadField.TITLE, rf"{_ARTICLE}.*(?:标题|题目)"),
)
_SENTENCES = re.compile(
    r"哪些|哪几|为什么|为何|为啥|怎么|怎样|如何|原因|缘由|理由|分别|介绍一下|有什么|有何|是什么意思|"
    r"(?:什么|何种|何)(?:样的)?(?:措施|建议|举措|要求|意见|内容|影响|作用|意义|特点|区别|条件|规定|好处|困难|问题|变化|成果|安排)|"
    r"(?:提出|采取|做|作出|说|强调|表示|认为)了?(?:什么|哪)"
)
_DIGITS = r"(?:\d[\d,.]*|[〇零一二三四五六七八九十百千两]+)"
_SCALE = r"(?:[多余几来]?[十百千万亿]+[多余]?|[多余])?"
_UNITS = "人名个家件项台辆次所座张份种只条篇部架颗间户亩米里吨岁天周月年度倍层页班节站届册艘枚处位头群组套棵株匹万亿"
_MONEY = re.compile(
    r"多少钱|几块钱|(?:票价|价格|金额|投资|造价|经费|资金|奖金|工资|费用|收入|利润|成本|补贴|营收|净赚|预算).*(?:多少|几|是)|"
    r"(?:花|补|赚|投|拿|领|捐|罚|付|缴|交|奖|贷|欠)了?(?:多少|几)(?![人个家件项天年月])"
)
_SHARE = re.compile(r"百分之几|百分比|比例|几成|几个百分点|(?:率|占比)(?:是|为|达|有)?多")
_DURATION = re.compile(r"多久|多长时间|几(?:天|年|个月|小时|分钟)|多少(?:天|年|个月|小时|分钟)|用时|耗时|时长")
_TIME = re.compile(
    r"什么时候|何时|几[时点月号日](?![^，。？]*[家个人])|哪一?[年天月日]|日期|截止|什么年|多会儿|啥时候|哪个月|什么时间"
)
_COUNT = re.compile(rf"(?:多少|几)(?:多)?([{_UNITS}])|(?:人数|数量|面积|总数|次数)(?:是|为|有|达)?多少")
_NUMBER = re.compile(r"多少|几[^乎何]|多[大长高久远重宽深快厚]")
_REASON = re.compile(r"为什么|为何|为啥|何故|原因|缘由|理由|怎么回事|怎么(?:会|就)?[^样办看用做写算]|因为什么")
_LIST = re.compile(r"哪些|哪几|分别|(?:提出|给出|出)了?(?:什么|哪)|有什么")
_REASON_CUE = re.compile(
    r"因为|由于|原因|为了|是为|以便|避免|防止|导致|致使|所以|因此|加上|缘于|源于|在于|受.{1,12}影响|既.{1,20}又"
)
_LIST_CUE = re.compile(
    r"、[^、。]{1,20}、|一是|第一|；[^；。]+；|包括|以及|分为|(?:有|共).{0,6}[三四五六七八九十\d]+[项类种个]"
)
_NO_NAME = re.compile(r"[\d，。、；：！？“”《》（）,.;:!?()%]")
_PERSON = re.compile(r"谁|哪位|什么人|叫什么(?:名字)?")
# Whose part in it no institution can have: 策展人是谁 asks for a person, 谁中标 may not.
_HUMAN = re.compile(
    r"哪位|什么人|(?:[人长员师者家手]|主任|书记|教授|教练|总理|总统|主席|冠军|作者|导演|妻子|丈夫|父亲|母亲|儿子|女儿|名字)(?:是|叫|为)谁"
)
_INSTITUTION = re.compile(  # 李建国 is a person
    r".{2,}(?:公司|集团|委员会|学校|大学|[中小]学|学院|医院|法院|政府|协会|研究[所院]|银行|部门|中心)$|"
    r".{3,}[馆局厅署社部队厂所台省市县区镇乡村州国]$"
)
_SHAPES = {
    "money": re.compile(rf"{_DIGITS}\s*{_SCALE}\s*(?:元|块|美元|欧元|港元|日元|英镑|人民币)"),
    "share": re.compile(rf"{_DIGITS}\s*(?:%|‰|个百分点|成)|百分之"),
    "duration": re.compile(
        rf"{_DIGITS}\s*{_SCALE}(?:年|个月|个?半月|周|天|日|个?小时|分钟|分|秒|个?半)|半(?:年|天|小时|个月)"
    ),
    "time": re.compile(
        rf"{_DIGITS}\s*(?:年|月|日|号|时|点|世纪)|\d{{1,2}}:\d{{2}}|(?:今|明|昨|去|前)[年天日]|周[一二三四五六日末]"
    ),
    "number": re.compile(_DIGITS),
}
_YEAR = re.compile(r"\d{4}(?=年)")
_BARE_NUMBER = re.compile(rf"(?:\d[\d,.]*|^[〇零一二三四五六七八九十百千两]+){_SCALE}$")
_UNIT_WITHIN = 8  # characters behind a bare number
_UNIT = re.compile(rf"{_SCALE}[^\d\s，。、；：！？“”《》（）,;:!?()]{{0,3}}")


@dataclass(frozen=True, slots=True)
class Expected:
    """What kind of words would answer: a key of `_SHAPES`, "count" with its unit, "person", "human", or None.

    A person may be an institution too, where 谁 may ask for one; a human may not.
    """

    kind: str | None
    unit: str = ""


def check(question: str) -> str:
    """Return the question without surrounding white space.

    Raises:
        BadInputError: it is empty, or longer than `LONGEST` characters.

    """
    stripped = question.strip()
    if not stripped:
        raise BadInputError("the question is empty: type what you want to know")
    if len(stripped) > LONGEST:
        raise BadInputError(f"the question has {len(stripped):,} characters, {LONGEST:,} are the most: shorten it")
    return stripped


def head_field(question: str) -> HeadField | None:
    """Return which part of an article's head is asked for, if any."""
    folded = fold_text(question)
    return next((name for name, pattern in _HEAD_PATTERNS if re.search(pattern, folded)), None)


def without_head_words(question: str) -> str:
    """Return the question without the words that ask for a head field, to find the article by the rest."""
    folded = fold_text(question)
    return re.sub(
        r"责任编辑|责编|编辑|记者|作者|通讯员|来源|出处|标题|题目|发布|发表|刊登|日期|时间|媒体|"
        rf"{_ARTICLE}|什么时候|何时|哪天|哪一天|哪家|哪个|是谁|是什么|叫什么|的名字",
        " ",
        folded,
    )


def wants_sentences(question: str) -> bool:
    """Whether sentences answer better than a bare span: how, why, which ones, what was proposed."""
    return _SENTENCES.search(fold_text(question)) is not None


def expects(question: str) -> Expected:
    """Return what kind of words would answer."""
    folded = fold_text(question)
    for kind, pattern in (("money", _MONEY), ("share", _SHARE), ("duration", _DURATION), ("time", _TIME)):
        if pattern.search(folded):
            return Expected(kind)
    if count := _COUNT.search(folded):
        return Expected("count", count.group(1)) if count.group(1) else Expected("number")
    if _NUMBER.search(folded):
        return Expected("number")
    for kind, pattern in (("reason", _REASON), ("list", _LIST), ("person", _PERSON)):
        if pattern.search(folded):
            return Expected("human" if kind == "person" and _HUMAN.search(folded) else kind)
    return Expected(None)


def fits(expected: Expected, text: str, sentence: str = "") -> bool | None:
    """Whether a span is of the expected kind; None where that cannot be told.

    A reason or a list shows in the words of the whole sentence, the other kinds in the span itself.
    """
    folded = fold_text(text)
    if expected.kind is None:
        return None
    if expected.kind in ("reason", "list"):
        cue = _REASON_CUE if expected.kind == "reason" else _LIST_CUE
        return True if cue.search(fold_text(sentence or text)) else None
    if expected.kind in {"person", "human"}:
        return _is_name(folded, human=expected.kind == "human")
    if expected.kind == "count":
        return re.search(rf"{_DIGITS}{_SCALE}[^\d，。；]{{0,2}}{expected.unit}", folded) is not None
    return _SHAPES[expected.kind].search(folded) is not None


def _is_name(text: str, *, human: bool) -> bool | None:
    if len(text) > 8 or _NO_NAME.search(text) or (human and _INSTITUTION.match(text)):
        return False
    return True if 2 <= len(text) <= 4 or "·" in text else None


def with_unit(passage: str, start: int, end: int) -> str:
    """Return a passage's span, and where it ends in a bare number what follows it, where its unit stands.

    A reader's span may end before the unit (5.87万 of 5.87万人受灾); it is of the kind that it is all the same.
    """
    folded = fold_text(passage[start:end])
    if not _BARE_NUMBER.search(folded):
        return passage[start:end]
    unit = _UNIT.match(fold_text(passage[end : end + _UNIT_WITHIN]))
    return folded + (unit[0] if unit else "")


def content_terms(question: str) -> frozenset[str]:
    """Return the question's terms that say what it is about, without those made of function characters."""
    return frozenset(term for term in terms(question) if not FUNCTION_CHARACTERS.intersection(term))


def years(text: str) -> frozenset[str]:
    """Return the four-digit years named in a text."""
    return frozenset(_YEAR.findall(fold_text(text)))


_ANAPHORA = re.compile(
    r"^(?:那么?|还有|另外|其中|然后|具体)|他们?|她们?|它们?|其[^他实中]|该|"
    r"这[个次项份些里篇]|那[个次项份些里篇]|此[次外]|呢$"
)
_ASKING = re.compile(
    r"(?:是|有|在|为)?(?:什么时候|为什么|什么|多少钱?|哪些|哪里|哪个|哪家|哪位|哪天|何时|谁|几|怎么样?|如何|吗|呢)|[？?]"
)
_LEAST_ALONE = 5  # content characters; 总投资 or 建筑面积 alone asks about what was spoken of, 青汀县县长 does not


def _stands_alone(question: str) -> bool:
    """Whether a question can be understood without the ones before it: it points at nothing and names its subject."""
    folded = fold_text(question).rstrip("？?。")
    content = [char for char in _ASKING.sub("", folded) if char.isalnum() and char not in FUNCTION_CHARACTERS]
    return not _ANAPHORA.search(folded) and len(content) >= _LEAST_ALONE


def standalone(question: str, history: History) -> str:
    """Return the question so that it can be understood without the ones before it.

    A short or pointing question ("那次呢？") is led by what the last one that stands alone was about.
    """
    if not history or _stands_alone(question):
        return question
    earlier = [turn.question for turn in history]
    led_by = next((other for other in reversed(earlier) if _stands_alone(other)), earlier[-1])
    topic = _ASKING.sub("", led_by).strip(" ，。,.：:")
    return f"{topic}，{question}" if topic else question
