"""The article panel: a whole cleaned article as HTML, with the words that an answer rests on marked.

Pure functions. The text content of the head element followed by that of the body element is the article's text,
character for character; the text content of the opened marks is the quoted text. Each line is a block of its own, with
its line break in it, so that paragraphs can be set apart without adding a character.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.types import Article, Repost, Span
from ui.web import strings
from ui.web.markup import facts, line, literal

OPENED = "opened"  # the id of the first opened mark; the browser scrolls to it


def panel(article: Article, opened: Span, others: Sequence[Span] = (), *, visit: int = 0) -> str:
    """Return the panel for an article.

    Args:
        article: what to show, whole.
        opened: the characters that were asked for.
        others: further cited characters of the same article, marked more lightly.
        visit: a number that differs from call to call, so that the browser sees a change and scrolls even when the same
            words are opened twice.

    """
    head = marked(article.text, article.head, opened, others)
    body = marked(article.text, article.body, opened, others)
    parts = [
        f'<article class="yj-article" data-visit="{visit}"><header class="yj-about">',
        f'<button type="button" class="yj-back" data-back="1">{strings.PANEL_BACK}</button>',
        f'<h2 class="yj-title">{literal(article.title or article.id)}</h2>',
        facts(article.source, article.published, article.author),
        also_in_line(article.reposts),
        "</header>",
        f'<div class="yj-head" role="group" aria-label="{strings.PANEL_HEAD}">{head}</div>' if head else "",
        f'<div class="yj-body" role="group" aria-label="{strings.PANEL_BODY}">{body}</div>',
        f'<p class="yj-path">{literal(article.path)}</p>',
        "</article>",
    ]
    return _aside("".join(parts))


def also_in(reposts: Sequence[Repost]) -> str:
    """Return the line that says where else an article's story stands: source (or title) and day of the first few."""
    shown = strings.ALSO_IN_JOINED.join(
        " ".join(str(part) for part in (repost.source or f"《{repost.title}》", repost.published) if part)
        for repost in reposts[: strings.ALSO_IN_SHOWN]
    )
    if len(reposts) > strings.ALSO_IN_SHOWN:
        shown = strings.ALSO_IN_MORE.format(articles=shown, count=len(reposts))
    return strings.ALSO_IN.format(articles=shown)


def also_in_line(reposts: Sequence[Repost]) -> str:
    """Return that line as HTML, nothing where the story stands nowhere else."""
    return f'<p class="yj-also">{literal(also_in(reposts))}</p>' if reposts else ""


def marked(text: str, part: Span, opened: Span, others: Sequence[Span] = ()) -> str:
    """Return the characters of `part` as HTML lines, the opened and the other cited ones in `<mark>` elements.

    Spans may overlap and may reach beyond the part. The opened characters of a line are always one mark.
    """
    return "".join(
        line(_marked(text, each, opened, others), blank=not each.of(text).strip()) for each in _lines(text, part)
    )


def _lines(text: str, part: Span) -> Iterator[Span]:
    start = part.start
    while start < part.end:
        found = text.find("\n", start, part.end)
        end = part.end if found < 0 else found + 1
        yield Span(start, end)
        start = end


def _marked(text: str, at: Span, opened: Span, others: Sequence[Span]) -> str:
    edges = {edge for span in (opened, *others) for edge in (span.start, span.end) if at.start < edge < at.end}
    kept = {at.start, at.end, *(edge for edge in edges if not opened.start < edge < opened.end)}
    pieces: list[str] = []
    for start, end in pairwise(sorted(kept)):
        shown = literal(text[start:end])
        if opened.start <= start and end <= opened.end:
            # A quote of several lines, or over the edge of the head, has a mark in each: the id is the first one's.
            name = f' id="{OPENED}" tabindex="-1"' if start == opened.start else ""
            shown = f'<mark{name} class="yj-opened">{shown}</mark>'
        elif any(other.start <= start and end <= other.end for other in others):
            shown = f'<mark class="yj-other">{shown}</mark>'
        pieces.append(shown)
    return "".join(pieces)


def nothing_open() -> str:
    """Return the panel before anything has been opened."""
    return _aside(f'<p class="yj-hint">{strings.PANEL_EMPTY}</p>')


def cannot_open(line: str) -> str:
    """Return the panel with a one-line error."""
    return _aside(f'<p class="yj-error" role="alert">{literal(line)}</p>')


def _aside(inner: str) -> str:
    return f'<aside aria-label="{strings.PANEL_LABEL}">{inner}</aside>'
