"""A web page → the lines of its article, every character with its place in the page's source.

The page is read once, with positions (`blocks.py`); nothing is searched for afterwards. Title, the lines of date and
source, and editors' lines are handed on with the body: the rules for lines take them from there. What stands nowhere in
such a line is handed on as hints.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise, takewhile

from models.fold import simplify
from rag.articles import furniture
from rag.articles.alignment import AlignedText, Part
from rag.articles.blocks import Page, read_page
from rag.articles.content import Content, find_content, line_reason
from rag.articles.dates import FULL_DATE, full_date
from rag.articles.hints import Extracted, Hints
from rag.articles.issues import issue_name, subscribed_name
from rag.articles.labels import meta_line
from rag.articles.page_labels import LineValues, line_values
from rag.articles.page_lines import Line, page_lines
from rag.articles.page_meta import (
    Stated,
    account,
    first,
    is_person,
    linked_account,
    meta_author,
    meta_dates,
    meta_source,
    named_values,
    publishes,
    read_stated,
    without_label,
)
from rag.articles.page_title import Title, find_title, fold, stated_title
from rag.articles.weights import weigh
from rag.types import HeadField, Removed, Span

_LONGEST_HEAD = 200
_FEWEST, _LONGEST_TITLE = 5, 60
_HEAD_LINES = 25
_LEADING = 6
_FINAL = frozenset("。！？!?…”」』：:；;，,")
_MOSTLY = 0.5
_TAIL_LINES = 10
_FEW_LINKS = 2
_POSTED_BY = re.compile(
    rf"(?i:posted)\s*(?:@|on|at)?\s*{FULL_DATE}\s*(?:\d{{1,2}}:\d\d(?::\d\d)?)?\s*(?:by\s+)?([^\s|()]{{2,16}})"
)
_END_LINES = 8
_BARE_DATE = re.compile(rf"{FULL_DATE}\s*(?:[(（]?(?:星期|周|週)[一二三四五六日天][)）]?)?\s*(?:\d{{1,2}}[:：]\d\d)?")
_DIGITAL = re.compile(r"([㐀-鿿]{2,8}报)(?:多媒体|全媒体)?(?:数字|电子)(?:报刊?|版)")
_BLOG = re.compile(r"[^_|｜-]{4,}[_|｜-]\s*([^\s_|｜-]{2,12}?)(?:的博客)?\s*[_|｜-]\s*\S{2,6}(?:博客|空间)$")
_PHOTOGRAPHER = re.compile(r"记者\s*([㐀-鿿]{2,4})\s*摄")
_OWN = re.compile(r"[【(（]?本[报刊](?:综合)?(?:讯|记者|[㐀-鿿]{0,6}(?:讯|电))")
_PAPER = re.compile(r"(?:[报報]|周刊|週刊|[晨晚日早]报)$")
_NO_SOURCE = re.compile(r"\d\d[-:：]|时间|阅读|评论|作者|[:：]")
_EDITED = re.compile(r"(?:责任编辑|责编|编辑)\s*[:：丨|/]?\s*([㐀-鿿]{2,4})")


@dataclass(frozen=True, slots=True)
class _Head:
    """The lines above the body that state something, as parts, and what they state."""

    parts: tuple[tuple[Part, ...], ...]
    used: frozenset[int]  # where the lines start that were taken
    values: tuple[LineValues, ...]


def _sentence(line: Line) -> bool:
    return (len(line.text) > 24 and any(mark in line.text for mark in "。！？")) or len(line.text) > _LONGEST_HEAD


def _head(above: Sequence[Line], body: Sequence[Line]) -> _Head:
    """Take the lines above the body, and those at its beginning that hold more than the rules for lines can read.

    Short lines that stand above such a line inside the body are no body either: a subtitle, a byline, tools.
    """
    parts: list[tuple[Part, ...]] = []
    used: set[int] = set()
    taken: list[LineValues] = []
    leading = list(takewhile(lambda line: not _sentence(line) and line.text[-1] not in _FINAL, body[:_LEADING]))
    last = -1
    for number, line in enumerate([*above, *leading], start=-len(above)):
        if _sentence(line):
            continue
        values = line_values(line)
        if not values.found or (number >= 0 and values.share < _MOSTLY and not (values.date and len(values.found) > 1)):
            continue
        taken.append(values)
        used.add(line.start)
        last = number
        made = _head_parts(values)
        if made:
            parts.append(made)
    used |= {line.start for line in leading[: max(0, last)]}
    return _Head(tuple(parts), frozenset(used), tuple(taken))


def _is_read(text: str) -> bool:
    return meta_line(simplify(text), top=True) is not None


def _spaced(line: Line) -> tuple[str, list[Part]]:
    """Return a line with a space wherever the page only sets two of its words apart by its looks."""
    parts: list[Part] = []
    shown: list[str] = []
    edges = [0, *(cut for cut in line.cuts if 0 < cut < len(line.text)), len(line.text)]
    for start, end in pairwise(edges):
        if start and line.text[start - 1].isalnum() and line.text[start].isalnum():
            parts.append(" ")
            shown.append(" ")
        parts += line.part(start, end)
        shown.append(line.text[start:end])
    return "".join(shown), parts


def _head_parts(values: LineValues) -> tuple[Part, ...]:
    """Return the line whole, where the rules for lines can read it; else what it states, with its labels."""
    line = values.line
    text, whole = _spaced(line)
    if _is_read(text):
        return tuple(whole)
    kept: list[Part] = []
    text, end = "", -1
    for one in sorted(values.found, key=lambda one: one.whole.start):
        shown = line.text[one.whole.start : one.whole.end]
        if one.whole.start >= end and _is_read(f"{text} {shown}".strip()):
            kept += [" "] * bool(kept) + line.part(one.whole.start, one.whole.end)
            text, end = f"{text} {shown}".strip(), one.whole.end
    return tuple(kept)


def _near(below: Sequence[Line]) -> list[Line]:
    """Return the lines below the body that may still speak of it: those above the first list of other articles."""
    found: list[Line] = []
    links = 0
    for line in below[:_TAIL_LINES]:
        links += 2 * line.linked >= len(line.text)
        if links > _FEW_LINKS or furniture.is_trailing_heading(simplify(line.text)):
            break
        if len(line.text) <= _LONGEST_HEAD:
            found.append(line)
    return found


def _tail(below: Sequence[Line]) -> Iterator[Line]:
    """Yield the editors' and source lines right below the body."""
    for line in _near(below):
        meta = meta_line(simplify(line.text))
        if meta is not None and set(meta.fields) & {HeadField.EDITOR, HeadField.SOURCE, HeadField.AUTHOR}:
            yield line


