"""Files and folders → decoded articles and refusals."""

import gzip
import json
import lzma
import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from models.errors import BadInputError
from rag.articles import Loaded, load
from rag.types import Refusal


def names(items: Iterator[Loaded | Refusal], root: Path) -> list[str]:
    """Return the paths of `items` relative to `root`, refusals in brackets."""
    shown = [(item.path.removeprefix(f"{root.as_posix()}/"), isinstance(item, Refusal)) for item in items]
    return [f"({path})" if refused else path for path, refused in shown]


def test_folders_are_walked_in_order_without_hidden_entries(tmp_path: Path) -> None:
    """Names decide the order, suffixes in any case are known, and hidden files and folders are left alone."""
    for name in ("b.txt", "a/2.MD", "a/10.html", ".hidden/x.txt", ".x.txt", "c.jpg", "d"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("公园今天开放。", encoding="utf-8")
    assert names(load([tmp_path]), tmp_path) == ["a/10.html", "a/2.MD", "b.txt", "(c.jpg)", "(d)"]
    refusals = [item for item in load([tmp_path]) if isinstance(item, Refusal)]
    assert refusals[0].reason.startswith("not a kind that is read: .jpg")
    assert "no suffix" in refusals[1].reason


def test_a_missing_path_is_told_before_anything_is_read(tmp_path: Path) -> None:
    """A mistyped path is the user's error, in one line, at once."""
    with pytest.raises(BadInputError, match=r"nowhere: no such file or folder; give paths") as error:
        load([tmp_path, tmp_path / "nowhere"])
    assert "\n" not in str(error.value)


def test_links_neither_loop_nor_read_twice(tmp_path: Path) -> None:
    """A folder that links to itself ends; a file given twice or linked to comes once; a dead link is refused."""
    (tmp_path / "a.txt").write_text("公园今天开放。", encoding="utf-8")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "same.txt").symlink_to(tmp_path / "a.txt")
    (tmp_path / "dead.txt").symlink_to(tmp_path / "gone.txt")
    (tmp_path / "self.txt").symlink_to(tmp_path / "self.txt")
    assert names(load([tmp_path, tmp_path / "a.txt"]), tmp_path) == ["a.txt", "(dead.txt)", "(self.txt)"]


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    """An empty folder is no error here."""
    assert list(load([tmp_path])) == []


def test_unreadable_files_are_refused_and_the_rest_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty, binary and locked files and things that are no files are refused with reasons."""
    (tmp_path / "1.txt").write_bytes(b"")
    (tmp_path / "2.txt").write_bytes(b"\x00\x01\x02" * 99)
    (tmp_path / "3.txt").write_text("公园今天开放。", encoding="utf-8")
    (tmp_path / "4.txt").write_text("锁住的。", encoding="utf-8")
    (tmp_path / "5.txt").write_text("\ufeff\n", encoding="utf-8")
    os.mkfifo(tmp_path / "6.txt")
    opened = os.open

    def locked(path: Path, flags: int) -> int:
        if path.name == "4.txt":  # the tests may run as root, whom no permission stops
            raise PermissionError(13, "Permission denied")
        return opened(path, flags)

    monkeypatch.setattr(os, "open", locked)
    items = list(load([tmp_path]))
    reasons = [item.reason if isinstance(item, Refusal) else "read" for item in items]
    assert reasons == [
        "the file is empty",
        "the file is binary, not text",
        "read",
        "cannot be read: Permission denied",
        "the file is empty",
        "not a file that can be read as text",
    ]


def test_a_file_too_large_for_one_article_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the wrong sort must not eat the memory."""
    monkeypatch.setattr("rag.articles.files.LARGEST", 10)
    (tmp_path / "a.txt").write_text("公园今天开放。", encoding="utf-8")
    [item] = load([tmp_path])
    assert isinstance(item, Refusal)
    assert "too large" in item.reason


