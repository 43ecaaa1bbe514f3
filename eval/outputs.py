"""What is written from the rows of a run: the summary, tables and the report, all in one pass over the rows.

Rows stay on the disk: a run of 10,000 questions with 20 hits each is hundreds of megabytes. Each output takes the rows
one by one, in the order of the question set, keeps of them what it needs and no more, and writes its file at the end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from eval.folder import Row
from eval.prediction import Lookup
from eval.summary_types import SummaryJson


@dataclass(frozen=True, slots=True)
class Run:
    """What outputs know of a run beside its rows."""

    folder: Path
    manifest: Mapping[str, object]
    questions: int  # how many it was asked to answer; fewer rows mean that it was stopped
    library: Lookup
    finished: str  # UTC, ISO 8601


class Output(Protocol):
    """One thing that is made from a run."""

    def add(self, row: Row) -> None:
        """Take the next row, in the order of the question set."""

    def finish(self, summary: SummaryJson) -> None:
        """Write what it makes, whole or not at all."""


def feed(rows: Iterable[Row], outputs: Sequence[Output]) -> None:
    """Give every row to every output."""
    for row in rows:
        for output in outputs:
            output.add(row)
