"""Lines of a page that state something with labels: dates, sources and authors, and where in the line they stand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from models.fold import simplify
from rag.articles.dates import FULL_DATE
from rag.articles.label_patterns import UNIT
from rag.articles.labels import is_bare_name
from rag.articles.page_lines import Line
from rag.articles.sources import NAMES
from rag.articles.stamps import stamped_line
from rag.types import HeadField, Span

_NAME = r"(?:[㐀-鿿]{1,4}·[㐀-鿿]{1,6}|[㐀-鿿]{2,4}|[A-Z][A-Za-z.]+(?:\s[A-Z][A-Za-z.]+)*)"
_NAMES = (
    rf"{_NAME}(?:\s*[、,，/ 　]\s*(?!责任|来源|提交|编辑|通讯|记者|时间|发布|摄影|实习|校对|审核){_NAME}(?![：:]))*"
)
_TIME = r"(?:\s*T?\s*\d{1,2}\s*[:：时]\s*\d{2}(?:\s*[:：]\s*\d{2}|分)?)?"
_DATE = re.compile(
    rf"(?P<label>(?:发布|发表|发稿|发文|更新|刊发|上传|录入|修改|成文|创建|编辑|提交)?(?:时间|日期|于)\s*[:：/]?\s*|(?:发布|更新|出版|刊登)\s*[:：/]\s*|(?i:posted\s*(?:on|at|@)?|published(?:\s+(?:on|at))?|(?:last\s+)?(?:updated|edited|modified)(?:\s+(?:on|at))?)\s*[:：]?\s*|今天是\s*|^)?(?P<date>{FULL_DATE}){_TIME}"
)
_SOURCE = re.compile(
    r"(?<![图片照频据])(?:文章|信息|稿件|新闻|本文|内容)?(?:来\s*源(?:[于自]|单位|部门)?|稿\s*源|转自|供稿(?:单位)?|出处|发布(?:机构|单位|部门)|信息提供|作者单位)"
    r"\s*[:：丨|/]\s*(?P<value>(?!(?:作者|时间|日期|记者|编辑|点击|浏览|阅读|发布|字号|打印)[:：])[^\s|丨｜,，;；:：()（）【】\[\]]{2,30})"
)
_AUTHOR = re.compile(
    rf"(?:(?:作\s*者|撰\s*文|撰\s*稿|采\s*写|文字|报\s*[道导])\s*[:：丨|｜/]\s*(?:[㐀-鿿]{{0,8}}记者\s*|{UNIT}\s+(?=[㐀-鿿]{{2,4}}(?![㐀-鿿])))?|(?<![㐀-鿿])文\s*[/／丨|｜:：]\s*|[㐀-鿿]{{0,10}}记者\s*[:：/]?\s*|^(?:(?i:by)\s+))"
    rf"(?P<value>{_NAMES}(?:\s*(?:通讯员|实习生|见习记者)\s*{_NAMES})?)(?![㐀-鿿])(?P<pictures>\s+(?:图|摄影?|摄像)\s*[/／]\s*{_NAMES}(?![㐀-鿿]))?"
)
_ACCOUNT = re.compile(r"作\s*者\s*[:：]\s*(?P<value>[^\s|丨｜,，;；:：()（）【】\[\]]{2,16})")
_OTHER_DATE = re.compile(
    r"(?i:updated|edited|modified)|更新|修改|创建|成文|今天是|编辑|截止|有效|发文日|生成|生效|印发|施行"
)
_FULL = re.compile(FULL_DATE)
_AFTER = 24
_FOLLOWED = re.compile(
    r"(?![^\s]{0,14}[:：])([^\s|/:：]{2,16})\s+(?:粉丝|文章|作品|获赞|关注者|订阅者)\s*[:：]?\s*[\d.]+\s*[万wW]?"
    r"(?=\s|$)"
)
_TOKEN = re.compile(r"[^\s|丨｜/·,，;；()（）]+")
_PUBLISHER = re.compile(
    rf"(?:{'|'.join(map(re.escape, NAMES))})网?"
    r"|[㐀-鿿A-Za-z]{2,12}(?:日报|晚报|早报|晨报|时报|商报|都市报|周报|报|网|通讯社|新闻社|新闻|电视台|广播电台|客户端|在线|周刊|杂志|传媒"
    r"|融媒体中心|融媒)"
)
_PARTIAL = re.compile(r"(?<![\d年])\d{1,2}(?:[-/.]\d{1,2}|月\d{1,2}日)(?:\s+\d{1,2}[:：]\d{2}|(?=\s|$))")


@dataclass(slots=True)
class Found:
    """A value in a line: where it stands with its label, and where it stands without."""

    whole: Span
    value: Span


@dataclass(slots=True)
class LineValues:
    """What a line of labels and values states."""

    line: Line
    date: Found | None = None
    other_date: Found | None = None
    source: Found | None = None
    author: Found | None = None
    account: Found | None = None  # a name without a label beside the date: who published it, or who wrote it
    found: list[Found] = field(default_factory=list)

    @property
    def share(self) -> float:
        """How much of the line's text is labels and their values."""
        text = "".join(self.line.text.split())
        return sum(len("".join(one.whole.of(self.line.text).split())) for one in self.found) / max(1, len(text))


