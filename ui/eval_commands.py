"""What the `yiju eval` commands do."""

import argparse

from models.errors import BadInputError
from ui.commands import say, say_json

_SHOWN = ("acc", "acc_80", "em", "f1", "citations_valid", "evidence_cited", "rejected_right", "false_refusal")


def eval_run(arguments: argparse.Namespace) -> int:
    """Answer every question of a set and measure."""
    from eval.manifest import build_manifest
    from eval.questions import load_questions, needs_library
    from eval.runner import run
    from rag.assemble import open_answerer, open_writer
    from rag.settings import Settings

    questions = load_questions(arguments.questions)
    settings = Settings(answer_always=arguments.answer_always)
    needed = needs_library(questions)
    writer = open_writer(arguments.writer) if arguments.writer else None
    assembled = open_answerer(arguments.library, settings, library_needed=needed, writer=writer)
    library = assembled.library if needed else None
    manifest = build_manifest(
        arguments.questions,
        models=assembled.identities,
        settings=settings,
        library={"path": str(arguments.library), "generation": library.manifest.generation} if library else None,
    )
    outcome = run(
        assembled.answerer,
        questions,
        arguments.out,
        manifest=manifest,
        articles=library,
        resume=arguments.resume,
        limit=arguments.limit,
    )
    if outcome.interrupted:
        say(f"stopped after {len(outcome.rows)} questions; go on with --resume: {outcome.folder}")
        return outcome.exit_code
    metrics = outcome.summary["metrics"]
    assert isinstance(metrics, dict)
    for name in _SHOWN:
        entry = metrics.get(name)
        if entry and entry["mean"] is not None:
            say(f"{name:16} {entry['mean'] * 100:6.1f} %   n = {entry['n']}")
    say(f"errors {outcome.errors}; everything is in {outcome.folder}")
    return outcome.exit_code


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


def eval_check(arguments: argparse.Namespace) -> int:
    """Look for mistakes in a question set."""
    from eval.questions import check_questions

    problems = check_questions(arguments.questions)
    for problem in problems:
        say(problem)
    if problems:
        raise BadInputError(f"{arguments.questions} has {len(problems)} problems: mend the lines named above")
    say(f"{arguments.questions}: no problems")
    return 0
