"""Fits how likely an answer is right, and from which probability to answer: `rag/answering/calibration.json`.

    python -m eval.calibrate --data DIR --work DIR [--questions N] [--news N]

Human questions that the models never saw in training are asked over their own passages mixed with news that
training never saw. Each question is asked twice: with its passage in the library, and with that passage taken out,
when the right thing is to decline and what is retrieved are real near-misses. One half of the passages fits the
logistic model, the other half its slope, its bias and the threshold; the figures printed are those of the second half.
"""

import argparse
import itertools
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from eval.cmrc import f1_score
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
from rag.answering.candidates import FEATURES, Candidate, candidates
from rag.answering.confidence import FILE
from rag.assemble import open_embedder, open_indexer, open_retriever
from rag.library import Library
from rag.settings import Settings
from rag.types import Hit

SEED = 7
_DEPTH = 20
_RIGHT_F1 = 0.6
_FALSE_REFUSALS = 0.10
_WEIGHTS = (0.0, 0.05, 0.1, 0.25, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Gold:
    """A held-out human question with the article that answers it."""

    question: str
    answers: tuple[str, ...]
    article_id: str

    @property
    def half(self) -> int:
        """0 to fit on, 1 to measure on; by article."""
        return sum(self.article_id.encode()) % 2


def write_articles(data: Path, news_data: Path, folder: Path, news: int) -> list[Gold]:
    """Write the articles to index as JSON Lines, and return the questions on them."""
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
                    questions.append(Gold(row["question"], tuple(row["answers"]), ids[passage]))
        written = 0
        for path in find_files(news_data, NEWS_SOURCE):
            for row in read_rows(path, ("text",), NEWS_SOURCE.default_licence):
                if written < news and is_held_out_news(str(row["id"])):
                    article(f"news-{row['id']}", row["text"])
                    written += 1
    return questions


def is_right(gold: Gold, candidate: Candidate) -> bool:
    """Whether a candidate says the gold answer (contains it, or nearly equals it)."""
    text = fold_text(candidate.text)
    folded = [fold_text(answer) for answer in gold.answers]
    return any(answer in text for answer in folded) or f1_score(folded, text) >= _RIGHT_F1


@dataclass(frozen=True, slots=True)
class Judged:
    """All candidates of one question asked one way."""

    half: int
    answerable: bool
    features: npt.NDArray[np.float64]  # shape (candidates, features)
    right: npt.NDArray[np.bool_]  # shape (candidates,)


def judge(gold: Gold, hits: Sequence[Hit], readings: Sequence[Reading], *, answerable: bool) -> Judged | None:
    """Return a question's candidates with what is right; without its own article when it is not `answerable`."""
    kept = [
        (hit, reading)
        for hit, reading in zip(hits, readings, strict=True)
        if answerable or hit.passage.article_id != gold.article_id
    ]
    renumbered = [Hit(i, hit.score, hit.passage, hit.legs) for i, (hit, _) in enumerate(kept, start=1)]
    found = candidates(gold.question, renumbered, [reading for _, reading in kept])
    if not found:
        return None
    right = np.array([is_right(gold, c) and c.hit.passage.article_id == gold.article_id for c in found])
    return Judged(gold.half, answerable, np.stack([c.features for c in found]), right)


def fit(judged: Sequence[Judged]) -> tuple[npt.NDArray[np.float64], float]:
    """Return weights and bias: fitted on the first half's candidates, rescaled on the second half's winners."""
    from sklearn.linear_model import LogisticRegression

    first = [j for j in judged if j.half == 0]
    features = np.concatenate([j.features for j in first])
    right = np.concatenate([j.right for j in first])
    centre, scale = features.mean(0), features.std(0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=2000).fit((features - centre) / scale, right)
    weights = model.coef_[0] / scale
    bias = float(model.intercept_[0] - weights @ centre)
    winners = [(j.features @ weights + bias, j.right) for j in judged if j.half == 1]
    scores = np.array([[logits.max()] for logits, _ in winners])
    correct = np.array([bool(right[logits.argmax()]) for logits, right in winners])
    platt = LogisticRegression(C=100.0).fit(scores, correct)
    slope, shift = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    return weights * slope, bias * slope + shift


def summarise(judged: Sequence[Judged], weights: npt.NDArray[np.float64], bias: float) -> dict[str, Any]:
    """Return the threshold and what it does on the second half."""
    outcomes = []
    for j in (j for j in judged if j.half == 1):
        logits = j.features @ weights + bias
        best = int(logits.argmax())
        outcomes.append((1 / (1 + np.exp(-float(logits[best]))), bool(j.right[best]), j.answerable))
    right = np.array([p for p, ok, can in outcomes if can and ok])
    answerable = np.array([p for p, _, can in outcomes if can])
    unanswerable = np.array([p for p, _, can in outcomes if not can])
    threshold = float(np.quantile(right, _FALSE_REFUSALS))
    bins = np.linspace(0, 1, 6)
    table = []
    for low, high in itertools.pairwise(bins):
        inside = [(p, ok) for p, ok, _ in outcomes if low <= p < high or (high == 1 and p == 1)]
        if inside:
            table.append(
                {
                    "from": round(float(low), 1),
                    "n": len(inside),
                    "said": round(float(np.mean([p for p, _ in inside])), 3),
                    "right": round(float(np.mean([ok for _, ok in inside])), 3),
                }
            )
    strict = float(np.quantile(answerable, 0.05))
    return {
        "threshold": threshold,
        "answerable": len(answerable),
        "unanswerable": len(unanswerable),
        "right_if_always_answering": round(len(right) / len(answerable), 4),
        "right_and_answered": round(float((right >= threshold).sum()) / len(answerable), 4),
        "answerable_declined": round(float((answerable < threshold).mean()), 4),
        "unanswerable_declined": round(float((unanswerable < threshold).mean()), 4),
        "unanswerable_declined_at_5_percent_of_answerable": round(float((unanswerable < strict).mean()), 4),
        "reliability": table,
    }


def main() -> int:
    """Fit, print the figures, and write the calibration."""
    from tqdm import tqdm

    from models.reader import open_bundled_reader

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds rc/ and the news files")
    parser.add_argument("--news-data", type=Path, help="folder of the news files, where it is another")
    parser.add_argument("--work", type=Path, required=True, help="scratch folder for the library")
    parser.add_argument("--questions", type=int, default=600)
    parser.add_argument("--news", type=int, default=3000, help="how many held-out news articles to mix in")
    parser.add_argument("--dry-run", action="store_true", help="only print")
    arguments = parser.parse_args()

    arguments.work.mkdir(parents=True, exist_ok=True)
    questions = write_articles(arguments.data, arguments.news_data or arguments.data, arguments.work, arguments.news)
    root = arguments.work / "library"
    settings = Settings()
    report = open_indexer(root, settings).run([arguments.work / "articles.jsonl"])
    random.Random(SEED).shuffle(questions)  # noqa: S311 - a fixed choice, not a secret
    questions = questions[: arguments.questions]
    library = Library.open(root)
    embedder, reader = open_embedder(), open_bundled_reader()

    for weight in _WEIGHTS:
        retriever = open_retriever(library, root, Settings(dense_weight=weight), embedder)
        ranks = []
        for gold in questions:
            ids = [hit.passage.article_id for hit in retriever.search(gold.question, 10)]
            ranks.append(ids.index(gold.article_id) if gold.article_id in ids else 99)
        found = {f"success@{k}": round(float(np.mean([rank < k for rank in ranks])), 4) for k in (1, 5, 10)}
        sys.stdout.write(f"dense weight {weight}: {found}\n")

    retriever = open_retriever(library, root, settings, embedder)
    judged: list[Judged] = []
    for gold in tqdm(questions, desc="reading"):
        hits = retriever.search(gold.question, _DEPTH)
        readings = reader.read(gold.question, [hit.passage.text for hit in hits])
        judged += [j for a in (True, False) if (j := judge(gold, hits, readings, answerable=a))]
    weights, bias = fit(judged)
    figures = summarise(judged, weights, bias)
    calibration = {
        "weights": {name: float(weight) for name, weight in zip(FEATURES, weights, strict=True)},
        "bias": bias,
        "threshold": figures.pop("threshold"),
        "fitted": {
            "reader": reader.fingerprint,
            "embedder": embedder.fingerprint,
            "questions": len(questions),
            "articles": report.articles,
            "dense_weight": settings.dense_weight,
            "seed": SEED,
            "figures_on_the_second_half": figures,
        },
    }
    text = json.dumps(calibration, ensure_ascii=False, indent=1) + "\n"
    sys.stdout.write(text)
    if not arguments.dry_run:
        FILE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
