"""Lines of labels and their values: `2024-03-05 15:10 来源：某网 作者：李明 阅读：1,234 字号：大 中 小`, in any order.

Read in Simplified script and half width (`Draft.simple`), with offsets into the line.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rag.articles.dates import FULL_DATE, full_date
from rag.articles.naming import HAN, KNOWN, NAME, NAMES
from rag.text.name_lists import SURNAME_CHARACTERS
from rag.types import HeadField, Span

_COLON = r"\s*[:：]\s*"
_BAR = r"\s*(?:[:：]|[|丨｜](?=\s*[^\s\d|丨｜]))\s*"  # `来源 | 某网`, as public accounts write it
_COUNTED = (
    r"(?:我要评论|我来说两句|共?有?(?:阅读|点阅|浏览|点击|评论|点赞|访问|人气|查看|热度|参与|跟[帖贴]|回复|转发|收藏|在看|点击率|赞|顶|踩|支持|喜欢|推荐)"
    r"(?:量|数|次数|人数)?)"
)
# What ends a source that the next label is glued to.
_STOP = (
    rf"(?!(?:阅读|浏览|点击|访问|评论|点赞|人气)(?:量|数|次数|人数)?\s*[:：(（\d]|记者\s*{HAN}"
    r"|(?:字号|字体|作者|编辑|流程编辑|责任编辑|责编|(?:发布|提交|发表|回复)(?:时间|日期)|更新时间|时间|日期|审核|打印|通讯员|录入|发布人|校对)\s*[:：]|(?:19|20)\d\d[-/.年])"
)
_VALUE = rf"(?:{_STOP}[^\s|丨｜,，;；:：()（）【】\[\]。《》┊])"
_EDITOR = r"(?:流程|本文|本期|网络|文字|值班|新媒体|网站|图文)?(?:责任编辑|责编|责任编审|编辑)"
_ROLES = (
    r"(?:校对|审校|审核|核校|初审|复审|终审|一审|二审|三审|一校|二校|三校|编审|审签|监制|总监制|主编|总编|值班主任|值班总编|值班编委|美编|美术编辑|视觉|图片编辑|视频编辑"
    r"|统筹|策划|总策划|签发|校审|实习生|通讯员|摄影|摄像|供图|图片|图|视频|剪辑|制图|海报|设计|排版|版式|翻译|编译|出品|运营|流程编辑|实习编辑|见习编辑|(?:文章)?录入|审发|终校|值班)"
)
_DATED = (
    r"(?:(?:文章|信息|稿件)?(?:发布|发表|发稿|刊发|刊登|出版|公开|见报|上传|添加|创建|发帖)(?:时间|日期|于)?"
    r"|时\s*间|日\s*期|发布于|发表于|(?i:posted\s+(?:on|at|@)|posted|published(?:\s+(?:on|at))?|@))(?:\s*[:：/]\s*|\s+|(?=\d))"
)
_UPDATED = (
    r"(?:(?:最后|最近|上次)?(?:更新|修改|编辑)(?:时间|日期|于)?|(?i:(?:last\s+)?(?:updated|edited"
    r"|modified)(?:\s+(?:on|at))?))\s*[:：/]?\s*"
)
# Boards put the day of the week before a date.
_WEEKDAY = (
    r"(?:(?:(?:星期|周)[一二三四五六日天]|(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?"
    r"|Sun)(?:day)?)\s*[,，]?\s+)?"
)
_CLOCK = (
    rf"(?:\s*[(（]?(?:星期|周)[一二三四五六日天][)）]?(?!{HAN}))?"
    r"(?:\s*T?\s*(?:凌晨|早上|上午|中午|下午|晚上)?\s*\d{1,2}\s*[:：时]\s*\d{2}(?:\s*[:：]\s*\d{2}(?:\.\d+)?"
    r"|分)?(?:\s*(?:[AaPp]\.?[Mm]\.?)(?![A-Za-z]))?(?:\s*[+-]\d{2}:?\d{2}|Z)?)"
)
_PROVINCES = (
    r"(?:北京|天津|河北|山西|内蒙古|辽宁|吉林|黑龙江|上海|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|广西|海南|重庆|四川|贵州|云南|西藏|陕西|甘肃|青海|宁夏|新疆|台湾|香港|澳门)"
    r"(?:省|市)?"
)
_AIDS = r"(?:通讯员|实习生|特约记者|实习记者|见习记者|特约通讯员|记者)"
_TOOL = (
    r"(?:字号|字体|字体大小|字型大小|文字大小)(?:\s*[:：])?(?:\s*T\s*[|丨｜]\s*T)?"
    r"|(?:【\s*|\[\s*)?(?:[特超]?大\s*中\s*小|小\s*中\s*大(?:\s*[超特]大)?|大号?\s+小号?)(?:\s*】|\s*\])?|[小大]字号|(?:缩小|放大|默认)字体"
    r"|A\s*[-+]?\s*A\s*[-+]?|A[-+]"
    r"|(?:【\s*)?(?:打印本页|打印|下载|列印|收藏本[文页]|加入收藏|收藏|关闭窗口|关闭本页|关闭|纠错|举报|我要评论|我来说两句|我要反馈|我要纠错|发表评论|进入论坛|推荐给朋友|评论|讨论|投稿|复制链接"
    r"|听全文|听新闻|听文章|语音播报|朗读|手机看新闻|手机观看|扫一扫|订阅|\+?\s*关注|点赞|赞|转发)(?:\s*】)?"
    r"|(?:一键)?分享(?:到|至)?[:：]?(?:\s*(?:微信|微博|QQ空间|QQ好友|QQ|朋友圈|新浪微博|腾讯微博|人人网|Facebook|LINE|Line|Twitter|X|更多))*"
    r"|微信|微博|朋友圈|Facebook|LINE|原创稿?|只看该作者|只看楼主|倒序浏览|阅读模式|楼主|电梯直达|第?\s*[A-Z]?\d{1,3}\s*版(?:\s*[:：]\s*[㐀-鿿]{1,8})?"
)
# A piece of a public account's line: no date, no label.
_PIECE = r"(?!(?:19|20)\d\d[-/.年])[㐀-鿿A-Za-z0-9·_.-]{2,16}"
_TOKENS = re.compile(
    rf"(?P<revised>[(（]?\s*{_UPDATED}(?P<revision>{FULL_DATE})(?:{_CLOCK})?\s*[)）]?"
    rf"|[(（]\s*\d{{1,2}}/\d{{1,2}}\s+\d{{1,2}}:\d{{2}}\s*更新\s*[)）])"
    rf"|(?P<DATE>(?:{_DATED})?{_WEEKDAY}(?:(?P<date>{FULL_DATE})(?:\s*[(（]?(?:星期|周)[一二三四五六日天][)）]?(?!{HAN}))?(?P<time>{_CLOCK})?"
    rf"|(?P<day>\d{{1,2}}\s*[-/月]\s*\d{{1,2}}\s*日?\s+\d{{1,2}}[:：]\d{{2}}(?![:：\d]))))"
    rf"|(?P<paper>(?P<SOURCE0>{HAN}{{2,8}}报)(?:数字报|电子报|电子版|数字版)\s*[-—|丨]?)"
    rf"|(?P<account>(?P<SOURCE1>[㐀-鿿A-Za-z]{{2,12}}?)官方[账帐]号)"
    # an account with a place behind its date, or with the mark of original work before it; a board's writer
    rf"|(?P<byline>(?:(?<![^\s])(?:原创|Original)\s+)(?P<AUTHOR2>(?:{_PIECE}\s+){{0,3}}?)(?P<SOURCE2>{_PIECE})(?=\s+{FULL_DATE}))"
    rf"|(?P<poster>(?<![^\s])(?:由|楼主|作者|by)\s+(?P<AUTHOR3>[^\s:：。，»]{{1,20}})\s*»|(?<![^\s])(?P<AUTHOR4>[^\s:：。，|·]{{2,16}})(?:\s+(?=(?:发表于|发布于)\s*[:：]?\s*{FULL_DATE})|\s*[·•]\s*(?={FULL_DATE})))"
    rf"|(?P<SOURCE>(?:(?:文章|信息|消息|本文|稿件|新闻|资料|内容)?来\s*源|稿源|转自|出处|来自|供稿(?:单位)?|来稿单位|发布(?:机构"
    rf"|单位)){_BAR}《?(?P<source>{_VALUE}{{2,30}})》?)"
    rf"|(?P<EDITOR>{_EDITOR}(?:{_BAR}|\s*/\s*|\s+)(?P<editor>{NAMES}|(?<=[:：])[A-Z]{{1,4}}\d{{2,6}}(?![A-Za-z\d]))(?P<code>[\s_]*[A-Z]{{1,3}}\d{{2,6}}"
    rf"|[\s_]+\d{{3,6}}|[(（][A-Z]{{0,3}}\d{{2,6}}[)）])?)"
    rf"|(?P<AUTHOR>(?:(?:作\s*者|撰文|撰稿|文字|采写|发布者|发布人|博主|楼主|文){_BAR}|文\s*/\s*"
    rf"|{HAN}{{0,8}}记者\s*[:：]?\s*)(?:{HAN}{{0,6}}记者\s*)?(?P<author>{NAMES}(?:\s*{_AIDS}\s*[:：]?\s*{NAMES})*(?:(?<=[㐀-鿿])\s+(?:图|摄影?|摄像)\s*/\s*{NAMES})?))"
    rf"|(?P<role>{_ROLES}(?:{_BAR}|\s*/\s*|\s+){NAMES}|通讯员{NAMES})"
    rf"|(?P<count>{_COUNTED}(?:{_COLON})?\s*[(（]?\s*\d[\d,.万]*\+?\s*[次人条]?\s*[)）]?\s*[次人条]?"
    r"|\d[\d,.万]*\+?\s*[次人条]?\s*(?:阅读|浏览|点击|评论|参与|跟[帖贴]))"
    rf"|(?P<empty>(?:{_EDITOR}|来源|作者|记者|标签|{_ROLES}|(?:点击|浏览|阅读|评论|访问)(?:量|数|次数)?){_COLON}(?=[\s)）】\]]|$))"
    rf"|(?P<place>(?<=[\s\d])(?:发布于|发表于|IP\s*属地|Posted\s+on)?\s*[:：]?\s*{_PROVINCES}(?=\s|$))"
    rf"|(?P<desk>[/／╱∕]\s*{HAN}{{2,5}}(?:综合)?(?:报导|报道|电)|(?<=[\s㐀-鿿]){HAN}{{0,5}}(?:综合|摄影)?(?:报导|报道)(?!{HAN})"
    rf"|发自{HAN}{{2,5}})"
    r"|(?P<device>(?<=\d)\s+来自\s+[^\s。，]{2,16})"
    r"|(?P<url>(?:https?://|www\.)[A-Za-z\d./?=&%#_-]+)"
    rf"|(?P<tool>{_TOOL})"
    r"|(?P<edge>[\s|丨｜┊/·•,，;；\-—–()（）\[\]【】■◆●▲□○※◎★☆►▶△▌]+)"
)
# At the top, words without a label may stand beside a date: the number of a document, a publisher's name.
_NUMBER = re.compile(rf"{HAN}{{1,12}}\s*[〔\[【（(](?:19|20)\d{{2}}年?[〕\]】）)]\s*第?\d{{1,5}}\s*号(?![^\s|丨｜/])")
_WORDS = re.compile(r"[㐀-鿿A-Za-z0-9·.-]{2,12}(?![^\s|丨｜/()（）\[\]【】])")
_PUBLISHER = (
    rf"(?:{KNOWN}|[㐀-鿿A-Za-z]{{1,10}}"
    r"(?:网|报|社|新闻|电视台|卫视|广播电台|客户端|在线|热线|时刻|融媒|融媒体|融媒体中心|传媒|周刊))"
)
_OFFICE = r"[㐀-鿿A-Za-z]{2,11}(?:发布|资讯|观察|财经|之家|频道|头条|政府|局|委|厅|办)"
_BARE_PUBLISHER = re.compile(_PUBLISHER)
_BARE_OFFICE = re.compile(rf"{_PUBLISHER}|{_OFFICE}")
# `本文来自微信公众号“某日报”（ID：x），作者：李明，经授权发布。`
_FROM = re.compile(
    r"[(（【\[\s]*(?:本文|以下(?:文章|内容)|文章|内容|原文|本篇)?\s*(?:来自于?|来源于?|转载自|转自|首发于|首发自|选自|摘自|授权转载自|原载于?)\s*[:：]?\s*"
    r"(?:微信)?(?:公众号|公号|订阅号|头条号|百家号|(?<=文章来源于)(?=[^，,]{2,20}\s*[，,]\s*作者))\s*[:：丨|]?\s*"
    r"(?P<quoted>[“「《【]?\s*(?P<source>[^\s“”「」《》【】，,。：:（）()]{2,20})\s*[”」》】]?)\s*(?:[(（]\s*(?:ID|id|微信号)\s*[:：]?[^()（）]{1,40}[)）])?"
    rf"(?:\s*[，,、丨|]?\s*(?P<writer>(?:原文)?作者\s*[:：]?\s*(?P<author>{NAMES})))?(?:\s*[，,、；;丨|][^。]{{0,80}})?[。)）】\]\s]*"
)
_MOST_WORDS = 2  # without a label in one line
_HOUSES = {"paper": "SOURCE0", "account": "SOURCE1"}  # a publisher told by the words behind its name
_BYLINES = {
    "byline": ((HeadField.AUTHOR, "AUTHOR2"), (HeadField.SOURCE, "SOURCE2")),
    "poster": ((HeadField.AUTHOR, "AUTHOR3"), (HeadField.AUTHOR, "AUTHOR4")),
}
_KEPT = frozenset({"role", "desk"})
_REASONS = {
    "count": "reading count",
    "tool": "page furniture",
    "empty": "empty label",
    "code": "editor's number",
    "place": "place of posting",
    "device": "place of posting",
    "url": "address of the site",
    "revised": "date of an update",
}
_NOBODY = re.compile(
    r"(?i:admin\w*|editor|webmaster|root|test)|管理员|信息员|佚名|未知|网络|匿名|本站|本网|小编|系统|办公室|秘书科|编辑部?"
)
_BARE_NAME = re.compile(rf"(?=[{SURNAME_CHARACTERS}]){NAME}(?:[\s、]+(?=[{SURNAME_CHARACTERS}]){NAME})*")
_WEEK = re.compile(r"(?:周|星期)[一二三四五六日天]")  # 周 is a surname as well
_LONGEST_NAMES = 14


@dataclass(frozen=True, slots=True)
class MetaLine:
    """A line made only of labels and their values: the spans worth keeping, those that are not, and the values.

    `labelled` is whether the source stands behind a label, `posted` whether the author is a board's poster.
    """

    kept: tuple[Span, ...]
    dropped: tuple[tuple[Span, str], ...]
    fields: Mapping[HeadField, Span]
    labelled: bool = False
    posted: bool = False


def is_bare_name(line: str) -> bool:
    """Whether `line` is nothing but the names of people; told by their surnames, so only beside other evidence."""
    return (
        len(line) <= _LONGEST_NAMES
        and _BARE_NAME.fullmatch(line) is not None
        and _WEEK.fullmatch(line) is None
        and all(len(name) <= 3 or "·" in name for name in re.split(r"[\s、]+", line))
    )


def is_bare_publisher(line: str) -> bool:
    """Whether `line` is nothing but a publisher's name by its shape."""
    return len(line) <= _LONGEST_NAMES and _BARE_PUBLISHER.fullmatch(line) is not None


