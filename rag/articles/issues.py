"""The mark of an issue, which tells a newsletter's or a magazine's name: `【城市慢读 第207期】`, `某某周报 Vol.12`."""

import re

from rag.types import Span

_MARK = r"(?:第\s*[\d〇零一二三四五六七八九十百]{1,5}\s*期|(?i:vol|no|issue)\s*[.．]?\s*\d{1,4}|[#＃]\s*\d{1,4})"
_NAMED = re.compile(
    rf"[【\[「『《〈]?\s*(?P<name>[㐀-鿿A-Za-z][㐀-鿿A-Za-z0-9·]{{1,13}})\s*[》〉]?\s*[|｜丨·:：-]?\s*[(（]?{_MARK}[)）]?\s*[】\]」』]?"
)
_SUBSCRIBED = re.compile(
    r"(?:订阅(?:了|的)?|阅读(?:本[周期月日]的?)?|收看|欢迎来到)\s*《(?P<name>[^《》]{2,16})》|(?:您|你)(?:已)?订阅了(?P<bare>[㐀-鿿A-Za-z]{2,10})(?=[。，,\s]|$)"
)
_LINE = re.compile(rf"\W*{_NAMED.pattern}(?:[\s|｜丨·]+.{{0,40}})?|\W*{_MARK}\W*", re.DOTALL)
_LONGEST = 60


def issue_name(text: str) -> Span | None:
    """Return where a text, in Simplified script, names what it is an issue of, when it begins with that."""
    match = _NAMED.match(text)
    return Span(*match.span("name")) if match else None


def subscribed_name(text: str) -> Span | None:
    """Return where a letter to its readers names the letter that they have subscribed to."""
    match = _SUBSCRIBED.search(text)
    if match is None:
        return None
    return Span(*match.span("name" if match["name"] else "bare"))


def is_issue_line(line: str) -> bool:
    """Whether `line` is the name and number of an issue, with little beside it."""
    return len(line) <= _LONGEST and "。" not in line and _LINE.fullmatch(line) is not None
