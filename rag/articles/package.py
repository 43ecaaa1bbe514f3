"""Formats that are zip files of XML inside (Word, EPUB): reading their parts without trusting them.

XML is read as a stream by expat. A document type is refused: these formats have none, and entities are what it is
abused for.
"""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from xml.parsers.expat import ExpatError, ParserCreate

from rag.articles.files import LARGEST, File, RefusedError
from rag.articles.signatures import OLE

LARGEST_PACKAGE = 512 * 1024 * 1024  # bytes of a file: its pictures are not looked at
LARGEST_PART = 256 * 1024 * 1024  # bytes of one part, unpacked; XML takes several times the room of its text
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, ExpatError),
    *(EOFError, RuntimeError, ValueError, LookupError, OverflowError),
)
"""What reading a file that is no whole package comes to."""
_BLOCK = 64 * 1024

Start = Callable[[str, Mapping[str, str]], object]


@contextmanager
def opened(file: File, name: str) -> Iterator[zipfile.ZipFile]:
    """Give the package in `file`; `name` is what it is for people (`a .docx`).

    Raises:
        RefusedError: it is encrypted, damaged, or no package.

    """
    with file.seeking(LARGEST_PACKAGE) as stream:
        head = stream.read(len(OLE))
        stream.seek(0)
        if head == OLE:
            raise RefusedError(f"encrypted, or of an old format under a new name: save it without password as {name}")
        try:
            with zipfile.ZipFile(stream) as package:
                if any(info.flag_bits & 1 for info in package.infolist()):
                    raise RefusedError("encrypted: save it without a password")
                yield package
        except DAMAGE as error:
            raise RefusedError(f"damaged or truncated: not a whole {name}") from error


def blocks(package: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield the bytes of a part.

    Raises:
        RefusedError: it unpacks to more than `LARGEST_PART`.
        KeyError: there is no such part.

    """
    info = package.getinfo(part)
    if info.file_size > LARGEST_PART:  # no more than this size is unpacked, whatever lies behind it
        raise RefusedError(f"it unpacks to more than {LARGEST_PART // 2**20} MiB: too large for one article")
    with package.open(info) as stream:
        yield from iter(lambda: stream.read(_BLOCK), b"")


def read_part(package: zipfile.ZipFile, part: str) -> bytes:
    """Return a whole part, one that is an article's file in itself."""
    info = package.getinfo(part)
    if info.file_size > LARGEST:
        raise RefusedError(f"larger than {LARGEST // 2**20} MiB: too large for one article")
    with package.open(info) as stream:
        return stream.read()


def _no_doctype(*_: object) -> None:
    raise RefusedError("its XML declares a document type, which this format does not have: not read")


def parse(
    parts: Iterator[bytes], start: Start, end: Callable[[str], object], text: Callable[[str], object] | None = None
) -> None:
    """Read XML piece by piece. Names are `namespace name`, as expat joins them with a space.

    Raises:
        RefusedError: it declares a document type.
        ExpatError: it is no XML.

    """
    parser = ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.buffer_text = True
    for piece in parts:
        parser.Parse(piece, False)
    parser.Parse(b"", True)


def local(name: str) -> str:
    """Return a name without its namespace."""
    return name.rpartition(" ")[2]


def targets(package: zipfile.ZipFile, part: str, kind: str) -> list[str]:
    """Return what the relations in `part` name as their `kind` (the end of a relation's type)."""
    found: list[str] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if local(name) == "Relationship" and attributes.get("Type", "").endswith("/" + kind):
            found.append(attributes.get("Target", "").lstrip("/"))

    try:
        parse(blocks(package, part), start, lambda _: None)
    except KeyError:
        return []
    return found


def texts(package: zipfile.ZipFile, part: str) -> dict[str, str]:
    """Return the first text of each element in a small part, by its local name."""
    found: dict[str, str] = {}
    open_names: list[str] = []

    def start(name: str, _: Mapping[str, str]) -> None:
        open_names.append(local(name))

    def text(data: str) -> None:
        if open_names and data.strip() and len(found) < 100:
            found.setdefault(open_names[-1], data.strip())

    try:
        parse(blocks(package, part), start, lambda _: open_names.pop(), text)
    except KeyError:
        return {}
    return found