@dataclass(slots=True)
class _Reading:
    """What the tokens of one line have stated so far."""

    line: str
    dated: bool  # whether any token is a date of publication
    kept: list[Span] = field(default_factory=list)
    dropped: list[tuple[Span, str]] = field(default_factory=list)
    fields: dict[HeadField, Span] = field(default_factory=dict)
    unlabelled: list[re.Match[str]] = field(default_factory=list)
    timed: bool = False

    def take(self, match: re.Match[str]) -> None:
        """Take one token."""
        group = match.lastgroup or ""
        if match.re is not _TOKENS:
            self._keep(match.span())
            self.unlabelled.append(match)
        elif group == "DATE":
            self.timed = self.timed or bool(match["time"])
            self._state(HeadField.DATE, match, "date" if match["date"] else "day", kept=match.span())
        elif group == "revised" and match["revision"] and not self.dated:
            self._state(HeadField.DATE, match, "revision", kept=match.span())
        elif group in _BYLINES:
            self._byline(match, group)
        elif group in _HOUSES:
            self._state(HeadField.SOURCE, match, _HOUSES[group], kept=match.span(_HOUSES[group]))
        elif group.isupper():
            self._label(match, group)
        elif group in _KEPT:
            self._keep(match.span())
        elif group != "edge":
            self.dropped.append((Span(*match.span()), _REASONS[group]))

    def _byline(self, match: re.Match[str], group: str) -> None:
        for name, value in _BYLINES[group]:
            if match[value] and match[value].strip():
                shown = Span(match.start(value), match.start(value) + len(match[value].rstrip()))
                self.fields.setdefault(name, shown)
                self.kept.append(shown)

    def _keep(self, span: tuple[int, int]) -> None:
        self.kept.append(Span(*span))

    def _state(self, name: HeadField, match: re.Match[str], group: str, *, kept: tuple[int, int]) -> None:
        self.fields.setdefault(name, Span(*match.span(group)))
        self._keep(kept)

    def _label(self, match: re.Match[str], group: str) -> None:
        value = match[group.lower()]
        if not (group == "AUTHOR" and _NOBODY.fullmatch(value)):
            self.fields.setdefault(HeadField[group], Span(*match.span(group.lower())))
        self._keep((match.start(), match.start("code") if match["code"] else match.end()))
        if match["code"]:
            self.dropped.append((Span(*match.span("code")), _REASONS["code"]))


