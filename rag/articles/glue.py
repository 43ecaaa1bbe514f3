"""Lines that hold more than one line of the page: where they fall apart.

Copying from a page often loses the line breaks between blocks. A line is cut only where the words on one side are
the page's by their shape (a date with its labels, a button's words, credits behind a finished sentence).
"""

import re
from itertools import pairwise

from rag.articles.drafts import Draft
from rag.articles.furniture import is_inline_link
from rag.articles.headlines import END_WINDOW
from rag.articles.labels import meta_line
from rag.types import HeadField, Span

_LONG = 60  # a shorter line is a line of its own
_HEAD = 220
_END = r"(?<=[。！？!?”」』）)】…])"
_BUTTON = re.compile(
    rf"{_END}\s*(?:[>》]{{0,2}}(?:点击|戳)?(?:打开|下载)[^\s。，,]{{0,10}}(?:APP|App|app|客户端)[，,]?(?:阅读|查看|看)?(?:全文"
    rf"|更多(?:精彩)?(?:内容|图片)?)?"
    r"|点击(?:此处|这里)?(?:查看|阅读|展开)(?:更多|全文|原文|大图|详情)|展开(?:阅读)?全文|\[?点击查看更多\]?|[(（\[【]?广告[)）\]】](?=\S))\s*"
)
_BUTTON_HINT = re.compile(
    "APP|App|app|[客][户戶]端|[点點][击擊]|展[开開]|[广廣]告"
)  # in either script, before converting
_PATH = re.compile(
    r"^(?:(?:登[录入]|注册|\s|[|｜丨/])*)(?P<path>(?:您?(?:当前|现在)?的?(?:所在)?位置\s*[:：]\s*)?(?:首页|[㐀-鿿]{2,6}(?:网"
    r"|首页))(?:\s*(?:>+|＞+|»|›|→)\s*[㐀-鿿]{2,8}?)*\s*(?:>+|＞+|»|›|→)\s*"
    r"(?:正文|要闻|国内|国际|社会|财经|经济|交通|教育|健康|科技|体育|娱乐|文化|旅游|军事|时政|本地|民生|法治|房产|汽车|生活|地方|新闻|综合|农业|环保|县区|评论|视频|图片))(?=\S{6})"
)
_DATE = re.compile(
    r"(?:(?:发布|发表|更新)?(?:时间|日期)\s*[:：]\s*)?(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}"
)
_NOTICE = re.compile(
    rf"(?:{_END}|(?<=\s))(?:(?:特别|郑重|免责|版权|平台|转载|本站|本网|重要)?声明|版权说明|免责条款)\s*[:：](?=.{{0,120}}(?:转载|版权|侵权|本[网站]|立场|观点"
    rf"|仅供参考|投资建议))"
)
_COUNTERS = re.compile(
    rf"(?:{_END}|(?<=\s))\s*(?:点赞|赞|在看|收藏|评论|阅读)\s*[(（]?\d[\d.]*万?\+?[)）]?\s*(?:收藏|评论|点赞|分享|转发|在看|举报)"
)
_RELATED = re.compile(rf"{_END}\s*(?:相关(?:推荐|阅读|新闻|链接|报道)|推荐阅读|延伸阅读|猜你喜欢)\s*[:：]?(?=\S)")
_CREDIT = re.compile(rf"{_END}\s*(?:[(（\[【]?\s*(?:责任编辑|责编|编辑|校对|审核|监制|文字编辑)\s*[:：/|]|【纠错】)")
_LONGEST_CREDITS = 90
# In either script, looked for before converting.
_TAIL_HINT = re.compile(
    "[声聲]明|版[权權][说說]明|免[责責]|[点點]赞|[点點]讚|在看|收藏|[评評][论論]|相[关關]|推[荐薦]|延伸|[阅閱][读讀]|猜你|[纠糾][错錯]"
)


