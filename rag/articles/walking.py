"""Files and folders → files, each once, in order of name, hidden entries left out."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.articles.files import NO_FILE, File, file_at, shown
from rag.types import Refusal


def refusal(path: Path, error: OSError) -> Refusal:
    """Return why a file could not be read, for people."""
    if isinstance(error, FileNotFoundError):
        gone = "a link to something that is not there" if path.is_symlink() else "no longer there: it went meanwhile"
        return Refusal(shown(path.as_posix()), gone)
    return Refusal(shown(path.as_posix()), f"cannot be read: {error.strerror or error}")


def _children(path: Path) -> list[tuple[str, bool]]:
    """Return the names in a folder, and which are links: the folder tells that, no file has to be asked."""
    with os.scandir(path) as entries:
        return sorted((entry.name, entry.is_symlink()) for entry in entries if not entry.name.startswith("."))


def walk(paths: Sequence[Path]) -> Iterator[tuple[Path, File, os.stat_result] | Refusal]:
    """Yield the files in and below `paths`, each with what was found of it before it is read.

    However deep folders lie in one another, nothing is held but their names. A file that is reached twice (through a
    link, or because its folder is given too) comes once.
    """
    seen: set[str] = set()
    for root in paths:
        waiting = [(root, os.path.realpath(root))]
        while waiting:
            path, real = waiting.pop()
            if real in seen:
                continue
            seen.add(real)
            try:
                found = path.stat()
                if stat.S_ISDIR(found.st_mode):
                    # Only what is a link itself can lead elsewhere: asking for every file would take the most time.
                    below = [
                        (path / name, os.path.realpath(path / name) if is_link else os.path.join(real, name))  # noqa: PTH118 - a name is added
                        for name, is_link in _children(path)
                    ]
                    waiting += reversed(below)
                elif stat.S_ISREG(found.st_mode):
                    yield path, file_at(path, found.st_size), found
                else:
                    yield Refusal(shown(path.as_posix()), NO_FILE)
            except OSError as error:
                yield refusal(path, error)
