"""Where it went wrong, the charts, and what the run was made from."""

import shlex
from collections.abc import Mapping
from typing import cast

from eval.outputs import Run
from eval.report import charts
from eval.report import strings as words
from eval.report.figures import NONE
from eval.report.markup import Both, Child, Html, element, joined, section
from eval.summary_types import SummaryJson
from eval.verdict import Verdict

_ORDER = (
    Verdict.RIGHT,
    Verdict.NOT_SUPPORTED,
    Verdict.NOT_READ,
    Verdict.WRONGLY_DECLINED,
    Verdict.NOT_FOUND,
    Verdict.WRONGLY_ANSWERED,
    Verdict.ERROR,
    Verdict.UNJUDGED,
)


def wrong(summary: SummaryJson) -> Html:
    """Return how many questions went wrong where, as one bar and a list that leads to them."""
    counts = {verdict: summary["verdicts"].get(verdict.value, 0) for verdict in _ORDER}
    total = sum(counts.values())
    if not total:
        return Html("")
    bars, items, left = [], [], 0.0
    for verdict, count in counts.items():
        if not count:
            continue
        width = 1000 * count / total
        bars.append(
            element(
                "rect",
                x=f"{left:.2f}",
                y="0",
                width=f"{max(1.0, width - 3):.2f}",
                height="28",
                class_=f"v-{verdict.value}",
            )
        )
        left += width
        items.append(
            element(
                "li",
                element(
                    "a",
                    element("i", class_=f"v-{verdict.value}"),
                    element("b", words.VERDICTS[verdict]),
                    element("span", f"{count}", class_="count"),
                    element("span", f"{count / total:.0%}", class_="soft share"),
                    element("span", words.VERDICTS_ABOUT[verdict], class_="soft small"),
                    href="#questions",
                    data_verdict=verdict.value,
                ),
            )
        )
    said = ", ".join(f"{words.VERDICTS[verdict].en} {count}" for verdict, count in counts.items() if count)
    bar = element(
        "svg",
        element("title", f"{words.WRONG.zh} / {words.WRONG.en}"),
        element("desc", said),
        *bars,
        viewBox="0 0 1000 28",
        preserveAspectRatio="none",
        role="img",
        class_="verdicts",
    )
    about = element("p", words.WRONG_ABOUT, class_="soft scripted")
    return section("wrong", words.WRONG, about, bar, element("ul", *items, class_="verdict-list"))


def drawn(summary: SummaryJson) -> Html:
    """Return the charts."""
    figures = (
        charts.retrieval(summary["metrics"]),
        charts.refusal(summary),
        charts.calibration(summary),
        charts.latency(summary),
    )
    shown = [figure.html() for figure in figures if figure is not None]
    inner = element("div", *shown, class_="figures") if shown else element("p", words.NO_CHART, class_="soft")
    return section("charts", words.CHARTS, inner)


def _is_nothing(value: object) -> bool:
    return value in (None, "", []) or (isinstance(value, Mapping) and all(map(_is_nothing, value.values())))


def _facts(value: object) -> Child:
    """Return a value of the manifest as it is, one fact a line."""
    if isinstance(value, Mapping):
        known = {name: one for name, one in value.items() if one is not None}
        parts = [joined([element("span", f"{name} ", class_="soft"), _facts(one)]) for name, one in known.items()]
        return element("ul", *(element("li", part) for part in parts), class_="facts")
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or NONE
    return NONE if value is None else str(value)


def identity(run: Run, summary: SummaryJson) -> Html:
    """Return what the run was made from, and the command that makes it again."""
    told: dict[str, object] = {**run.manifest, "finished": run.finished}
    if (peak := summary.get("peak_memory_mib")) is not None:
        told["peak_memory_mib"] = peak
    order = [*words.IDENTITY_KEYS, *(key for key in told if key not in words.IDENTITY_KEYS)]
    shown = {key: told[key] for key in order if not _is_nothing(told.get(key))}
    rows = [
        joined([element("dt", words.IDENTITY_KEYS.get(key, Both(key, key))), element("dd", _facts(value))])
        for key, value in shown.items()
    ]
    again = joined([element("h3", words.AGAIN), element("pre", element("code", _command(run.manifest)))])
    about = element("p", words.AGAIN_ABOUT, class_="soft")
    return section("identity", words.IDENTITY, element("dl", *rows), again, about)


def _command(manifest: Mapping[str, object]) -> str:
    """Return the command of a run like this one."""
    recorded = manifest.get("command")
    if isinstance(recorded, str):
        return recorded
    if isinstance(recorded, list):
        return shlex.join(map(str, recorded))
    parts = ["yiju", "eval", "run", _in(manifest, "question_set", "path")]
    library = _in(manifest, "library", "path")
    if library:
        parts += ["--library", library]
    for option in ("limit", "smoke"):
        if count := _in(manifest, "selection", option) or (manifest.get("limit") if option == "limit" else None):
            parts += [f"--{option}", str(count)]
    if _in(manifest, "selection", "only_sha256"):
        parts += ["--only-failing", "RUN"]
    if _in(manifest, "settings", "answer_always"):
        parts.append("--answer-always")
    if writer := _in(manifest, "models", "writer"):
        parts += ["--writer", writer.rpartition(" ")[0] or writer]
    return shlex.join([*parts, "--out", "runs/again"])


def _in(manifest: Mapping[str, object], key: str, name: str) -> str:
    part = manifest.get(key)
    return str(cast("Mapping[str, object]", part).get(name) or "") if isinstance(part, Mapping) else ""
