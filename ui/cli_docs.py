"""Writes `docs/cli.md` from the parser of the command line, so that the page cannot drift from the command.

    python -m ui.cli_docs            write it
    python -m ui.cli_docs --check    only compare; exit code 1 where it is stale

Usage lines and tables are made here, not by argparse, whose layout depends on the terminal and on Python's version.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.generated import write_or_check
from models.errors import BadInputError, GateFailedError, IndexUnusableError, ModelError, UsageError, one_line
from rag.diagnosis import DESCRIPTIONS
from ui.cli import build_parser

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
_SHARED = ("library",)
_ERRORS = (UsageError, ModelError, IndexUnusableError, BadInputError, GateFailedError)

# What the parser does not know: the exit codes of a command beside 0 and 2, and the shape of what `--json` prints.
# A command without an entry is documented all the same; an entry without a command fails a test.
CODES: dict[str, tuple[int, ...]] = {
    "index": (3, 4, 5),
    "articles list": (4,),
    "articles show": (4, 5),
    "ask": (3, 4, 5),
    "chat": (3, 4, 5),
    "why": (3, 4, 5),
    "verify": (5,),
    "eval run": (1, 3, 4, 5),
    "eval compare": (5, 100),
    "eval score": (4, 5),
    "eval check": (4, 5),
    "models list": (),
    "models verify": (3,),
    "doctor": (3, 4),
}
NOTES: dict[str, str] = {
    "index": "`--json` prints `{new, changed, moved: [{from, to}], gone, unchanged, refused: [{path, reason}], "
    "damaged, articles, dry_run}`: paths, and counts for `unchanged`, `damaged` (articles with characters that could "
    "not be read) and `articles`. A library that ends up without any article is exit code 5.",
    "articles list": "`--json` prints a list of `{id, title, published, source, path, passages}`.",
    "articles show": "`--json` prints the fields of `articles list` and `text` (the cleaned text), `head: {start, "
    "end}`, `date_as_written`, `author`, `encoding`, `damaged` (characters that "
    "could not be read), `removed: [{raw_start, raw_end, reason}]`.",
    "ask": "`--json` prints one object: `question`, `standalone_question`, `mode` (quote or write), `answer`, "
    "`short_answer`, `abstained`, `reason`, `confidence`, `citations` (each with `marker`, `article_id`, `start`, "
    "`end`, `quote`, `raw_start`, `raw_end` and the article's `title`, `source`, `published`, `path`, `part`), `hits`, "
    "`timings_ms`, `models`. Offsets are code points into the cleaned text, `raw_*` into the decoded file. Where a "
    "writer wrote, `draft` has its own words: `text`, `thinking`, `finish` (end, length or loop), and `sentences`, "
    "each with `start`, `end`, `kept` and `faults: [{kind, text}]`; `confidence` is then the reader's, not fitted for "
    "the writer.",
    "why": "ID may also be a file as `yiju articles list --json` shows it, the end of its path, or a title, where it "
    "fits one article. That an article was lost is an answer like any other: the exit code is 0. `--json` prints "
    "`{question, standalone_question, article: {id, title, path}, lost_at, lost, reason, advice, warnings, answer, "
    "stages}`: `lost_at` is null where the answer rests on the article, else the first of the stages in `lost`: what "
    "it comes from (cleaning, passage) before where it dropped out. "
    + " ".join(f"`{stage}`: {text}." for stage, text in DESCRIPTIONS.items())
    + " `answer` is null where the question is declined; `stages` (null of a file that is not in) has `cleaning: "
    "{kept, in_other_words: {word: form}, removed: {word: reason}, nowhere}`, the question's words in the article; "
    "`passage: {passages, in_body, in_best}`, how many of those words stand in the body and in one passage; `filter: "
    "{filters, published, source, left_out_by}`; `legs: [{leg, returned, passage_id, rank, score, handed_over}]`, the "
    "article's best passage among all of the index, without the filter where that leaves the article out; `fusion: "
    "{rank, of}`; `folding: {into, same_words, answered}`; `found: {rank, of}`, among the passages to be read; "
    "`reading: {passages_read, sure, rank_after, article: {passage_id, relevance, answerable, span_score}}`; "
    "`candidate: {article, likeliest}`, each `{article_id, text, probability}`; `threshold: {least, strictness, "
    "answered}`.",
    "verify": "`--json` prints `{supported, faults: [{kind, text}]}`; a kind is number, date, name, contradicted or "
    "unsupported. Unsupported is an answer like any other: the exit code is 0.",
    "eval run": "The folder of the run gets `manifest.json` and `per_question.jsonl` (a row as soon as a question is "
    "answered), and at the end `summary.json`, `report.html` (one file, offline, Chinese and English), `results.csv` "
    "(for a spreadsheet), `junit.xml`, `run.trec` and `qrels.trec`. `docs/metrics.md` says what each figure means. "
    "`--resume` goes on after a stop and keeps every row; `--retry-errors` also asks again what came to an error, "
    "`--only-failing` all that went wrong. What is doubtful in the set is told as warnings before the run.",
    "eval score": "For runs made before a metric was added or mended: the rows get their metrics anew, and everything "
    "that is made from them is made again. Citations of a library's articles need that library (`--library`) at the "
    "generation of the run.",
    "eval compare": "Rows are paired by question id; those with an error in either run are left out and counted. Exit "
    "code 100: B is worse than A on a metric marked with a star by more than `eval/gates.py` tolerates, with a "
    "one-sided p over all gates below 0.05; or more of the questions came to an error in B; or B is a whole "
    "run of the project's own set with default settings and no writer, and below `eval/floors.json`. All is printed "
    "before that. `--json` "
    "prints `{pairs, errors_a, errors_b, new_errors, left_out, only_a, only_b, metrics: [{name, better, gated, n, "
    "mean_a, mean_b, difference, interval: {low, high}, test, p, p_adjusted, counts: {win, tie, loss}}], unscored, "
    "flips: [{id, question, answer_a, answer_b, verdict_a, verdict_b, worse, better}], lost, "
    "manifests: {name: [a, b]}, same_scores, same_answers, reach, floors, failures}`; `difference` is B less A, "
    "`test` is mcnemar or randomisation, `p` of a starred metric is one-sided, `unscored` names metrics that one run "
    "was made before, "
    "`lost` counts the stages that lost an answer, `reach` is a sentence about what a set of this size can tell. "
    "Latency is not compared.",
    "eval check": "Problems stop a run and end this command with 5; warnings (an answer that stands in no evidence, "
    "evidence in articles that are not in the library, no gold at all) do not. QUESTIONS is JSON Lines, one object a "
    "line. A table (.csv in UTF-8 or GBK, .xlsx) has a column 问题 or question, and may have 编号, 答案 (`|` between "
    "alternatives, `&` between what must all be there, a backslash before a sign that is meant), 可答 (是 or 否), "
    "参考, 要点 (facts by `&`), 文档, 引文, 标签, 提问日期, 不得出现, 预期 and 材料. Other "
    "sets are `LOADER:PATH`: `cmrc:`, `drcd:` and `squad:` ask over a set's own paragraphs; `rgb:` over five "
    "passages (`?noise=0.4&passages=5&correct=0&seed=2333`, several rates with commas); `crud:` (`?task=1doc`, "
    "`2docs`, `3docs` or `all`, `nuggets=FILE`, `passages=own`); `beir:FOLDER?split=test`; "
    "`trec:QUERIES?qrels=FILE`; `ragas:` and `deepeval:` (`?passages=own`); `flashrag:`; `autorag:` "
    "(`?gold=answers`, `corpus=FILE`; Parquet needs pyarrow); `csv:` "
    "(`?delimiter=tab`); `xlsx:` (`?sheet=NAME`). Quote what holds `?` or `&` for the shell. Format, protocol and "
    "what differs from the original stand at the head of each module in `eval/loaders/`.",
    "models list": "`--json` prints a list of `{name, role, license, description, bytes, path, problem}`; `problem` "
    "says why a writer cannot be used.",
    "doctor": "Nothing is changed without `--repair`. With it, what is damaged is made again from what is whole "
    "(vectors and lexical index from the passages, as a new generation), or the generation before becomes the live one "
    "again; half-built folders and unreadable caches are removed; what cannot be used is set aside as "
    "`generations/damaged-…`. What it did comes first, as checks named repair. `--json` prints `{checks: [{name, "
    "state, finding, remedy}], ok}`: `state` is ok, warn or fail, `remedy` is null where all is well, `ok` is false "
    "where something fails. Exit code 3: the set-up, a model or the machine fails; 4: only the index does. That "
    "nothing is indexed yet is no failure.",
}


@dataclass(frozen=True, slots=True)
class Command:
    """A command that can be typed: its words after `yiju`, its line in a list, its parser."""

    name: str
    summary: str
    parser: argparse.ArgumentParser


def commands(parser: argparse.ArgumentParser, above: str = "") -> Iterator[Command]:
    """Yield every command below a parser."""
    for action in parser._actions:  # noqa: SLF001 - argparse gives no public way to its parts
        if not isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            continue
        for choice in action._choices_actions:  # noqa: SLF001
            child, name = action.choices[choice.dest], f"{above}{choice.dest}"
            yield from list(commands(child, f"{name} ")) or [Command(name, choice.help or "", child)]


def arguments(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """Return what a command takes: arguments first, then its own options, last those that all commands share."""
    shown = [
        action
        for action in parser._actions  # noqa: SLF001
        if action.help != argparse.SUPPRESS and "-h" not in action.option_strings
    ]
    return sorted(shown, key=lambda action: (bool(action.option_strings), action.dest in _SHARED))


def _value(action: argparse.Action) -> str:
    """The placeholder of an argument's value; empty for a flag."""
    if action.nargs == 0:
        return ""
    if isinstance(action.metavar, str):
        name = action.metavar
    elif action.choices is not None:
        name = "{" + ",".join(map(str, action.choices)) + "}"
    else:
        name = action.dest.upper()
    return {"+": f"{name}…", "*": f"[{name}…]", "?": f"[{name}]"}.get(str(action.nargs), name)


