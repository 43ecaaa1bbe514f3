"""Measures one system: builds it, asks it every question, judges what it finds, and notes what it cost."""

import math
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.finding.gold import Gold
from eval.finding.registry import DEPTH, SYSTEMS
from eval.finding.system import Entry, Place, System
from eval.questions import Question, load_questions, needs_library
from eval.selection import Selection
from models.errors import BadInputError
from models.machine import resident_memory_mib
from rag.library import Library

_WARM_UP = 5  # questions asked once before the clock runs


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of one question."""

    id: str
    ranks: tuple[int | None, ...]  # for each thing needed, the rank of the first passage that meets it
    ms: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one system on one library."""

    system: str
    build_seconds: float | None
    bytes_kept: int | None
    resident_mib: int  # of the process, after the last question
    sets: dict[str, tuple[Asked, ...]]  # question file → its questions

    def to_json(self) -> dict[str, Any]:
        """Return it for a file."""
        return asdict(self)


def measured_from(values: dict[str, Any]) -> Measured:
    """Return what `to_json` gave."""
    sets = {
        name: tuple(Asked(row["id"], tuple(row["ranks"]), row["ms"]) for row in rows)
        for name, rows in values["sets"].items()
    }
    return Measured(**{**values, "sets": sets})


def questions_of(path: Path, limit: int | None) -> list[Question]:
    """Return the questions of a file that something can be found for; with `limit`, a stratified so many.

    Raises:
        BadInputError: the file breaks a rule, brings its own passages, or has no such question.

    """
    asked = [question for question in load_questions(path) if question.answerable is not False and question.grades]
    if not asked:
        msg = f"{path}: no question names an article to find; give a set with `evidence`"
        raise BadInputError(msg)
    if not needs_library(asked):
        msg = f"{path}: its questions bring their own passages; give a set that is asked of a library"
        raise BadInputError(msg)
    return Selection(smoke=limit).of(asked)


def ask(system: System, questions: Sequence[Question], gold: Gold) -> list[Asked]:
    """Return what a system finds for each question whose articles are in the library."""
    wanted = [(question, need) for question in questions if (need := gold.wanted(question))]
    for question, _ in wanted[:_WARM_UP]:
        system.search(question, DEPTH)
    rows = []
    for question, need in wanted:
        start = time.perf_counter()
        found = system.search(question, DEPTH)
        spent = (time.perf_counter() - start) * 1000
        ranks = tuple(None if rank == math.inf else int(rank) for rank in need.ranks(found))
        rows.append(Asked(question.id, ranks, round(spent, 3)))
    return rows


def measure(entry: Entry, place: Place, questions: dict[str, list[Question]]) -> Measured:
    """Return what a system finds and costs."""
    gold = Gold(place.library)
    start = time.perf_counter()
    with closing(entry.open(place)) as system:
        built = time.perf_counter() - start
        sets = {name: tuple(ask(system, asked, gold)) for name, asked in questions.items()}
        return Measured(
            system=entry.name,
            build_seconds=round(built, 1) if entry.builds else None,
            resident_mib=resident_memory_mib(),
            bytes_kept=system.bytes_kept(),
            sets=sets,
        )


def measure_in_library(name: str, root: Path, questions: dict[str, list[Question]]) -> Measured:
    """Measure a system by name on a library's folder; for a process of its own, whose memory is then the system's.

    Raises:
        IndexUnusableError: the index is missing, damaged, or was made with another embedder.

    """
    from rag.assemble import open_embedder

    with closing(Library.open(root)) as library:
        return measure(SYSTEMS[name], Place(root, library, open_embedder(root)), questions)
