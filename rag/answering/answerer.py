"""The one path from question to answer: retrieve, read, judge, compose. Pages, commands and runs all walk it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from rag.answering.compose import Composed, compose
from rag.answering.finding import Clock, Finder, declined
from rag.answering.head import answer_from_head
from rag.answering.judging import Judge
from rag.events import Event, Finished, Started, Token
from rag.settings import Settings
from rag.types import AbstainReason, Answer, ConditionKind, Context, History

_HEAD_CONFIDENCE = 0.9  # not fitted: a head field is a plain look-up in the article found


class QuotingAnswerer:
    """Answers by quoting: the reader points at words, and those words are shown with their sentence."""

    def __init__(self, finder: Finder, judge: Judge, settings: Settings, models: Mapping[str, str]) -> None:
        self._finder = finder
        self._judge = judge
        self._settings = settings
        self._models = models

    def stream(
        self,
        question: str,
        history: History = (),
        *,
        contexts: Sequence[Context] | None = None,
        as_of: date | None = None,
        without: Collection[ConditionKind] = (),
    ) -> Iterator[Event]:
        """Yield events, `Finished` last. With `contexts`, answer from those passages alone.

        去年 and its like are read against `as_of`, where it is given. Conditions of the kinds `without` are not read.

        Raises:
            BadInputError: the question is empty or too long.

        """
        clock = Clock()
        found = yield from self._finder.find(question, history, contexts, as_of, without)
        clock.lap("retrieve")

        composed: Composed | None = None
        confidence, hits = 0.0, found.hits
        if found.head_field and found.headed:
            composed = answer_from_head(found.head_field, found.headed)
            confidence = _HEAD_CONFIDENCE if composed else 0.0
        if composed is None and found.hits:
            yield Started("read")
            first = len(found.hits) if contexts is not None else self._settings.read_passages
            judged = self._judge.judge(found.wanted, found.hits, first, rank=contexts is None)
            best, confidence, hits = judged.best, judged.confidence, judged.hits
            clock.lap("read")
            yield Started("compose")
            if best and (self._settings.answer_always or self._judge.answers(confidence, self._settings.strictness)):
                composed = compose(found.text, found.articles.article(best.hit.passage.article_id), best)
        clock.lap("compose")

        if composed:
            yield Token(composed.text)
        reason = None
        if composed is None:
            reason = AbstainReason.NOT_ANSWERED if found.hits else AbstainReason.NOTHING_FOUND
        yield Finished(
            Answer(
                question=question,
                standalone_question=found.standalone,
                mode="quote",
                text=composed.text if composed else declined(reason, found.conditions) if reason else "",
                short_answer=composed.short_answer if composed else None,
                abstention=reason,
                confidence=confidence,
                citations=composed.citations if composed else (),
                hits=hits,
                timings_ms=clock.total(),
                models=self._models,
                conditions=found.conditions,
            )
        )
