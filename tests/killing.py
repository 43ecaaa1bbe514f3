"""Kills an indexing process at random moments and looks at what is left.

    python -m tests.killing FOLDER COUNT

Prints one JSON object: how many processes were killed, after how many of them no state opened (`lost`), how many runs
went on with what a killed one had done (`resumed`), how many finished libraries differ from a clean rebuild.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from models.errors import YijuError
from models.fakes import HashingEmbedder
from rag import generation
from rag.indexing import Indexer
from rag.library import Library
from rag.settings import Settings
from tests import stories
from tests.test_rag_indexing import search_results

_KINDS = (stories.text, stories.refigured, *stories.REPOSTS)


def _change(folder: Path, chance: random.Random) -> None:
    """Change about a third of a folder's files."""
    for _ in range(8):
        path = folder / f"{chance.randrange(24)}.txt"
        if chance.random() < 0.2:
            path.unlink(missing_ok=True)
        elif chance.random() < 0.2 and path.exists():
            path.replace(folder / f"{chance.randrange(24)}.txt")
        else:
            path.write_text(chance.choice(_KINDS)(chance.randrange(40)), encoding="utf-8")


def _index(root: Path, folder: Path) -> None:
    Indexer(root, HashingEmbedder(), Settings(passage_length=60)).run([folder])


def _ids(root: Path) -> set[str]:
    library = Library.open(root)
    ids = {item.id for item in library.articles()}
    library.close()
    return ids


def main() -> int:
    """Kill, look, finish, compare."""
    work, count = Path(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 0)
    generation._EMBED_BATCH, generation._COMMIT_EVERY = 4, 1
    folder, root = work / "articles", work / "library"
    folder.mkdir()
    (folder / "always.txt").write_text(stories.ANOTHER, encoding="utf-8")
    _change(folder, chance)
    _index(root, folder)
    told = {"kills": 0, "lost": 0, "resumed": 0, "differing": 0, "old": 0, "new": 0, "finished_first": 0}
    while told["kills"] < count:
        _change(folder, chance)
        before = _ids(root)
        reference = work / f"fresh{told['kills']}-{told['finished_first']}"
        started = time.perf_counter()
        _index(reference, folder)
        # Kills must fall on all of a run, its last moments included, however busy the machine is.
        longest = time.perf_counter() - started
        after = _ids(reference)
        for _ in range(chance.choice((1, 1, 2, 3))):
            child = os.fork()
            if not child:
                _index(root, folder)
                os._exit(0)
            time.sleep(chance.uniform(0.0, longest))
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            if not os.WIFSIGNALED(status):
                told["finished_first"] += 1
                continue
            told["kills"] += 1
            try:
                ids = _ids(root)
            except YijuError as error:
                print(error)
                told["lost"] += 1
                continue
            if ids not in (before, after):
                told["lost"] += 1
            told["new" if ids == after else "old"] += 1
        told["resumed"] += (root / "generations" / "building-next" / "work.json").exists()
        _index(root, folder)
        if search_results(root) != search_results(reference):
            told["differing"] += 1
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
