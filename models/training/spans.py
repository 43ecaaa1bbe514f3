"""Phase A of the reader's training: spans in single passages."""

import random
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from models.reader_head import ANSWERABLE, RELEVANCE
from models.reader_input import vocabulary_index
from models.training.device import CPU
from models.training.evaluate import development, score_spans
from models.training.examples import Batch, ExampleDrawer
from models.training.network import ReaderNetwork
from models.training.prepare import Prepared
from models.training.reader_training import CHECKPOINT, TOKENS, Look, Say, Schedule, Trainer, shape_for

PHASE = "spans"
_LOOK_QUESTIONS = 300


def human_share(done: float) -> float:
    """Return the share of questions asked by people: they are few and soon known by heart, so they come late."""
    if done < 0.4:
        return 0.25
    return min(0.9, 0.5 + 0.4 * (done - 0.4) / 0.4)


def span_loss(network: ReaderNetwork, batch: Batch) -> Tensor:
    """Return cross-entropy of the span among all spans, plus that of "does it answer" for both outputs at `[CLS]`."""
    logits = network(batch.characters, batch.states)
    scores = network.span_scores(logits, batch.allowed)
    loss = 2 * functional.cross_entropy(scores.flatten(1), batch.cells())
    for output, weight in ((ANSWERABLE, 0.5), (RELEVANCE, 0.1)):
        loss = loss + weight * functional.binary_cross_entropy_with_logits(logits[:, 0, output], batch.answerable)
    return loss


def look_at(prepared: Prepared, *, smoke: bool) -> Look:
    """Return the measurement that is taken while training: EM and F1 on CMRC's development split."""
    questions = development(prepared.human, "cmrc2018_train", 4 if smoke else _LOOK_QUESTIONS)
    index = vocabulary_index(prepared.characters)

    def look(network: ReaderNetwork) -> dict[str, Any]:
        return dict(score_spans(network, index, questions))

    return look


def train_spans(
    work: Path, minutes: float, *, smoke: bool = False, device: torch.device = CPU, say: Say = print
) -> None:
    """Train phase A into `reader.pt` in the work folder, or go on with it there.

    Raises:
        BadInputError: nothing is prepared.
        ModelError: the checkpoint there is broken or another network's.

    """
    prepared = Prepared.load(work)
    trainer = Trainer(shape_for(prepared.characters, smoke=smoke), prepared.characters, device)
    path = work / CHECKPOINT
    if path.exists():
        trainer.restore(path)
        if trainer.phase not in {"", PHASE}:
            say(f"{path}: phase A is over, nothing to do")
            return
    drawer = ExampleDrawer(prepared.human, prepared.made, vocabulary_index(prepared.characters))

    def loss_of(network: ReaderNetwork, rng: random.Random, done: float) -> tuple[Tensor, int]:
        batch = drawer.draw(rng, human_share(done), 900 if smoke else TOKENS)
        return span_loss(network, batch.to(device)), len(batch.starts)

    schedule = Schedule(PHASE, minutes, muon_rate=0.01, adam_rate=2e-3, final=0.12)
    trainer.run(schedule, loss_of, look_at(prepared, smoke=smoke), path, say)
