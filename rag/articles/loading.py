"""Files and folders → what they hold, one article at a time, as it was decoded.

Nothing is interpreted here: that is `cleaning`'s part. Whatever cannot be read becomes a `Refusal`; the rest goes on.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from models.errors import BadInputError
from rag.articles.encoding import UndecodableError, decode
from rag.articles.loaded import Kind, Loaded
from rag.articles.records import read_records
from rag.types import Refusal

KINDS: dict[str, Kind] = {
    ".txt": "text",
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".jsonl": "record",
    ".jsonl.xz": "record",
    ".jsonl.gz": "record",
}
LARGEST = 32 * 1024 * 1024  # bytes of one article's file; records are streamed, and their file may be of any size


def load(paths: Sequence[Path]) -> Iterator[Loaded | Refusal]:
    """Return what the files and folders at `paths` hold, folders in order of name, hidden entries left out.

    A file that is reached twice (through a link, or because its folder is given too) is read once.

    Raises:
        BadInputError: a path does not exist; told before anything is read.

    """
    for path in paths:
        if not os.path.lexists(path):
            msg = f"{path.as_posix()}: no such file or folder; give paths that exist, to articles or folders of them"
            raise BadInputError(msg)
    return _load(paths)


def _load(paths: Sequence[Path]) -> Iterator[Loaded | Refusal]:
    seen: set[str] = set()
    for path in paths:
        yield from _walk(path, seen)


def _walk(path: Path, seen: set[str]) -> Iterator[Loaded | Refusal]:
    real = os.path.realpath(path)
    if real in seen:
        return
    seen.add(real)
    shown = path.as_posix()
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            names = sorted(entry.name for entry in os.scandir(path) if not entry.name.startswith("."))
            for name in names:
                yield from _walk(path / name, seen)
        elif not stat.S_ISREG(mode):
            yield Refusal(shown, "not a file that can be read as text")
        else:
            yield from _read(path, shown)
    except FileNotFoundError:
        yield Refusal(shown, "a link to something that is not there")
    except OSError as error:
        yield Refusal(shown, f"cannot be read: {error.strerror or error}")


def _read(path: Path, shown: str) -> Iterator[Loaded | Refusal]:
    kind = KINDS.get(path.suffix.lower()) or KINDS.get("".join(path.suffixes[-2:]).lower())
    if kind is None:
        yield Refusal(shown, f"not a kind that is read: {path.suffix or 'no suffix'} (read are {', '.join(KINDS)})")
        return
    if kind == "record":
        yield from read_records(path, shown)
        return
    if path.stat().st_size > LARGEST:
        yield Refusal(shown, f"larger than {LARGEST // 2**20} MiB: too large for one article")
        return
    try:
        decoded = decode(path.read_bytes(), html=kind == "html")
    except UndecodableError as error:
        yield Refusal(shown, str(error))
        return
    text = decoded.text
    if not text.strip():
        yield Refusal(shown, "the file is empty")
        return
    yield Loaded(shown, text, decoded.encoding, kind)
