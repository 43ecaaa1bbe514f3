"""What can be told of a page's elements at a glance: which are no text of it, and how much text the others hold."""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from rag.articles.blocks import Element, Page, words
from rag.articles.page_names import furniture_reason, is_strong
from rag.articles.repeats import repeats
from rag.articles.wording import in_sentence, states, words_reason

_CODE = words(
    "script style noscript template svg math iframe object embed applet canvas title xmp noembed noframes link "
    "amp-ad amp-embed amp-sticky-ad amp-auto-ads amp-sidebar amp-analytics amp-consent amp-user-notification"
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
_OUTWEIGHS = 1  # times the running text of all that is not named as furniture
_LISTS_OUTWEIGH = 4  # the same of what is named as a list of links, which holds teasers, and without a title
_FEW_LINKS = 0.1  # of the text
_MOST_AROUND = 16  # elements named as furniture around one that must hold the article
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
    return words_reason(element)


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
    return None if reason is None or is_strong(element) or in_sentence(element) or states(element) else reason


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
    return sorted(
        child.start
        for element in page.elements
        if element.reason is None and not _is_linked(element)
        for child in element.children
        if not isinstance(child, Element) and "".join(child.shown.split()) == title
    )


@dataclass(slots=True)
class _Shares:
    """How a page's running text lies: in each of the elements named as furniture, and outside of them."""

    prose: _Prose
    own: dict[int, int]  # of each of them, by its place, without those inside it
    whole: int
    rest: int = 0  # outside of all
    places: list[int] = field(default_factory=list)  # of the outermost
    sums: list[int] = field(default_factory=lambda: [0])  # of the text in the outermost so far

    @classmethod
    def of(cls, page: Page, named: Sequence[Element]) -> "_Shares":
        """Measure the elements, which come in the order of the source."""
        prose = _Prose(page)
        shares = cls(
            prose, {one.start: prose.within(one.start, one.end) for one in named}, prose.within(0, len(page.raw))
        )
        around: list[Element] = []
        for element in named:
            size = prose.within(element.start, element.end)
            while around and around[-1].end <= element.start:
                around.pop()
            if around:
                shares.own[around[-1].start] -= size
            else:
                shares.places.append(element.start)
                shares.sums.append(shares.sums[-1] + size)
            around.append(element)
        shares.rest = shares.whole - shares.sums[-1]
        return shares

    def outside(self, start: int, end: int) -> int:
        """Return how much of the text in a stretch, which ends no earlier than it starts, is in none of them."""
        inside = self.sums[bisect_left(self.places, end)] - self.sums[bisect_left(self.places, start)]
        return self.prose.within(start, end) - inside

    def left_in(self, body: Element) -> int:
        """Return how much of the text of an element is in none of those inside it."""
        held = sum(size for start, size in self.own.items() if body.start < start < body.end)
        return self.prose.within(body.start, body.end) - held


def _disbelieved(page: Page, reasons: Mapping[int, str], bodies: Sequence[Element]) -> list[int]:
    """Return the places of elements that are named as furniture and yet must hold the article.

    That is one which holds the title and much running text, or is the first below it to hold any and holds more than
    all that is not named as furniture: to lose an article is worse than to keep furniture. What stands inside it is
    judged by its own name.
    """
    titles = _title_places(page)
    named = [element for element in page.elements if element.start in reasons]
    shares = _Shares.of(page, named)
    told = max(bodies, key=lambda body: body.marks, default=None)
    if told is not None and shares.left_in(told) >= _SHORTEST_BODY:
        return []  # there is a body by its name
    found: dict[int, None] = {}
    around: list[Element] = []
    for element in named:
        while around and around[-1].end <= element.start:
            around.pop()
        around.append(element)
        if shares.own[element.start] < _SHORTEST_BODY or not _must_be_body(
            element, reasons[element.start], shares, titles
        ):
            continue
        over = [one for one in around[-_MOST_AROUND:] if one.start not in found]
        if not any(reasons[one.start] in _TRUSTED and not _has(titles, one) for one in over):
            found |= dict.fromkeys(one.start for one in over)
    return list(found)


def _has(places: Sequence[int], element: Element) -> bool:
    """Whether one of some places, in their order, is in an element."""
    return bisect_left(places, element.start) < bisect_left(places, element.end)


def _must_be_body(element: Element, reason: str, shares: _Shares, titles: Sequence[int]) -> bool:
    size = shares.own[element.start]
    if reason == "hidden":
        return False
    if _has(titles, element):
        return size >= _TITLED_SHARE * shares.whole
    if reason in _TRUSTED:
        return False
    if titles and (element.end <= titles[0] or shares.outside(titles[0], element.start) >= _SHORTEST_BODY):
        return False
    teasers = reason in _LINK_LISTS and element.linked > _FEW_LINKS * element.size
    return size > shares.rest * (_LISTS_OUTWEIGH if teasers or not titles else _OUTWEIGHS)


def _named_reasons(page: Page, bodies: Sequence[int]) -> dict[int, str]:
    """Return why elements are furniture by what they are called, by their places."""
    reasons: dict[int, str] = {}
    for element in page.elements[1:]:
        if element.reason is None and not _holds(element, bodies):
            reason = "hidden" if _hidden(element) and not is_strong(element) else _named(element)
            if reason is not None:
                reasons[element.start] = reason
    return reasons


def weigh(page: Page) -> None:
    """Leave out what is no text and what is named as furniture, and count what is left.

    Names are often wrong, so no name is believed when next to nothing would be left of the page's sentences without
    what it names, nor where it must hold the article.
    """
    for element in page.elements[1:]:
        parent = element.parent
        element.reason = (parent.reason if parent else None) or _at_once(element)
    _count(page)
    strong = [element for element in page.elements if element.marks >= _BODY_MARKS and is_strong(element)]
    bodies = [element.start for element in strong]
    reasons = _named_reasons(page, bodies)
    for start in _disbelieved(page, reasons, strong):
        del reasons[start]
    if _drop_named(page, reasons):
        _count(page)
    repeated = list(repeats(page))
    for element, reason in repeated:
        element.reason = reason
    if repeated:
        _pass_down(page)
        _count(page)


def _drop_named(page: Page, reasons: Mapping[int, str]) -> bool:
    """Leave out what is named as furniture, while enough sentences are left; whether there was anything."""
    left, dropped = page.root.marks, False
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
    return dropped


def _pass_down(page: Page) -> None:
    """Leave out what stands inside elements that are left out."""
    for element in page.elements[1:]:
        parent = element.parent
        if element.reason is None and parent is not None and parent.reason is not None:
            element.reason = parent.reason


def _holds(element: Element, bodies: Sequence[int]) -> bool:
    """Whether an element holds another with the name of a body, or is one."""
    at = bisect_left(bodies, element.start)
    return at < len(bodies) and bodies[at] < element.end
