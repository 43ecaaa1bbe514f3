"""PDF, Word, EPUB and saved pages: the text as its readers see it, with what belongs to the pages told apart."""

import zlib
from datetime import date
from pathlib import Path

import pytest

from rag.articles import Loaded, load, read_article
from rag.articles import pdf as pdf_module
from rag.types import Article, HeadField, Refusal
from tests.conftest import SOAK
from tests.making import column, docx, epub, packed, paragraph, pdf

TITLE = "青石镇河边公园将于十月开放"
BYLINE = "2024年3月5日 来源：青石日报 记者 李明"
SENTENCE = "青石镇河边公园占地三公顷，种有二百棵树，市民可以免费入园，每天早上六点开门，晚上九点关门。"
PARAGRAPHS = [
    f"{place}方面，{SENTENCE * 2}" for place in ("东门", "西门", "南门", "北门", "码头", "广场", "书屋", "球场")
]


def read(tmp_path: Path, name: str, data: bytes) -> list[Loaded | Refusal]:
    """Return what a file with these bytes holds."""
    path = tmp_path / name
    path.write_bytes(data)
    return list(load([path]))


def article(tmp_path: Path, name: str, data: bytes) -> Article:
    """Return the one article of a file and check what every article promises."""
    [loaded] = read(tmp_path, name, data)
    assert isinstance(loaded, Loaded), loaded
    found = read_article(loaded)
    assert isinstance(found, Article), found
    for segment in found.alignment.segments:
        if len(segment.clean) == len(segment.raw):
            assert segment.clean.of(found.text) == segment.raw.of(found.raw)
    return found


def reason(tmp_path: Path, name: str, data: bytes) -> str:
    """Return why a file is refused."""
    [item] = read(tmp_path, name, data)
    assert isinstance(item, Refusal), item
    return item.reason


def newspaper(*, columns: int = 1) -> bytes:
    """Return a PDF of three pages with a header and a page number on each, its paragraphs cut by lines and pages."""
    width = 40 // columns - (columns > 1)
    flow = column(PARAGRAPHS, width=width)
    pages = []
    rest = [text for _, _, _, text in flow]
    indents = [x - 60 for x, _, _, _ in flow]
    for number in range(1, 4):
        page = [(60.0, 815.0, 9.0, "青石日报 2024年3月5日 第三版"), (290.0, 30.0, 9.0, f"第 {number} 页")]
        if number == 1:
            page += [(150.0, 780.0, 18.0, TITLE), (60.0, 755.0, 11.0, BYLINE)]
        for place in range(columns):
            for y in range(730, 730 - 18 * 9, -18):
                if rest:
                    page.append((60 + place * 260 + indents.pop(0), float(y), 11.0, rest.pop(0)))
        pages.append(page)
    assert not rest
    return pdf(pages)


@pytest.mark.parametrize("columns", [1, 2])
def test_a_pdf_gives_its_paragraphs_and_not_its_lines(tmp_path: Path, columns: int) -> None:
    """Lines of a paragraph are joined, across columns and pages too; title and byline become the head."""
    found = article(tmp_path, "a.pdf", newspaper(columns=columns))
    assert found.text.split("\n") == [TITLE, BYLINE, *PARAGRAPHS]
    assert (found.title, found.published, found.source, found.author) == (
        TITLE,
        date(2024, 3, 5),
        "青石日报",
        "李明",
    )
    assert found.encoding == "pdf"


def test_what_stands_on_every_page_of_a_pdf_is_told_as_removed(tmp_path: Path) -> None:
    """Headers and page numbers stay in the text that is kept, and are marked with their reason."""
    found = article(tmp_path, "a.pdf", newspaper())
    told = [(item.reason, item.raw.of(found.raw).strip()) for item in found.removed]
    assert [words for reason, words in told if reason == "page header or footer"] == [
        "青石日报 2024年3月5日 第三版"
    ] * 3
    assert [words for reason, words in told if reason == "page number"] == ["第 1 页", "第 2 页", "第 3 页"]


def test_what_a_pdf_says_of_itself_counts_only_where_its_text_says_nothing(tmp_path: Path) -> None:
    """The text's own title wins; the day on which the file was made is never the day of publication."""
    info = {"Title": "河边公园简报", "Author": "王芳", "CreationDate": "D:20200101000000Z"}
    stated = article(tmp_path, "a.pdf", pdf([[(60, 780, 11, SENTENCE[:40])]], info))
    assert (stated.title, stated.author, stated.published) == ("河边公园简报", "王芳", None)
    own = article(
        tmp_path, "b.pdf", pdf([[(60, 780, 18, TITLE), (60, 755, 11, BYLINE), *column(PARAGRAPHS, top=730)]], info)
    )
    assert (own.title, own.author, own.published) == (TITLE, "李明", date(2024, 3, 5))
    junk = article(tmp_path, "c.pdf", pdf([column([SENTENCE])], {"Title": "Microsoft Word - 文档1.docx"}))
    assert junk.title == "青石镇河边公园占地三公顷"


