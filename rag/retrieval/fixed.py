"""Retrieval among passages given with the question (fixed-passage mode): BM25 over those few, in memory."""

from collections import Counter
from collections.abc import Sequence

from rag.passages import passages_of
from rag.retrieval.worded import information, weights
from rag.text.regional import wordings
from rag.text.terms import terms
from rag.types import EVERYTHING, Alignment, Article, Context, Filter, HeadField, Hit, Segment, Span

_K1, _B = 1.2, 0.75  # BM25's usual constants, as in the lexical leg


def context_article(context: Context) -> Article:
    """Return a given passage as an article: its text as it is, every character its own raw character."""
    whole = Span(0, len(context.text))
    return Article(
        id=context.id,
        text=context.text,
        head=Span(0, 0),
        title=context.id,
        path=context.id,
        raw=context.text,
        alignment=Alignment((Segment(whole, whole),) if context.text else ()),
        encoding="given",
    )


class FixedRetriever:
    """Ranks the slices of given passages by BM25; those that share no term with the question come last."""

    def __init__(self, contexts: Sequence[Context], passage_length: int) -> None:
        self._articles = {context.id: context_article(context) for context in contexts}
        self._passages = [p for article in self._articles.values() for p in passages_of(article, passage_length)]
        self._terms = [Counter(terms(passage.text)) for passage in self._passages]
        self._frequencies = Counter(term for counts in self._terms for term in counts)
        self._mean_length = max(1.0, sum(c.total() for c in self._terms) / max(1, len(self._terms)))

    def article(self, article_id: str) -> Article:
        """Return a given passage, as an article."""
        return self._articles[article_id]

    def stating(self, field: HeadField, at_most: int) -> list[Article]:  # noqa: ARG002 - the protocol's
        """Return nothing: given passages have no head."""
        return []

    def _score(self, wanted: Sequence[str], counts: Counter[str]) -> float:
        total = len(self._terms)
        norm = _K1 * (1 - _B + _B * counts.total() / self._mean_length)
        score = 0.0
        for term in wanted:
            if count := counts[term]:
                score += information(term, self._frequencies, total) * count * (_K1 + 1) / (count + norm)
        return score

    def search(self, question: str, k: int, only: Filter = EVERYTHING) -> list[Hit]:
        """Return at most `k` hits, best first; of a filter only the article ids mean anything here."""
        wanted = [list(dict.fromkeys(terms(wording))) for wording in wordings(question)]
        shares = weights(wanted, self._frequencies, len(self._terms))
        scored = [
            (max(share * self._score(words, counts) for words, share in zip(wanted, shares, strict=True)), passage)
            for passage, counts in zip(self._passages, self._terms, strict=True)
            if not only.article_ids or passage.article_id in only.article_ids
        ]
        scored.sort(key=lambda pair: -pair[0])
        return [
            Hit(rank, score, passage, {"lexical": rank}) for rank, (score, passage) in enumerate(scored[:k], start=1)
        ]
