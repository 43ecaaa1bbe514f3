"""The lines that say where an article comes from: place lines, date-and-source lines, editor lines.

Everything here reads one line in Simplified script (`models.fold.simplify` keeps the length) and answers with offsets
into it, so both scripts are read by the same patterns.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rag.articles.dates import FULL_DATE
from rag.articles.sources import NAMES
from rag.types import HeadField, Span

_HAN = r"[㐀-鿿]"
# No name holds one of these: it is the next label, glued on.
_NEXT = (
    "并摄|校对|审校|审核|编辑|责编|来源|记者|监制|校审|摄影|通讯员|实习生|供图"
    "|我要|我来|评论|阅读|浏览|点击|点赞|打印|收藏|分享|字体|字号|关闭|纠错|发布|发表|获悉|了解|采访"
)
_LETTER = rf"(?:(?!{_NEXT}){_HAN})"
_NAME = (
    rf"(?:{_LETTER}{{1,4}}·(?:{_LETTER}+·?)+|{_LETTER}{{2,4}}"
    rf"|(?![A-Za-z]*\d)[A-Za-z][A-Za-z.'-]+(?:\s[A-Z][A-Za-z.'-]+)*)"
)
_NO_LABEL = r"(?!\s*[:：/])"
_MORE = rf"(?:\s*[、,，/ ]\s*(?!责任编辑){_NAME}{_NO_LABEL})*"
_NAMES = rf"{_NAME}{_NO_LABEL}{_MORE}"
_KNOWN = rf"(?:{'|'.join(map(re.escape, NAMES))})网?"
_KNOWN_WHOLE = re.compile(_KNOWN)
_OWN = "本报|本网|本刊|本台|本社"  # a name that only says "we"
_SHAPED = r"(?!据)[㐀-鿿A-Za-z]{1,10}(?:网|報|报|社|新闻|电视台|广播电台|客户端|在线|时刻)"
_DAY = r"(?:(?:19|20)\d{2}\s*年\s*)?\d{1,2}\s*月\s*\d{1,2}\s*日"
_WIRE = r"\s*(?:专|急)?[电讯](?![力话影视台脑商气信子动网报器池梯缆波站息])"
_CREDIT = r"(?:\s*(?P<credit>[(（\[【][^()（）\[\]【】。]{2,60}[)）\]】]))?"
_REPORTER = r"\s*(?P<credit>[(（][^()（）。]{0,20}(?:记者|通讯员)[^()（）。]{2,60}[)）])"
_AFTER = r"(?!\s*[，,、的])\s*[:：]?"


def _dated(source: str) -> str:
    return rf"(?P<source>{source})(?P<place>{_HAN}{{0,8}}?)\s*(?P<date>{_DAY}){_WIRE}{_CREDIT}{_AFTER}"


def _undated(source: str) -> str:
    return rf"(?P<source>{source})(?P<place>{_HAN}{{0,4}}?)\s*[电讯]{_REPORTER}{_AFTER}"


_AT_START = tuple(
    re.compile(rf"据?{pattern}")
    for pattern in (
        _dated(f"{_KNOWN}|{_OWN}"),
        _undated(f"{_KNOWN}|{_OWN}"),
        _dated(_SHAPED),
        _undated(_SHAPED),
        rf"【(?P<source>{_KNOWN})?[^】]{{0,20}}?(?:报道|消息|讯|记者)(?P<credit>[^】]{{0,20}})】",
    )
)
_INSIDE = tuple(re.compile(pattern) for pattern in (_dated(f"{_KNOWN}|{_OWN}"), _undated(f"{_KNOWN}|{_OWN}")))
_QUOTED_BEFORE = re.compile(r"(?:据|[转自引见由在和与从以及]|来源|来自|编译|[“‘「『《(（【\[、，,:：])\s*$")
_CREDITED = (
    re.compile(rf"(?:记者|作者)\s*[:：]?\s*(?P<names>{_NAMES})"),
    re.compile(rf"通讯员\s*[:：]?\s*(?P<names>{_NAMES})"),
)
_EDITED = re.compile(rf"编辑\s*[:：]?\s*(?P<names>{_NAMES})")
_BARE = re.compile(rf"[(（【\[]\s*(?![见附注图下上详如综])(?P<names>{_NAMES})\s*[)）】\]]$")
_DESK = re.compile("记者|通讯员|编辑|作者")
# What every place line holds; looked for first, because the long list of names is slow to search.
_WIRE_HINT = re.compile(r"日\s*[专急]?[电讯]|讯\s*[(（]|^【")
_CAPTION = re.compile(r"(?:摄|供图|图片|截图|[(（][^()（）]*(?:图|摄)[^()（）]*[)）])\s*$")


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """`人民网北京8月1日电 (记者 张三)`: where it stands in its line, and the values in it."""

    span: Span
    fields: Mapping[HeadField, Span]


def _credits(line: str, start: int, end: int) -> Span | None:
    match = next(filter(None, (pattern.search(line, start, end) for pattern in _CREDITED)), None)
    if match is None and not _DESK.search(line, start, end):
        match = _BARE.match(line[:end], start)
    return Span(*match.span("names")) if match else None


def _place_line(line: str, match: re.Match[str]) -> PlaceLine:
    groups = match.groupdict()
    fields: dict[HeadField, Span] = {}
    source = groups.get("source")
    if source and source not in _OWN.split("|"):
        fields[HeadField.SOURCE] = Span(*match.span("source"))
    if groups.get("date"):
        fields[HeadField.DATE] = Span(*match.span("date"))
    start = match.start()
    if groups.get("credit"):
        # In 【环球时报驻德国特约记者 张三】 the word "reporter" stands before the group: start there.
        first = start if line[start] == "【" else match.start("credit")
        author = _credits(line, first, match.end("credit"))
        if author is not None:
            fields[HeadField.AUTHOR] = author
        editor = _EDITED.search(line, first, match.end("credit"))
        if editor is not None:
            fields[HeadField.EDITOR] = Span(*editor.span("names"))
    end = start + len(match.group().rstrip())
    return PlaceLine(Span(start, end), fields)


def _is_reference(match: re.Match[str]) -> bool:
    """Whether brackets behind a place line hold something other than a credit (then they belong to the text)."""
    credit = match.groupdict().get("credit")
    return bool(credit) and not (_DESK.search(credit or "") or _BARE.match(credit or ""))


def _ends_in_known_name(match: re.Match[str]) -> bool:
    """Whether a source told by its shape is words of a title with a known publisher's name glued on."""
    source = match["source"] or ""
    return _KNOWN_WHOLE.fullmatch(source) is None and source.endswith(NAMES)


