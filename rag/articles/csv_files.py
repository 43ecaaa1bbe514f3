"""CSV (and values set apart by tabs or semicolons) → rows, line by line, in whatever encoding the file is."""

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

from rag.articles.encoding import UndecodableError, decode
from rag.articles.files import LARGEST, File, RefusedError
from rag.articles.loaded import Loaded
from rag.articles.tables import Row, articles, known_columns
from rag.types import Refusal

_SAMPLE = 256 * 1024  # bytes that the encoding is told from
_DELIMITERS = ",\t;|，"
_UNREADABLE = "the row has bytes that are not in the encoding of the file"
_BROKEN = "\ufffd"


def _sample(stream: IO[bytes]) -> bytes:
    """Return lines that tell the encoding: the first ones, and if those are plain ASCII the first that are not."""
    first = sample = stream.read(_SAMPLE)
    while sample.isascii() and sample:
        sample = stream.read(_SAMPLE)
        sample += stream.readline(_SAMPLE)
    if not sample:
        return first
    if sample is not first:
        start = next(at for at, byte in enumerate(sample) if byte > 0x7F)
        sample = sample[sample.rfind(b"\n", 0, start) + 1 :]
    if len(sample) < _SAMPLE:
        return sample
    return sample[: sample.rfind(b"\n") + 1] or sample[:-8]


def _encoding(file: File) -> str:
    with file.open() as stream:
        sample = _sample(stream)
    try:
        return decode(sample).encoding
    except UndecodableError:
        if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"  # the sample ends in the middle of a character
        if _mostly_utf8(sample):
            return "utf-8"  # with damage, which costs the rows that it is in
        raise


def _mostly_utf8(sample: bytes) -> bool:
    lines = [line for line in sample.split(b"\n") if not line.isascii()]
    whole = sum("\ufffd" not in line.decode("utf-8", "replace") for line in lines)
    return whole > len(lines) / 2


def _lines(stream: IO[bytes], encoding: str) -> Iterator[str]:
    """Yield decoded lines; in one with a byte that does not fit, U+FFFD stands for it."""
    if encoding.startswith(("utf-16", "utf-32")):
        yield from io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
        return
    number = 0
    while line := stream.readline(LARGEST + 1):
        number += 1
        if len(line) > LARGEST:
            raise RefusedError(f"line {number:,} is larger than {LARGEST // 2**20} MiB: not read from there on")
        yield line.removeprefix(codecs.BOM_UTF8).decode("utf-8" if encoding == "utf-8-sig" else encoding, "replace")


def _columns(head: list[str], delimiter: str) -> int:
    """Return how many columns are known where `delimiter` sets them apart."""
    with suppress(csv.Error):  # told when the rows are read
        return max((known_columns(row) for row in csv.reader(head, delimiter=delimiter)), default=0)
    return 0


def _delimiter(file: File, encoding: str) -> str:
    with file.open() as stream:
        head: list[str] = []
        with suppress(RefusedError):  # of a line that is too long, which is told when its row comes
            head.extend(line[:4096] for line, _ in zip(_lines(stream, encoding), range(10), strict=False))
    options = {sign: _columns(head, sign) for sign in _DELIMITERS}
    best = max(options, key=lambda sign: options[sign])
    return best if options[best] else ","


def _rows(stream: IO[bytes], encoding: str, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(LARGEST)  # of the whole process; the usual one is shorter than long articles
    reader = csv.reader(_lines(stream, encoding), delimiter=delimiter)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            broken = any(_BROKEN in cell for cell in cells)
            yield Row(number, cells, _UNREADABLE if broken else None)
    except csv.Error as error:
        raise RefusedError(f"row {number + 1:,} is no CSV ({error}): not read from there on") from error


def read_csv(file: File) -> Iterator[Loaded | Refusal]:
    """Yield the articles of a CSV file, one a row; no more than a row is held at a time.

    Raises:
        RefusedError: it has no column with the text, or breaks off.
        UndecodableError: it is empty, binary, or in no encoding that is known.

    """
    if file.once:  # it is read twice, and held in memory by nobody
        raise RefusedError("too large to be read inside a .tar archive: unpack it")
    encoding = _encoding(file)
    delimiter = _delimiter(file, encoding)
    with file.open() as stream:
        yield from articles(_rows(stream, encoding, delimiter), file.path, encoding)
