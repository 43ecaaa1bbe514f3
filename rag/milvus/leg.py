"""The leg that Milvus is: full-text and dense search, added up by the engine."""

import json
from collections.abc import Sequence

from models.protocols import Embedder
from rag.library import Library
from rag.milvus.collection import Collection, Found
from rag.milvus.words import asked
from rag.retrieval.ties import best_of
from rag.types import EVERYTHING, Filter


class MilvusLeg:
    """Finds a library's passages in a collection that is in step with it."""

    name = "milvus"

    def __init__(
        self, library: Library, collection: Collection, embedder: Embedder, dense_weight: float | None
    ) -> None:
        self._library = library
        self._collection = collection
        self._embedder = embedder
        self._dense_weight = dense_weight

    def search(self, question: str, k: int, only: Filter = EVERYTHING) -> list[tuple[int, float]]:
        """Return up to `k` (passage row, score), best first; ties are broken by the articles' ids."""
        vector = self._embedder.embed_query(question)
        words = asked(question)

        def best(most: int) -> list[tuple[int, float]]:
            return self._rows(self._collection.search(words, vector, self._dense_weight, most, only))

        return best_of(best, k, self._library.places)

    def _rows(self, hits: Sequence[Found]) -> list[tuple[int, float]]:
        """Return hits with the passages' row numbers; what has just left the library is left out."""
        found = self._library.query(
            "SELECT wanted.key AS at, passage.row FROM json_each(?) wanted"
            " JOIN article ON article.id = json_extract(wanted.value, '$[0]')"
            " JOIN passage ON passage.article = article.row AND passage.number = json_extract(wanted.value, '$[1]')"
            " ORDER BY wanted.key",
            [json.dumps([(hit.article_id, hit.number) for hit in hits])],
        )
        return [(row["row"], hits[row["at"]].score) for row in found]
