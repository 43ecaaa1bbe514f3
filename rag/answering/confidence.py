"""How likely a candidate is right: a logistic model over its features, fitted by `python -m eval.calibrate`.

The fitted numbers lie in `calibration.json`, which names the reader they were fitted for: numbers fitted for one
model mean nothing for another.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.errors import ModelError
from models.protocols import Reader
from rag.answering.candidates import FEATURES, Candidate

FILE = Path(__file__).with_name("calibration.json")


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the features, in order, and the probability from which an answer is given."""

    weights: npt.NDArray[np.float64]  # shape (len(FEATURES),)
    bias: float
    threshold: float
    fitted: Mapping[str, Any]  # reader and embedder fingerprints, data, figures

    def probability(self, candidate: Candidate) -> float:
        """Return the probability that the candidate is right."""
        logit = float(candidate.features @ self.weights) + self.bias
        return float(1 / (1 + np.exp(-logit)))

    def answers(self, probability: float, strictness: float) -> bool:
        """Whether to answer at this probability; `strictness` scales the odds that are asked for."""
        odds = strictness * self.threshold / (1 - self.threshold)
        return probability >= odds / (1 + odds)

    def check(self, reader: Reader) -> None:
        """Compare the reader with the one the numbers were fitted for.

        Raises:
            ModelError: it is another one.

        """
        wanted = self.fitted["reader"]
        if reader.fingerprint != wanted:
            msg = (
                f"the answer threshold was fitted for reader {wanted}, this one is {reader.name} "
                f"({reader.fingerprint}): fit it with `python -m eval.calibrate`, or restore the bundled reader"
            )
            raise ModelError(msg)


def read_calibration(path: Path = FILE) -> Calibration:
    """Return the fitted numbers.

    Raises:
        ModelError: the file is missing, broken, or made for other features.

    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        weights = data["weights"]
        if list(weights) != list(FEATURES):
            raise ValueError("it names other features")  # noqa: TRY301
        return Calibration(
            np.array([float(weights[name]) for name in FEATURES]),
            float(data["bias"]),
            float(data["threshold"]),
            data["fitted"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        remedy = "restore it with `git checkout`, or fit it with `python -m eval.calibrate`"
        msg = f"the calibration {path} cannot be used ({error}): {remedy}"
        raise ModelError(msg) from error
