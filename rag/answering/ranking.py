"""Hits put into the order that the reader's scores and the retriever's give together.

The reader alone ranks worse than the lexical leg alone, both together better than either (`docs/log.md`). What each
counts lies in `ranking.json`, fitted by `python -m eval.ranking`, which names the reader it was fitted for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.protocols import Reader, Reading
from rag.answering.fitted import Kind, check_reader, read_fitted
from rag.retrieval.fuse import relative
from rag.types import Hit

FILE = Path(__file__).with_name("ranking.json")
_KIND = Kind("ranking", "the order of passages", "eval.ranking")
SIGNALS = ("relevance", "answerable", "span")
"""What the reader says of a passage: two logits, and the score of its best span."""
_LOGITS = (-10.0, 10.0)
_SPANS = (-15.0, 20.0)
LEG = "reader"  # what its ranks are called among those of the legs


def signals(reading: Reading) -> npt.NDArray[np.float64]:
    """Return what the reader says of a passage, in the order of `SIGNALS`, within bounds; shape (3,)."""
    span = reading.spans[0].score if reading.spans else _SPANS[0]
    return np.array(
        [np.clip(reading.relevance, *_LOGITS), np.clip(reading.answerable, *_LOGITS), np.clip(span, *_SPANS)]
    )


@dataclass(frozen=True, slots=True)
class Ranking:
    """What each signal of the reader counts, against 1 for the retriever's score as a share of its best."""

    weights: npt.NDArray[np.float64]  # shape (len(SIGNALS),)
    fitted: Mapping[str, Any]  # reader's fingerprint, data, figures

    def check(self, reader: Reader) -> None:
        """Compare the reader with the one the weights were fitted for.

        Raises:
            ModelError: it is another one.

        """
        check_reader(reader, self.fitted, _KIND)

    def order(self, hits: Sequence[Hit], readings: Sequence[Reading]) -> list[Hit]:
        """Return the hits best first, ranks counted anew; those that were not read keep their order behind the others.

        `readings` are those of the first hits.
        """
        said = [float(signals(reading) @ self.weights) for reading in readings]
        shares = relative([(hit.rank, hit.score) for hit in hits[: len(said)]])
        scores = [share + more for (_, share), more in zip(shares, said, strict=True)]
        order = sorted(range(len(scores)), key=lambda place: -scores[place])
        by_reader = sorted(range(len(said)), key=lambda place: -said[place])
        own = {place: rank for rank, place in enumerate(by_reader, start=1)}
        read = [
            replace(hits[place], rank=rank, score=scores[place], legs={**hits[place].legs, LEG: own[place]})
            for rank, place in enumerate(order, start=1)
        ]
        lowest = read[-1].score if read else 0.0
        return [*read, *(replace(hit, score=min(hit.score, lowest)) for hit in hits[len(read) :])]


def read_ranking(path: Path = FILE) -> Ranking:
    """Return the fitted weights.

    Raises:
        ModelError: the file is missing, broken, or made for other signals.

    """
    found = read_fitted(path, SIGNALS, _KIND)
    return Ranking(found.weights, found.about)
