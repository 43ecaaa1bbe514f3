"""Text on its way into HTML: nothing in an article, a question or a model's words ever becomes markup."""

import re
from datetime import date
from html import escape

# These have no place in HTML: a lone surrogate cannot be sent at all, NUL is dropped, and a carriage return would be
# rewritten by the parser. One character replaces one, so that what is shown keeps the article's offsets.
_UNSHOWABLE = re.compile("[\x00\ud800-\udfff]")


def literal(text: str) -> str:
    """Return HTML that shows exactly these characters, in an element or in a quoted attribute."""
    return escape(_UNSHOWABLE.sub("\ufffd", text), quote=True).replace("\r", "&#13;")


def lines(markup: str) -> str:
    """Return HTML with each of its lines, line break included, in a block of its own; no tag may hold a line break."""
    return "".join(line(each, blank=not each.strip()) for each in re.findall(r"[^\n]*\n|[^\n]+", markup))


def line(markup: str, *, blank: bool) -> str:
    """Return a line as a block: space around it is the style sheet's, and a blank one takes none."""
    return f'<span class="{"yj-gap" if blank else "yj-line"}">{markup}</span>'


def facts(source: str | None, published: date | None, *more: str | None) -> str:
    """Return what is known of an article on one line, of which the date is never cut; nothing if nothing is known."""
    day = f'<span class="yj-date">{published.isoformat()}</span>' if published else None
    named = [f'<span class="yj-fact">{literal(fact)}</span>' if fact else None for fact in (source, *more)]
    known = '<span class="yj-dot"> · </span>'.join(filter(None, (named[0], day, *named[1:])))
    return f'<p class="yj-facts">{known}</p>' if known else ""
