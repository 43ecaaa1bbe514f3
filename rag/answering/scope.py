"""What a question asks of the articles beside their topic, read from its words: when and by whom they were published.

A date in a question can say when an article was published (去年的报道, 上个月发布的通知) or when something happened
(2021年第七次联席会议在哪开). Only the first may leave articles out. The second is a preference: articles of about that
time come first. So is 最新. Words are read against the day the question is asked.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from models.errors import BadInputError
from models.fold import fold, fold_text, simplify
from rag.answering.publishers import ARTICLE, ONLY, Named, Publishers
from rag.answering.question import content_terms
from rag.text.periods import Period, month_end, periods, replaced
from rag.types import NO_CONDITIONS, Condition, ConditionKind, Filter, Span

_DOCUMENT = r"(?:通知|公告|通告|公示|通报|声明|公报|启事)(?![书函栏])"
_WHICH = r"(?:那篇|这篇|那则|这则|哪篇|哪些|一篇|一则|相关|有关|最新|所有|全部|几篇|各?媒体)?"
_ABOUT = r"(?:(?:关于|有关|对|就|针对)[^，,。？?!！]{1,20}?)?"
_INSIDE = r"(?:里|内|间|期间|当天|这天|这段时间)?"
_PUT_OUT = r"(?:发布|发表|刊登|刊发|登出|登载|见报|发出|推送)"
_OF_ARTICLE = re.compile(
    rf"{_INSIDE},?(?:的{_ABOUT}的?{_WHICH}{ARTICLE}|{_ABOUT}的{_WHICH}{ARTICLE}|{_WHICH}(?:新闻)?报道(?!称|说))"
)
_PUBLISHED_ARTICLE = re.compile(
    rf"{_INSIDE}{_PUT_OUT}过?的{_WHICH}{_ABOUT}的?{ARTICLE}|{_INSIDE}(?:新闻)?报道(?:了|过|的)"
)
_PUBLISHED_DOCUMENT = re.compile(rf"{_INSIDE}{_PUT_OUT}过?的{_WHICH}{_DOCUMENT}")
_PUT_OUT_IN = re.compile(rf"{_PUT_OUT}(?:时间)?(?:在|于|是|为)$")
_ANY_ARTICLE = re.compile(rf"{_INSIDE}的?{_WHICH}(?:{ARTICLE}|{_DOCUMENT})")
_EXCLUDED = re.compile(r"(?:不是|并非|而非|除了?|除去|除开|不看|不要|排除)$")
_OF_EVENT = re.compile(r"(?:关于|有关|对|针对)$")
_OPENING = re.compile(r"^(?:请问|请|查一下|找一下|看看|我想知道|想知道|在|从)*$")
_COMPARED = re.compile(r"(?:比|较|相比|相较于?|对比|超过|高于|低于|多于|少于|(?<![关对位在由属始处])于)$")
_COMPARED_AFTER = re.compile(r"(?:的)?(?:同期|同月|同日|同季|同时|相比|比|末相比)")
_LATEST = re.compile(
    r"最新(?![款型版式鲜]|一[代款])|最近(?!的?(?:距离|医院|车站|地铁|机场|路线|酒店|学校|银行|超市))|近期|(?<![附最])近日(?!本)"
    r"|(?<![\d一二两三四五六七八九十今昨当])日前|目前(?!为止|最[早高大长老古]|唯一|已?[发所]现|已?知)|眼下|当前|现阶段|这[几两]天|这段时间"
)
_NOW = re.compile("目前|眼下|当前|现阶段")
_NEAR = re.compile(r"(?:离|距|附近|就近).{0,12}$")
_LONGEST_PREFERRED = timedelta(days=731)
_FIRST_YEAR, _LAST_YEAR = 1000, 9000  # of the days that a question can be asked on
_BLANK = "\ue000"  # stands for a publisher's name or a stretch of time; private, so in no question's words
_FRAME = re.compile(
    rf"(?:据|根据|按照|依据|在|从|只看)?[{_BLANK}《》“”的和与及、于社]*(?:发布|发表|刊登|刊发|刊载)?(?:过|了)?的?(?:记者|相关|有关)*"
    rf"(?:{ARTICLE}|{_DOCUMENT}|[电讯])?(?:里|中|上)?面?(?:[说称]|提到|写道|显示|介绍)?(?:[,，:：]\s*|(?<=[里中上面说称到]))"
)
_LEAST_ASKED = 2  # content terms that must be left of a question
_DATELINE = re.compile(r"[电讯](?=[,:]|$)")
_COULD_NAME = re.compile(
    "[据报刊登说称写讲载播评稿]|新闻|消息|文章|社论|通讯|专访|综述|来源|来自|出自|源自|摘自|选自|[只仅]"
)
_PARTS = {(1, 12): "", (1, 6): "上半年", (7, 12): "下半年", (1, 9): "前三季度"} | {
    (3 * n + 1, 3 * n + 3): f"第{char}季度" for n, char in enumerate("一二三四")
}

PUBLISHED_LABEL = "发布于 {}"
PERIOD_LABEL = "优先 {}前后"
SINCE_LABEL = "优先 {}"
SOURCE_LABEL = "来源 {}"
NEWEST_LABEL = "优先最近"
SOURCES_JOINED = "、"


@dataclass(frozen=True, slots=True)
class Scope:
    """A question with what it asks of the articles beside their topic."""

    asked: str  # as written
    question: str  # the same, relative words resolved: 去年 → 2022年
    wanted: str  # that, without what only says when or by whom it was published (去年的报道里，)
    topic: str  # that, without stretches of time
    conditions: tuple[Condition, ...] = ()

    @property
    def only(self) -> Filter:
        """What its hard conditions restrict retrieval to."""
        published = self._one(ConditionKind.PUBLISHED)
        source = self._one(ConditionKind.SOURCE)
        return Filter(
            published_from=published.start if published else None,
            published_to=published.end if published else None,
            sources=frozenset(source.sources) if source else frozenset(),
        )

    @property
    def period(self) -> Condition | None:
        """When what it asks about happened."""
        return self._one(ConditionKind.PERIOD)

    @property
    def newest(self) -> bool:
        """Whether newer articles come first."""
        return self._one(ConditionKind.NEWEST) is not None

    @property
    def now(self) -> bool:
        """Whether that was read from a word that may be no more than a way of speaking (目前)."""
        newest = self._one(ConditionKind.NEWEST)
        return newest is not None and _NOW.fullmatch(fold_text(newest.span.of(self.asked))) is not None

    def _one(self, kind: ConditionKind) -> Condition | None:
        return next((condition for condition in self.conditions if condition.kind is kind), None)


def read_scope(
    question: str,
    as_of: date | None,
    publishers: Callable[[], Publishers],
    without: Collection[ConditionKind] = (),
) -> Scope:
    """Return a question's scope, read against the day it is asked; no condition of the kinds `without`.

    Without `as_of` only words are read that mean the same on any day. `publishers` returns those of the library; it is
    called only for a question that could name one. What a condition was read from is not looked for, taken off or not;
    with all kinds left aside, the question is searched as it stands.

    Raises:
        BadInputError: `as_of` is at an end of the calendar, where 近三年 or 本周 would leave it.

    """
    if as_of is not None and not _FIRST_YEAR <= as_of.year <= _LAST_YEAR:
        msg = f"去年 and its like cannot be counted from {as_of}: name a day of the years {_FIRST_YEAR} to {_LAST_YEAR}"
        raise BadInputError(msg)
    found = periods(question, as_of)
    resolved = replaced(question, list(_written(found)))
    if set(without) >= NO_CONDITIONS:
        return Scope(question, resolved, resolved, resolved)
    named = publishers().named_in(question) if _COULD_NAME.search(fold_text(question)) else None
    read = [
        *_dated(question, found, named.spans if named else (), as_of),
        *([_source(named)] if named else []),
    ]
    if not any(condition.start or condition.end for condition in read):
        read += _newest(question)
    kept = tuple(sorted((each for each in read if each.kind not in without), key=lambda each: each.span))
    names = named.spans if named else ()
    frame = _frame(question, [*names, *(condition.span for condition in read if condition.hard)])
    left_out = [(Span(0, frame), "")] if frame else []
    wanted = replaced(question, [*left_out, *_beyond(frame, [*_written(found), *((name, " ") for name in names)])])
    topic = replaced(question, [*((period.span, " ") for period in found), *((name, " ") for name in names)])
    return Scope(question, resolved, wanted, topic, kept)


def _beyond(frame: int, parts: Sequence[tuple[Span, str]]) -> Iterator[tuple[Span, str]]:
    return ((span, words) for span, words in parts if span.start >= frame)


def _frame(question: str, spans: Sequence[Span]) -> int:
    """Return how many characters at the beginning only say when or by whom it was published (去年的报道里，)."""
    if not spans:
        return 0
    blanked = replaced(question, [(span, _BLANK * len(span)) for span in spans])
    matched = _FRAME.match(simplify(blanked))
    long_enough = matched and len(content_terms(question[matched.end() :])) >= _LEAST_ASKED
    return matched.end() if matched and long_enough and _BLANK in matched.group() else 0


def _written(found: Sequence[Period]) -> Iterator[tuple[Span, str]]:
    return ((period.span, period.written) for period in found if period.written)


def _dated(question: str, found: Sequence[Period], names: Sequence[Span], as_of: date | None) -> Iterator[Condition]:
    """Yield at most one condition on the day of publication, and at most one on when something happened."""
    published = next((period for period in found if _is_publication(question, period, names)), None)
    if published:
        label = PUBLISHED_LABEL.format(period_label(published.start, published.end, as_of))
        yield Condition(ConditionKind.PUBLISHED, label, published.span, published.start, published.end)
    happened = [period for period in found if period is not published and not _is_aside(question, period)]
    if len(happened) == 1 and _can_be_preferred(happened[0], as_of):  # 今年和去年分别多少: neither can
        start, end = happened[0].start, happened[0].end
        around = SINCE_LABEL if end == as_of and start != end else PERIOD_LABEL
        label = around.format(period_label(start, end, as_of))
        yield Condition(ConditionKind.PERIOD, label, happened[0].span, start, end)


def _can_be_preferred(period: Period, as_of: date | None) -> bool:
    """Whether articles of about that time are some and not most: what is to come has not been reported yet."""
    if period.start is None or period.end is None or (as_of and period.start > as_of):
        return False
    return period.end - period.start <= _LONGEST_PREFERRED


def _around(question: str, span: Span, names: Sequence[Span]) -> tuple[str, str]:
    """Return the folded words before and after a span, without the names of publishers."""
    kept = [
        (place, char)
        for place, char in enumerate(question)
        if char not in "《》" and not any(name.start <= place < name.end for name in names)
    ]
    before = "".join(char for place, char in kept if place < span.start)
    after = "".join(char for place, char in kept if place >= span.end)
    return fold_text(before), fold_text(after)


def _is_publication(question: str, period: Period, names: Sequence[Span]) -> bool:
    """Whether a period says when articles were published."""
    before, after = _around(question, period.span, names)
    if _EXCLUDED.search(before) or _OF_EVENT.search(before):
        return False
    if _PUT_OUT_IN.search(before):
        return _ANY_ARTICLE.match(after) is not None
    dateline = any(name.end == period.span.start for name in names) and _DATELINE.match(after)
    return bool(
        _OF_ARTICLE.match(after)
        or _PUBLISHED_ARTICLE.match(after)
        or dateline
        or (_PUBLISHED_DOCUMENT.match(after) and _OPENING.match(before))
        or (ONLY.search(before) and re.match("的|$", after))
    )


def _is_aside(question: str, period: Period) -> bool:
    """Whether a period is only what another is compared with (比去年同期增长多少), or what is not meant."""
    before, after = _around(question, period.span, ())
    return bool(_EXCLUDED.search(before) or _COMPARED.search(before) or _COMPARED_AFTER.match(after))


def _source(named: Named) -> Condition:
    span = Span(min(name.start for name in named.spans), max(name.end for name in named.spans))
    return Condition(
        ConditionKind.SOURCE, SOURCE_LABEL.format(SOURCES_JOINED.join(named.names)), span, sources=named.sources
    )


def _newest(question: str) -> Iterator[Condition]:
    folded = fold(question)
    for match in _LATEST.finditer(folded.text):
        if not _NEAR.search(folded.text[: match.start()]):
            span = Span(*folded.original_span(match.start(), match.end()))
            yield Condition(ConditionKind.NEWEST, NEWEST_LABEL, span)
            return


def period_label(start: date | None, end: date | None, as_of: date | None = None) -> str:
    """Return a period in Chinese, as short as it is exact; one that ends on the day of asking is 以来."""
    if start is None:
        return f"{_day(end)}以前" if end else ""
    if start == end:
        return _day(start)
    if end is None or end == as_of:
        return f"{_day(start)}以来"
    if start.day == 1 and end == month_end(end.year, end.month) and start.year == end.year:
        months = (start.month, end.month)
        if months in _PARTS:
            return f"{start.year}年{_PARTS[months]}"
        return f"{start.year}年{start.month}月" + (f"至{end.month}月" if end.month != start.month else "")
    last = _day(end)
    if start.year == end.year:
        last = last.removeprefix(f"{end.year}年")
        if start.month == end.month:
            last = last.removeprefix(f"{end.month}月")
    return f"{_day(start)}至{last}"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