def test_records_give_one_article_a_line(tmp_path: Path) -> None:
    """What a record states is carried along; a broken line is refused by number and the others go on."""
    lines: list[bytes] = [
        b"\xef\xbb\xbf"
        + json.dumps(
            {"text": "公园今天开放。", "title": "公园", "published": "2024-03-05", "source": "某日报", "id": "a1"}
        ).encode(),
        b"{broken",
        b"",
        b'["text"]',
        b'{"title": "x"}',
        b'{"text": "  "}',
        json.dumps({"text": "正文", "title": 3}).encode(),
        json.dumps({"text": "正文", "published": "never", "title": None, "id": 7}).encode(),
        '{"text": "图书馆延长开放时间，方便居民。"}'.encode("gbk"),
        b'{"text": "\\ud83d half"}',
    ]
    path = tmp_path / "news.jsonl"
    path.write_bytes(b"\n".join(lines))
    items = list(load([path]))
    assert [item.path.rpartition("#")[2] for item in items] == ["1", "2", "4", "5", "6", "7", "8", "9", "10"]
    first = items[0]
    assert first == Loaded(
        f"{path.as_posix()}#1", "公园今天开放。", "utf-8", "record", "公园", date(2024, 3, 5), "某日报", "a1"
    )  # fmt: skip
    assert [item.reason for item in items if isinstance(item, Refusal)] == [
        "not valid JSON: Expecting property name enclosed in double quotes",
        "a record must be a JSON object with a text",
        "the record has no text",
        "the text of the record is empty",
        "title must be text, not int",
    ]
    seventh, eighth, ninth = items[6:]
    assert isinstance(seventh, Loaded)
    assert isinstance(eighth, Loaded)
    assert isinstance(ninth, Loaded)
    assert (seventh.published, seventh.id, seventh.title) == (None, "7", None)
    assert (eighth.text, eighth.encoding) == ("图书馆延长开放时间，方便居民。", "gb18030")
    assert ninth.text == "\ufffd half"  # half a surrogate pair could not be stored


def test_records_are_streamed(tmp_path: Path) -> None:
    """The first record is there before the second line is looked at."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "one"}\n' + b"x" * 1000)
    items = load([path])
    first = next(items)
    assert isinstance(first, Loaded)
    assert first.text == "one"


def test_records_in_utf16_are_refused(tmp_path: Path) -> None:
    """Lines cannot be told apart byte by byte in UTF-16: the remedy is named."""
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"text": "一"}'.encode("utf-16"))
    [item] = load([path])
    assert isinstance(item, Refusal)
    assert "save the file as UTF-8" in item.reason


RECORDS = [f'{{"text": "公园今天开放，第{number}天。"}}' for number in range(3000)]


@pytest.mark.parametrize(("suffix", "pack"), [("xz", lzma.compress), ("GZ", gzip.compress)])
def test_packed_records_are_read_like_plain_ones(tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]) -> None:
    """A folder with packed records is read, each article named by its line; other packed files are refused."""
    (tmp_path / f"a.2024.jsonl.{suffix}").write_bytes(pack("\n".join(RECORDS).encode()))
    (tmp_path / f"b.txt.{suffix}").write_bytes(pack(b"text"))
    items = list(load([tmp_path]))
    shown = [item.path.rpartition("/")[2] for item in items]
    assert shown == [*(f"a.2024.jsonl.{suffix}#{number}" for number in range(1, 3001)), f"b.txt.{suffix}"]
    assert isinstance(items[1], Loaded)
    assert (items[1].text, items[1].kind) == ("公园今天开放，第1天。", "record")
    assert isinstance(items[-1], Refusal)


@pytest.mark.parametrize(("suffix", "pack"), [("xz", lzma.compress), ("gz", gzip.compress)])
def test_a_damaged_archive_gives_what_can_be_read(tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]) -> None:
    """The lines before the damage come out, then one refusal of the file, and the next file is read."""
    noise = [json.dumps({"text": os.urandom(64).hex()}) for _ in range(3000)]
    path = tmp_path / f"a.jsonl.{suffix}"
    packed = pack("\n".join(noise).encode())
    path.write_bytes(packed[: len(packed) // 2])
    (tmp_path / f"b.jsonl.{suffix}").write_bytes(b"no archive at all")
    (tmp_path / "c.txt").write_text("公园今天开放。", encoding="utf-8")
    items = list(load([tmp_path]))
    read = [item for item in items if isinstance(item, Loaded)]
    assert len(read) > 100
    assert read[-1].path.endswith("c.txt")
    assert [(item.path.rpartition("/")[2], item.reason) for item in items if isinstance(item, Refusal)] == [
        (
            f"a.jsonl.{suffix}",
            f"a damaged .{suffix} archive: only its first {len(read) - 1} lines could be read",
        ),
        (f"b.jsonl.{suffix}", f"a damaged .{suffix} archive: nothing of it could be read"),
    ]


def test_a_line_too_long_for_one_article_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small archive can unpack to an endless line: it is passed over and the others go on."""
    monkeypatch.setattr("rag.articles.records.LONGEST_LINE", 100)
    path = tmp_path / "a.jsonl.xz"
    path.write_bytes(lzma.compress(b'{"text": "one"}\n' + b"x" * 1000 + b'\n{"text": "three"}'))
    items = list(load([path]))
    assert [item.path.rpartition("#")[2] for item in items] == ["1", "2", "3"]
    assert isinstance(items[1], Refusal)
    assert "too large" in items[1].reason
