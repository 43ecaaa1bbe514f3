"""Deterministic stand-ins for the model seams, for tests and documentation; never on the product's path."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from models.fold import fold_text
from models.protocols import (
    FinishReason,
    Generated,
    GeneratorEvent,
    Message,
    Piece,
    PromptProgress,
    Reading,
    ScoredSpan,
)


class HashingEmbedder:
    """Character bigrams hashed into a few dimensions: texts that share words are near each other."""

    def __init__(self, dimensions: int = 32, fingerprint: str = "hashing") -> None:
        self.name = "hashing"
        self.location = None
        self.dimensions = dimensions
        self.fingerprint = fingerprint

    def embed_query(self, text: str) -> npt.NDArray[np.float32]:
        """Return a unit vector, the zero vector for a text without bigrams."""
        vector = np.zeros(self.dimensions, dtype=np.float32)
        folded = fold_text(text)
        for i in range(len(folded) - 1):
            digest = hashlib.blake2b(folded[i : i + 2].encode(), digest_size=4).digest()
            vector[int.from_bytes(digest) % self.dimensions] += 1
        length = float(np.linalg.norm(vector))
        return vector / np.float32(length) if length else vector

    def embed_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return one row a text."""
        return np.stack([self.embed_query(text) for text in texts]) if texts else np.zeros((0, self.dimensions), "f4")


class ScriptedReader:
    """Finds the words it was told to find: question → the words that answer it, wherever a passage has them."""

    def __init__(self, script: Mapping[str, str], fingerprint: str = "scripted") -> None:
        self.name = "scripted"
        self.fingerprint = fingerprint
        self._script = script
        self.read_passages = 0

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """Return a sure reading where a passage holds the scripted words, else one that favours no answer."""
        self.read_passages += len(passages)
        words = self._script.get(question, "")
        return [self._reading(words, passage) for passage in passages]

    @staticmethod
    def _reading(words: str, passage: str) -> Reading:
        start = passage.find(words) if words else -1
        if start >= 0:
            return Reading((ScoredSpan(start, start + len(words), 8.0, 0.95),), 5.0, 5.0)
        if not passage:
            return Reading((), -5.0, -5.0)
        return Reading((ScoredSpan(0, 1, -8.0, 0.01),), -5.0, -5.0)


class ScriptedGenerator:
    """Writes what it was told to write, whatever it is asked; a token is a character."""

    def __init__(
        self, text: str, *, thinking: str = "", finish: FinishReason = "end", context_length: int = 4096
    ) -> None:
        self.name = "scripted-writer"
        self.fingerprint = "scripted"
        self.context_length = context_length
        self.asked: list[Sequence[Message]] = []
        self.stopped = self.closed = False
        self._text, self._thinking, self._finish = text, thinking, finish

    def load(self) -> Iterator[None]:
        """Be ready after a while."""
        yield

    def count(self, messages: Sequence[Message]) -> int:
        """Return the characters of all messages."""
        return sum(len(message.text) for message in messages)

    def generate(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[GeneratorEvent]:  # noqa: ARG002
        """Yield the script, three characters at a time."""
        self.asked.append(messages)
        total = self.count(messages)
        self.stopped = True
        yield PromptProgress(total // 2, total)
        for text, thinking in ((self._thinking, True), (self._text, False)):
            for start in range(0, len(text), 3):
                yield Piece(text[start : start + 3], thinking)
        self.stopped = False
        written = len(self._text) + len(self._thinking)
        yield Generated(self._finish, total, 0, written, 1.0, 1.0, 1.0)

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True
