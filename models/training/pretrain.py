"""Pretraining of the reader: masked spans of running text are filled in, with or without a question beside them.

The people's questions are few and soon known by heart; running text is not. Spans of characters are masked as in
SpanBERT (Joshi et al. 2020), the output is the characters' own embedding (tied), so that nothing is added to the
network that the reader would not use. Most passages come with a question made from them, so that the network also
learns to look from one to the other; a masked character counts as absent from the question, whatever it is.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.reader_input import ABSENT, OUTSIDE, PAD, SPECIAL_TOKENS, UNKNOWN, encode, vocabulary_index
from models.training.examples import draw_length, window_size
from models.training.network import ReaderNetwork
from models.training.prepare import MadePassage, Prepared
from models.training.reader_training import Schedule, Trainer, shape_for

PHASE = "pretrain"
CHECKPOINT = "reader.pt"
_TOKENS = 10_500  # a step, as in the other phases
_MASKED_SHARE = 0.18
_SPAN_STOP = 0.35  # chance that a masked span ends after a character: 2.5 of them on average
_LONGEST_SPAN = 6
_ASKED_SHARE = 0.6
_RANDOM_SHARE = 0.12  # of masked characters, those replaced by another one instead of the mask
_LOOK_PASSAGES = 384


@dataclass(frozen=True, slots=True)
class MaskedBatch:
    """Passages with masked characters."""

    characters: Tensor  # int64, shape (batch, tokens)
    states: Tensor  # int64, shape (batch, tokens)
    places: Tensor  # int64, shape (masked,): indices into the flattened batch
    targets: Tensor  # int64, shape (masked,): the characters that stood there


def masked_places(rng: random.Random, length: int) -> list[int]:
    """Return which of `length` characters are masked: spans, about 18 % in all, at least one character."""
    wanted = max(1, round(length * _MASKED_SHARE))
    chosen: set[int] = set()
    while len(chosen) < wanted:
        start = rng.randrange(length)
        size = 1
        while size < _LONGEST_SPAN and rng.random() > _SPAN_STOP:
            size += 1
        chosen.update(range(start, min(length, start + size)))
    return sorted(chosen)


class MaskDrawer:
    """Draws batches of masked passages; what it draws depends on the step alone."""

    def __init__(self, made: Sequence[MadePassage], index: dict[str, int]) -> None:
        """Hold the passages that may be trained on."""
        self.made = made
        self.index = index

    def draw(self, rng: random.Random, tokens: int) -> MaskedBatch:
        """Return a batch of about `tokens` tokens."""
        length = draw_length(rng)
        rows = max(4, tokens // length)
        characters = np.full((rows, length), PAD, dtype=np.int64)
        states = np.full((rows, length), OUTSIDE, dtype=np.int64)
        places: list[int] = []
        targets: list[int] = []
        for row in range(rows):
            source = rng.choice(self.made)
            question = rng.choice(source.questions).question if rng.random() < _ASKED_SHARE else ""
            size = window_size(question, length, rng)
            offset = rng.randint(0, max(0, len(source.passage) - size))
            fed = encode(question, source.passage[offset : offset + size], self.index)
            used = len(fed.characters)
            characters[row, :used], states[row, :used] = fed.characters, fed.states
            for place in masked_places(rng, fed.passage_length):
                column = fed.passage_start + place
                target = int(characters[row, column])
                if target == UNKNOWN:
                    continue
                places.append(row * length + column)
                targets.append(target)
                other = rng.random() < _RANDOM_SHARE
                characters[row, column] = rng.randrange(SPECIAL_TOKENS, len(self.index)) if other else UNKNOWN
                states[row, column] = ABSENT
        return MaskedBatch(
            torch.from_numpy(characters), torch.from_numpy(states), torch.tensor(places), torch.tensor(targets)
        )


def fill_in(network: ReaderNetwork, batch: MaskedBatch) -> Tensor:
    """Return the logits of the masked characters, shape (masked, vocabulary)."""
    hidden = network.hidden(batch.characters, batch.states).flatten(0, 1)[batch.places]
    logits: Tensor = hidden @ network.characters.weight.to(hidden.dtype).T
    return logits.float()


def look_at(prepared: Prepared, *, smoke: bool) -> Callable[[ReaderNetwork], dict[str, Any]]:
    """Return the measurement that is taken while pretraining: held-out characters filled in rightly, in per cent."""
    held = [p for p in prepared.made if p.held_out][:4000]
    drawer = MaskDrawer(held, vocabulary_index(prepared.characters))
    count = 8 if smoke else _LOOK_PASSAGES

    def look(network: ReaderNetwork) -> dict[str, Any]:
        rng = random.Random(11)
        right = seen = 0
        loss = 0.0
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            for _ in range(max(1, count // 48)):
                batch = drawer.draw(rng, 900 if smoke else _TOKENS)
                logits = fill_in(network, batch)
                loss += functional.cross_entropy(logits, batch.targets, reduction="sum").item()
                right += int((logits.argmax(-1) == batch.targets).sum())
                seen += len(batch.targets)
        return {"masked": seen, "filled": round(100 * right / seen, 1), "nats": round(loss / seen, 3), "score": -loss}

    return look


def pretrain(work: Path, minutes: float, *, smoke: bool = False, say: Callable[[str], None] = print) -> None:
    """Pretrain into `reader.pt` in the work folder, or go on with it there.

    Raises:
        BadInputError: nothing is prepared.
        ModelError: the checkpoint there is broken or another network's.

    """
    prepared = Prepared.load(work)
    trainer = Trainer(shape_for(prepared.characters, smoke=smoke), prepared.characters)
    path = work / CHECKPOINT
    if path.exists():
        trainer.restore(path)
        if trainer.phase not in {"", PHASE}:
            say(f"{path}: pretraining is over, nothing to do")
            return
    drawer = MaskDrawer([p for p in prepared.made if not p.held_out], vocabulary_index(prepared.characters))

    def loss_of(network: ReaderNetwork, rng: random.Random, _done: float) -> tuple[Tensor, int]:
        batch = drawer.draw(rng, 900 if smoke else _TOKENS)
        return functional.cross_entropy(fill_in(network, batch), batch.targets), len(batch.characters)

    torch.set_num_threads(min(2, torch.get_num_threads()))
    schedule = Schedule(PHASE, minutes, muon_rate=0.01, adam_rate=2e-3, final=0.05)
    trainer.run(schedule, loss_of, look_at(prepared, smoke=smoke), path, say)
