"""How loaders read files: bytes, also packed ones, JSON and records of JSON Lines or Parquet."""

import gzip
import json
import lzma
from collections.abc import Iterator, Mapping
from pathlib import Path

from eval.fields import shown
from eval.loaders import parquet
from eval.loaders.items import Item
from models.errors import BadInputError, one_line

Record = tuple[str, Mapping[str, object]]
"""Where an object stands, and the object."""


def read_bytes(path: Path) -> bytes:
    """Return the content of a file, unpacked where its name ends in .xz or .gz.

    Raises:
        BadInputError: it cannot be read.

    """
    try:
        content = path.read_bytes()
        if path.suffix == ".xz":
            return lzma.decompress(content)
        if path.suffix == ".gz":
            return gzip.decompress(content)
    except (OSError, EOFError, lzma.LZMAError) as error:
        reason = getattr(error, "strerror", None) or one_line(error)
        msg = f"{path}: cannot be read ({reason}); give the path of a question set"
        raise BadInputError(msg) from error
    return content


def read_text(path: Path) -> str:
    """Return the content of a UTF-8 file, without its BOM.

    Raises:
        BadInputError: it cannot be read, or is not UTF-8.

    """
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{path}: byte {error.start} is not UTF-8, in which this format is published; save the file as UTF-8"
        raise BadInputError(msg) from error


def read_json(path: Path) -> object:
    """Return what a JSON file holds.

    Raises:
        BadInputError: it cannot be read, or is not JSON.

    """
    text = read_text(path)
    try:
        value: object = json.loads(text)
    except json.JSONDecodeError as error:
        msg = f"{path}:{error.lineno}: not JSON ({error.msg}, column {error.colno}); give the file as it was published"
        raise BadInputError(msg) from error
    except RecursionError as error:
        msg = f"{path}: nested too deeply for a question set; give the file as it was published"
        raise BadInputError(msg) from error
    return value


def first_line(path: Path) -> Mapping[str, object] | None:
    """Return the object on the first line that holds something, or None where no whole object stands there.

    Raises:
        BadInputError: the file cannot be read.

    """
    line = read_text(path).lstrip().partition("\n")[0]
    try:
        value = json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def json_lines(path: Path) -> Iterator[Record | Item]:
    """Yield the objects of a JSON Lines file, and an item with the problem where a line is none.

    Raises:
        BadInputError: the file cannot be read.

    """
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        place = f"line {number}"
        try:
            value = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
            yield Item(place, problems=(f"the line is not JSON ({reason}); write one JSON object a line",))
            continue
        if isinstance(value, dict):
            yield place, value
        else:
            problem = f"the line is {shown(value)}, but must be a JSON object; write one object a line"
            yield Item(place, problems=(problem,))


def records(path: Path) -> Iterator[Record | Item]:
    """Yield the objects of a file that is JSON Lines, one JSON list or Parquet, and an item with the problem elsewhere.

    Raises:
        BadInputError: the file cannot be read.

    """
    if path.suffix.lower() == parquet.SUFFIX:
        for number, row in enumerate(parquet.rows(read_bytes(path), path), start=1):
            yield f"row {number}", row
        return
    if not read_text(path).lstrip().startswith("["):
        yield from json_lines(path)
        return
    value = read_json(path)
    assert isinstance(value, list)  # it begins with a bracket
    for number, item in enumerate(value):
        if isinstance(item, dict):
            yield f"[{number}]", item
        else:
            problem = f"the item is {shown(item)}, but must be a JSON object; mend or remove it"
            yield Item(f"[{number}]", problems=(problem,))
