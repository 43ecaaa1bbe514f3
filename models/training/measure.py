"""How the reader does where passages compete: choosing among retrieved ones, and seeing that none answers."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.reader_input import MAX_PASSAGE
from models.training.evaluate import WindowReading, read_windows
from models.training.lexical import Bm25, split_passages
from models.training.network import ReaderNetwork
from models.training.prepare import Prepared
from models.training.scoring import best_scores
from models.training.sources import HumanQuestion, per_mille

FALSE_REFUSALS = 0.05
RERANKED = 20
_NEAR_MISSES = 4  # wrong passages a question, for what is caught
_RIGHT = 0.5  # F1 from which a span counts as right
_RIDGE = 1e-2
_NEWTON_STEPS = 12
_SIZE = 200  # characters of pooled passages


def measure_pool(prepared: Prepared, limit: int | None = None) -> list[str]:
    """Return the passages to search: those of all development questions, and held-out news besides.

    All are cut at sentence ends into pieces of at most 200 characters; `limit` bounds the number of news pieces.
    """
    wholes = dict.fromkeys(q.passage for q in prepared.human if q.development)
    news = dict.fromkeys(p.passage for p in prepared.made if p.held_out)
    others = [piece for passage in news for piece in split_passages(passage, _SIZE)]
    if limit is not None and limit < len(others):
        others = random.Random(7).sample(others, limit)
    pieces = [piece for passage in wholes for piece in split_passages(passage, _SIZE)]
    return list(dict.fromkeys([*pieces, *others]))


def holds_answer(asked: HumanQuestion, piece: str) -> bool:
    """Say whether a piece is of the question's own passage and holds an answer."""
    return piece in asked.passage and any(answer in piece for answer in asked.answers)


def caught_at(scores_right: Sequence[float], scores_wrong: Sequence[float], refusals: float = FALSE_REFUSALS) -> float:
    """Return the share of the wrong ones that lie below the cut under which `refusals` of the right ones lie."""
    if not scores_right or not scores_wrong:
        return 0.0
    cut = np.quantile(np.array(scores_right), refusals)
    return float(np.mean(np.array(scores_wrong) < cut))


@dataclass(frozen=True, slots=True)
class Contest:
    """A question, the passages that BM25 finds for it, best first, and what the reader says of each."""

    asked: HumanQuestion
    pieces: tuple[str, ...]
    readings: tuple[WindowReading, ...]
    spans: tuple[str, ...]  # the best span of each

    @property
    def right(self) -> list[bool]:
        """Which passages hold an answer and are of the question's own passage."""
        return [holds_answer(self.asked, piece) for piece in self.pieces]

    @property
    def wrong(self) -> list[int]:
        """The places of the nearest passages in which no answer stands."""
        places = [i for i, piece in enumerate(self.pieces) if not any(answer in piece for answer in self.asked.answers)]
        return places[:_NEAR_MISSES]

    def shown(self) -> list[int]:
        """Return the right passage's place and those of three near-misses; empty if it was not found."""
        right = self.right
        return [right.index(True), *self.wrong[: _NEAR_MISSES - 1]] if any(right) else []


def hold_contests(
    network: ReaderNetwork,
    index: dict[str, int],
    questions: Sequence[HumanQuestion],
    pool: Sequence[str],
    lexical: Bm25,
) -> list[Contest]:
    """Let the reader read the best 20 that BM25 finds in the pool, for each question."""
    tops = [[int(i) for i in lexical.top(asked.question, RERANKED)] for asked in questions]
    pairs = [(asked.question, pool[i][:MAX_PASSAGE]) for asked, top in zip(questions, tops, strict=True) for i in top]
    readings = iter(read_windows(network, index, pairs))
    contests = []
    for asked, top in zip(questions, tops, strict=True):
        pieces = tuple(pool[i] for i in top)
        read = tuple(next(readings) for _ in pieces)
        spans = tuple(piece[slice(*reading.span)] for piece, reading in zip(pieces, read, strict=True))
        contests.append(Contest(asked, pieces, read, spans))
    return contests


