"""Cleaned text that remembers where each of its characters came from.

Cleaning is a chain of stages. Each stage makes a new `AlignedText` out of pieces of the one before, so the way back
to the raw characters is composed as it goes and never reconstructed afterwards.

What holds for every value made here: a piece with as many clean as raw characters carries the raw characters
unchanged; any other piece either came from a longer raw stretch as a whole, or was inserted.
"""

import sys
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from rag.types import Alignment, Removed, Segment, Span


class Edit(NamedTuple):
    """Characters `[start, end)` of a text become `new` (nothing, for a drop)."""

    start: int
    end: int
    new: str = ""
    reason: str | None = None  # None for white space, which is trimmed without a record


Part: TypeAlias = Span | str | Edit  # kept, inserted, replaced
_Piece: TypeAlias = tuple[int, int, int, int]  # clean start, clean end, raw start, raw end


class _Builder:
    """Appends pieces; neighbours that continue each other become one."""

    def __init__(self, source: "AlignedText") -> None:
        self._source = source
        self._chunks: list[str] = []
        self._pieces: list[_Piece] = []
        self._length = 0

    def _append(self, text: str, raw_start: int, raw_end: int) -> None:
        start, end = self._length, self._length + len(text)
        self._length = end
        self._chunks.append(text)
        if self._pieces and len(text) == raw_end - raw_start:
            last_start, last_end, last_raw_start, last_raw_end = self._pieces[-1]
            if last_raw_end == raw_start and last_end - last_start == last_raw_end - last_raw_start:
                self._pieces[-1] = (last_start, end, last_raw_start, raw_end)
                return
        self._pieces.append((start, end, raw_start, raw_end))

    def keep(self, start: int, end: int) -> None:
        """Append characters of the source text with what they came from."""
        if start >= end:
            return
        text, pieces = self._source.text, self._source.pieces
        index = self._source.piece_at(start)
        while index < len(pieces) and pieces[index][0] < end:
            piece_start, piece_end, raw_start, raw_end = pieces[index]
            cut_start, cut_end = max(start, piece_start), min(end, piece_end)
            if piece_end - piece_start == raw_end - raw_start:
                shift = raw_start - piece_start
                self._append(text[cut_start:cut_end], cut_start + shift, cut_end + shift)
            else:
                self._append(text[cut_start:cut_end], raw_start, raw_end)
            index += 1

    def replace(self, start: int, end: int, new: str) -> None:
        """Append `new` in place of source characters `[start, end)`."""
        if not new:
            return
        raw = self._source.raw_span(start, end)
        if raw is None:
            self.insert(new, self._source.raw_position(start))
        elif len(new) < len(raw) or new == raw.of(self._source.raw):
            self._append(new, raw.start, raw.end)
        else:
            # As long as its raw stretch but different, it would pass for a one-to-one piece: it counts as inserted.
            self.insert(new, raw.start)

    def insert(self, new: str, at: int | None = None) -> None:
        """Append characters that stand nowhere in the raw text."""
        if not new:
            return
        if at is None:
            at = self._pieces[-1][3] if self._pieces else 0
        self._append(new, at, at)

    def build(self) -> "AlignedText":
        return AlignedText(self._source.raw, "".join(self._chunks), tuple(self._pieces))


@dataclass(frozen=True, slots=True)
class AlignedText:
    """A text, the raw text behind it, and the pieces that link them."""

    raw: str
    text: str
    pieces: tuple[_Piece, ...]

    @classmethod
    def of(cls, raw: str) -> "AlignedText":
        """Return `raw` as it is, every character from itself."""
        size = len(raw)
        return cls(raw, raw, ((0, size, 0, size),) if size else ())

    def piece_at(self, position: int) -> int:
        """Return the index of the piece that holds the character at `position`."""
        return max(0, bisect_right(self.pieces, (position, sys.maxsize)) - 1)

    def raw_position(self, position: int) -> int:
        """Return the raw position that the character at `position` starts from (the end, past the last one)."""
        if not self.pieces:
            return 0
        start, end, raw_start, raw_end = self.pieces[self.piece_at(position)]
        if position >= end:
            return raw_end
        return raw_start + (position - start if end - start == raw_end - raw_start else 0)

    def raw_span(self, start: int, end: int) -> Span | None:
        """Return the smallest raw span behind `[start, end)`; None where all of it was inserted."""
        first = last = -1
        index = self.piece_at(start)
        while index < len(self.pieces) and self.pieces[index][0] < end:
            piece_start, piece_end, raw_start, raw_end = self.pieces[index]
            index += 1
            if raw_start == raw_end or piece_end <= start:
                continue
            if piece_end - piece_start == raw_end - raw_start:
                shift = raw_start - piece_start
                raw_start, raw_end = max(start, piece_start) + shift, min(end, piece_end) + shift
            first = raw_start if first < 0 else min(first, raw_start)
            last = max(last, raw_end)
        return None if first < 0 or first >= last else Span(first, last)

    def edited(self, edits: Iterable[Edit]) -> "AlignedText":
        """Return the text with `edits` carried out; they must be in order and must not overlap.

        Raises:
            ValueError: an edit overlaps the one before, or reaches past the text.

        """
        builder = _Builder(self)
        position = 0
        for edit in edits:
            if not position <= edit.start <= edit.end <= len(self.text):
                msg = f"edit [{edit.start}, {edit.end}) overlaps the one before it or leaves the text"
                raise ValueError(msg)
            builder.keep(position, edit.start)
            builder.replace(edit.start, edit.end, edit.new)
            position = edit.end
        if not position:
            return self
        builder.keep(position, len(self.text))
        return builder.build()

    def assembled(self, parts: Sequence[Part]) -> "AlignedText":
        """Return the text made of `parts` in the order given; what no part names is left out."""
        builder = _Builder(self)
        for part in parts:
            if isinstance(part, Span):
                builder.keep(part.start, part.end)
            elif isinstance(part, str):
                builder.insert(part)
            else:
                builder.replace(part.start, part.end, part.new)
        return builder.build()

    def alignment(self) -> Alignment:
        """Return the pieces as the value that articles carry."""
        return Alignment(
            tuple(Segment(Span(start, end), Span(raw_start, raw_end)) for start, end, raw_start, raw_end in self.pieces)
        )

    def removals(self, edits: Iterable[Edit]) -> list[Removed]:
        """Return the record of those `edits` that give a reason."""
        found: list[Removed] = []
        for edit in edits:
            raw = self.raw_span(edit.start, edit.end) if edit.reason is not None else None
            if raw is not None and edit.reason is not None:
                found.append(Removed(raw, edit.reason))
        return found


def uncovered(aligned: AlignedText, removed: Iterable[Removed]) -> list[Span]:
    """Return the raw stretches, white space at their edges aside, that are neither kept nor recorded as removed."""
    raw = aligned.raw
    covered = [(start, end) for _, _, start, end in aligned.pieces if end > start]
    covered += [(item.raw.start, item.raw.end) for item in removed]
    covered.sort()
    gaps: list[Span] = []
    position = 0
    for start, end in [*covered, (len(raw), len(raw))]:
        if start > position:
            stretch = raw[position:start]
            stripped = stretch.strip()
            if stripped:
                left = position + len(stretch) - len(stretch.lstrip())
                gaps.append(Span(left, left + len(stripped)))
        position = max(position, end)
    return gaps
