"""Fits how likely an answer is right: `rag/answering/calibration.json`.

    python -m eval.calibrate --data DIR --work DIR [--news-data DIR] [--questions N] [--news N] [--check]

Human questions that the models never saw in training are asked over their own passages mixed with news that
training never saw. Each is judged twice: with its passage among the hits, and with that passage taken out, when the
right thing is to decline and what was retrieved are real near-misses; so are the development questions of the sets
over news. Beside them stand those of the project's own set, which share few words with their articles. One half fits
the logistic model, the other half its slope and its bias; the figures printed are those of the second half.
`--check` prints them for the calibration that is there, and fits nothing.
"""

import argparse
import json
import random
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from eval.calibration import THRESHOLD, Gold, Judged, fit, judge, summarise
from eval.prediction import is_document, library_lookup
from eval.questions import PROJECT_SET, Question, load_questions
from models.fold import fold_text
from models.protocols import Reading
from models.training.sources import (
    NEWS_SOURCE,
    QUESTION_SOURCES,
    find_files,
    is_development,
    is_held_out_news,
    read_rows,
)
from rag.answering.candidates import FEATURES
from rag.answering.confidence import FILE, read_calibration
from rag.assemble import open_embedder, open_indexer, open_retriever
from rag.library import Library
from rag.settings import Settings
from rag.types import Hit

SEED = 7
_DEPTH = 20
_NEWS_WEIGHT, _PROJECT_WEIGHT = 2.0, 4.0  # few, and nearer to what users ask than questions about encyclopedias
_NEWS_SETS = tuple(PROJECT_SET.parent / name / "questions.jsonl" for name in ("paraphrase", "aliases"))


def judge_both_ways(gold: Gold, hits: Sequence[Hit], readings: Sequence[Reading]) -> Iterator[Judged]:
    """Yield a question judged on its hits, and again as one without an answer, on those of other articles."""
    yield from judge(gold, hits, readings)
    kept = [i for i, hit in enumerate(hits) if hit.passage.article_id not in gold.article_ids]
    others = [replace(hits[i], rank=rank) for rank, i in enumerate(kept, start=1)]
    missing = replace(gold, answers=(), article_ids=frozenset(), answerable=False)
    yield from judge(missing, others, [readings[i] for i in kept])


def write_articles(
    data: Path, news_data: Path, folder: Path, news: int, asked: Collection[str] = frozenset()
) -> list[Gold]:
    """Write the articles to index as JSON Lines, and return people's questions on them.

    They are the held-out passages that people asked about, so many held-out news articles, and those `asked` about,
    by their ids here (`_news_id`).
    """
    questions: list[Gold] = []
    ids: dict[str, str] = {}
    with (folder / "articles.jsonl").open("w", encoding="utf-8") as out:

        def article(article_id: str, text: str) -> None:
            out.write(json.dumps({"id": article_id, "text": text}, ensure_ascii=False) + "\n")

        for source in QUESTION_SOURCES:
            for path in find_files(data, source):
                for row in read_rows(path, ("question", "passage")):
                    passage = row["passage"]
                    if not is_development(source.name, fold_text(passage)):
                        continue
                    if passage not in ids:
                        ids[passage] = f"gold-{len(ids)}"
                        article(ids[passage], passage)
                    name = ids[passage]
                    half = sum(name.encode()) % 2
                    questions.append(Gold(row["question"], tuple(row["answers"]), frozenset({name}), True, half))
        written = 0
        for path in find_files(news_data, NEWS_SOURCE):
            for row in read_rows(path, ("text",), NEWS_SOURCE.default_licence):
                held_out = written < news and is_held_out_news(str(row["id"]))
                name = _news_id(row["id"])
                if held_out or name in asked:
                    article(name, row["text"])
                    written += held_out
    return questions


def news_questions() -> list[Gold]:
    """Return the questions over news on which things may be fitted: those of a set's development half, or of all."""
    found = [
        asked for path in _NEWS_SETS for asked in load_questions(path) if asked.fields.get("split") in {None, "dev"}
    ]
    return [
        _gold(asked, frozenset(map(_news_id, asked.grades)), number, _NEWS_WEIGHT) for number, asked in enumerate(found)
    ]


