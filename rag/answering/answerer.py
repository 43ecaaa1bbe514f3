"""The one path from question to answer: retrieve, read, judge, compose. Pages, commands and runs all walk it."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from models.protocols import Reader, Reading
from rag.answering import question as asked
from rag.answering.candidates import Candidate, candidates
from rag.answering.compose import Composed, compose
from rag.answering.confidence import Calibration
from rag.answering.head import answer_from_head
from rag.events import Event, Finished, Retrieved, Started, Token
from rag.protocols import ArticlesByHead, Retriever
from rag.retrieval.fixed import FixedRetriever
from rag.settings import Settings
from rag.types import AbstainReason, Answer, Context, History, Hit

_RETRIEVED = 20
_SURE = 0.6  # above this, no more passages are read
_HEAD_CONFIDENCE = 0.9  # not fitted: a head field is a plain look-up in the article found
DECLINED = {
    AbstainReason.NOTHING_FOUND: "这些文章里没有与问题有关的内容。",
    AbstainReason.NOT_ANSWERED: "这些文章里没有找到答案，下面是最接近的段落。",
}


class _Clock:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self.timings: dict[str, float] = {}
        self._start = self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.timings[stage] = self.timings.get(stage, 0.0) + (now - self._last) * 1000
        self._last = now

    def total(self) -> dict[str, float]:
        rounded = {stage: round(value, 2) for stage, value in self.timings.items()}
        return {**rounded, "total": round((time.perf_counter() - self._start) * 1000, 2)}


class QuotingAnswerer:
    """Answers by quoting: the reader points at words, and those words are shown with their sentence."""

    def __init__(
        self,
        retriever: Retriever,
        articles: ArticlesByHead,
        reader: Reader,
        calibration: Calibration,
        settings: Settings,
        models: Mapping[str, str],
    ) -> None:
        self._retriever = retriever
        self._articles = articles
        self._reader = reader
        self._calibration = calibration
        self._settings = settings
        self._models = models

    def stream(
        self,
        question: str,
        history: History = (),
        *,
        contexts: Sequence[Context] | None = None,
        as_of: date | None = None,
    ) -> Iterator[Event]:
        """Yield events, `Finished` last. With `contexts`, answer from those passages alone.

        去年 and its like are read against `as_of`, where it is given.

        Raises:
            BadInputError: the question is empty or too long.

        """
        clock = _Clock()
        text = asked.check(question)
        standalone = asked.standalone(text, history, as_of)
        retriever, articles = self._retriever, self._articles
        if contexts is not None:
            retriever = articles = FixedRetriever(contexts, self._settings.passage_length)
        field = asked.head_field(text) if contexts is None else None

        yield Started("retrieve")
        wanted = asked.without_head_words(standalone) if field else standalone
        hits = tuple(retriever.search(wanted, _RETRIEVED))
        clock.lap("retrieve")
        yield Retrieved(hits)

        composed: Composed | None = None
        confidence = 0.0
        if field:
            if asked.content_terms(wanted):
                meant = [articles.article(hits[0].passage.article_id)] if hits else []
            else:
                # "Who edited this?" names no article: it means the one that says so, if only one does.
                meant = articles.stating(field, 2)
            composed = answer_from_head(field, meant[0]) if len(meant) == 1 else None
            confidence = _HEAD_CONFIDENCE if composed else 0.0
        if composed is None and hits:
            yield Started("read")
            best, confidence = self._read(standalone, hits, patient=contexts is not None)
            clock.lap("read")
            yield Started("compose")
            if best and (
                self._settings.answer_always or self._calibration.answers(confidence, self._settings.strictness)
            ):
                composed = compose(text, articles.article(best.hit.passage.article_id), best)
        clock.lap("compose")

        if composed:
            yield Token(composed.text)
        reason = None
        if composed is None:
            reason = AbstainReason.NOT_ANSWERED if hits else AbstainReason.NOTHING_FOUND
        yield Finished(
            Answer(
                question=question,
                standalone_question=standalone,
                mode="quote",
                text=composed.text if composed else DECLINED[reason] if reason else "",
                short_answer=composed.short_answer if composed else None,
                abstention=reason,
                confidence=confidence,
                citations=composed.citations if composed else (),
                hits=hits,
                timings_ms=clock.total(),
                models=self._models,
            )
        )

    def _read(self, question: str, hits: Sequence[Hit], *, patient: bool) -> tuple[Candidate | None, float]:
        """Return the likeliest candidate and its probability; read on only while unsure (or when `patient`)."""
        readings: list[Reading] = []
        best: Candidate | None = None
        confidence = 0.0
        first = len(hits) if patient else self._settings.read_passages
        for stop in (first, len(hits)):
            more = hits[len(readings) : stop]
            if not more:
                break
            readings += self._reader.read(question, [hit.passage.text for hit in more])
            judged = candidates(question, hits[: len(readings)], readings)
            best = max(judged, key=self._calibration.probability, default=None)
            confidence = self._calibration.probability(best) if best else 0.0
            if confidence >= _SURE:
                break
        return best, confidence
