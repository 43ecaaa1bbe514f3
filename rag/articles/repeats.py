"""What a page repeats beside its article, told by structure and no name: readers' remarks, cards of other articles.

A remark has a time beside it and a reply's or a vote's button, or says how long ago it was; a card begins with a link
that is its headline. Either is one only among several built alike, with enough sentences elsewhere on the page to be
the article: a chronicle or a digest is built of such pieces itself.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from models.fold import simplify
from rag.articles.blocks import Element, Page, words
from rag.articles.page_lines import shown_text

_TAGS = words("div section article li dl dd a figure")
_FEWEST = 3
_MOSTLY = 0.6
_MOST_PARTS = 60  # looked at in one record
_LONGEST_RECORD, _LONGEST_TIME = 600, 24  # characters
_AGO = re.compile(r"(?:\d+\s*(?:秒|分钟|小时|天|周|个?月|年)\s*[前]|刚刚|昨天|前天|今天)(?:\s*\d{1,2}:\d{2})?.{0,10}")
_TIME = re.compile(r"(?:(?:19|20)?\d\d[-/.年])?\d{1,2}[-/.月]\d{1,2}日?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?.{0,10}")
_TALK = re.compile(r"回复|点赞|赞\s*[(（\d]|^赞$|支持|反对|举报|踩|沙发|板凳|\d+楼|有用")
_HEADLINE = 6  # characters, of a link
_LINKED, _CARD = 0.15, 300  # of a card's text; characters
_LEFT, _LEFT_SHARE = 6, 0.4  # marks of sentences elsewhere; of those in what is left out


def _children(element: Element) -> list[Element]:
    return [child for child in element.children if isinstance(child, Element) and child.reason is None]


def _built(element: Element) -> tuple[str, str, tuple[str, ...]]:
    """Return how an element is built: its tag, its names, the tags in it."""
    return element.tag, " ".join(element.names.split()), tuple(child.tag for child in _children(element))


def _runs(page: Page) -> Iterator[list[Element]]:
    """Yield the neighbours that are built alike, of several parts each."""
    for parent in page.elements:
        if parent.reason is not None or len(parent.children) < _FEWEST:
            continue
        run: list[Element] = []
        built: tuple[str, str, tuple[str, ...]] | None = None
        for child in _children(parent):
            own = _built(child) if child.tag in _TAGS and 0 < child.size <= _LONGEST_RECORD else None
            if own is None or own != built:
                if len(run) >= _FEWEST:
                    yield run
                run, built = [], own
            if own is not None and len(own[2]) > 1:
                run.append(child)
        if len(run) >= _FEWEST:
            yield run


def _is_remark(element: Element) -> tuple[bool, bool]:
    """Whether an element bears a time, and whether it shows that it is a reader's remark."""
    timed = talk = False
    stack = _children(element)
    for _ in range(_MOST_PARTS):
        if not stack:
            break
        part = stack.pop()
        stack += _children(part)
        if 0 < part.size <= _LONGEST_TIME:
            text = simplify(shown_text(part, 2 * _LONGEST_TIME))
            ago = _AGO.fullmatch(text) is not None
            timed = timed or ago or _TIME.fullmatch(text) is not None
            talk = talk or ago or _TALK.search(text) is not None
    return timed, talk


def _is_card(element: Element) -> bool:
    """Whether an element begins with a link that is the headline of another article."""
    if not 2 * _HEADLINE <= element.size <= _CARD or not _LINKED * element.size <= element.linked < element.size:
        return False
    first = next((child for child in _children(element) if child.size), None)
    return first is not None and first.linked >= max(_HEADLINE, _MOSTLY * first.size)


def _cards(page: Page) -> Iterator[list[Element]]:
    """Yield the cards that are built alike, wherever on the page they stand."""
    found: dict[tuple[str, str, tuple[str, ...]], list[Element]] = defaultdict(list)
    for element in page.elements[1:]:
        if element.reason is None and element.tag in _TAGS and element.tag != "a" and _is_card(element):
            found[_built(element)].append(element)
    yield from (cards for cards in found.values() if len(cards) >= _FEWEST)


def _may_go(page: Page, elements: Sequence[Element]) -> bool:
    """Whether enough sentences are left without some elements."""
    marks = sum(element.marks for element in elements)
    return page.root.marks - marks >= max(_LEFT, _LEFT_SHARE * marks)


def repeats(page: Page) -> Iterator[tuple[Element, str]]:
    """Yield the elements of a page that are remarks or cards, each with the reason why it is left out."""
    for run in _runs(page):
        told = [_is_remark(element) for element in run]
        remarks = [element for element, (timed, talk) in zip(run, told, strict=True) if timed and talk]
        if len(remarks) >= max(_FEWEST, _MOSTLY * len(run)) and _may_go(page, run):
            yield from ((element, "comments") for element in run)
    for cards in _cards(page):
        if _may_go(page, cards):
            yield from ((element, "links to other articles") for element in cards)
