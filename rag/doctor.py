"""Checks of the index in a library folder, and of what answering needs beside the models.

Each is one question about the folder as it lies there; nothing is written. What `rag.repair` would mend is told as the
remedy. FAISS runs in a child process, so that a wheel that does not fit the CPU is told instead of ending the doctor.
"""

import shlex
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from models.check import SETUP, Check, ChildError, from_error, guarded, readable, run_child
from models.errors import IndexUnusableError, one_line
from models.store import bundled
from rag.store import Manifest, Store

_CODE = IndexUnusableError.exit_code
_FAISS = """
import json, sys
from pathlib import Path
import numpy
from rag.retrieval.dense import DenseIndex
small = DenseIndex.empty(8)
small.add([3, 5], numpy.eye(8, dtype="f4")[:2])
said = {"works": [row for row, _ in small.search(numpy.eye(8, dtype="f4")[1], 1)] == [5]}
if len(sys.argv) > 1:
    index = DenseIndex.read(Path(sys.argv[1]))
    said |= {"vectors": len(index), "dimensions": index.dimensions}
print(json.dumps(said))
"""


def index_sizes(root: Path) -> tuple[int, int]:
    """Return the bytes of the live generation and of its vectors, 0 where there is none or it cannot be told."""
    from rag.retrieval.dense import FILE

    try:
        folder = Store(root).current()
        return (_size(folder), _size(folder / FILE)) if folder else (0, 0)
    except (OSError, ValueError, IndexUnusableError):
        return 0, 0


def _size(path: Path) -> int:
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_size
    return sum(file.lstat().st_size for file in path.rglob("*") if not file.is_dir())


def calibration() -> Check:
    """Compare the fitted confidence with the bundled reader. Raises ModelError when it is broken."""
    from rag.answering.confidence import read_calibration

    fitted, reader = read_calibration(), bundled("reader")
    wanted, is_there = fitted.fitted["reader"], reader.files[0].sha256[:16]
    if wanted != is_there:
        found = f"fitted for reader {wanted}, the bundled one is {reader.name} ({is_there})"
        remedy = "restore both (`git checkout -- rag/answering models`), or fit again with `python -m eval.calibrate`"
        return Check("calibration", "fail", found, remedy)
    return Check("calibration", "ok", f"fitted for {reader.name}, answers from {fitted.threshold:.0%} on")


def faiss_runs(python: str = sys.executable) -> Check:
    """Search a tiny index in a child process."""
    try:
        said = run_child(_FAISS, python=python)
    except ChildError as error:
        return Check("vector search", "fail", f"FAISS cannot search here: {error}", f"install it again: `{SETUP}`")
    if not said["works"]:
        return Check("vector search", "fail", "FAISS finds the wrong vector", f"install it again: `{SETUP}`")
    return Check("vector search", "ok", "FAISS finds what it is given")


def index_checks(root: Path, python: str = sys.executable) -> list[Check]:
    """Look at everything in a library folder; where nothing was indexed yet, that is one check that is ok."""
    found = _index_checks(root, python)
    if all(check.state != "fail" for check in found):
        return found
    mended: list[str] = []

    def look() -> Check:
        from rag.repair import plan

        mended.extend(plan(root, python).says)
        return Check("repair", "ok", "planned")

    guarded("repair", look)
    if not mended:
        return found
    remedy = f"`{_repair(root)}` {', '.join(mended)}; then run `yiju index` on your articles to bring it in step"
    return [
        replace(check, remedy=remedy) if check.state == "fail" and check.name not in _NOT_MENDED else check
        for check in found
    ]


_NOT_MENDED = ("index embedder",)


def _repair(root: Path) -> str:
    return shlex.join(["yiju", "doctor", "--repair", "--library", str(root)])


def _index_checks(root: Path, python: str) -> list[Check]:
    store = Store(root)
    if root.exists() and not root.is_dir():
        return [Check("index", "fail", f"{root} is not a folder", "name another one with --library DIR", _CODE)]
    try:
        folder = store.current()
    except IndexUnusableError as error:
        return [_unusable("index", root, error), *_around(root, None)]
    if folder is None:
        found = f"nothing yet in {root}: `yiju index FOLDER` brings your articles in"
        return [Check("index", "ok", found), *_around(root, None)]
    read: list[Manifest] = []

    def manifest() -> Check:
        try:
            read.append(store.read_manifest(folder))
        except IndexUnusableError as error:
            return _unusable("index", root, error)
        counts = read[0].counts
        said = f"{counts['articles']:,} articles, {counts['passages']:,} passages, {readable(_size(folder))}"
        return Check("index", "ok", f"{said}, generation {folder.name} of {read[0].created} in {root}")

    checks = [guarded("index", manifest, _CODE)]
    if checks[0].state == "ok":
        steps: tuple[tuple[str, Callable[[], Check]], ...] = (
            ("index files", partial(_files, root, store, folder, read[0])),
            ("index embedder", partial(embedder, root, read[0])),
            ("index settings", partial(_settings, root, read[0])),
            ("index database", partial(database, root, folder, read[0])),
            ("index terms", partial(terms_in_order, root, folder, read[0])),
        )
        checks += [guarded(name, step, _CODE) for name, step in steps]
        # Vectors whose hash is wrong are not given to FAISS: it believes what it reads.
        if checks[1].state == "ok":
            checks.append(guarded("index vectors", partial(vectors, root, folder, read[0], python), _CODE))
    return [*checks, guarded("index before", partial(_before, store, folder), _CODE), *_around(root, folder)]


