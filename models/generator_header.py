"""What a GGUF says about itself, read from its first bytes without its weights and without llama.cpp.

gguf's own reader makes an object of every token of the vocabulary and takes seconds for a large one; this one steps
over arrays.
"""

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

Value: TypeAlias = int | float | bool | str

_SCALARS = dict(enumerate(["<B", "<b", "<H", "<h", "<I", "<i", "<f", "<?", ".", ".", "<Q", "<q", "<d"]))
_STRING, _ARRAY = 8, 9
_MOST = 1 << 24  # more keys, tensors or array entries than any model has: the file is not what it seems
_ALIGNMENT = 32


class HeaderError(Exception):
    """The file is not a whole GGUF; the message says in a few words why."""


@dataclass(frozen=True, slots=True)
class Array:
    """Where an array's entries lie: byte offsets into the file; small arrays of integers are read."""

    length: int
    start: int
    end: int
    values: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """A GGUF's metadata, and how long the file must be for its tensors."""

    values: Mapping[str, Value]
    arrays: Mapping[str, Array]
    tensors: int
    weights_start: int
    whole_bytes: int
    has_output: bool  # an output layer of its own, not the embedding again
    vocabulary: int  # rows of the embedding; 0 where there is none

    def text(self, key: str) -> str:
        """Return a value as text, empty where the file has none."""
        return str(self.values.get(key, ""))

    def number(self, key: str, default: int = 0) -> int:
        """Return a whole number; of an array, its largest entry."""
        if key in self.arrays:
            return max(self.arrays[key].values, default=default)
        value = self.values.get(key, default)
        return int(value) if isinstance(value, int | float) else default


class _Scanner:
    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.size = len(data)
        self.at = 0

    def take(self, form: str) -> int | float | bool:
        try:
            (value,) = struct.unpack_from(form, self.data, self.at)
        except struct.error:
            raise HeaderError("it ends inside its header") from None
        self.at += struct.calcsize(form)
        taken: int | float | bool = value
        return taken

    def whole(self, form: str, most: int) -> int:
        value = int(self.take(form))
        if value > most:
            raise HeaderError("its header makes no sense")
        return value

    def skip(self, count: int) -> None:
        self.at += count
        if self.at > self.size:
            raise HeaderError("it ends inside its header")

    def string(self) -> str:
        length = self.whole("<Q", self.size)
        start = self.at
        self.skip(length)
        return self.data[start : self.at].decode("utf-8", "replace")

    def array(self) -> Array:
        kind = self.whole("<I", 12)
        length = self.whole("<Q", _MOST)
        start = self.at
        values: tuple[int, ...] = ()
        if kind == _STRING:
            data, at, size = self.data, self.at, self.size
            for _ in range(length):
                at += 8 + int.from_bytes(data[at : at + 8], "little")
                if at > size:
                    raise HeaderError("it ends inside its header")
            self.at = at
        elif kind == _ARRAY:
            for _ in range(length):
                self.array()
        else:
            form = _SCALARS[kind]
            self.skip(length * struct.calcsize(form))
            if length <= 4096 and form[1] in "BbHhIiQq?":
                values = struct.unpack_from(f"<{length}{form[1]}", self.data, start)
        return Array(length, start, self.at, tuple(int(v) for v in values))


def _open(path: Path) -> mmap.mmap:
    try:
        with path.open("rb") as stream:
            beginning = stream.read(64)
            if not beginning:
                raise HeaderError("it is empty")
            if not beginning.startswith(b"GGUF"):
                looks = beginning.lstrip().lower()
                page = looks.startswith((b"<!doctype", b"<html", b"<?xml"))
                raise HeaderError("it is a web page, not a model" if page else "it is not a GGUF file")
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise HeaderError(f"it cannot be read: {error.strerror or error}") from error


def read_header(path: Path) -> Header:
    """Read a GGUF's header; milliseconds, also for gigabytes.

    Raises:
        HeaderError: not a GGUF, or cut inside its header.

    """
    with _open(path) as data:
        scanner = _Scanner(data)
        scanner.skip(4)
        version = scanner.whole("<I", 1 << 32)
        if version not in (2, 3):
            big = version & 0xFFFF == 0
            raise HeaderError("it is for big-endian machines" if big else f"it has GGUF version {version}, not 2 or 3")
        tensors, keys = scanner.whole("<Q", _MOST), scanner.whole("<Q", _MOST)
        values: dict[str, Value] = {}
        arrays: dict[str, Array] = {}
        for _ in range(keys):
            key = scanner.string()
            kind = scanner.whole("<I", 12)
            if kind == _ARRAY:
                arrays[key] = scanner.array()
            elif kind == _STRING:
                values[key] = scanner.string()
            else:
                values[key] = scanner.take(_SCALARS[kind])
        return _with_tensors(scanner, tensors, values, arrays)


def _with_tensors(scanner: _Scanner, tensors: int, values: dict[str, Value], arrays: dict[str, Array]) -> Header:
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    last = vocabulary = 0
    has_output = False
    for _ in range(tensors):
        name = scanner.string()
        sizes = [scanner.whole("<Q", 1 << 40) for _ in range(scanner.whole("<I", 4))]
        kind, offset = scanner.whole("<I", 1 << 32), scanner.whole("<Q", 1 << 48)
        count = 1
        for size in sizes:
            count *= size
        try:
            block, block_bytes = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
        except (ValueError, KeyError):
            block, block_bytes = 1, 0  # newer than gguf's table: llama.cpp will judge
        last = max(last, offset + count // block * block_bytes)
        has_output = has_output or name == "output.weight"
        if name == "token_embd.weight" and sizes:
            vocabulary = sizes[-1]
    alignment = values.get("general.alignment", _ALIGNMENT)
    if not isinstance(alignment, int) or alignment < 1:
        raise HeaderError("its header makes no sense")
    start = -(-scanner.at // alignment) * alignment
    return Header(values, arrays, tensors, start, start + last, has_output, vocabulary)


def has_tokens(path: Path, header: Header, names: tuple[str, ...]) -> bool:
    """Tell whether all these strings are tokens of the vocabulary."""
    tokens = header.arrays.get("tokenizer.ggml.tokens")
    if tokens is None:
        return False
    with _open(path) as data:
        return all(
            data.find(len(name.encode()).to_bytes(8, "little") + name.encode(), tokens.start, tokens.end) >= 0
            for name in names
        )
