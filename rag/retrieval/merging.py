"""Making segments: of terms that come in passage by passage, and of parts of other segments."""

from array import array
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.retrieval.segment import MOST, Keys, Numbers, Segment, SegmentFile, is_short, key_of

_PIECE = 1 << 22  # postings that are moved at a time
_IN_TITLE, _IN_BODY = 1, 2  # the title tells what a passage is about without saying it: it counts half
UNIT = _IN_BODY  # the weight of one mention in a passage's own words
_LONGEST = 0xFFFF


class _Vocabulary(dict[str, int]):
    """Term → number, in order of first meeting."""

    def __missing__(self, term: str) -> int:
        number = self[term] = len(self)
        return number


class SegmentBuilder:
    """Gathers passages in memory until they are written as one segment."""

    def __init__(self) -> None:
        self._vocabulary = _Vocabulary()
        self._numbers = array("I")
        self._counts: list[int] = []  # terms of title and body, by turns
        self._rows: list[int] = []
        self._articles: list[int] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: int, article: int, title: Sequence[str], body: Sequence[str]) -> None:
        """Add a passage by the terms of its article's title and its own."""
        number = self._vocabulary.__getitem__
        self._numbers.extend(map(number, title))
        self._numbers.extend(map(number, body))
        self._counts += (len(title), len(body))
        self._rows.append(row)
        self._articles.append(article)

    def write(self, path: Path) -> None:
        """Write the segment."""
        encoded = [term.encode("utf-8", "surrogatepass") for term in self._vocabulary]
        short = sorted((key_of(each), number) for number, each in enumerate(encoded) if is_short(each))
        long = sorted((each, number) for number, each in enumerate(encoded) if not is_short(each))
        order = np.empty(len(encoded), dtype=np.uint64)
        order[[number for _, number in (*short, *long)]] = np.arange(len(encoded), dtype=np.uint64)

        counts = np.array(self._counts, dtype=np.int64)
        in_body = np.repeat(np.tile(np.array([0, 1], dtype=np.uint64), len(self._rows)), counts)
        places = np.repeat(np.arange(len(self._rows), dtype=np.uint64), counts.reshape(-1, 2).sum(axis=1))
        mentions = order[np.frombuffer(self._numbers, dtype=np.uint32)] if len(self._numbers) else order[:0]
        mentions = (mentions << np.uint64(25)) | (places << np.uint64(1)) | in_body
        mentions.sort()
        pairs = mentions >> np.uint64(1)
        first = np.flatnonzero(np.concatenate((np.ones(min(1, len(pairs)), dtype=bool), pairs[1:] != pairs[:-1])))
        amounts = (mentions & np.uint64(1)) + np.uint64(_IN_TITLE)
        weights: Numbers = np.minimum(np.add.reduceat(amounts, first) if len(first) else amounts, MOST).astype(
            np.uint32
        )
        pairs = pairs[first]
        postings: Numbers = ((pairs & np.uint64(0xFFFFFF)) << np.uint64(8)).astype(np.uint32) | weights
        starts = np.searchsorted(pairs >> np.uint64(24), np.arange(len(encoded) + 1, dtype=np.uint64))
        lengths = np.minimum(counts.reshape(-1, 2).sum(axis=1), _LONGEST).astype(np.uint16)
        passages = (np.array(self._rows, dtype=np.uint32), np.array(self._articles, dtype=np.uint32), lengths)
        keys = np.array([key for key, _ in short], dtype=np.uint64)
        with path.open("wb") as stream:
            file = SegmentFile(stream)
            file.head(keys, [each for each, _ in long], starts.astype(np.uint64), passages)
            file.postings(postings)
            file.end(_highest(postings, starts))


