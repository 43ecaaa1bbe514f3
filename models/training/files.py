"""Writing files so that a reader never sees half of one, and reading what a step of the training wrote."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from models.errors import BadInputError, one_line

Read = TypeVar("Read")


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, make it durable, and put it in place.

    Raises:
        OSError: it cannot be written, with `path` as the file's name; what was there stays.

    """
    # One name for all processes: what a killed one left is written over, not added to.
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        write(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes | memoryview) -> None:
    """Write a file."""
    write_atomically(path, lambda target: target.write_bytes(content))


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write one line each."""

    def write(target: Path) -> None:
        with target.open("w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)

    write_atomically(path, write)


def write_json(path: Path, value: Any) -> None:
    """Write indented JSON."""
    text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    write_atomically(path, lambda target: target.write_text(text, encoding="utf-8"))


def write_text(path: Path, text: str) -> None:
    """Write a text file."""
    write_atomically(path, lambda target: target.write_text(text, encoding="utf-8"))


@contextmanager
def told(path: Path, step: str) -> Iterator[None]:
    """Tell what goes wrong in reading a file with the step that writes it.

    Raises:
        BadInputError: the file is missing or broken.

    """
    try:
        yield
    except (ValueError, KeyError, TypeError, IndexError, FileNotFoundError) as error:
        msg = f"{path}: missing or broken ({one_line(error)}); run the step {step} again with the same --work"
        raise BadInputError(msg) from error


def read_lines(path: Path, parse: Callable[[dict[str, Any]], Read], step: str) -> list[Read]:
    """Return what `parse` makes of each line of JSON.

    Raises:
        BadInputError: the file is missing, or a line of it is broken.

    """
    found: list[Read] = []
    with told(path, step), path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                found.append(parse(json.loads(line.decode())))
            except (ValueError, KeyError, TypeError, IndexError) as error:
                msg = f"line {number}: {error}"
                raise ValueError(msg) from error
    return found
