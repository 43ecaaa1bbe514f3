"""Fusion."""

from hypothesis import given
from hypothesis import strategies as st

from rag.retrieval.fuse import fuse

RUN = st.lists(st.integers(0, 30), unique=True, max_size=20)


@given(RUN, RUN)
def test_everything_found_is_in_the_fused_run_once(first, second):
    """Fusion loses and invents nothing."""
    keys = [key for key, _ in fuse({"a": first, "b": second}, {"a": 1.0, "b": 0.5})]
    assert sorted(keys) == sorted(set(first) | set(second))


@given(RUN)
def test_a_leg_alone_keeps_its_order(run):
    """With one leg fusion is that leg."""
    assert [key for key, _ in fuse({"a": run}, {"a": 1.0})] == run


@given(RUN, RUN)
def test_the_order_of_legs_does_not_matter_to_scores(first, second):
    """Fusion ignores the order in which legs are named."""
    weights = {"a": 1.0, "b": 0.3}
    assert dict(fuse({"a": first, "b": second}, weights)) == dict(fuse({"b": second, "a": first}, weights))


def test_a_light_leg_cannot_push_the_best_hit_aside():
    """What only a weak leg found stays below what the strong one put on its first pages."""
    fused = fuse({"strong": list(range(50)), "weak": [99]}, {"strong": 1.0, "weak": 0.25})
    assert [key for key, _ in fused].index(99) > 40
