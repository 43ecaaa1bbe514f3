"""The seams between the models and everything that uses them. Implementations need not import this module."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class ScoredSpan:
    """A span of a passage that may answer the question, as offsets into the passage as written."""

    start: int
    end: int
    score: float  # logit of start plus logit of end, less those of "no answer": above 0 favours the span
    probability: float  # share of the passage's span mass ("no answer" included), 0 to 1


@dataclass(frozen=True, slots=True)
class Reading:
    """What one pass of the reader over (question, passage) says."""

    spans: tuple[ScoredSpan, ...]  # best first; empty for an empty passage
    relevance: float  # logit, comparable between the passages of one question
    answerable: float  # logit: does this passage answer the question at all


class Embedder(Protocol):
    """Texts to vectors of unit length (an empty text may give the zero vector)."""

    @property
    def name(self) -> str:
        """What people call this model."""
        ...

    @property
    def fingerprint(self) -> str:
        """Identity of the weights: an index made under another fingerprint is refused."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of the vectors."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return one row a text, shape (len(texts), dimensions)."""
        ...

    def embed_query(self, text: str) -> npt.NDArray[np.float32]:
        """Return the vector of a question, shape (dimensions,)."""
        ...


class Reader(Protocol):
    """Finds where passages answer a question."""

    @property
    def name(self) -> str:
        """What people call this model."""
        ...

    @property
    def fingerprint(self) -> str:
        """Identity of the weights: thresholds are fitted for one fingerprint."""
        ...

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """Return a reading for each passage, in order."""
        ...
