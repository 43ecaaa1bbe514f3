"""The title of a page's article: the line that shows it, found by what the page says its title is."""

import re
from dataclasses import dataclass
from itertools import takewhile

from models.fold import fold_text, simplify
from rag.articles import furniture
from rag.articles.alignment import Part
from rag.articles.blocks import Element, Page, words
from rag.articles.page_labels import line_values
from rag.articles.page_lines import page_lines, shown_text
from rag.articles.page_meta import Stated
from rag.types import Span

_METAS = ("articletitle", "og:title", "twitter:title", "dc.title", "title")
_TAGS = words("h1 h2 h3 h4 h5 th td div dt span p strong b font a header section em li center")
_SEPARATOR = re.compile(r"\s*(?:[_|｜丨»›]+|::|\s[-–—]+\s|-{1,3}|–|—{1,2})\s*")
_SITE = re.compile(
    r"(?:[网網报報社局委办辦]|在线|線上|热线|频道|頻道|门户|門戶|新闻|新聞|资讯|資訊|中心|公司|集团|政府|论坛|論壇|博客|知乎|吧|贴吧|大学|學院|学院|医院|客户端|首页|平台)$"
)
_GENERIC = re.compile(
    r"(?:新闻|资讯|信息|文章|内容|页面|公告|通知|打印|详细?情?|正文)*(?:内容|中心|详情|动态|正文|资讯|公告|公开|页面?|显示|浏览|文章|预览|详细)?"
    r"|首页|无标题.{0,4}|index|untitled.*|document|news|article|detail|new page.*|网页|.{1,4}频道|微信公众平台",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"tit(?:le|les)?\d*(?=$|[\s_-])|biaoti|headline|subject|(?:^|[\s_-])bt\d?(?=$|[\s_-])", re.IGNORECASE
)
_LARGE = re.compile(
    r"font-size\s*:\s*(?:(?:2\d|3\d)(?:\.\d+)?p[xt]|(?:1[6-9])(?:\.\d+)?pt|x+-large|1\.[6-9]\d?em|2(?:\.\d+)?em)",
    re.IGNORECASE,
)
_LARGE_FONTS = frozenset(("4", "5", "6", "7", "+2", "+3", "+4"))
_SHORTEST, _SHORT = 4, 8
_BEHIND = 0.9
_HEADINGS = ("h1", "h2", "h3")
_LESSER_HEADINGS = ("h4", "h5")


@dataclass(frozen=True, slots=True)
class Title:
    """The line of a page that shows the article's title: the text, its parts, and the element that holds it."""

    element: Element
    text: str
    parts: tuple[Part, ...]
    span: Span


def wanted_titles(stated: Stated) -> list[str]:
    """Return what the page says its title is, the more telling first."""
    found = [stated.metas.get(name, "") for name in _METAS]
    found += [stated.linked.get("title", ""), stated.variables.get("msgtitle", ""), stated.title]
    return [title for title in found if title]


def _is_generic(title: str) -> bool:
    return _GENERIC.fullmatch(title.strip()) is not None


def _is_name(text: str, titles: list[str]) -> bool:
    """Whether a text is a site's or a channel's name: one piece of a title of several, and site-like."""
    for title in titles:
        pieces = [fold_text(piece) for piece in _SEPARATOR.split(title) if piece.strip()]
        if len(pieces) > 1 and text in pieces and (_SITE.search(text) or _is_generic(text)) and len(text) <= 16:
            return True
    return False


def _title_at(page: Page, element: Element) -> Title | None:
    """Return the first line of an element as the title, with those that only `<br>` breaks off it."""
    lines = page_lines(page, [element])
    lines = [line for line in lines if line.block is lines[0].block]
    if not lines:
        return None
    # Below a break there may be the date and the source, in one heading with the title.
    lines = [lines[0], *takewhile(lambda line: not line_values(line).found, lines[1:])]
    parts: list[Part] = []
    for line in lines:
        parts += [" "] * bool(parts) + line.part(0, len(line.text))
    text = " ".join(" ".join(line.text for line in lines).split())
    return Title(element, text, tuple(parts), Span(lines[0].start, lines[-1].end))