def _joined(line: Line) -> tuple[str, list[int]]:
    """Return the line in Simplified script with a space wherever an inline element begins or ends, and the places."""
    simple = simplify(line.text)
    if len(simple) != len(line.text):
        simple = line.text
    pieces: list[str] = []
    places: list[int] = []
    cuts = set(line.cuts)
    for at, char in enumerate(simple):
        if at in cuts:
            pieces.append(" ")
            places.append(at)
        pieces.append(char)
        places.append(at)
    places.append(len(simple))
    return "".join(pieces), places


def _found(match: re.Match[str], group: str, places: Sequence[int]) -> Found:
    start, end = match.span()
    if group == "value" and match.groupdict().get("pictures") and re.match(r"文\s*[/／]", match.group()):
        value_start, value_end = match.start("value"), end  # writer and photographer, as one byline
    elif group == "date":
        value_start, value_end = match.span("date")[0], end
    else:
        value_start, value_end = match.span(group)
    return Found(
        Span(places[start], places[end - 1] + 1),
        Span(places[value_start], max(places[value_start], places[value_end - 1] + 1)),
    )


def line_values(line: Line) -> LineValues:
    """Return the dates, the source and the author that a line states."""
    text, places = _joined(line)
    values = LineValues(line)
    for match in _DATE.finditer(text):
        found = _found(match, "date", places)
        after = text[match.end() : match.end() + _AFTER]
        label = text[max(0, match.start() - 4) : match.start("date")]
        label += "" if _FULL.search(after) else after[:4]  # else it is the label of the next date
        if _OTHER_DATE.search(label) or _OTHER_DATE.search(match["label"] or ""):
            values.other_date = values.other_date or found
        else:
            values.date = values.date or found
    _read_source(values, text, places)
    _read_author(values, text, places)
    followed = _FOLLOWED.match(text)
    if followed is not None:
        span = Span(places[followed.start(1)], places[followed.end(1) - 1] + 1)
        values.account = Found(span, span)
    _read_stamp(values, text, places)
    stated = (values.date or values.other_date, values.source or values.account, values.author)
    values.found = [one for one in stated if one is not None]
    return values


def _read_source(values: LineValues, text: str, places: Sequence[int]) -> None:
    source = _SOURCE.search(text)
    if source is not None:
        values.source = _found(source, "value", places)
    elif values.date or _PARTIAL.search(text):
        token = next((m for m in _TOKEN.finditer(text) if _PUBLISHER.fullmatch(m.group())), None)
        if token is not None:
            span = Span(places[token.start()], places[token.end() - 1] + 1)
            values.source = Found(span, span)


def _read_author(values: LineValues, text: str, places: Sequence[int]) -> None:
    author = _AUTHOR.search(text) or _ACCOUNT.search(text)
    if author is not None:
        values.author = _found(author, "value", places)
    elif values.date:
        taken = values.source.whole if values.source else values.date.whole
        for token in _TOKEN.finditer(text):
            span = Span(places[token.start()], places[token.end() - 1] + 1)
            if span.start >= values.date.whole.end and span != taken and is_bare_name(token.group()):
                values.author = Found(span, span)
                break


def _read_stamp(values: LineValues, text: str, places: Sequence[int]) -> None:
    """Take from a line that bears the date what has no label there."""
    stamp = stamped_line(text)
    if stamp is None:
        return

    def at(name: HeadField) -> Found | None:
        span = stamp.fields.get(name)
        if span is None or not len(span):
            return None
        placed = Span(places[span.start], places[span.end - 1] + 1)
        return Found(placed, placed)

    if values.date is None and values.other_date is None:
        values.date = at(HeadField.DATE)
    if stamp.posted:  # whoever posts what is another's is not its author: the rules for lines know
        return
    values.author = values.author or at(HeadField.AUTHOR)
    if values.source is None:
        values.account = values.account or at(HeadField.SOURCE)
