"""Which of a page's lines are the article's: where its body stands, and what in there is not body.

The body is where the sentences are. From the root downwards, the child that holds at least half of what reads like
body is gone into; what reads like a menu (links) or like furniture counts against a child. Names that page systems give
to bodies help where no child holds half. Then come the neighbours over which a page spread its body.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from models.fold import simplify
from rag.articles import furniture, pleas
from rag.articles.blocks import Element, Page, words
from rag.articles.page_lines import Line, shown_text
from rag.articles.page_names import is_caption, is_strong

_MARKS = "，。；！？,"
_ENDS = frozenset("。！？!?…”」』）)；;：:")
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
_SUMMARY_WORDS = re.compile(r"\W{0,2}(?:核心提示|内容提要|内容摘要|摘\s*要|导\s*[读语]|提\s*要|编者按)")
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
_LEAD = re.compile(
    r"^\W*(?:相关|推荐|延伸|往期|更多|热门|热点|上一[篇条页]|下一[篇条页]|阅读下|猜你|大家都在|精彩|编辑推荐|拓展阅读|扩展阅读|继续阅读|点击(?:阅读|查看)"
    r"|附件|你可能|您可能|看更多|还看了|标签|关键[词字]|分享|扫码)"
)
_FOREIGN = re.compile(r"End of .{1,40}|Advertisement|Skip .{1,40}|[（(\[【]?\s*(?:广告|廣告)\s*[)）\]】]?")
_LONGEST_LEAD = 24
_CAPTION_END = re.compile(
    r"(?:摄|供图|图片|截图|资料图|资料照片?|视觉中国|制图|社发|[(（][^()（）]{0,20}(?:图|摄|供)[^()（）]{0,12}[)）]|图\s*[/／:：|]\s*\S{2,14})\s*$"
)
_LONGEST_CAPTION = 90
_BOX = re.compile(
    r"\W*(?:名词解释|小贴士|小知识|知识链接|新闻链接|背景链接|相关链接|链接|新闻背景|延伸阅读|知识点|温馨提示|小词典|新闻词典|名片|百科|什么是"
    r"|(?:字词|词语|生词|生字|词汇|重点词|新词|成语|单词|难词|名词)(?:卡片?|表|解释|积累|注释|学习|本|链接|小窗|释义)?|注释|注解|词条|划重点|延伸知识|知识(?:卡片?|窗|角|拓展|延伸)"
    r"|背景(?:资料|知识|介绍)|(?:读一读|想一想|答一答|练一练|考考你|说一说|写一写)(?:[，,、]?(?:读一读|想一想|答一答|练一练|说一说))*|思考题|课后(?:练习|思考))\W*"
)
_BOXES = words("div table tbody tr td section fieldset blockquote ul dl figure")
_BOX_SHARE = 0.3
_MOST_BOXES = 20
_FIRST_LINES = 3
_SHORTEST_LINK, _LONGEST_TEASER = 8, 60
_FEWEST_DIGEST, _DIGEST_SHARE = 3, 0.25  # links; of the body below them
_GALLERY = 0.4  # of a page's text is in captions where the captions are the report
_FEWEST_CAPTIONS = 3
_INDEX = re.compile(
    r"^(?:索\s*引\s*号|信息索引|主题分类|发文(?:机关|字号|日期)|成文日期|公开(?:方式|范围|类别|时限)|文\s*号|有\s*效\s*性|生成日期|信息分类)"
)


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


class _Chooser:
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
            and _SUMMARY.search(element.names) is None
            and _SUMMARY_WORDS.match(shown_text(element, 40)) is None
        )

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


@dataclass(frozen=True, slots=True)
class Content:
    """The lines of a page's body, the lines around it, and the lines in it that are no body, each with the reason."""

    elements: tuple[Element, ...]
    lines: tuple[Line, ...]
    above: tuple[Line, ...]
    below: tuple[Line, ...]
    dropped: tuple[tuple[Line, str], ...]


