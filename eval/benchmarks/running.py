"""Runs the rows, each in a folder of its own; what is finished stays."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from eval.benchmarks.rows import Row
from eval.folder import MANIFEST, SUMMARY
from eval.manifest import build_manifest, difference
from eval.questions import load_questions
from eval.runner import run
from eval.selection import Selection
from eval.summary_types import SummaryJson
from models.errors import BadInputError
from rag.protocols import Answerer, Articles
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.assemble import Models  # it imports the models' packages


@dataclass(frozen=True, slots=True)
class System:
    """What answers a row's questions."""

    answerer: Answerer
    articles: Articles | None
    models: Mapping[str, str]  # role → name and fingerprint
    generation: str | None  # of the library


Opener = Callable[[Path | None, Path | None, Settings], AbstractContextManager[System]]
"""(library folder, what is indexed into it, settings) → a system; no library for sets that bring their passages."""


class BundledSystems:
    """The product with its bundled models, loaded once."""

    def __init__(self) -> None:
        self._models: Models | None = None

    @contextmanager
    def __call__(self, library: Path | None, articles: Path | None, settings: Settings) -> Iterator[System]:
        """Bring the library in step with its articles, and open it."""
        from rag.assemble import open_answerer, open_indexer, open_models

        self._models = self._models or open_models()
        if library is None or articles is None:
            # A folder that is no library: the set needs none.
            system = open_answerer(Path("/nonexistent"), settings, models=self._models, library_needed=False)
            yield System(system.answerer, None, system.identities, None)
            return
        open_indexer(library, settings).run([articles])
        system = open_answerer(library, settings, models=self._models)
        opened = system.library
        assert opened is not None
        try:
            yield System(system.answerer, opened, system.identities, str(opened.manifest.generation))
        finally:
            opened.close()

    def close(self) -> None:
        """Free the models."""
        if self._models:
            self._models.reader.close()


def read_json(path: Path) -> dict[str, object] | None:
    """Return the object of a run's file, or None where there is none."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def finished(folder: Path) -> SummaryJson | None:
    """Return the summary of a run that has one."""
    return cast("SummaryJson | None", read_json(folder / SUMMARY))


def _is_done(folder: Path, manifest: Mapping[str, object], questions: int) -> bool:
    recorded, summary = read_json(folder / MANIFEST), finished(folder)
    if recorded is None or summary is None:
        return False
    return difference(recorded, manifest) is None and summary["rows"] == questions and not summary["errors"]


def run_row(row: Row, work: Path, opener: Opener, *, limit: int | None = None, progress: bool = True) -> bool:
    """Run a row, or go on with it; say whether it is complete (else it was interrupted).

    Raises:
        BadInputError: the folder holds a run of another model, other settings or data: take another --work.

    """
    path, folder, library = row.question_file(work), row.run_folder(work, limit), row.library(work)
    questions = load_questions(path)
    settings = Settings(answer_always=row.answer_always)
    selection = Selection(smoke=limit)
    with opener(library, row.article_path(work), settings) as system:
        place = {"path": str(library), "generation": system.generation} if library else None
        manifest = build_manifest(path, models=system.models, settings=settings, library=place)
        if _is_done(folder, manifest, len(selection.of(questions))):
            sys.stderr.write(f"{row.name}: finished before\n")
            return True
        sys.stderr.write(f"{row.name}:\n")
        there = (folder / MANIFEST).exists()
        try:
            outcome = run(
                system.answerer,
                questions,
                folder,
                manifest=manifest,
                articles=system.articles,
                selection=selection,
                resume=there,
                retry_errors=there,
                progress=progress,
            )
        except BadInputError as error:
            msg = f"{error} (another --work, or remove that folder)"
            raise BadInputError(msg) from error
    return not outcome.interrupted
