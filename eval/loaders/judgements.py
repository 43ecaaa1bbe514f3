"""Retrieval sets: queries with relevance judgements, in BEIR's folders and TREC's files.

`beir:FOLDER?split=test` reads `queries.jsonl` (`_id`, `text`) and `qrels/test.tsv` (`query-id`, `corpus-id`, `score`)
as BEIR (Thakur et al., NeurIPS 2021; beir-cellar/beir) lays them out. `trec:QUERIES?qrels=FILE` reads queries as lines
of an id, a tab and the text, and judgements as TREC writes them: query, iteration, document, relevance.

Protocol: a judgement above 0 makes its document evidence of the query; the graded judgements stay in `qrels`. Queries
without judgements are left out, as BEIR does. The corpus is the library: index it first, so that its articles go by
the judged ids (a file of that name each, or `_id` as id of a line). Success, recall,
reciprocal rank and nDCG at the cut-offs are measured by these grades. What differs: success and recall look at the
first k passages, the other two at articles, each at the rank of its first passage; only the passages that an answer is
made from are known (20 at most), so that there is no recall@100; a query that finds nothing counts 0, where trec_eval
leaves it out.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from eval.loaders.files import json_lines, read_text
from eval.loaders.items import Item, ShapeError, string
from eval.loaders.source import Loader, Options
from models.errors import BadInputError

Qrels = Mapping[str, Mapping[str, int]]
"""Query id → document id → relevance."""


def _qrels(path: Path, columns: tuple[int, int, int], shape: str) -> Qrels:
    found: dict[str, dict[str, int]] = {}
    tabs = len(columns) == 3 and max(columns) == 2  # BEIR's: ids may hold spaces
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        parts = line.split("\t") if tabs else line.split()
        if not line.strip() or (number == 1 and tabs and not parts[-1].strip().lstrip("-").isdigit()):
            continue  # BEIR's header
        if len(parts) != max(columns) + 1 or not parts[columns[2]].strip().lstrip("-").isdigit():
            msg = f"{path}:{number}: not a judgement; write `{shape}`, the last a whole number"
            raise BadInputError(msg)
        query, document, relevance = (parts[column].strip() for column in columns)
        found.setdefault(query, {})[document] = int(relevance)
    if not found:
        msg = f"{path}: holds no judgement; give a file with lines `{shape}`"
        raise BadInputError(msg)
    return found


def _item(place: str, name: str, text: str, judged: Mapping[str, int]) -> Item:
    relevant = [document for document, relevance in judged.items() if relevance > 0]
    values: dict[str, object] = {"id": name, "question": text, "qrels": dict(judged)}
    if relevant:
        values["evidence"] = [{"doc_id": document} for document in relevant]
    return Item(place, values)


def _split(path: Path, options: Options) -> Path:
    return path / "qrels" / f"{options['split']}.tsv"


def read_beir(path: Path, options: Options) -> Iterator[Item]:
    """Yield the judged queries of a BEIR folder.

    Raises:
        BadInputError: a file is missing or holds something else.

    """
    if not path.is_dir():
        msg = f"{path}: not a folder; give the BEIR folder that holds queries.jsonl and qrels/"
        raise BadInputError(msg)
    qrels = _qrels(_split(path, options), (0, 1, 2), "query-id⇥corpus-id⇥score")
    for record in json_lines(path / "queries.jsonl"):
        if isinstance(record, Item):
            yield record
            continue
        place, values = record
        try:
            name, text = string(values, "_id", "id"), string(values, "text")
        except ShapeError as error:
            yield Item(place, problems=(str(error),))
            continue
        if name in qrels:
            yield _item(place, name, text, qrels[name])


def read_trec(path: Path, options: Options) -> Iterator[Item]:
    """Yield the judged queries of a TREC set.

    Raises:
        BadInputError: a file is missing or holds something else, or `qrels` is not given.

    """
    if not options["qrels"]:
        msg = f"{path}: the judgements are missing; name their file: trec:{path}?qrels=FILE"
        raise BadInputError(msg)
    qrels = _qrels(Path(options["qrels"]), (0, 2, 3), "query iteration document relevance")
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        name, mark, text = line.rstrip("\r").partition("\t")
        if not line.strip():
            continue
        if not mark or not name.strip() or not text.strip():
            yield Item(f"line {number}", problems=("not a query; write an id, a tab and the question",))
        elif name.strip() in qrels:
            yield _item(f"line {number}", name.strip(), text.strip(), qrels[name.strip()])


def _beir_files(path: Path, options: Options) -> list[Path]:
    return [path / "queries.jsonl", _split(path, options)]


def _trec_files(path: Path, options: Options) -> list[Path]:
    return [path, Path(options["qrels"])]


BEIR = Loader("beir", read_beir, {"split": "test"}, files=_beir_files)
"""BEIR folders."""
TREC = Loader("trec", read_trec, {"qrels": ""}, files=_trec_files, paths=frozenset({"qrels"}))
"""TREC queries and judgements."""
