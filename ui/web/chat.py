"""A conversation as the page sees it: what may be asked, and how an answerer's events become states to show.

Nothing here knows Gradio or HTML. A conversation is a tuple of exchanges; all but the last are settled.
"""

import logging
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import TypeAlias

from models.errors import YijuError, one_line
from rag.answering.question import LONGEST
from rag.events import Event, Finished, Progress, Retrieved, Started, Token
from rag.types import AbstainReason, Answer, Condition, ConditionKind, Hit, Mode, Turn
from ui.web import strings
from ui.web.desk import Desk, Ticket
from ui.web.engine import Engine

TICK = 0.25  # seconds between signs of life; a closed tab is noticed at the next one
REDRAW = 0.1  # seconds between two redrawings of a growing text

_log = logging.getLogger(__name__)


class State(Enum):
    """How far an exchange has come."""

    QUEUED = auto()
    RETRIEVING = auto()
    READING = auto()
    COMPOSING = auto()
    PREPARING = auto()  # a writer reads its prompt
    THINKING = auto()
    WRITING = auto()
    CHECKING = auto()
    ANSWERED = auto()
    ABSTAINED = auto()
    STOPPED = auto()
    FAILED = auto()

    @property
    def pending(self) -> bool:
        """Whether there is more to come."""
        return self in _PENDING


_STAGES = {
    "retrieve": State.RETRIEVING,
    "read": State.READING,
    "compose": State.COMPOSING,
    "write": State.PREPARING,
    "think": State.THINKING,
    "check": State.CHECKING,
}
_PENDING = frozenset({State.QUEUED, State.WRITING, *_STAGES.values()})


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what has come of it so far."""

    number: int  # unique while the server runs
    question: str
    state: State = State.QUEUED
    ahead: int = 0  # questions before this one, while queued
    passages: int = 0  # passages being read
    done: int = 0  # tokens of a writer's prompt that it has read
    total: int = 0
    partial: str = ""  # the answer's text so far; a writer's draft, as long as it is not checked
    answer: Answer | None = None
    titles: Mapping[str, str] = field(default_factory=dict)  # article id → title, of what was found
    error: str = ""
    seconds: float = 0.0
    writer: str | None = None  # None: by quoting
    dropped: tuple[Condition, ...] = ()  # conditions of an earlier asking that the person took off
    follows: int | None = None  # how many exchanges before it are its history; None: all

    @property
    def mode(self) -> Mode:
        """How it is to be answered."""
        return "quote" if self.writer is None else "write"


Conversation: TypeAlias = tuple[Exchange, ...]


def objection(question: str, conversation: Conversation) -> str | None:
    """Return why a question cannot be asked now, in one line for the page, or None."""
    if conversation and conversation[-1].state.pending:
        return strings.BUSY
    length = len(question.strip())
    if not length:
        return strings.EMPTY_QUESTION
    if length > LONGEST:
        return strings.LONG_QUESTION.format(length=length, limit=LONGEST)
    return None


def turns(conversation: Conversation) -> list[Turn]:
    """Return the settled exchanges that came to an answer or an abstention, as an answerer wants its history."""
    return [Turn(each.question, each.answer.text) for each in conversation if each.answer is not None]


def asked_again(conversation: Conversation, turn: int, kind: ConditionKind, number: int) -> Exchange | None:
    """Return a new asking of an exchange's question without one of its conditions; None where it has no such one."""
    earlier = conversation[turn]
    gone = [each for each in earlier.answer.conditions if each.kind is kind] if earlier.answer else []
    if not gone:
        return None
    follows = turn if earlier.follows is None else earlier.follows
    dropped = (*earlier.dropped, *gone)
    return Exchange(number, earlier.question, writer=earlier.writer, dropped=dropped, follows=follows)


def stopped(conversation: Conversation) -> Conversation:
    """Return the conversation with its pending exchange, if any, given up."""
    if not conversation or not conversation[-1].state.pending:
        return conversation
    return (*conversation[:-1], replace(conversation[-1], state=State.STOPPED))


