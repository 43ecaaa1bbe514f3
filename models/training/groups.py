"""Phase B of the reader's training: passages that compete for one question, among steps of single passages.

One right passage stands among wrong ones that BM25 found for the same question. The span's normalisation is shared
over the group (Clark & Gardner 2018), so that scores of different passages can be compared; each passage also keeps
its own loss with "no answer". In some groups no passage answers. Groups alone would teach people's few questions by
heart; the steps of single passages between them, as in phase A, keep what was learnt there.
"""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from models.errors import ModelError
from models.reader_head import ANSWERABLE, RELEVANCE
from models.reader_input import vocabulary_index
from models.training.device import CPU
from models.training.evaluate import development
from models.training.examples import (
    OTHER_YEAR_SHARE,
    Batch,
    Example,
    ExampleDrawer,
    best_occurrence,
    draw_length,
    roughened,
    window_size,
)
from models.training.lexical import Bm25, split_passages
from models.training.measure import measure_competition, measure_pool
from models.training.network import MASKED, ReaderNetwork
from models.training.prepare import Prepared
from models.training.reader_training import CHECKPOINT, TOKENS, Say, Schedule, Trainer, shape_for
from models.training.spans import PHASE as FIRST_PHASE
from models.training.spans import look_at, span_loss
from models.training.variations import Answered, another_year, blotted

