"""The question sets of other evaluation tools: ragas, deepeval and FlashRAG, as JSON Lines or one JSON list.

`ragas:` reads `user_input`, `reference` and `reference_context_ids` (ragas, `SingleTurnSample`); `deepeval:` reads
`input` and `expected_output` (deepeval, `Golden`); `flashrag:` reads `id`, `question` and `golden_answers`
(RUC-NLPIR/FlashRAG). Option `passages=own` asks over the contexts that a set brings along (`reference_contexts`,
`context`) instead of a library: they are the evidence then, in place of `reference_context_ids`. Those ids, of articles
in the library, become evidence and judgements (`qrels`); the other two formats name no documents.

What differs: an expected output is a `reference`, a text, not an answer to be contained; golden answers are
alternatives; stored responses and retrieved contexts are left out, since a run makes its own; no model judges.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from eval.loaders.files import records
from eval.loaders.items import Item, ShapeError, kept, string, strings
from eval.loaders.source import Loader, Options
from models.errors import BadInputError

_Values = dict[str, object]


def _contexts(item: Mapping[str, object], name: str, *, own: bool) -> _Values:
    if not own:
        return {}
    texts = strings(item, name)
    if not texts:
        msg = f"there is no `{name}`, over which the question could be asked; remove passages=own"
        raise ShapeError(msg)
    contexts = [{"id": f"p{number}", "text": text} for number, text in enumerate(texts, start=1)]
    return {"contexts": contexts, "evidence": [{"doc_id": context["id"]} for context in contexts]}


def _ragas(item: Mapping[str, object], *, own: bool) -> _Values:
    values: _Values = {"question": string(item, "user_input"), **kept(item, "id", "reference")}
    if documents := strings(item, "reference_context_ids"):
        values["evidence"] = [{"doc_id": document} for document in documents]
        values["qrels"] = dict.fromkeys(documents, 1)
    contexts = _contexts(item, "reference_contexts", own=own)
    if contexts:
        values.pop("qrels", None)  # of a library, which is not asked
    return values | contexts


def _deepeval(item: Mapping[str, object], *, own: bool) -> _Values:
    values: _Values = {"question": string(item, "input"), **kept(item, "id")}
    if item.get("expected_output"):
        values["reference"] = item["expected_output"]
    return values | _contexts(item, "context", own=own)


def _flashrag(item: Mapping[str, object], **_: bool) -> _Values:
    answers = strings(item, "golden_answers")
    return {"question": string(item, "question"), "answers": answers, **kept(item, "id", "metadata")}


def _reader(convert: Callable[..., _Values]) -> Callable[[Path, Options], Iterator[Item]]:
    def read(path: Path, options: Options) -> Iterator[Item]:
        passages = options.get("passages", "library")
        if passages not in {"library", "own"}:
            msg = f"{path}: the option `passages` is {passages!r}, but must be one of: library, own"
            raise BadInputError(msg)
        for number, record in enumerate(records(path), start=1):
            if isinstance(record, Item):
                yield record
                continue
            place, item = record
            try:
                yield Item(place, {"id": f"item-{number}", **convert(item, own=passages == "own")})
            except ShapeError as error:
                yield Item(place, problems=(str(error),))

    return read


RAGAS = Loader("ragas", _reader(_ragas), {"passages": "library"})
"""Sets for ragas."""
DEEPEVAL = Loader("deepeval", _reader(_deepeval), {"passages": "library"})
"""Sets for deepeval."""
FLASHRAG = Loader("flashrag", _reader(_flashrag))
"""Sets for FlashRAG."""
