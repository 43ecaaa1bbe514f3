"""The answer's words: what a person reads first, made of exact characters of the article."""

from dataclasses import dataclass

from rag.answering.candidates import Candidate
from rag.answering.cite import cite, sentence_around
from rag.answering.question import content_terms, wants_sentences
from rag.text.sentences import clause_spans, sentence_spans
from rag.text.terms import terms
from rag.types import Article, Citation, Part, Span

LONGEST_FACT = 80
LONGEST_PASSAGE = 160
_MARKER_ROOM = 4
_SURE_EDGES = 0.8
_SEPARATORS = " \t\n，,；;：:、"
_CONTINUES = (
    *(f"{number}是" for number in "一二三四五六"),
    *(f"第{number}" for number in "一二三四五六"),
    "其次",
    "再次",
    "此外",
    "同时",
    "另外",
    "还",
    "并",
)


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer's text with its citations."""

    text: str
    short_answer: str | None
    citations: tuple[Citation, ...]


def _trim(text: str, span: Span, marks: str = _SEPARATORS) -> Span:
    """Return `span` without white space and the given punctuation at its edges."""
    start, end = span.start, span.end
    while start < end and text[start] in marks:
        start += 1
    while end > start and text[end - 1] in marks:
        end -= 1
    return Span(start, end)


def clauses_around(text: str, sentence: Span, span: Span, room: int) -> Span:
    """Return the run of a sentence's clauses around `span` that fits into `room` characters.

    It grows clause by clause, to the left first: what a clause is about stands before it. A single clause that is too
    long is cut around the span.
    """
    if len(sentence) <= room:
        return _trim(text, sentence)
    clauses = clause_spans(text, sentence)
    first = next((i for i, c in enumerate(clauses) if c.end > span.start), 0)
    last = next((i for i in range(len(clauses) - 1, -1, -1) if clauses[i].start < span.end), len(clauses) - 1)
    if clauses[last].end - clauses[first].start > room:
        spare = max(0, room - len(span)) // 2
        start = max(clauses[first].start, span.start - spare)
        return _trim(text, Span(start, min(clauses[last].end, start + room)))
    grown = True
    while grown:
        grown = False
        if first > 0 and clauses[last].end - clauses[first - 1].start <= room:
            first, grown = first - 1, True
        if last + 1 < len(clauses) and clauses[last + 1].end - clauses[first].start <= room:
            last, grown = last + 1, True
    return _trim(text, Span(clauses[first].start, clauses[last].end))


def compose(question: str, article: Article, best: Candidate) -> Composed:
    """Return the answer that a candidate gives."""
    part = best.hit.passage.part
    span = _trim(article.text, best.span, _SEPARATORS + "。")
    if not len(span):
        span = best.span
    sentence = sentence_around(article, part, span)
    short = span.of(article.text)
    if wants_sentences(question):
        return _sentences(question, article, part, span, sentence)
    citation = cite(article, part, sentence, 1)
    if best.probability >= _SURE_EDGES and len(short) <= LONGEST_FACT - _MARKER_ROOM:
        text = short
    else:
        # Where the span's edges are doubtful, the clause around it says what it is without a guess.
        text = clauses_around(article.text, sentence, span, LONGEST_FACT - _MARKER_ROOM).of(article.text)
    return Composed(f"{text}[1]", short, (citation,))


def _sentences(question: str, article: Article, part: Part, span: Span, sentence: Span) -> Composed:
    """Return the sentence around the span and the ones that go on from it, within `LONGEST_PASSAGE` characters."""
    wanted = content_terms(question)
    region = article.body if part == "body" else article.head
    following = [
        Span(s.start + region.start, s.end + region.start)
        for s in sentence_spans(region.of(article.text))
        if s.start + region.start >= sentence.end
    ]
    chosen = [sentence]
    for candidate in following:
        words = candidate.of(article.text)
        goes_on = words.startswith(_CONTINUES) or (wanted and len(wanted.intersection(terms(words))) * 2 >= len(wanted))
        if not goes_on or sum(map(len, chosen)) + len(candidate) > LONGEST_PASSAGE:
            break
        chosen.append(candidate)
    shown: list[str] = []
    citations: list[Citation] = []
    for marker, chosen_span in enumerate(chosen, start=1):
        inner = span if chosen_span == sentence else chosen_span
        shown.append(f"{clauses_around(article.text, chosen_span, inner, LONGEST_PASSAGE).of(article.text)}[{marker}]")
        citations.append(cite(article, part, chosen_span, marker))
    return Composed("".join(shown), span.of(article.text), tuple(citations))
