"""The functions behind the metrics of retrieval: a row → a score from 0 to 1.

Success, recall, all_gold and answer_in_hits look at the first k hits, which are passages: that is what is shown and
read. MRR and nDCG rank articles, each at the place of its first hit, as trec_eval would be given them. Fewer hits
than k are taken as they are, so a system that returns fewer hits than it is scored at can only lose.
"""

import math
from collections.abc import Iterable

from eval.questions import Question
from eval.scored import Scored
from eval.scores import Score, wants_answer


def has_gold_articles(question: Question) -> bool:
    """Tell whether there is an article to find."""
    return bool(question.grades) and wants_answer(question)


def has_groups(question: Question) -> bool:
    """Tell whether there are groups of articles, each of which is needed."""
    return bool(question.evidence_groups) and wants_answer(question)


def recall(k: int) -> Score:
    """Return the score of gold articles found among the first `k` hits; of alternatives (a group), one will do."""

    def score(row: Scored) -> float:
        grouped = row.question.evidence_groups and not row.question.qrels
        depths = row.group_depths if grouped else row.document_depths
        return sum(depth <= k for depth in depths) / len(depths)

    return score


def success(k: int) -> Score:
    """Return the score of any gold article being among the first `k` hits."""
    return lambda row: float(min(row.document_depths) <= k)


def all_gold(k: int) -> Score:
    """Return the score of every group having an article among the first `k` hits."""
    return lambda row: float(max(row.group_depths) <= k)


def answer_in_hits(k: int) -> Score:
    """Return the score of the gold answer standing in the first `k` hits."""
    return lambda row: float(row.answer_depth <= k)


def _gains(row: Scored, k: int) -> list[int]:
    """Return the grade of each of the first `k` articles; a gold article that names two counts at the first."""
    left = dict(row.question.grades)
    gains: list[int] = []
    for article in row.documents[:k]:
        named = [doc for doc in left if row.is_document(doc, article)]
        gains.append(max((left.pop(doc) for doc in named), default=0))
    return gains


def reciprocal_rank(k: int) -> Score:
    """Return the score of 1 over the rank of the first gold article among the first `k`."""

    def score(row: Scored) -> float:
        return next((1 / rank for rank, gain in enumerate(_gains(row, k), start=1) if gain), 0.0)

    return score


def _discounted(gains: Iterable[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1) if gain)


def ndcg(k: int) -> Score:
    """Return the score of the grades of the first `k` articles, discounted by rank, over that of the best order."""

    def score(row: Scored) -> float:
        best = sorted(row.question.grades.values(), reverse=True)[:k]
        return _discounted(_gains(row, k)) / _discounted(best)

    return score
