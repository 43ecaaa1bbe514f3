"""The report's tables: by tag, and every metric with its definition."""

from collections.abc import Mapping, Sequence

from eval.metrics import METRICS
from eval.report import strings as words
from eval.report.figures import NONE, percent, rough
from eval.report.markup import Both, Child, Html, element, joined, section
from eval.summary_types import MeanJson, SummaryJson, TagJson

_TAGS_SHOWN = 12


def _mean_cell(mean: MeanJson | None) -> Html:
    if mean is None or mean["mean"] is None:
        return element("td", NONE, class_="soft none")
    return element(
        "td",
        element("span", percent(mean["mean"]), class_="num"),
        element("span", f"{rough(mean)} · n {mean['n']}", class_="soft small under"),
    )


def tags(summary: SummaryJson) -> Html:
    """Return the headline figures by tag, the most frequent first."""
    told: Mapping[str, TagJson] = summary["tags"]
    if not told:
        return Html("")
    held: set[str] = {
        name for tag in told.values() for name, mean in tag["metrics"].items() if mean["mean"] is not None
    }
    names: list[str] = [name for name in words.HEADLINE_METRICS if name in held]
    names += sorted(held.difference(names))
    names = names[:6]
    head = element(
        "tr",
        element("th", words.TAG, scope="col"),
        element("th", words.COUNT, scope="col"),
        *(element("th", words.metric_name(name), scope="col") for name in names),
    )
    rows = [
        element(
            "tr",
            element("th", element("a", tag, href="#questions", data_tag=tag), scope="row"),
            element("td", element("span", one["n"], class_="num")),
            *(_mean_cell(one["metrics"].get(name)) for name in names),
        )
        for tag, one in told.items()
    ]
    first = _grid(head, rows[:_TAGS_SHOWN])
    more = (
        element(
            "details",
            element("summary", Both(f"其余 {len(rows) - _TAGS_SHOWN} 个标签", f"{len(rows) - _TAGS_SHOWN} more tags")),
            _grid(head, rows[_TAGS_SHOWN:]),
        )
        if len(rows) > _TAGS_SHOWN
        else None
    )
    return section("tags", words.TAGS, element("p", words.TAGS_ABOUT, class_="soft"), first, more)


def _grid(head: Html, rows: Sequence[Html]) -> Html:
    inner = element("table", element("thead", head), element("tbody", *rows), class_="wide")
    return element("div", inner, class_="scroll", tabindex="0")


def metrics(summary: SummaryJson) -> Html:
    """Return every metric with its definition, this run's mean, and the baselines'."""
    known = {metric.name: metric for metric in METRICS}
    baselines = summary["baselines"]
    head = element(
        "tr",
        element("th", words.METRIC, scope="col"),
        element("th", words.THIS_RUN, scope="col"),
        *(element("th", words.baseline_name(name), scope="col") for name in baselines),
    )
    rows: list[Html] = []
    apart: list[Html] = []
    for name in [*known, *(name for name in summary["metrics"] if name not in known)]:
        mean = summary["metrics"].get(name)
        if mean is None:
            continue
        if mean["mean"] is None and not mean["missing"]:
            apart.append(joined([words.metric_name(name), " ", element("code", name)]))
            continue
        metric = known.get(name)
        told: list[Child] = [element("span", words.metric_name(name), class_="name"), " ", element("code", name)]
        if metric is not None:
            if metric.better == "lower":
                told.append(" ↓")
            scope = joined([words.APPLIES, " ", metric.applies_to, " · ", words.SOURCE, " ", metric.source])
            told.append(element("span", metric.definition, class_="soft small under", lang="en"))
            told.append(element("span", scope, class_="soft small under"))
        if mean["missing"]:
            told.append(element("span", words.MISSING.filled(n=mean["missing"]), class_="warn small under"))
        cells = [_mean_cell(means.get(name)) for means in baselines.values()]
        rows.append(element("tr", element("th", *told, scope="row"), _mean_cell(mean), *cells))
    about = element("p", words.METRICS_ABOUT.filled(down="↓"), class_="soft")
    inner = element(
        "details",
        element("summary", Both(f"展开 {len(rows)} 项", f"show all {len(rows)}")),
        about,
        _grid(head, rows),
        element("p", words.NOT_APPLYING, joined(apart, " · "), class_="soft small apart") if apart else None,
        class_="all-metrics",
    )
    return section("metrics", words.METRICS, inner)
