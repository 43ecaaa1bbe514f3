"""One decoded file → one article: what an editor would want of a scraped page, and nothing less."""

import hashlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.articles import Loaded, read_article
from rag.types import Article, HeadField, Refusal, Span


def covered(article: Article) -> bool:
    """Whether every raw character that is not white space was kept or recorded as removed."""
    marks = bytearray(len(article.raw))
    spans = [segment.raw for segment in article.alignment.segments] + [item.raw for item in article.removed]
    for span in spans:
        marks[span.start : span.end] = b"\1" * len(span)
    return not "".join(char for char, mark in zip(article.raw, marks, strict=True) if not mark).strip()


def read(text: str, **given: object) -> Article:
    """Read `text` as plain text and check what every article promises."""
    loaded = Loaded("a.txt", text, "utf-8", "record" if given else "text", **given)  # type: ignore[arg-type]
    article = read_article(loaded)
    assert isinstance(article, Article)
    hold(article)
    return article


def hold(article: Article) -> None:
    """Check the alignment, the head and the record of removals."""
    for segment in article.alignment.segments:
        if len(segment.clean) == len(segment.raw):
            assert segment.clean.of(article.text) == segment.raw.of(article.raw)
    assert covered(article)
    assert article.text == article.text.strip()
    assert "\n\n" not in article.text
    assert all(span.of(article.text).strip() == span.of(article.text) != "" for span in article.head_fields.values())


def stated(article: Article) -> dict[str, str]:
    """Return what the head states, by field."""
    return {name.value: span.of(article.text) for name, span in article.head_fields.items()}


def body(article: Article) -> str:
    """Return the text below the head."""
    return article.body.of(article.text)


def reasons(article: Article) -> dict[str, str]:
    """Return reason → the last raw stretch removed for it."""
    return {item.reason: item.raw.of(article.raw) for item in article.removed}


TRADITIONAL = """首頁>環(huán)境>河道動態(tài)
三縣聯(lián)合治理河道會議召開
為河道治理規(guī)劃建言人民政協(xié)網(wǎng)10月3日電 (記者 李明)“清水”計劃實施以來,,三縣遇到不少難題,、困難,,需要一一解決,。(南段)工程由WTO(世界貿(mào)易組織)專家參與;會議在河邊召開,。
會後,代表們考察了水廠,、公園,;第七次會議將於明年舉行,。
編輯:王小紅
關(guān)鍵詞:河道 治理
"""


def test_a_glossed_traditional_page_comes_out_whole() -> None:
    """Glosses, doubled marks and page lines go; subtitle, place line and editor become the head; the script stays."""
    article = read(TRADITIONAL)
    assert article.text == (
        "三縣聯合治理河道會議召開\n"
        "為河道治理規劃建言\n"
        "人民政協網10月3日電 (記者 李明)\n"
        "編輯:王小紅\n"
        "“清水”計劃實施以來，三縣遇到不少難題、困難，需要一一解決。(南段)工程由WTO(世界貿易組織)專家參與;會議在河邊召開。\n"
        "會後,代表們考察了水廠、公園;第七次會議將於明年舉行。"
    )
    assert stated(article) == {
        "title": "三縣聯合治理河道會議召開",
        "subtitle": "為河道治理規劃建言",
        "source": "人民政協網",
        "date": "10月3日",
        "author": "李明",
        "editor": "王小紅",
    }


def test_doubled_commas_point_at_both() -> None:
    """The one comma that is left comes from both raw commas; a quote that ends in it maps to them."""
    article = read("會議討論了河道,,公園,、水廠和學校,。大家都很滿意。")
    assert article.text == "會議討論了河道，公園、水廠和學校。大家都很滿意。"
    at = article.text.index("，")
    assert article.alignment.raw_span(Span(at, at + 1)).of(article.raw) == ",,"


