"""What the reader can do, measured on questions that it was never trained on."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch

from models.reader_head import ANSWERABLE, RELEVANCE, combined
from models.reader_input import MAX_PASSAGE, encode, window_starts
from models.training.examples import Batch, Example
from models.training.network import MASKED, ReaderNetwork
from models.training.scoring import best_scores
from models.training.sources import HumanQuestion

_BATCH = 48


@dataclass(frozen=True, slots=True)
class WindowReading:
    """What the network says about one window."""

    span: tuple[int, int]  # half-open, the best one
    margin: float  # its score less that of "no answer"
    relevance: float
    answerable: float


_Pairs: TypeAlias = Sequence[tuple[str, str]]
_Scored: TypeAlias = tuple[int, npt.NDArray[np.float32], npt.NDArray[np.float32]]


@torch.no_grad()
def _scored(network: ReaderNetwork, index: dict[str, int], pairs: _Pairs, *, fast: bool) -> Iterator[_Scored]:
    """Yield (question, window) pairs, those of like length together: its place, its spans' scores, `[CLS]`'s outputs.

    One without a passage is not yielded. `fast` means bfloat16, which changes figures by a few hundredths.
    """
    device, head = next(network.parameters()).device, network.head_weights()
    order = sorted(range(len(pairs)), key=lambda i: len(pairs[i][0]) + len(pairs[i][1]))
    for at in range(0, len(order), _BATCH):
        chosen = order[at : at + _BATCH]
        batch = Batch.of([Example(*pairs[i], None) for i in chosen], index)
        with torch.autocast(device.type, torch.bfloat16, enabled=fast):
            outputs = network(batch.characters.to(device), batch.states.to(device)).cpu().numpy()
        for row, i in enumerate(chosen):
            fed = encode(*pairs[i], index)
            if fed.passage_length:
                yield i, head.span_scores(outputs[row], fed.passage_start, fed.passage_length), outputs[row, 0]


def read_windows(
    network: ReaderNetwork, index: dict[str, int], pairs: _Pairs, *, fast: bool = True
) -> list[WindowReading]:
    """Read (question, window) pairs."""
    readings = [WindowReading((0, 0), MASKED, MASKED, MASKED)] * len(pairs)
    for i, scores, outputs in _scored(network, index, pairs, fast=fast):
        margin = float(scores.max())
        readings[i] = WindowReading(_best_span(scores), margin, float(outputs[RELEVANCE]), float(outputs[ANSWERABLE]))
    return readings


def predict(network: ReaderNetwork, index: dict[str, int], questions: Sequence[HumanQuestion]) -> list[str]:
    """Return an answer to each question: the best span over "no answer" of its passage, read as the product does."""
    starts = [window_starts(len(asked.passage)) for asked in questions]
    owners = [(i, start) for i, each in enumerate(starts) for start in each]
    pairs = [(questions[i].question, questions[i].passage[start : start + MAX_PASSAGE]) for i, start in owners]
    windows: list[list[tuple[int, npt.NDArray[np.float32]]]] = [[] for _ in questions]
    for place, scores, _ in _scored(network, index, pairs, fast=True):
        owner, start = owners[place]
        windows[owner].append((start, scores))
    return [_best(asked.passage, read) for asked, read in zip(questions, windows, strict=True)]


def _best(passage: str, windows: Sequence[tuple[int, npt.NDArray[np.float32]]]) -> str:
    if not windows:
        return ""
    return passage[slice(*_best_span(combined(windows, len(passage))))]


def _best_span(scores: npt.NDArray[np.float32]) -> tuple[int, int]:
    """Return the best of the spans scored, half-open."""
    first, beyond = divmod(int(scores.argmax()), scores.shape[1])
    return first, first + beyond + 1


def score_spans(network: ReaderNetwork, index: dict[str, int], questions: Sequence[HumanQuestion]) -> dict[str, float]:
    """Return EM and F1 in per cent, always answering."""
    scores = [
        best_scores(prediction, asked.answers)
        for prediction, asked in zip(predict(network, index, questions), questions, strict=True)
    ]
    exact, overlap = np.mean(scores, axis=0) * 100
    return {"questions": len(questions), "em": round(float(exact), 1), "f1": round(float(overlap), 1)}


def development(
    questions: Sequence[HumanQuestion], source: str | None = None, limit: int | None = None
) -> list[HumanQuestion]:
    """Return development questions (of one source), or a fixed random choice of `limit` of them."""
    chosen = [q for q in questions if q.development and source in {None, q.source}]
    return chosen if limit is None or limit >= len(chosen) else random.Random(5).sample(chosen, limit)
