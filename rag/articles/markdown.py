"""Markdown → running text: markers go, words stay, front matter becomes metadata."""

import re
from dataclasses import replace

from models.fold import simplify
from rag.articles.alignment import AlignedText, Edit
from rag.articles.dates import full_date
from rag.articles.hints import Extracted, Hints
from rag.articles.markdown_pages import TARGET, page_edits, reader_header
from rag.articles.stamps import head_meta
from rag.types import HeadField

_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_ENTRY = re.compile(
    r"^(title|date|published|publish_date|pubdate|source|author|byline|标题|题目|名称|日期|时间|发布时间"
    r"|发布日期|发表时间|发表日期|来源|出处|公众号|网站|作者|撰文)[ \t]*[:：]"
    r"(?:[ \t]*\r?\n[ \t]*-)?[ \t]*(.+?)[ \t\r]*$",
    re.MULTILINE | re.IGNORECASE,
)
_KEYS = {
    **dict.fromkeys(("标题", "题目", "名称"), "title"),
    **dict.fromkeys(("发布时间", "发布日期", "发表时间", "发表日期"), "published"),
    **dict.fromkeys(("日期", "时间"), "date"),
    **dict.fromkeys(("来源", "出处", "公众号", "网站"), "source"),
    **dict.fromkeys(("作者", "撰文"), "author"),
}
# What note programs write below the title: of the note and not of the article.
_PROPERTY = re.compile(
    r"^[ \t>*-]*(?:\*\*)?(?:(?i:created(?: time| by| at)?|last edited(?: time| by)?|updated(?: at)?"
    r"|author|full title|document tags|summary"
    r"|date (?:saved|added)|saved|clipped|tags?|url|link|status|type"
    r"|category|notebook|archived|favou?rite|read)|创建时间|创建日期|创建者|更新时间|修改时间|剪藏时间"
    r"|保存时间|收藏时间|标签|链接|网址|原文链接|原文地址|状态|分类|类型|笔记本"
    r"|所属笔记本)(?:\*\*)?[ \t]*[:：](?:\*\*)?"
    r"[^\n]*$",
    re.MULTILINE,
)
_SECTION = re.compile(r"^#{1,3}[ \t]+(?:Metadata|Full Document|Highlights|New highlights.*)[ \t]*$", re.MULTILINE)
_PROPERTY_WITHIN, _FEWEST_PROPERTIES = 900, 2
_ACCOUNT = re.compile(r"^(?:公众号|网站)[ \t]*[:：][^\n]*$", re.MULTILINE)
# What who keeps the note added to the article, and what the program made of its pictures.
_CALLOUT = re.compile(r"^<aside>(?:(?!</?aside>)[\s\S])*</aside>[ \t]*$", re.MULTILINE)
_CALLOUT_WITHIN = 2000
_OWN_NOTES = re.compile(
    r"^#{1,4}[ \t]*(?:我的|个人|读书|阅读)?(?:笔记|批注|摘录|想法|感想|思考|读后感?|随想|备注)[ \t]*$"
    r"(?:\n(?!#)[^\n]*)*\Z",
    re.MULTILINE,
)
_OWN_SHARE = 0.35
_PICTURE = re.compile(
    r"^\[[^\]\n]*\]\([^()\n]+\.(?:png|jpe?g|gif|webp|heic|svg)\)[ \t]*$", re.MULTILINE | re.IGNORECASE
)
_PUBLISHED = ("published", "publish_date", "pubdate")
_LINK = re.compile(rf"!?\[([^\]\n]*)\]{TARGET}")
_ROW = re.compile(r"^[ \t]*\|(?![ \t]*:?-{2,})[^\n]*\|[ \t\r]*$", re.MULTILINE)
_BAR = re.compile(r"(?<=[^|\s])[ \t]*(?<!\\)\|[ \t]*(?=[^|\s])")
_TOP = 3000
_LONGEST_META = 120
_INK = r"[^\s*]"
_MARKERS: tuple[tuple[re.Pattern[str], tuple[int, ...], str], ...] = tuple(
    (re.compile(pattern, re.MULTILINE), kept, reason)
    for pattern, kept, reason in (
        (r"<!--(?:.|\n)*?-->", (), "comment"),
        (r"^[ \t]*(?:[-*+]|\d+\.)[ \t]+\[[^\]\n]+\]\(#[^()\n]*\)[ \t]*$", (), "contents"),
        (
            (
                r"</?(?:div|span|p|br|font|center|section|figure|figcaption|img|a|details|summary|sup|sub|u|b|i|em|strong)"
                r"(?:\s[^<>\n]*)?/?>"
            ),
            (),
            "markup",
        ),
        (r"^[ \t]{0,3}(?:```|~~~).*$", (), "markup"),
        (rf"!\[[^\]\n]*\]{TARGET}", (), "image"),
        (rf"\[\s*\]{TARGET}", (), "image"),  # a link around a picture
        (rf"\[([^\]\n]+)\]{TARGET}", (1,), "markup"),
        (r"<(?:https?://|mailto:)[^>\s]+>", (), "link"),
        (r"^[ \t]{0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|=+[ \t]*)\r?$", (), "markup"),
        (r"^[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*\r?$", (), "markup"),
        (r"^[ \t]*\|[ \t]*(.*?)[ \t]*\|[ \t]*\r?$", (1,), "markup"),
        (r"^[ \t]{0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t\r]*$", (1,), "markup"),
        (r"^[ \t]*(?:>[ \t]?)+", (), "markup"),
        (r"^[ \t]*[-*+][ \t]+", (), "markup"),
        (rf"\*\*\*?(?=[^\s*])([^\n]*?{_INK})\*\*\*?", (1,), "markup"),
        (r"(?<![\w])__(?=\S)([^\n]*?\S)__(?![\w])", (1,), "markup"),
        (r"(?<![*\\])\*(?=[^\s*])([^*\n]*?[㐀-鿿][^*\n]*?)(?<=[^\s*\\])\*(?!\*)", (1,), "markup"),
        (r"(?<![\w*\\])\*(?=[^\s*])([^*\n]*?)(?<=[^\s*\\])\*(?![\w*])", (1,), "markup"),
        (r"(?<![\w_\\])_(?=[^\s_])([^_\n]*?[^\s_\\])_(?![\w_])", (1,), "markup"),
        (r"(`+)([^`\n]+)\1", (2,), "markup"),
        (r"\\([\\`*_{}\[\]()#+\-.!|>~])", (1,), "markup"),
    )
)


