"""Answers written by a chat model from passages, of which only sentences that their cited words bear out are kept."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Generator as Steps
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date

from models.errors import ModelError
from models.protocols import Generated, Generator, Message, Piece, PromptProgress
from rag.answering import prompt
from rag.answering.checked import Checked, GivenPassage, check_draft
from rag.answering.cite import cite
from rag.answering.finding import Clock, Finder, Found, declined
from rag.answering.judging import SURE, Judge, Judged
from rag.answering.question import wants_sentences
from rag.answering.refusal import is_refusal
from rag.events import Event, Finished, Progress, Started, Token
from rag.protocols import Articles
from rag.settings import Settings
from rag.types import AbstainReason, Answer, Article, Citation, ConditionKind, Context, History, Passage, Span

_NOTHING_WRITTEN = "生成模型什么也没有写出来；下面是最接近的段落。"


@dataclass(frozen=True, slots=True)
class _Written:
    text: str
    thinking: str
    figures: Generated


class WritingAnswerer:
    """Answers through a writer, and checks every sentence it writes against what that sentence cites."""

    def __init__(
        self, finder: Finder, judge: Judge, writer: Generator, settings: Settings, models: Mapping[str, str]
    ) -> None:
        self._finder = finder
        self._judge = judge
        self._writer = writer
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
        """Yield events, `Finished` last; `Token`s are the draft, which the answer need not hold whole.

        With `contexts`, answer from those passages alone. 去年 and its like are read against `as_of`, where it is
        given. Conditions of the kinds `without` are not read. The confidence is the reader's, that the passages hold
        the answer: nothing is fitted for the writer.

        Raises:
            BadInputError: the question is empty or too long.
            ModelError: the writer has failed, or its context cannot hold the question with one passage.

        """
        clock = Clock()
        found = yield from self._finder.find(question, history, contexts, as_of, without)
        clock.lap("retrieve")
        answer = Answer(
            question=question,
            standalone_question=found.standalone,
            mode="write",
            text=declined(AbstainReason.NOTHING_FOUND, found.conditions),
            short_answer=None,
            abstention=AbstainReason.NOTHING_FOUND,
            confidence=0.0,
            citations=(),
            hits=found.hits,
            timings_ms={},
            models=self._models,
            conditions=found.conditions,
        )
        if found.hits or (found.headed and len(found.headed.head)):
            yield Started("read")
            first = self._settings.read_passages
            judged = self._judge.judge(found.wanted, found.hits, first, rank=contexts is None)
            passages = self._passages(found, judged)
            answer = replace(answer, hits=judged.hits)
            clock.lap("read")
            yield Started("write")
            for _ in self._writer.load():
                yield Progress("write", 0, 0)
            clock.lap("load")
            given = self._fitting(found, passages, history)
            written = yield from self._write(found, given, history)
            clock.lap("prompt")
            clock.timings["write"] = written.figures.write_ms
            clock.timings["prompt"] -= written.figures.write_ms
            yield Started("check")
            checked = check_draft(written.text, written.thinking, written.figures.finish, given)
            answer = replace(answer, draft=checked.draft)
            answer = _decide(answer, judged.confidence, checked, passages, found.articles)
            clock.lap("check")
        yield Finished(replace(answer, timings_ms=clock.total()))

    def _passages(self, found: Found, judged: Judged) -> list[Passage]:
        """Return what the writer may be given, best first: the head that is asked for, then the passages found.

        Each passage costs seconds. Where the reader is sure of one, and one fact is asked for, it leads and a few
        others do beside it.
        """
        passages = [hit.passage for hit in judged.hits[: self._settings.write_passages]]
        if judged.best and judged.confidence >= SURE and not wants_sentences(found.text):
            sure = judged.best.hit.passage
            others = [passage for passage in passages if passage.id != sure.id]
            passages = [sure, *others][: self._settings.write_passages_when_sure]
        if found.headed and len(found.headed.head):
            head, text = found.headed.head, found.headed.text
            passages.insert(0, Passage(f"{found.headed.id}:head", found.headed.id, "head", 0, len(head), head.of(text)))
        return passages

    def _fitting(self, found: Found, passages: Sequence[Passage], history: History) -> list[GivenPassage]:
        """Return as many passages as fit into the writer's context beside the question and the answer.

        Raises:
            ModelError: not even one does.

        """
        given = [
            _given(number, passage, found.articles.article(passage.article_id))
            for number, passage in enumerate(passages, start=1)
        ]
        room = self._writer.context_length - self._tokens()
        while given:
            needed = self._writer.count(self._messages(found, given, history))
            if needed <= room:
                return given
            if len(given) == 1:
                msg = (
                    f"the context of the writer {self._writer.name} ({self._writer.context_length:,} tokens) cannot "
                    f"hold the question with one passage ({needed:,} tokens) and an answer: use a model with a longer "
                    "context"
                )
                raise ModelError(msg)
            given = given[:-1]
        return given

    def _messages(self, found: Found, given: Sequence[GivenPassage], history: History) -> list[Message]:
        return prompt.messages(found.standalone, given, history, may_refuse=not self._settings.answer_always)

    def _tokens(self) -> int:
        """Return how long an answer may be: a small context is not given away to it."""
        return min(self._settings.write_tokens, self._writer.context_length // 3)

    def _write(self, found: Found, given: Sequence[GivenPassage], history: History) -> Steps[Event, None, _Written]:
        """Yield progress and the draft's pieces; return the draft."""
        text: list[str] = []
        thinking: list[str] = []
        asked = self._messages(found, given, history)
        with closing(self._writer.generate(asked, max_tokens=self._tokens())) as events:  # type: ignore[type-var]
            for event in events:
                match event:
                    case PromptProgress(done=done, total=total):
                        yield Progress("write", done, total)
                    case Piece(text=piece, thinking=True):
                        if not thinking:
                            yield Started("think")
                        thinking.append(piece)
                        yield Progress("think", len(thinking), 0)
                    case Piece(text=piece):
                        if not text and thinking:
                            yield Started("write")
                        text.append(piece)
                        yield Token(piece)
                    case Generated():
                        return _Written("".join(text), "".join(thinking), event)
        raise ModelError(f"the writer {self._writer.name} ended without saying so: ask again")


