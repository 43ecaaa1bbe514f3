"""Titles: the first line, one that is known from elsewhere, or what stands behind `原标题：`."""

import re
from collections.abc import Sequence
from itertools import pairwise

from models.fold import fold_text
from rag.articles.alignment import Part
from rag.articles.drafts import Draft, HeadLine
from rag.articles.issues import is_issue_line
from rag.types import HeadField, Span

_KIND = re.compile(
    r"(?:通知|公告|通告|通报|意见|办法|规定|决定|方案|报告|批复|请示|函|细则|条例|纪要|公示|说明|提示|建议|倡议书?)(?:[(（][^()（）]{1,12}[)）])?$"
)
_ISSUER = re.compile(
    r"[㐀-鿿](?:公司|局|厅|部|委|委员会|办公室|政府|学校|中学|小学|大学|学院|院|会|中心|银行|集团|处|所)$"
)
_SENTENCE = re.compile(r"[。！？；，：:]")
_LONGEST_REST = 40
_LONGEST_TITLE = 60
_SHORTEST_TITLE = 2
_PAIR = re.compile(r"[㐀-鿿]{2,8}[:：]\s*[A-Za-z\d（(]*\S")  # a label and its value
_UNFINISHED = frozenset("。；，、：:;,…")
_ORIGINAL = re.compile(r"[（(【]?原标题\s*[:：]\s*")
_LINES_SEARCHED = 14
_JOINT = re.compile(r"\s*[-_|｜丨–—·]+\s*|\s*(?:<<|>>|«|»)\s*")
_CATEGORY = re.compile(
    r"^[^\w【\[『《“\"（(‘「]{0,6}(?:(?:『[^『』]{2,8}』\s*)?\[[^\[\]]{2,6}\]|【(?:转帖|转载|原创|分享|讨论|求助|公告|精华|置顶|(?:重要|紧急|温馨)?(?:通知|公告|提醒|提示)|扩散)】|打印(?:文章|预览|页面)?\s*[-:：_|]+)\s*"
)
_BUTTON = re.compile(r"\s*(?:听新闻|听全文|语音播报|朗读全文|\[复制链接\]|\[?打印\]?)\s*$")
_FRAMED = re.compile(r"\s*【([^【】]{8,})】\s*")
_SHORTEST_VARIANT = 4
_SHORTEST_WHOLE = 8
_GOES_ON = re.compile("[。，、；：！？,;:!?”」』》）)]|以[来來]|之|的|[后後]|前|[时時]|了")
_SITE_PART = re.compile(
    r"网|报|社|新闻|频道|论坛|社区|政府|在线|热线|门户|客户端|公告|动态|要闻|首页|正文|中心|平台|资讯|博客|头条|财经|观察|时政|局|厅|委|办|栏目|公众号|周刊|杂志|电视台|[A-Za-z]{3}"
)
_SITE_ONLY = re.compile(
    r"(?:网|日报|晚报|新闻|新闻中心|频道|论坛|社区|人民政府|在线|热线|门户|客户端|首页|博客"
    r"|通知公告|详情|详情页|正文|网站|无标题文档)$|^(?:[A-Za-z\d. ]+|首页)$"
)
_LONGEST_SITE = 16


def same_words(one: str, other: str) -> bool:
    """Whether two titles are the same but for white space, width and script."""
    return fold_text(one) == fold_text(other)


def decoration(title: str) -> tuple[int, int]:
    """Return where a title begins behind a forum's category, and where it ends before a button's words."""
    category, button = _CATEGORY.match(title), _BUTTON.search(title)
    start, end = category.end() if category else 0, button.start() if button else len(title)
    framed = _FRAMED.fullmatch(title)
    if framed is not None:
        start, end = framed.span(1)
    return (start, end) if end - start >= _SHORTEST_VARIANT else (0, len(title))


def is_site_title(known: str) -> bool:
    """Whether a page's title names only the site and its channels: `某河热线-新闻中心`."""
    return all(len(part) <= _LONGEST_SITE and _SITE_ONLY.search(part) for part in _JOINT.split(known) if part)


