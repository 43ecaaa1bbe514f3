"""What a page says of its article where no line of its head does: around the body, in its markup, in its address.

Where several say it, what readers are shown counts before what machines are told, and a label before a bare name.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from models.fold import simplify
from rag.articles import furniture
from rag.articles.blocks import Page
from rag.articles.content import Content
from rag.articles.dates import FULL_DATE, full_date
from rag.articles.hints import Hints
from rag.articles.issues import issue_name, subscribed_name
from rag.articles.labels import is_bare_name
from rag.articles.page_labels import LineValues, line_values
from rag.articles.page_lines import Line
from rag.articles.page_meta import (
    Stated,
    account,
    address_date,
    first,
    is_person,
    linked_account,
    meta_authors,
    meta_dates,
    meta_source,
    named_values,
    publishes,
    without_label,
)

_LONGEST_LINE, _SHORT_LINE = 200, 60
_HEAD_LINES, _END_LINES, _TAIL_LINES = 25, 8, 10
_FEW_LINKS = 2
_FINAL = frozenset("。！？!?")
_POSTED_BY = re.compile(
    rf"(?i:posted)\s*(?:@|on|at)?\s*{FULL_DATE}\s*(?:\d{{1,2}}:\d\d(?::\d\d)?)?\s*(?:by\s+)?([^\s|()]{{2,16}})"
)
_BARE_DATE = re.compile(rf"{FULL_DATE}\s*(?:[(（]?(?:星期|周|週)[一二三四五六日天][)）]?)?\s*(?:\d{{1,2}}[:：]\d\d)?")
_DIGITAL = re.compile(r"([㐀-鿿]{2,8}报)(?:多媒体|全媒体)?(?:数字|电子)(?:报刊?|版)")
_BLOG = re.compile(r"[^_|｜-]{4,}[_|｜-]\s*([^\s_|｜-]{2,12}?)(?:的博客)?\s*[_|｜-]\s*\S{2,6}(?:博客|空间)$")
_PHOTOGRAPHER = re.compile(r"记者\s*([㐀-鿿]{2,4})\s*摄")
_MAGAZINE = re.compile(r"([㐀-鿿]{2,10})》?\s*(?:19|20)\d\d年?\s*第?\s*\d{1,2}\s*期")
_OWN = re.compile(r"[【(（]?本[报刊](?:综合)?(?:讯|记者|[㐀-鿿]{0,6}(?:讯|电))")
_PAPER = re.compile(r"(?:[报報]|周刊|週刊|[晨晚日早]报)$")
_NO_SOURCE = re.compile(r"\d\d[-:：]|时间|阅读|评论|作者|[:：]")
_EDITED = re.compile(r"(?:责任编辑|责编|编辑)\s*[:：丨|/]?\s*([㐀-鿿]{2,4})")


@dataclass(frozen=True, slots=True)
class Reading:
    """One page, read: what it states, and its lines in their places."""

    page: Page
    stated: Stated
    title: str | None
    content: Content
    head: Sequence[LineValues]
    body: Sequence[Line]
    begin: int  # where the title stands
    opening: Sequence[Line]  # of the body, whatever stands above the title there


def lines_near(below: Sequence[Line]) -> list[Line]:
    """Return the lines below the body that may still speak of it: those above the first list of other articles."""
    found: list[Line] = []
    links = 0
    for line in below[:_TAIL_LINES]:
        links += 2 * line.linked >= len(line.text)
        if links > _FEW_LINKS or furniture.is_trailing_heading(simplify(line.text)):
            break
        if len(line.text) <= _LONGEST_LINE:
            found.append(line)
    return found


def read_hints(read: Reading) -> Hints:
    """Return title, day, source and author as far as the page says them anywhere."""
    before = read.body[0].start if read.body else 0
    named = named_values(read.page, before)
    linked = linked_account(read.page, read.begin, before)
    author = _author(read, named) or (linked[0] if linked is not None and not linked[1] else None)
    publisher = linked[0] if linked is not None and linked[1] else None
    return Hints(
        title=read.title,
        published=next((day for day in _days(read) if day is not None), None),
        source=_source(read, named, publisher),
        author=author,
        publisher=read.stated.linked.get("publisher"),
    )


def _value(values: Iterable[LineValues], name: str) -> str | None:
    for one in values:
        found = getattr(one, name)
        if found is not None:
            text: str = one.line.text[found.value.start : found.value.end].strip()
            return text
    return None


def _labelled(values: Iterable[LineValues], name: str) -> str | None:
    """Return the first value of a kind that stands behind a label."""
    return _value((one for one in values if (of := getattr(one, name)) and of.whole != of.value), name)


def _days(read: Reading) -> Iterator[date | None]:
    """Yield the days that may be the one of publication, the more telling first."""
    near = lines_near(read.content.below)
    below = [line_values(line) for line in near if len(line.text) <= _SHORT_LINE]
    yield full_date(_value(read.head, "date") or "")
    yield from meta_dates(read.stated)
    yield full_date(_value(read.head, "other_date") or "")
    yield full_date(_labelled(below, "date") or "")
    yield from map(_bare_date, [*read.body[-_END_LINES:], *near])
    yield full_date(_value((one for one in below if one.date), "date") or "")
    if _digital_paper(read.stated) is not None:  # its pages bear the day of the issue at their top
        yield from map(_bare_date, read.content.above)
    yield address_date(read.page)


def _bare_date(line: Line) -> date | None:
    """Return the day that is all that a line says."""
    return full_date(line.text) if len(line.text) <= 30 and _BARE_DATE.fullmatch(line.text) else None


def _source(read: Reading, named: Sequence[tuple[str, str]], publisher: str | None) -> str | None:
    ends = [*read.body[:3], *read.body[-_END_LINES:], *lines_near(read.content.below)]
    at_end = [line_values(line) for line in ends if len(line.text) <= _SHORT_LINE and not _sentence(line)]
    return first(
        (
            _labelled(read.head, "source"),
            meta_source(read.stated),
            _labelled(at_end, "source"),
            _value(read.head, "source"),
            first(_named_source(text, read.title) for kind, text in named if kind == "source"),
            first(without_label(text) for kind, text in named if kind == "author" and publishes(without_label(text))),
            account(read.stated),
            publisher,
            _house(read.stated, read.body),
            _letter(read),
            _followed(read.head),
            _digital_paper(read.stated),
            _labelled(map(line_values, read.content.above[-_HEAD_LINES:]), "source"),  # of an index above the title
        )
    )


def _followed(values: Iterable[LineValues]) -> str | None:
    """Return the account beside whose name its readers are counted."""
    return _value((one for one in values if one.account and not one.date), "account")


def _sentence(line: Line) -> bool:
    return len(line.text) > 24 and any(mark in line.text for mark in "。！？")


def _digital_paper(stated: Stated) -> str | None:
    """Return the paper whose electronic edition the page's title names."""
    named = _DIGITAL.match(simplify(stated.title))
    return stated.title[named.start(1) : named.end(1)] if named is not None else None


