"""More texts as people copy them from sites, applications and notes, all invented."""

from dataclasses import dataclass

import pytest

from rag.articles import Loaded, read_article
from rag.types import Article
from tests.test_rag_articles_webpage_shapes import BODY, TITLE, folded


@dataclass(frozen=True)
class Copy:
    """A text in short (`@title`, `@body`) and what a reader would take from it."""

    text: str
    kind: str = "text"
    title: str = TITLE
    date: str | None = "2023-05-01"
    source: str | None = "清溪日报"
    author: str | None = None
    extra: tuple[str, ...] = ()  # lines of the body beside `BODY`


COPIES = {
    "a portal, its menu a word a line": Copy(
        "清溪网\n首页\n乡镇\n味道\n光影\n寻人\n直播\n二手\n更多\n清溪网民生 > 正文\n@title\n2023年05月01日 16:28:49\n来源：清溪日报\n作者：周小禾\n12人参与 3评论\n分享至好友和朋友圈\n@body\n[责任编辑：方圆 PN019]\n为您推荐\n全县小麦机收过半\n45178播放\n老街改造方案公示\n22220播放\n清溪网公司版权所有",
        author="周小禾",
    ),
    "a portal, name and menu on one line": Copy(
        "新湾首页 新闻 体育 财经 娱乐 科技 博客 图片 专栏 更多\n新湾新闻 国内新闻 > 正文\n@title\n@title\n2023年05月01日 08:10 清溪日报\n语音播报\n缩小字体\n放大字体\n收藏\n微博\n微信\n分享\n@body\n责任编辑：方圆 SN123\n文章关键词： 图书馆 夜间\n我要反馈\n保存网页\n新湾公司 版权所有"
    ),
    "an account's article in the app": Copy(
        "@title\n清溪日报\n2023-05-01 08:00\n·\n清溪日报官方账号\n关注\n@body\n关注我们，获取更多本地资讯。\n举报\n评论 23\n点赞 108\n搜索更多\n全县小麦机收过半\n老街改造方案公示"
    ),
    "a public account, in English surroundings": Copy(
        "@title\nOriginal 周小禾 清溪日报 2023-05-01 08:00 Posted on 浙江\n↑点击上方“清溪日报”关注我们↑\n@body\nEND\n来源：清溪日报\n编辑：方圆\n审核：林小满\n往期推荐\n全县小麦机收过半\n老街改造方案公示\nRead more\nScan to Follow\n继续滑动看下一个\n清溪日报\n向上滑动看下一个",
        author="周小禾",
    ),
    "a public account, words of the reader's page": Copy(
        "@title\n清溪日报 2023年5月1日 08:00 浙江\n以下文章来源于清溪发布 ，作者周小禾\n在小说阅读器中沉浸阅读\n@body\n点击下方名片关注我们\n觉得不错，点个“在看”吧\n预览时标签不可点\n轻触阅读原文\n清溪日报\n赞\n分享\n推荐\n写留言\n阅读 2318",
        source="清溪发布",
        author="周小禾",
    ),
    "a public account as Markdown": Copy(
        "# @title\n\n原创 周小禾 [清溪日报](javascript:void\\(0\\);) *2023-05-01 08:00* *浙江*\n\n![图片](data:image/gif;base64,x)\n\n@body\n\n**作者：周小禾**\n\n**编辑：方圆**\n\n![](https://x.example/1.png)\n\n长按识别二维码关注我们\n\n[阅读原文](javascript:;)\n\n微信扫一扫\n关注该公众号\n\n知道了\n\n微信扫一扫\n使用小程序\n\n[取消](javascript:;) [允许](javascript:;)",
        "markdown",
        author="周小禾",
    ),
    "a note from a clipper of readers": Copy(
        "> 本文由 [简阅 Reader](http://r.example/) 转码， 原文地址 [www.qx.example](https://www.qx.example/1.html)\n\n# @title\n\n2023-05-01 09:30　来源：清溪日报\n\n@body\n",
        "markdown",
    ),
    "a page of a note program": Copy(
        "# @title\n\nCreated: June 3, 2023 9:30 AM\nTags: 图书馆, 清溪\nURL: https://www.qx.example/1.html\n\n清溪日报 2023-05-01 09:30\n\n@body\n",
        "markdown",
    ),
    "front matter with Chinese keys": Copy(
        "---\n标题: @title\n来源: 清溪日报\n作者: 周小禾\n发布时间: 2023-05-01 09:30\n标签: [图书馆, 夜间]\n---\n\n@body\n",
        "markdown",
        author="周小禾",
    ),
    "a Singaporean paper": Copy(
        "@title\n周小禾\n发布/2023年5月1日 09:30\n更新/2023年5月1日 12:00\n字体大小:\n小\n中\n大\n@body\nLIKE我们的官方脸书网页以获取更多新信息\n延伸阅读\n全县小麦机收过半\n老街改造方案公示",
        source=None,
        author="周小禾",
    ),
    "a Hong Kong site": Copy(
        "@title\n撰文：周小禾\n出版：2023-05-01 09:30\n更新：2023-05-01 12:00\n@body\n相關文章\n全县小麦机收过半\n老街改造方案公示\n立即下載APP看更多",
        source=None,
        author="周小禾",
    ),
    "a release of an agency for companies": Copy(
        "@title\n2023-05-01 09:00 来源：清溪日报\n@body\n关于清溪水务\n清溪水务股份有限公司成立于2003年，是一家专注于水处理的国家高新技术企业，业务遍及全国二十个省市，致力于成为客户信赖的合作伙伴。\n媒体联系人：周小禾\n电话：0000-1234567"
    ),
    "a business site": Copy(
        "@title\n周小禾·2023年05月01日 10:22\n关注\n@body\n本文来自微信公众号“清溪日报”，作者：周小禾，本站经授权发布。\n该文观点仅代表作者本人，平台仅提供信息存储空间服务。\n+10\n好文章，需要你的鼓励\n发表评论",
        author="周小禾",
    ),
    "a site that names the account first": Copy(
        "@title\n2023-05-01 10:22\n本文来自微信公众号：清溪日报 (ID：qxrb)，作者：周小禾，题图来自：视觉中国\n@body\n本内容未经允许不得转载，或转载时须注明出处",
        author="周小禾",
    ),
    "a board": Copy(
        "清溪论坛\n跳至内容\n@title\n由 禾下乘凉 » 周一 5月 01, 2023 8:47 pm\n@body\n禾下乘凉\n帖子: 212\n注册: 周日 3月 01, 2020 8:00 am\n回到顶部",
        source=None,
        author="禾下乘凉",
    ),
    "a board of another kind": Copy(
        "@title [复制链接]\n禾下乘凉 发表于 2023-5-1 10:22:33 | 只看该作者 |倒序浏览 |阅读模式\n@body\n回复\n使用道具 举报",
        source=None,
        author="禾下乘凉",
    ),
    "an agency's site, read aloud": Copy(
        "清民网>>社会·法治\n@title\n2023年05月01日10:22 | 来源：清溪日报\n小字号\n点击播报本文，约2分钟\n@body\n(责编：方圆、林小满)\n分享让更多人看到\n推荐阅读\n全县小麦机收过半\n老街改造方案公示"
    ),
    "a letter copied from the mail": Copy(
        "在浏览器中查看\n清溪慢读 第12期\n2023年5月1日 ｜ 文：周小禾\n亲爱的读者，你好！\n@title\n@body\n感谢阅读，我们下周见。\n如果不想再收到此类邮件，请点击退订\n清溪慢读编辑部",
        source="清溪慢读",
        author="周小禾",
    ),
    "an account that asks to be followed": Copy(
        "@title\n2023-05-01 10:22 来源：清溪日报\n@body\n对此你怎么看？欢迎在评论区留言讨论，别忘了点赞关注哦！\n（图片来源网络，侵删）\n#图书馆# #清溪#"
    ),
    "a paper in Taiwan": Copy(
        "@title\n2023/05/01 05:30\n〔記者周小禾／清溪報導〕@body\n不用抽 不用搶 現在用APP看新聞 保證天天中獎　點我下載APP　按我看活動辦法\n相關新聞\n全县小麦机收过半\n老街改造方案公示",
        source=None,
        author="周小禾",
        extra=("〔記者周小禾／清溪報導〕",),
    ),
    "a notice of a listed company": Copy(
        "证券代码：000000 证券简称：清溪股份 公告编号：2023-012\n清溪股份有限公司关于延长开放时间的公告\n本公司及董事会全体成员保证信息披露内容的真实、准确、完整，没有虚假记载。\n@body\n特此公告。\n清溪股份有限公司董事会\n2023年5月1日",
        title="清溪股份有限公司关于延长开放时间的公告",
        date=None,
        source=None,
        extra=(
            "证券代码：000000 证券简称：清溪股份 公告编号：2023-012",
            "本公司及董事会全体成员保证信息披露内容的真实、准确、完整，没有虚假记载。",
            "特此公告。",
            "清溪股份有限公司董事会",
            "2023年5月1日",
        ),
    ),
    "a page of accounts, followers counted": Copy(
        "百号首页\n清溪日报\n清溪日报官方账号\n2023-05-01 10:22\n关注\n@title\n2023-05-01 10:22 来源：清溪日报\n@body\n举报/反馈\n大家还在搜\n全县小麦机收过半\n老街改造方案公示",
    ),
    "an agency's dispatch with what the desk asks": Copy(
        "@title\n来源：清溪日报\n2023-05-01 10:22\n@body\n来源：清溪日报\n编辑：方圆\n欢迎关注“清溪日报”公众号，第一时间获取权威资讯！\n扫码下载清溪日报客户端",
    ),
    "a lecture written down": Copy(
        "@title\n2023-05-01 来源：清溪日报\n@body\n作者简介\n周小禾，清溪县图书馆馆员，毕业于某大学，著有随笔集两种。",
    ),
    "a page saved by a phone's browser": Copy(
        "清溪网\n打开APP\n@title\n清溪日报 2023-05-01 10:22\n全文约1024字，阅读需3分钟\n@body\n打开APP，查看更多精彩内容\n发布于：浙江省\n声明：该文观点仅代表作者本人\n全部评论\n大家都在看",
    ),
    "an office in Taiwan": Copy(
        "@title\n發布日期：中華民國112年5月1日\n發布單位：清溪日报\n@body\n點閱數：12\n回上一頁",
    ),
    "a Markdown page from a reader's service": Copy(
        "# @title\n\n> 来源：清溪日报　作者：周小禾　发布时间：2023-05-01\n> 原文链接：https://www.qx.example/1.html\n\n@body\n\n---\n\n剪藏于 2023-06-03\n",
        "markdown",
        author="周小禾",
    ),
}


