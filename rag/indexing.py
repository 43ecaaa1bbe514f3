"""Bringing files and folders in: what is new, changed, moved, gone or refused, applied as one new generation.

The live generation is copied, changed aside, and switched in at the end; until then nobody sees a change. Files that
were not touched since they were last read are not read again (`rag.known_files`); what a killed run had done is gone on
with (`rag.generation`). Whatever came before, the library ends as if it had been built afresh from what is there now.
"""

import hashlib
import json
import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from models.errors import BadInputError, IndexUnusableError
from models.protocols import Embedder
from rag.articles import Loaded, load, read_article
from rag.articles.files import File, shown
from rag.articles.hints import Hints
from rag.articles.loading import read_file
from rag.articles.walking import refusal, walk
from rag.generation import Base, Generation, Known, known_articles
from rag.known_files import Held, KnownFiles, readers
from rag.library import DATABASE
from rag.settings import Settings
from rag.store import FORMAT, Building, FileRecord, Manifest, Store
from rag.types import Refusal

Progress = Callable[[int], None]

_NOTHING = Hints()


@dataclass(slots=True)
class IndexReport:
    """What an indexing run did, or would do."""

    new: list[str] = field(default_factory=list)  # paths
    changed: list[str] = field(default_factory=list)
    moved: list[tuple[str, str]] = field(default_factory=list)  # from, to
    gone: list[str] = field(default_factory=list)
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    damaged: int = 0  # of the articles read, those with characters that could not be read
    articles: int = 0  # in the library afterwards
    passages: int = 0

    @property
    def changes(self) -> int:
        """How many articles differ from before."""
        return len(self.new) + len(self.changed) + len(self.moved) + len(self.gone)

    def reasons(self) -> Counter[str]:
        """Return how often each reason for refusing occurred."""
        return Counter(refusal.reason for refusal in self.refused)


def content_hash(loaded: Loaded) -> str:
    """Return the identity of what was read: the raw text, the metadata given beside it, and the code that cleans it.

    A version that cleans otherwise takes all articles for changed, so that a library in step equals one made anew.
    """
    given: list[object] = [loaded.title, loaded.published, loaded.source, loaded.id, loaded.kind, readers()]
    if loaded.info != _NOTHING or loaded.removed:
        given += [loaded.info, loaded.removed]
    digest = hashlib.sha256(json.dumps([str(g) if g is not None else None for g in given]).encode())
    digest.update(loaded.text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:32]


def _under(path: str, roots: Sequence[str]) -> bool:
    """Whether an article's path lies in or below one of the roots (a file, a folder, or a line of a file)."""
    return any(path == root or path.startswith((root.rstrip("/") + "/", root + "#")) for root in roots)


def _roots(paths: Sequence[Path]) -> list[str]:
    return [shown(path.as_posix()) for path in paths]