@pytest.mark.parametrize(
    "text",
    [
        "他只說了一句：鵜(tí)鶘不是鵝。再沒有說別的話。",
        "世界贸易组织(WTO)在甲(南段)和乙(app)开会。",
        "他说。。。后来就走了。",
        "数据为1,,2与a,,b两组，见附表。",
        "家庭👨‍👩‍👧来到公园，𠮷先生也来了。",
    ],
)
def test_what_must_not_be_touched(text: str) -> None:
    """A single reading, true brackets, an ellipsis of full stops, tables and joined emoji are the author's own."""
    assert read(text).text == text


SIMPLIFIED = """某山水利学会官方网站

您当前的位置:某山水利网>资源>政策> 正文

代表共话河道治理 | 清水计划 唱好“双河记”

2024-05-06 15:10 来源:某山日报

河道治理走过十年,清水计划已延伸到全县各乡。

代表李明:把河道还给居民

“河道(北段)还要修两年。”李明说……

相关新闻

点击排行

最新更新
"""


def test_a_page_with_furniture_loses_it_and_nothing_else() -> None:
    """Site name, path and lists below the text go; headings of the body stay as their own lines."""
    article = read(SIMPLIFIED)
    assert article.text == (
        "代表共话河道治理 | 清水计划 唱好“双河记”\n"
        "2024-05-06 15:10 来源:某山日报\n"
        "河道治理走过十年,清水计划已延伸到全县各乡。\n"
        "代表李明:把河道还给居民\n"
        "“河道(北段)还要修两年。”李明说……"
    )
    assert body(article).startswith("河道治理走过十年")
    assert (article.published, article.date_as_written, article.source) == (date(2024, 5, 6), "2024-05-06", "某山日报")
    assert reasons(article) == {
        "site name": "某山水利学会官方网站",
        "breadcrumb": "您当前的位置:某山水利网>资源>政策> 正文",
        "links to other articles": "最新更新",
    }


def test_lists_with_links_below_go_but_sentences_stay() -> None:
    """Below "related news" short lines are links; a sentence there belongs to the article."""
    links = read("公园今天开放，门票免费。\n居民们都来了。\n相关阅读\n图书馆延长开放\n两所学校开工")
    assert links.text == "公园今天开放，门票免费。\n居民们都来了。"
    story = "公园今天开放，门票免费。\n相关报道\n图书馆也宣布，从下周起延长开放时间。"
    assert read(story).text == story


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("返回搜狐，查看更多", "page furniture"),
        ("分享到：微信 微博 QQ空间", "share line"),
        ("扫一扫二维码关注我们的公众号", "scan line"),
        ("版权所有 某山网 未经授权不得转载", "copyright line"),
        ("标签：公园 开放", "keywords"),
        ("阅读 1234", "reading count"),
        ("网站备案：某ICP备12345678号", "copyright line"),
        ("（完）", "end mark"),
    ],
)
def test_lines_of_the_page(line: str, reason: str) -> None:
    """Whole lines that belong to the page are dropped, with the reason."""
    article = read(f"公园今天开放，门票免费。\n居民们都来了。\n{line}\n")
    assert article.text == "公园今天开放，门票免费。\n居民们都来了。"
    assert reasons(article) == {reason: line}


def test_sentences_that_speak_of_such_things_stay() -> None:
    """A report about copyright, scanning or sharing is a report."""
    text = (
        "法院今天判决，被告未经授权不得转载原告的文章，并赔偿损失。\n"
        "居民扫码后可以预约，二维码贴在门口。\n"
        "来源：这是大家最关心的问题。\n"
        "编辑部今天搬到了公园旁边。"
    )
    assert read(text).text == text


