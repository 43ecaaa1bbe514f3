"""The functions behind the metrics of citations and faithfulness: a row → a score from 0 to 1, None where none applies.

Sentence by sentence as ALCE (Gao et al., EMNLP 2023; princeton-nlp/ALCE, eval.py), with `eval.support` for its
entailment model. Nothing applies to an abstention, which claims nothing.
"""

import itertools
from collections.abc import Iterable
from functools import lru_cache

from eval.content import share_in
from eval.prediction import CitationJson
from eval.questions import Question
from eval.scored import Scored, Statement, folded_text, normal_text
from eval.scores import wants_answer
from eval.support import supported, unsupported_figures, value_count
from models.fold import fold, fold_text


def has_evidence(question: Question) -> bool:
    """Tell whether there is evidence to cite."""
    return bool(question.evidence) and wants_answer(question)


def has_evidence_words(question: Question) -> bool:
    """Tell whether the evidence says which characters it means."""
    return has_evidence(question) and any(item.quote or item.end for item in question.evidence)


def citations_valid(row: Scored) -> float | None:
    """Score 1 where every citation is exact; None where there is none."""
    citations = row.prediction["citations"]
    return float(all(_is_exact(row, citation) for citation in citations)) if citations else None


def _is_exact(row: Scored, citation: CitationJson) -> bool:
    article = row.lookup(citation["article_id"])
    quote, start, end = citation["quote"], citation["start"], citation["end"]
    return article is not None and 0 <= start < end and bool(quote) and article.text[start:end] == quote


def coverage(row: Scored) -> float | None:
    """Score the share of claims that carry a marker which stands for a citation."""
    return _mean(float(bool(claim.cited)) for claim in row.claims)


def _mean(scores: Iterable[float]) -> float | None:
    found = list(scores)
    return sum(found) / len(found) if found else None


def cite_recall(row: Scored) -> float | None:
    """Score the share of claims that all their citations together support."""
    return _mean(float(supported(claim.text, claim.cited)) for claim in row.claims)


def _needed(claim: Statement) -> list[float]:
    """Return, for each citation of a claim, whether it is needed: it supports alone, or support breaks without it."""
    if len(claim.cited) < 2 or not supported(claim.text, claim.cited):
        return [float(supported(claim.text, claim.cited))] * len(claim.cited)
    return [
        float(
            supported(claim.text, (one,)) or not supported(claim.text, (*claim.cited[:at], *claim.cited[at + 1 :])),
        )
        for at, one in enumerate(claim.cited)
    ]


def cite_precision(row: Scored) -> float | None:
    """Score the share of citations that are needed; 0 where claims have none."""
    if not row.claims:
        return None
    return _mean(itertools.chain.from_iterable(map(_needed, row.claims))) or 0.0


def cite_f1(row: Scored) -> float | None:
    """Score the harmonic mean of both."""
    first, second = cite_recall(row), cite_precision(row)
    if first is None or second is None:
        return None
    return 2 * first * second / (first + second) if first + second else 0.0


def _holds_half(quote: str, evidence: str) -> bool:
    """Tell whether folded `quote` holds, in one piece, half the characters of folded `evidence`."""
    half = (len(evidence) + 1) // 2
    return bool(half) and any(evidence[start : start + half] in quote for start in range(len(evidence) - half + 1))


def evidence_cited(row: Scored) -> float:
    """Score 1 where a citation shows the evidence."""
    aliases = [alias for item in row.items for alias in item]
    for citation in row.prediction["citations"]:
        quote = citation["quote"]
        for evidence in row.question.evidence:
            if not row.is_document(evidence.doc_id, citation["article_id"]):
                continue
            nothing_said = not row.question.answers and not evidence.quote  # then the article is all there is to meet
            if nothing_said or any(alias in normal_text(quote) for alias in aliases):
                return 1.0
            if _holds_half(folded_text(quote), folded_text(evidence.quote)):
                return 1.0
    return 0.0


@lru_cache(maxsize=64)
def _find_folded(text: str, quote: str) -> tuple[int, int] | None:
    folded, wanted = fold(text), fold_text(quote)
    at = folded.text.find(wanted) if wanted else -1
    return folded.original_span(at, at + len(wanted)) if at >= 0 else None


def _located(text: str, start: int | None, end: int | None, quote: str) -> tuple[int, int] | None:
    """Return where words stand in an article: at their offsets if they do, else where they are found first.

    Evidence without a quote is at its offsets; evidence that is written in another script or width is found folded.
    """
    if (
        start is not None
        and end is not None
        and 0 <= start < end <= len(text)
        and text[start:end] == (quote or text[start:end])
    ):
        return start, end
    if not quote:
        return None
    at = text.find(quote)
    return (at, at + len(quote)) if at >= 0 else _find_folded(text, quote)


def _characters(spans: Iterable[tuple[str, int, int]]) -> int:
    """Return how many characters of articles the spans cover together."""
    total, reached, article = 0, 0, ""
    for name, start, end in sorted(spans):
        if name != article:
            article, reached = name, 0
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def evidence_iou(row: Scored) -> float | None:
    """Score the characters that quotes and evidence share over those of either; None where no evidence is located."""
    cited: set[tuple[str, int, int]] = set()
    wanted: set[tuple[str, int, int]] = set()
    met = False
    for citation in row.prediction["citations"]:
        name = citation["article_id"]
        article = row.lookup(name)
        text = article.text if article is not None else ""
        place = _located(text, citation["start"], citation["end"], citation["quote"])
        cited.add((name, *place) if place else (f"{name} ", 0, len(citation["quote"])))  # a quote that is nowhere
        for evidence in row.question.evidence:
            if row.is_document(evidence.doc_id, name):
                met = True
                found = _located(text, evidence.start, evidence.end, evidence.quote)
                wanted |= {(name, *found)} if found else set()
    if not met:
        return 0.0
    if not wanted:
        return None
    either = _characters(cited | wanted)
    return (_characters(cited) + _characters(wanted) - either) / either


def k_precision(row: Scored) -> float | None:
    """Score the share of the answer's content tokens that stand in a cited quote or a hit."""
    return share_in(row.tokens, row.shown)


def unsupported_sentences(row: Scored) -> float | None:
    """Score the share of claims that all citations of the answer, taken together, do not support."""
    return _mean(float(not supported(claim.text, row.cited)) for claim in row.claims)


def unsupported_numbers(row: Scored) -> float | None:
    """Score the share of the answer's figures and dates that no cited quote states."""
    counts = [value_count(statement.text) for statement in row.statements]
    missing = sum(
        unsupported_figures(s.text, row.cited) for s, count in zip(row.statements, counts, strict=True) if count
    )
    return missing / sum(counts) if sum(counts) else None
