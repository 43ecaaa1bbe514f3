"""What understanding dates and publishers is worth: recall on the dated questions, with and without it.

`python -m eval.bench_dates --library DIR` on a library of the news that `eval/sets/dated/README.md` names. "Without" is
the retriever asked with the words as they stand; "resolved" only puts dates for relative words (昨天 → 8月15日).
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from eval.questions import PROJECT_SET, Question, load_questions
from rag.answering.finding import Finder
from rag.assemble import open_embedder, open_retriever, publishers_of
from rag.events import Retrieved
from rag.library import Library
from rag.settings import Settings
from rag.types import NO_CONDITIONS, ConditionKind, Hit

DATED_SET = PROJECT_SET.parent / "dated" / "questions.jsonl"
DEPTHS = (1, 5, 10)
_HITS = 20


def found_within(question: Question, hits: Sequence[Hit], k: int) -> bool:
    """Whether one of the first `k` hits is of an article that holds the answer, or tells its story."""
    wanted = set(question.grades)
    return any(
        hit.passage.article_id in wanted or any(other.article_id in wanted for other in hit.also_in) for hit in hits[:k]
    )


def recall(
    questions: Sequence[Question], find: Callable[[Question], Sequence[Hit]]
) -> dict[str, tuple[int, dict[int, float]]]:
    """Return for each half, and for both, how many questions there are and their recall by depth, in per cent."""
    found: defaultdict[str, list[list[bool]]] = defaultdict(list)
    for question in questions:
        hits = find(question)
        row = [found_within(question, hits, k) for k in DEPTHS]
        found[str(question.fields.get("split", "-"))].append(row)
        found["all"].append(row)
    return {
        half: (len(rows), {k: 100 * sum(row[n] for row in rows) / len(rows) for n, k in enumerate(DEPTHS)})
        for half, rows in sorted(found.items())
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, required=True, metavar="DIR", help="library folder with the news")
    parser.add_argument("--questions", type=Path, default=DATED_SET, metavar="FILE", help="question set")
    parsed = parser.parse_args(arguments)
    questions = load_questions(parsed.questions)
    library = Library.open(parsed.library)
    settings = Settings()
    retriever = open_retriever(library, parsed.library, settings, open_embedder(parsed.library))
    finder = Finder(retriever, library, settings, lambda: publishers_of(library))

    def with_dates(question: Question, without: frozenset[ConditionKind] = frozenset()) -> Sequence[Hit]:
        events = finder.find(question.question, question.history, None, question.as_of, without)
        return next((event.hits for event in events if isinstance(event, Retrieved)), ())

    ways: dict[str, Callable[[Question], Sequence[Hit]]] = {
        "without": lambda question: retriever.search(question.question, _HITS),
        "resolved": lambda question: with_dates(question, NO_CONDITIONS),
        "with": with_dates,
    }
    for name, find in ways.items():
        for half, (count, by_depth) in recall(questions, find).items():
            shown = " / ".join(f"{value:.1f}" for value in by_depth.values())
            print(f"{name:9} {half:5} n={count:<4} recall@{'/'.join(map(str, DEPTHS))}: {shown}", flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
