"""The statistics against paper, SciPy and simulation: intervals cover, tests keep their level, power is as told."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from eval import reach, resampling
from eval import statistics as stats
from eval.questions import Evidence, Question
from tests.conftest import SOAK
from tests.one_column import mean_interval, paired_difference


def alone(scores):
    """Return a cluster for each score."""
    return list(range(len(scores)))


def test_questions_of_the_same_articles_are_one_cluster():
    """The set of evidence articles counts, not its order; a question without evidence stands alone."""
    one, two = Evidence("d1"), Evidence("d2")
    questions = [
        Question("a", "问", evidence=(one, two)),
        Question("b", "问", evidence=(two, one, one)),
        Question("c", "问", evidence=(one,)),
        Question("d", "问"),
        Question("e", "问"),
        Question("f", "问", evidence_groups=(("d2",), ("d1",))),
    ]
    clusters = [stats.article_cluster(question) for question in questions]
    assert clusters[0] == clusters[1] == clusters[5]
    assert len(set(clusters)) == 4


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (3, 10), (50, 60), (7, 7)])
def test_wilson_is_scipys(successes, n):
    """The closed form is that of SciPy."""
    wanted = scipy_stats.binomtest(successes, n).proportion_ci(0.95, method="wilson")
    found = stats.wilson(successes, n)
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=1e-9)


@pytest.mark.parametrize("freedom", [3, 5, 9, 30, 1000])
def test_students_quantile_is_scipys(freedom):
    """The expansion is good from three degrees of freedom."""
    assert stats._t_quantile(0.975, freedom) == pytest.approx(scipy_stats.t.ppf(0.975, freedom), rel=2e-3)


@pytest.mark.parametrize(
    ("before", "after", "p"), [(0, 0, 1.0), (0, 5, 2 / 32), (6, 0, 2 / 64), (2, 1, 1.0), (1, 7, 18 / 256)]
)
def test_mcnemar_on_paper(before, after, p):
    """Twice the smaller tail, at most 1."""
    assert stats.mcnemar(before, after) == p


def test_mcnemar_is_scipys_binomial_test():
    """Also where the powers of two are beyond a float."""
    for before in range(12):
        for after in range(12):
            wanted = scipy_stats.binomtest(before, before + after).pvalue if before + after else 1.0
            assert stats.mcnemar(before, after) == pytest.approx(wanted)
    assert stats.mcnemar(1000, 1100) == pytest.approx(scipy_stats.binomtest(1000, 2100).pvalue)


def test_holm_on_paper():
    """Smallest times four, next times three, never falling, never above 1, in the order given."""
    assert stats.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert stats.holm([0.5, 0.9]) == [1.0, 1.0]
    assert stats.holm([]) == []


def test_wins_ties_and_losses():
    """A win is the second run's; where lower is better, it is the lower."""
    before, after = [0, 1, 1, 0.5], [1, 1, 0, 0.25]
    assert stats.win_tie_loss(before, after) == stats.Counts(1, 1, 2)
    assert stats.win_tie_loss(before, after, lower_is_better=True) == stats.Counts(2, 1, 1)


def test_the_bootstrap_is_scipys_but_for_its_expansion():
    """Percentiles of resampled means, a little wider for the number of questions."""
    scores = np.random.default_rng(3).random(200)
    wanted = scipy_stats.bootstrap(
        (scores,), np.mean, method="percentile", n_resamples=10_000, rng=1
    ).confidence_interval
    found = mean_interval(scores.tolist(), alone(scores))
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=2e-3)


def test_equal_clusters_count_once():
    """Every question three times over tells no more than once: the interval by article stays, by question shrinks."""
    scores = np.random.default_rng(4).random(60).round().tolist()
    thrice, clusters = scores * 3, alone(scores) * 3
    assert mean_interval(thrice, clusters) == mean_interval(scores, alone(scores))
    by_question = mean_interval(thrice, alone(thrice))
    by_article = mean_interval(thrice, clusters)
    assert (by_article.high - by_article.low) / (by_question.high - by_question.low) == pytest.approx(sqrt(3), rel=0.1)


