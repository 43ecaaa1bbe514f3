"""Which of a page's lines are the article's: those of its body, without what in there is not body."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from models.fold import simplify
from rag.articles import pleas
from rag.articles.blocks import Element, Page
from rag.articles.inside import prune
from rag.articles.page_lines import Line
from rag.articles.standing import Chooser

_NOTE = 160  # characters; longer lines are not looked at for furniture


@dataclass(frozen=True, slots=True)
class Content:
    """The lines of a page's body, the lines around it, and the lines in it that are no body, each with the reason."""

    elements: tuple[Element, ...]
    lines: tuple[Line, ...]
    above: tuple[Line, ...]
    below: tuple[Line, ...]
    dropped: tuple[tuple[Line, str], ...]


def find_content(page: Page, lines: Sequence[Line], title: Element | None) -> Content:
    """Return what of `lines`, the lines of the whole page, is the body."""
    elements = Chooser(page, lines, title).choose()
    starts = [element.start for element in elements]
    inside = [
        at >= 0 and line.start < elements[at].end for line in lines for at in (bisect_right(starts, line.start) - 1,)
    ]
    first = inside.index(True) if True in inside else len(lines)
    last = len(lines) - 1 - inside[::-1].index(True) if True in inside else -1
    held = [line for line, within in zip(lines, inside, strict=True) if within]
    mailed = any(pleas.is_mailed(simplify(line.text)) for line in lines if len(line.text) <= _NOTE)
    kept, dropped = prune(held, elements, mailed=mailed)
    between = [line for n, line in enumerate(lines) if first < n < last and not inside[n]]
    largest = max(elements, key=lambda element: element.size)
    over = [line for line in between if line.start < largest.start]  # below a first paragraph that stands apart
    return Content(
        tuple(elements),
        tuple(kept),
        (*lines[:first], *over),
        tuple(lines[last + 1 :]) if last >= 0 else (),
        (*dropped, *((line, "page furniture") for line in between)),
    )
