"""Fitting the confidence: candidates judged against gold, a choice among them and "none", and what it does."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from eval.cmrc import f1_score
from eval.content import stands_in
from models.fold import fold_text
from models.protocols import Reading
from rag.answering.candidates import Candidate, candidates
from rag.answering.confidence import ranked
from rag.types import Hit

# An answer less likely than this to be right is withheld. The confidence is calibrated, so that the number means the
# same for every model: users see no more declined because a model changed. (The first, fitted so that a tenth of the
# right answers were withheld, came to it; some twenty questions of the project's set decided much of that.)
THRESHOLD = 0.15
_RIGHT_F1 = 0.6
_RIDGE = 0.001  # a question, on weights of features of variance 1
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Gold:
    """A question with what answers it and where.

    With `reprinted`, other articles may report the same, and what answers in them is right too.
    """

    question: str
    answers: tuple[str, ...]
    article_ids: frozenset[str]
    answerable: bool
    half: int  # 0 or 1: what is told of one half comes of a fit on the other
    kind: str  # whose question it is; says what it weighs
    reprinted: bool = False

    def right(self, found: Sequence[Candidate]) -> npt.NDArray[np.bool_]:
        """Return which candidates are right, shape (candidates,)."""
        return np.array(
            [
                (self.reprinted or each.hit.passage.article_id in self.article_ids)
                and is_right(self.answers, each.text)
                for each in found
            ],
            dtype=bool,
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """All candidates of one question."""

    half: int
    answerable: bool
    kind: str
    features: npt.NDArray[np.float64]  # shape (candidates, features)
    words: tuple[str, ...]  # what each says, folded
    right: npt.NDArray[np.bool_]  # shape (candidates,)


def is_right(answers: Sequence[str], text: str) -> bool:
    """Whether a span says a gold answer: holds it, or nearly equals it with no other figure in it.

    42.75亿元 shares two thirds of its segments with 38.07亿元, and 2006年5月12日 more with the day a year before.
    """
    said = fold_text(text)
    return any(stands_in(answer, said) or _nearly_equals(answer, said) for answer in map(fold_text, answers))


def _nearly_equals(answer: str, said: str) -> bool:
    wanted, told = ({figure.replace(",", "") for figure in _FIGURE.findall(each)} for each in (answer, said))
    return told <= wanted and bool(told) == bool(wanted) and f1_score([answer], said) >= _RIGHT_F1


def judge(gold: Gold, hits: Sequence[Hit], readings: Sequence[Reading]) -> Iterator[Judged]:
    """Yield the question's candidates with which of them are right, if there are any candidates."""
    found = candidates(gold.question, hits, readings)
    if found:
        features = np.stack([each.features for each in found])
        words = tuple(fold_text(each.text) for each in found)
        yield Judged(gold.half, gold.answerable, gold.kind, features, words, gold.right(found))


def judge_both_ways(gold: Gold, hits: Sequence[Hit], readings: Sequence[Reading]) -> Iterator[Judged]:
    """Yield a question judged on its hits, and again as one without an answer, on those of other articles.

    If one of those answers all the same, that is no question without an answer, and is not yielded.
    """
    yield from judge(gold, hits, readings)
    kept = [i for i, hit in enumerate(hits) if hit.passage.article_id not in gold.article_ids]
    others = [replace(hits[i], rank=rank) for rank, i in enumerate(kept, start=1)]
    for missing in judge(replace(gold, answerable=False), others, [readings[i] for i in kept]):
        if not missing.right.any():
            yield missing