def _edits(text: str, pattern: re.Pattern[str], kept: tuple[int, ...], reason: str) -> list[Edit]:
    edits: list[Edit] = []
    for match in pattern.finditer(text):
        position = match.start()
        for group in kept:
            if match.start(group) > position:
                edits.append(Edit(position, match.start(group), "", reason))
            position = match.end(group)
        if match.end() > position:
            edits.append(Edit(position, match.end(), "", reason))
    return edits


def _dated_line(text: str, start: int) -> str | None:
    """Return the first date near the top of the text that stands beside a source or the like, or alone in its line."""
    for line in text[start : start + _TOP].split("\n"):
        shown = _LINK.sub(r"\1", line).strip()
        meta = head_meta(simplify(shown)) if 0 < len(shown) <= _LONGEST_META else None
        if meta is not None and HeadField.DATE in meta.fields:
            return meta.fields[HeadField.DATE].of(shown)
    return None


def _front_matter(text: str) -> tuple[Hints, Edit | None]:
    front = _FRONT.match(text)
    if front is None:
        return Hints(), None
    values: dict[str, str] = {}
    for match in _ENTRY.finditer(front[1]):
        values.setdefault(_KEYS.get(match[1], match[1].lower()), match[2].strip("\"'“”[] "))
    written = next((values[key] for key in _PUBLISHED if values.get(key)), None)
    if written is None and _dated_line(text, front.end()) is None:
        written = values.get("date")  # of an article, or of the day it was clipped: a date below the title says more
    hints = Hints(
        title=values.get("title") or None,
        published=full_date(written) if written else None,
        source=values.get("source") or None,
        author=values.get("author") or values.get("byline") or None,
    )
    return hints, Edit(0, front.end(), "", "front matter")


