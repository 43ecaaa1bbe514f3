"""The dense leg: search over passage vectors by FAISS, one byte a component, at every size.

Vectors have unit length, so the inner product is the cosine. Components are rounded to whole numbers on a scale that
depends on nothing but the dimensions, questions likewise on their own: sums of products of whole numbers are exact in
whatever order they are made, so that scores depend neither on what came before, nor on the place of a vector, nor on
the machine. Whatever is trained on the vectors (IVF, FAISS's own 8-bit ranges) would find other passages in a library
that was kept in step than in one built afresh. `python -m eval.bench_dense` measures the choice, docs/log.md tells it.

The file is ours and not FAISS's, whose reader believes what it reads: a header, row numbers, and codes, each checked
against the file's size before anything is allocated.
"""

import struct
import zlib
from collections.abc import Sequence
from io import BufferedReader
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from models.errors import IndexUnusableError, ModelError
from models.protocols import Embedder
from rag.library import Library
from rag.retrieval.ties import best_of
from rag.store import MEND
from rag.types import EVERYTHING, Filter

FILE = "dense.vectors"

_MAGIC = b"yijudens"
_VERSION = 1
_HEADER = struct.Struct("<8sIIQII")  # magic, version, dimensions, vectors, CRC-32 of the rows, of all this
_MOST_DIMENSIONS = 6_000  # so far every sum of products stays below 2**24, and exact in 32-bit floating point

_TOP = 127  # codes are -127 to 127
# Components of a unit vector beyond this many times their mean square are cut off. The bundled embedder's largest is
# 5.2; a narrower range gains half a point of recall@50, a wider one costs as much.
_WIDEST = 6.0
_BLOCK = 65_536  # vectors handled at a time

Rows = npt.NDArray[np.int64]
Vectors = npt.NDArray[np.float32]


def _faiss() -> Any:
    import faiss

    # FAISS's own threads spin while they wait: with another program on the cores two were slower than one. The setting
    # is the calling thread's, hence made before each use.
    faiss.omp_set_num_threads(1)
    return faiss


def _scale(dimensions: int) -> float:
    """Return how many steps of a code a component of 1 is."""
    return _TOP / min(1.0, _WIDEST / float(np.sqrt(dimensions)))


def _finite(vectors: Vectors) -> Vectors:
    if not np.isfinite(vectors).all():
        msg = "the embedder gave vectors that are not numbers: check its folder, or name another with --embedder"
        raise ModelError(msg)
    return vectors


def _encoded(vectors: Vectors) -> npt.NDArray[np.uint8]:
    """Return the codes of vectors, each 128 more than the whole number it stands for, as FAISS has them."""
    steps = np.rint(_finite(vectors) * np.float32(_scale(vectors.shape[-1])))
    return np.asarray(np.clip(steps, -_TOP, _TOP) + 128).astype(np.uint8)


class _Query(NamedTuple):
    """A question as FAISS is asked: whole numbers (it cuts off fractions without a word), and a unit's worth."""

    steps: Vectors  # shape (1, dimensions)
    unit: float  # score of FAISS → cosine


def _query(vector: Vectors) -> _Query | None:
    """Return what to ask, None for the zero vector, which is like nothing."""
    largest = float(np.abs(_finite(vector)).max(initial=0))
    if not largest:
        return None
    scale = _TOP / largest
    steps = np.rint(vector[None, :].astype(np.float64) * scale).astype(np.float32)
    return _Query(steps, 1 / (scale * _scale(vector.size)))


