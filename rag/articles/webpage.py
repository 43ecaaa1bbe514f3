"""A web page → running text, every character with its place in the page's source.

The parser of the standard library tells where each piece of text stands; nothing is searched for afterwards.
Elements that never hold an article (scripts, menus, forms) are left out with all they contain.
"""

import re
from collections import Counter
from html import unescape
from html.parser import HTMLParser

from rag.articles.alignment import AlignedText, Edit, Part
from rag.articles.dates import full_date
from rag.articles.hints import Extracted, Hints
from rag.types import Removed, Span


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CODE = _words("script style noscript template svg math iframe object canvas head")
_PAGE = _words("nav header footer aside form button select menu dialog")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_PAGE_CLASSES = _words(
    "nav navbar menu topnav subnav breadcrumb breadcrumbs crumb crumbs sidebar side footer foot share sharebar "
    "bdsharebuttonbox related "
    "recommend comment comments copyright toolbar pagination pager ad ads advert banner hot rank ranking login "
    "search topbar"
)
_BLOCKS = _words(
    "address article blockquote body br center dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 "
    "header hr li main ol option p pre section table tbody tfoot thead tr ul"
)
_VOID = _words("area base br col embed hr img input link meta param source track wbr")
_ENTITY = re.compile(r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);?")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_SUFFIX = re.compile(r"\s*[-_|｜–—]+\s*[^-_|｜–—]{2,20}$")
_TITLES = ("og:title", "articletitle", "title")
_DATES = (
    "publishdate",
    "article:published_time",
    "pubdate",
    "publish_time",
    "publishtime",
    "og:release_date",
    "date",
    "dc.date",
)
_SOURCES = ("source", "contentsource", "mediaid", "copyrightsource")
_AUTHORS = ("author", "article:author", "og:article:author")
_LEAST_SHARE = 0.2


