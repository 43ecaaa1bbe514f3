"""Lines below a title that bear its date beside words without a label: `某城观察 · 2024年8月29日`, `2024-3-5 by 李明`.

The grammar of labels does not know all that apps and sites write there. Where such a line stands tells what it is; so
next to a date every word may stand, as long as there are few, and the one beside the date is who published it.
"""

import re
from collections.abc import Iterable, Iterator

from rag.articles.label_patterns import PUBLISHER, TOKENS
from rag.articles.labels import MetaLine, Reading, is_bare_name, meta_line
from rag.types import HeadField, Span

_LONGEST = 90  # characters
_LONGEST_ACCOUNT = 10
_MOST_PIECES, _LONGEST_PIECE = 4, 16
_NO_STAMP = re.compile(r"[。；！？…“”「」?!]")
_PIECE = re.compile(r"[^\s|丨｜┊·•,，;；/()（）\[\]【】]+")
_SIGNED = re.compile(r"(?i:by)\s+(?P<author>[^\s|丨｜┊·•,，/()（）]{2,16})")
# What stands beside a date and is nobody's name.
_SPARE = re.compile(
    r"[《“].*|.*(?:\d|字数|篇幅|粉丝|获赞|属地|创作者|认证|作者$|记者$|通讯员$|分钟|小时前|天前|关注|订阅|专栏$|置顶|精华|更新|编辑|原创|首发|转载|来自|发布|发表|发自|阅读|浏览|播放|播报|评论|分享|点赞|收藏|举报|打印|列印|电邮|邮件|微信|微博|楼主|贡献|积分"
    r"|字号|字体|下载|扫码|复制|查看|频道|栏目|客户端$|农历|星期|周[一二三四五六日]|上午|下午|晚上|凌晨|编号|代码|简称|地点|天气|正文|首页|新闻中心$|要闻$|动态$|公告$|资讯$|全文|时间|日期|浏览器|[:：])"
    r".*|[大中小]|[A-Za-z]{1,3}[-+]?|发?于|.*[>＞»].*"
)
_REASON = "page furniture"
_PUBLISHER = re.compile(PUBLISHER)
_LETTER = re.compile(r"[㐀-鿿A-Za-z]")


def _scan(line: str) -> Iterator[re.Match[str]]:
    position = 0
    while position < len(line):
        match = TOKENS.match(line, position) or _SIGNED.match(line, position) or _PIECE.match(line, position)
        if match is None:
            return
        yield match
        position = match.end()


def stamped_line(line: str) -> MetaLine | None:
    """Return what a line in Simplified script states that bears a date; None for one that is no such line."""
    if len(line) > _LONGEST or _NO_STAMP.search(line):
        return None
    found = list(_scan(line))
    tokens = [match for match in found if match.re is TOKENS]
    pieces = [match for match in found if match.re is _PIECE]
    date = next((match for match in tokens if match.lastgroup == "DATE"), None)
    if date is None or found[-1].end() != len(line) or len(pieces) > _MOST_PIECES:
        return None
    if any(len(piece.group()) > _LONGEST_PIECE for piece in pieces):
        return None
    names = [piece for piece in pieces if _is_name(piece.group())]
    known = all(is_bare_name(name.group()) or _PUBLISHER.fullmatch(name.group()) for name in names)
    if not (date["time"] or date["day"] or date.start() or known):
        return None  # a chronicle's heading: `2024年3月5日 公园开放`
    read = Reading(line, dated=True)
    for match in found:
        if match.re is TOKENS:
            read.take(match)
        elif match.re is _SIGNED:
            read.state(HeadField.AUTHOR, Span(*match.span("author")), Span(*match.span()))
        elif match not in names:
            read.dropped.append((Span(*match.span()), _REASON))
    middle = date.start()
    _take_names(read, sorted(names, key=lambda m: (not _PUBLISHER.fullmatch(m.group()), abs(m.start() - middle))))
    groups = {match.lastgroup for match in tokens}
    kept = tuple(sorted(read.kept, key=lambda span: span.start))
    return MetaLine(kept, tuple(read.dropped), read.fields, "SOURCE" in groups, "poster" in groups)


def _take_names(read: Reading, names: Iterable[re.Match[str]]) -> None:
    """Take a person for the author and another name for who published it, of several the one nearest to the date."""
    for name in names:
        field = HeadField.AUTHOR if is_bare_name(name.group()) else HeadField.SOURCE
        span = Span(*name.span())
        if field in read.fields:
            read.dropped.append((span, _REASON))
        else:
            read.state(field, span, span)


def _is_name(piece: str) -> bool:
    return len(piece) >= 2 and _LETTER.search(piece) is not None and _SPARE.fullmatch(piece) is None


def is_account_name(line: str) -> bool:
    """Whether a line of its own beside the date could be the name of the account that published an article."""
    return len(line) <= _LONGEST_ACCOUNT and _PIECE.fullmatch(line) is not None and _is_name(line)


def head_meta(line: str) -> MetaLine | None:
    """Return what a line at the top of an article states: one of labels, or one that bears the date."""
    return meta_line(line, top=True) or stamped_line(line)
