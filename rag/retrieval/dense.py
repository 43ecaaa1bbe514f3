"""The dense leg: exact inner-product search over passage vectors, by FAISS.

Vectors have unit length, so the inner product is the cosine. Ids are the passages' row numbers.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.errors import IndexUnusableError
from models.protocols import Embedder
from rag.library import Library
from rag.retrieval.ties import best_of
from rag.types import EVERYTHING, Filter

FILE = "dense.faiss"


def _faiss() -> Any:
    import faiss

    return faiss


class DenseIndex:
    """Vectors of passages, for adding, removing, and finding the nearest."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def empty(cls, dimensions: int) -> "DenseIndex":
        """Return an index without vectors."""
        faiss = _faiss()
        return cls(faiss.IndexIDMap2(faiss.IndexFlatIP(dimensions)))

    @classmethod
    def read(cls, path: Path) -> "DenseIndex":
        """Read an index file.

        Raises:
            IndexUnusableError: it cannot be read.

        """
        try:
            return cls(_faiss().read_index(str(path)))
        except (RuntimeError, MemoryError) as error:
            msg = f"the dense index {path} cannot be read: run `yiju index` on your articles again"
            raise IndexUnusableError(msg) from error

    def write(self, path: Path) -> None:
        """Write the index to a new file."""
        _faiss().write_index(self._index, str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimensions(self) -> int:
        """Length of the vectors."""
        return int(self._index.d)

    def add(self, rows: Sequence[int], vectors: npt.NDArray[np.float32]) -> None:
        """Add vectors, shape (len(rows), dimensions), under these row numbers."""
        self._index.add_with_ids(np.ascontiguousarray(vectors), np.asarray(rows, dtype=np.int64))

    def remove(self, rows: Sequence[int]) -> None:
        """Remove the vectors under these row numbers; all at once, since each call goes through the whole index."""
        if rows:
            self._index.remove_ids(np.asarray(rows, dtype=np.int64))

    def rows(self) -> list[int]:
        """Return the row numbers of all vectors."""
        ids: list[int] = _faiss().vector_to_array(self._index.id_map).tolist()
        return ids

    def search(
        self, vector: npt.NDArray[np.float32], k: int, allowed: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return up to `k` (row, cosine), best first, ties by row; with `allowed`, among those rows only."""
        if not len(self) or not np.any(vector):
            return []
        faiss = _faiss()
        parameters = None
        if allowed is not None:
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(np.asarray(allowed, dtype=np.int64)))
        scores, rows = self._index.search(vector[None, :], min(k, len(self)), params=parameters)
        found = [(int(row), float(score)) for row, score in zip(rows[0], scores[0], strict=True) if row >= 0]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))


class DenseLeg:
    """Dense search over a library, for questions as people type them."""

    name = "dense"

    def __init__(self, library: Library, index: DenseIndex, embedder: Embedder) -> None:
        self._library = library
        self._index = index
        self._embedder = embedder

    def search(self, question: str, k: int, only: Filter = EVERYTHING) -> list[tuple[int, float]]:
        """Return up to `k` (passage row, cosine), best first; ties are broken by the articles' ids."""
        allowed = self._library.passage_rows(only) if only else None
        vector = self._embedder.embed_query(question)
        return best_of(lambda most: self._index.search(vector, most, allowed), k, self._library.places)
