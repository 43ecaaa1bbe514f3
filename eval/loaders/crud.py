"""CRUD-RAG's question answering (arXiv 2401.17043; IAAR-Shanghai/CRUD_RAG): news, one to three articles a question.

Source: `split_merged.json` (an object of tasks: `questanswer_1doc`, `questanswer_2docs`, `questanswer_3docs`), or a
list or JSON Lines of such items alone: `ID`, `questions`, `answers`, `news1` to `news3`. The repository has no licence
file; its data is not part of this project.

Protocol: a question is asked of a library (the original retrieves from 86,834 articles); its gold answer is a text, the
`reference`. Key phrases that the repository ships (`src/quest_eval/*_quest_gt_save.json`, by ID: `key_info`) become
`nuggets`: option `nuggets=FILE`, several files with commas.

Options: `task=1doc|2docs|3docs|all` (all), `nuggets=`, and `passages=own` to ask over the question's own articles
instead of a library: they are its evidence then, and where there are several each is needed (`evidence_groups`). An
ID that two tasks share is `ID@2docs` in the second.

What differs: a key phrase counts where the answer contains it; the original has a GPT ask questions of the answer
(RAGQuestEval), which is not done here, so that its figures and these are not alike. BLEU and the sentence cosine that
the original calls BERTScore are not computed, and ROUGE-L runs over characters, not over jieba's words. Without
`passages=own` there is no evidence, since the articles have no ids.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from eval.fields import shown
from eval.loaders.files import Record, first_line, read_json, read_text, records
from eval.loaders.items import Item, ShapeError, kept, objects, string, strings
from eval.loaders.source import Loader, Options
from eval.normal import normalise
from models.errors import BadInputError

TASKS = ("1doc", "2docs", "3docs")
_PASSAGES = ("library", "own")


def _nugget_files(options: Options) -> list[Path]:
    return [Path(name) for name in options["nuggets"].split(",") if name]


def _files(path: Path, options: Options) -> list[Path]:
    return [path, *_nugget_files(options)]


def _nuggets(options: Options) -> dict[str, list[str]]:
    """Return the key phrases by question id."""
    found: dict[str, list[str]] = {}
    for path in _nugget_files(options):
        value = read_json(path)
        if not isinstance(value, dict) or not all(isinstance(entry, dict) for entry in value.values()):
            msg = f"{path}: not key phrases of CRUD-RAG (an object by ID); give a *_quest_gt_save.json"
            raise BadInputError(msg)
        for name, entry in value.items():
            try:
                found[name] = [phrase for phrase in strings(entry, "key_info") if normalise(phrase)]
            except ShapeError as error:
                raise BadInputError(f"{path}: {name}: {error}") from error
    return found


def _values(item: Mapping[str, object], nuggets: Mapping[str, list[str]], task: str, *, own: bool) -> dict[str, object]:
    name = string(item, "ID")
    values: dict[str, object] = {
        "id": name,
        "question": string(item, "questions"),
        "reference": string(item, "answers"),
        "tags": [f"crud-{task}"] if task else ["crud"],
        **kept(item, "event"),
    }
    if phrases := nuggets.get(name):
        values["nuggets"] = [{"aliases": [phrase], "vital": True} for phrase in phrases]
    if own:
        news = [(key, string(item, key)) for key in ("news1", "news2", "news3") if item.get(key)]
        if not news:
            msg = "there is no `news1`, over which the question could be asked; remove passages=own"
            raise ShapeError(msg)
        values["contexts"] = [{"id": key, "text": text} for key, text in news]
        values["evidence"] = [{"doc_id": key} for key, _ in news]
        if len(news) > 1:
            values["evidence_groups"] = [[key] for key, _ in news]
    return values


def _choice(options: Options, name: str, choices: tuple[str, ...], path: Path) -> str:
    if options[name] not in choices:
        msg = f"{path}: the option `{name}` is {options[name]!r}, but must be one of: {', '.join(choices)}"
        raise BadInputError(msg)
    return options[name]


def _tasks(path: Path, chosen: str) -> Iterator[tuple[str, Record | Item]]:
    """Yield each item with its task, which is empty where the file is a list of items."""
    if read_text(path).lstrip().startswith("[") or "questions" in (first_line(path) or {}):
        if chosen != "all":
            msg = f"{path}: a list of items tells no tasks; remove task={chosen}, or give split_merged.json"
            raise BadInputError(msg)
        for record in records(path):
            yield "", record
        return
    value = read_json(path)
    tasks = [task for task in TASKS if chosen in {"all", task}]
    if not isinstance(value, dict) or not any(f"questanswer_{task}" in value for task in tasks):
        wanted = ", ".join(f"`questanswer_{task}`" for task in tasks)
        msg = f"{path}: is {shown(value)}, but must hold {wanted}; give split_merged.json of CRUD-RAG"
        raise BadInputError(msg)
    for task in tasks:
        name = f"questanswer_{task}"
        if name in value:
            try:
                items = objects(value, name)
            except ShapeError as error:
                raise BadInputError(f"{path}: {error}") from error
            for number, item in enumerate(items):
                yield task, (f"{name}[{number}]", item)


def read(path: Path, options: Options) -> Iterator[Item]:
    """Yield the question-answering items of CRUD-RAG.

    Raises:
        BadInputError: a file cannot be read or is of another shape, or an option's value is wrong.

    """
    chosen = _choice(options, "task", (*TASKS, "all"), path)
    own = _choice(options, "passages", _PASSAGES, path) == "own"
    nuggets = _nuggets(options)
    tasks: dict[object, str] = {}
    for task, record in _tasks(path, chosen):
        if isinstance(record, Item):
            yield record
            continue
        place, item = record
        try:
            values = _values(item, nuggets, task, own=own)
            if tasks.setdefault(values["id"], task) != task:
                values["id"] = f"{values['id']}@{task}"
            yield Item(place, values)
        except ShapeError as error:
            yield Item(place, problems=(str(error),))


LOADER = Loader(
    "crud", read, {"task": "all", "nuggets": "", "passages": "library"}, files=_files, paths=frozenset({"nuggets"})
)
"""CRUD-RAG's question answering."""
