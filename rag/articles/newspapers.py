"""Text copied from the page of a printed newspaper: its masthead and page lines, other items, captions.

A paper's page says what it is by its name beside the number of the sheet (`某城晚报 A07 2019.5.23`). Only such a
text is taken for one; elsewhere a box mark or a second dateline belongs to the article.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from models.fold import simplify
from rag.articles.alignment import Edit
from rag.articles.dates import full_date
from rag.articles.hints import Hints
from rag.types import Span

_LINE = re.compile(r"[^\n]*\n?")
_NAME = r"[㐀-鿿]{2,8}?(?:日报|晚报|晨报|早报|时报|周报|商报|导报|都市报|青年报|工人报|报)"
_SHEET = (
    r"(?:第\s*[A-H]?[\d一二三四五六七八九十]{1,4}\s*[版页]|[A-H]?\d{1,3}\s*版|[A-H]\s?\d{1,3}"
    r"|(?<![\d.])0[1-9](?![:：-]))(?![\d.])"
)
_DIGITAL = r"(?:多媒体|全媒体)?(?:数字|电子)(?:报刊?|版)(?![㐀-鿿])"
_DAY = r"(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?"
_TOKEN = re.compile(
    rf"(?P<sheet>{_SHEET})|(?P<day>{_DAY})|(?P<name>{_NAME})(?:(?![㐀-鿿])|(?={_DIGITAL}))"
    rf"|(?P<other>{_DIGITAL}|(?:星期|周)[一二三四五六日天]|(?:总?第\s*\d+\s*期)|今日\s*\d+\s*版"
    r"|农历[㐀-鿿]{2,9}|(?<![㐀-鿿])[㐀-鿿·]{2,5}(?![㐀-鿿])|[A-Z]{2,}(?:\s+[A-Z]{2,})*|[\s|｜丨·:：/—–\-()（）]+)"
)
_BETWEEN = re.compile(r"[\s|｜丨·:：/—–\-()（）]*(?:(?:星期|周)[一二三四五六日天][\s|｜丨·:：/—–\-()（）]*)?")
_HINT = re.compile(r"[报報版页頁]|\d{4}|[A-H]\s?\d|0[1-9]")  # in either script, before converting
_LONGEST = 60  # characters of a page line
_TOP_LINES = 12
_MASTHEAD = 2000  # characters
_MARK = r"[■◆●▌▍▎★□◇▇█]"
_ITEMS = re.compile(
    rf"{_MARK}\s*(?:[㐀-鿿]{{0,3}}(?:短讯|简讯|快讯|要讯|动态|广告|启事|公告栏|声明|导读|天气|服务台|寻人|招聘|读者来信)|一句话新闻|新闻速览|新闻集装箱|更多新闻|其他新闻)\s*"
)
_DATELINE = re.compile(
    r"【?本[报刊](?:综合)?(?:讯|消息|记者.{2,14}报道|[㐀-鿿]{0,6}[讯电])|[(（【〔]?(?:本报)?记者\s*[㐀-鿿]{2,4}\s*[)）】〕]?(?:报道|讯)|新华社.{2,12}电"
)
_MOSTLY = 0.5  # of the page is the article that stands first
_LONGEST_HEADLINE, _MOST_HEADLINES = 40, 2
_PAGE_LINE = "running head"
_FINAL = frozenset("。！？!?；;，,：:、")
_CREDIT = re.compile(
    r"[(（]?(?:本报|本刊|见习|实习|特约|通讯社)*(?:记者|通讯员|摄影|摄)?\s*[:：/]?\s*[㐀-鿿]{2,4}(?:[、 ][㐀-鿿]{2,4})?"
    r"\s*(?:摄影?|供图|制图)[)）]?"
)
_PLACED = re.compile(r"[(（](?:[左右中前后上下]|图)[^()（）]{0,8}[)）]|^(?:上图|下图|左图|右图|图)[为是:：]")
_LONGEST_CAPTION, _LONGEST_CREDIT, _FEWEST_CAPTIONS = 60, 24, 3
_INDENTED = 0.3  # of the lines that end a sentence or are long begin a paragraph


@dataclass(frozen=True, slots=True)
class _PageLine:
    """What a line of a newspaper's page names: its sheet, and the paper or the day beside it."""

    name: str | None
    sheet: bool
    day: Span | None  # in the line
    told: Span | None  # the day, together with the paper's name where nothing but the day of the week is between


def _page_line(line: str) -> _PageLine | None:
    """Read a line that is nothing but a paper's name, sheet, day and section; None for any other."""
    if len(line) > _LONGEST or _HINT.search(line) is None:
        return None
    simple = simplify(line)
    found: dict[str, Span] = {}
    position = 0
    while position < len(simple):
        match = _TOKEN.match(simple, position)
        if match is None or match.end() == position:
            return None
        found.setdefault(match.lastgroup or "", Span(*match.span()))
        position = match.end()
    if not found.keys() & {"name", "sheet", "day"}:
        return None
    name = found.get("name")
    day = told = found.get("day")
    if name and day:
        whole = Span(min(name.start, day.start), max(name.end, day.end))
        between = simple[min(name.end, day.end) : max(name.start, day.start)]
        told = whole if _BETWEEN.fullmatch(between) else day
    return _PageLine(name.of(line) if name else None, "sheet" in found, day, told)


