"""A file to be read, on disk or inside an archive, and how it is read without trusting it.

Nothing here blocks (a pipe in place of a file), follows a file that changes meanwhile, or holds more than its limit.
"""

import io
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LARGEST = 32 * 1024 * 1024  # bytes of one article's file; what is streamed may be of any size
_MiB = 2**20
_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class RefusedError(Exception):
    """A file cannot become articles; the message is the reason, for people."""


def shown(name: str) -> str:
    r"""Return a path as it can be told and stored: a line break or a byte of no known encoding becomes `\n`, `\xb0`."""

    def escaped(match: re.Match[str]) -> str:
        code = ord(match.group())
        if 0xDC80 <= code <= 0xDCFF:  # a byte that the file system's encoding does not know
            return f"\\x{code - 0xDC00:02x}"
        return match.group().encode("unicode_escape").decode("ascii")

    return _UNSHOWABLE.sub(escaped, name)


@dataclass(frozen=True, slots=True)
class File:
    """A regular file, or a member of an archive."""

    path: str  # as it is told and stored; members of an archive are `archive.zip/inner/name.html`
    name: str  # the last part, which says of what kind the file is
    size: int  # bytes, as far as known beforehand
    stream: Callable[[], IO[bytes]]
    seekable: bool = True
    once: bool = False  # whether it can be read through only once
    on_disk: Path | None = None  # where it lies, if it does

    def open(self) -> IO[bytes]:
        """Return the bytes from the start; one that cannot seek is read into memory by whoever has to."""
        return self.stream()

    def read(self, most: int | None = None) -> bytes:
        """Return all bytes.

        Raises:
            RefusedError: there are more than `most` (`LARGEST`, where nothing is said).

        """
        most = LARGEST if most is None else most
        if self.size > most:
            raise RefusedError(_too_large(most))
        with self.open() as stream:
            data = stream.read(most + 1)
        if len(data) > most:
            raise RefusedError(_too_large(most))
        return data

    @contextmanager
    def seeking(self, most: int) -> Iterator[IO[bytes]]:
        """Give the bytes as a stream that can seek; a member of an archive is held in memory for that.

        Raises:
            RefusedError: there are more than `most`.

        """
        if self.size > most:
            raise RefusedError(_too_large(most))
        with self.open() if self.seekable else io.BytesIO(self.read()) as stream:
            yield stream


def _too_large(most: int) -> str:
    return f"larger than {most // _MiB} MiB: too large for one article"


class _Unchanged(io.FileIO):
    """A file on disk that is read as one state: that it changed meanwhile is told at its end."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "rb")
        self._before = _state(descriptor)

    def _at_end(self) -> None:
        if _state(self.fileno()) != self._before:
            raise RefusedError("it changed while it was being read: run this again")

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        size = super().readinto(buffer)
        if not size:
            self._at_end()
        return size

    def readall(self) -> bytes:
        data = super().readall()
        self._at_end()
        return data


def _state(descriptor: int) -> tuple[int, int]:
    found = os.fstat(descriptor)
    return found.st_size, found.st_mtime_ns


def _open(path: Path) -> IO[bytes]:
    # What was a file a moment ago may be a pipe now: opening one would wait for a writer without end.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise RefusedError(NO_FILE)
    return cast("IO[bytes]", io.BufferedReader(_Unchanged(descriptor)))


NO_FILE = "not a file that can be read as text"


def file_at(path: Path, size: int) -> File:
    """Return the file at `path`, which is opened when it is read."""
    return File(shown(path.as_posix()), path.name, size, lambda: _open(path), on_disk=path)


def file_in_memory(path: str, name: str, data: bytes) -> File:
    """Return a file whose bytes are at hand."""
    return File(path, name, len(data), lambda: io.BytesIO(data))
