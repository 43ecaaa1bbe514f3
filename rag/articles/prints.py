"""Fingerprints of a text: what stays of it when the same story comes in other clothes.

A text is reduced to its letters, digits and Chinese characters in folded form, so that punctuation, script, width and
white space do not count. Every run of `SHINGLE` of them is hashed; of these hashes a few are kept, chosen by
*winnowing* (Schleimer, Wilkerson & Aiken, "Winnowing: local algorithms for document fingerprinting", SIGMOD 2003):
the smallest of every window. Two texts that share a stretch of `SHINGLE + WINDOW - 1` characters share a fingerprint,
wherever the stretch stands in either: shortened, re-headed and rearranged copies are found by counting.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from models.fold import fold_text

SHINGLE = 8  # characters; a power of two: the hashes are made by doubling
WINDOW = 32  # shingles; a power of two as well
_FEWEST = 4  # windows are smaller in a short text, so that it keeps some fingerprints too

Codes = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]

_UNSEEN = 0xFFFFFFFF
_BASE = 0x9E3779B97F4A7C15
_MIX = np.uint64(0xD6E8FEB86659FD93)
_POWERS = {width: np.uint64(pow(_BASE, width, 2**64)) for width in (1, 2, 4, 8, 16)}


@cache
def _table() -> Codes:
    """Return code point → folded code point, 0 for what does not count; filled as characters are met."""
    return np.full(0x110000, _UNSEEN, dtype=np.uint32)


def _folded_code(code: int) -> int:
    folded = fold_text(chr(code))[:1] if not 0xD800 <= code < 0xE000 else ""
    return ord(folded) if folded.isalnum() else 0


def codes_of(text: str) -> Codes:
    """Return the letters, digits and Chinese characters of `text`, folded, as code points."""
    table = _table()
    raw = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    folded = table[raw]
    unseen = folded == _UNSEEN
    if unseen.any():
        for code in np.unique(raw[unseen]).tolist():
            table[code] = _folded_code(code)
        folded = table[raw]
    kept: Codes = folded[folded != 0]
    return kept


def shingles(codes: Codes) -> Hashes:
    """Return the hash of every run of `SHINGLE` characters, in order; of a shorter text, one hash of the whole."""
    if not len(codes):
        return np.zeros(0, dtype=np.uint64)
    hashes = codes.astype(np.uint64)
    hashes *= _MIX
    hashes ^= hashes >> np.uint64(29)
    width = 1
    while width < SHINGLE and len(hashes) > width:
        hashes = hashes[:-width] * _POWERS[width] + hashes[width:]
        width *= 2
    hashes ^= hashes >> np.uint64(32)
    hashes *= _MIX
    hashes ^= hashes >> np.uint64(32)
    return hashes


def fingerprints(hashes: Hashes) -> Codes:
    """Return the winnowed hashes, sorted, each once, as 32-bit numbers."""
    smallest = (hashes >> np.uint64(32)).astype(np.uint32)
    width = 1
    while width < WINDOW and len(smallest) > max(width, len(hashes) // _FEWEST):
        smallest = np.minimum(smallest[:-width], smallest[width:])
        width *= 2
    smallest.sort()
    kept = np.empty(len(smallest), dtype=bool)
    kept[:1] = True
    np.not_equal(smallest[1:], smallest[:-1], out=kept[1:])
    return smallest[kept]
