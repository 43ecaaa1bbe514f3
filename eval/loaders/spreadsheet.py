"""XLSX: one row a question, as `eval.loaders.tables` reads it, from the first sheet or the one of option `sheet`.

A cell counts as it is shown where that can be told: 0.35 formatted as a percentage is `35%`, a whole number has no
`.0`, a day is 2023年12月31日 (2023-12-31 in the column of the reference day). A formula counts with the value that the
spreadsheet program stored, blank where it stored none; one that ended in an error is a problem of its row.
"""

import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from eval.fields import shown
from eval.loaders.items import Item
from eval.loaders.source import Loader, Options
from eval.loaders.tables import Row, Table, field_of, items
from models.errors import BadInputError

_DAMAGE = (OSError, zipfile.BadZipFile, zlib.error, SyntaxError, LookupError, ValueError)
"""What reading a file that is no whole XLSX comes to; XML that cannot be parsed is a SyntaxError."""


def _percentage(value: float, shape: str) -> str:
    decimals = len(shape.partition(".")[2].partition("%")[0])
    return f"{value * 100:.{decimals}f}%"


def _day(value: date, field: str | None) -> str:
    day = f"{value.year:04}-{value.month:02}-{value.day:02}"
    return day if field == "as_of" else f"{value.year}年{value.month}月{value.day}日"


def cell_text(value: object, shape: str = "General", field: str | None = None) -> str:
    """Return a cell as text; `shape` is its number format, `field` what its column means."""
    match value:
        case None | bool():
            return "" if value is None else str(value).lower()
        case int() | float() if shape.endswith("%"):
            return _percentage(value, shape)
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case datetime() if value.time() != time():
            return f"{_day(value, field)} {value.time().isoformat()}"
        case date():
            return _day(value, field)
        case _:
            return str(value)


def _row(number: int, row: Sequence[Any], fields: Sequence[str | None]) -> Row:
    broken = tuple(
        f"the cell {cell.coordinate} holds the error {cell.value}; mend the formula"
        for cell in row
        if cell.value is not None and cell.data_type == "e"
    )
    padded = [*fields, *[None] * (len(row) - len(fields))]
    texts = [
        cell_text(cell.value, "" if cell.value is None else cell.number_format or "", field)
        for cell, field in zip(row, padded, strict=False)
    ]
    return number, texts, broken


def _table(book: Any, path: Path, wanted: str) -> Table:
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    name = wanted or next(iter(sheets), "")
    if name not in sheets:
        msg = f"{path}: there is no sheet {name!r}; it has: {shown(', '.join(sheets))}"
        raise BadInputError(msg)
    sheets[name].reset_dimensions()  # some programs write a size that leaves out rows
    rows = list(enumerate(sheets[name].iter_rows(), start=1))
    header = [cell_text(cell.value) for cell in rows[0][1]] if rows else []
    while header and not header[-1].strip():
        header.pop()
    fields = [field_of(cell) for cell in header]
    return Table(header, iter([_row(number, row, fields) for number, row in rows[1:]]))


def _unreadable(path: Path, error: Exception) -> BadInputError:
    if isinstance(error, OSError):
        return BadInputError(f"{path}: cannot be read ({error.strerror or error}); give the path of an XLSX file")
    return BadInputError(f"{path}: not a spreadsheet in XLSX; save it as XLSX (an old .xls too), or as CSV")


def _open(path: Path) -> Any:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (*_DAMAGE, InvalidFileException, AttributeError, TypeError) as error:  # it trips over what it does not know
        raise _unreadable(path, error) from error


def read(path: Path, options: Options) -> Iterator[Item]:
    """Yield the questions of an XLSX file.

    Raises:
        BadInputError: it cannot be read, is no XLSX, or has no such sheet.

    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and validations, which do not matter here
        with closing(_open(path)) as book:
            try:
                table = _table(book, path, options["sheet"])
            except _DAMAGE as error:
                raise _unreadable(path, error) from error
    yield from items(table)


LOADER = Loader("xlsx", read, {"sheet": ""})
"""XLSX files."""