def answering(
    conversation: Conversation, desk: Desk, engine: Engine, clock: Callable[[], float] = time.monotonic
) -> Generator[Exchange, None, None]:
    """Have the pending exchange answered; yield it in each state it passes through, settled at the end.

    Closing this generator takes the question back.
    """
    if not conversation or not conversation[-1].state.pending:
        return
    latest = conversation[-1]
    began = clock()
    history = turns(conversation[:-1][: latest.follows])
    without = frozenset(condition.kind for condition in latest.dropped)
    ticket = desk.submit(latest.number, latest.question, history, latest.writer, without)
    try:
        with closing(_following(latest, ticket, desk, clock)) as states:
            for latest in states:
                if latest.state.pending:
                    yield latest
        latest = replace(_ended(latest, ticket), titles=_titles(latest.answer, engine))
    except YijuError as error:
        latest = replace(latest, state=State.FAILED, error=one_line(error))
    except Exception as error:  # noqa: BLE001 - the last line of defence: told in one line, logged whole
        _log.exception("a question could not be answered")
        latest = replace(latest, state=State.FAILED, error=strings.INTERNAL.format(kind=type(error).__name__))
    yield replace(latest, seconds=clock() - began)


def _following(
    exchange: Exchange, ticket: Ticket, desk: Desk, clock: Callable[[], float]
) -> Generator[Exchange, None, None]:
    """Yield the exchange as its events come; a text that grows fast is shown every so often."""
    drawn = clock()
    with closing(ticket.events(TICK)) as events:
        yield replace(exchange, ahead=desk.ahead(ticket.number))
        for event in events:
            exchange = advanced(exchange, event, desk.ahead(ticket.number))
            if isinstance(event, Token) and clock() - drawn < REDRAW:
                continue
            drawn = clock()
            yield exchange
            if isinstance(event, Finished):
                return
        yield exchange


def advanced(exchange: Exchange, event: Event | None, ahead: int) -> Exchange:
    """Return the exchange after an event (None: nothing has happened for a while)."""
    match event:
        case Progress(stage="write", done=done, total=total) if exchange.state is State.PREPARING:
            return replace(exchange, done=done, total=total)
        case None | Progress():
            return replace(exchange, ahead=ahead)
        case Started(stage=stage):
            thought = stage == "write" and exchange.state is State.THINKING  # the prompt has been read long since
            return replace(exchange, state=State.WRITING if thought else _STAGES[stage])
        case Retrieved(hits=hits):
            return replace(exchange, state=State.READING, passages=len(hits))
        case Token(text=text):
            state = State.COMPOSING if exchange.writer is None else State.WRITING
            return replace(exchange, state=state, partial=exchange.partial + text)
        case Finished(answer=answer):
            return replace(exchange, state=_outcome(answer), answer=answer)


def _outcome(answer: Answer) -> State:
    if answer.abstention is None:
        return State.ANSWERED
    return State.STOPPED if answer.abstention is AbstainReason.STOPPED else State.ABSTAINED


def _ended(exchange: Exchange, ticket: Ticket) -> Exchange:
    """Return the exchange once its events are over, answered or not."""
    if not exchange.state.pending:
        return exchange
    if ticket.taken_back:
        return replace(exchange, state=State.STOPPED)
    return replace(exchange, state=State.FAILED, error=strings.INTERNAL.format(kind="Finished"))


def _titles(answer: Answer | None, engine: Engine) -> dict[str, str]:
    """Look up the titles of the articles that were found; a vanished article goes by its id."""
    if answer is None:
        return {}
    titles = {citation.article_id: citation.title for citation in answer.citations}
    for hit in answer.hits:
        _add_title(titles, hit, engine)
    return titles


def _add_title(titles: dict[str, str], hit: Hit, engine: Engine) -> None:
    article_id = hit.passage.article_id
    if article_id not in titles:
        try:
            titles[article_id] = engine.article(article_id).title
        except YijuError:
            titles[article_id] = article_id
