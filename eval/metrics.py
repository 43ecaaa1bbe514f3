"""The metrics: deterministic, offline, made for Chinese. Each says what it is, when it applies and where it is from.

A score lies between 0 and 1; None means that the metric does not apply. An abstention scores 0 where an answer was
wanted: a missing answer is a miss. Containment is tested on normalised text (`eval.normal`), EM and F1 as CMRC2018
defines them (`eval.cmrc`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from eval import scores
from eval.prediction import Lookup, PredictionJson
from eval.questions import Question

CUTOFFS = (1, 5, 10)
"""How many hits the retrieval metrics look at."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: what it measures, and the function that does."""

    name: str
    definition: str  # one sentence
    applies_to: str
    source: str
    score: scores.Score
    applies: Callable[[Question], bool]  # what can be said before there is a prediction
    cutoff: int | None = None
    better: Literal["higher", "lower", "neither"] = "higher"


_RGB = "RGB (chen700564/RGB, evalue.py), on normalised text"
_CMRC = "CMRC2018 (ymcui/cmrc2018, cmrc2018_evaluate.py v5)"
_OWN = "Yiju"
_GOLD = "answerable questions with gold answers"
_ONE_ITEM = "answerable questions whose gold is one item with alternatives"
_EVIDENCE = "answerable questions with evidence"


def _answer_metrics() -> Iterable[Metric]:
    yield Metric(
        name="acc",
        definition="Every gold item has one alias contained in the answer (markers left out); 0 when declined.",
        applies_to=_GOLD,
        source=_RGB,
        score=scores.acc,
        applies=scores.has_gold,
    )
    for length in (80, 160):
        yield Metric(
            name=f"acc_{length}",
            definition=f"As acc, and the normalised answer without markers has at most {length} characters.",
            applies_to=_GOLD,
            source=f"{_RGB}; the length guard is Yiju's",
            score=scores.acc_within(length),
            applies=scores.has_gold,
            cutoff=length,
        )
    yield Metric(
        name="em",
        definition="The short answer equals a gold answer but for case and punctuation; 0 where there is none.",
        applies_to=_ONE_ITEM,
        source=_CMRC,
        score=scores.em,
        applies=scores.has_one_item,
    )
    yield Metric(
        name="f1",
        definition="F1 of the longest common run of mixed segments of the short answer and the best gold answer;"
        " 0 where there is no short answer.",
        applies_to=_ONE_ITEM,
        source=_CMRC,
        score=scores.f1,
        applies=scores.has_one_item,
    )


def _refusal_metrics() -> Iterable[Metric]:
    yield Metric(
        name="abstained",
        definition="The question was declined.",
        applies_to="all questions",
        source=_OWN,
        score=scores.abstained,
        applies=scores.always,
        better="neither",
    )
    yield Metric(
        name="rejected_right",
        definition="A question that the articles do not answer was declined.",
        applies_to="unanswerable questions",
        source="RGB's rejection rate, by flag instead of phrase",
        score=scores.abstained,
        applies=lambda question: question.answerable is False,
    )
    yield Metric(
        name="false_refusal",
        definition="A question that the articles answer was declined.",
        applies_to="answerable questions",
        source=_OWN,
        score=scores.abstained,
        applies=lambda question: question.answerable is True,
        better="lower",
    )


def _citation_metrics() -> Iterable[Metric]:
    yield Metric(
        name="citations_valid",
        definition="Every citation's quote equals the characters of the cleaned article at its offsets.",
        applies_to="answers with citations",
        source=_OWN,
        score=scores.citations_valid,
        applies=scores.always,
    )
    yield Metric(
        name="evidence_cited",
        definition="Some citation is of an evidence article and holds a gold alias or, in one piece, half of the"
        " evidence's folded characters; 0 when declined.",
        applies_to=_EVIDENCE,
        source=_OWN,
        score=scores.evidence_cited,
        applies=scores.has_evidence,
    )


def _retrieval_metrics(k: int) -> Iterable[Metric]:
    yield Metric(
        name=f"success@{k}",
        definition=f"Some evidence article is among those of the first {k} hits.",
        applies_to=_EVIDENCE,
        source="ir_measures, Success@k; a hit is a passage",
        score=scores.success(k),
        applies=scores.has_evidence,
        cutoff=k,
    )
    yield Metric(
        name=f"recall@{k}",
        definition=f"Share of the evidence articles that are among those of the first {k} hits.",
        applies_to=_EVIDENCE,
        source="ir_measures, R@k; a hit is a passage",
        score=scores.recall(k),
        applies=scores.has_evidence,
        cutoff=k,
    )
    yield Metric(
        name=f"answer_in_hits@{k}",
        definition=f"Every gold item has one alias contained in the text of one of the first {k} hits.",
        applies_to=_GOLD,
        source=_OWN,
        score=scores.answer_in_hits(k),
        applies=scores.has_gold,
        cutoff=k,
    )


METRICS: tuple[Metric, ...] = (
    *_answer_metrics(),
    *_refusal_metrics(),
    *_citation_metrics(),
    *(metric for k in CUTOFFS for metric in _retrieval_metrics(k)),
)


def score_all(question: Question, prediction: PredictionJson, lookup: Lookup) -> dict[str, float | None]:
    """Return every metric's score, None where it does not apply."""
    return {
        metric.name: metric.score(question, prediction, lookup) if metric.applies(question) else None
        for metric in METRICS
    }
