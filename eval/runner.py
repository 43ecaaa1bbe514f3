"""A batch run: every question through the one path that page and command line use, into a folder that can go on."""

import json
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from eval import folder
from eval.folder import Row, RowWriter, row_line
from eval.junit import JUnit
from eval.metrics import METRICS, score_all
from eval.outputs import Output, Run, feed
from eval.prediction import Lookup, library_lookup, lookup_for, prediction_of
from eval.progress import Progress
from eval.questions import Question
from eval.report import HtmlReport
from eval.selection import Selection, same_selection
from eval.selftest import self_test
from eval.summary import Summary
from eval.summary_types import SummaryJson
from eval.table import Table
from eval.trec import Trec
from eval.verdict import FAILED
from models.errors import BadInputError, YijuError, one_line
from models.machine import peak_memory_mib
from rag.events import Finished
from rag.protocols import Answerer, Articles
from rag.types import Answer


class OutOfSpaceError(YijuError):
    """The run's folder cannot be written; what was done is kept."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    folder: Path
    asked: int  # questions that the run is about
    rows: int  # questions that have a row
    summary: SummaryJson | None  # None when interrupted

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended it early."""
        return self.summary is None

    @property
    def errors(self) -> int:
        """Questions that came to an error; `errors.log` in the folder tells more."""
        return self.summary["errors"] if self.summary else 0

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


def scored_row(row: Row, library: Lookup) -> Row:
    """Return a row with its metrics computed from what it stores."""
    if row.prediction is None:
        return Row(row.question, row.status, None, dict.fromkeys(metric.name for metric in METRICS), row.error)
    lookup = lookup_for(row.question.contexts, library)
    return Row(row.question, row.status, row.prediction, score_all(row.question, row.prediction, lookup), row.error)


def _told(error: Exception) -> str:
    text = one_line(error)
    return text if isinstance(error, YijuError) else f"{type(error).__name__}: {text}".removesuffix(": ")


def _line(answerer: Answerer, question: Question, library: Lookup, log: Path) -> str:
    """Return the line of a question. What fails becomes an error row, its traceback kept: no bug may hide in one."""
    try:
        return row_line(scored_row(Row(question, "ok", prediction_of(ask(answerer, question))), library))
    except Exception as error:  # noqa: BLE001 - told in the row, in errors.log and by the exit code
        with log.open("a", encoding="utf-8") as file:
            file.write(f"== {question.id}: {question.question}\n")
            file.writelines(traceback.format_exception(error))
        return row_line(scored_row(Row(question, "error", None, error=_told(error)), library))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _counts(questions: Sequence[Question]) -> dict[str, int]:
    return {
        "questions": len(questions),
        "answerable": sum(question.answerable is True for question in questions),
        "unanswerable": sum(question.answerable is False for question in questions),
        "with_contexts": sum(question.contexts is not None for question in questions),
        "with_history": sum(bool(question.history) for question in questions),
        "with_as_of": sum(question.as_of is not None for question in questions),
    }


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    """Turn a disk that cannot be written into one line."""
    try:
        yield
    except OSError as error:
        msg = f"{out} cannot be written ({error.strerror or error}): what was done is kept; free space, then --resume"
        raise OutOfSpaceError(msg) from error


def write_outputs(
    out: Path, manifest: Mapping[str, object], asked: int, library: Lookup, *, peak_memory: int | None = None
) -> SummaryJson:
    """Make everything that is made from the rows of a run, and return its summary.

    Raises:
        BadInputError: a row is damaged.
        OSError: the folder cannot be written.

    """
    run_ = Run(out, manifest, asked, library, _now())
    summary = Summary(run_)
    others: list[Output] = [Table(run_), JUnit(run_), Trec(run_), HtmlReport(run_)]
    feed(folder.read_rows(out), [summary, *others])
    result = summary.result()
    if peak_memory is not None:
        result["peak_memory_mib"] = peak_memory
    for output in (*others, summary):  # the summary last: it tells that all is there
        output.finish(result)
    return result


