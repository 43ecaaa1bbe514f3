"""Candidates for an answer, and what is known of each when it is judged.

The features are few and mean the same with a library and with fixed passages, so one calibration serves both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.fold import fold_text
from models.protocols import Reading, ScoredSpan
from rag.answering.fitting import fits
from rag.answering.kinds import Expected, expects
from rag.answering.overlap import Overlap, Sentence
from rag.answering.question import series, years
from rag.types import Hit, Span

FEATURES = (
    "span_score",
    "span_log_probability",
    "relevance",
    "passage_overlap",
    "sentence_against_best",
    "reciprocal_rank",
    "kind_fits",
    "kind_misfits",
    "conflicts",
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
        if place >= _SPANS_PER_PASSAGE and fitting >= _SPANS_PER_PASSAGE:
            break
        sentence = overlap.sentence(hit, span.start)
        begin = sentence.span.start
        around = hit.passage.text[begin : max(sentence.span.end, span.end)]
        fit = fits(expected, around, span.start - begin, span.end - begin)
        if place < _SPANS_PER_PASSAGE or (fit and fitting < _SPANS_PER_PASSAGE):
            fitting += bool(fit)
            yield span, sentence, fit


@dataclass(frozen=True, slots=True)
class _Asked:
    """The year or the number in a series that a question is about."""

    years: frozenset[str]
    series: Mapping[str, frozenset[int]]

    def conflicts(self, sentence: str, hit: Hit) -> bool:
        """Whether a sentence's words are about another.

        Either the sentence names some, none of which was asked for; or the whole passage is silent about those asked
        for, and names others, or its article was published in another year.
        """
        told = series(sentence) if self.series else {}
        if any(unit in told and told[unit].isdisjoint(wanted) for unit, wanted in self.series.items()):
            return True
        if not self.years:
            return False
        if named := years(sentence):
            return named.isdisjoint(self.years)
        if not years(hit.passage.text).isdisjoint(self.years):
            return False
        return hit.published is not None and str(hit.published.year) not in self.years


def candidates(question: str, hits: Sequence[Hit], readings: Sequence[Reading]) -> list[Candidate]:
    """Return the best spans of every passage read, as candidates in no particular order."""
    expected = expects(question)
    asked = _Asked(years(question), series(question))
    folded_question = fold_text(question)
    overlap = Overlap(question, hits)
    found: list[Candidate] = []
    for hit, reading in zip(hits, readings, strict=True):
        passage = hit.passage
        passage_overlap = overlap.passage(hit)
        for span, sentence, fit in _chosen(hit, reading, expected, overlap):
            text = passage.text[span.start : span.end]
            folded = fold_text(text)
            features = (
                float(np.clip(span.score, *_SPAN_LIMITS)),
                float(np.log(max(span.probability, 1e-6))),
                float(np.clip(reading.relevance, *_LOGIT_LIMITS)),
                passage_overlap,
                sentence.against_best,
                1 / hit.rank,
                float(fit is True),
                float(fit is False),
                float(asked.conflicts(sentence.span.of(passage.text), hit)),
                float(folded in folded_question),
                min(len(folded), 40) / 40,
            )
            place_in_article = Span(passage.start + span.start, passage.start + span.end)
            found.append(Candidate(hit, place_in_article, text, span.probability, np.array(features)))
    return found