def _news_id(article: object) -> str:
    return f"news-{article}"


def _gold(asked: Question, places: frozenset[str], number: int, weight: float) -> Gold:
    """Return a question of a set, found in `places`; `number` in its set says which half it belongs to."""
    answers = tuple(alias for group in asked.answers for alias in group)
    return Gold(asked.question, answers, places, bool(asked.answerable), number // 2 % 2, weight)


def project_questions(library: Library) -> list[Gold]:
    """Return the development questions of the project's set, with the ids that its articles have in a library."""
    lookup = library_lookup(library)
    ids = [item.id for item in library.articles()]
    found: list[Gold] = []
    for number, question in enumerate(load_questions(PROJECT_SET / "questions.jsonl")):
        if question.fields.get("split") == "dev":
            places = frozenset(i for i in ids if any(is_document(e.doc_id, i, lookup) for e in question.evidence))
            found.append(_gold(question, places, number, _PROJECT_WEIGHT))
    return found


def main() -> int:
    """Fit, print the figures, and write the calibration."""
    from tqdm import tqdm

    from models.reader import open_bundled_reader

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds rc/")
    parser.add_argument("--news-data", type=Path, help="folder of the news files, where it is another")
    parser.add_argument("--work", type=Path, required=True, help="scratch folder for two libraries")
    parser.add_argument("--questions", type=int, default=600)
    parser.add_argument("--news", type=int, default=3000, help="how many held-out news articles to mix in")
    parser.add_argument("--check", action="store_true", help="measure the calibration that is there; fit nothing")
    parser.add_argument("--dry-run", action="store_true", help="only print")
    arguments = parser.parse_args()

    arguments.work.mkdir(parents=True, exist_ok=True)
    over_news = news_questions()
    asked = {name for gold in over_news for name in gold.article_ids}
    questions = write_articles(
        arguments.data, arguments.news_data or arguments.data, arguments.work, arguments.news, asked
    )
    settings = Settings()
    roots = [arguments.work / "library", arguments.work / "project"]
    open_indexer(roots[0], settings).run([arguments.work / "articles.jsonl"])
    open_indexer(roots[1], settings).run([PROJECT_SET / "articles"])
    libraries = [Library.open(root) for root in roots]
    random.Random(SEED).shuffle(questions)  # noqa: S311 - a fixed choice, not a secret
    people = questions[: arguments.questions]
    batches = [[*people, *over_news], project_questions(libraries[1])]
    embedder, reader = open_embedder(), open_bundled_reader()
    there = read_calibration() if arguments.check else None
    if there is not None:
        there.check(reader)  # before minutes of reading

    judged: list[Judged] = []
    for root, library, batch, judged_as in zip(roots, libraries, batches, (judge_both_ways, judge), strict=True):
        retriever = open_retriever(library, root, settings, embedder)
        for gold in tqdm(batch, desc="reading"):
            hits = retriever.search(gold.question, _DEPTH)
            judged += judged_as(gold, hits, reader.read(gold.question, [hit.passage.text for hit in hits]))
    if there is not None:
        figures = summarise(judged, there.weights, there.bias, there.threshold)
        sys.stdout.write(json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
        return 0
    weights, bias = fit(judged)
    calibration = {
        "weights": {name: float(weight) for name, weight in zip(FEATURES, weights, strict=True)},
        "bias": bias,
        "threshold": THRESHOLD,
        "fitted": {
            "reader": reader.fingerprint,
            "embedder": embedder.fingerprint,
            "questions": [len(people), len(over_news), len(batches[1])],
            "articles": [library.manifest.counts["articles"] for library in libraries],
            "dense_weight": settings.dense_weight,
            "seed": SEED,
            "figures_on_the_second_half": summarise(judged, weights, bias),
        },
    }
    text = json.dumps(calibration, ensure_ascii=False, indent=1) + "\n"
    sys.stdout.write(text)
    if not arguments.dry_run:
        FILE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