def usage(command: str, parser: argparse.ArgumentParser) -> str:
    """Return a command's usage on one line: arguments first, then what must be given, then the rest."""
    needed: list[str] = []
    optional: list[str] = []
    for action in arguments(parser):
        if not action.option_strings:
            needed.append(_value(action))
        else:
            words = f"{action.option_strings[-1]} {_value(action)}".strip()
            (needed if action.required else optional).append(words if action.required else f"[{words}]")
    return " ".join(["yiju", command, *needed, *optional])


def _cell(text: str) -> str:
    return one_line(text).replace("|", r"\|")


def _rows(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in arguments(parser):
        names = ", ".join(f"`{f'{name} {_value(action)}'.strip()}`" for name in action.option_strings)
        text = (action.help or "") % {**vars(action), "prog": parser.prog}
        yield f"| {names or f'`{_value(action)}`'} | {_cell(text)} |"


def _section(command: Command) -> Iterator[str]:
    description = (command.parser.description or command.summary).strip()
    yield from (f"## yiju {command.name}", "", f"{description[:1].upper()}{description[1:].rstrip('.')}.", "")
    yield from ("```", usage(command.name, command.parser), "```", "", "| argument | meaning |", "|---|---|")
    yield from _rows(command.parser)
    if command.name in CODES:
        codes = ", ".join(str(code) for code in (0, 2, *CODES[command.name]))
        yield from ("", f"Exit codes: {codes}.")
    if command.name in NOTES:
        yield from ("", NOTES[command.name])
    yield ""


def page() -> str:
    """Return the page."""
    parser = build_parser()
    known = list(commands(parser))
    lines = [
        "# The command `yiju`",
        "",
        "*Written by `python -m ui.cli_docs` from the command's own parser; do not edit.*",
        "",
        parser.description or "",
        "It is installed at `.venv/bin/yiju` by `make setup`. Every command has `--help`; where a program may read",
        "the output there is `--json`, one JSON value on standard output. An error is one line on standard error:",
        "what, the rule it broke, what to do next.",
        "",
        "| command | what it does |",
        "|---|---|",
        *(f"| [`yiju {each.name}`](#yiju-{each.name.replace(' ', '-')}) | {_cell(each.summary)} |" for each in known),
        "",
        "| exit code | meaning |",
        "|---|---|",
        "| 0 | Fine. |",
        "| 1 | The run is complete, and some of its questions came to an error (`eval run`). |",
        *(f"| {error.exit_code} | {_cell((error.__doc__ or '').splitlines()[0])} |" for error in _ERRORS),
        "| 130 | Stopped with Ctrl-C. |",
        "",
    ]
    for each in known:
        lines += _section(each)
    return "\n".join(lines).rstrip("\n") + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or compare it; returns the exit status."""
    return write_or_check("ui.cli_docs", (__doc__ or "").splitlines()[0], PAGE, page(), arguments)


if __name__ == "__main__":
    sys.exit(main())
