"""PDF → the text of its pages, through PDFium.

Why PDFium: of three libraries it alone gave the characters themselves of pages that a browser printed (the others
gave look-alikes, `⽤` for `用`, for one character in eight), and it reads those fastest (`docs/log.md`). It runs in a
process of its own (`pdf_worker`), which a damaged file may kill, and which is ended where a file takes too long.
"""

import atexit
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from rag.articles.files import File, RefusedError
from rag.articles.hints import Hints
from rag.articles.loaded import Loaded
from rag.articles.pages import Line, Page, paragraphs
from rag.types import Refusal

LARGEST = 512 * 1024 * 1024  # bytes of a file: its pictures are not looked at
MOST_PAGES = 3000
MOST_CHARACTERS = 4_000_000
LONGEST = 120.0  # seconds for one file
_IN_MEMORY = 16 * 1024 * 1024  # bytes of a file that are handed over rather than its path
_NO_TITLE = re.compile(
    r"(?i)(?:microsoft |wps )?(?:word|powerpoint|excel|文字)\s*[-–—].*"
    r"|\(?(?:anonymous|unspecified|untitled|无标题)\)?.{0,4}"
    r"|(?:新建|文档|幻灯片|document|doc)[\s\w]{0,12}|.*\.(?:docx?|wps|pdf|html?|indd|qxd|tmp)|\W*|[\x00-\x7f]{0,3}"
)
_STRANGE = re.compile("[\ue000-\uf8ff\ufffd\x00-\x08\x0e-\x1f\U000f0000-\U0010ffff]")
_MOST_STRANGE = 0.3
_WORKER = Path(__file__).with_name("pdf_worker.py")
_PROBLEMS: dict[object, str] = {
    "pages": "more than {pages:,} pages: too large for one article; split it",
    "characters": "more than {characters:,} characters: too large for one article; split it",
    "memory": "it needs more memory than a PDF may: damaged, or made to do so",
    4: "encrypted: it opens with a password only; save it without one",
    5: "encrypted in a way that is not known here; save it without protection",
}


def usable(stated: str | None) -> str | None:
    """Return a title or name that a file states of itself; None for what programs put there by themselves."""
    value = " ".join((stated or "").split())
    return None if _NO_TITLE.fullmatch(value) or _STRANGE.search(value) else value


class _Worker:
    """The process, started when it is needed and again when it died; one file at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.end)

    def end(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def ask(self, file: File) -> dict[str, Any]:
        """Return what the worker says of a file.

        Raises:
            RefusedError: it died of the file, or took too long.

        """
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._process = subprocess.Popen(
                    [sys.executable, str(_WORKER)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            late = threading.Event()
            timer = threading.Timer(LONGEST, self._kill, [self._process, late])
            timer.start()
            try:
                answer = self._exchange(self._process, file)
            finally:
                timer.cancel()
            if answer is None:
                self.end()
                raise RefusedError(
                    f"it took longer than {LONGEST:.0f} seconds to read: damaged, or made to do so"
                    if late.is_set()
                    else "a damaged PDF: reading it broke off, or needed too much memory"
                )
            return answer

    @staticmethod
    def _kill(process: subprocess.Popen[bytes], late: threading.Event) -> None:
        late.set()
        process.kill()

    @staticmethod
    def _exchange(process: subprocess.Popen[bytes], file: File) -> dict[str, Any] | None:
        request: dict[str, object] = {"most_pages": MOST_PAGES, "most_characters": MOST_CHARACTERS}
        data = b""
        if file.on_disk is not None and file.size > _IN_MEMORY:
            request["path"] = str(file.on_disk)
        else:
            data = file.read()
            request["size"] = len(data)
        try:
            requests = cast("IO[bytes]", process.stdin)
            requests.write(json.dumps(request).encode() + b"\n" + data)
            requests.flush()
            line = cast("IO[bytes]", process.stdout).readline()
        except OSError:
            return None
        return cast("dict[str, Any]", json.loads(line)) if line.endswith(b"\n") else None


_worker = _Worker()


def read_pdf(file: File) -> Iterator[Loaded | Refusal]:
    """Yield the article of a PDF, and a refusal for each of its pages that is only a picture.

    Raises:
        RefusedError: it is encrypted, damaged, too large, or holds no text.

    """
    if file.size > LARGEST:
        raise RefusedError(f"larger than {LARGEST // 2**20} MiB: too large for one article")
    answer = _worker.ask(file)
    if "problem" in answer:
        known = _PROBLEMS.get(answer["problem"]) or _PROBLEMS.get(answer.get("code"), "a damaged or truncated PDF")
        raise RefusedError(known.format(pages=MOST_PAGES, characters=MOST_CHARACTERS))
    pages = [Page([Line(*line) for line in page["lines"]], page["height"]) for page in answer["pages"]]
    pictures = [number for number, page in enumerate(answer["pages"], 1) if page["picture"]]
    text, removed = paragraphs(pages)
    if not text.strip():
        raise RefusedError(
            "no text in it, only pictures of pages: recognise the text (OCR) and save it with that"
            if pictures
            else "the file is empty: its pages hold no text"
        )
    if len(_STRANGE.findall(text)) > _MOST_STRANGE * len(text):
        raise RefusedError("its fonts do not say which characters they draw: recognise the text (OCR) and save it")
    info = Hints(title=usable(answer["stated"].get("Title")), author=usable(answer["stated"].get("Author")))
    # When a PDF was made says nothing about when its text was published: its dates are not read.
    yield Loaded(file.path, text, "pdf", "document", info=info, removed=removed)
    for number in pictures:
        yield Refusal(f"{file.path}#page-{number}", "a page that is a picture: it holds no text")
