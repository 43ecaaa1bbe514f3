"""Fitting the confidence: candidates judged against gold, a logistic model, and what it does."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eval.cmrc import f1_score
from eval.content import stands_in
from models.fold import fold_text
from models.protocols import Reading
from rag.answering.candidates import candidates
from rag.types import Hit

# An answer less likely than this to be right is withheld. The confidence is calibrated, so that the number means the
# same for every model: users see no more declined because a model changed. (The first, fitted so that a tenth of the
# right answers were withheld, came to it; some twenty questions of the project's set decided much of that.)
THRESHOLD = 0.15
_RIGHT_F1 = 0.6
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Gold:
    """A question with what answers it and where."""

    question: str
    answers: tuple[str, ...]
    article_ids: frozenset[str]
    answerable: bool
    half: int  # 0 to fit on, 1 to measure on
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Judged:
    """All candidates of one question."""

    half: int
    answerable: bool
    weight: float
    features: npt.NDArray[np.float64]  # shape (candidates, features)
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
        right = [c.hit.passage.article_id in gold.article_ids and is_right(gold.answers, c.text) for c in found]
        features = np.stack([c.features for c in found])
        yield Judged(gold.half, gold.answerable, gold.weight, features, np.array(right, dtype=bool))


def fit(judged: Sequence[Judged]) -> tuple[npt.NDArray[np.float64], float]:
    """Return weights and bias: fitted on the first half's candidates, rescaled on the second half's winners.

    The rescaling (Platt 1999) is what makes the winner's probability honest: the best of many is overrated.
    """
    from sklearn.linear_model import LogisticRegression

    first = [j for j in judged if j.half == 0]
    second = [j for j in judged if j.half == 1]
    features = np.concatenate([j.features for j in first])
    right = np.concatenate([j.right for j in first])
    shares = np.concatenate([np.full(len(j.right), j.weight) for j in first])
    centre, scale = features.mean(0), features.std(0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=5000).fit((features - centre) / scale, right, shares)
    weights = model.coef_[0] / scale
    bias = float(model.intercept_[0] - weights @ centre)
    logits = [j.features @ weights + bias for j in second]
    correct = np.array([bool(j.right[values.argmax()]) for j, values in zip(second, logits, strict=True)])
    best = np.array([[values.max()] for values in logits])
    platt = LogisticRegression(C=100.0).fit(best, correct, [j.weight for j in second])
    slope, shift = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    return weights * slope, bias * slope + shift


@dataclass(frozen=True, slots=True)
class _Outcome:
    probability: float
    right: bool
    answerable: bool
    weight: float


def _figures(outcomes: Sequence[_Outcome], threshold: float) -> dict[str, Any]:
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


def reliability(outcomes: Sequence[_Outcome], bins: int = 5) -> list[dict[str, float]]:
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


def summarise(
    judged: Sequence[Judged], weights: npt.NDArray[np.float64], bias: float, threshold: float = THRESHOLD
) -> dict[str, Any]:
    """Return what a threshold does on the second half: by the weight of the questions, and the reliability there."""
    outcomes = []
    for j in (j for j in judged if j.half == 1):
        logits = j.features @ weights + bias
        best = int(logits.argmax())
        probability = float(1 / (1 + np.exp(-logits[best])))
        outcomes.append(_Outcome(probability, bool(j.right[best]), j.answerable, j.weight))
    figures = {
        f"questions_of_weight_{weight:g}": _figures([o for o in outcomes if o.weight == weight], threshold)
        for weight in sorted({o.weight for o in outcomes})
    }
    return {**figures, "reliability": reliability(outcomes)}
