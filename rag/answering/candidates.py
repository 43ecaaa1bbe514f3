"""Candidates for an answer, and what is known of each when it is judged.

The features are few and mean the same with a library and with fixed passages, so one calibration serves both.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.fold import fold_text
from models.protocols import Reading, ScoredSpan
from rag.answering.question import Expects, content_terms, expects, fits, years
from rag.text.sentences import sentence_spans
from rag.text.terms import terms
from rag.types import Hit, Span

FEATURES = (
    "span_score",
    "span_log_probability",
    "relevance",
    "answerable",
    "passage_coverage",
    "sentence_coverage",
    "reciprocal_rank",
    "agreement",
    "kind_fits",
    "years_missing",
    "span_in_question",
    "span_length",
)
_SPANS_PER_PASSAGE = 3
_SPAN_LIMITS = (-15.0, 20.0)
_LOGIT_LIMITS = (-10.0, 10.0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that may answer, with its features in the order of `FEATURES`."""

    hit: Hit
    span: Span  # in the article
    text: str
    probability: float  # of the span within its passage: how sure its edges are
    features: npt.NDArray[np.float64]


def _coverage(wanted: frozenset[str], text: str) -> float:
    return len(wanted.intersection(terms(text))) / len(wanted) if wanted else 0.0


def _sentence_of(passage: str, span: ScoredSpan) -> str:
    for sentence in sentence_spans(passage):
        if sentence.start <= span.start < sentence.end:
            return sentence.of(passage)
    return passage


def candidates(question: str, hits: Sequence[Hit], readings: Sequence[Reading]) -> list[Candidate]:
    """Return the best spans of every passage read, as candidates in no particular order."""
    wanted = content_terms(question)
    expected = expects(question)
    asked_years = years(question)
    folded_question = fold_text(question)
    best_texts = Counter(
        fold_text(hit.passage.text[reading.spans[0].start : reading.spans[0].end])
        for hit, reading in zip(hits, readings, strict=True)
        if reading.spans and reading.spans[0].score > 0
    )
    found: list[Candidate] = []
    for hit, reading in zip(hits, readings, strict=True):
        passage = hit.passage
        coverage = _coverage(wanted, passage.text)
        missing = len(asked_years - years(passage.text)) if asked_years else 0
        for place, span in enumerate(reading.spans[:_SPANS_PER_PASSAGE]):
            text = passage.text[span.start : span.end]
            folded = fold_text(text)
            fit = None if expected is Expects.ANYTHING else fits(expected, text)
            others = best_texts[folded] - (1 if place == 0 and span.score > 0 else 0)
            features = (
                float(np.clip(span.score, *_SPAN_LIMITS)),
                float(np.log(max(span.probability, 1e-6))),
                float(np.clip(reading.relevance, *_LOGIT_LIMITS)),
                float(np.clip(reading.answerable, *_LOGIT_LIMITS)),
                coverage,
                _coverage(wanted, _sentence_of(passage.text, span)),
                1 / hit.rank,
                min(others, 3) / 3,
                0.0 if fit is None else (1.0 if fit else -1.0),
                float(missing > 0),
                float(folded in folded_question),
                min(len(folded), 40) / 40,
            )
            place_in_article = Span(passage.start + span.start, passage.start + span.end)
            found.append(Candidate(hit, place_in_article, text, span.probability, np.array(features)))
    return found