def _cut(draft: Draft, line: Span, *positions: int) -> list[Span]:
    """Return the pieces of `line` between `positions` (offsets into it), without white space and empty ones."""
    edges = [0, *sorted(at for at in positions if 0 < at < len(line)), len(line)]
    pieces = [draft.trimmed(line.start + a, line.start + b) for a, b in pairwise(edges)]
    return [piece for piece in pieces if len(piece)]


def _buttons(draft: Draft, line: Span) -> list[Span]:
    """Take the words of buttons out of a line, which falls apart there."""
    if _BUTTON_HINT.search(draft.text, line.start, line.end) is None:
        return [line]
    text = draft.simplified(line.start, line.end)
    pieces: list[Span] = []
    position = 0
    for match in _BUTTON.finditer(text):
        pieces.append(draft.trimmed(line.start + position, line.start + match.start()))
        draft.drop(Span(line.start + match.start(), line.start + match.end()), "page furniture")
        position = match.end()
    if not position:
        return [line]
    pieces.append(draft.trimmed(line.start + position, line.end))
    return [piece for piece in pieces if len(piece)]


def _head(draft: Draft, line: Span) -> list[Span]:
    """Cut the first line behind the page's path, around a date with labels, and before the text behind them."""
    simple = draft.simple(line)
    path = _PATH.match(simple)
    start = path.end() if path else 0
    for date in _DATE.finditer(simple, start, _HEAD):
        before = simple[start : date.start()]
        if "。" in before:
            break
        end = _labels_end(simple, date.start())
        if end:
            return _cut(draft, line, start, date.start(), end)
    return _cut(draft, line, start) if start else [line]


def _labels_end(line: str, start: int) -> int | None:
    """Return where the labels that begin with a date at `start` end; None where there is only the date."""
    best: int | None = None
    end = start
    for stop in re.finditer(
        r"\s|(?=[㐀-鿿]{2,6}\s*[:：])|(?<=[）)\]】])|(?<=分享)|(?<=打印)|(?<=字号)|(?<=A\+)|(?<=[\d万次])(?=[^\d.万次:：年月日/-])|$",
        line[start : start + _HEAD],
    ):
        end = start + stop.start()
        if end - start < 10:
            continue
        meta = meta_line(line[start:end].strip())
        if meta is not None and (meta.fields.keys() - {HeadField.DATE} or meta.dropped):
            best = end
    return best


def _tail(draft: Draft, line: Span) -> list[Span]:
    """Cut credits, notices and counters off the end of a line, in which they stand behind a finished sentence."""
    start = max(line.start, line.end - 4 * END_WINDOW)
    if _TAIL_HINT.search(draft.text, start, line.end) is None:
        return [line]
    tail = draft.simplified(start, line.end)
    cuts: list[int] = []
    for pattern in (_NOTICE, _COUNTERS):
        match = pattern.search(tail)
        if match is not None:
            cuts.append(match.start())
    for match in _RELATED.finditer(tail):
        if is_inline_link(tail[match.start() :].strip()) or (cuts and match.start() > min(cuts)):
            cuts.append(match.start())
    end = min(cuts, default=len(tail))
    credit = _CREDIT.search(tail, max(0, end - _LONGEST_CREDITS), end)
    if (
        credit is not None
        and (cuts or tail[credit.start() :].strip().startswith("【纠错】"))
        and meta_line(tail[credit.start() : end].strip())
    ):
        cuts.append(credit.start())
    return _cut(draft, line, *(start - line.start + at for at in cuts)) if cuts else [line]


def split_glued(draft: Draft) -> None:
    """Cut every long line where it holds more than one line of the page."""
    lines: list[Span] = []
    for number, line in enumerate(draft.body):
        if len(line) <= _LONG:
            lines.append(line)
            continue
        pieces = _head(draft, line) if number == 0 else [line]
        pieces[-1:] = _tail(draft, pieces[-1])
        for piece in pieces:
            lines += _buttons(draft, piece) if len(piece) > _LONG else [piece]
    draft.body = lines
