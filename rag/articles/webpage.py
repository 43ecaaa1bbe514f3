"""A web page → the lines of its article, every character with its place in the page's source.

The page is read once, with positions (`blocks.py`); nothing is searched for afterwards. Title, the lines of date and
source, and editors' lines are handed on with the body: the rules for lines take them from there. What stands nowhere in
such a line is handed on as hints.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from models.fold import fold_text, simplify
from rag.articles import furniture
from rag.articles.alignment import AlignedText, Part
from rag.articles.blocks import Page, read_page
from rag.articles.content import find_content
from rag.articles.hints import Extracted
from rag.articles.labels import is_bare_name, meta_line
from rag.articles.page_hints import Reading, lines_near, read_hints
from rag.articles.page_labels import LineValues, line_values
from rag.articles.page_lines import Line, page_lines
from rag.articles.page_meta import read_stated
from rag.articles.page_title import Title, find_title, stated_title
from rag.articles.stamps import head_meta, is_account_name
from rag.articles.standing import line_reason
from rag.articles.weights import weigh
from rag.types import HeadField, Removed, Span

_LONGEST_HEAD = 200
_FEWEST, _LONGEST_TITLE = 5, 60
_SHORTEST_KNOWN = 10  # characters of a title that the page states and shows nowhere
_LEAST_BELOW, _MOST_SENTENCES = 3, 3  # lines below a date inside a body; sentences above it
_LABEL = re.compile(r"(?:文章)?(?:作者|来源|日期|时间|发布(?:时间|日期)|发表(?:时间|日期)|稿源|记者|编辑)")
_LONGEST_VALUE = 24
_HEAD_LINES = 25
_LEADING = 6
_FINAL = frozenset("。！？!?…”」』：:；;，,")
_MOSTLY = 0.5


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
    dated = next((n for n, line in enumerate(body[:_LEADING]) if _is_stamp(line)), -1)
    if len(leading) <= dated < len(body) - _LEAST_BELOW and len(leading) + _MOST_SENTENCES > dated:
        # A sentence may stand above the line of the date as well: it sums up what follows.
        used |= {line.start for line in body[: dated + 1] if _sentence(line) or line.text[-1] in _FINAL}
        leading = list(body[: dated + 1])
    last = -1
    heads = [*_with_values(above), *leading]
    for number, line in enumerate(heads, start=len(leading) - len(heads)):
        if _sentence(line):
            continue
        values = line_values(line)
        if not values.found and _names_above_date(line, heads[len(heads) - len(leading) + number + 1 :][:1]):
            used.add(line.start)
            parts.append(tuple(line.part(0, len(line.text))))
            continue
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


def _is_stamp(line: Line) -> bool:
    """Whether a line bears the date and little else."""
    if _sentence(line):
        return False
    values = line_values(line)
    return values.date is not None and (values.share >= _MOSTLY or head_meta(simplify(line.text)) is not None)


def _with_values(lines: Sequence[Line]) -> list[Line]:
    """Put lines that are nothing but a label together with the line of its value below."""
    joined: list[Line] = []
    for line in lines:
        label = joined[-1] if joined else None
        if label is not None and _LABEL.fullmatch(simplify(label.text)) and len(line.text) <= _LONGEST_VALUE:
            parts = (*label.part(0, len(label.text)), "：", *line.part(0, len(line.text)))
            text = f"{label.text}：{line.text}"
            joined[-1] = replace(line, parts=parts, text=text, start=label.start, lead=0, cuts=())
        else:
            joined.append(line)
    return joined


def _names_above_date(line: Line, below: Sequence[Line]) -> bool:
    """Whether a line is nothing but a name, right above the line of the date, which has none."""
    simple = simplify(line.text)
    if not below or line.linked > _MOSTLY * len(line.text) or not (is_account_name(simple) or is_bare_name(simple)):
        return False
    if line_reason(line) is not None or furniture.is_channel(simple):
        return False
    values = line_values(below[0])
    return values.date is not None and values.source is None and (values.author is None or not is_bare_name(simple))


def _is_read(text: str) -> bool:
    return head_meta(simplify(text)) is not None


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
    if meta_line(simplify(text), top=True) is not None:
        return tuple(whole)
    kept: list[Part] = []
    text, end = "", -1
    found = sorted(values.found, key=lambda one: one.whole.start)
    shown = " ".join(line.text[one.whole.start : one.whole.end] for one in found)
    if all(one.whole.end <= after.whole.start for one, after in pairwise(found)) and _is_read(shown):
        for one in found:
            kept += [" "] * bool(kept) + line.part(one.whole.start, one.whole.end)
        return tuple(kept)
    for one in found:
        shown = line.text[one.whole.start : one.whole.end]
        if one.whole.start >= end and _is_read(f"{text} {shown}".strip()):
            kept += [" "] * bool(kept) + line.part(one.whole.start, one.whole.end)
            text, end = f"{text} {shown}".strip(), one.whole.end
    return tuple(kept)


def _tail(below: Sequence[Line]) -> Iterator[Line]:
    """Yield the editors' and source lines right below the body."""
    for line in lines_near(below):
        meta = meta_line(simplify(line.text))
        if meta is not None and set(meta.fields) & {HeadField.EDITOR, HeadField.SOURCE, HeadField.AUTHOR}:
            yield line


def _repeats(title: str, lines: Sequence[Line]) -> int:
    """Return how many of the first lines repeat the title, whole or in pieces."""
    wanted, so_far = fold_text(title), ""
    for number, line in enumerate(lines[:4]):
        so_far += fold_text(line.text)
        if so_far == wanted:
            return number + 1
        if not wanted.startswith(so_far):
            break
    return 0


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
    if title is None and (name is None or len(fold_text(name)) < _SHORTEST_KNOWN):  # else of the site's name
        title = _title_above([*content.above, *takewhile(lambda line: not _sentence(line), content.lines[:3])])
        name = title.text if title else name
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
    begin = title.span.start if title else 0
    hints = read_hints(Reading(page, stated, name, content, head.values, body, begin, content.lines[:_LEADING]))
    parts: list[Part] = []
    for made in (title.parts if title else (), *head.parts, *(line.parts for line in (*body, *tail))):
        if made:
            parts += [*made, "\n"]
    whole = {line.start for line in (*body, *tail)}
    reasons = {line.start: reason for line, reason in content.dropped}
    left = [(line, reasons.get(line.start)) for line in lines if line.start not in whole]
    return Extracted(AlignedText.of(raw).assembled(parts), hints, tuple(_removed(page, left, _spans(parts))))
