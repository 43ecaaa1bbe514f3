"""Lines that a program broke at a fixed width, inside sentences: which breaks are none.

Wrapped text is told by its right edge: most lines end within a few columns of one width, in the middle of a sentence.
A poem, a list or a table has no such edge.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from rag.articles.alignment import Edit

_LINE = re.compile(r"[^\n]*\n?")
_WIDE = re.compile(
    r"[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6“”‘’…—]"
)
_NARROWEST, _WIDEST = 30, 110  # columns; a Chinese character takes two
_SLACK = 6  # columns by which a full line may fall short: a mark that may not begin a line, a number kept whole
_FEWEST = 4
_SHARE = 0.3
_ALIKE = 0.4
_FINAL = frozenset("。！？!?…：:；;”’」』）)】]》")
_STARTS = re.compile(
    r"[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[.、．]|[•·●■◆□◇▲△▶►◎▇★☆※①-⑳#>|*-]|第[一二三四五六七八九十\d]{1,3}[章条节]"
    r"|(?:本[报報])?(?:[记記]者|通[讯訊][员員])[ \u3000]+\S{2,4}(?:[ \u3000]+\S{2,4})*$"
)


class _Line(NamedTuple):
    start: int
    end: int  # without white space at the right
    indent: int  # characters of white space at the left
    width: int  # columns, indent included
    text: str


def _lines(text: str) -> list[_Line]:
    found: list[_Line] = []
    for match in _LINE.finditer(text):
        whole = match.group().rstrip()
        ink = whole.lstrip()
        width = len(whole) + sum(1 for _ in _WIDE.finditer(whole))
        found.append(_Line(match.start(), match.start() + len(whole), len(whole) - len(ink), width, ink))
    return found


def _edge(lines: Sequence[_Line]) -> int | None:
    """Return the width at which most lines end in the middle of a sentence, if there is one."""
    inked = [line for line in lines if line.text]
    broken = [line for line in inked if line.text[-1] not in _FINAL and _NARROWEST <= line.width <= _WIDEST]
    if len(broken) < _FEWEST or len(broken) == len(inked):
        return None
    widths = Counter(line.width for line in broken)
    edge = max(widths, key=lambda width: (sum(widths[width - short] for short in range(_SLACK + 1)), width))
    full = [line for line in broken if edge - _SLACK <= line.width <= edge]
    longer = sum(line.width > edge + _SLACK for line in inked)
    if len(full) < max(_FEWEST, _SHARE * len(inked)) or longer > len(full) // 4:
        return None
    return None if _alike(line.text[-1] for line in full) or _alike(line.text[:2] for line in full) else edge


def _alike(ends: Iterable[str]) -> bool:
    """Whether most lines end or begin alike, as those of lists, captions and tables do."""
    counts = Counter(ends)
    return max(counts.values()) > _ALIKE * sum(counts.values())


def wrap_edits(text: str) -> list[Edit]:
    """Return the edits that join the lines of wrapped text, in order; none where the text is not wrapped."""
    if text.count("\n") < _FEWEST:
        return []
    lines = _lines(text)
    edge = _edge(lines)
    if edge is None:
        return []
    indents = [b.indent for a, b in pairwise(lines) if b.text and a.width >= edge - _SLACK and a.text]
    indented = any(line.indent for line in lines if line.text) and any(not indent for indent in indents)
    edits: list[Edit] = []
    for line, after in pairwise(lines):
        if not edge - _SLACK <= line.width <= edge + 2 or not after.text or _STARTS.match(after.text):
            continue
        # Where paragraphs are indented, an indent begins one; elsewhere a finished sentence may end one.
        if after.indent > line.indent or (indented and after.indent) or (not indented and line.text[-1] in _FINAL):
            continue
        words = (
            line.text[-1].isascii() and after.text[0].isascii() and line.text[-1].isalnum() and after.text[0].isalnum()
        )
        edits.append(Edit(line.end, after.start + after.indent, " " if words else ""))
    return edits
