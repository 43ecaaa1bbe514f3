"""Where the article ends, and which lines inside it are the page's: lists of links, captions, buttons, comments.

A single word decides nothing: a heading ends the article only when no paragraph stands below it that is not under
another heading of the page's, and credits only when little does.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from rag.articles import furniture, pleas
from rag.articles.drafts import Draft
from rag.articles.naming import NAME
from rag.articles.paragraphs import has_sentence, meta_of
from rag.types import HeadField, Span

_SHORT_LINE = 120
_LISTED = 45  # a line below a heading like "related news" is a link, when it is no longer than this and no sentence
_FEWEST_LINKS = 2
_FEWEST_STAMPED = 3
_LIGHT = 150  # characters
_LIGHT_SHARE = 0.3
_LONGEST_GLUED = 60
_LONGEST_LIST = 80
_FARTHEST = 400  # lines looked at from one on, so that no page takes long
_LINKS = "links to other articles"
_BELOW = "below the article"
_ABOVE = "page furniture"
_PHOTOGRAPHER = re.compile(rf"(?:记者|[。\s])\s*(?P<name>{NAME})\s*摄影?\s*[)）]?$")
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
_BRACKETED = frozenset("（(【[〔")
_FIRM_REASONS = frozenset({"end mark"})
_CAPTION_SHARE = 0.3
_LONGEST_NAME = 16
_POSTED = re.compile(r"»|发表于|发布于|楼主")
_TOP_LINES = 4  # among which a mailing greets its readers
_LATE = 0.55  # of the text stands before a plea below the article
_LONGEST_PROFILE, _PROFILE_SHARE = 6, 0.6  # lines; of the paragraphs above it
_HEADLINE = 10  # characters; a shorter line may be a heading of the body
_GALLERY_SHARE = 0.4


def _is_link(draft: Draft, line: Span) -> bool:
    """Whether a line could be a link to another article: a short line that is no sentence."""
    return len(line) <= _LISTED and "。" not in line.of(draft.text)


def _linked(simple: str) -> bool:
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


def _reason(draft: Draft, index: int, simple: str) -> str | None:
    """Return why a line is the page's by its words alone."""
    line = draft.body[index]
    near_end = index >= len(draft.body) - 4
    if len(line) > _SHORT_LINE and not near_end and len(simple) > 720:
        return None
    if index == 0 and len(draft.body) == 1 and len(line) > _SHORT_LINE:
        return None if len(line) > 260 else furniture.whole_line(simple)
    reason = furniture.whole_line(simple)
    if reason is None and index and furniture.is_inline_link(simple):
        return _LINKS
    return reason


def _mark_pleas(draft: Draft, simples: Sequence[str], reasons: list[str | None]) -> None:
    """Mark what the page asks of its readers, above and below the article, and what it is paid for."""
    whole = sum(len(line) for line in draft.body)
    before = 0
    mailed = any(pleas.is_mailed(simple) for simple in simples)
    for index, simple in enumerate(simples):
        if reasons[index] is None:
            edge = index < _TOP_LINES or before >= _LATE * whole
            if pleas.is_sponsored(simple):
                reasons[index] = "advertisement"
            elif edge and (pleas.is_plea(simple) or (mailed and index < _TOP_LINES and pleas.is_salutation(simple))):
                reasons[index] = "plea to the readers"
        before += len(draft.body[index])


def _mark_profile(draft: Draft, simples: Sequence[str], reasons: list[str | None], end: int) -> None:
    """Mark the section at the end that tells who the company, the hospital or the author is."""
    left = [at for at in range(end) if reasons[at] is None]
    sizes = {at: len(draft.body[at]) for at in left}
    whole = sum(sizes.values())
    for number in range(max(0, len(left) - _LONGEST_PROFILE), len(left)):
        section = left[number:]
        size = sum(sizes[line] for line in section)
        if (
            number > 1
            and size <= _PROFILE_SHARE * (whole - size)
            and pleas.profile_length([simples[line] for line in section])
        ):
            for line in section:
                reasons[line] = "profile"
            return


def _is_teaser(title: str, simple: str) -> bool:
    """Whether a line repeats the title above it and says a little more: `公园开放。今天上午……【详细】`."""
    return simple.endswith(("【详细】", "[详细]", "[查看全文]", "...", "……")) or (
        len(title) >= 6 and simple.startswith(title[:6])
    )


def _list_length(draft: Draft, index: int, simples: Sequence[str]) -> int:
    """Return how many lines below a heading are links, teasers below their title counted in."""
    length = 0
    for at in range(index + 1, min(len(simples), index + _LONGEST_LIST)):
        line = draft.body[at]
        if furniture.is_comment_heading(simples[at]) or furniture.is_talk_heading(simples[at]):
            break
        if (
            _is_link(draft, line)
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
        if self.headings[index] and (length := _list_length(self.draft, index, self.simples)) >= _FEWEST_LINKS:
            start += length
        stop = next((at for at in range(start, min(count, start + _FARTHEST)) if self.comments[at]), count)
        return self.weight(start, stop) + (self.left_below(stop, firm=False) if stop < count else 0)

    def ends_at(self, index: int) -> int | None:
        """Return where the article ends, if it does at the line at `index`: above it, or behind its glued credits."""
        simple, before = self.simples[index], self.weights[index]
        light = min(_LIGHT, _LIGHT_SHARE * self.weights[index + 1])
        firm = _firm_end(self.draft, index, simple)
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
        and _is_link(draft, draft.body[start - 1])
        and _STAMPED.search(simples[start - 1])
        and _linked(simples[start - 1])
    ):
        start -= 1
    return start if end - start >= _FEWEST_STAMPED else end


