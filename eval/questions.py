"""Questions with their gold data, read from JSON Lines: one JSON object a line, `question` required.

    {"id": "p-001", "question": "补贴申领截止到哪天？", "answers": [["2023年12月31日", "12月31日"]],
     "evidence": [{"doc_id": "d17", "quote": "申领工作截至2023年12月31日"}], "tags": ["deadline"]}

`answers` as a list of lists means AND of ORs; as a flat list of strings, alternatives (`fields.read_answers`).
`answerable` is true where answers, a reference, nuggets, evidence or relevant judgements are given, false where
`expect` is "refuse", unknown where nothing is; the field itself wins over all. `contexts` switches to fixed-passage
mode. Fields unknown here are kept and copied to the output.
Sets of other shapes (`LOADER:PATH`, tables) come through `eval.loaders`, as the same objects.
"""

import hashlib
import json
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from eval import fields as read
from models.errors import BadInputError
from rag.types import Context, Turn

if TYPE_CHECKING:
    from eval.loaders.source import Source

PROJECT_SET = Path(__file__).resolve().parent / "sets" / "project"
"""The project's own set: `questions.jsonl` and its `articles/`."""

RESERVED = frozenset({"status", "prediction", "metrics", "error"})
"""Names that a run adds to a question's own fields."""

EXPECTATIONS = ("pass", "known_fail", "refuse")
"""What a set's maker expects of a question: to be answered, to fail as it always has, to be declined."""

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the answer stands: an article, by its id, path, file name or stem, and the words there."""

    doc_id: str
    quote: str = ""
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Nugget:
    """A fact that a good answer states, by any of its aliases; a vital one must not be missing."""

    aliases: tuple[str, ...]
    vital: bool = True


@dataclass(frozen=True, slots=True)
class Question:
    """One gold item."""

    id: str
    question: str
    answers: tuple[tuple[str, ...], ...] = ()  # every item is needed; of an item, any alias
    answerable: bool | None = None  # None: the set does not say
    reference: str | None = None
    evidence: tuple[Evidence, ...] = ()  # any of them will do
    evidence_groups: tuple[tuple[str, ...], ...] = ()  # articles: every group is needed; of a group, any article
    qrels: Mapping[str, int] = field(default_factory=dict)  # article → judged relevance; above 0 is relevant
    nuggets: tuple[Nugget, ...] = ()
    must_not: tuple[str, ...] = ()  # false or outdated values that an answer must not state
    expect: str | None = None  # one of EXPECTATIONS
    contexts: tuple[Context, ...] | None = None
    history: tuple[Turn, ...] = ()
    as_of: date | None = None
    tags: tuple[str, ...] = ()
    fields: Mapping[str, object] = field(default_factory=dict)  # the whole JSON object as it stood in the file

    def to_json(self) -> dict[str, object]:
        """Return the question's own fields, led by its id."""
        return {"id": self.id, **{name: value for name, value in self.fields.items() if name != "id"}}

    @property
    def fingerprint(self) -> str:
        """Identity of everything the file says about this question."""
        canonical = json.dumps(self.to_json(), ensure_ascii=True, sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def evidence_docs(self) -> tuple[str, ...]:
        """The articles that hold evidence, each once, in the order given."""
        return tuple(dict.fromkeys(item.doc_id for item in self.evidence))

    @property
    def grades(self) -> Mapping[str, int]:
        """Article → relevance above 0: as judged, else 1 for every article that holds evidence."""
        if self.qrels:
            return {doc: grade for doc, grade in self.qrels.items() if grade > 0}
        grouped = (doc for group in self.evidence_groups for doc in group)
        return dict.fromkeys([*self.evidence_docs, *grouped], 1)


class _Object:
    """A JSON object whose fields are read one by one; what is wrong with them gathers in `problems`."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self.values = values
        self.problems: list[str] = []

    def get(self, name: str, reader: Callable[[object], _Value]) -> _Value | None:
        """Return a field, or None where it is missing, null or wrong."""
        value = self.values.get(name)
        if value is None:
            return None
        try:
            return reader(value)
        except read.FieldError as error:
            self.problems.append(f"`{name}` {error}")
            return None


def parse_question(values: Mapping[str, object], default_id: str) -> tuple[Question, list[str]]:
    """Return a question and what is wrong with it; the question is of use only when nothing is."""
    item = _Object(values)
    text = item.get("question", read.read_text)
    if values.get("question") is None:
        item.problems.append("there is no `question`, the one field that is required; add it")
    item.problems.extend(
        f"`{name}` is a field that a run writes; rename it" for name in sorted(RESERVED & values.keys())
    )
    answers = item.get("answers", read.read_answers) or ()
    reference = item.get("reference", read.read_text)
    evidence = tuple(Evidence(*parts) for parts in item.get("evidence", read.read_evidence) or ())
    groups = item.get("evidence_groups", read.read_groups) or ()
    qrels = item.get("qrels", read.read_grades) or {}
    nuggets = tuple(Nugget(*parts) for parts in item.get("nuggets", read.read_nuggets) or ())
    expect = item.get("expect", lambda value: read.read_choice(value, EXPECTATIONS))
    answerable = item.get("answerable", read.read_flag)
    if answerable is None and expect == "refuse":
        answerable = False
    relevant = any(grade > 0 for grade in qrels.values())
    if answerable is None and (answers or reference or nuggets or evidence or groups or relevant):
        answerable = True
    question = Question(
        id=item.get("id", read.read_id) or default_id,
        question=text or "",
        answers=answers,
        answerable=answerable,
        reference=reference,
        evidence=evidence,
        evidence_groups=groups,
        qrels=qrels,
        nuggets=nuggets,
        must_not=item.get("must_not", read.read_aliases) or (),
        expect=expect,
        contexts=item.get("contexts", read.read_contexts),
        history=item.get("history", read.read_history) or (),
        as_of=item.get("as_of", read.read_date),
        tags=item.get("tags", read.read_texts) or (),
        fields=dict(values),
    )
    return question, item.problems


def _parse_line(line: bytes, number: int) -> tuple[Question | None, list[str]]:
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return None, ["the line is not UTF-8; save the file as UTF-8"]
    try:
        values = json.loads(text)
        json.dumps(values, ensure_ascii=False).encode()  # a lone surrogate cannot be written out again
    except json.JSONDecodeError as error:
        return None, [f"the line is not JSON ({error.msg}, column {error.colno}); write one JSON object a line"]
    except (UnicodeEncodeError, RecursionError):
        return None, ["the line holds half a surrogate pair or is nested too deeply; write plain UTF-8 text"]
    if not isinstance(values, dict):
        return None, [f"the line is {read.shown(values)}, but must be a JSON object; write one object a line"]
    return parse_question(values, f"line-{number}")


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that hold something, counted from 1. Only LF ends a line: U+2028 may stand inside a string."""
    try:
        content = path.read_bytes()
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror or error}); give the path of a JSON Lines file"
        raise BadInputError(msg) from error
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if line.strip():
            yield number, line


