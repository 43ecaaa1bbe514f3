"""Runs the benchmarks and writes the page about them.

    python -m eval.benchmarks --data FOLDER --out docs/benchmarks.md [--work FOLDER] [--news FOLDER] [--limit N]
                              [--only ROW,…]

FOLDER of --data holds `rc/` (see `eval.benchmarks.sets`). Rows that are finished in --work are not run again; the
page has every row that is finished there, whatever --only says. --limit asks a stratified N questions of each set.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from eval.benchmarks.document import document
from eval.benchmarks.rows import ROWS, chosen
from eval.benchmarks.running import BundledSystems, Opener, run_row
from eval.benchmarks.sets import same_as_trained, trained_files, write_sets
from eval.folder import write_whole
from models.errors import YijuError
from rag.answering.confidence import FILE as CALIBRATION

_WEIGHTS = Path(__file__).resolve().parent.parent.parent / "models" / "weights"


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds rc/")
    parser.add_argument("--out", type=Path, required=True, help="the page to write, docs/benchmarks.md")
    parser.add_argument("--work", type=Path, default=Path("runs/benchmarks"), help="sets, libraries and runs")
    parser.add_argument("--news", type=Path, help="folder of the news files, for the rows among news")
    parser.add_argument("--limit", type=int, help="ask a stratified N questions of each set")
    parser.add_argument("--only", default="", help=f"rows, with commas: {', '.join(row.name for row in ROWS)}")
    return parser.parse_args(argv)


def _anywhere(page: str, arguments: argparse.Namespace) -> str:
    """Return the page with names for the folders given in full: where they lie on this machine is of use to nobody."""
    places = {"DATA": arguments.data, "NEWS": arguments.news, "WORK": arguments.work, "OUT": arguments.out}
    named = {str(path): name for name, path in places.items() if path is not None and path.is_absolute()}
    for path in sorted(named, key=len, reverse=True):
        page = page.replace(path, named[path])
    return page


def make(arguments: argparse.Namespace, opener: Opener, command: str) -> bool:
    """Run what is wanted and write the page; say whether all of it is complete.

    Raises:
        BadInputError: data is missing or damaged, or a folder holds another run.
        UsageError: a row is wanted that is not there or for which there is no data.

    """
    data, work = arguments.data, arguments.work
    only = [name.strip() for name in arguments.only.split(",") if name.strip()]
    rows = chosen(only, news=arguments.news is not None)
    fitted = json.loads(CALIBRATION.read_text(encoding="utf-8"))["fitted"]["questions"][0]
    write_sets(data, work / "sets", fitted, arguments.news)
    complete = True
    for row in rows:
        complete = run_row(row, work, opener, limit=arguments.limit)
        if not complete:
            break
    trained = trained_files([_WEIGHTS / "reader.md", _WEIGHTS / "embedder" / "README.md"])
    sources = {name: same_as_trained(data, name, trained) for row in ROWS for name in row.data}
    page = document(ROWS, work, limit=arguments.limit, command=command, sources=sources)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(arguments.out, _anywhere(page, arguments))
    return complete


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmarks and return the exit code."""
    arguments = _arguments(argv)
    systems = BundledSystems()
    given = " ".join(sys.argv[1:] if argv is None else argv)
    try:
        return 0 if make(arguments, systems, f"python -m eval.benchmarks {given}") else 130
    except YijuError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    finally:
        systems.close()


if __name__ == "__main__":
    raise SystemExit(main())
