"""One decoded file → one article: cleaned text with its head, the way back to the raw text, and what is known of it."""

import hashlib
import re
from dataclasses import dataclass
from functools import partial

from rag.articles import furniture
from rag.articles.above import drop_above
from rag.articles.alignment import AlignedText, Edit, Part, uncovered
from rag.articles.below import drop_below
from rag.articles.characters import character_edits
from rag.articles.chats import chat_edits
from rag.articles.dates import full_date
from rag.articles.drafts import Draft, HeadLine
from rag.articles.entities import entity_edits
from rag.articles.glue import split_glued
from rag.articles.headlines import END_WINDOW, take_glued_tail, take_head, take_tail
from rag.articles.hints import Extracted, Hints
from rag.articles.index_tables import take_index_table
from rag.articles.labels import meta_line
from rag.articles.loaded import Loaded
from rag.articles.markdown import extract_markdown
from rag.articles.markdown_pages import reader_header
from rag.articles.markup import is_closed
from rag.articles.newspapers import newspaper_edits, read_masthead
from rag.articles.quoting import quote_edits
from rag.articles.running import running_edits
from rag.articles.sources import stated_author, stated_source
from rag.articles.titles import has_original_label, same_words, take_original_title, without_site
from rag.articles.webpage import extract_webpage
from rag.articles.wrapping import wrap_edits
from rag.types import Article, HeadField, Refusal, Removed, Span

_LINE = re.compile(r"[^\s](?:[^\n]*[^\s])?")
_CLAUSE = re.compile(r"[^。！？!?；;，,\n]+")
_LONGEST_TITLE = 40
_SHORTEST_TITLE = 8
_STATED = re.compile("(?:来源|來源)\\s*[:：]")
_FRAME = re.compile(r"(\[?)([^\[\]。]{0,300}?)(\s*\]?[，,]\s*正文[:：])")


def _is_reader_page(loaded: Loaded) -> bool:
    """Whether a text file holds what a reader service made of a page, which is Markdown whatever its name says."""
    return loaded.kind == "text" and reader_header(loaded.text) is not None and is_closed(loaded.text)


def _extract(loaded: Loaded) -> Extracted:
    if loaded.kind == "html":
        return extract_webpage(loaded.text)
    if loaded.kind == "markdown" or _is_reader_page(loaded):
        return extract_markdown(loaded.text)
    aligned = AlignedText.of(loaded.text)
    edits = [Edit(item.raw.start, item.raw.end, "", item.reason) for item in loaded.removed]
    removed = aligned.removals(edits)
    aligned = aligned.edited(edits)
    for stage in (quote_edits, chat_edits, running_edits, newspaper_edits):
        edits = stage(aligned.text)
        if edits and len(edits) < aligned.text.count("\n") + 1:
            removed += aligned.removals(edits)
            aligned = aligned.edited(edits)
    return Extracted(aligned, read_masthead(loaded.text), tuple(removed))


def _drop_frame(draft: Draft) -> None:
    """Undo the frame some scrapers put around the head: `[ place, date, source ]，正文：` before the text."""
    frame = _FRAME.match(draft.text)
    if frame is None or not (frame[1] or _STATED.search(frame[2])):
        return
    draft.drop(Span(frame.start(1), frame.end(1)), "frame")
    draft.drop(Span(frame.start(3), frame.end(3)), "frame")
    kept: list[Span] = []
    for line in draft.body:
        inside = draft.trimmed(max(line.start, frame.start(2)), max(line.start, min(line.end, frame.end(2))))
        if line.start < frame.end(2) and len(inside):
            joined = Span(kept[-1].start, inside.end) if kept else inside
            if meta_line(draft.simple(inside), top=True) is not None:
                kept.append(inside)
            elif draft.text[joined.start : inside.start].rstrip()[-1:] in {":", "："} and meta_line(
                draft.simple(joined)
            ):
                kept[-1] = joined  # the value of a label at the end of the line before
            else:
                draft.drop(inside, "page furniture")
        outside = draft.trimmed(min(line.end, max(line.start, frame.end())), line.end)
        if len(outside):
            kept.append(outside)
    draft.body = kept


