"""Two runs of one question set, paired question by question: what changed, and whether chance explains it."""

import math
from array import array
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from eval import statistics as stats
from eval.compare_lines import report_lines
from eval.comparison import Comparison, Flip, MetricChange, shown_p
from eval.folder import MANIFEST, ROWS, Row, read_manifest, read_rows
from eval.gates import GATES, HEADLINES, Gate, floor_failures, floors_apply, headline_alpha
from eval.metrics import METRICS, Metric
from eval.reach import reach_of_pairs, reach_sentence
from eval.resampling import Floats
from eval.verdict import Verdict, verdict_of
from models.errors import BadInputError

__all__ = ["compare", "manifest_changes", "report_lines"]

_TOLD_ELSEWHERE = frozenset({"question_set.path", "library.path", "started", "seed"})
_SKIPPED = ("counts.", "resumed")
_NAMES = tuple(metric.name for metric in METRICS)
_PLACES = {name: place for place, name in enumerate(_NAMES)}


@dataclass(frozen=True, slots=True)
class _Told:
    """What a comparison needs of a row; the hits, which are most of it, are left on the disk."""

    id: str
    question: str
    cluster: Hashable
    answer: str | None  # None: an error
    verdict: Verdict
    scores: Sequence[float]  # by `_PLACES`; NaN is no score


@dataclass(frozen=True, slots=True)
class _Run:
    folder: Path
    manifest: dict[str, object]
    rows: dict[str, _Told]  # by id, in the order of the file
    known: frozenset[str]  # metrics that its rows have a place for

    @property
    def errors(self) -> int:
        return sum(row.answer is None for row in self.rows.values())


def _problem(row: Row) -> str | None:
    """Return what a comparison cannot use in a row."""
    if not isinstance(row.metrics, Mapping):
        return "`metrics` is no object"
    for name, score in row.metrics.items():
        if score is None:
            continue
        if isinstance(score, bool) or not isinstance(score, int | float) or not math.isfinite(score):
            return f"the metric {name} is {score!r}, but must be a number or null"
    if row.status == "ok" and not isinstance(row.prediction, Mapping):
        return "`prediction` is no object, though `status` is ok"
    missing = [name for name in ("answer", "abstained", "reason") if name not in (row.prediction or {})]
    if row.status == "ok" and missing:
        return f"`prediction` has no `{missing[0]}`"
    return None


def _told(row: Row) -> _Told:
    prediction = row.prediction if row.status == "ok" else None
    scores = array("d", [math.nan]) * len(_NAMES)
    for name, place in _PLACES.items():
        if prediction is not None and (score := row.metrics.get(name)) is not None:
            scores[place] = score
    return _Told(
        id=row.question.id,
        question=row.question.question,
        cluster=stats.article_cluster(row.question),
        answer=None if prediction is None else str(prediction["answer"] or ""),
        verdict=verdict_of(row.question, prediction, row.metrics),
        scores=scores,
    )


def _read(folder: Path) -> _Run:
    for name in (MANIFEST, ROWS):
        if not (folder / name).is_file():
            msg = f"{folder} holds no {name}, and a run has one; give the --out folder of a `yiju eval run`"
            raise BadInputError(msg)
    manifest = read_manifest(folder)
    rows: dict[str, _Told] = {}
    known: set[str] = set()
    for number, row in enumerate(read_rows(folder), start=1):
        problem = _problem(row)
        if row.question.id in rows:
            problem = f"the question {row.question.id} was there before, but has one row"
        if problem is not None:
            msg = f"{folder / ROWS}:{number}: {problem}; remove the line and run again with --resume"
            raise BadInputError(msg)
        rows[row.question.id] = _told(row)
        known.update(row.metrics)
    return _Run(folder, manifest, rows, frozenset(known))


def _question_set(run: _Run) -> dict[str, object]:
    """Return the identity of the set that was run: the hash of its bytes, and the options of a loader's set."""
    recorded = run.manifest.get("question_set")
    if not isinstance(recorded, Mapping) or not isinstance(recorded.get("sha256"), str):
        msg = f"{run.folder / MANIFEST} does not say which question set was run; run it again with this version"
        raise BadInputError(msg)
    return {name: value for name, value in recorded.items() if name != "path"}


_Pair = tuple[_Told, _Told]


def _common(a: _Run, b: _Run) -> list[_Pair]:
    """Return the rows of questions that both runs were asked, in the order of the first.

    Raises:
        BadInputError: the runs are of different question sets, or have no question that both answered.

    """
    if _question_set(a) != _question_set(b):
        msg = f"{a.folder} and {b.folder} are runs of different question sets, and pairs need one; run one set twice"
        raise BadInputError(msg)
    common = [(row, b.rows[name]) for name, row in a.rows.items() if name in b.rows]
    if not any(_answered(pair) for pair in common):
        why = "all of them came to an error in one run" if common else "they have none in common"
        msg = f"{a.folder} and {b.folder} have no questions to pair ({why}); run more questions with --resume"
        raise BadInputError(msg)
    return common


