"""CSV and Excel files: one article a row."""

import io
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from rag.articles import Loaded, load, read_article
from rag.types import Article, Refusal

TEXT = "青石镇河边公园今天开放，市民可以免费入园。公园每天早上六点开门，晚上九点关门。"
HEADER = "编号,标题,正文,发布时间,来源,作者,链接,备注"
ROW = f"7,河边公园开放,{TEXT},2024-03-05 10:20,青石日报,李明,https://example.cn/7,无"


def read(tmp_path: Path, name: str, data: bytes) -> list[Loaded | Refusal]:
    """Return what a file with these bytes holds."""
    path = tmp_path / name
    path.write_bytes(data)
    return list(load([path]))


def one(items: Sequence[Loaded | Refusal]) -> Loaded:
    """Return the only article of a file."""
    [item] = items
    assert isinstance(item, Loaded), item
    return item


def why(items: Sequence[Loaded | Refusal]) -> list[str]:
    """Return the refusals of a file, the last part of each path before its reason."""
    return [f"{i.path.rpartition('/')[2]}: {i.reason}" for i in items if isinstance(i, Refusal)]


def sheet(*rows: Sequence[Any], **more: Sequence[Sequence[Any]]) -> bytes:
    """Return an Excel file; `more` are further sheets by name."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    for name, lines in more.items():
        other = book.create_sheet(name)
        for row in lines:
            other.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_row_is_an_article_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    """Columns are found by their headers; the path names the row as a spreadsheet counts."""
    found = one(read(tmp_path, "news.csv", f"{HEADER}\r\n{ROW}\r\n".encode(encoding)))
    assert found.path.endswith("news.csv#2")
    assert (found.title, found.text, found.source, found.id) == ("河边公园开放", TEXT, "青石日报", "7")
    assert found.published == date(2024, 3, 5)
    article = read_article(found)
    assert isinstance(article, Article)
    assert (article.author, article.text) == ("李明", TEXT)


@pytest.mark.parametrize("delimiter", ["\t", ";", ","])
def test_english_headers_and_other_delimiters(tmp_path: Path, delimiter: str) -> None:
    """Headers in English, in any case, in any order; the delimiter is told by the header."""
    lines = [["Date", "ID", "Content", "Title", "Source"], ["2024/3/5", "a1", TEXT, "公园", "某报"]]
    data = "\n".join(delimiter.join(line) for line in lines)
    found = one(read(tmp_path, "a.tsv" if delimiter == "\t" else "a.csv", data.encode()))
    assert (found.title, found.text, found.source, found.id, found.published) == (
        "公园",
        TEXT,
        "某报",
        "a1",
        date(2024, 3, 5),
    )


def test_a_missing_column_is_told_with_what_was_found(tmp_path: Path) -> None:
    """Without a column for the text there is nothing to read, and the message names the headers that count."""
    assert why(read(tmp_path, "a.csv", "标题,时间\n公园,2024\n".encode())) == [
        "a.csv: no column is headed 正文, 内容, text or content; found: 标题, 时间"
    ]
    assert why(read(tmp_path, "a.xlsx", sheet(["标题"], ["公园"]))) == [
        "a.xlsx: no column is headed 正文, 内容, text or content; found: 标题"
    ]
    assert "正文 and 内容 mean the same" in why(read(tmp_path, "b.csv", "正文,内容\na,b\n".encode()))[0]


def test_rows_that_are_no_articles_are_refused_and_the_others_go_on(tmp_path: Path) -> None:
    """A title above the header is passed over; empty rows are no error, rows without a text are."""
    data = f'青石镇新闻汇总,\n\n标题,内容\n一,{TEXT}\n,\n二,\n三,"第一行，\n第二行，{TEXT}"\n四\n'
    items = read(tmp_path, "a.csv", data.encode())
    assert [item.path.rpartition("#")[2] for item in items] == ["4", "6", "7", "8"]
    assert why(items) == ["a.csv#6: the text of the row is empty", "a.csv#8: the text of the row is empty"]
    assert isinstance(items[2], Loaded)
    assert items[2].text == f"第一行，\n第二行，{TEXT}"


def test_bytes_that_do_not_fit_cost_one_row(tmp_path: Path) -> None:
    """A damaged character is told with its row and does not end the file."""
    rows = [f"标题{number},{TEXT}".encode() for number in range(5)]
    rows[2] = rows[2][:20] + b"\xff\xfe" + rows[2][20:]
    items = read(tmp_path, "a.csv", b"\n".join(["标题,正文".encode(), *rows]))
    assert [item.path.rpartition("#")[2] for item in items if isinstance(item, Loaded)] == ["2", "3", "5", "6"]
    assert why(items) == ["a.csv#4: the row has bytes that are not in the encoding of the file"]


def test_an_encoding_that_shows_late_is_found(tmp_path: Path) -> None:
    """Hundreds of kilobytes of English before the first Chinese row do not make the file UTF-8."""
    english = "title,text\n" + "a,plain words without end\n" * 20_000
    items = read(tmp_path, "a.csv", english.encode() + f"公园,{TEXT}\n".encode("gb18030") * 3)
    last = items[-1]
    assert isinstance(last, Loaded)
    assert (last.text, last.encoding) == (TEXT, "gb18030")


def test_rows_are_streamed(tmp_path: Path) -> None:
    """The first article is there before the last row is looked at."""
    path = tmp_path / "a.csv"
    path.write_text("标题,正文\n" + f"一,{TEXT}\n" * 20_000, encoding="utf-8")
    assert isinstance(next(load([path])), Loaded)


def test_a_csv_that_breaks_off_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quotation mark that is never closed swallows the rest up to a limit, not the memory."""
    monkeypatch.setattr("rag.articles.csv_files.LARGEST", 5000)
    items = read(tmp_path, "a.csv", f'标题,正文\n一,{TEXT}\n二,"{TEXT * 500}\n'.encode())
    assert isinstance(items[0], Loaded)
    assert "not read from there on" in why(items)[0]
    assert "no CSV" in why(read(tmp_path, "b.csv", f"标题,正文\r一,{TEXT}\r".encode()))[0]


