"""The first half of every answer, quoted or written: the question made standalone, and passages found for it."""

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import date

from rag.answering import question as asked
from rag.events import Event, Retrieved, Started
from rag.protocols import ArticlesByHead, Retriever
from rag.retrieval.fixed import FixedRetriever
from rag.settings import Settings
from rag.types import AbstainReason, Article, Context, HeadField, History, Hit

_RETRIEVED = 20
DECLINED = {
    AbstainReason.NOTHING_FOUND: "这些文章里没有与问题有关的内容。",
    AbstainReason.NOT_ANSWERED: "这些文章里没有找到答案，下面是最接近的段落。",
    AbstainReason.UNSUPPORTED: "写出的回答没有原文支持，所以没有给出；下面是最接近的段落。",
}


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


class Finder:
    """Finds passages for questions."""

    def __init__(self, retriever: Retriever, articles: ArticlesByHead, settings: Settings) -> None:
        self._retriever = retriever
        self._articles = articles
        self._settings = settings

    def find(
        self, question: str, history: History, contexts: Sequence[Context] | None, as_of: date | None
    ) -> Generator[Event, None, Found]:
        """Yield the events of this stage; return what was found.

        Raises:
            BadInputError: the question is empty or too long.

        """
        text = asked.check(question)
        standalone = asked.standalone(text, history, as_of)
        retriever, articles = self._retriever, self._articles
        if contexts is not None:
            retriever = articles = FixedRetriever(contexts, self._settings.passage_length)
        field = asked.head_field(text) if contexts is None else None
        yield Started("retrieve")
        wanted = asked.without_head_words(standalone) if field else standalone
        hits = tuple(retriever.search(wanted, _RETRIEVED))
        headed = None
        if field:
            if asked.content_terms(wanted):
                meant = [articles.article(hits[0].passage.article_id)] if hits else []
            else:
                # "Who edited this?" names no article: it means the one that says so, if only one does.
                meant = articles.stating(field, 2)
            headed = meant[0] if len(meant) == 1 else None
        yield Retrieved(hits)
        return Found(text, standalone, hits, articles, field, headed)