class _Sync:
    """Compares what is read with what is known, and tells the generation what to change (nothing, in a dry run)."""

    def __init__(self, known: dict[str, Known], roots: Sequence[str], generation: Generation | None) -> None:
        self._known = known  # by content hash
        self._by_id = {article.id: fingerprint for fingerprint, article in known.items()}
        self._roots = roots
        self._generation = generation
        self._begun = dict(generation.begun) if generation else {}  # what an interrupted run had added
        self._seen: dict[str, str] = {}  # content hash → path where it was read
        self._new_paths: set[str] = set()
        self._removed: set[str] = set()
        self.report = IndexReport()

    def recall(self, held: Sequence[Held]) -> bool:
        """Deal with a file by what it held when it was last read; false where it must be read after all."""
        for each in held:
            known = each.content_hash is None or each.content_hash in self._seen or each.content_hash in self._known
            if not known or (each.content_hash and self._is_lost(each.content_hash)):
                return False
        for each in held:
            if each.content_hash is None:
                self.refuse(each.path, each.reason or "")
            else:
                self._dealt_with(each.path, each.content_hash)
        return True

    def _is_lost(self, fingerprint: str) -> bool:
        """Whether an interrupted run had taken out an article that is there again."""
        known = self._known.get(fingerprint)
        return known is not None and self._generation is not None and not self._generation.holds(known.row)

    def _dealt_with(self, path: str, fingerprint: str) -> bool:
        """Deal with what is known by its hash alone; false where the article itself is needed."""
        known = self._known.get(fingerprint)
        if fingerprint in self._seen:
            self.refuse(path, f"the same text as {self._seen[fingerprint]}")
        elif known is None:
            return False
        elif not _under(known.path, self._roots):
            self.refuse(path, f"the same text as {known.path}")
        elif fingerprint in self._removed:
            self.refuse(path, f"the id {known.id!r} is already used by another article")
        elif self._is_lost(fingerprint):
            return False
        else:
            self._seen[fingerprint] = path
        return True

    def take(self, loaded: Loaded, fingerprint: str) -> None:
        """Deal with one article read."""
        if self._dealt_with(loaded.path, fingerprint):
            return
        begun = self._begun.get(fingerprint)
        article = None if begun else read_article(loaded)
        if isinstance(article, Refusal):
            self.refuse(article.path, article.reason)
            return
        article_id = begun.id if begun else article.id if article else ""
        previous = self._by_id.get(article_id)
        replaced = previous if previous != fingerprint else None
        if replaced is not None and not self._replaces(replaced):
            self.refuse(loaded.path, f"the id {article_id!r} is already used by another article")
            return
        self._seen[fingerprint] = loaded.path
        self._by_id[article_id] = fingerprint
        if fingerprint not in self._known:
            self._new_paths.add(loaded.path)
        if article is not None and article.damaged:
            self.report.damaged += 1
        if replaced is not None:
            self._remove(replaced)
        if self._generation and begun and begun.path != loaded.path:
            self._generation.move(begun.row, loaded.path)
        elif self._generation and article:
            self._generation.add(article, fingerprint)

    def _replaces(self, previous: str) -> bool:
        """Whether an article with a known id may take the place of the one that has it."""
        return (
            previous in self._known
            and previous not in self._seen
            and previous not in self._removed
            and _under(self._known[previous].path, self._roots)
        )

    def refuse(self, path: str, reason: str) -> None:
        """Note what does not come in."""
        self.report.refused.append(Refusal(path, reason))

    def _remove(self, fingerprint: str) -> None:
        self._removed.add(fingerprint)
        if self._generation:
            self._generation.remove(self._known[fingerprint].row)

    def finish(self) -> None:
        """Deal with what was known and not read again, and with what was read elsewhere."""
        lost: set[str] = {self._known[fingerprint].path for fingerprint in self._removed}
        for fingerprint, article in self._known.items():
            if fingerprint in self._removed:
                continue
            path = self._seen.get(fingerprint)
            if path is None:
                if _under(article.path, self._roots):
                    lost.add(article.path)
                    self._remove(fingerprint)
            elif path != article.path:
                self.report.moved.append((article.path, path))
                if self._generation:
                    self._generation.move(article.row, path)
            else:
                self.report.unchanged += 1
        for fingerprint, article in self._begun.items():
            if self._generation and fingerprint not in self._seen:
                self._generation.remove(article.row)
        self.report.changed = sorted(self._new_paths & lost)
        self.report.new = sorted(self._new_paths - lost)
        self.report.gone = sorted(lost - self._new_paths)
        self.report.articles = len(self._known) - len(self._removed) + len(self._new_paths)