def _within(block: Element, limits: Sequence[Element]) -> list[Element]:
    """Return the elements from `block` up to the body that holds it, at most a few."""
    path: list[Element] = []
    element: Element | None = block
    while element is not None and element not in limits and len(path) < _NEAR + 2:
        path.append(element)
        element = element.parent
    return path


def _is_link(line: Line) -> bool:
    return line.linked >= _MOSTLY * len(line.text) and not (line.text[-1] in "。！？!?" and len(line.text) > 30)


def _is_picture(element: Element) -> bool:
    """Whether an element is a picture, or a link or the like that holds nothing else."""
    for _ in range(_NEAR):
        if element.tag == "img":
            return True
        held = [child for child in element.children if isinstance(child, Element)]
        if len(held) != 1 or element.size:
            return False
        element = held[0]
    return False


def _only_child(element: Element) -> Element | None:
    """Return the element that holds all the text of a block, if one does."""
    held = [child for child in element.children if isinstance(child, Element) and child.size]
    return held[0] if len(held) == 1 and held[0].size == element.size else None


def _caption_like(line: Line, limits: Sequence[Element]) -> bool:
    whole = _only_child(line.block)
    inside = [whole] if whole is not None and line.block.size <= _LONGEST_CAPTION else []
    if any(is_caption(element) for element in (*inside, *_within(line.block, limits))):
        return len(line.text) <= 3 * _LONGEST_CAPTION
    if not line.pictured or len(line.text) > _LONGEST_CAPTION:
        return False
    if _CAPTION_END.search(simplify(line.text)):
        return True
    attributes = line.block.attributes
    centred = (
        "center" in f"{attributes.get('align', '')} {attributes.get('style', '')} {attributes.get('class', '')}".lower()
    )
    above = line.block.parent
    holders = [line.block, *([above] if above is not None and above.size == line.block.size else [])]
    own = any(isinstance(child, Element) and _is_picture(child) for holder in holders for child in holder.children)
    alone = line.block.size <= len(line.text) + 2  # the block holds nothing else
    return (centred or own) and alone and line.text[-1] not in "：:"


def _heads_links(line: Line, below: Sequence[str | None]) -> bool:
    """Whether a short line that is no sentence stands above several links."""
    return list(below[:2]) == ["links to other articles"] * 2 and line.text[-1] not in _ENDS and not line.row


def _boxes(lines: Sequence[Line], elements: Sequence[Element]) -> dict[int, str]:
    """Return the lines of summaries and of boxes with explanations, each with the reason."""
    whole = sum(element.size for element in elements)
    found: dict[int, str] = {}
    boxes = 0
    for number, line in enumerate(lines):
        path = _within(line.block, elements)
        summary = number < _FIRST_LINES and (
            _SUMMARY_WORDS.match(simplify(line.text)) or any(_SUMMARY.search(element.names) for element in path)
        )
        if summary and line.block not in elements:
            found[line.start] = "summary"
        elif pleas.is_sponsored(simplify(line.text)):
            held = [e for e in path if e.tag in _BOXES and e.size <= _BOX_SHARE * whole]
            found |= {
                other.start: "advertisement" for other in lines for e in held[-1:] if e.start <= other.start < e.end
            }
            found[line.start] = "advertisement"
        elif len(line.text) <= _LONGEST_LEAD and boxes < _MOST_BOXES and _BOX.match(simplify(line.text)):
            boxes += 1
            held = [e for e in path if e.tag in _BOXES and len(line.text) < e.size <= _BOX_SHARE * whole]
            inside = held[:1]
            found |= {other.start: "box" for other in lines for e in inside if e.start <= other.start < e.end}
    return found


