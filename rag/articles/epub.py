"""EPUB: one article a chapter, in the order of reading.

A chapter and not the book, because a citation names what it stands in, and a chapter has a title of its own. The
book's title becomes the source of chapters that name none.
"""

import zipfile
from collections.abc import Iterator, Mapping
from posixpath import dirname, join, normpath
from urllib.parse import unquote

from rag.articles.encoding import UndecodableError, decode
from rag.articles.files import File, RefusedError, shown
from rag.articles.hints import Hints
from rag.articles.loaded import Loaded
from rag.articles.markup import check_page
from rag.articles.package import blocks, local, opened, parse, read_part, texts
from rag.articles.pdf import usable
from rag.types import Refusal

_PAGES = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbncx+xhtml"})
_CONTAINER, _ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
_FONTS = ("ns.adobe.com/pdf/enc#RC", "www.idpf.org/2008/embedding")
"""Fonts are scrambled in this way in books that are free to read."""


def _book(package: zipfile.ZipFile) -> str:
    found: list[str] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if local(name) == "rootfile" and attributes.get("full-path"):
            found.append(attributes["full-path"])

    parse(blocks(package, _CONTAINER), start, lambda _: None)
    return found[0]


def _is_protected(package: zipfile.ZipFile) -> bool:
    if _ENCRYPTION not in package.NameToInfo:
        return False
    ways: list[str] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if local(name) == "EncryptionMethod":
            ways.append(attributes.get("Algorithm", ""))

    parse(blocks(package, _ENCRYPTION), start, lambda _: None)
    return any(not way.endswith(_FONTS) for way in ways)


def _chapters(package: zipfile.ZipFile, book: str) -> list[str]:
    """Return the parts that are chapters, in the order of reading."""
    pages: dict[str, str] = {}
    order: list[str] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        match local(name):
            case "item" if (
                attributes.get("media-type") in _PAGES and "nav" not in attributes.get("properties", "").split()
            ):
                pages[attributes.get("id", "")] = attributes.get("href", "")
            case "itemref" if attributes.get("linear") != "no":
                order.append(attributes.get("idref", ""))

    parse(blocks(package, book), start, lambda _: None)
    return [normpath(join(dirname(book), unquote(pages[name]))) for name in dict.fromkeys(order) if name in pages]


def read_epub(file: File) -> Iterator[Loaded | Refusal]:
    """Yield the chapters of a book as `book.epub/OEBPS/chapter1.xhtml`.

    Raises:
        RefusedError: it is protected, damaged, or holds no chapter.

    """
    with opened(file, ".epub") as package:
        if _is_protected(package):
            raise RefusedError("protected against copying (DRM): it cannot be read")
        book = _book(package)
        stated = texts(package, book)
        info = Hints(source=usable(stated.get("title")), author=usable(stated.get("creator")))
        chapters = _chapters(package, book)
        if not chapters:
            raise RefusedError("a book without a chapter")
        for part in chapters:
            path = f"{file.path}/{shown(part)}"
            try:
                decoded = decode(read_part(package, part), html=True)
                check_page(decoded.text)
            except KeyError:
                yield Refusal(path, "the chapter is missing in the book")
            except (RefusedError, UndecodableError) as error:
                yield Refusal(path, str(error))
            else:
                yield Loaded(path, decoded.text, decoded.encoding, "html", info=info)
