"""Publishers that a question names as such: 天津日报的报道, 据新华社, 人民网上说; never one that it is about.

Names are compared folded (both scripts are one), without marks and without what only says where a publisher writes
(客户端, 公众号). 新华社, 新华网 and 新华每日电讯 stay apart: they are different publishers.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from models.fold import fold, fold_text
from rag.articles.sources import NAMES
from rag.types import Span

ARTICLE = (
    r"(?:(?:新闻)?报道(?![组量团部权面员者率])|报导(?!员)"
    r"|新闻(?![办网社部奖学]|发布|发言|中心|出版|联播|人物|媒体|工作|事业|传播|专业|事件|价值|报道)"
    r"|消息(?!人士|面|队列|灵通)|文章|稿件|稿子|帖子|推文|社论|社评|评论员文章|评论(?![部区人家员])"
    r"|通讯(?![社录员地公技设])|专访|综述)"
)
"""A word for what a publisher publishes."""

_SHORT = 2  # characters of a name that could as well be the end of one word and the beginning of the next (声明报道)
_BEFORE_SHORT = re.compile(r"(?:^|[,:、，。?!的据在从看读由是和与及或被跟据自于到照只篇天日号月年])$")
_SEPARATORS = re.compile(r"[、,，;；/|·—&+\s]|-(?=[^\x00-\x7f])")
_MARKS = "《》“”\"'「」『』【】"
_DROPPED = re.compile(rf"[{_MARKS}\[\]()（）@#:：.。]")
_PLACE = re.compile(
    r"(?:官方)?(?:微信公众号|微信公号|公众号|公号|微信|微博|客户端|app|抖音号|视频号|头条号|网站|官网|官微|全媒体|(?<=[社网报])(?:讯|电))+$"
)
_OFFICE = re.compile(r"(?<=[报刊网台])社$")
_SAME = {"中国新闻社": "中新社", "中国新闻网": "中新网", "新华通讯社": "新华社"}
_SHAPED = re.compile(r"[^\d\W]{2,}(?:[报网社刊]|新闻|时报|周刊|在线|电视台|广播|财经|观察|热线|电讯)")
_NAMES = frozenset(map(fold_text, NAMES))

_DAY = (
    r"(?:(?:在|于)?(?:(?:\d{4}年)?(?:\d{1,2}月)?(?:\d{1,2}[日号])|(?:\d{4}年)?\d{1,2}月份?|\d{4}年|[昨今前][天日]"
    r"|[上本这]周[一二三四五六日天]?|本月|这个月|上个?月|今年|去年|最近(?:一?[周月年]|[一两三几]天)?|近日|日前)?)"
)
_ABOUT = r"(?:(?:关于|有关|对|就|针对)[^,。?!]{1,20}?)?"
_WHICH = r"(?:那篇|这篇|那则|这则|哪篇|一篇|一则|相关|有关|最新|所有|全部|几篇)?"
_ROLE = r"(?:报社|社|网站|客户端|公众号|微信公众号|微博|官微)?"
_PUBLISHES = r"(?:刊登|刊发|登载|刊载|载文|撰文|发文|刊文|播发|转载|报道(?![组量团部权面员者率]))"
_AFTER = re.compile(
    rf"{_ROLE}(?:"
    rf"{_DAY}的?{_ABOUT}的?{_DAY}的?{_WHICH}{ARTICLE}"
    r"|[上里](?:面)?(?:是)?(?:怎么|如何)?(?:也|还|都)?(?:说|写|讲|登|刊|报|称|提到|提过|介绍|披露|透露)"
    rf"|{_DAY}(?:是)?(?:怎么|如何)(?:报道|评价|评论|写|说)"
    r"|(?:说(?![客法明服到])|称(?![号呼为得赞职霸]))"
    rf"|{_DAY}(?:曾经?|还|也|都)?{_PUBLISHES}"
    rf"|{_DAY}(?:发布|发表|推送|发出|播出)(?:了|过)?的?(?:一篇|那篇|一则)?[^,。?!的]{{0,6}}{ARTICLE}"
    r"|记者[^,。?!的]{0,6}的?(?:报道|采写)"
    r")"
)
_ACCORDING = re.compile(r"(?:(?<![依证论数占票收凭根])据|根据|按照|依据|参考|引用|引述)$")
_ACCORDED = re.compile(
    rf"{_ROLE}{_DAY}(?:[,:]|的?{_WHICH}{ARTICLE}|[电讯](?![话视子器])|记者(?![站会协])|说|称|披露|透露|$)"
)
_IN = re.compile(r"(?:刊登|发表|登载|刊载|刊发|登|来源)(?:在|于|是|为|:)$|(?:来自|出自|源自|摘自|选自)$")
_INSIDE = re.compile(rf"{_ROLE}[上里]?(?:的{_WHICH}{ARTICLE}|的?(?:[那这哪][篇则]|(?=[,?]|$)))")
ONLY = re.compile(r"(?:只|仅)(?:要|看|查|搜|找|用|限)$")
_OF = re.compile("的?")
_NOT_BY = re.compile(
    r"(?:不是|并非|而非|除了?|除去|除开|不看|不要|排除|没有|向|对|给|接受|告诉|起诉|状告|回应|驳斥|反驳|否认|澄清|批评|质疑"
    r"|辟谣|举报|针对|担任|出任|任职于|就职于|加入|收购|采访|参观|加盟|离开|关于|有关)$"
)
_IS_TOPIC = re.compile(
    r"(?:一文|作品|内容)?(?:获|得了|被(?!发)|引发|遭|失实|侵权|抄袭|是否(?:属实|失实)|为什么(?:会)?被)"
)
_AND = re.compile(r"(?:社|报社)?(?:和|与|及|以及|或者?|、|,)据?")


@dataclass(frozen=True, slots=True)
class Named:
    """Publishers named as such."""

    spans: tuple[Span, ...]  # of their names in the question
    names: tuple[str, ...]  # as compared
    sources: tuple[str, ...]  # as the library's articles name them


def publisher_key(name: str) -> str:
    """Return what is compared of a publisher's name."""
    key = _DROPPED.sub("", fold_text(name))
    while len(shorter := _OFFICE.sub("", _PLACE.sub("", key))) > 1 and shorter != key:
        key = shorter
    return _SAME.get(key, key)


