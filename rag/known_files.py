"""What files held when they were last read, so that a file that has not been touched since need not be read again.

A file is taken for untouched while its size, its inode and both of its times (of the content, and of the entry itself,
to the nanosecond) are as they were. The second one is set by the system with every write, and no program can set it
back: a change is missed only where the clock itself was set back to the very nanosecond, or on a file system that does
not keep that time and where a program restored the other one. `yiju index --reread` reads everything. A file that
was written within two seconds before it was read is not remembered: a second write within the clock's grain would look
like the first one (git's index calls such entries "racily clean").

This is a cache beside the generations, never part of one: it says what a *file* holds, whichever state is live.
Damaged, lost, or made by another version of the code that reads files, it is empty, and everything is read.
"""

import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

FILE = "files.json"
SETTLED = 2.0  # seconds a file must have been left alone


class Held(NamedTuple):
    """One thing that a file held: an article, by the hash of what was read, or a refusal and why."""

    path: str
    content_hash: str | None
    reason: str | None


@cache
def readers() -> str:
    """Return the identity of the code that reads files, hashes what they held, and makes of it what is searched."""
    here = Path(__file__)
    digest = hashlib.sha256()
    made = [here.with_name("indexing.py"), here.with_name("passages.py"), here.parent / "text" / "terms.py"]
    for path in [here, *made, *sorted((here.parent / "articles").glob("*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _state(found: os.stat_result) -> list[object]:
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


_Stored: TypeAlias = list[object]  # the state's four numbers, then what was held, as `_packed` has it


def _packed(path: str, held: Sequence[Held]) -> object:
    """Return what a file held as it is stored: mostly that is one article, and then its hash alone."""
    if len(held) == 1 and held[0].path == path and held[0].content_hash:
        return held[0].content_hash
    return [[each.path.removeprefix(path), each.content_hash, each.reason] for each in held]


def _unpacked(path: str, stored: object) -> list[Held]:
    if isinstance(stored, str):
        return [Held(path, stored, None)]
    assert isinstance(stored, list)
    return [Held(path + rest, content_hash, reason) for rest, content_hash, reason in stored]


class KnownFiles:
    """What files held, by path, for one library."""

    def __init__(self, root: Path, *, reread: bool = False) -> None:
        """Read what was remembered; nothing, where everything is to be read again."""
        self._path = root / FILE
        self._files: dict[str, _Stored] = {}
        self._changed = reread
        if reread:
            return
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            if stored["readers"] == readers():
                self._files = dict(stored["files"])
        except (OSError, ValueError, TypeError, KeyError):
            self._files = {}

    def held(self, path: str, found: os.stat_result) -> list[Held] | None:
        """Return what a file held, or None where it must be read."""
        known = self._files.get(path)
        try:
            return _unpacked(path, known[4]) if known and known[:4] == _state(found) else None
        except (AssertionError, ValueError, TypeError, IndexError):  # somebody's hand was in it
            return None

    def all_held(self) -> Iterator[Held]:
        """Yield everything that is remembered, whether the files are still as they were or not."""
        for path, known in self._files.items():
            try:
                yield from _unpacked(path, known[4])
            except (AssertionError, ValueError, TypeError, IndexError):  # somebody's hand was in it
                continue

    def note(self, path: str, found: os.stat_result, held: Sequence[Held]) -> None:
        """Remember what a file held when it was read after `found` was asked for."""
        settled = time.time() - max(found.st_mtime, found.st_ctime) > SETTLED
        if settled and all(each.path.startswith(path) for each in held):
            self._files[path] = [*_state(found), _packed(path, held)]
            self._changed = True
        else:
            self.forget([path])

    def forget(self, paths: Iterable[str]) -> None:
        """Forget files that are no longer there."""
        for path in list(paths):
            self._changed |= self._files.pop(path, None) is not None

    def paths(self) -> list[str]:
        """Return the paths of all files that are remembered."""
        return list(self._files)

    def write(self) -> None:
        """Store all that is remembered, in the place of what was stored before."""
        if not self._changed and self._path.exists():
            return
        draft = self._path.with_name(f"{FILE}.new")
        stored = {"readers": readers(), "files": self._files}
        draft.write_text(json.dumps(stored, separators=(",", ":")), encoding="utf-8")
        draft.replace(self._path)
