"""Mending a library folder: what is damaged is made again from what is whole, or the generation before is live again.

Nothing is mended in its place. What can be made again (vectors, lexical index) goes into a new generation, which is
published like any other; a generation that cannot be used is set aside and not deleted, since it may hold the only copy
of an article. All is done under the writers' lock; a process killed in it leaves what can be mended again.
"""

import json
import os
import shlex
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from models.check import Check, from_error, guarded
from models.errors import IndexUnusableError, ModelError, one_line
from models.protocols import Embedder
from rag import doctor, known_files, verified
from rag.generation import copied
from rag.library import DATABASE
from rag.retrieval import dense
from rag.retrieval.segments import SegmentWriter, is_lexical
from rag.store import FileRecord, Manifest, Store, hash_file, same_work
from rag.text.terms import terms

EXAMPLES = "examples.json"  # as `rag.examples` names it, which loads everything that answers
_CODE = IndexUnusableError.exit_code
_BUILDING = "building-repair"
_BATCH = 2048  # passages embedded at a time
_ASIDE = "damaged-"

OpenEmbedder = Callable[[Manifest], Embedder]


@dataclass(frozen=True, slots=True)
class Plan:
    """What `repair` would do with a folder as it is."""

    says: tuple[str, ...] = ()  # each step in words
    rebuilt: Manifest | None = None  # of the live generation, of which some files are to be made again
    lost: frozenset[str] = frozenset()  # those files
    switch: Path | None = None  # a generation to be made live
    aside: tuple[Path, ...] = ()
    rubbish: tuple[Path, ...] = ()
    cannot: Check | None = None  # what cannot be mended


def plan(root: Path, python: str = sys.executable) -> Plan:
    """Look at a folder and return what would mend it. Every file is read for that; nothing is changed."""
    store = Store(root)
    named = _named(store)
    if named is None and not store.generations():
        return _with_rubbish(Plan(), root, store, None, cannot=None)
    manifest, problem = _manifest(store, named)
    if problem is not None and problem.format_differs:
        return Plan(cannot=from_error("repair", problem.error, _CODE))
    lost = broken(root, store, named, manifest, python) if named and manifest else frozenset({DATABASE})
    if named and not lost:
        return _with_rubbish(_newer(store, named), root, store, named, cannot=None)
    if named and manifest and DATABASE not in lost and _can_be_made(root, manifest, lost):
        what = " and ".join(sorted({"the vectors" if name == dense.FILE else "the lexical index" for name in lost}))
        says = f"makes {what} of generation {named.name} again from its {manifest.counts['passages']:,} passages"
        return _with_rubbish(Plan((says,), rebuilt=manifest, lost=lost), root, store, named, cannot=None)
    whole = next((each for each in store.generations() if each != named and store.is_whole(each)), None)
    if whole is None:
        return _with_rubbish(Plan(), root, store, named, cannot=_hopeless(root, named))
    aside = (named,) if named else ()
    return _with_rubbish(Plan((f"makes {_described(store, whole)} live",), switch=whole, aside=aside), root, store,
                         whole, cannot=None)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Problem:
    error: IndexUnusableError
    format_differs: bool


def _manifest(store: Store, folder: Path | None) -> tuple[Manifest | None, _Problem | None]:
    if folder is None:
        return None, None
    try:
        return store.manifest_of(folder), None
    except IndexUnusableError as error:
        return None, _Problem(error, " has format " in str(error))


def _named(store: Store) -> Path | None:
    try:
        return store.current()
    except IndexUnusableError:
        return None


def broken(root: Path, store: Store, folder: Path, manifest: Manifest, python: str) -> frozenset[str]:
    """Return which files of a generation are not what they were, or are not what an index needs."""
    found = set()
    for name in manifest.files:
        try:
            store.verify(folder, manifest, name)
        except IndexUnusableError:
            found.add(name)
    if not found:
        # A hash proves what was written, not that it is an index.
        lexical = next(iter(filter(is_lexical, manifest.files)), dense.FILE)
        for name, check in (
            (DATABASE, lambda: doctor.database(root, folder, manifest)),
            (lexical, lambda: doctor.terms_in_order(root, folder, manifest)),
            (dense.FILE, lambda: doctor.vectors(root, folder, manifest, python)),
        ):
            if guarded("repair", check, _CODE).state == "fail":
                found.add(name)
                break
    return frozenset(found)