class _PageParser(HTMLParser):
    """Collects the parts of the running text; `strict` leaves out the page's own elements too, not only code."""

    def __init__(self, raw: str, *, strict: bool) -> None:
        super().__init__(convert_charrefs=False)
        self.raw = raw
        self.strict = strict
        self.parts: list[Part] = []
        self.removed: list[Removed] = []
        self.meta: dict[str, str] = {}
        self.page_title = ""
        self.headings: list[str] = []
        self.size = 0
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", raw))]
        self._open: list[str] = []
        self._depths: Counter[str] = Counter()  # how often each name stands in `_open`, which may be very long
        self._skipped_at = -1  # depth of the element that is left out with all it holds
        self._skip_start = 0
        self._heading: list[str] | None = None
        self._in_title = False
        self._last = "\n"  # the last character that went out
        self.feed(raw)
        self.close()
        if self._skipped_at >= 0:
            self._note(len(raw), "page furniture")

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._line_starts[line - 1] + column

    def _note(self, end: int, reason: str) -> None:
        if self._skip_start < end:
            self.removed.append(Removed(Span(self._skip_start, end), reason))

    def _unwanted(self, tag: str, attrs: list[tuple[str, str | None]]) -> bool:
        values = {name: value or "" for name, value in attrs}
        if tag in _CODE or "hidden" in values or _HIDDEN.search(values.get("style", "")):
            return True
        if not self.strict or tag in {"html", "body", "main", "article"}:
            return False
        if tag == "header" and (self._depths["article"] or self._depths["main"]):
            return False  # the article's own head: title, date, source
        named = {*values.get("class", "").lower().split(), values.get("id", "").lower()}
        return tag in _PAGE or bool(named & _PAGE_CLASSES)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "meta":
            values = {name: value or "" for name, value in attrs}
            name = (values.get("property") or values.get("name") or "").lower()
            if name and values.get("content", "").strip():
                self.meta.setdefault(name, values["content"].strip())
        if tag == "body":
            self._leave_head()  # a head that was never closed
        if tag in _BLOCKS:
            self._break()
        elif tag in {"td", "th"}:
            self._insert(" ")
        if tag in _VOID:
            return
        if self._skipped_at < 0 and self._unwanted(tag, attrs):
            self._skipped_at = len(self._open)
            self._skip_start = self._offset()
        self._open.append(tag)
        self._depths[tag] += 1
        if tag == "h1":
            self._heading = []
        self._in_title = tag == "title" and not self.page_title

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            self.handle_starttag(tag, attrs)
        elif tag in _BLOCKS:
            self._break()

    def _leave_head(self) -> None:
        if self._depths["head"]:
            self._close(self._open.index("head"), self._offset())

    def _close(self, depth: int, end: int) -> None:
        self._depths.subtract(self._open[depth:])
        del self._open[depth:]
        if 0 <= depth <= self._skipped_at:
            self._skipped_at = -1
            self._note(end, "page furniture")

    def handle_endtag(self, tag: str) -> None:
        if tag == "h1" and self._heading is not None:
            self.headings.append("".join(self._heading).strip())
            self._heading = None
        if tag == "title":
            self._in_title = False
        if self._depths[tag] > 0:
            depth = next(at for at in range(len(self._open) - 1, -1, -1) if self._open[at] == tag)
            end = self.raw.find(">", self._offset()) + 1
            self._close(depth, end or len(self.raw))
        if tag in _BLOCKS:
            self._break()

    def _break(self) -> None:
        if self._last != "\n":
            self._insert("\n")

    def _insert(self, text: str) -> None:
        if self._skipped_at < 0 and not (self._last in " \n" and text == " "):
            self.parts.append(text)
            self._last = text

    def _emit(self, part: Span | Edit, shown: str) -> None:
        if self._in_title:
            self.page_title += shown
        if self._skipped_at >= 0:
            return
        if self._heading is not None:
            self._heading.append(shown)
        self.parts.append(part)
        self.size += len(shown)
        self._last = shown[-1]

    def handle_data(self, data: str) -> None:
        start = self._offset()
        if self._open and self._open[-1] == "pre":
            self._emit(Span(start, start + len(data)), data)
            return
        position = 0
        for match in [*_SPACE.finditer(data), None]:
            end = match.start() if match else len(data)
            if end > position:
                self._emit(Span(start + position, start + end), data[position:end])
            if match is None:
                break
            position = match.end()
            after = data[position : position + 1]
            # A line that the page's source wraps inside Chinese text is no space.
            wrapped = "\n" in match.group() and (not self._last.isascii() or not after.isascii())
            if not wrapped:
                self._insert(" ")

    def _reference(self) -> None:
        start = self._offset()
        match = _ENTITY.match(self.raw, start)
        if match is None:
            return
        shown = unescape(match.group())
        if shown:
            self._emit(Edit(start, match.end(), shown), shown)

    def handle_entityref(self, name: str) -> None:
        del name
        self._reference()

    def handle_charref(self, name: str) -> None:
        del name
        self._reference()


def _first(meta: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((meta[name] for name in names if meta.get(name)), None)


def _hints(parser: _PageParser) -> Hints:
    title = next((heading for heading in parser.headings if heading), None) or _first(parser.meta, _TITLES)
    if title is None and parser.page_title.strip():
        title = _SUFFIX.sub("", " ".join(parser.page_title.split())) or None
    written = _first(parser.meta, _DATES)
    return Hints(
        title=title,
        published=full_date(written) if written else None,
        source=_first(parser.meta, _SOURCES),
        author=_first(parser.meta, _AUTHORS),
    )


def extract_webpage(raw: str) -> Extracted:
    """Return the running text of a page; its menus too, where leaving them out would leave next to nothing."""
    parser = _PageParser(raw, strict=True)
    if parser.removed:
        whole = _PageParser(raw, strict=False)
        if parser.size < _LEAST_SHARE * whole.size:
            hints = _hints(parser)
            parser = whole
            return Extracted(AlignedText.of(raw).assembled(parser.parts), hints, tuple(parser.removed))
    return Extracted(AlignedText.of(raw).assembled(parser.parts), _hints(parser), tuple(parser.removed))
