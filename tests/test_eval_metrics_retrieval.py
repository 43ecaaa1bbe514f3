"""Metrics of retrieval: by hand, and equal to trec_eval on rankings of articles."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics import CUTOFFS, RANKED, score_all
from eval.questions import Evidence, Question
from eval.trec import ranking
from rag.answering import finding
from rag.settings import Settings


def _scores(articles, lookup=lambda _: None, **gold):
    prediction = {
        "answer": "没有找到答案。",
        "short_answer": None,
        "abstained": True,
        "reason": "not_answered",
        "citations": [],
        "hits": [{"article_id": article, "text": f"这是{article}的话"} for article in articles],
    }
    return score_all(Question("q", "问？", **{"answerable": True, **gold}), prediction, lookup)


def test_ranks_by_hand():
    """Articles are ranked at their first hit: b is second, c third, though it is the fifth hit."""
    scores = _scores(["a", "b", "a", "b", "c"], qrels={"b": 1, "c": 3, "d": 2, "x": 0})
    assert scores["mrr@10"] == 0.5
    best = 3 / 1 + 2 / math.log2(3) + 1 / 2
    assert scores["ndcg@10"] == pytest.approx((1 / math.log2(3) + 3 / 2) / best)
    assert [scores[f"success@{k}"] for k in CUTOFFS] == [0.0, 1.0, 1.0, 1.0, 1.0]
    assert [scores[f"recall@{k}"] for k in (1, 3, 5)] == [0.0, pytest.approx(1 / 3), pytest.approx(2 / 3)]


def test_ten_articles_are_ranked():
    """The eleventh does not count, however many hits stand before it."""
    articles = [f"x{n}" for n in range(9)] + ["x0"] * 5
    assert _scores([*articles, "a"], qrels={"a": 1})["mrr@10"] == 0.1
    late = _scores([*articles, "y", "a"], qrels={"a": 1})
    assert late["mrr@10"] == late["ndcg@10"] == 0.0
    assert late["success@20"] == 1.0


def test_every_group_is_needed_and_any_of_its_articles_will_do():
    """AND of ORs."""
    groups = (("a", "b"), ("c",))
    assert [_scores(["b", "x", "c"], evidence_groups=groups)[f"all_gold@{k}"] for k in (1, 3)] == [0.0, 1.0]
    assert _scores(["a", "b"], evidence_groups=groups)["all_gold@20"] == 0.0
    assert _scores(["a"], evidence=(Evidence("a"),))["all_gold@20"] is None


def test_items_may_stand_in_different_hits():
    """The answer is found at the depth where the last item is."""
    gold = {"answers": (("a的话",), ("c的话", "无"))}
    assert [_scores(["a", "b", "c"], **gold)[f"answer_in_hits@{k}"] for k in CUTOFFS] == [0.0, 1.0, 1.0, 1.0, 1.0]
    assert _scores(["a"], **gold)["answer_in_hits@20"] == _scores([], **gold)["answer_in_hits@20"] == 0.0


def test_nothing_relevant_is_nothing_to_find():
    """Judgements of 0 only, or none at all."""
    scores = _scores(["a"], qrels={"a": 0})
    assert scores["ndcg@10"] is scores["success@1"] is None
    assert _scores(["a"], evidence=(Evidence("a"),), answerable=False)["mrr@10"] is None


def test_a_gold_article_counts_once():
    """A name that means two articles (a stem in two folders) must not count twice: nDCG would pass 1."""
    from eval.prediction import Source

    lookup = {"1": Source("", "/x/甲.txt"), "2": Source("", "/y/甲.txt")}.get
    assert _scores(["1", "2"], lookup, qrels={"甲": 1})["ndcg@10"] == 1.0


_names = st.sampled_from([f"d{n}" for n in range(30)])


@given(st.lists(_names, max_size=40), st.dictionaries(_names, st.integers(0, 4), min_size=1, max_size=12))
def test_ranking_is_that_of_trec_eval(articles, qrels):
    """MRR@10 and nDCG@10 equal trec_eval's on the ranking of articles that the hits give."""
    trec = pytest.importorskip("pytrec_eval")
    ranking = list(dict.fromkeys(articles))
    run = {"q": {name: float(len(ranking) - place) for place, name in enumerate(ranking)}}
    if not ranking or not any(qrels.values()):
        return
    wanted = trec.RelevanceEvaluator({"q": qrels}, {"ndcg_cut.10", "recip_rank", "recall.1,3,5,10,20"})
    theirs = wanted.evaluate(run)["q"]
    ours = _scores(articles, qrels=qrels)
    cut = {"q": dict(list(run["q"].items())[:RANKED])}
    assert ours["ndcg@10"] == pytest.approx(theirs["ndcg_cut_10"])
    assert ours["mrr@10"] == pytest.approx(wanted.evaluate(cut)["q"]["recip_rank"])
    plain = _scores(ranking, qrels=qrels)  # a hit for each article: then passages and articles are one
    for k in CUTOFFS:
        assert plain[f"recall@{k}"] == pytest.approx(theirs[f"recall_{k}"])


def test_as_many_hits_are_returned_as_are_scored():
    """Returning fewer hits than the deepest cutoff would lower its recall without a word; legs must hand over enough."""
    assert max(CUTOFFS) == finding._RETRIEVED
    assert Settings().leg_depth >= max(CUTOFFS)
    assert Settings().read_passages <= max(CUTOFFS)


def test_a_story_found_in_another_paper_is_found():
    """Where the evidence is a repost, the hit that stands for its story counts, in hits and in citations."""
    other = {"article_id": "d2", "title": "", "source": None, "published": None, "path": "d2"}
    hit = {"rank": 1, "score": 1.0, "article_id": "d1", "passage_id": "d1:0", "text": "书展八月开幕。"}
    cited = {"marker": 1, "article_id": "d1", "quote": "书展八月开幕。", "start": 0, "end": 7}
    question = Question("q", "何时？", (("八月",),), True, evidence=(Evidence("d2", "书展八月开幕。"),))
    for also_in, score in (([other], 1.0), ([], 0.0)):
        prediction = {
            "answer": "八月[1]", "short_answer": "八月", "abstained": False, "reason": None, "confidence": 1.0,
            "citations": [cited], "hits": [{**hit, "also_in": also_in}],
        }  # fmt: skip
        scores = score_all(question, prediction, lambda _: None)
        names = ("success@1", "recall@5", "mrr@10", "ndcg@10", "evidence_cited")
        assert [scores[name] for name in names] == [score] * 5
        assert (ranking(question, prediction, lambda _: None) == ["d2"]) is bool(score)
