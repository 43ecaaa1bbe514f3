"""Full dates as they stand in by-lines and page headers: `2024-03-05`, `2024 年 3 月 5 日`, `2024/3/5 15:10`."""

import re
from datetime import date

# White space before 日 only where 月 stood before: in `2024-03-05 日本` it begins the next word.
FULL_DATE = (
    r"(?:19|20)\d{2}\s*(?:[-/.年]\s*\d{1,2}\s*月\s*\d{1,2}(?!\d)(?:\s*日)?"
    r"|[-/.年]\s*\d{1,2}\s*[-/.]\s*\d{1,2}(?!\d)日?)"
)
_FULL = re.compile(r"((?:19|20)\d{2})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
_NARROW = {wide: wide - 0xFEE0 for wide in (*range(0xFF10, 0xFF1A), 0xFF0D, 0xFF0E, 0xFF0F)}
"""Full-width digits, hyphen, full stop and slash → their half-width forms."""
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})(?!\d)")


def full_date(written: str) -> date | None:
    """Return the first full date in `written`; None when there is none, or none that the calendar has."""
    if not written.isascii():
        written = written.translate(_NARROW)
    match = _FULL.search(written) or _COMPACT.match(written)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
