"""The writer: a chat GGUF in a process of its own, behind the `Generator` seam.

llama.cpp ends the process it runs in when it meets a model it cannot take: with an assertion, an illegal instruction,
or by taking all memory. So one child process owns the model (`models.generator_worker`), and what happens to it becomes
an error of one line; the next call starts a new one. This process never imports llama.cpp for it.
"""

import hashlib
import threading
import time
import weakref
from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from models.errors import ModelError
from models.generator_child import Child
from models.generator_memory import available_memory, memory_problem, needed_memory
from models.machine import Machine
from models.protocols import Generated, GeneratorEvent, Message, Piece, PromptProgress
from models.writers import header_of, inspect_writer

DEFAULT_CONTEXT = 4096
_BEAT = 0.2  # seconds between signs of life
_STOP_SECONDS = 3.0  # a computation stops within one operation, milliseconds; after this the process is ended
_SILENCE_SECONDS = 300.0  # a process that says nothing for so long hangs
_COUNT_SECONDS = 60.0
_SAMPLES, _SAMPLE_BYTES = 256, 4096


class WriterProcess:
    """Writes with a chat GGUF. The model is loaded at the first call, or by `start`.

    Safe to use from several threads: one text is written at a time; who comes second gets signs of life
    (`PromptProgress(0, 0)`) until it is their turn, as during loading, and may close the iterator. Counting goes on
    beside writing.
    """

    def __init__(self, path: Path, *, context: int = DEFAULT_CONTEXT, loop_guard: bool = True) -> None:
        """Look at the file's header; `context` is cut to what the model was trained for.

        `loop_guard` is turned off only to time models that write nonsense.

        Raises:
            ModelError: the file is missing, cut, or no chat model.

        """
        path = path.absolute()
        found = inspect_writer(path)
        if found.problem:
            raise ModelError(f"the writer {path} cannot be used, {found.problem}")
        self.name = found.name
        self.path = path
        self.context_length = min(context, found.context_length or context)
        self._bytes = found.bytes
        self._loop_guard = loop_guard
        self._header = header_of(path)
        self._turn = threading.Lock()
        self._starting = threading.Lock()
        self._child: Child | None = None

    @cached_property
    def fingerprint(self) -> str:
        """Identity of the weights: a hash of the file's size, header and samples from all over it, not of gigabytes."""
        digest = hashlib.sha256(str(self._bytes).encode())
        with self.path.open("rb") as stream:
            digest.update(stream.read(self._header.weights_start))
            step = max(_SAMPLE_BYTES, (self._header.whole_bytes - self._header.weights_start) // _SAMPLES)
            for place in range(self._header.weights_start, self._header.whole_bytes, step):
                stream.seek(place)
                digest.update(stream.read(_SAMPLE_BYTES))
        return digest.hexdigest()[:16]

    @property
    def pid(self) -> int | None:
        """The number of the process that owns the model now; None if there is none."""
        child = self._child
        return child.pid if child is not None and child.alive else None

    def start(self) -> None:
        """Load the model now, and return when that is done.

        Raises:
            ModelError: it cannot be loaded, or does not fit into memory.

        """
        for _ in self.load():
            pass

    def load(self) -> Iterator[None]:
        """Load the model, unless it is there; yields several times a second until that is done.

        Closing the iterator leaves it loading.

        Raises:
            ModelError: it cannot be loaded, or does not fit into memory.

        """
        child = self._begun()
        while not child.wait_ready(_BEAT):
            yield

    def count(self, messages: Sequence[Message]) -> int:
        """Return the tokens of the prompt that these messages make; loads the model if need be. Raises ModelError."""
        self.start()
        child = self._begun()
        number = child.ask("count", messages=_encoded(messages))
        try:
            reply = child.reply(number, _COUNT_SECONDS)
        finally:
            child.forget(number)
        if reply is None:
            child.kill("does not answer and was ended: ask again")
            raise child.death()
        return int(reply["count"])

    def generate(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[GeneratorEvent]:
        """Yield what is written, `Generated` last; something at least every quarter of a second.

        Between the tokens of a slow model, too, `PromptProgress` is the sign of life. Closing the iterator stops the
        model at once, and returns when it is idle. After an error it may be called again.

        Raises:
            ValueError: `max_tokens` below 1.
            ModelError: at the first event or later: the prompt leaves no room in the context (the message names the
                tokens), the model cannot be loaded or does not fit into memory, or its process died.

        """
        if max_tokens < 1:
            raise ValueError("max_tokens must be 1 at least")
        return self._stream(_encoded(messages), max_tokens, time.perf_counter())

    def close(self) -> None:
        """End the process and free its memory; whoever is being written for gets a ModelError."""
        with self._starting:
            child, self._child = self._child, None
        if child is not None:
            child.close()

    def _begun(self) -> Child:
        """Return the process, started if there is none alive. Raises ModelError."""
        with self._starting:
            if self._child is not None and self._child.alive:
                return self._child
            if self._child is not None:
                self._child.close()
                self._child = None
            needed = needed_memory(self._bytes, self._header, self.context_length)
            if problem := memory_problem(needed, available_memory()):
                raise ModelError(f"the writer {self.name} cannot be loaded, {problem}")
            opening = {
                "path": str(self.path),
                "context_length": self.context_length,
                "threads": Machine().usable_cores(),
                "loop_guard": self._loop_guard,
            }
            self._child = Child(self.name, opening, self._bytes)
            weakref.finalize(self, self._child.close)
            return self._child

    def _stream(
        self, messages: list[list[str]], max_tokens: int, called: float
    ) -> Generator[GeneratorEvent, None, None]:
        while not self._turn.acquire(timeout=_BEAT):
            yield PromptProgress(0, 0)
        try:
            child = self._begun()
            while not child.wait_ready(_BEAT):
                yield PromptProgress(0, 0)
            waited_ms = (time.perf_counter() - called) * 1000
            number = child.ask("generate", messages=messages, max_tokens=max_tokens)
            try:
                yield from _events(self._replies(child, number), waited_ms)
            finally:
                child.forget(number)
        finally:
            self._turn.release()

    def _replies(self, child: Child, number: int) -> Generator[dict[str, Any] | None, None, None]:
        """Yield a request's replies, None for every beat without one; stop the model if nobody wants them any more."""
        heard = time.monotonic()
        finished = False
        try:
            while not finished:
                reply = child.reply(number, _BEAT)
                if reply is not None:
                    heard = time.monotonic()
                elif heard + _SILENCE_SECONDS < time.monotonic():
                    child.kill("says nothing any more and was ended: ask again")  # the next beat finds it dead
                finished = reply is not None and "generated" in reply
                yield reply
        except ModelError:
            finished = True
            raise
        finally:
            if not finished:
                child.stop(number, _STOP_SECONDS)


def _encoded(messages: Sequence[Message]) -> list[list[str]]:
    return [[message.role, message.text] for message in messages]


def _events(
    replies: Generator[Mapping[str, Any] | None, None, None], waited_ms: float
) -> Generator[GeneratorEvent, None, None]:
    progress = PromptProgress(0, 0)
    try:
        for reply in replies:
            if reply is None:
                yield progress
            elif "piece" in reply:
                yield Piece(reply["piece"], reply["thinking"])
            elif "generated" in reply:
                figures = reply["generated"]
                yield Generated(**{**figures, "first_token_ms": figures["first_token_ms"] + waited_ms})
            else:
                progress = PromptProgress(*reply["progress"])
                yield progress
    finally:
        replies.close()