class DenseIndex:
    """Vectors of passages, for adding, removing, and finding the nearest."""

    def __init__(self, dimensions: int) -> None:
        if not 0 < dimensions <= _MOST_DIMENSIONS:
            msg = (
                f"an embedder of {dimensions:,} dimensions cannot be used, at most {_MOST_DIMENSIONS:,} can: name "
                "another with --embedder"
            )
            raise ModelError(msg)
        faiss = _faiss()
        signed = faiss.ScalarQuantizer.QT_8bit_direct_signed
        self._index = faiss.IndexScalarQuantizer(dimensions, signed, faiss.METRIC_INNER_PRODUCT)
        self._rows: Rows = np.empty(0, dtype=np.int64)  # of the vectors in the order of the index: ascending

    @classmethod
    def empty(cls, dimensions: int) -> "DenseIndex":
        """Return an index without vectors. Raises ModelError for more dimensions than can be added up exactly."""
        return cls(dimensions)

    @classmethod
    def read(cls, path: Path, dimensions: int | None = None) -> "DenseIndex":
        """Read an index file; with `dimensions`, only one of so many.

        What could lead astray (header, size, row numbers) is checked; codes are not: a flipped bit there moves one
        score a little, and `yiju doctor` finds it by the file's hash.

        Raises:
            IndexUnusableError: it cannot be read, is damaged, or of another version or other dimensions.

        """
        try:
            with path.open("rb") as file:
                return cls._read(file, path, dimensions)
        except OSError as error:
            raise _unusable(path, f"cannot be read ({error.strerror})") from error

    @classmethod
    def _read(cls, file: BufferedReader, path: Path, wanted: int | None) -> "DenseIndex":
        head = file.read(_HEADER.size)
        if len(head) < _HEADER.size or not head.startswith(_MAGIC):
            raise _unusable(path, "is not a file of passage vectors")
        _, version, dimensions, count, of_rows, of_head = _HEADER.unpack_from(head)
        if version != _VERSION:
            raise _unusable(path, f"has version {version}, this program reads {_VERSION}")
        if zlib.crc32(head[:-4]) != of_head:
            raise _unusable(path, "has a damaged header")
        size, expected = path.stat().st_size, _HEADER.size + count * (8 + dimensions)
        if size != expected:
            raise _unusable(path, f"has {size:,} bytes, its header says {expected:,}")
        if not 0 < dimensions <= _MOST_DIMENSIONS:
            raise _unusable(path, f"holds vectors of {dimensions:,} dimensions, at most {_MOST_DIMENSIONS:,} can be")
        if wanted is not None and dimensions != wanted:
            raise _unusable(path, f"holds vectors of {dimensions} dimensions, the embedder's have {wanted}")
        rows = file.read(8 * count)
        if zlib.crc32(rows) != of_rows:
            raise _unusable(path, "has damaged row numbers")
        found = cls(dimensions)
        found._rows = np.frombuffer(rows, dtype="<i8").astype(np.int64)
        found._index.codes.resize(count * dimensions)
        found._index.ntotal = count
        codes = found._codes()
        for start in range(0, count, _BLOCK):
            block = codes[start : start + _BLOCK]
            if file.readinto(block.reshape(-1).data) != block.size:
                raise _unusable(path, "became shorter while it was read")
        return found

    def write(self, path: Path) -> None:
        """Write the index to a new file."""
        rows = self._rows.astype("<i8").tobytes()
        head = _HEADER.pack(_MAGIC, _VERSION, self.dimensions, len(self), zlib.crc32(rows), 0)[:-4]
        with path.open("wb") as file:
            file.write(head + zlib.crc32(head).to_bytes(4, "little"))
            file.write(rows)
            file.write(self._codes().reshape(-1).data)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimensions(self) -> int:
        """Length of the vectors."""
        return int(self._index.d)

    def _codes(self) -> npt.NDArray[np.uint8]:
        """Return the codes where FAISS has them, shape (len(self), dimensions); gone with the next change."""
        if not len(self):
            return np.empty((0, self.dimensions), dtype=np.uint8)
        flat: npt.NDArray[np.uint8] = _faiss().rev_swig_ptr(self._index.codes.data(), len(self) * self.dimensions)
        return flat.reshape(-1, self.dimensions)

    def add(self, rows: Sequence[int], vectors: Vectors) -> None:
        """Add vectors, shape (len(rows), dimensions), under these row numbers, which ascend and are later than all.

        Raises:
            ModelError: a vector holds what is not a number.

        """
        if not len(rows):
            return
        added = np.asarray(rows, dtype=np.int64)
        joined = np.concatenate([self._rows[-1:], added])
        if vectors.shape != (len(rows), self.dimensions) or np.any(np.diff(joined) <= 0):
            msg = f"{vectors.shape} vectors of ascending rows, after {self._rows[-1:]}, do not fit {self.dimensions}"
            raise ValueError(msg)
        self._index.add_sa_codes(_encoded(vectors))
        self._rows = np.concatenate([self._rows, added])

    def remove(self, rows: Sequence[int] | Rows) -> None:
        """Remove the vectors under these row numbers; all at once, since each call goes through the whole index."""
        gone = self.chosen(rows)
        if not gone.count:
            return
        self._index.remove_ids(_faiss().IDSelectorBitmap(gone.bits))
        self._rows = self._rows[~gone.mask]

    def rows(self) -> list[int]:
        """Return the row numbers of all vectors."""
        found: list[int] = self._rows.tolist()
        return found

    def chosen(self, rows: Sequence[int] | Rows) -> "Chosen":
        """Return a choice of vectors by their rows, as long as the index does not change; unknown rows do nothing."""
        wanted = np.asarray(rows, dtype=np.int64)
        last = int(self._rows[-1]) if len(self) else -1
        table = np.zeros(last + 1, dtype=bool)  # a look-up in a table is ten times as quick as a search
        table[wanted[(wanted >= 0) & (wanted <= last)]] = True
        return Chosen(table[self._rows])

    def search(
        self, vector: Vectors, k: int, allowed: "Sequence[int] | Rows | Chosen | None" = None
    ) -> list[tuple[int, float]]:
        """Return up to `k` (row, cosine), best first, ties by row; with `allowed`, among those rows only.

        Raises:
            ModelError: the vector holds what is not a number.

        """
        query = _query(vector)
        if query is None:
            return []
        faiss = _faiss()
        parameters, among = None, len(self)
        if allowed is not None:
            chosen = allowed if isinstance(allowed, Chosen) else self.chosen(allowed)
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(chosen.bits))
            among = chosen.count
        if not min(k, among):
            return []
        scores, places = self._index.search(query.steps, min(k, among), params=parameters)
        cosines = scores[0].astype(np.float64) * query.unit
        found = zip(self._rows[places[0]].tolist(), cosines.tolist(), strict=True)
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def rivals(self, vector: Vectors, row: int, allowed: "Chosen | None" = None) -> tuple[float, int, Rows] | None:
        """Return a row's cosine, how many rows have a higher one, and the rows that have the same, itself included.

        None where the row has no vector or is not allowed, or nothing is like the zero vector.
        """
        query = _query(vector)
        mine = np.flatnonzero(self._rows == row)
        if query is None or not mine.size or (allowed is not None and not allowed.mask[mine[0]]):
            return None
        # FAISS's own search by a threshold takes several times as long.
        codes, steps = self._codes(), query.steps[0]
        scores = np.empty(len(codes), dtype=np.float32)
        for at in range(0, len(codes), _BLOCK):
            scores[at : at + _BLOCK] = (codes[at : at + _BLOCK].astype(np.float32) - 128) @ steps
        score = float(scores[mine[0]])
        if allowed is not None:
            scores[~allowed.mask] = -np.inf
        return score * query.unit, int(np.sum(scores > score)), self._rows[scores == score]


