"""What can be told of a page's elements at a glance: which are no text of it, and how much text the others hold."""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate

from rag.articles.blocks import Element, Page, words
from rag.articles.page_names import furniture_reason, is_strong

_CODE = words(
    "script style noscript template svg math iframe object embed applet canvas title xmp noembed noframes link"
)
_FORM = words("button select textarea option optgroup datalist input keygen menu dialog")
_MEDIA = words("audio video")
_FURNITURE = {"nav": "navigation", "footer": "page furniture", "aside": "page furniture"}
_GLOSS = words("rt rp rtc")
_ROLES = {
    "navigation": "navigation",
    "banner": "page furniture",
    "contentinfo": "page furniture",
    "complementary": "page furniture",
    "search": "page furniture",
    "dialog": "page furniture",
    "alertdialog": "page furniture",
    "menu": "navigation",
    "menubar": "navigation",
}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LEAST_LEFT = 0.06
_FEWEST_MARKS = 4
_BODY_MARKS = 8
_MARKS = "，。；！？：,"
_SENTENCE = re.compile(r"[，。；！？]")
_SPLIT = re.compile(r"[_|｜\r\n]|\s[-–—]+\s|-{2,}")
_SHORTEST_RUN = 12  # characters of running text between tags
_SHORTEST_BODY = 60
_SHORTEST_TITLE = 6
_TRUSTED = frozenset(("hidden", "comments", "copyright line", "form", "gloss"))
"""What names mean it, whatever stands in them: remarks of readers are often longer than what they are about."""
_LINK_LISTS = frozenset(("links to other articles", "navigation", "breadcrumb"))
_OUTWEIGHS = 1.5  # times the running text of all that is not named as furniture
_LISTS_OUTWEIGH = 4  # the same of what is named as a list of links: those hold teasers
_TITLED_SHARE = 0.25  # of the page's running text in what also holds its title


def _at_once(element: Element) -> str | None:
    """Why an element is left out whatever it holds."""
    tag = element.tag
    if tag in _CODE or tag in _MEDIA:
        return "page furniture"
    if tag in _FORM:
        return "form"
    if tag in _GLOSS:
        return "gloss"
    return None


def _hidden(element: Element) -> bool:
    attributes = element.attributes
    return bool(attributes) and ("hidden" in attributes or _HIDDEN.search(attributes.get("style", "")) is not None)


def _named(element: Element) -> str | None:
    """Why an element is left out by what it is called."""
    reason = _FURNITURE.get(element.tag)
    if reason is None and element.attributes and element.tag not in {"article", "main", "h1"}:
        names = element.names.strip()
        if names:
            reason = furniture_reason(names)
            if reason == "hidden" and element.tag in {"h1", "h2"}:
                reason = None
        reason = reason or _ROLES.get(element.attributes.get("role", ""))
    return None if reason is not None and is_strong(element) else reason


def _count(page: Page) -> None:
    """Count the text of every element that is not left out, from the innermost outwards."""
    for element in reversed(page.elements):
        size = linked = marks = 0
        if element.reason is None:
            for child in element.children:
                if isinstance(child, Element):
                    size += child.size
                    linked += child.linked
                    marks += child.marks
                else:
                    shown = child.shown
                    size += len("".join(shown.split()))
                    marks += sum(map(shown.count, _MARKS)) if len(shown) > 1 else 0
            if element.tag == "a" and "name" not in element.attributes:
                linked, marks = size, 0
        element.size, element.linked, element.marks = size, linked, marks


class _Prose:
    """The running text of a page: what is not linked, is longer than a button, and has the marks of sentences."""

    def __init__(self, page: Page) -> None:
        found: list[tuple[int, int]] = []
        for element in page.elements:
            if element.reason is None and not _is_linked(element):
                found += [
                    (child.start, len(shown))
                    for child in element.children
                    if not isinstance(child, Element)
                    and len(shown := "".join(child.shown.split())) >= _SHORTEST_RUN
                    and _SENTENCE.search(shown)
                ]
        found.sort()
        self._starts = [start for start, _ in found]
        self._sums = [0, *accumulate(size for _, size in found)]

    def within(self, start: int, end: int) -> int:
        """Return how many characters of it stand in a stretch of the source."""
        return self._sums[bisect_left(self._starts, end)] - self._sums[bisect_left(self._starts, start)]