def test_headings_and_short_lines_of_a_pdf_stay_lines(tmp_path: Path) -> None:
    """A line that ends early ends its paragraph, and one in larger letters is a heading."""
    page = [
        *column([SENTENCE * 2], top=780),
        (60, 700, 11, "一、总体要求"),
        *column([SENTENCE], top=682),
        (60, 620, 15, "二、主要任务"),
        *column([SENTENCE], top=590),
    ]
    lines = article(tmp_path, "a.pdf", pdf([page])).text.split("\n")
    assert lines == [SENTENCE * 2, "一、总体要求", SENTENCE, "二、主要任务", SENTENCE]


def test_a_pdf_of_pictures_is_refused_and_one_with_some_says_which(tmp_path: Path) -> None:
    """A scan has no text; in a mixed file each page without text is told."""
    assert "only pictures of pages" in reason(tmp_path, "scan.pdf", pdf([[], []]))
    loaded, told = read(tmp_path, "mixed.pdf", pdf([column([SENTENCE]), []]))
    assert isinstance(loaded, Loaded)
    assert isinstance(told, Refusal)
    assert told.path.endswith("mixed.pdf#page-2")
    assert "picture" in told.reason


def test_a_pdf_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    """Encrypted, cut off and made-up files are refused in words."""
    whole = newspaper()
    lock = f"/Encrypt<</Filter/Standard/V 1/R 2/O<{'11' * 32}>/U<{'22' * 32}>/P -4>>/ID[<00><00>]"
    assert "password" in reason(tmp_path, "1.pdf", pdf([column([SENTENCE])], trailer=lock))
    assert "damaged or truncated" in reason(tmp_path, "2.pdf", whole[: len(whole) // 8])
    assert "not a whole .pdf" in reason(tmp_path, "3.pdf", b"nothing of the sort " * 99)
    assert "empty" in reason(tmp_path, "4.pdf", b"")


def test_a_pdf_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither pages nor characters without end are read."""
    monkeypatch.setattr("rag.articles.pdf.MOST_PAGES", 2)
    assert "more than 2 pages" in reason(tmp_path, "a.pdf", newspaper())
    monkeypatch.setattr("rag.articles.pdf.MOST_PAGES", 5)
    monkeypatch.setattr("rag.articles.pdf.MOST_CHARACTERS", 200)
    assert "more than 200 characters" in reason(tmp_path, "a.pdf", newspaper())


def test_a_pdf_under_another_name_is_read_as_what_it_is(tmp_path: Path) -> None:
    """The content decides, not the suffix."""
    assert article(tmp_path, "a.txt", newspaper()).title == TITLE


WORD = (
    paragraph(TITLE)
    + paragraph(BYLINE)
    + "<w:p><w:r><w:t>青石镇公布，</w:t></w:r><w:del><w:r><w:delText>旧公园</w:delText></w:r></w:del>"
    "<w:ins><w:r><w:t>新公园</w:t></w:r></w:ins><w:r><w:t>占地</w:t></w:r><w:moveFrom><w:r><w:t>五</w:t></w:r></w:moveFrom>"
    "<w:r><w:t>三公顷，每天早上六点开门，晚上九点关门。</w:t></w:r><w:r><w:footnoteReference w:id='2'/></w:r>"
    "<w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏的字</w:t></w:r></w:p>"
    "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>项目</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>数量</w:t></w:r></w:p></w:tc></w:tr>"
    "<w:tr><w:tc><w:p><w:r><w:t>树木</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>200棵</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    "<w:sdt><w:sdtContent>" + paragraph("表格之后的一段话写在内容控件里。") + "</w:sdtContent></w:sdt>"
)
NOTES = (
    "<w:footnote w:type='separator' w:id='0'>" + paragraph("——") + "</w:footnote>"
    "<w:footnote w:id='2'>" + paragraph("面积以测绘结果为准。") + "</w:footnote>"
)


def test_a_word_file_gives_its_accepted_text(tmp_path: Path) -> None:
    """What was inserted is there, what was deleted, moved away or hidden is not; tables are lines, notes come last."""
    found = article(tmp_path, "a.docx", docx(WORD, title="公园", author="王芳", notes=NOTES))
    assert found.text.split("\n") == [
        TITLE,
        BYLINE,
        "青石镇公布，新公园占地三公顷，每天早上六点开门，晚上九点关门。",
        "项目\t数量",
        "树木\t200棵",
        "表格之后的一段话写在内容控件里。",
        "面积以测绘结果为准。",
    ]
    assert (found.title, found.author, found.published) == (TITLE, "李明", date(2024, 3, 5))
    assert found.head_fields[HeadField.TITLE].of(found.text) == TITLE


def test_a_word_file_without_a_title_takes_the_one_of_its_properties(tmp_path: Path) -> None:
    """Title and author of the properties count where the text has none."""
    found = article(tmp_path, "a.docx", docx(paragraph(SENTENCE), title="公园简报", author="王芳"))
    assert (found.title, found.author) == ("公园简报", "王芳")


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.docx", b"", "empty"),
        ("a.docx", docx(WORD)[:200], "damaged or truncated"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted, or of an old format"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "save it as .docx"),
        ("a.docx", docx(""), "no text"),
        ("a.docx", packed({"word/document.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}), "document type"),
        ("a.docx", packed({"word/document.xml": "<w:document><w:body>"}), "damaged"),
        ("a.docx", packed({"word/other.xml": "<x/>"}), "damaged"),
        ("a.docx", b"plain words under another name", "not a whole .docx"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "save it as .xlsx"),
        ("a.rar", b"Rar!\x1a\x07\x00", "pack it as .zip"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c", "pack it as .zip"),
    ],
)
def test_what_is_no_whole_office_file_is_refused_with_a_remedy(
    tmp_path: Path, name: str, data: bytes, why: str
) -> None:
    """Each reason names what is wrong, and what to do where something can be done."""
    assert why in reason(tmp_path, name, data)


def test_a_word_file_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that unpacks to more than its limit is not unpacked, and text without end is not held."""
    monkeypatch.setattr("rag.articles.word.MOST_CHARACTERS", 20)
    assert "more than 20 characters" in reason(tmp_path, "a.docx", docx(WORD))
    monkeypatch.setattr("rag.articles.package.LARGEST_PART", 100)
    assert "unpacks to more" in reason(tmp_path, "a.docx", docx(WORD))


def test_a_word_file_nested_without_end_is_read(tmp_path: Path) -> None:
    """Elements in one another by the ten thousand do not stop the reader."""
    deep = "<w:x>" * 20_000 + paragraph(SENTENCE) + "</w:x>" * 20_000
    assert article(tmp_path, "a.docx", docx(deep)).text == SENTENCE


def test_a_book_gives_one_article_a_chapter(tmp_path: Path) -> None:
    """Chapters come in the order of reading, with their own titles; the book's title is their source."""
    chapters = {
        "two%20b.xhtml": f"<h1>第二章 码头</h1><p>{SENTENCE}</p><p>{SENTENCE}</p>",
        "one.xhtml": f"<h1>第一章 公园</h1><p>{SENTENCE}</p><p>{SENTENCE}</p>",
    }
    data = epub(
        chapters, more={"OEBPS/two b.xhtml": f"<html><h1>第二章 码头</h1><p>{SENTENCE}</p><p>{SENTENCE}</p></html>"}
    )
    items = read(tmp_path, "书.epub", data)
    assert [item.path.rpartition("书.epub/")[2] for item in items] == ["OEBPS/two b.xhtml", "OEBPS/one.xhtml"]
    articles = [read_article(item) for item in items if isinstance(item, Loaded)]
    assert [(a.title, a.source, a.author) for a in articles if isinstance(a, Article)] == [
        ("第二章 码头", "河边的书", "李明"),
        ("第一章 公园", "河边的书", "李明"),
    ]


def test_a_protected_or_broken_book_is_refused(tmp_path: Path) -> None:
    """Copy protection is told; scrambled fonts are no protection; a chapter that is missing is told by its name."""
    chapters = {"one.xhtml": f"<h1>公园</h1><p>{SENTENCE}</p>"}
    lock = '<encryption><EncryptionMethod Algorithm="{}"/></encryption>'
    drm = {"META-INF/encryption.xml": lock.format("http://www.w3.org/2001/04/xmlenc#aes128-cbc")}
    fonts = {"META-INF/encryption.xml": lock.format("http://www.idpf.org/2008/embedding")}
    assert "DRM" in reason(tmp_path, "a.epub", epub(chapters, more=drm))
    assert isinstance(read(tmp_path, "b.epub", epub(chapters, more=fonts))[0], Loaded)
    assert "without a chapter" in reason(tmp_path, "c.epub", epub({}))
    assert "not a whole .epub" in reason(tmp_path, "d.epub", packed({"META-INF/container.xml": "<container/>"}))


MHTML = """From: <Saved by Blink>
Subject: =?utf-8?B?5rKz6L655YWs5ZutX+mdkuefs+e9kQ==?=
Date: Sat, 1 Jan 2022 00:00:00 +0800
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="----x"

------x
Content-Type: text/html; charset={charset}
Content-Transfer-Encoding: base64

{body}
------x
Content-Type: image/png
Content-Transfer-Encoding: base64

iVBORw0KGgo=
------x--
"""


@pytest.mark.parametrize(
    ("charset", "name"), [("utf-8", "a.mhtml"), ("gb18030", "a.mht"), ("utf-8", "a.html"), ("utf-8", "a.doc")]
)
def test_a_page_saved_as_one_file_is_a_page(tmp_path: Path, charset: str, name: str) -> None:
    """The page inside is read like any page; the day on which it was saved is not its date."""
    import base64

    page = f"<html><head><title>河边公园_青石网</title></head><body><h1>{TITLE}</h1><p>{SENTENCE}</p><p>{SENTENCE}</p></body></html>"
    body = base64.encodebytes(page.encode(charset)).decode()
    found = article(tmp_path, name, MHTML.format(charset=charset, body=body).replace("\n", "\r\n").encode())
    assert (found.title, found.published) == (TITLE, None)
    assert found.raw == page
    assert "PNG" not in found.text


def test_a_message_is_an_article(tmp_path: Path) -> None:
    """Its text is read, its subject and the day on which it was sent count where the text says nothing."""
    message = f"From: a@example.cn\nSubject: 公园通知\nDate: Tue, 5 Mar 2024 10:00:00 +0800\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{SENTENCE}\n"
    found = article(tmp_path, "a.eml", message.encode())
    assert (found.title, found.published, found.text) == ("公园通知", date(2024, 3, 5), SENTENCE)


@pytest.mark.parametrize(
    "data",
    [
        b"Content-Type: multipart/mixed; boundary=x\nMIME-Version: 1.0\n\n--x\n" * 3000,
        b"\n\n\n",
        b"MIME-Version: 1.0\n\n",
        MHTML.encode()[:150],
    ],
)
def test_a_broken_message_is_refused(tmp_path: Path, data: bytes) -> None:
    """However a message is nested or cut off, it is refused in words."""
    assert reason(tmp_path, "a.mhtml", data)


def test_a_pdf_that_kills_its_reader_costs_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that opens PDFs may die of one; that is told, and the next file has a new one."""
    (tmp_path / "a.pdf").write_bytes(newspaper())
    (tmp_path / "b.pdf").write_bytes(newspaper())
    fake = tmp_path / "dies.py"
    fake.write_text("import os, sys; sys.stdin.buffer.readline(); os.kill(os.getpid(), 11)", encoding="utf-8")
    items = load([tmp_path / "a.pdf", tmp_path / "b.pdf"])
    with monkeypatch.context() as patched:
        patched.setattr(pdf_module, "_WORKER", fake)
        pdf_module._worker.end()
        first = next(items)
    assert isinstance(first, Refusal)
    assert "reading it broke off" in first.reason
    assert isinstance(next(items), Loaded)


def test_a_pdf_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file has its time; then its reader is ended, and the next file has a new one."""
    (tmp_path / "a.pdf").write_bytes(newspaper())
    fake = tmp_path / "sleeps.py"
    fake.write_text("import time; time.sleep(60)", encoding="utf-8")
    with monkeypatch.context() as patched:
        patched.setattr(pdf_module, "_WORKER", fake)
        patched.setattr(pdf_module, "LONGEST", 0.5)
        pdf_module._worker.end()
        assert "took longer than" in reason(tmp_path, "b.pdf", newspaper())
    assert article(tmp_path, "a.pdf", newspaper()).title == TITLE


@pytest.mark.skipif(not SOAK, reason="packing gigabytes takes a while")
def test_a_pdf_that_unpacks_to_gigabytes_is_given_up(tmp_path: Path) -> None:
    """Seven kilobytes that would take five gigabytes of memory."""
    packer = zlib.compressobj(9)
    once = b"".join(packer.compress(b" " * 1_000_000) for _ in range(4000)) + packer.flush()
    twice = zlib.compress(once)
    start = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n"
    page = b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>\nendobj\n"
    stream = b"4 0 obj\n<</Length %d/Filter[/FlateDecode/FlateDecode]>>\nstream\n%b\nendstream\nendobj\n" % (
        len(twice),
        twice,
    )
    told = reason(tmp_path, "a.pdf", start + page + stream + b"trailer\n<</Root 1 0 R>>\n%%EOF")
    assert "memory" in told or "empty" in told
