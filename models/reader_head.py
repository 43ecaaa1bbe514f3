"""The reader's output layer: from hidden states to scores of spans, relevance and answerability.

At every token it gives four numbers (a span starts here, ends here; at `[CLS]` also relevance and answerability) and
two short vectors, one for either edge of a span. A span's score is the number of its start plus that of its end, the
product of their vectors, which says how well the two go together, and a number for its length (a biaffine scorer as in
Dozat & Manning 2017, of low rank). `[CLS]` paired with itself stands for "no answer here".

Training reads with the same code, so that what is measured there is what the product does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided, sliding_window_view

START, END, RELEVANCE, ANSWERABLE = range(4)
SINGLE = 4  # outputs before the vectors of the edges


@dataclass(frozen=True, slots=True)
class Head:
    """The layer's weights."""

    weight: npt.NDArray[np.float32]  # shape (4 + 2 × rank, width)
    bias: npt.NDArray[np.float32]  # shape (4 + 2 × rank,)
    lengths: npt.NDArray[np.float32]  # what a span of 1, 2, … characters gets; as many as the longest span has

    def __post_init__(self) -> None:
        """Refuse weights that do not fit each other.

        Raises:
            ValueError: they do not.

        """
        outputs = len(self.bias)
        if outputs < SINGLE or outputs % 2 or self.weight.shape[:1] != (outputs,) or not len(self.lengths):
            msg = f"a head of shape {self.weight.shape} with {outputs} biases and {len(self.lengths)} lengths"
            raise ValueError(msg)

    @property
    def width(self) -> int:
        """How many numbers a hidden state has."""
        return int(self.weight.shape[1])

    @property
    def longest(self) -> int:
        """How many characters a span has at most."""
        return len(self.lengths)

    def outputs(self, hidden: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the outputs, shape (tokens, 4 + 2 × rank), for hidden states of shape (tokens, width)."""
        result: npt.NDArray[np.float32] = hidden @ self.weight.T + self.bias
        return result

    def span_scores(self, outputs: npt.NDArray[np.float32], start: int, length: int) -> npt.NDArray[np.float32]:
        """Return the scores of all spans of a passage less that of "no answer", shape (length, reach).

        Row i, column d is the span from the passage's character i to i + d; beyond the passage it is minus infinity.
        `start` is the place of the passage's first character among the tokens, `length` its number of characters.
        """
        reach = min(length, self.longest)
        inside, first = outputs[start : start + length], outputs[:1]
        ends = np.full(length + reach - 1, -np.inf, dtype=np.float32)
        ends[:length] = inside[:, END]
        together = np.zeros((length, length + reach), dtype=np.float32)
        together[:, :length] = _product(inside, inside)
        # Row i's columns from i on, as a view: each row begins one further on. No index arrays, no copies.
        along, down = together.itemsize, together.strides[0] + together.itemsize
        band = as_strided(together, (length, reach), (down, along), writeable=False)
        scores = inside[:, START, None] + sliding_window_view(ends, reach) + band + self.lengths[:reach]
        null = first[0, START] + first[0, END] + _product(first, first)[0, 0] + self.lengths[0]
        result: npt.NDArray[np.float32] = scores - null
        return result


def combined(windows: Sequence[tuple[int, npt.NDArray[np.float32]]], length: int) -> npt.NDArray[np.float32]:
    """Return the scores of all spans of a passage that was read in windows, shape (length, reach).

    `windows` are the start of each and its scores as `Head.span_scores` gives them. A span that several windows hold
    whole gets the mean of its scores there; one that none holds has minus infinity.
    """
    if len(windows) == 1:
        return windows[0][1]
    sums = np.zeros((length, max(scores.shape[1] for _, scores in windows)), dtype=np.float32)
    seen = np.zeros(sums.shape, dtype=np.float32)
    for start, scores in windows:
        rows, columns = slice(start, start + scores.shape[0]), slice(scores.shape[1])
        held = np.isfinite(scores)
        sums[rows, columns] += np.where(held, scores, 0)
        seen[rows, columns] += held
    return np.where(seen > 0, sums / np.maximum(seen, 1), -np.inf).astype(np.float32)


def _product(starts: npt.NDArray[np.float32], ends: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    rank = (starts.shape[1] - SINGLE) // 2
    left, right = starts[:, SINGLE : SINGLE + rank], ends[:, SINGLE + rank :]
    result: npt.NDArray[np.float32] = (left @ right.T) * np.float32(max(rank, 1) ** -0.5)
    return result