class Indexer:
    """Keeps a library folder in step with files and folders."""

    def __init__(self, root: Path, embedder: Embedder, settings: Settings) -> None:
        self._store = Store(root)
        self._root = root
        self._embedder = embedder
        self._settings = settings

    def run(
        self,
        paths: Sequence[Path],
        *,
        dry_run: bool = False,
        reread: bool = False,
        progress: Progress | None = None,
    ) -> IndexReport:
        """Bring `paths` in, or in step again, and return what changed.

        Articles that came from elsewhere stay as they are; those that came from `paths` and are no longer there go.
        With `reread`, files that seem untouched are read all the same.
        `progress` is called with 1 for each article or refused file read.

        Raises:
            BadInputError: a path does not exist, or nothing at all was found in `paths`.
            IndexUnusableError: the library is locked, damaged, or was made with another embedder.

        """
        absolute = [Path(os.path.abspath(path)) for path in paths]  # noqa: PTH100 - links are not to be resolved
        load(absolute)  # tells of a path that does not exist; nothing is read yet
        if not dry_run:
            self._store.settle()
        base = self._store.opened(Base)
        live, before = (base.folder, base.manifest) if base else (None, None)
        if before:
            self._check(before)
        if dry_run:
            known = known_articles(base.folder / DATABASE) if base else {}
            files = KnownFiles(self._root, reread=reread)
            return self._read(_Sync(known, _roots(absolute), None), absolute, files, progress)
        work = {
            "base": before.generation if before else None,
            "format": FORMAT,
            "embedder": self._embedder.fingerprint,
            "passage_length": self._settings.passage_length,
        }
        try:
            with self._store.building(work) as building:
                if self._store.current() != live:
                    msg = f"another `yiju index` has just changed {self._root}: run this again"
                    raise IndexUnusableError(msg)
                return self._build(building, base, absolute, KnownFiles(self._root, reread=reread), progress)
        except sqlite3.Error as error:
            msg = f"the new index could not be written ({error}): free disk space, then run this again; nothing is lost"
            raise IndexUnusableError(msg) from error

    def _begin(self, building: Building, base: Base | None) -> Generation:
        """Return the generation to build; what cannot be gone on with is begun anew."""
        try:
            return Generation(building, base, self._embedder, self._settings.passage_length)
        except (sqlite3.Error, OSError, ValueError):
            fresh = self._store.anew(building)
            return Generation(fresh, base, self._embedder, self._settings.passage_length)

    def _build(
        self,
        building: Building,
        base: Base | None,
        absolute: Sequence[Path],
        files: KnownFiles,
        progress: Progress | None,
    ) -> IndexReport:
        """Write and publish a new generation, unless nothing changed."""
        known = known_articles(base.folder / DATABASE) if base else {}
        with closing(self._begin(building, base)) as generation:
            report = self._read(_Sync(known, _roots(absolute), generation), absolute, files, progress)
            if report.changes:
                finished = generation.finish()
                report.passages = finished.passages
                manifest = self._manifest(report, finished.files)
        if report.changes:
            self._store.publish(building.folder, manifest)
        files.write()
        return report

    def _check(self, manifest: Manifest) -> None:
        """Refuse to add to an index that was made otherwise."""
        check_embedder(self._root, manifest, self._embedder)
        if manifest.settings["passage_length"] != self._settings.passage_length:
            msg = (
                f"the index in {self._root} has passages of {manifest.settings['passage_length']} characters, the "
                f"settings say {self._settings.passage_length}: index into a new folder with --library"
            )
            raise IndexUnusableError(msg)

    def _read(self, sync: _Sync, paths: Sequence[Path], files: KnownFiles, progress: Progress | None) -> IndexReport:
        """Go through all files; those that were not touched since they were last read are not read again."""
        found = 0
        present: set[str] = set()
        for item in walk(paths):
            if isinstance(item, Refusal):
                sync.refuse(item.path, item.reason)
                held = 1
            else:
                path, file, found_there = item
                present.add(file.path)
                held = self._file(sync, path, file, found_there, files, progress)
            found += held
        files.forget(path for path in files.paths() if path not in present and _under(path, _roots(paths)))
        sync.finish()
        if not found and not sync.report.changes:
            names = ", ".join(map(str, paths))
            kinds = ".txt .md .html .pdf .docx .csv .xlsx .jsonl .zip"
            msg = f"there are no articles in {names}: name a folder with {kinds} files"
            raise BadInputError(msg)
        return sync.report

    @staticmethod
    def _file(
        sync: _Sync, path: Path, file: File, found: os.stat_result, files: KnownFiles, progress: Progress | None
    ) -> int:
        """Go through one file, which was `found` so before it is read; return how much it held."""
        try:
            held = files.held(file.path, found)
            if held is not None and sync.recall(held):
                if progress:
                    progress(len(held))
                return len(held)
            held = []
            for item in read_file(file):
                if isinstance(item, Refusal):
                    held.append(Held(item.path, None, item.reason))
                    sync.refuse(item.path, item.reason)
                else:
                    held.append(Held(item.path, content_hash(item), None))
                    sync.take(item, held[-1].content_hash or "")
                if progress:
                    progress(1)
        except OSError as error:
            item = refusal(path, error)
            sync.refuse(item.path, item.reason)
            return 1
        if any(each.content_hash is None and each.path == file.path for each in held):
            files.forget([file.path])  # refused itself, wholly or from some point on: it is tried again each time
        else:
            files.note(file.path, found, held)
        return len(held)

    def _manifest(self, report: IndexReport, files: Mapping[str, FileRecord]) -> Manifest:
        return Manifest(
            format=FORMAT,
            generation=self._store.next_name(),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            embedder={
                "name": self._embedder.name,
                "fingerprint": self._embedder.fingerprint,
                "dimensions": self._embedder.dimensions,
                "location": self._embedder.location,
            },
            settings={"passage_length": self._settings.passage_length},
            counts={"articles": report.articles, "passages": report.passages},
            files=files,
        )


def check_embedder(root: Path, manifest: Manifest, embedder: Embedder) -> None:
    """Compare the embedder at hand with the one an index was made with.

    Raises:
        IndexUnusableError: they differ: vectors of two models cannot be compared.

    """
    was = manifest.embedder
    if was["fingerprint"] != embedder.fingerprint:
        msg = (
            f"the index in {root} was made with embedder {was['name']} ({was['fingerprint']}), this one is "
            f"{embedder.name} ({embedder.fingerprint}): index again into a new folder (--library DIR), or remove {root}"
        )
        raise IndexUnusableError(msg)
