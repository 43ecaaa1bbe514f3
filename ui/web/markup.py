"""Text on its way into HTML: nothing in an article, a question or a model's words ever becomes markup."""

import re
from html import escape

# These have no place in HTML: a lone surrogate cannot be sent at all, NUL is dropped, and a carriage return would be
# rewritten by the parser. One character replaces one, so that what is shown keeps the article's offsets.
_UNSHOWABLE = re.compile("[\x00\ud800-\udfff]")


def literal(text: str) -> str:
    """Return HTML that shows exactly these characters, in an element or in a quoted attribute."""
    return escape(_UNSHOWABLE.sub("\ufffd", text), quote=True).replace("\r", "&#13;")


def one_line(error: object) -> str:
    """Return an error's message on one line."""
    return " ".join(str(error).split())
