"""CMRC2018, DRCD and SQuAD 1.1 / 2.0: questions over a paragraph, whose answers are spans of it.

Source: the JSON that ymcui/cmrc2018, DRCD and SQuAD publish (`data` > `paragraphs` > `qas`), the first form of CMRC2018
(a list of `context_id`, `context_text`, `qas` with `query_text`), and JSON Lines with one question a line
(`question`, `context` or `passage`, `answers` as texts or as {"text": […]}).

Protocol: each question is asked over its own paragraph (fixed-passage mode); the answers are alternatives, and EM and
F1 take the best of them, as the CMRC2018 script does. `is_impossible` (SQuAD 2.0) is a question to be declined.
What differs: a question without answers that does not say `is_impossible` (a blind test set) is of unknown
answerability; SQuAD's own script, which cuts English at white space, is not used; `answer_start` is not needed: an
offset is kept only where the answer's words stand there or stand in the paragraph just once. An answer of punctuation
alone (CMRC2018 has one) is no gold, since any text would contain it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from eval.fields import shown
from eval.loaders.files import Record, first_line, read_json, read_text, records
from eval.loaders.items import Item, ShapeError, objects, string, strings
from eval.loaders.source import Loader, Options
from eval.normal import normalise
from models.errors import BadInputError

_FLAGS = ("is_impossible", "answerable")


def _answers(qa: Mapping[str, object]) -> list[tuple[str, int | None]]:
    """Return each answer's words and offset; those without any word, which releases hold, are left out."""
    given = qa.get("answers")
    if isinstance(given, dict):  # {"text": [...], "answer_start": [...]}
        texts, starts = strings(given, "text"), given.get("answer_start")
        offsets = starts if isinstance(starts, list) and len(starts) == len(texts) else [None] * len(texts)
        found = list(zip(texts, offsets, strict=True))
    elif isinstance(given, list) and any(isinstance(answer, dict) for answer in given):
        answers = objects(qa, "answers")
        found = [(str(answer.get("text") or ""), answer.get("answer_start")) for answer in answers]
    else:
        found = [(text, None) for text in strings(qa, "answers")]
    return [(text, start if isinstance(start, int) else None) for text, start in found if normalise(text)]


def _span(text: str, start: int | None, context: str) -> dict[str, object]:
    if start is None or start < 0 or context[start : start + len(text)] != text:
        start = context.find(text) if context.count(text) == 1 else None
    return {} if start is None else {"start": start, "end": start + len(text)}


def _impossible(qa: Mapping[str, object]) -> bool | None:
    """Return whether the paragraph does not answer, or None where the set does not say."""
    for name in _FLAGS:
        if (flag := qa.get(name)) is not None:
            if not isinstance(flag, bool):
                msg = f"`{name}` is {shown(flag)}, but must be true or false without quotation marks"
                raise ShapeError(msg)
            return flag is (name == "is_impossible")
    return None


def _values(qa: Mapping[str, object], context: str, context_id: str, made_id: str, title: object) -> dict[str, object]:
    answers, impossible = _answers(qa), _impossible(qa)
    if impossible:
        answers = []
    values: dict[str, object] = {
        "id": next((qa[name] for name in ("id", "query_id") if qa.get(name) is not None), made_id),
        "question": string(qa, "question", "query_text"),
        "contexts": [{"id": context_id, "text": context}],
    }
    if title:
        values["title"] = title
    if answers:
        values["answers"] = list(dict.fromkeys(text for text, _ in answers))
        first = dict(reversed(answers))
        values["evidence"] = [
            {"doc_id": context_id, "quote": text, **_span(text, start, context)}
            for text, start in reversed(first.items())
        ]
    elif qa.get("answers") and impossible is None:
        impossible = False  # there is an answer, but of punctuation alone
    if impossible is not None:
        values["answerable"] = not impossible
    return values


def _paragraph(
    paragraph: Mapping[str, object], place: str, made_id: str, title: object, used: set[str]
) -> Iterator[Item]:
    try:
        context, qas = string(paragraph, "context", "context_text"), objects(paragraph, "qas")
    except ShapeError as error:
        yield Item(place, problems=(str(error),))
        return
    given = paragraph.get("id", paragraph.get("context_id"))
    context_id = str(given) if given is not None and str(given) not in used else made_id
    used.add(context_id)
    for number, qa in enumerate(qas):
        where = f"{place}.qas[{number}]"
        try:
            yield Item(where, _values(qa, context, context_id, f"{made_id}-{number}", title))
        except ShapeError as error:
            yield Item(where, problems=(str(error),))


def _nested(value: Mapping[str, object], path: Path) -> Iterator[Item]:
    used: set[str] = set()
    try:
        articles = objects(value, "data")
    except ShapeError as error:
        raise BadInputError(f"{path}: {error}") from error
    for number, article in enumerate(articles):
        place = f"data[{number}]"
        try:
            paragraphs = objects(article, "paragraphs")
        except ShapeError as error:
            yield Item(place, problems=(str(error),))
            continue
        for inner, paragraph in enumerate(paragraphs):
            where = f"{place}.paragraphs[{inner}]"
            yield from _paragraph(paragraph, where, f"{number}-{inner}", article.get("title"), used)


def _flat(record: Record, number: int) -> Item:
    place, row = record
    try:
        context = string(row, "context", "passage")
        return Item(place, _values(row, context, f"passage-{number}", f"{number}", row.get("title")))
    except ShapeError as error:
        return Item(place, problems=(str(error),))


def read(path: Path, _: Options) -> Iterator[Item]:
    """Yield the questions of a reading-comprehension set.

    Raises:
        BadInputError: the file cannot be read, or is of another shape.

    """
    first = first_line(path)
    if read_text(path).lstrip().startswith("{") and (first is None or "data" in first):
        value = read_json(path)
        assert isinstance(value, dict)  # it begins with a brace
        yield from _nested(value, path)
        return
    used: set[str] = set()
    for number, record in enumerate(records(path)):
        if isinstance(record, Item):
            yield record
        elif "qas" in record[1]:
            yield from _paragraph(record[1], record[0], f"{number}", record[1].get("title"), used)
        else:
            yield _flat(record, number)


LOADER = Loader("cmrc", read)
"""CMRC2018, and every set of its shape."""
