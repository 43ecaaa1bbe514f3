"""Markdown → running text: markers go, words stay, front matter becomes metadata."""

import re

from rag.articles.alignment import AlignedText, Edit
from rag.articles.dates import full_date
from rag.articles.hints import Extracted, Hints

_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_ENTRY = re.compile(r"^(title|date|published|source|author)[ \t]*:[ \t]*(.+?)[ \t\r]*$", re.MULTILINE | re.IGNORECASE)
_INK = r"[^\s*]"
_MARKERS: tuple[tuple[re.Pattern[str], tuple[int, ...], str], ...] = tuple(
    (re.compile(pattern, re.MULTILINE), kept, reason)
    for pattern, kept, reason in (
        (r"<!--(?:.|\n)*?-->", (), "comment"),
        (r"^[ \t]{0,3}(?:```|~~~).*$", (), "markup"),
        (r"!\[[^\]\n]*\]\([^)\n]*\)", (), "image"),
        (r"\[([^\]\n]+)\]\([^)\s]*(?:[ \t]+[\"'][^)\n]*)?\)", (1,), "markup"),
        (r"<(?:https?://|mailto:)[^>\s]+>", (), "link"),
        (r"^[ \t]{0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|=+[ \t]*)\r?$", (), "markup"),
        (r"^[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*\r?$", (), "markup"),
        (r"^[ \t]{0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t\r]*$", (1,), "markup"),
        (r"^[ \t]*(?:>[ \t]?)+", (), "markup"),
        (r"^[ \t]*[-*+][ \t]+", (), "markup"),
        (rf"\*\*\*?(?=[^\s*])([^\n]*?{_INK})\*\*\*?", (1,), "markup"),
        (r"(?<![\w])__(?=\S)([^\n]*?\S)__(?![\w])", (1,), "markup"),
        (r"(?<![*\\])\*(?=[^\s*])([^*\n]*?[㐀-鿿][^*\n]*?)(?<=[^\s*\\])\*(?!\*)", (1,), "markup"),
        (r"(?<![\w*\\])\*(?=[^\s*])([^*\n]*?)(?<=[^\s*\\])\*(?![\w*])", (1,), "markup"),
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


def _front_matter(text: str) -> tuple[Hints, Edit | None]:
    front = _FRONT.match(text)
    if front is None:
        return Hints(), None
    values = {match[1].lower(): match[2].strip("\"'“” ") for match in _ENTRY.finditer(front[1])}
    written = values.get("published") or values.get("date")
    hints = Hints(
        title=values.get("title") or None,
        published=full_date(written) if written else None,
        source=values.get("source") or None,
        author=values.get("author") or None,
    )
    return hints, Edit(0, front.end(), "", "front matter")


def extract_markdown(raw: str) -> Extracted:
    """Return the running text of a Markdown file, one pass per kind of marker."""
    hints, front = _front_matter(raw)
    aligned = AlignedText.of(raw)
    removed = aligned.removals([front]) if front else []
    if front:
        aligned = aligned.edited([front])
    for pattern, kept, reason in _MARKERS:
        edits = _edits(aligned.text, pattern, kept, reason)
        if edits:
            removed += aligned.removals(edits)
            aligned = aligned.edited(edits)
    return Extracted(aligned, hints, tuple(removed))
