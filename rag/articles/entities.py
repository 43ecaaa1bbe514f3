"""HTML character references that were left over in copied text: `&nbsp;`, `&ldquo;`, `&#8203;`."""

import re
from html import unescape

from rag.articles.alignment import Edit

# Only what editors and their programs put into Chinese text; `&copy=1` of an address or `&c;` of a program stay.
_ENTITY = re.compile(
    r"&(?:amp;)?(?:nbsp|e[mn]sp|thinsp|zwnj|zwj|[lrb]dquo|[lr]squo|sbquo|quot|apos|amp|lt|gt|[mn]dash|hellip"
    r"|middot|bull|copy|reg"
    r"|trade|times|divide|plusmn|deg|permil|yen|euro|pound|[lr]aquo|sect|radic|#\d{2,6}|#[xX][0-9a-fA-F]{2,5});"
)


def entity_edits(text: str) -> list[Edit]:
    """Return the edits that put the characters in place of the references that mean them, in order."""
    if "&" not in text:
        return []
    edits: list[Edit] = []
    for match in _ENTITY.finditer(text):
        shown = unescape(match.group())
        if shown.startswith("&") and len(shown) > 1:  # `&amp;nbsp;` was escaped twice
            shown = unescape(shown)
        edits.append(Edit(*match.span(), " " if shown == "\xa0" else shown))
    return edits
