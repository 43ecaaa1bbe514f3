"""Reading pages: the tree with its places, what names are believed, and the exact way back to the source."""

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.articles import Loaded, read_article
from rag.articles.alignment import uncovered
from rag.articles.blocks import Element, read_page
from rag.articles.page_meta import stated_date
from rag.articles.page_names import furniture_reason
from rag.articles.webpage import extract_webpage
from rag.types import Article, Span

SENTENCE = "清溪县图书馆昨天把闭馆时间从下午六点推迟到晚上十点，周末不休息。"
BODY = f"<p>{SENTENCE}</p><p>馆长说，去年暑假有七成读者是下班以后才来的，门关着，书再好也没用。</p>"
PIECES = [
    "<p>", "</p>", "<div>", "</div>", "<div class='nav'>", "<div id=content>", "<b>", "</b>", "<a href='x'>", "</a>", "<ul>", "<li>",
    "</ul>", "<table>", "<tr>", "<td>", "</td>", "</table>", "<br/>", "<br>", "<h1>", "</h1>", "<title>", "</title>", "<pre>", "</pre>",
    "<script>", "</script>", "<style>", "<!--", "-->", "<img src=1.jpg>", "<ruby>", "<rt>", "</rt>", "<span style='display:none'>",
    "</span>", '<a title="', "'", '"', "<", ">", "&", "&amp;", "&nbsp;", "&#22269;", "&lt", "&#0;", "&unknown;", " ", "\n", "\r\n", "\t",
    "　　", "公园", SENTENCE, "相关阅读", "2024-03-05 来源：某山日报", "责任编辑：李明", "𠮷", "😀", "a", "</", "<!", "<?php",
]  # fmt: skip


