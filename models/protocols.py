"""The seams between the models and everything that uses them. Implementations need not import this module."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

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
    def location(self) -> str | None:
        """Where it can be opened again; None of a model that is part of the product."""
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


class Reranker(Protocol):
    """Tells how well passages answer a question, by reading both together."""

    @property
    def name(self) -> str:
        """What people call this model."""
        ...

    @property
    def fingerprint(self) -> str:
        """Identity of the weights."""
        ...

    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        """Return a score for each passage, in order; higher is better, comparable within one call."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat. Its text is data: nothing in it ever becomes a control token."""

    role: Literal["system", "user", "assistant"]
    text: str


FinishReason: TypeAlias = Literal["end", "length", "loop"]


@dataclass(frozen=True, slots=True)
class PromptProgress:
    """How much of the prompt has been processed; also a sign of life while nothing new can be told."""

    done: int  # tokens, those kept from the prompt before included
    total: int


@dataclass(frozen=True, slots=True)
class Piece:
    """The next characters that the model writes."""

    text: str
    thinking: bool = False  # inside a thinking block, which is not part of the answer


@dataclass(frozen=True, slots=True)
class Generated:
    """How it ended, with figures; the last event."""

    finish: FinishReason  # the model ended it; `max_tokens` or the context ran out; it repeated itself
    prompt_tokens: int
    reused_tokens: int  # of the prompt, kept from the one before
    tokens: int  # written, thinking included
    prompt_ms: float
    first_token_ms: float  # from the call
    write_ms: float  # from the first token to the last


GeneratorEvent: TypeAlias = PromptProgress | Piece | Generated


class Generator(Protocol):
    """Writes text from a chat. One caller at a time."""

    @property
    def name(self) -> str:
        """What people call this model."""
        ...

    @property
    def fingerprint(self) -> str:
        """Identity of the weights."""
        ...

    @property
    def context_length(self) -> int:
        """Tokens that prompt and answer may have together."""
        ...

    def load(self) -> Iterator[None]:
        """Make the model ready, unless it is; yields several times a second until that is done. Raises ModelError."""
        ...

    def count(self, messages: Sequence[Message]) -> int:
        """Return the tokens of the prompt that these messages make. Raises ModelError."""
        ...

    def generate(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[GeneratorEvent]:
        """Yield what is written, `Generated` last, something at least every quarter of a second.

        Closing the iterator stops the model at once, also while the prompt is processed.

        Raises:
            ModelError: the prompt leaves no room in the context, or the model has failed; it may be called again.

        """
        ...

    def close(self) -> None:
        """Free the model."""
        ...
