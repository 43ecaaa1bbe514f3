"""What the rows of a run come to: `summary.json` for programs, `results.csv` for people with a spreadsheet."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from eval.folder import Row
from eval.metrics import METRICS
from eval.questions import Question

_FORMULA = ("=", "+", "@", "\t", "\r")


def mean_of(rows: Sequence[Row], name: str) -> dict[str, float | int | None]:
    """Return a metric's mean over the rows it applies to, their number, and how many more there would be.

    Rows of status error have no score: they are `missing`, so that a mean over fewer questions shows as one.
    """
    metric = next(metric for metric in METRICS if metric.name == name)
    scores = [score for row in rows if row.status == "ok" and (score := row.metrics.get(name)) is not None]
    missing = sum(row.status == "error" and metric.applies(row.question) for row in rows)
    return {"mean": sum(scores) / len(scores) if scores else None, "n": len(scores), "missing": missing}


def _latency(rows: Sequence[Row]) -> dict[str, dict[str, float | int]]:
    """Return the median and the 95th percentile of each stage's milliseconds."""
    stages: dict[str, list[float]] = {}
    for row in rows:
        if row.prediction is not None:
            for stage, spent in row.prediction["timings_ms"].items():
                stages.setdefault(stage, []).append(spent)
    return {
        stage: {
            "p50": round(float(np.percentile(spent, 50)), 3),
            "p95": round(float(np.percentile(spent, 95)), 3),
            "n": len(spent),
        }
        for stage, spent in stages.items()
    }


def _models(rows: Sequence[Row]) -> dict[str, list[str]]:
    names: dict[str, set[str]] = {}
    for row in rows:
        for role, name in (row.prediction["models"] if row.prediction is not None else {}).items():
            names.setdefault(role, set()).add(name)
    return {role: sorted(found) for role, found in names.items()}


def summarise(rows: Sequence[Row], questions: Sequence[Question]) -> dict[str, object]:
    """Return the summary of a run; `questions` are those it was asked to answer."""
    predictions = [row.prediction for row in rows if row.prediction is not None]
    errors = sum(row.status == "error" for row in rows)
    return {
        "questions": len(questions),
        "rows": len(rows),
        "errors": errors,
        "coverage": (len(rows) - errors) / len(questions) if questions else None,
        "metrics": {metric.name: mean_of(rows, metric.name) for metric in METRICS},
        "refusal": {
            "on_unanswerable": mean_of(rows, "rejected_right"),
            "false_on_answerable": mean_of(rows, "false_refusal"),
            "reasons": dict(Counter(p["reason"] for p in predictions if p["reason"])),
        },
        "latency_ms": _latency(rows),
        "mode": dict(Counter(p["mode"] for p in predictions)),
        "models": _models(rows),
    }


def _cell(value: object) -> str:
    """Return a cell. One that a spreadsheet would take for a formula is led by an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _cells(row: Row) -> Mapping[str, object]:
    question, prediction = row.question, row.prediction
    gold = " & ".join(" | ".join(item) for item in question.answers) or question.reference
    cells: dict[str, object] = {
        "id": question.id,
        "question": question.question,
        "answerable": question.answerable,
        "status": row.status,
        "answer": None,
        "short_answer": None,
        "abstained": None,
        "reason": None,
        "confidence": None,
        "cited_titles": None,
        "quotes": None,
        "gold": gold,
        "tags": " ".join(question.tags),
        "error": row.error,
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
        }
    return cells


def results_table(rows: Sequence[Row]) -> str:
    """Return `results.csv`: a header and one row a question. It begins with a BOM, so that Excel reads it as UTF-8."""
    blank = Row(Question("", ""), "error", None)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(_cells(blank)), lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in _cells(row).items()})
    return "\ufeff" + text.getvalue()
