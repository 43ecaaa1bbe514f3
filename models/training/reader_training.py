"""Step 2: train the reader, first on spans of single passages, then on groups of passages that compete."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from models.errors import ModelError
from models.reader_input import SPECIAL_TOKENS
from models.training.checkpoint import Checkpoint
from models.training.device import CPU
from models.training.interrupts import uninterrupted
from models.training.muon import Muon
from models.training.network import ReaderNetwork, Shape

SEED = 2
CHECKPOINT = "reader.pt"
TOKENS = 10_500  # a step of either phase: about 48 examples of 220 tokens
_AVERAGING = 0.998  # weight of the past in the average of the weights, a step: it looks back some 500 steps
_WARM_UP = 100
LossOf = Callable[[ReaderNetwork, random.Random, float], tuple[Tensor, int]]
Look = Callable[[ReaderNetwork], dict[str, Any]]
Say = Callable[[str], None]


def look_name(phase: str, number: int | str) -> str:
    """Return the name of the file that holds the averaged weights of a phase's look; looks count from 1."""
    return f"{phase}-look{number}.pt"


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long a phase trains, and how fast."""

    phase: str
    minutes: float
    muon_rate: float
    adam_rate: float
    final: float  # share of the rates that is left at the end
    look_minutes: float = 8.0  # between looks at the development figures
    save_minutes: float = 4.0

    def rate(self, done: float, step: int) -> float:
        """Return the share of the full rates, for the share of the phase's time that is `done`."""
        return min(1.0, (step + 1) / _WARM_UP) * (1 - (1 - self.final) * min(1.0, done))


