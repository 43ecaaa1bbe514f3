"""Writing files so that a reader never sees half of one."""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any


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