_Entry = tuple[str, str, Question | None, list[str]]
"""Where a question stands, as messages begin and as they refer to it, the question, and what is wrong with it."""


def _json_lines(path: Path) -> Iterator[_Entry]:
    for number, line in _lines(path):
        yield f"{path}:{number}", f"line {number}", *_parse_line(line, number)


def _items(source: "Source") -> Iterator[_Entry]:
    for item in source.items():
        question, wrong = None, list(item.problems)
        if not wrong:
            question, wrong = parse_question(item.values, item.place)
            try:
                json.dumps(item.values, ensure_ascii=False, allow_nan=False).encode()
            except ValueError:  # half a surrogate pair, NaN: nothing that can be written out again
                wrong.append("it holds half a surrogate pair, or a number that JSON has no words for; write plain text")
        yield f"{source.path}: {item.place}", item.place, question, wrong


class Checked(NamedTuple):
    """A set as far as it can be read."""

    questions: list[Question]  # those with which nothing is wrong
    problems: list[str]  # one line each: the place, the rule that is broken, the fix
    places: dict[str, str]  # id → file and line or item, as problems begin


def read_set(path: Path | str) -> Checked:
    """Return the questions of a set and everything that is wrong with it.

    Raises:
        BadInputError: the file cannot be read at all, or there is no such loader or option.

    """
    from eval.loaders.registry import find_source

    source = find_source(path)
    questions: list[Question] = []
    problems: list[str] = []
    places: dict[str, str] = {}
    heads: dict[str, str] = {}
    empty = True
    for head, place, question, found in _json_lines(Path(path)) if source is None else _items(source):
        empty = False
        wrong = list(found)
        if question is not None and question.id in places:
            first = places[question.id]
            wrong.append(f"the id {read.shown(question.id)} is that of {first}; ids must differ, rename one")
        elif question is not None:
            places[question.id], heads[question.id] = place, head
        problems.extend(f"{head}: {problem}" for problem in wrong)
        if question is not None and not wrong:
            questions.append(question)
    if empty and source is None:
        problems.append(f"{path}:1: the file is empty, but a set needs at least one question; add a line")
    elif empty and source is not None:
        problems.append(
            f"{source.path}: holds no question, but a set needs at least one; is it the right file or split?"
        )
    return Checked(questions, problems, heads)


def load_questions(path: Path | str) -> list[Question]:
    """Return the questions of a set in its order.

    `path` is a JSON Lines file (UTF-8, with or without BOM), a table (.csv, .xlsx), or `LOADER:PATH[?option=value]`
    (`eval.loaders`).

    Raises:
        BadInputError: the file cannot be read, some line breaks a rule, or there is no such loader or option.

    """
    questions, problems, _ = read_set(path)
    if problems:
        check = f"yiju eval check {shlex.quote(str(path))}"
        more = f" (and {len(problems) - 1} more problems: {check})" if len(problems) > 1 else ""
        raise BadInputError(problems[0] + more)
    return questions


def needs_library(questions: Iterable[Question]) -> bool:
    """Tell whether some question brings no passages of its own."""
    return any(question.contexts is None for question in questions)
