"""What of a page's lines inside and below the body goes: pleas, profiles, captions, links, buttons, comments."""

import re
from collections.abc import Sequence

from rag.articles import furniture, pleas
from rag.articles.drafts import Draft
from rag.articles.endings import end_of_article, is_link, is_listed, list_length
from rag.articles.naming import NAME
from rag.articles.paragraphs import meta_of
from rag.articles.titles import has_original_label
from rag.articles.widgets import says_live
from rag.types import HeadField, Span

_SHORT_LINE = 120
_FEWEST_LINKS = 2
_LINKS = "links to other articles"
_BELOW = "below the article"
_ABOVE = "page furniture"
_PHOTOGRAPHER = re.compile(rf"(?:记者|[。\s])\s*(?P<name>{NAME})\s*摄影?\s*[)）]?$")
_BRACKETED = frozenset("（(【[〔")
_ORIGINAL_WITHIN = 3  # lines at the top, where it names the title
_CAPTION_SHARE = 0.3
_LONGEST_NAME = 16
_POSTED = re.compile(r"»|发表于|发布于|楼主")
_TOP_LINES = 4  # among which a mailing greets its readers
_LATE = 0.55  # of the text stands before a plea below the article
_LONGEST_PROFILE, _PROFILE_SHARE = 6, 0.6  # lines; of the paragraphs above it
_HEADLINE = 10  # characters; a shorter line may be a heading of the body
_GALLERY_SHARE = 0.4
_FEWEST_CELLS, _LONGEST_BUTTON = 3, 40
_LABELLED_CAPTION = re.compile(r"^\W*图\s*[:：丨|]\s*[^。：:]{4,50}。?$")  # `图：李明在查看稻穗。`


def _reason(draft: Draft, index: int, simple: str) -> str | None:
    """Return why a line is the page's by its words alone."""
    line = draft.body[index]
    near_end = index >= len(draft.body) - 4
    if len(line) > _SHORT_LINE and not near_end and len(simple) > 720:
        return None
    if index == 0 and len(draft.body) == 1 and len(line) > _SHORT_LINE:
        return None if len(line) > 260 else furniture.whole_line(simple)
    if index >= _ORIGINAL_WITHIN and len(simple) <= _SHORT_LINE and has_original_label(simple):
        return "original title"
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


def _is_caption(simple: str) -> bool:
    return furniture.is_caption(simple) or _LABELLED_CAPTION.match(simple) is not None


def _mark_captions(draft: Draft, simples: Sequence[str], reasons: list[str | None], end: int) -> None:
    """Mark the captions of single pictures; where captions are the report, they stay."""
    found = [at for at in range(end) if reasons[at] is None and _is_caption(simples[at])]
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
            length = list_length(draft, at, simples)
            links = range(at + 1, min(at + 1 + length, end))
            listed = [i for i in links if is_listed(simples[i])]
            if len(listed) < len(links):
                listed = _bare_links(draft, simples, links) if furniture.heads_links(simples[at]) else []
            if len(listed) >= _FEWEST_LINKS:
                for i in (at, *listed):
                    reasons[i] = _LINKS
    for at in range(1, end):
        beside = (at and reasons[at - 1] is not None) or (at + 1 < len(reasons) and reasons[at + 1] is not None)
        if reasons[at] is None and furniture.is_tools(simples[at]) and beside:
            reasons[at] = _ABOVE


def _mark_live(draft: Draft, simples: Sequence[str], reasons: list[str | None], end: int) -> None:
    """Mark the tables that the page keeps up to date: the line that says so, the rows below it, a button below them."""
    for at in range(1, end):
        if reasons[at] is None and says_live(simples[at]):
            after = at + 1
            while after < end and _is_row(draft.body[after].of(draft.text)):
                after += 1
            if after - at > _FEWEST_LINKS:
                after += after < end and len(draft.body[after]) <= _LONGEST_BUTTON and simples[after][-1] in ">›»→"
                reasons[at:after] = ["live table"] * (after - at)


def _is_row(text: str) -> bool:
    cells = text.split()
    return len(text) <= _SHORT_LINE and len(cells) >= _FEWEST_CELLS and not any(mark in text for mark in "。，；")


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
    end = end_of_article(draft, simples, reasons)
    _mark_profile(draft, simples, reasons, end)
    if 1 < end < len(body) and _names_poster(simples, end - 1):
        reasons[end - 1] = _BELOW
    _mark_captions(draft, simples, reasons, end)
    _mark_lists(draft, simples, reasons, end)
    _mark_live(draft, simples, reasons, end)
    kept: list[Span] = []
    noted = True  # notes in brackets right below the credits stay
    for index, line in enumerate(body):
        reason = reasons[index]
        if index >= end and reason is None:
            meta = meta_of(draft, line)
            if (
                meta is not None
                and (meta.fields or meta.kept)
                and set(meta.fields) != {HeadField.DATE}
                and not meta.posted
            ):
                kept.append(line)
                continue
            noted = (
                noted
                and not furniture.is_trailing_heading(simples[index])
                and draft.text[line.start] in _BRACKETED
                and draft.text[line.end - 1] in "）)】]〕"
            )
            if not noted:
                reason = (
                    _LINKS
                    if is_link(draft, line)
                    and (furniture.is_trailing_heading(simples[index]) or is_listed(simples[index]))
                    else _BELOW
                )
        if reason is None:
            kept.append(_without_credit(draft, line, simples[index]))
        else:
            draft.drop(line, reason)
    draft.body = kept