def _highest(postings: Numbers, starts: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Return the highest weight of each term; every term has postings."""
    if len(starts) < 2:
        return np.zeros(0, dtype=np.uint8)
    return np.maximum.reduceat((postings & np.uint32(0xFF)).astype(np.uint8), starts[:-1])


def merge(sources: Sequence[tuple[Segment, npt.NDArray[np.bool_]]], path: Path) -> None:
    """Write those passages of some segments for which the masks are true as one segment; their order stays.

    What comes out is what one would be that was built of these passages.
    """
    counts = [_kept_counts(segment, kept) for segment, kept in sources]
    keys, long, numbers = _united([segment for segment, _ in sources], counts)
    totals = np.zeros(len(keys) + len(long), dtype=np.int64)
    for (still, number), count in zip(numbers, counts, strict=True):
        totals[number] += count[still]
    starts = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(totals)))
    passages = (
        np.concatenate([segment.rows[kept] for segment, kept in sources]),
        np.concatenate([segment.articles[kept] for segment, kept in sources]),
        np.concatenate([segment.lengths[kept] for segment, kept in sources]),
    )
    bases = np.cumsum([0, *(int(kept.sum()) for _, kept in sources)])
    places = [np.cumsum(kept, dtype=np.int64) - 1 + base for (_, kept), base in zip(sources, bases, strict=False)]
    most = np.zeros(len(totals), dtype=np.uint8)
    with path.open("wb") as stream:
        file = SegmentFile(stream)
        file.head(keys, long, starts.astype(np.uint64), passages)
        begin = 0
        while begin < len(totals):
            end = max(begin + 1, int(np.searchsorted(starts, starts[begin] + _PIECE, side="right")) - 1)
            piece = _piece(sources, numbers, places, starts, begin, end)
            most[begin:end] = _highest(piece, starts[begin : end + 1] - starts[begin])
            file.postings(piece)
            begin = end
        file.end(most)


def _kept_counts(segment: Segment, kept: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return how many of a segment's kept passages have each term."""
    starts = segment.starts.astype(np.int64)
    if kept.all():
        return np.diff(starts)
    sums = np.zeros(len(starts), dtype=np.int64)
    begin = 0
    while begin < segment.terms:
        end = max(begin + 1, int(np.searchsorted(starts, starts[begin] + _PIECE, side="right")) - 1)
        listed = segment.postings[starts[begin] : starts[end]]
        sums[begin:end] = np.add.reduceat(
            kept[listed >> np.uint32(8)], starts[begin:end] - starts[begin], dtype=np.int64
        )
        begin = end
    return sums[:-1]


def _united(
    segments: Sequence[Segment], counts: Sequence[npt.NDArray[np.int64]]
) -> tuple[Keys, list[bytes], list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]]:
    """Return the short and long terms that still have postings, and of each segment's terms old and new numbers."""
    keys = np.unique(
        np.concatenate(
            [segment.keys[count[: len(segment.keys)] > 0] for segment, count in zip(segments, counts, strict=True)]
        )
    )
    own = [[segment.long_term(number) for number in range(len(segment.long_ends))] for segment in segments]
    long = sorted(
        {
            term
            for segment, terms, count in zip(segments, own, counts, strict=True)
            for term, of_it in zip(terms, count[len(segment.keys) :].tolist(), strict=True)
            if of_it
        }
    )
    long_number = {term: len(keys) + number for number, term in enumerate(long)}
    numbers = []
    for segment, terms, count in zip(segments, own, counts, strict=True):
        number = np.searchsorted(keys, segment.keys).astype(np.int64)
        number = np.append(number, np.array([long_number.get(term, -1) for term in terms], dtype=np.int64))
        still = np.flatnonzero(count)
        numbers.append((still, number[still]))
    return keys, long, numbers


def _piece(
    sources: Sequence[tuple[Segment, npt.NDArray[np.bool_]]],
    numbers: Sequence[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]],
    places: Sequence[npt.NDArray[np.int64]],
    starts: npt.NDArray[np.int64],
    begin: int,
    end: int,
) -> Numbers:
    """Return the postings of the new terms from `begin` to `end`; `numbers` are old and new ones, both ascending."""
    piece = np.empty(int(starts[end] - starts[begin]), dtype=np.uint32)
    free = (starts[begin:end] - starts[begin]).copy()  # where each term's next posting goes
    for (segment, kept), (still, number), place in zip(sources, numbers, places, strict=True):
        one, other = np.searchsorted(number, (begin, end))
        if one == other:
            continue
        old, new = still[one:other], number[one:other] - begin
        first, last = segment.starts[old].astype(np.int64), segment.starts[old + 1].astype(np.int64)
        size = last - first
        term = np.repeat(np.arange(len(old)), size)
        listed = segment.postings[np.arange(len(term)) + np.repeat(first - (np.cumsum(size) - size), size)]
        of_passage = (listed >> np.uint32(8)).astype(np.int64)
        keep = kept[of_passage]
        if not keep.all():
            listed, of_passage, term = listed[keep], of_passage[keep], term[keep]
            size = np.bincount(term, minlength=len(old))
        goal = np.arange(len(term)) + np.repeat(free[new] - (np.cumsum(size) - size), size)
        piece[goal] = (place[of_passage] << 8).astype(np.uint32) | (listed & np.uint32(0xFF))
        free[new] += size
    return piece
