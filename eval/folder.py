"""A run's folder: its manifest and its rows, one a question, appended as they come and readable after a kill."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from eval.manifest import difference
from eval.prediction import PredictionJson
from eval.questions import RESERVED, Question, parse_question
from eval.verdict import Verdict, verdict_of
from eval.whole import WholeFile
from models.errors import BadInputError

MANIFEST = "manifest.json"
ROWS = "per_question.jsonl"
SUMMARY = "summary.json"
TABLE = "results.csv"
REPORT = "report.html"
JUNIT = "junit.xml"
TREC_RUN, TREC_QRELS = "run.trec", "qrels.trec"
ERRORS = "errors.log"
MADE = (SUMMARY, TABLE, REPORT, JUNIT, TREC_RUN, TREC_QRELS)
"""What is made from the rows when a run is complete."""

_SYNC_EVERY = 1.0  # seconds; syncing each row took longer than all else that a run adds to a question


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one question."""

    question: Question
    status: Literal["ok", "error"]
    prediction: PredictionJson | None
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    error: str | None = None  # one line

    @property
    def verdict(self) -> Verdict:
        """What became of the question, in one word."""
        return verdict_of(self.question, self.prediction, self.metrics)

    def to_json(self) -> dict[str, object]:
        """Return the row as a run stores it: the question's own fields, then what the run adds."""
        row = {**self.question.to_json(), "status": self.status, "prediction": self.prediction}
        row["metrics"] = dict(self.metrics)
        if self.error is not None:
            row["error"] = self.error
        return row


def row_line(row: Row) -> str:
    """Return a row as one line.

    Raises:
        ValueError: it holds a number that JSON has no words for (NaN, infinity).

    """
    return json.dumps(row.to_json(), ensure_ascii=False, allow_nan=False) + "\n"


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    file = WholeFile(path)
    file.write(text)
    file.keep()


def write_json(path: Path, value: Mapping[str, object]) -> None:
    """Write an object for programs and people to read."""
    write_whole(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def _row(values: Mapping[str, object]) -> Row:
    own = {name: value for name, value in values.items() if name not in RESERVED}
    question, problems = parse_question(own, "")
    status = values.get("status")
    if problems or status not in ("ok", "error"):
        raise ValueError(problems[0] if problems else f"`status` is {status!r}, but must be ok or error")
    return Row(
        question=question,
        status=status,
        prediction=cast("PredictionJson | None", values.get("prediction")),
        metrics=cast("dict[str, float | None]", values.get("metrics") or {}),
        error=cast("str | None", values.get("error")),
    )


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file of rows, counted from 1, each with its line end.

    A last line without one was cut off by a kill, unless it is whole: then only its end is missing, and is added.

    Raises:
        BadInputError: there is no such file.

    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.endswith(b"\n"):
                    yield number, line
                elif _is_json(line):
                    yield number, line + b"\n"
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror or error}); give the --out folder of a run"
        raise BadInputError(msg) from error


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _lines_and_rows(folder: Path) -> Iterator[tuple[bytes, Row]]:
    path = folder / ROWS
    for number, line in _lines(path):
        try:
            yield line, _row(json.loads(line))
        except (ValueError, AttributeError, TypeError) as error:
            msg = f"{path}:{number}: not a row of a run ({error}); remove the line and run again with --resume"
            raise BadInputError(msg) from error


def read_rows(folder: Path) -> Iterator[Row]:
    """Yield the rows of a run, one at a time. A last line cut off by a kill is left out.

    Raises:
        BadInputError: there is no such file, or a line before the last is damaged.

    """
    for _, row in _lines_and_rows(folder):
        yield row


