"""Which questions a run asks, and how far it says it is."""

import io
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.progress import Progress, span
from eval.questions import Question
from eval.selection import Selection, same_selection, stratified
from models.errors import BadInputError

KINDS = st.lists(
    st.tuples(st.sampled_from([True, False, None]), st.sampled_from(["", "政策", "新闻"])), min_size=1, max_size=60
)


def _set(kinds):
    return [
        Question(str(n), f"第{n}问？", answerable=answerable, tags=(tag,) if tag else ())
        for n, (answerable, tag) in enumerate(kinds)
    ]


@given(KINDS, st.integers(1, 70))
def test_a_smoke_run_has_every_kind_by_its_share(kinds, count):
    """The sample has the size asked for, the set's order, and of each kind its share rounded down or up."""
    questions = _set(kinds)
    chosen = stratified(questions, count)
    assert len(chosen) == min(count, len(questions))
    assert [question for question in questions if question in chosen] == chosen
    whole = Counter((question.answerable, question.tags) for question in questions)
    part = Counter((question.answerable, question.tags) for question in chosen)
    for kind, size in whole.items():
        assert abs(part[kind] - len(chosen) * size / len(questions)) < 1


def test_a_smoke_run_does_not_depend_on_the_order_of_the_set():
    """The same ids are drawn whatever comes first, so that two runs of a re-sorted set can be compared."""
    questions = _set([(True, "政策")] * 50)
    assert {q.id for q in stratified(questions, 7)} == {q.id for q in stratified(questions[::-1], 7)}
    assert [q.id for q in stratified(questions, 7)] != [q.id for q in questions[:7]]


def test_a_selection_that_leaves_nothing_is_told():
    """Ids of another set would otherwise make a run of no questions."""
    with pytest.raises(BadInputError, match="give its set"):
        Selection(only=frozenset({"zz"})).of(_set([(True, "")]))


def test_only_the_limit_may_move():
    """A run goes on further than it was begun, but not as a run of something else."""
    recorded = Selection(limit=3, smoke=10).to_json()
    assert same_selection(recorded, Selection(limit=None, smoke=10))
    assert not same_selection(recorded, Selection(limit=3, smoke=11))
    assert not same_selection(recorded, Selection(limit=3, smoke=10, only=frozenset("a")))
    assert not same_selection(None, Selection())


def test_a_log_gets_a_line_now_and_then():
    """Where no terminal is, rate and time left are told every half minute, not for every question."""
    log, now = io.StringIO(), [0.0]
    with Progress(100, 1000, stream=log, clock=lambda: now[0]) as progress:
        for _ in range(100):
            now[0] += 0.5
            progress.step()
    assert log.getvalue() == "160 of 1000 questions, 2.0 a second, 7 min left\n"
    with Progress(0, 10, stream=log, shown=False, clock=lambda: now[0]) as silent:
        now[0] += 100
        silent.step()
    assert log.getvalue().count("\n") == 1


def test_times_are_said_as_people_say_them():
    """Seconds below a minute and a half, then minutes, then hours."""
    assert [span(s) for s in (0.4, 89, 91, 3540, 11100)] == ["0 s", "89 s", "2 min", "59 min", "3 h 05 min"]
