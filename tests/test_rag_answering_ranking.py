"""The order that reader and retriever give together."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import ModelError
from models.fakes import ScriptedReader
from models.protocols import Reading, ScoredSpan
from rag.answering.confidence import read_calibration
from rag.answering.ranking import FILE, LEG, SIGNALS, Ranking, read_ranking, signals
from rag.types import Hit, Passage


def hit(rank, score):
    return Hit(rank, score, Passage(f"a:{rank}", "a", "body", 0, 1, "甲"), {"lexical": rank})


def reading(relevance, span=0.0):
    return Reading((ScoredSpan(0, 1, span, 0.5),), relevance, 0.0)


def ranking(relevance=1.0, span=0.0):
    return Ranking(np.array([relevance, 0.0, span]), {"reader": "scripted"})


def test_the_reader_and_the_retriever_count_together():
    """The second passage gains more by the reader than it lacks by the legs, the third does not."""
    hits = [hit(1, 20.0), hit(2, 18.0), hit(3, 2.0)]
    ordered = ranking(0.1).order(hits, [reading(0.0), reading(2.0), reading(5.0)])
    assert [h.passage.id for h in ordered] == ["a:2", "a:1", "a:3"]
    assert [h.rank for h in ordered] == [1, 2, 3]
    assert [h.score for h in ordered] == pytest.approx([0.9 + 0.2, 1.0, 0.1 + 0.5])
    assert [h.legs for h in ordered] == [{"lexical": 2, LEG: 2}, {"lexical": 1, LEG: 3}, {"lexical": 3, LEG: 1}]


def test_passages_that_were_not_read_stay_behind():
    """Nothing is known of them; their scores do not rise above those before them."""
    hits = [hit(1, 4.0), hit(2, 3.0), hit(3, 2.0), hit(4, 1.0)]
    ordered = ranking().order(hits, [reading(-9.0), reading(3.0)])
    assert [h.passage.id for h in ordered] == ["a:2", "a:1", "a:3", "a:4"]
    scores = [h.score for h in ordered]
    assert scores == sorted(scores, reverse=True)


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(-20, 20)), max_size=12), st.integers(0, 12))
def test_nothing_is_lost_and_scores_fall(values, read):
    """Whatever the scores are, hits come out once each, in falling order, ranks from 1."""
    hits = [hit(rank, score) for rank, score in enumerate(sorted((s for s, _ in values), reverse=True), start=1)]
    ordered = ranking(0.2, 0.1).order(hits, [reading(r) for _, r in values[:read]])
    assert sorted(h.passage.id for h in ordered) == sorted(h.passage.id for h in hits)
    assert [h.rank for h in ordered] == list(range(1, len(hits) + 1))
    scores = [h.score for h in ordered]
    assert scores == sorted(scores, reverse=True)


def test_signals_stay_within_bounds():
    """A single wild logit must not outweigh everything else."""
    wild = signals(Reading((ScoredSpan(0, 1, 900.0, 1.0),), 400.0, -400.0))
    assert wild.tolist() == [10.0, -10.0, 20.0]
    assert signals(Reading((), 0.0, 0.0)).tolist() == [0.0, 0.0, -15.0]


def test_the_shipped_weights_are_for_the_shipped_reader():
    """They would mean nothing for another."""
    shipped = read_ranking()
    assert shipped.fitted["reader"] == read_calibration().fitted["reader"]
    with pytest.raises(ModelError, match="was fitted for reader"):
        shipped.check(ScriptedReader({}))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"weights": {"relevance": 1}, "fitted": {}}', '{"weights": null}'])
def test_a_broken_file_is_one_line(tmp_path, text):
    """Damage is told with its remedy."""
    path = tmp_path / "ranking.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=r"cannot be used .*git checkout") as caught:
        read_ranking(path)
    assert "\n" not in str(caught.value)
    with pytest.raises(ModelError, match="cannot be used"):
        read_ranking(tmp_path / "nowhere.json")


def test_signals_are_what_the_file_names():
    """Order matters: weights are taken by position."""
    assert tuple(json.loads(FILE.read_text(encoding="utf-8"))["weights"]) == SIGNALS
