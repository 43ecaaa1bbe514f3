"""A writer's draft as sentences with their markers, freed of the Markdown that chat models put around them.

Markers come as [1], 【1】, ［1］, 〔1〕, [1,2], [1-3], [来源1], （资料1） or 资料1, before the full stop or behind it.
"""

import re
from dataclasses import dataclass

from rag.text.sentences import sentence_spans
from rag.types import Span

_LABEL = r"(?:参考资料|参考文献|资料来源|参考|来源|资料|文献|段落|片段|文章|引用|出处|文档|source|passage|doc)"
_ONE = rf"(?:{_LABEL}\s*[:：]?\s*)?\[?\d{{1,3}}\]?"
_LIST = rf"{_ONE}(?:\s*(?:[,，、;；和]|[-–—~～至])\s*{_ONE})*"
_MARKER = re.compile(
    rf"[\[【［〔]\s*\^?{_LIST}\^?\s*[\]】］〕]"
    rf"|[（(]\s*(?:见|参见|来自)?\s*{_LABEL}\s*[:：]?\s*{_LIST}\s*[)）]"
    r"|(?<=[^\s（(])[（(]\d{1,2}[)）](?=\s*(?:[。，；！？,;\[【（(]|$))"
    r"|(?:(?:根据|据|如)\s*)?(?:资料|来源|段落|片段)\s*\d{1,2}(?![\d.%％]|\s*[个条项篇万亿])(?:\s*(?:显示|指出|"
    r"提到|介绍|所述))?(?:，)?",
    re.IGNORECASE,
)
_PREFIX = re.compile(
    r"\s*(?:(?P<item>[-*+]\s+|[•●○▪◦·]\s*|\d{1,2}(?:[.)）](?!\d)|、)\s*|[（(]\d{1,2}[)）]\s*)|"
    r"(?P<heading>#{1,6}\s+)|>\s*)+"
)
_EMPHASIS = re.compile(r"\*+|`+|~~|__|</?(?:sup|sub|b|i|em|strong|br|p|li)\s*/?>")
_EMPTIED = re.compile(
    r"[（(\[]\s*(?:详?见|参见|来源|资料)*[:：]?\s*[)）\]]|[，,](?:详?见|参见)(?:资料|来源)?(?=[。；]|$)"
)
_LINE = re.compile(r"[^\n\r]+")
_REFERENCES = re.compile(r"(?:参考(?:资料|文献|来源)|资料来源|引用来源|来源|引用|出处)[:：]?$")
_TABLE_RULE = re.compile(r"[|\s:\-]+$")
_ENDED = re.compile(r"[。！？!?…][”’」』）)】》\"']*$")
_LOOSE_START = re.compile(
    r"^(?:[，,；;、。：:\s]+|(?:根据|据|如)(?:资料|来源)?(?:显示|所述)?[，,：:]\s*|(?:中)?(?:指出|显示|提到|"
    r"介绍)[，,：:]\s*)"
)
_RANGE = re.compile(r"(\d+)\]?\s*[-–—~～至]\s*\[?(\d+)")
_LONGEST_RANGE = 9


@dataclass(frozen=True, slots=True)
class Piece:
    """One sentence of a draft."""

    span: Span  # in the draft, with the markers that belong to it
    text: str  # without markers and Markdown
    markers: tuple[int, ...]
    line: int
    item: bool  # in a list
    heading: bool  # a heading, or a line that is all bold

    @property
    def ended(self) -> bool:
        """Whether it ends as a sentence does."""
        return _ENDED.search(self.text) is not None

    @property
    def leads_in(self) -> bool:
        """Whether it announces what comes after it."""
        return self.text.endswith(("：", ":"))


def marker_numbers(marker: str) -> tuple[int, ...]:
    """Return the passage numbers that one marker names: `[1-3]` is 1, 2 and 3."""
    numbers: list[int] = []
    for low, high in _RANGE.findall(marker):
        if int(low) < int(high) <= int(low) + _LONGEST_RANGE:
            numbers.extend(range(int(low), int(high) + 1))
    numbers.extend(int(number) for number in re.findall(r"\d+", marker))
    return tuple(dict.fromkeys(numbers))


def _masked(text: str) -> tuple[str, list[re.Match[str]]]:
    """Return the draft with blanks for markers and Markdown, and the markers."""
    markers = list(_MARKER.finditer(text))
    chars = list(text)
    for match in (*markers, *_EMPHASIS.finditer(text)):
        chars[match.start() : match.end()] = " " * len(match.group())
    return "".join(chars), markers


def _clean(text: str, masked: str, span: Span) -> str:
    """Return the sentence without what was masked; blanks that the writer wrote stay."""
    kept = "".join(
        char for char, shown in zip(span.of(text), span.of(masked), strict=True) if shown != " " or char.isspace()
    )
    kept = re.sub(r"\s+(?=[，。；：！？、])", "", kept.replace("|", " "))
    return _LOOSE_START.sub("", re.sub(r"\s+", " ", _EMPTIED.sub("", kept)).strip()).strip()


def split_draft(text: str) -> list[Piece]:
    """Return the sentences of a draft in order; lists of references at its end, rules and empty lines are left out."""
    masked, markers = _masked(text)
    pieces: list[Piece] = []
    for number, line in enumerate(_LINE.finditer(text)):
        plain = line.group()
        prefix = _PREFIX.match(text, line.start(), line.end())
        start = prefix.end() if prefix else line.start()
        shown = masked[start : line.end()]
        if _REFERENCES.fullmatch(shown.strip()):
            break
        if _TABLE_RULE.fullmatch(plain):
            continue
        spans = [Span(start + s.start, start + s.end) for s in sentence_spans(shown)]
        if not spans:
            spans = []
        inside = [m for m in markers if line.start() <= m.start() < line.end()]
        leading = bool(inside) and not text[start : inside[0].start()].strip(" *") and len(spans) > 0
        bold = re.fullmatch(r"\s*(\*\*|__)[^*_]+\1[:：]?\s*", plain) is not None
        for i, span in enumerate(spans):
            low = spans[i - 1].end if leading and i else start if not i else span.start
            high = span.end if leading else spans[i + 1].start if i + 1 < len(spans) else line.end()
            own = [m for m in inside if low <= m.start() < high]
            clean = _clean(text, masked, span)
            if not any(char.isalnum() for char in clean):
                continue
            end = max([span.end, *(m.end() for m in own)])
            first = min([span.start, *(m.start() for m in own)])
            named = tuple(dict.fromkeys(n for m in own for n in marker_numbers(m.group())))
            heading = (prefix is not None and prefix["heading"] is not None) or (bold and not own)
            item = prefix is not None and prefix["item"] is not None
            pieces.append(Piece(Span(first, end), clean, named, number, item, heading))
    return pieces
