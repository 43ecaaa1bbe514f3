"""Fitting what the legs and the reader count."""

import numpy as np
import pytest

from eval.ranking import (
    AFTER_FUSION,
    COLUMNS,
    LEGS,
    Case,
    by_ranks,
    cross_validated,
    fit,
    folds,
    fused,
    success,
    table,
)
from models.errors import BadInputError


def made(count=120, seed=3):
    """Cases whose right passage is likelier where lexical + 2 × relevance is high; the other signals are noise."""
    rng = np.random.default_rng(seed)
    cases = []
    for number in range(count):
        signals = rng.normal(size=(8, len(COLUMNS)))
        truth = signals[:, 0] + 2 * signals[:, 2] + rng.gumbel(size=8) * 0.5
        right = np.zeros(8, dtype=bool)
        right[truth.argmax()] = True
        ranks = np.column_stack([np.argsort(np.argsort(-signals[:, leg])) + 1 for leg in range(len(LEGS))])
        cases.append(Case(f"a{number // 2}", signals, ranks, right))
    return cases


def test_the_weights_are_those_that_made_the_data():
    """Up to the scale of the noise: what matters is their ratio."""
    weights = fit(made(400), range(len(COLUMNS)))
    assert weights[2] / weights[0] == pytest.approx(2.0, rel=0.25)
    assert (weights >= 0).all()
    assert (weights[[1, 3, 4]] / weights[0]).max() < 0.25


def test_a_signal_that_tells_is_worth_having_and_is_measured_on_other_articles():
    """Cross-validation sees the gain, and puts questions about one article into one fold."""
    cases = made()
    assert cross_validated(cases, [0, 2])["success@1"] > cross_validated(cases, [0])["success@1"] + 10
    fold = folds(cases)
    assert all(fold[at] == fold[at + 1] for at in range(0, len(cases), 2))
    assert len(set(fold.tolist())) == 5


def test_candidates_that_were_not_read_do_not_count_for_the_readers_signals():
    """Their values are unknown, not zero."""
    cases = made(40)
    for case in cases:
        case.signals[5:, len(LEGS) :] = np.nan
    assert np.isfinite(fit(cases, range(len(COLUMNS)))).all()
    assert all(case.read.tolist() == [True] * 5 + [False] * 3 for case in cases)


def test_the_fused_score_is_a_share_of_the_best():
    """So it is in the product."""
    case = Case(
        "a", np.array([[1.0, 0.5, 1, 1, 1], [0.5, 0.0, 1, 1, 1]]), np.ones((2, 2), int), np.array([True, False])
    )
    assert fused([case], 0.4)[0].signals[:, 0].tolist() == pytest.approx([1.0, 0.5 / 1.2])
    assert AFTER_FUSION == (0, 2, 3, 4)


def test_rank_fusion_looks_at_ranks_alone():
    """With no weight the dense leg changes nothing; a strong weight lets it decide."""
    right = np.array([False, True, False])
    case = Case("a", np.zeros((3, len(COLUMNS))), np.array([[1, 3], [2, 1], [0, 2]]), right)
    assert by_ranks([case], 0.0)["success@1"] == 0.0
    assert by_ranks([case], 5.0)["success@1"] == 100.0
    assert success([right, np.array([True])]) == {"success@1": 50.0, "success@5": 100.0, "success@20": 100.0}


def test_everything_that_is_tried_is_in_the_table():
    """Legs alone, ranks, and sums."""
    rows = {name: figures for name, figures, _ in table(made(40))}
    assert {"lexical alone", "dense alone", "linear: both legs", "linear: all"} <= set(rows)
    assert all(0 <= value <= 100 for figures in rows.values() for value in figures.values())


def test_nothing_to_fit_on_is_told():
    """All right or all wrong tells nothing."""
    case = made(1)[0]
    with pytest.raises(BadInputError, match="nothing to fit on"):
        fit([Case(case.cluster, case.signals, case.ranks, np.zeros(8, dtype=bool))], [0, 1])