def _read(text: str) -> tuple[list[re.Match[str]], list[str]]:
    places = [match for match in _LINE.finditer(text) if match.group().strip()]
    return places, [match.group().strip() for match in places]


def _masthead(lines: Sequence[str], page_lines: Sequence[_PageLine | None]) -> Hints | None:
    """Return the paper and the day of its issue that a newspaper's page names; None for a text that is no such page.

    The paper stands beside the number of the sheet, or on a line of its own at the top with the number on another.
    """
    read = [(line, found) for line, found in zip(lines, page_lines, strict=True) if found is not None]
    top = [found for found in page_lines[:_TOP_LINES] if found is not None]
    named = [found.name for _, found in read if found.name and found.sheet]
    if not named and any(found.sheet for found in top):
        named = [found.name for found in top if found.name]
    if not named:
        return None
    days = (full_date(found.day.of(line)) for line, found in read if found.day)
    return Hints(source=named[0], published=next((day for day in days if day), None))


def read_masthead(text: str) -> Hints:
    """Return the paper, and the day of its issue, that the page lines of copied text name."""
    _, lines = _read(text)
    return _masthead(lines, list(map(_page_line, lines))) or Hints()


def newspaper_edits(text: str) -> list[Edit]:
    """Return the edits that drop from a newspaper's page its page lines, captions and the items below the first."""
    places, lines = _read(text)
    left = dict(_captions(places, lines))
    edits: list[Edit] = []  # around what the first page line with a day tells
    page_lines = list(map(_page_line, lines))
    if _masthead(lines, page_lines) is not None:
        for at, (line, found) in enumerate(zip(lines, page_lines, strict=True)):
            if found is None:
                continue
            if found.told and not edits and at < _TOP_LINES:
                start = places[at].start() + places[at].group().index(line)
                edits.append(Edit(start, start + found.told.start, "", _PAGE_LINE))
                edits.append(Edit(start + found.told.end, start + len(line), "", _PAGE_LINE))
            elif at < _TOP_LINES or (found.sheet and (found.name or found.day)):
                left[at] = _PAGE_LINE
        end = _end_of_first(lines)
        left |= dict.fromkeys(range(end, len(lines)), "other items of the page")
    edits += [Edit(*places[at].span(), "", reason) for at, reason in left.items()]
    return sorted(edit for edit in edits if edit.end > edit.start)


def _end_of_first(lines: Sequence[str]) -> int:
    """Return the index of the line at which another item of the page begins, if most of the page stands above it."""
    whole = sum(map(len, lines))
    before, begun = 0, 0
    for at, line in enumerate(lines):
        simple = simplify(line[:_LONGEST])
        start = at
        if _DATELINE.match(simple):
            begun += 1
            while start > at - _MOST_HEADLINES and start and _is_headline(lines[start - 1]):
                start -= 1
        other = bool(_ITEMS.fullmatch(simple)) or (begun > 1 and start < at)
        if other and before >= _MOSTLY * whole:
            return start
        before += len(line)
    return len(lines)


def _is_headline(line: str) -> bool:
    return len(line) <= _LONGEST_HEADLINE and line[-1] not in _FINAL


def _captions(places: Sequence[re.Match[str]], lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines of single pictures: a credit alone on its line, and the words above it that are no paragraph.

    Paragraphs are indented there, and the words of a picture are not. Where pictures are the report, they stay.
    """
    found = [at for at, line in enumerate(lines) if at and _is_credit(line)]
    indented = sum(match.group()[0] in " \u3000" for match in places)
    if not found or len(found) >= _FEWEST_CAPTIONS or indented < max(3, _INDENTED * _paragraphs(lines)):
        return
    for at in found:
        above = lines[at - 1]
        apart = places[at - 1].group()[0] not in " \u3000" and len(above) <= _LONGEST_CAPTION and at > 1
        if apart and (_PLACED.search(simplify(above)) or lines[at - 2][-1] in "。！？”"):
            yield at - 1, "caption of a picture"
            yield at, "caption of a picture"


def _is_credit(line: str) -> bool:
    return (
        len(line) <= _LONGEST_CREDIT and line[-1] in "摄攝影图圖)）" and _CREDIT.fullmatch(simplify(line)) is not None
    )


def _paragraphs(lines: Sequence[str]) -> int:
    """Return how many paragraphs there are at least: lines below one that ends a sentence."""
    return sum(line[-1] in "。！？”" for line, _ in pairwise(lines))
