"""The functions behind the metrics: (question, prediction, lookup) → a score from 0 to 1.

What each one means is said once, in `eval.metrics`.
"""

from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from typing import TypeAlias

from eval.cmrc import em_score, f1_score
from eval.normal import normalise, without_markers
from eval.prediction import CitationJson, Lookup, PredictionJson, is_document
from eval.questions import Question
from models.fold import fold_text

Score: TypeAlias = Callable[[Question, PredictionJson, Lookup], float | None]


def _holds_all(texts: Iterable[str], question: Question) -> float:
    """Return 1 where every AND item has an alias inside one of `texts`, else 0."""
    haystacks = [normalise(text) for text in texts]
    return float(all(any(normalise(alias) in hay for alias in item for hay in haystacks) for item in question.answers))


def has_gold(question: Question) -> bool:
    """Tell whether there is a gold answer to meet."""
    return bool(question.answers) and question.answerable is not False


def has_one_item(question: Question) -> bool:
    """Tell whether the gold answer is one item with alternatives, which is all that EM and F1 know."""
    return has_gold(question) and len(question.answers) == 1


def has_evidence(question: Question) -> bool:
    """Tell whether there is an evidence article to find."""
    return bool(question.evidence) and question.answerable is not False


def always(_: Question) -> bool:
    """Apply to every question."""
    return True


def acc(question: Question, prediction: PredictionJson, _: Lookup) -> float:
    """Score containment of the gold answer."""
    if prediction["abstained"]:
        return 0.0
    return _holds_all([without_markers(prediction["answer"])], question)


def acc_within(length: int) -> Score:
    """Return the score of containment in an answer of at most `length` characters."""

    def score(question: Question, prediction: PredictionJson, lookup: Lookup) -> float:
        short = len(normalise(without_markers(prediction["answer"]))) <= length
        return acc(question, prediction, lookup) if short else 0.0

    return score


def em(question: Question, prediction: PredictionJson, _: Lookup) -> float:
    """Score equality with a gold answer."""
    short = prediction["short_answer"]
    return em_score(question.answers[0], short) if short else 0.0


def f1(question: Question, prediction: PredictionJson, _: Lookup) -> float:
    """Score overlap with the best gold answer."""
    short = prediction["short_answer"]
    return f1_score(question.answers[0], short) if short else 0.0


def abstained(_: Question, prediction: PredictionJson, __: Lookup) -> float:
    """Score an abstention 1, an answer 0."""
    return float(prediction["abstained"])


def citations_valid(_: Question, prediction: PredictionJson, lookup: Lookup) -> float | None:
    """Score 1 where every citation is exact; None where there is none."""
    citations = prediction["citations"]
    if not citations:
        return None

    def exact(citation: CitationJson) -> bool:
        article = lookup(citation["article_id"])
        quote, start, end = citation["quote"], citation["start"], citation["end"]
        return article is not None and 0 <= start < end and bool(quote) and article.text[start:end] == quote

    return float(all(map(exact, citations)))


def _shared(quote: str, evidence: str) -> float:
    """Return the share of the evidence's folded characters that the quote holds in one piece."""
    first, second = fold_text(quote), fold_text(evidence)
    if not second:
        return 0.0
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    return matcher.find_longest_match().size / len(second)


def evidence_cited(question: Question, prediction: PredictionJson, lookup: Lookup) -> float:
    """Score 1 where a citation shows the evidence."""
    aliases = {normalise(alias) for item in question.answers for alias in item}
    for citation in prediction["citations"]:
        quote = normalise(citation["quote"])
        for evidence in question.evidence:
            if not is_document(evidence.doc_id, citation["article_id"], lookup):
                continue
            nothing_said = not aliases and not evidence.quote  # then the article is all there is to meet
            same_words = _shared(citation["quote"], evidence.quote) >= 0.5
            if same_words or nothing_said or any(alias in quote for alias in aliases):
                return 1.0
    return 0.0


def recall(k: int) -> Score:
    """Return the score of evidence articles found among the first `k` hits."""

    def score(question: Question, prediction: PredictionJson, lookup: Lookup) -> float:
        articles = dict.fromkeys(hit["article_id"] for hit in prediction["hits"][:k])
        docs = question.evidence_docs
        found = sum(any(is_document(doc, article, lookup) for article in articles) for doc in docs)
        return found / len(docs)

    return score


def success(k: int) -> Score:
    """Return the score of any evidence article being among the first `k` hits."""
    share = recall(k)
    return lambda question, prediction, lookup: float(bool(share(question, prediction, lookup)))


def answer_in_hits(k: int) -> Score:
    """Return the score of the gold answer standing in the first `k` hits."""
    return lambda question, prediction, _: _holds_all((hit["text"] for hit in prediction["hits"][:k]), question)