def is_caption(line: str) -> bool:
    """Whether `line` looks like the words below a picture, which are no title."""
    return _CAPTION.search(line) is not None


def opening_place_line(line: str) -> PlaceLine | None:
    """Return the place line that `line` starts with, if it does."""
    if _WIRE_HINT.search(line, 0, 80) is None:
        return None
    for pattern in _AT_START:
        match = pattern.match(line)
        if match is not None and (line[0] == "【" or not (_is_reference(match) or _ends_in_known_name(match))):
            return _place_line(line, match)
    return None


def glued_place_line(line: str, within: int) -> PlaceLine | None:
    """Return a place line in the first `within` characters with words before it that are a title or a subtitle.

    Only known publishers are looked for: of an unknown one, nothing shows where its name begins. Words that quote a
    report (据新华社北京8月1日电) or that contain the end of a sentence are no title.
    """
    if _WIRE_HINT.search(line, 0, within) is None:
        return None
    for pattern in _INSIDE:
        match = pattern.search(line, 4, within)
        if match is None or _is_reference(match):
            continue
        before = line[: match.start()]
        if "。" in before or "；" in before or _QUOTED_BEFORE.search(before) or _CAPTION.search(before):
            continue
        return _place_line(line, match)
    return None


_COLON = r"\s*[:：]\s*"
_VALUE = r"[^\s|丨｜,，;；:：()（）【】\[\]。]"
_EDITOR = r"(?:本文|本期|网络|文字|值班|新媒体)?(?:责任编辑|责编|编辑)"
_ROLES = (
    r"(?:校对|审校|审核|核校|初审|复审|终审|一审|二审|三审|编审|监制|主编|总编|美编|统筹|策划|签发"
    r"|校审|实习生|通讯员|摄影|摄像|供图|图片)"
)
_TOKENS = re.compile(
    rf"(?P<DATE>(?:(?:发布|发表|更新|发稿)?(?:时间|日期|于){_COLON})?(?P<date>{FULL_DATE})"
    rf"(?:\s*[(（]?(?:星期|周)[一二三四五六日天][)）]?(?!{_HAN}))?"
    r"(?P<time>\s*T?\s*(?:凌晨|早上|上午|中午|下午|晚上)?\s*\d{1,2}\s*[:：时]\s*\d{2}(?:\s*[:：]\s*\d{2}|分)?)?)"
    rf"|(?P<SOURCE>(?:文章|信息|消息|本文|稿件|新闻)?(?:来源|稿源|转自|出处|来自){_COLON}(?P<source>{_VALUE}{{2,30}}))"
    rf"|(?P<EDITOR>{_EDITOR}(?:{_COLON}|\s*/\s*|\s+)(?P<editor>{_NAMES})(?P<code>\s*[A-Z]{{1,3}}\d{{2,5}})?)"
    rf"|(?P<AUTHOR>(?:(?:作者|撰文|撰稿|文字|采写){_COLON}|文\s*[/|丨｜:：]\s*"
    rf"|{_HAN}{{0,8}}(?:记者)\s*[:：]?\s*)(?:{_HAN}{{0,6}}记者\s*)?(?P<author>{_NAMES}))"
    rf"|(?P<role>{_ROLES}(?:{_COLON}|\s*/\s*|\s+){_NAMES}|通讯员{_NAMES})"
    rf"|(?P<empty>(?:{_EDITOR}|来源|作者|记者|{_ROLES}){_COLON}(?=[\s)）】\]]|$))"
    r"|(?P<count>(?:我要评论|我来说两句|(?:阅读|浏览|点击|评论|点赞|访问|人气|查看|热度|参与|跟帖|回复|转发)(?:量|数|次数|人数)?)"
    rf"(?:{_COLON})?\s*[(（]?\s*\d[\d,.万]*\+?\s*[次人条]?\s*[)）]?\s*[次人条]?"
    r"|\d[\d,.万]*\+?\s*[次人条]?(?:阅读|浏览|点击|评论|参与|跟帖))"
    r"|(?P<tool>(?:字号|字体)(?:\s*[:：])?|(?:【\s*)?大\s*中\s*小(?:\s*】)?|(?:【\s*)?(?:打印本页|打印|收藏|关闭窗口|关闭|纠错|我要评论|我来说两句)(?:\s*】)?"
    r"|分享(?:到|至)?[:：]?(?:\s*(?:微信|微博|QQ空间|QQ|朋友圈|新浪微博))*|A[-+]|微信|微博|原创稿?)"
    r"|(?P<edge>[\s|丨｜/·,，;；\-—–()（）\[\]【】]+)"
)
# At the top, words without a label may stand beside a date: the number of a document, a publisher's name.
_NUMBER = re.compile(rf"{_HAN}{{1,12}}\s*[〔\[【（(](?:19|20)\d{{2}}年?[〕\]】）)]\s*第?\d{{1,5}}\s*号(?![^\s|丨｜/])")
_WORDS = re.compile(r"[㐀-鿿A-Za-z0-9·.-]{2,12}(?![^\s|丨｜/()（）\[\]【】])")
_PUBLISHER = (
    rf"(?:{_KNOWN}|[㐀-鿿A-Za-z]{{1,10}}"
    r"(?:网|报|社|新闻|电视台|广播电台|客户端|在线|时刻|融媒|融媒体|融媒体中心|传媒|周刊))"
)
_OFFICE = r"[㐀-鿿A-Za-z]{2,11}(?:发布|资讯|观察|财经|之家|频道|头条|政府|局|委|厅|办)"
_BARE_PUBLISHER = re.compile(_PUBLISHER)
_BARE_OFFICE = re.compile(rf"{_PUBLISHER}|{_OFFICE}")
_MOST_WORDS = 2  # without a label in one line
_REASONS = {"count": "reading count", "tool": "page furniture", "empty": "empty label", "code": "editor's number"}