def _end(draft: Draft, simples: Sequence[str], reasons: list[str | None]) -> int:
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
        if reasons[at] is not None or lines.headings[at] or lines.comments[at] or _firm_end(draft, at, simples[at]):
            return _run_start(draft, simples, at, last) if last >= 0 else count
    return count


def _mark_captions(draft: Draft, simples: Sequence[str], reasons: list[str | None], end: int) -> None:
    """Mark the captions of single pictures; where captions are the report, they stay."""
    found = [at for at in range(end) if reasons[at] is None and furniture.is_caption(simples[at])]
    size = sum(len(line) for line in draft.body[:end])
    report = sum(len(draft.body[at]) for at in found) > _CAPTION_SHARE * size or len(found) >= max(
        3, _GALLERY_SHARE * end
    )
    if report and found:
        names = {match["name"] for at in found if (match := _PHOTOGRAPHER.search(simples[at]))}
        if len(names) == 1:
            line, match = next((draft.body[at], m) for at in found if (m := _PHOTOGRAPHER.search(simples[at])))
            draft.photographer = Span(line.start + match.start("name"), line.start + match.end("name"))
    if not found or report or len(draft.body) - len(found) < 2:
        return
    for at in found:
        reasons[at] = "caption of a picture"


def _mark_lists(draft: Draft, simples: Sequence[str], reasons: list[str | None], end: int) -> None:
    """Mark a heading like "related news" inside the body with the links below it, and words on buttons beside them."""
    for at in range(1, end):
        if furniture.is_trailing_heading(simples[at]) and reasons[at] is None:
            length = _list_length(draft, at, simples)
            links = range(at + 1, min(at + 1 + length, end))
            listed = [i for i in links if _linked(simples[i])]
            if len(listed) < len(links):
                listed = _bare_links(draft, simples, links) if furniture.heads_links(simples[at]) else []
            if len(listed) >= _FEWEST_LINKS:
                for i in (at, *listed):
                    reasons[i] = _LINKS
    for at in range(1, end):
        beside = (at and reasons[at - 1] is not None) or (at + 1 < len(reasons) and reasons[at + 1] is not None)
        if reasons[at] is None and furniture.is_tools(simples[at]) and beside:
            reasons[at] = _ABOVE


def _bare_links(draft: Draft, simples: Sequence[str], links: range) -> list[int]:
    """Return the headlines below a heading of links that have no bullets: lines too long for a heading of the body."""
    found: list[int] = []
    for index in links:
        if len(draft.body[index]) < _HEADLINE or simples[index][-1] in "：:。！；;":
            break
        found.append(index)
    return found


def _names_poster(simples: Sequence[str], at: int) -> bool:
    """Whether a line right above the page's own is the name that stood beside a post's date at the top."""
    line = simples[at]
    return 2 <= len(line) <= _LONGEST_NAME and any(
        line in top and len(top) > len(line) and _POSTED.search(top) for top in simples[: min(_TOP_LINES, at)]
    )


def _without_credit(draft: Draft, line: Span, simple: str) -> Span:
    """Return a paragraph without the credit of a picture in brackets behind it."""
    at = furniture.credit_behind(simple) if len(simple) == len(line) and simple[-1] in "）)" else None
    if at is None:
        return line
    draft.drop(Span(line.start + at, line.end), "credit of a picture")
    return draft.trimmed(line.start, line.start + at)


def drop_below(draft: Draft) -> None:
    """Drop the page's lines inside and below the body; credits stay, for the head."""
    body = draft.body
    simples = [draft.simple(line, 720) for line in body]
    reasons = [_reason(draft, index, simple) for index, simple in enumerate(simples)]
    _mark_pleas(draft, simples, reasons)
    end = _end(draft, simples, reasons)
    _mark_profile(draft, simples, reasons, end)
    if 1 < end < len(body) and _names_poster(simples, end - 1):
        reasons[end - 1] = _BELOW
    _mark_captions(draft, simples, reasons, end)
    _mark_lists(draft, simples, reasons, end)
    kept: list[Span] = []
    noted = True  # notes in brackets right below the credits stay
    for index, line in enumerate(body):
        reason = reasons[index]
        if index >= end and reason is None:
            meta = meta_of(draft, line)
            if meta is not None and (meta.fields or meta.kept) and set(meta.fields) != {HeadField.DATE}:
                kept.append(line)
                continue
            noted = noted and draft.text[line.start] in _BRACKETED and draft.text[line.end - 1] in "）)】]〕"
            if not noted:
                reason = (
                    _LINKS
                    if _is_link(draft, line)
                    and (furniture.is_trailing_heading(simples[index]) or _linked(simples[index]))
                    else _BELOW
                )
        if reason is None:
            kept.append(_without_credit(draft, line, simples[index]))
        else:
            draft.drop(line, reason)
    draft.body = kept
