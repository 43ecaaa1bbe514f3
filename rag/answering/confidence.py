"""How likely a candidate is right: a choice among all of them and "none is", fitted by `python -m eval.calibrate`.

Each candidate's features give it a score, "none is right" has the score 0, and the softmax over all of them is what
each is worth (a conditional logit, McFadden 1974). A rival that is as good takes from an answer's probability.
The fitted numbers lie in `calibration.json`, which names the reader they were fitted for.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.fold import fold_text
from models.protocols import Reader
from rag.answering.candidates import FEATURES, Candidate
from rag.answering.fitted import Kind, check_reader, read_fitted

FILE = Path(__file__).with_name("calibration.json")
_KIND = Kind("calibration", "the answer threshold", "eval.calibrate")


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the features, in order, what every candidate has beside them, and when an answer is given."""

    weights: npt.NDArray[np.float64]  # shape (len(FEATURES),)
    bias: float
    threshold: float  # the probability from which an answer is given
    fitted: Mapping[str, Any]  # reader and embedder fingerprints, data, figures

    def weigh(self, found: Sequence[Candidate]) -> list[tuple[Candidate, float]]:
        """Return the candidates, best first, each with the probability that what it says is right."""
        if not found:
            return []
        scores = np.stack([candidate.features for candidate in found]) @ self.weights + self.bias
        order, shares = ranked(scores, [fold_text(candidate.text) for candidate in found])
        return [(found[place], float(shares[place])) for place in order]

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


def probabilities(scores: npt.NDArray[np.float64], words: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return how likely each candidate's words are right, shape (candidates,); the same words said twice add up."""
    highest = max(float(scores.max()), 0.0)
    parts = np.exp(scores - highest)
    said: dict[str, float] = defaultdict(float)
    for word, part in zip(words, parts, strict=True):
        said[word] += float(part)
    everything = float(parts.sum()) + float(np.exp(-highest))
    return np.array([said[word] / everything for word in words])


def ranked(
    scores: npt.NDArray[np.float64], words: Sequence[str]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return the candidates' places, best first, and their `probabilities`; of the same words the best scored leads."""
    shares = probabilities(scores, words)
    return np.lexsort((-scores, -shares)), shares


def read_calibration(path: Path = FILE) -> Calibration:
    """Return the fitted numbers.

    Raises:
        ModelError: the file is missing, broken, or made for other features.

    """
    found = read_fitted(path, FEATURES, _KIND, ("bias", "threshold"))
    bias, threshold = found.numbers
    return Calibration(found.weights, bias, threshold, found.about)
