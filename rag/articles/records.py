"""Files of records (`.jsonl`, packed too: `.jsonl.xz`, `.jsonl.gz`): one article a line, read line by line.

The size of a file does not matter, packed or not: no more than one line of it is held at a time.
"""

import gzip
import json
import lzma
import re
import zlib
from collections.abc import Iterator
from typing import IO, cast

from rag.articles.budget import Budget, ExhaustedError, counted
from rag.articles.dates import full_date
from rag.articles.encoding import UndecodableError, decode
from rag.articles.files import File, RefusedError
from rag.articles.loaded import Loaded
from rag.types import Refusal

_BOM = b"\xef\xbb\xbf"
# Half of a surrogate pair can be written in JSON but not in UTF-8: nothing could store it.
_LONE = re.compile("[\ud800-\udfff]")
LONGEST_LINE = 32 * 1024 * 1024  # bytes; a small packed file could unpack to a line that eats the memory
_FIELDS = ("title", "published", "source", "id")


def _record(line: bytes, shown: str) -> Loaded | Refusal:
    try:
        decoded = decode(line)
        record: object = json.loads(decoded.text)
    except UndecodableError as error:
        return Refusal(shown, str(error).replace("the file", "the line"))
    except (ValueError, RecursionError) as error:
        said = error.msg if isinstance(error, json.JSONDecodeError) else "too deep or too large"
        return Refusal(shown, f"not valid JSON: {said}")
    if not isinstance(record, dict):
        return Refusal(shown, "a record must be a JSON object with a text")
    text = record.get("text")
    if not isinstance(text, str) or not text.strip():
        return Refusal(shown, "the text of the record is empty" if isinstance(text, str) else "the record has no text")
    given: dict[str, str | None] = {}
    for name in _FIELDS:
        value = record.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and name == "id":
            value = str(value)
        if value is not None and not isinstance(value, str):
            return Refusal(shown, f"{name} must be text, not {type(value).__name__}")
        given[name] = (_LONE.sub("\ufffd", value).strip() or None) if value is not None else None
    return Loaded(
        shown,
        _LONE.sub("\ufffd", text),
        decoded.encoding,
        "record",
        title=given["title"],
        published=full_date(given["published"]) if given["published"] else None,
        source=given["source"],
        id=given["id"],
    )


def _unpacked(file: File, stream: IO[bytes], budget: Budget) -> IO[bytes]:
    match file.name.lower().rpartition(".")[2]:
        case "xz":
            return counted(lzma.open(stream), budget)
        case "gz":
            return counted(cast("IO[bytes]", gzip.GzipFile(fileobj=stream)), budget)
        case _:
            return stream


def _lines(file: IO[bytes]) -> Iterator[bytes | None]:
    """Yield the lines of `file`; None for one that is too long, of which no more than a stretch is held."""
    while line := file.readline(LONGEST_LINE):
        if len(line) < LONGEST_LINE or line.endswith(b"\n"):
            yield line
            continue
        while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
            pass
        yield None


def read_records(file: File) -> Iterator[Loaded | Refusal]:
    """Yield the articles of one file; a line that is no article is refused as `file#line` and the others go on.

    Of a damaged archive, the lines that can be read come first and then one refusal of the file.
    """
    number = 0
    budget = Budget(file.size)
    try:
        with file.open() as stream, _unpacked(file, stream, budget) as lines:
            for number, line in enumerate(_lines(lines), 1):
                if line is None:
                    reason = f"larger than {LONGEST_LINE // 2**20} MiB: too large for one article"
                    yield Refusal(f"{file.path}#{number}", reason)
                    continue
                if number == 1 and line.startswith((b"\xff\xfe", b"\xfe\xff")):
                    raise RefusedError("records must be UTF-8, not UTF-16: save the file as UTF-8")
                content = line.removeprefix(_BOM).strip() if number == 1 else line.strip()
                if content:
                    yield _record(content, f"{file.path}#{number}")
    except ExhaustedError as error:
        if not budget.exhausted:
            raise  # that of the archive around it is
        raise RefusedError(str(error)) from error
    except (lzma.LZMAError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        kept = f"only its first {number} lines could be read" if number else "nothing of it could be read"
        suffix = f".{file.name.lower().rpartition('.')[2]}"
        raise RefusedError(f"a damaged {suffix} archive: {kept}") from error
