"""The article panel: a whole cleaned article as HTML, with the words that an answer rests on marked.

Pure functions. The text content of the head element followed by that of the body element is the article's text,
character for character; the text content of the opened marks is the quoted text.
"""

from collections.abc import Sequence
from itertools import pairwise

from rag.types import Article, Span
from ui.web import strings
from ui.web.markup import literal

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
    about = [article.source, article.published.isoformat() if article.published else None, article.author]
    facts = " · ".join(literal(fact) for fact in about if fact)
    parts = [
        f'<article class="yj-article" data-visit="{visit}">',
        f'<button type="button" class="yj-back" data-back="1">{strings.PANEL_BACK}</button>',
        f'<h2 class="yj-title">{literal(article.title or article.id)}</h2>',
        f'<p class="yj-facts">{facts}</p>' if facts else "",
        f'<p class="yj-path">{literal(article.path)}</p>',
        f'<div class="yj-head" role="group" aria-label="{strings.PANEL_HEAD}">{head}</div>' if head else "",
        f'<div class="yj-body" role="group" aria-label="{strings.PANEL_BODY}">{body}</div>',
        "</article>",
    ]
    return _aside("".join(parts))


def marked(text: str, part: Span, opened: Span, others: Sequence[Span] = ()) -> str:
    """Return the characters of `part` as HTML, the opened and the other cited ones in `<mark>` elements.

    Spans may overlap and may reach beyond the part. The opened characters of a part are always one mark.
    """
    edges = {edge for span in (opened, *others) for edge in (span.start, span.end) if part.start < edge < part.end}
    kept = {part.start, part.end, *(edge for edge in edges if not opened.start < edge < opened.end)}
    pieces: list[str] = []
    for start, end in pairwise(sorted(kept)):
        shown = literal(text[start:end])
        if opened.start <= start and end <= opened.end:
            # A quote that runs over the edge of the head has a mark on either side: the id is the first one's.
            name = f' id="{OPENED}"' if start == opened.start else ""
            shown = f'<mark{name} class="yj-opened" tabindex="-1">{shown}</mark>'
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
