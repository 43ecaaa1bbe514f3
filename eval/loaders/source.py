"""What stands for a question set on the command line: `PATH`, or `LOADER:PATH[?option=value&option=value]`."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from eval.loaders.files import read_bytes
from eval.loaders.items import Item
from models.errors import BadInputError

Options = Mapping[str, str]
"""Every option of the loader with its value as text: the default where none was given."""


def own_file(path: Path, _: Options) -> list[Path]:
    """Return the one file that a loader of one file reads."""
    return [path]


@dataclass(frozen=True, slots=True)
class Loader:
    """A source format by name."""

    name: str
    read: Callable[[Path, Options], Iterable[Item]]
    options: Options = field(default_factory=dict)  # what it takes, with defaults
    files: Callable[[Path, Options], list[Path]] = own_file  # what it reads: hashed into the identity of the set
    paths: frozenset[str] = frozenset()  # options that are paths: their files count, not their names


@dataclass(frozen=True, slots=True)
class Source:
    """A question set as named: the loader, its path and all of its options."""

    loader: Loader
    path: Path
    options: Options

    def items(self) -> Iterable[Item]:
        """Yield the questions of the set.

        Raises:
            BadInputError: a file cannot be read, has another shape, or an option's value is wrong.

        """
        return self.loader.read(self.path, self.options)

    def identity(self) -> dict[str, object]:
        """Return the loader, its options and the SHA-256 over both and the content of every file.

        Raises:
            BadInputError: a file cannot be read.

        """
        options = {name: value for name, value in sorted(self.options.items()) if name not in self.loader.paths}
        files = [hashlib.sha256(read_bytes(path)).hexdigest() for path in self.loader.files(self.path, self.options)]
        digest = hashlib.sha256(json.dumps([self.loader.name, options, files]).encode()).hexdigest()
        return {"path": str(self.path), "loader": self.loader.name, "options": options, "sha256": digest}


_NAMED = re.compile(r"([A-Za-z][\w-]+):(.+)", re.DOTALL)  # two letters at least: C:\ is a drive


def _options(text: str, loader: Loader, written: str) -> dict[str, str]:
    found = dict(loader.options)
    given: set[str] = set()
    known = ", ".join(loader.options) or "none"
    for part in text.split("&"):
        name, mark, value = part.partition("=")
        if name not in loader.options:
            msg = f"{written}: {name!r} is no option of the loader `{loader.name}`; it takes: {known}"
            raise BadInputError(msg)
        if not mark or not value:
            msg = f"{written}: the option `{name}` has no value; write {name}=…"
            raise BadInputError(msg)
        if name in given:
            msg = f"{written}: the option `{name}` is given twice; give it once"
            raise BadInputError(msg)
        given.add(name)
        found[name] = value
    return found


def _split(written: str, suffixes: Mapping[str, str]) -> tuple[str | None, str, str]:
    """Return the loader's name (None for plain JSON Lines), the path and the options as typed."""
    if Path(written).exists():  # a file of exactly that name wins over everything that could be read into it
        return suffixes.get(Path(written).suffix.lower()), written, ""
    path, _, options = written.partition("?")
    named = _NAMED.fullmatch(path)
    if named is not None:
        return named[1], named[2], options
    return suffixes.get(Path(path).suffix.lower()), path, options


def parse_source(written: str, loaders: Mapping[str, Loader], suffixes: Mapping[str, str]) -> Source | None:
    """Return the source that was typed, or None where it is a plain path of the project's own JSON Lines.

    Raises:
        BadInputError: there is no such loader or option.

    """
    name, path, options = _split(written, suffixes)
    if name is None:
        if options:
            msg = f"{written}: a plain JSON Lines file takes no options; name a loader: {', '.join(sorted(loaders))}"
            raise BadInputError(msg)
        return None
    if name not in loaders:
        msg = f"{written}: {name!r} is no loader; there are: {', '.join(sorted(loaders))}"
        raise BadInputError(msg)
    loader = loaders[name]
    return Source(loader, Path(path), _options(options, loader, written) if options else dict(loader.options))
