"""Chinese numerals to numbers: 三亿二千万, 两千零八, 二〇二四, 三点五, 一百五 (colloquial for 150)."""

import re
from fractions import Fraction

DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
SCALES = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_D = "[一二两三四五六七八九]"
_SECTION = re.compile(rf"(?:({_D})千)?[零〇]?(?:({_D})百)?[零〇]?(?:({_D}?)十)?[零〇]?({_D})?")
_CHARACTERS = DIGITS.keys() | SCALES.keys() | {"点"}
_SHORTEST_POSITIONAL = 3  # 五一 is a holiday, 三四 is "three or four"; 二〇二四 is a number


def _positional(run: str) -> int | None:
    if len(run) == 1 or len(run) >= _SHORTEST_POSITIONAL:
        return int("".join(str(DIGITS[char]) for char in run))
    return None


def _section(run: str) -> int | None:
    """Return the value of a numeral below 10,000 that names its places."""
    match = _SECTION.fullmatch(run)
    if match is None or not run:
        return None
    thousands, hundreds, tens, ones = match.groups()
    total = sum(
        DIGITS[digit or "一"] * scale
        for digit, scale in ((thousands, 1_000), (hundreds, 100), (tens, 10))
        if digit is not None
    )
    if ones is None:
        return total
    # 一百五 is 150 and 两千八 is 2,800, but 一百零五 is 105.
    round_numeral = tens is None and run[-2:-1] not in ("零", "〇")
    return total + DIGITS[ones] * ((10 if hundreds else 100 if thousands else 1) if round_numeral else 1)


def _below(run: str, scale: int) -> int | None:
    """Return what follows 万 or 亿: nothing, a numeral, or one digit of the next place (三万五)."""
    if not run:
        return 0
    if len(run) == 1 and DIGITS.get(run):
        return DIGITS[run] * scale // 10
    value = _whole(run.lstrip("零〇"))
    return value if value is not None and value < scale else None


def _whole(run: str) -> int | None:
    """Return the value of a numeral without a decimal point; None when it is not well formed."""
    for mark in "亿万":
        head, found, tail = run.rpartition(mark)
        if found and mark in head:
            return None
        if found:
            high, low = _whole(head), _below(tail, SCALES[mark])
            return None if not high or low is None else high * SCALES[mark] + low
    if SCALES.keys() & set(run):
        return _section(run)
    return _positional(run) if run else None


def chinese_value(numeral: str) -> Fraction | None:
    """Return the value of a Chinese numeral, None when its characters make no number (十四五, 五一, 万)."""
    if not set(numeral) <= _CHARACTERS:
        return None
    whole, point, rest = numeral.partition("点")
    decimals = rest.rstrip("".join(SCALES))
    value = _whole(whole)
    if value is None or not point:
        return None if value is None else Fraction(value)
    if not decimals or not set(decimals) <= DIGITS.keys():
        return None
    scale = 1
    for char in rest[len(decimals) :]:
        scale *= SCALES[char]
    return (value + Fraction(int("".join(str(DIGITS[char]) for char in decimals)), 10 ** len(decimals))) * scale