def _property_edits(text: str) -> list[Edit]:
    """Return the edits that drop a note program's properties at the top; a single line may be the article's own."""
    found = [
        Edit(match.start(), match.end(), "", "front matter") for match in _PROPERTY.finditer(text[:_PROPERTY_WITHIN])
    ]
    if len(found) < _FEWEST_PROPERTIES:
        return []
    found += [Edit(*match.span(), "", "front matter") for match in _SECTION.finditer(text[:_PROPERTY_WITHIN])]
    found += [Edit(*match.span(), "", "front matter") for match in _ACCOUNT.finditer(text[:_PROPERTY_WITHIN])]
    return sorted(found)


def _note_edits(text: str) -> list[Edit]:
    """Return the edits that drop what a note holds beside the article: a box at its top, own notes at its end."""
    found = [Edit(*match.span(), "", "box") for match in _CALLOUT.finditer(text[:_CALLOUT_WITHIN])]
    found += [Edit(*match.span(), "", "image") for match in _PICTURE.finditer(text)]
    own = _OWN_NOTES.search(text)
    if own is not None and len(own.group()) <= _OWN_SHARE * len(text):
        found.append(Edit(*own.span(), "", "notes of the reader"))
        found = [edit for edit in found if edit.end <= own.start() or edit.start == own.start()]
    return sorted(found)


def _property_source(text: str) -> str | None:
    """Return the source among a note's properties."""
    top = text[:_PROPERTY_WITHIN]
    return next((m[2] for m in _ENTRY.finditer(top) if _KEYS.get(m[1], m[1].lower()) == "source"), None)


def _cell_edits(text: str) -> list[Edit]:
    """Return the edits that put spaces for the bars between the cells of a table."""
    edits: list[Edit] = []
    for row in _ROW.finditer(text):
        edits += [
            Edit(row.start() + bar.start(), row.start() + bar.end(), " ", "markup")
            for bar in _BAR.finditer(row.group())
        ]
    return edits


def extract_markdown(raw: str) -> Extracted:
    """Return the running text of a Markdown file, one pass per kind of marker."""
    hints, front = _front_matter(raw)
    aligned = AlignedText.of(raw)
    removed = aligned.removals([front]) if front else []
    if front:
        aligned = aligned.edited([front])
    header = reader_header(aligned.text)
    if header is not None:
        dated = _dated_line(aligned.text, header.title_at(aligned.text)) is not None
        hints = replace(header.hints, published=None if dated else header.hints.published)
        removed += aligned.removals([header.edit])
        aligned = aligned.edited([header.edit])
    links = page_edits(aligned.text, hints.title, whole=header is not None)
    removed += aligned.removals(links)
    aligned = aligned.edited(links)
    properties = _property_edits(aligned.text)
    removed += aligned.removals(properties)
    if properties:
        hints = replace(hints, source=hints.source or _property_source(aligned.text))
    aligned = aligned.edited(properties)
    if properties:
        notes = _note_edits(aligned.text)
        removed += aligned.removals(notes)
        aligned = aligned.edited(notes)
    cells = _cell_edits(aligned.text)
    removed += aligned.removals(cells)
    aligned = aligned.edited(cells)
    for pattern, kept, reason in _MARKERS:
        edits = _edits(aligned.text, pattern, kept, reason)
        if edits:
            removed += aligned.removals(edits)
            aligned = aligned.edited(edits)
    return Extracted(aligned, hints, tuple(removed))
