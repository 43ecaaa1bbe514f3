"""How fast passages are found, and in how much memory, in a library of any size.

    python -m eval.bench_retrieval --news FOLDER [--articles 63613] [--work DIR]

Indexes so many articles of the news (.jsonl, .jsonl.xz) into a library in DIR, unless it is there already: each as it
is at first, then again with about a quarter of its characters exchanged for others that are as common, always in the
same way, so that no copy passes for a repost. Then, in a process of its own: how long opening takes when the files have
been dropped from the system's cache, and 500 questions, which are pieces of sentences of the articles, without rerank.
Wall and CPU time are told apart: on a machine with other work only the second says anything. One JSON object.
"""

import argparse
import json
import lzma
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from itertools import chain, count, islice
from pathlib import Path

from models.machine import resident_memory_mib
from rag.assemble import open_embedder, open_indexer, open_retriever
from rag.library import Library
from rag.retrieval.lexical import LexicalIndex
from rag.settings import Settings
from rag.store import Store
from rag.types import EVERYTHING, Filter

_QUESTIONS = 500
_HITS = 20
_COMMON = 3000  # characters that may be exchanged
_SEED = 20_251_122


def _records(news: Path) -> Iterator[dict[str, str]]:
    for path in sorted(chain(news.glob("*.jsonl"), news.glob("*.jsonl.xz"))):
        opened = lzma.open if path.suffix == ".xz" else open
        with opened(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


def _exchange(common: str, copy: int) -> dict[int, str]:
    """Return what becomes of characters in a copy: one in four changes places with another of about its frequency."""
    chosen = [char for rank, char in enumerate(common) if rank % 4 == copy % 4]
    table: dict[int, str] = {}
    step = 1 + copy // 4
    for place in range(0, len(chosen) - 2 * step + 1, 2 * step):
        for one, other in zip(chosen[place : place + step], chosen[place + step : place + 2 * step], strict=True):
            table |= {ord(one): other, ord(other): one}
    return table


def _articles(news: Path) -> Iterator[dict[str, str]]:
    """Yield the articles, then changed copies of them, without end."""
    counts = Counter(char for record in islice(_records(news), 2000) for char in record["text"] if char >= "一")
    common = "".join(char for char, _ in counts.most_common(_COMMON))
    for copy in count():
        table = _exchange(common, copy - 1) if copy else {}
        for number, record in enumerate(_records(news)):
            text = record["text"].translate(table) if copy else record["text"]
            yield {"id": f"{copy}-{number}", "text": text, "published": record.get("published") or ""}


def _built(news: Path, articles: int, work: Path) -> Path:
    root = work / f"library-{articles}"
    if Store(root).current() is None:
        work.mkdir(parents=True, exist_ok=True)
        path = work / f"articles-{articles}.jsonl"
        with path.open("w", encoding="utf-8") as out:
            for record in islice(_articles(news), articles):
                out.write(json.dumps({k: v for k, v in record.items() if v}, ensure_ascii=False) + "\n")
        open_indexer(root).run([path])
        path.unlink()
    return root


def _dropped(folder: Path) -> None:
    """Ask the system to forget what it holds of a folder's files."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _questions(library: Library) -> list[str]:
    """Return pieces of passages, always the same ones."""
    rng = random.Random(_SEED)  # noqa: S311 - a benchmark's draw
    rows = library.passage_rows(EVERYTHING)
    texts = [
        stored.passage.text
        for stored in library.passages(rows[rng.sample(range(len(rows)), min(_QUESTIONS, len(rows)))].tolist()).values()
    ]
    return [text[(start := rng.randrange(max(1, len(text) - 24))) : start + rng.randrange(8, 25)] for text in texts]


def _spread(calls: list[Callable[[], object]]) -> dict[str, float]:
    """Return percentiles of the time that calls take, in milliseconds."""
    wall, cpu = [], []
    for call in calls:
        started, used = time.perf_counter(), time.process_time()
        call()
        cpu.append((time.process_time() - used) * 1000)
        wall.append((time.perf_counter() - started) * 1000)
    wall.sort()
    cpu.sort()
    half, most = len(calls) // 2, int(len(calls) * 0.95)
    return {"p50": wall[half], "p95": wall[most], "cpu_p50": cpu[half], "cpu_p95": cpu[most]}


def measure(root: Path) -> dict[str, object]:
    """Return the figures of a library, with this process's memory."""
    embedder = open_embedder(root)
    embedder.embed_query("预热")
    live = Store(root).current()
    assert live is not None
    _dropped(live)
    started = time.perf_counter()
    library = Library.open(root)
    retriever = open_retriever(library, root, Settings(), embedder)
    opened = time.perf_counter() - started
    questions = _questions(library)
    lexical = LexicalIndex(library)
    only = Filter(published_from=date(2023, 7, 1))

    def asking(asked: Filter) -> list[Callable[[], object]]:
        return [partial(retriever.search, question, _HITS, asked) for question in questions]

    started = time.perf_counter()
    retriever.search(questions[0], _HITS)
    first = time.perf_counter() - started
    found = {
        "passages": library.manifest.counts["passages"],
        "bytes": {name: record.bytes for name, record in library.manifest.files.items()},
        "open_cold_s": opened,
        "first_question_cold_s": first,
        "lexical_ms": _spread([partial(lexical.search, question, _HITS) for question in questions]),
        "retrieval_ms": _spread(asking(EVERYTHING)),
        "filtered_ms": _spread(asking(only)),
        "resident_mib": resident_memory_mib(),
    }
    library.close()
    return found


def main() -> int:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--news", type=Path, required=True, help="folder of JSON Lines files")
    parser.add_argument("--articles", type=int, default=63_613)
    parser.add_argument("--work", type=Path, default=Path(".yiju-bench"))
    parser.add_argument("--library", type=Path, help="measure this library, and index nothing")
    arguments = parser.parse_args()
    root = arguments.library or _built(arguments.news, arguments.articles, arguments.work)
    program = (
        "import json, sys; from pathlib import Path; from eval.bench_retrieval import measure; "
        "print(json.dumps(measure(Path(sys.argv[1]))))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(root)], stdout=subprocess.PIPE, text=True, check=True)
    sys.stdout.write(done.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
