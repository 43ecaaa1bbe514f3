"""Folding: the form of a text in which matching happens, with the way back to the characters as written.

Traditional and Simplified script, full and half width, upper and lower case, and white space are one in folded
text. What people see is never folded; offsets into folded text are carried back through `Folded.origin`.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import opencc

_SURROGATE = re.compile("[\ud800-\udfff]")
_DROPPED_CATEGORIES = {"Cc", "Cf", "Co", "Cs", "Cn", "Mn", "Zs", "Zl", "Zp"}


class _CharacterTable(dict[str, str]):
    """Character → its folded form (usually one character, sometimes none or several), filled as met."""

    def __missing__(self, char: str) -> str:
        decomposed = unicodedata.normalize("NFKD", char)
        # Accents are dropped from Latin letters only: decomposing Hangul or Kana would tear characters apart.
        form = decomposed if decomposed[0].isascii() else unicodedata.normalize("NFKC", char)
        folded = "".join(c for c in form.lower() if unicodedata.category(c) not in _DROPPED_CATEGORIES)
        self[char] = folded
        return folded


_FOLDED = _CharacterTable()


# Forms of Hong Kong and Taiwan that OpenCC leaves as they are; none is a character of Simplified script.
_VARIANTS = str.maketrans("衞敍枱糭粧痺簷", "卫叙台粽妆痹檐")
_VARIANT = re.compile("[衞敍枱糭粧痺簷]")


@cache
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@cache
def _simplified_character(char: str) -> str:
    converted: str = _to_simplified().convert(char)
    return converted if len(converted) == 1 else char


def simplify(text: str) -> str:
    """Return `text` in Simplified script, character for character (the length never changes)."""
    if text.isascii():
        return text
    text = _SURROGATE.sub("\ufffd", text)  # half a character pair, as broken JSON has them, cannot be converted
    if _VARIANT.search(text):  # rare; translating every text takes longer than converting it
        text = text.translate(_VARIANTS)
    converted: str = _to_simplified().convert(text)
    if len(converted) == len(text):
        return converted
    return "".join(map(_simplified_character, text))


def fold_text(text: str) -> str:
    """Return the folded form of `text`, without the way back."""
    return simplify("".join(map(_FOLDED.__getitem__, text)))


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text with, for each of its characters, the index of the original character it came from."""

    text: str
    origin: npt.NDArray[np.int32]  # shape (len(text),), non-decreasing

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the half-open span of original characters that folded `[start, end)` came from.

        Raises:
            ValueError: the span is empty or outside the folded text.

        """
        if not 0 <= start < end <= len(self.text):
            msg = f"folded span [{start}, {end}) is not inside a text of {len(self.text)} characters"
            raise ValueError(msg)
        return int(self.origin[start]), int(self.origin[end - 1]) + 1


def fold(text: str) -> Folded:
    """Return the folded form of `text` together with the way back."""
    pieces = [_FOLDED[char] for char in text]
    lengths = np.fromiter(map(len, pieces), dtype=np.int32, count=len(pieces))
    origin = np.repeat(np.arange(len(pieces), dtype=np.int32), lengths)
    return Folded(simplify("".join(pieces)), origin)