def competition_figures(contests: Sequence[Contest]) -> dict[str, float]:
    """Return figures in per cent.

    `lexical_success@1` is BM25 alone; `rerank_success@1` takes the most relevant of BM25's best 20 (a question whose
    passage is not among them counts as a miss for both). `unanswerable_caught` is for questions whose right passages
    are taken away: the four best wrong ones remain, and the question is refused when the highest "answerable" of all
    passages shown is below the cut at which 5 % of questions are refused that do have a right passage among the four.
    """
    hits: dict[str, list[float]] = {"lexical": [], "relevance": [], "margin": [], "mixed": []}
    with_answer: dict[str, list[float]] = {"answerable": [], "margin": []}
    without: dict[str, list[float]] = {"answerable": [], "margin": []}
    for contest in contests:
        _note_hits(hits, contest.readings, contest.right)
        for kept, places in ((without, contest.wrong), (with_answer, contest.shown())):
            for name, values in kept.items():
                if places:
                    values.append(max(_value(contest.readings[i], name) for i in places))
    percent: dict[str, float] = {
        "lexical_success@1": _mean(hits["lexical"]),
        "rerank_success@1": _mean(hits["relevance"]),
        "margin_success@1": _mean(hits["margin"]),
        "mixed_success@1": _mean(hits["mixed"]),
        "unanswerable_caught": caught_at(with_answer["answerable"], without["answerable"]),
        "unanswerable_caught_by_margin": caught_at(with_answer["margin"], without["margin"]),
    }
    return {name: round(100 * value, 1) for name, value in percent.items()}


def reliability(contests: Sequence[Contest]) -> list[list[float]]:
    """Return how far a probability made of the reader's scores can be trusted: a row for each tenth that occurs.

    A row is (lower edge, cases, mean probability, share right). A case is what the reader would answer from a right
    passage and three near-misses, or from near-misses alone: the span with the highest margin, right if its F1 is at
    least a half and the passage holds the answer. The probability is logistic in margin, answerable and relevance,
    fitted on the questions of one half of the passages and told of the other half, both ways.
    """
    cases: list[tuple[int, list[float], bool]] = []
    for contest in contests:
        half = per_mille(contest.asked.passage) % 2
        for shown, answerable in ((contest.shown(), True), (contest.wrong, False)):
            if shown:
                best = max(shown, key=lambda i: contest.readings[i].margin)
                reading = contest.readings[best]
                scored = best_scores(contest.spans[best], contest.asked.answers)[1]
                right = answerable and best == shown[0] and scored >= _RIGHT
                cases.append((half, [reading.margin, reading.answerable, reading.relevance, 1.0], right))
    table: dict[int, list[tuple[float, bool]]] = {}
    for half in (0, 1):
        weights = _logistic([(x, right) for of, x, right in cases if of != half])
        for of, values, right in cases:
            if of == half:
                chance = float(1 / (1 + np.exp(-np.array(values) @ weights)))
                table.setdefault(min(9, int(10 * chance)), []).append((chance, right))
    return [
        [tenth / 10, len(rows), round(_mean([c for c, _ in rows]), 3), round(_mean([float(r) for _, r in rows]), 3)]
        for tenth, rows in sorted(table.items())
    ]


def _logistic(cases: Sequence[tuple[list[float], bool]]) -> npt.NDArray[np.float64]:
    """Return the weights of a logistic regression with a slight ridge, by Newton's method."""
    weights = np.zeros(4)
    if not cases:
        return weights
    values, right = np.array([x for x, _ in cases]), np.array([float(r) for _, r in cases])
    for _ in range(_NEWTON_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(values @ weights, -30, 30)))
        slope = values.T @ (chance - right) + _RIDGE * weights
        curve = (values * (chance * (1 - chance))[:, None]).T @ values + _RIDGE * np.eye(len(weights))
        weights = weights - np.linalg.solve(curve, slope)
    return weights


def measure_competition(
    network: ReaderNetwork,
    index: dict[str, int],
    questions: Sequence[HumanQuestion],
    pool: Sequence[str],
    lexical: Bm25,
) -> dict[str, float]:
    """Return `competition_figures` for questions over a pool."""
    return competition_figures(hold_contests(network, index, questions, pool, lexical))


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def _value(reading: WindowReading, name: str) -> float:
    return reading.answerable if name == "answerable" else reading.margin


def _note_hits(hits: dict[str, list[float]], read: Sequence[WindowReading], right: Sequence[bool]) -> None:
    """Note for each way of ranking whether its first passage is right; "mixed" adds 3 / (1 + lexical rank)."""
    keys = {
        "lexical": [-float(rank) for rank in range(len(read))],
        "relevance": [r.relevance for r in read],
        "margin": [r.margin for r in read],
        "mixed": [r.relevance + 3.0 / (1 + rank) for rank, r in enumerate(read)],
    }
    for name, values in keys.items():
        hits[name].append(float(right[int(np.argmax(values))]) if values else 0.0)
