"""What there is to say about two runs of one question set; `eval.compare` finds it out."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from eval import statistics as stats
from eval.gates import Gate
from eval.verdict import FAILED, Verdict
from models.errors import GateFailedError


@dataclass(frozen=True, slots=True)
class MetricChange:
    """One metric in both runs, over the questions that have a score in both."""

    name: str
    better: Literal["higher", "lower", "neither"]
    gated: bool
    n: int
    mean_a: float
    mean_b: float
    difference: float  # B less A
    interval: stats.Interval  # 95 %, by article
    test: Literal["mcnemar", "randomisation"]
    p: float  # of a gated metric one-sided: that B is worse; of others two-sided
    p_adjusted: float  # over all gated metrics (`statistics.step_down`), or over the others (Holm)
    counts: stats.Counts  # a win is B's; of a metric without a better side, a win is a higher score

    @property
    def loss(self) -> float:
        """By how much B is worse; negative where it is better."""
        return {"higher": -self.difference, "lower": self.difference, "neither": 0.0}[self.better]

    @property
    def moved(self) -> bool:
        """Whether any question's score is another."""
        return bool(self.counts.win or self.counts.loss)

    def fails(self, gate: Gate) -> bool:
        """Tell whether B is worse by more than the gate tolerates, and not by chance."""
        return self.loss > gate.tolerance + 1e-9 and self.p_adjusted < stats.ALPHA


@dataclass(frozen=True, slots=True)
class Flip:
    """A question that was right in one run only, by its verdict or by some gated metric."""

    id: str
    question: str
    answer_a: str
    answer_b: str
    verdict_a: Verdict
    verdict_b: Verdict
    worse: tuple[str, ...]  # gated metrics by which B got worse
    better: tuple[str, ...]

    @property
    def lost(self) -> bool:
        """Whether it was right, and is wrong now; the verdict on B tells at which stage."""
        return self.verdict_a is Verdict.RIGHT and self.verdict_b in FAILED

    @property
    def won(self) -> bool:
        """Whether it was wrong, and is right now."""
        return self.verdict_b is Verdict.RIGHT and self.verdict_a in FAILED

    @property
    def rank(self) -> int:
        """Where it stands among the flips: what is lost first, what is won last."""
        return 0 if self.lost else 3 if self.won else 1 if self.worse else 2


@dataclass(frozen=True, slots=True)
class Comparison:
    """What there is to say about two runs."""

    pairs: int
    errors_a: int
    errors_b: int
    left_out: int  # questions in both runs with an error in either
    new_errors: tuple[str, ...]  # ids of questions with an error in B only
    only_a: int
    only_b: int
    metrics: tuple[MetricChange, ...]  # the gated ones first
    unscored: Mapping[str, tuple[str, ...]]  # "a" or "b" → metrics that only the other run's rows know of
    flips: tuple[Flip, ...]  # those that got worse first
    manifests: Mapping[str, tuple[object, object]]  # what differs
    same_scores: bool
    same_answers: bool
    reach: str  # what a set of this size can tell
    floors: bool  # the floors of the project's set were applied to B
    failures: tuple[str, ...]

    @property
    def lost(self) -> Mapping[Verdict, int]:
        """At which stage what was right went wrong, the most frequent first."""
        return dict(Counter(flip.verdict_b for flip in self.flips if flip.lost).most_common())

    def to_json(self) -> dict[str, object]:
        """Return it as one JSON object."""
        return {**asdict(self), "lost": dict(self.lost)}

    def check(self) -> None:
        """Raise where a gate failed.

        Raises:
            GateFailedError: B is worse than A by more than a gate tolerates, has more errors, or is below a floor.

        """
        if self.failures:
            msg = "; ".join(self.failures)
            raise GateFailedError(f"{msg}: look at the questions that flipped, all of them with --json")


def shown_p(p: float) -> str:
    """Return a p-value as people read it."""
    return "< 0.0001" if p < 0.0001 else f"{p:.4f}"
