"""Answerers without a model. What the product is worth is what it does better than these."""

import math
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from rag.answering.cite import cite
from rag.events import Event, Finished, Retrieved, Started, Token
from rag.protocols import Articles, Retriever
from rag.retrieval.fixed import FixedRetriever
from rag.settings import Settings
from rag.text.sentences import sentence_spans
from rag.text.terms import terms
from rag.types import AbstainReason, Answer, Citation, Context, History, Hit, Span

_RETRIEVED = 20  # as many as the product
_READ = 5


def _stripped(text: str, span: Span) -> Span:
    """Return `span` without white space at its edges."""
    words = span.of(text)
    start = span.start + len(words) - len(words.lstrip())
    return Span(start, max(start, span.start + len(words.rstrip())))


def _sentences(hits: Sequence[Hit]) -> list[tuple[Hit, Span]]:
    """Return every sentence of the hits, as spans of their articles."""
    found: list[tuple[Hit, Span]] = []
    for hit in hits:
        passage = hit.passage
        for span in sentence_spans(passage.text):
            inner = _stripped(passage.text, span)
            if len(inner):
                found.append((hit, Span(passage.start + inner.start, passage.start + inner.end)))
    return found


def _words(hit: Hit, span: Span) -> str:
    return hit.passage.text[span.start - hit.passage.start : span.end - hit.passage.start]


def best_sentence(question: str, hits: Sequence[Hit]) -> tuple[Hit, Span] | None:
    """Return the sentence of the first hits that shares most with the question, or None where there is none.

    Shared terms (character bigrams, words, numbers) count by their inverse frequency among the sentences of all hits;
    of equals the one in the better hit wins.
    """
    sentences = _sentences(hits)
    contents = [frozenset(terms(_words(hit, span))) for hit, span in sentences]
    frequencies = Counter(term for content in contents for term in content)
    wanted = frozenset(terms(question))

    def shared(place: int) -> float:
        return math.fsum(math.log(1 + len(sentences) / frequencies[term]) for term in sorted(wanted & contents[place]))

    read = [place for place, (hit, _) in enumerate(sentences) if hit.rank <= _READ]
    return sentences[max(read, key=shared)] if read else None


class BestLexicalSentence:
    """Answers with the one sentence that shares most with the question. It declines only where nothing was found."""

    def __init__(self, retriever: Retriever, articles: Articles, passage_length: int | None = None) -> None:
        self._retriever = retriever
        self._articles = articles
        self._passage_length = passage_length or Settings().passage_length

    def stream(
        self,
        question: str,
        history: History = (),
        *,
        contexts: Sequence[Context] | None = None,
        as_of: date | None = None,
    ) -> Iterator[Event]:
        """Yield events, `Finished` last. Earlier turns and the day are not looked at: nothing here understands them."""
        del history, as_of
        start = time.perf_counter()
        yield Started("retrieve")
        retriever, articles = self._retriever, self._articles
        if contexts is not None:
            retriever = articles = FixedRetriever(contexts, self._passage_length)
        hits = tuple(retriever.search(question, _RETRIEVED))
        retrieved = time.perf_counter()
        yield Retrieved(hits)
        best = best_sentence(question, hits)
        citations: tuple[Citation, ...] = ()
        sentence: str | None = None
        text = "没有找到任何段落。"
        if best is not None:
            hit, span = best
            citation = cite(articles.article(hit.passage.article_id), hit.passage.part, span, 1)
            citations, sentence, text = (citation,), citation.quote, f"{citation.quote}[1]"
            yield Token(text)
        done = time.perf_counter()
        yield Finished(
            Answer(
                question=question,
                standalone_question=question,
                mode="quote",
                text=text,
                short_answer=sentence,
                abstention=None if sentence else AbstainReason.NOTHING_FOUND,
                confidence=0.0,  # it has no notion of being right
                citations=citations,
                hits=hits,
                timings_ms={"retrieve": (retrieved - start) * 1000, "total": (done - start) * 1000},
                models={},
            )
        )