class Chosen:
    """A choice among the vectors of an index."""

    def __init__(self, mask: npt.NDArray[np.bool_]) -> None:
        self.mask = mask
        self.bits = np.packbits(mask, bitorder="little")  # as FAISS wants them
        self.count = int(mask.sum())


def _unusable(path: Path, what: str) -> IndexUnusableError:
    return IndexUnusableError(f"the dense index {path} {what}: {MEND}")


class DenseLeg:
    """Dense search over a library, for questions as people type them."""

    name = "dense"

    def __init__(self, library: Library, index: DenseIndex, embedder: Embedder) -> None:
        self._library = library
        self._index = index
        self._embedder = embedder
        self._last: tuple[Filter, Chosen] | None = None  # what the last filter let through

    def _allowed(self, only: Filter) -> Chosen | None:
        if not only:
            return None
        last = self._last
        if last is None or last[0] != only:  # a conversation asks one filter again and again
            last = self._last = (only, self._index.chosen(self._library.passage_rows(only)))
        return last[1]

    def search(self, question: str, k: int, only: Filter = EVERYTHING) -> list[tuple[int, float]]:
        """Return up to `k` (passage row, cosine), best first; ties are broken by the articles' ids."""
        allowed = self._allowed(only)
        vector = self._embedder.embed_query(question)
        return best_of(lambda most: self._index.search(vector, most, allowed), k, self._library.places)

    def place(self, question: str, row: int, only: Filter = EVERYTHING) -> tuple[int, float] | None:
        """Return rank (from 1) and cosine of one passage, as if `search` went on that long; None if it never came."""
        allowed = self._allowed(only)
        found = self._index.rivals(self._embedder.embed_query(question), row, allowed)
        if found is None:
            return None
        score, better, same = found
        places = self._library.places(same.tolist())
        return 1 + better + sum(places[other] < places[row] for other in places), score
