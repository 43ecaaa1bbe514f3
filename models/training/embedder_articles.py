"""Step 1b: whole news articles for the embedder, sentence by sentence, without what it will be measured on."""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from models.errors import BadInputError
from models.fold import fold_text, simplify
from models.training.apart import Apart, news_rows
from models.training.files import read_lines, write_json, write_lines
from models.training.prepare import REPORTS_FILE, REPORTS_RECORD
from models.training.sources import is_held_out_news

ARTICLES_FILE, RECORD_FILE = "articles.jsonl", "articles.json"
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


def _ordinal(published: object) -> int:
    try:
        return date.fromisoformat(str(published)[:10]).toordinal()
    except ValueError:
        return 0


def prepare_articles(news: Path, work: Path, question_files: Sequence[Path]) -> dict[str, Any]:
    """Write the articles that may be trained on, and return the record.

    Left out are held-out articles, the evidence of `question_files`, and all that shares 40 characters in a row with
    the latter. Questions of reports made from earlier articles go: they may be about what stays out now.

    Raises:
        BadInputError: a file is missing or broken.

    """
    apart = Apart.read(news, question_files)
    counts = {"held_out": 0, "apart": 0, "kept": 0}
    lines: list[str] = []
    for row in news_rows(news):
        if is_held_out_news(row["id"]):
            counts["held_out"] += 1
        elif apart.holds(row["id"], fold_text(row["text"])):
            counts["apart"] += 1
        else:
            sentences = split_sentences(seen_form(row["text"]))
            if sentences:
                counts["kept"] += 1
                lines.append(json.dumps({"d": _ordinal(row.get("published")), "s": sentences}, ensure_ascii=False))
    for made_of_others in (REPORTS_FILE, REPORTS_RECORD):  # with what may stay out of these articles
        (work / "prepared" / made_of_others).unlink(missing_ok=True)
    write_lines(work / "prepared" / ARTICLES_FILE, lines)
    record = counts | apart.record()
    write_json(work / "prepared" / RECORD_FILE, record)
    return record
