"""The seams inside rag. Implementations need not import this module."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Protocol

from rag.events import Event
from rag.types import EVERYTHING, Article, ConditionKind, Context, Filter, HeadField, History, Hit


class Articles(Protocol):
    """Where articles are looked up by id."""

    def article(self, article_id: str) -> Article:
        """Return an article. Raises BadInputError when there is none of that id."""
        ...


class ArticlesByHead(Articles, Protocol):
    """Articles that can also be found by what their head states."""

    def stating(self, field: HeadField, at_most: int) -> list[Article]:
        """Return articles whose head states this field."""
        ...


class Retriever(Protocol):
    """Finds passages for a question."""

    def search(self, question: str, k: int, only: Filter = EVERYTHING) -> list[Hit]:
        """Return at most `k` hits, best first, ranks counted from 1."""
        ...


class Answerer(Protocol):
    """One path from question to answer, with three faces: page, command, evaluation."""

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
        """
        ...
