"""Writes `docs/metrics.md` from the metrics, so that the page cannot drift from what is measured.

python -m eval.metrics_docs            write it
python -m eval.metrics_docs --check    only compare; exit code 1 where it is stale
"""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

from eval.generated import write_or_check
from eval.metrics import METRICS, Family, Metric
from eval.support import LEAST_PRECISION

PAGE = Path(__file__).resolve().parent.parent / "docs" / "metrics.md"

FAMILIES: dict[Family, str] = {
    "answer": "## Answers\n\nAn abstention scores 0 wherever an answer was wanted. *Normalised* text is folded "
    "(Traditional and Simplified, widths, case and white space are one) and without punctuation, but with decimal "
    "points, % and ‰. `acc` says nothing about length, so whoever copies everything is right: read `acc_80`.",
    "refusal": "## Refusals\n\nRead by the flag `abstained`, never by phrases. The first two are worth nothing apart "
    "from the third: a system that always declines is perfect at rejecting.",
    "citation": "## Citations\n\nThe answer is cut into sentences; a marker belongs to the sentence that it stands in "
    "or directly behind. A sentence *claims* something unless it leads in (ends in a colon), asks, or has neither "
    "content nor figures. Quotes *support* a sentence (`eval.support`) when one holds it word for word, or when they "
    "state its figures and dates, hold its names (the article's title and day of publication help with names and "
    f"dates), and have at least {LEAST_PRECISION:.0%} of its other content tokens. This judge shares the finders of "
    "figures, dates and names with the product, but not the product's checker: a system must not mark its own work. "
    "Abstentions cite nothing and have no score.",
    "faithfulness": "## Faithfulness\n\nWhat the answer says beyond what is shown with it, wherever its markers point. "
    "Supported is as above. An answer that cites nothing is supported by nothing.",
    "retrieval": "## Retrieval\n\nThe product returns 20 hits, which are passages; in fixed-passage mode there are as "
    "many as the question brings. Where a system returns fewer hits than k, its score at k is its score at what it "
    "returns: compare systems at a k that both reach. A gold article is named by id, path, file name or stem. "
    "Relevance is as judged (`qrels`), else 1 for each article with evidence. MRR and nDCG rank articles, so a system "
    "whose hits come from few articles ranks few.",
}

INTRODUCTION = """# The metrics

*Written by `python -m eval.metrics_docs` from `eval/metrics.py`; do not edit.*

Every metric is computed offline, without a model and without chance: the same rows give the same scores. A score lies
between 0 and 1; a metric that does not apply to a question has none, and is left out of its mean. Each is tried on
sentences whose scores are known before a run begins (`eval/selftest.py`); a run does not start where one fails.

What no metric here can tell:

- whether an answer is right that uses words which no gold alias foresees, or wrong although it contains one (不是43亿元
  contains 43亿元; `must_not` is no wiser);
- whether a sentence contradicts its quote in the quote's own words: a 未 left out, two roles or figures swapped;
- whether a claim that the quotes support is true, up to date, or what was asked;
- whether an answer is complete, beyond the items, nuggets and figures that the set names;
- whether it reads well. ROUGE and token F1 measure wording, not meaning.

They are for comparing runs over many questions. On a single row, read the row.
"""


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().replace("|", r"\|")


def _stem(metric: Metric) -> str:
    return metric.name.partition("@")[0]


def _rows(metrics: Sequence[Metric]) -> Iterator[str]:
    """Yield a row a metric; those that differ only in their cutoff share one, with k for it."""
    done: set[str] = set()
    for metric in metrics:
        stem = _stem(metric)
        if stem in done:
            continue
        done.add(stem)
        cuts = [str(other.cutoff) for other in metrics if _stem(other) == stem and "@" in other.name]
        name, definition = metric.name, metric.definition
        if len(cuts) > 1:
            name = f"{stem}@k"
            definition = f"{definition.replace(f'first {metric.cutoff} ', 'first k ')} k is {', '.join(cuts)}."
        cells = (f"`{name}`", definition, metric.applies_to, metric.better, metric.source)
        yield f"| {' | '.join(map(_cell, cells))} |"


def page() -> str:
    """Return the page."""
    lines = [INTRODUCTION]
    for family in get_args(Family):
        lines += [FAMILIES[family], "", "| name | definition | applies to | better | source |", "|---|---|---|---|---|"]
        lines += [*_rows([metric for metric in METRICS if metric.family == family]), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or compare it; returns the exit status."""
    return write_or_check("eval.metrics_docs", (__doc__ or "").splitlines()[0], PAGE, page(), arguments)


if __name__ == "__main__":
    sys.exit(main())
