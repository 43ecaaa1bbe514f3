"""The first half of every answer, quoted or written: the question made standalone, and passages found for it."""

import time
from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rag.answering import question as asked
from rag.answering.publishers import Publishers
from rag.answering.scope import Scope, read_scope
from rag.events import Event, Retrieved, Started
from rag.protocols import ArticlesByHead, Retriever
from rag.retrieval import prefer
from rag.retrieval.fixed import FixedRetriever
from rag.settings import Settings
from rag.types import (
    NO_CONDITIONS,
    AbstainReason,
    Article,
    Condition,
    ConditionKind,
    Context,
    Filter,
    HeadField,
    History,
    Hit,
)

_RETRIEVED = 20
_NEW = timedelta(days=prefer.NEWEST_DAYS)
_NEWEST_OF = 10  # the best passages of late, of which the newest come first
_LOOKED_THROUGH = 60  # passages among which those of the right time are put first
DECLINED = {
    AbstainReason.NOTHING_FOUND: "这些文章里没有与问题有关的内容。",
    AbstainReason.NOT_ANSWERED: "这些文章里没有找到答案，下面是最接近的段落。",
    AbstainReason.UNSUPPORTED: "写出的回答没有原文支持，所以没有给出；下面是最接近的段落。",
}


_KEPT_TO = {
    AbstainReason.NOTHING_FOUND: "在“{labels}”的文章里没有找到与问题有关的内容；去掉这个条件可以再找一次。",
    AbstainReason.NOT_ANSWERED: "在“{labels}”的文章里没有找到答案，下面是最接近的段落；去掉这个条件可以再找一次。",
}


def declined(reason: AbstainReason, conditions: Sequence[Condition] = ()) -> str:
    """Return a plain sentence that says why there is no answer; what left articles out is named."""
    labels = " · ".join(condition.label for condition in conditions if condition.hard)
    return _KEPT_TO[reason].format(labels=labels) if labels and reason in _KEPT_TO else DECLINED[reason]


class Clock:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self.timings: dict[str, float] = {}
        self._start = self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Count the time since the last lap as this stage's."""
        now = time.perf_counter()
        self.timings[stage] = self.timings.get(stage, 0.0) + (now - self._last) * 1000
        self._last = now

    def total(self) -> dict[str, float]:
        """Return the stages' times and their total."""
        rounded = {stage: round(value, 2) for stage, value in self.timings.items()}
        return {**rounded, "total": round((time.perf_counter() - self._start) * 1000, 2)}


@dataclass(frozen=True, slots=True)
class Found:
    """What a question asks for and what was found for it."""

    text: str  # the question, checked
    standalone: str
    hits: tuple[Hit, ...]
    articles: ArticlesByHead  # where the hits' articles are looked up
    head_field: HeadField | None  # the part of an article's head that is asked for
    headed: Article | None  # the article whose head is meant
    wanted: str  # the question without what only says when or by whom its articles were published
    conditions: tuple[Condition, ...] = ()


def _no_publishers() -> Publishers:
    return Publishers(())


class Finder:
    """Finds passages for questions."""

    def __init__(
        self,
        retriever: Retriever,
        articles: ArticlesByHead,
        settings: Settings,
        publishers: Callable[[], Publishers] = _no_publishers,
    ) -> None:
        """Find passages; `publishers` returns those of the library; called only where a question may name one."""
        self._retriever = retriever
        self._articles = articles
        self._settings = settings
        self._publishers = publishers

    def find(
        self,
        question: str,
        history: History,
        contexts: Sequence[Context] | None,
        as_of: date | None,
        without: Collection[ConditionKind] = (),
    ) -> Generator[Event, None, Found]:
        """Yield the events of this stage; return what was found.

        Conditions of the kinds `without` are not read from the question. Given passages have neither day nor publisher.

        Raises:
            BadInputError: the question is empty or too long.

        """
        text = asked.check(question)
        left_aside = without if contexts is None else NO_CONDITIONS
        scope = read_scope(asked.standalone(text, history), as_of, self._publishers, left_aside)
        retriever, articles = self._retriever, self._articles
        if contexts is not None:
            retriever = articles = FixedRetriever(contexts, self._settings.passage_length)
        field = asked.head_field(text) if contexts is None else None
        yield Started("retrieve")
        wanted = asked.without_head_words(scope.wanted) if field else scope.wanted
        hits = tuple(_search(retriever, wanted, scope, as_of))
        headed = None
        if field:
            if asked.content_terms(wanted):
                meant = [articles.article(hits[0].passage.article_id)] if hits else []
            else:
                # "Who edited this?" names no article: it means the one that says so, if only one does.
                meant = articles.stating(field, 2)
            headed = meant[0] if len(meant) == 1 else None
        yield Retrieved(hits, scope.conditions)
        return Found(text, scope.question, hits, articles, field, headed, scope.wanted, scope.conditions)


def _search(retriever: Retriever, wanted: str, scope: Scope, as_of: date | None) -> list[Hit]:
    """Return passages of the articles that the scope keeps to, those of the time it prefers first."""
    only, period = scope.only, scope.period
    if period is None and not scope.newest:
        return retriever.search(wanted, _RETRIEVED, only)
    found = retriever.search(wanted, _LOOKED_THROUGH, only)
    near: list[Hit] = []
    if period:
        start, end = prefer.reported(period.start, period.end, as_of)
        near = retriever.search(wanted, _LOOKED_THROUGH, Filter(start, end, only.sources))
    elif as_of:
        near = retriever.search(wanted, _NEWEST_OF, Filter(as_of - _NEW, as_of, only.sources))
    if scope.newest:
        near = prefer.newest_first(near or found[:_NEWEST_OF], as_of)
    terms = asked.content_terms(scope.topic)

    def fits(hit: Hit) -> bool:
        return period is not None and prefer.states(hit.passage.text, period.start, period.end, as_of)

    least_share = prefer.LEAST_SHARE_NOW if scope.now else prefer.LEAST_SHARE
    return prefer.preferred(found, near, terms, fits, _RETRIEVED, least_share)
