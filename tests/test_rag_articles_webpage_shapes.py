"""Pages of many shapes, all invented: what comes out is the article, its paragraphs in order and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pytest

from rag.articles import Loaded, read_article
from rag.articles.webpage import extract_webpage
from rag.types import Article

TITLE = "清溪县图书馆夜里也开门 头一个月来了六千多人次"
BODY = (
    "清溪县图书馆昨天把闭馆时间从下午六点推迟到晚上十点，周末不休息。",
    "馆长林知秋说，去年暑假有七成读者是下班以后才来的，“门关着，书再好也没用”。",
    "为什么不早改？",
    "县财政局的答复是，夜间值班需要增加四个岗位，每年多支出二十一万元，今年才列入预算。",
    "据统计，延时开放的头一个月，夜间读者有6420人次，占全天的四成三；借出图书3117册，比上年同期增加一倍。",
    "县里下一步打算把这一办法推广到六个乡镇分馆，明年三月底前完成。",
)
HEADLINES = (
    "全县小麦机收过半",
    "老街改造方案公示",
    "三名学子获省级奖学金",
    "城东菜市场月底搬迁",
    "今年首批高温津贴发放",
    "水库开闸放水 下游注意安全",
    "一季度外贸增长百分之七",
    "新开两条公交线路",
)
REPLIES = (
    "<div><b>路人甲</b> 2023-05-02 10:11<br>早该这样了，我以前下班赶过去都关门了，白跑好几趟。<br><a>回复</a> <a>顶(3)</a></div>"
    "<div><b>小王</b> 2023-05-02 12:11<br>希望空调也开一下，夏天里面太热了。<br><a>回复</a> <a>顶(1)</a></div>"
)


@dataclass(frozen=True)
class Page:
    """A page in short (`filled` says for what) and what a reader would take from it."""

    html: str
    title: str = TITLE
    date: str | None = "2023-05-01"
    source: str | None = "清溪日报"
    author: str | None = None
    body: Sequence[str] = BODY


PAGES = {
    "no class names anywhere": Page(
        '<html><head><title>@title - 清溪在线</title></head><body><div><a href="/">首页</a> <a href="/a">新闻</a> <a href="/b">生活</a> <a href="/c">论坛</a></div><div><div>清溪在线 &gt; 新闻 &gt; 正文</div><h1>@title</h1><div>2023-05-01 09:30\u3000来源：清溪日报\u3000作者：周小禾</div><div>@body</div><div>责任编辑：方圆</div><div><h3>相关新闻</h3>@links8</div></div><div><h3>热门</h3>@links8</div><div>清溪在线 版权所有 备案号000000</div></body></html>',
        author="周小禾",
    ),
    "the electronic edition of a paper, nested tables": Page(
        '<html><head><title>清溪日报--@title</title></head><body><table width=900><tr><td width=300><table><tr><td>第03版：民生</td></tr><tr><td>@links6</td></tr></table></td><td><table><tr><td>2023年05月01日 星期一</td><td><a href=1>上一版</a> <a href=2>下一版</a></td></tr><tr><td class="font02" style="padding-bottom:5">本馆夜话</td></tr><tr><td class="font01"><strong>@title</strong></td></tr><tr><td class="font02">——来自基层的调查</td></tr><tr><td class="font6">( 2023-05-01 )\u3000稿件来源：清溪日报\u3000第03版</td></tr><tr><td><div id="ozoom"><founder-content>@body</founder-content></div></td></tr></table><table><tr><td><a href=3>上一篇</a> <a href=4>下一篇</a></td></tr></table></td></tr></table><div>清溪日报社版权所有，未经书面授权，不得转载、摘编。</div></body></html>'
    ),
    "an account on a portal of accounts": Page(
        '<html><head><title>@title_清溪发布</title><meta name="description" content="..."></head><body><div id="root"><div class="article-detail-container"><div class="left-sidebar"><div class="detail-side-interaction"><span>12</span><span>评论</span></div></div><div class="main"><div class="expand-container"><div class="article-content"><h1>@title</h1><div class="article-meta"><span class="original-tag">原创</span><span>2023-05-01 08:12</span><span>·</span><span class="name"><a>清溪发布</a></span></div><article class="syl-article-base tt-article-content">@body</article></div></div><div class="detail-end"><span>举报</span></div><div class="ttp-comment-wrapper"><div class="title">评论 2</div><ul class="comment-list">@replies</ul></div></div><div class="right-sidebar"><div class="hot"><h2>头条热榜</h2>@links8</div></div></div></div></body></html>',
        source="清溪发布",
    ),
    "a university, the article inside a form": Page(
        '<html><head><title>@title-清溪学院</title><META Name="keywords" Content="清溪学院" /></head><body><div class="top"><ul><li><a>首页</a></li><li><a>学院概况</a></li><li><a>机构设置</a></li><li><a>招生就业</a></li></ul></div><div class="location">当前位置: <a>首页</a> &gt; <a>学院新闻</a> &gt; 正文</div><form name="_newscontent_fromname"><div class="content-title"><h3>@title</h3><i>作者：周小禾&nbsp;&nbsp; 来源：清溪日报&nbsp;&nbsp;日期：2023年05月01日 &nbsp;&nbsp; 点击：[<span id="dynclicks">120</span>]</i></div><div id="vsb_content" class="content-con"><div class="v_news_content">@body</div></div><div class="content-sxt"><ul><li>上一条：<a>全县小麦机收过半</a></li><li>下一条：<a>老街改造方案公示</a></li></ul></div>【<a>关闭</a>】</form><div class="foot">清溪学院 版权所有 地址：清溪县学院路1号</div></body></html>',
        author="周小禾",
    ),
    "an old agency page, an advertisement in the body": Page(
        '<html><head><title>@title-清新网</title></head><body><div id="nav">@links8</div><div class="con_left"><div id="cont_1_1_2"><h1 style="display:block">@title</h1><div class="left-t">2023年05月01日 10:02\u3000来源：<a>清溪日报</a> <a class="D">参与互动</a><span>(3)</span></div><div class="left_zw" style="position:relative"><p>\u3000\u3000@0</p>\n<p>\u3000\u3000@1</p>\n<p>\u3000\u3000@2</p>\n<div class="adInContent">广告</div><p>\u3000\u3000@3</p>\n<p>\u3000\u3000@4</p>\n<p>\u3000\u3000@5</p>\n<div id="function_code_page"></div></div><div class="left_name"><div class="left_name">【编辑:王多余】</div></div></div><div class="left_bottom"><span>更多精彩内容请进入社会频道</span></div></div><div class="con_right"><h2>精选</h2>@links8</div></body></html>'
    ),
    "a body that an advertisement splits over two containers": Page(
        "<html><head><title>@title|清溪网</title></head><body><div class=w><h1>@title</h1><p class=i>时间：2023年5月1日 来源：清溪日报</p><div class=c1><p>\u3000\u3000@0</p>\n<p>\u3000\u3000@1</p>\n<p>\u3000\u3000@2</p>\n</div><div class=c9><a href=ad>限时特价 海景房</a></div><div class=c1><p>\u3000\u3000@3</p>\n<p>\u3000\u3000@4</p>\n<p>\u3000\u3000@5</p>\n</div></div><div class=r>@links8</div></body></html>"
    ),
    "cards of other articles and comments without names": Page(
        "<html><head><title>@title-清溪网</title></head><body><div>@links8</div><div><h2>@title</h2><div>清溪日报 2023-05-01</div><div>@body</div></div><div><h4>看了还看</h4>@cards</div><div><h4>大家说</h4>@replies</div></body></html>"
    ),
    "a Hong Kong paper, the first paragraph in a container of its own": Page(
        '<html><head><title>清溪圖書館夜間開放 首月逾六千人次 - 東港日報</title><meta property="og:title" content="清溪圖書館夜間開放 首月逾六千人次"><meta property="og:site_name" content="東港日報"></head><body><div class="header"><ul><li><a>要聞</a></li><li><a>港聞</a></li><li><a>國際</a></li></ul></div><div class="newsDetail"><h1>清溪圖書館夜間開放 首月逾六千人次</h1><div class="date">2023-05-01</div><div class="newsLeading"><p>【本報訊】清溪圖書館上月起把閉館時間延至晚上十時，首月夜間讀者達6420人次。</p></div><div class="newsText"><p>館長林知秋表示，七成讀者下班後才到館，「門關了，書再好也沒用」。</p><p>區議員何子軒認為，值班人手仍然不足。</p><p>發言人回應，明年會增聘四人。</p></div></div><div class="relatedNews"><h3>相關新聞</h3><ul><li><a>碼頭擴建諮詢</a></li><li><a>電車加價</a></li></ul></div><div id="footer">東港日報有限公司版權所有 不得轉載</div></body></html>',
        source="東港日報",
        title="清溪圖書館夜間開放 首月逾六千人次",
        body=[
            "【本報訊】清溪圖書館上月起把閉館時間延至晚上十時，首月夜間讀者達6420人次。",
            "館長林知秋表示，七成讀者下班後才到館，「門關了，書再好也沒用」。",
            "區議員何子軒認為，值班人手仍然不足。",
            "發言人回應，明年會增聘四人。",
        ],
    ),
    "a column, the date below": Page(
        '<html><head><title>@title - 知乎</title></head><body><div id="root"><header class="ColumnPageHeader"><a>写文章</a><button>登录</button></header><article class="Post-Main"><header class="Post-Header"><h1 class="Post-Title">@title</h1><div class="Post-Author"><div class="AuthorInfo"><span class="UserLink AuthorInfo-name"><a>禾下乘凉</a></span><div class="AuthorInfo-detail">图书馆爱好者</div></div></div></header><div class="Post-RichTextContainer"><div class="RichText ztext Post-RichText">@paragraphs</div></div><div class="ContentItem-time">发布于 2023-05-01 21:03</div><div class="Post-topicsAndReviewer"><a>图书馆</a><a>县城</a></div><div class="RichContent-actions"><button>赞同 88</button><button>5 条评论</button></div></article><div class="Recommendations-Main"><h3>推荐阅读</h3>@links4</div></div></body></html>',
        source=None,
        author="禾下乘凉",
    ),
    "saved by a word processor": Page(
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta name=Generator content="Microsoft Word 15"><title>@title</title></head><body lang=ZH-CN><div class=WordSection1><p class=MsoNormal align=center style="text-align:center"><b><span>@title<o:p></o:p></span></b></p><p class=MsoNormal><span style=font-family:宋体>@0</span></p><p class=MsoNormal><span style=font-family:宋体>@1</span></p><p class=MsoNormal><span style=font-family:宋体>@2</span></p><p class=MsoNormal><span style=font-family:宋体>@3</span></p><p class=MsoNormal><span style=font-family:宋体>@4</span></p><p class=MsoNormal><span style=font-family:宋体>@5</span></p></div></body></html>',
        date=None,
        source=None,
    ),
    "font tags and line breaks only": Page(
        "<html><head><title>新闻内容</title></head><body><center><font size=5>@title</font><br>清溪日报 2023年5月1日<br></center><hr><font size=3>\u3000\u3000@0<br><br>\u3000\u3000@1<br><br>\u3000\u3000@2<br><br>\u3000\u3000@3<br><br>\u3000\u3000@4<br><br>\u3000\u3000@5</font><hr><a href=/>返回首页</a></body></html>"
    ),
    "a service page with headings and a list": Page(
        '<html><head><title>办证问答_清溪图书馆</title><meta name="PubDate" content="2023-05-01 10:00:00"></head><body><div class="bread">首页 / 服务指南</div><div class="con"><h2 class="tit">办证问答</h2><div class="info"><span>发布日期：2023-05-01</span><span>浏览量：56</span></div><div class="cont"><p>为了让读者少跑路，县图书馆整理了办证问答。</p><h3>一、谁可以办证？</h3><p>凡持有效身份证件的读者都可以办理，未成年人由监护人陪同。</p><h3>二、要带什么？</h3><ul><li>身份证原件</li><li>一寸照片一张</li><li>押金一百元，退证时退还</li></ul><h3>三、在哪里办？</h3><p>一楼服务台，每天上午九点到晚上九点。</p></div></div><div class="fr">@links8</div></body></html>',
        source=None,
        title="办证问答",
        body=[
            "为了让读者少跑路，县图书馆整理了办证问答。",
            "一、谁可以办证？",
            "凡持有效身份证件的读者都可以办理，未成年人由监护人陪同。",
            "二、要带什么？",
            "身份证原件",
            "一寸照片一张",
            "押金一百元，退证时退还",
            "三、在哪里办？",
            "一楼服务台，每天上午九点到晚上九点。",
        ],
    ),
    "nothing closed, or closed twice": Page(
        "<html><head><title>@title_清溪新闻</title><body><div class=nav><ul><li><a href=/>首页<li><a href=/x>时政<li><a href=/y>社会</ul><div class=main><h1>@title<div class=msg>2023-05-01 来源:清溪日报</div></h1><div class=txt><p>@0<p>@1<p>@2<p>@3<p>@4<p>@5</span></b></div></i><div class=rel><h4>相关阅读</h4><ul><li><a href=1>全县小麦机收过半<li><a href=2>老街改造方案公示</ul>"
    ),
    "the whole article hidden until scripts have run, time in UTC": Page(
        '<html><head><title>@title</title><meta property="article:published_time" content="2023-04-30T17:10:00Z"></head><body><div class="article-wrap" style="display:none"><h1>@title</h1><div class="src">来源：清溪日报</div><div class="text">@body</div><div class="open-app">打开APP阅读全文</div></div></body></html>'
    ),
    "a blog of the 2000s": Page(
        '<html><head><title>@title_周小禾_新浪博客</title></head><body><div class="blognav">@links4</div><div class="SG_colW73"><div class="articalTitle"><h2 class="titName SG_txta">@title</h2><span class="time SG_txtc">(2023-05-01 22:10:05)</span></div><div class="articalTag"><table><tr><td class="blog_tag">标签：<h3><a>图书馆</a></h3></td><td class="blog_class">分类：<a>随笔</a></td></tr></table></div><div id="sina_keyword_ad_area2" class="articalContent">@body</div><div class="shareUp"><a>喜欢</a> 阅读(31) 评论(2) 转载 收藏</div></div></body></html>',
        source=None,
        author="周小禾",
    ),
    "a company page with the name of a channel as its title": Page(
        '<html><head><title>新闻动态-清溪水务有限公司</title></head><body><div class="hd"><img src=logo.png alt="清溪水务"></div><div class="mainr"><div class="ntit">@title</div><div class="ninfo">发布时间：2023/5/1 阅读：331次 来源：清溪日报</div><div class="ncon"><p>@0</p><p style="text-align:center"><img src=1.jpg></p><p style="text-align:center">夜间的阅览室</p><p>@1</p><p>@2</p><p>@3</p><p>@4</p><p>@5</p></div><div class="npn"><p>上一条：<a>水表更换公告</a></p><p>下一条：<a>停水通知</a></p></div></div></body></html>'
    ),
    "paragraphs are divs, metadata in JSON-LD": Page(
        '<html><head><title>@title - 清溪头条</title><script type="application/ld+json">{"@type":"NewsArticle","headline":"@title","datePublished":"2023-05-01T08:00:00+08:00","author":{"@type":"Person","name":"周小禾"},"publisher":{"name":"清溪头条"}}</script></head><body><div class="a1"><div class="b1">首页 新闻 视频</div><div class="b2"><div class="t1">@title</div><div class="t2"><span>清溪日报</span><span>2023-05-01 08:00</span></div><div class=k>@0</div><div class=k>@1</div><div class=k>@2</div><div class=k>@3</div><div class=k>@4</div><div class=k>@5</div></div><div class="b3">@cards</div></div></body></html>',
        author="周小禾",
    ),
    "everything in definition lists": Page(
        "<html><head><title>@title</title></head><body><dl><dt>@title</dt><dd class=s>2023-05-01 清溪日报</dd><dd>@body</dd></dl><dl><dt>推荐</dt><dd><a>全县小麦机收过半</a></dd><dd><a>老街改造方案公示</a></dd><dd><a>三名学子获省级奖学金</a></dd><dd><a>城东菜市场月底搬迁</a></dd><dd><a>今年首批高温津贴发放</a></dd><dd><a>水库开闸放水 下游注意安全</a></dd><dd><a>一季度外贸增长百分之七</a></dd><dd><a>新开两条公交线路</a></dd></dl></body></html>"
    ),
    "a short article and many comments": Page(
        '<html><head><title>@title-清溪社区</title></head><body><div class="news"><h1>@title</h1><p class="meta">来源：清溪日报 时间：2023-05-01 08:00</p><div class="body"><p>\u3000\u3000@0</p>\n<p>\u3000\u3000@1</p>\n</div></div><div id="comments">@replies@replies@replies@replies@replies@replies@replies@replies</div></body></html>',
        body=["@0", "@1"],
    ),
    "a newsletter, tables only": Page(
        "<html><body><table width=600><tr><td><table><tr><td><img src=l.png></td><td>清溪周刊 第88期</td></tr></table></td></tr><tr><td><table><tr><td><h2>@title</h2></td></tr><tr><td>@0<br><br>@1<br><br>@2<br><br>@3<br><br>@4<br><br>@5</td></tr></table></td></tr><tr><td><font size=1>如不想再收到此邮件，请<a href=#>点击退订</a></font></td></tr></table></body></html>",
        date=None,
        source=None,
    ),
    "a forum, first post only": Page(
        '<html><head><title>@title_清溪吧_百度贴吧</title></head><body><div class="nav_wrap">@links3</div><h3 class="core_title_txt">@title</h3><div class="p_postlist"><div class="l_post"><div class="d_author"><ul><li class="d_name"><a class="p_author_name">禾下乘凉</a></li></ul></div><div class="d_post_content_main"><cc><div id="post_content_1" class="d_post_content j_d_post_content">@0<br>@1<br>@2<br>@3<br>@4<br>@5</div></cc><div class="core_reply_tail"><span class="tail-info">1楼</span><span class="tail-info">2023-05-01 09:00</span></div></div></div><div class="l_post"><div class="d_author"><a class="p_author_name">路人</a></div><div id="post_content_2" class="d_post_content j_d_post_content">支持一下，我家孩子天天晚上去那里写作业，希望一直开下去，不要过一阵子又关了。</div></div></div></body></html>',
        source=None,
        author="禾下乘凉",
    ),
    "hashed class names, metadata in a script": Page(
        '<html><head><title>@title_清溪资讯</title><meta property="og:time" content="2023-05-01 07:30:00"><script>var allData = {"docData":{"title":"@title","newsTime":"2023-05-01 07:30:00","source":"清溪日报"}};</script></head><body><div class="index_layout_x1"><div class="index_nav_7a">@links5</div><div class="index_artical_9k"><h1 class="index_title_1c">@title</h1><div class="index_info_2d"><a class="index_a1">清溪日报</a><time class="index_b2"><span>2023年05月01日 07:30:00</span></time></div><div class="index_main_3k"><div class="index_text_D0">@body</div><span class="index_end_qw"></span></div></div><div class="index_list_hh">@cards</div></div></body></html>'
    ),
    "a local government page": Page(
        '<html><head><title>@title</title><meta name="ContentSource" content="清溪日报"/><meta name="PubDate" content="2023-05-01"/></head><body><div class="pctop">@links6</div><div class="crumb">首页&gt;要闻</div><div class="zwxl"><div class="zwxl-title">@title</div><div class="zwxl-bar"><span>发布时间：2023-05-01 09:21</span><span>信息来源：清溪日报</span><span>访问量：<em>88</em></span><span>字体：[大 中 小]</span></div><div class="zwxl-article"><ucapcontent>@body</ucapcontent></div><div class="xgfj">附件：<a href=1.doc>登记表.doc</a></div><div class="zwxl-share">分享到：</div></div><div class="bottom"><p>主办单位：清溪县人民政府 网站标识码：0000000000</p></div></body></html>'
    ),
    "a mobile page drawn by scripts": Page(
        '<html><head><title>@title</title></head><body><div id="app"><div class="page_3xa"><section class="hd_1"><a>打开APP</a></section><section class="tt_2"><h1>@title</h1><p class="sub_9"><span>清溪日报</span><span>05-01 08:30</span></p></section><section class="ct_7">@paragraphs<div class="unfold_2">展开全文</div></section><section class="cm_8"><h3>全部评论</h3>@replies</section></div></div><script>window.__INITIAL_STATE__={"article":{"title":"@title","publishTime":"2023-05-01 08:30:11","source":"清溪日报"}}</script></body></html>'
    ),
    "links to other articles between the paragraphs": Page(
        '<html><head><title>@title-清溪网</title><meta name="publishdate" content="2023-05-01"><meta name="source" content="清溪日报"></head><body><div id="d1"><h1>@title</h1><div id="d2"><p>\u3000\u3000@0</p>\n<p>\u3000\u3000@1</p>\n<p><strong>相关阅读：</strong></p><p><a href=1>全县小麦机收过半</a></p><p><a href=2>老街改造方案公示</a></p><p>\u3000\u3000@2</p>\n<p>\u3000\u3000@3</p>\n<p>\u3000\u3000@4</p>\n<p>\u3000\u3000@5</p>\n<p style="text-align:center"><img src=qr.jpg></p><p style="text-align:center">长按二维码关注清溪发布</p></div></div></body></html>'
    ),
    "every paragraph in a div, a list of links between them": Page(
        '<html lang="zh-hans"><head><title>@title - 环宇新闻 中文</title><meta property="article:published_time" content="2023-05-01T00:10:00.000Z"><meta property="og:site_name" content="环宇新闻 中文"></head><body><header role="banner"><nav><ul><li><a>主页</a></li><li><a>国际</a></li></ul></nav></header><main role="main"><div><h1 id="content" tabindex="-1">@title</h1></div><figure><img src=1><figcaption><span>图像来源，</span>视觉图库 <p>读者在阅览室</p></figcaption></figure><section role="region" aria-labelledby="article-byline"><ul><li><span>周小禾</span></li><li><span>环宇新闻中文记者</span></li></ul></section><div><time datetime="2023-05-01">2023年5月1日</time></div><div dir="ltr"><p>@0</p></div><div dir="ltr"><p>@1</p></div><div dir="ltr"><p>@2</p></div><section role="region"><h2>热读</h2><ul><li><a href=a>老街改造方案公示</a></li><li><a href=b>水库开闸放水</a></li></ul><p>End of 热读</p></section><div dir="ltr"><p>@3</p></div><div dir="ltr"><p>@4</p></div><div dir="ltr"><p>@5</p></div></main><footer role="contentinfo"><p>© 2023 环宇新闻. 对外部网站内容不负责任。</p></footer></body></html>',
        source=None,
        author="周小禾",
    ),
    "a technical blog": Page(
        '<html><head><title>@title_禾下乘凉的博客-CSDN博客</title></head><body><div class="toolbar-inside">@links3</div><div class="main_father"><div class="container"><main><div class="blog-content-box"><div class="article-header-box"><div class="article-title-box"><h1 class="title-article" id="articleContentId">@title</h1></div><div class="article-info-box"><div class="article-bar-top"><a class="follow-nickName">禾下乘凉</a><span class="time">于 2023-05-01 20:11:02 发布</span><span class="read-count">阅读量1.2k</span><span>收藏 5</span></div></div></div><article class="baidu_pl"><div id="article_content" class="article_content clearfix"><div id="content_views" class="htmledit_views">@paragraphs</div></div></article></div><div class="recommend-box">@cards</div></main></div></div></body></html>',
        source=None,
        author="禾下乘凉",
    ),
    "a picture and its caption in a table": Page(
        '<html><head><title>@title--清溪网</title></head><body><div class="text_c"><h1>@title</h1><p class="sou">2023年05月01日10:30&nbsp;&nbsp;&nbsp;&nbsp;来源：<a>清溪日报</a></p><div class="show_text"><p>\u3000\u3000@0</p>\n<table align=center><tr><td><img src=1.jpg></td></tr><tr><td align=center>夜间的阅览室。周小禾摄</td></tr></table><p>\u3000\u3000@1</p>\n<p>\u3000\u3000@2</p>\n<p>\u3000\u3000@3</p>\n<p>\u3000\u3000@4</p>\n<p>\u3000\u3000@5</p>\n<div class="edit">(责编：方圆、何田)</div></div></div></body></html>'
    ),
    "an old notice, the title of the page is the office": Page(
        '<html><head><title>清溪县图书馆</title></head><body><table><tr><td><a href=1>首页</a></td><td><a href=2>动态</a></td></tr></table><table><tr><td class="style1"><p align=center><b><font size=4>@title</font></b></p><p align=center>发布人：管理员\u3000发布时间：2023-5-1\u3000浏览 66 次</p><hr>@body<p align=right>清溪县图书馆</p><p align=right>二〇二三年四月三十日</p></td></tr></table><table><tr><td>版权所有：清溪县图书馆 电话：0000-1234567</td></tr></table></body></html>',
        source=None,
        body=["@0", "@1", "@2", "@3", "@4", "@5", "清溪县图书馆", "二〇二三年四月三十日"],
    ),
    "a notice with an index table and enclosures": Page(
        '<html><head><title>关于做好2023年防汛工作的通知_清溪县人民政府</title><meta name="ArticleTitle" content="关于做好2023年防汛工作的通知"><meta name="PubDate" content="2023-05-01 08:00"><meta name="ContentSource" content="县防汛办"></head><body><div class="header">@links5</div><div class="article"><table class="index"><tr><td>索引号：</td><td>QX-2023-0012</td><td>发文日期：</td><td>2023-04-28</td></tr><tr><td>名 称：</td><td colspan=3>关于做好2023年防汛工作的通知</td></tr></table><h1>关于做好2023年防汛工作的通知</h1><div class="sub">发布日期：2023-05-01 08:00 来源：县防汛办 【字体：大 中 小】</div><div class="view TRS_UEDITOR"><p>各乡镇人民政府，县直各单位：</p><p>为做好今年防汛工作，现将有关事项通知如下：</p><p>一、落实责任。各单位要于5月10日前报送值班表。</p><p>二、加强巡查。每日巡查不少于两次。</p><p>附件：1.值班表</p><p>2.物资清单</p><p>清溪县防汛办</p><p>2023年4月28日</p></div><div><a href=a.doc>1.值班表.doc</a><br><a href=b.xls>2.物资清单.xls</a></div></div></body></html>',
        source="县防汛办",
        title="关于做好2023年防汛工作的通知",
        body=[
            "各乡镇人民政府，县直各单位：",
            "为做好今年防汛工作，现将有关事项通知如下：",
            "一、落实责任。各单位要于5月10日前报送值班表。",
            "二、加强巡查。每日巡查不少于两次。",
            "附件：1.值班表",
            "2.物资清单",
            "清溪县防汛办",
            "2023年4月28日",
        ],
    ),
    "questions and answers": Page(
        '<html><head><title>对话林知秋：门关着，书再好也没用_清溪网</title></head><body><div class="page-main"><h1>对话林知秋：门关着，书再好也没用</h1><div class="byline">清溪日报 2023-05-01 07:00 周小禾</div><div class="c"><p><b>记者：</b>为什么要延长开放时间？</p><p><b>林知秋：</b>七成读者是下班以后才来的。</p><p><b>记者：</b>钱从哪里来？</p><p><b>林知秋：</b>财政每年安排二十一万元。</p><p><b>记者：</b>下一步呢？</p><p><b>林知秋：</b>推广到六个乡镇分馆。</p></div></div><div class="footer">清溪网 © 2023</div></body></html>',
        author="周小禾",
        title="对话林知秋：门关着，书再好也没用",
        body=[
            "记者：为什么要延长开放时间？",
            "林知秋：七成读者是下班以后才来的。",
            "记者：钱从哪里来？",
            "林知秋：财政每年安排二十一万元。",
            "记者：下一步呢？",
            "林知秋：推广到六个乡镇分馆。",
        ],
    ),
    "the paragraphs are list items": Page(
        "<html><head><title>@title</title></head><body><div>@links5</div><div><h1>@title</h1><span>来源：清溪日报</span> <span>时间：2023-05-01</span><ol><li>@0</li><li>@1</li><li>@2</li><li>@3</li><li>@4</li><li>@5</li></ol></div></body></html>"
    ),
    "an advertisement and credits inside the body": Page(
        '<html><head><title>@title_清溪都市网</title></head><body><div class="wrap"><div class="detail"><h2>@title</h2><div class="source-time">清溪日报 | 2023-05-01 11:20 | 字号 大 小</div><div class="con"><p>\u3000\u3000@0</p>\n<p>\u3000\u3000@1</p>\n<p>\u3000\u3000@2</p>\n<p>\u3000\u3000@3</p>\n<div class="gg"><p>广告</p><p>夏日特惠，空调低至999元，点击抢购，限量供应！</p></div><p>\u3000\u3000@4</p>\n<p>\u3000\u3000@5</p>\n<p>（来源：清溪日报 记者 周小禾）</p><p>编辑：方圆</p><p>版权声明：本文版权归清溪都市网所有，未经授权不得转载。</p><div class="bdsharebuttonbox"><a>分享到微信</a></div><p>扫码下载客户端</p></div></div></div></body></html>',
        author="周小禾",
    ),
    "capital letters, paragraphs and cells never closed": Page(
        '<HTML><HEAD><TITLE>清溪热线--新闻--@title</TITLE></HEAD><BODY><TABLE WIDTH=770><TR><TD><A HREF=/>首页</A>|<A HREF=/n>新闻</A></TD></TR></TABLE>\r\n<TABLE WIDTH=770><TR><TD WIDTH=170 VALIGN=TOP><UL><LI><A HREF="/N/0.HTML">全县小麦机收过半</A></LI><LI><A HREF="/N/1.HTML">老街改造方案公示</A></LI><LI><A HREF="/N/2.HTML">三名学子获省级奖学金</A></LI><LI><A HREF="/N/3.HTML">城东菜市场月底搬迁</A></LI><LI><A HREF="/N/4.HTML">今年首批高温津贴发放</A></LI><LI><A HREF="/N/5.HTML">水库开闸放水 下游注意安全</A></LI></UL><TD WIDTH=600><P ALIGN=CENTER><FONT SIZE=4 COLOR=RED><B>@title</B></FONT></P>\r\n<P ALIGN=CENTER>2023年5月1日 9:30 清溪日报</P>\r\n<P>\u3000\u3000@0\r\n<P>\u3000\u3000@1\r\n<P>\u3000\u3000@2\r\n<P>\u3000\u3000@3\r\n<P>\u3000\u3000@4\r\n<P>\u3000\u3000@5\r\n<P ALIGN=RIGHT>(方圆)\r\n</TABLE><CENTER>Copyright 2003 清溪热线</CENTER></BODY></HTML>'
    ),
    "a magazine, the date without a year": Page(
        '<html amp><head><title>@title | 清溪网</title><meta property="og:title" content="@title | 清溪网"><meta property="article:published_time" content="2023-05-01T09:00:00+08:00"><meta property="article:author" content="周小禾"></head><body><article><h1>@title</h1><p class="meta">撰文：周小禾\u30005月1日</p>@paragraphs<p><a href="/join">加入会员，支持独立报道</a></p></article></body></html>',
        source=None,
        author="周小禾",
    ),
    "cards of other articles before the article": Page(
        "<html><head><title>@title-清溪网</title></head><body><div><div>@cards</div><div><h1>@title</h1><div>2023-05-01 来源：清溪日报</div><div>@body</div></div></div></body></html>"
    ),
    "one sentence, and a long footer": Page(
        '<html><head><title>清溪县发布暴雨蓝色预警_清溪网</title></head><body><div class="nav">@links8</div><div class="m"><h1>清溪县发布暴雨蓝色预警</h1><div class="i">2023-05-01 06:10 来源：清溪日报</div><div class="t"><p>清溪县气象台今天早上6时发布暴雨蓝色预警信号，预计未来十二小时降雨量将达50毫米以上，请注意防范。</p></div></div><div class="list">@links8</div><div class="foot">版权所有 清溪网，地址：清溪县人民路一号，电话：0000-1234567，欢迎投稿，欢迎批评，欢迎合作。</div></body></html>',
        title="清溪县发布暴雨蓝色预警",
        body=["清溪县气象台今天早上6时发布暴雨蓝色预警信号，预计未来十二小时降雨量将达50毫米以上，请注意防范。"],
    ),
    "a chapter of a book": Page(
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>第三章</title></head><body><h2>第三章 夜读</h2>@paragraphs<p>一</p><p>“走吧。”</p><p>他合上书。</p></body></html>',
        date=None,
        source=None,
        title="第三章 夜读",
        body=["@0", "@1", "@2", "@3", "@4", "@5", "一", "“走吧。”", "他合上书。"],
    ),
    "a box with an explanation inside the body": Page(
        '<html><head><title>@title-科普-清溪县医院</title></head><body><div class="head"><img><div class="nav">@links4</div></div><div class="art-main"><h3 class="art-title">@title</h3><p class="art-info">作者：周小禾\u3000科室：信息科\u3000发布时间：2023-05-01\u3000阅读：1024</p><div class="art-body">@body<div style="border:1px dashed #ccc"><p><b>名词解释</b></p><p>延时开放：指在原定时间之外继续开放。</p></div></div><div class="art-fot"><p>上一篇：<a>体检须知</a></p></div></div></body></html>',
        source=None,
        author="周小禾",
    ),
    "glosses of pronunciation": Page(
        "<html><head><title>圖書館夜開 - 樂讀報</title></head><body><article><h1>圖書館夜開</h1><p>2023-05-01\u3000樂讀報</p><p><ruby>圖<rt>tú</rt></ruby><ruby>書<rt>shū</rt></ruby>館上月起開到晚上十點。</p><p>很多學生放學以後去看書，<ruby>館<rp>(</rp><rt>guǎn</rt><rp>)</rp></ruby>員說人比以前多。</p></article></body></html>",
        source="樂讀報",
        title="圖書館夜開",
        body=["圖書館上月起開到晚上十點。", "很多學生放學以後去看書，館員說人比以前多。"],
    ),
    "columns by id, the site about itself": Page(
        '<html><head><title>@title_第一清溪</title></head><body><div id="left">@links8<div class="txtbox">本网简介：第一清溪是清溪县最早的门户网站，创办于二〇〇一年，以服务百姓为宗旨，每天更新一百条。</div></div><div id="main"><h2>@title</h2><h5>2023-05-01 09:10:11 | 来源：清溪日报 | 编辑：方圆 | 点击：<span>77</span></h5><div class="text">@0<br/>\u3000\u3000@1<br/>\u3000\u3000@2<br/>\u3000\u3000@3<br/>\u3000\u3000@4<br/>\u3000\u3000@5<br/></div></div></body></html>'
    ),
    "no head at all, the title in bold": Page(
        "<html><body><p><b>@title</b></p><p>（2023年5月1日\u3000清溪日报）</p>@body</body></html>"
    ),
    "names linked inside sentences": Page(
        '<html><head><title>@title|清溪网</title></head><body><div class="content-wrap"><h1 class="headline">@title</h1><div class="meta-box"><span class="pubtime">2023/05/01 10:00</span><span class="src">清溪日报</span></div><div class="rich-text"><p>\u3000\u3000<a href=x>清溪县图书馆</a>昨天把闭馆时间从下午六点推迟到晚上十点，周末不休息。</p>\n<p>\u3000\u3000馆长<a href=y>林知秋</a>说，去年暑假有七成读者是下班以后才来的，“门关着，书再好也没用”。</p>\n<p>\u3000\u3000@2</p>\n<p>\u3000\u3000<a href=z>县财政局</a>的答复是，夜间值班需要增加四个岗位，每年多支出二十一万元，<a>今年</a>才列入预算。</p>\n<p>\u3000\u3000@4</p>\n<p>\u3000\u3000@5</p>\n</div><div class="tags">标签：<a>图书馆</a></div></div><div class="aside-r">@cards@links8</div></body></html>'
    ),
    "every paragraph a row of a table": Page(
        "<html><head><title>@title</title></head><body><table><tr><td><a href=/>首页</a></td></tr></table><table><tr><td><h2>@title</h2></td></tr><tr><td>2023-05-01 来源：清溪日报</td></tr><tr><td>@0</td></tr><tr><td>@1</td></tr><tr><td>@2</td></tr><tr><td>@3</td></tr><tr><td>@4</td></tr><tr><td>@5</td></tr></table></body></html>"
    ),
    "headings, a quotation, an advertisement": Page(
        '<html><head><title>@title-清溪网</title></head><body><nav>@links3</nav><main><h1>@title</h1><time datetime="2023-05-01">5月1日</time> <span>清溪日报</span><p>@0</p><h2>一、为什么晚开</h2><blockquote>“门关着，书再好也没用。”</blockquote><h2>二、钱从哪里来</h2><p>@3</p><div class="ad-slot"><p>广告，买一送一，快来选购。</p></div><p>@4</p><hr><h2>相关文章</h2>@links4</main></body></html>',
        body=["@0", "一、为什么晚开", "“门关着，书再好也没用。”", "二、钱从哪里来", "@3", "@4"],
    ),
    "an account, every paragraph in a container of its own": Page(
        '<html><head><title>@title</title><meta itemprop="dateUpdate" content="2023-05-01 12:00:00"></head><body><div class="app-module_headerWrapper"><div class="header-module"><h2 class="index-module_articleTitle_28fPT">@title</h2><div class="index-module_articleDesc"><div class="index-module_authorTxt"><a><p class="index-module_authorName_7y5nA">清溪发布</p></a><div class="index-module_articleSource_2dw16"><span class="index-module_publishTime">2023-05-01 08:12</span><span class="index-module_accountAuthentication">清溪县官方帐号</span></div></div></div></div></div><div class="app-module_leftSection"><div class="index-module_articleWrap"><div class="index-module_textWrap"><p><span class="bjh-p">@0</span></p></div><div class=index-module_textWrap><p><span class=bjh-p>@1</span></p></div><div class=index-module_textWrap><p><span class=bjh-p>@2</span></p></div><div class=index-module_textWrap><p><span class=bjh-p>@3</span></p></div><div class=index-module_textWrap><p><span class=bjh-p>@4</span></p></div><div class=index-module_textWrap><p><span class=bjh-p>@5</span></p></div></div><div class="xcomment">@replies</div></div></body></html>',
        source="清溪发布",
    ),
    "a table of data between sentences": Page(
        '<html><head><title>清溪县五月停水安排-清溪水务</title><meta name="PubDate" content="2023-05-01"></head><body><div>@links4</div><div class=con><h1>清溪县五月停水安排</h1><p>请以下区域居民提前储水。</p><table border=1><tr><th>日期</th><th>区域</th><th>时段</th></tr><tr><td>5月3日</td><td>城东</td><td>8时至12时</td></tr><tr><td>5月9日</td><td>城西</td><td>13时至17时</td></tr><tr><td>5月11日</td><td>老街</td><td>9时至11时</td></tr></table><p>咨询电话：0000-7654321。</p></div></body></html>',
        source=None,
        title="清溪县五月停水安排",
        body=[
            "请以下区域居民提前储水。",
            "日期区域时段",
            "5月3日城东8时至12时",
            "5月9日城西13时至17时",
            "5月11日老街9时至11时",
            "咨询电话：0000-7654321。",
        ],
    ),
    "comments as long as the article, without names": Page(
        "<html><head><title>@title-清溪论坛</title></head><body><div><h1>@title</h1><div>作者：周小禾 时间：2023-05-01 10:00</div><div>@body</div><div>收藏 分享 举报</div></div><div><h3>全部回复（12）</h3>@replies@replies@replies@replies@replies@replies</div></body></html>",
        source=None,
        author="周小禾",
    ),
    "a kicker above and a subtitle below the title": Page(
        '<html><head><title>@title_清溪网</title></head><body><div class="bt"><h4>民生关注</h4><h1>@title</h1><h3>——延时开放首月见闻</h3></div><div class="xx">来源：清溪日报\u3000\u3000时间：2023-05-01</div><div class="zw">@body</div><div class="zz">【作者：周小禾】 【编辑：方圆】</div></body></html>',
        author="周小禾",
    ),
}
UNDATED = frozenset({"a forum, first post only"})  # the date stands in the tail of a post, among replies


def filled(text: str) -> str:
    """Return a page with its paragraphs, links, cards of other articles and comments put in."""
    cards = "".join(
        f'<div class="x9"><a href="/a{number}"><b>{headline}</b></a><br>{headline}，记者近日走访了解到，有关部门正在研究，详情请看本报今天的报道。</div>'
        for number, headline in enumerate(HEADLINES[:5])
    )
    for count in range(8, 2, -1):
        items = "".join(f'<li><a href="/n/{n}.html">{line}</a></li>' for n, line in enumerate(HEADLINES[:count]))
        text = text.replace(f"@links{count}", f"<ul>{items}</ul>")
    text = text.replace("@body", "".join(f"<p>　　{line}</p>\n" for line in BODY))
    text = text.replace("@paragraphs", "".join(f"<p>{line}</p>" for line in BODY))
    text = text.replace("@cards", cards).replace("@replies", REPLIES).replace("@title", TITLE)
    for number, line in enumerate(BODY):
        text = text.replace(f"@{number}", line)
    return text


def folded(text: str | None) -> str:
    """Return a text without its white space."""
    return "".join((text or "").split())


@pytest.mark.parametrize("name", PAGES)
def test_the_lines_of_the_body_come_out_whole_and_in_order(name: str) -> None:
    """No paragraph is lost, and between two of them nothing stands that is not the article's."""
    page = PAGES[name]
    lines = [folded(line) for line in extract_webpage(filled(page.html)).text.text.split("\n")]
    body = [folded(filled(line)) for line in page.body]
    first = lines.index(body[0])
    assert lines[first : first + len(body)] == body


@pytest.mark.parametrize("name", PAGES)
def test_nothing_of_the_page_around_it_comes_out(name: str) -> None:
    """Headlines of other articles, comments, menus and the site's own lines are left out."""
    text = extract_webpage(filled(PAGES[name].html)).text.text
    found = [
        line
        for line in (*HEADLINES, "路人甲", "白跑", "首页", "备案号", "记者近日", "广告", "名词解释")
        if line in text
    ]
    assert found == []


@pytest.mark.parametrize("name", PAGES)
def test_the_page_tells_its_title_date_source_and_author(name: str) -> None:
    """What the page states of its article, wherever it stands, is found; what it does not state stays unknown."""
    page = PAGES[name]
    article = read_article(Loaded(name, filled(page.html), "utf-8", "html"))
    assert isinstance(article, Article)
    assert folded(article.title) == folded(page.title)
    if name not in UNDATED:
        assert article.published == (date.fromisoformat(page.date) if page.date else None)
    assert (article.source, article.author) == (page.source, page.author)
