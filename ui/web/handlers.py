"""What happens on the page's events. Gradio only carries the values to and fro."""

from collections.abc import Generator
from contextlib import closing
from itertools import count
from typing import TypedDict

from models.errors import YijuError, one_line
from rag.types import ConditionKind
from ui.web import chat, chooser, front, sources, strings, transcript
from ui.web.chat import Conversation, Exchange
from ui.web.desk import Desk
from ui.web.engine import Engine
from ui.web.opening import opened

_numbers = count(1)


class View(TypedDict, total=False):
    """New values for parts of the page; parts that are not named stay as they are."""

    masthead: str
    welcome: str
    settled: str
    latest: str
    notice: str
    panel: str
    question: str
    chooser: str
    choice: str | None  # the writer of the next question; None: quoting
    conversation: Conversation
    busy: bool
    waiting: bool  # whether the welcome is still to change by itself


class Handlers:
    """The page's events, for all sessions: a session's conversation comes in and goes out with each call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._desk = Desk(engine.answerer)

    def load(self) -> View:
        """Show how to begin, and what answers."""
        choice = self._engine.writer
        return {"choice": choice, **self.welcome(()), **self.look(choice, opened=False)}

    def welcome(self, conversation: Conversation) -> View:
        """Show what there is to ask about, as long as nothing has been asked; looked at again while `waiting`."""
        if conversation:
            return {"waiting": False}
        try:
            description, examples = self._engine.describe(), self._engine.examples()
        except YijuError as error:
            return {"masthead": front.masthead(None), "notice": front.notice(one_line(error)), "waiting": False}
        view: View = {"masthead": front.masthead(description), "welcome": front.welcome(description, examples)}
        if not description["articles"] or examples is None:
            return {**view, "waiting": True}
        return {**view, "notice": "", "waiting": False}

    def look(self, choice: str | None, *, opened: bool = True) -> View:
        """Show what can answer, looked for anew."""
        try:
            return {"chooser": chooser.chooser(self._engine, choice, opened=opened)}
        except YijuError as error:
            return {"notice": front.notice(one_line(error))}

    def choose(self, name: object, choice: str | None) -> View:
        """Let a writer answer from now on, or the reader (an empty name); the browser may send anything as `name`."""
        wanted = str(name) or None
        refusal = self._refusal(wanted)
        if refusal is not None:
            return {**self.look(choice), "notice": front.notice(refusal)}
        return {"notice": "", "choice": wanted, **self.look(wanted, opened=False)}

    def begin(self, question: str | None, conversation: Conversation, choice: str | None = None) -> View:
        """Take a question in, or say why not."""
        refusal = chat.objection(question or "", conversation) or self._unready() or self._refusal(choice)
        if refusal is not None:
            return {"notice": front.notice(refusal)}
        conversation = (*conversation, Exchange(next(_numbers), (question or "").strip(), writer=choice))
        return {"notice": "", "question": "", "welcome": "", "waiting": False, **_shown(conversation)}

    def again(self, key: object, conversation: Conversation) -> View:
        """Ask a question again without one of its conditions; the browser may send anything as `key`."""
        turn, _, kind = str(key).partition("-")
        known = turn.isascii() and turn.isdigit() and int(turn) < len(conversation) and kind in set(ConditionKind)
        if conversation and conversation[-1].state.pending:
            return {"notice": front.notice(strings.BUSY)}
        exchange = chat.asked_again(conversation, int(turn), ConditionKind(kind), next(_numbers)) if known else None
        if exchange is None:
            return {}
        refusal = self._unready() or self._refusal(exchange.writer)
        if refusal is not None:
            return {"notice": front.notice(refusal)}
        return {"notice": "", **_shown((*conversation, exchange))}

    def answer(self, conversation: Conversation) -> Generator[View, None, None]:
        """Show the pending exchange in each of its states."""
        yield {}  # Gradio empties all outputs after a generator that yields nothing: when none is pending, say so
        with closing(chat.answering(conversation, self._desk, self._engine)) as states:
            for exchange in states:
                current = (*conversation[:-1], exchange)
                yield {"latest": transcript.latest(current)} if exchange.state.pending else _settled(current)

    def stop(self, conversation: Conversation) -> View:
        """Give the pending exchange up. Whoever listens to it shows that; if nobody does any more, this does."""
        if conversation and self._desk.take_back(conversation[-1].number):
            return {}
        return _shown(chat.stopped(conversation))

    def clear(self, conversation: Conversation) -> View:
        """Begin a new conversation, unless a question is being answered."""
        if conversation and conversation[-1].state.pending:
            return {"notice": front.notice(strings.BUSY)}
        return {"notice": "", "panel": sources.nothing_open(), **_shown(()), **self.welcome(())}

    def open(self, key: object, conversation: Conversation) -> View:
        """Show the article that a citation or a found passage is from."""
        return {"panel": opened(key, conversation, self._engine)}

    def example(self, place: object) -> View:
        """Put an example question into the box, by its place; the browser may send anything as `place`."""
        examples = self._engine.examples() or []
        known = isinstance(place, int) and 0 <= place < len(examples)
        return {"question": examples[place]} if isinstance(place, int) and known else {}

    def _refusal(self, choice: str | None) -> str | None:
        try:
            return chooser.refusal(choice, self._engine)
        except YijuError as error:
            return one_line(error)

    def _unready(self) -> str | None:
        try:
            description = self._engine.describe()
        except YijuError as error:
            return one_line(error)
        if description["articles"]:
            return None
        return strings.EMPTY_LIBRARY_ASKED.format(command=description["index_command"])


def _settled(conversation: Conversation) -> View:
    """Show how an exchange ended; beside an abstention, what an earlier answer rested on would only mislead."""
    if conversation[-1].state is chat.State.ABSTAINED:
        return {**_shown(conversation), "panel": sources.nothing_open()}
    return _shown(conversation)


def _shown(conversation: Conversation) -> View:
    return {
        "settled": transcript.settled(conversation),
        "latest": transcript.latest(conversation),
        "conversation": conversation,
        "busy": bool(conversation) and conversation[-1].state.pending,
    }