def test_the_same_every_time():
    """Nothing depends on the run or on how many resamples fit into memory."""
    scores = np.random.default_rng(5).random(40).tolist()
    assert mean_interval(scores, alone(scores)) == mean_interval(scores, alone(scores))
    zero = [0.0] * 40
    assert paired_difference(zero, scores, alone(scores)) == paired_difference(zero, scores, alone(scores))


def test_blocks_do_not_change_the_draw(monkeypatch):
    """Resamples come in blocks, and their size is nobody's business; so with coins."""
    columns, clusters = np.arange(60.0).reshape(30, 2), list(range(30))
    sums, sizes = resampling.cluster_totals(columns, clusters)
    whole, coins = resampling.resampled_means(sums, sizes, 100, 1), list(resampling.signed_sums(sums, 100, 1))
    assert len(coins) == 1
    monkeypatch.setattr(resampling, "_BLOCK", 7 * 30)
    assert np.array_equal(resampling.resampled_means(sums, sizes, 100, 1), whole)
    blocks = list(resampling.signed_sums(sums, 100, 1))
    assert len(blocks) > 1
    assert np.array_equal(np.concatenate(blocks), coins[0])


def plain_bootstrap(scores, clusters, resamples, random):
    """Return the means of resamples as the textbook has them: draw clusters, put their scores together, take the mean."""
    groups = {}
    for score, cluster in zip(scores, clusters, strict=True):
        groups.setdefault(cluster, []).append(score)
    groups = list(groups.values())
    return [
        np.mean(np.concatenate([groups[place] for place in random.integers(len(groups), size=len(groups))]))
        for _ in range(resamples)
    ]


@pytest.mark.parametrize("articles", [12, 90, 400])
def test_shared_draws_are_distributed_like_plain_ones(articles):
    """Mean and spread of the resampled means are those of a bootstrap of each metric by itself over its own articles.

    One metric applies to all questions, one to a third, one to the questions of a few articles: with 400 articles some
    share the draws of all and some do not.
    """
    random = np.random.default_rng(articles)
    clusters = np.repeat(np.arange(articles), random.integers(1, 5, size=articles))
    columns = random.random((len(clusters), 3)).round(1)
    columns[random.random(len(clusters)) < 2 / 3, 1] = np.nan
    columns[clusters >= articles / 4, 2] = np.nan
    columns[0, 1] = columns[1, 1] = 0.5
    resamples = 4000
    sums, sizes = resampling.cluster_totals(columns, clusters.tolist())
    means = resampling.resampled_means(sums, sizes, resamples, 1)
    assert means.shape == (resamples, 3)
    for place in range(3):
        known = ~np.isnan(columns[:, place])
        wanted = plain_bootstrap(columns[known, place], clusters[known], resamples, random)
        found = means[:, place]
        assert found.mean() == pytest.approx(np.mean(wanted), abs=5 * np.std(wanted) / sqrt(resamples))
        assert found.std() == pytest.approx(np.std(wanted), rel=0.07)
        assert scipy_stats.ks_2samp(found.round(9), np.round(wanted, 9)).pvalue > 1e-4  # equal means are equal


def test_many_columns_are_as_one_by_one():
    """Each column's interval is that of its own scores; one without scores has none."""
    random = np.random.default_rng(8)
    clusters = np.repeat(np.arange(40), 3).tolist()
    columns = random.random((120, 4)).round()
    columns[:60, 1] = np.nan
    columns[:, 2] = np.nan
    columns[:, 3] = 1.0
    found = stats.mean_intervals(columns, clusters)
    assert found[0] == mean_interval(columns[:, 0].tolist(), clusters)
    assert found[1] == mean_interval(columns[60:, 1].tolist(), clusters[60:])
    assert found[2] is None
    assert found[3] == stats.wilson(40, 40)
    assert found == stats.mean_intervals(columns, clusters)


