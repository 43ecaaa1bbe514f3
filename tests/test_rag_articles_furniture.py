"""Lines that are the page's by their words alone, and sentences that only use such words."""

import pytest

from rag.articles import furniture
from rag.articles.entities import entity_edits


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("打印本页 关闭窗口", "page furniture"),
        ("【字体：大 中 小】 打印 下载", "page furniture"),
        ("手机看新闻", "page furniture"),
        ("上一版  下一版", "page furniture"),
        ("第A08版：人间", "page furniture"),
        ("[上一页] [下一页] 1 2", "page furniture"),
        ("点击上方蓝字关注我们", "page furniture"),
        ("打开江海客户端阅读全文", "page furniture"),
        ("本文地址：http://www.example.com/a/1.html", "page furniture"),
        ("核心提示：公园今天开放，门票免费。", "page furniture"),
        ("您的浏览器不支持HTML5视频播放，请升级浏览器。", "player controls"),
        ("2.0x", "player controls"),
        ("分享到：微信 微博", "share line"),
        ("觉得有用，点个“在看”再走吧↓↓↓", "share line"),
        ("长按识别二维码，关注“江海发布”", "scan line"),
        ("扫一扫在手机打开当前页", "scan line"),
        ("特别声明：以上内容为用户上传，本平台仅提供信息存储服务。", "copyright line"),
        ("江海新闻，未经授权不得转载", "copyright line"),
        ("本网站之文字、图片及影音，非经授权，不得转载、公开播送。", "copyright line"),
        ("凡本网注明“来源：江海网”的作品，版权均属于江海网，未经授权不得转载。", "copyright line"),
        ("网友发言仅代表个人观点，不代表本站立场。", "copyright line"),
        ("主办：江海县人民政府办公室 网站标识码：0000000001", "footer of the site"),
        ("建议使用1024×768分辨率、IE6.0以上版本浏览本站", "footer of the site"),
        ("1.农村危房改造申请表.doc", "pictures and files"),
        ("附件下载：", "pictures and files"),
        ("- END -", "end mark"),
        ("【纠错】", "end mark"),
        ("#公园#开放#江海", "keywords"),
        ("标签：公园 江海", "keywords"),
    ],
)
def test_lines_of_the_page(line: str, reason: str) -> None:
    """Each is told by its words, with a reason that a reader understands."""
    assert furniture.whole_line(line) == reason


@pytest.mark.parametrize(
    "line",
    [
        "市民扫描车站的二维码，就能看到下一班车几点到。",
        "他打开手机APP，地里的墒情一目了然。",
        "关注夜间出行的市民可以拨打热线。",
        "点击预约的人数第一天就超过两千。",
        "法院判决，被告未经授权不得转载原告的文章。",
        "主办单位：江海县体育局",
        "举报电话：0000-6221190",
        "地址：江海路1号，电话：0000-6221187",
        "友情提示：出门请带雨伞。",
        "风险提示：该议案尚需提交股东大会审议，存在不确定性。",
        "如有疑问，请与窗口联系。",
        "很多年轻人喜欢",
        "怎么分享",
        "收藏家老周的一天",
        "谁受益、谁管护。",
        "附件：1.农村危房改造申请表",
        "01",
        "3:00　卸车",
        "本文是老周写给孩子们的第三封信。",
        "打印机坏了，窗口前排起了长队。",
        "#1号楼今天封顶。",
    ],
)
def test_sentences_and_headings_that_only_use_such_words(line: str) -> None:
    """A report may speak of scanning, sharing, printing and rights; contacts and enclosures of a notice are its own."""
    assert furniture.whole_line(line) is None


@pytest.mark.parametrize("line", ["首页", "评论", "直播", "招聘", "默认"])
def test_single_words_may_be_headings(line: str) -> None:
    """A single word on a button can be a heading of the body: it takes its neighbours to tell."""
    assert furniture.whole_line(line) is None
    assert furniture.is_tools(line)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("首页 > 政务公开 > 通知公告", True),
        ("当前位置：首页 → 信息公开 → 浏览正文", True),
        ("江海网 >> 健康·生活 >> 要闻", True),
        ("udn / 地方 / 都会", True),
        ("新浪财经 > 证券 > 正文", True),
        ("气温 > 三十度的日子有二十天。", False),
        ("甲队 2 > 1 乙队，比赛结束。", False),
        ("公园开放", False),
    ],
)
def test_paths(line: str, found: bool) -> None:
    """A page's path is a row of short names with arrows between them."""
    assert furniture.is_breadcrumb(line) == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("首页 新闻 股市 邮箱 论坛 短信", True),
        ("首页国内国际社会体育军事", True),
        ("网站首页 | 石塘概况 | 政务要闻 | 信息公开 | 网上办事", True),
        ("2024-06-13 08:30　来源：健康南亭　作者：白晓禾", False),
        ("经济要发展，教育要跟上。", False),
        ("甲 乙 丙 丁 戊", False),
    ],
)
def test_menus(line: str, found: bool) -> None:
    """A row of a menu names channels; a line of labels and a sentence about them do not."""
    assert furniture.is_menu(line) == found


@pytest.mark.parametrize(
    "line",
    [
        "相关阅读",
        "【相关新闻】",
        "热门排行",
        "往期推荐",
        "猜你喜欢",
        "大家都在看",
        "下一篇：公园开放",
        "24小时热闻",
        "澎湃热榜",
    ],
)
def test_headings_of_lists(line: str) -> None:
    """Under such a heading pages list other articles."""
    assert furniture.is_trailing_heading(line)


@pytest.mark.parametrize(
    "line", ["相关部门怎么说", "推荐理由", "最新消息显示，水位已经下降。", "评论员文章", "怎么分排行榜"]
)
def test_headings_of_the_body(line: str) -> None:
    """Words of such headings inside others say nothing."""
    assert not furniture.is_trailing_heading(line)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("严志平整理的材料。受访者 供图", True),
        ("光明新村社宅外观。 图∕都发局提供", True),
        ("跨海缆车（资料图）", True),
        ("5月3日，科研人员在野外采样。新华社发（受访者供图）", True),
        ("王大江 摄", True),
        ("这些照片由馆长自己拍摄", False),
        ("他说，明年要把全县的老桥都拍摄一遍。", False),
        ("各方表示，将坚决打击此类犯罪。（公安部供图）", False),
        ("看图说话", False),
    ],
)
def test_captions(line: str, found: bool) -> None:
    """A caption ends with who made the picture; a paragraph with a credit in brackets behind it is a paragraph."""
    assert furniture.is_caption(line) == found


def test_where_a_credit_behind_a_paragraph_begins() -> None:
    """Only the brackets are the picture's."""
    line = "各方表示，将坚决打击此类犯罪。（公安部供图）"
    assert furniture.credit_behind(line) == line.index("（")
    assert furniture.credit_behind("公园开放（暂定）") is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("&ldquo;好&rdquo;&nbsp;1&mdash;2&hellip;", "“好” 1—2…"),
        ("&amp;nbsp;甲&#8220;乙&#x201D;", " 甲“乙”"),
        ("a&b; &copy=1 &unknown; AT&T", None),
        ("公园", None),
    ],
)
def test_references_left_over(text: str, shown: str | None) -> None:
    """References mean characters; addresses, programs and names with an ampersand are left alone."""
    edits = entity_edits(text)
    for edit in reversed(edits):
        text = text[: edit.start] + edit.new + text[edit.end :]
    assert (text if edits else None) == shown
