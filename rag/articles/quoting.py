"""A forwarded message as plain text: the article in it, without marks of quoting and the letters around it."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from rag.articles.alignment import Edit

_LINE = re.compile(r"[^\n]*\n?")
_QUOTE = re.compile(r"[ \t]*(?:[>＞][ \t]?)+")
_HEADER = re.compile(
    r"(?:发件人|寄件者|寄件人|发送时间|发送日期|收件人|收件者|抄送|副本|密送|主题|主旨|日期"
    r"|From|Sent|Date|To|Cc|Bcc|Subject|Reply-To)[ \t]*[:：]",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"-{3,}[ \t]*(?:转发的?邮件(?:信息)?|原始邮件|转发邮件|Forwarded [Mm]essage|Original Message)[ \t]*-{3,}"
    r"|Begin forwarded message:"
)
_SIGNED = re.compile(r"-- ?")
_FEWEST_QUOTED = 4
_FEWEST_HEADERS = 3
_MOSTLY = 0.6
_FARTHEST = 40  # lines from a signature's mark to the end
_REASON = "message around the article"


class _Line(NamedTuple):
    start: int
    ink: int  # where its text begins, marks of quoting left out
    end: int  # with its line break
    level: int
    text: str


def _lines(text: str) -> list[_Line]:
    found: list[_Line] = []
    for match in _LINE.finditer(text):
        mark = _QUOTE.match(match.group())
        skip = mark.end() if mark else 0
        level = sum(map(mark.group().count, ">＞")) if mark else 0
        found.append(_Line(match.start(), match.start() + skip, match.end(), level, match.group()[skip:].strip()))
    return found


def _after_headers(lines: Sequence[_Line], start: int) -> int:
    """Return the index of the first line below the headers of a message at `start`; `start` where there are none."""
    at, headers = start, 0
    while at < len(lines) and (not lines[at].text or _HEADER.match(lines[at].text)):
        headers += bool(lines[at].text)
        at += 1
    return at if headers >= _FEWEST_HEADERS else start


def _kept(lines: Sequence[_Line]) -> range:
    """Return the lines from below the last headers on that leave most of the text, down to a signature."""
    whole = sum(len(line.text) for line in lines)
    left, first, below = whole, 0, 0
    for at, line in enumerate(lines):
        begins = at == 0 or not lines[at - 1].text or _FORWARDED.fullmatch(lines[at - 1].text)
        if begins and at >= below and (below := _after_headers(lines, at)) > at and left >= _MOSTLY * whole:
            first = below
        left -= len(line.text)
    last = len(lines)
    for at in range(len(lines) - 1, max(first, len(lines) - _FARTHEST), -1):
        if _SIGNED.fullmatch(lines[at].text):
            last = at
    return range(first, last)


def quote_edits(text: str) -> list[Edit]:
    """Return the edits that leave the article of a forwarded message; none where the text is no such message.

    Where most of a text is quoted, the article is what is quoted as often as most of it.
    """
    lines = _lines(text)
    sizes: Counter[int] = Counter()
    for line in lines:
        sizes[line.level] += len(line.text)
    quoted = [line for line in lines if line.level]
    whole = sum(sizes.values())
    edits: list[Edit] = []
    if len(quoted) >= _FEWEST_QUOTED and whole - sizes[0] >= _MOSTLY * whole:
        level = max((one for one in sizes if one), key=lambda one: sizes[one])
        inside = [line for line in lines if line.level == level]
        kept = {inside[at].start for at in _kept(inside)}
        for line in lines:
            if line.start not in kept:
                edits.append(Edit(line.start, line.end, "", _REASON))
            elif line.ink > line.start:
                edits.append(Edit(line.start, line.ink, "", "markup"))
        return [edit for edit in edits if edit.end > edit.start]
    if _after_headers(lines, next((at for at, line in enumerate(lines) if line.text), 0)) and not quoted:
        whole_range = _kept(lines)
        edits = [
            Edit(line.start, line.end, "", _REASON)
            for at, line in enumerate(lines)
            if at not in whole_range and line.end > line.start
        ]
    return edits
