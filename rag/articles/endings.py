"""Where an article ends among the lines of a page: credits, end marks, headings of lists and of comments.

A single word decides nothing: a heading ends the article only when no paragraph stands below it that is not under
another heading of the page's, and credits only when little does.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from rag.articles import furniture
from rag.articles.drafts import Draft
from rag.articles.paragraphs import has_sentence, meta_of
from rag.types import HeadField, Span

_LISTED = 45  # a line below a heading like "related news" is a link, when it is no longer than this and no sentence
_FEWEST_LINKS = 2
_FEWEST_STAMPED = 3
_LIGHT = 150  # characters
_LIGHT_SHARE = 0.3
_LONGEST_GLUED = 60
_LONGEST_LIST = 80
_FARTHEST = 400  # lines looked at from one on, so that no page takes long
_BULLET = re.compile(
    r"[·•・.．■◆●▪○▶►◎★☆>»-]\s*\S|\[(?:高清|组图|视频|图|图集|高清组图)\]|【(?:详细|图|视频|文字解读|图片解读|视频解读)】"
)
_NUMBERED = re.compile(r"(?:TOP)?\d{1,2}\s*[.、．]?\s*\S")
_STAMPED = re.compile(
    r"(?:[\[(（]?(?:(?:19|20)\d\d[-/.年])?\d{1,2}[-/.月]\d{1,2}日?(?:\s+\d{1,2}:\d{1,2})?[\])）]?|[(（]\d{2,}[)）]"
    r"|\d+\s*(?:跟[贴帖]|评论|阅读)|【详细】|\[详细\])$"
)
_DESK = re.compile(r"\W*(?:责任编辑|责编|编辑|校对|审核|监制)")
_GLUED_END = re.compile(
    r"(?:[(（\[【]\s*(?:责任编辑|责编|编辑|完)\s*(?:[:：/]\s*[^。()（）]{2,24})?\s*[)）\]】]\s*(?:1\d{6})?|(?<=[。！？”])\s*(?:责任编辑|责编"
    r"|编辑)\s*[:：]\s*[^。，]{2,20})$"
)
_FIRM_REASONS = frozenset({"end mark"})
_MOSTLY = 0.6


def is_link(draft: Draft, line: Span) -> bool:
    """Whether a line could be a link to another article: a short line that is no sentence."""
    return len(line) <= _LISTED and "。" not in line.of(draft.text)


def is_listed(simple: str) -> bool:
    """Whether a line bears the mark of a list: a bullet, a number, a date at its end."""
    return bool(_BULLET.match(simple) or _NUMBERED.match(simple) or _STAMPED.search(simple))


def _firm_end(draft: Draft, index: int, simple: str) -> bool:
    """Whether nothing of an article stands below such a line, but for notes: editors, end mark, next article."""
    if (
        furniture.whole_line(simple) in _FIRM_REASONS
        or re.match(r"\W*(?:上|下)一(?:篇|条|则)\s*[:：]", simple)
        or re.match(r"\W*阅读下一篇", simple)
    ):
        return True
    meta = meta_of(draft, draft.body[index])
    return meta is not None and (HeadField.EDITOR in meta.fields or _DESK.match(simple) is not None)


def _names_source(draft: Draft, index: int) -> bool:
    """Whether a line says where an article is from, in brackets or behind a label: it stands above or below it."""
    meta = meta_of(draft, draft.body[index])
    return meta is not None and meta.labelled and HeadField.SOURCE in meta.fields


def _is_teaser(title: str, simple: str) -> bool:
    """Whether a line repeats the title above it and says a little more: `公园开放。今天上午……【详细】`."""
    return simple.endswith(("【详细】", "[详细]", "[查看全文]", "...", "……")) or (
        len(title) >= 6 and simple.startswith(title[:6])
    )


def list_length(draft: Draft, index: int, simples: Sequence[str]) -> int:
    """Return how many lines below a heading are links, teasers below their title counted in."""
    length = 0
    for at in range(index + 1, min(len(simples), index + _LONGEST_LIST)):
        line = draft.body[at]
        if furniture.is_comment_heading(simples[at]) or furniture.is_talk_heading(simples[at]):
            break
        if (
            is_link(draft, line)
            or furniture.is_trailing_heading(simples[at])
            or (length and _is_teaser(simples[at - 1], simples[at]))
        ):
            length += 1
        else:
            break
    return length


@dataclass(frozen=True, slots=True)
class _Lines:
    """All lines of a page with what they are by their words, and how much of an article stands before each."""

    draft: Draft
    simples: Sequence[str]
    headings: Sequence[bool]  # above lists of other articles
    comments: Sequence[bool]  # above readers' comments
    paragraphs: Sequence[bool]
    weights: Sequence[int]  # characters of paragraphs before each line, and in all at the end

    @classmethod
    def of(cls, draft: Draft, simples: Sequence[str], reasons: Sequence[str | None]) -> "_Lines":
        """Look at every line once."""
        headings = [bool(index) and furniture.is_trailing_heading(simple) for index, simple in enumerate(simples)]
        comments = [bool(index) and furniture.is_comment_heading(simple) for index, simple in enumerate(simples)]
        paragraphs = [
            reason is None and has_sentence(draft, line) for reason, line in zip(reasons, draft.body, strict=True)
        ]
        sizes = (len(line) if paragraph else 0 for line, paragraph in zip(draft.body, paragraphs, strict=True))
        return cls(draft, simples, headings, comments, paragraphs, [0, *accumulate(sizes)])

    def weight(self, start: int, stop: int) -> int:
        """Return how many characters of paragraphs stand in `[start, stop)`, lines of the page left out."""
        return max(0, self.weights[stop] - self.weights[min(start, len(self.simples))])

    def next_heading(self, start: int) -> int:
        """Return the index of the first heading of the page's at or below `start`."""
        stop = min(len(self.simples), start + _FARTHEST)
        found = (at for at in range(start, stop) if self.headings[at] or self.comments[at])
        return next(found, len(self.simples))

    def left_below(self, index: int, *, firm: bool) -> int:
        """Return how many characters below a line that may end the article could still be the article's.

        Below the editors, what stands under a heading of its own is the page's. Below comments' heading, all is,
        where votes and buttons to reply stand among them. Elsewhere links and their teasers are, and no paragraph.
        """
        count = len(self.simples)
        if firm:
            return self.weight(index + 1, self.next_heading(index + 1))
        if self.comments[index]:
            near = self.simples[index + 1 : index + 13]
            talked = any(furniture.is_of_comments(line) or furniture.is_comment_heading(line) for line in near)
            return 0 if talked else self.weight(index + 1, count)
        start = index + 1
        if self.headings[index] and (length := list_length(self.draft, index, self.simples)) >= _FEWEST_LINKS:
            start += length
        stop = next((at for at in range(start, min(count, start + _FARTHEST)) if self.comments[at]), count)
        return self.weight(start, stop) + (self.left_below(stop, firm=False) if stop < count else 0)

    def ends_at(self, index: int) -> int | None:
        """Return where the article ends, if it does at the line at `index`: above it, or behind its glued credits."""
        simple, before = self.simples[index], self.weights[index]
        light = min(_LIGHT, _LIGHT_SHARE * self.weights[index + 1])
        firm = _firm_end(self.draft, index, simple) or (
            before >= _MOSTLY * self.weights[-1] and _names_source(self.draft, index)
        )
        talk = furniture.is_talk_heading(simple)
        # With no paragraph above, only the lower half of a page without any can be below the article.
        begun = before > 0 or (self.weights[-1] == 0 and 2 * index >= len(self.simples))
        heading = self.headings[index] and not self.headings[index - 1]  # in a row of headings, the first counts
        if begun and (firm or talk or heading or self.comments[index]):
            left = self.left_below(index, firm=firm)
            if left == 0 or (left <= light and (firm or talk or self.comments[index])):
                return index
        whole = len(simple) == len(self.draft.body[index])
        if self.paragraphs[index] and whole and _GLUED_END.search(simple, max(0, len(simple) - _LONGEST_GLUED)):
            return index + 1 if self.weight(index + 1, self.next_heading(index + 1)) <= light else None
        return None


def _run_start(draft: Draft, simples: Sequence[str], end: int, last: int) -> int:
    """Return where a run of links that stands right above the page's first line begins, or that line."""
    start = end
    while (
        start - 1 > last
        and is_link(draft, draft.body[start - 1])
        and _STAMPED.search(simples[start - 1])
        and is_listed(simples[start - 1])
    ):
        start -= 1
    return start if end - start >= _FEWEST_STAMPED else end


def end_of_article(draft: Draft, simples: Sequence[str], reasons: list[str | None]) -> int:
    """Return the index from which on all lines are below the article."""
    lines = _Lines.of(draft, simples, reasons)
    count = len(simples)
    last = max((at for at in range(count) if lines.paragraphs[at]), default=-1)
    for index in range(last + 1 if last >= 0 else count):
        end = lines.ends_at(index)
        if end is not None:
            return end
    # Below the last paragraph: the first line that is the page's by its words ends the article; signatures stand above.
    for at in range(max(last + 1, 1), count):
        if reasons[at] is not None or lines.headings[at] or lines.comments[at] or lines.ends_at(at) == at:
            return _run_start(draft, simples, at, last) if last >= 0 else count
    return count
