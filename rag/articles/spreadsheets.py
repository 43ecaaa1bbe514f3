"""Excel (`.xlsx`) → rows, through openpyxl's reading that holds one row at a time."""

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from typing import Any

from rag.articles.files import File, RefusedError, shown
from rag.articles.loaded import Loaded
from rag.articles.package import DAMAGE, LARGEST_PART, opened
from rag.articles.tables import Row, articles
from rag.types import Refusal

_MOST_COLUMNS = 256  # a cell far to the right would make every row as long
_LARGEST_SHEET = 2 * 1024 * 1024 * 1024  # bytes, unpacked and streamed


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and validations, which do not matter here
        yield


def _rows(sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()  # some programs write a size that leaves out rows
    rows = iter(sheet.iter_rows(max_col=_MOST_COLUMNS))
    for number in count(1):
        with _quiet():
            cells = next(rows, None)
        if cells is None:
            return
        broken = next((cell for cell in cells if cell.value is not None and cell.data_type == "e"), None)
        problem = f"the cell {broken.coordinate} holds the error {broken.value}" if broken is not None else None
        yield Row(number, [cell.value for cell in cells], problem)


def _check(package: zipfile.ZipFile) -> None:
    for info in package.infolist():
        streamed = info.filename.startswith("xl/worksheets/")
        if info.filename.endswith((".xml", ".rels")) and info.file_size > (
            _LARGEST_SHEET if streamed else LARGEST_PART
        ):
            raise RefusedError("it unpacks to more than fits into memory: save the table as .csv")


def _sheets(book: Any, file: File) -> Iterator[Loaded | Refusal]:
    """Yield the articles of the first sheet as `name.xlsx#4`, of the others as `name.xlsx/sheet#4`."""
    told = 0
    for place, sheet in enumerate(book.worksheets):
        path = file.path if place == 0 else f"{file.path}/{shown(sheet.title).replace('/', '_')}"
        try:
            for item in articles(_rows(sheet), path, "xlsx"):
                told += 1
                yield item
        except RefusedError as error:
            if str(error) != "the file is empty":
                told += 1
                yield Refusal(path, str(error))
    if not told:
        raise RefusedError("the file is empty")


def read_xlsx(file: File) -> Iterator[Loaded | Refusal]:
    """Yield the articles of an Excel file, one a row, sheet by sheet.

    Raises:
        RefusedError: it is encrypted, damaged, or empty.

    """
    import openpyxl

    with opened(file, ".xlsx") as package:
        _check(package)
        stream: Any = package.fp
        stream.seek(0)
        try:
            with _quiet():
                book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            with closing(book):
                yield from _sheets(book, file)
        except (
            *DAMAGE,
            OSError,
            SyntaxError,
            AttributeError,
            TypeError,
        ) as error:  # it trips over what it does not know
            raise RefusedError("damaged or truncated: not a whole .xlsx") from error
