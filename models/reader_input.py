"""What the reader is fed: the characters of a question and a passage, each with its overlap state.

The same code makes the input in training and in use, so that the two cannot drift apart.

The overlap state says, for each passage character, whether it occurs in the question (after the exact-match
feature of DrQA, Chen et al. 2017): 0 it does not, 1 it does, 2 it does as part of a two-character run of the
question; 3 marks everything outside the passage. The exported model has one embedding row for each pair of
state and character: `token = character + state * vocabulary size`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

PAD, CLS, SEP, UNKNOWN = range(4)
SPECIAL_TOKENS = 4
STATES = 4
ABSENT, PRESENT, IN_RUN, OUTSIDE = range(STATES)

MAX_TOKENS = 320
MAX_QUESTION = 60
MAX_PASSAGE = MAX_TOKENS - MAX_QUESTION - 3


@dataclass(frozen=True, slots=True)
class ReaderInput:
    """One (question, passage) pair as the reader sees it: `[CLS] question [SEP] passage [SEP]`."""

    characters: npt.NDArray[np.int64]  # shape (tokens,), ids below the vocabulary size
    states: npt.NDArray[np.int64]  # shape (tokens,)
    passage_start: int  # index of the passage's first character among the tokens
    passage_length: int

    def tokens(self, vocabulary_size: int) -> npt.NDArray[np.int64]:
        """Return the row of the exported embedding table for each token, shape (tokens,)."""
        return self.characters + self.states * vocabulary_size


def vocabulary_index(characters: Sequence[str]) -> dict[str, int]:
    """Return character → id for the vocabulary's characters in order, after the special tokens."""
    return {char: i + SPECIAL_TOKENS for i, char in enumerate(characters)}


def overlap_states(question: str, passage: str) -> npt.NDArray[np.int64]:
    """Return the state of each passage character, shape (len(passage),)."""
    present = set(question)
    runs = {question[i : i + 2] for i in range(len(question) - 1)}
    states = np.fromiter((PRESENT if c in present else ABSENT for c in passage), dtype=np.int64, count=len(passage))
    for i in range(len(passage) - 1):
        if passage[i : i + 2] in runs:
            states[i : i + 2] = IN_RUN
    return states


def window_starts(length: int) -> list[int]:
    """Return where the windows of a passage of so many characters start; they overlap by half and cover it."""
    last = max(0, length - MAX_PASSAGE)
    return [*range(0, last, MAX_PASSAGE // 2), last]


def encode(question: str, passage: str, index: Mapping[str, int]) -> ReaderInput:
    """Return the reader's input for a folded question and a folded passage.

    A question beyond `MAX_QUESTION` characters keeps its end, where Chinese questions ask; all of it counts for
    the overlap states. A passage is cut at `MAX_PASSAGE` characters: callers window longer ones.
    """
    shown = question[-MAX_QUESTION:]
    passage = passage[:MAX_PASSAGE]
    characters = np.array(
        [CLS, *(index.get(c, UNKNOWN) for c in shown), SEP, *(index.get(c, UNKNOWN) for c in passage), SEP],
        dtype=np.int64,
    )
    states = np.full(len(characters), OUTSIDE, dtype=np.int64)
    start = len(shown) + 2
    states[start : start + len(passage)] = overlap_states(question, passage)
    return ReaderInput(characters, states, start, len(passage))
