"""The clauses of an article that can be made into questions, each led by what it speaks of where that can be told.

Rules read a clause in Simplified script, without spaces and bracketed asides; every character knows its way back.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from models.fold import simplify
from rag.text.sentences import clause_spans, sentence_spans
from rag.types import Article, HeadField, Span

HAN = "㐀-鿿"
_SENTENCES_READ = 40
_LONGEST_SENTENCE = 200
_SHORTEST_HEADLINE = 8


def any_of(words: str) -> str:
    """Return a pattern that matches any of the words (or patterns) of a list, the first that fits."""
    return f"(?:{'|'.join(words.split())})"


NUMBER = r"(?:\d[\d,]*(?:\.\d+)?|[一二三四五六七八九十百千两]{2,6})"
_DAY = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
DATE = (
    rf"(?:(?:[12]\d{{3}}年)?{_DAY}月{_DAY}日(?:[至到—－-]+(?:{_DAY}月)?{_DAY}日)?|[12]\d{{3}}年(?:{_DAY}月(?:{_DAY}日)?)?)"
    r"(?:凌晨|清晨|早上|上午|中午|下午|晚间?|夜间)?(?:\d{1,2}(?:时|点|:\d\d)(?:\d{1,2}分)?|[12]?\d[::]\d\d)?"
)
_SPACE = re.compile(rf"(?<![A-Za-z0-9])\s+|\s+(?![A-Za-z0-9])|(?<=\d)\s+(?=[{HAN}])")
_ASIDE = re.compile(r"（[^（）]*）|\([^()]*\)")
_EDGES = "，,；;。！？!?：: "


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause without spaces and bracketed asides, with the way back to the article."""

    text: str  # Simplified, as rules read it
    written: str  # as written, same length
    origin: tuple[int, ...]  # of each character, in the article
    lead: str  # Simplified, the clause before it in its sentence
    lead_start: int  # of that clause, in the article
    first: bool  # of its sentence, dates and sources left aside


def _compact(article: Article, clause: Span, lead: Span | None, *, first: bool) -> Clause:
    """Return a clause as rules read it."""
    raw = clause.of(article.text)
    dropped = {i for pattern in (_SPACE, _ASIDE) for match in pattern.finditer(raw) for i in range(*match.span())}
    kept = [i for i in range(len(raw)) if i not in dropped]
    while kept and raw[kept[-1]] in _EDGES:
        kept.pop()
    written = "".join(raw[i] for i in kept)
    before = simplify(lead.of(article.text)) if lead else ""
    origin = tuple(clause.start + i for i in kept)
    return Clause(simplify(written), written, origin, before, lead.start if lead else 0, first)


_SPEECH = re.compile(rf"[“「‘](?![^”」’]{{2,12}}[”」’][{HAN}])")
_LEAD_IN = re.compile(
    rf"[^，]{{0,14}}(?:消息|讯|电|报道|获悉|了解到|显示|介绍|据悉|表示)[，：:]?|{DATE}[，,]?|(?:近日|日前|今日|目前|此外)[，,]"
)


_SUBJECT = re.compile(
    rf"(?:{DATE})?(?P<subject>[^，。：、的]{{4,14}}?)(?:{DATE}|将|共|是|位于|坐落|全长|总投资|总面积|占地|已|正式|[东南西北]起|途经|披露|发布|公布|获|举行|[于在为由])"
)
_ATTRIBUTE = re.compile(
    r"(?:项目)?(?:全长|总长|总投资|总面积|占地|建筑面积|展出|共|总|设有|拥有|预计|计划|最高|最大|年产|日均|首日|现有|吸引|参赛|途经|重|设计|由|采用|以“|主题|实现|营业收入|营收|净利润)"
)


def _cut(clause: Clause, start: int, end: int) -> Clause:
    return replace(
        clause, text=clause.text[start:end], written=clause.written[start:end], origin=clause.origin[start:end]
    )


