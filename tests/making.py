"""Makes small files of the formats that are read, byte by byte, so that a test shows what is in them."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

Placed = tuple[float, float, float, str]
"""Left, baseline, size, words."""
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def packed(parts: Mapping[str, bytes | str]) -> bytes:
    """Return a zip archive of `parts`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def pdf(pages: Sequence[Sequence[Placed]], info: Mapping[str, str] | None = None, trailer: str = "") -> bytes:
    """Return a PDF of A4 pages in a Chinese font that every reader knows; a page without words is a picture."""
    font = "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[4 0 R]>>"
    child = (
        "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)"
        "/Supplement 0>>/DW 1000/FontDescriptor 5 0 R>>"
    )
    descriptor = (
        "<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880"
        "/Descent -120/CapHeight 880/StemV 93>>"
    )
    picture = "<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>\nstream\n\x7f\nendstream"
    stated = "".join(f"/{key}<{_utf16(value, mark=True)}>" for key, value in (info or {}).items())
    objects = ["<</Type/Catalog/Pages 2 0 R>>", "", font, child, descriptor, picture, f"<<{stated}>>"]
    kids = []
    for page in pages:
        words = "".join(f"BT /F {size} Tf {x} {y} Td <{_utf16(text)}> Tj ET\n" for x, y, size, text in page)
        content = words or "595 0 0 842 0 0 cm /I Do\n"
        number = len(objects) + 1
        kids.append(f"{number} 0 R")
        objects += [
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {number + 1} 0 R/Resources<</Font<</F 3 0 R>>/XObject<</I 6 0 R>>>>>>",
            f"<</Length {len(content)}>>\nstream\n{content}endstream",
        ]
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>"
    data = "%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}trailer\n<</Size {len(places) + 1}/Root 1 0 R/Info 7 0 R{trailer}>>\nstartxref\n{len(data)}\n%%EOF\n"
    return (data + end).encode("latin-1")


def _utf16(text: str, *, mark: bool = False) -> str:
    return (("\ufeff" if mark else "") + text).encode("utf-16-be").hex()


def column(
    text: Sequence[str], *, left: float = 60, width: int = 40, top: float = 780, size: float = 11
) -> list[Placed]:
    """Return paragraphs set in lines of `width` characters, the first one indented by two."""
    placed: list[Placed] = []
    y = top
    for paragraph in text:
        rest, indent = paragraph, 2
        while rest:
            line, rest = rest[: width - indent], rest[width - indent :]
            placed.append((left + indent * size, y, size, line))
            y -= 18
            indent = 0
    return placed


def docx(body: str, *, title: str = "", author: str = "", notes: str = "") -> bytes:
    """Return a Word file with this XML for its body; `w:` is the usual prefix."""
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships><Relationship Type="{_RELS}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f"<w:document {_W}><w:body>{body}</w:body></w:document>",
        "docProps/core.xml": (
            '<c:coreProperties xmlns:c="c" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<dc:title>{escape(title)}</dc:title><dc:creator>{escape(author)}</dc:creator></c:coreProperties>"
        ),
    }
    if notes:
        parts["word/_rels/document.xml.rels"] = (
            f'<Relationships><Relationship Type="{_RELS}/footnotes" Target="footnotes.xml"/></Relationships>'
        )
        parts["word/footnotes.xml"] = f"<w:footnotes {_W}>{notes}</w:footnotes>"
    return packed(parts)


def paragraph(text: str) -> str:
    """Return a Word paragraph."""
    return f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p>"


def epub(chapters: Mapping[str, str], *, title: str = "河边的书", more: Mapping[str, str] | None = None) -> bytes:
    """Return a book of `chapters` (name of the part → what stands in its body) in the order of reading."""
    items = "".join(
        f'<item id="c{number}" href="{name}" media-type="application/xhtml+xml"/>'
        for number, name in enumerate(chapters)
    )
    order = "".join(f'<itemref idref="c{number}"/>' for number in range(len(chapters)))
    return packed(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
            "OEBPS/book.opf": (
                '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
                f"<dc:title>{escape(title)}</dc:title><dc:creator>李明</dc:creator></metadata>"
                f"<manifest>{items}</manifest><spine>{order}</spine></package>"
            ),
            **{
                f"OEBPS/{name}": f'<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><body>{body}</body></html>'
                for name, body in chapters.items()
            },
            **(more or {}),
        }
    )
