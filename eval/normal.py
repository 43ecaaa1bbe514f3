"""The form of a text in which gold answers are looked for."""

import re
import unicodedata

from models.fold import fold_text

_MARKER = re.compile(r"\[\d+\]")
_KEPT = frozenset("%‰#")  # punctuation by Unicode, part of an answer all the same
_DROPPED = frozenset("~^`")  # symbols by Unicode, punctuation to CMRC2018
_SIGN = re.compile(r"((?<=\d)\.(?=\d))|[\W_]")  # a decimal point, or what may be punctuation: that is no word character


def without_markers(answer: str) -> str:
    """Return an answer without its citation markers, whose digits would count as content."""
    return _MARKER.sub("", answer)


class _SignTable(dict[str, str]):
    """A sign that is no word character → itself where it stays in normalised text, else nothing; filled as met."""

    def __missing__(self, sign: str) -> str:
        dropped = sign not in _KEPT and (sign in _DROPPED or unicodedata.category(sign).startswith("P"))
        self[sign] = kept = "" if dropped else sign
        return kept


_SIGNS = _SignTable()


def without_punctuation(folded: str) -> str:
    """Return folded text without punctuation, as `normalise` does; a decimal point, % and ‰ stay."""
    return _SIGN.sub(lambda match: match[1] or _SIGNS[match[0]], folded)


def normalise(text: str) -> str:
    """Return folded `text` without punctuation: one script and width, lower case, no white space.

    Wider than CMRC2018's list (all Unicode punctuation and ~ ^ `), but a decimal point, % and ‰ are kept: 3.5 is
    not 35.
    """
    return without_punctuation(fold_text(text))
