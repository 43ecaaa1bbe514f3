"""What an element of a page is by the words in it, against what it is called: words of a sentence, a line of labels."""

import re

from models.fold import simplify
from rag.articles.blocks import Element, words
from rag.articles.dates import FULL_DATE
from rag.articles.page_lines import shown_text

_INLINE = words("a span b em i strong font u mark abbr")
_LONGEST_WORDS, _LONGEST_SHOWN, _LONGEST_SOURCE = 24, 60, 1000  # characters, the last one of the source
# What pages of finance put behind the name of a company: `(600000)[12.30 -1.20%] 股吧 研报`.
_QUOTE = re.compile(
    r"[(（][A-Za-z]{0,2}\d{5,6}(?:\.[A-Z]{2})?[)）]\s*[\[(（][^\])）]{0,24}\d%[\])）]"
    r"(?:\s*(?:股吧|研报|行情|诊股|资金流|公告|F10))*"
)
_CLICK = re.compile(
    r"[【\[(（>＞➤►☞※]+\s*(?:点击|点此|戳|进入|查看|详见|更多|专题|相关|延伸阅读|推荐阅读|阅读更多|看更多)[^。]{0,40}"
    r"[】\])）>＞]*"
)
_SHORTEST_STATED, _LONGEST_STATED, _MOST_LINKED = 12, 120, 0.6
_DATED = re.compile(FULL_DATE)
_LABELS = re.compile(r"(?:来\s*源|稿源|作\s*者|记者|发布(?:时间|日期))\s*[:：]")
_SHORTEST_RUN = 12
_SENTENCE = re.compile(r"[，。；！？]")


def words_reason(element: Element) -> str | None:
    """Return why an inline element is left out of its sentence; None where it may be part of it."""
    if element.tag not in _INLINE or element.end - element.start > _LONGEST_SOURCE:
        return None
    text = shown_text(element, _LONGEST_SHOWN)
    if _QUOTE.fullmatch(text):
        return "stock quote"
    return "links to other articles" if element.tag == "a" and _CLICK.fullmatch(simplify(text)) else None


def in_sentence(element: Element) -> bool:
    """Whether an element is some words of a sentence, which go on on both sides of it: `tag` marks a keyword there."""
    if element.tag not in _INLINE or element.parent is None or element.size > _LONGEST_WORDS:
        return False
    around = element.parent.children
    at = around.index(element)
    before, after = around[max(0, at - 1) : at], around[at + 1 : at + 2]
    shown = [one.shown.strip() for one in (*before, *after) if not isinstance(one, Element)]
    return any(len(text) >= _SHORTEST_RUN and _SENTENCE.search(text) for text in shown)


def states(element: Element) -> bool:
    """Whether an element is the line of date and source, whatever it is called."""
    if not _SHORTEST_STATED <= element.size <= _LONGEST_STATED or element.linked > _MOST_LINKED * element.size:
        return False
    text = simplify(shown_text(element, 2 * _LONGEST_STATED))
    return _DATED.search(text) is not None and _LABELS.search(text) is not None
