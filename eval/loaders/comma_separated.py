r"""CSV: one row a question, as `eval.loaders.tables` reads it.

The encoding is UTF-8 with or without BOM, UTF-16, GB18030 (so GBK too) or Big5, told from the bytes. The delimiter is
the one of `,`, `;` and tab by which the first row has most known headers. Cells are quoted as RFC 4180 has it.
Option `delimiter`: `comma`, `semicolon` or `tab` where that guess is not wanted.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from eval.loaders.files import read_bytes
from eval.loaders.items import Item
from eval.loaders.source import Loader, Options
from eval.loaders.tables import Row, Table, items, known_columns
from models.errors import BadInputError
from rag.articles.encoding import UndecodableError, decode

_DELIMITERS = {"comma": ",", "tab": "\t", "semicolon": ";"}


def _rows(text: str, delimiter: str) -> Iterator[Sequence[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _header(text: str, delimiter: str) -> Sequence[str]:
    try:
        return next(_rows(text, delimiter), [])
    except csv.Error:
        return []


def _numbered(rows: Iterator[Sequence[str]]) -> Iterator[Row]:
    number = 2
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            problem = f"not CSV ({error}); double every quotation mark inside a quoted cell and close the cell"
            yield number, [], (problem,)
            return
        yield number, row, ()
        number += 1


def read(path: Path, options: Options) -> Iterator[Item]:
    """Yield the questions of a CSV file.

    Raises:
        BadInputError: it cannot be read, is text in no known encoding, or the delimiter is unknown.

    """
    try:
        text = decode(read_bytes(path)).text
    except UndecodableError as error:
        raise BadInputError(f"{path}: {error}; give a CSV file") from error
    name = options["delimiter"]
    if name != "auto" and name not in _DELIMITERS:
        msg = f"{path}: the option `delimiter` is {name!r}, but must be one of: auto, {', '.join(_DELIMITERS)}"
        raise BadInputError(msg)
    tried = list(_DELIMITERS.values()) if name == "auto" else [_DELIMITERS[name]]
    delimiter = max(tried, key=lambda mark: known_columns(_header(text, mark)))
    rows = _rows(text, delimiter)
    header = _header(text, delimiter)
    if header:
        next(rows)
    yield from items(Table(header, _numbered(rows)))


LOADER = Loader("csv", read, {"delimiter": "auto"})
"""CSV files."""
