"""What a packed file may unpack to: enough for any corpus, and an end for a bomb."""

import io
from dataclasses import dataclass, field
from typing import IO, cast

MOST_MEMBERS = 500_000
MOST_BYTES = 16 * 1024 * 1024 * 1024  # that an archive may unpack to
MOST_RATIO = 300  # times its own size, once it has unpacked to more than
RATIO_FROM = 64 * 1024 * 1024
_LARGEST_READ = 64 * 1024 * 1024  # at once, while looking for members


class ExhaustedError(Exception):
    """An archive unpacks to more than it may; the message is the reason, for people."""


@dataclass(slots=True)
class Budget:
    """How much one archive, with those inside it, may still unpack."""

    size: int  # of the archive
    unpacked: int = 0
    members: int = 0
    names: set[str] = field(default_factory=set)

    @property
    def exhausted(self) -> bool:
        """Whether more was unpacked than may be."""
        bomb = self.unpacked > RATIO_FROM and self.unpacked > MOST_RATIO * max(1, self.size)
        return bomb or self.unpacked > MOST_BYTES

    def take(self, size: int) -> None:
        """Count bytes that were unpacked.

        Raises:
            ExhaustedError: that is too many.

        """
        self.unpacked += size
        if self.exhausted:
            raise ExhaustedError(
                f"it unpacks to more than {MOST_RATIO} times its size, or than {MOST_BYTES // 2**30} GiB: not read "
                "from there on; if it is what you expect, unpack it and index the folder"
            )

    def member(self, path: str) -> bool:
        """Count a member, and tell whether its name is new.

        Raises:
            ExhaustedError: there are too many.

        """
        self.members += 1
        if self.members > MOST_MEMBERS:
            raise ExhaustedError(f"more than {MOST_MEMBERS:,} files in it: not read from there on")
        known = path in self.names
        self.names.add(path)
        return not known


class Counted(io.RawIOBase):
    """A stream whose bytes are counted against a budget. It goes forward, and back a little (what tar needs)."""

    _KEPT = 1024 * 1024

    def __init__(self, stream: IO[bytes], budget: Budget) -> None:
        super().__init__()
        self._stream = stream
        self._budget = budget
        self._tail = bytearray()  # the last bytes read
        self._end = 0  # how many bytes were read of `stream`
        self._at = 0

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def seekable(self) -> bool:
        """Whether it can be told to seek."""
        return True

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place; forward by reading, back as far as is kept."""
        target = offset if whence == 0 else self._at + offset
        if target < self._end - len(self._tail):
            raise ValueError  # for whom it is damage
        if target <= self._end:
            self._at = target
            return target
        self._at = self._end
        while self._at < target and self.read(min(1 << 20, target - self._at)):
            pass
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """Return up to `size` bytes."""
        if size is None or size < 0 or size > _LARGEST_READ:
            raise ValueError
        back = self._end - self._at
        start = len(self._tail) - back
        found = bytes(self._tail[start : start + size]) if back else b""
        if len(found) < size:
            new = self._stream.read(size - len(found))
            self._budget.take(len(new))
            self._end += len(new)
            self._tail += new
            if len(self._tail) > 2 * self._KEPT:
                del self._tail[: -self._KEPT]
            found += new
        self._at += len(found)
        return found

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Read into `buffer`."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def counted(stream: IO[bytes], budget: Budget) -> IO[bytes]:
    """Return `stream` with its bytes counted against `budget`."""
    return cast("IO[bytes]", io.BufferedReader(Counted(stream, budget)))
