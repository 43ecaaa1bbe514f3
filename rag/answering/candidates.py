"""Candidates for an answer, and what is known of each when it is judged.

The features are few and mean the same with a library and with fixed passages, so one calibration serves both.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.fold import fold_text
from models.protocols import Reading, ScoredSpan
from rag.answering.overlap import Overlap, Sentence
from rag.answering.question import Expected, content_terms, expects, fits, with_unit, years
from rag.text.terms import terms
from rag.types import Hit, Span

FEATURES = (
    "span_score",
    "span_log_probability",
    "relevance",
    "answerable",
    "terms_in_passage",
    "passage_overlap",
    "sentence_overlap",
    "sentence_against_best",
    "window_overlap",
    "reciprocal_rank",
    "agreement",
    "kind_fits",
    "kind_misfits",
    "years_conflict",
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


def _chosen(
    hit: Hit, reading: Reading, expected: Expected, overlap: Overlap
) -> Iterator[tuple[ScoredSpan, Sentence, bool | None]]:
    """Yield a passage's best spans, and behind them the best of the expected kind: span, sentence, whether it fits."""
    fitting = 0
    for place, span in enumerate(reading.spans):
        sentence = overlap.sentence(hit, span.start)
        fit = fits(expected, with_unit(hit.passage.text, span.start, span.end), sentence.text)
        if place < _SPANS_PER_PASSAGE or (fit and fitting < _SPANS_PER_PASSAGE):
            fitting += bool(fit)
            yield span, sentence, fit


def _conflict(asked_years: frozenset[str], sentence: str, hit: Hit) -> bool:
    """Whether a question about some year meets words about another.

    Either the sentence names years, none of which was asked for; or the whole passage is silent about the years asked
    for and its article was published in another.
    """
    if not asked_years:
        return False
    if named := years(sentence):
        return named.isdisjoint(asked_years)
    if not years(hit.passage.text).isdisjoint(asked_years):
        return False
    return hit.published is not None and str(hit.published.year) not in asked_years


def candidates(question: str, hits: Sequence[Hit], readings: Sequence[Reading]) -> list[Candidate]:
    """Return the best spans of every passage read, as candidates in no particular order."""
    wanted = content_terms(question)
    expected = expects(question)
    asked_years = years(question)
    folded_question = fold_text(question)
    overlap = Overlap(question, hits)
    best_texts = Counter(
        fold_text(hit.passage.text[reading.spans[0].start : reading.spans[0].end])
        for hit, reading in zip(hits, readings, strict=True)
        if reading.spans and reading.spans[0].score > 0
    )
    found: list[Candidate] = []
    for hit, reading in zip(hits, readings, strict=True):
        passage = hit.passage
        in_passage = len(wanted.intersection(terms(passage.text))) / len(wanted) if wanted else 0.0
        passage_overlap = overlap.passage(hit)
        for span, sentence, fit in _chosen(hit, reading, expected, overlap):
            text = passage.text[span.start : span.end]
            folded = fold_text(text)
            others = best_texts[folded] - (span is reading.spans[0] and span.score > 0)
            features = (
                float(np.clip(span.score, *_SPAN_LIMITS)),
                float(np.log(max(span.probability, 1e-6))),
                float(np.clip(reading.relevance, *_LOGIT_LIMITS)),
                float(np.clip(reading.answerable, *_LOGIT_LIMITS)),
                in_passage,
                passage_overlap,
                sentence.share,
                sentence.against_best,
                overlap.window(hit, span.start, span.end),
                1 / hit.rank,
                min(others, 3) / 3,
                float(fit is True),
                float(fit is False),
                float(_conflict(asked_years, sentence.text, hit)),
                float(folded in folded_question),
                min(len(folded), 40) / 40,
            )
            place_in_article = Span(passage.start + span.start, passage.start + span.end)
            found.append(Candidate(hit, place_in_article, text, span.probability, np.array(features)))
    return found
