"""What must not get worse between two runs, by how much it may, and the floors of the project's own set.

A gate fails when the second run is worse by more than its tolerance and chance does not explain it: the one-sided
p-value, adjusted over all gates (`statistics.step_down`), is below 0.05. Errors are no matter of chance: one more of
them in the second run fails.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from eval import statistics as stats
from eval.manifest import question_set_identity
from eval.questions import PROJECT_SET
from rag.settings import Settings

FLOORS = Path(__file__).resolve().parent / "floors.json"
"""Figures of the project's own set with bundled models and default settings; `tests/test_end_to_end.py` holds them."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A metric that is held, and how far it may fall (or rise, where lower is better) without failing."""

    metric: str
    tolerance: float
    weight: float  # its share of the level


GATES: tuple[Gate, ...] = (
    Gate("acc", 0.01, 0.50),
    Gate("nuggets_vital", 0.01, 0.10),
    Gate("f1", 0.01, 0.08),
    Gate("evidence_cited", 0.01, 0.08),
    Gate("rejected_right", 0.01, 0.08),
    Gate("citations_valid", 0.0, 0.06),
    Gate("false_refusal", 0.01, 0.04),
    Gate("must_not", 0.01, 0.03),
    Gate("acc_80", 0.01, 0.03),  # moves with acc, but for answers that grow long; those show in many questions at once
)
"""One family, apart from all other metrics. The first that applies leads.

Most of them fall together when answers get worse. Equal shares would let each new gate take from the one that tells
most; half of the level stays with it.
"""

HEADLINES: tuple[str, ...] = tuple(gate.metric for gate in GATES)
"""The gated metrics; the first that applies is the one to speak of."""


def headline_alpha(name: str, applying: Iterable[str]) -> float:
    """Return the level to which a gated metric is held at worst: its share, among those that apply."""
    there = {name, *applying}
    weights = {gate.metric: gate.weight for gate in GATES if gate.metric in there}
    return stats.ALPHA * weights[name] / sum(weights.values())


def _is_project_set(manifest: Mapping[str, object]) -> bool:
    path, recorded = PROJECT_SET / "questions.jsonl", manifest.get("question_set")
    if not path.is_file() or not isinstance(recorded, Mapping):
        return False
    return recorded.get("sha256") == question_set_identity(path)["sha256"]


def floors_apply(manifest: Mapping[str, object], answered: int) -> bool:
    """Tell whether a run with so many rows of status ok is what the floors were measured on.

    It is of the project's set as it is today, whole and without errors, with default settings and without a writer.
    """
    counts, models = manifest.get("counts"), manifest.get("models")
    return (
        FLOORS.is_file()
        and _is_project_set(manifest)
        and isinstance(counts, Mapping)
        and counts.get("questions") == answered
        and manifest.get("settings") == asdict(Settings())
        and isinstance(models, Mapping)
        and "writer" not in models
    )


def floor_failures(means: Mapping[str, float | None]) -> Iterator[str]:
    """Yield a clause for each mean of a run that is beyond its floor or ceiling."""
    floors: dict[str, dict[str, float]] = json.loads(FLOORS.read_text(encoding="utf-8"))
    for group, sign, word in (("project_set_at_least", 1, "floor"), ("project_set_at_most", -1, "ceiling")):
        for name, bound in floors[group].items():
            mean = means.get(name)
            if mean is not None and sign * mean < sign * bound:
                beyond = "below" if sign > 0 else "above"
                yield f"{name} is {mean * 100:.1f} %, {beyond} its {word} of {bound * 100:.1f} %"
