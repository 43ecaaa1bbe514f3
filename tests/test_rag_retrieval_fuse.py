"""Fusion."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.retrieval.fuse import Linear, ReciprocalRanks, reciprocal_ranks, relative

KEYS = st.lists(st.integers(0, 30), unique=True, max_size=20)
SCORES = st.floats(0, 50, allow_nan=False)


@st.composite
def runs(draw):
    """Rows with falling scores."""
    rows = draw(KEYS)
    scores = sorted(draw(st.lists(SCORES, min_size=len(rows), max_size=len(rows))), reverse=True)
    return list(zip(rows, scores, strict=True))


FUSIONS = (
    ReciprocalRanks({"a": 1.0, "b": 0.3}),
    Linear({"a": 1.0, "b": 0.3}),
    Linear({"a": 1.0, "b": 0.3}, frozenset({"a"})),
)


@pytest.mark.parametrize("fusion", FUSIONS)
@given(first=runs(), second=runs())
def test_everything_found_is_in_the_fused_run_once_and_scores_fall(fusion, first, second):
    """Fusion loses and invents nothing."""
    fused = fusion({"a": first, "b": second})
    assert sorted(row for row, _ in fused) == sorted({row for row, _ in first + second})
    scores = [score for _, score in fused]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("fusion", FUSIONS)
@given(run=runs())
def test_a_leg_alone_keeps_its_order(fusion, run):
    """With one leg fusion is that leg, ties included."""
    fused = [row for row, _ in fusion({"a": run})]
    if len({score for _, score in run}) == len(run) or isinstance(fusion, ReciprocalRanks):
        assert fused == [row for row, _ in run]


@pytest.mark.parametrize("fusion", FUSIONS)
@given(first=runs(), second=runs())
def test_the_order_of_legs_does_not_matter_to_scores(fusion, first, second):
    """Fusion ignores the order in which legs are named."""
    one, other = dict(fusion({"a": first, "b": second})), dict(fusion({"b": second, "a": first}))
    assert one == pytest.approx(other)


def test_a_light_leg_cannot_push_the_best_hit_aside():
    """What only a weak leg found stays below what the strong one put on its first pages."""
    fused = reciprocal_ranks({"strong": list(range(50)), "weak": [99]}, {"strong": 1.0, "weak": 0.25})
    assert [key for key, _ in fused].index(99) > 40


def test_scores_are_added_as_shares_or_as_they_are():
    """A share is of the leg's best score; what a leg did not find gets nothing from it."""
    found = {"lexical": [(1, 20.0), (2, 15.0)], "dense": [(2, 0.9), (3, 0.5)]}
    fused = Linear({"lexical": 1.0, "dense": 0.4}, frozenset({"lexical"}))(found)
    assert [row for row, _ in fused] == [2, 1, 3]
    assert [score for _, score in fused] == pytest.approx([0.75 + 0.36, 1.0, 0.2])


def test_shares_of_nothing_are_nothing():
    """Scores of which none is above zero tell nothing."""
    assert relative([]) == []
    assert relative([(1, 0.0), (2, 0.0)]) == [(1, 0.0), (2, 0.0)]