def _can_be_made(root: Path, manifest: Manifest, lost: frozenset[str]) -> bool:
    """Whether the embedder is here that vectors are to be made with; the lexical index needs none."""
    if dense.FILE not in lost:
        return True
    try:
        return doctor.embedder(root, manifest).state == "ok"
    except ModelError:
        return False


def _hopeless(root: Path, named: Path | None) -> Check:
    what = f"generation {named.name}" if named else "no generation"
    finding = f"{what} in {root} can be made whole from what is there, and none before it is kept whole"
    finding = finding if not named else f"{what} in {root} cannot be made whole, and none before it is"
    paths = shlex.join([str(root / "CURRENT"), str(root / "generations")])
    return Check("repair", "fail", finding, f"`rm -r {paths}`, then run `yiju index` on your articles again", _CODE)


def _described(store: Store, folder: Path) -> str:
    manifest = store.manifest_of(folder)
    return f"generation {folder.name} of {manifest.created} ({manifest.counts['articles']:,} articles)"


def _newer(store: Store, live: Path) -> Plan:
    """Return what to do where generations stand that are newer than the live one, which is whole."""
    newer = [each for each in store.folders() if store.number(each) > store.number(live)]
    whole = next((each for each in reversed(newer) if store.is_whole(each)), None)
    says = (f"makes {_described(store, whole)} live, as a killed run was about to",) if whole else ()
    aside = tuple(each for each in newer if whole is None or store.number(each) > store.number(whole))
    return Plan(says, switch=whole, aside=aside)


def _with_rubbish(made: Plan, root: Path, store: Store, live: Path | None, cannot: Check | None) -> Plan:
    gone = tuple(_rubbish(root, store, live, unchanged=not made.says))
    says = [*made.says, *(f"sets {path.name} aside" for path in made.aside), *(f"removes {path.name}" for path in gone)]
    return replace(made, says=tuple(says), rubbish=gone, cannot=cannot)


def _rubbish(root: Path, store: Store, live: Path | None, *, unchanged: bool) -> Iterator[Path]:
    """Yield what a killed process left and nobody will use, and caches that cannot be read."""
    yield from (path for path in sorted(root.glob("*.new")) if path.name.startswith(("CURRENT.", *caches())))
    for path in damaged_caches(root):
        yield path
    generations = root / "generations"
    if generations.is_dir():
        for path in sorted(generations.glob("building-*")):
            if not (unchanged and goes_on(path, live)):
                yield path
    if live is not None:
        older = [path for path in store.folders() if store.number(path) < store.number(live)]
        yield from older[:-1]


def goes_on(folder: Path, live: Path | None) -> bool:
    """Whether `yiju index` would go on with a half-built generation."""
    return same_work(folder, live.name if live else None)


def caches() -> tuple[str, ...]:
    """Return the names of the files beside the generations that can be lost without harm."""
    return known_files.FILE, EXAMPLES, verified.FILE


def damaged_caches(root: Path) -> list[Path]:
    """Return the caches that are no JSON object. They are made again when they are missing."""
    found = []
    for path in (root / name for name in caches()):
        try:
            if path.is_file() and not isinstance(json.loads(path.read_bytes()), dict):
                found.append(path)
        except (ValueError, RecursionError):
            found.append(path)
    return found


