"""Questions about an article's head: who edited it, where it appeared, when, under which title."""

from rag.answering.cite import cite, sentence_around
from rag.answering.compose import Composed
from rag.types import Article, HeadField


def answer_from_head(field: HeadField, article: Article) -> Composed | None:
    """Return what the article's head says of this field, with its line cited; None where it does not say."""
    span = article.head_fields.get(field)
    if span is None or not len(span):
        return None
    value = span.of(article.text)
    return Composed(f"{value}[1]", value, (cite(article, "head", sentence_around(article, "head", span), 1),))
