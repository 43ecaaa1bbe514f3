"""Word (`.docx`) → its text as it stands when all changes are accepted.

It is read here and not through python-docx, which leaves out text that was inserted with changes tracked, in content
controls, in text boxes and in footnotes, and holds the whole tree in memory.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from posixpath import join, normpath

from rag.articles.files import File, RefusedError
from rag.articles.hints import Hints
from rag.articles.loaded import Loaded
from rag.articles.package import blocks, local, opened, parse, targets, texts
from rag.articles.pdf import MOST_CHARACTERS, usable
from rag.types import Refusal

_SPACES = re.compile(r"[ \t\n]+")
# With all they hold: what was deleted or moved away, and the second form of a drawing, for older programs.
_LEFT_OUT = frozenset({"del", "moveFrom", "Fallback", "comment"})
_BREAKS = {"br": "\n", "cr": "\n", "tab": "\t", "ptab": "\t", "noBreakHyphen": "-"}
_NOTES = frozenset({"footnote", "endnote"})
_NO_NOTES = frozenset({"separator", "continuationSeparator", "continuationNotice"})
_WORDS = "wordprocessingml"
_TEXT = ("wordprocessingml/main t", "wordprocessingml/2006/main t", "/math t")


class _Reader:
    """Collects lines from the events of the parser. A row of a table is one line, its cells set apart by tabs."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.size = 0
        self._paragraphs: list[list[str]] = []  # those that are open: a text box lies inside a paragraph
        self._cells: list[list[str]] = []  # paragraphs of the cells that are open
        self._rows: list[list[str]] = []  # cells of the rows that are open
        self._left_out = 0  # depth within something that is left out
        self._in_text = False
        self._in_run_properties = False
        self._hidden = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take an element's start."""
        tag = local(name)
        if self._left_out or tag in _LEFT_OUT or (tag in _NOTES and self._is_rule(attributes)):
            self._left_out += 1
        elif tag in {"p", "tr", "tc"}:
            {"p": self._paragraphs, "tr": self._rows, "tc": self._cells}[tag].append([])
        elif tag == "r":
            self._hidden = False
        elif tag == "rPr":
            self._in_run_properties = True
        elif tag in {"vanish", "webHidden"} and self._in_run_properties:
            self._hidden = _value(attributes) not in {"0", "false", "off"}
        elif tag == "t":
            self._in_text = name.endswith(_TEXT)
        elif tag in _BREAKS and self._paragraphs and _WORDS in name:
            is_stop = any(local(key) == "pos" for key in attributes)  # of the ruler, not in the text
            self._paragraphs[-1].append("" if is_stop else _BREAKS[tag])

    @staticmethod
    def _is_rule(attributes: Mapping[str, str]) -> bool:
        return any(local(key) == "type" and value in _NO_NOTES for key, value in attributes.items())

    def text(self, data: str) -> None:
        """Take characters."""
        if self._in_text and not self._left_out and not self._hidden and self._paragraphs:
            self._paragraphs[-1].append(data)
            self.size += len(data)
            if self.size > MOST_CHARACTERS:
                raise RefusedError(f"more than {MOST_CHARACTERS:,} characters: too large for one article; split it")

    def end(self, name: str) -> None:
        """Take an element's end."""
        tag = local(name)
        if self._left_out:
            self._left_out -= 1
        elif tag == "t":
            self._in_text = False
        elif tag == "rPr":
            self._in_run_properties = False
        elif tag == "p" and self._paragraphs:
            self._line("".join(self._paragraphs.pop()))
        elif tag == "tc" and self._cells:
            cell = _SPACES.sub(" ", " ".join(self._cells.pop())).strip()
            if self._rows:
                self._rows[-1].append(cell)
        elif tag == "tr" and self._rows:
            self._line("\t".join(self._rows.pop()).strip())

    def _line(self, line: str) -> None:
        (self._cells[-1] if self._cells else self.lines).append(line)


def _value(attributes: Mapping[str, str]) -> str:
    return next((value for key, value in attributes.items() if local(key) == "val"), "")


def _read(package: zipfile.ZipFile, part: str) -> list[str]:
    reader = _Reader()
    parse(blocks(package, part), reader.start, reader.end, reader.text)
    return reader.lines


def _notes(package: zipfile.ZipFile, main: str) -> list[str]:
    folder, _, name = main.rpartition("/")
    relations = join(folder, "_rels", f"{name}.rels")
    lines: list[str] = []
    for kind in ("footnotes", "endnotes"):
        for target in targets(package, relations, kind):
            part = normpath(join(folder, target))
            if part in package.NameToInfo:
                lines += _read(package, part)
    return lines


def read_docx(file: File) -> Iterator[Loaded | Refusal]:
    """Yield the article of a Word file; footnotes stand below the text.

    Raises:
        RefusedError: it is encrypted, damaged, too large, or holds no text.

    """
    with opened(file, ".docx") as package:
        main = next(iter(targets(package, "_rels/.rels", "officeDocument")), "word/document.xml")
        lines = [*_read(package, main), *_notes(package, main)]
        stated = texts(package, "docProps/core.xml")
    text = "\n".join(lines).strip("\n")
    if not text.strip():
        raise RefusedError("the file is empty: it holds no text, pictures perhaps")
    info = Hints(title=usable(stated.get("title")), author=usable(stated.get("creator")))
    yield Loaded(file.path, text, "docx", "document", info=info)
