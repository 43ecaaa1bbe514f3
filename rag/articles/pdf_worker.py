"""The process that opens PDFs: PDFium is native code, and a file of some kilobytes can unpack to gigabytes in it.

It is run as a script and imports nothing of the project, so that it starts at once. A request is one JSON line
(`path` of a file, or `size` of the bytes that follow; `most_pages`, `most_characters`), an answer is one as well. It
ends when its input does. How long a file takes is its parent's business; memory is limited here where the system
can do that.
"""

import contextlib
import ctypes
import json
import re
import sys
from typing import Any

MEMORY = 2 * 1024 * 1024 * 1024  # bytes of address space
PASSWORD, SECURITY = 4, 5  # PDFium's numbers
_PICTURE = 3  # the type of a page object
_HYPHEN = 2  # stands for a hyphen at the end of a line
_ENDS = frozenset({_HYPHEN, 10, 13})
_PARTS_OF_WORDS = re.compile(r"(?<=[a-z])\x02(?=[a-z])")


def _lines(raw: Any, page: Any) -> list[list[Any]]:
    """Return [text, left, right, bottom, top] of a page's lines, in the file's order: that of reading in most."""
    text_page = page.get_textpage()
    try:
        count = raw.FPDFText_CountChars(text_page)
        if count <= 0:
            return []
        units = [raw.FPDFText_GetUnicode(text_page, index) for index in range(count)]
        box = raw.FS_RECTF()
        lines: list[list[Any]] = []
        start = 0
        for end in [*(index + (unit == _HYPHEN) for index, unit in enumerate(units) if unit in _ENDS), count]:
            inked = [
                index for index in range(start, end) if not chr(units[index]).isspace() and units[index] != _HYPHEN
            ]
            if inked:
                lines.append(_line(raw, text_page, units[start:end], (inked[0], inked[-1]), box))
            start = end
        return lines
    finally:
        text_page.close()


def _line(raw: Any, text_page: Any, units: list[int], ends: tuple[int, int], box: Any) -> list[Any]:
    joined = "".join(map(chr, units)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    # Inside a word a hyphen was only there for the line; elsewhere (`ZX-` `2024`) it belongs to the text.
    text = _PARTS_OF_WORDS.sub("\u00ad", joined).replace("\x02", "-").replace("\x00", "").strip()
    places = []
    for index in (ends[0], (ends[0] + ends[1]) // 2, ends[1]):
        raw.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(box))
        places.append((box.left, box.right, box.bottom, box.top))
    heights = sorted(places, key=lambda place: place[3] - place[2])[1]
    return [text, places[0][0], places[-1][1], heights[2], heights[3]]


def _read(source: Any, most_pages: int, most_characters: int) -> dict[str, Any]:
    import pypdfium2
    from pypdfium2 import raw

    try:
        with pypdfium2.PdfDocument(source) as document:
            if len(document) > most_pages:
                return {"problem": "pages"}
            pages: list[dict[str, Any]] = []
            size = 0
            for number in range(len(document)):
                page = document[number]
                try:
                    lines = _lines(raw, page)
                    picture = not lines and any(item.type == _PICTURE for item in page.get_objects(max_depth=2))
                    pages.append({"lines": lines, "height": page.get_height(), "picture": picture})
                finally:
                    page.close()
                size += sum(len(line[0]) for line in lines)
                if size > most_characters:
                    return {"problem": "characters"}
            return {"pages": pages, "stated": document.get_metadata_dict(skip_empty=True)}
    except pypdfium2.PdfiumError as error:
        return {"problem": "error", "code": error.err_code}


def main() -> None:
    """Answer requests until there are no more."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # not on every system
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    answers = sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing else may come between the answers
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        source = request["path"] if "path" in request else sys.stdin.buffer.read(request["size"])
        try:
            answer = _read(source, request["most_pages"], request["most_characters"])
        except MemoryError:
            answer = {"problem": "memory"}
        except OSError:
            answer = {"problem": "error", "code": None}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
