"""The lexical index of a generation: which segments it has, what is taken over from the one before, what is merged.

Segments never change. What comes in makes a new one; of what goes out, the postings are put together in a segment of
their own, so that frequencies and lengths can be told without it. A segment that is taken over is a hard link: it is
neither copied nor hashed again. Each segment is kept several times as large as all smaller ones together, so that there
are few and a posting is seldom moved (O'Neil et al., "The log-structured merge-tree", 1996).
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rag.retrieval.bm25 import Postings
from rag.retrieval.merging import SegmentBuilder, merge
from rag.retrieval.segment import Segment, read_segment
from rag.store import FileRecord, damaged, hash_file

_PREFIX = "lexical-"
_GONE = f"{_PREFIX}gone"
_LARGER = 3  # times all smaller segments together
_MOST_GONE = 0.25  # of a segment's passages, before it is written anew


def segment_names(files: Mapping[str, FileRecord]) -> list[str]:
    """Return the names of a generation's segments, in the order of their slots."""
    return sorted(name for name in files if name.startswith(_PREFIX) and name != _GONE)


def is_lexical(name: str) -> bool:
    """Whether a file of a generation belongs to the lexical index."""
    return name.startswith(_PREFIX)


def open_postings(folder: Path, files: Mapping[str, FileRecord]) -> Postings:
    """Open the lexical index of a generation.

    Raises:
        IndexUnusableError: one of its files is damaged.

    """
    gone = read_segment(folder / _GONE) if _GONE in files else None
    return Postings([read_segment(folder / name) for name in segment_names(files)], gone)


class _Kept(NamedTuple):
    """A segment of the base, and which of its passages are still in."""

    name: str
    segment: Segment
    live: npt.NDArray[np.bool_]
    passages: int  # that are still in


class SegmentWriter:
    """Builds the lexical index of a generation in a folder, from that of the live one."""

    def __init__(self, folder: Path, base: tuple[Path, Mapping[str, FileRecord]] | None, parts: int = 0) -> None:
        """Begin, or go on after `parts` parts."""
        self._folder = folder
        self._base = base
        self._builder = SegmentBuilder()
        self.parts = parts

    def add(self, row: int, article: int, title: Sequence[str], body: Sequence[str]) -> None:
        """Add a passage by the terms of its article's title and its own."""
        self._builder.add(row, article, title, body)

    def _part(self, number: int) -> Path:
        return self._folder / f"terms-{number:06d}.part"

    def flush(self) -> None:
        """Write what was added since the last time as a part; one that a killed process had begun is overwritten."""
        if len(self._builder):
            self._builder.write(self._part(self.parts))
            self.parts += 1
            self._builder = SegmentBuilder()

    def finish(self, rows: npt.NDArray[np.int64]) -> dict[str, FileRecord]:
        """Complete the index, of which these are the rows of all passages, ascending; return its files."""
        self.flush()
        new = [(part, _among(part, rows)) for part in (read_segment(self._part(n)) for n in range(self.parts))]
        merged, kept = _plan(sum(int(live.sum()) for _, live in new), self._taken(rows))
        for each in merged:
            self._verify(each.name)
        sources = [pair for pair in (*((each.segment, each.live) for each in merged), *new) if pair[1].any()]
        files = {each.name: self._link(each.name) for each in kept}
        if sources:
            files |= self._write(sources, f"{_PREFIX}{int(sources[-1][0].rows[-1]):012d}")
        gone = [(each.segment, ~each.live) for each in kept if each.passages < len(each.segment)]
        if gone:
            files |= self._write(gone, _GONE)
        return files

    def _taken(self, rows: npt.NDArray[np.int64]) -> list[_Kept]:
        if not self._base:
            return []
        folder, files = self._base
        found = []
        for name in segment_names(files):
            segment = read_segment(folder / name)
            live = _among(segment, rows)
            found.append(_Kept(name, segment, live, int(live.sum())))
        return found

    def _verify(self, name: str) -> None:
        """Damage must not be handed on under a new hash."""
        assert self._base
        folder, files = self._base
        if hash_file(folder / name) != files[name]:
            raise damaged(folder / name)

    def _link(self, name: str) -> FileRecord:
        """Take a file of the base over; where the file system has no links, copy it."""
        assert self._base
        folder, files = self._base
        target = self._folder / name
        target.unlink(missing_ok=True)  # of a process that was killed
        try:
            os.link(folder / name, target)
        except OSError:
            shutil.copyfile(folder / name, target)
        return files[name]

    def _write(self, sources: Sequence[tuple[Segment, npt.NDArray[np.bool_]]], name: str) -> dict[str, FileRecord]:
        draft = self._folder / "terms.new"
        merge(sources, draft)
        draft.replace(self._folder / name)
        return {name: hash_file(self._folder / name)}


def _among(segment: Segment, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return for each passage of a segment whether it is among some rows, which are ascending."""
    if not len(rows):
        return np.zeros(len(segment), dtype=bool)
    places = np.searchsorted(rows, segment.rows)
    places[places == len(rows)] = 0
    same: npt.NDArray[np.bool_] = rows[places] == segment.rows
    return same


def _plan(new: int, segments: Sequence[_Kept]) -> tuple[list[_Kept], list[_Kept]]:
    """Return which segments are merged with so many new passages, and which are kept."""
    merged = [each for each in segments if len(each.segment) - each.passages > _MOST_GONE * len(each.segment)]
    total = new + sum(each.passages for each in merged)
    rest = sorted((each for each in segments if each not in merged), key=lambda each: each.passages)
    while total and rest and rest[0].passages < _LARGER * total:
        total += rest[0].passages
        merged.append(rest.pop(0))
    return merged, rest
