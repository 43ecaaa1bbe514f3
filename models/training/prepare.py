"""Step 1: read the data once, fold it, split it, make questions, and write what the other steps use."""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from multiprocessing import Pool
from pathlib import Path
from typing import Any, Self

from models.errors import BadInputError
from models.fold import fold_text
from models.training.apart import Apart
from models.training.files import read_lines, told, write_json, write_lines
from models.training.interrupts import ignore_interrupts
from models.training.sources import (
    NEWS_SOURCE,
    QUESTION_SOURCES,
    TEXT_SOURCES,
    HumanQuestion,
    Source,
    drop_overlap,
    find_files,
    human_question,
    is_held_out_news,
    licence_name,
    read_rows,
    sha256_of,
    shingles,
)
from models.training.synthetic import MadeQuestion, questions_about

SEED = 1
_MIN_COUNT = 8  # rarer characters are unknown to the reader
_MAX_CHARACTERS = 5400  # four embedding rows each: this bounds the size of the shipped file
REPORTS_SOURCE = "reports"  # questions that one report asks of another
HUMAN_SOURCE = "rc"  # made questions about the passages that people asked about
_CHUNK = 400  # texts that a worker takes at a time
REPORTS_FILE, REPORTS_RECORD = "reports.jsonl", "reports.json"
HUMAN_FILE, MADE_FILE, VOCABULARY_FILE, RECORD_FILE = "human.jsonl", "made.jsonl", "vocabulary.json", "prepare.json"


@dataclass(frozen=True, slots=True)
class MadePassage:
    """A passage of running text, folded, with questions made from it."""

    passage: str
    questions: tuple[MadeQuestion, ...]
    source: str
    held_out: bool

    def to_row(self) -> dict[str, Any]:
        """Return a short JSON form."""
        asked = [[q.question, q.answer, q.start] for q in self.questions]
        return {"p": self.passage, "q": asked, "s": self.source, "h": int(self.held_out)}

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Self:
        """Return the passage of a JSON form."""
        return cls(row["p"], tuple(MadeQuestion(*q) for q in row["q"]), row["s"], bool(row["h"]))


@dataclass(frozen=True, slots=True)
class Text:
    """A running text, folded."""

    text: str
    source: str
    held_out: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """What training reads."""

    human: list[HumanQuestion]
    made: list[MadePassage]
    characters: list[str]  # the vocabulary, in order of id, without special tokens

    @classmethod
    def load(cls, work: Path) -> Self:
        """Read what `prepare` wrote.

        Raises:
            BadInputError: it has not been run for this folder, or a file of it is broken.

        """
        folder = work / "prepared"
        if not (folder / RECORD_FILE).exists():
            msg = f"{folder}: nothing prepared here; run the step prepare with the same --work first"
            raise BadInputError(msg)
        human = read_lines(
            folder / HUMAN_FILE, lambda row: HumanQuestion(**{**row, "answers": tuple(row["answers"])}), "prepare"
        )
        made = read_lines(folder / MADE_FILE, MadePassage.from_row, "prepare")
        if (folder / REPORTS_FILE).exists():  # which the step reports writes
            made += read_lines(folder / REPORTS_FILE, MadePassage.from_row, "reports")
        with told(folder / VOCABULARY_FILE, "prepare"):
            characters = json.loads((folder / VOCABULARY_FILE).read_text("utf-8"))
            if not all(isinstance(char, str) and len(char) == 1 for char in characters):
                msg = "not a list of characters"
                raise ValueError(msg)
        return cls(human, made, characters)


