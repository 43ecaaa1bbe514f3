"""Whole pages as people copy them: where the article begins and ends. All invented."""

import pytest

from rag.articles.hints import Hints
from tests.articles import body_lines, read_whole

PAPER = """江海晚报 2019年08月09日 星期五
第05版：民生
上一版 下一版
3 上一篇 下一篇 4
放大+ 缩小- 默认
桥修好了，路怎么走？
——跨江大桥通车首日见闻
■本报记者 张立新 通讯员 李小梅

昨天早上七点，第一辆公交车驶过跨江大桥。
乘客大多举着手机，司机把车速放到了二十公里。
大桥连着的两条路还没有修好。
本版图片由本报记者 王小川 摄
3 上一篇 下一篇 4
版权所有 江海晚报"""


def test_a_page_of_a_newspaper() -> None:
    """Masthead and by-line make the head; the tools of the electronic paper go."""
    article = read_whole(PAPER)
    assert (article.title, str(article.published), article.source, article.author) == (
        "桥修好了，路怎么走？",
        "2019-08-09",
        "江海晚报",
        "张立新 通讯员 李小梅",
    )
    assert len(body_lines(article)) == 3
    assert {"caption of a picture", "menu", "copyright line"} <= {item.reason for item in article.removed}


PORTAL = """某河网资讯 > 社会 > 正文
老城区停水两天，居民排队打水
2013年05月01日 10:00
来源：江海晚报 作者：张立新
0人参与 0评论
原标题：老城停水记
老城区的主水管前天夜里爆了，三千户居民停水。
自来水公司派出八辆水车，在四个路口供水。
相关阅读：水管用了四十年
抢修预计今天夜里完成。
[责任编辑：李小梅 PN012]
标签：停水 水管
热门文章推荐
水管用了四十年
抢修队连夜施工
网友评论
某河网友
早该换了，我家楼下爆了三回，物业也没有人管。
回复 顶 12
关于我们 | 联系我们"""


def test_a_portal() -> None:
    """Path, counts, links inside the body, lists and comments go; the other site's title is not the title."""
    article = read_whole(PORTAL)
    assert (article.title, str(article.published), article.source, article.author) == (
        "老城区停水两天，居民排队打水",
        "2013-05-01",
        "江海晚报",
        "张立新",
    )
    assert [line[-4:] for line in body_lines(article)] == ["民停水。", "口供水。", "里完成。"]


NOTICE = """江海县人民政府
请输入搜索内容
首页
政务公开
索引号	11XXXX/2023-00041
发布机构	江海县水务局
成文日期	2023-02-27
公开日期	2023-03-02
有 效 性	有效
关于开展用水普查的通知
江水〔2023〕9号
各乡镇人民政府：
现将有关事项通知如下。
一、普查对象
全县所有用水户。
联系人：张立新，电话：0000-6221187。
附件：1.普查表
2.说明
江海县水务局
2023年2月27日
（此件公开发布）
附件下载：
1.普查表.doc
打印本页 关闭窗口
上一条：公园开放
主办：江海县人民政府办公室 网站标识码：0000000001"""


def test_a_notice_with_its_index_table() -> None:
    """What only the index table says of office and day is kept for the head; signature, contacts, list of enclosures stay."""
    article = read_whole(NOTICE)
    assert (article.title, str(article.published), article.source) == (
        "关于开展用水普查的通知",
        "2023-03-02",
        "江海县水务局",
    )
    assert body_lines(article) == NOTICE.split("\n")[10:21]


GLUED = (
    "登录 注册 首页>要闻>交通机场高铁站开通当天客流超预期2023-12-29 17:55来源：西坪观察 作者：闻人杰 阅读：3.1万 字号：A A+ 分享"
    "12月28日，高铁站投入使用，首日到发旅客一万人次。打开APP阅读全文“人一多还是挤不上去。”骆女士说。机场回应，二期工程已经完成招标。"
    "编辑：申屠敏 审核：左丘明 声明：转载此文是出于传递更多信息之目的，若有错误请与本网联系。点赞 126 收藏 评论 18 相关推荐图解：外贸数据\n"
    "独家｜集采价格调查"
)


