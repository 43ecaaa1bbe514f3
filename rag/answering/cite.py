"""Citations: from a span of a passage to the sentence it stands in, with exact offsets."""

from rag.text.sentences import sentence_spans
from rag.types import Article, Citation, Part, Span


def sentence_around(article: Article, part: Part, span: Span) -> Span:
    """Return the sentence (or run of sentences) of an article's part that holds `span`, as a span of the article."""
    region = article.head if part == "head" else article.body
    inside = [
        Span(sentence.start + region.start, sentence.end + region.start)
        for sentence in sentence_spans(region.of(article.text))
    ]
    touched = [s for s in inside if s.start < span.end and span.start < s.end]
    return Span(touched[0].start, touched[-1].end) if touched else span


def cite(article: Article, part: Part, span: Span, marker: int) -> Citation:
    """Return the citation of these characters of an article."""
    return Citation(
        marker=marker,
        article_id=article.id,
        title=article.title,
        source=article.source,
        published=article.published,
        path=article.path,
        part=part,
        span=span,
        quote=span.of(article.text),
        raw=article.alignment.raw_span(span),
    )
