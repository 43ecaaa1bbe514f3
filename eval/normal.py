"""The form of a text in which gold answers are looked for."""

import re
import unicodedata

from models.fold import fold_text

_MARKER = re.compile(r"\[\d+\]")
_KEPT = frozenset("%‰#")  # punctuation by Unicode, part of an answer all the same
_DROPPED = frozenset("~^`")  # symbols by Unicode, punctuation to CMRC2018
_DECIMAL_POINT = re.compile(r"(?<=\d)\.(?=\d)")


def without_markers(answer: str) -> str:
    """Return an answer without its citation markers, whose digits would count as content."""
    return _MARKER.sub("", answer)


def normalise(text: str) -> str:
    """Return folded `text` without punctuation: one script and width, lower case, no white space.

    Wider than CMRC2018's list (all Unicode punctuation and ~ ^ `), but a decimal point, % and ‰ are kept: 3.5 is
    not 35.
    """
    folded = fold_text(text)
    points = {match.start() for match in _DECIMAL_POINT.finditer(folded)}

    def kept(place: int, char: str) -> bool:
        punctuation = char in _DROPPED or unicodedata.category(char).startswith("P")
        return not punctuation or char in _KEPT or place in points

    return "".join(char for place, char in enumerate(folded) if kept(place, char))
