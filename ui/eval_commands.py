"""What the `yiju eval` commands do."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from models.errors import BadInputError
from ui.cli import IN_PLACE
from ui.commands import say, say_json

if TYPE_CHECKING:
    from eval.summary_types import MeanJson, SummaryJson
    from rag.library import Library

_SHOWN = (
    "acc",
    "acc_80",
    "em",
    "f1",
    "nuggets_vital",
    "citations_valid",
    "evidence_cited",
    "rejected_right",
    "false_refusal",
    "unsupported_numbers",
)
_BASELINES = {"best_sentence": "best sentence", "copy_all": "copy all"}
_WARNINGS_SHOWN = 3


def _warn(text: str) -> None:
    sys.stderr.write(f"warning: {text}\n")


def _warn_of_set(arguments: argparse.Namespace, found: Sequence[str]) -> None:
    """Tell what a run would measure wrongly: the first few, and where to see the rest."""
    for text in found[:_WARNINGS_SHOWN]:
        _warn(text)
    if len(found) > _WARNINGS_SHOWN:
        _warn(f"{len(found) - _WARNINGS_SHOWN} more of these: yiju eval check {arguments.questions}")


def eval_run(arguments: argparse.Namespace) -> int:
    """Answer every question of a set and measure."""
    from eval.check import check_library, warnings
    from eval.manifest import build_manifest
    from eval.questions import load_questions, needs_library
    from eval.runner import run
    from eval.selection import Selection, failing
    from models.reranker import open_user_reranker
    from rag.assemble import open_answerer, open_writer
    from rag.settings import Settings

    questions = load_questions(arguments.questions)
    earlier = arguments.only_failing
    in_place = earlier in {IN_PLACE, arguments.out}
    only = None if earlier is None or in_place else failing(earlier)
    selection = Selection(arguments.limit, arguments.smoke, only)
    _warn_of_set(arguments, warnings(questions))
    settings = Settings(answer_always=arguments.answer_always)
    needed = needs_library(questions)
    writer = open_writer(arguments.writer) if arguments.writer else None
    reranker = open_user_reranker(arguments.reranker) if arguments.reranker else None
    assembled = open_answerer(
        arguments.library,
        settings,
        library_needed=needed,
        writer=writer,
        reranker=reranker,
        milvus=arguments.milvus,
    )
    library = assembled.library if needed else None
    if library is not None:
        _warn_of_set(arguments, check_library(questions, library))
    manifest = build_manifest(
        arguments.questions,
        models=assembled.identities,
        settings=settings,
        library=_asked_of(arguments, library) if library else None,
    )
    outcome = run(
        assembled.answerer,
        questions,
        arguments.out,
        manifest=manifest | {"command": ["yiju", *sys.argv[1:]]},
        articles=library,
        selection=selection,
        resume=arguments.resume,
        retry_errors=arguments.retry_errors,
        only_failing=in_place,
    )
    if outcome.summary is None:
        say(f"stopped after {outcome.rows} of {outcome.asked} questions; go on with --resume: {outcome.folder}")
        return outcome.exit_code
    for line in summary_lines(outcome.summary):
        say(line)
    say(f"everything is in {outcome.folder}; read {outcome.folder / 'report.html'}")
    return outcome.exit_code


def _asked_of(arguments: argparse.Namespace, library: "Library") -> dict[str, str]:
    """Return where a run finds its passages, as its manifest records it."""
    recorded = {"path": str(arguments.library), "generation": library.manifest.generation}
    return recorded | ({"milvus": str(arguments.milvus)} if arguments.milvus else {})


def _mean(found: "MeanJson | None") -> str:
    return "–" if found is None or found["mean"] is None else f"{found['mean'] * 100:.1f}"


def summary_lines(summary: "SummaryJson") -> Iterator[str]:
    """Yield the figures that people look at first, with their intervals and what no model would reach."""
    yield f"{'in per cent':20} {'mean':>6}  {'95 % interval':>14} {'n':>6}  " + "  ".join(_BASELINES.values())
    for name in _SHOWN:
        found = summary["metrics"].get(name)
        if found is None or found["mean"] is None:
            continue
        assert found["low"] is not None
        assert found["high"] is not None
        interval = f"{found['low'] * 100:.1f} to {found['high'] * 100:.1f}"
        beside = "  ".join(
            _mean(summary["baselines"].get(baseline, {}).get(name)).rjust(len(shown))
            for baseline, shown in _BASELINES.items()
        )
        missing = f"  {found['missing']} missing" if found["missing"] else ""
        yield f"{name:20} {found['mean'] * 100:6.1f}  {interval:>14} {found['n']:>6}  {beside}{missing}"
    if summary["errors"]:
        yield (
            f"{summary['errors']} of {summary['rows']} questions came to an error (errors.log): every mean above is "
            "over the others; ask them again with --retry-errors"
        )
    yield summary["reach"]


def eval_score(arguments: argparse.Namespace) -> int:
    """Score a run's stored answers again, without a model."""
    from eval.folder import read_manifest
    from eval.runner import score
    from rag.library import Library

    recorded = read_manifest(arguments.run_folder).get("library")
    library = None
    if isinstance(recorded, dict):
        library = Library.open(arguments.library)
        if library.manifest.generation != recorded.get("generation"):
            msg = (
                f"{arguments.library} is at generation {library.manifest.generation}, and the run was made from "
                f"{recorded.get('generation')}: citations could not be checked against it; give the run's --library"
            )
            raise BadInputError(msg)
    for line in summary_lines(score(arguments.run_folder, library)):
        say(line)
    return 0


def eval_compare(arguments: argparse.Namespace) -> int:
    """Compare two runs of one question set; a gate that fails is told after all figures."""
    from eval.compare import compare, report_lines

    found = compare(arguments.a, arguments.b)
    if arguments.json:
        say_json(found.to_json())
    else:
        for line in report_lines(found):
            say(line)
    found.check()
    return 0


def _counted(things: Sequence[object], name: str) -> str:
    return f"{len(things)} {name}" + ("s" if len(things) != 1 else "")


def eval_check(arguments: argparse.Namespace) -> int:
    """Look for mistakes in a question set: what stops a run, and what would make its figures mean less."""
    from eval.check import findings
    from rag.library import Library
    from rag.store import Store

    def open_library() -> Library | None:
        return Library.open(arguments.library) if Store(arguments.library).current() else None

    problems, warnings = findings(arguments.questions, open_library)
    for warning in warnings:
        say(f"warning: {warning}")
    for problem in problems:
        say(problem)
    if problems:
        raise BadInputError(f"{arguments.questions} has {_counted(problems, 'problem')}: mend the lines named above")
    say(f"{arguments.questions}: no problems" + (f", {_counted(warnings, 'warning')}" if warnings else ""))
    return 0