def test_a_record_with_everything_glued_to_one_line() -> None:
    """Title, place line and tail of a single-line record are told apart; the given date wins."""
    article = read(
        "原标题：公园今天开放                          中新网杭州8月1日电 (记者 李明)公园今天开放，门票免费。(完)"
        "  【编辑:王小红】                              更多精彩内容请进入国内新闻",
        published=date(2023, 8, 2),
        id="r1",
    )
    assert article.text == "公园今天开放\n中新网杭州8月1日电 (记者 李明)\n编辑:王小红\n公园今天开放，门票免费。"
    assert (article.id, article.published, article.date_as_written) == ("r1", date(2023, 8, 2), "8月1日")
    assert stated(article)["editor"] == "王小红"
    assert article.title == "公园今天开放"


@pytest.mark.parametrize(
    ("text", "title", "text_after"),
    [
        (
            "原标题：城东公园今天正式开放原标题：城东公园今天正式开放门票免费，欢迎参观。",
            "城东公园今天正式开放",
            "门票免费，欢迎参观。",
        ),
        (
            "原标题：城东公园今天正式开放城东公园今天正式开放门票免费，欢迎参观。",
            "城东公园今天正式开放",
            "门票免费，欢迎参观。",
        ),
        ("原标题：城东公园今天正式开放\n门票免费，欢迎参观。", "城东公园今天正式开放", "门票免费，欢迎参观。"),
        ("（原标题：城东公园今天正式开放）\n门票免费，欢迎参观。", "城东公园今天正式开放", "门票免费，欢迎参观。"),
        ("城东公园今天正式开放新华社杭州8月1日电 门票免费，欢迎参观。", "城东公园今天正式开放", "门票免费，欢迎参观。"),
    ],
)
def test_where_a_glued_title_ends(text: str, title: str, text_after: str) -> None:
    """A title is cut off where something shows its end: a repeat, a line break, a place line."""
    article = read(text)
    assert article.title == title
    assert stated(article)["title"] == title
    assert body(article) == text_after


def test_a_glued_title_whose_end_is_unknown_stays_in_the_text() -> None:
    """Where nothing shows the end of the title, only its label goes and no character is lost."""
    article = read("原标题：公园今天开放居民们一早就来排队，门票免费。返回搜狐，查看更多责任编辑：")
    assert article.text == "公园今天开放居民们一早就来排队，门票免费。"
    assert len(article.head) == 0
    assert article.title == "公园今天开放居民们一早就来排队"


def test_a_title_made_of_the_first_clause() -> None:
    """Without a title the first clause stands in, longer where it says nothing, and at most 40 characters."""
    assert read("近日，城东公园开放，门票免费。").title == "近日，城东公园开放"
    assert read("很" * 60 + "好。").title == "很" * 40
    assert read("8月1日。").title == "8月1日"


def test_given_metadata_wins() -> None:
    """What a record states of itself ranks above what its lines say; a title not in the text is not in the head."""
    article = read(
        "2024-01-02 来源：某网\n公园今天开放，门票免费。", title="公园", published=date(2024, 1, 3), source="某山日报"
    )
    assert (article.title, article.published, article.source) == ("公园", date(2024, 1, 3), "某山日报")
    assert stated(article) == {"date": "2024-01-02", "source": "某网"}


def test_a_given_title_is_found_in_the_text() -> None:
    """A known title marks its line, and short lines above it are the page's."""
    article = read("某山网\n公园今天開放\n2024-01-02\n公园今天开放，门票免费，欢迎参观。", title="公园今天开放")
    assert article.text == "公园今天開放\n2024-01-02\n公园今天开放，门票免费，欢迎参观。"
    assert article.title == "公园今天開放"


def test_a_date_below_a_notice_stays_there() -> None:
    """Notices are signed with a date: it is part of them."""
    text = "关于公园开放的通知\n各有关单位：\n公园将于下月开放，请做好准备工作。\n某山县人民政府\n2024年1月2日"
    article = read(text)
    assert article.text == text
    assert article.published is None