def _given(number: int, passage: Passage, article: Article) -> GivenPassage:
    return GivenPassage(number, passage.text, article.title, article.source, article.published)


def _decide(
    answer: Answer, confidence: float, checked: Checked, passages: Sequence[Passage], articles: Articles
) -> Answer:
    """Return the answer that the kept sentences make, with this confidence, or the abstention they come to."""
    if is_refusal(checked.draft.text):
        reason = AbstainReason.NOT_ANSWERED
        return replace(answer, abstention=reason, text=declined(reason, answer.conditions))
    if not checked.kept:
        reason = AbstainReason.UNSUPPORTED
        text = declined(reason) if checked.draft.text.strip() else _NOTHING_WRITTEN
        return replace(answer, abstention=reason, text=text)
    citations: dict[tuple[str, Span], Citation] = {}
    shown: list[str] = []
    for sentence in checked.kept:
        markers: list[int] = []
        for number, span in sentence.grounds:
            passage = passages[number - 1]
            whole = Span(passage.start + span.start, passage.start + span.end)
            key = (passage.article_id, whole)
            if key not in citations:
                article = articles.article(passage.article_id)
                citations[key] = cite(article, passage.part, whole, len(citations) + 1)
            markers.append(citations[key].marker)
        unique = dict.fromkeys(markers)
        line = "\n" if sentence.starts_line and shown else ""
        shown.append(f"{line}{sentence.text}{''.join(f'[{marker}]' for marker in unique)}")
    return replace(
        answer, abstention=None, confidence=confidence, text="".join(shown), citations=tuple(citations.values())
    )