def _most_behind(page: Page) -> int:
    """Return the place in the source with most of the page's sentences before it: no title stands there."""
    behind = 0
    for element in page.elements:
        if element.reason is None:
            own = element.marks - sum(child.marks for child in element.children if isinstance(child, Element))
            behind += own
            if behind > _BEHIND * page.root.marks > 0:
                return element.end
    return len(page.raw)


def _shown_as_stated(page: Page, stated: Stated) -> Element | None:
    titles = wanted_titles(stated)
    wanted = [folded for folded in map(fold_text, titles) if len(folded) >= _SHORTEST]
    longest = max(map(len, wanted), default=0)
    best: Element | None = None
    best_rank = (0, 0, False)
    limit = _most_behind(page)
    for element in page.elements:
        if element.start > limit:
            break
        if element.reason is not None or element.tag not in _TAGS or not _SHORTEST <= element.size <= longest:
            continue
        text = fold_text(shown_text(element))
        if len(text) < _SHORTEST or not any(text in title for title in wanted):
            continue
        heading = element.tag in _HEADINGS or (element.parent is not None and element.parent.tag in _HEADINGS)
        linked = 2 * element.linked > element.size
        if len(text) < _SHORT and not heading and not _is_set_as_title(element):
            continue
        rank = (len(text), 2 * heading - linked, not linked)
        if rank > best_rank and not _is_name(text, titles):
            best, best_rank = element, rank
    return best if best_rank[0] >= min(8, longest / 3) else None


def _is_set_as_title(element: Element) -> bool:
    """Whether an element is named as a title or set in large letters."""
    attributes = element.attributes
    return bool(attributes) and (
        _NAMED.search(element.names) is not None
        or attributes.get("size") in _LARGE_FONTS
        or _LARGE.search(attributes.get("style", "")) is not None
    )


def _looks_like_title(element: Element) -> bool:
    if element.reason is not None or not 5 <= element.size <= 80 or 2 * element.linked > element.size:
        return False
    text = simplify(shown_text(element, 120))
    return not furniture.is_trailing_heading(text) and furniture.whole_line(text) is None and "。" not in text


def _by_looks(page: Page, stated: Stated) -> Element | None:
    """Return the element that looks like a title: a heading, or one named or set as one."""
    titles = wanted_titles(stated)
    begun = [fold_text(_SEPARATOR.split(title)[0]).rstrip("….") for title in titles]
    begun = [piece for piece in begun if len(piece) >= 8]
    looked = [
        element
        for element in page.elements
        if (element.tag in (*_HEADINGS, *_LESSER_HEADINGS) or _is_set_as_title(element))
        and _looks_like_title(element)
        and not _is_name(fold_text(shown_text(element)), titles)
    ]
    for element in looked:
        text = fold_text(shown_text(element))
        if any(piece in text for piece in begun):
            return element
    first = next((element for element in looked if element.tag == "h1"), None)
    if first is not None:
        return first
    if any(stated.metas.get(name) for name in _METAS) or stated.linked.get("title"):
        return None
    return max(looked, key=lambda element: element.size, default=None)


def find_title(page: Page, stated: Stated) -> Title | None:
    """Return the line that shows the title: the longest that the page's stated titles hold, else one that looks so."""
    element = _shown_as_stated(page, stated) or _by_looks(page, stated)
    return _title_at(page, element) if element is not None else None


def stated_title(stated: Stated) -> str | None:
    """Return the title that the page only states, without the names of channel and site."""
    for title in wanted_titles(stated):
        pieces = [piece.strip() for piece in _SEPARATOR.split(title) if piece.strip()]
        while len(pieces) > 1 and _SITE.search(pieces[-1]) and len(pieces[-1]) <= 16:
            pieces.pop()
        if not pieces or _is_generic(pieces[0]):
            continue
        end = title.find(pieces[-1]) + len(pieces[-1])
        return pieces[0] if "_" in title or "|" in title else title[:end].strip()
    return None
