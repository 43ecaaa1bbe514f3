"""One decoded file → one article: cleaned text with its head, the way back to the raw text, and what is known of it."""

import hashlib
import re
from dataclasses import dataclass

from rag.articles import furniture
from rag.articles.alignment import AlignedText, Edit, Part, uncovered
from rag.articles.bylines import meta_line
from rag.articles.characters import character_edits
from rag.articles.dates import full_date
from rag.articles.drafts import Draft, HeadLine
from rag.articles.headlines import END_WINDOW, take_glued_tail, take_head, take_tail
from rag.articles.hints import Extracted, Hints
from rag.articles.loaded import Loaded
from rag.articles.markdown import extract_markdown
from rag.articles.titles import same_words
from rag.articles.webpage import extract_webpage
from rag.types import Article, HeadField, Refusal, Removed, Span

_LINE = re.compile(r"[^\s](?:[^\n]*[^\s])?")
_CLAUSE = re.compile(r"[^。！？!?；;，,\n]+")
_LONGEST_TITLE = 40
_SHORTEST_TITLE = 8
_TOP = 8
_FRAME = re.compile(r"(\[)([^\[\]。]{0,300}?)(\s*\][，,]\s*正文[:：])")
_SHORT_LINE = 120
_LISTED = 45  # a line below a heading like "related news" is a link, when it is no longer than this and no sentence


def _extract(loaded: Loaded) -> Extracted:
    if loaded.kind == "html":
        return extract_webpage(loaded.text)
    if loaded.kind == "markdown":
        return extract_markdown(loaded.text)
    aligned = AlignedText.of(loaded.text)
    edits = [Edit(item.raw.start, item.raw.end, "", item.reason) for item in loaded.removed]
    return Extracted(aligned.edited(edits), removed=tuple(aligned.removals(edits)))


def _drop_frame(draft: Draft) -> None:
    """Undo the frame some scrapers put around the head: `[ place, date, source ]，正文：` before the text."""
    frame = _FRAME.match(draft.text)
    if frame is None:
        return
    draft.drop(Span(frame.start(1), frame.end(1)), "frame")
    draft.drop(Span(frame.start(3), frame.end(3)), "frame")
    kept: list[Span] = []
    for line in draft.body:
        inside = draft.trimmed(max(line.start, frame.start(2)), max(line.start, min(line.end, frame.end(2))))
        if line.start < frame.end(2) and len(inside):
            if meta_line(draft.simple(inside), top=True) is not None:
                kept.append(inside)
            else:
                draft.drop(inside, "page furniture")
        outside = draft.trimmed(min(line.end, max(line.start, frame.end())), line.end)
        if len(outside):
            kept.append(outside)
    draft.body = kept


def _drop_top(draft: Draft) -> None:
    """Drop the page's path and, above it, the site's name and menu entries."""
    for index, line in enumerate(draft.body[:_TOP]):
        if furniture.is_breadcrumb(draft.simple(line)):
            kept: list[Span] = []
            for above in draft.body[:index]:
                simple = draft.simple(above)
                if furniture.is_site_name(simple) or len(above) <= 4:  # a menu entry
                    draft.drop(above, "site name")
                else:
                    kept.append(above)
            draft.drop(line, "breadcrumb")
            draft.body[: index + 1] = kept
            return
    if len(draft.body) > 1 and draft.simple(draft.body[0], 40).endswith(("官方网站", "门户网站")):
        draft.drop(draft.body.pop(0), "site name")


def _drop_lines(draft: Draft) -> None:
    """Drop whole lines that belong to the page; long ones are looked at only near the end."""
    kept: list[Span] = []
    for number, line in enumerate(draft.body):
        near_end = number >= len(draft.body) - 4
        reason = furniture.whole_line(draft.simple(line)) if len(line) <= _SHORT_LINE or near_end else None
        if reason is None:
            kept.append(line)
        else:
            draft.drop(line, reason)
    draft.body = kept


def _drop_lists(draft: Draft) -> None:
    """Drop a heading like "related news" with all below it, if nothing below it is a sentence."""
    first = len(draft.body)
    for number in range(len(draft.body) - 1, 0, -1):
        line = draft.body[number]
        if len(line) > 2 * _LISTED or "。" in line.of(draft.text):
            break
        if furniture.is_trailing_heading(draft.simple(line)):
            first = number
        elif len(line) > _LISTED:
            break
    for line in draft.body[first:]:
        simple = draft.simple(line)
        # Credits may stand below the lists: they are kept for the head.
        if not re.match(r"[\[【(（]?(?:责任编辑|责编|编辑|来源)\s*[:：]", simple):
            draft.drop(line, "links to other articles")
            draft.body.remove(line)


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


def _drafted(text: str, known_title: str | None) -> Draft:
    draft = Draft(text, [Span(*match.span()) for match in _LINE.finditer(text)])
    if not draft.body:
        return draft
    _drop_frame(draft)
    _drop_top(draft)
    _drop_lines(draft)
    _drop_lists(draft)
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
    for line in lines:
        for part in (*line.parts, "\n"):
            size = len(part) if isinstance(part, Span | str) else len(part.new)
            for name, value in line.fields.items():
                if isinstance(part, Span) and part.start <= value.start and value.end <= part.end:
                    span = Span(length + value.start - part.start, length + value.end - part.start)
                    known = fields.get(name)
                    # A full date says more than "9月14日": it wins over one that stood before it.
                    better = name is HeadField.DATE and known is not None and full_date(value.of(draft.text))
                    if known is None or (better and not full_date(_seen(parts, draft.text, known))):
                        fields[name] = span
            parts.append(part)
            length += size
    text = aligned.assembled([*parts, *_body_parts(draft.text, draft.body)])
    return _Composed(text, Span(0, length), fields)


def _seen(parts: list[Part], text: str, span: Span) -> str:
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


def _removed(
    extracted: Extracted, tidied: AlignedText, edits: list[Edit], draft: Draft, final: AlignedText
) -> list[Removed]:
    found = [*extracted.removed, *extracted.text.removals(edits), *tidied.removals(draft.dropped)]
    found += [Removed(span, "markup") for span in uncovered(final, found)]
    return sorted(found, key=lambda item: (item.raw.start, item.raw.end, item.reason))


def read_article(loaded: Loaded) -> Article | Refusal:
    """Return the article that `loaded` holds, or why there is none: nothing but page furniture and white space."""
    extracted = _extract(loaded)
    edits = character_edits(extracted.text.text)
    tidied = extracted.text.edited(edits)
    hints: Hints = extracted.hints
    known_title = loaded.title or hints.title
    draft = _drafted(tidied.text, known_title)
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
    return Article(
        id=loaded.id or hashlib.sha256(loaded.text.encode("utf-8", "surrogatepass")).hexdigest()[:12],
        text=text,
        head=composed.head,
        title=head_title or known_title or loaded.info.title or _first_clause(text[composed.head.end :]),
        path=loaded.path,
        raw=loaded.text,
        alignment=composed.text.alignment(),
        encoding=loaded.encoding,
        published=loaded.published
        or hints.published
        or (full_date(as_written) if as_written else None)
        or loaded.info.published,
        date_as_written=as_written,
        source=loaded.source or hints.source or value(HeadField.SOURCE) or loaded.info.source,
        author=hints.author or value(HeadField.AUTHOR) or loaded.info.author,
        head_fields=fields,
        removed=tuple(_removed(extracted, tidied, edits, draft, composed.text)),
    )