def test_everything_glued_to_one_line() -> None:
    """A line falls apart at the path, around date and labels, at a button, before credits and notices."""
    article = read_whole(GLUED)
    assert (article.title, str(article.published), article.source, article.author) == (
        "机场高铁站开通当天客流超预期",
        "2023-12-29",
        "西坪观察",
        "闻人杰",
    )
    assert "".join(body_lines(article)) == (
        "12月28日，高铁站投入使用，首日到发旅客一万人次。“人一多还是挤不上去。”骆女士说。机场回应，二期工程已经完成招标。"
    )


def test_a_date_and_a_source_over_several_lines() -> None:
    """Time of day and value may stand in lines of their own."""
    article = read_whole(
        "公园今天开放了\n2023-05-11\n16:42:07\n来源：\n某河网\n公园门票免费，首日来了三千人。\n大家很满意。"
    )
    assert (str(article.published), article.source) == ("2023-05-11", "某河网")
    assert body_lines(article) == ["公园门票免费，首日来了三千人。", "大家很满意。"]


def test_names_between_title_and_date() -> None:
    """A line of nothing but a name beside the date is the by-line; a publisher's is the source."""
    by_name = read_whole(
        "某河网 >> 健康 >> 要闻\n关注医疗\n两万老人在家门口做筛查\n陶伯安\n2021年10月19日08:12\n小字号\n车里装着一台机器，开到了村口。"
    )
    assert (by_name.title, by_name.author) == ("两万老人在家门口做筛查", "陶伯安")
    account = read_whole("小镇图书馆夜间开放\n江海晚报\n2022-03-04 12:00江海晚报官方账号\n关注\n夜里九点，灯还亮着。")
    assert (account.source, body_lines(account)) == ("江海晚报", ["夜里九点，灯还亮着。"])


@pytest.mark.parametrize(
    "text",
    [
        "社保卡换卡问答\n问：旧卡什么时候停用？\n答：明年六月底停用。\n评分\n办事的评分从一分到五分，居民可以在窗口打分，也可以打电话。\n最低的窗口要整改。",
        "一周要闻\n公园周一开放，首日三千人。\n相关链接\n大桥全长1200米，2019年开工，总投资八亿元。\n桥面宽三十米。",
        "致全体居民的一封信\n各位居民：\n冬季用火用电增多，请大家注意防火。\n一、不要飞线充电。\n感谢您的配合！\n江海街道办事处\n2023年12月1日",
        "江边\n李小河\n水把石头洗圆\n石头把水洗白\n我们在岸上\n谁也没有说话",
        "各区用水量\n区县 用水量 同比\n江东区 1200 +3%\n江西区 800 -2%\n数据来源：市水务局",
        "对话修钟人\n记者：最难修的是什么？\n何大同：齿轮，缺一颗牙，全都不走。\n人物名片\n何大同，1958年生，江海市传承人。",
        "大事记\n2024年3月5日 公园开放\n公园门票免费。\n2024年3月6日 公园关闭\n因为暴雨。",
        "某县人民法院\n公告\n张三：\n本院受理李四诉你一案，现公告送达。\n审判员 王五\n二〇二三年五月六日",
    ],
)
def test_articles_without_furniture_stay_whole(text: str) -> None:
    """Headings, lists, verses, tables, signatures and questions are the article's, whatever words they use."""
    assert read_whole(text).text == text


def test_comments_need_what_stands_around_comments() -> None:
    """A report may have a heading like that of comments; readers' comments have votes and buttons to reply."""
    report = "新规引热议\n新规今天施行，门票免费。\n网友评论\n网友张先生认为，公园还应该延长开放时间，让上班的人也能去。\n管理处说会考虑这个建议，下月答复。"
    assert read_whole(report).text == report
    page = report.replace("去。\n", "去。\n回复 顶 12\n")
    assert body_lines(read_whole(page)) == ["新规今天施行，门票免费。"]


def test_what_stands_below_the_editors() -> None:
    """A little text below the editors is the page's; as much as an article is another article and stays."""
    article = "公园开放\n" + "公园今天向居民开放，门票免费，首日来了三千人，管理处很忙。\n" * 6
    assert body_lines(read_whole(article + "责任编辑：王小红\n天下大事，尽在掌握，每天三分钟。"))[-1].endswith("很忙。")
    more = "图书馆也延长了开放时间，从早上八点到晚上十点，周一不休息，读者很高兴。\n" * 9
    assert len(body_lines(read_whole(article + "责任编辑：王小红\n" + more))) == 16


