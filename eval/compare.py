"""Two runs of one question set, paired question by question: what changed, and whether chance explains it."""

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from eval import statistics as stats
from eval.folder import MANIFEST, ROWS, Row, read_manifest, read_rows
from eval.gates import GATES, Gate, floor_failures, floors_apply
from eval.metrics import METRICS, Metric
from models.errors import BadInputError, GateFailedError, one_line

_TOLD_ELSEWHERE = frozenset({"question_set.path", "library.path", "started", "seed"})
_SKIPPED = ("counts.", "resumed")


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
    test: Literal["mcnemar", "bootstrap"]
    p: float
    p_holm: float  # over the gated metrics, or over the others
    counts: stats.Counts  # a win is B's; of a metric without a better side, a win is a higher score

    @property
    def loss(self) -> float:
        """By how much B is worse; negative where it is better."""
        return {"higher": -self.difference, "lower": self.difference, "neither": 0.0}[self.better]

    def fails(self, gate: Gate) -> bool:
        """Tell whether B is worse by more than the gate tolerates, and not by chance."""
        return self.loss > gate.tolerance + 1e-9 and self.p_holm < stats.ALPHA


@dataclass(frozen=True, slots=True)
class Flip:
    """A question that was right in one run only, by some gated metric."""

    id: str
    question: str
    answer_a: str
    answer_b: str
    worse: tuple[str, ...]  # metrics by which B got worse
    better: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What there is to say about two runs."""

    pairs: int
    errors_a: int
    errors_b: int
    left_out: int  # questions in both runs with an error in either
    only_a: int
    only_b: int
    metrics: tuple[MetricChange, ...]
    flips: tuple[Flip, ...]  # those that got worse first
    manifests: Mapping[str, tuple[object, object]]  # what differs
    same_scores: bool
    same_answers: bool
    reach: str  # what a set of this size can tell
    floors: bool  # the floors of the project's set were applied to B
    failures: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Return it as one JSON object."""
        return asdict(self)

    def check(self) -> None:
        """Raise where a gate failed.

        Raises:
            GateFailedError: B is worse than A by more than a gate tolerates, or below a floor.

        """
        if self.failures:
            msg = "; ".join(self.failures)
            raise GateFailedError(f"{msg}: look at the questions that flipped, all of them with --json")


@dataclass(frozen=True, slots=True)
class _Run:
    folder: Path
    manifest: dict[str, object]
    rows: dict[str, Row]  # by id, in the order of the file

    @property
    def errors(self) -> int:
        return sum(row.status == "error" for row in self.rows.values())


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
    return None


def _read(folder: Path) -> _Run:
    for name in (MANIFEST, ROWS):
        if not (folder / name).is_file():
            msg = f"{folder} holds no {name}, and a run has one; give the --out folder of a `yiju eval run`"
            raise BadInputError(msg)
    manifest = read_manifest(folder)
    rows: dict[str, Row] = {}
    for number, row in enumerate(read_rows(folder), start=1):
        problem = _problem(row)
        if row.question.id in rows:
            problem = f"the question {row.question.id} was there before, but has one row"
        if problem is not None:
            msg = f"{folder / ROWS}:{number}: {problem}; remove the line and run again with --resume"
            raise BadInputError(msg)
        rows[row.question.id] = row
    return _Run(folder, manifest, rows)


def _question_set(run: _Run) -> dict[str, object]:
    """Return the identity of the set that was run: the hash of its bytes, and the options of a loader's set."""
    recorded = run.manifest.get("question_set")
    if not isinstance(recorded, Mapping) or not isinstance(recorded.get("sha256"), str):
        msg = f"{run.folder / MANIFEST} does not say which question set was run; run it again with this version"
        raise BadInputError(msg)
    return {name: value for name, value in recorded.items() if name != "path"}


def _pairs(a: _Run, b: _Run) -> list[tuple[Row, Row]]:
    """Return the rows of questions that both runs answered, in the order of the first.

    Raises:
        BadInputError: the runs are of different question sets, or have no such question.

    """
    if _question_set(a) != _question_set(b):
        msg = f"{a.folder} and {b.folder} are runs of different question sets, and pairs need one; run one set twice"
        raise BadInputError(msg)
    common = [name for name in a.rows if name in b.rows]
    pairs = [(a.rows[name], b.rows[name]) for name in common]
    answered = [(left, right) for left, right in pairs if left.status == right.status == "ok"]
    if not answered:
        why = "all of them came to an error in one run" if common else "they have none in common"
        msg = f"{a.folder} and {b.folder} have no questions to pair ({why}); run more questions with --resume"
        raise BadInputError(msg)
    return answered


