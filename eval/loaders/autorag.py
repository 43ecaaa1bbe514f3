"""AutoRAG's question sets (Marker-Inc-Korea/AutoRAG): questions with the documents and the answers that are right.

Source: `qa.parquet` with `qid`, `query`, `retrieval_gt` and `generation_gt`, or the same columns as JSON Lines.
Parquet needs the package pyarrow. `retrieval_gt` is a list of lists of document ids, of which every inner list is
needed and within it any id; a flat list is one such list, a string one id. `generation_gt` is a list of texts, or one.

Protocol: a question is asked of a library whose articles go by AutoRAG's document ids: save `corpus.parquet` as JSON
Lines with `id` (its `doc_id`) and `text` (its `contents`), and index that. `retrieval_gt` becomes `evidence_groups`,
each of its documents evidence; the first text of `generation_gt` is the `reference`.

Options: `gold=answers` takes the texts of `generation_gt` as alternatives that an answer must contain, for sets of
short answers (`gold=reference`). `corpus=FILE` (Parquet or JSON Lines with `doc_id` and `contents`) asks over the
question's own documents instead of a library.

What differs: texts beyond the first of `generation_gt` count only with `gold=answers`, while AutoRAG takes the best
over all; its G-Eval, SemScore, BERTScore, METEOR and BLEU are not computed; an empty `retrieval_gt` leaves the
question without evidence, as there.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from eval.fields import shown
from eval.loaders.files import records
from eval.loaders.items import Item, ShapeError, string, strings
from eval.loaders.source import Loader, Options
from models.errors import BadInputError

_GOLD = ("reference", "answers")


def _groups(row: Mapping[str, object]) -> list[list[str]]:
    """Return the documents as AND of ORs, as AutoRAG reads its own column."""
    given = row.get("retrieval_gt")
    listed = [given] if isinstance(given, str) else given
    if isinstance(listed, list) and all(isinstance(item, str) for item in listed):
        listed = [listed]
    if listed is None or not isinstance(listed, list):
        msg = f"`retrieval_gt` is {shown(given)}, but must be a list of lists of document ids; mend this row"
        raise ShapeError(msg)
    groups = [strings({"retrieval_gt": group}, "retrieval_gt") for group in listed]
    return [group for group in groups if group]


def _texts(row: Mapping[str, object]) -> list[str]:
    given = row.get("generation_gt")
    return [given] if isinstance(given, str) else strings(row, "generation_gt")


def _contexts(groups: list[list[str]], corpus: Mapping[str, str]) -> list[dict[str, str]]:
    names = list(dict.fromkeys(name for group in groups for name in group))
    if not names:
        msg = "`retrieval_gt` names no document, over which the question could be asked; remove corpus="
        raise ShapeError(msg)
    if missing := [name for name in names if name not in corpus]:
        msg = f"`retrieval_gt` names {shown(missing[0])}, which the corpus does not hold; give the corpus of this set"
        raise ShapeError(msg)
    return [{"id": name, "text": corpus[name]} for name in names]


def _values(row: Mapping[str, object], gold: str, corpus: Mapping[str, str] | None) -> dict[str, object]:
    groups, texts = _groups(row), _texts(row)
    values: dict[str, object] = {"id": string(row, "qid"), "question": string(row, "query")}
    if texts and gold == "answers":
        values["answers"] = list(dict.fromkeys(texts))
    elif texts:
        values["reference"] = texts[0]
    if groups:
        values["evidence"] = [{"doc_id": name} for name in dict.fromkeys(name for group in groups for name in group)]
        values["evidence_groups"] = groups
    if corpus is not None:
        values["contexts"] = _contexts(groups, corpus)
    return values


def _read_corpus(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for record in records(path):
        if isinstance(record, Item):
            raise BadInputError(f"{path}: {record.place}: {record.problems[0]}")
        place, row = record
        try:
            found[string(row, "doc_id")] = str(row.get("contents") or "")
        except ShapeError as error:
            raise BadInputError(f"{path}: {place}: {error}") from error
    return found


def _files(path: Path, options: Options) -> list[Path]:
    return [path, *([Path(options["corpus"])] if options["corpus"] else [])]


def read(path: Path, options: Options) -> Iterator[Item]:
    """Yield the questions of an AutoRAG set.

    Raises:
        BadInputError: a file cannot be read or is of another shape, pyarrow is missing, or an option's value is wrong.

    """
    gold = options["gold"]
    if gold not in _GOLD:
        msg = f"{path}: the option `gold` is {gold!r}, but must be one of: {', '.join(_GOLD)}"
        raise BadInputError(msg)
    corpus = _read_corpus(Path(options["corpus"])) if options["corpus"] else None
    for record in records(path):
        if isinstance(record, Item):
            yield record
            continue
        place, row = record
        try:
            yield Item(place, _values(row, gold, corpus))
        except ShapeError as error:
            yield Item(place, problems=(str(error),))


LOADER = Loader("autorag", read, {"gold": "reference", "corpus": ""}, files=_files, paths=frozenset({"corpus"}))
"""AutoRAG's question sets."""
