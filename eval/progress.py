"""How far a long run is: a bar on a terminal, a line now and then in a log."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

_EVERY = 30.0  # seconds between two lines in a log


def span(seconds: float) -> str:
    """Return a time as people say it: 40 s, 12 min, 3 h 05 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


class Progress:
    """Counts questions, and tells their rate and the time left on standard error."""

    def __init__(
        self,
        done: int,
        total: int,
        *,
        shown: bool = True,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._done = self._before = done
        self._total = total
        self._shown = shown
        self._stream = stream or sys.stderr
        self._clock = clock
        self._start = self._told = clock()
        self._bar = None
        if shown and self._stream.isatty():
            from tqdm import tqdm

            self._bar = tqdm(initial=done, total=total, unit=" questions", file=self._stream, dynamic_ncols=True)

    def step(self) -> None:
        """Count one question."""
        self._done += 1
        if self._bar is not None:
            self._bar.update()
        elif self._shown and (self._clock() - self._told >= _EVERY):
            self._told = self._clock()
            self._stream.write(self.line() + "\n")
            self._stream.flush()

    def line(self) -> str:
        """Return how far it is: 1234 of 10000 questions, 7.2 a second, 20 min left."""
        rate = (self._done - self._before) / max(self._clock() - self._start, 1e-9)
        left = f", {span((self._total - self._done) / rate)} left" if rate else ""
        return f"{self._done} of {self._total} questions, {rate:.1f} a second{left}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()
