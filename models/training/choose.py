"""Step 2b: choose the weights to ship among the checkpoints of the run and averages of them.

The questions by people are few, so that late training learns them by heart; averaging weights along one run
("model soups", Wortsman et al. 2022) keeps what was learnt and undoes part of that.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from models.errors import ModelError
from models.reader_input import vocabulary_index
from models.training.checkpoint import Checkpoint
from models.training.device import CPU
from models.training.evaluate import development, score_spans
from models.training.files import write_json
from models.training.groups import PHASE as LAST_PHASE
from models.training.lexical import Bm25
from models.training.measure import measure_competition, measure_pool
from models.training.prepare import Prepared
from models.training.reader_training import Say, look_name
from models.training.spans import PHASE as FIRST_PHASE

SEED = 77
SHIPPED = "reader-shipped.pt"
CHOICE = "choice.json"
_MOST = 4  # looks in a mean


def mixtures(work: Path) -> dict[str, dict[str, float]]:
    """Return the candidates by name, each with the weight of every checkpoint in it.

    They are the last look of phase B, the means of its last two, three and four, and those with phase A's last look,
    which has learnt less by heart.

    Raises:
        ModelError: phase B has not been looked at.

    """
    late, early = looks(work, LAST_PHASE), looks(work, FIRST_PHASE)
    if not late:
        msg = f"{work}: no weights to choose from; run the step that trains this model first"
        raise ModelError(msg)
    found = {}
    for count in range(1, min(_MOST, len(late)) + 1):
        name = f"last {count} of {LAST_PHASE}"
        found[name] = dict.fromkeys(late[-count:], 1.0)
        if early:
            found[f"{name} + last of {FIRST_PHASE}"] = found[name] | {early[-1]: 1.0}
    return found


def looks(work: Path, phase: str) -> list[str]:
    """Return the names of a phase's looks in a work folder, in order of time."""
    return sorted((path.name for path in work.glob(look_name(phase, "*"))), key=lambda name: (len(name), name))


def mixture(parts: Sequence[tuple[Checkpoint, float]]) -> dict[str, Tensor]:
    """Return the weighted mean of the checkpoints' averaged weights."""
    total = sum(weight for _, weight in parts)
    names = parts[0][0].average
    return {name: sum((c.average[name] * (w / total) for c, w in parts), start=names[name] * 0) for name in names}


def candidate(work: Path, weights: Mapping[str, float]) -> Checkpoint:
    """Return a checkpoint whose averaged weights are the mixture; the rest is of the last one named.

    Raises:
        ModelError: a checkpoint is missing or broken.

    """
    parts = [(Checkpoint.load(work / name), weight) for name, weight in weights.items()]
    return replace(parts[-1][0], average=mixture(parts))


def choose(
    work: Path,
    *,
    smoke: bool = False,
    device: torch.device = CPU,
    say: Say = print,
) -> None:
    """Measure the candidates on the development split, and save the best as `reader-shipped.pt`.

    Raises:
        BadInputError: nothing is prepared.
        ModelError: a checkpoint is missing or broken.

    """
    prepared = Prepared.load(work)
    index = vocabulary_index(prepared.characters)
    pool = measure_pool(prepared, limit=40 if smoke else 8000)
    lexical = Bm25(pool)
    rng = random.Random(SEED)
    held_out = development(prepared.human, "cmrc2018_train")
    questions = rng.sample(held_out, min(len(held_out), 4 if smoke else 400))
    competing = rng.sample(held_out, min(len(held_out), 4 if smoke else 200))
    results: dict[str, dict[str, Any]] = {}
    for name, weights in mixtures(work).items():
        network = candidate(work, weights).network().to(device)
        figures = score_spans(network, index, questions)
        figures |= measure_competition(network, index, competing, pool, lexical)
        results[name] = {**figures, "score": score_of(figures)}
        say(f"{name}: {results[name]}")
    best = max(results, key=lambda name: results[name]["score"])
    candidate(work, mixtures(work)[best]).save(work / SHIPPED)
    write_json(work / CHOICE, {"chosen": best, "candidates": results})


def score_of(figures: Mapping[str, float]) -> float:
    """Return one number for a candidate: spans, ranking and catching count alike."""
    caught = (figures["unanswerable_caught"] + figures["unanswerable_caught_by_margin"]) / 2
    return round((figures["em"] + figures["f1"]) / 2 + figures["mixed_success@1"] + 0.5 * caught, 2)
