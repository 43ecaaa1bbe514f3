"""Archives (`.zip`, `.tar` and packed ones): their members as files, read in memory; nothing is written to disk.

A member is `archive.zip/inner/name.html`, whatever its entry says (`..`, `/etc`, `C:`): names are only told. An
archive may hold archives, those may not. What an archive unpacks to is bounded by a `Budget`, so that a small file
cannot become an endless one; one member at a time is held.
"""

import bz2
import gzip
import io
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, cast

from rag.articles.budget import MOST_MEMBERS, Budget, Counted, counted
from rag.articles.encoding import UndecodableError, decode
from rag.articles.files import LARGEST, File, RefusedError, shown
from rag.articles.loaded import Loaded
from rag.types import Refusal

_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_UNSAFE = re.compile(r"^[A-Za-z]:")
_DAMAGE = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, struct.error),
    *(EOFError, RuntimeError, ValueError, LookupError, OverflowError),
)
"""What reading a damaged archive comes to."""

Inside = Callable[[File], Iterator[Loaded | Refusal]]


def _path(archive: File, name: str) -> tuple[str, bool]:
    """Return how a member is told, and whether it is hidden as files of a folder may be."""
    parts = [part for part in _UNSAFE.sub("", name.replace("\\", "/")).split("/") if part not in {"", ".", ".."}]
    hidden = any(part.startswith(".") for part in parts) or parts[:1] == ["__MACOSX"]
    return f"{archive.path}/{shown('/'.join(parts))}", hidden or not parts


def _zip_names(infos: list[zipfile.ZipInfo]) -> list[str]:
    """Return the names of members; those without the mark of UTF-8 in the encoding that all of them together are in."""
    unmarked = {}
    for info in infos:
        if not info.flag_bits & _UTF8_NAME and not info.filename.isascii():
            try:
                unmarked[info.filename] = info.filename.encode("cp437")
            except UnicodeEncodeError:
                continue  # named by another field of its entry
    if not unmarked:
        return [info.filename for info in infos]
    try:
        encoding = decode(b"\n".join(unmarked.values())).encoding
    except UndecodableError:
        encoding = "gb18030"  # too little to tell by, and the usual one
    known = {name: data.decode(encoding, "replace") for name, data in unmarked.items()}
    return [known.get(info.filename, info.filename) for info in infos]


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: str, budget: Budget) -> File:
    def stream() -> IO[bytes]:
        return counted(archive.open(info), budget)

    return File(path, path.rpartition("/")[2], info.file_size, stream, seekable=False)


def _told(items: Iterator[Loaded | Refusal], path: str) -> Iterator[Loaded | Refusal]:
    """Yield what a member holds; that it is damaged is told, and the others go on."""
    try:
        yield from items
    except _DAMAGE:
        yield Refusal(path, "damaged: its place in the archive does not hold what it should")


def _read_zip(file: File, inside: Inside, budget: Budget) -> Iterator[Loaded | Refusal]:
    with file.seeking(1 << 62) as raw, zipfile.ZipFile(raw) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        if len(infos) > MOST_MEMBERS:
            raise RefusedError(f"more than {MOST_MEMBERS:,} files in it: unpack it and index the folder")
        for info, name in zip(infos, _zip_names(infos), strict=True):
            path, hidden = _path(file, name)
            if hidden:
                continue
            if not budget.member(path):
                yield Refusal(path, "a second file of the same name in the archive")
            elif info.flag_bits & _ENCRYPTED:
                yield Refusal(path, "encrypted: unpack the archive with its password and index the folder")
            else:
                yield from _told(inside(_zip_member(archive, info, path, budget)), path)


def _tar_name(name: str) -> str:
    if name.isascii():
        return name
    data = name.encode("utf-8", "surrogateescape")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return decode(data).text
        except UndecodableError:
            return data.decode("gb18030", "replace")


def _unpacked(raw: IO[bytes], head: bytes) -> IO[bytes]:
    if head.startswith(b"\x1f\x8b"):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
    if head.startswith(b"\xfd7zXZ"):
        return lzma.open(raw)
    return cast("IO[bytes]", bz2.BZ2File(raw)) if head.startswith(b"BZh") else raw


def _read_tar(file: File, inside: Inside, budget: Budget) -> Iterator[Loaded | Refusal]:
    with file.open() as start:
        head = start.read(6)
    with file.open() as raw, _unpacked(raw, head) as stream:
        forward = cast("IO[bytes]", Counted(stream, budget))
        # Bytes that are no UTF-8 come as surrogates and are read again below.
        with tarfile.open(fileobj=forward, mode="r:", encoding="utf-8", errors="surrogateescape") as archive:
            while (member := archive.next()) is not None:
                vars(archive)["members"].clear()  # it would keep them all
                if not member.isfile() or member.issparse():
                    continue
                path, hidden = _path(file, _tar_name(member.name))
                if hidden:
                    continue
                if not budget.member(path):
                    yield Refusal(path, "a second file of the same name in the archive")
                    continue
                yield from inside(_tar_member(archive, member, path))


def _tar_member(archive: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> File:
    """Return a member, which is there until the next one is looked for; large ones can be read once only."""
    held: list[bytes] = []

    def stream() -> IO[bytes]:
        content = cast("IO[bytes]", archive.extractfile(member))
        if member.size > LARGEST:
            return content
        if not held:
            held.append(content.read())
        return io.BytesIO(held[0])

    large = member.size > LARGEST
    return File(path, path.rpartition("/")[2], member.size, stream, seekable=False, once=large)


def _read(
    reader: Callable[[File, Inside, Budget], Iterator[Loaded | Refusal]], file: File, inside: Inside, budget: Budget
) -> Iterator[Loaded | Refusal]:
    before = budget.members
    try:
        yield from reader(file, inside, budget)
    except _DAMAGE as error:
        read = budget.members - before
        kept = f"only its first {read:,} files could be read" if read else "nothing of it could be read"
        raise RefusedError(f"a damaged archive: {kept}") from error


def read_zip(file: File, inside: Inside, budget: Budget) -> Iterator[Loaded | Refusal]:
    """Yield what the members of a zip archive hold; `inside` reads one.

    Raises:
        RefusedError: it is damaged; what could be read came before.
        ExhaustedError: it unpacks to more than it may.

    """
    return _read(_read_zip, file, inside, budget)


def read_tar(file: File, inside: Inside, budget: Budget) -> Iterator[Loaded | Refusal]:
    """Yield what the members of a tar archive hold, packed or not, as `read_zip` does."""
    return _read(_read_tar, file, inside, budget)
