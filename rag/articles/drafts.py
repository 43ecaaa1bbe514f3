"""An article in the making: its lines on their way into head and body, and what was dropped of them."""

import re
from dataclasses import dataclass, field

from models.fold import simplify
from rag.articles.alignment import Edit, Part
from rag.articles.labels import MetaLine
from rag.types import HeadField, Span

_WIDE = re.compile("[\uff0b\uff0d-\uff19\uff21-\uff3a\uff41-\uff5a]")


@dataclass(slots=True)
class HeadLine:
    """One line of the head: parts of the text, and the values in it (spans of the same text)."""

    parts: list[Part]
    fields: dict[HeadField, Span] = field(default_factory=dict)
    labelled: bool = False  # whether the source stands behind a label (来源：)
    posted: bool = False  # whether the author is whoever posted it on a board


@dataclass(slots=True)
class Draft:
    """Lines of a text on their way into head and body. `body` holds the lines not yet taken, in order."""

    text: str
    body: list[Span]
    title: HeadLine | None = None
    upper: list[HeadLine] = field(default_factory=list)  # subtitle, place line, date and source
    lower: list[HeadLine] = field(default_factory=list)  # what stood at the end: editors
    dropped: list[Edit] = field(default_factory=list)
    index: dict[HeadField, Span] = field(default_factory=dict)  # what an index table, which is dropped, says
    house: Span | None = None  # the agency in a dateline that stays in the body
    photographer: Span | None = None  # of a report in pictures
    reporter: Span | None = None  # in a dateline that stays in the body
    issue: Span | None = None  # the name of the newsletter that it is an issue of
    _simplified: dict[tuple[int, int], str] = field(default_factory=dict)  # converting is what costs time here

    @property
    def title_text(self) -> str:
        """The title in the head, as it will be shown; empty where there is none."""
        parts = self.title.parts if self.title is not None else []
        return "".join(
            part if isinstance(part, str) else part.of(self.text) for part in parts if not isinstance(part, Edit)
        )

    def simple(self, span: Span, longest: int = 300) -> str:
        """Return the first characters of `span` in Simplified script and half width, for matching."""
        return self.simplified(span.start, min(span.end, span.start + longest))

    def simplified(self, start: int, end: int) -> str:
        """Return `[start, end)` in Simplified script, Latin letters and digits in half width."""
        known = self._simplified.get((start, end))
        if known is None:
            known = simplify(self.text[start:end])
            if "\ufe55" in known or "\u2236" in known:
                known = known.replace("\ufe55", "：").replace("\u2236", "：")
            if _WIDE.search(known):
                known = _WIDE.sub(lambda match: chr(ord(match.group()) - 0xFEE0), known)
            self._simplified[start, end] = known
        return known

    def drop(self, span: Span, reason: str) -> None:
        """Record that `span` is left out."""
        if len(span) and not span.of(self.text).isspace():
            self.dropped.append(Edit(span.start, span.end, "", reason))

    def trimmed(self, start: int, end: int) -> Span:
        """Return `[start, end)` without white space at its edges."""
        piece = self.text[start:end]
        left = start + len(piece) - len(piece.lstrip())
        return Span(left, max(left, start + len(piece.rstrip())))


def shifted(span: Span, by: int) -> Span:
    """Return `span` moved by so many characters."""
    return Span(span.start + by, span.end + by)


def meta_head_line(draft: Draft, line: Span, meta: MetaLine) -> HeadLine | None:
    """Take a meta line out of the text: its values stay, joined by single spaces; the rest is recorded as dropped."""
    for span, reason in meta.dropped:
        draft.drop(shifted(span, line.start), reason)
    parts: list[Part] = []
    position = line.start
    taken = sorted([*meta.kept, *(span for span, _ in meta.dropped)], key=lambda span: span.start)
    for span in (shifted(span, line.start) for span in taken):
        between = Span(position, span.start)
        position = span.end
        if shifted(span, -line.start) not in meta.kept:
            draft.drop(between, "separator")
        elif "\n" in span.of(draft.text):  # a label whose value stands in the next line
            words = span.of(draft.text)
            first = draft.trimmed(span.start, span.start + words.index("\n"))
            parts += [*([" "] if parts else []), first, draft.trimmed(first.end, span.end)]
        elif parts and len(between) and between.of(draft.text).isspace():
            parts += [Span(between.start, between.start + 1), span]
        else:
            draft.drop(between, "separator")
            parts += [" ", span] if parts else [span]
    draft.drop(Span(position, line.end), "separator")
    if not parts:
        return None
    return HeadLine(
        parts, {name: shifted(span, line.start) for name, span in meta.fields.items()}, meta.labelled, meta.posted
    )
