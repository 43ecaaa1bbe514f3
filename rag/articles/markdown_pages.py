"""Markdown that a program made of a whole web page: what it writes above the page, and which lines are the page's.

The lines of such a text are judged as those of a web page are: by how much of them is linked, by what stands beside
them, by readers' buttons. A note or an article with a few links is none.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import islice, takewhile

from models.fold import fold_text, simplify
from rag.articles import furniture
from rag.articles.alignment import Edit
from rag.articles.hints import Hints
from rag.articles.page_meta import stated_date
from rag.articles.titles import title_variants, without_site

TARGET = r"\((?:[^()\n]|\\[()]|\([^()\n]*\))*\)"
"""The address behind a link's words; addresses hold brackets: `javascript:void(0);`."""

_HEADER = re.compile(
    r"\A\ufeff?\s*Title[ \t]*:[ \t]*(?P<title>[^\n]+)\n"
    r"(?:[ \t\r]*\n|(?P<entry>(?:URL Source|Source URL|URL|Published Time|Published|Date|Author|Byline|Site Name"
    r"|Description|Language|Warning|Number of Pages)[ \t]*:[^\n]*)\n){1,20}?"
    r"(?:Markdown Content|Content)[ \t]*:[ \t\r]*(?:\n|\Z)"
)
_ENTRY = re.compile(r"^(Published Time|Published|Date|Author|Byline)[ \t]*:[ \t]*([^\n]+?)[ \t\r]*$", re.MULTILINE)
_SUMMARY = re.compile(
    r"^(?:Images|Links/Buttons|Links|Buttons)[ \t]*:[ \t\r]*\n(?:[ \t]*(?:[-*][^\n]*)?(?:\n|\Z))+", re.MULTILINE
)
_LINE = re.compile(r"[^\n]*\n?")
_IMAGE = re.compile(rf"!\[[^\]\n]*\]{TARGET}")
_LINK = re.compile(rf"(?<!!)\[((?:[^\[\]\n]|\\[\[\]])*)\]{TARGET}")
_EMPTY_LINK = re.compile(rf"\[\s*\]{TARGET}")
_MARK = re.compile(r"^[ \t>]*(?:[-*+][ \t]+|\d+\.[ \t]+|#{1,6}[ \t]+)?|[*_`]{1,3}")
_RULE = re.compile(r"[ \t]*(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|=+[ \t]*)\r?\n?")
_HEADING = re.compile(r"[ \t]*(?:#{1,6}[ \t]|\*\*[^*\n]+\*\*[ \t\r]*$)")
_LINKS = "links to other articles"
_MOST_SUMMARIES = 4
_MOSTLY = 0.6
_LINKED_LINES, _MENU_LINES = 8, 3  # in a text without a header that is a whole page; above its first paragraph
_PARAGRAPH = 40  # characters
_LEFT, _LEFT_SHARE = 150, 0.2  # characters that are no link; of all shown
_LONGEST_HEADING, _FEWEST_LINKS = 24, 2
_FINAL = frozenset("。！？!?…”」』）)；;：:，,")
_LEAD = re.compile(
    r"^\W*(?:相关|推荐|延伸|往期|更多|热门|热点|猜你|大家都在|精彩|编辑推荐|[拓扩]展阅读|继续阅读|你可能|您可能|还看了|标签|分享)"
)
_REMARK = re.compile(r"\[(?:回复|回覆|赞|讚|点赞|顶|踩|举报|支持|反对|有用)[^\]\n]{0,8}\]\(")
_TIME = re.compile(
    r"\d{1,2}:\d{2}|\d\s*(?:秒|分[钟鐘]?|小[时時]|天|周|週|个?月|年)前|刚刚|剛剛|昨天|前天|(?<!\d)\d{1,2}[-/月]\d{1,2}"
)
_LONGEST_REMARK, _LONGEST_REMARK_FOOT = 4, 60  # lines above its buttons; characters
_FEWEST_REMARKS, _REMARKS_BEHIND = 2, 0.5  # of the text stands above the first
_CAPTION = re.compile(r"^[ \t]*(?:[▲△↑▼]|[*_](?![*_])[^*_\n]{2,80}[*_][ \t\r]*$)")
_LONGEST_CAPTION = 90


