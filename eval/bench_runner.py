"""What a batch run costs beside answering: time and memory over thousands of questions with passages of their own.

    python -m eval.bench_runner [--questions 10000] [--work DIR]

Makes the questions from the project's set: each with the passage that answers it (where one does) and others drawn
from the project's articles, five in all. Runs them as `yiju eval run` does, with the bundled models. The overhead is
the share of the run that was not spent inside the answerer; memory is the resident set after a tenth of the questions
and at the end. Prints one JSON object.
"""

import argparse
import json
import random
import shutil
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from pathlib import Path

from eval.manifest import build_manifest
from eval.questions import PROJECT_SET, load_questions
from eval.runner import run
from models.machine import resident_memory_mib
from rag.articles import Loaded, load, read_article
from rag.events import Event
from rag.protocols import Answerer
from rag.settings import Settings
from rag.types import Article, ConditionKind, Context, History

_PASSAGES = 5
_LENGTH = 240
_SEED = 20_251_122


def _articles() -> dict[str, str]:
    """Return the cleaned text of the project's articles by file name."""
    loaded = (item for item in load([PROJECT_SET / "articles"]) if isinstance(item, Loaded))
    found = (article for article in map(read_article, loaded) if isinstance(article, Article))
    return {Path(article.path).name: article.text for article in found}


def make_questions(count: int) -> Iterator[dict[str, object]]:
    """Yield question objects: the project's own in turn, each over five passages drawn anew."""
    rng = random.Random(_SEED)  # noqa: S311 - a benchmark's draw
    texts = _articles()
    names = sorted(texts)
    asked = load_questions(PROJECT_SET / "questions.jsonl")
    for number in range(count):
        question = asked[number % len(asked)]
        passages: list[str] = []
        for evidence in question.evidence[:1]:
            text = texts.get(evidence.doc_id, "")
            place = max(0, text.find(evidence.quote) - rng.randrange(_LENGTH // 2))
            passages.append(text[place : place + _LENGTH])
        while len(passages) < _PASSAGES:
            text = texts[rng.choice(names)]
            place = rng.randrange(max(1, len(text) - _LENGTH))
            passages.append(text[place : place + _LENGTH])
        rng.shuffle(passages)
        yield {
            "id": f"{number:06}",
            "question": question.question,
            "answers": [list(item) for item in question.answers],
            "answerable": question.answerable,
            "contexts": [{"id": f"p{place}", "text": text} for place, text in enumerate(passages)],
            "tags": list(question.tags),
        }


class _Watched:
    """An answerer whose time is counted, and beside it the memory of the process."""

    def __init__(self, answerer: Answerer, total: int) -> None:
        self._answerer = answerer
        self._marks = {total // 10: "tenth", total // 2: "half", total: "end"}
        self.asked = 0
        self.seconds = self.last = 0.0
        self.memory: dict[str, int] = {}

    def stream(
        self,
        question: str,
        history: History = (),
        *,
        contexts: Sequence[Context] | None = None,
        as_of: date | None = None,
        without: Collection[ConditionKind] = (),
    ) -> Iterator[Event]:
        """Yield the answerer's events."""
        start = time.perf_counter()
        events = list(self._answerer.stream(question, history, contexts=contexts, as_of=as_of, without=without))
        self.last = time.perf_counter()
        self.seconds += self.last - start
        self.asked += 1
        if mark := self._marks.get(self.asked):
            self.memory[mark] = resident_memory_mib()
        yield from events


def measure(count: int, work: Path) -> dict[str, object]:
    """Run so many questions into a new folder below `work`, and return what that cost."""
    from rag.assemble import open_answerer

    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    path = work / "questions.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(values, ensure_ascii=False) + "\n" for values in make_questions(count))
    questions = load_questions(path)
    settings = Settings()
    assembled = open_answerer(work / "none", settings, library_needed=False)
    watched = _Watched(assembled.answerer, count)
    manifest = build_manifest(path, models=assembled.identities, settings=settings, library=None)
    start = time.perf_counter()
    outcome = run(watched, questions, work / "run", manifest=manifest)
    end = time.perf_counter()
    assembled.close()
    asking = watched.last - start  # what is made from the rows comes after
    return {
        "questions": outcome.rows,
        "errors": outcome.errors,
        "answering_s": round(watched.seconds, 2),
        "asking_s": round(asking, 2),
        "overhead_share": round(1 - watched.seconds / asking, 4),
        "overhead_ms_a_question": round((asking - watched.seconds) / count * 1000, 3),
        "outputs_s": round(end - watched.last, 2),
        "resident_mib": watched.memory,
        "resident_after_outputs_mib": resident_memory_mib(),
        "report_mib": round((work / "run" / "report.html").stat().st_size / 2**20, 2),
        "rows_mib": round((work / "run" / "per_question.jsonl").stat().st_size / 2**20, 1),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench_runner", description=__doc__.partition("\n")[0])
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--work", type=Path, default=Path(".yiju-bench/runner"))
    arguments = parser.parse_args(argv)
    sys.stdout.write(json.dumps(measure(arguments.questions, arguments.work)) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
