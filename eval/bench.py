"""How fast the product is on this machine, and how much memory it takes.

    python -m eval.bench --articles FILE.jsonl [--count 5000] [--work DIR]

Indexes the first articles of a JSON Lines file into a fresh library, then measures `yiju ask` cold (a new process,
several times), questions on a warm answerer by stage, and the reader alone on 8 and 20 passages. Prints a table, and
one JSON document as the very last line. Quote ratios within one run: other programs on the machine change all figures.
"""

import argparse
import functools
import json
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from models.machine import peak_memory_mib
from rag.assemble import open_answerer, open_indexer
from rag.events import Finished

_REPEATS = 5
_QUESTIONS = (
    "公司上半年的营业收入是多少？",
    "新规从什么时候开始施行？",
    "会议在哪个城市举行？",
    "谁获得了冠军？",
    "暴雨造成多少人受灾？",
    "这款手机的屏幕尺寸是多少？",
    "航班为什么取消？",
    "今年的粮食产量比去年增长多少？",
)
_PASSAGE_LENGTH = 240


def _milliseconds(call: Callable[[], object], repeats: int = _REPEATS) -> dict[str, float]:
    """Return median and spread of several timed calls."""
    spent = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        spent.append((time.perf_counter() - start) * 1000)
    return {"median": round(statistics.median(spent), 1), "min": round(min(spent), 1), "max": round(max(spent), 1)}


def index(articles: Path, count: int, work: Path) -> dict[str, float]:
    """Index the first `count` articles and return how fast that went."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    chosen = work / "articles.jsonl"
    with articles.open(encoding="utf-8") as lines, chosen.open("w", encoding="utf-8") as out:
        for _, line in zip(range(count), lines, strict=False):
            out.write(line)
    indexer = open_indexer(work / "library")
    start = time.perf_counter()
    report = indexer.run([chosen])
    seconds = time.perf_counter() - start
    again = time.perf_counter()
    indexer.run([chosen])
    return {
        "articles": report.articles,
        "passages": report.passages,
        "seconds": round(seconds, 1),
        "articles_per_second": round(report.articles / seconds, 1),
        "seconds_unchanged_again": round(time.perf_counter() - again, 1),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=Path, required=True, help="JSON Lines file of articles")
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--work", type=Path, default=Path(".yiju-bench"))
    arguments = parser.parse_args()
    figures: dict[str, object] = {"machine": {"platform": platform.platform(), "python": platform.python_version()}}
    # In a process of its own, so that its memory is not counted as the answerer's.
    call = f"index(Path({str(arguments.articles)!r}), {arguments.count}, Path({str(arguments.work)!r}))"
    program = (
        "import json; from pathlib import Path; from eval.bench import index; "
        "from models.machine import peak_memory_mib; "
        f"print(json.dumps({{**{call}, 'peak_memory_mib': peak_memory_mib()}}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    figures["index"] = json.loads(done.stdout.splitlines()[-1])

    library = arguments.work / "library"
    command = [sys.executable, "-m", "ui.cli", "ask", _QUESTIONS[0], "--json", "--library", str(library)]
    figures["ask_cold_ms"] = _milliseconds(lambda: subprocess.run(command, capture_output=True, check=True))

    assembled = open_answerer(library)
    stages: dict[str, list[float]] = {}
    for round_number in range(_REPEATS + 1):
        for question in _QUESTIONS:
            events = list(assembled.answerer.stream(question))
            assert isinstance(events[-1], Finished)
            if round_number:  # the first round warms up
                for stage, spent in events[-1].answer.timings_ms.items():
                    stages.setdefault(stage, []).append(spent)
    figures["warm_ms"] = {
        stage: {"median": round(statistics.median(spent), 1), "p95": round(sorted(spent)[int(len(spent) * 0.95)], 1)}
        for stage, spent in stages.items()
    }
    hits = assembled.retriever.search(_QUESTIONS[0], 20)
    text = "".join(hit.passage.text for hit in hits)
    passages = [text[i * 97 : i * 97 + _PASSAGE_LENGTH] for i in range(20)]
    for count in (8, 20):
        read = functools.partial(assembled.models.reader.read, _QUESTIONS[0], passages[:count])
        figures[f"reader_{count}_passages_ms"] = _milliseconds(read)
    figures["peak_memory_mib"] = peak_memory_mib()
    for name, value in figures.items():
        sys.stdout.write(f"{name:28} {value}\n")
    sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
