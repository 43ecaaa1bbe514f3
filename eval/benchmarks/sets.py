"""Question sets from the training data's held-out part: the rows that the split by passage kept from all training.

The split is training's own (`models.training.sources.is_development`). The public data lies as JSON Lines of
`{id, question, passage, answers, …}`; what is written here is the project's format, with one id for each passage.
"""

import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.calibrate import SEED
from eval.normal import normalise
from eval.questions import PROJECT_SET
from models.errors import BadInputError
from models.fold import fold_text
from models.training.sources import (
    NEWS_SOURCE,
    QUESTION_SOURCES,
    Source,
    find_files,
    is_development,
    is_held_out_news,
    per_mille,
    read_rows,
    sha256_of,
)

SIMPLIFIED = Source("drcd_dev_s", "rc/drcd_dev_s.jsonl*", "DRCD, development part, in Simplified script")
"""Not trained on as such, but its Traditional original was: it is held out where that is."""
FITTED, UNFITTED = "confidence-fitted", "nothing-fitted"
"""Tags: whether a held-out question took part in fitting the confidence."""
NEWS = 3000
"""Held-out news articles that are mixed in where their folder is given."""
_SUFFIX = "_s"  # DRCD's ids in Simplified script
_SOURCES: Mapping[str, Source] = {source.name: source for source in (*QUESTION_SOURCES, SIMPLIFIED)}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question over its passage, as the data has it."""

    id: str
    question: str
    passage: str
    answers: tuple[str, ...]
    source: str
    title: str  # of the article that the passage is from; the passage itself where the data does not say


def _rows(data: Path, name: str) -> Iterator[dict[str, Any]]:
    for path in find_files(data, _SOURCES[name]):
        yield from read_rows(path, ("id", "question", "passage"))


def _asked(row: Mapping[str, Any], name: str) -> Asked:
    title = str(row.get("title") or row["passage"])
    return Asked(str(row["id"]), row["question"], row["passage"], tuple(row["answers"]), name, title)


def every_question(data: Path, name: str) -> list[Asked]:
    """Return all questions of a source."""
    return [_asked(row, name) for row in _rows(data, name)]


def held_out(data: Path, name: str) -> list[Asked]:
    """Return the questions of a source whose passage was kept from all training.

    Raises:
        BadInputError: the file is not there, or a question in Simplified script has no Traditional original.

    """
    if name != SIMPLIFIED.name:
        return [asked for asked in every_question(data, name) if is_development(name, fold_text(asked.passage))]
    original = {row["id"]: row["passage"] for row in _rows(data, "drcd_dev")}
    kept = []
    for asked in every_question(data, name):
        passage = original.get(asked.id.removesuffix(_SUFFIX))
        if passage is None:
            msg = f"{name}: {asked.id} has no original in drcd_dev, so nobody knows whether training saw it"
            raise BadInputError(f"{msg}; give both files of one release")
        if is_development("drcd_dev", fold_text(passage)):
            kept.append(asked)
    return kept


def fitted_questions(data: Path, count: int) -> frozenset[tuple[str, str]]:
    """Return (source, id) of the held-out questions on which `eval.calibrate` fitted the confidence: its own draw."""
    drawn = [
        (source.name, str(row["id"]))
        for source in QUESTION_SOURCES
        for path in find_files(data, source)
        for row in read_rows(path, ("question", "passage"))
        if is_development(source.name, fold_text(row["passage"]))
    ]
    random.Random(SEED).shuffle(drawn)  # noqa: S311 - the draw to be repeated
    return frozenset(drawn[:count])


def _spans(passage: str, answer: str) -> dict[str, object]:
    start = passage.find(answer) if passage.count(answer) == 1 else -1
    return {} if start < 0 else {"start": start, "end": start + len(answer)}


class Writer:
    """Writes question sets and articles, with one id for each passage and one tag for what was fitted on."""

    def __init__(self, folder: Path, fitted: Iterable[tuple[str, str]]) -> None:
        self._folder = folder
        self._fitted = frozenset(fitted)
        self._names: dict[str, str] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def _write(self, name: str, rows: Iterable[Mapping[str, object]]) -> None:
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
        (self._folder / name).write_text("".join(lines), encoding="utf-8")

    def name_of(self, passage: str) -> str:
        """Return a passage's id, the same in every set."""
        return self._names.setdefault(passage, f"passage-{len(self._names) + 1}")

    def _values(self, asked: Asked, answers: list[str]) -> dict[str, object]:
        name, simplified = self.name_of(asked.passage), asked.source == SIMPLIFIED.name
        source = "drcd_dev" if simplified else asked.source
        fitted = (source, asked.id.removesuffix(_SUFFIX) if simplified else asked.id) in self._fitted
        return {
            "id": asked.id,
            "question": asked.question,
            "answers": answers,
            "evidence": [{"doc_id": name, "quote": text, **_spans(asked.passage, text)} for text in answers],
            "tags": [asked.source, FITTED if fitted else UNFITTED],
        }

    def questions(self, name: str, questions: Iterable[Asked], *, fixed: bool) -> None:
        """Write a set, each question over its own passage (`fixed`) or to be asked of a library.

        Answers of punctuation alone are no gold, as CMRC's script has it; a question without any other is left out.
        """
        rows = []
        for asked in questions:
            if answers := list(dict.fromkeys(text for text in asked.answers if normalise(text))):
                values = self._values(asked, answers)
                contexts = [{"id": self.name_of(asked.passage), "text": asked.passage}]
                rows.append(values | {"contexts": contexts} if fixed else values)
        self._write(name, rows)

    def questions_with_and_without(self, name: str, questions: Iterable[Asked]) -> list[str]:
        """Write a set of which half the articles are to be in the library; return their passages.

        Questions on the other half are unanswerable there: their article is missing with all its passages, what is
        found are near-misses. Questions on which the confidence was fitted are left out.
        """
        rows: list[dict[str, object]] = []
        inside: dict[str, None] = {}
        for asked in questions:
            there = per_mille(f"library:{asked.title}") < 500
            if there:
                inside[asked.passage] = None
            answers = list(dict.fromkeys(text for text in asked.answers if normalise(text)))
            if not answers or (asked.source, asked.id) in self._fitted:
                continue
            values = self._values(asked, answers)
            if not there:
                values |= {"answers": [], "evidence": [], "answerable": False, "removed": answers}
            rows.append(values)
        self._write(name, rows)
        return list(inside)

    def articles(self, name: str, passages: Iterable[str], news: Iterable[tuple[str, str]] = ()) -> None:
        """Write articles to index: passages, and news by id and text."""
        rows = [{"id": self.name_of(passage), "text": passage} for passage in dict.fromkeys(passages)]
        self._write(name, [*rows, *({"id": f"news-{name}", "text": text} for name, text in news)])