def publisher_keys(source: str) -> Iterator[str]:
    """Yield the keys of the publishers that one source line names (新华社、人民网)."""
    yield publisher_key(source)
    yield from map(publisher_key, filter(None, _SEPARATORS.split(source)))


class Publishers:
    """The publishers of a library's articles."""

    def __init__(self, sources: Iterable[str]) -> None:
        """Know the sources as the library's articles name them; one that has no publisher's name counts for none."""
        by_key: defaultdict[str, set[str]] = defaultdict(set)
        for source in sources:
            for key in publisher_keys(source):
                if key in _NAMES or _SHAPED.fullmatch(key):
                    by_key[key].add(source)
        self._sources = {key: tuple(sorted(names)) for key, names in by_key.items()}
        written = {*self._sources, *(long for long, short in _SAME.items() if short in self._sources)}
        longest_first = sorted(written, key=lambda name: (-len(name), name))
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def named_in(self, question: str) -> Named | None:
        """Return the publishers that a question names as such, if the library has articles of theirs."""
        folded = fold(question)
        places = [place for place, char in enumerate(folded.text) if char not in _MARKS]
        text = "".join(folded.text[place] for place in places)
        mentions = [found for found in self._pattern.finditer(text) if _stands_apart(text, found)]
        for last, mention in reversed(list(enumerate(mentions))):
            if not _as_publisher(text, mention):
                continue
            together = [mention]
            for earlier in reversed(mentions[:last]):  # 新华社和人民日报的报道
                if not _AND.fullmatch(text, earlier.end(), together[0].start()):
                    break
                together.insert(0, earlier)
            if _NOT_BY.search(text[: together[0].start()]):
                continue
            names = tuple(_SAME.get(each.group(), each.group()) for each in together)
            spans = [folded.original_span(places[each.start()], places[each.end() - 1] + 1) for each in together]
            sources = {source for name in names for source in self._sources[name]}
            return Named(tuple(Span(*span) for span in spans), names, tuple(sorted(sources)))
        return None


def _stands_apart(text: str, mention: re.Match[str]) -> bool:
    """Whether a short name is not the end of one word and the beginning of the next."""
    return len(mention.group()) > _SHORT or _BEFORE_SHORT.search(text[: mention.start()]) is not None


def _as_publisher(text: str, mention: re.Match[str]) -> bool:
    """Whether the words around a name say that it published what is asked for."""
    before, end = text[: mention.start()], mention.end()
    found = _AFTER.match(text, end)
    if not found and _ACCORDING.search(before):
        found = _ACCORDED.match(text, end)
    if not found and _IN.search(before):
        found = _INSIDE.match(text, end)
    if not found and ONLY.search(before):
        found = _OF.match(text, end)
    return found is not None and _IS_TOPIC.match(text, found.end()) is None