def read_manifest(folder: Path) -> dict[str, object]:
    """Return the manifest of a run.

    Raises:
        BadInputError: there is none, or it is damaged.

    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        msg = f"{path}: cannot be read as a run's manifest ({reason}); give the --out folder of a run"
        raise BadInputError(msg) from error
    if not isinstance(manifest, dict):
        msg = f"{path}: holds no object, so it is no run's manifest; give the --out folder of a run"
        raise BadInputError(msg)
    return manifest


def start(folder: Path, manifest: Mapping[str, object]) -> None:
    """Make the folder of a new run.

    Raises:
        BadInputError: it holds a run already, is a file, or cannot be made.

    """
    if folder.is_file():
        msg = f"{folder} is a file, but --out is a folder for the run; choose another name"
        raise BadInputError(msg)
    if (folder / MANIFEST).exists() or (folder / ROWS).exists():
        msg = f"{folder} already holds a run, which is never overwritten; add --resume, or choose another --out folder"
        raise BadInputError(msg)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / MANIFEST, manifest)
        (folder / ROWS).touch()
    except OSError as error:
        msg = f"{folder} cannot be written ({error.strerror or error}); choose another --out folder, or free space"
        raise BadInputError(msg) from error


def reopen(
    folder: Path,
    manifest: Mapping[str, object],
    questions: Mapping[str, Question],
    keep: Callable[[Row], bool] = lambda _: True,
) -> list[str]:
    """Make a run's folder ready to go on, and return the ids of the rows that stay, in the order of the file.

    Rows stay whose question is unchanged and that `keep` keeps; the others are removed, to be answered again. The
    manifest becomes `manifest` with the time at which the run was started, and the log of when it was taken up again.

    Raises:
        BadInputError: the folder holds no run, a damaged one, or one of another question set, models, settings or
            library; or it cannot be written.

    """
    recorded = read_manifest(folder)
    if (key := difference(recorded, manifest)) is not None:
        what = key.replace("_", " ")
        msg = f"{folder} holds a run with another {what}, and a run is made from one; choose another --out folder"
        raise BadInputError(msg)
    kept: dict[str, None] = {}
    partial = folder / (ROWS + ".part")
    try:
        with partial.open("wb") as file:
            for line, row in _lines_and_rows(folder) if (folder / ROWS).exists() else ():
                question = questions.get(row.question.id)
                unchanged = question is not None and question.fingerprint == row.question.fingerprint
                if unchanged and row.question.id not in kept and keep(row):
                    file.write(line)
                    kept[row.question.id] = None
            file.flush()
            os.fsync(file.fileno())
        partial.replace(folder / ROWS)
        for stale in MADE:
            (folder / stale).unlink(missing_ok=True)
        before = recorded.get("resumed")
        resumed = [
            *(before if isinstance(before, list) else []),
            {"started": manifest.get("started"), "code": manifest.get("code")},
        ]
        own: dict[str, object] = {name: recorded[name] for name in ("started", "code") if name in recorded}
        write_json(folder / MANIFEST, {**manifest, **own, "resumed": resumed})
    except OSError as error:
        partial.unlink(missing_ok=True)
        msg = f"{folder} cannot be written ({error.strerror or error}); free space, then go on with --resume"
        raise BadInputError(msg) from error
    return list(kept)


def put_in_order(folder: Path, order: Sequence[str]) -> None:
    """Put the rows into the order of the question set, where questions that were asked again came last.

    Raises:
        BadInputError: a row is damaged.
        OSError: the folder cannot be written; the rows are as they were.

    """
    places: dict[str, tuple[int, int]] = {}
    offset = 0
    for _, line in _lines(folder / ROWS):
        places[json.loads(line)["id"]] = (offset, len(line))
        offset += len(line)
    wanted = [name for name in order if name in places]
    if wanted == list(places):
        return
    partial = folder / (ROWS + ".part")
    with (folder / ROWS).open("rb") as source, partial.open("wb") as file:
        for name in wanted:
            start, length = places[name]
            source.seek(start)
            file.write(source.read(length))
    partial.replace(folder / ROWS)


class RowWriter:
    """Appends rows. Each is with the operating system before the next question is asked, and on the disk soon after.

    A killed process loses nothing; a machine that loses its power, what came within the last second.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = (folder / ROWS).open("ab", buffering=0)
        self._clock = clock
        self._synced = clock()

    def write(self, line: str) -> None:
        """Append a line made by `row_line`.

        Raises:
            OSError: the disk is full, or gone; nothing of the line is left in the file where that can be helped.

        """
        content = line.encode()
        size = self._file.tell()
        try:
            written = self._file.write(content)
            if written != len(content):  # a disk that fills up takes a part
                self._file.write(content[written:])
        except OSError:
            with suppress(OSError):
                self._file.truncate(size)
            raise
        if self._clock() - self._synced > _SYNC_EVERY:
            os.fsync(self._file.fileno())
            self._synced = self._clock()

    def close(self) -> None:
        """Close the file, with all of it on the disk."""
        os.fsync(self._file.fileno())
        self._file.close()