def _answered(pair: _Pair) -> bool:
    return all(row.answer is not None for row in pair)


@dataclass(frozen=True, slots=True)
class _Scored:
    """The scores of one metric, paired."""

    metric: Metric
    before: Floats
    after: Floats
    clusters: list[Hashable]
    drawn: stats.Difference

    def change(self, *, gated: bool) -> MetricChange:
        """Return what became of the metric, its p not yet adjusted.

        A yes/no metric over questions that share no article has McNemar's exact p; else coins are thrown by article.
        """
        lower = self.metric.better == "lower"
        counts = stats.win_tie_loss(self.before.tolist(), self.after.tolist(), lower_is_better=lower)
        yes_no = np.isin(self.before, (0, 1)).all() and np.isin(self.after, (0, 1)).all()
        exact = bool(yes_no) and len(set(self.clusters)) == len(self.clusters)
        if exact:
            p = stats.sign_test(counts.win, counts.loss) if gated else stats.mcnemar(counts.loss, counts.win)
        else:
            p = (self.drawn.p_higher if lower else self.drawn.p_lower) if gated else self.drawn.p
        return MetricChange(
            name=self.metric.name,
            better=self.metric.better,
            gated=gated,
            n=len(self.before),
            mean_a=math.fsum(self.before) / len(self.before),
            mean_b=math.fsum(self.after) / len(self.after),
            difference=self.drawn.mean,
            interval=self.drawn.interval,
            test="mcnemar" if exact else "randomisation",
            p=p,
            p_adjusted=p,
            counts=counts,
        )


def _scored(pairs: Sequence[_Pair], resamples: int) -> list[_Scored]:
    """Return the metrics that have a score in both runs for some question, the gated ones first."""
    before, after = (np.array([pair[side].scores for pair in pairs], dtype=np.float64) for side in (0, 1))
    clusters = [left.cluster for left, _ in pairs]
    differences = stats.paired_differences(before, after, clusters, resamples=resamples)
    found: dict[str, _Scored] = {}
    for metric, place, drawn in zip(METRICS, range(len(_NAMES)), differences, strict=True):
        if drawn is not None:
            known = np.flatnonzero(~np.isnan(before[:, place] + after[:, place]))
            shared = [clusters[row] for row in known.tolist()]
            found[metric.name] = _Scored(metric, before[known, place], after[known, place], shared, drawn)
    return [found[name] for name in dict.fromkeys((*HEADLINES, *_NAMES)) if name in found]


def _changes(scored: Sequence[_Scored], pairs: Sequence[_Pair], resamples: int) -> tuple[MetricChange, ...]:
    """Return what became of each metric, the p-values adjusted, those of the gated ones apart from the others."""
    weights = {gate.metric: gate.weight for gate in GATES}
    changes = [found.change(gated=found.metric.name in weights) for found in scored]
    gated = [change for change in changes if change.gated]
    others = [change for change in changes if not change.gated]
    places = [_PLACES[change.name] for change in gated]
    before, after = (np.array([pair[side].scores for pair in pairs])[:, places] for side in (0, 1))
    losses = (after - before) * [1.0 if change.better == "lower" else -1.0 for change in gated]
    clusters = [left.cluster for left, _ in pairs]
    shares = stats.step_down(losses, clusters, [weights[change.name] for change in gated], resamples=resamples)
    adjusted = {change.name: max(change.p, share) for change, share in zip(gated, shares, strict=True)}
    adjusted |= zip([change.name for change in others], stats.holm([change.p for change in others]), strict=True)
    return tuple(replace(change, p_adjusted=adjusted[change.name]) for change in changes)


def _flips(pairs: Sequence[_Pair]) -> tuple[Flip, ...]:
    lower = {metric.name for metric in METRICS if metric.better == "lower"}
    flips: list[Flip] = []
    for left, right in pairs:
        worse: list[str] = []
        better: list[str] = []
        for name in HEADLINES:
            scores = left.scores[_PLACES[name]], right.scores[_PLACES[name]]
            if scores in ((0, 1), (1, 0)):
                (better if (scores == (0, 1)) != (name in lower) else worse).append(name)
        answers = left.answer or "", right.answer or ""
        flip = Flip(left.id, left.question, *answers, left.verdict, right.verdict, tuple(worse), tuple(better))
        if worse or better or flip.lost or flip.won:
            flips.append(flip)
    return tuple(sorted(flips, key=lambda flip: flip.rank))