@dataclass(frozen=True, slots=True)
class ReaderHeader:
    """What a reader service writes above the Markdown of a page."""

    hints: Hints
    edit: Edit

    def title_at(self, text: str) -> int:
        """Return where the page itself shows its title; where the page begins, if it does not."""
        found = (text.find(title, self.edit.end) for title in title_variants(self.hints.title or ""))
        return next((at for at in found if at >= 0), self.edit.end)


def reader_header(text: str) -> ReaderHeader | None:
    """Return what a reader service states above a page; None for a text without such a header."""
    match = _HEADER.match(text) if text.lstrip("\ufeff \r\n")[:5] == "Title" else None
    if match is None:
        return None
    values: dict[str, str] = {}
    for entry in _ENTRY.finditer(match.group()):
        values.setdefault(entry[1], entry[2])
    written = next((values[key] for key in ("Published Time", "Published", "Date") if key in values), None)
    hints = Hints(
        title=match["title"].strip(),
        published=stated_date(_in_numbers(written)) if written else None,
        author=values.get("Author") or values.get("Byline"),
    )
    return ReaderHeader(hints, Edit(0, match.end(), "", "front matter"))


def _in_numbers(written: str) -> str:
    """Return a time as numbers, where it is written as mails have it: `Fri, 04 Aug 2023 01:20:00 GMT`."""
    try:
        return parsedate_to_datetime(written).strftime("%Y-%m-%dT%H:%M:%S+00:00") if "," in written else written
    except ValueError:
        return written


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    raw: str
    shown: str  # without marks, pictures and addresses
    linked: int  # characters of it
    pictured: bool

    @property
    def is_link(self) -> bool:
        """Whether most of the line is linked."""
        return (
            bool(self.linked)
            and self.linked >= _MOSTLY * len(self.shown)
            and not (self.shown[-1] in "。！？!?" and len(self.shown) > 30)
        )


def _read(match: re.Match[str]) -> _Line:
    raw = match.group()
    if "[" not in raw:
        return _Line(*match.span(), raw, _MARK.sub("", raw).strip(), 0, pictured=False)
    bare = _EMPTY_LINK.sub("", _IMAGE.sub("", raw))
    linked = sum(len("".join(_MARK.sub("", words).split())) for words in _LINK.findall(bare))
    shown = _MARK.sub("", _LINK.sub(r"\1", bare)).strip()
    return _Line(*match.span(), raw, shown, linked, "![" in raw)


def page_edits(text: str, title: str | None, *, whole: bool) -> list[Edit]:
    """Return the edits that drop a whole page's links, their headings, captions and remarks, in order.

    `whole` is whether the text is known to be one; else many lines that are nothing but links say so.
    """
    lines = [_read(match) for match in _LINE.finditer(text) if match.group().strip()]
    links = [line.is_link for line in lines]
    left = sum(len(line.shown) for line, link in zip(lines, links, strict=True) if not link)
    shown = sum(len(line.shown) for line in lines)
    if not (whole or _has_menu(lines)) or left < max(_LEFT, _LEFT_SHARE * shown):
        return []
    titles = {fold_text(variant) for variant in (*title_variants(title), without_site(title))} if title else set[str]()
    reasons: list[str | None] = [_LINKS if link else None for link in links]
    for at, line in enumerate(lines):
        if reasons[at] and (fold_text(line.shown) in titles or (not titles and line.raw.startswith("# "))):
            reasons[at] = None
        elif at and reasons[at] is None and lines[at - 1].pictured and not lines[at - 1].shown and _is_caption(line):
            reasons[at] = "caption of a picture"
    if title:
        _mark_stated_title(lines, reasons, title)
    _mark_headings(lines, reasons)
    _mark_remarks(lines, reasons)
    edits = [Edit(line.start, line.end, "", reason) for line, reason in zip(lines, reasons, strict=True) if reason]
    summaries = [Edit(*match.span(), "", _LINKS) for match in islice(_SUMMARY.finditer(text), _MOST_SUMMARIES * whole)]
    edits = [edit for edit in edits if not any(one.start <= edit.start < one.end for one in summaries)]
    return sorted([*edits, *summaries])


