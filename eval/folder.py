"""A run's folder: its manifest and its rows, one a question, appended as they come and readable after a kill."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from eval.manifest import difference
from eval.prediction import PredictionJson
from eval.questions import RESERVED, Question, parse_question
from models.errors import BadInputError

MANIFEST = "manifest.json"
ROWS = "per_question.jsonl"
SUMMARY = "summary.json"
TABLE = "results.csv"
ERRORS = "errors.log"


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one question."""

    question: Question
    status: Literal["ok", "error"]
    prediction: PredictionJson | None
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    error: str | None = None  # one line

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
    partial = path.with_name(path.name + ".part")
    partial.write_text(text, encoding="utf-8", newline="")
    partial.replace(path)


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


def read_rows(folder: Path) -> Iterator[Row]:
    """Yield the rows of a run. A last line cut off by a kill is left out.

    Raises:
        BadInputError: there is no such file, or a line before the last is damaged.

    """
    path = folder / ROWS
    try:
        content = path.read_bytes()
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror or error}); give the --out folder of a run"
        raise BadInputError(msg) from error
    # What follows the last line end is empty, or was cut off.
    for number, line in enumerate(content.split(b"\n")[:-1], start=1):
        try:
            row = _row(json.loads(line))
        except (ValueError, AttributeError) as error:
            msg = f"{path}:{number}: not a row of a run ({error}); remove the line and run again with --resume"
            raise BadInputError(msg) from error
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
        msg = f"{path}: cannot be read as a run's manifest ({error}); choose another --out folder"
        raise BadInputError(msg) from error
    if not isinstance(manifest, dict):
        msg = f"{path}: holds no object, so it is no run's manifest; choose another --out folder"
        raise BadInputError(msg)
    return manifest


def start(folder: Path, manifest: Mapping[str, object]) -> None:
    """Make the folder of a new run.

    Raises:
        BadInputError: it holds a run already, or is a file.

    """
    if folder.is_file():
        msg = f"{folder} is a file, but --out is a folder for the run; choose another name"
        raise BadInputError(msg)
    if (folder / MANIFEST).exists() or (folder / ROWS).exists():
        msg = f"{folder} already holds a run, which is never overwritten; add --resume, or choose another --out folder"
        raise BadInputError(msg)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / MANIFEST, manifest)
    (folder / ROWS).touch()


def reopen(folder: Path, manifest: Mapping[str, object], questions: Mapping[str, Question], now: str) -> list[Row]:
    """Make a run's folder ready to go on, and return the rows that stay.

    Rows stay that are of status ok and whose question is unchanged; the others are removed and answered again.

    Raises:
        BadInputError: the folder holds no run, a damaged one, or one of another question set, models, settings or
            library.

    """
    recorded = read_manifest(folder)
    if (key := difference(recorded, manifest)) is not None:
        what = key.replace("_", " ")
        msg = f"{folder} holds a run with another {what}, and a run is made from one; choose another --out folder"
        raise BadInputError(msg)
    kept: dict[str, Row] = {}
    for row in read_rows(folder) if (folder / ROWS).exists() else ():
        question = questions.get(row.question.id)
        if row.status == "ok" and question is not None and question.fingerprint == row.question.fingerprint:
            kept[row.question.id] = row
    write_whole(folder / ROWS, "".join(map(row_line, kept.values())))
    for stale in (SUMMARY, TABLE):
        (folder / stale).unlink(missing_ok=True)
    resumed = recorded.get("resumed")
    write_json(folder / MANIFEST, {**recorded, "resumed": [*(resumed if isinstance(resumed, list) else []), now]})
    return list(kept.values())


class RowWriter:
    """Appends rows, each of which is on its way to the disk before the next question is asked."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / ROWS).open("a", encoding="utf-8", newline="")

    def write(self, line: str) -> None:
        """Append a line made by `row_line`."""
        self._file.write(line)
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()