def _repeats(title: str, lines: Sequence[Line]) -> int:
    """Return how many of the first lines repeat the title, whole or in pieces."""
    wanted, so_far = fold(title), ""
    for number, line in enumerate(lines[:4]):
        so_far += fold(line.text)
        if so_far == wanted:
            return number + 1
        if not wanted.startswith(so_far):
            break
    return 0


def _value(values: Iterable[LineValues], name: str) -> str | None:
    for one in values:
        found = getattr(one, name)
        if found is not None:
            text: str = one.line.text[found.value.start : found.value.end].strip()
            return text
    return None


@dataclass(frozen=True, slots=True)
class _Reading:
    """One page, read: what it states, and its lines in their places."""

    page: Page
    stated: Stated
    title: str | None
    content: Content
    head: _Head
    body: Sequence[Line]
    begin: int  # where the title stands
    opening: Sequence[Line]  # of the body, whatever stands above the title there


def _hints(read: _Reading) -> Hints:
    values = read.head.values
    shown = (full_date(_value(values, "date") or ""), *meta_dates(read.stated))
    below = [line_values(line) for line in _near(read.content.below) if len(line.text) <= 60]
    published = (
        next((day for day in shown if day is not None), None)
        or full_date(_value(values, "other_date") or "")
        or full_date(_value((one for one in below if one.date and one.date.whole != one.date.value), "date") or "")
        or next(filter(None, map(_bare_date, [*read.body[-_END_LINES:], *_near(read.content.below)])), None)
    )
    before = read.body[0].start if read.body else 0
    named = named_values(read.page, before)
    linked = linked_account(read.page, read.begin, before)
    publisher = linked[0] if linked is not None and linked[1] else None
    ends = [*read.body[:3], *read.body[-_END_LINES:], *_near(read.content.below)]
    at_end = [line_values(line) for line in ends if len(line.text) <= 60 and not _sentence(line)]
    labelled = next((one for one in values if one.source and one.source.whole != one.source.value), None)
    source = first(
        (
            _value([labelled], "source") if labelled else None,
            meta_source(read.stated),
            _value((one for one in at_end if one.source and one.source.whole != one.source.value), "source"),
            _value(values, "source"),
            first(_named_source(text, read.title) for kind, text in named if kind == "source"),
            first(without_label(text) for kind, text in named if kind == "author" and publishes(without_label(text))),
            account(read.stated),
            publisher,
            _house(read.stated, read.body),
            _letter(read),
            _digital_paper(read.stated),
        )
    )
    writes = linked[0] if linked is not None and not linked[1] else None
    return Hints(title=read.title, published=published, source=source, author=_author(read, named) or writes)


