"""One segment of the lexical index: an immutable file of numpy arrays, mapped into memory and searched where it lies.

A term of up to eight bytes of UTF-8 (two Chinese characters are six) is its own key, a number that sorts as the bytes
do; longer ones, mostly Latin words, stand sorted behind them. A posting is one number: the passage's place in the
segment, and in the lowest eight bits how much of the term it has. Nothing is pickled, nothing executed.
"""

import struct
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from models.errors import IndexUnusableError
from rag.store import MEND

Keys = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.uint32]

MOST = 255  # of a weight
PLACES = 1 << 24  # passages of a segment, at most
_MAGIC = b"yijuseg1"
_HEAD = struct.Struct("<8s5q")  # magic; passages, short terms, long terms, bytes of long terms, postings
_SHORT = 8  # bytes
_ALIGNED = 8


@dataclass(frozen=True, slots=True)
class Segment:
    """Passages and their terms. Places count from 0; `terms` are short ones by key, then long ones by their bytes."""

    keys: Keys  # of the short terms, ascending
    long_ends: Numbers  # where each long term ends in `long_bytes`
    long_bytes: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.uint64]  # of each term's postings, one more than terms
    most: npt.NDArray[np.uint8]  # the highest weight of each term
    postings: Numbers  # place << 8 | weight, ascending within a term
    rows: Numbers  # of the passages in the library
    articles: Numbers  # row numbers of their articles
    lengths: npt.NDArray[np.uint16]  # terms of the passages

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def terms(self) -> int:
        """How many different terms there are."""
        return len(self.most)

    def long_term(self, number: int) -> bytes:
        """Return a long term; of those, the first is number 0."""
        start = int(self.long_ends[number - 1]) if number else 0
        return self.long_bytes[start : int(self.long_ends[number])].tobytes()

    def fault(self) -> str | None:
        """Return what is wrong inside, None where nothing is."""
        starts = self.starts.astype(np.int64)
        if starts[0] != 0 or starts[-1] != len(self.postings) or np.any(np.diff(starts) < 1):
            return "postings that do not begin where others end"
        if np.any(self.keys[1:] <= self.keys[:-1]) or np.any(np.diff(self.long_ends.astype(np.int64)) < 1):
            return "terms out of order"
        places = self.postings >> np.uint32(8)
        if len(places) and int(places.max()) >= len(self):
            return "postings of passages that are not there"
        first = np.zeros(len(places), dtype=bool)
        first[starts[:-1]] = True
        if np.any((places[1:] <= places[:-1]) & ~first[1:]):
            return "postings out of order"
        return None

    def find(self, terms: "Terms") -> npt.NDArray[np.int64]:
        """Return the number of each term, -1 where it has none; shape (len(terms),)."""
        found = np.full(len(terms.keys), -1, dtype=np.int64)
        if len(self.keys):
            places = np.searchsorted(self.keys, terms.keys)
            places[places == len(self.keys)] = 0
            known = (self.keys[places] == terms.keys) & terms.short
            found[known] = places[known]
        for at, term in terms.long:
            number = bisect_left(range(len(self.long_ends)), term, key=self.long_term)
            if number < len(self.long_ends) and self.long_term(number) == term:
                found[at] = len(self.keys) + number
        return found

    def of_term(self, number: int) -> Numbers:
        """Return the postings of a term by its number; none for -1."""
        if number < 0:
            return self.postings[:0]
        return self.postings[int(self.starts[number]) : int(self.starts[number + 1])]

    def beginning(self, start: bytes) -> Numbers:
        """Return postings of all short terms together that begin with some bytes, ascending."""
        first = key_of(start)
        one, other = np.searchsorted(self.keys, np.array([first, first + (1 << 8 * (_SHORT - len(start)))], np.uint64))
        listed = np.sort(self.postings[int(self.starts[one]) : int(self.starts[other])])
        places = listed >> np.uint32(8)
        begins = np.flatnonzero(np.concatenate((np.ones(min(1, len(places)), dtype=bool), places[1:] != places[:-1])))
        if not len(begins):
            return listed
        weights = np.minimum(np.add.reduceat(listed & np.uint32(MOST), begins), MOST)
        return (places[begins] << np.uint32(8)) | weights.astype(np.uint32)

    def counts(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return how many passages have each term, by the terms' numbers; 0 for -1."""
        known = np.where(numbers < 0, 0, numbers)
        if not self.terms:
            return np.zeros(len(numbers), dtype=np.int64)
        counts = self.starts[known + 1].astype(np.int64) - self.starts[known].astype(np.int64)
        return np.where(numbers < 0, 0, counts)


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms prepared for looking them up."""

    keys: Keys  # shape (n,); whatever for long ones
    short: npt.NDArray[np.bool_]
    long: Sequence[tuple[int, bytes]]  # their places among the terms

    @classmethod
    def of(cls, terms: Sequence[str]) -> "Terms":
        """Prepare terms."""
        encoded = [term.encode("utf-8", "surrogatepass") for term in terms]
        keys = np.array([key_of(each) for each in encoded], dtype=np.uint64)
        short = np.array([len(each) <= _SHORT for each in encoded], dtype=bool)
        return cls(keys, short, [(at, each) for at, each in enumerate(encoded) if len(each) > _SHORT])


def key_of(encoded: bytes) -> int:
    """Return the key of a short term."""
    return int.from_bytes(encoded[:_SHORT].ljust(_SHORT, b"\0"), "big")


def is_short(encoded: bytes) -> bool:
    """Whether a term is its own key."""
    return len(encoded) <= _SHORT


class SegmentFile:
    """Writes a segment; its postings come piece by piece, since there may be many."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def _array(self, array: npt.NDArray[Any]) -> None:
        self._file.write(np.ascontiguousarray(array).tobytes())
        self._pad()

    def _pad(self) -> None:
        self._file.write(bytes(-self._file.tell() % _ALIGNED))

    def head(
        self,
        keys: Keys,
        long: Sequence[bytes],
        starts: npt.NDArray[np.uint64],
        passages: tuple[Numbers, Numbers, npt.NDArray[np.uint16]],
    ) -> None:
        """Write everything that stands before the postings; `passages` are rows, articles and lengths."""
        ends = np.cumsum([len(each) for each in long], dtype=np.uint32)
        size = int(ends[-1]) if len(long) else 0
        rows, articles, lengths = passages
        self._file.write(_HEAD.pack(_MAGIC, len(rows), len(keys), len(long), size, int(starts[-1])))
        for array in (keys, ends.astype(np.uint32), np.frombuffer(b"".join(long), np.uint8), starts, rows, articles):
            self._array(array)
        self._array(lengths)

    def postings(self, piece: Numbers) -> None:
        """Write a further piece of the postings."""
        self._file.write(piece.tobytes())

    def end(self, most: npt.NDArray[np.uint8]) -> None:
        """Write what is known after the postings."""
        self._pad()
        self._array(most)


def read_segment(path: Path) -> Segment:
    """Map a segment's file into memory.

    Raises:
        IndexUnusableError: it is missing, cut, or not one.

    """
    try:
        data = np.memmap(path, dtype=np.uint8, mode="r")
        magic, passages, short, long, size, postings = _HEAD.unpack_from(data[: _HEAD.size].tobytes())
    except (OSError, ValueError, struct.error) as error:
        raise _damaged(path, type(error).__name__) from error
    counts = (passages, short, long, size, postings)
    if magic != _MAGIC or min(counts) < 0 or max(counts) > 8 * len(data) or passages > PLACES:
        raise _damaged(path, "not one")
    terms = short + long
    place = _HEAD.size
    arrays: list[npt.NDArray[Any]] = []
    for count, kind in (
        (short, np.uint64),
        (long, np.uint32),
        (size, np.uint8),
        (terms + 1, np.uint64),
        (passages, np.uint32),
        (passages, np.uint32),
        (passages, np.uint16),
        (postings, np.uint32),
        (terms, np.uint8),
    ):
        end = place + count * np.dtype(kind).itemsize
        if end > len(data):
            raise _damaged(path, "cut off")
        arrays.append(np.asarray(data[place:end]).view(kind))
        place = end + -end % _ALIGNED
    if place != len(data):
        raise _damaged(path, "longer than it should be")
    keys, ends, text, starts, rows, articles, lengths, listed, most = arrays
    return Segment(keys, ends, text, starts, most, listed, rows, articles, lengths)


def _damaged(path: Path, why: str) -> IndexUnusableError:
    return IndexUnusableError(f"the lexical index {path} cannot be read ({why}): {MEND}")