def test_what_tells_nothing():
    """One cluster, no spread: wide intervals. No difference: p = 1."""
    assert mean_interval([1.0, 0.0], ["a", "a"]) == stats.Interval(0.0, 1.0)
    assert mean_interval([1.0] * 20, alone([1] * 20)) == stats.wilson(20, 20)
    assert mean_interval([0.0] * 4, ["a", "a", "b", "b"]) == stats.wilson(0, 2)
    same = paired_difference([1.0, 0.0], [1.0, 0.0], ["a", "b"])
    assert same == stats.Difference(0.0, stats.Interval(0.0, 0.0), 1.0, 1.0, 1.0)
    assert paired_difference([1.0], [0.0], ["a"]) == stats.Difference(-1.0, stats.Interval(-1.0, 1.0), 1.0, 1.0, 1.0)
    for wrong in (([], []), ([1.0], []), ([], ["a"])):
        with pytest.raises(ValueError, match="clusters"):
            mean_interval(*wrong)
    with pytest.raises(ValueError, match="no pairs"):
        paired_difference([1.0], [1.0, 0.0], ["a", "b"])


def test_coins_agree_with_students_test():
    """On many small differences both tell the same p, on either side, and the floor is one in resamples plus one."""
    random = np.random.default_rng(6)
    before = random.random(200)
    after = before + random.normal(0.02, 0.15, 200)
    wanted = scipy_stats.ttest_rel(after, before)
    found = paired_difference(before.tolist(), after.tolist(), alone(before))
    assert found.p == pytest.approx(wanted.pvalue, abs=0.01)
    assert found.p_higher == pytest.approx(scipy_stats.ttest_rel(after, before, alternative="greater").pvalue, abs=0.01)
    assert found.p_lower == pytest.approx(1 - found.p_higher, abs=0.001)
    limits = wanted.confidence_interval(0.95)
    assert (found.interval.low, found.interval.high) == pytest.approx((limits.low, limits.high), abs=2e-3)
    sure = paired_difference([0.0] * 50, random.uniform(0.8, 1, 50).tolist(), list(range(50)), resamples=999)
    assert sure.p == 1 / 1000


@pytest.mark.parametrize("articles", [15, 40])
def test_intervals_cover_about_95_per_cent(articles):
    """Right and wrong answers that go by article: the interval by article covers, the one by question does not."""
    random = np.random.default_rng(articles)
    repeats, covered, by_question = 400, 0, 0
    for _ in range(repeats):
        sizes = random.integers(1, 6, size=articles)
        clusters = np.repeat(np.arange(articles), sizes)
        chance = random.beta(0.7 * 2.3, 0.3 * 2.3, size=articles)[clusters]  # mean 0.7, correlation 0.3
        scores = (random.random(len(clusters)) < chance).astype(float).tolist()
        interval = mean_interval(scores, clusters.tolist(), resamples=600)
        covered += interval.low <= 0.7 <= interval.high
        interval = mean_interval(scores, alone(scores), resamples=600)
        by_question += interval.low <= 0.7 <= interval.high
    assert 0.92 <= covered / repeats <= 0.98
    assert by_question / repeats < 0.91


@pytest.mark.parametrize("articles", [15, 40])
def test_differences_cover_and_keep_their_level(articles):
    """Articles that gain or lose together, by 4 points on average: covered about 95 times in 100; at 0, p < .05 is rare."""
    random = np.random.default_rng(100 + articles)
    repeats, covered, alarms = 400, 0, 0
    for _ in range(repeats):
        clusters = np.repeat(np.arange(articles), random.integers(1, 6, size=articles))
        moved = (random.normal(0, 0.1, size=articles)[clusters] + random.normal(0, 0.1, size=len(clusters))).tolist()
        zero = [0.0] * len(moved)
        shifted = [value + 0.04 for value in moved]
        interval = paired_difference(zero, shifted, clusters.tolist(), resamples=600).interval
        covered += interval.low <= 0.04 <= interval.high
        alarms += paired_difference(zero, moved, clusters.tolist(), resamples=600).p < 0.05
    assert 0.92 <= covered / repeats <= 0.98
    assert alarms / repeats <= 0.08