def test_an_excel_file_gives_its_rows(tmp_path: Path) -> None:
    """Dates are dates, numbers have no `.0`, an error in a cell is told, other sheets are named in the path."""
    data = sheet(
        ["编号", "标题", "正文", "日期"],
        [1.0, 2024, TEXT, datetime(2024, 3, 5, 10, 20)],  # noqa: DTZ001 - spreadsheets know no time zones
        [2, "二", TEXT * 2, date(2023, 12, 31)],
        [None, None, None, None],
        [3, "三", 3.5, "2024年3月6日"],
        [4, "四", None, None],
        年报=[["text"], [TEXT]],
        说明=[["只是说明"]],
    )
    items = read(tmp_path, "a.xlsx", data)
    loaded = [item for item in items if isinstance(item, Loaded)]
    assert [item.path.rpartition("/")[2] for item in loaded] == ["a.xlsx#2", "a.xlsx#3", "a.xlsx#5", "年报#2"]
    assert [(item.id, item.title, item.published) for item in loaded] == [
        ("1", "2024", date(2024, 3, 5)),
        ("2", "二", date(2023, 12, 31)),
        ("3", "三", date(2024, 3, 6)),
        (None, None, None),
    ]
    assert loaded[2].text == "3.5"
    assert why(items) == [
        "a.xlsx#6: the text of the row is empty",
        "说明: no column is headed 正文, 内容, text or content; found: 只是说明",
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (sheet(), "the file is empty"),
        (sheet(["正文"], ["x"])[:300], "damaged or truncated"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "save it without password as .xlsx"),
        (b"words", "not a whole .xlsx"),
    ],
)
def test_what_is_no_whole_excel_file_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    """Each reason says what is wrong."""
    assert reason in why(read(tmp_path, "a.xlsx", data))[0]


def test_a_cell_far_to_the_right_does_not_make_rows_long(tmp_path: Path) -> None:
    """A sheet may claim sixteen thousand columns; only the first ones are looked at."""
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A2"], book.active["XFD1"] = "正文", TEXT, "x"
    book.active["XFD1000"] = "y"
    buffer = io.BytesIO()
    book.save(buffer)
    assert one(read(tmp_path, "a.xlsx", buffer.getvalue())).text == TEXT


def test_a_page_under_the_name_of_a_table_is_read_as_a_page(tmp_path: Path) -> None:
    """Many systems export HTML and call it a spreadsheet."""
    page = f"<html><body><p>{TEXT}</p></body></html>"
    assert one(read(tmp_path, "a.xls", page.encode())).kind == "html"
