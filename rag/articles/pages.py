"""Lines on pages → paragraphs: where lines go on, where one begins, and what is repeated on every page.

Only places on the page and characters are looked at, so that any format with pages can use it (PDF does).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from rag.types import Removed, Span

_EDGE = 0.13  # share of a page's height, at its top and its foot, in which headers and footers stand
_SHARE = 0.5  # of the pages that a header is repeated on
_SAME_SIZE = 1.25
_WIDE_GAP = 1.9  # times the usual distance of lines
_LONGEST_HEADLINE = 80
_LEAST_FULL = 0.2  # of a column's lines end at its edge
_MOSTLY = 0.75
_AROUND = 60  # lines
_FINISHED = frozenset("。！？!?…：:；;.”’」』）)")
_NUMBERS = re.compile(r"\d+|[一二三四五六七八九十百〇零]+(?=页|版)")
_PAGE_NUMBER = re.compile(
    r"[\s\-–—·.|/]*(?:第\s*[\d一二三四五六七八九十百]+\s*页(?:\s*[,，/]?\s*共\s*\d+\s*页)?|(?i:page)\s*\d+(?:\s*(?:of|/)\s*\d+)?|\d{1,4}(?:\s*/\s*\d{1,4})?)[\s\-–—·.|/]*"
)
_WORD = re.compile(r"[!-~]+|.[，。、；：！？”’）》」』]*")
_HEADER, _NUMBER = "page header or footer", "page number"


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it stands on its page; places are in the page's units, upwards."""

    text: str
    left: float
    right: float
    bottom: float
    top: float

    @property
    def size(self) -> float:
        """The height of its characters."""
        return self.top - self.bottom


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of a page in reading order, and its height."""

    lines: Sequence[Line]
    height: float


def _place(line: Line, page: Page) -> int | None:
    """Return where near an edge of its page a line stands, in fiftieths of the height; None further inside."""
    share = line.bottom / page.height if page.height > 0 else 0.5
    return round(share * 50) if share < _EDGE or share > 1 - _EDGE else None


def _key(line: Line) -> str:
    return _NUMBERS.sub("0", "".join(line.text.split()))


def repeated(pages: Sequence[Page]) -> dict[tuple[int, int], str]:
    """Return (page, line) of what is no part of the text, and the reason."""
    spots: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for page in pages:
        for key, place in {(_key(line), place) for line in page.lines if (place := _place(line, page)) is not None}:
            spots[key][place] += 1
    wanted = max(2, len(pages) * _SHARE)
    found: dict[tuple[int, int], str] = {}
    for number, page in enumerate(pages):
        for index, line in enumerate(page.lines):
            place = _place(line, page)
            if place is None:
                continue
            # Left and right pages may have headers of their own, so half the pages are enough, a little up or down.
            times = sum(spots[_key(line)][place + shift] for shift in (-1, 0, 1))
            outermost = index in {0, len(page.lines) - 1} or place <= 3 or place >= 47
            if _PAGE_NUMBER.fullmatch(line.text) and (times >= wanted or (outermost and len(pages) == 1)):
                found[number, index] = _NUMBER
            elif times >= wanted and len(pages) > 1:
                found[number, index] = _HEADER
    return found


class _Columns:
    """The left and right edges of the columns of one page."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._places = [(index, line.left, line.right, line.size) for index, line in enumerate(lines)]
        self._known: dict[tuple[int, ...], tuple[float, float]] = {}

    def edges(self, number: int) -> tuple[float, float]:
        """Return the edges of the column that a line stands in; lines far before and after it are not looked at."""
        line = self._lines[number]
        left, right, least, most = line.left, line.right, line.size / _SAME_SIZE, line.size * _SAME_SIZE
        same = tuple(
            [
                index
                for index, start, end, size in self._places[max(0, number - _AROUND) : number + _AROUND]
                if start <= right and end >= left and least <= size <= most
            ]
        )
        if same not in self._known:
            self._known[same] = self._edges([self._lines[index] for index in same], line.size)
        return self._known[same]

    @staticmethod
    def _edges(same: list[Line], reach: float) -> tuple[float, float]:
        lefts = [o.left for o in same if sum(abs(o.left - p.left) < reach / 2 for p in same) > 1]
        left = min(lefts) if lefts else same[0].left
        # Where most lines end is the edge; some reach past it, with a mark that may hang there.
        ends = {o.right: sum(abs(o.right - p.right) < reach for p in same) for o in same}
        most = max(ends.values())
        if most < max(2, len(same) * _LEAST_FULL):
            return left, max(o.right for o in same)
        return left, max(right for right, times in ends.items() if times == most)


