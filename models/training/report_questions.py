"""Step 3b: questions that one report asks of another: a clause of the one is about what the other tells otherwise.

Made questions share nearly all their words with their passages, which people's questions do not. Where two papers
report one event, a figure, name or date of the one that stands in the other as well answers the first one's clause in
the second one's words (cloze translation as in `synthetic.py`, across two texts).
"""

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.fold import fold_text
from models.training.embedder import read_tokenizer
from models.training.embedder_articles import NewsArticle
from models.training.embedder_data import TokenisedArticles
from models.training.files import write_json, write_lines
from models.training.prepare import REPORTS_FILE, REPORTS_RECORD, REPORTS_SOURCE, MadePassage
from models.training.synthetic import MadeQuestion, question_from

_LEAD = 7  # sentences of a report that are asked with
_TRIES = 24  # clauses of a pair, each way
_WANTED = 5  # questions of a passage at most
_AROUND = 40  # characters around the answer that must be about what is asked
_SHARED = (0.3, 0.85)  # of the question's characters, those that runs of two or more share with the surroundings
_LENGTHS = (90, 400)  # characters of a passage
_MOST_TIMES = 3  # an answer that stands oftener there tells nothing
_CLAUSE = re.compile(r"(?<=[,，、:：。!?;！？；])")


def prepare_reports(work: Path, say: Callable[[str], None] = print) -> dict[str, int]:
    """Write passages of reports with the questions that other reports of the same events ask; return their counts.

    The pairs are those that the embedder learns from, found with its tokenizer.

    Raises:
        BadInputError: there are no articles, or their file is broken.
        ModelError: the embedder has not been trained.
        OSError: they cannot be written.

    """
    articles = NewsArticle.load_all(work)
    pairs = [(int(one), int(other)) for one, other in TokenisedArticles(read_tokenizer(work), articles).same_event()]
    say(f"reports: {len(pairs)} pairs of reports of one event among {len(articles)} articles")
    record = {"pairs": len(pairs), "passages": 0, "questions": 0}

    def lines() -> Iterator[str]:
        for made in report_passages(articles, pairs):
            record["passages"] += 1
            record["questions"] += len(made.questions)
            yield json.dumps(made.to_row(), ensure_ascii=False)

    folder = work / "prepared"
    write_lines(folder / REPORTS_FILE, lines())
    write_json(folder / REPORTS_RECORD, record)
    return record


def report_passages(
    articles: Sequence[NewsArticle], pairs: Sequence[tuple[int, int]], seed: int = 9
) -> Iterator[MadePassage]:
    """Yield passages of reports with questions that the other report of each pair asks."""
    for one, other in [*pairs, *((b, a) for a, b in pairs)]:
        rng = random.Random(f"{seed}/{one}/{other}")
        asking = [fold_text(sentence) for sentence in articles[one].sentences[:_LEAD]]
        told = [fold_text(sentence) for sentence in articles[other].sentences]
        made = _asked_of(asking, told, rng)
        if made:
            yield made


def _asked_of(asking: Sequence[str], told: Sequence[str], rng: random.Random) -> MadePassage | None:
    """Return a stretch of `told` with the questions that clauses of `asking` make about it."""
    length = rng.randint(*_LENGTHS)
    first = rng.randrange(max(1, min(len(told), 10)))
    passage = ""
    for sentence in told[first:]:
        if len(passage) >= length:
            break
        passage += sentence
    if not 60 <= len(passage) <= 560 or not asking:
        return None
    found: dict[str, MadeQuestion] = {}
    for _ in range(_TRIES):
        clauses = _CLAUSE.split(rng.choice(asking))
        begin = rng.randrange(len(clauses))
        target, text = rng.choice([10, 16, 26]), ""
        for clause in clauses[begin:]:
            if len(text) >= target:
                break
            text += clause
        question = question_from(text, 0, rng)
        if question and question.answer not in found and (start := _told_at(question, passage)) is not None:
            found[question.answer] = MadeQuestion(question.question, question.answer, start)
        if len(found) >= _WANTED:
            break
    return MadePassage(passage, tuple(found.values()), REPORTS_SOURCE, held_out=False) if found else None


def _told_at(asked: MadeQuestion, passage: str) -> int | None:
    """Return where the passage tells the answer amid what is asked about, in other words; None if it does not."""
    if len(asked.answer) < 2 or not 1 <= passage.count(asked.answer) <= _MOST_TIMES:
        return None
    best, place = 0.0, None
    for match in re.finditer(re.escape(asked.answer), passage):
        start = match.start()
        around = passage[max(0, start - _AROUND) : start] + " " + passage[match.end() : match.end() + _AROUND]
        share = float((_runs(asked.question, around) >= 2).mean())
        if share > best:
            best, place = share, start
    return place if _SHARED[0] <= best <= _SHARED[1] else None


def _runs(question: str, text: str) -> npt.NDArray[np.int64]:
    """Return for each character of the question the longest run of characters through it that the text holds too."""
    codes = [np.frombuffer(each.encode("utf-32-le"), dtype=np.uint32) for each in (question, text)]
    equal = (codes[0][:, None] == codes[1][None, :]).astype(np.int64)
    runs = np.zeros((len(question), len(text) + 2), dtype=np.int64)  # a free column at either side
    inner = runs[:, 1:-1]
    inner[0] = equal[0]
    for i in range(1, len(question)):  # the run's length up to here …
        np.multiply(runs[i - 1, :-2] + 1, equal[i], out=inner[i])
    for i in range(len(question) - 2, -1, -1):  # … and from its end back to every character of it
        np.maximum(inner[i], runs[i + 1, 2:] * equal[i], out=inner[i])
    longest: npt.NDArray[np.int64] = inner.max(1)
    return longest
