"""Rows of Parquet files. pyarrow reads them; it is large, so it is an extra, imported when a file needs it."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from models.errors import BadInputError, one_line

SUFFIX = ".parquet"
_DAMAGE = (OSError, ValueError, TypeError, LookupError, NotImplementedError)
"""What pyarrow's own errors are kinds of."""
_BATCH = 4096  # rows that are turned into Python objects at a time


def _opened(content: bytes, path: Path) -> Any:
    try:
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        msg = (
            f"{path}: Parquet needs the package pyarrow: `pip install pyarrow`, or save the table as JSON Lines"
            " (pandas: `to_json(…, orient='records', lines=True)`)"
        )
        raise BadInputError(msg) from error
    try:
        return ParquetFile(io.BytesIO(content))
    except _DAMAGE as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> BadInputError:
    return BadInputError(f"{path}: not Parquet ({one_line(error)}); give the file as it was published")


def rows(content: bytes, path: Path) -> Iterator[Mapping[str, object]]:
    """Yield the rows of a Parquet file with that content, lists and structures as JSON has them.

    Raises:
        BadInputError: pyarrow is not installed, or the content is no Parquet or holds what pyarrow cannot read.

    """
    file = _opened(content, path)
    try:
        for batch in file.iter_batches(_BATCH):
            yield from batch.to_pylist()
    except _DAMAGE as error:
        raise _unreadable(path, error) from error