def _again(root: Path) -> str:
    # Never the library folder itself: it may be one that holds other things.
    index = shlex.join([str(root / "CURRENT"), str(root / "generations")])
    return f"`rm -r {index}`, then run `yiju index` on your articles again"


def _unusable(name: str, root: Path, error: IndexUnusableError) -> Check:
    return Check(name, "fail", from_error(name, error).finding, _again(root), _CODE)


def _files(root: Path, store: Store, folder: Path, manifest: Manifest) -> Check:
    for name in manifest.files:
        try:
            store.verify(folder, manifest, name)
        except IndexUnusableError as error:
            return _unusable("index files", root, error)
    return Check(
        "index files", "ok", f"{len(manifest.files)} files, each of the size and SHA-256 that its manifest says"
    )


def embedder(root: Path, manifest: Manifest) -> Check:
    """Compare the embedder that is here with the one a generation was made with."""
    from models.embedder import folder_fingerprint, open_user_embedder

    location = manifest.embedder.get("location")
    if location:  # one that the user brought
        own = open_user_embedder(location)
        named, is_there = own.name, own.fingerprint
    else:
        entry = bundled("embedder")
        named, is_there = entry.name, folder_fingerprint(entry.location)
    made_with = manifest.embedder["fingerprint"]
    if made_with != is_there:
        found = f"made with {manifest.embedder['name']} ({made_with}), the embedder here is {named} ({is_there})"
        remedy = f"{_again(root)}, or index into another folder with --library DIR"
        return Check("index embedder", "fail", found, remedy, _CODE)
    return Check("index embedder", "ok", f"made with the embedder that is here, {named} ({is_there})")


def _settings(root: Path, manifest: Manifest) -> Check:
    from rag.settings import Settings

    made_with, here = manifest.settings["passage_length"], Settings().passage_length
    if made_with != here:
        found = f"passages of {made_with} characters, this version makes {here}: it answers, and takes nothing more in"
        return Check("index settings", "warn", found, _again(root))
    return Check("index settings", "ok", f"passages of {here} characters, as this version makes them")


def database(root: Path, folder: Path, manifest: Manifest) -> Check:
    """Let SQLite look at a generation's database, and count what is in it."""
    from rag.library import DATABASE

    name = "index database"
    uri = f"{(folder / DATABASE).resolve().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            verdict = one_line(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
            counts = {
                table + "s": int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
                for table in ("article", "passage")
            }
    except sqlite3.Error as error:
        return Check(name, "fail", f"SQLite cannot read it ({one_line(error)})", _again(root), _CODE)
    if verdict != "ok":
        return Check(name, "fail", f"SQLite finds it damaged ({verdict})", _again(root), _CODE)
    wrong = [f"{counts[key]:,} {key}, the manifest says {manifest.counts[key]:,}" for key in counts
             if counts[key] != manifest.counts[key]]  # fmt: skip
    if wrong:
        return Check(name, "fail", "; ".join(wrong), _again(root), _CODE)
    said = ", ".join(f"{count:,} {key}" for key, count in counts.items())
    return Check(name, "ok", f"sound by SQLite's quick check; {said}, as the manifest says")


def terms_in_order(root: Path, folder: Path, manifest: Manifest) -> Check:
    """Look at a generation's postings, and compare their passages with those of the database."""
    from rag.library import DATABASE
    from rag.retrieval.segments import open_postings

    name = "index terms"
    try:
        postings = open_postings(folder, manifest.files)
    except IndexUnusableError as error:
        return _unusable(name, root, error)
    if fault := postings.fault():
        return Check(name, "fail", f"the lexical index is damaged ({fault})", _again(root), _CODE)
    uri = f"{(folder / DATABASE).resolve().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            bodies = {row for (row,) in connection.execute("SELECT row FROM passage WHERE part = 'body'")}
    except sqlite3.Error as error:
        return Check(name, "fail", f"SQLite cannot tell the passages ({one_line(error)})", _again(root), _CODE)
    rows = postings.live_rows().tolist()
    if len(rows) != len(bodies) or bodies.symmetric_difference(rows):
        found = f"{len(rows):,} passages in the lexical index, {len(bodies):,} body passages in the library"
        return Check(name, "fail", f"{found}, and not the same ones", _again(root), _CODE)
    return Check(name, "ok", f"{len(rows):,} body passages in {postings.count:,} segments, postings in order")