def _drop_glued_ends(draft: Draft) -> bool:
    """Cut off what scrapers glued to the last sentence; whether there was anything."""
    if not draft.body:
        return False
    line = draft.body[-1]
    start = max(line.start, line.end - END_WINDOW)
    cut = line.end
    for edit in furniture.glued_ends(draft.simplified(start, line.end)):
        draft.drop(Span(start + edit.start, cut), edit.reason or "")
        cut = start + edit.start
    if cut == line.end:
        return False
    rest = draft.trimmed(line.start, cut)
    draft.body[-1:] = [rest] if len(rest) else []
    return True


def _drafted(text: str, known_title: str | None, *, exact: bool) -> Draft:
    draft = Draft(text, [Span(*match.span()) for match in _LINE.finditer(text)])
    if not draft.body:
        return draft
    _drop_frame(draft)
    split_glued(draft)
    if draft.body and has_original_label(draft.simple(draft.body[0], 40)):
        take_original_title(draft)
    if len(draft.body) == 1 and furniture.is_breadcrumb(draft.simple(draft.body[0])):
        draft.drop(draft.body.pop(), "breadcrumb")
    if len(draft.body) > 1:
        take_index_table(draft)
        drop_above(draft, known_title, exact=exact)
    drop_below(draft)
    take_tail(draft)
    while _drop_glued_ends(draft) or take_glued_tail(draft):
        take_tail(draft)
    take_head(draft, known_title)
    return draft


def _body_parts(text: str, lines: list[Span]) -> list[Part]:
    """Return the parts of the body, line breaks kept from the text where it has them."""
    parts: list[Part] = []
    position: int | None = None
    for line in lines:
        if position is not None:
            at = text.find("\n", position, line.start)
            parts.append(Span(at, at + 1) if at >= 0 else "\n")
        parts.append(line)
        position = line.end
    return parts


@dataclass(frozen=True, slots=True)
class _Composed:
    text: AlignedText
    head: Span
    fields: dict[HeadField, Span]


def _composed(aligned: AlignedText, draft: Draft) -> _Composed:
    """Put head and body together; the line break that ends the head belongs to it."""
    lines: list[HeadLine] = [*([draft.title] if draft.title else []), *draft.upper, *draft.lower]
    parts: list[Part] = []
    fields: dict[HeadField, Span] = {}
    length = 0
    labelled = False
    quoted = any(line.labelled for line in lines)  # whoever posts what is another's is not its author
    for line in lines:
        starts: list[tuple[Span, int]] = []
        for part in (*line.parts, "\n"):
            if isinstance(part, Span):
                starts.append((part, length))
            parts.append(part)
            length += len(part) if isinstance(part, Span | str) else len(part.new)
        for name, value in line.fields.items():
            if name is HeadField.AUTHOR and line.posted and quoted:
                continue
            span = _shown_span(value, starts)
            if span is None:
                continue
            known = fields.get(name)
            # A full date says more than "9月14日", a source behind its label more than the agency of a place line.
            better = (
                name is HeadField.DATE
                and full_date(value.of(draft.text))
                and not full_date(_seen(parts, draft.text, known))
            )
            better = better or (name is HeadField.SOURCE and line.labelled and not labelled)
            if known is None or better:
                fields[name] = span
            labelled = labelled or (name is HeadField.SOURCE and line.labelled)
    text = aligned.assembled([*parts, *_body_parts(draft.text, draft.body)])
    return _Composed(text, Span(0, length), fields)


def _shown_span(value: Span, starts: list[tuple[Span, int]]) -> Span | None:
    """Return where a value of the draft's text stands in the head, when its first and last characters are shown."""
    first = next((at + value.start - part.start for part, at in starts if part.start <= value.start < part.end), None)
    last = next((at + value.end - part.start for part, at in starts if part.start < value.end <= part.end), None)
    return None if first is None or last is None else Span(first, last)


