"""What became of a question, in one word: whether it went right, and if not, at which stage it went wrong."""

from collections.abc import Mapping
from enum import StrEnum

from eval.prediction import PredictionJson
from eval.questions import Question

_DEPTH = 20  # how far "found" looks: the last cutoff of the retrieval metrics


class Verdict(StrEnum):
    """One word about a row."""

    RIGHT = "right"
    ERROR = "error"
    WRONGLY_ANSWERED = "wrongly_answered"  # the articles do not answer it
    NOT_SUPPORTED = "read_not_supported"  # the evidence was cited (or a draft written), and the answer is not there
    NOT_READ = "found_not_read"  # among the hits, and something else was cited
    WRONGLY_DECLINED = "wrongly_declined"  # among the hits, and declined
    NOT_FOUND = "not_found"  # not among the hits
    UNJUDGED = "unjudged"  # no gold to judge by


FAILED = frozenset(Verdict) - {Verdict.RIGHT, Verdict.UNJUDGED}
"""What `--only-failing` asks again."""


def _right(metrics: Mapping[str, float | None]) -> bool | None:
    """Return whether an answer is right: by its gold answers, else by its vital nuggets, else by what it cites.

    One that also states what must not be said is not.
    """
    for name in ("acc", "nuggets_vital", "evidence_cited"):
        if (score := metrics.get(name)) is not None:
            return score == 1 and metrics.get("must_not") != 1
    return None


def _found(metrics: Mapping[str, float | None]) -> bool:
    """Return whether what answers was among the hits: the gold words, or a gold article (是 stands in no text)."""
    scores = [metrics.get(f"{name}@{_DEPTH}") for name in ("answer_in_hits", "success")]
    known = [score for score in scores if score is not None]
    return not known or max(known) == 1


def verdict_of(question: Question, prediction: PredictionJson | None, metrics: Mapping[str, float | None]) -> Verdict:
    """Return the verdict on a question from its scores; without a prediction, it came to an error."""
    if prediction is None:
        return Verdict.ERROR
    declined = prediction["abstained"]
    if question.answerable is False:
        return Verdict.RIGHT if declined else Verdict.WRONGLY_ANSWERED
    right = _right(metrics)
    if right is None:
        return Verdict.WRONGLY_DECLINED if declined and question.answerable else Verdict.UNJUDGED
    return Verdict.RIGHT if right else _wrong(prediction, metrics)


def _wrong(prediction: PredictionJson, metrics: Mapping[str, float | None]) -> Verdict:
    """Return where an answerable question went wrong."""
    if not _found(metrics):
        return Verdict.NOT_FOUND
    if prediction["abstained"] and prediction["reason"] != "unsupported":
        return Verdict.WRONGLY_DECLINED
    supported = prediction["abstained"] or metrics.get("evidence_cited") == 1
    return Verdict.NOT_SUPPORTED if supported else Verdict.NOT_READ