def _has_menu(lines: Sequence[_Line]) -> bool:
    """Whether a text has many lines that are nothing but links, several of them above its first paragraph.

    A list of links that somebody put together has words of theirs before it.
    """
    above = takewhile(lambda line: line.is_link or len(line.shown) < _PARAGRAPH or "。" not in line.shown, lines)
    return sum(line.is_link for line in lines) >= _LINKED_LINES and sum(line.is_link for line in above) >= _MENU_LINES


def _is_caption(line: _Line) -> bool:
    return len(line.shown) <= _LONGEST_CAPTION and _CAPTION.match(line.raw) is not None


def _mark_stated_title(lines: Sequence[_Line], reasons: list[str | None], title: str) -> None:
    """Mark the page's title with the site's name in it, which some services repeat, where the headline stands below."""
    whole, headline = fold_text(title), fold_text(without_site(title))
    shown = [fold_text(line.shown) for line in lines]
    if whole != headline and headline in shown:
        for at in range(shown.index(headline)):
            if shown[at] == whole:
                reasons[at] = "repeated title"


def _mark_headings(lines: Sequence[_Line], reasons: list[str | None]) -> None:
    """Let the headings of lists of links go with them."""
    for at in range(len(lines) - 2, -1, -1):
        line = lines[at]
        if reasons[at] or not 0 < len(line.shown) <= _LONGEST_HEADING or line.shown[-1] in _FINAL - {"：", ":"}:
            continue
        below = [lines[after].is_link and bool(reasons[after]) for after in range(at + 1, min(at + 3, len(lines)))]
        simple = simplify(line.shown)
        named = _LEAD.match(simple) is not None or furniture.is_trailing_heading(simple)
        headed = _HEADING.match(line.raw) is not None and below == [True] * _FEWEST_LINKS
        if (below[:1] == [True] and named) or headed:
            reasons[at] = _LINKS


def _ends_remark(above: _Line, line: _Line) -> bool:
    """Whether a line holds the buttons below a reader's remark, whose time stands beside or above them."""
    if len(line.shown) > _LONGEST_REMARK_FOOT or _REMARK.search(line.raw) is None:
        return False
    return any(
        len(one.shown) <= _LONGEST_REMARK_FOOT
        and not one.is_link
        and "。" not in one.shown
        and _TIME.search(one.shown) is not None
        for one in (line, above)
    )


def _mark_remarks(lines: Sequence[_Line], reasons: list[str | None]) -> None:
    """Mark readers' remarks behind the article, which end in buttons to reply and to vote, and all below them."""
    feet = [at for at in range(1, len(lines)) if _ends_remark(lines[at - 1], lines[at])]
    if len(feet) < _FEWEST_REMARKS:
        return
    start = feet[0]
    while start > max(0, feet[0] - _LONGEST_REMARK) and not (
        reasons[start - 1] or lines[start - 1].pictured or _RULE.fullmatch(lines[start - 1].raw)
    ):
        start -= 1
        if _HEADING.match(lines[start].raw):
            break
    whole = sum(len(line.shown) for line, reason in zip(lines, reasons, strict=True) if reason is None)
    before = sum(len(line.shown) for line, reason in zip(lines[:start], reasons, strict=False) if reason is None)
    if before >= _REMARKS_BEHIND * whole:
        reasons[start:] = ["comments"] * (len(lines) - start)