def test_coins_are_mcnemars_where_every_question_stands_alone():
    """A yes/no metric over single questions: both are the sign test, and the one-sided p is its one tail."""
    before, after = [1.0] * 12 + [0.0] * 4 + [1.0] * 30, [0.0] * 12 + [1.0] * 4 + [1.0] * 30
    found = paired_difference(before, after, alone(before))
    assert found.p == pytest.approx(stats.mcnemar(12, 4), abs=0.01)
    assert found.p_lower == pytest.approx(stats.sign_test(4, 12), abs=0.01)
    assert stats.sign_test(4, 12) == pytest.approx(scipy_stats.binomtest(4, 16, alternative="less").pvalue)
    assert stats.sign_test(0, 0) == 1.0


def test_metrics_that_fall_together_count_once():
    """A family of one, of one and its copies, and of one among metrics that never move: the same p. Strangers cost."""
    random = np.random.default_rng(9)
    lost = (random.random(300) < 0.06).astype(float) - (random.random(300) < 0.02)
    strangers = random.permuted(np.tile(lost, (4, 1)), axis=1).T
    (one,) = stats.step_down(lost[:, None], alone(lost), [1.0])
    assert 0.001 < one < 0.1
    assert one == pytest.approx(paired_difference(np.zeros(300), -lost, alone(lost)).p_lower, abs=0.01)
    assert stats.step_down(np.column_stack([lost] * 4), alone(lost), [0.25] * 4) == [one] * 4
    still = np.zeros((300, 3))
    assert stats.step_down(np.column_stack([lost, still]), alone(lost), [0.25] * 4) == [one, 1.0, 1.0, 1.0]
    together = stats.step_down(np.column_stack([lost, strangers]), alone(lost), [0.2] * 5)
    assert together[0] > 1.5 * one
    heavy = stats.step_down(np.column_stack([lost, strangers]), alone(lost), [0.8] + [0.05] * 4)
    assert one - 0.01 < heavy[0] < together[0]


@given(st.integers(0, 2**32 - 1), st.integers(2, 5), st.integers(1, 3))
def test_an_adjusted_p_lies_between_its_own_and_holms(seed, metrics, shared):
    """Adjusting only takes away, and never more than Holm's correction; the coins are the same, so that this is exact.

    (Every article changes in every metric: a coin is thrown for each, whichever metrics there are.)
    """
    random = np.random.default_rng(seed)
    losses = random.choice([-2.0, -1.0, 1.0, 2.0], p=[0.2, 0.2, 0.3, 0.3], size=(20, metrics)).repeat(shared, axis=0)
    clusters = np.arange(20).repeat(shared).tolist()
    adjusted = stats.step_down(losses, clusters, [1.0] * metrics, resamples=400)
    own = [stats.step_down(losses[:, [place]], clusters, [1.0], resamples=400)[0] for place in range(metrics)]
    bounds = stats.holm(own)
    assert all(p - 1e-9 <= found <= bound + 1e-9 for p, found, bound in zip(own, adjusted, bounds, strict=True))


@pytest.mark.parametrize("worse", [False, True])
def test_a_family_keeps_its_level(worse):
    """Five metrics, some of which move together: with nothing worse, and with one that truly is, few false alarms."""
    random = np.random.default_rng(77 + worse)
    repeats, alarms, caught = 1000 if SOAK else 300, 0, 0
    for _ in range(repeats):
        clusters = np.repeat(np.arange(60), random.integers(1, 5, size=60))
        together = random.normal(0, 0.2, size=60)[clusters]
        losses = together[:, None] * [1, 0.5, 0, 0, 0] + random.normal(0, 0.2, size=(len(clusters), 5))
        losses[random.random(len(clusters)) < 0.5, 4] = np.nan
        losses[:, 3] += 0.08 * worse
        adjusted = stats.step_down(losses, clusters.tolist(), [0.5, 0.125, 0.125, 0.125, 0.125], resamples=400)
        truly_null = [p for place, p in enumerate(adjusted) if not (worse and place == 3)]
        alarms += min(truly_null) < 0.05
        caught += adjusted[3] < 0.05
    assert alarms / repeats <= (0.065 if SOAK else 0.08)
    assert caught / repeats > 0.9 if worse else caught / repeats < 0.05


