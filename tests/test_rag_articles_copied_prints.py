"""Copied text that is no page: forwarded messages, printed pages with running heads, notes of a note program."""

from rag.articles import Loaded, read_article
from rag.articles.loaded import Kind
from rag.types import Article

_BODY = (
    "青石渡的老钟停了十四年，上个月被人修好了。",
    "修钟的是镇上配钥匙的韩师傅，他没有收钱，只要了一壶茶。",
    "钟第一次敲响那天，码头上站了三十多个人，有人哭了。",
    "镇里原打算拆掉钟楼，改成停车场，图纸都画好了。",
)


def _read(text: str, kind: Kind = "text") -> Article:
    article = read_article(Loaded("page.txt", text, "utf-8", kind))
    assert isinstance(article, Article)
    return article


def _body(article: Article) -> list[str]:
    return article.body.of(article.text).split("\n")


def test_what_is_quoted_twice_is_the_article_of_a_forwarded_message() -> None:
    """The letters of those who passed it on are left out, and so are the marks."""
    quoted = "\n> >\n".join(f"> > {line}" for line in ("老钟又响了", *_BODY))
    text = f"发件人: 甲\n收件人: 乙\n主题: 转: 钟\n\n请看。\n\n> From: 丙\n> Date: 2016-03-14\n> To: 甲\n>\n> 写得好。\n>\n{quoted}\n>\n> --\n> 丙\n"
    article = _read(text)
    assert article.title == "老钟又响了"
    assert _body(article) == list(_BODY)


def test_the_headers_of_a_message_without_marks_are_left_out() -> None:
    """A message that was forwarded as it is."""
    text = (
        "发件人: 甲\n发送时间: 2016年3月15日\n收件人: 乙\n主题: 钟\n\n老钟又响了\n\n"
        + "\n\n".join(_BODY)
        + "\n\n--\n甲\n"
    )
    assert _body(_read(text)) == list(_BODY)


def test_a_quotation_inside_an_article_stays() -> None:
    """A few lines with marks make no message."""
    text = "老钟又响了\n" + "\n".join(_BODY) + "\n> 钟声好听。\n> 我听见了。\n"
    assert "我听见了" in _read(text).text


def test_running_heads_go_with_the_page_numbers_beside_them() -> None:
    """They stand on every page; a number elsewhere stays."""
    text = f"青石镇志办公室印\n1\n老钟又响了\n{_BODY[0]}\n{_BODY[1]}\n青石镇志办公室印\n2\n{_BODY[2]}\n{_BODY[3]}\n"
    assert "办公室印" not in _read(text).text
    assert _body(_read(text)) == list(_BODY)
    assert "1983" in _read(f"老钟又响了\n{_BODY[0]}\n1983\n{_BODY[1]}\n{_BODY[2]}\n").text


def test_the_reader_s_own_notes_are_no_article() -> None:
    """A note program's box, its pictures and what its owner wrote below."""
    text = (
        "# 老钟又响了\n\nCreated: May 1, 2023\nTags: 钟\n公众号: 渡口慢谈\n\n<aside>\n💡 我的摘要：可用。\n\n</aside>\n\n"
        "[Untitled](a%20b/Untitled.png)\n\n" + "\n\n".join(_BODY) + "\n\n## 我的笔记\n\n- 去问问韩师傅。\n"
    )
    article = _read(text, "markdown")
    assert _body(article) == list(_BODY)
    assert article.source == "渡口慢谈"


def test_a_title_of_an_official_paper_goes_over_two_lines() -> None:
    """Its kind stands at the end of the second."""
    text = "青石镇人民政府\n关于修复码头钟楼及开放参观的公告\n" + "\n".join(_BODY) + "\n青石镇人民政府\n2023年4月10日\n"
    article = _read(text)
    assert article.title is not None
    assert "".join(article.title.split()) == "青石镇人民政府关于修复码头钟楼及开放参观的公告"
