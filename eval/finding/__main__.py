"""Measures finding alone: many systems over the same passages, asked the same questions, compared in pairs.

    python -m eval.finding --library DIR --questions FILE… --out DIR [--systems NAME,…] [--limit N]

Held-out questions over passages mixed into news, as the notebook has them:

    python -c "from pathlib import Path as P; from eval.benchmarks.sets import *; write_sets(P('DATA'), P('SETS'), 0)"
    yiju index NEWS SETS/open.articles.jsonl --library DIR
    python -m eval.finding --library DIR --questions SETS/open.jsonl --out OUT

Each system runs in a process of its own. OUT gets `finding.json`, `finding.md` and, for each system, what came of
every question (`systems/NAME.json`). Systems that were measured into OUT before stay in the tables as long as
passages, questions and limit are the same, so that one can be measured again without the others.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from eval.finding import texts
from eval.finding.document import document
from eval.finding.figures import Figures, figures
from eval.finding.gold import Gold
from eval.finding.measuring import Measured, measure_in_library, measured_from, questions_of
from eval.finding.registry import DEPTH, GROUPS, SYSTEMS, chosen
from eval.folder import write_json, write_whole
from eval.manifest import code_identity, package_versions, question_set_identity
from eval.questions import Question
from eval.statistics import article_cluster
from models.errors import BadInputError, UsageError, YijuError
from models.machine import Machine
from rag.library import Library

PACKAGES = ("yiju", "numpy", "faiss-cpu", "bm25s", "rjieba", "jieba", "langchain-classic", "rank-bm25", "txtai")
Run = Callable[[str, Path, dict[str, list[Question]]], Measured]
"""(system, library folder, set → questions) → what came of it."""


@dataclass(frozen=True, slots=True)
class Over:
    """What systems are measured over: those measured over the same can stand in one table."""

    passages: str  # hash
    sets: Mapping[str, object]  # name → hash of the file
    limit: int | None
    depth: int = DEPTH


def in_own_process(name: str, root: Path, questions: dict[str, list[Question]]) -> Measured:
    """Measure a system in a new process, so that nothing of another is in its memory.

    Raises:
        YijuError: the process was killed, or what it raised.

    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(measure_in_library, name, root, questions).result()
        except BrokenProcessPool as error:
            msg = (
                f"{name}: its process was killed while it was measured: look whether memory ran out, and measure again"
            )
            raise YijuError(msg) from error


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.finding", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--library", type=Path, required=True, help="folder of the index")
    parser.add_argument("--questions", type=Path, nargs="+", required=True, help="question sets asked of the library")
    parser.add_argument("--out", type=Path, required=True, help="folder for the figures")
    names = ", ".join((*GROUPS, *SYSTEMS))
    parser.add_argument("--systems", default="product,baselines", help=f"with commas (product,baselines): {names}")
    parser.add_argument("--limit", type=int, help="ask a stratified N questions of each set")
    arguments = parser.parse_args(argv)
    if arguments.limit is not None and arguments.limit < 1:
        parser.error(f"--limit {arguments.limit}: at least one question must be asked")
    return arguments


def _set_names(paths: Sequence[Path]) -> dict[str, Path]:
    """Return a short name for each set: its file's, or its folder's where the file is called questions."""
    named: dict[str, Path] = {}
    for path in paths:
        name = path.resolve().parent.name if path.stem == "questions" else path.stem
        if name in named:
            msg = f"--questions: {named[name]} and {path} would both be called {name}; rename one"
            raise UsageError(msg)
        named[name] = path
    return named


def _earlier(folder: Path, over: Over) -> dict[str, Measured]:
    """Return the systems that were measured over the same before."""
    found = {}
    for name in SYSTEMS:
        path = folder / f"{name}.json"
        if path.exists():
            try:
                values = json.loads(path.read_bytes())
                if values["over"] == asdict(over):
                    found[name] = measured_from(values["measured"])
            except (ValueError, KeyError, TypeError) as error:
                msg = f"{path} is damaged ({error}): remove it and measure {name} again"
                raise BadInputError(msg) from error
    return found


