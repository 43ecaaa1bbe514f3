"""A reranker over candidates: order, depth, ties."""

import pytest

from rag.retrieval.reranking import LEG, RerankingRetriever, reordered
from rag.types import EVERYTHING, Filter, Hit, Passage

TEXTS = ["甲", "乙乙", "丙丙丙", "丁丁丁丁", "戊戊戊戊戊"]


def hit(rank, text):
    return Hit(rank, 1 / rank, Passage(f"a:{rank}", "a", "body", 0, len(text), text), {"lexical": rank})


class Fixed:
    """Gives the same hits for every question."""

    def __init__(self):
        self.asked = []

    def search(self, question, k, only=EVERYTHING):
        """Return the first `k`, and note what was asked."""
        self.asked.append((question, k, only))
        return [hit(rank, text) for rank, text in enumerate(TEXTS[:k], start=1)]


class Longest:
    """Prefers the longest passage."""

    name = fingerprint = "longest"

    def __init__(self):
        self.scored = 0

    def score(self, question, passages):
        """Return the passages' lengths."""
        self.scored += len(passages)
        return [float(len(passage)) for passage in passages]


def test_candidates_are_put_in_the_rerankers_order():
    found = RerankingRetriever(Fixed(), Longest(), depth=5).search("问", 2)
    assert [h.passage.text for h in found] == ["戊戊戊戊戊", "丁丁丁丁"]
    assert [(h.rank, h.score, h.legs) for h in found] == [
        (1, 5.0, {"lexical": 5, LEG: 1}),
        (2, 4.0, {"lexical": 4, LEG: 2}),
    ]


def test_what_lies_behind_the_depth_keeps_its_place_and_its_score_does_not_rise():
    reranker = Longest()
    found = RerankingRetriever(Fixed(), reranker, depth=2).search("问", 5)
    assert [h.passage.text for h in found] == ["乙乙", "甲", "丙丙丙", "丁丁丁丁", "戊戊戊戊戊"]
    assert [h.rank for h in found] == [1, 2, 3, 4, 5]
    scores = [h.score for h in found]
    assert scores == sorted(scores, reverse=True)
    assert reranker.scored == 2


def test_filters_and_the_question_are_handed_on():
    inner = Fixed()
    only = Filter(sources=frozenset({"天津日报"}))
    RerankingRetriever(inner, Longest(), depth=3).search("问", 1, only)
    assert inner.asked == [("问", 3, only)]


@pytest.mark.parametrize("scores", [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
def test_ties_keep_their_order(scores):
    hits = [hit(rank, text) for rank, text in enumerate(TEXTS[:3], start=1)]
    assert [h.passage.text for h in reordered(hits, scores)] == TEXTS[:3]