def outline(element: Element) -> str:
    """Write an element as its tags, with its texts."""
    inside = "".join(outline(child) if isinstance(child, Element) else child.shown for child in element.children)
    return f"{element.tag}({inside})"


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_whatever_a_page_is_made_of_every_character_keeps_its_place(pieces: list[str]) -> None:
    """A character that comes out stands in the source where it is said to stand, and order is the source's."""
    raw = "".join(pieces)
    extracted = extract_webpage(raw)
    position = 0
    for start, end, raw_start, raw_end in extracted.text.pieces:
        assert start == position
        position = end
        assert 0 <= raw_start <= raw_end <= len(raw)
        if end - start == raw_end - raw_start:
            assert extracted.text.text[start:end] == raw[raw_start:raw_end]
    assert position == len(extracted.text.text)
    assert all(0 <= item.raw.start < item.raw.end <= len(raw) and item.reason for item in extracted.removed)
    for gap in uncovered(extracted.text, extracted.removed):
        assert "公园" not in gap.of(raw) or "<" in gap.of(raw)  # only markup is left without a record


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_an_article_of_any_page_holds_together(pieces: list[str]) -> None:
    """What the rules for lines make of it is aligned too, and nothing vanishes without a record."""
    article = read_article(Loaded("a.html", "".join(pieces), "utf-8", "html"))
    if not isinstance(article, Article):
        return
    marks = bytearray(len(article.raw))
    for segment in article.alignment.segments:
        marks[segment.raw.start : segment.raw.end] = b"\1" * len(segment.raw)
        if len(segment.clean) == len(segment.raw):
            assert segment.clean.of(article.text) == segment.raw.of(article.raw)
    for item in article.removed:
        marks[item.raw.start : item.raw.end] = b"\1" * len(item.raw)
    assert not "".join(char for char, mark in zip(article.raw, marks, strict=True) if not mark).strip()


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_elements_lie_inside_each_other(pieces: list[str]) -> None:
    """Every text of the source lies in the tree once, in order; an element starts where its parent has begun."""
    raw = "".join(pieces)
    page = read_page(raw)
    last = 0
    stack: list[Element] = [page.root]
    while stack:
        element = stack.pop()
        for child in element.children:
            assert element.start <= child.start <= child.end <= len(raw)
        stack += [child for child in element.children if isinstance(child, Element)]
    starts = [element.start for element in page.elements]
    assert starts == sorted(starts)
    for element in page.elements:
        assert element.end >= last or element.end >= element.start


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("<p>一<p>二", "html(p(一)p(二))"),
        ("<ul><li>一<li>二</ul>三", "html(ul(li(一)li(二))三)"),
        ("<table><tr><td>一<td>二<tr><td>三</table>四", "html(table(tr(td(一)td(二))tr(td(三)))四)"),
        ("<table><tr><td></div>一</td></tr></table>", "html(table(tr(td(一))))"),
        ("<td>一<table><td>二</table>三<td>四", "html(td(一table(td(二))三)td(四))"),
        ("<a href=x><div>一</a>二</div>三", "html(a(div(一二))三)"),
        ("<p>一<div>二</div></p>三", "html(p(一)div(二)br()三)"),
        ("<b><p>一</b>二</p>", "html(b(p(一二)))"),
        ("<script>if (a < b) '<p>'</script>一", "html(script(if (a < b) '<p>')一)"),
        ("<title>一 & 二", "html(title(一 & 二))"),
        ("<!-- <p>一 -->二<!-- 三", "html(二<!-- 三)"),
        ("3 < 4 <5> <i/>六", "html(3 < 4 <5> i()六)"),
        ("<a href=/x/>一</a>", "html(a(一))"),
        ("<p title='a>b'>一", "html(p(一))"),
        ("<DL><DT>一<DD>二<DT>三</DL>", "html(dl(dt(一)dd(二)dt(三)))"),
    ],
)
def test_tags_that_are_left_out_stand_where_a_browser_puts_them(source: str, tree: str) -> None:
    """Old and careless pages mean what browsers make of them."""
    assert outline(read_page(source).root) == tree


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ("nav", "navigation"),
        ("mainNav", "navigation"),
        ("article-share", "share line"),
        ("bdsharebuttonbox", "share line"),
        ("relatedNews", "links to other articles"),
        ("xgxw", "links to other articles"),
        ("hot_list fr", "links to other articles"),
        ("comment-list", "comments"),
        ("post_pagination", "page numbers"),
        ("ad_300x250", "advertisement"),
        ("footer-links", "page furniture"),
        ("js_content", None),
        ("content", None),
        ("TRS_Editor", None),
        ("article-content share", None),
        ("has-sidebar-content", None),
        ("heading", None),
        ("shadow", None),
        ("hotel-news", None),
        ("thread", None),
        ("follow-nickName", None),
    ],
)
def test_names_are_read_by_their_words(names: str, reason: str | None) -> None:
    """`shadow` is no advertisement and `hotel` is not hot; a body's own name wins."""
    assert furniture_reason(names) == reason


def test_no_name_is_believed_that_would_leave_nothing() -> None:
    """An article inside an element that is named as a menu, a comment or hidden is still the article."""
    for opening in (
        "<div class=nav>",
        "<div id=comment>",
        "<div style='display:none'>",
        "<aside>",
        "<footer class=hot>",
    ):
        text = extract_webpage(f"<body><div><a href=/>某网</a></div>{opening}{BODY}</div></body>").text.text
        assert text.startswith(SENTENCE)


