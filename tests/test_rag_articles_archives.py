"""Archives: their members are read in memory, under their names, within bounds."""

import gzip
import io
import json
import lzma
import os
import tarfile
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from rag.articles import Loaded, load
from rag.articles.budget import MOST_RATIO
from rag.types import Refusal
from tests.making import docx, packed, paragraph

TEXT = "青石镇河边公园今天开放，市民可以免费入园。公园每天早上六点开门，晚上九点关门。"


def read(tmp_path: Path, name: str, data: bytes) -> dict[str, Loaded | Refusal]:
    """Return what an archive with these bytes holds, by the path in it."""
    path = tmp_path / name
    path.write_bytes(data)
    before = sorted(tmp_path.rglob("*"))
    found = {
        item.path.removeprefix(f"{path.as_posix()}/").removeprefix(f"{tmp_path.as_posix()}/"): item
        for item in load([path])
    }
    assert sorted(tmp_path.rglob("*")) == before  # nothing is written
    return found


def reasons(items: Mapping[str, Loaded | Refusal]) -> dict[str, str]:
    """Return the refusals."""
    return {path: item.reason for path, item in items.items() if isinstance(item, Refusal)}


def texts(items: Mapping[str, Loaded | Refusal]) -> list[str]:
    """Return the paths of the articles."""
    return [path for path, item in items.items() if isinstance(item, Loaded)]


def tarred(parts: Mapping[str, bytes], mode: str = "w:", encoding: str = "utf-8") -> bytes:
    """Return a tar archive of `parts`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, encoding=encoding, format=tarfile.GNU_FORMAT) as archive:
        for name, data in parts.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


PARTS = {
    "新闻/1.txt": TEXT.encode(),
    "新闻/2.html": f"<p>{TEXT}</p>".encode("gb18030"),
    "新闻/3.jsonl": "\n".join(json.dumps({"text": f"{TEXT}{number}"}) for number in range(3)).encode(),
    "4.docx": docx(paragraph(TEXT)),
    "5.csv": f"标题,正文\n公园,{TEXT}\n".encode(),
    "6.jpg": b"\xff\xd8\xff\xe0",
    ".hidden.txt": TEXT.encode(),
    "__MACOSX/新闻/1.txt": b"\x00\x05",
}
INSIDE = ["新闻/1.txt", "新闻/2.html", "新闻/3.jsonl#1", "新闻/3.jsonl#2", "新闻/3.jsonl#3", "4.docx", "5.csv#2"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.zip", packed(PARTS)),
        ("a.tar", tarred(PARTS)),
        ("a.tar.gz", tarred(PARTS, "w:gz")),
        ("a.TGZ", tarred(PARTS, "w:gz")),
        ("a.tar.xz", tarred(PARTS, "w:xz")),
        ("a.tar.bz2", tarred(PARTS, "w:bz2")),
    ],
)
def test_members_are_read_like_files_of_a_folder(tmp_path: Path, name: str, data: bytes) -> None:
    """All kinds are read, each under the archive's path and its own; hidden entries are left out."""
    items = read(tmp_path, name, data)
    assert texts(items) == INSIDE
    assert list(reasons(items)) == ["6.jpg"]
    assert all(item.path.startswith(f"{tmp_path.as_posix()}/{name}/") for item in items.values())


def test_an_archive_in_an_archive_is_read_and_no_deeper(tmp_path: Path) -> None:
    """One level of archives in archives is what people have; more is refused."""
    inner = packed({"a.txt": TEXT, "deeper.zip": packed({"b.txt": TEXT})})
    for name, data in (("o.zip", packed({"in.zip": inner})), ("o.tar.gz", tarred({"in.zip": inner}, "w:gz"))):
        items = read(tmp_path, name, data)
        assert texts(items) == ["in.zip/a.txt"]
        assert "an archive in an archive in an archive" in reasons(items)["in.zip/deeper.zip"]
    assert texts(read(tmp_path, "p.zip", packed({"in.tgz": tarred({"a.txt": TEXT.encode()}, "w:gz")}))) == [
        "in.tgz/a.txt"
    ]


class _InGbk(zipfile.ZipInfo):
    """An entry as Windows programs write it: its name in GBK, and no mark that says so."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - the library's
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def test_names_in_gbk_are_read(tmp_path: Path) -> None:
    """Windows programs write names in GBK and do not say so."""
    parts = {"青石镇新闻/公园开放通知.txt": TEXT.encode(), "青石镇新闻/码头修复.txt": (TEXT * 2).encode()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in parts.items():
            archive.writestr(_InGbk(name), data)
    assert texts(read(tmp_path, "a.zip", buffer.getvalue())) == list(parts)
    assert texts(read(tmp_path, "a.tar", tarred(parts, encoding="gbk"))) == list(parts)


@pytest.mark.parametrize("make", [packed, tarred])
def test_names_that_point_elsewhere_are_harmless(tmp_path: Path, make: object) -> None:
    """Whatever an entry is called, its path lies below the archive, and two of one name are told apart."""
    names = ["../../evil.txt", "/etc/passwd.txt", "C:\\win\\a.txt", "evil.txt", "a/../b.txt", "..", "x\n.txt"]
    items = read(
        tmp_path, "a.zip" if make is packed else "a.tar", make({name: f"{TEXT}{name}".encode() for name in names})
    )  # type: ignore[operator]
    assert texts(items) + list(reasons(items)) == ["etc/passwd.txt", "win/a.txt", "a/b.txt", "x\\n.txt", "evil.txt"]
    assert "of the same name" in reasons(items)["evil.txt"]


def test_links_and_devices_in_an_archive_are_passed_over(tmp_path: Path) -> None:
    """Only regular members are looked at."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, kind in (
            ("a.txt", tarfile.SYMTYPE),
            ("b.txt", tarfile.CHRTYPE),
            ("c.txt", tarfile.FIFOTYPE),
            ("d.txt", tarfile.LNKTYPE),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    assert read(tmp_path, "a.tar", buffer.getvalue()) == {}


