"""Bad input: each file that cannot be read is one reason in the summary, and none stops the others.

The full sizes (200 MB in one file, ten thousand files, a hundred thousand tags many times) are `make soak`'s.
"""

import json
import os
import socket
import threading
import time
import tracemalloc
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from rag.articles import Loaded, load, read_article
from rag.articles.files import File
from rag.types import Article, Refusal
from tests.conftest import SOAK
from tests.making import column, docx, packed, paragraph, pdf

TEXT = "青石镇河边公园今天开放，市民可以免费入园。公园每天早上六点开门，晚上九点关门。"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 20


def read(path: Path) -> list[Loaded | Refusal]:
    """Return what lies at `path`, relative paths for what is told."""
    return list(load([path]))


def why(path: Path, name: str, data: bytes) -> str:
    """Return why a file is refused."""
    (path / name).write_bytes(data)
    [item] = read(path / name)
    assert isinstance(item, Refusal), item
    return item.reason


def article(path: Path, name: str, data: bytes) -> Article:
    """Return the article of a file that is odd but can be read."""
    (path / name).write_bytes(data)
    [item] = read(path / name)
    assert isinstance(item, Loaded), item
    found = read_article(item)
    assert isinstance(found, Article)
    return found


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"", "the file is empty"),
        ("a.html", b" \r\n", "the file is empty"),
        ("a.pdf", b"", "the file is empty"),
        ("a.csv", b"", "the file is empty"),
        ("a.zip", b"", "the file is empty"),
        ("a.txt", b"\x00\x01\x02" * 99, "binary"),
        ("a.html", JPEG, "it is a JPEG picture, not what its name says"),
        ("a.md", b"\x89PNG\r\n\x1a\n" + bytes(99), "it is a PNG picture"),
        ("a.txt", b"\x1f\x8b\x08" + bytes(99), "it is packed with gzip"),
        ("a.jsonl", b"SQLite format 3\x00" + bytes(99), "it is a database"),
        ("a.pdf", JPEG, "it is a JPEG picture"),
        ("a.zip", b"Rar!\x1a\x07\x01\x00", "it is a RAR archive"),
        ("a.txt", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "old Office"),
        ("a.rtf", b"{\\rtf1 text}", "save it as .docx"),
        ("a.jpg", JPEG, "not a kind that is read: .jpg"),
    ],
)
def test_what_is_no_text_is_told_in_words(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    """What a file is decides, by its first bytes, and its name is not believed."""
    assert reason in why(tmp_path, name, data)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.txt", f"<!DOCTYPE html><html><body><p>{TEXT}</p></body></html>".encode(), "html"),
        ("a.txt", f'\ufeff<?xml version="1.0"?>\n<!-- x --><HTML><p>{TEXT}</p></HTML>'.encode(), "html"),
        ("a.doc", f"<html><p>{TEXT}</p></html>".encode("gb18030"), "html"),
        ("a.doc", docx(paragraph(TEXT)), "document"),
        ("a.txt", docx(paragraph(TEXT)), "document"),
        ("a.html", pdf([column([TEXT])]), "document"),
        ("a.pdf", docx(paragraph(TEXT)), "document"),
        ("a.txt", f"BM25 是一种检索方法。{TEXT}".encode(), "text"),
        ("a.txt", f"MZ 型列车今天开行。{TEXT}".encode(), "text"),
        ("a.txt", f"书里写道：<html> 是一种标记。{TEXT}".encode(), "text"),
        ("a.md", f"Subject: 说明\n\n{TEXT}".encode(), "markdown"),
    ],
)
def test_a_wrong_suffix_is_put_right(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    """A PDF, a page or a Word file under another name is read as what it is; text that only looks odd stays text."""
    (tmp_path / name).write_bytes(data)
    [item] = read(tmp_path / name)
    assert isinstance(item, Loaded), item
    assert item.kind == kind
    assert "公园今天开放" in item.text


def test_a_zip_under_the_name_of_a_text_is_an_archive(tmp_path: Path) -> None:
    """Even that is read."""
    path = tmp_path / "a.txt"
    path.write_bytes(packed({"in.txt": TEXT}))
    assert [item.path.rpartition("a.txt/")[2] for item in read(path)] == ["in.txt"]


ODD = [
    "-rf.txt",
    "a\nb.txt",
    "😀🈳.txt",
    "空 格　　.txt",
    "a'\"`$(x).txt",
    "#1.txt",
    "长" * 82 + ".txt",
    "%00%2e.txt",
    "a\x1b[31m.txt",
]


def test_odd_names_are_read_and_can_be_told(tmp_path: Path) -> None:
    """Names are shown on one line and can be stored, whatever bytes they are made of."""
    for number, name in enumerate(ODD):
        (tmp_path / name).write_text(f"{TEXT}{number}", encoding="utf-8")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xb9\xab\xb9\xab.txt")).write_text(f"{TEXT}gbk", encoding="utf-8")
    (tmp_path / os.fsdecode(b"\xb9\xab")).mkdir()
    (tmp_path / os.fsdecode(b"\xb9\xab") / "x.jpg").write_bytes(JPEG)
    items = read(tmp_path)
    assert sum(isinstance(item, Loaded) for item in items) == len(ODD) + 1
    shown = {item.path.rpartition("/")[2] for item in items}
    assert {"a\\nb.txt", "😀🈳.txt", "\\xb9\\xab\\xb9\\xab.txt", "a\\x1b[31m.txt"} <= shown
    for item in items:
        assert item.path.isprintable() or "　" in item.path
        item.path.encode("utf-8")


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe, a socket and a device are told; opening one of them could wait without end."""
    os.mkfifo(tmp_path / "1.txt")
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(tmp_path)  # the path of a socket has to be short
        listener.bind("2.txt")
        (tmp_path / "3.txt").symlink_to("/dev/zero")
        assert [item.reason for item in read(tmp_path) if isinstance(item, Refusal)] == [
            "not a file that can be read as text"
        ] * 3


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    """Folders that link to one another are walked once."""
    for name, other in (("a", "b"), ("b", "a")):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text(TEXT + name, encoding="utf-8")
        (tmp_path / name / "loop").symlink_to(tmp_path / other)
        (tmp_path / name / "up").symlink_to(tmp_path)
    assert len(read(tmp_path)) == 2


def test_folders_in_one_another_without_end_are_walked(tmp_path: Path) -> None:
    """More levels than Python's own stack has; where the system's longest path ends, that is told."""
    there = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=there)
        below = os.open("d", os.O_RDONLY, dir_fd=there)
        os.close(there)
        there = below
    os.close(there)
    (tmp_path / "z.txt").write_text(TEXT, encoding="utf-8")
    try:
        items = read(tmp_path)
    finally:
        _flatten(tmp_path / "d")  # Python could not remove it
    assert [item.path.rpartition("/")[2] for item in items if isinstance(item, Loaded)] == ["z.txt"]


def _flatten(folder: Path) -> None:
    """Remove folders that lie in one another deeper than any path may be long: take each out of the one above it."""
    aside = folder.with_name("aside")
    while (folder / "d").exists():
        (folder / "d").rename(aside)
        folder.rmdir()
        aside.rename(folder)
    folder.rmdir()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_told(tmp_path: Path) -> None:
    """The system's own words are passed on."""
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "a.txt").chmod(0)
    [item] = read(tmp_path)
    assert isinstance(item, Refusal)
    assert "Permission denied" in item.reason