def _digital_paper(stated: Stated) -> str | None:
    """Return the paper whose electronic edition the page's title names."""
    named = _DIGITAL.match(simplify(stated.title))
    return stated.title[named.start(1) : named.end(1)] if named is not None else None


def _bare_date(line: Line) -> date | None:
    """Return the day that is all that a line says."""
    return full_date(line.text) if len(line.text) <= 30 and _BARE_DATE.fullmatch(line.text) else None


def _letter(read: _Reading) -> str | None:
    """Return the newsletter that the page is an issue of, by its title or by what it says to its subscribers."""
    title = read.stated.title
    name = issue_name(simplify(title))
    if name is not None:
        return name.of(title).strip()
    for line in (*read.content.above[-_HEAD_LINES:], *read.opening, *read.content.below):
        if len(line.text) <= _LONGEST_HEAD:
            name = subscribed_name(simplify(line.text))
            if name is not None:
                return name.of(line.text).strip()
    return None


def _named_source(text: str, title: str | None) -> str | None:
    source = without_label(text)
    return None if source == title or _NO_SOURCE.search(simplify(source)) else source


def _author(read: _Reading, named: Sequence[tuple[str, str]]) -> str | None:
    shown = _value(read.head.values, "author")
    if shown:
        return shown
    for kind, text in named:
        name = without_label(text)
        if kind == "author" and is_person(name) and not publishes(name):
            return name
    for line in _near(read.content.below):
        posted = _POSTED_BY.match(line.text)
        if posted is not None and is_person(posted[1]):
            return posted[1]
    whole = simplify(" ".join(line.text for line in (*_near(read.content.below), *read.body[-3:])))
    editors = _EDITED.findall(whole)
    author = meta_author(read.stated)
    if author and author not in editors and simplify(author) not in editors:
        return author
    blog = _BLOG.match(simplify(read.stated.title))
    if blog is not None:
        return read.stated.title[blog.start(1) : blog.end(1)]
    photographers = [name for line in read.body for name in _PHOTOGRAPHER.findall(simplify(line.text[-_LONGEST_HEAD:]))]
    return photographers[0] if len(photographers) > 1 and len(set(photographers)) == 1 else None


def _house(stated: Stated, body: Sequence[Line]) -> str | None:
    """Return the paper that a report calls its own (`本报讯`), where the page's name is a paper's."""
    if not body or _OWN.match(simplify(body[0].text)) is None:
        return None
    names = [stated.metas.get("og:site_name", ""), *re.split(r"[-_|｜–—\s]+", stated.title)[1:]]
    return next((name.strip() for name in names if _PAPER.search(name.strip()) and len(name) <= 16), None)