def _digest(lines: Sequence[Line], reasons: Sequence[str | None], *, mailed: bool) -> range:
    """Return the lines at the end that recommend other articles: links with a note below each, and their heading.

    In a mailing, what stands below them is the page's as well.
    """
    whole = sum(len(line.text) for line, reason in zip(lines, reasons, strict=True) if reason is None)
    links = [
        n
        for n, line in enumerate(lines)
        if reasons[n] == "links to other articles" and len(line.text) >= _SHORTEST_LINK
    ]
    for first in links:
        last, notes, count = first, 0, 1
        for n in links:
            if n > last and n - last <= 2 and all(len(lines[m].text) <= _LONGEST_TEASER for m in range(last + 1, n)):
                notes += n - last - 1
                last, count = n, count + 1
        if count < _FEWEST_DIGEST or notes < count - 1:
            continue
        end = last + 1
        if end < len(lines) and reasons[end] is None and len(lines[end].text) <= _LONGEST_TEASER:
            end += 1
        start = first
        if (
            start
            and reasons[start - 1] is None
            and len(lines[start - 1].text) <= _LONGEST_LEAD
            and lines[start - 1].text[-1] not in _ENDS
        ):
            start -= 1
        left = [n for n in range(end, len(lines)) if reasons[n] is None]
        if sum(len(lines[n].text) for n in left) <= _DIGEST_SHARE * whole and (mailed or not left):
            return range(start, len(lines))
        before = sum(len(lines[n].text) for n in range(start) if reasons[n] is None)
        return range(start, end) if before >= _MOSTLY * whole else range(0)
    return range(0)


def _prune(
    lines: Sequence[Line], elements: Sequence[Element], *, mailed: bool
) -> tuple[list[Line], list[tuple[Line, str]]]:
    captions = {line.start for line in lines if _caption_like(line, elements)}
    held = sum(len(line.text) for line in lines if line.start in captions)
    gallery = len(captions) >= _FEWEST_CAPTIONS and held >= _GALLERY * sum(len(line.text) for line in lines)
    reasons: list[str | None] = []
    boxes = _boxes(lines, elements)
    for line in lines:
        reason = boxes.get(line.start)
        if reason is not None:
            pass
        elif _is_link(line):
            reason = "links to other articles"
        elif line.start in captions and not gallery:
            reason = "caption"
        elif _FOREIGN.fullmatch(line.text):
            reason = "page furniture"
        elif line.row and _INDEX.match(line.text):
            reason = "index of the notice"
        reasons.append(reason)
    for number in _digest(lines, reasons, mailed=mailed):
        reasons[number] = reasons[number] or "links to other articles"
    for number in range(len(lines) - 2, -1, -1):
        if (
            reasons[number] is None
            and reasons[number + 1] == "links to other articles"
            and len(lines[number].text) <= _LONGEST_LEAD
            and (_LEAD.match(simplify(lines[number].text)) or _heads_links(lines[number], reasons[number + 1 :]))
        ):
            reasons[number] = "links to other articles"
    kept = [line for line, reason in zip(lines, reasons, strict=True) if reason is None]
    return kept, [(line, reason) for line, reason in zip(lines, reasons, strict=True) if reason is not None]


def find_content(page: Page, lines: Sequence[Line], title: Element | None) -> Content:
    """Return what of `lines`, the lines of the whole page, is the body."""
    elements = _Chooser(page, lines, title).choose()
    starts = [element.start for element in elements]
    inside = [
        at >= 0 and line.start < elements[at].end for line in lines for at in (bisect_right(starts, line.start) - 1,)
    ]
    first = inside.index(True) if True in inside else len(lines)
    last = len(lines) - 1 - inside[::-1].index(True) if True in inside else -1
    held = [line for line, within in zip(lines, inside, strict=True) if within]
    mailed = any(pleas.is_mailed(simplify(line.text)) for line in lines if len(line.text) <= _NOTE)
    kept, dropped = _prune(held, elements, mailed=mailed)
    between = [line for n, line in enumerate(lines) if first < n < last and not inside[n]]
    return Content(
        tuple(elements),
        tuple(kept),
        tuple(lines[:first]),
        tuple(lines[last + 1 :]) if last >= 0 else (),
        (*dropped, *((line, "page furniture") for line in between)),
    )