def test_a_file_that_goes_while_the_folder_is_read_is_told(tmp_path: Path) -> None:
    """What was listed and is gone costs itself only; so does what has become a pipe meanwhile."""
    for name in ("a.txt", "b.txt", "c.txt", "d.txt"):
        (tmp_path / name).write_text(TEXT + name, encoding="utf-8")
    items = load([tmp_path])
    assert isinstance(next(items), Loaded)
    (tmp_path / "b.txt").unlink()
    (tmp_path / "c.txt").unlink()
    os.mkfifo(tmp_path / "c.txt")
    gone, pipe, last = items
    assert isinstance(gone, Refusal)
    assert gone.reason == "no longer there: it went meanwhile"
    assert isinstance(pipe, Refusal)
    assert isinstance(last, Loaded)


def test_a_file_that_becomes_a_pipe_between_two_looks_does_not_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between asking what a file is and opening it, it may be replaced."""
    path = tmp_path / "a.txt"
    os.mkfifo(path)
    found = path.stat()
    os.mkfifo(tmp_path / "other")
    plain = Path(__file__).stat()
    stat = Path.stat
    monkeypatch.setattr(Path, "stat", lambda self, **k: plain if self == path else stat(self, **k))
    assert found.st_size == 0
    [item] = load([path])
    assert isinstance(item, Refusal)
    assert item.reason == "not a file that can be read as text"


def test_a_file_that_changes_while_it_is_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the old and half of the new would be a text that nobody wrote."""
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(json.dumps({"text": f"{TEXT}{number}"}) for number in range(20_000)), encoding="utf-8")
    items = load([path])
    assert isinstance(next(items), Loaded)
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" + json.dumps({"text": TEXT}))
    *_, last = items
    assert isinstance(last, Refusal)
    assert "it changed while it was being read" in last.reason


