"""Titles: the first line, one that is known from elsewhere, or what stands behind `原标题：`."""

import re

from models.fold import simplify
from rag.articles.bylines import meta_line
from rag.articles.drafts import Draft, HeadLine
from rag.types import HeadField, Span

_LONGEST_TITLE = 60
_SHORTEST_TITLE = 2
_UNFINISHED = frozenset("。；，、：:;,…")
_ORIGINAL = re.compile(r"[（(【]?原标题\s*[:：]\s*")
_LINES_SEARCHED = 6


def same_words(one: str, other: str) -> bool:
    """Whether two titles are the same but for white space and script."""
    return "".join(simplify(one).split()) == "".join(simplify(other).split())


def title_like(draft: Draft, index: int) -> bool:
    """Whether a line could be a title: short, not a finished sentence, with something longer after it."""
    line = draft.body[index]
    text = line.of(draft.text)
    if (
        not _SHORTEST_TITLE <= len(line) <= _LONGEST_TITLE
        or text[-1] in _UNFINISHED
        or "。" in text
        or index + 1 >= len(draft.body)
    ):
        return False
    return any(len(later) > len(line) for later in draft.body[index + 1 : index + 1 + _LINES_SEARCHED])


def set_title(draft: Draft, span: Span) -> None:
    """Make `span` the title of the head."""
    span = draft.trimmed(span.start, span.end)
    draft.title = HeadLine([span], {HeadField.TITLE: span})


def _repeat(text: str) -> int:
    """Return how long the stretch is that `text` starts with twice in a row; 0 when it does not."""
    for length in range(8, min(_LONGEST_TITLE, len(text) // 2) + 1):
        if text.startswith(text[:length], length):
            return length
    return 0


def take_original_title(draft: Draft) -> None:
    """`原标题：X` names the title. Where X is glued to the text and nothing shows its end, X stays in the text."""
    for index, line in enumerate(draft.body[:3]):
        label = _ORIGINAL.match(draft.simple(line, 40))
        if label is None:
            continue
        draft.drop(Span(line.start, line.start + label.end()), "label of the title")
        rest = draft.trimmed(line.start + label.end(), line.end)
        alone = index + 1 < len(draft.body) and len(rest) <= _LONGEST_TITLE + 20 and "。" not in rest.of(draft.text)
        again = draft.text.find(
            draft.text[line.start : line.start + label.end()], rest.start, min(rest.end, rest.start + 80)
        )
        if alone:
            end = rest.end - (rest.of(draft.text)[-1:] in "）)】" and label.group()[0] in "（(【")
            draft.drop(Span(end, rest.end), "label of the title")
            title, after = draft.trimmed(rest.start, end), Span(rest.end, rest.end)
        elif again > rest.start:
            title = draft.trimmed(rest.start, again)
            after = Span(again + label.end(), rest.end)
            draft.drop(Span(again, after.start), "label of the title")
        elif length := _repeat(rest.of(draft.text)):
            title, after = Span(rest.start, rest.start + length), Span(rest.start + length, rest.end)
        else:
            draft.body[index : index + 1] = [rest] if len(rest) else []
            return
        after = without_repeat(draft, after, title.of(draft.text))
        if len(title) and draft.title is None:
            set_title(draft, title)
        else:
            draft.drop(title, "original title")
        draft.body[index : index + 1] = [after] if len(after) else []
        return


def without_repeat(draft: Draft, line: Span, title: str) -> Span:
    """Return `line` without the title that it repeats at its start."""
    line = draft.trimmed(line.start, line.end)
    if title and draft.text.startswith(title, line.start, line.end):
        draft.drop(Span(line.start, line.start + len(title)), "repeated title")
        return draft.trimmed(line.start + len(title), line.end)
    return line


def take_known_title(draft: Draft, known: str) -> None:
    """Find the title that is known from elsewhere among the first lines; short lines above it belong to the page."""
    for index, line in enumerate(draft.body[:10]):
        if len(line) <= len(known) + 12 and same_words(line.of(draft.text), known):
            above = draft.body[:index]
            if index + 1 < len(draft.body) and all(len(a) <= 30 and "。" not in a.of(draft.text) for a in above):
                set_title(draft, line)
                kept: list[Span] = []
                for other in above:
                    if meta_line(draft.simple(other), top=True) is not None:
                        kept.append(other)
                    else:
                        draft.drop(other, "page furniture")
                draft.body[: index + 1] = kept
            return
