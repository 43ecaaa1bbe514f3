"""The shape of `summary.json`: what a run comes to, for programs and for the report. Shares lie between 0 and 1."""

from typing import NotRequired, TypedDict


class MeanJson(TypedDict):
    """A metric over the rows that it applies to, with its 95 % interval by the bootstrap over articles."""

    mean: float | None  # None where it applies to no row
    low: float | None
    high: float | None
    n: int  # rows with a score
    missing: int  # rows of status error to which it would apply: the mean is over fewer questions than it seems


class RefusalPoint(TypedDict):
    """What declining below one confidence would do."""

    threshold: float
    answerable_declined: float
    unanswerable_declined: float


class RefusalJson(TypedDict):
    """How well answerable and unanswerable questions are told apart."""

    on_unanswerable: MeanJson
    false_on_answerable: MeanJson
    reasons: dict[str, int]
    auroc: float | None  # of the confidence, answerable against unanswerable; None without both
    caught_at_5: float | None  # unanswerable declined where 5 % of answerable are
    balanced_accuracy: float | None  # mean of: unanswerable declined, answerable not declined
    curve: list[RefusalPoint]  # by threshold, at most 101 points


class CalibrationBin(TypedDict):
    """Answers whose confidence lies in one tenth."""

    low: float
    high: float
    n: int
    said: float  # mean confidence
    right: float  # share that was right


class CalibrationJson(TypedDict):
    """Whether the confidence means what it says, over answered questions that can be judged."""

    n: int
    brier: float | None
    ece: float | None  # expected calibration error, ten bins of equal width
    bins: list[CalibrationBin]  # those that hold answers


class LatencyJson(TypedDict):
    """Milliseconds of one stage."""

    p50: float
    p95: float
    max: float
    n: int


class HistogramBar(TypedDict):
    """How many questions took from `low` to `high` milliseconds in all."""

    low: float
    high: float
    n: int


class TagJson(TypedDict):
    """One tag: how many questions carry it, and the means of the headline metrics over them."""

    n: int
    metrics: dict[str, MeanJson]


class SummaryJson(TypedDict):
    """`summary.json`."""

    questions: int  # asked for
    rows: int
    errors: int
    coverage: float | None  # share of the questions that were answered or declined
    metrics: dict[str, MeanJson]  # every metric of `eval.metrics.METRICS`
    baselines: dict[str, dict[str, MeanJson]]  # baseline → answer, refusal and citation metrics, over the same hits
    refusal: RefusalJson
    calibration: CalibrationJson
    verdicts: dict[str, int]  # `eval.verdict.Verdict` → rows
    tags: dict[str, TagJson]  # most frequent first
    latency_ms: dict[str, LatencyJson]  # by stage
    latency_histogram: list[HistogramBar]  # of `total`
    reach: str  # what a set of this size can and cannot tell, in one English sentence
    reach_zh: str  # the same in Chinese
    mode: dict[str, int]
    models: dict[str, list[str]]
    finished: NotRequired[str]  # UTC; with latency the only part that differs between equal runs
    peak_memory_mib: NotRequired[int]  # of the process that ran it