def _facts(library: Library, over: Over, command: str) -> dict[str, str]:
    code, machine = code_identity(), Machine()
    commit = "unknown" if code is None else f"{str(code['commit'])[:12]}{' with changes' * bool(code['dirty'])}"
    versions = ", ".join(f"{name} {found}" for name, found in package_versions(PACKAGES).items() if found)
    return {
        "made by": f"`{command}`",
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit,
        "library": ", ".join(f"{count} {name}" for name, count in library.manifest.counts.items()),
        "passages": f"those of all bodies, `{over.passages}`",
        "machine": f"{machine.usable_cores()} cores, load {os.getloadavg()[0]:.1f} at the end",
        "versions": versions,
    }


def _json_of(found: Mapping[str, Mapping[str, Figures]]) -> dict[str, object]:
    return {name: {system: asdict(one) for system, one in systems.items()} for name, systems in found.items()}


def make(arguments: argparse.Namespace, command: str, run: Run = in_own_process) -> None:
    """Measure what is wanted and write the tables.

    Raises:
        BadInputError: a question set cannot be used with this library.
        IndexUnusableError: the index is missing or damaged.
        UsageError: a system is wanted that is not there, or whose packages are missing.

    """
    wanted = chosen([name.strip() for name in arguments.systems.split(",") if name.strip()])
    paths = _set_names(arguments.questions)
    asked = {name: questions_of(path, arguments.limit) for name, path in paths.items()}
    with closing(Library.open(arguments.library)) as library:
        over = Over(
            passages=texts.digest(library),
            sets={name: question_set_identity(path)["sha256"] for name, path in paths.items()},
            limit=arguments.limit,
        )
        gold = Gold(library)
        left_out = {name: sum(gold.wanted(one) is None for one in questions) for name, questions in asked.items()}
        for name, count in left_out.items():
            if count == len(asked[name]):
                msg = f"{paths[name]}: none of its articles is in {arguments.library}; index those that it asks about"
                raise BadInputError(msg)
        folder = arguments.out / "systems"
        folder.mkdir(parents=True, exist_ok=True)
        measured = _earlier(folder, over)
        for entry in wanted:
            sys.stderr.write(f"{entry.name} …\n")
            measured[entry.name] = run(entry.name, arguments.library, asked)
            values = {"over": asdict(over), "measured": measured[entry.name].to_json()}
            write_json(folder / f"{entry.name}.json", values)
        facts = _facts(library, over, command)
    entries = [entry for name, entry in SYSTEMS.items() if name in measured]
    baselines = frozenset(entry.name for entry in entries if entry.kind == "baseline")
    found = {}
    for name, questions in asked.items():
        rows = {entry.name: measured[entry.name].sets[name] for entry in entries}
        found[name] = figures(rows, baselines, {question.id: article_cluster(question) for question in questions})
    write_json(
        arguments.out / "finding.json",
        {
            "facts": facts,
            "over": asdict(over),
            "left_out": left_out,
            "figures": _json_of(found),
            "costs": {
                name: {"build_seconds": one.build_seconds, "bytes": one.bytes_kept, "resident_mib": one.resident_mib}
                for name, one in measured.items()
            },
        },
    )
    page = document(entries, measured, found, left_out, facts)
    write_whole(arguments.out / "finding.md", page)
    sys.stdout.write(page)


def _anywhere(word: str) -> str:
    """Return a word of the command, without the folders above an absolute path: they are of use to nobody else."""
    return Path(word).name if Path(word).is_absolute() else word


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and return the exit code."""
    arguments = _arguments(argv)
    given = (_anywhere(word) for word in (sys.argv[1:] if argv is None else argv))
    try:
        make(arguments, f"python -m eval.finding {' '.join(given)}")
    except YijuError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
