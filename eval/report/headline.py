"""The beginning of the report: what was run, what is missing, and the headline figures beside their baselines."""

from collections.abc import Mapping
from pathlib import Path

from eval.outputs import Run
from eval.report import charts, drawing
from eval.report import strings as words
from eval.report.figures import interval, percent
from eval.report.markup import Both, Child, Html, element, joined, section
from eval.summary_types import MeanJson, SummaryJson


def set_name(run: Run) -> str:
    """Return what the question set is called: its file's name, led by its folder's where that tells more."""
    recorded = run.manifest.get("question_set")
    path = str(recorded.get("path", "")) if isinstance(recorded, Mapping) else ""
    parts = Path(path).parts
    return "/".join(parts[-2:]) if len(parts) > 1 and parts[-1].startswith("questions.") else Path(path).name


def _known(mean: MeanJson | None) -> bool:
    """Tell whether a metric applies to some row."""
    return mean is not None and mean["mean"] is not None


def _lead(summary: SummaryJson) -> Html:
    """Return the result in words."""
    metrics = summary["metrics"]
    rows = summary["rows"]
    sentences = [words.ASKED_ONE if rows == 1 else words.ASKED.filled(n=rows)]
    beside = summary["baselines"].get("best_sentence", {}).get("acc")
    told = Both("", "")
    if beside is not None and _known(beside):
        told = words.LEAD_BESIDE.filled(value=percent(beside["mean"]))
    for name, sentence in (
        ("acc", words.LEAD_ACC),
        ("rejected_right", words.LEAD_REJECTED),
        ("false_refusal", words.LEAD_FALSE),
        ("citations_valid", words.LEAD_CITED),
    ):
        mean = metrics.get(name)
        if mean is not None and _known(mean):
            values = {"n": mean["n"], "value": percent(mean["mean"]), "interval": interval(mean)}
            sentences.append(
                Both(sentence.zh.format(**values, beside=told.zh), sentence.en.format(**values, beside=told.en))
            )
    lead = Both("".join(one.zh for one in sentences), " ".join(one.en for one in sentences))
    return element("p", lead, class_="lead")


def masthead(run: Run, summary: SummaryJson) -> Html:
    """Return the seal, the title, the set's name and what was run."""
    top = element(
        "header",
        element("p", "依据", class_="seal", lang="zh-CN"),
        element("p", words.TITLE, class_="kind"),
        element("button", words.LANGUAGE, type="button", id="language", hidden=True),
        class_="masthead",
    )
    modes = [words.MODES.get(mode, Both(mode, mode)) for mode in summary["mode"]]
    models = sorted({name for names in summary["models"].values() for name in names})
    facts: list[Child] = [words.QUESTIONS_OF.filled(n=summary["questions"]), *modes, *models]
    facts.append(words.FINISHED.filled(when=run.finished.replace("T", " ").replace("+00:00", " UTC")))
    under = element("p", joined(facts, " · "), class_="soft")
    return joined([top, element("h1", set_name(run) or "–"), under, _alerts(summary), _lead(summary)])


def _alerts(summary: SummaryJson) -> Html:
    told: list[Html] = []
    if summary["rows"] < summary["questions"]:
        told.append(element("p", words.STOPPED.filled(rows=summary["rows"], questions=summary["questions"])))
    if summary["errors"]:
        told.append(element("p", words.ERRORS.filled(errors=summary["errors"])))
    return element("div", *told, class_="alert", role="note") if told else Html("")


def result(summary: SummaryJson) -> Html:
    """Return the headline figures, each beside its baselines, and what a set of this size can tell."""
    baselines = summary["baselines"]
    rows: list[Html] = []
    for name in words.HEADLINE_METRICS:
        mean = summary["metrics"].get(name)
        if mean is None or not _known(mean):
            continue
        others = [means.get(name) for means in baselines.values()]
        said: list[Child] = [
            element("li", words.baseline_name(baseline), " ", percent(other["mean"]))
            for baseline, other in zip(baselines, others, strict=True)
            if other is not None and _known(other)
        ]
        shares = [other["mean"] if other is not None else None for other in others]
        rows.append(
            element(
                "div",
                element(
                    "div",
                    element("h3", words.metric_name(name)),
                    element("p", words.HEADLINE_NOTES[name], class_="soft small"),
                    class_="what",
                ),
                element(
                    "div",
                    element("p", percent(mean["mean"]), class_="figure"),
                    element("p", interval(mean), " · n = ", mean["n"], class_="soft small"),
                    class_="value",
                ),
                element(
                    "div",
                    charts.strip(mean, shares),
                    element("ul", *said, class_="soft small besides") if said else None,
                    class_="beside",
                ),
                class_="headline",
            )
        )
    legend = drawing.legend([Both("", ""), *map(words.baseline_name, baselines)]) if baselines else None
    about = element("p", words.BASELINES_ABOUT if baselines else words.NO_BASELINES, class_="soft")
    reach = element("p", Both(summary["reach_zh"], summary["reach"]), class_="reach") if summary["reach"] else None
    return section("result", words.HEADLINE, about, _headline_legend(legend), element("div", *rows), reach)


def _headline_legend(legend: Html | None) -> Html | None:
    """Return the legend with this run's sign in the place of the first."""
    if legend is None:
        return None
    ours = element("circle", cx="7", cy="7", r="6", class_="ours")
    sign = element("svg", ours, viewBox="0 0 14 14", class_="sign", aria_hidden="true")
    first, rest = legend.split("</li>", 1)
    del first
    own = element("li", sign, joined([words.THIS_RUN, " · ", words.INTERVAL]))
    return Html(f'<ul class="legend others">{own}{rest}')