def test_a_full_date_says_more_than_a_day() -> None:
    """Of two dates in the head the full one is the article's, and a source behind its label is its source."""
    article = read("公园今天开放\n新华社杭州8月1日电\n2024-08-02 10:00 来源：某网\n公园门票免费，欢迎大家前来参观。")
    assert article.text.startswith("公园今天开放\n新华社杭州8月1日电\n2024-08-02 10:00 来源：某网\n公园门票")
    assert (article.date_as_written, article.published) == ("2024-08-02", date(2024, 8, 2))
    assert article.source == "某网"


def test_identical_text_has_one_identity() -> None:
    """The id is that of the raw text: the same wherever the file lies."""
    text = "公园今天开放。"
    expected = hashlib.sha256(text.encode()).hexdigest()[:12]
    assert read(text).id == expected
    other = read_article(Loaded("b/c.txt", text, "gb18030", "text"))
    assert isinstance(other, Article)
    assert other.id == expected


def test_line_ends_and_invisible_characters() -> None:
    """Carriage returns, form feeds and zero-width characters go; wide gaps break lines or shrink to one space."""
    article = read("\ufeff公园\u200b今天开放。\r\n\r\n\r门票\u00ad免费。  欢迎\t大家   前来。\x0c好。")
    assert article.text == "公园今天开放。\n门票免费。\n欢迎\t大家 前来。\n好。"


@pytest.mark.parametrize("text", ["首页>新闻>正文", "分享到：微信", "（完）", "\u200b\u200b"])
def test_nothing_left_is_refused(text: str) -> None:
    """A file that holds nothing but page furniture is refused, by name and with a reason."""
    refusal = read_article(Loaded("x.txt", text, "utf-8", "text"))
    assert isinstance(refusal, Refusal)
    assert refusal.path == "x.txt"
    assert "nothing is left" in refusal.reason


PIECES = st.sampled_from([
    "公园今天开放", "，", ",,", ",、", "。", "\n", "\r\n", "  ", "        ", "\u3000", "協(xié)", "發(fā)", "區(qū)", "𠮷", "😀", "\u200b",
    "新华社北京8月1日电", "（记者 李明）", "原标题：", "责任编辑：", "王小红", "返回搜狐，查看更多", "首页>新闻>正文", "相关新闻", "来源：某网",
    "&nbsp;", "&ldquo;", "\ue000", "打开APP阅读全文", "索引号：1\n", "发布机构：某局\n公开日期：2024-03-02\n", "公园大门。李明 摄\n", "网友评论\n", "回复 顶 12\n",
    "上一篇：甲", "【纠错】", "声明：转载此文请与本网联系。", "来源：\n", "点赞 126 收藏", "编辑：王小红 审核：李明", "今天是2024年1月3日 星期三\n",
    "2024-01-02", "（完）", "【编辑:李明】", "“", "”", "很长的一句话说的是河道治理的事情。", "[", "]，正文：", "分享让更多人看到", "关键词：公园",
])  # fmt: skip


@given(st.lists(PIECES, max_size=20).map("".join), st.sampled_from([None, "公园今天开放"]))
def test_whatever_comes_nothing_is_lost_unseen(text: str, title: str | None) -> None:
    """For any mixture of text and furniture the alignment is exact and every removal has its record."""
    article = read_article(Loaded("a", text, "utf-8", "record", title=title))
    if isinstance(article, Article):
        hold(article)
        assert body(article)
        assert title or HeadField.TITLE not in article.head_fields or article.title == stated(article)["title"]


BODY = "公园今天向居民开放，门票免费，首日来了三千人。\n管理处说，夏天的开放时间会延长到晚上十点。"