def _is_linked(element: Element) -> bool:
    return (element.tag == "a" and "name" not in element.attributes) or (
        element.parent is not None and element.parent.tag == "a"
    )


def _title_places(page: Page) -> list[int]:
    """Return where the page shows, unlinked and on its own, what its `<title>` begins with."""
    stated = next((element for element in page.elements if element.tag == "title"), None)
    if stated is None:
        return []
    whole = "".join(child.shown for child in stated.children if not isinstance(child, Element))
    title = "".join(_SPLIT.split(whole.strip())[0].split())
    if len(title) < _SHORTEST_TITLE:
        return []
    return [
        child.start
        for element in page.elements
        if element.reason is None and not _is_linked(element)
        for child in element.children
        if not isinstance(child, Element) and "".join(child.shown.split()) == title
    ]


def _disbelieved(page: Page, reasons: Mapping[int, str]) -> frozenset[int]:
    """Return the places of elements that are named as furniture and yet must hold the article.

    That is one which holds the title and much running text, or more of it than all that is not named as furniture:
    to lose an article is worse than to keep furniture. What stands inside it is judged by its own name.
    """
    prose = _Prose(page)
    titles = _title_places(page)
    named = [element for element in page.elements if element.start in reasons and element.tag != "html"]
    outer: list[Element] = []
    for element in named:
        if not outer or element.start >= outer[-1].end:
            outer.append(element)
    whole = prose.within(0, len(page.raw))
    rest = whole - sum(prose.within(element.start, element.end) for element in outer)
    found: set[int] = set()
    for number, element in enumerate(named):
        reason = reasons[element.start]
        if reason == "hidden":
            continue
        inner = _outermost(named[number + 1 :], element)
        own = prose.within(element.start, element.end) - sum(prose.within(one.start, one.end) for one in inner)
        if own < _SHORTEST_BODY:
            continue
        if any(element.start < place < element.end for place in titles) and own >= _TITLED_SHARE * whole:
            found.add(element.start)
        elif reason not in _TRUSTED and not (titles and element.end <= titles[0]):
            least = _LISTS_OUTWEIGH if reason in _LINK_LISTS else _OUTWEIGHS
            if own > least * rest:
                found.add(element.start)
    return frozenset(found)


def _outermost(named: Sequence[Element], within: Element) -> list[Element]:
    """Return those of some elements, in their order, that stand in an element and in no other of them."""
    found: list[Element] = []
    for element in named:
        if element.start >= within.end:
            break
        if not found or element.start >= found[-1].end:
            found.append(element)
    return found


def weigh(page: Page) -> None:
    """Leave out what is no text and what is named as furniture, and count what is left.

    Names are often wrong, so no name is believed when next to nothing would be left of the page's sentences without
    what it names, nor where it must hold the article.
    """
    for element in page.elements[1:]:
        parent = element.parent
        element.reason = (parent.reason if parent else None) or _at_once(element)
    _count(page)
    left = page.root.marks
    bodies = [element.start for element in page.elements if element.marks >= _BODY_MARKS and is_strong(element)]
    reasons: dict[int, str] = {}
    for element in page.elements[1:]:
        reason = None
        if element.reason is None and not _holds(element, bodies):
            reason = "hidden" if _hidden(element) and not is_strong(element) else _named(element)
        if reason is not None:
            reasons[element.start] = reason
    for start in () if bodies else _disbelieved(page, reasons):
        del reasons[start]
    dropped = False
    for element in page.elements[1:]:
        parent = element.parent
        if element.reason is not None:
            continue
        if parent is not None and parent.reason is not None:
            element.reason = parent.reason
            continue
        reason = reasons.get(element.start)
        if reason is None:
            continue
        rest = left - element.marks
        if element.marks and (rest < _FEWEST_MARKS or rest < _LEAST_LEFT * page.root.marks):
            continue
        element.reason, left, dropped = reason, rest, True
    if dropped:
        _count(page)


def _holds(element: Element, bodies: Sequence[int]) -> bool:
    """Whether an element holds another with the name of a body, or is one."""
    at = bisect_left(bodies, element.start)
    return at < len(bodies) and bodies[at] < element.end
