"""Where a page's body stands, told by where its sentences are, by its links, and where those do not tell by names.

From the root downwards, the child that holds at least half of what reads like body is gone into; what reads like a menu
(links) or like furniture counts against a child. Names that page systems give to bodies help where no child holds half.
Then come the neighbours over which a page spread its body.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from models.fold import simplify
from rag.articles import furniture
from rag.articles.blocks import Element, Page, words
from rag.articles.page_lines import Line, shown_text
from rag.articles.page_names import is_strong

_MARKS = "，。；！？,"
_SHARE = 0.5  # of the body that a child holds which is gone into
_LIST_SHARE = 0.9  # the same for elements that mostly are a part of a body
_NAMED_SHARE = 0.3  # the same for a child with the name of a body
_PARAGRAPHS = words("p h1 h2 h3 h4 h5 h6 pre figure ul ol dl li dd dt blockquote font b strong span")
_HEADINGS = words("h1 h2 h3 h4 h5 h6")
_NOTE = 160  # characters; longer lines are not looked at for furniture
_LEAST_PART = 50  # characters of body in a neighbour that is a part of it
_NEAR = 3  # levels
_LEVELS = 5000
_LINK_COST = 3  # bodies hold few lines that are links
_MOSTLY = 0.6
_LARGE = 100  # characters of body
_PURE = 0.9
_SUMMARY = re.compile(r"abstract|summary|zhaiyao|daodu|digest|zy\b|hexin|tishi|sub-?head|standfirst", re.IGNORECASE)
_SUMMARY_WORDS = re.compile(
    r"\W{0,2}(?:核心提示|内容提要|内容摘要|(?:AI|智能|一键|机器)\s*(?:摘要|速读|总结|解读)|摘\s*要|导\s*[读语]|提\s*要|编者按)"
)
_REPLY = re.compile(
    r"^(?:回复|举报|赞|顶|踩|沙发|板凳|地板|楼主)\W*\d*\W*$|^(?:\d+\s*[楼#]|只看该作者|作者回复|发表于|\S{1,12}\s*(?:说道\s*[:：]?$|发表于))|\s回复\W*\d*\W*$"
)
_POST = re.compile(
    r"(?:^|\s)(?:postmessage_\d+|t_f|t_msgfont|d_post_content|read-message|tpc_content|post-message|topic_content)(?=\s|$)"
)
_NOTICE = re.compile(
    r"(?:免责|版权|特别|平台|郑重)?声明\s*[:：]|未经(?:本网|授权|许可|书面)|版权(?:均|所有|归)|转载(?:请|自|目的)|不代表本[站网报]|信息存储空间?服务"
    r"|ICP[备证]|公网安备|违法和?不良信息|举报(?:电话|邮箱)|许可证|All\s*Rights\s*Reserved|Copyright|©|跟[帖贴]|登录后|浏览器版本",
    re.IGNORECASE,
)
_LONGEST_LEAD = 24


@dataclass(slots=True)
class _Tally:
    """Of an element: characters that read like body, and what speaks for and against it as a whole.

    In something small, what reads like a menu counts against what reads like body beside it: a card of a headline and
    two lines is no body. What is large may hold menus.
    """

    body: float = 0
    gain: float = 0
    loss: float = 0
    lines: int = 0

    @property
    def net(self) -> float:
        """What speaks for the element, less what speaks against it."""
        return self.gain if self.body >= _LARGE else self.gain - self.loss

    def add(self, body: float, net: float, lines: int) -> None:
        """Take in a line or an element inside."""
        self.body += body
        self.gain += max(0, net)
        self.loss += max(0, -net)
        self.lines += lines


def line_reason(line: Line) -> str | None:
    """Why a line is the page's and not the article's by its words; None where they do not say."""
    if len(line.text) > _NOTE:
        return None
    simple = simplify(line.text)
    if furniture.is_breadcrumb(simple):
        return "breadcrumb"
    reason = furniture.whole_line(simple)
    if reason is None and furniture.is_trailing_heading(simple):
        return "links to other articles"
    return reason


def _value(line: Line) -> tuple[float, float]:
    size = len(line.text)
    if 2 * line.linked >= size:
        return 0, -_LINK_COST * line.linked
    plain = size - line.linked
    marks = sum(map(line.text.count, _MARKS))
    if line.row:
        return plain / 2, plain / 2
    if not marks or plain < 8:
        return 0, -2
    if _NOTICE.search(line.text) or _REPLY.search(line.text) or (size <= _LONGEST_LEAD and line_reason(line)):
        return 0, -size
    return plain, plain


def _sums_up(element: Element) -> bool:
    """Whether an element is a summary, a table of data or a picture, which stand above bodies and are no part."""
    return (
        element.tag in {"table", "figure"}
        or _SUMMARY.search(element.names) is not None
        or _SUMMARY_WORDS.match(shown_text(element, 40)) is not None
    )


class Chooser:
    """Finds the elements that hold the body of one page."""

    def __init__(self, page: Page, lines: Sequence[Line], title: Element | None) -> None:
        self.page = page
        self.title = title
        self._tallies: dict[int, _Tally] = {}
        for line in lines:
            self._tallies.setdefault(id(line.block), _Tally()).add(*_value(line), 1)
        for element in reversed(page.elements):
            tally = self._tallies.get(id(element))
            if tally is not None and element.parent is not None:
                above = self._tallies.setdefault(id(element.parent), _Tally())
                above.add(tally.body, tally.net, tally.lines)

    def of(self, element: Element) -> _Tally:
        """Return what speaks for and against an element."""
        return self._tallies.get(id(element)) or _NOTHING

    def choose(self) -> list[Element]:
        """Return the elements that hold the body, in order; the root where no other stands out."""
        post = self._first_post()
        if post is not None:
            return [post]
        stop = self._descend()
        named = self._named(stop)
        return self._with_neighbours(named or stop)

    def _first_post(self) -> Element | None:
        posts = [e for e in self.page.elements if e.reason is None and e.attributes and _POST.search(e.names)]
        return next((post for post in posts if self.of(post).body >= 20), None)

    def _children(self, element: Element) -> list[Element]:
        found = [c for c in element.children if isinstance(c, Element) and self.of(c).net > 0]
        if self.title is not None:
            after = [c for c in found if c.end > self.title.start]
            return after or found
        return found

    def _may_enter(self, child: Element, share: float) -> bool:
        if share < _SHARE:
            return False
        tally = self.of(child)
        if child.tag in _PARAGRAPHS and not (child.tag in {"span", "font", "b", "strong"} and tally.lines > 2):
            return share >= _LIST_SHARE and tally.lines > 2
        return tally.lines > 1 or share >= _LIST_SHARE

    def _descend(self) -> Element:
        element = self.page.root
        for _ in range(_LEVELS):
            children = self._children(element)
            best = max(children, key=lambda child: self.of(child).net, default=None)
            if best is None:
                return element
            own = max(
                0, self.of(element).body - sum(self.of(c).body for c in element.children if isinstance(c, Element))
            )
            whole = own + sum(self.of(child).net for child in children)
            if not self._may_enter(best, self.of(best).net / whole):
                return element
            element = best
        return element

    def _named(self, within: Element) -> Element | None:
        least = _NAMED_SHARE * self.of(within).body
        found = [
            element
            for element in self.page.elements
            if within.start <= element.start < within.end
            and element.attributes
            and self.of(element).net > 0
            and self.of(element).body >= least
            and element is not within
            and is_strong(element)
        ]
        return max(found, key=lambda element: self.of(element).body, default=None)

    def _holds_title(self, element: Element) -> bool:
        return self.title is not None and element.start <= self.title.start < element.end

    def _is_part(self, element: Element, beside: Element) -> bool:
        """Whether a neighbour of the body is a part of it."""
        tally = self.of(element)
        if tally.body <= 0 or tally.net < _MOSTLY * tally.body or element.linked > 0.2 * element.size:
            return False
        if self.title is not None and element.end <= self.title.start:
            return False
        alike = element.tag == beside.tag and element.names.split() == beside.names.split()
        if alike or (is_strong(element) and is_strong(beside)) or element.tag == "table":
            return (
                tally.body >= _LEAST_PART
                or (alike and not element.names.strip() and element.tag == "p")
                or (element.tag == "table" and tally.body > 0)
            )
        if element.tag in {"p", "blockquote"} and beside.tag in _PARAGRAPHS:
            return True
        return element.end <= beside.start and self._leads(element)

    def _leads(self, element: Element) -> bool:
        """Whether what stands above the body is its first paragraph, and no summary of it."""
        tally = self.of(element)
        if self._holds_title(element) or element.tag in _HEADINGS:
            return False
        return (
            tally.net >= _PURE * tally.body >= 20
            and not element.linked
            and not any(_sums_up(one) for one in self._inside(element))
        )

    def _inside(self, element: Element) -> Iterator[Element]:
        """Yield an element and those in it, a few levels down."""
        level = [element]
        for _ in range(_NEAR):
            yield from level
            level = [child for one in level for child in one.children if isinstance(child, Element)]

    def _tables_behind(self, above: Element, here: Element) -> list[Element]:
        """Return the tables of data that stand right behind the body's own element."""
        elements = [child for child in above.children if isinstance(child, Element) and child.reason is None]
        behind = elements[elements.index(here) + 1 :]
        return list(takewhile(lambda child: child.tag == "table" and self.of(child).body > 0, behind))

    def _with_neighbours(self, element: Element) -> list[Element]:
        chosen, here = [element], element
        for _ in range(_NEAR):
            above = here.parent
            if above is None:
                break
            if self._holds_title(here):
                chosen += self._tables_behind(above, here)
                break
            chosen += [
                child
                for child in above.children
                if isinstance(child, Element) and child is not here and self._is_part(child, here)
            ]
            here = above
        return sorted(chosen, key=lambda one: one.start)


_NOTHING = _Tally()