def test_a_text_too_large_for_one_article_is_not_held(tmp_path: Path) -> None:
    """200 MB in one file: refused by its size, and by what comes out where the size is not known."""
    size = 200_000_000 if SOAK else 40_000_000
    for name in ("a.txt", "a.html", "a.md", "a.eml"):
        path = tmp_path / name
        with path.open("wb") as file:
            file.truncate(size)
            file.write(TEXT.encode())
        tracemalloc.start()
        [item] = load([path])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        path.unlink()
        assert isinstance(item, Refusal)
        assert "too large for one article" in item.reason
        assert peak < 5_000_000
    with pytest.raises(Exception, match="too large"):
        File("a", "a", 0, partial(Path("/dev/zero").open, "rb")).read(1000)


def test_large_tables_and_records_are_streamed(tmp_path: Path) -> None:
    """Memory does not grow with the size of a file of many articles."""
    rows = 400_000 if SOAK else 20_000
    (tmp_path / "a.csv").write_text("标题,正文\n" + f"公园,{TEXT}\n" * rows, encoding="utf-8")
    with (tmp_path / "b.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"text": TEXT}, ensure_ascii=False) + "\n" for _ in range(rows))
    tracemalloc.start()
    assert sum(isinstance(item, Loaded) for item in load([tmp_path])) == 2 * rows
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


@pytest.mark.parametrize(
    "body",
    [
        "<div>{}</div>",
        "<div>{}</b>",
        "<b>{}",
        "<table><tr><td>{}",
    ],
)
def test_a_hundred_thousand_tags_in_one_another_are_read(tmp_path: Path, body: str) -> None:
    """However deep a page's elements lie in one another, it is read in a moment."""
    before, _, after = body.partition("{}")
    times = 300_000 if SOAK else 100_000
    start = time.perf_counter()
    found = article(tmp_path, "a.html", (before * times + f"<p>{TEXT}</p>" + after * times).encode())
    assert TEXT in found.text
    assert time.perf_counter() - start < (60 if SOAK else 20)


@pytest.mark.parametrize("mark", ["<!--", "<a ", "<a b='", "<a\n", "<![CDATA[", "</a "])
def test_markup_that_is_never_closed_is_refused(tmp_path: Path, mark: str) -> None:
    """What the parser would read for hours is told at once; a few such marks are in many pages and do no harm."""
    start = time.perf_counter()
    assert "never closed" in why(tmp_path, "a.html", f"<p>{TEXT}</p>{mark * 100_000}".encode())
    assert time.perf_counter() - start < 10
    assert "公园今天开放" in article(tmp_path, "b.html", f"<p>{TEXT}</p><p>{TEXT}</p>{mark * 20}".encode()).text


@pytest.mark.parametrize("mark", ["<!--", "[a](", "![", "__a ", "<http://", "[[", " "])
def test_markdown_that_is_never_closed_is_refused(tmp_path: Path, mark: str) -> None:
    """The same for Markdown, with the way out."""
    start = time.perf_counter()
    assert "save it as .txt" in why(tmp_path, "a.md", f"{TEXT}\n{mark * 100_000}x".encode())
    assert time.perf_counter() - start < 10
    assert "公园今天开放" in article(tmp_path, "b.md", f"{TEXT}\n{mark * 20}x".encode()).text


@pytest.mark.parametrize(
    "line",
    [
        '{"text":' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"a":' * 100_000,
        "[" * 1_000_000,
        '"' * 99,
        "null",
        "1e999999",
        '{"text": 1}',
    ],
)
def test_records_that_are_no_records_cost_their_line(tmp_path: Path, line: str) -> None:
    """JSON as deep as it may be is one refused line."""
    path = tmp_path / "a.jsonl"
    path.write_text(f'{line}\n{{"text": "{TEXT}"}}\n', encoding="utf-8")
    bad, good = read(path)
    assert isinstance(bad, Refusal)
    assert isinstance(good, Loaded)


def test_a_pdf_that_lies_about_itself_is_refused_or_read(tmp_path: Path) -> None:
    """Thousands of damaged files: each is an article or a refusal, never an exception."""
    whole = pdf([column([TEXT * 4]), column([TEXT * 3])])
    seen: Counter[str] = Counter()
    for number in range(2000 if SOAK else 60):
        data = bytearray(whole)
        for step in range(1 + number % 7):
            data[(number * 7919 + step * 104_729) % len(data)] = (number * 31 + step) % 256
        (tmp_path / "a.pdf").write_bytes(data[: len(data) - (number % 5) * 37])
        for item in load([tmp_path / "a.pdf"]):
            seen[type(item).__name__] += 1
            if isinstance(item, Loaded):
                read_article(item)
    assert seen["Loaded"] > 5


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx", "a.epub", "a.zip", "a.mhtml", "a.csv"])
def test_damaged_files_are_refused_or_read(tmp_path: Path, name: str) -> None:
    """Whatever bytes are wrong, there is an article or a reason."""
    from tests.making import epub
    from tests.test_rag_articles_documents import MHTML
    from tests.test_rag_articles_tables import sheet

    whole = {
        "a.docx": docx(paragraph(TEXT) * 9, title="x", author="y"),
        "a.xlsx": sheet(["正文", "标题"], *[[TEXT, "x"]] * 9),
        "a.epub": epub({"a.xhtml": f"<p>{TEXT}</p>"}),
        "a.zip": packed({f"{n}.txt": TEXT * n for n in range(1, 5)}),
        "a.mhtml": MHTML.encode() * 3,
        "a.csv": f"正文,标题\n{TEXT},x\n".encode() * 9,
    }[name]
    for number in range(3000 if SOAK else 80):
        data = bytearray(whole)
        for step in range(1 + number % 9):
            data[(number * 7919 + step * 104_729) % len(data)] = (number * 37 + step * 11) % 256
        (tmp_path / name).write_bytes(data[: len(data) - (number % 4) * 29])
        for item in load([tmp_path / name]):
            assert isinstance(item, Refusal) or item.text
            if isinstance(item, Refusal):
                assert item.reason
                assert "\n" not in item.reason


def test_ten_thousand_small_files_are_read_in_seconds(tmp_path: Path) -> None:
    """Walking and reading many small files takes a fraction of a millisecond each."""
    count = 10_000 if SOAK else 1000
    for number in range(count):
        folder = tmp_path / str(number % 50)
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.txt").write_text(f"{TEXT}{number}", encoding="utf-8")
    start = time.perf_counter()
    assert sum(isinstance(item, Loaded) for item in load([tmp_path])) == count
    took = time.perf_counter() - start
    assert took < count / 200  # two hundred a second, on the slowest machine


def test_reading_in_two_threads_at_once_is_safe(tmp_path: Path) -> None:
    """The PDF library knows no threads; a lock sees to that."""
    (tmp_path / "a.pdf").write_bytes(pdf([column([TEXT * 9])] * 5))
    found: list[int] = []

    def many() -> None:
        found.extend(len(read(tmp_path)) for _ in range(10))

    threads = [threading.Thread(target=many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 40
