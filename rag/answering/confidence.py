"""How likely a candidate is right: a logistic model over its features, fitted by `python -m eval.calibrate`.

The fitted numbers lie in `calibration.json`, which names the reader they were fitted for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.protocols import Reader
from rag.answering.candidates import FEATURES, Candidate
from rag.answering.fitted import Kind, check_reader, read_fitted

FILE = Path(__file__).with_name("calibration.json")
_KIND = Kind("calibration", "the answer threshold", "eval.calibrate")


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

    def least(self, strictness: float) -> float:
        """Return the probability from which an answer is given; `strictness` scales the odds that are asked for."""
        odds = strictness * self.threshold / (1 - self.threshold)
        return odds / (1 + odds)

    def answers(self, probability: float, strictness: float) -> bool:
        """Whether to answer at this probability."""
        return probability >= self.least(strictness)

    def check(self, reader: Reader) -> None:
        """Compare the reader with the one the numbers were fitted for.

        Raises:
            ModelError: it is another one.

        """
        check_reader(reader, self.fitted, _KIND)


def read_calibration(path: Path = FILE) -> Calibration:
    """Return the fitted numbers.

    Raises:
        ModelError: the file is missing, broken, or made for other features.

    """
    found = read_fitted(path, FEATURES, _KIND, ("bias", "threshold"))
    bias, threshold = found.numbers
    return Calibration(found.weights, bias, threshold, found.about)
