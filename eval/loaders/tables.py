"""Questions in a table: one row a question, columns by Chinese or English headers, from CSV or XLSX.

The protocol is the project's own. A header is known by any of the names in `COLUMNS`; only the question is required.
Answers are written as `eval.loaders.answers` reads them, and so are nuggets (要点): `&` between facts, `|` between the
wordings of one. Values that an answer must not state (不得出现) and documents are separated by `|`; tags by white
space, commas and their Chinese like. A column of any other name is kept with the question as it stands.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from eval.fields import shown
from eval.loaders.answers import read_answer_cell
from eval.loaders.items import Item

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "id": ("编号", "序号", "qid"),
        "question": ("问题", "提问", "题目", "query"),
        "answers": ("答案", "标准答案", "answer", "gold"),
        "answerable": ("可答", "可回答", "有答案"),
        "reference": ("参考", "参考答案", "expected"),
        "doc": ("文档", "文章", "doc_id", "document", "article"),
        "quote": ("引文", "原文", "证据", "依据", "evidence"),
        "nuggets": ("要点",),
        "must_not": ("不得出现",),
        "expect": ("预期",),
        "tags": ("标签", "分类", "tag"),
        "as_of": ("提问日期", "基准日期"),
        "context": ("材料", "段落", "上下文", "passage", "contexts"),
        "history": ("历史", "上文"),
    }
)
"""The fields that a table knows, and their headers besides the field's own name."""

_FIELD = {header: name for name, others in COLUMNS.items() for header in (name, *others)}
_TRUE = frozenset({"是", "可", "可答", "能", "有", "对", "true", "yes", "y", "1", "√", "✓"})
_FALSE = frozenset({"否", "不可", "不可答", "不能", "无", "错", "false", "no", "n", "0", "×", "✗", "x"})
_BETWEEN_TAGS = re.compile(r"[\s,，、;；|｜]+")
_BETWEEN = re.compile(r"[|｜]")
CONTEXT_ID = "context"
"""The id of a row's own passage."""


Row = tuple[int, Sequence[str], tuple[str, ...]]
"""A row's number as a spreadsheet counts, its cells, and what is wrong with them."""


@dataclass(frozen=True, slots=True)
class Table:
    """A header and the rows below it."""

    header: Sequence[str]
    rows: Iterator[Row]


def field_of(header: str) -> str | None:
    """Return the field that a header means, or None."""
    return _FIELD.get(header.strip().lower().replace(" ", "_"))


def known_columns(header: Sequence[str]) -> int:
    """Return how many columns are known, and 0 where none is the question."""
    fields = [field_of(cell) for cell in header]
    return sum(name is not None for name in fields) if "question" in fields else 0


def header_problems(header: Sequence[str]) -> list[str]:
    """Return what is wrong with a header."""
    fields = [field_of(cell) for cell in header]
    if "question" not in fields:
        wanted = " or ".join(("question", *COLUMNS["question"]))
        return [f"no column is headed {wanted}, the one that is required; found: {shown(', '.join(header))}"]
    problems = []
    for name in dict.fromkeys(field or cell.strip() for field, cell in zip(fields, header, strict=True)):
        same = [cell for field, cell in zip(fields, header, strict=True) if (field or cell.strip()) == name]
        if name and len(same) > 1:
            problems.append(f"the columns {' and '.join(same)} mean the same; remove or rename one")
    return problems


def _flag(cell: str) -> bool:
    word = cell.strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    msg = f"is {shown(cell)}, but must be 是 or 否 (true or false), or blank"
    raise ValueError(msg)


def _answers(cell: str) -> list[list[str]]:
    groups = read_answer_cell(cell)
    if not all(alias for group in groups for alias in group):
        msg = f"is {shown(cell)}, where nothing stands beside a | or &; remove the sign, or write \\| or \\& to mean it"
        raise ValueError(msg)
    return groups


def _nuggets(cell: str) -> list[dict[str, object]]:
    return [{"aliases": group} for group in _answers(cell)]


def _must_not(cell: str) -> list[str]:
    return [value.strip() for value in _BETWEEN.split(cell) if value.strip()]


def _history(cell: str) -> object:
    try:
        return json.loads(cell)
    except (json.JSONDecodeError, RecursionError):
        msg = f'is {shown(cell)}, but must be JSON: [{{"question": "…", "answer": "…"}}]'
        raise ValueError(msg) from None


def _evidence(cells: Mapping[str, str]) -> list[dict[str, object]]:
    docs = [doc.strip() for doc in _BETWEEN.split(cells.get("doc", "")) if doc.strip()]
    if not docs and "context" in cells and "quote" in cells:
        docs = [CONTEXT_ID]
    quote = {"quote": cells["quote"]} if "quote" in cells else {}
    return [{"doc_id": doc, **quote} for doc in docs]


def _tags(cell: str) -> list[str]:
    return [tag for tag in _BETWEEN_TAGS.split(cell) if tag]


def _context(cell: str) -> list[dict[str, str]]:
    return [{"id": CONTEXT_ID, "text": cell}]


_READERS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {
        "id": str.strip,
        "answers": _answers,
        "answerable": _flag,
        "nuggets": _nuggets,
        "must_not": _must_not,
        "expect": str.strip,
        "tags": _tags,
        "as_of": str.strip,
        "context": _context,
        "history": _history,
    }
)
_ELSEWHERE = frozenset({"", "doc", "quote"})


def _row(header: Sequence[str], row: Sequence[str]) -> tuple[dict[str, object], list[str]]:
    """Return the fields of a row and what is wrong with them."""
    names = [field_of(title) or title.strip() for title in header]
    titles = dict(zip(names, (title.strip() for title in header), strict=True))
    cells = {name: cell for name, cell in zip(names, row, strict=False) if cell.strip()}
    problems: list[str] = []
    if "" in cells or any(cell.strip() for cell in row[len(header) :]):
        problems.append("a cell stands under no header; head its column, or quote a text that holds the delimiter")
    values: dict[str, object] = {}
    for name, cell in cells.items():
        try:
            if name not in _ELSEWHERE:
                values["contexts" if name == "context" else name] = _READERS.get(name, str)(cell)
        except ValueError as error:
            problems.append(f"{titles[name]} {error}")
    if evidence := _evidence(cells):
        values["evidence"] = evidence
    elif "quote" in cells:
        problems.append(f"{titles['quote']} is of no document; name it under 文档 or doc")
    if "question" not in values:
        problems.append(f"{titles['question']} is blank; write the question or clear the row")
    return values, problems


def items(table: Table) -> Iterator[Item]:
    """Yield the rows of a table as questions. A row without `id` is `row-N`; rows without any text are left out."""
    if wrong := header_problems(table.header):
        yield Item("row 1", problems=tuple(wrong))
        return
    for number, row, broken in table.rows:
        place = f"row {number}"
        if broken:
            yield Item(place, problems=broken)
        elif any(cell.strip() for cell in row):
            values, problems = _row(table.header, row)
            yield Item(place, {"id": f"row-{number}", **values}, tuple(problems))