def _spans(parts: Iterable[Part]) -> list[Span]:
    return sorted(Span(part.start, part.end) for part in parts if not isinstance(part, str))


def _removed(page: Page, lines: Iterable[tuple[Line, str | None]], kept: Sequence[Span]) -> list[Removed]:
    """Return what was left out: elements, and of the lines what is not among the kept stretches."""
    found = [
        Removed(element.span, element.reason)
        for element in page.elements
        if element.reason is not None
        and element.end > element.start
        and (element.parent is None or element.parent.reason is None)
    ]
    starts = [span.start for span in kept]
    for line, reason in lines:
        position = line.start
        at = max(0, bisect_right(starts, position) - 1)
        why = reason or line_reason(line) or "page furniture"
        while at < len(kept) and kept[at].start < line.end:
            if kept[at].end > position:
                if kept[at].start > position:
                    found.append(Removed(Span(position, kept[at].start), why))
                position = kept[at].end
            at += 1
        if position < line.end:
            found.append(Removed(Span(position, line.end), why))
    return found


def _title_above(above: Sequence[Line]) -> Title | None:
    """Return the line above the body that could be its title, of a page that states none."""
    found = [
        line
        for line in above[-_LEADING:]
        if _FEWEST <= len(line.text) <= _LONGEST_TITLE
        and not line.linked
        and line.text[-1] not in _FINAL
        and not line_values(line).found
        and line_reason(line) is None
    ]
    line = max(found, key=lambda line: len(line.text), default=None)
    return Title(line.block, line.text, line.parts, Span(line.start, line.end)) if line else None


def _in_title(title: Title | None, line: Line) -> bool:
    return title is not None and title.span.start <= line.start and line.end <= title.span.end


def extract_webpage(raw: str) -> Extracted:
    """Return the lines of a page's article, what the page states of it, and what was left out."""
    page = read_page(raw)
    weigh(page)
    lines = page_lines(page, [page.root])
    stated = read_stated(page)
    title = find_title(page, stated)
    content = find_content(page, lines, title.element if title else None)
    name = title.text if title else stated_title(stated)
    if title is None and name is None:
        title = _title_above([*content.above, *takewhile(lambda line: not _sentence(line), content.lines[:3])])
        name = title.text if title else None
    body = [line for line in content.lines if not _in_title(title, line)]
    above = [line for line in content.above if not _in_title(title, line)]
    if title is not None:
        body = [line for line in body if line.start > title.span.start or _sentence(line)]
        over = [line for line in (*above, *content.lines) if line.start < title.span.start and not _sentence(line)]
        above = [line for line in above if line.start > title.span.start] or above
        dated = any(line_values(line).date for line in (*above[-_HEAD_LINES:], *body[:_LEADING]))
        if not dated:  # a letter has its day above its title
            above = [*(line for line in over[-_LEADING:] if line not in above and line_values(line).date), *above]
    body = body[_repeats(name or "", body) :]
    head = _head(above[-_HEAD_LINES:], body)
    body = [line for line in body if line.start not in head.used]
    tail = list(_tail(content.below))
    hints = _hints(
        _Reading(page, stated, name, content, head, body, title.span.start if title else 0, content.lines[:_LEADING])
    )
    parts: list[Part] = []
    for made in (title.parts if title else (), *head.parts, *(line.parts for line in (*body, *tail))):
        if made:
            parts += [*made, "\n"]
    whole = {line.start for line in (*body, *tail)}
    reasons = {line.start: reason for line, reason in content.dropped}
    left = [(line, reasons.get(line.start)) for line in lines if line.start not in whole]
    return Extracted(AlignedText.of(raw).assembled(parts), hints, tuple(_removed(page, left, _spans(parts))))
