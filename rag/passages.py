"""Article → passages: slices on sentence edges, with exact offsets.

Passages aim at `length` characters and overlap by one sentence where that sentence is short, so that a sentence
and the one that explains it meet in some passage. A sentence longer than a passage is cut at clause edges.
"""

from collections.abc import Iterator

from rag.text.sentences import clause_spans, sentence_spans
from rag.types import Article, Part, Passage, Span

_LONGEST_OVERLAP = 60


def _pieces(text: str, within: Span, length: int) -> Iterator[Span]:
    """Yield spans of `text` inside `within`, none longer than `length`, on sentence or clause edges."""
    for sentence in sentence_spans(within.of(text)):
        span = Span(sentence.start + within.start, sentence.end + within.start)
        if len(span) <= length:
            yield span
            continue
        start = end = span.start
        for clause in clause_spans(text, span):
            if clause.end - start > length and end > start:
                yield Span(start, end)
                start = end
            end = clause.end
            while end - start > length:
                yield Span(start, start + length)
                start += length
        if end > start:
            yield Span(start, end)


def _grouped(pieces: list[Span], length: int) -> Iterator[Span]:
    """Yield spans of neighbouring pieces, as long as possible up to `length`."""
    first = 0
    while first < len(pieces):
        last = first
        while last + 1 < len(pieces) and pieces[last + 1].end - pieces[first].start <= length:
            last += 1
        yield Span(pieces[first].start, pieces[last].end)
        if last + 1 == len(pieces):
            return
        overlap = last > first and len(pieces[last]) <= _LONGEST_OVERLAP
        # Starting at the last piece again must leave room for at least one new piece.
        room = pieces[last + 1].end - pieces[last].start <= length
        first = last if overlap and room else last + 1


def passages_of(article: Article, length: int) -> list[Passage]:
    """Return the passages of an article: those of the body, and one for the head where there is one.

    Every character of the body that is not white space lies in some passage.
    """
    spans: list[tuple[Part, Span]] = []
    if len(article.head):
        spans.append(("head", article.head))
    body = list(_pieces(article.text, article.body, length))
    spans.extend(("body", span) for span in _grouped(body, length))
    return [
        Passage(f"{article.id}:{number}", article.id, part, span.start, span.end, span.of(article.text))
        for number, (part, span) in enumerate(spans)
    ]