@pytest.mark.parametrize(
    ("editor", "name"),
    [
        ("责任编辑：王小红", "王小红"),
        ("（责任编辑：王红）", "王红"),
        ("编辑：王红", "王红"),
        ("責任編輯：王小紅", "王小紅"),
    ],
)
@pytest.mark.parametrize(
    "notes", ["（内容综合自某河日报，有删节）", "（作者单位：某河大学（南校区））\n\n【人物均为虚构】"]
)
def test_editors_above_notes_in_brackets(editor: str, name: str, notes: str) -> None:
    """Notes in brackets on the last lines stay in the body and do not hide the editor line above them."""
    article = read(f"河边公园开放\n{BODY}\n{editor}\n\n{notes}")
    assert stated(article) == {"title": "河边公园开放", "editor": name}
    assert body(article) == BODY + "\n" + notes.replace("\n\n", "\n")


def test_an_editor_glued_above_a_note() -> None:
    """The credit glued to the last sentence is found above a note too, and what the note holds is looked at first."""
    article = read(f"{BODY}责任编辑：王小红\n（内容有删节）")
    assert stated(article) == {"editor": "王小红"}
    assert body(article) == f"{BODY}\n（内容有删节）"


def test_what_only_looks_like_a_note() -> None:
    """A last line that merely begins and ends with brackets is text, and hides nothing and shows nothing."""
    text = f"{BODY}\n编辑：王小红\n（一）公园的大门（试行）"
    assert body(read(text)) == text


def test_a_notice_keeps_its_signature_above_a_note() -> None:
    """Name and date below a notice are its signature, with a note below them too."""
    text = f"{BODY}\n某河市公园管理处\n2024年3月5日\n（此件公开发布）"
    article = read(text)
    assert body(article) == text
    assert article.published is None


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("2024-03-05 15:10", None),
        ("发布时间：2024-03-05 15:10 浏览次数：123", None),
        ("2024/03/05 15:10　某河新聞網", "某河新聞網"),
        ("某政发〔2024〕9号 | 2024-03-05 | 来源：某河市政府", "某河市政府"),
        ("2024-03-05 14:36 来源：某河在线 作者：李明 我要评论(86) 字体：大 中 小", "某河在线"),
        ("2024-03-05 14:36 来源：某河在线 作者：李明 热帖(86)", "某河在线"),
    ],
)
def test_the_date_line_wins_over_the_place_line(line: str, source: str | None) -> None:
    """A full date near the top is the article's, whatever the place line below says; the line is no subtitle."""
    article = read(f"河边公园开放\n{line}\n某山在线3月4日讯（记者 李明）{BODY}")
    assert article.published == date(2024, 3, 5)
    assert article.date_as_written is not None
    assert article.date_as_written in line
    assert article.source == (source or "某山在线")
    assert HeadField.SUBTITLE not in article.head_fields
    assert body(article) == BODY
    assert "我要评论" not in article.text
    assert "123" not in article.text


def test_a_date_line_glued_to_the_reporter() -> None:
    """Behind a place line, a full date on the same line is taken too, the first words of a sentence are not."""
    article = read(f"河边公园开放\n【记者李明／某河报道】2024/03/05 16:48　某河新闻网\n{BODY}")
    assert (article.published, article.source) == (date(2024, 3, 5), "某河新闻网")
    assert body(article) == BODY
    glued = read(f"河边公园开放\n新华社某河3月5日电 记者李明\n{BODY}")
    assert body(glued) == f"记者李明\n{BODY}"


def test_records_have_the_same_head_and_tail() -> None:
    """The text of a record loses its title line and its editor line like any other."""
    article = read(f"河边公园开放\n2024-03-05 15:10\n{BODY}\n责任编辑：王小红\n（有删节）", title="河边公园开放")
    assert stated(article) == {"title": "河边公园开放", "date": "2024-03-05", "editor": "王小红"}
    assert body(article) == f"{BODY}\n（有删节）"


def test_a_chronicle_keeps_its_dates() -> None:
    """Dated headings of a chronicle are no date-and-source lines."""
    text = f"河边公园大事记\n2024年3月5日 公园开放\n{BODY}\n2024年3月6日 公园关闭\n{BODY}"
    assert body(read(text)) == text.split("\n", 1)[1]