def meta_line(line: str, *, top: bool = False) -> MetaLine | None:
    """Return what `line` states, when it consists of nothing but dates, sources, names with a label, and page tools.

    At the top of an article, where `top` is said, the number of a document and a few words without a label may stand
    beside a full date; one that is a publisher's by its shape is the source.
    """
    stated = _FROM.fullmatch(line)
    if stated is not None:
        return _from_account(stated)
    found = list(_scan(line, top=top))
    if not found or found[-1].end() != len(line):
        return None
    read = _Reading(line, dated=any(match.lastgroup == "DATE" for match in found))
    for match in found:
        read.take(match)
    if not (read.kept or read.dropped):
        return None
    if read.unlabelled and not _read_unlabelled(read.unlabelled, read.fields, line, timed=read.timed):
        return None
    labelled = any(match.lastgroup == "SOURCE" for match in found)
    posted = any(match.lastgroup == "poster" for match in found)
    return MetaLine(tuple(read.kept), tuple(read.dropped), read.fields, labelled, posted)


def _from_account(match: re.Match[str]) -> MetaLine:
    """Return what a sentence states that says which account a text comes from."""
    kept = [Span(match.start(), match.end("quoted"))]
    fields = {HeadField.SOURCE: Span(*match.span("source"))}
    if match["author"]:
        fields[HeadField.AUTHOR] = Span(*match.span("author"))
        kept.append(Span(match.start("writer"), match.end("author")))
    return MetaLine(tuple(kept), (), fields, labelled=True)


