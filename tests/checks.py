"""What the tests of the doctor share: a machine and a library made by hand, and checks by name."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from models.check import Check
from models.embedder import folder_fingerprint
from models.fakes import HashingEmbedder
from models.machine import Machine
from models.store import bundled
from rag.indexing import Indexer
from rag.settings import Settings
from rag.store import FileRecord, Manifest, Store, hash_file

_ARTICLE = "# {0}\n\n2024-05-01 来源：澜江日报\n\n{0}五月一日正式启用，全长一千二百米，总投资三亿元。\n"


def state(checks: Iterable[Check]) -> dict[str, str]:
    """Return the state of each check by its name."""
    return {each.name: each.state for each in checks}


def only(checks: Iterable[Check], name: str) -> Check:
    """Return the one check of this name."""
    [found] = [each for each in checks if each.name == name]
    return found


def empty_machine(root: Path) -> Machine:
    """Return a machine whose kernel tells nothing yet."""
    (root / "proc" / "self").mkdir(parents=True)
    (root / "groups").mkdir()
    return Machine(root / "proc", root / "groups")


def set_memory(machine: Machine, available_mib: int) -> None:
    """Let the machine have this much memory left."""
    text = f"MemTotal: {8192 * 1024} kB\nMemFree: 1 kB\nMemAvailable: {available_mib * 1024} kB\n"
    (machine.proc / "meminfo").write_text(text)


def small_library(root: Path) -> Path:
    """Return a library of two articles, made with a stand-in that has the bundled embedder's fingerprint."""
    articles = root / "articles"
    articles.mkdir()
    for number, name in enumerate(("澜江大桥", "青汀码头")):
        (articles / f"{number}.md").write_text(_ARTICLE.format(name), encoding="utf-8")
    embedder = HashingEmbedder(fingerprint=folder_fingerprint(bundled("embedder").location))
    Indexer(root / "library", embedder, Settings()).run([articles])
    return root / "library"


def reseal(root: Path, **changes: Any) -> dict[str, Any]:
    """Let a library's manifest vouch for the files as they are now, with other changes; returns what it said."""
    live = Store(root).current()
    assert live is not None
    manifest: dict[str, Any] = json.loads((live / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"] = {name: asdict(hash_file(live / name)) for name in manifest["files"]}
    files = {name: FileRecord(**record) for name, record in manifest["files"].items()}
    told = Manifest(**{**manifest, "generation": live.name, "files": files, **changes})
    (live / "manifest.json").write_text(told.to_json(), encoding="utf-8")
    return manifest
