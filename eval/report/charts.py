"""Charts as SVG, drawn to be read: shares run from 0 to 100 %, numbers of questions are written beside them."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from eval.report import strings as words
from eval.report.drawing import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Figure,
    across,
    axes,
    drawn,
    legend,
    line,
    mark,
    share_axis,
    table,
    text,
    upwards,
)
from eval.report.figures import duration, interval, percent
from eval.report.markup import Both, Child, Html, element, joined
from eval.summary_types import CalibrationBin, HistogramBar, MeanJson, RefusalPoint, SummaryJson


def retrieval(metrics: Mapping[str, MeanJson]) -> Figure | None:
    """Return how much the first k hits hold, for the families that have figures at several k."""
    families: dict[str, dict[int, MeanJson]] = {}
    for family in words.RETRIEVAL_SERIES:
        for name, mean in metrics.items():
            head, _, k = name.partition("@")
            if head == family and k.isdigit() and mean["mean"] is not None:
                families.setdefault(family, {})[int(k)] = mean
    families = {family: means for family, means in families.items() if len(means) > 1}
    cutoffs = sorted({k for means in families.values() for k in means})
    if not cutoffs:
        return None
    places = {k: across((place + 0.5) / len(cutoffs)) for place, k in enumerate(cutoffs)}
    parts = [share_axis()]
    parts += [text(f"k = {k}", x, HEIGHT - BOTTOM + 18, "tick middle") for k, x in places.items()]
    for series, means in enumerate(families.values()):
        aside = (series - (len(families) - 1) / 2) * 7  # so that intervals stand beside each other
        points = [(places[k] + aside, means[k]) for k in sorted(means)]
        path = " ".join(f"{x:.1f},{upwards(mean['mean'] or 0):.1f}" for x, mean in points)
        parts.append(element("polyline", points=path, class_=f"curve s{series}"))
        for x, mean in points:
            if mean["low"] is not None and mean["high"] is not None:
                parts.append(line(x, upwards(mean["low"]), x, upwards(mean["high"]), f"whisker s{series}"))
            parts.append(mark(series, x, upwards(mean["mean"] or 0)))
    names = [words.RETRIEVAL_SERIES[family] for family in families]
    numbers = {mean["n"] for means in families.values() for mean in means.values()}
    n = str(min(numbers)) if len(numbers) == 1 else f"{min(numbers)}–{max(numbers)}"
    rows: list[list[Child]] = [
        [
            f"{family}@{k}",
            percent(mean["mean"]),
            interval(mean),
            mean["n"],
        ]
        for family, means in families.items()
        for k, mean in sorted(means.items())
    ]
    said = "; ".join(f"{row[0]} {row[1]}" for row in rows)
    return Figure(
        words.RETRIEVAL,
        [words.RETRIEVAL_ABOUT.filled(n=n)],
        drawn(words.RETRIEVAL, Both(said, said), *parts),
        legend(names),
        table([words.METRIC, "", words.INTERVAL, words.COUNT], rows),
    )


def _curve(points: Sequence[tuple[float, float]], series: int) -> Html:
    """Return a line with a few signs on it, and what it comes to at its right end."""
    path = " ".join(f"{across(x):.1f},{upwards(y):.1f}" for x, y in points)
    signs = [mark(series, across(x), upwards(y)) for x, y in points[:: max(1, len(points) // 6)]]
    return joined([element("polyline", points=path, class_=f"curve s{series}"), *signs])


def refusal(summary: SummaryJson) -> Figure | None:
    """Return what declining below each confidence would do."""
    told = summary["refusal"]
    curve: Sequence[RefusalPoint] = told["curve"]
    if len(curve) < 2:
        return None
    good = [(point["threshold"], point["unanswerable_declined"]) for point in curve]
    bad = [(point["threshold"], point["answerable_declined"]) for point in curve]
    about: list[Child] = [
        words.REFUSAL_ABOUT.filled(
            answerable=told["false_on_answerable"]["n"], unanswerable=told["on_unanswerable"]["n"]
        )
    ]
    if told["auroc"] is not None:
        about.append(words.AUROC.filled(value=f"{told['auroc']:.2f}"))
    if told["caught_at_5"] is not None:
        about.append(words.CAUGHT.filled(value=percent(told["caught_at_5"])))
    step = max(1, (len(curve) - 1) // 10)
    rows: list[list[Child]] = [
        [percent(p["threshold"]), percent(p["unanswerable_declined"]), percent(p["answerable_declined"])]
        for p in curve[::step]
    ]
    return Figure(
        words.REFUSAL,
        about,
        drawn(words.REFUSAL, words.THRESHOLD, *axes(words.THRESHOLD), _curve(bad, 0), _curve(good, 1)),
        legend([words.DECLINED_WRONG, words.DECLINED_RIGHT]),
        table([words.THRESHOLD, words.DECLINED_RIGHT, words.DECLINED_WRONG], rows),
    )


def calibration(summary: SummaryJson) -> Figure | None:
    """Return whether the confidence means what it says."""
    told = summary["calibration"]
    bins: Sequence[CalibrationBin] = told["bins"]
    if not bins:
        return None
    largest = max(one["n"] for one in bins)
    parts = [*axes(words.SAID), line(across(0), upwards(0), across(1), upwards(1), "diagonal")]
    for one in bins:
        x, y = across(one["said"]), upwards(one["right"])
        radius = 3 + 9 * (one["n"] / largest) ** 0.5
        parts += [
            line(x, upwards(one["said"]), x, y, "whisker s0"),
            element("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=f"{radius:.1f}", class_="bubble s0"),
        ]
        # Away from the diagonal where there is room.
        below = y + radius + 12
        under = one["right"] < one["said"] and below <= HEIGHT - BOTTOM - 2
        parts.append(text(str(one["n"]), x, below if under else y - radius - 4, "tick middle strong"))
    about: list[Child] = [words.CALIBRATION_ABOUT.filled(n=told["n"])]
    if told["ece"] is not None:
        about.append(words.ECE.filled(value=percent(told["ece"])))
    if told["brier"] is not None:
        about.append(words.BRIER.filled(value=f"{told['brier']:.3f}"))
    rows: list[list[Child]] = [
        [f"{one['low']:.0%}–{one['high']:.0%}", percent(one["said"]), percent(one["right"]), one["n"]] for one in bins
    ]
    said = "; ".join(f"{row[1]} → {row[2]} (n = {row[3]})" for row in rows)
    return Figure(
        words.CALIBRATION,
        about,
        drawn(words.CALIBRATION, Both(said, said), *parts),
        element("p", Both("纵轴：实际答对的比例", "upwards: the share that was right"), class_="legend soft"),
        table([words.SAID, words.SAID, words.RIGHT, words.COUNT], rows),
    )


def _bars(bars: Sequence[HistogramBar]) -> list[Html]:
    most = max(bar["n"] for bar in bars)
    width = (WIDTH - LEFT - RIGHT) / len(bars)
    parts = [line(LEFT, upwards(0), WIDTH - RIGHT, upwards(0), "axis")]
    for place, bar in enumerate(bars):
        top, left = upwards(bar["n"] / most * 0.9), LEFT + place * width
        if bar["n"]:
            parts.append(
                element(
                    "rect", x=f"{left + 1:.1f}", y=f"{top:.1f}", width=f"{max(1, width - 2):.1f}",
                    height=f"{upwards(0) - top:.1f}", class_="bar s1",
                )
            )  # fmt: skip
        if bar["n"] and (width >= 22 or bar["n"] == most):
            parts.append(text(str(bar["n"]), left + width / 2, top - 4, "tick middle"))
    return parts


def latency(summary: SummaryJson) -> Figure | None:
    """Return how long questions took, and each stage."""
    bars: Sequence[HistogramBar] = summary["latency_histogram"]
    stages = summary["latency_ms"]
    total = stages.get("total")
    if not bars or not any(bar["n"] for bar in bars) or total is None:
        return None
    parts = _bars(bars)
    edges = [bar["low"] for bar in bars] + [bars[-1]["high"]]
    width = (WIDTH - LEFT - RIGHT) / len(bars)
    step = max(1, -(-len(bars) // 5))
    parts += [
        text(duration(edges[place]), LEFT + place * width, HEIGHT - BOTTOM + 16, "tick middle")
        for place in range(0, len(edges), step)
    ]
    for name in ("p50", "p95"):
        value = total["p50"] if name == "p50" else total["p95"]
        x = _place(value, edges, width)
        parts += [line(x, TOP, x, upwards(0), "rule"), text(name, x + 4, TOP + 8, "tick strong")]
    order = sorted(stages, key=lambda stage: (stage == "total", -stages[stage]["p50"]))
    rows: list[list[Child]] = [
        [
            words.STAGES.get(stage, Both(stage, stage)),
            duration(stages[stage]["p50"]),
            duration(stages[stage]["p95"]),
            duration(stages[stage]["max"]),
            stages[stage]["n"],
        ]
        for stage in order
    ]
    p50, p95 = duration(total["p50"]), duration(total["p95"])
    about = Both(
        words.LATENCY_ABOUT.zh.format(p50=p50.zh, p95=p95.zh, n=total["n"]),
        words.LATENCY_ABOUT.en.format(p50=p50.en, p95=p95.en, n=total["n"]),
    )
    return Figure(
        words.LATENCY,
        [about],
        drawn(words.LATENCY, about, *parts),
        _stages_line([row for row, stage in zip(rows, order, strict=True) if stages[stage]["p50"] >= 1]),
        table([words.STAGE, "p50", "p95", "max", words.COUNT], rows),
    )


def _stages_line(rows: Sequence[Sequence[Child]]) -> Html:
    """Return the median of the stages that took longest."""
    longest = [element("li", row[0], " ", row[1]) for row in rows[:3]]
    return element("ul", element("li", "p50"), *longest, class_="legend soft")


def _place(value: float, edges: Sequence[float], width: float) -> float:
    """Return where a time lies among bars that are equally wide whatever they span."""
    for place, (low, high) in enumerate(pairwise(edges)):
        if value <= high and high > low:
            return LEFT + (place + min(1.0, max(0.0, (value - low) / (high - low)))) * width
    return WIDTH - RIGHT


def strip(mean: MeanJson, others: Sequence[float | None]) -> Html:
    """Return one figure on a line from 0 to 100 % with its interval, and those of others as hollow signs."""
    left, right, middle = 34, WIDTH - 44, 15.0

    def place(share: float) -> float:
        return left + share * (right - left)

    parts = [line(left, middle, right, middle, "axis"), text("0%", left - 10, middle + 4, "tick end")]
    parts.append(text("100%", right + 10, middle + 4, "tick"))
    parts += [line(place(tick), middle - 3, place(tick), middle + 3, "axis") for tick in (0, 0.25, 0.5, 0.75, 1)]
    if mean["low"] is not None and mean["high"] is not None:
        low, high = place(mean["low"]), place(mean["high"])
        parts.append(
            element("rect", x=f"{low:.1f}", y="11", width=f"{max(2, high - low):.1f}", height="8", class_="span")
        )
    for series, share in enumerate(others, start=1):
        if share is not None:
            parts.append(element("g", mark(series, place(share), middle), class_="other"))
    if mean["mean"] is not None:
        parts.append(element("circle", cx=f"{place(mean['mean']):.1f}", cy=f"{middle}", r="6", class_="ours"))
    return element("svg", *parts, viewBox=f"0 0 {WIDTH} 30", class_="strip", aria_hidden="true")
