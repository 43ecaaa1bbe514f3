"""What the product owes to its reader: one question set answered by it, by no model, and by a reader of noise.

    python -m eval.ablation QUESTIONS --library DIR --out DIR

The product and its copy with a shuffled reader go through the ordinary run, each into a folder of its own below --out.
The product's run carries the answers without a model, from the same hits. A table comes on standard output, and the
same as one JSON document in its very last line.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from eval.baselines import BASELINES
from eval.folder import MANIFEST
from eval.manifest import build_manifest
from eval.questions import Question, load_questions, needs_library
from eval.runner import Outcome, run
from eval.selection import Selection
from eval.shuffled import SEED, shuffle_reader
from models.errors import YijuError
from rag.protocols import Answerer
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.assemble import Assembled  # it imports the models' packages

PRODUCT, SHUFFLED = "product", "shuffled-reader"
COLUMNS: Mapping[str, str] = {
    "acc": "acc",
    "acc_80": "acc@80",
    "em": "em",
    "f1": "f1",
    "citations_valid": "citations valid",
    "rejected_right": "unanswerable declined",
    "false_refusal": "answerable declined",
}


def report(outcomes: Mapping[str, Outcome]) -> dict[str, dict[str, object]]:
    """Return, for each system, its errors and the mean of every column; behind the product those without a model."""
    figures: dict[str, dict[str, object]] = {}
    for name, outcome in outcomes.items():
        summary = outcome.summary
        if summary is None:
            continue
        told = {name: summary["metrics"]}
        if name == PRODUCT:
            told |= {
                baseline: summary["baselines"][baseline] for baseline in BASELINES if baseline in summary["baselines"]
            }
        for system, means in told.items():
            figures[system] = {"questions": outcome.rows, "errors": outcome.errors}
            figures[system] |= {metric: means[metric] for metric in COLUMNS}
    return figures


def table(figures: Mapping[str, Mapping[str, object]]) -> str:
    """Return the figures as a Markdown table, in percent, with the number of questions behind each."""
    lines = ["| | " + " | ".join(COLUMNS.values()) + " | errors |", "|---" * (len(COLUMNS) + 2) + "|"]
    for name, values in figures.items():
        cells: list[str] = []
        for metric in COLUMNS:
            mean = values[metric]
            assert isinstance(mean, dict)
            cells.append("–" if mean["mean"] is None else f"{100 * mean['mean']:.1f} (n={mean['n']})")
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {values['errors']} |")
    return "\n".join(lines)


class Experiment:
    """One question set, one library, and where the runs go."""

    def __init__(
        self, path: Path, library: Path, out: Path, settings: Settings, limit: int | None, *, resume: bool
    ) -> None:
        self._path = path
        self._questions: list[Question] = load_questions(path)
        self._library = library
        self._out = out
        self._settings = settings
        self._limit = limit
        self._resume = resume

    def _run(self, name: str, answerer: Answerer, system: "Assembled", models: Mapping[str, str]) -> Outcome:
        generation = system.library.manifest.generation if system.library else None
        library = {"path": str(self._library), "generation": generation}
        manifest = build_manifest(self._path, models=models, settings=self._settings, library=library)
        sys.stderr.write(f"{name}:\n")
        return run(
            answerer,
            self._questions,
            self._out / name,
            manifest=manifest | {"system": name},
            articles=system.articles,
            selection=Selection(limit=self._limit),
            resume=self._resume and (self._out / name / MANIFEST).exists(),
        )

    def run_all(self, reader: Path) -> dict[str, Outcome]:
        """Run both systems, the product first, as far as nobody interrupts."""
        from rag.assemble import open_answerer, open_models

        outcomes: dict[str, Outcome] = {}
        needed = needs_library(self._questions)
        with closing(open_answerer(self._library, self._settings, library_needed=needed)) as real:
            outcomes[PRODUCT] = self._run(PRODUCT, real.answerer, real, real.models.names)
            if outcomes[PRODUCT].interrupted:
                return outcomes
        with tempfile.TemporaryDirectory() as folder:
            noise = Path(folder) / f"shuffled-{SEED}.gguf"
            shuffle_reader(reader, noise)
            models = open_models(self._library, reader_path=noise, calibrated=False)
            with closing(
                open_answerer(self._library, self._settings, models=models, library_needed=needed)
            ) as shuffled:
                names = models.names | {"reader": f"{models.names['reader']}, shuffled by seed {SEED}"}
                outcomes[SHUFFLED] = self._run(SHUFFLED, shuffled.answerer, shuffled, names)
        return outcomes


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.ablation", description=__doc__.partition("\n")[0])
    parser.add_argument("questions", type=Path, help="question set, JSON Lines")
    parser.add_argument("--library", type=Path, required=True, help="folder of the index")
    parser.add_argument("--out", type=Path, required=True, help="folder for the two runs")
    parser.add_argument("--limit", type=int, help="only the first questions")
    parser.add_argument("--resume", action="store_true", help="go on with runs begun before")
    parser.add_argument("--answer-always", action="store_true", help="never decline")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the experiment and return the exit code."""
    arguments = _arguments(argv)
    try:
        from models.store import bundled

        settings = Settings(answer_always=arguments.answer_always)
        experiment = Experiment(
            arguments.questions,
            arguments.library,
            arguments.out,
            settings,
            arguments.limit,
            resume=arguments.resume,
        )
        outcomes = experiment.run_all(bundled("reader").location)
    except YijuError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    figures = report(outcomes)
    sys.stdout.write(f"{table(figures)}\n\n")
    sys.stdout.write(json.dumps({"seed": SEED, "systems": figures}, ensure_ascii=False) + "\n")
    return max(outcome.exit_code for outcome in outcomes.values())


if __name__ == "__main__":
    raise SystemExit(main())
