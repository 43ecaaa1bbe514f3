"""What the reader can do, measured on questions that it was never trained on."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from models.reader_head import ANSWERABLE, RELEVANCE
from models.reader_input import MAX_PASSAGE, encode
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


def windows_of(passage: str, size: int = MAX_PASSAGE) -> list[str]:
    """Return windows of `size` characters that overlap by half and cover the passage."""
    last = max(0, len(passage) - size)
    offsets = [*range(0, last, size // 2), last]
    return [passage[offset : offset + size] for offset in offsets]


@torch.no_grad()
def read_windows(
    network: ReaderNetwork, index: dict[str, int], pairs: Sequence[tuple[str, str]], *, fast: bool = True
) -> list[WindowReading]:
    """Read (question, window) pairs; `fast` means bfloat16, which changes the figures by a few hundredths."""
    device, head = next(network.parameters()).device, network.head_weights()
    order = sorted(range(len(pairs)), key=lambda i: len(pairs[i][0]) + len(pairs[i][1]))
    readings: dict[int, WindowReading] = {}
    for at in range(0, len(order), _BATCH):
        chosen = order[at : at + _BATCH]
        batch = Batch.of([Example(*pairs[i], None) for i in chosen], index)
        with torch.autocast(device.type, torch.bfloat16, enabled=fast):
            logits = network(batch.characters.to(device), batch.states.to(device)).cpu().numpy()
        for row, i in enumerate(chosen):
            fed = encode(*pairs[i], index)
            if not fed.passage_length:
                readings[i] = WindowReading((0, 0), MASKED, MASKED, MASKED)
                continue
            scores = head.span_scores(logits[row], fed.passage_start, fed.passage_length)
            first, beyond = divmod(int(scores.argmax()), scores.shape[1])
            readings[i] = WindowReading(
                (first, first + beyond + 1),
                float(scores[first, beyond]),
                float(logits[row, 0, RELEVANCE]),
                float(logits[row, 0, ANSWERABLE]),
            )
    return [readings[i] for i in range(len(pairs))]


def predict(network: ReaderNetwork, index: dict[str, int], questions: Sequence[HumanQuestion]) -> list[str]:
    """Return an answer to each question: the best span over "no answer" among the windows of its passage."""
    pairs: list[tuple[str, str]] = []
    owners: list[int] = []
    for i, asked in enumerate(questions):
        for window in windows_of(asked.passage):
            pairs.append((asked.question, window))
            owners.append(i)
    best: dict[int, tuple[float, str]] = {}
    for owner, (_, window), reading in zip(owners, pairs, read_windows(network, index, pairs), strict=True):
        if owner not in best or reading.margin > best[owner][0]:
            best[owner] = (reading.margin, window[slice(*reading.span)])
    return [best[i][1] for i in range(len(questions))]


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