def vectors(root: Path, folder: Path, manifest: Manifest, python: str) -> Check:
    """Read a generation's vectors in a child process, and count them."""
    from rag.library import DATABASE
    from rag.retrieval.dense import FILE

    name = "index vectors"
    try:
        said = run_child(_FAISS, str((folder / FILE).resolve()), python=python)
    except ChildError as error:
        return Check(name, "fail", f"FAISS cannot read them: {error}", _again(root), _CODE)
    uri = f"{(folder / DATABASE).resolve().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        # Heads are read and cited, and found by their words; only bodies are embedded.
        bodies = int(connection.execute("SELECT count(*) FROM passage WHERE part = 'body'").fetchone()[0])
    dimensions = int(manifest.embedder["dimensions"])
    if (said["vectors"], said["dimensions"]) != (bodies, dimensions):
        found = (
            f"{said['vectors']:,} vectors of {said['dimensions']} dimensions for {bodies:,} body passages and an "
            f"embedder of {dimensions}"
        )
        return Check(name, "fail", found, _again(root), _CODE)
    return Check(name, "ok", f"{bodies:,} vectors of {dimensions} dimensions, one for each body passage")


def _before(store: Store, live: Path) -> Check:
    """Look at the generation that `yiju doctor --repair` can go back to; its hashes are compared then."""
    name = "index before"
    older = [folder for folder in store.folders() if store.number(folder) < store.number(live)]
    if not older:
        return Check(name, "ok", "no generation before this one")
    try:
        manifest = store.read_manifest(older[-1])
    except IndexUnusableError as error:
        remedy = "nothing, while the live one is whole: the next change that `yiju index` brings in takes its place"
        return Check(name, "warn", from_error(name, error).finding, remedy)
    kept = f"generation {older[-1].name} of {manifest.created} is kept, {manifest.counts['articles']:,} articles"
    return Check(name, "ok", kept)


def _around(root: Path, live: Path | None) -> list[Check]:
    return [
        guarded("index leftovers", partial(_leftover, root, live), _CODE),
        guarded("index caches", partial(_caches, root), _CODE),
    ]


def _caches(root: Path) -> Check:
    from rag.repair import caches, damaged_caches

    damaged = [path.name for path in damaged_caches(root)]
    folders = [name for name in caches() if (root / name).is_dir()]
    if folders:
        remedy = f"move it away, or delete it: `rm -r {shlex.join(str(root / name) for name in folders)}`"
        return Check("index caches", "warn", f"{', '.join(folders)} in {root}: a folder where a file belongs", remedy)
    if damaged:
        found = f"{', '.join(damaged)} in {root} cannot be read: made again when it is needed"
        return Check("index caches", "warn", found, f"`{_repair(root)}` removes it")
    return Check("index caches", "ok", "what is remembered of files and examples can be read")


def _leftover(root: Path, live: Path | None) -> Check:
    """Look for what a killed or running writer left: a held lock, half-built folders, generations that are not live."""
    name = "index leftovers"
    if _is_locked(root / "write.lock"):
        return Check(name, "warn", f"a `yiju index` is writing to {root} now", "wait for it to end, then look again")
    stale = list(_stale(root, live))
    if not stale:
        return Check(name, "ok", "nothing half-built, no lock held")
    found = f"{', '.join(f'{path.name} ({why}, {readable(_size(path))})' for path, why in stale)} in {root}"
    return Check(name, "warn", found, f"run `yiju index` on your articles again, or `{_repair(root)}`")


def _stale(root: Path, live: Path | None) -> Iterator[tuple[Path, str]]:
    draft = root / "CURRENT.new"
    if draft.exists():
        yield draft, "half-written"
    # The generation before the live one is kept on purpose.
    store = Store(root)
    before = [path for path in store.folders() if live is None or store.number(path) < store.number(live)][-1:]
    generations = root / "generations"
    for path in sorted(generations.iterdir() if generations.is_dir() else ()):
        if path.name.startswith("building-"):
            yield path, "half-built"
        elif path.name.startswith("damaged-"):
            yield path, "set aside: delete it when all your articles are in again"
        elif path not in store.folders() or path == live or (path in before and live is not None):
            continue
        elif live is None:
            yield path, "not live"
        elif store.number(path) > store.number(live):
            yield path, "newer than the live one, and not live"
        else:
            yield path, "older than the one that is kept"


def _is_locked(lock: Path) -> bool:
    """Whether a living process holds the writers' lock; a lock file alone means nothing."""
    if not lock.exists():
        return False
    import filelock

    try:
        with filelock.FileLock(lock, timeout=0):
            return False
    except filelock.Timeout:
        return True
    except OSError:
        return False  # it cannot be opened here, so nobody here writes either