@dataclass(frozen=True, slots=True)
class _Scored:
    """The scores of one metric, paired."""

    metric: Metric
    before: list[float]
    after: list[float]
    clusters: list[Hashable]

    def change(self, *, gated: bool, resamples: int) -> MetricChange:
        """Return what became of the metric, its p not yet adjusted.

        A yes/no metric has McNemar's exact p, which takes questions as independent. Where some share their articles
        and the bootstrap over articles finds more room for chance, its p stands.
        """
        drawn = stats.paired_difference(self.before, self.after, self.clusters, resamples=resamples)
        counts = stats.win_tie_loss(self.before, self.after, lower_is_better=self.metric.better == "lower")
        exact = stats.mcnemar(counts.loss, counts.win)
        shared = len(set(self.clusters)) < len(self.clusters)
        by_question = {*self.before, *self.after} <= {0.0, 1.0} and not (shared and drawn.p > exact)
        p = exact if by_question else drawn.p
        return MetricChange(
            name=self.metric.name,
            better=self.metric.better,
            gated=gated,
            n=len(self.before),
            mean_a=math.fsum(self.before) / len(self.before),
            mean_b=math.fsum(self.after) / len(self.after),
            difference=drawn.mean,
            interval=drawn.interval,
            test="mcnemar" if by_question else "bootstrap",
            p=p,
            p_holm=p,
            counts=counts,
        )


def _scored(pairs: Sequence[tuple[Row, Row]]) -> Iterator[_Scored]:
    """Yield the metrics that have a score in both runs for some question."""
    for metric in METRICS:
        found = [
            (float(before), float(after), left)
            for left, right in pairs
            if (before := left.metrics.get(metric.name)) is not None
            and (after := right.metrics.get(metric.name)) is not None
        ]
        if found:
            clusters = stats.article_clusters([row.question for _, _, row in found])
            yield _Scored(metric, [before for before, _, _ in found], [after for _, after, _ in found], clusters)


def _adjusted(changes: Sequence[MetricChange]) -> tuple[MetricChange, ...]:
    """Return the changes with their p-values adjusted, the gated ones apart from the others."""
    adjusted: dict[str, float] = {}
    for gated in (True, False):
        family = [change for change in changes if change.gated is gated]
        values = stats.holm([change.p for change in family])
        adjusted |= {change.name: value for change, value in zip(family, values, strict=True)}
    return tuple(replace(change, p_holm=adjusted[change.name]) for change in changes)


def _answer(row: Row) -> str:
    return str(row.prediction.get("answer") or "") if row.prediction is not None else ""


def _flips(pairs: Sequence[tuple[Row, Row]]) -> list[Flip]:
    lower = {metric.name for metric in METRICS if metric.better == "lower"}
    flips: list[Flip] = []
    for left, right in pairs:
        worse: list[str] = []
        better: list[str] = []
        for gate in GATES:
            scores = left.metrics.get(gate.metric), right.metrics.get(gate.metric)
            if scores in ((0, 1), (1, 0)):
                (better if (scores == (0, 1)) != (gate.metric in lower) else worse).append(gate.metric)
        if worse or better:
            question = left.question
            flips.append(
                Flip(question.id, question.question, _answer(left), _answer(right), tuple(worse), tuple(better))
            )
    return sorted(flips, key=lambda flip: not flip.worse)


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


def _failure(change: MetricChange, gate: Gate) -> str:
    went = "fell" if change.difference < 0 else "rose"
    return (
        f"{change.name} {went} from {change.mean_a * 100:.1f} % to {change.mean_b * 100:.1f} % "
        f"({change.difference * 100:+.1f} points, 95 % interval {change.interval.low * 100:+.1f} to "
        f"{change.interval.high * 100:+.1f}, Holm p {shown_p(change.p_holm)}, n = {change.n}) "
        f"beyond a tolerance of {gate.tolerance * 100:.1f}"
    )


def _points(difference: float) -> str:
    """Return a difference of shares in points, with its sign where it has one."""
    tenths = round(difference * 1000)
    return f"{tenths / 10:+.1f}" if tenths else "0.0"


def shown_p(p: float) -> str:
    """Return a p-value as people read it."""
    return "< 0.0001" if p < 0.0001 else f"{p:.4f}"