def _goes_on(
    line: Line, after: Line, edges: tuple[float, float], edges_after: tuple[float, float], pitch: float
) -> bool:
    """Whether `after` goes on with the sentence or paragraph of `line`."""
    if not (after.size < line.size * _SAME_SIZE and line.size < after.size * _SAME_SIZE):
        return False
    first = _WORD.match(after.text)
    needed = 0.0 if first is None else len(first.group()) * line.size * (0.5 if first.group().isascii() else 1.0)
    full = edges[1] - line.right < needed + line.size * 0.6
    unfinished = line.text[-1:] not in _FINISHED and line.right - edges[0] > _MOSTLY * (edges[1] - edges[0])
    indented = after.left - edges_after[0] > line.size * 0.9
    below = line.bottom - after.bottom
    apart = below > pitch * _WIDE_GAP > 0
    return (full or unfinished) and not indented and not apart


def _is_headline(line: Line, usual: float) -> bool:
    return line.size > usual * 1.15 and len(line.text) <= _LONGEST_HEADLINE


def _glue(before: str, after: str) -> str:
    return " " if before[-1:].isascii() and after[:1].isascii() and before[-1:] != "-" else ""


def _usual(pages: Sequence[Page]) -> tuple[float, float]:
    """Return the size of most characters and the distance of most lines."""
    sizes: Counter[float] = Counter()
    steps: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[round(line.size, 0)] += len(line.text)
        for one, two in zip(page.lines, page.lines[1:], strict=False):
            if one.bottom > two.bottom:
                steps[round(one.bottom - two.bottom, 0)] += 1
    return (sizes.most_common(1)[0][0] if sizes else 0.0, steps.most_common(1)[0][0] if steps else 0.0)


def paragraphs(pages: Sequence[Page]) -> tuple[str, tuple[Removed, ...]]:
    """Return the text of `pages`, one paragraph a line, and what in it belongs to the pages.

    Headers, footers and page numbers stay in the text where they stood, on lines of their own, and are told as
    removed together with the line breaks around them that would cut a paragraph in two.
    """
    dropped = repeated(pages)
    size, pitch = _usual(pages)
    parts: list[str] = []
    removed: list[Removed] = []
    length = 0
    waiting: list[tuple[str, str]] = []  # what is dropped since the last line that stays
    last: tuple[Line, tuple[float, float]] | None = None

    def add(text: str) -> None:
        nonlocal length
        parts.append(text)
        length += len(text)

    def drop(*, inside: bool) -> None:
        for number, (text, reason) in enumerate(waiting):
            start = length
            add("\n")
            add(text)
            if inside and number == len(waiting) - 1:
                add("\n")
            removed.append(Removed(Span(start if inside else start + 1, length), reason))
        waiting.clear()

    for number, page in enumerate(pages):
        body = [line for index, line in enumerate(page.lines) if (number, index) not in dropped]
        columns = _Columns(body)
        place = -1
        for index, line in enumerate(page.lines):
            if (number, index) in dropped:
                waiting.append((line.text, dropped[number, index]))
                continue
            place += 1
            edges = columns.edges(place)
            joined = last is not None and (
                _goes_on(last[0], line, last[1], edges, pitch)
                or (
                    _is_headline(last[0], size)
                    and _is_headline(line, size)
                    and abs(last[0].size - line.size) < 0.1 * line.size
                    and 0 < last[0].bottom - line.bottom < 2.5 * line.size
                    and len(last[0].text) + len(line.text) <= _LONGEST_HEADLINE
                )
            )
            if last is not None and joined:
                add(_glue(last[0].text, line.text))
            drop(inside=joined)
            if length and not joined:
                add("\n")
            add(line.text)
            last = line, edges
    drop(inside=False)
    return "".join(parts), tuple(removed)
