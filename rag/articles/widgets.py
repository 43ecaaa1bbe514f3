"""Boxes that a site sets into the body of an article: live tables with links to rankings, offers to subscribe.

A table of the article's own stays: it says nothing of being refreshed, and no button stands beside it.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from models.fold import simplify
from rag.articles.blocks import Element, words
from rag.articles.page_lines import Line

BOXES = words("div table tbody tr td section fieldset blockquote ul dl figure")
_HIGHEST = 5  # levels above a line's own block
_LIVE_SHARE, _OFFER_SHARE = 0.4, 0.25  # of the body
_LONGEST_HEAD, _LONGEST_OFFER, _LONGEST_PARAGRAPH = 80, 300, 60  # characters
_MOSTLY = 0.5
_MOST_LIVE = 20  # tables looked at
_REFRESHED = re.compile(
    r"每隔?\s*\d*\s*(?:秒|分钟?)\s*(?:自动)?(?:更新|刷新)|自动(?:更新|刷新)|(?:实时|即时|动态|滚动)(?:更新|刷新)|点击?刷新|(?:行情|数据|报价)延[迟时]"
)
_LIVE = re.compile(r"实时|即时|直播|最新(?:行情|报价|比分|排名)")
_RANKING = re.compile(
    r"^\W*(?:刷新|(?:查看|点击|进入)?(?:完整|全部|更多|详细|历史).{0,4}(?:榜单?|行情|数据|排名|排行|赛程|比分|报价|走势|指数|名单)|行情中心|.{2,4}榜)\W*$"
)
_OFFERS = re.compile(r"订[阅户]|登[录入]|会员|注册|解锁|赞助|捐[款助]|试读")
_ASKS = re.compile(r"订[阅户]|会员|赞助|捐[款助]|支持|试读|解锁|全文|电子报")


def holders(block: Element, limits: Sequence[Element]) -> list[Element]:
    """Return the elements from `block` up to the body that holds it, at most a few."""
    path: list[Element] = []
    element: Element | None = block
    while element is not None and element not in limits and len(path) < _HIGHEST:
        path.append(element)
        element = element.parent
    return path


def _inside(lines: Sequence[Line], box: Element) -> Sequence[Line]:
    return lines[bisect_left(lines, box.start, key=_start) : bisect_left(lines, box.end, key=_start)]


def _start(line: Line) -> int:
    return line.start


def _is_paragraph(line: Line) -> bool:
    return not line.row and len(line.text) >= _LONGEST_PARAGRAPH and "。" in line.text


def _pieces(line: Line) -> list[str]:
    """Return a line's words as its inline elements set them apart, in Simplified script."""
    simple = simplify(line.text)
    edges = [0, *line.cuts, len(simple)]
    return [simple[start:end].strip() for start, end in pairwise(edges)]


def says_live(simple: str) -> bool:
    """Whether a short line, in Simplified script, says of what stands below it that the page keeps it up to date."""
    return len(simple) <= _LONGEST_HEAD and "。" not in simple and _REFRESHED.search(simple) is not None


def _is_live(line: Line) -> bool:
    """Whether a line heads a table that the page keeps up to date: it says so, or has a button to its ranking."""
    if line.row or len(line.text) > _LONGEST_HEAD or "。" in line.text:
        return False
    simple = simplify(line.text)
    if says_live(simple):
        return True
    return any(map(_RANKING.match, _pieces(line))) and (line.linked > 0 or _LIVE.search(simple) is not None)


def _live_table(lines: Sequence[Line], at: int, elements: Sequence[Element], most: float) -> Sequence[Line]:
    """Return the lines of the live table that the line at `at` heads: its box, or the rows right below it."""
    for box in holders(lines[at].block, elements):
        if box.tag not in BOXES or not len("".join(lines[at].text.split())) < box.size <= most:
            continue
        held = _inside(lines, box)
        if any(map(_is_paragraph, held)):
            break
        if any(line.row for line in held):
            return held
    end = at + 1
    while end < len(lines) and lines[end].row:
        end += 1
    found = lines[at:end] if end > at + 1 else ()
    return found if sum(len(line.text) for line in found) <= most else ()


def _is_offer(held: Sequence[Line]) -> bool:
    """Whether a box asks readers to subscribe or to log in: a button says it, and the words beside it do."""
    buttons = [line for line in held if line.linked >= _MOSTLY * len(line.text)]
    words_beside = [line for line in held if line not in buttons]
    return (
        any(_OFFERS.search(simplify(line.text)) for line in buttons)
        and bool(words_beside)
        and any(_ASKS.search(simplify(line.text)) for line in words_beside)
        and not any(line.row for line in held)
    )


def _offer(lines: Sequence[Line], at: int, elements: Sequence[Element], most: float) -> Sequence[Line]:
    """Return the lines of the box in which the button at `at` stands, where all of it is an offer."""
    found: Sequence[Line] = ()
    for box in holders(lines[at].block, elements):
        if box.tag in BOXES and box.size <= min(most, _LONGEST_OFFER):
            held = _inside(lines, box)
            found = held if _is_offer(held) else found
    return found


def widgets(lines: Sequence[Line], elements: Sequence[Element]) -> dict[int, str]:
    """Return where the lines of such boxes start, each with the reason why it is left out."""
    return dict(_widgets(lines, elements))


def _widgets(lines: Sequence[Line], elements: Sequence[Element]) -> Iterator[tuple[int, str]]:
    whole = sum(element.size for element in elements)
    live = 0
    for at, line in enumerate(lines):
        if live < _MOST_LIVE and _is_live(line):
            live += 1
            yield from ((one.start, "live table") for one in _live_table(lines, at, elements, _LIVE_SHARE * whole))
        elif line.linked >= _MOSTLY * len(line.text) and _OFFERS.search(simplify(line.text)):
            yield from ((one.start, "plea to the readers") for one in _offer(lines, at, elements, _OFFER_SHARE * whole))