def test_encrypted_members_are_refused(tmp_path: Path) -> None:
    """Each encrypted member is told; the others are read."""
    data = bytearray(packed({"a.txt": TEXT, "b.txt": TEXT * 2}))
    data[data.find(b"PK\x01\x02") + 8] |= 1
    data[6] |= 1
    items = read(tmp_path, "a.zip", bytes(data))
    assert texts(items) == ["b.txt"]
    assert "password" in reasons(items)["a.txt"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("a.zip", packed({f"{n}.txt": TEXT for n in range(9)})[:-40], id="zip-cut"),
        pytest.param("a.zip", b"PK\x03\x04" + os.urandom(500), id="zip-noise"),
        pytest.param(
            "a.tar.gz",
            tarred({f"{n}.txt": os.urandom(9000).hex().encode() for n in range(9)}, "w:gz")[:9000],
            id="tar.gz-cut",
        ),
        pytest.param("a.tar", b"no archive at all " * 99, id="tar-text"),
        pytest.param("a.tar.gz", gzip.compress(b"no archive at all " * 99), id="gz-text"),
        pytest.param("a.tgz", b"\x1f\x8b" + os.urandom(500), id="tgz-noise"),
        pytest.param("a.tar.xz", lzma.compress(b"x" * 99)[:-9], id="xz-cut"),
    ],
)
def test_a_damaged_archive_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    """What can be read comes first, then one refusal of the archive."""
    told = reasons(read(tmp_path, name, data))
    assert name in told
    assert "damaged" in told[name]


def test_a_damaged_member_costs_itself(tmp_path: Path) -> None:
    """A wrong checksum is told for its member, and the others are read."""
    data = bytearray(packed({"a.txt": os.urandom(99).hex(), "b.txt": TEXT}))
    data[50] ^= 0xFF
    items = read(tmp_path, "a.zip", bytes(data))
    assert texts(items) == ["b.txt"]
    assert "damaged" in reasons(items)["a.txt"]


def bomb(size: int, name: str = "a.jsonl") -> bytes:
    """Return a zip archive of one member of so many bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as member:
        for _ in range(size // 1_000_000):
            member.write(b" " * 1_000_000)
    return buffer.getvalue()


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """An archive that unpacks to hundreds of times its size is given up, also inside another, also packed with tar."""
    data = bomb(90_000_000)
    assert len(data) * MOST_RATIO < 90_000_000
    told = f"more than {MOST_RATIO} times its size"
    assert told in reasons(read(tmp_path, "a.zip", data))["a.zip"]
    assert told in reasons(read(tmp_path, "b.zip", packed({"in.zip": data, "z.txt": TEXT})))["b.zip"]
    spaces = {"a.jsonl": b" " * 90_000_000}
    assert told in reasons(read(tmp_path, "c.tar.gz", tarred(spaces, "w:gz")))["c.tar.gz"]
    assert told in reasons(read(tmp_path, "d.jsonl.gz", gzip.compress(spaces["a.jsonl"])))["d.jsonl.gz"]


def test_a_large_member_of_one_article_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text of forty megabytes is no article; a size that is a lie does not help."""
    monkeypatch.setattr("rag.articles.files.LARGEST", 50_000)
    data = bytearray(packed({"a.txt": TEXT * 3000, "b.txt": TEXT}))
    assert "too large" in reasons(read(tmp_path, "a.zip", bytes(data)))["a.txt"]
    for signature, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.find(signature)
        data[at + place : at + place + 4] = (200).to_bytes(4, "little")
    items = read(tmp_path, "b.zip", bytes(data))
    assert "damaged" in reasons(items)["a.txt"]
    assert texts(items) == ["b.txt"]


def test_members_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive of millions of entries is given up at a bound."""
    monkeypatch.setattr("rag.articles.budget.MOST_MEMBERS", 5)
    monkeypatch.setattr("rag.articles.archives.MOST_MEMBERS", 5)
    parts = {f"{number}.txt": f"{TEXT}{number}".encode() for number in range(9)}
    assert "more than 5 files" in reasons(read(tmp_path, "a.zip", packed(parts)))["a.zip"]
    items = read(tmp_path, "b.tar", tarred(parts))
    assert len(texts(items)) == 5
    assert "more than 5 files" in reasons(items)["b.tar"]


def test_a_tar_header_that_claims_gigabytes_is_refused(tmp_path: Path) -> None:
    """A long name of eight gigabytes would be read into memory as a whole."""
    member = tarfile.TarInfo("././@LongLink")
    member.type, member.size = tarfile.GNUTYPE_LONGNAME, 8 * 2**30 - 1
    data = gzip.compress(member.tobuf(tarfile.GNU_FORMAT) + bytes(1_000_000))
    assert "damaged" in reasons(read(tmp_path, "a.tar.gz", data))["a.tar.gz"]


def test_duplicate_entries_are_told(tmp_path: Path) -> None:
    """Two members of one name would be one path for two articles."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("a.txt", TEXT)
        archive.writestr("a.txt", TEXT * 2)
    path = tmp_path / "a.zip"
    path.write_bytes(buffer.getvalue())
    first, second = load([path])
    assert isinstance(first, Loaded)
    assert isinstance(second, Refusal)
    assert "a second file of the same name" in second.reason
