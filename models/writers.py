"""The writers a user has: GGUF files dropped into the models folder, each with what is wrong with it, if anything.

Only the beginnings of the files are read, so that a list of them is there at once.
"""

import os
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias

from models.errors import ModelError
from models.generator_header import Header, HeaderError, has_tokens, read_header

_GIB = 1 << 30
_BERTS = {"bert", "modern-bert", "nomic-bert", "nomic-bert-moe", "neo-bert", "jina-bert-v2", "jina-bert-v3", "eurobert"}
_ENCODERS = _BERTS | {"gemma-embedding", "t5", "t5encoder", "clip", "wavtokenizer-dec"}
_SPLIT = re.compile(r"(?P<stem>.+)-(?P<part>\d{5})-of-(?P<parts>\d{5})\Z")


ProblemKind: TypeAlias = Literal[
    "unreadable", "broken", "cut", "empty", "addition", "encoder", "base", "later_part", "missing_part"
]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file cannot write; a page says it in its own words by the kind."""

    kind: ProblemKind
    text: str  # one line, without the file's name

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class FoundWriter:
    """A model file, and in `problem` why it cannot write: None if nothing is known against it."""

    name: str
    path: Path
    bytes: int  # of all its parts, where it is split
    architecture: str
    context_length: int  # tokens it was trained for; 0 if unknown
    problem: Problem | None


def models_folder() -> Path:
    """Return the folder for the user's models: `YIJU_MODELS`, or `.yiju/models` at home. It may not exist."""
    given = os.environ.get("YIJU_MODELS")
    return Path(given).expanduser() if given else Path.home() / ".yiju" / "models"


def find_writers(folder: Path) -> list[FoundWriter]:
    """Return every `.gguf` in a folder, by name; none if there is no such folder."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".gguf")
    except OSError:
        return []
    found: list[FoundWriter] = []
    taken: set[str] = set()
    for path in paths:
        writer = inspect_writer(path)
        if writer.name in taken:  # a.gguf beside a.GGUF
            writer = replace(writer, name=path.name)
        taken.add(writer.name)
        found.append(writer)
    return found


def inspect_writer(path: Path) -> FoundWriter:
    """Return what a file says of itself; whatever is wrong with it stands in `problem`."""
    try:
        state = path.stat()
    except OSError as error:
        return FoundWriter(
            path.stem, path, 0, "", 0, Problem("unreadable", f"it cannot be read: {error.strerror or error}")
        )
    return _inspected(path, state.st_size, state.st_mtime_ns)


def header_of(path: Path) -> Header:
    """Return a file's header, as read when it was last inspected. Raises HeaderError."""
    state = path.stat()
    return _header(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=32)
def _header(path: Path, _size: int, _mtime: int) -> Header:
    return read_header(path)


@lru_cache(maxsize=256)
def _inspected(path: Path, size: int, mtime: int) -> FoundWriter:
    if not path.is_file():
        folder = Problem("unreadable", "it is a folder: name the .gguf file inside it")
        return FoundWriter(path.stem, path, 0, "", 0, folder)
    try:
        header = _header(path, size, mtime)
    except HeaderError as error:
        problem = Problem("broken", f"{error}: download it again, or wait if it is still being copied")
        return FoundWriter(path.stem, path, size, "", 0, problem)
    architecture = header.text("general.architecture")
    parts = _parts(path)
    against = _cut(size, header) or _problem(path, header) or _split_problem(path, parts)
    total = size if len(parts) == 1 else sum(part.stat().st_size for part in parts if part.is_file())
    return FoundWriter(path.stem, path, total, architecture, header.number(f"{architecture}.context_length"), against)


def _cut(size: int, header: Header) -> Problem | None:
    if size >= header.whole_bytes:
        return None
    has, whole = (f"{count / _GIB:.2f}" for count in (size, header.whole_bytes))
    unit = "GiB"
    if has == whole:
        has, whole, unit = f"{size:,}", f"{header.whole_bytes:,}", "bytes"
    what = f"it is cut, {has} of {whole} {unit} are there"
    return Problem("cut", f"{what}: wait if it is still being copied, else download it again")


def _problem(path: Path, header: Header) -> Problem | None:
    architecture = header.text("general.architecture")
    kind = header.text("general.type")
    if not architecture or not header.tensors:
        return Problem("empty", "it holds no model: take the .gguf of a chat model")
    if kind and kind != "model":
        what = f"it is not a model of its own but an addition to one ({kind})"
        return Problem("addition", f"{what}: take the model's main .gguf")
    pooled = header.number(f"{architecture}.pooling_type")
    causal = header.values.get(f"{architecture}.attention.causal", True)
    if architecture in _ENCODERS or pooled > 0 or not causal:
        what = f"it reads text and cannot write ({architecture}, an embedding model or encoder)"
        return Problem("encoder", f"{what}: take a chat model")
    if "tokenizer.chat_template" in header.values or not _is_first(path):
        return None
    if not has_tokens(path, header, ("<|im_start|>", "<|im_end|>")):
        return Problem("base", "it is a base model without a chat template: take the chat or instruct version")
    return None


def _is_first(path: Path) -> bool:
    match = _SPLIT.match(path.stem)
    return match is None or int(match["part"]) == 1


def _parts(path: Path) -> list[Path]:
    """Return the files that a model consists of."""
    match = _SPLIT.match(path.stem)
    if match is None:
        return [path]
    names = (f"{match['stem']}-{number:05}-of-{match['parts']}" for number in range(1, int(match["parts"]) + 1))
    return [path.with_name(name + path.suffix) for name in names]


def _split_problem(path: Path, parts: list[Path]) -> Problem | None:
    if not _is_first(path):
        what = "it is a later part of a split model"
        return Problem("later_part", f"{what}: use {parts[0].stem}, the parts are read together")
    missing = [part.name for part in parts if not part.is_file()]
    if missing:
        return Problem("missing_part", f"its part {missing[0]} is missing: put all {len(parts)} parts into one folder")
    return None


def resolve_writer(text: str, folder: Path) -> FoundWriter:
    """Return the writer that a user means: the path of a file, or a name in the folder, with or without `.gguf`.

    Raises:
        ModelError: there is no such file or name (the message tells those at hand), or it cannot write.

    """
    writers = find_writers(folder)
    wanted = text.strip()
    found = next((writer for writer in writers if wanted in (writer.name, writer.path.name)), None)
    if found is None and wanted and (path := Path(wanted).expanduser()).exists():
        found = inspect_writer(path)
    if found is None:
        usable = [writer.name for writer in writers if writer.problem is None]
        names = f"{folder} holds {', '.join(usable)}" if usable else f"{folder} holds none"
        raise ModelError(
            f"there is no writer {wanted!r}: give the path of a chat GGUF or a name in the models folder ({names})"
        )
    if found.problem:
        raise ModelError(f"the writer {found.name} cannot be used, {found.problem}")
    return found
