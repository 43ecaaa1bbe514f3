"""Stand-ins for tests and examples: articles in memory, and an answerer that says what it was told to."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from models.errors import BadInputError
from rag.answering.cite import cite
from rag.events import Event, Finished
from rag.retrieval.fixed import context_article
from rag.types import AbstainReason, Answer, Article, Context, History, Hit, Passage, Span


class FakeArticles:
    """Articles by id, each of them all body."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._articles = {name: context_article(Context(name, text)) for name, text in texts.items()}

    def article(self, article_id: str) -> Article:
        """Return an article. Raises BadInputError when there is none of that id."""
        if article_id not in self._articles:
            msg = f"there is no article {article_id}"
            raise BadInputError(msg)
        return self._articles[article_id]


def whole_hits(*articles: Article) -> tuple[Hit, ...]:
    """Return a hit for the whole of each article, in order."""
    return tuple(
        Hit(rank, 1 / rank, Passage(f"{a.id}:0", a.id, "body", 0, len(a.text), a.text))
        for rank, a in enumerate(articles, start=1)
    )


def quoted(question: str, article: Article, quote: str, short: str | None = None) -> Answer:
    """Return the answer that quotes `quote` from an article (where it stands first), with the article as its hit."""
    start = article.text.index(quote)
    citation = cite(article, "body", Span(start, start + len(quote)), 1)
    return Answer(
        question=question,
        standalone_question=question,
        mode="quote",
        text=f"{short or quote}[1]",
        short_answer=short,
        abstention=None,
        confidence=0.9,
        citations=(citation,),
        hits=whole_hits(article),
        timings_ms={"retrieve": 1.0, "total": 2.0},
        models={"reader": "fake"},
    )


def declined(question: str, reason: AbstainReason = AbstainReason.NOT_ANSWERED, hits: Sequence[Hit] = ()) -> Answer:
    """Return an abstention."""
    return Answer(
        question=question,
        standalone_question=question,
        mode="quote",
        text="这些文章里没有找到答案。",
        short_answer=None,
        abstention=reason,
        confidence=0.1,
        citations=(),
        hits=tuple(hits),
        timings_ms={"retrieve": 1.0, "total": 2.0},
        models={"reader": "fake"},
    )


class ScriptedAnswerer:
    """Answers each question as scripted, raises where an exception is scripted, declines the rest."""

    def __init__(self, script: Mapping[str, Answer | BaseException]) -> None:
        self._script = script
        self.asked: list[str] = []
        self.days: list[date | None] = []

    def stream(
        self,
        question: str,
        history: History = (),
        *,
        contexts: Sequence[Context] | None = None,
        as_of: date | None = None,
    ) -> Iterator[Event]:
        """Yield `Finished`, or raise."""
        del history, contexts
        self.asked.append(question)
        self.days.append(as_of)
        scripted = self._script.get(question, declined(question))
        if isinstance(scripted, BaseException):
            raise scripted
        yield Finished(scripted)