def _letter(read: Reading) -> str | None:
    """Return the newsletter that the page is an issue of, by its title or by what it says to its subscribers."""
    title = read.stated.title
    name = issue_name(simplify(title))
    if name is not None:
        return name.of(title).strip()
    magazine = _MAGAZINE.search(simplify(title))
    if magazine is not None:
        return title[magazine.start(1) : magazine.end(1)]
    for line in (*read.content.above[-_HEAD_LINES:], *read.opening, *read.content.below):
        if len(line.text) <= _LONGEST_LINE:
            name = subscribed_name(simplify(line.text))
            if name is not None:
                return name.of(line.text).strip()
    return None


def _named_source(text: str, title: str | None) -> str | None:
    source = without_label(text)
    return None if source == title or _NO_SOURCE.search(simplify(source)) else source


def _author(read: Reading, named: Sequence[tuple[str, str]]) -> str | None:
    """Return who wrote the article: shown with a label, named so, shown without, at the end, in the markup."""
    persons = (name for kind, text in named if kind == "author" and is_person(name := without_label(text)))
    return first(
        (
            _labelled(read.head, "author"),
            first(name for name in persons if not publishes(name)),
            _value(read.head, "author"),
            _poster(read.content.below),
            _meta_author(read),
            _blogger(read.stated),
            _photographer(read.body),
        )
    )


def _poster(below: Sequence[Line]) -> str | None:
    found = (posted[1] for line in lines_near(below) if (posted := _POSTED_BY.match(line.text)))
    return first(name for name in found if is_person(name))


def _meta_author(read: Reading) -> str | None:
    """Return the author that the markup states, if that is no editor and no program.

    Programs put their own names there: a name counts that stands elsewhere as well, or that people have.
    """
    whole = simplify(" ".join(line.text for line in (*lines_near(read.content.below), *read.body[-3:])))
    editors = _EDITED.findall(whole)
    for author in meta_authors(read.stated):
        believed = read.page.raw.count(author) > 1 or is_bare_name(simplify(author))
        if believed and author not in editors and simplify(author) not in editors:
            return author
    return None


def _blogger(stated: Stated) -> str | None:
    """Return whose blog it is by the page's title."""
    blog = _BLOG.match(simplify(stated.title))
    return stated.title[blog.start(1) : blog.end(1)] if blog is not None else None


def _photographer(body: Sequence[Line]) -> str | None:
    """Return who took all the pictures of a report in pictures."""
    names = [name for line in body for name in _PHOTOGRAPHER.findall(simplify(line.text[-_LONGEST_LINE:]))]
    return names[0] if len(names) > 1 and len(set(names)) == 1 else None


def _house(stated: Stated, body: Sequence[Line]) -> str | None:
    """Return the paper that a report calls its own (`本报讯`), where the page's name is a paper's."""
    if not body or _OWN.match(simplify(body[0].text)) is None:
        return None
    names = [stated.metas.get("og:site_name", ""), *re.split(r"[-_|｜–—\s]+", stated.title)[1:]]
    return next((name.strip() for name in names if _PAPER.search(name.strip()) and len(name) <= 16), None)
