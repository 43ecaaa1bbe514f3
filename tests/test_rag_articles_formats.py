"""Web pages and Markdown files: the running text, with its place in the source."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from rag.articles import Loaded, read_article
from rag.articles.alignment import uncovered
from rag.articles.webpage import extract_webpage
from rag.types import Article, HeadField

PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>河边公园开放_某山新闻网</title>
<meta property="og:title" content="河边公园开放"><meta name="publishdate" content="2024-03-05">
<meta name="source" content="某山日报"><script>var a = "<p>不是正文</p>";</script><style>p{color:red}</style></head>
<body><header><a href="/">首页</a></header><nav><ul><li>新闻</li><li>体育</li></ul></nav>
<div class="breadcrumb">首页&gt;新闻&gt;正文</div>
<article><header><h1>河边公园开放</h1></header>
<p class="info">2024-03-05&nbsp;10:20 来源：某山日报 记者：李明</p>
<div hidden>隐藏</div><!-- 注释 -->
<p>河边公园&ldquo;五一&rdquo;前开放，面积3&lt;4公顷，
共有&#x1F333;二百棵。A&amp;B公司<b>承建</b>。</p>
<p>居民说：&#8220;很好！&#8221;<br>公园每天八点开门。</p><p>&nbsp;</p>
<form><input name="q"><button>搜索</button></form>
<aside>相关推荐</aside></article>
<table><tr><td>面积</td><td>四公顷</td></tr></table>
<footer>版权所有 某山新闻网</footer></body></html>
"""


def article(text: str, kind: str = "html") -> Article:
    """Read `text` as a file of `kind` and check what every article promises."""
    loaded = Loaded("a", text, "utf-8", "html" if kind == "html" else "markdown")
    read = read_article(loaded)
    assert isinstance(read, Article)
    for segment in read.alignment.segments:
        if len(segment.clean) == len(segment.raw):
            assert segment.clean.of(read.text) == segment.raw.of(read.raw)
    return read


def test_a_page_gives_its_article_only() -> None:
    """Menus, scripts, hidden and page parts are gone; what is left reads as the article was written."""
    read = article(PAGE)
    assert read.text == (
        "河边公园开放\n"
        "2024-03-05\xa010:20 来源：某山日报 记者：李明\n"
        "河边公园“五一”前开放，面积3<4公顷，共有🌳二百棵。A&B公司承建。\n"
        "居民说：“很好！”\n"
        "公园每天八点开门。\n"
        "面积 四公顷"
    )
    assert (read.title, read.published, read.source, read.author) == (
        "河边公园开放",
        date(2024, 3, 5),
        "某山日报",
        "李明",
    )
    assert read.head_fields[HeadField.AUTHOR].of(read.text) == "李明"
    assert read.raw == PAGE


def test_entities_map_to_their_source() -> None:
    """One clean character comes from all the characters of its entity."""
    read = article(PAGE)
    at = read.text.index("“五一”")
    quote = type(read.head)(at, at + 4)
    assert read.alignment.raw_span(quote).of(PAGE) == "&ldquo;五一&rdquo;"


def test_markup_is_recorded_as_removed() -> None:
    """Even of a page, nothing but white space goes without a record."""
    read = article(PAGE)
    reasons = {item.reason for item in read.removed}
    assert {"markup", "page furniture"} <= reasons
    script = PAGE.index("不是正文")
    assert any(item.raw.start <= script < item.raw.end for item in read.removed)


def test_a_page_that_is_all_menu_keeps_its_text() -> None:
    """A page whose text stands inside an element that usually holds menus is not thrown away."""
    read = article("<body><nav><p>公园今天开放，欢迎大家前来参观，门票免费。</p></nav></body>")
    assert "公园今天开放" in read.text


def test_broken_pages_are_read_as_far_as_they_go() -> None:
    """Unclosed tags, stray brackets and entities without an end do not stop the reading."""
    read = article("<p>甲&乙<b>公园<p>3 < 4 是对的。<div>开放&nbsp今天&unknown;。</i></div><a href='")
    assert "公园" in read.text
    assert "3 < 4 是对的。" in read.text
    assert "开放\xa0今天&unknown;。" in read.text


def test_a_page_without_heading_takes_its_title_from_the_head() -> None:
    """The page's title, freed of the site's name, is the article's, though it is not in its text."""
    read = article("<title>河边公园开放 - 某山新闻网</title><p>公园今天开放，门票免费。</p><p>每天八点开门。</p>")
    assert read.title == "河边公园开放"
    assert len(read.head) == 0


@given(st.lists(st.sampled_from(["<p>", "</p>", "<b>", "&amp;", "&#22269;", "&lt", "公园", "𠮷", "😀", " ", "\n", "<br/>",
    "<script>", "</script>", "<div class='nav'>", "</div>", "<", "&", "<!--", "-->", "\r\n", "a"]), max_size=25))  # fmt: skip
def test_any_page_keeps_its_places(pieces: list[str]) -> None:
    """However broken a page is, what comes out stands in the source where it is said to stand."""
    raw = "".join(pieces)
    extracted = extract_webpage(raw)
    for start, end, raw_start, raw_end in extracted.text.pieces:
        if end - start == raw_end - raw_start:
            assert extracted.text.text[start:end] == raw[raw_start:raw_end]
    assert all(0 <= gap.start < gap.end <= len(raw) for gap in uncovered(extracted.text, extracted.removed))


MARKDOWN = """---
title: 河边公园开放
date: 2024-03-05
source: "某山日报"
---
# 河边公园开放

![图](a.png "公园")
公园**今天**开放，见[公告](https://example.cn/1 "公告")，面积*四公顷*，命令`open`，3*4*5不变。

## 票价

- 成人：**免费**
- 儿童：免费
> 欢迎大家前来。

| 项目 | 数 |
|---|---|
| 树 | 200 |

***
<https://example.cn>
转义\\*星号\\*
"""


def test_markdown_loses_its_markers_and_keeps_its_words() -> None:
    """Headings, lists, links and emphasis become plain lines; front matter becomes metadata."""
    read = article(MARKDOWN, "markdown")
    assert read.text == (
        "河边公园开放\n"
        "公园今天开放，见公告，面积四公顷，命令open，3*4*5不变。\n"
        "票价\n"
        "成人：免费\n"
        "儿童：免费\n"
        "欢迎大家前来。\n"
        "项目 数\n"
        "树 200\n"
        "转义*星号*"
    )
    assert (read.title, read.published, read.source) == ("河边公园开放", date(2024, 3, 5), "某山日报")
    assert read.head_fields[HeadField.TITLE].of(read.text) == "河边公园开放"
    assert uncovered_text(read) == ""


def uncovered_text(read: Article) -> str:
    """Return the raw characters, white space aside, that are neither kept nor recorded."""
    covered = bytearray(len(read.raw))
    for start, end in [(s.raw.start, s.raw.end) for s in read.alignment.segments] + [
        (item.raw.start, item.raw.end) for item in read.removed
    ]:
        covered[start:end] = b"\1" * (end - start)
    return "".join(char for char, seen in zip(read.raw, covered, strict=True) if not seen).strip()


def test_markdown_without_front_matter() -> None:
    """A file without front matter takes its title from its heading."""
    read = article("# 河边公园开放\n\n公园今天开放，门票免费。\n", "markdown")
    assert (read.title, read.published) == ("河边公园开放", None)
    assert read.text.startswith("河边公园开放\n公园")
