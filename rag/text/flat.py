"""Flat text: folded as for matching, but with the gaps that figures and Latin words need kept as `|`.

Folding drops white space, which would glue "2024 12" to one number and a line to the next.
"""

import re
from functools import lru_cache

from models.fold import Folded, fold
from rag.types import Span

GAP = "|"
_GAPS = re.compile(
    r"(?<=[0-9A-Za-z.%])[^\S\n\r]+(?=[0-9A-Za-z])|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+|(?<=[0-9])，(?=[0-9])"
)


@lru_cache(maxsize=512)
def flatten(text: str) -> Folded:
    """Return `text` folded, with `|` for line breaks and for gaps between Latin letters or digits."""
    return fold(_GAPS.sub(lambda gap: GAP.ljust(len(gap.group())), text))


def original(flat: Folded, start: int, end: int) -> Span:
    """Return the span of the text as written that the flat characters `[start, end)` came from."""
    return Span(*flat.original_span(start, end))
