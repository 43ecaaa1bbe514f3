"""Which files were compared with their hashes, so that opening a library need not read all of it each time.

A file is taken for the one that was compared while its size, its inode and the time of its last change (to the
nanosecond) are as they were then; a library that was copied, restored or edited is read and compared once more. Only
bits that turn on the disk by themselves escape that: `yiju doctor` compares every file whatever its times.

This is a cache beside the generations: damaged or lost, everything is compared again.
"""

import json
import os
from contextlib import suppress
from pathlib import Path

FILE = "verified.json"


def _stamps(folder: Path, names: list[str]) -> dict[str, list[int]]:
    found = {name: (folder / name).stat() for name in names}
    return {name: [of.st_size, of.st_mtime_ns, of.st_ino] for name, of in found.items()}


def is_verified(root: Path, folder: Path, seal: str, names: list[str]) -> bool:
    """Whether these files of a generation are as they were when they had their hashes; `seal` is its manifest's."""
    try:
        stored = json.loads((root / FILE).read_text(encoding="utf-8"))
        return bool(stored == {"seal": seal, "files": _stamps(folder, names)})
    except (OSError, ValueError, RecursionError):
        return False


def note(root: Path, folder: Path, seal: str, names: list[str]) -> None:
    """Remember that these files had their hashes. In a folder that cannot be written to, nothing is remembered."""
    draft = root / f"{FILE}.{os.getpid()}.new"
    try:
        draft.write_text(json.dumps({"seal": seal, "files": _stamps(folder, names)}), encoding="utf-8")
        draft.replace(root / FILE)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
