"""Where the article begins: its title among the first lines, and the page's lines above and below the title."""

import re
from collections.abc import Sequence

from models.fold import fold_text
from rag.articles import furniture, issues, pleas
from rag.articles.drafts import Draft
from rag.articles.guessing import guess_title, reason_above
from rag.articles.paragraphs import first_paragraph, meta_of
from rag.articles.titles import (
    broken_title,
    decoration,
    is_site_title,
    set_title_lines,
    title_like,
    title_variants,
)
from rag.types import HeadField, Span

_PARAGRAPH = 60  # a line as long as this is no row of a menu
_ABOVE = "page furniture"
_FEWEST_SEARCHED = 10  # lines, where the first paragraph stands higher
_LONGEST_TITLE = 120
_FEWEST_LINES = 3
_FEWEST_SHARED = 8  # characters
_SIZE = re.compile(r"[特超]?[大中小]|[小大中]号|A[+-]?|T|·|关注")
_MORE = re.compile(r"[^。，]{2,12}\s*[>›»＞]+|\d{3,7}")
_LONGEST_SIGN = 12
_CAPITALS = re.compile(r"[A-Z]{3,}(?: [A-Z]+)*")
_ACCOUNT = re.compile(r"^原创(?!稿)[^。，]{2,24}$")


def _find_known(draft: Draft, known: str, end: int, *, exact: bool) -> tuple[list[Span], int] | None:
    """Return the lines that are the title known from elsewhere, and the index of the first; None where none is."""
    wanted = [fold_text(variant) for variant in ((known,) if exact else title_variants(known))]
    shown = [line.of(draft.text) if len(line) <= _LONGEST_TITLE else "" for line in draft.body[:end]]
    bare = [fold_text(text if exact else text[slice(*decoration(text))]) for text in shown]
    for words in wanted:
        for index, own in enumerate(bare):
            if own and own == words and not (len(words) < 8 and furniture.is_channel(own)):
                return [draft.body[index]], index
        for index, own in enumerate(bare):
            joined = own
            for more in range(index + 1, min(index + 3, len(bare))):
                joined += bare[more]
                if own and bare[more] and joined == words:
                    return draft.body[index : more + 1], index
    return None


def _without_category(draft: Draft, lines: Sequence[Span]) -> list[Span]:
    """Return the lines of a title without a forum's category before it and a button behind it."""
    whole = draft.text[lines[0].start : lines[-1].end]
    start, end = decoration(whole)
    first = Span(lines[0].start + start, lines[0].end)
    draft.drop(Span(lines[0].start, first.start), _ABOVE)
    kept = [first, *lines[1:]]
    kept[-1] = Span(kept[-1].start, lines[0].start + end)
    draft.drop(Span(kept[-1].end, lines[-1].end), _ABOVE)
    return kept


def _drop_over(draft: Draft, count: int) -> None:
    """Drop the first `count` lines; what they say of date and source stays, where no line below the title says it."""
    below = any(
        meta is not None and HeadField.DATE in meta.fields
        for meta in (meta_of(draft, line, top=True) for line in draft.body[count : count + 12])
    )
    kept: list[Span] = []
    for line in draft.body[:count]:
        simple = draft.simple(line)
        why = reason_above(simple)
        meta = None if why in {"day and weather", "menu"} else meta_of(draft, line, top=True)
        if meta is not None and meta.fields and not below:
            kept.append(line)
        else:
            if issues.is_issue_line(simple):
                _note_issue(draft, line)
            draft.drop(line, "site name" if why is None and furniture.is_site_name(simple) else why or _ABOVE)
    draft.body[:count] = kept


def drop_above(draft: Draft, known: str | None, *, exact: bool) -> None:
    """Find the title and drop what the page has above it.

    `known` is the title from elsewhere; unless `exact`, names of site and channel may stand around it.
    """
    if known and not exact and is_site_title(known):
        known = None
    end = first_paragraph(draft)
    if not (known and _take_known(draft, known, end, exact=exact)) and end > 0 and not (known and exact):
        _take_guess(draft, known, end)
    _join_title(draft)
    _drop_between(draft)


def _join_title(draft: Draft) -> None:
    """Put the second line of an official paper's title to its first."""
    if draft.title is None:
        for at in range(min(_FEWEST_LINES, len(draft.body) - 2)):
            lines = draft.body[at : at + 2]
            first, after = map(draft.simple, lines)
            if "。" in first or len(first) > _PARAGRAPH:
                break
            if title_like(draft, at) and broken_title(first, after) and lines[0].end < lines[1].start:
                set_title_lines(draft, lines, _unbroken(draft, lines))
                del draft.body[at : at + 2]
                break
    elif draft.title is not None and len(draft.title.parts) == 1 and isinstance(draft.title.parts[0], Span):
        lines = [draft.title.parts[0], *draft.body[:1]]
        if len(lines) > 1 and lines[0].end < lines[1].start and broken_title(*map(draft.simple, lines)):
            set_title_lines(draft, lines, _unbroken(draft, lines))
            del draft.body[0]


def _unbroken(draft: Draft, lines: Sequence[Span]) -> str:
    return "".join(line.of(draft.text) for line in lines)


