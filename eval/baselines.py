"""Answers without a model, from a row's own hits. What the product is worth is what it does better than these.

None of them searches: they read what the product found, so that a difference is owed to reading, not to retrieval.
Containment alone is no yardstick: to copy all hits holds whatever was found (`docs/log.md`).
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.metrics import METRICS, Metric
from eval.prediction import CitationJson, HitJson, Lookup, PredictionJson
from eval.questions import Question
from eval.scored import Scored
from rag.text.sentences import sentence_spans
from rag.text.terms import terms
from rag.types import AbstainReason, Span

_READ = 5  # hits whose sentences are taken
_TOP = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of a hit."""

    hit: HitJson
    span: Span  # in the hit's text

    @property
    def text(self) -> str:
        """Return the words."""
        return self.span.of(self.hit["text"])


def _sentences(hits: Sequence[HitJson]) -> list[tuple[int, Piece]]:
    """Return every sentence of the hits with the place of its hit; one that passages share stands in the first."""
    found: dict[str, tuple[int, Piece]] = {}
    for place, hit in enumerate(hits):
        for span in sentence_spans(hit["text"]):
            piece = Piece(hit, span)
            found.setdefault(piece.text, (place, piece))
    return list(found.values())


def ranked_sentences(question: str, hits: Sequence[HitJson]) -> list[Piece]:
    """Return the sentences of the first five hits, those that share most with the question first.

    Shared terms (character bigrams, words, numbers) count by their inverse frequency among the sentences of all hits;
    of equals the one in the better hit comes first.

    Source: Spärck Jones (1972), A statistical interpretation of term specificity and its application in retrieval,
    J. Documentation 28:11-21.
    """
    sentences = _sentences(hits)
    wanted = frozenset(terms(question))
    shared = [sorted(wanted.intersection(terms(piece.text))) for _, piece in sentences]
    frequencies = Counter(term for found in shared for term in found)
    weights = {term: math.log(1 + len(sentences) / count) for term, count in frequencies.items()}
    scored = [
        (math.fsum(weights[term] for term in found), piece)
        for (place, piece), found in zip(sentences, shared, strict=True)
        if place < _READ
    ]
    return [piece for _, piece in sorted(scored, key=lambda pair: -pair[0])]


def _citation(piece: Piece, marker: int, lookup: Lookup) -> CitationJson | None:
    """Return the citation of a piece; None where its article is not there any more, or reads otherwise."""
    source = lookup(piece.hit["article_id"])
    passage = source.text.find(piece.hit["text"]) if source is not None else -1
    if source is None or passage < 0:
        return None
    start, end = passage + piece.span.start, passage + piece.span.end
    return CitationJson(
        marker=marker,
        article_id=piece.hit["article_id"],
        title="",
        source=None,
        published=None,
        path=source.path,
        part="body",
        start=start,
        end=end,
        quote=piece.text,
        raw_start=start,  # nobody asks for the raw characters of a baseline
        raw_end=end,
    )


def _said(
    prediction: PredictionJson, pieces: Sequence[Piece], lookup: Lookup, *, between: str = "", short: str | None = None
) -> PredictionJson:
    """Return the prediction that says these pieces one after the other, each with its citation."""
    citations: list[CitationJson] = []
    said: list[str] = []
    for piece in pieces:
        citation = _citation(piece, len(citations) + 1, lookup)
        if citation is not None:
            citations.append(citation)
        said.append(piece.text + (f"[{len(citations)}]" if citation is not None else ""))
    reason = None if pieces else AbstainReason.NOTHING_FOUND.value
    return _answer(prediction, between.join(said), citations, short, reason)


def _answer(
    prediction: PredictionJson, text: str, citations: list[CitationJson], short: str | None, reason: str | None
) -> PredictionJson:
    return PredictionJson(
        question=prediction["question"],
        standalone_question=prediction["standalone_question"],
        mode="quote",
        answer=text,
        short_answer=short,
        abstained=reason is not None,
        reason=reason,
        confidence=0.0,  # no notion of being right
        citations=citations,
        hits=prediction["hits"],
        timings_ms={},
        models={},
    )


def _copy_all(prediction: PredictionJson, lookup: Lookup) -> PredictionJson:
    whole = [Piece(hit, Span(0, len(hit["text"]))) for hit in prediction["hits"]]
    return _said(prediction, whole, lookup, between="\n")


def _best(prediction: PredictionJson, ranked: Sequence[Piece], lookup: Lookup) -> PredictionJson:
    return _said(prediction, ranked[:1], lookup, short=ranked[0].text if ranked else None)


def _top(prediction: PredictionJson, ranked: Sequence[Piece], lookup: Lookup) -> PredictionJson:
    """Return the best sentences in the order in which a reader of the hits meets them."""
    places = {id(hit): place for place, hit in enumerate(prediction["hits"])}
    chosen = sorted(ranked[:_TOP], key=lambda piece: (places[id(piece.hit)], piece.span.start))
    return _said(prediction, chosen, lookup)


def _declined(prediction: PredictionJson) -> PredictionJson:
    return _answer(prediction, "", [], None, AbstainReason.NOT_ANSWERED.value)


COPY_ALL, BEST_SENTENCE, TOP_THREE, ALWAYS_DECLINE = "copy_all", "best_sentence", "top_three", "always_decline"
BASELINES: Mapping[str, str] = {
    COPY_ALL: "All hits, copied.",
    BEST_SENTENCE: "The sentence of the first five hits that shares most with the question.",
    TOP_THREE: "The three such sentences, in the order of the hits.",
    ALWAYS_DECLINE: "Declines everything.",
}
"""Each baseline's name and what it answers."""


def baseline_predictions(prediction: PredictionJson, lookup: Lookup) -> dict[str, PredictionJson]:
    """Return what each baseline says to a row's question, from the row's hits."""
    ranked = ranked_sentences(prediction["standalone_question"] or prediction["question"], prediction["hits"])
    return {
        COPY_ALL: _copy_all(prediction, lookup),
        BEST_SENTENCE: _best(prediction, ranked, lookup),
        TOP_THREE: _top(prediction, ranked, lookup),
        ALWAYS_DECLINE: _declined(prediction),
    }


_SHOWN = frozenset({"citations_valid", "evidence_cited", "evidence_iou"})
MEASURED: tuple[Metric, ...] = tuple(
    metric for metric in METRICS if metric.family in ("answer", "refusal") or metric.name in _SHOWN
)
"""What baselines are measured by.

Not what was found, which is the product's; nor whether citations support the answer, which copies always do.
"""


def baseline_scores(
    question: Question, prediction: PredictionJson, lookup: Lookup
) -> dict[str, dict[str, float | None]]:
    """Return baseline → metric → score, None where it does not apply."""
    found: dict[str, dict[str, float | None]] = {}
    for name, said in baseline_predictions(prediction, lookup).items():
        row = Scored(question, said, lookup)
        found[name] = {metric.name: metric.score(row) if metric.applies(question) else None for metric in MEASURED}
    return found
