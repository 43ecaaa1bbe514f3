"""Step 1b: whole news articles for the embedder, sentence by sentence, without what it will be measured on."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from models.errors import BadInputError
from models.fold import fold_text, simplify
from models.training.files import read_lines, write_json, write_lines
from models.training.prepare import Prepared
from models.training.sources import NEWS_SOURCE, find_files, is_held_out_news, read_rows, sha256_of

ARTICLES_FILE, RECORD_FILE = "articles.jsonl", "articles.json"
RUN = 40  # characters in a row that nothing trained on may share with an article of a question set
_STRIDE = 20  # a copy of more than RUN + _STRIDE characters is seen for certain
_END = re.compile(r"(?<=[。!?;！？；\n])")
_LONGEST = 120  # characters of a sentence; a longer one is cut
_SHORTEST = 6


@dataclass(frozen=True, slots=True)
class NewsArticle:
    """An article in the form in which the tokenizer sees it, by sentences."""

    day: int  # the ordinal of its date, 0 where there is none
    sentences: list[str]

    @classmethod
    def load_all(cls, work: Path) -> "list[NewsArticle]":
        """Read what `prepare_articles` wrote.

        Raises:
            BadInputError: it has not been run for this folder, or its file is broken.

        """
        path = work / "prepared" / ARTICLES_FILE
        if not path.exists():
            msg = f"{path} is not there; run the step articles with the same --work first"
            raise BadInputError(msg)
        return read_lines(path, lambda row: cls(row["d"], row["s"]), "articles")


def seen_form(text: str) -> str:
    """Return a text as the embedder sees it: Simplified script, NFKC, lower case; white space stays."""
    return unicodedata.normalize("NFKC", simplify(text)).lower()


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a text, none longer than 120 characters; scraps are left out."""
    parts = (part.strip() for part in _END.split(text))
    pieces = (part[at : at + _LONGEST] for part in parts for at in range(0, len(part), _LONGEST))
    return [piece for piece in pieces if len(piece) >= _SHORTEST]


def runs(text: str, stride: int = 1) -> Iterator[int]:
    """Yield hashes of runs of 40 characters of a folded text, one every `stride` characters."""
    for start in range(0, max(1, len(text) - RUN + 1), stride):
        yield hash(text[start : start + RUN])


def evidence_ids(question_files: Iterable[Path]) -> set[str]:
    """Return the ids of all articles that question sets name as evidence or judge.

    Raises:
        BadInputError: a file is missing, or a line is broken.

    """
    ids: set[str] = set()
    for path in question_files:
        if not path.is_file():
            msg = f"{path}: there is no such question file; name those whose articles must stay out of training"
            raise BadInputError(msg)
        for row in read_rows(path, ("question",), "Apache-2.0"):
            ids.update(str(place["doc_id"]) for place in row.get("evidence", ()) if "doc_id" in place)
            ids.update(row.get("qrels", ()))
    return ids


def _ordinal(published: object) -> int:
    try:
        return date.fromisoformat(str(published)[:10]).toordinal()
    except ValueError:
        return 0


def _news(news: Path) -> Iterator[dict[str, Any]]:
    for path in find_files(news, NEWS_SOURCE):
        yield from read_rows(path, ("id", "text"), NEWS_SOURCE.default_licence)


def prepare_articles(news: Path, work: Path, question_files: Sequence[Path]) -> dict[str, Any]:
    """Write the articles that may be trained on, and which passages of `prepare` may not; return the record.

    Left out are held-out articles, the evidence of `question_files`, and all that shares 40 characters in a row with
    the latter.

    Raises:
        BadInputError: a file is missing or broken, or nothing is prepared.

    """
    wanted = evidence_ids(question_files)
    apart: set[int] = set()
    for row in _news(news):
        if row["id"] in wanted:
            apart.update(runs(fold_text(row["text"])))
    counts = {"held_out": 0, "apart": 0, "kept": 0}
    lines: list[str] = []
    for row in _news(news):
        if is_held_out_news(row["id"]):
            counts["held_out"] += 1
        elif row["id"] in wanted or not apart.isdisjoint(runs(fold_text(row["text"]), _STRIDE)):
            counts["apart"] += 1
        else:
            sentences = split_sentences(seen_form(row["text"]))
            if sentences:
                counts["kept"] += 1
                lines.append(json.dumps({"d": _ordinal(row.get("published")), "s": sentences}, ensure_ascii=False))
    write_lines(work / "prepared" / ARTICLES_FILE, lines)
    barred = [
        i
        for i, made in enumerate(Prepared.load(work).made)
        if made.source == "news" and not apart.isdisjoint(runs(made.passage, _STRIDE))
    ]
    sets = [{"file": path.parent.name + "/" + path.name, "sha256": sha256_of(path)} for path in question_files]
    record = {**counts, "evidence": len(wanted), "question_sets": sets, "barred": barred}
    write_json(work / "prepared" / RECORD_FILE, record)
    return record
