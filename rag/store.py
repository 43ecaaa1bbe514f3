"""Where generations of the index live, and the one atomic switch between them.

A library folder holds `CURRENT` (the name of the live generation), `generations/NAME/` and a lock for writers.
A generation is written aside, hashed, described by its manifest, and never changed after the switch; the one
before it is kept. A crash at any moment leaves either the old or the new generation live. What a killed process had
built so far stays in `generations/building-next`, for the next one to go on with, if that is to build the same thing.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import filelock

from models.errors import IndexUnusableError

FORMAT = 2
MANIFEST = "manifest.json"
_BUILDING = "building-next"
_WORK = "work.json"
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_KEPT = 2
_AGAIN = "remove the folder and run `yiju index` on your articles again"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """Size in bytes and content hash of one file of a generation."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation was made from and what it holds."""

    format: int
    generation: str
    created: str  # ISO 8601, UTC
    embedder: Mapping[str, Any]  # name, fingerprint, dimensions, location (None: the bundled one)
    settings: Mapping[str, Any]
    counts: Mapping[str, int]
    files: Mapping[str, FileRecord]

    def to_json(self) -> str:
        """Return the manifest as written to disk."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def hash_file(path: Path) -> FileRecord:
    """Return size and SHA-256 of a file."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return FileRecord(path.stat().st_size, digest)


def sync_file(path: Path) -> None:
    """Make a file's (or folder's entries') content durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _this_boot() -> str | None:
    """Return the identity of the machine's run since it was started, where it is told."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return None


@dataclass(slots=True)
class Building:
    """A folder in which a generation is built."""

    folder: Path
    work: Mapping[str, object]  # what it is built from: another process goes on with it for the same only
    resumed: bool  # whether it holds what another process had begun
    kept: bool = False

    def keep(self) -> None:
        """Let another process go on with the folder as it is now, should this one be killed."""
        if not self.kept and self.work["boot"] is not None:
            draft = self.folder / f"{_WORK}.new"
            draft.write_text(json.dumps(self.work), encoding="utf-8")
            draft.replace(self.folder / _WORK)
        self.kept = True


class Store:
    """The generations of one library folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._generations = root / "generations"
        self._current = root / "CURRENT"

    def current(self) -> Path | None:
        """Return the folder of the live generation, or None where nothing has been indexed yet.

        Raises:
            IndexUnusableError: the live generation is named but not there.

        """
        if not self._current.exists():
            return None
        name = self._current.read_text(encoding="utf-8").strip()
        folder = self._generations / name
        if not name or not folder.is_dir():
            msg = f"the index in {self.root} names generation {name!r}, which is not there: {_AGAIN}"
            raise IndexUnusableError(msg)
        return folder

    def read_manifest(self, folder: Path) -> Manifest:
        """Return the manifest of a generation after checking format and file sizes.

        Raises:
            IndexUnusableError: it is missing, unreadable, of another format, or a file differs from it.

        """
        try:
            raw = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            files = {name: FileRecord(**record) for name, record in raw.pop("files").items()}
            manifest = Manifest(files=files, **raw)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            msg = f"the manifest of index {folder} cannot be read ({type(error).__name__}): {_AGAIN}"
            raise IndexUnusableError(msg) from error
        if manifest.format != FORMAT:
            msg = (
                f"the index in {self.root} has format {manifest.format}, this version reads {FORMAT}: remove "
                f"{self.root} and run `yiju index` on your articles again"
            )
            raise IndexUnusableError(msg)
        for name, record in manifest.files.items():
            path = folder / name
            size = path.stat().st_size if path.exists() else None
            if size != record.bytes:
                found = "is missing" if size is None else f"has {size:,} bytes"
                msg = f"index file {path} {found}, its manifest says {record.bytes:,} bytes: {_AGAIN}"
                raise IndexUnusableError(msg)
        return manifest

    def verify(self, folder: Path, manifest: Manifest, name: str) -> None:
        """Compare the content of one file with its hash.

        Raises:
            IndexUnusableError: it differs.

        """
        if hash_file(folder / name) != manifest.files[name]:
            msg = f"index file {folder / name} is damaged (its hash differs): {_AGAIN}"
            raise IndexUnusableError(msg)

    @contextmanager
    def building(self, work: Mapping[str, object]) -> Iterator[Building]:
        """Hold the writers' lock and give a folder to build in; removed again when nothing was published from it.

        `work` says what is to be built. The folder of a process that was killed, or stopped with Ctrl-C, is given
        again if it was for the same work and the machine has not been restarted since: what was written, but not
        forced to the disk, is whole only that long.

        Raises:
            IndexUnusableError: another process is writing to this library.

        """
        self._generations.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(self.root / "write.lock", timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout as error:
            msg = f"another `yiju index` is writing to {self.root}: wait for it to end, then run this again"
            raise IndexUnusableError(msg) from error
        try:
            building = self._begun({**work, "boot": _this_boot()})
            try:
                yield building
            except Exception:
                shutil.rmtree(building.folder, ignore_errors=True)
                raise
            if building.folder.exists():
                shutil.rmtree(building.folder)
        finally:
            lock.release()

    def _begun(self, work: Mapping[str, object]) -> Building:
        """Return the folder that a process had begun, or a fresh one; whatever else was left over is removed."""
        live = self.current()
        for leftover in self._generations.iterdir():
            # A generation later than the live one was complete when its process died, but never switched to.
            later = leftover.name.startswith("g") and (live is None or leftover.name > live.name)
            if later or (leftover.name.startswith("building-") and leftover.name != _BUILDING):
                shutil.rmtree(leftover)
        folder = self._generations / _BUILDING
        try:
            same = json.loads((folder / _WORK).read_text(encoding="utf-8")) == json.loads(json.dumps(work))
        except (OSError, ValueError):
            same = False
        if same and work["boot"] is not None:
            return Building(folder, work, resumed=True, kept=True)
        return self.anew(Building(folder, work, resumed=False))

    @staticmethod
    def anew(building: Building) -> Building:
        """Return the same folder, emptied."""
        if building.folder.exists():
            shutil.rmtree(building.folder)
        building.folder.mkdir()
        return Building(building.folder, building.work, resumed=False)

    def next_name(self) -> str:
        """Return the name of the generation to be published next."""
        numbers = [int(p.name[1:]) for p in self._generations.glob("g[0-9]*") if p.name[1:].isdigit()]
        return f"g{max(numbers, default=0) + 1:06d}"

    def publish(self, folder: Path, manifest: Manifest) -> Path:
        """Make a built folder the live generation; older ones but the last are removed."""
        (folder / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
        for name in (*manifest.files, MANIFEST):
            sync_file(folder / name)
        for path in list(folder.iterdir()):
            if path.name not in manifest.files and path.name != MANIFEST:
                path.unlink()
        sync_file(folder)
        final = self._generations / manifest.generation
        folder.rename(final)
        sync_file(self._generations)
        draft = self._current.with_name("CURRENT.new")
        draft.write_text(manifest.generation + "\n", encoding="utf-8")
        sync_file(draft)
        draft.replace(self._current)
        sync_file(self.root)
        for old in sorted(self._generations.glob("g[0-9]*"))[:-_KEPT]:
            shutil.rmtree(old)
        return final