def compare(folder_a: Path, folder_b: Path, *, resamples: int = stats.RESAMPLES) -> Comparison:
    """Return the comparison of two runs; questions with an error in either are left out, and counted.

    Raises:
        BadInputError: a folder holds no run or a damaged one, or the two share no question set or no question.

    """
    a, b = _read(folder_a), _read(folder_b)
    pairs = _pairs(a, b)
    gates = {gate.metric: gate for gate in GATES}
    scored = list(_scored(pairs))
    changes = _adjusted([found.change(gated=found.metric.name in gates, resamples=resamples) for found in scored])
    gated = [change for change in changes if change.gated]
    failures = [_failure(change, gates[change.name]) for change in gated if change.fails(gates[change.name])]
    floors = floors_apply(b.manifest, list(b.rows.values()))
    if floors:
        failures.extend(floor_failures(list(b.rows.values())))
    return Comparison(
        pairs=len(pairs),
        errors_a=a.errors,
        errors_b=b.errors,
        left_out=sum(name in b.rows for name in a.rows) - len(pairs),
        only_a=sum(name not in b.rows for name in a.rows),
        only_b=sum(name not in a.rows for name in b.rows),
        metrics=changes,
        flips=tuple(_flips(pairs)),
        manifests=manifest_changes(a.manifest, b.manifest),
        same_scores=all(left.metrics == right.metrics for left, right in pairs),
        same_answers=all(_answer(left) == _answer(right) for left, right in pairs),
        reach=_reach(scored, len(gated)),
        floors=floors,
        failures=tuple(failures),
    )


def _reach(scored: Sequence[_Scored], family: int) -> str:
    """Return the sentence about the first gated metric there is, as one of the family."""
    by_name = {found.metric.name: found for found in scored}
    for gate in GATES:
        if (found := by_name.get(gate.metric)) is not None:
            reach = stats.reach(found.before, found.after, found.clusters, family=family)
            return stats.reach_sentence(reach, gate.metric)
    return "No gated metric applies to these questions, so that nothing can be told from them."


def _table(changes: Sequence[MetricChange]) -> Iterator[str]:
    head = ("metric", "n", "A", "B", "B - A", "95 % interval", "p", "Holm p", "win/tie/loss")
    cells = [head]
    cells += [
        (
            change.name + ("*" if change.gated else "") + (" (lower is better)" if change.better == "lower" else ""),
            str(change.n),
            f"{change.mean_a * 100:.1f}",
            f"{change.mean_b * 100:.1f}",
            _points(change.difference),
            f"{_points(change.interval.low)} to {_points(change.interval.high)}",
            shown_p(change.p),
            shown_p(change.p_holm),
            f"{change.counts.win}/{change.counts.tie}/{change.counts.loss}",
        )
        for change in changes
    ]
    widths = [max(len(row[place]) for row in cells) for place in range(len(head))]
    for name, *rest in cells:
        yield "  ".join([name.ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(rest, widths[1:], strict=True))])


def _shortened(text: str, longest: int = 120) -> str:
    line = one_line(text)
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _flip_lines(flips: Sequence[Flip], shown: int) -> Iterator[str]:
    yield f"flipped: {len(flips)} questions, {sum(bool(flip.worse) for flip in flips)} of them for the worse"
    for flip in flips[:shown]:
        went = [f"worse: {', '.join(flip.worse)}"] if flip.worse else []
        went += [f"better: {', '.join(flip.better)}"] if flip.better else []
        yield f"  {flip.id}  {_shortened(flip.question)}  ({'; '.join(went)})"
        yield f"    A: {_shortened(flip.answer_a)}"
        yield f"    B: {_shortened(flip.answer_b)}"
    if len(flips) > shown:
        yield f"  … and {len(flips) - shown} more (--json shows all)"


def report_lines(found: Comparison, flips_shown: int = 20) -> Iterator[str]:
    """Yield the comparison as lines for people."""
    yield f"{found.pairs} questions paired"
    if found.errors_a or found.errors_b:
        yield (
            f"errors: {found.errors_a} in A, {found.errors_b} in B; {found.left_out} questions are left out of all "
            "figures, which are too good for a run that fails on hard ones"
        )
    if found.only_a or found.only_b:
        yield f"not in both runs, so left out: {found.only_a} only in A, {found.only_b} only in B"
    yield from _table(found.metrics)
    yield "* gated. In per cent; B - A in points. A win is B's. Questions of one article count together."
    if found.same_scores:
        answers = "the answers are the same, too" if found.same_answers else "some answers are worded differently"
        yield f"No difference: every score of every question is the same in both runs; {answers}."
    else:
        yield from _flip_lines(found.flips, flips_shown)
    for name, (left, right) in found.manifests.items():
        yield f"differs: {name}: {left} -> {right}"
    if not found.manifests:
        yield "the manifests do not differ in models, settings or code"
    yield found.reach
    if found.floors:
        yield "B is a whole run of the project's set, so the floors of eval/floors.json were applied"
