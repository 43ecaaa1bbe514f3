"""The text of a page's elements as lines, each with its place in the source and the block that holds it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.articles.alignment import Edit, Part
from rag.articles.blocks import BLOCKS, CELLS, Element, Page, Text, entities, words
from rag.types import Span

_SPACE = re.compile(r"[ \t\r\n\f]+")
_ROWS = words("table tbody thead tfoot tr caption br")
_LONGEST_CELL = 60  # characters, on average
_LINKS = 0.3
_MOST_STEPS = 120


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page: the parts it is made of, how it reads, and what holds it."""

    block: Element
    parts: tuple[Part, ...]
    text: str
    linked: int  # characters that are linked
    start: int
    end: int
    pictured: bool  # a picture stands in the same block before it, or in a block of its own right before
    row: bool  # a row of a table of data
    lead: int  # characters of white space that the parts begin with and `text` does not
    cuts: tuple[int, ...]  # where in `text` an inline element begins or ends

    def part(self, start: int, end: int) -> list[Part]:
        """Return the parts behind `text[start:end]`."""
        found: list[Part] = []
        position = -self.lead
        for part in self.parts:
            size = len(part) if isinstance(part, str | Span) else len(part.new)
            left, right = max(start, position), min(end, position + size)
            if left < right:
                if isinstance(part, Span):
                    found.append(Span(part.start + left - position, part.start + right - position))
                elif right - left == size:
                    found.append(part)
            position += size
        return found


def data_tables(page: Page) -> frozenset[int]:
    """Return the places of the tables that hold data: several short cells in a row and no other table inside."""
    cells: dict[int, list[Element]] = {}
    rows: dict[int, int] = {}
    layout: set[int] = set()
    tables: list[Element] = []
    for element in page.elements:
        if element.tag == "table":
            tables.append(element)
        elif element.tag not in CELLS and element.tag != "tr":
            continue
        above, steps = element.parent, 0
        while above is not None and above.tag != "table" and steps < 64:
            above, steps = above.parent, steps + 1
        if above is None or above.tag != "table":
            continue
        if element.tag == "table":
            layout.add(above.start)
        elif element.tag == "tr":
            rows[above.start] = rows.get(above.start, 0) + 1
        else:
            cells.setdefault(above.start, []).append(element)
    found: set[int] = set()
    for table in tables:
        held = cells.get(table.start, ())
        filled = sum(1 for cell in held if cell.size)
        if (
            table.start not in layout
            and filled >= 1.6 * max(1, rows.get(table.start, 1))
            and table.size <= _LONGEST_CELL * filled
            and table.linked <= _LINKS * table.size
        ):
            found.add(table.start)
    return frozenset(found)


