"""Lines and line ends that belong to the page and not to the article. Read in Simplified script, like by-lines.

A pattern is here only if a sentence of a report can hardly match it: the body's characters matter more than a tidy end.
What a line may be only at the top or below the article (a menu, a bare heading of a list) is decided in `zones.py`.
"""

from collections.abc import Iterator

from rag.articles import phrases
from rag.articles.alignment import Edit


def is_breadcrumb(line: str) -> bool:
    """Whether `line` is the path of a page: `首页>资讯>正文`."""
    return len(line) <= 140 and phrases.BREADCRUMB.match(line) is not None


def is_site_name(line: str) -> bool:
    """Whether `line` could be the name of a web site and nothing else."""
    return len(line) <= 34 and phrases.SITE.match(line) is not None


def is_trailing_heading(line: str) -> bool:
    """Whether `line` is a heading under which pages list other articles."""
    return len(line) <= 70 and phrases.TRAILING_HEADING.match(line) is not None


def heads_links(line: str) -> bool:
    """Whether `line` is a heading that stands above nothing but links: `相关阅读：`."""
    return len(line) <= 12 and phrases.LINKS_ONLY.match(line) is not None


def is_inline_link(line: str) -> bool:
    """Whether `line` is a link to another article with its label: `相关阅读：公园今天开放`."""
    return len(line) <= 90 and phrases.LIST_INLINE.match(line) is not None


def is_comment_heading(line: str) -> bool:
    """Whether `line` is a heading under which readers' comments stand."""
    return len(line) <= 70 and phrases.COMMENTS.match(line) is not None


def is_talk_heading(line: str) -> bool:
    """Whether `line` may be a heading above comments, or one of the body: `评分`, `留言`."""
    return len(line) <= 16 and phrases.TALK.match(line) is not None


def is_of_comments(line: str) -> bool:
    """Whether `line` holds what stands around a reader's comment: votes, a reply's button, how long ago."""
    return len(line) <= 60 and phrases.COMMENTED.search(line) is not None


def is_menu(line: str) -> bool:
    """Whether `line` is a row of a menu: at least half of its words, and three, name channels or tools."""
    if len(line) > 160 or "。" in line:
        return False
    words = phrases.WORD.findall(line)
    known = sum(bool(phrases.CHANNEL_WORD.match(word)) or is_tools(word) for word in words)
    return (len(words) >= 3 and known >= 3 and 2 * known >= len(words)) or (
        len(line) >= 8 and phrases.MENU.match(line) is not None
    )


def is_channel(line: str) -> bool:
    """Whether `line` is the name of one channel or tool, as the entries of a menu are."""
    return len(line) <= 14 and (phrases.CHANNEL_WORD.match(line) is not None or is_tools(line))


def is_tools(line: str) -> bool:
    """Whether `line` is made of words on buttons and nothing else, one of which may be a heading of the body too."""
    return len(line) <= 140 and phrases.TOOLS.match(line) is not None and phrases.TOOL_WORD.search(line) is not None


def is_today(line: str) -> bool:
    """Whether `line` tells the day of the visit or the weather, as mastheads do."""
    return (
        len(line) <= 100
        and "。" not in line
        and (phrases.TODAY.match(line) is not None or phrases.WEATHER.match(line) is not None)
    )


def is_caption(line: str) -> bool:
    """Whether `line` is the words below a picture, with its photographer or source at the end."""
    return len(line) <= 130 and phrases.CAPTION.match(line) is not None and phrases.CREDIT_BEHIND.search(line) is None


def credit_behind(line: str) -> int | None:
    """Return where a picture's credit in brackets begins behind a paragraph's last sentence, if one does."""
    match = phrases.CREDIT_BEHIND.search(line)
    return match.start("credit") if match else None


def whole_line(line: str) -> str | None:
    """Return why `line` is no part of the article, or None when it may be."""
    if len(line) > phrases.LONGEST_WHOLE or (
        len(line) > phrases.LONGEST_SHORT and phrases.DISCLAIMS.match(line) is None
    ):
        return None
    if phrases.KEYWORDS.match(line):
        return "keywords"
    if phrases.WHOLE_HINT.search(line) is not None:
        for pattern, reason in phrases.WHOLE:
            if pattern.match(line):
                return reason
    return "page furniture" if is_tools(line) and not phrases.WEAK.match(line) else None


def glued_ends(line: str) -> Iterator[Edit]:
    """Yield the stretches at the end of `line` that are no part of it, the last one first."""
    end = len(line)
    while end:
        window = line[:end]
        for pattern, reason in phrases.ENDS:
            match = pattern.search(window)
            if match is not None and match.end() > match.start():
                yield Edit(match.start(), end, "", reason)
                end = match.start()
                break
        else:
            return