class Trainer:
    """A network in training, with its optimisers, the average of its weights and its record."""

    def __init__(self, shape: Shape, characters: list[str], device: torch.device = CPU) -> None:
        """Start from random weights that depend on the seed alone."""
        torch.manual_seed(SEED)
        self.characters, self.device = characters, device
        self.network = ReaderNetwork(shape).to(device)
        self.average = {name: value.clone() for name, value in self.network.state_dict().items()}
        named = list(self.network.named_parameters())
        matrices = [p for name, p in named if p.dim() == 2 and name.startswith("blocks.")]
        known = {id(p) for p in matrices}
        others = [p for _, p in named if id(p) not in known]
        self.muon = Muon(matrices, lr=0.0)
        self.adam = torch.optim.AdamW(others, lr=0.0, betas=(0.9, 0.98), weight_decay=0.0, fused=True)
        self.phase, self.step, self.seconds, self.examples = "", 0, 0.0, 0
        self.history: list[dict[str, Any]] = []

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            ModelError: it cannot be read or was made for another network.

        """
        saved = Checkpoint.load(path)
        saved.check(path, self.network.shape, self.characters)
        try:
            self.network.load_state_dict(saved.average)
            self.average = {name: value.clone() for name, value in self.network.state_dict().items()}
            self.network.load_state_dict(saved.weights)
            for optimiser, state in zip((self.muon, self.adam), saved.optimisers, strict=True):
                optimiser.load_state_dict(state)
        except (RuntimeError, ValueError, KeyError) as error:
            msg = f"{path}: its weights are another network's; delete it or give another --work"
            raise ModelError(msg) from error
        self.phase, self.step, self.seconds = saved.phase, saved.step, saved.seconds
        self.examples, self.history = saved.examples, saved.history

    def start_from_average(self) -> None:
        """Go on from the averaged weights, with optimisers that remember nothing: the start of another phase."""
        self.network.load_state_dict(self.average)
        for optimiser in (self.muon, self.adam):
            optimiser.state.clear()

    def save(self, path: Path) -> None:
        """Write a checkpoint."""
        optimisers = [self.muon.state_dict(), self.adam.state_dict()]
        self._checkpoint(self.network.state_dict(), optimisers).save(path)

    def _checkpoint(self, weights: dict[str, Tensor], optimisers: list[dict[str, Any]]) -> Checkpoint:
        return Checkpoint(
            self.network.shape, self.characters, weights, self.average, optimisers,
            self.phase, self.step, self.seconds, self.examples, self.history,
        )  # fmt: skip

    def averaged(self) -> ReaderNetwork:
        """Return a copy of the network with the averaged weights."""
        network = ReaderNetwork(self.network.shape).to(self.device)
        network.load_state_dict(self.average)
        return network.eval()

    def _update(self, loss: Tensor, schedule: Schedule, done: float) -> None:
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        rate = schedule.rate(done, self.step)
        self.muon.param_groups[0]["lr"] = schedule.muon_rate * rate
        self.adam.param_groups[0]["lr"] = schedule.adam_rate * rate
        self.muon.step()
        self.adam.step()
        self.network.zero_grad()
        keep = min(_AVERAGING, (self.step + 1) / (self.step + 10)) if not self.history else _AVERAGING
        torch._foreach_lerp_(
            list(self.average.values()), [v.detach() for v in self.network.state_dict().values()], 1 - keep
        )

    def run(self, schedule: Schedule, loss_of: LossOf, look: Look, path: Path, say: Say) -> None:
        """Train until the phase's minutes are over, counting those before an interruption.

        `loss_of` draws a batch for a random state and the share of time done, and returns its loss and its number of
        examples. `look` measures the averaged network, which is kept beside the checkpoint, without optimisers.

        Raises:
            KeyboardInterrupt: Ctrl-C; a checkpoint of the last whole step is there.
            OSError: a checkpoint cannot be written; the one before is there.

        """
        if self.phase != schedule.phase:
            self.phase, self.step, self.seconds, self.examples = schedule.phase, 0, 0.0, 0
        if self.seconds >= 60 * schedule.minutes and self._looked():
            say(f"{self.phase}: its {schedule.minutes:.1f} minutes are over, nothing to do")
            return
        self.network.train()
        losses: list[float] = []
        next_look = self.seconds + 60 * schedule.look_minutes
        next_save = self.seconds + 60 * schedule.save_minutes
        with self._saved_when_stopped(path, say):
            while self.seconds < 60 * schedule.minutes:
                with uninterrupted():
                    losses.append(self._step(schedule, loss_of))
                if self.step % 50 == 0:
                    pace = f"{self.examples / self.seconds:.1f} examples/s"
                    mean = sum(losses[-50:]) / len(losses[-50:])
                    say(f"{self.phase} step {self.step} {self.seconds / 60:.1f} min loss {mean:.3f} {pace}")
                if self.seconds >= next_look:
                    next_look += 60 * schedule.look_minutes
                    self._look(look, path, say)
                if self.seconds >= next_save:
                    next_save += 60 * schedule.save_minutes
                    self.save(path)
            if not self._looked():
                self._look(look, path, say)
            self.save(path)

    def _looked(self) -> bool:
        return any((h["phase"], h["step"]) == (self.phase, self.step) for h in self.history)

    @contextmanager
    def _saved_when_stopped(self, path: Path, say: Say) -> Iterator[None]:
        try:
            yield
        except KeyboardInterrupt:
            self.save(path)
            say(f"{path}: saved at step {self.step} of {self.phase}; the same command goes on from there")
            raise

    def _step(self, schedule: Schedule, loss_of: LossOf) -> float:
        """Take one step and return its loss; what it draws, dropout included, depends on the step and the time done."""
        began = time.monotonic()
        done = self.seconds / (60 * schedule.minutes)
        drawn = f"{SEED}/{self.phase}/{self.step}"
        torch.manual_seed(random.Random(f"{drawn}/dropout").getrandbits(63))
        with torch.autocast(self.device.type, torch.bfloat16):
            loss, count = loss_of(self.network, random.Random(drawn), done)
        self._update(loss, schedule, done)
        value = loss.item()
        self.step += 1
        self.examples += count
        self.seconds += time.monotonic() - began
        return value

    def _look(self, look: Look, path: Path, say: Say) -> None:
        figures = look(self.averaged())
        entry = {
            "phase": self.phase, "step": self.step, "minutes": round(self.seconds / 60, 1), "examples": self.examples,
            "device": self.device.type, **figures,
        }  # fmt: skip
        self.history.append(entry)
        number = sum(h["phase"] == self.phase for h in self.history)
        self._checkpoint(self.average, []).save(path.with_name(look_name(self.phase, number)))
        say(f"development {entry}")


def shape_for(characters: list[str], *, smoke: bool) -> Shape:
    """Return the sizes of the network for a vocabulary: the real one, or a tiny one for tests."""
    vocabulary = len(characters) + SPECIAL_TOKENS
    if smoke:
        return Shape(vocabulary, width=64, layers=2, heads=2, inner=96)
    return Shape(vocabulary)