def test_a_hidden_body_of_a_known_system_is_believed_to_be_shown() -> None:
    """WeChat's saved pages hide the body until a script has run; long comments below do not make it hidden."""
    page = f"<div id=js_content style='visibility: hidden; opacity: 0;'>{BODY}</div><ul>{'<li>我觉得，这样很好，应该早一点。</li>' * 30}</ul>"
    assert extract_webpage(page).text.text.startswith(SENTENCE)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2023-04-30T17:10:00Z", date(2023, 5, 1)),
        ("2023-04-30T17:10:00+00:00", date(2023, 5, 1)),
        ("2023-04-30T17:10:00+08:00", date(2023, 4, 30)),
        ("2023-04-30 17:10", date(2023, 4, 30)),
        ("1714039560", date(2024, 4, 25)),
        ("20250211064012", date(2025, 2, 11)),
        ("2023-13-45T17:10:00Z", None),
        ("昨天", None),
    ],
)
def test_times_of_machines_are_days_in_china(written: str, day: date | None) -> None:
    """A page that states its time in UTC was published on the day that it was in China."""
    assert stated_date(written) == day


def test_everything_left_out_has_a_reason_that_fits() -> None:
    """A reader of `yiju articles show` sees why a part of the page is gone."""
    page = (
        f"<title>夜里也开门的图书馆_某网</title><div class=crumbs><a>首页</a>&gt;<a>新闻</a></div><h1>夜里也开门的图书馆</h1><div class=zw>{BODY}"
        "<p><img src=1.jpg></p><p class=caption>阅览室一角</p><p>相关阅读</p><p><a href=1>另一篇文章的标题</a></p></div>"
        "<div class=share>分享到微信</div><div id=comments>路人：好。</div><div class=ad>买一送一</div><script>var a = 1;</script>"
    )
    reasons = {item.raw.of(page): item.reason for item in extract_webpage(page).removed}

    def why(words: str) -> str:
        return next(reason for stretch, reason in reasons.items() if words in stretch)

    assert why("首页") == "breadcrumb"
    assert why("阅览室一角") == "caption"
    assert why("相关阅读") == why("另一篇") == "links to other articles"
    assert why("分享到") == "share line"
    assert why("路人") == "comments"
    assert why("买一送一") == "advertisement"
    assert why("var a") == "page furniture"


def test_nothing_kept_is_recorded_as_removed() -> None:
    """A title inside a longer line, and values inside a line of tools, are taken out without a record of their own."""
    page = (
        "<title>夜里也开门的图书馆</title><h1>[<a href=x>民生</a>] <span>夜里也开门的图书馆</span></h1>"
        f"<div>首页快讯 2023-05-01 10:00 来源：清溪日报 大家都来看看 字号加大</div>{BODY}"
    )
    extracted = extract_webpage(page)
    kept = [Span(raw_start, raw_end) for _, _, raw_start, raw_end in extracted.text.pieces if raw_end > raw_start]
    for item in extracted.removed:
        assert all(span.end <= item.raw.start or item.raw.end <= span.start for span in kept)
    assert extracted.text.text.startswith("夜里也开门的图书馆\n2023-05-01 10:00 来源：清溪日报\n")


@pytest.mark.parametrize(
    "page",
    [
        "<title>清溪县图书馆夜里也开门</title>" + "<b>" * 50_000 + "清溪县图书馆夜里",
        "<title>清溪县图书馆夜里也开门</title>" + "<table><tr><td>" * 20_000 + BODY,
        "<div>" + "<div><div class=nav>a</div>" * 20_000 + BODY,
        "<div>" * 20_000 + "<li></li>" * 20_000,
        "<p>" + "清溪县图书馆昨天，" * 10_000 + "</p>" + BODY * 5_000,
        "<div><span class=author>周小禾</span></div>" * 10_000 + BODY,
        "<div>" + "<div><p>链接</p><p>昨天把闭馆时间推迟。</p></div>" * 5_000,
        "<a '" * 20_000 + ">" + BODY,
        f"<div class='{'hot ' * 50_000}'>{BODY}",
    ],
    ids=["inline", "tables", "menus", "items", "paragraphs", "authors", "boxes", "quotes", "names"],
)
def test_time_grows_with_the_page_and_not_faster(page: str) -> None:
    """Pages nested or repeated thousands of times are read in seconds."""
    start = time.process_time()
    extract_webpage(page)
    assert time.process_time() - start < 10
