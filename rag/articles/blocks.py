"""A web page's source → a tree of elements and texts, each with its place in the source.

Tags that a page leaves out are put where a browser puts them: `<p>`, `<li>`, `<td>` end where the next one begins, a
stray `</div>` inside a table cell ends nothing outside of it. Nothing here is recursive: pages nest as deep as they
like.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from typing import NamedTuple, TypeAlias

from rag.types import Span


def words(text: str) -> frozenset[str]:
    """Return the words of a list that is written as one string."""
    return frozenset(text.split())


VOID = words("area base br col embed hr img input link meta param source track wbr frame keygen bgsound basefont")
RAW_TEXT = words("script style title textarea xmp iframe noembed noframes noscript")  # up to their end tag, no markup
BLOCKS = words(
    "address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol optgroup option p pre section "
    "summary table tbody tfoot thead tr ul"
)
CELLS = words("td th")
_ENDS_PARAGRAPH = BLOCKS - words("br option optgroup caption tbody tfoot thead tr legend")
_SCOPES = words("table td th")
_TABLE_PARTS = words("table tbody tfoot thead tr td th")
_NO_ELEMENTS = words("html head body")
_ITEMS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {  # name → (what it ends, where the search stops)
    "li": (words("li"), words("ul ol menu dir table td th")),
    "dt": (words("dt dd"), words("dl table td th")),
    "dd": (words("dt dd"), words("dl table td th")),
    "option": (words("option"), words("select table td th")),
    "a": (words("a"), BLOCKS | _SCOPES),
}
_CELL_ENDS: Mapping[str, frozenset[str]] = {
    "td": words("td th"),
    "th": words("td th"),
    "tr": words("td th tr"),
    "tbody": words("td th tr tbody thead tfoot"),
    "thead": words("td th tr tbody thead tfoot"),
    "tfoot": words("td th tr tbody thead tfoot"),
}
_DEEPEST_SEARCH = 48
_TAG = re.compile(r"<(/?)([A-Za-z][^\s/>]*+)((?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>")
_PLAIN_TAG = re.compile(r"<(/?)([A-Za-z][^\s/>]*+)([^>]*+)>")
_ATTRIBUTE = re.compile(r"([^\s=/>\"']+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_ENTITY = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});?")
_EMPTY = re.compile(r"(?:^|[\s\"'])/$")
_CODE = words("script style")
_NONE: Mapping[str, str] = {}


@cache
def _raw_end(tag: str) -> re.Pattern[str]:
    return re.compile(rf"</{tag}(?:\s[^>]*)?>", re.IGNORECASE)


class Text(NamedTuple):
    """A run of text: its place in the source, and how it reads with its entities resolved."""

    start: int
    end: int
    shown: str


@dataclass(slots=True, eq=False)
class Element:
    """An element. `start` and `end` are where it stands in the source, its tags included.

    What follows `children` is found out about it when the whole page is known (`weights.py`): why it is left out, if
    it is, and of the text in it that is not, the characters, those that are linked, and the marks of sentences.
    """

    tag: str
    start: int
    attributes: Mapping[str, str]
    parent: "Element | None"
    end: int = -1
    children: list["Element | Text"] = field(default_factory=list)
    reason: str | None = None
    size: int = 0
    linked: int = 0
    marks: int = 0

    @property
    def names(self) -> str:
        """Its class names and its id, with spaces between."""
        return f"{self.attributes.get('class', '')} {self.attributes.get('id', '')}"

    @property
    def span(self) -> Span:
        """Its place in the source."""
        return Span(self.start, max(self.start, self.end))


Child: TypeAlias = Element | Text


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its elements in the order of their start tags, the first of them the root, and its `<meta>` elements."""

    raw: str
    elements: tuple[Element, ...]
    metas: tuple[Mapping[str, str], ...]

    @property
    def root(self) -> Element:
        """The element that stands for the whole page."""
        return self.elements[0]


