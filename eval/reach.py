"""What a question set of some size can and cannot tell, in a sentence."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from eval import statistics as stats


@dataclass(frozen=True, slots=True)
class Reach:
    """The smallest difference that a paired comparison of this size notices with a given power."""

    n: int
    effective: float  # how many independent questions they are worth
    discordance: float  # share of pairs that differ
    assumed: bool  # the discordance was not observed
    alpha: float  # one-sided; the level that the metric is held to at worst
    power: float
    smallest: float | None  # None where no difference is large enough


def _reach(n: int, effect: float, discordance: float, alpha: float, *, assumed: bool) -> Reach:
    effective = n / effect
    smallest = stats.smallest_difference(effective, discordance, alpha=alpha, power=stats.POWER, sides=1)
    return Reach(n, effective, discordance, assumed, alpha, stats.POWER, smallest)


def reach_of_pairs(
    before: Sequence[float], after: Sequence[float], clusters: Sequence[Hashable], *, alpha: float = stats.ALPHA
) -> Reach:
    """Return what a comparison of these pairs can notice.

    Pairs of one cluster count for less where they differ together: n is divided by the design effect.
    """
    values = [second - first for first, second in zip(before, after, strict=True)]
    observed = float(np.mean(np.abs(values) > 1e-12))
    effect = stats.design_effect(values, clusters)
    return _reach(len(values), effect, observed or stats.ASSUMED_DISCORDANCE, alpha, assumed=not observed)


def reach_of_run(scores: Sequence[float], clusters: Sequence[Hashable], *, alpha: float = stats.ALPHA) -> Reach:
    """Return what a comparison with another run of the same questions could notice, one in ten taken to differ.

    Questions of one article are taken to differ together as they are right together.
    """
    effect = stats.design_effect(scores, clusters)
    return _reach(len(scores), effect, stats.ASSUMED_DISCORDANCE, alpha, assumed=True)


def _percent(share: float, digits: int = 1) -> str:
    return f"{share * 100:.{digits}f} %"


def _questions(found: Reach) -> str:
    questions = f"{found.n} questions" if found.n != 1 else "1 question"
    if found.effective < found.n - 0.5:
        questions += f" (worth about {found.effective:.0f} independent ones)"
    return questions


def reach_sentence(found: Reach, metric: str) -> str:
    """Return one sentence about what a comparison can and cannot tell."""
    often = _percent(found.power, 0)
    if found.smallest is None:
        return f"On {_questions(found)} no change of {metric} is large enough to be noticed {often} of the time."
    taken, seen = f"taking {_percent(found.discordance, 0)} to differ", f"of which {_percent(found.discordance)} differ"
    return (
        f"On {_questions(found)}, {taken if found.assumed else seen}, a fall of {metric} by "
        f"{found.smallest * 100:.1f} points or more is noticed about {often} of the time (one-sided p below "
        f"{found.alpha:.2g}); a smaller one can be there and not show."
    )


def run_sentences(found: Reach, metric: str, interval: stats.Interval) -> tuple[str, str]:
    """Return what one run tells, in English and in Chinese: how sure its headline is, and what it could notice."""
    half, often = f"{(interval.high - interval.low) * 50:.1f}", _percent(found.power, 0)
    english = f"On {_questions(found)}, {metric} is known to about ±{half} points (95 % interval); "
    worth = f"（约相当于 {found.effective:.0f} 个互不相关的问题）" if found.effective < found.n - 0.5 else ""
    chinese = f"{found.n} 个问题{worth}下，{metric} 的 95% 置信区间约为 ±{half} 个百分点；"
    if found.smallest is None:
        return (
            english + "no change between two runs is large enough to be noticed reliably.",
            chinese + "题目太少，两次评测之间的变化再大也无法可靠地看出。",
        )
    points, differ = f"{found.smallest * 100:.1f}", _percent(found.discordance, 0)
    english += (
        f"if {differ} of the answers differ in another run, a fall by {points} points or more is noticed about {often} "
        "of the time, and a smaller one can be there and not show."
    )
    chinese += (
        f"若另一次评测有 {differ.replace(' ', '')} 的回答不同，下降 {points} 个百分点以上约有 "
        f"{often.replace(' ', '')} 的机会被发现，更小的下降可能看不出来。"
    )
    return english, chinese
