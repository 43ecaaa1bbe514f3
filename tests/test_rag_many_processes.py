"""Many readers while one process writes: every answer is that of one whole generation."""

import json
import subprocess
import sys

from models.fakes import HashingEmbedder
from rag.indexing import Indexer
from rag.settings import Settings
from tests.conftest import ROOT, SOAK

READERS = 3
SECONDS = 20 if SOAK else 4

# Every article tells the number of its version, and all are changed at once: an answer that mixes two is seen.
WRITER = """
import sys, time
from pathlib import Path
from models.fakes import HashingEmbedder
from rag.indexing import Indexer
from rag.settings import Settings
from tests.test_rag_many_processes import write_version

root, folder, end = Path(sys.argv[1]), Path(sys.argv[2]), time.monotonic() + float(sys.argv[3])
version = 1
while time.monotonic() < end:
    version += 1
    write_version(folder, version)
    Indexer(root, HashingEmbedder(), Settings(passage_length=60)).run([folder])
print(version)
"""

READER = """
import json, sys, time
from pathlib import Path
from models.fakes import HashingEmbedder
from rag import assemble
from rag.settings import Settings
from rag.store import Store
from rag.library import Library

root, end = Path(sys.argv[1]), time.monotonic() + float(sys.argv[2])
asked, mixed, generations, stays = 0, 0, set(), int(sys.argv[3])
while time.monotonic() < end:
    library, retriever = assemble.open_finding(Library.open(root), root, Settings(), HashingEmbedder(), None)
    for _ in range(stays):  # a page stays open while the generation under it goes
        hits = retriever.search("澜江大桥的投资", 20)
        seen = {hit.passage.text.partition("第")[2].partition("版")[0] for hit in hits}
        seen |= {library.article(hit.passage.article_id).text.partition("第")[2].partition("版")[0] for hit in hits}
        asked += 1
        mixed += len(seen) != 1 or not hits
        generations.add(library.manifest.generation)
    library.close()
print(json.dumps([asked, mixed, len(generations)]))
"""


def write_version(folder, version):
    """Write all articles of one version; some come and go."""
    for number in range(12):
        path = folder / f"{number}.txt"
        if number % 4 == version % 4 and number:
            path.unlink(missing_ok=True)
        else:
            path.write_text(
                f"澜江大桥的投资第{version}版，第{number}段工程用去了若干万元，工期不变。", encoding="utf-8"
            )


def test_many_readers_while_one_writes(tmp_path):
    """No error, no mixture; generations are removed while they are read."""
    folder, root = tmp_path / "articles", tmp_path / "library"
    folder.mkdir()
    write_version(folder, 1)
    Indexer(root, HashingEmbedder(), Settings(passage_length=60)).run([folder])

    def start(program, *arguments):
        command = [sys.executable, "-c", program, *map(str, arguments)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)

    # Readers have to load FAISS first, which the writer should not have finished by then.
    writer = start(WRITER, root, folder, SECONDS + 4)
    readers = [start(READER, root, SECONDS, stays) for stays in (1, 5, 60)[:READERS]]
    for process in (*readers, writer):
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, err
        if process is not writer:
            asked, mixed, generations = json.loads(out)
            assert mixed == 0
            assert asked > 0
            assert generations > 0
    assert int(out) > 2
