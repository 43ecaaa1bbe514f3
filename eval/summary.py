"""`summary.json`: what the rows of a run come to. Rows pass by one at a time; of each only numbers are kept."""

import math
from array import array
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence

import numpy as np

from eval import figures
from eval.baselines import ALWAYS_DECLINE, BASELINES, MEASURED, baseline_scores
from eval.folder import SUMMARY, Row, write_json
from eval.gates import HEADLINES, headline_alpha
from eval.metrics import METRICS, Metric
from eval.outputs import Run
from eval.prediction import PredictionJson, lookup_for
from eval.reach import reach_of_run, run_sentences
from eval.resampling import Floats
from eval.statistics import RESAMPLES, Interval, article_cluster, mean_intervals
from eval.summary_types import MeanJson, RefusalJson, SummaryJson, TagJson
from eval.verdict import Verdict, verdict_of

_TAGS = 50
_TAG_RESAMPLES = 2_000  # there may be hundreds of means; the ends of such an interval are good to about 2 % of it
_TAG_METRICS = ("acc", "acc_80", "f1", "evidence_cited", "rejected_right", "false_refusal")


class _Scores:
    """The scores of some metrics, row by row; NaN where there is none."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics
        self._columns = {metric.name: array("d") for metric in metrics}
        self._missing = {metric.name: array("b") for metric in metrics}

    def add(self, row: Row, scores: Mapping[str, float | None]) -> None:
        """Take the scores of the next row; those of an error row are missing, never zero."""
        failed = row.status == "error"
        for metric in self._metrics:
            score = None if failed else scores.get(metric.name)
            self._columns[metric.name].append(math.nan if score is None else score)
            self._missing[metric.name].append(failed and metric.applies(row.question))

    @property
    def names(self) -> list[str]:
        """The metrics' names."""
        return list(self._columns)

    def column(self, name: str) -> Floats:
        """Return the scores of a metric."""
        return np.array(self._columns[name], dtype=np.float64)

    def missing(self, name: str) -> Floats:
        """Return 1 for each row of status error to which a metric would apply, else 0."""
        return np.array(self._missing[name], dtype=np.float64)


def _mean(column: Floats, missing: int, interval: Interval | None) -> MeanJson:
    scores = column[~np.isnan(column)]
    return MeanJson(
        mean=math.fsum(scores.tolist()) / len(scores) if len(scores) else None,
        low=figures.rounded(interval.low) if interval else None,
        high=figures.rounded(interval.high) if interval else None,
        n=len(scores),
        missing=missing,
    )


def _means(
    columns: Sequence[tuple[Floats, int]], clusters: Sequence[Hashable], resamples: int = RESAMPLES
) -> list[MeanJson]:
    """Return the mean of each (scores, missing), all intervals from shared draws."""
    if not clusters or not columns:
        return [_mean(column, missing, None) for column, missing in columns]
    intervals = mean_intervals(np.column_stack([column for column, _ in columns]), clusters, resamples=resamples)
    return [_mean(*column, interval) for column, interval in zip(columns, intervals, strict=True)]


class _Confidence:
    """How sure the answerer was, of what can and what cannot be answered, and of what was right."""

    def __init__(self) -> None:
        self.answerable, self.unanswerable, self.said = array("d"), array("d"), array("d")
        self.right: list[bool] = []
        self.reasons: Counter[str] = Counter()

    def add(self, row: Row, prediction: PredictionJson, verdict: Verdict) -> None:
        """Take a row that is no error."""
        confidence, answerable = prediction["confidence"], row.question.answerable
        if answerable is not None:
            (self.answerable if answerable else self.unanswerable).append(confidence)
        if prediction["abstained"]:
            self.reasons[prediction["reason"] or "unknown"] += 1
        elif verdict is not Verdict.UNJUDGED:
            self.said.append(confidence)
            self.right.append(verdict is Verdict.RIGHT)

    def refusal(self, on_unanswerable: MeanJson, false_on_answerable: MeanJson) -> RefusalJson:
        """Return how well the two kinds of question are told apart."""
        return RefusalJson(
            on_unanswerable=on_unanswerable,
            false_on_answerable=false_on_answerable,
            reasons=dict(self.reasons),
            auroc=figures.auroc(self.answerable, self.unanswerable),
            caught_at_5=figures.caught(self.answerable, self.unanswerable),
            balanced_accuracy=figures.balanced_accuracy(on_unanswerable["mean"], false_on_answerable["mean"]),
            curve=figures.refusal_curve(self.answerable, self.unanswerable),
        )