def title_variants(known: str) -> tuple[str, ...]:
    """Return what may be the headline in a page's title, the whole first: `公园开放_某河网` → itself, `公园开放`.

    Sites add their name and channels behind it, forums a category before it, some buttons are read along.
    """
    start, end = decoration(known)
    bare = known[start:end]
    found = [bare, known]
    joints = list(_JOINT.finditer(bare))
    found += [bare[: joint.start()] for joint in reversed(joints)]
    found += [bare[joint.end() :] for joint in joints]
    wanted = (variant.strip() for variant in found)
    return tuple(dict.fromkeys(variant for variant in wanted if len(variant) >= _SHORTEST_VARIANT))


def without_site(known: str) -> str:
    """Return a page's title without the names of site and channel behind it, as far as they look like such names."""
    title = known[slice(*decoration(known))].strip()
    while True:
        joints = list(_JOINT.finditer(title))
        if not joints:
            return title
        before, last = title[: joints[-1].start()], title[joints[-1].end() :]
        if len(before) < _SHORTEST_WHOLE or not (len(last) <= _LONGEST_SITE and _SITE_PART.search(last)):
            return title
        title = before


def title_like(draft: Draft, index: int) -> bool:
    """Whether a line could be a title: short, not a finished sentence, with something longer after it."""
    line = draft.body[index]
    text = line.of(draft.text)
    if (
        not _SHORTEST_TITLE <= len(line) <= _LONGEST_TITLE
        or text[-1] in _UNFINISHED
        or "。" in text
        or len(_PAIR.findall(text)) > 1
        or is_issue_line(draft.simple(line))
        or index + 1 >= len(draft.body)
    ):
        return False
    return any(len(later) > len(line) for later in draft.body[index + 1 : index + 1 + _LINES_SEARCHED])


def set_title(draft: Draft, span: Span) -> None:
    """Make `span` the title of the head."""
    span = draft.trimmed(span.start, span.end)
    start, end = decoration(draft.simplified(span.start, span.end))
    draft.drop(Span(span.start, span.start + start), "page furniture")
    draft.drop(Span(span.start + end, span.end), "page furniture")
    span = Span(span.start + start, span.start + end)
    draft.title = HeadLine([span], {HeadField.TITLE: span})


def set_title_lines(draft: Draft, lines: Sequence[Span], known: str = "") -> None:
    """Make `lines`, which follow each other, the title of the head, joined as `known` writes it."""
    parts: list[Part] = [lines[0]]
    for before, line in pairwise(lines):
        edge = draft.text[max(before.start, before.end - 2) : before.end] + draft.text[line.start : line.start + 2]
        parts += [line] if edge in known else [" ", line]
    draft.title = HeadLine(parts, {HeadField.TITLE: Span(lines[0].start, lines[-1].end)})


def broken_title(title: str, after: str) -> bool:
    """Whether a line that follows an official paper's title is the rest of it: `关于……及` / `……的通知`."""
    return (
        len(after) <= _LONGEST_REST
        and _KIND.search(title) is None
        and _KIND.search(after) is not None
        and _SENTENCE.search(after) is None
        and ("关于" in title or (after.startswith("关于") and _ISSUER.search(title) is not None))
    )


def _repeat(text: str) -> int:
    """Return how long the stretch is that `text` starts with twice in a row; 0 when it does not."""
    for length in range(8, min(_LONGEST_TITLE, len(text) // 2) + 1):
        if text.startswith(text[:length], length):
            return length
    return 0


def has_original_label(line: str) -> bool:
    """Whether `line` begins with the label of the title that another site gave it: `原标题：`."""
    return _ORIGINAL.match(line) is not None


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
    """Return `line` without the title that it repeats at its start.

    A first sentence may begin with the words of the title: then a mark or a particle goes on behind them.
    """
    line = draft.trimmed(line.start, line.end)
    end = line.start + len(title)
    if not title or not draft.text.startswith(title, line.start, line.end):
        return line
    if end < line.end and (
        _GOES_ON.match(draft.text, end) or (len(title) < _SHORTEST_WHOLE and draft.text[end].isalnum())
    ):
        return line
    draft.drop(Span(line.start, end), "repeated title")
    return draft.trimmed(end, line.end)