def fit(judged: Sequence[Judged], weighs: Mapping[str, float]) -> tuple[npt.NDArray[np.float64], float]:
    """Return weights and bias under which right candidates, or "none" where none is right, are likeliest chosen.

    `weighs` says what a question of each kind counts.
    """
    from scipy.optimize import minimize

    values = np.concatenate([each.features for each in judged])
    centre, scale = values.mean(0), values.std(0) + 1e-9
    cases = [
        (np.column_stack([(each.features - centre) / scale, np.ones(len(each.right))]), each.right, weighs[each.kind])
        for each in judged
    ]
    ridge = _RIDGE * sum(weight for _, _, weight in cases)

    def loss(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        total = ridge * float(weights[:-1] @ weights[:-1])
        gradient = 2 * ridge * np.append(weights[:-1], 0.0)
        for features, right, weight in cases:
            scores = features @ weights
            highest = max(float(scores.max()), 0.0)
            parts, none = np.exp(scores - highest), np.exp(-highest)
            among = parts * right if right.any() else np.zeros_like(parts)
            sums = parts.sum() + none, among.sum() if right.any() else none
            total += weight * float(np.log(sums[0]) - np.log(sums[1]))
            gradient += weight * (features.T @ (parts / sums[0] - among / sums[1]))
        return total, gradient

    found = minimize(loss, np.zeros(values.shape[1] + 1), jac=True, method="L-BFGS-B").x
    weights = found[:-1] / scale
    return weights, float(found[-1] - weights @ centre)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a calibration makes of one question."""

    probability: float
    right: bool
    answerable: bool
    kind: str


def outcomes(judged: Sequence[Judged], weights: npt.NDArray[np.float64], bias: float) -> list[Outcome]:
    """Return what a calibration makes of each question."""
    made = []
    for each in judged:
        order, shares = ranked(each.features @ weights + bias, each.words)
        made.append(Outcome(float(shares[order[0]]), bool(each.right[order[0]]), each.answerable, each.kind))
    return made


def by_halves(judged: Sequence[Judged], weighs: Mapping[str, float]) -> list[Outcome]:
    """Return what a fit on the other half makes of each question."""
    made: list[Outcome] = []
    for half in (0, 1):
        fitted = fit([each for each in judged if each.half != half], weighs)
        made += outcomes([each for each in judged if each.half == half], *fitted)
    return made


def _figures(outcomes: Sequence[Outcome], threshold: float) -> dict[str, Any]:
    answerable = [o for o in outcomes if o.answerable]
    unanswerable = [o for o in outcomes if not o.answerable]
    right = [o for o in answerable if o.right]
    strict = float(np.quantile([o.probability for o in answerable], 0.05))
    return {
        "answerable": len(answerable),
        "unanswerable": len(unanswerable),
        "right_if_always_answering": round(len(right) / len(answerable), 4),
        "right_and_answered": round(sum(o.probability >= threshold for o in right) / len(answerable), 4),
        "answerable_declined": round(float(np.mean([o.probability < threshold for o in answerable])), 4),
        "unanswerable_declined": round(float(np.mean([o.probability < threshold for o in unanswerable])), 4),
        "unanswerable_declined_at_5_percent_of_answerable": round(
            float(np.mean([o.probability < strict for o in unanswerable])), 4
        ),
    }


def reliability(outcomes: Sequence[Outcome], bins: int = 5) -> list[dict[str, float]]:
    """Return, for equal bins of probability, how many answers, what was said of them, and how many were right."""
    table = []
    for place in range(bins):
        low, high = place / bins, (place + 1) / bins
        inside = [o for o in outcomes if low <= o.probability < high or (place == bins - 1 and o.probability == 1)]
        if inside:
            said = float(np.mean([o.probability for o in inside]))
            right = float(np.mean([o.right for o in inside]))
            table.append({"from": low, "n": len(inside), "said": round(said, 3), "right": round(right, 3)})
    return table


def summarise(outcomes: Sequence[Outcome], threshold: float = THRESHOLD) -> dict[str, Any]:
    """Return what a threshold does, by the kind of the questions, and the reliability over all."""
    kinds = dict.fromkeys(o.kind for o in outcomes)
    figures = {kind: _figures([o for o in outcomes if o.kind == kind], threshold) for kind in kinds}
    return {**figures, "reliability": reliability(outcomes)}
