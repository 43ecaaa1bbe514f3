"""Files and folders → what they hold, one article at a time, as it was decoded.

Nothing is interpreted here: that is `cleaning`'s part. Whatever cannot be read becomes a `Refusal`; the rest goes on.
"""

import os
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from types import MappingProxyType

from models.errors import BadInputError
from rag.articles import archives
from rag.articles.budget import Budget, ExhaustedError
from rag.articles.csv_files import read_csv
from rag.articles.encoding import UndecodableError, decode
from rag.articles.epub import read_epub
from rag.articles.files import File, RefusedError, file_in_memory
from rag.articles.loaded import Kind, Loaded
from rag.articles.mail import read_eml, read_mhtml
from rag.articles.markup import check_markdown, check_page
from rag.articles.package import DAMAGE
from rag.articles.pdf import read_pdf
from rag.articles.records import read_records
from rag.articles.signatures import HEAD, OLE, other_kind, suffix_of
from rag.articles.spreadsheets import read_xlsx
from rag.articles.walking import refusal, walk
from rag.articles.word import read_docx
from rag.types import Refusal

Reader = Callable[[File], Iterator[Loaded | Refusal]]


def _plain(kind: Kind) -> Reader:
    def read(file: File) -> Iterator[Loaded | Refusal]:
        decoded = decode(file.read(), html=kind == "html")
        if not decoded.text.strip():
            raise RefusedError("the file is empty")
        if kind == "html":
            check_page(decoded.text)
        elif kind == "markdown":
            check_markdown(decoded.text)
        yield Loaded(file.path, decoded.text, decoded.encoding, kind)

    return read


KINDS: Mapping[str, Reader] = MappingProxyType(
    {
        ".txt": _plain("text"),
        ".md": _plain("markdown"),
        ".html": _plain("html"),
        ".htm": _plain("html"),
        ".xhtml": _plain("html"),
        ".mhtml": read_mhtml,
        ".mht": read_mhtml,
        ".eml": read_eml,
        ".pdf": read_pdf,
        ".docx": read_docx,
        ".epub": read_epub,
        ".csv": read_csv,
        ".tsv": read_csv,
        ".xlsx": read_xlsx,
        ".jsonl": read_records,
        ".jsonl.xz": read_records,
        ".jsonl.gz": read_records,
    }
)
"""The suffixes of files that hold articles, and what reads them."""
ARCHIVES: Mapping[str, Callable[..., Iterator[Loaded | Refusal]]] = MappingProxyType(
    {
        ".zip": archives.read_zip,
        **dict.fromkeys((".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2"), archives.read_tar),
    }
)
"""The suffixes of files that hold such files."""
_REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys((".doc", ".wps", ".rtf", ".odt", ".pages"), "save it as .docx"),
        **dict.fromkeys((".xls", ".et", ".ods", ".numbers"), "save it as .xlsx"),
        **dict.fromkeys((".7z", ".rar"), "unpack it and index the folder, or pack it as .zip"),
        **dict.fromkeys((".mobi", ".azw", ".azw3"), "save it as .epub"),
    }
)
_PACKED = frozenset({".jsonl.xz", ".jsonl.gz", *ARCHIVES} - {".zip"})  # they say themselves what is wrong with them
_BINARY = frozenset({".pdf", ".docx", ".xlsx", ".epub", ".zip"})
_PARTS = ((".docx", "word/document.xml"), (".xlsx", "xl/workbook.xml"), (".epub", "META-INF/container.xml"))
_DEEPEST = 1  # archives in one another
_SMALL = 1024 * 1024  # bytes of a file that is read whole at once


def load(paths: Sequence[Path]) -> Iterator[Loaded | Refusal]:
    """Return what the files and folders at `paths` hold, folders in order of name, hidden entries left out.

    A file that is reached twice (through a link, or because its folder is given too) is read once.

    Raises:
        BadInputError: a path does not exist; told before anything is read.

    """
    for path in paths:
        if not os.path.lexists(path):
            msg = f"{path.as_posix()}: no such file or folder; give paths that exist, to articles or folders of them"
            raise BadInputError(msg)
    return _load(paths)


