"""Hits put into another order by a model that reads question and passage together."""

from collections.abc import Sequence
from dataclasses import replace

from models.protocols import Reranker
from rag.protocols import Retriever
from rag.types import EVERYTHING, Filter, Hit

LEG = "reranker"  # what its ranks are called among those of the legs


def reordered(hits: Sequence[Hit], scores: Sequence[float]) -> list[Hit]:
    """Return hits ordered by these scores, best first, ranks counted anew; ties keep their order."""
    order = sorted(range(len(hits)), key=lambda place: -scores[place])
    return [replace(hits[place], rank=rank, score=scores[place]) for rank, place in enumerate(order, start=1)]


class RerankingRetriever:
    """Asks another retriever for candidates and lets a reranker order them.

    `depth` passages are scored, however few are wanted: what lies behind them keeps its place.
    """

    def __init__(self, inner: Retriever, reranker: Reranker, depth: int) -> None:
        self._inner = inner
        self._reranker = reranker
        self._depth = depth

    def search(self, question: str, k: int, only: Filter = EVERYTHING) -> list[Hit]:
        """Return at most `k` hits, best first; their scores are the reranker's, their legs tell its rank as well.

        Raises:
            ModelError: the reranker cannot be used.

        """
        hits = self._inner.search(question, max(k, self._depth), only)[: max(k, self._depth)]
        first, rest = hits[: self._depth], hits[self._depth :]
        ordered = reordered(first, self._reranker.score(question, [hit.passage.text for hit in first]))
        ordered = [replace(hit, legs={**hit.legs, LEG: hit.rank}) for hit in ordered]
        lowest = ordered[-1].score if ordered else 0.0
        return [*ordered, *(replace(hit, score=min(hit.score, lowest)) for hit in rest)][:k]
