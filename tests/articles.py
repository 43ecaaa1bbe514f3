"""Articles for tests, without the way in."""

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
