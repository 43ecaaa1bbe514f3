"""Articles for tests: made without the way in, or read whole from a text."""

from rag.articles import read_article
from rag.articles.loaded import Loaded
from rag.types import Alignment, Article, HeadField, Segment, Span


def article(article_id="a1", body="", title="", head="", **known):
    """Return an article whose raw text is its cleaned text."""
    text = f"{head}\n{body}" if head else body
    whole = Span(0, len(text))
    fields = {}
    if title and title in head:
        fields[HeadField.TITLE] = Span(head.index(title), head.index(title) + len(title))
    return Article(
        id=article_id,
        text=text,
        head=Span(0, len(head) + 1 if head else 0),
        title=title or body[:20],
        path=f"{article_id}.txt",
        raw=text,
        alignment=Alignment((Segment(whole, whole),) if text else ()),
        encoding="utf-8",
        head_fields=known.pop("head_fields", fields),
        **known,
    )


def read_whole(text, kind="text"):
    """Read a text and check that every character was kept or recorded as removed."""
    read = read_article(Loaded("a", text, "utf-8", kind))
    assert isinstance(read, Article)
    marks = bytearray(len(read.raw))
    for span in [*(s.raw for s in read.alignment.segments), *(item.raw for item in read.removed)]:
        marks[span.start : span.end] = b"\1" * len(span)
    assert not "".join(char for char, mark in zip(read.raw, marks, strict=True) if not mark).strip()
    return read


def body_lines(read):
    """Return the lines below an article's head."""
    return read.body.of(read.text).split("\n")
