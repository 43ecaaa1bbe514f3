"""What a batch run costs beside answering: thousands of questions under `make soak`, a slice of them otherwise."""

import pytest

from eval.bench_runner import make_questions, measure
from eval.questions import parse_question
from tests.conftest import SOAK


def test_made_questions_are_good_and_their_answers_are_there():
    """Every question can be run, and where it has evidence the evidence is among its passages."""
    seen = 0
    for values in make_questions(164):
        question, problems = parse_question(values, "")
        assert not problems
        assert question.contexts
        assert len(question.contexts) == 5
        hay = "".join(context.text for context in question.contexts)
        seen += any(alias in hay for item in question.answers for alias in item)
    assert seen > 80  # answers are often worded differently in the article


@pytest.mark.models
def test_a_run_adds_little_to_answering_and_its_memory_is_flat(tmp_path):
    """Scoring, writing and telling take at most 3 % of the time, and 10,000 questions no more memory than 1,000.

    The slice is too short for these bounds: its caches are cold and a pause of the machine weighs a lot.
    """
    found = measure(10_000 if SOAK else 10, tmp_path / "work")
    assert found["errors"] == 0
    memory = found["resident_mib"]
    assert found["overhead_share"] <= (0.03 if SOAK else 0.25), found
    assert memory["end"] - memory["tenth"] <= (30 if SOAK else 60), found
