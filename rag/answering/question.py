"""What a question asks for, read from its words."""

import re
from collections.abc import Sequence

from models.errors import BadInputError
from models.fold import fold_text
from rag.text.numerals import chinese_value
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
# 一名 counts, 第一名 is one of a series; 5号 of a month is a day.
_SERIES = re.compile(
    r"第(?P<number>\d{1,4}|[一二三四五六七八九十]{1,3})(?P<unit>[名届期轮批集章季代回次期]|季度)"
    r"|(?<![月\d下上每这本新首前])(?P<number2>\d{1,4}|[一二三四五六七八九十]{1,3})(?P<bare>号线?|届|期|季度)"
)
_YEAR = re.compile(r"\d{4}(?=年)")


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


def content_terms(question: str) -> frozenset[str]:
    """Return the question's terms that say what it is about, without those made of function characters."""
    return frozenset(term for term in terms(question) if not FUNCTION_CHARACTERS.intersection(term))


def years(text: str) -> frozenset[str]:
    """Return the four-digit years named in a text."""
    return frozenset(_YEAR.findall(fold_text(text)))


def series(text: str) -> dict[str, frozenset[int]]:
    """Return the numbers in series that a text names, by what they number: 第二名, 5号线, 二期."""
    found: dict[str, set[int]] = {}
    for match in _SERIES.finditer(fold_text(text)):
        number = match["number"] or match["number2"]
        value = int(number) if number.isascii() else chinese_value(number)
        if value is not None:
            found.setdefault(match["unit"] or match["bare"], set()).add(int(value))
    return {unit: frozenset(values) for unit, values in found.items()}


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
