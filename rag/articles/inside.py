"""What in a page's body is none of it: captions, boxes, advertisements, links and digests of other articles."""

import re
from collections.abc import Sequence
from itertools import pairwise

from models.fold import simplify
from rag.articles import pleas
from rag.articles.blocks import Element
from rag.articles.page_lines import Line
from rag.articles.page_names import is_caption
from rag.articles.widgets import BOXES, holders, widgets

_ENDS = frozenset("。！？!?…”」』）)；;：:")
_NEAR = 3  # levels
_MOSTLY = 0.6
_SUMMARY = re.compile(r"abstract|summary|zhaiyao|daodu|digest|zy\b|hexin|tishi|sub-?head|standfirst", re.IGNORECASE)
_SUMMARY_WORDS = re.compile(
    r"\W{0,2}(?:核心提示|内容提要|内容摘要|(?:AI|智能|一键|机器)\s*(?:摘要|速读|总结|解读)|摘\s*要|导\s*[读语]|提\s*要|编者按)"
)
_LEAD = re.compile(
    r"^\W*(?:相关|推荐|延伸|往期|更多|热门|热点|上一[篇条页]|下一[篇条页]|阅读下|猜你|大家都在|精彩|编辑推荐|拓展阅读|扩展阅读|继续阅读|点击(?:阅读|查看)"
    r"|附件|你可能|您可能|看更多|还看了|标签|关键[词字]|分享|扫码)"
)
_FOREIGN = re.compile(
    r"End of .{1,40}|Advertisement|Skip .{1,40}|\[?(?:图片|视频|语音|链接|表情|动图)\]?"
    r"|[（(\[【]?\s*(?:广告|廣告)\s*(?:[（(][^()（）]{2,16}[)）])?\s*[)）\]】]?"
    r"|\W*(?:(?:广告|廣告|(?i:advertisement))\W{0,4})?(?:[请請]?(?:[继繼][续續]|向下|往下|上滑|下滑)\S{0,4}(?:滑[动動]|[阅閱][读讀]|[浏瀏][览覽]|看)\S{0,6}|[略跳][过過]广告)\W*"
)
_LENGTH = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")  # of a film
_FILM = re.compile(r"\W{0,2}(?:视频|直播回放|直播|音频|短片)\s*[:：丨|/]\s*[^。]{2,40}(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?")
_LABELLED_AD = frozenset(("广告", "廣告", "AD", "Ad"))
_LINKS = "links to other articles"
_LONGEST_AD = 80
_LONGEST_LEAD = 24
_CAPTION_END = re.compile(
    r"(?:摄|供图|图片|截图|资料图|资料照片?|视觉中国|制图|社发|[(（][^()（）]{0,20}(?:图|摄|供)[^()（）]{0,12}[)）]|图\s*[/／:：|]\s*\S{2,14})\s*$"
)
_LONGEST_CAPTION = 90
_SIGNATURE = re.compile(r"[局府会會厅廳部办辦院校司所站处處队隊]$|日$")  # below a seal
_SIGNED_DAY = re.compile(r"月\s*[\d〇○零一二三四五六七八九十]{1,3}\s*日$")
_BOX = re.compile(
    r"\W*(?:名词解释|小贴士|小知识|知识链接|新闻链接|背景链接|相关链接|链接|新闻背景|延伸阅读|知识点|温馨提示|小词典|新闻词典|名片|百科|什么是"
    r"|(?:字词|词语|生词|生字|词汇|重点词|新词|成语|单词|难词|名词)(?:卡片?|表|解释|积累|注释|学习|本|链接|小窗|释义)?|注释|注解|词条|划重点|延伸知识|知识(?:卡片?|窗|角|拓展|延伸)"
    r"|背景(?:资料|知识|介绍)|(?:读一读|想一想|答一答|练一练|考考你|说一说|写一写)(?:[，,、]?(?:读一读|想一想|答一答|练一练|说一说))*|思考题|课后(?:练习|思考))\W*"
)
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


def _is_link(line: Line) -> bool:
    return line.linked >= _MOSTLY * len(line.text) and not (line.text[-1] in "。！？!?" and len(line.text) > 30)


def _pieces(line: Line) -> list[str]:
    """Return a line's words as its inline elements set them apart."""
    edges = [0, *line.cuts, len(line.text)]
    return [line.text[start:end].strip() for start, end in pairwise(edges)] if line.cuts else []


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
    if any(is_caption(element) for element in (*inside, *holders(line.block, limits))):
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
    blocks = [line.block, *([above] if above is not None and above.size == line.block.size else [])]
    own = any(isinstance(child, Element) and _is_picture(child) for block in blocks for child in block.children)
    alone = line.block.size <= len(line.text) + 2  # the block holds nothing else
    return (centred or own) and alone and line.text[-1] not in "：:"


def _ends_under_picture(line: Line) -> bool:
    """Whether the last line of a body stands under a picture and is no sentence: no heading ends a text."""
    return (
        line.pictured
        and len(line.text) <= _LONGEST_CAPTION // 2
        and line.text[-1] not in _ENDS
        and _SIGNATURE.search(line.text) is None
    )


