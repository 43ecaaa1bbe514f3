"""What the reader is fed."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models import reader_input as ri

CHARACTERS = "京津冀协同发展会议在天津召开2023年"
INDEX = ri.vocabulary_index(sorted(set(CHARACTERS)))
TEXT = st.text(st.sampled_from(CHARACTERS + "䶮"), max_size=400)


@given(TEXT, TEXT)
def test_the_layout_is_always_the_same(question, passage):
    """[CLS] question [SEP] passage [SEP], cut to its limits, states outside the passage all one."""
    pair = ri.encode(question, passage, INDEX)
    assert len(pair.characters) == len(pair.states) <= ri.MAX_TOKENS
    assert pair.characters[0] == ri.CLS
    assert pair.characters[pair.passage_start - 1] == ri.SEP == pair.characters[-1]
    assert pair.passage_length == min(len(passage), ri.MAX_PASSAGE)
    inside = slice(pair.passage_start, pair.passage_start + pair.passage_length)
    assert (np.delete(pair.states, np.r_[inside]) == ri.OUTSIDE).all()
    assert (pair.states[inside] != ri.OUTSIDE).all()
    rows = len(INDEX) + ri.SPECIAL_TOKENS
    assert pair.tokens(rows).max(initial=0) < ri.STATES * rows


def test_overlap_states_tell_runs_from_single_characters():
    """会议 is a run of the question, 天 only a character of it."""
    states = ri.overlap_states("会议哪天开", "天津会议召开")
    assert states.tolist() == [ri.PRESENT, ri.ABSENT, ri.IN_RUN, ri.IN_RUN, ri.ABSENT, ri.PRESENT]


def test_a_long_question_keeps_its_end_and_counts_whole():
    """Chinese questions ask at their end; what was cut still marks the passage."""
    pair = ri.encode("津" + "展" * 80, "津", INDEX)
    assert pair.characters[1 : 1 + ri.MAX_QUESTION].tolist() == [INDEX["展"]] * ri.MAX_QUESTION
    assert pair.states[pair.passage_start] == ri.PRESENT
