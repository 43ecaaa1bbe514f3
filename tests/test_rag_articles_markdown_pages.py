"""Whole web pages turned into Markdown by a program. All names are invented."""

import pytest

from rag.articles.markdown_pages import page_edits, reader_header
from tests.articles import body_lines, read_whole

FIRST = "青禾镇的老渡口上周挂起了新灯，守灯人周明海说，灯亮起来的那一刻，江面上的船都鸣了笛，岸边站满了人。"
SECOND = "渡口建于1921年，木桩换过四次，石阶一级没动。镇上今年把它列进了保护名录，修缮由三名老木匠带着徒弟完成。"
THIRD = "明年春天，渡口旁的仓库将改成一间小小的陈列室，展出船票、灯芯和十一本值班簿，免费开放，周一闭馆。"
U = "https://www.qinghe.example.com"
MENU = "\n".join(f"*   [{name}]({U}/{n})" for n, name in enumerate(("首页", "资讯", "深度", "图鉴", "活动", "商城")))
HEADER = f"Title: 老渡口挂新灯_青禾在线\n\nURL Source: {U}/1.html\n\nPublished Time: {{}}\n\nMarkdown Content:\n"
TOP = f"[![Image 1: 标志]({U}/l.png)]({U}/)\n\n{MENU}\n\n[首页]({U}/)>[深度]({U}/d)>正文\n\n老渡口挂新灯\n======\n\n"
ADVERT = f"[![Image 2: 广告]({U}/ad.jpg)]({U}/c?id=7)"


@pytest.mark.parametrize("kind", ["markdown", "text"])
@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2023-08-04T09:20:00+08:00", "2023-08-04"),
        ("2023-08-03T22:20:00Z", "2023-08-04"),
        ("Thu, 03 Aug 2023 22:20:00 GMT", "2023-08-04"),
        ("unknown", "None"),
    ],
)
def test_what_a_reader_service_writes_above_a_page_is_its_title_and_day(kind: str, written: str, day: str) -> None:
    """The time is told as it was in China, and the header is no text, whatever the file is called."""
    article = read_whole(f"{HEADER.format(written)}{TOP}{FIRST}\n\n{SECOND}\n\n{THIRD}\n", kind)
    assert (article.title, str(article.published)) == ("老渡口挂新灯", day)
    assert body_lines(article) == [FIRST, SECOND, THIRD]


def test_a_date_below_the_title_counts_before_the_header() -> None:
    """The header's is the page's, which may have been changed since."""
    text = f"{HEADER.format('2024-01-01')}{TOP}2023-08-04 09:20 来源：《拾贝》杂志 作者：顾长林\n\n{FIRST}\n\n{SECOND}\n\n{THIRD}\n"
    article = read_whole(text, "markdown")
    assert (str(article.published), article.source, article.author) == ("2023-08-04", "《拾贝》杂志", "顾长林")


def test_links_between_paragraphs_go_with_their_heading_and_pictures() -> None:
    """A heading above two links, an advertisement that is a linked picture; words linked in a sentence stay."""
    linked = SECOND.replace("保护名录", f"[保护名录]({U}/list)")
    related = f"**延伸阅读**\n\n[旧船票上的名字]({U}/2)\n\n[一座灯塔的一生]({U}/3)"
    text = f"{HEADER.format('2023-08-04')}{TOP}{FIRST}\n\n{ADVERT}\n\n{related}\n\n{linked}\n\n## 陈列室\n\n{THIRD}\n"
    assert body_lines(read_whole(text, "markdown")) == [FIRST, SECOND, "陈列室", THIRD]


def test_remarks_without_a_heading_go() -> None:
    """They end in buttons to reply and to vote, beside a time."""
    remarks = "\n\n".join(f"阿良\n\n灯真亮。\n\n{n}小时前 [回复](javascript:;) [赞({n})](javascript:;)" for n in (1, 2))
    share = "[赞 12](javascript:void(0))[收藏](javascript:void(0))"
    text = f"{HEADER.format('2023-08-04')}{TOP}{FIRST}\n\n{SECOND}\n\n{THIRD}\n\n{share}\n\n{remarks}\n"
    article = read_whole(text, "markdown")
    assert body_lines(article) == [FIRST, SECOND, THIRD]
    assert "comments" in {item.reason for item in article.removed}


def test_a_whole_page_without_a_header_is_told_by_its_menu() -> None:
    """Links above the first paragraph; the headline may be one."""
    title = f"# [老渡口挂新灯]({U}/1)"
    more = f"## 热榜\n\n1. [旧船票上的名字]({U}/2)\n2. [一座灯塔的一生]({U}/3)\n"
    article = read_whole(f"{MENU}\n\n{title}\n\n{FIRST}\n\n{SECOND}\n\n{THIRD}\n\n{more}", "markdown")
    assert article.title == "老渡口挂新灯"
    assert body_lines(article) == [FIRST, SECOND, THIRD]


def test_a_list_of_links_that_somebody_put_together_stays() -> None:
    """Words of theirs stand before it."""
    links = "\n".join(f"- [第{n}封旧信里的渡口]({U}/{n})" for n in range(12))
    text = f"# 我的书签\n\n{FIRST}\n\n{links}\n\n{SECOND}\n\n{THIRD}\n"
    assert page_edits(text, None, whole=False) == []
    assert "第11封旧信里的渡口" in read_whole(text, "markdown").text


def test_a_page_of_links_keeps_them() -> None:
    """Where next to nothing else is left, the links are the text."""
    assert page_edits(f"{MENU}\n\n导航\n", None, whole=True) == []


def test_a_text_that_begins_with_a_title_is_no_readers_page() -> None:
    """A header names where its page stands and where its text begins."""
    assert reader_header(f"Title: 老渡口\n\n{FIRST}\n") is None
    assert reader_header(f"Title: 老渡口\nURL Source: {U}\n\n{FIRST}\n") is None


def test_marks_that_are_never_closed_leave_a_text_file_as_it_is() -> None:
    """Reading such Markdown takes hours: the file is plain text then."""
    text = f"{HEADER.format('2023-08-04')}{FIRST}\n\n{'[a](' * 60_000}\n"
    assert "Title: 老渡口挂新灯" in read_whole(text, "text").text
