"""Full dates as they stand in by-lines and page headers: `2024-03-05`, `2024 年 3 月 5 日`, `2024/3/5 15:10`.

Boards and mailing services write them as their program's language does (`Mon May 01, 2023`, `周日 11月 09, 2014`), and
Taiwanese offices count the years of the republic (`中華民國112年5月1日`).
"""

import re
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)[a-z]{0,6}\.?"
_WEEKDAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}"
_ROC = r"(?:中[华華])?民[国國]\s*"
# White space before 日 only where 月 stood before: in `2024-03-05 日本` it begins the next word.
FULL_DATE = (
    r"(?:(?:19|20)\d{2}\s*(?:[-/.年]\s*\d{1,2}\s*月\s*\d{1,2}(?!\d)(?:\s*日)?"
    r"|[-/.年]\s*\d{1,2}\s*[-/.]\s*\d{1,2}(?!\d)日?)"
    rf"|(?<![A-Za-z]){_NAMED}\s+\d{{1,2}}(?:st|nd|rd|th)?\s*,?\s+(?:{_WEEKDAY}\s+)?(?:19|20)\d{{2}}(?!\d)"
    rf"|(?<!\d)\d{{1,2}}(?:st|nd|rd|th)?\s+{_NAMED},?\s+(?:19|20)\d{{2}}(?!\d)"
    r"|(?<!\d)\d{1,2}\s*月\s*\d{1,2}\s*,\s*(?:19|20)\d{2}(?!\d)"
    r"|(?<![\d./-])\d{2}-\d{1,2}-\d{1,2}(?=\s+\d{1,2}[:：]\d{2})"
    r"|(?:(?<=日期[:：])|(?<=日期[:：]\s)|(?<=[时時][间間][:：]))1[01]\d[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)"
    rf"|{_ROC}\d{{2,3}}\s*年\s*\d{{1,2}}\s*月\s*\d{{1,2}}\s*日)"
)
_FULL = re.compile(r"((?:19|20)\d{2})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
_NARROW = {wide: wide - 0xFEE0 for wide in (*range(0xFF10, 0xFF1A), 0xFF0D, 0xFF0E, 0xFF0F)}
"""Full-width digits, hyphen, full stop and slash → their half-width forms."""
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*,\s*(?P<year>(?:19|20)\d{2})(?!\d)")
_MONTH_FIRST = re.compile(
    rf"(?<![A-Za-z])(?P<month>{_NAMED})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s+(?:{_WEEKDAY}\s+)?(?P<year>(?:19|20)\d{{2}})(?!\d)"
)
_DAY_FIRST = re.compile(
    rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<month>{_NAMED}),?\s+(?P<year>(?:19|20)\d{{2}})(?!\d)"
)
_BARE_REPUBLIC = re.compile(r"(?P<year>1[01]\d)[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})")
_SHORT_YEAR = re.compile(r"(?P<year>\d{2})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?=\s+\d{1,2}[:：]|$)")
_REPUBLIC = re.compile(rf"{_ROC}(?P<year>\d{{2,3}})\s*年\s*(?P<month>\d{{1,2}})\s*月\s*(?P<day>\d{{1,2}})\s*日")
_FIRST_YEAR = 1911  # the year before the republic's first


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def full_date(written: str) -> date | None:
    """Return the first full date in `written`; None when there is none, or none that the calendar has."""
    if not written.isascii():
        written = written.translate(_NARROW)
    match = _FULL.search(written) or _COMPACT.match(written)
    if match is not None:
        return _day(int(match[1]), int(match[2]), int(match[3]))
    match = _REPUBLIC.search(written)
    if match is not None:
        return _day(_FIRST_YEAR + int(match["year"]), int(match["month"]), int(match["day"]))
    match = _BARE_REPUBLIC.fullmatch(written)
    if match is not None:
        return _day(_FIRST_YEAR + int(match["year"]), int(match["month"]), int(match["day"]))
    match = _SHORT_YEAR.match(written)
    if match is not None:
        return _day(2000 + int(match["year"]), int(match["month"]), int(match["day"]))
    match = _YEAR_LAST.search(written) or _MONTH_FIRST.search(written) or _DAY_FIRST.search(written)
    if match is None:
        return None
    month = match["month"]
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
    return _day(int(match["year"]), number, int(match["day"]))