PHASE = "groups"
GROUP = 4  # passages to a question
_ABSENT_SHARE = 0.15  # of groups, those in which nothing answers
_NEAR = 20  # wrong passages are drawn from so many of BM25's best
_HUMAN_SHARE = 0.6
_SINGLE_SHARE = 0.6  # of the steps
_POOL_SIZES = (150, 200, 250)  # characters of pooled passages; a window is cut from them
_MADE_PASSAGES = 24_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the pool, and where its answer stands in its whole passage."""

    question: str
    told: Answered
    answers: tuple[str, ...]


class GroupDrawer:
    """Draws groups of passages for questions; what it draws depends on the step alone."""

    def __init__(self, prepared: Prepared, *, most_made: int = _MADE_PASSAGES) -> None:
        """Index the training passages; nothing held out is among them."""
        self.index = vocabulary_index(prepared.characters)
        rng = random.Random(6)
        self.human = [
            Asked(q.question, Answered(q.passage, start, q.answers[0]), q.answers)
            for q in prepared.human
            if not q.development
            for start in [best_occurrence(q.question, q.passage, q.answers[0])]
        ]
        made = [p for p in prepared.made if not p.held_out]
        made = made if len(made) <= most_made else rng.sample(made, most_made)
        self.made = [
            Asked(q.question, Answered(p.passage, q.start, q.answer), (q.answer,)) for p in made for q in p.questions
        ]
        whole = dict.fromkeys([*(a.told.passage for a in self.human), *(p.passage for p in made)])
        self.pool = [piece for p in whole for piece in split_passages(p, rng.choice(_POOL_SIZES)) if len(piece) > 30]
        self.bm25 = Bm25(self.pool)

    def draw(self, rng: random.Random, tokens: int) -> Batch:
        """Return a batch of whole groups, `GROUP` rows each; the right passage, if any, comes first in its group."""
        length = max(128, draw_length(rng))
        groups = max(2, tokens // length // GROUP)
        rows: list[Example] = []
        while len(rows) < groups * GROUP:
            asked = rng.choice(self.human if rng.random() < _HUMAN_SHARE else self.made)
            rows += self._group(rng, asked, length) or []
        return Batch.of(rows, self.index, length)

    def _group(self, rng: random.Random, asked: Asked, length: int) -> list[Example] | None:
        told = asked.told
        wrong = another_year(asked.question, told.passage, rng) if rng.random() < OTHER_YEAR_SHARE else None
        question = wrong or roughened(asked.question, rng)
        rows: list[Example] = []
        if wrong is not None or rng.random() >= _ABSENT_SHARE:
            right = _piece_with(question, told, window_size(question, length, rng))
            if right is None:
                return None
            rows.append(right if wrong is None else Example(question, right.window, None))
        near = [
            self.pool[i]
            for i in self.bm25.top(asked.question, _NEAR + 5)
            if not any(answer in self.pool[i] for answer in asked.answers)
        ][:_NEAR]
        wanted = GROUP - len(rows)
        if len(near) < wanted:
            return None
        # Half of the wrong ones are the nearest, the others any of the near ones.
        chosen = near[: wanted // 2]
        chosen += rng.sample(near[wanted // 2 :], wanted - len(chosen))
        rows += [
            Example(question, _first_piece(passage, window_size(question, length, rng)), None) for passage in chosen
        ]
        # All are cut at sentences, none is varied, all are blotted alike: what only the right one had would tell it.
        return [row.with_window(blotted(row.window, row.span, rng)) for row in rows]


def _piece_with(question: str, told: Answered, size: int) -> Example | None:
    """Return the piece of a passage, cut at sentences as those of the pool are, that holds the whole answer."""
    start, end = told.span
    at = 0
    for piece in split_passages(told.passage, size):
        if at <= start and end <= at + len(piece):
            return Example(question, piece, (start - at, end - at))
        at += len(piece)
    return None


def _first_piece(passage: str, size: int) -> str:
    return split_passages(passage, size)[0]


def group_loss(network: ReaderNetwork, batch: Batch) -> Tensor:
    """Return the loss of a batch of groups: spans (own and shared), relevance in the group, answerability."""
    logits = network(batch.characters, batch.states)
    groups = len(batch.starts) // GROUP
    scores, cells = network.span_scores(logits, batch.allowed), batch.cells()
    own = 2 * functional.cross_entropy(scores.flatten(1), cells)
    answered = batch.answerable.view(groups, GROUP)[:, 0] > 0
    shared = logits.new_zeros(())
    if bool(answered.any()):
        competing = scores.clone()
        competing[:, 0, 0] = MASKED  # among passages, "no answer" is none of the choices
        competing = competing.view(groups, -1)[answered]
        shared = shared + 2 * functional.cross_entropy(competing, cells.view(groups, GROUP)[answered, 0])
        relevance = logits[:, 0, RELEVANCE].view(groups, GROUP)[answered]
        first = torch.zeros(len(relevance), dtype=torch.long)
        shared = shared + functional.cross_entropy(relevance, first)
    answerable = functional.binary_cross_entropy_with_logits(logits[:, 0, ANSWERABLE], batch.answerable)
    # Softmax alone would leave relevance free to drift from question to question.
    level = functional.binary_cross_entropy_with_logits(logits[:, 0, RELEVANCE], batch.answerable)
    total: Tensor = 0.5 * own + shared + answerable + 0.3 * level
    return total


def train_groups(
    work: Path, minutes: float, *, smoke: bool = False, device: torch.device = CPU, say: Say = print
) -> None:
    """Train phase B on the checkpoint of phase A, or go on with it.

    Raises:
        BadInputError: nothing is prepared.
        ModelError: there is no checkpoint of phase A, or it is broken or another network's.

    """
    prepared = Prepared.load(work)
    trainer = Trainer(shape_for(prepared.characters, smoke=smoke), prepared.characters, device)
    path = work / CHECKPOINT
    trainer.restore(path)
    if trainer.phase not in {FIRST_PHASE, PHASE}:
        msg = f"{path}: it comes from {trainer.phase}, groups go on from {FIRST_PHASE}; run the step reader first"
        raise ModelError(msg)
    if trainer.phase == FIRST_PHASE:
        trainer.start_from_average()
    drawer = GroupDrawer(prepared, most_made=200 if smoke else _MADE_PASSAGES)
    say(f"{len(drawer.pool)} passages, {len(drawer.human)} human and {len(drawer.made)} made questions")
    single = ExampleDrawer(prepared.human, prepared.made, drawer.index)
    spans = look_at(prepared, smoke=smoke)
    questions = development(prepared.human, "cmrc2018_train", 4 if smoke else 100)
    pool = measure_pool(prepared, limit=60 if smoke else 4000)
    lexical = Bm25(pool)

    def look(network: ReaderNetwork) -> dict[str, Any]:
        return {**spans(network), **measure_competition(network, drawer.index, questions, pool, lexical)}

    def loss_of(network: ReaderNetwork, rng: random.Random, done: float) -> tuple[Tensor, int]:
        if rng.random() < _SINGLE_SHARE:
            batch = single.draw(rng, min(0.75, 0.4 + 0.4 * done), 900 if smoke else TOKENS)
            return span_loss(network, batch.to(device)), len(batch.starts)
        batch = drawer.draw(rng, 1100 if smoke else TOKENS)
        return group_loss(network, batch.to(device)), len(batch.starts)

    schedule = Schedule(PHASE, minutes, muon_rate=0.006, adam_rate=1.2e-3, final=0.03, look_minutes=10.0)
    trainer.run(schedule, loss_of, look, path, say)
