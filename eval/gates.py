"""What must not get worse between two runs, by how much it may, and the floors of the project's own set.

A gate fails when the second run is worse by more than its tolerance and chance does not explain it: the p-value,
adjusted over all gates, is below 0.05.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from eval.folder import Row
from eval.manifest import question_set_identity
from eval.questions import PROJECT_SET
from eval.summary import mean_of
from rag.settings import Settings

FLOORS = Path(__file__).resolve().parent / "floors.json"
"""Figures of the project's own set with bundled models and default settings; `tests/test_end_to_end.py` holds them."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A metric that is held, and how far it may fall (or rise, where lower is better) without failing."""

    metric: str
    tolerance: float


GATES: tuple[Gate, ...] = (
    Gate("acc", 0.01),
    Gate("acc_80", 0.01),
    Gate("f1", 0.01),
    Gate("evidence_cited", 0.01),
    Gate("citations_valid", 0.0),
    Gate("rejected_right", 0.01),
    Gate("false_refusal", 0.01),
)
"""One family: Holm's correction runs over these, apart from all other metrics. The first that applies leads."""


def _is_project_set(manifest: Mapping[str, object]) -> bool:
    path, recorded = PROJECT_SET / "questions.jsonl", manifest.get("question_set")
    if not path.is_file() or not isinstance(recorded, Mapping):
        return False
    return recorded.get("sha256") == question_set_identity(path)["sha256"]


def floors_apply(manifest: Mapping[str, object], rows: Sequence[Row]) -> bool:
    """Tell whether a run is what the floors were measured on.

    It is of the project's set as it is today, whole and without errors, with default settings and without a writer.
    """
    counts, models = manifest.get("counts"), manifest.get("models")
    return (
        FLOORS.is_file()
        and _is_project_set(manifest)
        and isinstance(counts, Mapping)
        and counts.get("questions") == len(rows)
        and all(row.status == "ok" for row in rows)
        and manifest.get("settings") == asdict(Settings())
        and isinstance(models, Mapping)
        and "writer" not in models
    )


def floor_failures(rows: Sequence[Row]) -> Iterator[str]:
    """Yield a clause for each figure of a run that is beyond its floor or ceiling."""
    floors: dict[str, dict[str, float]] = json.loads(FLOORS.read_text(encoding="utf-8"))
    for group, sign, word in (("project_set_at_least", 1, "floor"), ("project_set_at_most", -1, "ceiling")):
        for name, bound in floors[group].items():
            mean = mean_of(rows, name)["mean"]
            if mean is not None and sign * mean < sign * bound:
                beyond = "below" if sign > 0 else "above"
                yield f"{name} is {mean * 100:.1f} %, {beyond} its {word} of {bound * 100:.1f} %"
