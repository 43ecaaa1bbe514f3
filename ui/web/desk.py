"""The reader's desk: one thread that answers questions one after another, however many pages are open.

Models and their contexts bear one user at a time, and a page may vanish in the middle of an answer. So the answerer is
run here, in a thread of its own, and pages only listen. A page that stops listening (closed tab, stop button) takes its
question back; the desk closes the stream at the next event and turns to the next question. Nothing that a page does or
omits can hold up the others.
"""

import queue
import threading
from collections.abc import Callable, Collection, Generator
from datetime import datetime
from typing import Final, TypeAlias

from rag.events import Event
from rag.protocols import Answerer
from rag.types import ConditionKind, History

_Ended: TypeAlias = None
_Message: TypeAlias = Event | Exception | _Ended


class Ticket:
    """One question at the desk, and the listening end of its events."""

    def __init__(
        self, number: int, question: str, history: History, writer: str | None, without: Collection[ConditionKind]
    ) -> None:
        self.writer: Final = writer
        self.without: Final = without
        self.number: Final = number
        self.question: Final = question
        self.history: Final = history
        self.messages: Final[queue.SimpleQueue[_Message]] = queue.SimpleQueue()
        self.listening = True
        self._taken_back = threading.Event()

    @property
    def taken_back(self) -> bool:
        """Whether nobody wants the answer any more."""
        return self._taken_back.is_set()

    def take_back(self) -> None:
        """Give the question up; whoever listens is told at once, the desk at the next event."""
        self._taken_back.set()
        self.messages.put(None)

    def events(self, tick: float) -> Generator[Event | None, None, None]:
        """Yield the events as they come, and None after each `tick` seconds without one.

        Ends early when the question is taken back; takes it back when it is itself closed early.

        Raises:
            Exception: whatever the answerer raised.

        """
        try:
            while not self.taken_back:
                try:
                    message = self.messages.get(timeout=tick)
                except queue.Empty:
                    yield None
                    continue
                if message is None:
                    return
                if isinstance(message, Exception):
                    raise message
                yield message
        except GeneratorExit:
            self._taken_back.set()
            raise
        finally:
            self.listening = False


class Desk:
    """Answers questions in the order they came."""

    def __init__(self, answerer: Callable[[str | None], Answerer]) -> None:
        """Make a desk; `answerer` is asked for each question, by the name of its writer (None: quoting)."""
        self._answerer = answerer
        self._line: queue.SimpleQueue[Ticket] = queue.SimpleQueue()
        self._open: dict[int, Ticket] = {}  # in order: waiting or being answered
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(
        self,
        number: int,
        question: str,
        history: History,
        writer: str | None = None,
        without: Collection[ConditionKind] = (),
    ) -> Ticket:
        """Put a question in the line; `number` must be new. Conditions of the kinds `without` are not read from it."""
        ticket = Ticket(number, question, history, writer, without)
        with self._lock:
            self._open[number] = ticket
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="yiju-desk", daemon=True)
                self._thread.start()
        self._line.put(ticket)
        return ticket

    def ahead(self, number: int) -> int:
        """Return how many questions come before this one (0 when it is being answered, or is not in the line)."""
        with self._lock:
            numbers = [
                ticket.number for ticket in self._open.values() if not ticket.taken_back or ticket.number == number
            ]
            running = next(iter(self._open), None)
            if running is not None and running not in numbers:
                numbers.insert(0, running)  # taken back, yet the reader has not put it down
        return numbers.index(number) if number in numbers else 0

    def take_back(self, number: int) -> bool:
        """Give a question up; return whether a page was listening (and so will say that it stopped)."""
        with self._lock:
            ticket = self._open.get(number)
        if ticket is None:
            return False
        listening = ticket.listening
        ticket.take_back()
        return listening

    def _work(self) -> None:
        while True:
            ticket = self._line.get()
            try:
                if not ticket.taken_back:
                    self._answer(ticket)
            except Exception as error:  # noqa: BLE001 - handed to the page that asked, which tells and logs it
                ticket.messages.put(error)
            finally:
                with self._lock:
                    self._open.pop(ticket.number, None)
                ticket.messages.put(None)

    def _answer(self, ticket: Ticket) -> None:
        answerer = self._answerer(ticket.writer)
        today = datetime.now().astimezone().date()
        stream = answerer.stream(ticket.question, ticket.history, as_of=today, without=ticket.without)
        try:
            for event in stream:
                if ticket.taken_back:
                    return
                ticket.messages.put(event)
        finally:
            close = getattr(stream, "close", None)  # generators have one, other iterators need none
            if close is not None:
                close()
