"""Boxes that sites set into a body: live tables, offers to subscribe, AMP's own elements. All names are invented."""

import pytest

from rag.articles import read_article
from rag.articles.loaded import Loaded
from rag.types import Article

FIRST = "青禾队昨晚主场二比一战胜平皋队，取得六连胜，积分升到四十三分，距离升级区只差一分，主场来了一万多人。"
SECOND = "下半场换上的老将周明海罚进一记任意球，这是他加盟八个赛季以来的第五十个进球，队友把他抬了起来。"
THIRD = "下一轮，青禾队客场挑战榜首，平皋队则在主场迎战升班马，两场比赛都在下周六晚上七点半开始。"
ROWS = "<tr><td>1</td><td>青禾</td><td>43</td></tr><tr><td>2</td><td>平皋</td><td>39</td></tr>"
TABLE = f"<table><tr><th>名次</th><th>球队</th><th>积分</th></tr>{ROWS}</table>"


def _body(inside: str) -> str:
    page = (
        f"<html><head><title>青禾六连胜_青禾体育</title></head><body><h1>青禾六连胜</h1><div>2024-09-14 来源：青禾晚报</div>"
        f"<div class='x1'><p>{FIRST}</p><p>{SECOND}</p>{inside}<p>{THIRD}</p></div></body></html>"
    )
    article = read_article(Loaded("a", page, "utf-8", "html"))
    assert isinstance(article, Article)
    return article.body.of(article.text)


@pytest.mark.parametrize(
    "widget",
    [
        f"<div><div><b>积分榜</b><span>每30秒自动更新</span><a>刷新</a></div>{TABLE}<p>参与竞猜 &gt;&gt;</p></div>",
        f"<section><header>实时积分榜 <a href='/r'>完整榜单&gt;</a></header>{TABLE}</section>",
        f"<p><b>积分榜</b>（每分钟自动刷新）</p>{TABLE}",
        f"<div><p>積分榜 <a href='/r'>更多數據</a></p>{TABLE}</div>",
    ],
)
def test_a_live_table_goes_and_the_articles_own_stays(widget: str) -> None:
    """A live table says that it is refreshed, or has a button to its ranking."""
    own = "<p>射门统计如下：</p><table><tr><td>青禾</td><td>14</td><td>9</td></tr><tr><td>平皋</td><td>6</td><td>4</td></tr></table>"
    body = _body(f"{own}{widget}")
    assert "43" not in body
    assert "刷新" not in body
    assert "平皋 6 4" in body


@pytest.mark.parametrize("head", ["<p>积分榜（截至9月14日）</p>", "<p>表1 监测站实时数据</p>", ""])
def test_a_table_of_the_articles_own_stays(head: str) -> None:
    """Its heading says of when it is."""
    assert "青禾 43" in _body(f"<div>{head}{TABLE}</div>")


@pytest.mark.parametrize(
    "offer",
    [
        "<div><p>优质新闻，需要您的支持</p><p>每日不足三元，畅读四版内容。</p><a>立即订阅</a> <a>已是订户？请登录</a></div>",
        "<section><h4>好新聞，值得付費</h4><p>加入會員，享受無廣告閱讀。</p><p><a>立即加入會員</a></p></section>",
    ],
)
def test_an_offer_to_subscribe_inside_a_body_goes(offer: str) -> None:
    """All of its box does."""
    assert _body(offer) == _body("")


def test_a_sentence_about_subscriptions_stays() -> None:
    """Words linked inside it are no button."""
    sentence = "球迷可以<a href='/r'>登录订阅页</a>预订季票，会员另有导览，名额五百个，先到先得，每人限购两张。"
    assert "名额五百个" in _body(f"<div><p>{sentence}</p></div>")


def test_amps_advertisements_go() -> None:
    """With the words that bid readers to read on."""
    assert _body("<amp-ad><div>赞助</div></amp-ad><p>广告 · 继续滑动阅读内文</p>") == _body("")


def test_enclosures_above_links_to_files_are_the_notices_own() -> None:
    """A signature and a day head no list of links."""
    ends = "<p>附件：1.名单</p><p>2.记录表</p><p>青禾镇人民政府</p><p>二〇二三年五月十六日</p>"
    links = "<p><a href='1.doc'>点击下载：名单.doc</a></p><p><a href='2.xls'>点击下载：记录表.xls</a></p>"
    page = _body(f"<p>{THIRD}</p>{ends}{links}")
    assert "2.记录表" in page
    assert "二〇二三年五月十六日" in page
    assert "点击下载" not in page