class _Lines:
    """Walks through elements in the order of the source and collects their lines."""

    def __init__(self, raw: str, tables: frozenset[int]) -> None:
        self.raw = raw
        self.tables = tables
        self.lines: list[Line] = []
        self._parts: list[Part] = []
        self._shown: list[str] = []
        self._size = 0
        self._cuts: list[int] = []
        self._blocks: list[Element] = []
        self._last = "\n"
        self._links = self._linked = 0
        self._in_data = self._pre = 0
        self._picture: Element | None = None

    def walk(self, element: Element) -> list[Line]:
        """Return the lines of `element`."""
        self._blocks.append(element)
        stack: list[tuple[Element, Iterator[Element | Text]]] = [(element, iter(element.children))]
        while stack:
            above, children = stack[-1]
            child = next(children, None)
            if child is None:
                stack.pop()
                if stack:
                    self._leave(above)
            elif isinstance(child, Text):
                self._text(child)
            elif child.reason is not None:
                if child.tag == "a" and any(isinstance(one, Element) and one.tag == "img" for one in child.children):
                    self._picture = self._blocks[-1]  # a picture that a click enlarges
                if child.tag in BLOCKS and not self._in_data:
                    self._break()
            else:
                self._enter(child)
                stack.append((child, iter(child.children)))
        self._break()
        return self.lines

    def _breaks(self, tag: str) -> bool:
        return (tag in BLOCKS or (tag in CELLS and not self._in_data)) and (not self._in_data or tag in _ROWS)

    def _enter(self, element: Element) -> None:
        tag = element.tag
        if tag == "img":
            self._picture = self._blocks[-1]
        elif tag == "a":
            self._links += 1
        elif tag == "pre":
            self._pre += 1
        if tag == "table" and element.start in self.tables:
            self._in_data += 1
        if self._breaks(tag):
            self._break()
            if tag != "br":
                self._blocks.append(element)
        elif tag in BLOCKS or tag in CELLS:
            self._insert(" ")
        elif self._size:
            self._cuts.append(self._size)

    def _leave(self, element: Element) -> None:
        tag = element.tag
        if tag == "a":
            self._links -= 1
        elif tag == "pre":
            self._pre -= 1
        if self._breaks(tag):
            self._break()
            if tag != "br":
                self._blocks.pop()
        elif tag in BLOCKS or tag in CELLS:
            self._insert(" ")
        elif self._size:
            self._cuts.append(self._size)
        if tag == "table" and element.start in self.tables:
            self._in_data -= 1

    def _break(self) -> None:
        text = "".join(self._shown)
        if text.strip():
            block = self._blocks[-1]
            places = [part for part in self._parts if not isinstance(part, str)]
            pictured = self._picture is not None
            self.lines.append(
                Line(
                    block,
                    tuple(self._parts),
                    text.strip(),
                    self._linked,
                    places[0].start,
                    places[-1].end,
                    pictured,
                    bool(self._in_data),
                    lead := len(text) - len(text.lstrip()),
                    tuple(dict.fromkeys(cut - lead for cut in self._cuts if cut > lead)),
                )
            )
            self._picture = None
        self._parts, self._shown, self._linked, self._size, self._cuts = [], [], 0, 0, []
        self._last = "\n"

    def _insert(self, text: str) -> None:
        if self._last not in " \n":
            self._parts.append(text)
            self._shown.append(text)
            self._size += len(text)
            self._last = text

    def _emit(self, part: Span | Edit, shown: str) -> None:
        self._parts.append(part)
        self._shown.append(shown)
        self._size += len(shown)
        self._last = shown[-1]
        if self._links:
            self._linked += len(shown)

    def _text(self, text: Text) -> None:
        if "&" not in self.raw[text.start : text.end]:
            self._run(text.start, text.end)
            return
        position = text.start
        for start, end, shown in entities(self.raw, text.start, text.end):
            self._run(position, start)
            if shown:
                self._emit(Edit(start, end, shown), shown)
            position = end
        self._run(position, text.end)

    def _run(self, start: int, end: int) -> None:
        data = self.raw[start:end]
        if self._pre and data:
            for number, line in enumerate(data.split("\n")):
                if number:
                    self._break()
                if line:
                    self._emit(Span(start, start + len(line)), line)
                start += len(line) + 1
            return
        position = 0
        for match in [*_SPACE.finditer(data), None]:
            stop = match.start() if match else len(data)
            if stop > position:
                self._emit(Span(start + position, start + stop), data[position:stop])
            if match is None:
                break
            position = match.end()
            after = data[position : position + 1]
            # A line that the page's source wraps inside Chinese text is no space.
            wrapped = "\n" in match.group() and (not self._last.isascii() or not after.isascii())
            if not wrapped:
                self._insert(" ")


def page_lines(page: Page, elements: Sequence[Element]) -> list[Line]:
    """Return the lines of the elements, one after the other; what is left out of them is not in them."""
    tables = data_tables(page)
    return [line for element in elements for line in _Lines(page.raw, tables).walk(element)]


def shown_text(element: Element, longest: int = 400) -> str:
    """Return the text of an element on one line, what is left out of it aside."""
    pieces: list[str] = []
    stack: list[Element | Text] = [element]
    size = steps = 0
    while stack and size <= longest and steps < _MOST_STEPS:
        item = stack.pop()
        steps += 1
        if isinstance(item, Text):
            pieces.append(item.shown)
            size += len(item.shown)
        elif item.reason is None:
            if item.tag == "br" and pieces:
                pieces.append(" ")
            stack.extend(reversed(item.children))
    return " ".join("".join(pieces).split())
