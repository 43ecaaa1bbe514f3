"""The head of an article: finding its lines among the lines of the text, and taking them out of the body."""

import re
from collections.abc import Iterator

from rag.articles.bylines import (
    PlaceLine,
    bracketed_agency,
    bracketed_reporter,
    closing_byline,
    glued_place_line,
    is_caption,
    opening_place_line,
)
from rag.articles.drafts import Draft, HeadLine, meta_head_line, shifted
from rag.articles.labels import MetaLine, is_bare_name, is_bare_publisher, meta_line
from rag.articles.stamps import head_meta, is_account_name
from rag.articles.titles import set_title, take_original_title, title_like, without_repeat
from rag.types import HeadField, Span

_LONGEST_META = 120
_PLACE_WITHIN = 110  # a glued place line starts within so many characters of its line
END_WINDOW = 260  # characters at the end of a line in which something glued to it is looked for
_LONGEST_VALUE = 24
_CLOCK = re.compile(r"\d{1,2}[:：]\d{2}(?:[:：]\d{2})?")
_OPEN_LABEL = re.compile(r"(?:来源|作者|记者|编辑|发布机构|稿源)\s*[:：]$")
_OPENING, _CLOSING = frozenset("（(【[〔"), frozenset("）)】]〕")
_PAIR = re.compile(r"[㐀-鿿]{2,8}[:：]\s*[A-Za-z\d（(]*\S")
_BRACKETED = re.compile(r"[（(【\[]([^（）()【】\[\]]{2,60})[)）】\]]$")
_LABELLED = re.compile(
    r"(?:(?<=[。！？!?”」’』）)】\]\s])|^)\s*((?:责任编辑|责编|编辑|来源|稿源|作者|文字|校对|校审|审校|审核|监制)\s*[:：/\s].{2,60})$"
    r"|((?:责任编辑|责编)\s*[:：]\s*.{2,16})$"
)


def _place_head_line(place: PlaceLine, start: int) -> HeadLine:
    return HeadLine([shifted(place.span, start)], {name: shifted(span, start) for name, span in place.fields.items()})


def _take_place_line(draft: Draft, index: int, *, glued: HeadField | None) -> bool:
    """Move the place line that the line at `index` starts with into the head.

    With `glued`, one with words before it too: those are then that field (title or subtitle).
    """
    line = draft.body[index]
    simple = draft.simple(line)
    place = opening_place_line(simple)
    before: Span | None = None
    if place is None and glued is not None:
        place = glued_place_line(simple, _PLACE_WITHIN)
        if place is not None:
            before = draft.trimmed(line.start, line.start + place.span.start)
    if place is None:
        return False
    after = draft.trimmed(line.start + place.span.end, line.end)
    if not len(after) and index + 1 >= len(draft.body):
        return False
    if before is not None and len(before):
        stated = meta_line(draft.simple(before), top=True)
        if stated is not None:
            head_line = meta_head_line(draft, before, stated)
            draft.upper += [head_line] if head_line is not None else []
        elif glued is HeadField.TITLE:
            set_title(draft, before)
        else:
            draft.upper.append(HeadLine([before], {HeadField.SUBTITLE: before}))
    draft.upper.append(_place_head_line(place, line.start))
    draft.body[index : index + 1] = [after] if len(after) else []
    _take_meta_lines(draft, index, beside_place=bool(len(after)))
    return True


def _take_meta_lines(draft: Draft, index: int, *, beside_place: bool = False) -> bool:
    """Move the run of meta lines at `index` into the head; whether there was one.

    Words `beside_place`, on one line with a place line, are one only with a full date: `记者获悉` begins a sentence.
    """
    moved = False
    while index < len(draft.body) - 1 and len(draft.body[index]) <= _LONGEST_META:
        line = draft.body[index]
        simple = draft.simple(line)
        if moved and _CLOCK.fullmatch(simple):
            draft.drop(line, "time of day")
            del draft.body[index]
            continue
        if _OPEN_LABEL.search(simple) and (joined := _with_value(draft, index)) is not None:
            draft.body[index : index + 2] = [joined]
            line = joined
            simple = draft.simple(line)
        meta = meta_line(simple)
        if meta is None and opening_place_line(simple) is None:
            meta = head_meta(simple) if draft.title is not None else meta_line(simple, top=True)
        if meta is None and not beside_place and (name := _name_beside_date(draft, index)) is not None:
            draft.upper.append(HeadLine([line], {name: line}))
            del draft.body[index]
            moved = True
            continue
        if meta is None or (beside_place and HeadField.DATE not in meta.fields):
            break
        beside_place = False
        head_line = meta_head_line(draft, line, meta)
        if head_line is not None:
            draft.upper.append(head_line)
        del draft.body[index]
        moved = True
    return moved