@dataclass(frozen=True, slots=True)
class MetaLine:
    """A line made only of labels and their values: the spans worth keeping, those that are not, and the values."""

    kept: tuple[Span, ...]
    dropped: tuple[tuple[Span, str], ...]
    fields: Mapping[HeadField, Span]


def meta_line(line: str, *, top: bool = False) -> MetaLine | None:
    """Return what `line` states, when it consists of nothing but dates, sources, names with a label, and page tools.

    At the top of an article, where `top` is said, the number of a document and a few words without a label may stand
    beside a full date; one that is a publisher's by its shape is the source.
    """
    position, kept, dropped = 0, [], []
    fields: dict[HeadField, Span] = {}
    unlabelled: list[re.Match[str]] = []
    timed = False
    for match in _scan(line, top=top):
        if match.start() != position:
            return None
        position = match.end()
        group = match.lastgroup or ""
        if match.re is not _TOKENS:
            kept.append(Span(*match.span()))
            unlabelled.append(match)
        elif group.isupper():
            timed = timed or bool(match["time"])
            fields.setdefault(HeadField[group], Span(*match.span(group.lower())))
            end = match.start("code") if match["code"] else match.end()
            kept.append(Span(match.start(), end))
            if match["code"]:
                dropped.append((Span(*match.span("code")), _REASONS["code"]))
        elif group == "role":
            kept.append(Span(*match.span()))
        elif group != "edge":
            dropped.append((Span(*match.span()), _REASONS[group]))
    if position != len(line) or not (kept or dropped):
        return None
    if unlabelled and not _read_unlabelled(unlabelled, fields, timed=timed):
        return None
    return MetaLine(tuple(kept), tuple(dropped), fields)


def _read_unlabelled(found: list[re.Match[str]], fields: dict[HeadField, Span], *, timed: bool) -> bool:
    """Whether what has no label may stand in a line of labels; the publisher among the words becomes the source.

    With nothing but a date beside it, a word must be a publisher's name by its shape: a chronicle has such lines too.
    """
    if HeadField.DATE not in fields:
        return False
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
        separate = match.lastgroup == "edge"