def _seen(parts: list[Part], text: str, span: Span | None) -> str:
    if span is None:
        return ""
    so_far = "".join(part if isinstance(part, str) else text[part.start : part.end] for part in parts)
    return span.of(so_far)


def _first_clause(body: str) -> str:
    """Return a title for an article that has none: its first clause, at most 40 characters of it.

    A clause that says next to nothing (`近日`, `8月16日`) is taken together with the one after it.
    """
    line = body.split("\n", 1)[0]
    end = 0
    for match in _CLAUSE.finditer(line):
        end = match.end()
        if end >= _SHORTEST_TITLE or line[end : end + 1] not in {"，", ","}:
            break
    return (line[:end] or line)[:_LONGEST_TITLE].strip()


def _removed(found: list[Removed], tidied: AlignedText, draft: Draft, final: AlignedText) -> list[Removed]:
    found = [*found, *tidied.removals(sorted(draft.dropped))]
    found += [Removed(span, "markup") for span in uncovered(final, found)]
    return sorted(found, key=lambda item: (item.raw.start, item.raw.end, item.reason))


def _tidied(extracted: Extracted) -> tuple[AlignedText, list[Removed]]:
    """Return the text with its characters mended and its wrapped lines joined, and what was removed for it."""
    aligned, lost = extracted.text, []
    glossed = any(item.reason == "gloss" for item in extracted.removed)
    for stage in (entity_edits, partial(character_edits, glossed=glossed), wrap_edits):
        edits = stage(aligned.text)
        if edits:
            lost += aligned.removals(edits)
            aligned = aligned.edited(edits)
    return aligned, lost


def read_article(loaded: Loaded) -> Article | Refusal:
    """Return the article that `loaded` holds, or why there is none: nothing but page furniture and white space."""
    extracted = _extract(loaded)
    tidied, lost = _tidied(extracted)
    hints: Hints = extracted.hints
    known_title = loaded.title or hints.title
    draft = _drafted(tidied.text, known_title, exact=bool(loaded.title))
    if not draft.body:
        return Refusal(loaded.path, "nothing is left after cleaning: no text of an article was found")
    composed = _composed(tidied, draft)
    text, fields = composed.text.text, composed.fields

    def value(name: HeadField) -> str | None:
        return fields[name].of(text) if name in fields else None

    head_title = value(HeadField.TITLE)
    if loaded.title and head_title and not same_words(loaded.title, head_title):
        head_title = None
    as_written = value(HeadField.DATE)
    shown_source = value(HeadField.SOURCE)
    if shown_source == hints.author:  # a name beside the date, of which the page tells whose it is
        shown_source = None
    return Article(
        id=loaded.id or hashlib.sha256(loaded.text.encode("utf-8", "surrogatepass")).hexdigest()[:12],
        text=text,
        head=composed.head,
        title=head_title
        or loaded.title
        or (without_site(hints.title) if hints.title else None)
        or loaded.info.title
        or _first_clause(text[composed.head.end :]),
        path=loaded.path,
        raw=loaded.text,
        alignment=composed.text.alignment(),
        encoding=loaded.encoding,
        published=loaded.published
        or hints.published
        or (full_date(as_written) if as_written else None)
        or loaded.info.published,
        date_as_written=as_written,
        source=loaded.source
        or stated_source(hints.source)
        or shown_source
        or (draft.house.of(draft.text) if draft.house else None)
        or (draft.issue.of(draft.text) if draft.issue else None)
        or loaded.info.source
        or stated_source(hints.publisher),
        author=value(HeadField.AUTHOR)
        or (draft.photographer.of(draft.text) if draft.photographer else None)
        or (stated_author(hints.author, hints.source) if hints.author != value(HeadField.EDITOR) else None)
        or (draft.reporter.of(draft.text) if draft.reporter else None)
        or loaded.info.author,
        head_fields=fields,
        removed=tuple(_removed([*extracted.removed, *lost], tidied, draft, composed.text)),
    )
