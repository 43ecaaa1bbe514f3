"""Where generations of the index live, and the one atomic switch between them.

A library folder holds `CURRENT` (the name of the live generation), `generations/NAME/` and a lock for writers.
A generation is written aside, hashed, described by its manifest, and never changed after the switch; the one
before it is kept. A crash at any moment leaves either the old or the new generation live. What a killed process had
built so far stays in `generations/building-next`, for the next one to go on with, if that is to build the same thing.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import filelock

from models.errors import IndexUnusableError
from rag import verified

FORMAT = 3
MANIFEST = "manifest.json"
_BUILDING = "building-next"
_WORK = "work.json"
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_KEPT = 2
MEND = "run `yiju doctor --repair`; what it cannot mend, remove and bring in again with `yiju index`"
_NAME = re.compile(r"g\d{6,}")

_Opened = TypeVar("_Opened")


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
    seal: str = ""  # SHA-256 of all the rest

    def sealed(self) -> "Manifest":
        """Return the manifest with its own hash."""
        return replace(self, seal=hashlib.sha256(_written(replace(self, seal="")).encode()).hexdigest())

    def to_json(self) -> str:
        """Return the manifest as written to disk, where not one character may differ."""
        return _written(self.sealed())


def _written(manifest: Manifest) -> str:
    return json.dumps(asdict(manifest), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


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


def same_work(folder: Path, base: str | None) -> bool:
    """Whether a half-built generation was begun on this base since the machine was started."""
    try:
        work = json.loads((folder / _WORK).read_text(encoding="utf-8"))
        return folder.name == _BUILDING and work["base"] == base and work["boot"] == _this_boot() is not None
    except (OSError, ValueError, TypeError, KeyError):
        return False


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

    def generations(self) -> list[Path]:
        """Return the folders of all complete generations, the newest first; whether they are whole is not asked."""
        found = (path.parent for path in self._generations.glob(f"g[0-9]*/{MANIFEST}"))
        return sorted((path for path in found if _NAME.fullmatch(path.name)), key=self.number, reverse=True)

    def current(self) -> Path | None:
        """Return the folder of the live generation, or None where nothing has been indexed yet.

        Raises:
            IndexUnusableError: `CURRENT` cannot be read, is lost, or names a generation that is not there.

        """
        try:
            name = self._current.read_bytes().decode("utf-8").removesuffix("\n")
        except (FileNotFoundError, NotADirectoryError):
            if not self.generations():
                return None
            msg = f"{self._current}, which names the live generation, is missing: {MEND}"
            raise IndexUnusableError(msg) from None
        except (OSError, ValueError) as error:
            msg = f"{self._current}, which names the live generation, cannot be read ({type(error).__name__}): {MEND}"
            raise IndexUnusableError(msg) from error
        folder = self._generations / name
        if not _NAME.fullmatch(name) or not folder.is_dir():
            msg = f"the index in {self.root} names generation {name[:40]!r}, which is not there: {MEND}"
            raise IndexUnusableError(msg)
        return folder

    def manifest_of(self, folder: Path) -> Manifest:
        """Return the manifest of a generation, whatever has become of its files.

        Raises:
            IndexUnusableError: it is missing, unreadable, of another format, or not as it was written.

        """
        try:
            text = (folder / MANIFEST).read_bytes().decode("utf-8")
            raw = json.loads(text)
            if raw["format"] == FORMAT:
                files = {name: FileRecord(**record) for name, record in raw.pop("files").items()}
                manifest = Manifest(files=files, **raw)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            msg = f"the manifest of index {folder} cannot be read ({type(error).__name__}): {MEND}"
            raise IndexUnusableError(msg) from error
        if raw["format"] != FORMAT:
            remedy = f"remove {self.root} and run `yiju index` on your articles again"
            if isinstance(raw["format"], int) and raw["format"] > FORMAT:
                remedy = "use the newer version that made it, or index into another folder with --library DIR"
            msg = f"the index in {self.root} has format {raw['format']}, this version reads {FORMAT}: {remedy}"
            raise IndexUnusableError(msg)
        if text != manifest.to_json() or manifest.generation != folder.name:
            msg = f"the manifest of index {folder} is damaged (it is not as it was written): {MEND}"
            raise IndexUnusableError(msg)
        return manifest

    def read_manifest(self, folder: Path) -> Manifest:
        """Return the manifest of a generation after checking format and file sizes.

        Raises:
            IndexUnusableError: it is missing, unreadable, of another format, or a file differs from it.

        """
        manifest = self.manifest_of(folder)
        for name, record in manifest.files.items():
            path = folder / name
            try:
                size = path.stat().st_size if path.is_file() else None
            except OSError as error:
                raise _unreadable(path, error) from error
            if size != record.bytes:
                found = "is missing" if size is None else f"has {size:,} bytes"
                msg = f"index file {path} {found}, its manifest says {record.bytes:,} bytes: {MEND}"
                raise IndexUnusableError(msg)
        return manifest

    def check(self, folder: Path, manifest: Manifest) -> None:
        """Compare every file of a generation with its hash, unless that was done and nobody touched it since.

        Raises:
            IndexUnusableError: one differs.

        """
        names = sorted(manifest.files)
        if verified.is_verified(self.root, folder, manifest.seal, names):
            return
        for name in names:
            self.verify(folder, manifest, name)
        verified.note(self.root, folder, manifest.seal, names)

    def opened(self, open_one: Callable[[Path, Manifest], _Opened]) -> _Opened | None:
        """Return what `open_one` makes of the live generation, None where nothing has been indexed yet.

        Writers may switch twice while one opens, and what was live is then removed: the new one is opened instead.

        Raises:
            IndexUnusableError: the live generation is damaged.

        """
        while True:
            folder = self.current()
            if folder is None:
                return None
            try:
                manifest = self.read_manifest(folder)
                self.check(folder, manifest)
                return open_one(folder, manifest)
            except IndexUnusableError:
                if self.current() == folder:
                    raise

    def verify(self, folder: Path, manifest: Manifest, name: str) -> None:
        """Compare the content of one file with its hash.

        Raises:
            IndexUnusableError: it differs.

        """
        path = folder / name
        try:
            found = hash_file(path)
        except OSError as error:
            raise _unreadable(path, error) from error
        if found != manifest.files[name]:
            raise damaged(path)

    def is_whole(self, folder: Path) -> bool:
        """Whether a generation's manifest and all its files are as they were written; all is read for that."""
        try:
            manifest = self.manifest_of(folder)
            for name in manifest.files:
                self.verify(folder, manifest, name)
        except IndexUnusableError:
            return False
        return True

    def settle(self) -> None:
        """Finish the switch of a process that was killed in it: where none is live, the newest whole generation is.

        Raises:
            IndexUnusableError: another process is writing to this library.

        """
        if self._current.exists() or not self.generations():
            return
        with self.writing():
            whole = next(filter(self.is_whole, self.generations()), None)
            if whole and not self._current.exists():
                self.switch(whole.name)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writers' lock.

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
            yield
        finally:
            lock.release()

    @contextmanager
    def building(self, work: Mapping[str, object]) -> Iterator[Building]:
        """Hold the writers' lock and give a folder to build in; removed again when nothing was published from it.

        `work` says what is to be built. The folder of a process that was killed, or stopped with Ctrl-C, is given
        again if it was for the same work and the machine has not been restarted since: what was written, but not
        forced to the disk, is whole only that long.

        Raises:
            IndexUnusableError: another process is writing to this library.

        """
        with self.writing():
            building = self._begun({**work, "boot": _this_boot()})
            try:
                yield building
            except Exception:
                shutil.rmtree(building.folder, ignore_errors=True)
                raise
            if building.folder.exists():
                shutil.rmtree(building.folder)

    def _begun(self, work: Mapping[str, object]) -> Building:
        """Return the folder that a process had begun, or a fresh one; whatever else was left over is removed."""
        live = self.current()
        for leftover in self._generations.iterdir():
            # A generation later than the live one was complete when its process died, but never switched to.
            later = bool(_NAME.fullmatch(leftover.name)) and (live is None or self.number(leftover) > self.number(live))
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
        numbers = [self.number(path) for path in self.folders()]
        return f"g{max(numbers, default=0) + 1:06d}"

    def folders(self) -> list[Path]:
        """Return the folders of all generations, the oldest first, whatever is in them."""
        found = (path for path in self._generations.glob("g*") if _NAME.fullmatch(path.name))
        return sorted(found, key=self.number)

    @staticmethod
    def number(folder: Path) -> int:
        """Return the number of a generation: those made later have a higher one."""
        return int(folder.name[1:])

    def publish(self, folder: Path, manifest: Manifest, instead_of: Path | None = None) -> Path:
        """Make a built folder the live generation; older ones but the last are removed, and the one it replaces."""
        manifest = manifest.sealed()
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
        verified.note(self.root, final, manifest.seal, sorted(manifest.files))
        self.switch(manifest.generation)
        if instead_of:
            shutil.rmtree(instead_of)
        for old in self.folders()[:-_KEPT]:
            shutil.rmtree(old)
        return final

    def switch(self, name: str) -> None:
        """Make a complete generation the live one."""
        draft = self._current.with_name("CURRENT.new")
        draft.write_text(name + "\n", encoding="utf-8")
        sync_file(draft)
        draft.replace(self._current)
        sync_file(self.root)


def damaged(path: Path) -> IndexUnusableError:
    """Return what to raise for a file whose content is not what the manifest says."""
    return IndexUnusableError(f"index file {path} is damaged (its hash differs): {MEND}")


def _unreadable(path: Path, error: OSError) -> IndexUnusableError:
    return IndexUnusableError(f"index file {path} cannot be read ({error.strerror or error}): {MEND}")