def repair(root: Path, open_embedder: OpenEmbedder, python: str = sys.executable) -> list[Check]:
    """Mend a library folder and tell what was done; what could not be mended fails with what to do instead."""
    if not (root / "generations").is_dir():
        return [Check("repair", "ok", f"nothing to mend: there is no index in {root}")]
    store = Store(root)
    try:
        with store.writing():
            made = plan(root, python)
            _carry_out(root, store, made, open_embedder)
    except (IndexUnusableError, ModelError) as error:
        return [from_error("repair", error, _CODE)]
    except (OSError, sqlite3.Error) as error:
        remedy = "check permissions and free space, then run `yiju doctor --repair` again; nothing was lost"
        return [Check("repair", "fail", f"it was stopped: {one_line(error)}", remedy, _CODE)]
    done = [Check("repair", "ok", f"done: {step}") for step in made.says]
    if made.switch:
        again = "run `yiju index` on your articles to bring it in step"
        done.append(Check("repair", "warn", f"the library is that of {_described(store, made.switch)}", again))
    if made.cannot:
        done.append(made.cannot)
    return done or [Check("repair", "ok", "nothing to mend")]


def _carry_out(root: Path, store: Store, made: Plan, open_embedder: OpenEmbedder) -> None:
    for path in made.rubbish:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    # Before the switch: the next `yiju index` deletes what seems newer than what is live.
    for path in made.aside:
        path.rename(_free(path.with_name(f"{_ASIDE}{path.name}")))
    if made.switch:
        current = root / "CURRENT"
        if current.is_dir():
            current.rename(_free(root / f"{_ASIDE}{current.name}"))
        store.switch(made.switch.name)
    if made.rebuilt:
        _rebuild(root, store, made.rebuilt, made.lost, open_embedder)


def _free(path: Path) -> Path:
    number = 1
    while path.exists():
        number += 1
        path = path.with_name(f"{path.name.partition('.')[0]}.{number}")
    return path


def _rebuild(root: Path, store: Store, manifest: Manifest, lost: frozenset[str], open_embedder: OpenEmbedder) -> None:
    """Publish a generation with the same texts, and with what was lost made again from them."""
    live = root / "generations" / manifest.generation
    folder = live.with_name(_BUILDING)
    folder.mkdir()
    copied(live / DATABASE, folder / DATABASE, manifest.files[DATABASE])
    files = {DATABASE: manifest.files[DATABASE]}
    uri = f"{(folder / DATABASE).resolve().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        if any(map(is_lexical, lost)):
            files |= _lexical(connection, folder)
        else:
            files |= {name: _taken(live, folder, name, manifest) for name in manifest.files if is_lexical(name)}
        if dense.FILE in lost:
            files[dense.FILE] = _dense(connection, folder, open_embedder(manifest))
        else:
            files[dense.FILE] = _taken(live, folder, dense.FILE, manifest)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    new = replace(manifest, generation=store.next_name(), created=created, files=files)
    store.publish(folder, new, instead_of=live)


def _taken(live: Path, folder: Path, name: str, manifest: Manifest) -> FileRecord:
    try:
        os.link(live / name, folder / name)
    except OSError:
        copied(live / name, folder / name, manifest.files[name])
    return manifest.files[name]


_BODIES = (
    "SELECT passage.row, article.row, title, substr(text, start + 1, end - start) FROM passage"
    " JOIN article ON article.row = passage.article WHERE part = 'body' ORDER BY passage.row"
)


def _bodies(connection: sqlite3.Connection) -> Iterator[list[tuple[int, int, str, str]]]:
    """Yield the body passages in batches: row, row of the article, its title, text."""
    cursor = connection.execute(_BODIES)
    while batch := cursor.fetchmany(_BATCH):
        yield batch


def _lexical(connection: sqlite3.Connection, folder: Path) -> dict[str, FileRecord]:
    writer = SegmentWriter(folder, None)
    rows: list[int] = []
    for batch in _bodies(connection):
        for row, article, title, text in batch:
            writer.add(row, article, terms(title), terms(text))
            rows.append(row)
        if len(rows) % (4 * _BATCH) == 0:
            writer.flush()
    return writer.finish(np.array(rows, dtype=np.int64))


def _dense(connection: sqlite3.Connection, folder: Path, embedder: Embedder) -> FileRecord:
    index = dense.DenseIndex.empty(embedder.dimensions)
    for batch in _bodies(connection):
        vectors = embedder.embed_passages([text for *_, text in batch])
        index.add([row for row, *_ in batch], np.ascontiguousarray(vectors, dtype="<f4"))
    index.write(folder / dense.FILE)
    return hash_file(folder / dense.FILE)
