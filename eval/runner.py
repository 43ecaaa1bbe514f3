"""A batch run: every question through the one path that page and command line use, into a folder that can go on."""

import json
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from eval import folder
from eval.folder import Row, RowWriter, row_line
from eval.metrics import METRICS, score_all
from eval.prediction import Lookup, context_lookup, library_lookup, prediction_of
from eval.questions import Question
from eval.summary import results_table, summarise
from models.errors import YijuError, one_line
from rag.events import Finished
from rag.protocols import Answerer, Articles
from rag.types import Answer


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    folder: Path
    rows: tuple[Row, ...]  # in the order of the question set
    summary: Mapping[str, object]  # empty when interrupted
    interrupted: bool = False

    @property
    def errors(self) -> int:
        """Questions that came to an error; `errors.log` in the folder tells more."""
        return sum(row.status == "error" for row in self.rows)

    @property
    def exit_code(self) -> int:
        """What the command ends with: 0 when every question was answered or declined, 130 on Ctrl-C, else 1."""
        if self.interrupted:
            return 130
        return 1 if self.errors else 0


def ask(answerer: Answerer, question: Question) -> Answer:
    """Return the answer to one question, from its own contexts where it carries some."""
    answer: Answer | None = None
    for event in answerer.stream(question.question, question.history, contexts=question.contexts, as_of=question.as_of):
        if isinstance(event, Finished):
            answer = event.answer
    if answer is None:
        msg = "the answerer ended without a Finished event"
        raise RuntimeError(msg)
    return answer


def answered_row(answerer: Answerer, question: Question, library: Lookup) -> Row:
    """Return the row of a question: answered, serialised and scored."""
    prediction = prediction_of(ask(answerer, question))
    lookup = library if question.contexts is None else context_lookup(question.contexts)
    return Row(question, "ok", prediction, score_all(question, prediction, lookup))


def _told(error: Exception) -> str:
    text = one_line(error)
    return text if isinstance(error, YijuError) else f"{type(error).__name__}: {text}".removesuffix(": ")


def _error_row(question: Question, error: Exception, log: Path) -> Row:
    """Return the row of a question that failed, and keep the traceback: an error row must not hide a bug."""
    with log.open("a", encoding="utf-8") as file:
        file.write(f"== {question.id}: {question.question}\n")
        file.writelines(traceback.format_exception(error))
    return Row(question, "error", None, dict.fromkeys(metric.name for metric in METRICS), _told(error))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _with_bar(questions: Sequence[Question], done: int, *, progress: bool) -> Iterator[Question]:
    """Yield the questions, with a bar on standard error where that is a terminal."""
    from tqdm import tqdm

    bar: Iterable[Question] = tqdm(
        questions, initial=done, total=done + len(questions), unit=" questions", disable=None if progress else True
    )
    yield from bar


def _counts(questions: Sequence[Question]) -> dict[str, int]:
    return {
        "questions": len(questions),
        "answerable": sum(question.answerable is True for question in questions),
        "unanswerable": sum(question.answerable is False for question in questions),
        "with_contexts": sum(question.contexts is not None for question in questions),
        "with_history": sum(bool(question.history) for question in questions),
        "with_as_of": sum(question.as_of is not None for question in questions),
    }


def run(
    answerer: Answerer,
    questions: Sequence[Question],
    out: Path,
    *,
    manifest: Mapping[str, object],
    articles: Articles | None = None,
    resume: bool = False,
    limit: int | None = None,
    progress: bool = True,
) -> Outcome:
    """Answer `questions` (the first `limit` of them) into the folder `out`, and return how it went.

    The manifest comes first, then a row a question as they are answered, then the summary and the table. Whatever
    goes wrong with one question becomes an error row. Ctrl-C ends the run early; it can go on with `resume`.

    Raises:
        BadInputError: `out` holds a run and `resume` is off; or `resume` is on and there is none, or another one.

    """
    asked = list(questions[:limit] if limit is not None else questions)
    recorded: dict[str, object] = json.loads(json.dumps(manifest, ensure_ascii=True))
    recorded |= {"counts": _counts(questions), "limit": limit}
    if resume:
        kept = folder.reopen(out, recorded, {question.id: question for question in questions}, _now())
    else:
        folder.start(out, recorded | {"started": _now()})
        kept = []
    rows = {row.question.id: row for row in kept}
    library = library_lookup(articles)
    left = [question for question in asked if question.id not in rows]
    interrupted = False
    with closing(RowWriter(out)) as writer:
        try:
            for question in _with_bar(left, len(asked) - len(left), progress=progress):
                try:
                    row = answered_row(answerer, question, library)
                    line = row_line(row)
                except Exception as error:  # noqa: BLE001 - told in the row, in errors.log and by the exit code
                    row = _error_row(question, error, out / folder.ERRORS)
                    line = row_line(row)
                writer.write(line)
                rows[question.id] = row
        except KeyboardInterrupt:
            interrupted = True
    ordered = tuple(rows[question.id] for question in questions if question.id in rows)
    if interrupted:
        return Outcome(out, ordered, {}, interrupted=True)
    reached = [question for question in questions if question.id in rows]
    summary = {**summarise(ordered, reached), "finished": _now()}
    folder.write_json(out / folder.SUMMARY, summary)
    folder.write_whole(out / folder.TABLE, results_table(ordered))
    return Outcome(out, ordered, summary)
