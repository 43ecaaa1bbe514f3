"""Writes `docs/benchmarks.md` from the summaries of finished runs: no figure of ours is typed by hand."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from eval.baselines import ALWAYS_DECLINE, BASELINES
from eval.benchmarks import published
from eval.benchmarks.published import Table
from eval.benchmarks.rows import Row
from eval.benchmarks.running import finished, read_json
from eval.benchmarks.sets import FITTED, UNFITTED
from eval.folder import MANIFEST
from eval.summary_types import MeanJson, SummaryJson
from models.machine import Machine

_LEAD = """\
本页是依据在公开题集上的成绩，由下面的命令生成，数字不经手填写。每一项都写明训练是否见过这些数据、不用模型的基线是多少、
95% 置信区间有多宽，以及可以重跑的命令。别人的公开数字协议各不相同，列出来只为有个大致的比照。"""
_ABOUT = """\
Figures are in per cent (reciprocal rank times 100). Brackets hold the 95 % interval: a bootstrap over articles, since
questions on one article stand or fall together. Metrics are defined in [metrics.md](metrics.md). Baselines use no
model: they answer from the same hits as the run above them. Published figures come from other protocols, told beside
them; they are for orientation, and no claim of being better or worse than another system rests on them."""
_WORDS = {
    "em": "EM",
    "f1": "F1",
    "acc": "acc",
    "acc_80": "acc@80",
    "evidence_cited": "evidence cited",
    "rejected_right": "unanswerable declined",
    "false_refusal": "answerable declined",
    "success@1": "success@1",
    "success@5": "success@5",
    "success@10": "success@10",
    "mrr@10": "MRR@10",
}


def _table(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in (header, ["---"] * len(header), *lines))


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _cell(mean: MeanJson | None, n: int | None) -> str:
    """Return a mean with its interval; with its own n where that is not the row's."""
    if mean is None or mean["mean"] is None:
        return "–"
    text = _percent(mean["mean"])
    if mean["low"] is not None and mean["high"] is not None:
        text += f" ({_percent(mean['low'])}–{_percent(mean['high'])})"
    if mean["n"] != n:
        text += f", n = {mean['n']}"
    return f"{text}, {mean['missing']} missing" if mean["missing"] else text


def _line(name: str, means: Mapping[str, MeanJson], metrics: Sequence[str], n: int | None = None) -> list[str]:
    found = [means.get(metric) for metric in metrics]
    if n is None:
        n = next((mean["n"] for mean in found if mean is not None and mean["n"]), 0)
    return [name, str(n), *(_cell(mean, n) for mean in found)]


def _parts(row: Row, summary: SummaryJson) -> list[list[str]]:
    """Return lines for the questions on which nothing was fitted, where some of the set's were."""
    if FITTED not in summary["tags"] or UNFITTED not in summary["tags"]:
        return []
    part = summary["tags"][UNFITTED]
    return [_line("Yiju, where nothing was fitted", part["metrics"], row.metrics)]


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _scores(row: Row, summary: SummaryJson) -> str:
    lines = [_line("**Yiju**", summary["metrics"], row.metrics), *_parts(row, summary)]
    for name in BASELINES:
        if name == ALWAYS_DECLINE and "rejected_right" not in row.metrics:
            continue
        means = summary["baselines"].get(name, {})
        if any((mean := means.get(metric)) is not None and mean["mean"] is not None for metric in row.metrics):
            lines.append(_line(f"baseline: {_spoken(name)}", means, row.metrics))
    return _table(["system", "n", *(_WORDS.get(metric, metric) for metric in row.metrics)], lines)


def _refusal(row: Row, summary: SummaryJson) -> list[str]:
    refusal = summary["refusal"]
    if "rejected_right" not in row.metrics or refusal["caught_at_5"] is None:
        return []
    auroc = "–" if refusal["auroc"] is None else f"{refusal['auroc']:.3f}"
    balanced = "–" if refusal["balanced_accuracy"] is None else _percent(refusal["balanced_accuracy"])
    caught = (
        f"Where 5 % of the answerable questions are declined, **{_percent(refusal['caught_at_5'])} %** of the others"
    )
    return [f"{caught} are. AUROC of the confidence {auroc}; balanced accuracy as shipped {balanced}."]


def _speed(summary: SummaryJson) -> str:
    total, errors = summary["latency_ms"].get("total"), f"Errors: {summary['errors']}."
    if total is None:
        return errors
    return f"{errors} A question took {total['p50']:.0f} ms (median; 95 % within {total['p95']:.0f} ms)."


def _published(table: Table) -> list[str]:
    return ["Published figures, for orientation. " + table.differs, _table(table.header, table.lines)]


def _commands(lines: Sequence[str]) -> str:
    return "\n".join(["```", *lines, "```"])


def _seen(row: Row, sources: Mapping[str, bool | None]) -> str:
    others = [name for name in row.data if sources.get(name) is False]
    doubt = f" **Not the file that the model cards name, so that this is in doubt: {', '.join(others)}.**"
    return f"Training: {row.seen}{doubt if others else ''}"