_ALIAS = re.compile(r"以下简称[：:]?[“\"「]([^”\"」]{2,10})[”\"」]")


def _company(article: Article) -> Clause | None:
    """Return the short name that the article gives to what it calls 公司, where only one is given."""
    found = list(_ALIAS.finditer(article.text))
    if len(found) != 1:
        return None
    start, end = found[0].span(1)
    name = article.text[start:end]
    return Clause(simplify(name), name, tuple(range(start, end)), "", 0, first=True)


_GENERIC_PLACE = re.compile(r"全(?P<all>[省市县区])|(?P<of>[省市县区])(?=[委政人民教公住财商文卫交水应生发])")
_PLACE_NAME = rf"(?:^|(?<=[\s，。、；：“（在]))[{HAN}]{{2,3}}"


def _place_meant(article: Article, clause: Clause) -> Clause | None:
    """Return a clause about 全市 or 市政府 with the city's name, where the article names only one city."""
    generic = _GENERIC_PLACE.match(clause.text)
    if generic is None:
        return None
    suffix = generic["all"] or generic["of"]
    named = list(re.finditer(rf"{_PLACE_NAME}{suffix}(?![民场场区长域])", simplify(article.text)))
    if len({match.group() for match in named}) != 1:
        return None
    start, end = named[0].span()
    written = article.text[start:end]
    place = Clause(simplify(written), written, tuple(range(start, end)), "", 0, first=True)
    return replace(_joined(place, _cut(clause, generic.end(), len(clause.text))), first=clause.first)


def _joined(subject: Clause, clause: Clause) -> Clause:
    """Return a clause that goes on speaking of a subject, led by it."""
    return Clause(
        subject.text + clause.text,
        subject.written + clause.written,
        subject.origin + clause.origin,
        "",
        0,
        first=True,
    )


def clauses(article: Article) -> Iterator[tuple[Clause, Span, int]]:
    """Yield the clauses of the body's first sentences: clause, sentence, the sentence's number."""
    company = _company(article)
    body = article.body
    text = body.of(article.text)[: _SENTENCES_READ * _LONGEST_SENTENCE]
    for number, found in enumerate(sentence_spans(text)[:_SENTENCES_READ]):
        sentence = Span(found.start + body.start, found.end + body.start)
        inner = sentence.of(article.text)
        if len(sentence) > _LONGEST_SENTENCE or _SPEECH.match(inner) or inner[-1] not in "。；;":
            continue  # speech, headings, captions
        lead: Span | None = None
        first = True
        subject: Clause | None = None
        for clause in clause_spans(article.text, sentence):
            made = _compact(article, clause, lead, first=first)
            yield made, sentence, number
            if company and made.text.startswith("公司"):
                yield _joined(company, _cut(made, 2, len(made.text))), sentence, number
            if meant := _place_meant(article, made):
                yield meant, sentence, number
            if subject and _ATTRIBUTE.match(made.text):
                yield _joined(subject, made), sentence, number
            if first and not _LEAD_IN.match(made.text) and (named := _SUBJECT.match(made.text)):
                subject = _cut(made, *named.span("subject"))
            first = first and bool(_LEAD_IN.fullmatch(simplify(clause.of(article.text))))
            lead = clause


def body_sentences(article: Article) -> list[Span]:
    """Return the sentences of the body, in the article."""
    body = article.body
    return [Span(s.start + body.start, s.end + body.start) for s in sentence_spans(body.of(article.text))]


def headlines(article: Article) -> Iterator[Clause]:
    """Yield the parts of the title as clauses: a headline names what it is about."""
    span = article.head_fields.get(HeadField.TITLE)
    if span is None or len(span) > _LONGEST_SENTENCE:
        return
    start = span.start
    for part in re.split(r"([\s，,：:！!？?|]+)", span.of(article.text)):
        whole = Span(start, start + len(part))
        start = whole.end
        if len(part) >= _SHORTEST_HEADLINE:
            yield _compact(article, whole, None, first=True)
