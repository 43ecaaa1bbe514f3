"""What happens on the page's events. Gradio only carries the values to and fro."""

from collections.abc import Generator
from contextlib import closing
from itertools import count
from typing import TypedDict

from models.errors import YijuError
from ui.web import chat, front, sources, strings, transcript
from ui.web.chat import Conversation, Exchange
from ui.web.desk import Desk
from ui.web.engine import Engine
from ui.web.markup import one_line
from ui.web.opening import opened

_numbers = count(1)


class View(TypedDict, total=False):
    """New values for parts of the page; parts that are not named stay as they are."""

    masthead: str
    settled: str
    latest: str
    notice: str
    panel: str
    question: str
    conversation: Conversation
    busy: bool


class Handlers:
    """The page's events, for all sessions: a session's conversation comes in and goes out with each call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._desk = Desk(engine.answerer)

    def load(self) -> View:
        """Show what is at work, and how to begin."""
        try:
            description = self._engine.describe()
            welcome = front.welcome(description, self._engine.examples() or [])
            return {"masthead": front.masthead(front.about(description)), "latest": welcome}
        except YijuError as error:
            return {"masthead": front.masthead(""), "notice": front.notice(one_line(error))}

    def begin(self, question: str | None, conversation: Conversation) -> View:
        """Take a question in, or say why not."""
        refusal = chat.objection(question or "", conversation) or self._unready()
        if refusal is not None:
            return {"notice": front.notice(refusal)}
        conversation = (*conversation, Exchange(next(_numbers), (question or "").strip()))
        return {"notice": "", "question": "", **_shown(conversation)}

    def answer(self, conversation: Conversation) -> Generator[View, None, None]:
        """Show the pending exchange in each of its states."""
        yield {}  # Gradio empties all outputs after a generator that yields nothing: when none is pending, say so
        with closing(chat.answering(conversation, self._desk, self._engine)) as states:
            for exchange in states:
                current = (*conversation[:-1], exchange)
                yield {"latest": transcript.latest(current)} if exchange.state.pending else _shown(current)

    def stop(self, conversation: Conversation) -> View:
        """Give the pending exchange up. Whoever listens to it shows that; if nobody does any more, this does."""
        if conversation and self._desk.take_back(conversation[-1].number):
            return {}
        return _shown(chat.stopped(conversation))

    def clear(self, conversation: Conversation) -> View:
        """Begin a new conversation, unless a question is being answered."""
        if conversation and conversation[-1].state.pending:
            return {"notice": front.notice(strings.BUSY)}
        return {"notice": "", "panel": sources.nothing_open(), **_shown(()), **self.load()}

    def open(self, key: object, conversation: Conversation) -> View:
        """Show the article that a citation or a found passage is from."""
        return {"panel": opened(key, conversation, self._engine)}

    def example(self, place: object) -> View:
        """Put an example question into the box, by its place; the browser may send anything as `place`."""
        examples = self._engine.examples() or []
        known = isinstance(place, int) and 0 <= place < len(examples)
        return {"question": examples[place]} if isinstance(place, int) and known else {}

    def _unready(self) -> str | None:
        try:
            empty = not self._engine.describe()["articles"]
        except YijuError as error:
            return one_line(error)
        return strings.EMPTY_LIBRARY_ASKED if empty else None


def _shown(conversation: Conversation) -> View:
    return {
        "settled": transcript.settled(conversation),
        "latest": transcript.latest(conversation),
        "conversation": conversation,
        "busy": bool(conversation) and conversation[-1].state.pending,
    }
