"""What can be told of a page's elements at a glance: which are no text of it, and how much text the others hold."""

import re
from bisect import bisect_left

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


def weigh(page: Page) -> None:
    """Leave out what is no text and what is named as furniture, and count what is left.

    Names are often wrong, so no name is believed when next to nothing would be left of the page's sentences without
    what it names.
    """
    for element in page.elements[1:]:
        parent = element.parent
        element.reason = (parent.reason if parent else None) or _at_once(element)
    _count(page)
    left = page.root.marks
    bodies = [element.start for element in page.elements if element.marks >= _BODY_MARKS and is_strong(element)]
    dropped = False
    for element in page.elements[1:]:
        parent = element.parent
        if element.reason is not None:
            continue
        if parent is not None and parent.reason is not None:
            element.reason = parent.reason
            continue
        reason = "hidden" if _hidden(element) and not is_strong(element) else _named(element)
        if reason is None:
            continue
        at = bisect_left(bodies, element.start)
        if at < len(bodies) and bodies[at] < element.end:
            continue  # it holds an element with the name of a body
        rest = left - element.marks
        if element.marks and (rest < _FEWEST_MARKS or rest < _LEAST_LEFT * page.root.marks):
            continue
        element.reason, left, dropped = reason, rest, True
    if dropped:
        _count(page)
