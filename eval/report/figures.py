"""How figures are written."""

from eval.report.markup import Both
from eval.summary_types import MeanJson

NONE = "–"


def percent(share: float | None) -> str:
    """Return a share with one decimal, without it where it is 0 or 100."""
    if share is None:
        return NONE
    return f"{share:.0%}" if share in (0, 1) else f"{share * 100:.1f}%"


def interval(mean: MeanJson) -> str:
    """Return the interval of a mean."""
    if mean["low"] is None or mean["high"] is None:
        return NONE
    return f"{mean['low'] * 100:.1f}–{mean['high'] * 100:.1f}%"


def rough(mean: MeanJson) -> str:
    """Return the interval of a mean without decimals, for tables."""
    if mean["low"] is None or mean["high"] is None:
        return NONE
    return f"{mean['low'] * 100:.0f}–{mean['high'] * 100:.0f}%"


def duration(milliseconds: float) -> Both:
    """Return a time in the unit that suits it."""
    if milliseconds < 1000:
        figure = f"{milliseconds:.0f}" if milliseconds >= 10 or milliseconds == 0 else f"{milliseconds:.1f}"
        return Both(f"{figure} 毫秒", f"{figure} ms")
    if milliseconds < 60_000:
        return Both(f"{milliseconds / 1000:.1f} 秒", f"{milliseconds / 1000:.1f} s")
    return Both(f"{milliseconds / 60_000:.1f} 分", f"{milliseconds / 60_000:.1f} min")