def _with_value(draft: Draft, index: int) -> Span | None:
    """Return the line at `index`, which ends in a label, together with the next, where that is the label's value."""
    if index + 2 >= len(draft.body):
        return None
    line, value = draft.body[index : index + 2]
    if len(value) > _LONGEST_VALUE or meta_line(draft.simple(value)) is not None:
        return None
    whole = Span(line.start, value.end)
    meta = meta_line(draft.simple(whole))
    return whole if meta is not None and meta.fields else None


def _name_beside_date(draft: Draft, index: int) -> HeadField | None:
    """Return what the line at `index` names, when it is nothing but names between the title and a full date."""
    if draft.title is None or index + 2 >= len(draft.body):
        return None
    simple = draft.simple(draft.body[index])
    after = draft.body[index + 1]
    meta = head_meta(draft.simple(after)) if len(after) <= _LONGEST_META else None
    if meta is None or HeadField.DATE not in meta.fields:
        return None
    if is_bare_publisher(simple):
        return HeadField.SOURCE
    if is_bare_name(simple):
        return HeadField.AUTHOR
    # An account's name, where nothing else beside the date says who published it.
    return HeadField.SOURCE if index == 0 and is_account_name(simple) and set(meta.fields) == {HeadField.DATE} else None


def _take_index(draft: Draft) -> None:
    """Give the head what the index table says of source and date, where no line of the head says it."""
    heads = [*([draft.title] if draft.title else []), *draft.upper, *draft.lower]
    for name, value in draft.index.items():
        stated = any(name in line.fields and (name is not HeadField.SOURCE or line.labelled) for line in heads)
        if stated:
            draft.drop(value, "index table")
        else:
            draft.upper.append(HeadLine([value], {name: value}, labelled=True))


def _take_subtitle(draft: Draft) -> None:
    """Take one short line between the title and a place or date line as the subtitle.

    Without such a line after it, it may as well be the first heading of the body and stays there.
    """
    if draft.title is None or len(draft.body) < 2 or not title_like(draft, 0):
        return
    line, following = draft.body[:2]
    if is_caption(draft.simple(line)):
        return
    simple = draft.simple(following)
    stated = len(following) <= _LONGEST_META and head_meta(simple) is not None
    if stated or opening_place_line(simple) or draft.text.startswith(("—", "──"), line.start):
        draft.upper.append(HeadLine([line], {HeadField.SUBTITLE: line}))
        draft.body.pop(0)
        _take_meta_lines(draft, 0)


def take_head(draft: Draft, known_title: str | None) -> None:
    """Move title, subtitle, place line, date-and-source line from the top of the body into the head."""
    _take_head_lines(draft, known_title)
    _take_index(draft)
    if draft.body:
        agency = bracketed_agency(draft.simple(draft.body[0], 80))
        draft.house = shifted(agency, draft.body[0].start) if agency is not None else None
        reporter = bracketed_reporter(draft.simple(draft.body[0], 80))
        draft.reporter = shifted(reporter, draft.body[0].start) if reporter is not None else None


