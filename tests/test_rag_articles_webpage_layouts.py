"""Invented layouts in which the body is easily lost: every sentence of it must come out, whatever stands around it."""

import pytest

from rag.articles import Loaded, read_article
from rag.types import Article

_TITLE = "老码头的钟修好了"
_SENTENCES = (
    "青石渡的老钟停了十四年，上个月被人修好了。",
    "修钟的是镇上配钥匙的韩师傅，他没有收钱，只要了一壶茶。",
    "“齿轮没坏，是里头结了一窝马蜂，”他说，“掏干净，上点油，就走了。”",
    "钟第一次敲响那天，码头上站了三十多个人，有人哭了。",
    "镇里原打算拆掉钟楼，改成停车场，图纸都画好了。",
    "现在图纸还压在抽屉里，钟每个整点都响。",
)
_MENU = "".join(f"<li><a href='/c{n}'>频道第{n}号栏目</a></li>" for n in range(40))
_OTHER = "".join(f"<li><a href='/n{n}.html'>别处的另一条新闻标题第{n}条</a></li>" for n in range(12))
_ENGLISH = (
    "This website uses cookies, and by continuing to browse, you agree to our policy. Learn more, or change settings. "
    "Subscribe to our newsletter, it is free. We never share your address, not even with partners. "
)
_REMARKS = "".join(
    f"<div class='reply'><b>网友{n}号</b><p>我小时候也常去那里玩，后来搬走了，真想再回去看看，听一听钟声，"
    f"不知道码头边那家面馆还在不在，老板娘做的鱼面特别香，隔着一条街都闻得到。</p></div>"
    for n in range(9)
)
_PARAGRAPHS = "".join(f"<p>{sentence}</p>" for sentence in _SENTENCES)
_BREAKS = "<br><br>".join(f"　　{sentence}" for sentence in _SENTENCES)
_HEAD = f"<html><head><title>{_TITLE}_渡口网</title></head><body>"
_PLEDGE = "<p>本站致力于提供准确的消息，但不对其完整性作出保证，也不承担由此引起的损失，望读者自行判断，谢谢。</p>"

_LAYOUTS = {
    "inner page of a frameset": (
        "<html><head><base target='_top'></head><body bgcolor=white><a name=top></a>"
        f"<p align=center><b><font size=5>{_TITLE}</font></b></p><hr>{_BREAKS}<hr><a href='#top'>返回页首</a></body></html>"
    ),
    "tables in tables": (
        f"{_HEAD}<table><tr><td><table>{''.join(f'<tr><td><a href=x>栏目{n}</a></td></tr>' for n in range(20))}</table></td>"
        f"<td><table><tr><td><table><tr><td><b>{_TITLE}</b></td></tr></table></td></tr><tr><td><table><tr><td>"
        f"{_BREAKS}</td></tr></table></td></tr></table></td></tr></table>"
    ),
    "body in pre": f"{_HEAD}<ul>{_MENU}</ul><h2>{_TITLE}</h2><pre>{chr(10).join(_SENTENCES)}</pre>",
    "body in center and font": (
        f"{_HEAD}<center><font size=5>{_TITLE}</font><br><font size=3>{_BREAKS}</font></center><center>{_PLEDGE}</center>"
    ),
    "body in a cell without paragraphs": (
        f"{_HEAD}<table><tr><td class=left>{_ENGLISH}</td><td class=print>{' '.join(_SENTENCES)}</td></tr></table>"
    ),
    "one block with breaks": f"{_HEAD}<div class='top'>{_MENU}</div><h1>{_TITLE}</h1><div class='toolbar-zone'>{_BREAKS}</div>",
    "English around it": (
        f"{_HEAD}<div>{_ENGLISH * 3}</div><h1>{_TITLE}</h1><div id='keyword_ad_zone'>{_PARAGRAPHS}</div><div>{_ENGLISH * 2}</div>"
    ),
    "menu longer than the body": (
        f"{_HEAD}<ul>{_MENU * 4}</ul><div class='share-area'><h1>{_TITLE}</h1>{_PARAGRAPHS}</div><ul>{_OTHER}</ul>"
    ),
    "body shorter than the remarks": (
        f"{_HEAD}<h1>{_TITLE}</h1><div>{_PARAGRAPHS}</div><div class='comments'>{_REMARKS}</div>"
    ),
    "body over six blocks": (
        f"{_HEAD}<h1>{_TITLE}</h1>{''.join(f'<div class=b{n}><div>{s}</div></div>' for n, s in enumerate(_SENTENCES))}"
        f"<div class='footer'>{_PLEDGE}</div><ul>{_OTHER}</ul>"
    ),
    "named as what is printed": (
        f"{_HEAD}<ul>{_MENU}</ul><div id='printArea'><h1>{_TITLE}</h1><div>{_BREAKS}</div></div><div>{_PLEDGE}</div>"
    ),
    "named after an advertisement in it": (
        f"{_HEAD}<div class='notes'>{_PLEDGE}</div><h2>{_TITLE}</h2><div id='ad_area_7' class='txt_wenzi'>{_PARAGRAPHS}</div>"
        f"<div class='rank'>{_OTHER}</div>"
    ),
    "in an aside": f"{_HEAD}<main><ul>{_MENU}</ul></main><aside><h1>{_TITLE}</h1>{_PARAGRAPHS}</aside><div>{_PLEDGE}</div>",
    "two names of furniture around it": (
        f"{_HEAD}<ul>{_MENU}</ul><div class='sidebar-right'><div class='share'><h1>{_TITLE}</h1>{_PARAGRAPHS}</div></div>{_PLEDGE}"
    ),
    "a long notice without a name below it": (
        f"{_HEAD}<h3>{_TITLE}</h3><div class='more-box'>{_BREAKS}</div><div>{_PLEDGE * 2}</div><ul>{_OTHER}</ul>"
    ),
    "shown by a script": f"{_HEAD}<h3>{_TITLE}</h3><div style='display:none' id='t1'>{_BREAKS}</div><ul>{_OTHER}</ul>",
    "named as a hot topic": (
        f"{_HEAD}<ul>{_MENU}</ul><h2>{_TITLE}</h2><p>2019-05-06 来源：渡口晚报</p><div class='hot'>{_PARAGRAPHS}</div><ul>{_OTHER}</ul>"
    ),
    "frames of tables with widths": (
        f"{_HEAD}<table width=760><tr><td colspan=2><table><tr>{'<td><a href=x>栏目</a></td>' * 12}</tr></table></td></tr>"
        f"<tr><td width=160>{_PLEDGE}</td><td id=search_zone width=600><b>{_TITLE}</b><br>{_BREAKS}</td></tr></table>"
    ),
    "named as comment": (
        f"{_HEAD}<div class='comment'><h1>{_TITLE}</h1>{_PARAGRAPHS}</div><div class='copyright'>{_PLEDGE}</div><p>{_ENGLISH}</p>"
    ),
}

