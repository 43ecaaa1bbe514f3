"""Fits how likely an answer is right: `rag/answering/calibration.json`.

    python -m eval.calibrate --data DIR --work DIR [--news-data DIR] [--questions N] [--news N] [--check]

Human questions that the models never saw in training are asked over their own passages mixed with news that
training never saw; the development questions of the sets over news, among all of it. Each is judged twice: with its
article among the hits, and with that article taken out, when the right thing is to decline and what was retrieved are
real near-misses. Beside them stand the development questions of the project's own set, which share few words with
their articles. The figures printed are of each half by a fit on the other; what is written is fitted on both.
`--check` prints those of the calibration that is there, and fits nothing; it may have seen the questions.
"""

import argparse
import json
import random
import sys
from pathlib import Path

from eval.calibration import (
    THRESHOLD,
    Gold,
    Judged,
    by_halves,
    fit,
    judge,
    judge_both_ways,
    outcomes,
    summarise,
)
from eval.prediction import is_document, library_lookup
from eval.questions import PROJECT_SET, Question, load_questions
from models.fold import fold_text
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

SEED = 7
_DEPTH = 20
WEIGHS = {"people": 1.0, "news": 2.0, "project": 4.0}  # the fewer, the nearer to what users ask
_NEWS_SETS = tuple(PROJECT_SET.parent / name / "questions.jsonl" for name in ("paraphrase", "aliases"))


def write_articles(data: Path, news_data: Path, folder: Path, news: int) -> list[Gold]:
    """Write the articles to index as JSON Lines, and return people's questions on them.

    They are the held-out passages that people asked about, and so many held-out news articles.
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
                    answers, places = tuple(row["answers"]), frozenset({name})
                    questions.append(Gold(row["question"], answers, places, True, half, "people"))
        written = 0
        for path in find_files(news_data, NEWS_SOURCE):
            for row in read_rows(path, ("text",), NEWS_SOURCE.default_licence):
                if written < news and is_held_out_news(str(row["id"])):
                    article(f"news-{row['id']}", row["text"])
                    written += 1
    return questions


def news_questions() -> list[Gold]:
    """Return the questions over news on which things may be fitted: those of a set's development half, or of all."""
    found = [
        asked for path in _NEWS_SETS for asked in load_questions(path) if asked.fields.get("split") in {None, "dev"}
    ]
    return [_gold(asked, frozenset(asked.grades), number, "news") for number, asked in enumerate(found)]


def _gold(asked: Question, places: frozenset[str], number: int, kind: str) -> Gold:
    """Return a question of a set, found in `places`; `number` in its set says which half it belongs to."""
    answers = tuple(alias for group in asked.answers for alias in group)
    half = number // 2 % 2
    return Gold(asked.question, answers, places, bool(asked.answerable), half, kind, reprinted=kind == "news")


def project_questions(library: Library) -> list[Gold]:
    """Return the development questions of the project's set, with the ids that its articles have in a library."""
    lookup = library_lookup(library)
    ids = [item.id for item in library.articles()]
    found: list[Gold] = []
    for number, question in enumerate(load_questions(PROJECT_SET / "questions.jsonl")):
        if question.fields.get("split") == "dev":
            places = frozenset(i for i in ids if any(is_document(e.doc_id, i, lookup) for e in question.evidence))
            found.append(_gold(question, places, number, "project"))
    return found


def main() -> int:
    """Fit, print the figures, and write the calibration."""
    from tqdm import tqdm

    from models.reader import open_bundled_reader

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds rc/")
    parser.add_argument("--news-data", type=Path, help="folder of the news files, where it is another")
    parser.add_argument("--work", type=Path, required=True, help="scratch folder for three libraries")
    parser.add_argument("--questions", type=int, default=600)
    parser.add_argument("--news", type=int, default=3000, help="how many held-out news articles to mix in")
    parser.add_argument("--check", action="store_true", help="measure the calibration that is there; fit nothing")
    parser.add_argument("--dry-run", action="store_true", help="only print")
    arguments = parser.parse_args()

    arguments.work.mkdir(parents=True, exist_ok=True)
    news_data = arguments.news_data or arguments.data
    questions = write_articles(arguments.data, news_data, arguments.work, arguments.news)
    settings = Settings()
    articles = {
        "library": [arguments.work / "articles.jsonl"],
        "news": find_files(news_data, NEWS_SOURCE),
        "project": [PROJECT_SET / "articles"],
    }
    roots = [arguments.work / name for name in articles]
    for root, paths in zip(roots, articles.values(), strict=True):
        open_indexer(root, settings).run(paths)
    libraries = [Library.open(root) for root in roots]
    random.Random(SEED).shuffle(questions)  # noqa: S311 - a fixed choice, not a secret
    batches = [questions[: arguments.questions], news_questions(), project_questions(libraries[2])]
    embedder, reader = open_embedder(), open_bundled_reader()
    there = read_calibration() if arguments.check else None
    if there is not None:
        there.check(reader)  # before minutes of reading

    judged: list[Judged] = []
    ways = (judge_both_ways, judge_both_ways, judge)
    for root, library, batch, judged_as in zip(roots, libraries, batches, ways, strict=True):
        retriever = open_retriever(library, root, settings, embedder)
        for gold in tqdm(batch, desc="reading"):
            hits = retriever.search(gold.question, _DEPTH)
            judged += judged_as(gold, hits, reader.read(gold.question, [hit.passage.text for hit in hits]))
    if there is not None:
        figures = summarise(outcomes(judged, there.weights, there.bias), there.threshold)
        sys.stdout.write(json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
        return 0
    weights, bias = fit(judged, WEIGHS)
    calibration = {
        "weights": {name: float(weight) for name, weight in zip(FEATURES, weights, strict=True)},
        "bias": bias,
        "threshold": THRESHOLD,
        "fitted": {
            "reader": reader.fingerprint,
            "embedder": embedder.fingerprint,
            "questions": [len(batch) for batch in batches],
            "articles": [library.manifest.counts["articles"] for library in libraries],
            "dense_weight": settings.dense_weight,
            "seed": SEED,
            "figures_by_the_other_half": summarise(by_halves(judged, WEIGHS)),
        },
    }
    text = json.dumps(calibration, ensure_ascii=False, indent=1) + "\n"
    sys.stdout.write(text)
    if not arguments.dry_run:
        FILE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
