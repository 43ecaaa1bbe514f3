"""The lines that say where an article comes from: place lines, date-and-source lines, editor lines.

Everything here reads one line in Simplified script (`models.fold.simplify` keeps the length) and answers with offsets
into it, so both scripts are read by the same patterns.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rag.articles.naming import HAN, KNOWN, NAME, NAMES
from rag.articles.sources import NAMES as PUBLISHERS
from rag.types import HeadField, Span

_KNOWN_WHOLE = re.compile(KNOWN)
_OWN = "本报|本网|本刊|本台|本社"  # a name that only says "we"
_SHAPED = r"(?!据)[㐀-鿿A-Za-z]{1,10}(?:网|報|报|社|新闻|电视台|广播电台|客户端|在线|时刻)"
_PAPER = r"(?!据|综合|本)[㐀-鿿]{2,6}?(?:日|晚|晨|早|时|商|周|导|都市|青年)报"
_DAY = r"(?:(?:19|20)\d{2}\s*年\s*)?\d{1,2}\s*月\s*\d{1,2}\s*日"
_WIRE = r"\s*(?:专|急)?[电讯](?![力话影视台脑商气信子动网报器池梯缆波站息])"
_CREDIT = r"(?:\s*(?P<credit>[(（\[【][^()（）\[\]【】。]{2,60}[)）\]】]))?"
_REPORTER = r"\s*(?P<credit>[(（][^()（）。]{0,20}(?:记者|通讯员)[^()（）。]{2,60}[)）])"
_AFTER = r"(?!\s*[，,、的])\s*[:：]?"


def _dated(source: str) -> str:
    return rf"(?P<source>{source})(?P<place>{HAN}{{0,8}}?)\s*(?P<date>{_DAY}){_WIRE}{_CREDIT}{_AFTER}"


def _undated(source: str) -> str:
    return rf"(?P<source>{source})(?P<place>{HAN}{{0,4}}?)\s*[电讯]{_REPORTER}{_AFTER}"


_AT_START = tuple(
    re.compile(rf"据?{pattern}")
    for pattern in (
        _dated(f"{KNOWN}|{_OWN}"),
        _undated(f"{KNOWN}|{_OWN}"),
        _dated(_SHAPED),
        _undated(_SHAPED),
        rf"【(?P<source>{KNOWN}|{_PAPER})?[^】]{{0,20}}?(?:报道|消息|讯|记者)(?P<credit>[^】]{{0,20}})】",
    )
)
_INSIDE = tuple(re.compile(pattern) for pattern in (_dated(f"{KNOWN}|{_OWN}"), _undated(f"{KNOWN}|{_OWN}")))
_BRACKETED_WIRE = re.compile(rf"[(（](?P<source>{KNOWN})[^()（）]{{0,40}}?日(?:专|综合外)?电[)）]")
_QUOTED_BEFORE = re.compile(r"(?:据|[转自引见由在和与从以及]|来源|来自|编译|[“‘「『《(（【\[、，,:：])\s*$")
_AID = r"\s*(?:(?:见习|实习|特约|本报|本网)?记者|(?:特约)?通讯员|实习生)\s*[:：]?\s*"
_REPORTED = re.compile(
    rf"[〔(（【\[]?{HAN}{{0,6}}记者\s*(?P<names>{NAME}(?:[、 ]{NAME}){{0,3}})\s*[/／╱∕]\s*{HAN}{{2,8}}(?:综合"
    rf"|连线)?(?:报导|报道|电|采访)[〕)）】\]]?"
)
_CREDITED = re.compile(rf"(?:记者|作者|通讯员|实习生)\s*[:：]?\s*(?P<names>{NAMES}(?:{_AID}{NAMES})*)")
# Of Taiwan's and Hong Kong's datelines the name runs on into the place: `（中央社記者李明台北8日電）`.
_WIRED = re.compile(rf"[(（【〔]{HAN}{{2,6}}记者(?P<run>{HAN}{{4,7}})\d{{1,2}}日(?:专|综合外)?电[)）】〕]")
_IN_BRACKETS = re.compile(
    rf"(?:[【〔][^【】〔〕]{{2,12}}[】〕]|{HAN}{{2,10}}[讯电]|[^，。]{{0,12}}\d日[讯电])?\s*"
    rf"[(（](?:{HAN}{{0,6}})(?:记者|通讯员|作者)\s*(?P<names>{NAMES}(?:{_AID}{NAMES})*)[^()（）]{{0,12}}[)）]"
)
_SHORTEST_PLACE, _LONGEST_NAME = 2, 3  # characters; compound surnames apart
_COMPOUND = re.compile(r"(?:欧阳|司马|诸葛|上官|司徒|范姜|张简|夏侯|皇甫|尉迟|公孙|慕容|令狐|端木)")
_HOUSE = rf"{HAN}{{2,14}}?(?:部|科|处|室|中心|院|局|网|报|社|系|会|大学|学校|公司|电视台)"
_PART = r"(?:文\s*[/／、]?\s*图|图\s*[/／、]?\s*文|摄影报道|文|报道|供稿|整理|撰写|执笔)"
_CLOSING = re.compile(
    rf"[(（【\[〔]\s*(?:(?P<house>{_HOUSE})\s+)?(?P<role>{HAN}{{0,6}}(?:记者|通讯员|作者|撰稿|供稿|文字)\s*[:：]?\s*)?"
    rf"(?P<names>{NAMES}(?:{_AID}{NAMES})*)\s*(?P<part>{_PART})?\s*[)）】\]〕]"
)
_WRITTEN_BY = re.compile(
    rf"[㐀-鿿·]{{2,20}}记者\s+(?P<reporters>{NAMES}(?:{_AID}{NAMES})*)(?:\s*{_PART})?"
    rf"|(?:文|作者|撰稿|撰文|供稿|文字)\s*[:：/／]\s*(?P<house>{_HOUSE})\s+(?P<names>{NAMES})"
)
_EDITED = re.compile(rf"编辑\s*[:：]?\s*(?P<names>{NAMES})")
_BARE = re.compile(rf"[(（【\[]\s*(?![见附注图下上详如综])(?P<names>{NAMES})\s*[)）】\]]$")
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
    match = _CREDITED.search(line, start, end)
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
    return _KNOWN_WHOLE.fullmatch(source) is None and source.endswith(PUBLISHERS)


def is_caption(line: str) -> bool:
    """Whether `line` looks like the words below a picture, which are no title."""
    return _CAPTION.search(line) is not None


def bracketed_agency(line: str) -> Span | None:
    """Return the agency of a dateline in brackets, which is part of its sentence: `（中央社记者李明台北8日电）`."""
    match = _BRACKETED_WIRE.match(line)
    return Span(*match.span("source")) if match else None


def bracketed_reporter(line: str) -> Span | None:
    """Return who reports by a dateline that is part of its sentence: `〔记者李明／某城报导〕`, `记者李明／综合报导`."""
    match = _WIRED.match(line)
    if match is None:
        match = _REPORTED.match(line) or _IN_BRACKETS.match(line)
        return Span(*match.span("names")) if match is not None else None
    run = match["run"]
    longest = _LONGEST_NAME + 1 if _COMPOUND.match(run) else _LONGEST_NAME
    return Span(match.start("run"), match.start("run") + min(longest, len(run) - _SHORTEST_PLACE))


def closing_byline(line: str) -> Span | None:
    """Return the writers whom a line of its own below the body names: `（宣传部 李明）`, `（某城晚报 李明 文/图）`."""
    match = _CLOSING.fullmatch(line)
    if match is not None and not (match["house"] or match["role"] or match["part"]):
        return None
    if match is not None:
        return Span(*match.span("names"))
    match = _WRITTEN_BY.fullmatch(line)
    return Span(*match.span("reporters" if match["reporters"] else "names")) if match is not None else None


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