_LONG = "我们使用小型文本文件来改善您的体验，您可以随时更改设置，详情见隐私说明，如有疑问，请与客服联系。" * 8
_SHORT_PAGES = {
    "popup longer than the body": f"{_HEAD}<h1>{_TITLE}</h1><div>{_PARAGRAPHS}</div><div class='popup'><p>{_LONG}</p></div>",
    "popup above the title": f"{_HEAD}<div class='cookie'><p>{_LONG}</p></div><h1>{_TITLE}</h1><div>{_PARAGRAPHS}</div>",
    "sidebar longer than the body": f"{_HEAD}<h1>{_TITLE}</h1><div>{_BREAKS}</div><div class='sidebar'><p>{_LONG}</p></div>",
    "teasers longer than the body": (
        f"{_HEAD}<div class='article'><h1>{_TITLE}</h1><div class='txt'>{_PARAGRAPHS}</div></div><div class='recommend'>"
        f"{''.join(f'<div><a href=x>{n}</a><p>{_LONG[:47]}</p></div>' for n in range(12))}</div>"
    ),
    "footer longer than the body": f"{_HEAD}<h1>{_TITLE}</h1>{_PARAGRAPHS}<footer><p>{_LONG}</p></footer>",
}


@pytest.mark.parametrize("name", _SHORT_PAGES)
def test_names_are_believed_beside_a_body(name: str) -> None:
    """Furniture that is named so stays out, however long it is, where the body stands below the title."""
    article = read_article(Loaded("page.html", _SHORT_PAGES[name], "utf-8", "html"))
    assert isinstance(article, Article)
    folded = "".join(article.text.split())
    assert [sentence for sentence in _SENTENCES if sentence not in folded] == []
    assert "小型文本文件" not in folded


@pytest.mark.parametrize("name", _LAYOUTS)
def test_no_sentence_is_lost(name: str) -> None:
    """Every sentence of the body comes out, and the menus and other people's remarks do not."""
    article = read_article(Loaded("page.html", _LAYOUTS[name], "utf-8", "html"))
    assert isinstance(article, Article)
    folded = "".join(article.text.split())
    assert [sentence for sentence in _SENTENCES if sentence not in folded] == []
    assert "频道第" not in folded
    assert "我小时候也常去" not in folded
    assert "别处的另一条" not in folded
