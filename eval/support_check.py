"""How well `eval.support` tells what is supported from what is not; how its threshold was fitted.

    python -m eval.support_check [--cases FILE] [--news FILE.jsonl.xz]

`--cases` are those of the product's checker (`tests/checker_cases.jsonl`): faithful drafts and drafts with a planted
fault; the threshold was fitted on those that are not held out. `--news` are articles with a `title` and a
`hallucinated` continuation each (UHGEval: Liang et al., 2023, IAAR-Shanghai/UHGEval, as JSON Lines): headlines are true
paraphrases of their article, written by people, and the continuations are inventions about it. Prints, for each
threshold, the share of what is true that counts as supported, and the share of what is not that does.
"""

import argparse
import json
import lzma
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

from eval.normal import without_markers
from eval.support import Cited, names_are_cited, precision, unsupported_figures
from rag.text.sentences import sentence_spans

CASES = Path(__file__).resolve().parent.parent / "tests" / "checker_cases.jsonl"
THRESHOLDS = (0.0, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7)
# Faults of markers and of form; no text can support or contradict these.
_FORMAL = frozenset({"refusal", "uncited", "unfinished", "repeated", "loop", "marker-range", "marker-wrong"})

Sample: TypeAlias = tuple[bool, float]
"""Whether it is true, and the highest threshold at which it counts as supported; -1 where a figure or name vetoes."""


def reach(sentences: Sequence[str], cited: tuple[Cited, ...]) -> float:
    """Return the highest threshold at which all sentences count as supported; -1 where none is low enough."""
    for sentence in sentences:
        if unsupported_figures(sentence, cited) or not names_are_cited(sentence, cited):
            return -1.0
    return min((precision(sentence, cited) for sentence in sentences), default=1.0)


def case_samples(path: Path, *, held_out: bool) -> Iterator[Sample]:
    """Yield the checker's cases, each a draft over the passages that it cites."""
    rows: list[dict[str, Any]] = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    passages = {row["passage"]: row for row in rows if "passage" in row}
    for row in rows:
        if "case" not in row or row["kind"] in _FORMAL or row["held_out"] != held_out:
            continue
        given = [passages[name] for name in row["passages"]]
        cited = tuple(
            Cited(p["text"], p["title"], date.fromisoformat(p["published"]) if p["published"] else None) for p in given
        )
        draft = without_markers(row["draft"])
        yield row["faithful"], reach([span.of(draft) for span in sentence_spans(draft)], cited)


def news_samples(path: Path) -> Iterator[Sample]:
    """Yield headlines and invented continuations, each over its whole article, the widest citation there can be."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            text, title = row["text"], (row["title"] or "").rpartition("）")[2]
            invented = row["hallucinated"].strip()
            if len(title) > 8:
                yield True, reach([title], (Cited(text),))
            if invented and invented not in text:
                yield False, reach([sentence_spans(invented)[0].of(invented)], (Cited(text, row["title"] or ""),))


def table(samples: Sequence[Sample]) -> list[str]:
    """Return a line a threshold: of what is true and of what is not, the share that counts as supported."""
    true, false = ([reached for faithful, reached in samples if faithful is wanted] for wanted in (True, False))
    lines = [f"{len(true)} true, {len(false)} not"]
    for least in THRESHOLDS:
        shares = (sum(reached >= least for reached in group) / max(1, len(group)) for group in (true, false))
        lines.append(f"  at {least:.2f}: {' and '.join(f'{share:.1%}' for share in shares)} supported")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m eval.support_check", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=Path, default=CASES, metavar="FILE", help="the checker's cases")
    parser.add_argument("--news", type=Path, metavar="FILE", help="UHGEval's articles, .jsonl.xz")
    parsed = parser.parse_args(arguments)
    groups = {
        f"cases, {name}": list(case_samples(parsed.cases, held_out=held))
        for name, held in (("fitted on", False), ("held out", True))
    }
    if parsed.news:
        groups["news"] = list(news_samples(parsed.news))
    for name, samples in groups.items():
        print(f"{name}:", *table(samples), sep="\n")  # noqa: T201 - this is a command
    return 0


if __name__ == "__main__":
    sys.exit(main())
