"""`yiju doctor`: what works on this machine, what does not, and what to do about each.

Exit codes: 0 where nothing fails (warnings may stand), 3 where the set-up, a model or the machine fails, else 4 where
the index does. Every check is guarded, and packages are only loaded in child processes or by the check that needs them.
"""

import argparse
import io
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from models import doctor as machinery
from models.check import Check, guarded, guarded_all
from models.errors import IndexUnusableError
from models.machine import Machine
from models.store import bundled
from models.writers import models_folder
from ui import surroundings
from ui.commands import say, say_json

_INDEX = IndexUnusableError.exit_code


def diagnose(root: Path, machine: Machine | None = None, *, repair: bool = False) -> Iterator[Check]:
    """Yield every check of this machine and of a library folder, as each is done; with `repair`, mend that first."""
    machine = machine or Machine()
    if repair:
        yield from guarded_all("repair", partial(_repair, root), _INDEX)
    yield guarded("python", machinery.python)
    yield guarded("processor", partial(machinery.processor, machine))
    yield guarded("packages", machinery.packages)
    yield guarded("torch", partial(machinery.torch, machine))
    yield guarded("llama.cpp build", machinery.build)
    yield from guarded_all("models", machinery.bundled_models)
    yield guarded("reader runs", lambda: machinery.reader_runs(bundled("reader").location))
    yield guarded("embedder runs", lambda: machinery.embedder_runs(bundled("embedder").location))
    yield guarded("calibration", _calibration)
    yield guarded("vector search", _vector_search)
    yield from guarded_all("writers", lambda: machinery.writers(models_folder(), machine))
    yield from guarded_all("index", partial(_index, root), _INDEX)
    try:
        generation, vectors = _index_sizes(root)
    except ImportError:
        generation = vectors = 0  # told above
    yield guarded("memory", partial(surroundings.memory, machine, vectors))
    yield guarded("disk", partial(surroundings.disk, root, generation), _INDEX)
    yield guarded("temporary folder", surroundings.temporary_folder)
    yield guarded("fonts", surroundings.fonts)
    yield guarded("browser", surroundings.browser)
    yield guarded("port", surroundings.port)
    yield guarded("proxies", surroundings.proxies)


# `rag` is imported where it is used: it needs packages that may be missing, which is then told by that check.


def _calibration() -> Check:
    from rag.doctor import calibration

    return calibration()


def _vector_search() -> Check:
    from rag.doctor import faiss_runs

    return faiss_runs()


def _index(root: Path) -> list[Check]:
    from rag.doctor import index_checks

    return index_checks(root)


def _repair(root: Path) -> list[Check]:
    from rag.assemble import embedder_of
    from rag.repair import repair

    return repair(root, embedder_of)


def _index_sizes(root: Path) -> tuple[int, int]:
    from rag.doctor import index_sizes

    return index_sizes(root)


def exit_code(checks: Sequence[Check]) -> int:
    """Return the worst failure's code: the models' and the machine's (3) before the index's (4); 0 without one."""
    return min((check.exit_code for check in checks if check.state == "fail"), default=0)


def to_json(checks: Sequence[Check]) -> dict[str, Any]:
    """Return the checks as `--json` prints them."""
    rows = [{"name": c.name, "state": c.state, "finding": c.finding, "remedy": c.remedy} for c in checks]
    return {"checks": rows, "ok": exit_code(checks) == 0}


def lines(check: Check) -> Iterator[str]:
    """Yield a check as it is printed: state, name and finding in columns, and what to do below."""
    yield f"{check.state:4}  {check.name:16}  {check.finding}"
    if check.remedy:
        yield f"{'':4}  {'':16}  → {check.remedy}"


def doctor(arguments: argparse.Namespace) -> int:
    """Print every check; returns the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that cannot show a folder's name is no reason to stop
    checks = []
    for check in diagnose(arguments.library, repair=arguments.repair):
        checks.append(check)
        if not arguments.json:
            for line in lines(check):
                say(line)
    if arguments.json:
        say_json(to_json(checks))
    else:
        states = Counter(check.state for check in checks)
        say(f"\n{states['ok']} ok, {states['warn']} to know about, {states['fail']} failed")
    return exit_code(checks)
