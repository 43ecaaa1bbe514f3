"""The title among the first lines of copied text: what each is by its words, where it stands, what stands beside it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.articles import furniture, issues, pleas
from rag.articles.bylines import opening_place_line
from rag.articles.drafts import Draft
from rag.articles.labels import MetaLine, is_bare_name, is_bare_publisher, meta_line
from rag.articles.paragraphs import meta_of
from rag.articles.titles import (
    has_original_label,
    title_like,
)
from rag.types import HeadField

_PARAGRAPH = 60  # a line as long as this is no row of a menu
_CHANNEL_NAME, _LONGEST_ABOVE = 6, 16
_BESIDE = 2  # lines from a title down to the one with its date
_NO_META = frozenset({"breadcrumb", "day and weather", "menu"})
_BULLET = re.compile(
    r"[·•・.．■◆●▪○▶►◎★☆>»-]\s*\S|\[(?:高清|组图|视频|图|图集|高清组图)\]|【(?:详细|图|视频|文字解读|图片解读|视频解读)】"
)
# What programs show above a page: an address, figures, a name with a number behind it, a row of short words.
_BAR = re.compile(
    r"[\w.-]+\.[a-z]{2,}(?:/\S*)?|[^㐀-鿿]{1,30}|[^\s。，：！？]{2,20}[(（]\d+[)）]|\S{1,5}(?:\s+\S{1,5})+",
    re.IGNORECASE,
)


def reason_above(simple: str) -> str | None:
    """Return why a line can stand above a title only as the page's; None where it may be more."""
    if furniture.is_breadcrumb(simple):
        return "breadcrumb"
    if furniture.is_today(simple):
        return "day and weather"
    if furniture.is_menu(simple) or furniture.is_channel(simple):
        return "menu"
    return furniture.whole_line(simple) or ("plea to the readers" if pleas.is_plea(simple) else None)


def _repeated(draft: Draft, end: int) -> int | None:
    """Return the index of a short line that a later line of the head, or the first paragraph, begins with again."""
    for index, line in enumerate(draft.body[:end]):
        words = line.of(draft.text)
        if 8 <= len(words) <= _PARAGRAPH and "。" not in words:
            for other in draft.body[index + 1 : end + 1]:
                if draft.text.startswith(words, other.start, other.end) and (
                    len(other) > len(line) + 8 or len(other) == len(line)
                ):
                    return index
    return None


def _best_title(draft: Draft, lines: Sequence[int]) -> int | None:
    """Return which of some neighbouring lines is the headline: the first that is longer than a name of a column."""
    candidates = [
        index
        for index in lines
        if title_like(draft, index)
        and not is_bare_name(simple := draft.simple(draft.body[index]))
        and not is_bare_publisher(simple)
        and not has_original_label(simple)
        and not furniture.is_caption(simple)
        and opening_place_line(simple) is None
    ]
    candidates = [index for index in candidates if not _BAR.fullmatch(draft.simple(draft.body[index]))] or candidates
    return next((index for index in candidates if len(draft.body[index]) >= 8), candidates[0] if candidates else None)


@dataclass(frozen=True, slots=True)
class _Top:
    """The lines above the first paragraph: their words, why they are the page's, what they state."""

    simples: tuple[str, ...]
    above: tuple[str | None, ...]
    metas: tuple[MetaLine | None, ...]
    path: int  # the index of the page's path, -1 where there is none

    @classmethod
    def of(cls, draft: Draft, end: int) -> "_Top":
        """Look at the first `end` lines."""
        lines = draft.body[:end]
        simples = tuple(draft.simple(line) for line in lines)
        above = tuple(reason_above(simple) for simple in simples)
        metas = tuple(
            None if why in _NO_META else meta_of(draft, line, top=True) if at else meta_line(simples[0], top=True)
            for at, (why, line) in enumerate(zip(above, lines, strict=True))
        )
        return cls(simples, above, metas, max((i for i, why in enumerate(above) if why == "breadcrumb"), default=-1))

    def dated(self) -> int | None:
        """Return the index of the first line below the path that states a date, unless it is the very first."""
        for index in range(max(self.path + 1, 1), len(self.simples)):
            meta = self.metas[index]
            if meta is not None and HeadField.DATE in meta.fields:
                return index
        return None

    def is_open(self, index: int) -> bool:
        """Whether a line may be the title: it is not the page's, states nothing and has no bullet."""
        return self.above[index] is None and self.metas[index] is None and not _BULLET.match(self.simples[index])

    def block_above(self, index: int) -> list[int]:
        """Return the lines right above `index` that may be the title, down from the last row of a menu."""
        block: list[int] = []
        for before in range(index - 1, self.path, -1):
            if self.above[before] == "menu":
                break
            if self.is_open(before):
                block.insert(0, before)
            elif block:
                break
        return block


def guess_title(draft: Draft, end: int) -> tuple[int | None, bool]:
    """Return the index of the title, and whether the page's lines above prove that it begins there."""
    top = _Top.of(draft, end)
    repeated = _repeated(draft, end)
    if repeated is not None and top.above[repeated] is None and any(top.above[:repeated]):
        return repeated, True
    dated = top.dated()
    title = _best_title(draft, top.block_above(dated)) if dated is not None else None
    if (
        dated is not None
        and title is None
        and all(_is_masthead(why, simple) for why, simple in zip(top.above[:dated], top.simples, strict=False))
    ):
        # A letter: its number and day stand above its greeting and its title.
        below = [i for i in range(dated + 1, end) if top.is_open(i) and not pleas.is_salutation(top.simples[i])]
        title = _best_title(draft, below) if any(map(issues.is_issue_line, top.simples[: dated + 1])) else None
        if title is not None:
            return title, True
    if title is not None:
        lines = list(zip(top.above[:title], top.simples, strict=False))
        beside = dated is not None and dated - title <= _BESIDE  # what stands above it is short, whatever it is
        framed = all(_is_masthead(why, simple) or (beside and _is_short(simple)) for why, simple in lines)
        return title, top.path >= 0 or (title > 0 and framed)
    if not any(top.above):
        return None, False
    menu = max((i for i, why in enumerate(top.above) if why in {"breadcrumb", "menu"}), default=-1)
    for start in (top.path, menu, -1):
        title = _best_title(draft, [index for index in range(start + 1, end) if top.is_open(index)])
        if title is not None:
            return title, title > 0 and any(top.above[:title])
    return None, False


def _is_short(simple: str) -> bool:
    return len(simple) <= _LONGEST_ABOVE and not any(mark in simple for mark in "。，！？；")


def _is_masthead(why: str | None, simple: str) -> bool:
    """Whether a line above what may be the title is the page's, or a name of site or channel by its shortness."""
    return (
        why is not None
        or furniture.is_site_name(simple)
        or issues.is_issue_line(simple)
        or len(simple) <= _CHANNEL_NAME
        or _BAR.fullmatch(simple) is not None
        or meta_line(simple, top=True) is not None
    )
