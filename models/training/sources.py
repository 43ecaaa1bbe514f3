"""The data that may be trained on: which files, under which licence, and what is held out of them.

Every row is checked: a row under a licence that is not listed here is refused with the whole run, so that no
weights can be shipped that were trained on it.
"""

import hashlib
import json
import lzma
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from models.errors import BadInputError
from models.fold import fold_text

# How a row's licence begins → what the model card says. Publishing the weights under CC BY-SA 4.0 suits them all.
ALLOWED_LICENCES: Mapping[str, str] = {
    "CC BY-SA 4.0": "CC BY-SA 4.0",
    "CC BY-SA 3.0": "CC BY-SA 3.0",
    "Apache-2.0": "Apache-2.0 (repository, over its publishers' text)",
    "official text": "official texts, free under Art. 5 of the Copyright Law of the PRC",
}
CMRC_DEV_PER_MILLE = 125  # about 300 of 2,403 passages
OTHER_DEV_PER_MILLE = 100
NEWS_HELD_OUT_PER_MILLE = 100
_SHINGLE = 40  # characters in a row that two passages must not share across the split


@dataclass(frozen=True, slots=True)
class Source:
    """One data set: where it lies, and the licence of rows that carry none themselves."""

    name: str
    pattern: str  # below the data folder
    what: str  # for the model card
    default_licence: str | None = None


QUESTION_SOURCES = (
    Source("cmrc2018_train", "rc/cmrc2018_train.jsonl*", "CMRC 2018 (Cui et al. 2019), training part"),
    Source("cmrc2018_trial", "rc/cmrc2018_trial.jsonl*", "CMRC 2018 (Cui et al. 2019), trial part"),
    Source("drcd_dev", "rc/drcd_dev.jsonl*", "DRCD (Shao et al. 2018), development part"),
    Source("xquad_zh", "rc/xquad_zh.jsonl*", "XQuAD (Artetxe et al. 2020), Chinese part"),
)
TEXT_SOURCES = (
    Source("laws", "text/laws.jsonl*", "laws, regulations and judicial interpretations of the PRC"),
    Source("gov_work_report", "text/gov_work_report.jsonl*", "government work reports of the State Council"),
    Source("uhgeval_xinhua", "text/uhgeval_xinhua.jsonl*", "UHGEval (Liang et al. 2023): beginnings of Xinhua news"),
    Source("zhwiki_sample", "text/zhwiki_sample.jsonl*", "Chinese Wikipedia, a small sample"),
)
NEWS_SOURCE = Source("news", "news*.jsonl*", "running news of 2023 (repository under Apache-2.0)", "Apache-2.0")


def per_mille(key: str) -> int:
    """Return a number from 0 to 999 that depends on `key` alone: the same split on every machine, for ever."""
    return int(hashlib.sha256(key.encode()).hexdigest()[:12], 16) % 1000


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def find_files(folder: Path, source: Source) -> list[Path]:
    """Return a source's files, in order of name.

    Raises:
        BadInputError: there is none.

    """
    files = sorted(folder.glob(source.pattern))
    if not files:
        msg = f"{folder}: no file {source.pattern}; {source.name} must lie there, give its folder with --data or --news"
        raise BadInputError(msg)
    return files


def read_rows(path: Path, required: tuple[str, ...], default_licence: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield the rows of a JSON Lines file (plain or .xz) that hold text under each key of `required`.

    Raises:
        BadInputError: a line is no JSON object, lacks a key, or has a licence that is not allowed; it names the line.

    """
    with _opened(path) as lines:
        number = 0
        try:
            for number, line in enumerate(lines, 1):  # noqa: B007 — named in the errors below
                yield _checked_row(json.loads(line.decode()), required, default_licence)
        except (ValueError, TypeError) as error:
            msg = f"{path.name} line {number}: {error}; mend or remove the line, then run prepare again"
            raise BadInputError(msg) from error
        except (EOFError, lzma.LZMAError) as error:
            msg = f"{path.name}: cut or damaged after line {number} ({error}); get it again, then run prepare again"
            raise BadInputError(msg) from error


def _opened(path: Path) -> BinaryIO | lzma.LZMAFile:
    # As bytes: text that is no UTF-8 is then told with its line.
    return lzma.open(path) if path.suffix == ".xz" else path.open("rb")


def _checked_row(row: object, required: tuple[str, ...], default_licence: str | None) -> dict[str, Any]:
    if not isinstance(row, dict):
        msg = "not a JSON object"
        raise TypeError(msg)
    for key in required:
        if not isinstance(row.get(key), str):
            msg = f"no text under {key!r}"
            raise ValueError(msg)  # noqa: TRY004 — the row's content is at fault, not a type in this program
    licence = row.get("license", default_licence)
    if not isinstance(licence, str) or not licence.startswith(tuple(ALLOWED_LICENCES)):
        msg = f"licence {licence!r} is not one of {', '.join(ALLOWED_LICENCES)}"
        raise ValueError(msg)
    return row


def licence_name(row: Mapping[str, Any], source: Source) -> str:
    """Return the licence of an already checked row as the model card names it."""
    licence = str(row.get("license", source.default_licence))
    return next(name for start, name in ALLOWED_LICENCES.items() if licence.startswith(start))


@dataclass(frozen=True, slots=True)
class HumanQuestion:
    """A question that a person asked, with its passage; all of it folded."""

    question: str
    passage: str
    answers: tuple[str, ...]
    source: str
    development: bool  # held out of all training


def is_development(source: str, passage: str) -> bool:
    """Say whether a folded passage of `source` belongs to the development split; it goes by passage alone."""
    if source == "cmrc2018_train":
        return per_mille(passage) < CMRC_DEV_PER_MILLE
    return source != "cmrc2018_trial" and per_mille(passage) < OTHER_DEV_PER_MILLE


def is_held_out_news(article_id: str) -> bool:
    """Say whether a news article is kept out of all training, for later measurements."""
    return per_mille(article_id) < NEWS_HELD_OUT_PER_MILLE


def human_question(row: Mapping[str, Any], source: str) -> HumanQuestion | None:
    """Return a row's question, folded, or None where no answer of at most 60 characters survives the folding."""
    passage = fold_text(row["passage"])
    folded = dict.fromkeys(fold_text(answer) for answer in row["answers"])
    answers = tuple(answer for answer in folded if answer and len(answer) <= 60 and answer in passage)
    if not answers:
        return None
    return HumanQuestion(fold_text(row["question"]), passage, answers, source, is_development(source, passage))


def shingles(text: str) -> set[int]:
    """Return hashes of all runs of 40 characters of a text (of the whole text if it is shorter)."""
    return {hash(text[i : i + _SHINGLE]) for i in range(max(1, len(text) - _SHINGLE + 1))}


def drop_overlap(questions: list[HumanQuestion]) -> tuple[list[HumanQuestion], int]:
    """Drop training questions whose passage shares a run of 40 characters with a development passage.

    Returns:
        The questions kept, and how many were dropped.

    """
    held: set[int] = set()
    for passage in {q.passage for q in questions if q.development}:
        held |= shingles(passage)
    clean = {p for p in {q.passage for q in questions if not q.development} if held.isdisjoint(shingles(p))}
    kept = [q for q in questions if q.development or q.passage in clean]
    return kept, len(questions) - len(kept)
