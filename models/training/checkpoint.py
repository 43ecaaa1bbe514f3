"""Checkpoints: everything that a training run needs to go on where it was."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from models.errors import ModelError, one_line
from models.training.files import write_bytes
from models.training.network import ReaderNetwork, Shape


def write_content(path: Path, content: dict[str, Any]) -> None:
    """Write what torch can keep; torch itself tells of a full disk in words that help nobody.

    Raises:
        OSError: the file cannot be written; what was there stays.

    """
    memory = io.BytesIO()
    torch.save(content, memory)
    write_bytes(path, memory.getbuffer())


@dataclass(slots=True)
class Checkpoint:
    """A run's state; `average` is the exponential average of the weights, which is what gets shipped."""

    shape: Shape
    characters: list[str]
    weights: dict[str, Tensor]
    average: dict[str, Tensor]
    optimisers: list[dict[str, Any]]
    phase: str
    step: int  # within the phase
    seconds: float  # of training within the phase
    examples: int  # within the phase
    history: list[dict[str, Any]]  # one entry for each look at the development figures, all phases

    def save(self, path: Path) -> None:
        """Write the checkpoint; a crash or a full disk leaves the previous one in place.

        Raises:
            OSError: it cannot be written.

        """
        content = {name: getattr(self, name) for name in self.__slots__ if name != "shape"}
        content["shape"] = self.shape.as_dict()
        write_content(path, content)

    @classmethod
    def load(cls, path: Path) -> "Checkpoint":
        """Read a checkpoint, into the CPU's memory wherever it was made.

        Raises:
            ModelError: there is none, or it cannot be read.

        """
        if not path.exists():
            msg = f"{path}: no checkpoint; run the step that trains this model first"
            raise ModelError(msg)
        try:
            content = torch.load(path, map_location="cpu", weights_only=True)
            content["shape"] = Shape(**content["shape"])
            return cls(**content)
        except (RuntimeError, TypeError, KeyError, ValueError, EOFError, OSError, AttributeError) as error:
            reason = one_line(str(error).partition("\n")[0]) or type(error).__name__
            msg = f"{path}: not a readable checkpoint ({reason}); delete it to train from the start"
            raise ModelError(msg) from error
        except Exception as error:  # pickle's own errors share no base with the others
            msg = f"{path}: not a readable checkpoint; delete it to train from the start"
            raise ModelError(msg) from error

    def check(self, path: Path, shape: Shape, characters: list[str]) -> None:
        """Refuse to go on with a checkpoint made for other sizes or another vocabulary.

        Raises:
            ModelError: it was.

        """
        if self.shape != shape:
            msg = f"made for another network ({self.shape}, not {shape})"
        elif self.characters != characters:
            known, prepared = len(self.characters), len(characters)
            msg = f"made for another vocabulary (of {known} characters; the prepared data has {prepared})"
        else:
            return
        msg = f"{path}: {msg}; delete it or give another --work"
        raise ModelError(msg)

    def network(self, *, averaged: bool = True) -> ReaderNetwork:
        """Return the network with the averaged weights (or those of the last step), ready to be used."""
        network = ReaderNetwork(self.shape)
        network.load_state_dict(self.average if averaged else self.weights)
        return network.eval()