def _flat(value: Mapping[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    for name, part in value.items():
        if isinstance(part, Mapping):
            yield from _flat(part, f"{above}{name}.")
        else:
            yield f"{above}{name}", part


def manifest_changes(a: Mapping[str, object], b: Mapping[str, object]) -> dict[str, tuple[object, object]]:
    """Return what differs between two manifests, by dotted name; places and times of day do not count."""
    left, right = dict(_flat(a)), dict(_flat(b))
    return {
        name: (left.get(name), right.get(name))
        for name in {**left, **right}
        if left.get(name) != right.get(name) and name not in _TOLD_ELSEWHERE and not name.startswith(_SKIPPED)
    }


def _gate_failures(changes: Sequence[MetricChange]) -> Iterator[str]:
    """Yield a clause for each gate that fails."""
    gates = {gate.metric: gate for gate in GATES}
    for change in changes:
        if change.gated and change.fails(gates[change.name]):
            yield _failure(change, gates[change.name])


def _failure(change: MetricChange, gate: Gate) -> str:
    went = "fell" if change.difference < 0 else "rose"
    return (
        f"{change.name} {went} from {change.mean_a * 100:.1f} % to {change.mean_b * 100:.1f} % "
        f"({change.difference * 100:+.1f} points, 95 % interval {change.interval.low * 100:+.1f} to "
        f"{change.interval.high * 100:+.1f}, one-sided p {shown_p(change.p_adjusted)} over all gates, n = {change.n}) "
        f"beyond a tolerance of {gate.tolerance * 100:.1f}"
    )


def _error_failures(common: Sequence[_Pair]) -> Iterator[str]:
    """Yield a clause where more of the questions that both were asked came to an error in B."""
    before, after = (sum(pair[side].answer is None for pair in common) for side in (0, 1))
    if after > before:
        names = [right.id for left, right in common if right.answer is None and left.answer is not None]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        yield (
            f"{after} of {len(common)} questions came to an error in B, {before} in A "
            f"(new: {', '.join(names[:3])}{more}; errors.log in B's folder tells why)"
        )


def _means(run: _Run) -> dict[str, float | None]:
    """Return a run's own means."""
    scores = np.array([row.scores for row in run.rows.values()], dtype=np.float64)
    columns = ((name, scores[:, place]) for name, place in _PLACES.items())
    return {name: None if np.isnan(column).all() else float(np.nanmean(column)) for name, column in columns}


def compare(folder_a: Path, folder_b: Path, *, resamples: int = stats.RESAMPLES) -> Comparison:
    """Return the comparison of two runs; questions with an error in either are left out of all means, and counted.

    Raises:
        BadInputError: a folder holds no run or a damaged one, or the two share no question set or no question.

    """
    a, b = _read(folder_a), _read(folder_b)
    common = _common(a, b)
    pairs = [pair for pair in common if _answered(pair)]
    scored = _scored(pairs, resamples)
    changes = _changes(scored, pairs, resamples)
    failures = list(_gate_failures(changes))
    failures.extend(_error_failures(common))
    floors = floors_apply(b.manifest, len(b.rows) - b.errors)
    if floors:
        failures.extend(floor_failures(_means(b)))
    return Comparison(
        pairs=len(pairs),
        errors_a=a.errors,
        errors_b=b.errors,
        left_out=len(common) - len(pairs),
        new_errors=tuple(right.id for left, right in common if right.answer is None and left.answer is not None),
        only_a=len(a.rows) - len(common),
        only_b=len(b.rows) - len(common),
        metrics=changes,
        unscored={
            side: missing
            for side, lacking, other in (("a", a, b), ("b", b, a))
            if (missing := tuple(name for name in _NAMES if name in other.known - lacking.known))
        },
        flips=_flips(pairs),
        manifests=manifest_changes(a.manifest, b.manifest),
        same_scores=all(np.array_equal(left.scores, right.scores, equal_nan=True) for left, right in pairs),
        same_answers=all(left.answer == right.answer for left, right in pairs),
        reach=_reach(scored),
        floors=floors,
        failures=tuple(failures),
    )


def _reach(scored: Sequence[_Scored]) -> str:
    """Return the sentence about the first gated metric there is, at the level that it starts with."""
    by_name = {found.metric.name: found for found in scored}
    for name in HEADLINES:
        if (found := by_name.get(name)) is not None:
            before, after = found.before.tolist(), found.after.tolist()
            alpha = headline_alpha(name, by_name)
            return reach_sentence(reach_of_pairs(before, after, found.clusters, alpha=alpha), name)
    return "No gated metric applies to these questions, so that nothing can be told from them."