def test_pictures() -> None:
    """The caption of a picture goes; where captions are the report they stay, and their photographer is its author."""
    single = read_whole(
        "公园开放\n公园今天向居民开放，门票免费，首日来了三千人。\n公园大门。李明 摄\n管理处说，夏天的开放时间会延长。\n请带好证件。"
    )
    assert "公园大门" not in single.text
    gallery = "溜索邮路\n" + "\n".join(
        f"6月{n}日，邮递员背着邮包第{n}次溜过黑石江。新华社记者 段成林 摄" for n in range(1, 6)
    )
    report = read_whole(gallery)
    assert (len(body_lines(report)), report.author) == (5, "段成林")


def test_a_clipped_page() -> None:
    """The site's name leaves the title, links and bars leave the text, and the day of clipping is no date of the article."""
    text = (
        "---\ntitle: 小城开出夜间门诊，三个月看了九千人_某河网\ndate: 2024-08-02\n---\n"
        "[首页](/) > [新闻](/n/) > 正文\n\n# 小城开出夜间门诊，三个月看了九千人\n\n"
        "2024-06-13 08:30　来源：[健康南亭](/s/)　作者：白晓禾　[我要评论](#c)\n\n"
        "晚上七点半，门诊楼还亮着一半的灯。\n\n| 科室 | 人次 |\n| --- | --- |\n| 儿科 | 44 |\n\n"
        "[责任编辑：景琛]\n\n## 相关新闻\n\n- [公园开放](/1) 2024-08-22\n- [大桥通车](/2) 2024-09-26\n"
    )
    article = read_whole(text, "markdown")
    assert (article.title, str(article.published), article.source, article.author) == (
        "小城开出夜间门诊，三个月看了九千人",
        "2024-06-13",
        "健康南亭",
        "白晓禾",
    )
    assert body_lines(article) == ["晚上七点半，门诊楼还亮着一半的灯。", "科室 人次", "儿科 44"]


@pytest.mark.parametrize(
    ("known", "line", "title"),
    [
        ("公园今天向居民开放了_某河网", "公园今天 向居民开放了", "公园今天 向居民开放了"),
        ("打印文章 - 公园今天向居民开放了", "公园今天向居民开放了", "公园今天向居民开放了"),
        ("[转帖] 公园今天向居民开放了 - 某河论坛", "[转帖] 公园今天向居民开放了", "公园今天向居民开放了"),
        ("公园今天向居民开放了听新闻", "公园今天向居民开放了听新闻", "公园今天向居民开放了"),
        ("关于印发公园开放办法的通知-通知公告", "关于印发\n公园开放办法的通知", "关于印发公园开放办法的通知"),
        ("某河热线-新闻中心", "公园今天向居民开放了", "公园今天向居民开放了"),
        (
            "公园今天向居民开放了，首日三千…",
            "公园今天向居民开放了，首日三千人入园",
            "公园今天向居民开放了，首日三千人入园",
        ),
    ],
)
def test_a_title_from_the_pages_head(monkeypatch: pytest.MonkeyPatch, known: str, line: str, title: str) -> None:
    """Sites, categories and buttons around a page's title are no part of the headline, as the text shows it."""
    from rag.articles import cleaning
    from rag.articles.alignment import AlignedText
    from rag.articles.hints import Extracted

    text = f"首页 > 新闻 > 正文\n{line}\n2024-05-06 10:00 来源：某河晚报\n公园门票免费，首日来了三千人。\n大家很满意。"
    monkeypatch.setattr(cleaning, "_extract", lambda _: Extracted(AlignedText.of(text), Hints(title=known)))
    article = read_whole(text)
    assert article.title == title
    assert body_lines(article) == ["公园门票免费，首日来了三千人。", "大家很满意。"]


@pytest.mark.parametrize(
    "first", ["桥通了。走路只要八分钟。", "桥通了，走路只要八分钟。", "桥通了以后，走路只要八分钟。"]
)
def test_a_first_sentence_may_begin_with_the_title(first: str) -> None:
    """Words of the title at the start of a sentence are no repeated title."""
    article = read_whole(f"桥通了\n2024年5月6日 来源：青禾报\n{first}\n全长三百二十米，每天有两千人走过。")
    assert body_lines(article)[0] == first
