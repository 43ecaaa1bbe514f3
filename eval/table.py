"""`results.csv`: one row a question, for people with a spreadsheet."""

import csv
import re
from collections.abc import Mapping

from eval.folder import TABLE, Row
from eval.metrics import METRICS
from eval.outputs import Run
from eval.questions import Question
from eval.summary_types import SummaryJson
from eval.whole import WholeFile

_FORMULA = tuple("=+-@＝＋－＠\t\r\n")
_NEGATIVE = re.compile(r"-\d[\d,]*(\.\d+)?[%％]?")
_LONGEST = 32_767  # what a cell of Excel holds; what is longer would run over into the rows below
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def _cell(value: object) -> str:
    """Return a cell. One that a spreadsheet would take for a formula is led by an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    text = _UNSEEN.sub("", str(value))
    if text.lstrip(" \u3000\u00a0").startswith(_FORMULA) and not _NEGATIVE.fullmatch(text):
        text = f"'{text}"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _cells(row: Row, top_hit: str | None) -> Mapping[str, object]:
    question, prediction = row.question, row.prediction
    gold = " & ".join(" | ".join(item) for item in question.answers) or question.reference
    cells: dict[str, object] = {
        "id": question.id,
        "question": question.question,
        "verdict": row.verdict.value,
        "answerable": question.answerable,
        "status": row.status,
        "answer": None,
        "short_answer": None,
        "abstained": None,
        "reason": None,
        "confidence": None,
        "cited_titles": None,
        "quotes": None,
        "top_hit": top_hit,
        "gold": gold,
        "tags": " ".join(question.tags),
        "error": row.error,
        "total_ms": None,
        **{metric.name: row.metrics.get(metric.name) for metric in METRICS},
    }
    if prediction is not None:
        citations = prediction["citations"]
        cells |= {
            "answer": prediction["answer"],
            "short_answer": prediction["short_answer"],
            "abstained": prediction["abstained"],
            "reason": prediction["reason"],
            "confidence": prediction["confidence"],
            "cited_titles": "\n".join(dict.fromkeys(citation["title"] for citation in citations)),
            "quotes": "\n".join(f"[{citation['marker']}] {citation['quote']}" for citation in citations),
            "total_ms": prediction["timings_ms"].get("total"),
        }
    return cells


class Table:
    """Writes `results.csv`: a header and one row a question, with CRLF.

    It begins with a BOM, so that Excel reads it as UTF-8, and no cell is a formula.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._file = WholeFile(run.folder / TABLE)
        self._file.write("\ufeff")
        columns = list(_cells(Row(Question("", ""), "error", None), None))
        self._writer = csv.DictWriter(self._file, fieldnames=columns, lineterminator="\r\n")
        self._writer.writeheader()

    def add(self, row: Row) -> None:
        """Write the row of a question."""
        cells = _cells(row, self._top_hit(row))
        self._writer.writerow({name: _cell(value) for name, value in cells.items()})

    def _top_hit(self, row: Row) -> str | None:
        """Return the path of the article that the first hit is from."""
        hits = row.prediction["hits"] if row.prediction is not None else []
        if not hits:
            return None
        source = self._run.library(hits[0]["article_id"]) if row.question.contexts is None else None
        return hits[0]["article_id"] if source is None else source.path

    def finish(self, summary: SummaryJson) -> None:
        """Put the table in its place."""
        del summary
        self._file.keep()
