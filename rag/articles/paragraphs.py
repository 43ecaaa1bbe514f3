"""What a line is by its shape: a paragraph of the body, or a line of labels."""

from rag.articles import furniture
from rag.articles.drafts import Draft
from rag.articles.labels import MetaLine, meta_line
from rag.articles.stamps import head_meta
from rag.types import Span

_TOP = 90  # lines looked at for the article's beginning
_PARAGRAPH = 60  # a line as long as this is no row of a menu
_SHORT_LINE = 120
_LISTED = 45  # a line below a heading like "related news" is a link, when it is no longer than this and no sentence
_FINAL = frozenset("。！？!?”」』…；;：:")


def has_sentence(draft: Draft, line: Span) -> bool:
    """Whether a line could be a paragraph of the body: a finished sentence, or long."""
    text = draft.text
    return len(line) >= _PARAGRAPH or "。" in line.of(text) or (text[line.end - 1] in _FINAL and len(line) > _LISTED)


def first_paragraph(draft: Draft) -> int:
    """Return the index of the first line that is a paragraph and not furniture; that of the last, if none is."""
    for index, line in enumerate(draft.body[:_TOP]):
        if not has_sentence(draft, line):
            continue
        simple = draft.simple(line)
        if (
            furniture.whole_line(simple) is None
            and not furniture.is_menu(simple)
            and meta_of(draft, line, top=True) is None
        ):
            return index
    return min(len(draft.body), _TOP) - 1


def meta_of(draft: Draft, line: Span, *, top: bool = False) -> MetaLine | None:
    """Return what a line states, when it is one of labels and not too long."""
    if len(line) > _SHORT_LINE:
        return None
    return head_meta(draft.simple(line)) if top else meta_line(draft.simple(line))