def _take_known(draft: Draft, known: str, end: int, *, exact: bool) -> bool:
    """Take the title that is known from elsewhere out of the lines; whether it stands there."""
    found = _find_known(draft, known, max(end, min(len(draft.body) - 1, _FEWEST_SEARCHED)), exact=exact)
    if found is None:
        return False
    lines, index = found
    alone = index + len(lines) == len(draft.body)
    if alone or any("。" in line.of(draft.text) for line in draft.body[:index]):
        return False
    set_title_lines(draft, lines if exact else _without_category(draft, lines), known)
    del draft.body[index : index + len(lines)]
    _drop_over(draft, index)
    return True


def _take_guess(draft: Draft, known: str | None, end: int) -> None:
    """Take the line that must be the title by where it stands; a known title is its better unless both share words."""
    guess, proven = guess_title(draft, end)
    if guess is None:
        return
    above = draft.body[:guess]
    reasons = [reason_above(draft.simple(line)) for line in above]
    if not all(reason or len(line) <= _PARAGRAPH for reason, line in zip(reasons, above, strict=True)):
        return
    if not proven and not all(
        reason or meta_of(draft, line, top=True) for reason, line in zip(reasons, above, strict=True)
    ):
        return
    if known is None or _shares_words(draft.body[guess].of(draft.text), known):
        set_title_lines(draft, _without_category(draft, [draft.body.pop(guess)]))
    _drop_over(draft, guess)


def _shares_words(line: str, known: str) -> bool:
    """Whether a line and a title from elsewhere are two writings of one headline: one cut short, or with words more."""
    one, other = fold_text(line), fold_text(known).rstrip(".…")
    return len(one) >= _FEWEST_SHARED and (
        one in other or other in one or one[:_FEWEST_SHARED] == other[:_FEWEST_SHARED]
    )


def _drop_between(draft: Draft) -> None:
    """Drop the page's lines between title and first paragraph: buttons, a repeated title, the account's by-line."""
    end = first_paragraph(draft) if draft.body else 0
    mailed = any(pleas.is_mailed(draft.simple(line)) for line in (*draft.body[:3], *draft.body[-6:]))
    title = fold_text(draft.title_text) if draft.title is not None else None
    kept: list[Span] = []
    lines = _joined_accounts(draft, draft.body[:end])
    sign = _sign(draft, lines)
    for index, line in enumerate(lines):
        simple = draft.simple(line)
        reason = furniture.whole_line(simple)
        if reason is None and (furniture.is_breadcrumb(simple) or furniture.is_today(simple)):
            reason = "breadcrumb" if furniture.is_breadcrumb(simple) else "day and weather"
        buttons = furniture.is_menu(simple) or furniture.is_tools(simple) or _MORE.fullmatch(simple)
        if (
            reason is None
            and buttons
            and draft.title is not None
            and not ((meta := meta_of(draft, line)) and meta.fields)
        ):
            reason = _ABOVE
        if (
            reason is None
            and title is not None
            and (own := fold_text(line.of(draft.text)))
            and len(own) >= 8
            and title.startswith(own)
        ):
            reason = "repeated title"
        if (
            reason is None
            and title is not None
            and _ACCOUNT.match(simple)
            and index < 2
            and meta_of(draft, line, top=True) is None
        ):
            reason = "name of the account"
        if reason in {"breadcrumb", "day and weather"} and meta_of(draft, line, top=True) is not None:
            reason = None
        if reason is None:
            reason = _of_the_page(draft, line, mailed=mailed, titled=title is not None)
        if reason is None and index in sign and draft.title is not None:
            reason = "words of a picture"
        if reason is None:
            kept.append(line)
        else:
            draft.drop(line, reason)
    draft.body[:end] = kept


def _sign(draft: Draft, lines: Sequence[Span]) -> range:
    """Return the lines right above the first paragraph that are the words in a picture: very short, in several scripts.

    A warning's sign is copied along so, letter by letter: `暴雨`, `橙`, `RAIN STORM`.
    """
    start = len(lines)
    while start and len(lines[start - 1]) <= _LONGEST_SIGN and draft.text[lines[start - 1].end - 1].isalnum():
        start -= 1
    words = [draft.simple(line) for line in lines[start:]]
    signed = any(_CAPITALS.fullmatch(word) for word in words) and any(len(word) == 1 for word in words)
    return range(start, len(lines)) if signed else range(0)


def _joined_accounts(draft: Draft, lines: Sequence[Span]) -> list[Span]:
    """Put the line of a public account (`原创 李明 某城观察`) and the line of the date below it together, as one."""
    joined: list[Span] = []
    for line in lines:
        if joined and _ACCOUNT.match(draft.simple(joined[-1])):
            both = Span(joined[-1].start, line.end)
            meta = meta_of(draft, both)
            if meta is not None and HeadField.SOURCE in meta.fields:
                joined[-1] = both
                continue
        joined.append(line)
    return joined


def _of_the_page(draft: Draft, line: Span, *, mailed: bool, titled: bool) -> str | None:
    """Return why a short line below the title is the page's: sizes of letters, an issue's number, a greeting."""
    simple = draft.simple(line)
    if titled and (_SIZE.fullmatch(simple) or not any(map(str.isalnum, simple))):
        return _ABOVE
    if issues.is_issue_line(simple) and meta_of(draft, line, top=True) is None:
        _note_issue(draft, line)
        return "number of the issue"
    return "plea to the readers" if mailed and (pleas.is_plea(simple) or pleas.is_salutation(simple)) else None


def _note_issue(draft: Draft, line: Span) -> None:
    """Keep the name of the newsletter that a line numbers."""
    name = issues.issue_name(draft.simple(line))
    if name is not None and draft.issue is None:
        draft.issue = Span(line.start + name.start, line.start + name.end)
