"""A file that is written piece by piece, and is there whole or not at all."""

from pathlib import Path
from typing import TextIO


class WholeFile:
    """Grows beside its place, under the name with `.part`, and is moved there at the end. UTF-8, line ends as given."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._file: TextIO | None = None

    def write(self, text: str) -> None:
        """Add some text."""
        if self._file is None:
            self._file = self._part.open("w", encoding="utf-8", newline="")
        self._file.write(text)

    def keep(self) -> None:
        """Put the file in its place; what stood there goes."""
        self.write("")
        assert self._file is not None
        self._file.close()
        self._part.replace(self._path)
        self._file = None