def _passages_wanted(text: Text) -> int:
    """Return how many passages to take from a text: laws are long and alike, so that they get fewer."""
    if text.source == "news":
        return max(1, round(len(text.text) / 330))
    return max(1, min(6, len(text.text) // 900))


def _make(job: tuple[int, list[Text]]) -> list[dict[str, Any]]:
    seed, texts = job
    rng = random.Random(seed)
    rows = []
    for text in texts:
        for passage, made in questions_about(text.text, rng, _passages_wanted(text)):
            rows.append(MadePassage(passage, tuple(made), text.source, text.held_out).to_row())
    return rows


def make_questions(texts: list[Text], processes: int = 2) -> list[dict[str, Any]]:
    """Return rows of made questions for all texts; the same for any number of processes."""
    jobs = [(SEED + i, texts[i : i + _CHUNK]) for i in range(0, len(texts), _CHUNK)]
    if processes == 1 or len(jobs) == 1:
        return [row for job in jobs for row in _make(job)]
    with Pool(processes, ignore_interrupts) as pool:
        return [row for rows in pool.imap(_make, jobs) for row in rows]


def choose_characters(human: Iterable[HumanQuestion], rows: Iterable[dict[str, Any]]) -> list[str]:
    """Return the reader's vocabulary: the characters met often enough, the most frequent first."""
    counts: Counter[str] = Counter()
    passages = set()
    for question in human:
        if not question.development:
            counts.update(question.question)
            passages.add(question.passage)
    for passage in passages:
        counts.update(passage)
    for row in rows:
        if not row["h"]:
            counts.update(row["p"])
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [char for char, count in ranked if count >= _MIN_COUNT][:_MAX_CHARACTERS]


def prepare(
    data: Path,
    news: Path,
    work: Path,
    question_files: Sequence[Path] = (),
    *,
    processes: int = 2,
    say: Callable[[str], None] = print,
) -> None:
    """Read `data` and `news`, and write the folder `prepared` in `work`.

    News that `question_files` ask about is held out, as are the articles that `is_held_out_news` names.

    Raises:
        BadInputError: a file is missing, or a line is broken or under a licence that is not allowed.

    """
    began = time.monotonic()
    files: list[dict[str, Any]] = []
    human: list[HumanQuestion] = []
    for source in QUESTION_SOURCES:
        for row in _source_rows(data, source, ("question", "passage"), files):
            question = human_question(row, source.name)
            if question is not None:
                human.append(question)
    human, dropped = drop_overlap(human)
    held: set[int] = set()
    for passage in {q.passage for q in human if q.development}:
        held |= shingles(passage)
    apart = Apart.read(news, question_files)
    texts: list[Text] = []
    for source in (*TEXT_SOURCES, NEWS_SOURCE):
        is_news = source is NEWS_SOURCE
        for row in _source_rows(news if is_news else data, source, ("id", "text") if is_news else ("text",), files):
            folded = fold_text(row["text"])
            # A text that holds a development passage must not be trained on through the back door.
            if is_news or held.isdisjoint(shingles(folded) if source.name == "zhwiki_sample" else ()):
                out = is_news and (is_held_out_news(row["id"]) or apart.holds(row["id"], folded))
                texts.append(Text(folded, source.name, out))
    say(f"read {len(human)} questions and {len(texts)} texts in {time.monotonic() - began:.0f} s")
    texts += [
        Text(p, HUMAN_SOURCE, held_out=False) for p in dict.fromkeys(q.passage for q in human if not q.development)
    ]
    rows = make_questions(texts, processes)
    made = sum(len(row["q"]) for row in rows)
    characters = choose_characters(human, rows)
    folder = work / "prepared"
    folder.mkdir(parents=True, exist_ok=True)
    write_lines(folder / HUMAN_FILE, (json.dumps(asdict(q), ensure_ascii=False) for q in human))
    write_lines(folder / MADE_FILE, (json.dumps(row, ensure_ascii=False) for row in rows))
    write_json(folder / VOCABULARY_FILE, characters)
    record = {
        "files": files,
        **apart.record(),
        "human_questions": sum(not q.development for q in human),
        "development_questions": dict(Counter(q.source for q in human if q.development)),
        "development_passages": len({q.passage for q in human if q.development}),
        "dropped_for_overlap": dropped,
        "made_questions": made,
        "made_questions_held_out": sum(len(row["q"]) for row in rows if row["h"]),
        "characters": len(characters),
        "seconds": round(time.monotonic() - began),
    }
    write_json(folder / RECORD_FILE, record)
    say(json.dumps({k: v for k, v in record.items() if k != "files"}, ensure_ascii=False))


def _source_rows(
    folder: Path, source: Source, required: tuple[str, ...], files: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield a source's rows, and note its files (name, hash, rows, licence) in `files`."""
    for path in find_files(folder, source):
        count, licence = 0, ""
        for row in read_rows(path, required, source.default_licence):
            count, licence = count + 1, licence_name(row, source)
            yield row
        entry = {"source": source.name, "what": source.what, "file": path.name, "rows": count, "licence": licence}
        files.append({**entry, "sha256": sha256_of(path)})
