"""`junit.xml`: the run as a test report, which every CI server shows."""

import re
import shutil
from pathlib import Path
from tempfile import TemporaryFile
from xml.sax.saxutils import quoteattr

from eval.folder import JUNIT, Row
from eval.outputs import Run
from eval.summary_types import SummaryJson
from eval.verdict import Verdict
from eval.whole import WholeFile
from models.errors import one_line

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML 1.0 has no place for
_SHORT = 300
_MEANING = {
    Verdict.NOT_FOUND: "the answer is not among the hits",
    Verdict.NOT_READ: "the answer is among the hits, but something else was read or cited",
    Verdict.NOT_SUPPORTED: "the evidence was read, but the answer does not come from it",
    Verdict.WRONGLY_DECLINED: "declined, though the articles answer it",
    Verdict.WRONGLY_ANSWERED: "answered, though the articles do not answer it",
}


def _attribute(text: object) -> str:
    return quoteattr(_FORBIDDEN.sub("", one_line(text)))


def _cut(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"


def _message(row: Row, verdict: Verdict) -> str:
    """Return in one line what went wrong: what was expected, and what was said."""
    gold = " & ".join(" | ".join(item) for item in row.question.answers) or row.question.reference or ""
    if row.question.answerable is False:
        gold = "to be declined"
    prediction = row.prediction
    said = "" if prediction is None else "declined" if prediction["abstained"] else prediction["answer"]
    expected = f"; expected: {_cut(gold)}" if gold else ""
    return f"{verdict.value}: {_MEANING.get(verdict, '')}{expected}; said: {_cut(said)}"


def _set_name(run: Run) -> str:
    recorded = run.manifest.get("question_set")
    path = str(recorded.get("path", "")) if isinstance(recorded, dict) else ""
    return Path(path).stem or "questions"


def _seconds(row: Row) -> float:
    return row.prediction["timings_ms"].get("total", 0.0) / 1000 if row.prediction is not None else 0.0


class JUnit:
    """Writes a testcase a question.

    Its class is the question's first tag, below the set's name. A failure is a question that went wrong, an error one
    that came to an error. Skipped are questions without gold to judge by, and those that the set expects to fail
    (`expect`: "known_fail") where they do. Where such a one goes right, the case passes and its output says so: what
    got better must not turn a build red.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._name = _set_name(run)
        self._cases = TemporaryFile("w+", encoding="utf-8", newline="", dir=run.folder)  # noqa: SIM115 - until `finish`
        self._counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
        self._time = 0.0

    def add(self, row: Row) -> None:
        """Write the case of a question, to go below the counts that come first in the file."""
        question = row.question
        verdict = row.verdict
        seconds = _seconds(row)
        known = question.expect == "known_fail"
        right = verdict is Verdict.RIGHT
        inner, kind = "", None
        if verdict is Verdict.UNJUDGED:
            kind, inner = "skipped", '<skipped message="no gold to judge by"/>'
        elif verdict is Verdict.ERROR:
            kind, inner = "errors", f'<error type="error" message={_attribute(row.error or "error")}/>'
        elif right and known:
            inner = "<system-out>right, though the set expects it to fail: take its known_fail away</system-out>"
        elif known:
            kind, inner = "skipped", f"<skipped message={_attribute('known to fail: ' + _message(row, verdict))}/>"
        elif not right:
            kind, inner = "failures", f'<failure type="{verdict}" message={_attribute(_message(row, verdict))}/>'
        self._counts["tests"] += 1
        self._time += seconds
        if kind is not None:
            self._counts[kind] += 1
        group = ".".join((self._name, *question.tags[:1]))
        name = f"{question.id}: {question.question}"
        head = f'<testcase classname={_attribute(group)} name={_attribute(name)} time="{seconds:.3f}"'
        self._cases.write(f"    {head}>{inner}</testcase>\n" if inner else f"    {head}/>\n")

    def finish(self, summary: SummaryJson) -> None:
        """Put the counts before the cases, and the file in its place."""
        del summary
        counts = " ".join(f'{name}="{count}"' for name, count in self._counts.items())
        totals = f'name={_attribute(self._name)} {counts} time="{self._time:.3f}"'
        file = WholeFile(self._run.folder / JUNIT)
        file.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites {totals}>\n')
        file.write(f"  <testsuite {totals} timestamp={_attribute(self._run.finished)}>\n")
        self._cases.seek(0)
        shutil.copyfileobj(self._cases, file)
        file.write("  </testsuite>\n</testsuites>\n")
        file.keep()
        self._cases.close()
