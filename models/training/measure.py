"""How the reader does where passages compete: choosing among retrieved ones, and seeing that none answers."""

import random
from collections.abc import Sequence

import numpy as np

from models.reader_input import MAX_PASSAGE
from models.training.evaluate import WindowReading, read_windows
from models.training.lexical import Bm25, split_passages
from models.training.network import ReaderNetwork
from models.training.prepare import Prepared
from models.training.sources import HumanQuestion

FALSE_REFUSALS = 0.05
RERANKED = 20
_NEAR_MISSES = 4  # wrong passages a question, for what is caught
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


def measure_competition(
    network: ReaderNetwork,
    index: dict[str, int],
    questions: Sequence[HumanQuestion],
    pool: Sequence[str],
    lexical: Bm25,
) -> dict[str, float]:
    """Return figures in per cent for questions over a pool.

    `lexical_success@1` is BM25 alone; `rerank_success@1` takes the most relevant of BM25's best 20 (a question whose
    passage is not among them counts as a miss for both). `unanswerable_caught` is for questions whose right passages
    are taken away: the four best wrong ones remain, and the question is refused when the highest "answerable" of all
    passages shown is below the cut at which 5 % of questions are refused that do have a right passage among the four.
    """
    tops = [[int(i) for i in lexical.top(asked.question, RERANKED)] for asked in questions]
    pairs = [(asked.question, pool[i][:MAX_PASSAGE]) for asked, top in zip(questions, tops, strict=True) for i in top]
    readings = read_windows(network, index, pairs)
    hits: dict[str, list[float]] = {"lexical": [], "relevance": [], "margin": [], "mixed": []}
    with_answer: dict[str, list[float]] = {"answerable": [], "margin": []}
    without: dict[str, list[float]] = {"answerable": [], "margin": []}
    at = 0
    for asked, top in zip(questions, tops, strict=True):
        read = readings[at : at + len(top)]
        at += len(top)
        right = [holds_answer(asked, pool[i]) for i in top]
        wrong_reads = [
            r for r, i in zip(read, top, strict=True) if not any(answer in pool[i] for answer in asked.answers)
        ][:_NEAR_MISSES]
        _note_hits(hits, read, right)
        for name, refused in without.items():
            if wrong_reads:
                refused.append(max(_value(r, name) for r in wrong_reads))
        for name, answered in with_answer.items():
            if any(right):
                shown = [read[right.index(True)], *wrong_reads[: _NEAR_MISSES - 1]]
                answered.append(max(_value(r, name) for r in shown))
    percent: dict[str, float] = {
        "lexical_success@1": _mean(hits["lexical"]),
        "rerank_success@1": _mean(hits["relevance"]),
        "margin_success@1": _mean(hits["margin"]),
        "mixed_success@1": _mean(hits["mixed"]),
        "unanswerable_caught": caught_at(with_answer["answerable"], without["answerable"]),
        "unanswerable_caught_by_margin": caught_at(with_answer["margin"], without["margin"]),
    }
    return {name: round(100 * value, 1) for name, value in percent.items()}


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
