"""Tables of articles (CSV, Excel): one article a row, columns found by their headers, Chinese or English."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import TypeAlias

from rag.articles.dates import full_date
from rag.articles.files import RefusedError
from rag.articles.hints import Hints
from rag.articles.loaded import Loaded
from rag.types import Refusal

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "text": ("正文", "内容", "文章内容", "新闻内容", "全文", "文本", "content", "body", "article"),
        "title": ("标题", "题目", "文章标题", "新闻标题", "headline"),
        "published": ("日期", "发布时间", "发布日期", "时间", "发表时间", "发表日期", "date", "time",
                      "publish_date", "publish_time", "published_at", "pub_date", "pubdate"),
        "source": ("来源", "媒体", "出处", "发布机构", "publisher", "media", "site"),
        "author": ("作者", "记者", "撰稿", "byline"),
        "id": ("编号", "文章编号", "新闻编号", "article_id", "doc_id"),
        "url": ("链接", "网址", "地址", "link", "href"),
    }
)  # fmt: skip
"""The fields that a table knows, and their headers besides the field's own name. Other columns are not read."""
_FIELD = {header: name for name, others in COLUMNS.items() for header in (name, *others)}
_WANTED = ("正文", "内容", "text", "content")
_HEADER_WITHIN = 10  # rows in which the header is looked for: some tables have a title above it
_MOST_SHOWN = 200
_LONE = re.compile("[\ud800-\udfff]")

Cell: TypeAlias = str | int | float | bool | date | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row, its number as a spreadsheet counts, and what is wrong with it as a whole."""

    number: int
    cells: Sequence[Cell]
    problem: str | None = None


def field_of(header: Cell) -> str | None:
    """Return the field that a header means, or None."""
    name = str(header or "").strip().strip("\ufeff*：:").lower()
    return _FIELD.get(re.sub(r"[\s-]+", "_", name)) or _FIELD.get(re.sub(r"\s*[(（].*", "", name))


def known_columns(header: Sequence[Cell]) -> int:
    """Return how many columns are known, and 0 where none is the text."""
    fields = {field_of(cell) for cell in header} - {None}
    return len(fields) if "text" in fields else 0


def cell_text(value: Cell) -> str:
    """Return a cell as a person reads it: no `.0` after a whole number, a day as 2024-03-05."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case datetime():
            return (
                value.date().isoformat() if not (value.hour or value.minute or value.second) else value.isoformat(" ")
            )
        case _:
            return _LONE.sub("\ufffd", str(value)).strip()


def _published(value: Cell) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else full_date(cell_text(value))


def _columns(header: Sequence[Cell]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for place, cell in enumerate(header):
        field = field_of(cell)
        if field is None:
            continue
        if field in columns and field in {"text", "title", "id"}:
            one, other = cell_text(header[columns[field]]), cell_text(cell)
            raise RefusedError(f"the columns {one} and {other} mean the same: remove or rename one")
        columns.setdefault(field, place)
    return columns


def _no_text_column(header: Sequence[Cell]) -> str:
    found = ", ".join(text for cell in header if (text := " ".join(cell_text(cell).split())))
    shown = f"{found[:_MOST_SHOWN]}…" if len(found) > _MOST_SHOWN else found or "no header"
    return f"no column is headed {', '.join(_WANTED[:-1])} or {_WANTED[-1]}; found: {shown}"


def _article(row: Row, columns: Mapping[str, int], path: str, encoding: str) -> Loaded | Refusal:
    shown = f"{path}#{row.number}"
    if row.problem:
        return Refusal(shown, row.problem)
    values: dict[str, Cell] = {name: row.cells[at] for name, at in columns.items() if at < len(row.cells)}
    text = cell_text(values.get("text"))
    if not text:
        return Refusal(shown, "the text of the row is empty")
    given = {name: cell_text(values.get(name)) or None for name in ("title", "source", "author", "id")}
    return Loaded(
        shown,
        text,
        encoding,
        "record",
        title=given["title"],
        published=_published(values.get("published")),
        source=given["source"],
        id=given["id"],
        info=Hints(author=given["author"]),
    )


def articles(rows: Iterator[Row], path: str, encoding: str) -> Iterator[Loaded | Refusal]:
    """Yield an article for each row below the header; `path#4` is the fourth row as a spreadsheet counts.

    Raises:
        RefusedError: there is no column with the text, or nothing at all.

    """
    above: list[Row] = []
    columns: dict[str, int] | None = None
    for row in rows:
        if not row.problem and not any(cell_text(cell) for cell in row.cells):
            continue
        if columns is not None:
            yield _article(row, columns, path, encoding)
            continue
        above.append(row)
        if known_columns(row.cells):
            columns = _columns(row.cells)
        elif len(above) == _HEADER_WITHIN:
            break
    if columns is None:
        if not above:
            raise RefusedError("the file is empty")
        widest = max(above, key=lambda row: sum(bool(cell_text(cell)) for cell in row.cells))
        raise RefusedError(_no_text_column(widest.cells))