def _load(paths: Sequence[Path]) -> Iterator[Loaded | Refusal]:
    for found in walk(paths):
        if isinstance(found, Refusal):
            yield found
            continue
        path, file, _ = found
        try:
            yield from read_file(file)
        except OSError as error:
            yield refusal(path, error)


def _suffix(name: str) -> str:
    """Return the suffix that says what a file is: two parts where those are known (`.tar.gz`), else the last one."""
    suffixes = PurePath(name).suffixes
    double = "".join(suffixes[-2:]).lower()
    return double if double in KINDS or double in ARCHIVES else (suffixes[-1].lower() if suffixes else "")


def _inside_package(file: File) -> str:
    """Return the suffix of what a zip file really is."""
    try:
        with file.seeking(1 << 62) as stream, zipfile.ZipFile(stream) as package:
            return next((suffix for suffix, part in _PARTS if part in package.NameToInfo), ".zip")
    except DAMAGE:
        return ".zip"


def _told_by_content(file: File, suffix: str) -> str:
    """Return the suffix that a file should have: many are saved under a wrong one, and their first bytes tell.

    Raises:
        RefusedError: it is not what its name says, and nothing that is read.

    """
    with file.open() as stream:
        head = stream.read(HEAD)
    if not head:
        raise RefusedError("the file is empty")
    found = suffix_of(head)
    if found == ".zip" and suffix != ".zip":
        inside = _inside_package(file)
        return suffix if inside == ".zip" and suffix in _BINARY - {".pdf"} else inside
    if found == ".mhtml" and suffix == ".eml":
        return suffix
    if found is not None:
        return found if suffix != ".xhtml" else suffix
    if suffix in _BINARY and head.startswith(OLE) and suffix in {".docx", ".xlsx"}:
        return suffix  # its reader says more
    other = other_kind(head)
    if suffix in _REMEDIES:
        raise RefusedError(f"not a kind that is read: {suffix}; {_REMEDIES[suffix]}")
    if other is not None:
        raise RefusedError(f"it is {other}, not what its name says")
    if suffix in _BINARY:
        raise RefusedError(f"not a whole {suffix}: damaged, or another kind of file under this name")
    return suffix


def read_file(file: File, budget: Budget | None = None, depth: int = 0) -> Iterator[Loaded | Refusal]:
    """Yield what one file holds; in an archive, with that one's budget and how deep archives lie in one another.

    Raises:
        OSError: it cannot be read from the disk.
        ExhaustedError: the archive around it unpacks to more than it may.

    """
    try:
        yield from _read(file, budget, depth)
    except (RefusedError, UndecodableError) as error:
        yield Refusal(file.path, str(error))
    except RecursionError:
        yield Refusal(file.path, "its parts lie too deep in one another: not read")
    except MemoryError:
        yield Refusal(file.path, "too large for the memory of this machine")


def _read(file: File, budget: Budget | None, depth: int) -> Iterator[Loaded | Refusal]:
    suffix = _suffix(file.name)
    if suffix not in KINDS and suffix not in ARCHIVES and suffix not in _REMEDIES:
        known = ", ".join([*KINDS, *ARCHIVES])
        raise RefusedError(f"not a kind that is read: {suffix or 'no suffix'} (read are {known})")
    if file.size <= _SMALL:
        file = file_in_memory(file.path, file.name, file.read())
    if suffix not in _PACKED:
        suffix = _told_by_content(file, suffix)
    if suffix in KINDS:
        yield from KINDS[suffix](file)
    elif depth > _DEEPEST:
        raise RefusedError("an archive in an archive in an archive: unpack it and index the folder")
    else:
        yield from _read_archive(file, suffix, budget, depth)


def _read_archive(file: File, suffix: str, budget: Budget | None, depth: int) -> Iterator[Loaded | Refusal]:
    inner = Budget(file.size) if budget is None else budget
    try:
        yield from ARCHIVES[suffix](file, lambda member: read_file(member, inner, depth + 1), inner)
    except ExhaustedError as error:
        if budget is not None:
            raise  # for the archive around it, of which no more is read either
        raise RefusedError(str(error)) from error
