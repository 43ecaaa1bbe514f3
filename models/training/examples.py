"""Training examples of the reader: which question, which window of which passage, and what is right there."""

import random
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch
from torch import Tensor

from models.reader_input import CLS, MAX_PASSAGE, MAX_QUESTION, OUTSIDE, PAD, encode
from models.training.prepare import HUMAN_SOURCE, REPORTS_SOURCE, MadePassage
from models.training.sources import HumanQuestion
from models.training.variations import Answered, Varied, another_year, blotted

# Tokens of a batch → how often. Few lengths only: oneDNN makes new kernels for every new shape of its matrices.
_LENGTHS = {96: 6, 128: 12, 160: 18, 192: 22, 224: 20, 256: 12, 288: 7, 320: 3}
_MIN_WINDOW = 24
_LOOSE = 12  # windows are this much shorter than they could be, at most: padding must be seen in training too
NO_ANSWER_SHARE = 0.13
OTHER_YEAR_SHARE = 0.2  # of what does not answer
# Of the made questions: about the passages that people asked about, asked by one report of another, all of them.
_MADE_SHARES = (0.15, 0.2, 0.65)
_NEIGHBOURHOOD = 25  # characters around an occurrence that are compared with the question


@dataclass(frozen=True, slots=True)
class Example:
    """A question, a window, and the half-open span of the answer in it (None: the window does not answer)."""

    question: str
    window: str
    span: tuple[int, int] | None

    def with_window(self, window: str) -> Self:
        """Return the example with other characters in its window."""
        return replace(self, window=window)


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples as tensors; targets are token positions, 0 (`[CLS]`) for "no answer"."""

    characters: Tensor  # int64, shape (batch, tokens)
    states: Tensor  # int64, shape (batch, tokens)
    allowed: Tensor  # bool, shape (batch, tokens): where a span may begin or end, and [CLS]
    starts: Tensor  # int64, shape (batch,)
    ends: Tensor  # int64, shape (batch,): the last character of the span
    answerable: Tensor  # float32, shape (batch,)

    @classmethod
    def of(cls, examples: Sequence[Example], index: dict[str, int], tokens: int | None = None) -> Self:
        """Encode examples and pad them to `tokens`, or to the longest."""
        inputs = [encode(e.question, e.window, index) for e in examples]
        shape = (len(inputs), tokens or max(len(i.characters) for i in inputs))
        characters = np.full(shape, PAD, dtype=np.int64)
        states = np.full(shape, OUTSIDE, dtype=np.int64)
        allowed = np.zeros(shape, dtype=bool)
        targets = np.full((2, len(inputs)), 0, dtype=np.int64)
        for row, (example, fed) in enumerate(zip(examples, inputs, strict=True)):
            used = len(fed.characters)
            characters[row, :used] = fed.characters
            states[row, :used] = fed.states
            allowed[row, fed.passage_start : fed.passage_start + fed.passage_length] = True
            allowed[row, 0] = characters[row, 0] == CLS
            if example.span is not None and example.span[1] <= fed.passage_length:
                targets[0, row] = fed.passage_start + example.span[0]
                targets[1, row] = fed.passage_start + example.span[1] - 1
        starts, ends = torch.from_numpy(targets)
        return cls(
            torch.from_numpy(characters),
            torch.from_numpy(states),
            torch.from_numpy(allowed),
            starts,
            ends,
            (starts > 0).float(),
        )

    def cells(self) -> Tensor:
        """Return the place of each example's span among all pairs of tokens, row by row; int64, shape (batch,)."""
        return self.starts * self.characters.shape[1] + self.ends

    def to(self, device: torch.device) -> Self:
        """Return the batch on a device."""
        return type(self)(**{name: getattr(self, name).to(device) for name in self.__slots__})


def draw_length(rng: random.Random) -> int:
    """Return how many tokens the examples of a batch have: 96 to 320, most often near 200."""
    return rng.choices(list(_LENGTHS), list(_LENGTHS.values()))[0]


def window_size(question: str, tokens: int, rng: random.Random) -> int:
    """Return how many characters of a passage fit beside the question, less a little at random."""
    room = tokens - min(len(question), MAX_QUESTION) - 3
    return max(_MIN_WINDOW, min(MAX_PASSAGE, room) - rng.randint(0, _LOOSE))


