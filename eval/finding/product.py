"""The product's own ways of finding, as measured systems: any `rag.protocols.Retriever` can be one."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from eval.finding.baselines import folder_bytes
from eval.finding.system import Entry, Found, Place, System
from eval.questions import Question
from rag.events import Finished
from rag.protocols import Retriever
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.assemble import Assembled  # it imports the models' packages


class RetrieverSystem:
    """A retriever over the library."""

    def __init__(self, retriever: Retriever, place: Place, *, whole: bool) -> None:
        """Take a retriever; `whole` where the library's files are all its own."""
        self._retriever = retriever
        self._place = place
        self._whole = whole

    def search(self, question: Question, k: int) -> list[Found]:
        """Return at most `k` passages; one stands for its article and for those that tell the same story."""
        hits = self._retriever.search(question.question, k)
        return [
            Found((hit.passage.article_id, *(other.article_id for other in hit.also_in)), hit.passage.text)
            for hit in hits
        ]

    def bytes_kept(self) -> int | None:
        """Return the bytes of the live generation: both legs, and the articles with what they were read from."""
        return folder_bytes(self._place.library.folder) if self._whole else None

    def close(self) -> None:
        """Whoever opened the library closes it."""


def _hybrid(place: Place) -> System:
    from rag.assemble import open_retriever

    retriever = open_retriever(place.library, place.root, Settings(), place.embedder)  # type: ignore[arg-type]
    return RetrieverSystem(retriever, place, whole=True)


class AnswererSystem:
    """The whole product: what it shows beside its answer, in the order that its reader gives too."""

    def __init__(self, assembled: "Assembled") -> None:
        self._assembled = assembled
        self._answerer = assembled.answerer

    def search(self, question: Question, k: int) -> list[Found]:
        """Return at most `k` passages, best first; dates and publishers in the question's words count."""
        finished = None
        for event in self._answerer.stream(question.question, as_of=question.as_of):
            finished = event
        assert isinstance(finished, Finished)
        return [
            Found((hit.passage.article_id, *(other.article_id for other in hit.also_in)), hit.passage.text)
            for hit in finished.answer.hits[:k]
        ]

    def bytes_kept(self) -> int | None:
        """Nothing beside the library's."""
        return None

    def close(self) -> None:
        """Free the models."""
        self._assembled.close()


def _whole(place: Place) -> System:
    from rag.assemble import open_answerer

    return AnswererSystem(open_answerer(place.root))


def _leg(name: str) -> Callable[[Place], System]:
    """Return what opens one leg by itself, its hits folded as the product folds them."""

    def make(place: Place) -> System:
        from rag.assemble import open_legs
        from rag.retrieval.fuse import ReciprocalRanks
        from rag.retrieval.retriever import HybridRetriever

        legs = open_legs(place.library, place.root, place.embedder)  # type: ignore[arg-type]
        leg = next(leg for leg in legs if leg.name == name)
        retriever = HybridRetriever(place.library, (leg,), ReciprocalRanks({name: 1.0}), Settings().leg_depth)
        return RetrieverSystem(retriever, place, whole=False)

    return make


def entries() -> Iterator[Entry]:
    """Yield the product's ways; another one is one more line here."""
    yield Entry("reranked", "product", "the whole product: retriever, then its reader's order", _whole)
    yield Entry("hybrid", "product", "the product's retriever as shipped, without rerank", _hybrid)
    yield Entry("lexical-leg", "product", "its lexical leg alone", _leg("lexical"))
    yield Entry("dense-leg", "product", "its dense leg alone", _leg("dense"))