def _is_told(name: str) -> list[str]:
    copy = COPIES[name]
    gap = "\n\n" if copy.kind == "markdown" else "\n"
    text = copy.text.replace("@title", TITLE).replace("@body", gap.join(BODY))
    article = read_article(Loaded(name, text, "utf-8", copy.kind))  # type: ignore[arg-type]
    assert isinstance(article, Article)
    wanted = (*BODY, *copy.extra)
    wrong = [f"missing {line}" for line in wanted if folded(line) not in folded(article.text)]
    rest = folded(article.body.of(article.text))
    for line in sorted(wanted, key=len, reverse=True):
        rest = rest.replace(folded(line), "", 1)
    wrong += [f"surplus {rest}"] if rest else []
    for field, value in (("title", copy.title), ("source", copy.source), ("author", copy.author)):
        if getattr(article, field) != value:
            wrong.append(f"{field} {getattr(article, field)!r}")
    if str(article.published) != (copy.date or "None"):
        wrong.append(f"date {article.published}")
    return wrong


@pytest.mark.parametrize("name", COPIES)
def test_the_article_and_nothing_else(name: str) -> None:
    """Body, title, day, source and author come out as a reader would take them from the text."""
    assert _is_told(name) == []


@pytest.mark.parametrize(
    "line",
    [
        "运营商应当简化退订流程。",
        "网友纷纷在评论区留言。",
        "这条视频获得大量点赞、评论、转发。",
        "用户可以在浏览器中查看进度。",
        "请大家关注天气变化，注意防寒保暖。",
        "感谢您的配合！",
        "居民扫码后可以预约，二维码贴在门口。",
    ],
)
def test_sentences_about_such_things_stay_at_the_end(line: str) -> None:
    """A last sentence that speaks of following, subscribing or scanning is no plea of the page."""
    text = "\n".join((TITLE, "2023-05-01 来源：清溪日报", *BODY, line))
    article = read_article(Loaded("a.txt", text, "utf-8", "text"))
    assert isinstance(article, Article)
    assert article.text.endswith(line)