def best_occurrence(question: str, passage: str, answer: str) -> int:
    """Return where the answer stands whose surroundings share most characters with the question."""
    asked = set(question)

    def shared(start: int) -> int:
        return len(asked & set(passage[max(0, start - _NEIGHBOURHOOD) : start + len(answer) + _NEIGHBOURHOOD]))

    return max((match.start() for match in re.finditer(re.escape(answer), passage)), key=shared)


def window_with(question: str, passage: str, span: tuple[int, int], size: int, rng: random.Random) -> Example | None:
    """Return a random window that holds the whole span, or None if the span is longer than the window."""
    start, end = span
    if end - start > size:
        return None
    lowest, highest = max(0, end - size), max(0, min(start, len(passage) - size))
    offset = rng.randint(min(lowest, highest), highest)
    return Example(question, passage[offset : offset + size], (start - offset, end - offset))


def window_without(
    question: str, passage: str, answers: Collection[str], size: int, rng: random.Random
) -> Example | None:
    """Return a window in which no answer occurs, or None if a few tries find none."""
    for _ in range(4):
        offset = rng.randint(0, max(0, len(passage) - size))
        window = passage[offset : offset + size]
        if not any(answer in window for answer in answers):
            return Example(question, window, None)
    return None


def roughened(question: str, rng: random.Random) -> str:
    """Return the question with now and then a character left out, so that few questions last longer."""
    if rng.random() < 0.6:
        return question
    kept = "".join(char for char in question if rng.random() >= 0.06)
    return kept if len(kept) >= 4 else question


class ExampleDrawer:
    """Draws batches of training examples; what it draws depends on the step alone, so that training can resume."""

    def __init__(self, human: Sequence[HumanQuestion], made: Sequence[MadePassage], index: dict[str, int]) -> None:
        """Hold the training parts of the data; held-out items are dropped here, whatever is passed."""
        self.human = [q for q in human if not q.development]
        self.made = [p for p in made if not p.held_out]
        self.near = [p for p in self.made if p.source == HUMAN_SOURCE] or self.made
        self.reports = [p for p in self.made if p.source == REPORTS_SOURCE] or self.made
        self.index = index
        self.varied = Varied(self.human)

    def draw(self, rng: random.Random, human_share: float, tokens: int) -> Batch:
        """Return a batch of about `tokens` tokens, with `human_share` of its questions asked by people."""
        length = draw_length(rng)
        count = max(4, tokens // length)
        examples: list[Example] = []
        while len(examples) < count:
            example = self._human(rng, length) if rng.random() < human_share else self._made(rng, length)
            if example is not None:
                examples.append(example)
        return Batch.of(examples, self.index, length)

    def _human(self, rng: random.Random, length: int) -> Example | None:
        asked = rng.choice(self.human)
        answer = rng.choice(asked.answers)
        told = Answered(asked.passage, best_occurrence(asked.question, asked.passage, answer), answer)
        told = self.varied.vary(asked.question, told, rng)
        others = told.passage if rng.random() < 0.6 else rng.choice(self.human).passage
        example = self._example(rng, length, asked.question, told, {*asked.answers, told.answer}, others)
        return example and example.with_window(blotted(example.window, example.span, rng))

    def _made(self, rng: random.Random, length: int) -> Example | None:
        source = rng.choice(rng.choices((self.near, self.reports, self.made), _MADE_SHARES)[0])
        asked = rng.choice(source.questions)
        others = source.passage if rng.random() < 0.5 else rng.choice(self.made).passage
        told = Answered(source.passage, asked.start, asked.answer)
        return self._example(rng, length, asked.question, told, {asked.answer}, others)

    def _example(
        self, rng: random.Random, length: int, asked: str, told: Answered, answers: set[str], others: str
    ) -> Example | None:
        """Return an example; in some the window is of `others` and does not answer, or the question of another year."""
        absent = rng.random() < NO_ANSWER_SHARE
        wrong = another_year(asked, told.passage, rng) if absent and rng.random() < OTHER_YEAR_SHARE else None
        question = wrong or roughened(asked, rng)
        size = window_size(question, length, rng)
        if absent and wrong is None:
            return window_without(question, others, answers, size, rng)
        example = window_with(question, told.passage, told.span, size, rng)
        return example if wrong is None or example is None else Example(question, example.window, None)
