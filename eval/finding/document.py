"""The tables, in Markdown: no figure is typed by hand."""

from collections.abc import Mapping, Sequence

from eval.finding.figures import FIGURES, Change, Figures
from eval.finding.measuring import Measured
from eval.finding.system import Entry

ABOUT = """\
A passage is right when its article holds evidence and its text holds a gold answer (folded, without punctuation), or
half of a sentence in which the evidence stands: one rule for all, however a system cuts its passages. A product's hit
counts for its own article and for those that it says tell the same story (`also_in`); systems that fold no reposts are
right with any of the articles that the question names.

- **success@k**: some passage among the first k is right.
- **recall@5**: the share of what is needed that a right passage among the first five covers. Most questions need one
  article (of alternatives, any), where it is success@5; a question with several evidence groups, or several judged
  articles, needs one of each.
- **MRR@10**: one over the rank of the first right passage among ten, else 0.

Figures are in per cent (reciprocal rank times 100). Differences are from the best `bm25-*` baseline at that figure,
chosen on the same questions, in points, with the 95 % interval of a bootstrap over articles and the two-sided p of the
randomisation test over articles (`eval.statistics.paired_differences`); p is not adjusted for the number of rows.
Speeds are of one process asking one question after another, five asked before; compare them within one run only.
"Resident" is the whole process with all that it imports (torch, where passages are embedded) and, of baselines and
peers, the texts. "Kept" is the index on the disk; the product's is the whole generation, articles and all."""


def _table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rows = (header, ["---"] * len(header), *lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in rows)


def _p(value: float) -> str:
    return "< .001" if value < 0.001 else f"{value:.3f}".removeprefix("0")


def _change(change: Change | None) -> str:
    if change is None:
        return "**best baseline**"
    drawn = change.difference
    low, high = drawn.interval.low * 100, drawn.interval.high * 100
    return f"{drawn.mean * 100:+.1f} ({low:+.1f} to {high:+.1f}), p {_p(drawn.p)}"


def _set(name: str, found: Mapping[str, Figures], asked: int, left_out: int) -> list[str]:
    lines = [
        [
            system,
            *(f"{figures.means[figure] * 100:.1f}" for figure in FIGURES),
            f"{figures.p50_ms:.1f}",
            f"{figures.p95_ms:.1f}",
        ]
        for system, figures in found.items()
    ]
    told = f"{asked} questions." + (f" {left_out} more name no article of this library." if left_out else "")
    parts = [f"## {name}", told, _table(["system", *FIGURES, "p50 ms", "p95 ms"], lines)]
    if not any(figures.changes for figures in found.values()):
        return [*parts, "Nothing is compared: that takes a baseline and another system."]
    shown = ("success@1", "recall@5", "mrr@10")
    lines = [[system, *(_change(figures.changes.get(figure)) for figure in shown)] for system, figures in found.items()]
    return [*parts, _table(["against the best baseline", *shown], lines)]


def _mib(size: int | None) -> str:
    return "–" if size is None else f"{size / 2**20:.0f}"


def document(
    entries: Sequence[Entry],
    measured: Mapping[str, Measured],
    found: Mapping[str, Mapping[str, Figures]],
    left_out: Mapping[str, int],
    facts: Mapping[str, str],
) -> str:
    """Return the page about every system on every set."""
    costs = [
        [
            entry.name,
            entry.about,
            "–" if (one := measured[entry.name]).build_seconds is None else f"{one.build_seconds:.0f}",
            _mib(one.bytes_kept),
            str(one.resident_mib),
        ]
        for entry in entries
    ]
    parts = ["# Finding", ABOUT, _table(["", ""], [[name, value] for name, value in facts.items()])]
    for name, figures in found.items():
        asked = len(next(iter(measured.values())).sets[name])
        parts += _set(name, figures, asked, left_out[name])
    parts += ["## Systems", _table(["system", "what it is", "build s", "kept MiB", "resident MiB"], costs)]
    return "\n\n".join(parts) + "\n"