def _made(manifest: Mapping[str, object] | None, key: str, name: str) -> object:
    part = (manifest or {}).get(key)
    return part.get(name) if isinstance(part, Mapping) else None


def _section(row: Row, work: Path, limit: int | None, sources: Mapping[str, bool | None]) -> list[str]:
    folder = row.run_folder(work, limit)
    summary, manifest = finished(folder), read_json(folder / MANIFEST)
    parts = [f"## {row.title}", row.protocol, _seen(row, sources)]
    if summary is None:
        parts.append("**Not run yet.**")
    else:
        day, commit = summary.get("finished", "")[:10], str(_made(manifest, "code", "commit") or "unknown")[:12]
        changed = " with changes" if _made(manifest, "code", "dirty") else ""
        parts += [_scores(row, summary), *_refusal(row, summary)]
        parts.append(f"{_speed(summary)} Run on {day}, commit {commit}{changed}. {summary['reach']}")
    parts.append(_commands(row.commands(work, limit)))
    return [*parts, *(_published(row.compared) if row.compared else [])]


def _overview(rows: Sequence[Row], work: Path, limit: int | None) -> str:
    lines = []
    for row in rows:
        summary = finished(row.run_folder(work, limit))
        shown = row.metrics[:2]
        cells = _line(row.title, summary["metrics"], shown)[1:] if summary else ["–", "not run", "–"]
        caught = summary["refusal"]["caught_at_5"] if summary and row.metrics[0] == "rejected_right" else None
        told = [] if caught is None else [f"caught where 5 % of answerable are declined: {_percent(caught)}"]
        figures = "; ".join(
            told + [f"{_WORDS.get(name, name)} {cell}" for name, cell in zip(shown, cells[1:], strict=True)]
        )
        lines.append([row.title, "no" if row.held_out else "**yes**", cells[0], figures])
    return _table(["set", "trained on", "n", "figures"], lines)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "unknown processor"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown processor"
    )


def _conditions(rows: Sequence[Row], work: Path, limit: int | None, command: str) -> str:
    """Return what the runs were made with; what differs between them shows as several values."""
    models: dict[str, dict[str, None]] = {}
    facts: dict[str, dict[str, None]] = {"date": {}, "commit": {}, "platform": {}, "versions": {}}
    for row in rows:
        folder = row.run_folder(work, limit)
        summary, manifest = finished(folder), read_json(folder / MANIFEST)
        if summary is None or manifest is None:
            continue
        for role, name in dict(_mapping(manifest.get("models"))).items():
            models.setdefault(str(role), {})[f"`{name}`"] = None
        facts["date"][summary.get("finished", "unknown")[:10]] = None
        changed = " with changes" if _made(manifest, "code", "dirty") else ""
        facts["commit"][f"{_made(manifest, 'code', 'commit') or 'unknown'}{changed}"] = None
        facts["platform"][str(_made(manifest, "host", "platform") or "unknown")] = None
        versions = _mapping(manifest.get("versions"))
        wanted = ("python", "numpy", "llama-cpp-python", "faiss-cpu", "sentence-transformers")
        facts["versions"][", ".join(f"{name} {versions[name]}" for name in wanted if versions.get(name))] = None
    machine = Machine()
    lines = [
        ["made by", f"`{command}`"],
        *([name, ", ".join(values) or "–"] for name, values in facts.items()),
        ["processor of this page's machine", f"{_processor()}, {machine.usable_cores()} cores"],
        *([f"model: {role}", ", ".join(names)] for role, names in models.items()),
    ]
    if limit is not None:
        lines.append(["**smoke run**", f"a stratified {limit} questions of each set: no figures to quote"])
    return _table(["", ""], lines)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _elsewhere() -> list[str]:
    return [
        "## RGB, for those who have its files",
        "Not run here: the data is CC BY-NC-SA 4.0 and not part of this project. With the files at hand:",
        _commands(published.RGB_COMMANDS),
        *_published(published.RGB),
        "## CRUD-RAG, for those who have its files",
        "Not run here: the repository has no licence file, its data is no part of this. With the files at hand:",
        _commands(published.CRUD_COMMANDS),
        *_published(published.CRUD),
    ]


def document(
    rows: Sequence[Row],
    work: Path,
    *,
    limit: int | None,
    command: str,
    sources: Mapping[str, bool | None],
) -> str:
    """Return the page about all rows; those without a finished run say so.

    `sources` says of each source of data whether its file is the one that the model cards name (None: they name none).
    """
    baselines = "\n".join(f"- {_spoken(name)}: {what}" for name, what in BASELINES.items())
    sets = (
        f"The question sets and articles lie in `{work / 'sets'}` once the command below has run: none is part of the"
    )
    about = f"{_ABOUT}\n\nBaselines:\n\n{baselines}\n\n{sets} project."
    parts = ["# Benchmarks", _LEAD, about, _conditions(rows, work, limit, command), _overview(rows, work, limit)]
    for row in rows:
        parts += _section(row, work, limit, sources)
    return "\n\n".join([*parts, *_elsewhere()]) + "\n"
