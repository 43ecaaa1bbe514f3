"""What a question asks for, read from its words."""

import re
from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from models.errors import BadInputError
from models.fold import fold_text
from rag.text.terms import terms
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
_NUMBER = re.compile(r"多少|几[^乎何]|多[大长高久远重宽深快]|百分之几|比例|(?:金额|价格|票价|人数|数量|面积|率|总额)是")
_TIME = re.compile(r"什么时候|何时|几[时点月号日]|哪[一]?[年天月日]|多久|日期|时间|截止|什么年|多会儿|啥时候|哪个月")
_HAS_NUMBER = re.compile(r"[\d〇零一二三四五六七八九十百千万亿两半]")
_HAS_TIME = re.compile(
    r"[\d〇零一二三四五六七八九十两]+(?:年|月|日|号|时|点|分|周|天|个月|小时|:)|"
    r"(?:今|明|昨|去|前|本|上|下)[年月日周天]|凌晨|上午|下午|晚"
)
_YEAR = re.compile(r"\d{4}(?=年)")
_FUNCTION = frozenset("的了是在和与吗呢吧么什哪谁怎为何多少几有被把将由于及其这那个些")


class Expects(StrEnum):
    """What kind of words would answer."""

    NUMBER = "number"
    TIME = "time"
    ANYTHING = "anything"


def check(question: str) -> str:
    """Return the question without surrounding white space.

    Raises:
        BadInputError: it is empty, has nothing to look for, or is longer than `LONGEST` characters.

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


def expects(question: str) -> Expects:
    """Return what kind of words would answer."""
    folded = fold_text(question)
    if _TIME.search(folded):
        return Expects.TIME
    return Expects.NUMBER if _NUMBER.search(folded) else Expects.ANYTHING


def fits(expected: Expects, text: str) -> bool | None:
    """Whether a span is of the expected kind; None where anything goes."""
    if expected is Expects.ANYTHING:
        return None
    return (_HAS_TIME if expected is Expects.TIME else _HAS_NUMBER).search(fold_text(text)) is not None


def content_terms(question: str) -> frozenset[str]:
    """Return the question's terms that say what it is about, without those made of function characters."""
    return frozenset(term for term in terms(question) if not _FUNCTION.intersection(term))


def years(text: str) -> frozenset[str]:
    """Return the four-digit years named in a text."""
    return frozenset(_YEAR.findall(fold_text(text)))


_ANAPHORA = re.compile(
    r"^(?:那么?|还有|另外|其中|然后|具体)|他们?|她们?|它们?|其[^他实中]|该|"
    r"这[个次项份些里]|那[个次项份些里]|此[次外]|呢$"
)
_ASKING = re.compile(
    r"(?:是|有|在|为)?(?:什么时候|为什么|什么|多少|哪些|哪里|哪个|哪家|哪位|哪天|何时|谁|几|怎么样?|如何|吗|呢)|[？?]"
)
_SHORT = 12
_RELATIVE_YEARS = {"前年": -2, "去年": -1, "今年": 0, "明年": 1}


def standalone(question: str, history: History, as_of: date | None = None) -> str:
    """Return the question so that it can be understood alone.

    A short or pointing question ("那次呢？") is led by what the one before it was about; with `as_of`, 去年 and its
    like become the year they mean.
    """
    result = question
    if history and (len(fold_text(question)) < _SHORT or _ANAPHORA.search(fold_text(question).rstrip("？?。"))):
        topic = _ASKING.sub("", history[-1].question).strip(" ，。,.：:")
        if topic:
            result = f"{topic}，{question}"
    if as_of:
        for word, shift in _RELATIVE_YEARS.items():
            result = result.replace(word, f"{as_of.year + shift}年")
    return result