def _heads_links(line: Line, below: Sequence[Line], reasons: Sequence[str | None]) -> bool:
    """Whether a short line that is no sentence and no date stands above several links."""
    return (
        list(reasons[:2]) == [_LINKS] * 2
        and all(map(_is_link, below[:2]))
        and line.text[-1] not in _ENDS
        and not line.row
        and _SIGNED_DAY.search(simplify(line.text)) is None
    )


def _boxes(lines: Sequence[Line], elements: Sequence[Element]) -> dict[int, str]:
    """Return the lines of summaries and of boxes with explanations, each with the reason."""
    whole = sum(element.size for element in elements)
    found: dict[int, str] = {}
    boxes = 0
    for number, line in enumerate(lines):
        path = holders(line.block, elements)
        summary = number < _FIRST_LINES and (
            _SUMMARY_WORDS.match(simplify(line.text)) or any(_SUMMARY.search(element.names) for element in path)
        )
        if summary and line.block not in elements:
            held = [e for e in path if e.tag in BOXES and len(line.text) < e.size <= _BOX_SHARE * whole]
            inside = held[-1:] if len(line.text) <= _LONGEST_LEAD else []
            found |= {other.start: "summary" for other in lines for e in inside if e.start <= other.start < e.end}
            found[line.start] = "summary"
        elif pleas.is_sponsored(simplify(line.text)):
            held = [e for e in path if e.tag in BOXES and e.size <= _BOX_SHARE * whole]
            found |= {
                other.start: "advertisement" for other in lines for e in held[-1:] if e.start <= other.start < e.end
            }
            found[line.start] = "advertisement"
        elif len(line.text) <= _LONGEST_LEAD and boxes < _MOST_BOXES and _BOX.match(simplify(line.text)):
            boxes += 1
            held = [e for e in path if e.tag in BOXES and len(line.text) < e.size <= _BOX_SHARE * whole]
            inside = held[:1]
            found |= {other.start: "box" for other in lines for e in inside if e.start <= other.start < e.end}
    return found


def _digest(lines: Sequence[Line], reasons: Sequence[str | None], *, mailed: bool) -> range:
    """Return the lines at the end that recommend other articles: links with a note below each, and their heading.

    In a mailing, what stands below them is the page's as well.
    """
    whole = sum(len(line.text) for line, reason in zip(lines, reasons, strict=True) if reason is None)
    links = [n for n, line in enumerate(lines) if reasons[n] == _LINKS and len(line.text) >= _SHORTEST_LINK]
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


def _reason(line: Line, before: str | None) -> str | None:
    """Return why a line inside a body is none of it, by its words and what stands before it; None where it may be."""
    if _is_link(line):
        return _LINKS
    if _FOREIGN.fullmatch(line.text):
        return "page furniture"
    if len(line.text) <= _LONGEST_AD and "。" not in line.text and _LABELLED_AD & set(_pieces(line)):
        return "advertisement"
    film = line.pictured and _FILM.fullmatch(simplify(line.text))
    if film or (before == "player" and _LENGTH.fullmatch(line.text)):
        return "player"
    return "index of the notice" if line.row and _INDEX.match(line.text) else None


def _head_lists(lines: Sequence[Line], reasons: list[str | None]) -> None:
    """Let the headings of lists of links go with them, and the heading of all that has gone below it."""
    for number in range(len(lines) - 2, -1, -1):
        if (
            reasons[number] is None
            and reasons[number + 1] == _LINKS
            and len(lines[number].text) <= _LONGEST_LEAD
            and (
                _LEAD.match(simplify(lines[number].text))
                or _heads_links(lines[number], lines[number + 1 :], reasons[number + 1 :])
            )
        ):
            reasons[number] = _LINKS
    number = max((n for n, reason in enumerate(reasons) if reason is None), default=-1)
    if 0 <= number < len(lines) - 1 and len(lines[number].text) <= _LONGEST_LEAD and lines[number].text[-1] in "：:":
        reasons[number] = reasons[number + 1]


def prune(
    lines: Sequence[Line], elements: Sequence[Element], *, mailed: bool
) -> tuple[list[Line], list[tuple[Line, str]]]:
    """Return which of the lines in some elements are body, and the others, each with the reason."""
    captions = {line.start for line in lines if _caption_like(line, elements)}
    captions |= {line.start for line in lines[-1:] if _ends_under_picture(line)}
    held = sum(len(line.text) for line in lines if line.start in captions)
    gallery = len(captions) >= _FEWEST_CAPTIONS and held >= _GALLERY * sum(len(line.text) for line in lines)
    boxes = widgets(lines, elements) | _boxes(lines, elements)
    reasons: list[str | None] = []
    for line in lines:
        reason = boxes.get(line.start) or _reason(line, reasons[-1] if reasons else None)
        reasons.append(reason or ("caption" if line.start in captions and not gallery else None))
    for number in _digest(lines, reasons, mailed=mailed):
        reasons[number] = reasons[number] or _LINKS
    _head_lists(lines, reasons)
    kept = [line for line, reason in zip(lines, reasons, strict=True) if reason is None]
    return kept, [(line, reason) for line, reason in zip(lines, reasons, strict=True) if reason is not None]
