"""Running heads and page numbers of printed pages in copied text."""

import re
from collections.abc import Sequence

from rag.articles.alignment import Edit

_LINE = re.compile(r"[^\n]*\n?")
_NUMBER = re.compile(
    r"(?:[·•—–~-]\s*)?\d{1,4}(?:\s*[·•—–~-])?|第\s*\d{1,4}\s*页(?:\s*[,，/]?\s*共\s*\d{1,4}\s*页)?|\d{1,4}\s*/\s*\d{1,4}"
)
_SET_OFF = re.compile(r"[·•—–~-]\s*\d{1,4}\s*[·•—–~-]|第\s*\d{1,4}\s*页.*")
_SHEET = re.compile(r"第\s*[\d一二三四五六七八九十]{1,4}\s*[版页]|[A-D]?\d{1,2}\s*版")
_DIGITS = re.compile(r"\d+")
_SHORTEST, _LONGEST = 4, 40  # characters
_REASON = "running head"


def _heads(lines: Sequence[str]) -> frozenset[str]:
    """Return the lines, without numbers, that stand on several pages beside a page's number or name one."""
    places: dict[str, list[int]] = {}
    for at, line in enumerate(lines):
        if _SHORTEST <= len(line) <= _LONGEST and "。" not in line:
            places.setdefault(_DIGITS.sub("0", line), []).append(at)
    found: set[str] = set()
    for line, held in places.items():
        beside = sum(any(map(_NUMBER.fullmatch, (*lines[max(0, n - 1) : n], *lines[n + 1 : n + 2]))) for n in held)
        if len(held) > 1 and (beside == len(held) or _SHEET.search(line)):
            found.add(line)
    return frozenset(found)


def running_edits(text: str) -> list[Edit]:
    """Return the edits that drop running heads and the page numbers beside them; none where no head repeats."""
    places = [match for match in _LINE.finditer(text) if match.group().strip()]
    lines = [match.group().strip() for match in places]
    heads = _heads(lines)
    if not heads:
        return []
    edits: list[Edit] = []
    is_head = [_DIGITS.sub("0", line) in heads for line in lines]
    for at, match in enumerate(places):
        beside = any(is_head[max(0, at - 1) : at]) or any(is_head[at + 1 : at + 2])
        if is_head[at] or (beside and _NUMBER.fullmatch(lines[at])) or _SET_OFF.fullmatch(lines[at]):
            edits.append(Edit(match.start(), match.end(), "", _REASON))
    return edits