def entities(raw: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Yield the character references of a stretch of source: where they stand and what they mean."""
    for match in _ENTITY.finditer(raw, start, end):
        shown = unescape(match.group())
        if shown != match.group():
            yield match.start(), match.end(), shown


def _attributes(source: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(source):
        value = double or single or bare
        found.setdefault(name.lower(), unescape(value) if "&" in value else value)
    return found


class _Builder:
    """Reads the source once, from its start to its end."""

    def __init__(self, raw: str) -> None:
        self.raw = raw
        root = Element("html", 0, _NONE, None, len(raw))
        self.elements = [root]
        self.metas: list[Mapping[str, str]] = []
        self._open = [root]
        self._scopes: list[tuple[str, Counter[str]]] = [("", Counter())]  # what is open in the innermost table or cell
        self._known: dict[str, Mapping[str, str]] = {}
        self._missing: set[str] = set()  # marks that the rest of the source does not hold
        self._read()
        while len(self._open) > 1:
            self._pop(len(raw))

    def _read(self) -> None:
        raw, position, size = self.raw, 0, len(self.raw)
        while position < size:
            at = raw.find("<", position)
            while at >= 0 and (after := self._markup(position, at)) == at:
                at = raw.find("<", at + 1)  # a bracket that is only text
            if at < 0:
                break
            position = after
        self._text(position, size)

    def _markup(self, position: int, at: int) -> int:
        """Take in the text from `position` and the markup at `at`; return where it ends, `at` where there is none."""
        raw = self.raw
        if ">" in self._missing:
            return at
        match = _TAG.match(raw, at) or _PLAIN_TAG.match(raw, at)
        if match is not None:
            self._text(position, at)
            tag = match[2].lower()
            if match[1]:
                self._end(tag, at, match.end())
                return match.end()
            return self._start(tag, match)
        after = 0
        if raw.startswith("<!--", at):
            after = self._past("-->", at + 2)
        if not after and self._past(">", at) and raw.startswith(("<!", "<?", "</"), at):
            after = self._past(">", at)
        if after:
            self._text(position, at)
        return after or at

    def _past(self, mark: str, at: int) -> int:
        """Return where the next `mark` ends; 0 where there is none."""
        found = -1 if mark in self._missing else self.raw.find(mark, at)
        if found < 0:
            self._missing.add(mark)
            return 0
        return found + len(mark)

    def _text(self, start: int, end: int) -> None:
        if start < end:
            shown = self.raw[start:end]
            if "&" in shown:
                shown = _ENTITY.sub(lambda match: unescape(match.group()), shown)
            self._open[-1].children.append(Text(start, end, shown))

    def _start(self, tag: str, match: re.Match[str]) -> int:
        source = match[3]
        attributes = self._known.get(source)
        if attributes is None:
            attributes = self._known[source] = _attributes(source) if source.strip() else _NONE
        if tag == "meta":
            self.metas.append(attributes)
        if tag in _NO_ELEMENTS:
            self.elements[0].attributes = {**self.elements[0].attributes, **attributes}
            return match.end()
        self._imply(tag, match.start())
        element = Element(tag, match.start(), attributes, self._open[-1], match.end())
        self._open[-1].children.append(element)
        self.elements.append(element)
        if tag in VOID or _EMPTY.search(source):
            return match.end()
        if tag in RAW_TEXT and (after := self._raw_text(tag, element, match.end())):
            element.end = after
            return after
        self._open.append(element)
        self._scopes[-1][1][tag] += 1
        if tag in _SCOPES:
            self._scopes.append((tag, Counter()))
        return match.end()

    def _raw_text(self, tag: str, element: Element, start: int) -> int:
        """Take in what stands up to the end tag, whatever it is; return where that ends, 0 where it is missing."""
        if tag in self._missing:
            return 0
        found = _raw_end(tag).search(self.raw, start)
        if found is None:
            self._missing.add(tag)
            return len(self.raw) if tag in _CODE else 0
        element.children.append(Text(start, found.start(), unescape(self.raw[start : found.start()])))
        return found.end()

    def _imply(self, tag: str, at: int) -> None:
        """End the elements that a start tag ends."""
        if tag in _CELL_ENDS:
            while self._end_in_table(_CELL_ENDS[tag], at):
                pass
        elif tag in _ENDS_PARAGRAPH and self._scopes[-1][1]["p"]:
            self._pop_through("p", at)
        if tag in _ITEMS and self._scopes[-1][1].keys() & _ITEMS[tag][0]:
            ended, stops = _ITEMS[tag]
            for element in self._open[: -_DEEPEST_SEARCH - 1 : -1]:
                if element.tag in ended:
                    self._pop_through(element.tag, at)
                    return
                if element.tag in stops:
                    return

    def _end(self, tag: str, start: int, end: int) -> None:
        if tag in _TABLE_PARTS:
            self._end_in_table(frozenset((tag,)), start, end)
        elif self._scopes[-1][1][tag]:
            if tag in BLOCKS:
                self._pop_through(tag, start, end)
            else:
                self._end_inline(tag, start, end)
        elif tag in {"p", "br"}:  # what browsers make of a stray one
            self._open[-1].children.append(Element("br", start, _NONE, self._open[-1], end))

    def _end_in_table(self, tags: frozenset[str], start: int, end: int = -1) -> bool:
        """End the innermost of the elements that is open in this table; whether there was one."""
        for scope, counts in reversed(self._scopes):
            found = next((tag for tag in tags if counts[tag]), None)
            if found is not None:
                self._pop_through(found, start, end)
                return True
            if scope == "table" and "table" not in tags:
                break
        return False

    def _end_inline(self, tag: str, start: int, end: int) -> None:
        """End an inline element; blocks that were opened inside it and not ended go on."""
        crossed = False
        for depth in range(len(self._open) - 1, max(0, len(self._open) - _DEEPEST_SEARCH), -1):
            element = self._open[depth]
            if element.tag == tag and crossed:
                element.end = end
                del self._open[depth]
                self._scopes[-1][1][tag] -= 1
                return
            if element.tag == tag:
                self._pop_through(tag, start, end)
                return
            crossed = crossed or element.tag in BLOCKS

    def _pop(self, end: int) -> str:
        element = self._open.pop()
        element.end = end
        if element.tag in _SCOPES:
            self._scopes.pop()
        self._scopes[-1][1][element.tag] -= 1
        return element.tag

    def _pop_through(self, tag: str, start: int, end: int = -1) -> None:
        """End all elements up to the innermost `tag`; its own end tag, if there is one, ends at `end`."""
        while self._open[-1].tag != tag:
            self._pop(start)
        self._pop(max(start, end))


def read_page(raw: str) -> Page:
    """Read a page's source."""
    builder = _Builder(raw)
    return Page(raw, tuple(builder.elements), tuple(builder.metas))