def _kept(*, retry_errors: bool, only_failing: bool, row: Row) -> bool:
    if only_failing:
        return row.verdict not in FAILED
    return row.status == "ok" or not retry_errors


def _open(
    out: Path, manifest: Mapping[str, object], questions: Sequence[Question], selection: Selection, **again: bool
) -> frozenset[str]:
    """Make the folder, or make it ready to go on; return the ids of the rows that are there already."""
    if not any(again.values()):
        folder.start(out, manifest)
        return frozenset()
    if not same_selection(folder.read_manifest(out).get("selection"), selection):
        msg = f"{out} holds a run of another selection; give the same --smoke and --only-failing, or another --out"
        raise BadInputError(msg)
    again.pop("resume")
    there = folder.reopen(out, manifest, {q.id: q for q in questions}, lambda row: _kept(**again, row=row))
    return frozenset(there)


def run(
    answerer: Answerer,
    questions: Sequence[Question],
    out: Path,
    *,
    manifest: Mapping[str, object],
    articles: Articles | None = None,
    selection: Selection = Selection(),  # noqa: B008 - frozen
    resume: bool = False,
    retry_errors: bool = False,
    only_failing: bool = False,
    progress: bool = True,
) -> Outcome:
    """Answer the selected questions into the folder `out`, and return how it went.

    The manifest comes first, then a row a question as they are answered, then what is made from the rows. Whatever
    goes wrong with one question becomes an error row. Ctrl-C ends the run early. `resume` goes on where a run ended;
    `retry_errors` also asks again what came to an error, `only_failing` all that went wrong.

    Raises:
        BadInputError: `out` holds a run and is not to go on; or it is and there is none, or another one.
        OutOfSpaceError: the folder cannot be written any more; what was done is kept.
        RuntimeError: a metric fails its self-test.

    """
    if failures := self_test():
        msg = f"metrics that fail their own test must not measure anything: {'; '.join(failures)}"
        raise RuntimeError(msg)
    asked = selection.of(questions)
    recorded: dict[str, object] = json.loads(json.dumps(manifest, ensure_ascii=True))
    recorded |= {"counts": _counts(questions), "selection": selection.to_json(), "started": _now()}
    again = {"resume": resume, "retry_errors": retry_errors, "only_failing": only_failing}
    there = _open(out, recorded, questions, selection, **again)
    chosen = there.union(question.id for question in asked)  # rows beyond a lowered limit stay
    asked = [question for question in questions if question.id in chosen]
    library = library_lookup(articles)
    left = [question for question in asked if question.id not in there]
    done = len(there)
    with _writing(out), closing(RowWriter(out)) as writer:
        try:
            with Progress(done, len(asked), shown=progress) as shown:
                for question in left:
                    writer.write(_line(answerer, question, library, out / folder.ERRORS))
                    done += 1
                    shown.step()
        except KeyboardInterrupt:
            return Outcome(out, len(asked), done, None)
    with _writing(out):
        folder.put_in_order(out, [question.id for question in asked])
        made = folder.read_manifest(out)
        summary = write_outputs(out, made, len(asked), library, peak_memory=peak_memory_mib())
    return Outcome(out, len(asked), done, summary)


def score(out: Path, articles: Articles | None = None) -> SummaryJson:
    """Score the stored answers of a run again, without a model, and make everything anew that is made from its rows.

    For runs made before a metric was added or mended; then they can be compared with later ones.

    Raises:
        BadInputError: the folder holds no run, or a damaged one.
        OutOfSpaceError: the folder cannot be written; the rows are as they were.

    """
    manifest = folder.read_manifest(out)
    library = library_lookup(articles)
    partial = out / (folder.ROWS + ".part")
    with _writing(out):
        rows = 0
        with partial.open("w", encoding="utf-8", newline="") as file:
            for rows, row in enumerate(folder.read_rows(out), start=1):  # noqa: B007 - counts
                file.write(row_line(scored_row(row, library)))
        partial.replace(out / folder.ROWS)
        return write_outputs(out, manifest, rows, library)