def _take_head_lines(draft: Draft, known_title: str | None) -> None:
    take_original_title(draft)
    if _take_meta_lines(draft, 0):
        take_original_title(draft)
        _take_meta_lines(draft, 0)
    if draft.body and draft.title is not None:
        draft.body[0] = without_repeat(draft, draft.body[0], draft.title_text)
        draft.body = [line for line in draft.body if len(line)]
    if not draft.body or _take_place_line(draft, 0, glued=None):
        return
    if draft.title is None and not known_title:
        if title_like(draft, 0):
            set_title(draft, draft.body.pop(0))
            _take_meta_lines(draft, 0)
        elif _take_place_line(draft, 0, glued=HeadField.TITLE):
            return
        elif len(_PAIR.findall(draft.simple(draft.body[0]))) > 1 and len(draft.body) > 2 and title_like(draft, 1):
            set_title(draft, draft.body.pop(1))  # below the codes of a notice: `证券代码：… 公告编号：…`
    if not draft.body or _take_place_line(draft, 0, glued=None):
        return
    _take_subtitle(draft)
    if draft.body:
        _take_place_line(draft, 0, glued=HeadField.SUBTITLE if draft.title is not None else None)


def _credits(draft: Draft, line: Span) -> Iterator[tuple[Span, Span, MetaLine]]:
    """Yield (stretch to cut, its inner part, what it states) for credits glued to the end of a line."""
    start = max(line.start, line.end - END_WINDOW)
    tail = draft.simplified(start, line.end)
    for pattern in (_BRACKETED, _LABELLED):
        match = pattern.search(tail)
        if match is None:
            continue
        group = 1 if match[1] is not None else 2
        meta = meta_line(match[group])
        if meta is not None and meta.kept and set(meta.fields) != {HeadField.DATE}:
            yield Span(start + match.start(), line.end), Span(*(start + at for at in match.span(group))), meta
            return


def _is_note(draft: Draft, line: Span) -> bool:
    """Whether a whole line is one pair of brackets that holds no credit: `（内容有删节）`."""
    text = line.of(draft.text)
    simple = draft.simple(line)
    if len(text) > _LONGEST_META or text[0] not in _OPENING or meta_line(simple) or _closing(simple):
        return False
    depth = 0
    for at, char in enumerate(text):
        depth += (char in _OPENING) - (char in _CLOSING)
        if depth == 0:
            return at == len(text) - 1
    return False


def _last_line(draft: Draft) -> int:
    """Return the index of the last line that is no note in brackets; notes may stand below the credits."""
    index = len(draft.body) - 1
    while index > 0 and _is_note(draft, draft.body[index]):
        index -= 1
    return index


def _closing(simple: str) -> MetaLine | None:
    names = closing_byline(simple)
    if names is None or not is_bare_name(names.of(simple).split()[0]):
        return None
    inner = Span(1, len(simple) - 1) if simple[0] in _OPENING else Span(0, len(simple))
    return MetaLine((inner,), (), {HeadField.AUTHOR: names})


def take_tail(draft: Draft) -> None:
    """Move editor and source lines from the end of the body into the head; notes in brackets below them stay.

    A date alone stays: notices are signed with one.
    """
    while (index := _last_line(draft)) > 0 and len(draft.body[index]) <= _LONGEST_META:
        line = draft.body[index]
        meta = meta_line(draft.simple(line))
        if meta is None or not meta.fields:
            meta = _closing(draft.simple(line)) or meta
        if meta is None or set(meta.fields) == {HeadField.DATE}:
            break
        if meta.posted:  # the beginning of a reply
            draft.drop(line, "below the article")
            del draft.body[index]
            continue
        head_line = meta_head_line(draft, line, meta)
        if head_line is not None:
            draft.lower.insert(0, head_line)
        del draft.body[index]


def take_glued_tail(draft: Draft) -> bool:
    """Move one credit that is glued to the last line (notes in brackets aside) into the head; whether there was one."""
    if not draft.body:
        return False
    return _take_glued(draft, len(draft.body) - 1) or _take_glued(draft, _last_line(draft))


def _take_glued(draft: Draft, index: int) -> bool:
    line = draft.body[index]
    for cut, inner, meta in _credits(draft, line):
        rest = draft.trimmed(line.start, cut.start)
        if not len(rest):
            return False
        draft.drop(Span(cut.start, inner.start), "brackets")
        draft.drop(Span(inner.end, cut.end), "brackets")
        head_line = meta_head_line(draft, inner, meta)
        if head_line is not None:
            draft.lower.insert(0, head_line)
        draft.body[index] = rest
        return True
    return False
