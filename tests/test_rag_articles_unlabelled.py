"""What says what it is by place and build, and not by its words: dates beside bare names, chats, remarks, cards."""

import base64

import pytest

from rag.articles import read_article
from rag.articles.bylines import bracketed_reporter, closing_byline
from rag.articles.chats import chat_edits
from rag.articles.files import file_in_memory
from rag.articles.loaded import Loaded
from rag.articles.mail import read_eml
from rag.articles.stamps import stamped_line
from rag.types import Article, HeadField

BODY = (
    "河边公园今天向居民开放，门票免费，首日来了三千人。\n管理处说，夏天的开放时间会延长到晚上十点。\n"
    "公园里种了三百棵柳树，还有一座旧水塔，今年秋天要改成书屋。"
)


def _article(text: str, kind: str = "text") -> Article:
    article = read_article(Loaded("a", text, "utf-8", kind))  # type: ignore[arg-type]
    assert isinstance(article, Article)
    return article


@pytest.mark.parametrize(
    ("line", "date", "source", "author"),
    [
        ("栏杆周刊 · 2024年8月29日", "2024年8月29日", "栏杆周刊", None),
        ("2024/4/11 10:30  by 秋石", "2024/4/11", None, "秋石"),
        ("2021-11-08 20:15 · 优质乡村领域创作者", "2021-11-08", None, None),
        ("老冯算账 03-21 19:06 IP属地:某城", "03-21 19:06", "老冯算账", None),
        ("云江新闻联播 2022年09月26日 19:02 播放:4.1万", "2022年09月26日", "云江新闻联播", None),
        ("龚一鹏 2023-10-18 21:05 海港财经 阅读 3.2万", "2023-10-18", "海港财经", "龚一鹏"),
    ],
)
def test_a_name_beside_the_date_is_taken(line, date, source, author):
    found = stamped_line(line)
    assert found is not None
    values = {name: span.of(line) for name, span in found.fields.items()}
    assert values == {
        name: value
        for name, value in ((HeadField.DATE, date), (HeadField.SOURCE, source), (HeadField.AUTHOR, author))
        if value
    }


@pytest.mark.parametrize(
    "line", ["2024年3月5日 公园开放", "2024年3月5日，公园开放。", "公园开放", "昨天 10:20 来了三千人"]
)
def test_a_chronicles_heading_is_no_such_line(line):
    assert stamped_line(line) is None


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("（宣传部 李明）", "李明"),
        ("（某城晚报 记者 李明 文/图）", "李明"),
        ("（内容有删节）", None),
        ("（李明）", None),
    ],
)
def test_writers_named_below_the_body(line, names):
    found = closing_byline(line)
    assert (found.of(line) if found else None) == names


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("（中央社记者林巧宁南投县8日电）连续两季少雨。", "林巧宁"),
        ("（中央社记者李明台北8日电）今天放晴。", "李明"),
        ("【见闻网】（记者 章涵）守了二十六年。", "章涵"),
        ("有人问（记者 章涵）守了多久。", None),
    ],
)
def test_who_reports_by_a_dateline(line, names):
    found = bracketed_reporter(line)
    assert (found.of(line) if found else None) == names


def test_the_long_message_of_a_chat_is_the_article():
    talk = "3-1-902  10:28\n收到\n李姐  10:29\n收到，谢谢\n王叔  10:40\n@李姐 明天见[笑]\n"
    text = f"物业  10:26\n@所有人 请看\n————————\n公园开放通知\n{BODY * 2}\n————————\n{talk}"
    article = _article(text)
    assert article.title == "公园开放通知"
    assert "收到" not in article.text
    assert BODY in article.text


def test_a_list_of_times_is_no_chat():
    assert chat_edits("\n".join(f"第{n}场演出 {n}:30" for n in range(9, 20)) + f"\n{BODY * 3}") == []


def test_remarks_and_cards_are_told_by_their_build():
    remarks = "".join(
        f"<div><i>读者{n}</i><q>这个公园我去过，真的很好，下次还要再去。</q><s>{n}小时前</s></div>" for n in range(1, 6)
    )
    card = "<div class=x7><a href=/p><b>老街夜市重新抽签安排</b></a><div>摊位从六十个减到四十个，本周抽签。</div></div>"
    paragraphs = [f"<p>{line}</p>" for line in (BODY * 2).split("\n")]
    page = f"<title>公园开放了一整天</title><h1>公园开放了一整天</h1>{paragraphs[0]}{card * 2}{''.join(paragraphs[1:])}{card * 3}{remarks}"
    article = _article(page, "html")
    assert "抽签" not in article.text
    assert "真的很好" not in article.text
    assert article.body.of(article.text).replace("\n", "") == (BODY * 2).replace("\n", "")


def test_a_chronicle_is_no_list_of_remarks():
    entries = "".join(
        f"<div><b>2024年{n}月5日</b><div>公园第{n}次扩建，种下三百棵柳树，开了一座书屋。</div></div>"
        for n in range(1, 7)
    )
    article = _article(f"<h1>公园开放大事记一览</h1><div>{entries}</div>", "html")
    assert all(f"第{n}次扩建" in article.text for n in range(1, 7))


def test_names_are_not_believed_inside_a_sentence():
    page = f"<h1>公园开放了一整天</h1><p>昨天上午，<a class=tag href=/t>河边公园</a>开放，来了三千人，门票免费。</p><p>{BODY}</p>"
    assert "昨天上午，河边公园开放" in _article(page, "html").text


def test_a_line_to_scan_with_a_purpose_of_the_text_stays():
    kept = _article(f"公园志愿者报名\n{BODY}\n请扫描二维码填写报名表。")
    assert kept.text.endswith("请扫描二维码填写报名表。")
    assert "关注" not in _article(f"公园志愿者报名\n{BODY}\n请扫描二维码关注我们").text


def test_damaged_characters_are_counted():
    assert _article(f"公园开放\n{BODY}\ufffd\ufffd了。").damaged == 2


@pytest.mark.parametrize("stated", ["big5", "gb2312", "x-unknown"])
def test_a_stated_charset_is_weighed_against_the_text(stated):
    text = base64.encodebytes(BODY.encode("gb18030")).decode()
    message = f"Subject: a\nMIME-Version: 1.0\nContent-Type: text/plain; charset={stated}\nContent-Transfer-Encoding: base64\n\n{text}"
    (loaded,) = read_eml(file_in_memory("a.eml", "a.eml", message.encode()))
    assert isinstance(loaded, Loaded)
    assert loaded.text.strip() == BODY
    assert loaded.encoding == "gb18030"


def test_the_day_in_a_pages_address_counts_where_nothing_else_says_one():
    link = "<link rel=canonical href=https://www.example.com/2024/04/11/park.html>"
    page = f"<title>公园开放了一整天</title>{link}<h1>公园开放了一整天</h1><p>{BODY}</p>"
    assert str(_article(page, "html").published) == "2024-04-11"
    dated = page.replace("</h1>", "</h1><div>2024-04-09 来源：某城日报</div>")
    assert str(_article(dated, "html").published) == "2024-04-09"