class Summary:
    """Gathers what the rows come to, and writes `summary.json`."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._scores = _Scores(METRICS)
        self._baselines = {name: _Scores(MEASURED) for name in BASELINES}
        self._any_hits = False
        self._clusters: list[int] = []
        self._numbers: dict[Hashable, int] = {}
        self._errors = 0
        self._confidence = _Confidence()
        self._verdicts: Counter[Verdict] = Counter()
        self._tags: dict[str, array[int]] = {}
        self._stages: dict[str, array[float]] = {}
        self._modes: Counter[str] = Counter()
        self._models: dict[str, set[str]] = {}

    def add(self, row: Row) -> None:
        """Take the next row."""
        for tag in dict.fromkeys(row.question.tags):
            self._tags.setdefault(tag, array("l")).append(len(self._clusters))
        self._clusters.append(self._numbers.setdefault(article_cluster(row.question), len(self._numbers)))
        prediction = row.prediction if row.status == "ok" else None
        verdict = verdict_of(row.question, prediction, row.metrics)
        self._verdicts[verdict] += 1
        self._scores.add(row, row.metrics)
        self._add_baselines(row, prediction)
        if prediction is None:
            self._errors += 1
            return
        self._confidence.add(row, prediction, verdict)
        self._modes[prediction["mode"]] += 1
        for role, name in prediction["models"].items():
            self._models.setdefault(role, set()).add(name)
        for stage, spent in prediction["timings_ms"].items():
            self._stages.setdefault(stage, array("d")).append(spent)

    def _add_baselines(self, row: Row, prediction: PredictionJson | None) -> None:
        if prediction is None:
            for scores in self._baselines.values():
                scores.add(row, {})
            return
        self._any_hits = self._any_hits or bool(prediction["hits"])
        lookup = lookup_for(row.question.contexts, self._run.library)
        for name, found in baseline_scores(row.question, prediction, lookup).items():
            self._baselines[name].add(row, found)

    def _all_means(self) -> tuple[dict[str, MeanJson], dict[str, dict[str, MeanJson]]]:
        """Return the means of the metrics and, from the same draws, those of the baselines."""
        # Answers from elsewhere may have come without hits: then those who read hits say nothing.
        told = {name: found for name, found in self._baselines.items() if self._any_hits or name == ALWAYS_DECLINE}
        tables = [self._scores, *told.values()]
        columns = [(of.column(name), int(of.missing(name).sum())) for of in tables for name in of.names]
        means = iter(_means(columns, self._clusters))
        first, *others = ({name: next(means) for name in of.names} for of in tables)
        return first, dict(zip(told, others, strict=True))

    def _tag_means(self) -> dict[str, TagJson]:
        """Return the tags, most frequent first, with the means of the headline metrics over their rows."""
        frequent = sorted(self._tags.items(), key=lambda item: -len(item[1]))[:_TAGS]
        names = [name for name in _TAG_METRICS if name in self._scores.names]
        columns: list[tuple[Floats, int]] = []
        for _, rows in frequent:
            inside = np.zeros(len(self._clusters), dtype=np.bool_)
            inside[np.array(rows)] = True
            for name in names:
                missing = int(self._scores.missing(name)[inside].sum())
                columns.append((np.where(inside, self._scores.column(name), np.nan), missing))
        means = iter(_means(columns, self._clusters, _TAG_RESAMPLES))
        return {tag: TagJson(n=len(rows), metrics={name: next(means) for name in names}) for tag, rows in frequent}

    def _reach(self, means: Mapping[str, MeanJson]) -> tuple[str, str]:
        """Return what this run can tell by the first headline metric that applies."""
        for name in HEADLINES:
            low, high = means[name]["low"], means[name]["high"]
            if low is not None and high is not None:
                column = self._scores.column(name)
                known = ~np.isnan(column)
                clusters = np.array(self._clusters)[known].tolist()
                alpha = headline_alpha(name, [other for other, mean in means.items() if mean["n"]])
                found = reach_of_run(column[known].tolist(), clusters, alpha=alpha)
                return run_sentences(found, name, Interval(low, high))
        return "No headline metric applies to these questions.", "这些问题没有可以衡量的标准答案。"

    def result(self) -> SummaryJson:
        """Return the summary of the rows so far."""
        rows, asked = len(self._clusters), self._run.questions
        means, baselines = self._all_means()
        reach, reach_zh = self._reach(means)
        confidence = self._confidence
        return SummaryJson(
            questions=asked,
            rows=rows,
            errors=self._errors,
            coverage=(rows - self._errors) / asked if asked else None,
            metrics=means,
            baselines=baselines,
            refusal=confidence.refusal(means["rejected_right"], means["false_refusal"]),
            calibration=figures.calibration(confidence.said, confidence.right),
            verdicts={each.value: self._verdicts[each] for each in Verdict if self._verdicts[each]},
            tags=self._tag_means(),
            latency_ms=figures.latency(self._stages),
            latency_histogram=figures.histogram(self._stages.get("total", array("d"))),
            reach=reach,
            reach_zh=reach_zh,
            mode=dict(self._modes),
            models={role: sorted(names) for role, names in self._models.items()},
            finished=self._run.finished,
        )

    def finish(self, summary: SummaryJson) -> None:
        """Write `summary.json`."""
        write_json(self._run.folder / SUMMARY, summary)