def _read_unlabelled(found: list[re.Match[str]], fields: dict[HeadField, Span], line: str, *, timed: bool) -> bool:
    """Whether what has no label may stand in a line of labels; the publisher among the words becomes the source.

    With nothing but a date beside it, a word must be a publisher's name by its shape: a chronicle has such lines too.
    """
    if HeadField.DATE not in fields:
        return False
    timed = timed or full_date(fields[HeadField.DATE].of(line)) is None  # a day alone is taken only with its time
    words = [match for match in found if match.re is _WORDS]
    labelled = bool(fields.keys() - {HeadField.DATE})
    publisher = _BARE_OFFICE if labelled or timed else _BARE_PUBLISHER
    named = [match for match in words if publisher.fullmatch(match.group())]
    if named:
        fields.setdefault(HeadField.SOURCE, Span(*named[0].span()))
    return len(words) <= _MOST_WORDS if labelled else len(words) == len(named) <= 1


def _scan(line: str, *, top: bool) -> Iterator[re.Match[str]]:
    position, separate = 0, True
    while position < len(line):
        match = _TOKENS.match(line, position)
        if match is None and top and separate:
            match = _NUMBER.match(line, position) or _WORDS.match(line, position)
        if match is None or match.end() == position:
            return
        yield match
        position = match.end()
        separate = match.lastgroup in {"edge", "DATE", "url"}
