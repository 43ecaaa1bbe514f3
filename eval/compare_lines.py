"""A comparison of two runs as lines for people."""

from collections.abc import Iterator, Sequence

from eval.comparison import Comparison, Flip, MetricChange, shown_p
from models.errors import one_line


def _points(difference: float) -> str:
    """Return a difference of shares in points, with its sign where it has one."""
    tenths = round(difference * 1000)
    return f"{tenths / 10:+.1f}" if tenths else "0.0"


def _table(changes: Sequence[MetricChange]) -> Iterator[str]:
    head = ("metric", "n", "A", "B", "B - A", "95 % interval", "p", "adjusted p", "win/tie/loss")
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
            shown_p(change.p_adjusted),
            f"{change.counts.win}/{change.counts.tie}/{change.counts.loss}",
        )
        for change in changes
    ]
    widths = [max(len(row[place]) for row in cells) for place in range(len(head))]
    for name, *rest in cells:
        yield "  ".join([name.ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(rest, widths[1:], strict=True))])


def _metric_lines(changes: Sequence[MetricChange]) -> Iterator[str]:
    """Yield the gated metrics and those that moved as a table, the names of the others in one line."""
    yield from _table([change for change in changes if change.gated or change.moved])
    if still := [change.name for change in changes if not (change.gated or change.moved)]:
        yield f"the same in every question: {', '.join(still)}"
    yield (
        "* gated: p is one-sided, that B is worse; of the others it is two-sided. Adjusted over all gated metrics, or "
        "over all others. In per cent; B - A in points. A win is B's. Questions of one article count together."
    )


def _shortened(text: str, longest: int = 120) -> str:
    line = one_line(text)
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _flip_lines(found: Comparison, shown: int) -> Iterator[str]:
    flips = found.flips
    lost, won = sum(flip.lost for flip in flips), sum(flip.won for flip in flips)
    yield f"flipped: {len(flips)} questions, {lost} of them from right to wrong, {won} from wrong to right"
    if found.lost:
        stages = ", ".join(f"{number} {verdict.value}" for verdict, number in found.lost.items())
        yield f"  what went wrong in B with those that were right in A: {stages}"
    for flip in flips[:shown]:
        yield f"  {flip.id}  {_shortened(flip.question)}  ({'; '.join(_went(flip))})"
        yield f"    A: {_shortened(flip.answer_a)}"
        yield f"    B: {_shortened(flip.answer_b)}"
    if len(flips) > shown:
        yield f"  … and {len(flips) - shown} more (--json shows all)"


def _went(flip: Flip) -> Iterator[str]:
    if flip.verdict_a is not flip.verdict_b:
        yield f"{flip.verdict_a.value} -> {flip.verdict_b.value}"
    for side, names in (("worse", flip.worse), ("better", flip.better)):
        if names:
            yield f"{side}: {', '.join(names)}"


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
    for side, names in found.unscored.items():
        yield f"run {side.upper()} was scored before there was {', '.join(names)}: score it again to compare these, too"
    yield from _metric_lines(found.metrics)
    if found.same_scores:
        answers = "the answers are the same, too" if found.same_answers else "some answers are worded differently"
        yield f"No difference: every score of every question is the same in both runs; {answers}."
    else:
        yield from _flip_lines(found, flips_shown)
    for name, (left, right) in found.manifests.items():
        yield f"differs: {name}: {left} -> {right}"
    if not found.manifests:
        yield "the manifests do not differ in models, settings or code"
    yield found.reach
    if found.floors:
        yield "B is a whole run of the project's set, so the floors of eval/floors.json were applied"