@pytest.mark.parametrize(
    ("n", "discordance", "alpha"), [(300, 0.1, 0.05), (300, 0.06, 0.05 / 7), (100, 0.02, 0.05), (1000, 0.05, 0.05)]
)
def test_the_smallest_difference_is_noticed_four_times_in_five(n, discordance, alpha):
    """The formula against the exact test on simulated pairs, also where all that differ must go one way."""
    smallest = stats.smallest_difference(n, discordance, alpha=alpha)
    share = max(discordance, smallest)
    random = np.random.default_rng(n)
    drawn = random.multinomial(n, [(share + smallest) / 2, (share - smallest) / 2, 1 - share], size=3000)
    noticed = np.mean([stats.mcnemar(int(up), int(down)) < alpha for up, down, _ in drawn])
    assert 0.72 <= noticed <= 0.88


def test_the_smallest_difference_solves_connors_formula():
    """Put back into the sample size, it gives n; and more questions, or less noise, show smaller differences."""
    d = stats.smallest_difference(300, 0.1)
    za, zb = scipy_stats.norm.ppf([0.975, 0.8])
    assert (za * sqrt(0.1) + zb * sqrt(0.1 - d**2)) ** 2 / d**2 == pytest.approx(300, rel=1e-3)
    assert d > stats.smallest_difference(1000, 0.1)
    assert d > stats.smallest_difference(300, 0.05)
    assert stats.smallest_difference(5, 0.2) is None
    assert stats.smallest_difference(8, 0.2, alpha=0.05 / 7) is None


def test_one_side_notices_smaller_differences():
    """A test that looks one way only has the reach of a two-sided one at twice the level."""
    assert stats.smallest_difference(300, 0.1, alpha=0.025, sides=1) == stats.smallest_difference(300, 0.1, alpha=0.05)
    assert stats.smallest_difference(300, 0.1, sides=1) < stats.smallest_difference(300, 0.1)


def test_a_sentence_says_what_a_set_can_tell():
    """Its size, what it is worth, and the smallest change that it shows; or that it shows none."""
    before, after = [1.0] * 300, [0.0] * 20 + [1.0] * 280
    found = reach.reach_of_pairs(before, after, alone(before), alpha=0.025)
    assert found.smallest == stats.smallest_difference(300, 20 / 300)
    sentence = reach.reach_sentence(found, "acc")
    assert sentence.startswith("On 300 questions, of which 6.7 % differ, a fall of acc by 4.2 points or more")
    assert "one-sided p below 0.025" in sentence
    together = reach.reach_of_pairs(before, after, [place // 10 for place in range(300)])
    assert together.effective == pytest.approx(30)
    assert "(worth about 30 independent ones)" in reach.reach_sentence(together, "acc")
    same = reach.reach_of_pairs(before, before, alone(before))
    assert (same.assumed, same.discordance, same.effective) == (True, stats.ASSUMED_DISCORDANCE, 300)
    assert "taking 10 % to differ" in reach.reach_sentence(same, "acc")
    few = reach.reach_of_pairs([1.0], [0.0], ["a"])
    assert "no change of acc is large enough" in reach.reach_sentence(few, "acc")


def test_one_run_says_what_it_can_tell_in_two_languages():
    """How sure its headline is, and what a comparison would notice; a set of two questions says that it is too small."""
    scores = [1.0] * 210 + [0.0] * 90
    found = reach.reach_of_run(scores, alone(scores), alpha=0.025)
    wanted = f"{stats.smallest_difference(300, 0.1) * 100:.1f}"
    for sentence in reach.run_sentences(found, "acc", stats.Interval(0.648, 0.752)):
        assert f" {wanted} " in sentence
        assert "300 " in sentence
        assert "±5.2" in sentence
    english, chinese = reach.run_sentences(reach.reach_of_run([1.0, 0.0], ["a", "b"]), "acc", stats.Interval(0, 1))
    assert "no change between two runs is large enough" in english
    assert "题目太少" in chinese
    together = reach.reach_of_run(scores, [place // 10 for place in range(300)])
    assert together.effective == pytest.approx(30)
    english, chinese = reach.run_sentences(together, "acc", stats.Interval(0.6, 0.8))
    assert "(worth about 30 independent ones)" in english
    assert "约相当于 30 个互不相关的问题" in chinese