def held_out_news(folder: Path, count: int = NEWS) -> Iterator[tuple[str, str]]:
    """Yield id and text of news that training never saw, the first `count` of the files."""
    for path in find_files(folder, NEWS_SOURCE):
        for row in read_rows(path, ("text",), NEWS_SOURCE.default_licence):
            if count and is_held_out_news(str(row["id"])):
                count -= 1
                yield str(row["id"]), row["text"]


def _project_test(path: Path) -> None:
    lines = (PROJECT_SET / "questions.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if json.loads(line).get("split") == "test"), encoding="utf-8")


def write_sets(data: Path, folder: Path, fitted: int, news: Path | None = None) -> None:
    """Write every set and every file of articles into `folder`: the same bytes from the same data.

    Raises:
        BadInputError: data is missing or damaged, or under a licence that is not known.

    """
    writer = Writer(folder, fitted_questions(data, fitted))
    parts = {name: held_out(data, name) for name in ("cmrc2018_train", "drcd_dev", "xquad_zh")}
    pooled = [asked for part in parts.values() for asked in part]
    for name, questions in parts.items():
        writer.questions(f"{name}.jsonl", questions, fixed=True)
    writer.questions("cmrc2018_trial.jsonl", every_question(data, "cmrc2018_trial"), fixed=True)
    writer.questions(f"{SIMPLIFIED.name}.jsonl", held_out(data, SIMPLIFIED.name), fixed=True)
    writer.questions("open.jsonl", pooled, fixed=False)
    inside = writer.questions_with_and_without("removed.jsonl", pooled)
    libraries = {"open": [asked.passage for asked in pooled], "removed": inside}
    mixed = list(held_out_news(news)) if news else []
    for name, passages in libraries.items():
        writer.articles(f"{name}.articles.jsonl", passages)
        if news:
            writer.articles(f"{name}-news.articles.jsonl", passages, mixed)
    _project_test(folder / "project-test.jsonl")


_CARD_LINE = re.compile(r"^\|.*\| (\S+\.jsonl\S*) \|.*`([0-9a-f]{64})` \|$", re.MULTILINE)


def trained_files(cards: Iterable[Path]) -> dict[str, str]:
    """Return file → SHA-256 of all that the model cards say was trained on."""
    return {file: digest for card in cards for file, digest in _CARD_LINE.findall(card.read_text(encoding="utf-8"))}


def same_as_trained(data: Path, name: str, trained: Mapping[str, str]) -> bool | None:
    """Tell whether a source's file is that of training; None where training had no such source."""
    digests = [digest for file, digest in trained.items() if file.partition(".")[0] == name]
    return sha256_of(find_files(data, _SOURCES[name])[0]) in digests if digests else None
