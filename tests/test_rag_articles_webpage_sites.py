"""More pages of kinds that sites, mailing programs, forums and applications make, all invented."""

import pytest

from rag.articles import Loaded, read_article
from rag.types import Article
from tests.test_rag_articles_webpage_shapes import Page, filled, folded

_OTHERS = (
    "路人甲",
    "白跑",
    "首页",
    "备案",
    "记者近日",
    "广告",
    "订阅",
    "退订",
    "关注",
    "评论区",
    "生词",
    "版权",
    "浏览器",
    "查看",
)
PAGES = {
    "a newsletter of a mailing service": Page(
        '<html><head><title>清溪慢读 Vol.33｜@title</title></head><body><div style="display:none;max-height:0">图书馆开到十点</div><table><tr><td><a href=v>在浏览器中打开此邮件</a></td></tr></table><table><tr><td><img src=l></td></tr><tr><td><p>Vol.33 | 2023-05-01 | 文：周小禾</p></td></tr></table><table><tr><td><h1>@title</h1></td></tr><tr><td><p>@0</p><p>@1</p><p>@2</p></td></tr></table><table><tr><td><p>【赞助】夏日特惠，空调低至999元，限量供应，先到先得。<a href=ad>立即抢购</a></p></td></tr></table><table><tr><td><p>@3</p><p>@4</p><p>@5</p></td></tr></table><table><tr><td><h3>也值得读</h3><p><a href=1>全县小麦机收过半</a><br>推荐语：一线的数字最实在。</p><p><a href=2>老街改造方案公示</a><br>推荐语：图做得很用心。</p><p><a href=3>三名学子获省级奖学金</a><br>推荐语：值得一看。</p></td></tr></table><table><tr><td><p>您收到这封邮件，是因为您订阅了清溪慢读。</p><p><a href=u>退订</a> | <a>管理订阅</a></p></td></tr></table></body></html>',
        source="清溪慢读",
        author="周小禾",
    ),
    "a newsletter with a greeting": Page(
        "<html><head><title>【清溪周报 第12期】@title</title></head><body><div><p>如果邮件显示不正常，请<a>点击这里</a>在网页上阅读</p></div><div><p>2023年5月1日 · 第12期</p><p>各位订阅者，早上好！欢迎阅读本周的《清溪周报》。</p><h2>@title</h2>@paragraphs</div><div><p>感谢阅读！如果你喜欢这封信，欢迎转发给朋友。</p><p>本邮件由系统自动发出，请勿直接回复。不想再收到？<a>取消订阅</a></p></div></body></html>",
        source="清溪周报",
    ),
    "a letter on a publishing service": Page(
        '<html><head><title>@title - by 周小禾 - 清溪来信</title><meta property="og:title" content="@title"><meta name="author" content="周小禾"></head><body><div class="navbar"><a>清溪来信</a><button>Subscribe</button></div><article class="post"><div class="post-header"><h1 class="post-title">@title</h1><h3 class="subtitle">延时开放首月见闻</h3><div class="byline-wrapper"><div class="meta"><a href="/@x">周小禾</a></div><div class="meta">May 01, 2023</div></div></div><div class="available-content"><div class="body markup"><p>@0</p><p>@1</p><p>@2</p><div class="subscription-widget-wrap"><p>感谢阅读清溪来信！免费订阅，每周收到新文章。</p><form><input><button>订阅</button></form></div><p>@3</p><p>@4</p><p>@5</p></div></div><div class="post-footer"><a>分享</a></div></article><div class="comments"><h4>讨论</h4>@replies</div></body></html>',
        source=None,
        author="周小禾",
    ),
    "a press release about a company": Page(
        '<html><head><title>@title-公司动态-清溪水务股份有限公司</title></head><body><div class="hd"><ul><li><a>网站首页</a></li><li><a>产品中心</a></li></ul></div><div class="show"><h1>@title</h1><p class="t">时间：2023-05-01　点击：88 次</p><div class="txt">@body<p><b>关于清溪水务</b></p><p>清溪水务股份有限公司（股票代码：000000）创立于2003年，是一家专注于水处理的高新技术企业，业务遍及全国二十个省市，致力于成为客户信赖的合作伙伴。</p><p>媒体联系：周小禾 0000-1234567</p></div><p>上一篇：<a>全县小麦机收过半</a></p></div><div class="ft">版权所有 清溪水务股份有限公司 备案号</div></body></html>',
        source=None,
    ),
    "a release of an agency for companies": Page(
        '<html><head><title>@title - 清通社</title></head><body><div class="top">@links5</div><div class="release"><h1>@title</h1><p class="d">2023-05-01 09:00　来源：清溪日报</p><div class="cc"><p>@0</p><p>@1</p><p>@2</p><p>@3</p><p>@4</p><p>@5</p><h4>企业简介</h4><p>清溪文化集团成立于1998年，总部位于清溪县，旗下拥有图书、影视、会展等业务，秉承服务读者的理念，屡获省级荣誉。</p></div></div></body></html>'
    ),
    "a forum in English dates": Page(
        '<html><head><title>清溪论坛 • 阅读主题 - @title</title></head><body><div id="page-header"><h1>清溪论坛</h1></div><div id="page-body"><h2 class="topic-title"><a>@title</a></h2><div id="p1" class="post bg2"><div class="postbody"><h3 class="first"><a>@title</a></h3><p class="author">由 <strong><a>禾下乘凉</a></strong> &raquo; Mon May 01, 2023 9:30 am</p><div class="content">@0<br><br>@1<br><br>@2<br><br>@3<br><br>@4<br><br>@5</div><div class="signature">签名：随遇而安</div></div></div><div id="p2" class="post bg1"><div class="postbody"><p class="author">由 <strong>路人甲</strong> &raquo; Tue May 02, 2023 9:30 am</p><div class="content">早该这样了，我以前下班赶过去都关门了，白跑好几趟。</div></div></div></div></body></html>',
        source=None,
        author="禾下乘凉",
    ),
    "a text for learners, words explained": Page(
        '<html><head><title>@title_清溪小读者</title></head><body><div class="nav">@links4</div><h1>@title</h1><div class="inf">2023-05-01　清溪日报　难度：★★</div><div class="rd"><p>@0</p><p>@1</p><p>@2</p><div class="wordbox"><p><b>生词表</b></p><p>推迟（tuīchí）：把时间往后移。</p><p>闭馆（bìguǎn）：关门不开放。</p></div><p>@3</p><p>@4</p><p>@5</p></div><div class="q"><h3>想一想</h3><p>1. 图书馆为什么开到晚上十点？</p></div></body></html>'
    ),
    "an account that asks to be followed": Page(
        '<html><head><title>@title</title></head><body><div class="mod-nav"><a>首页</a><a>推荐</a></div><div class="main"><h1>@title</h1><div class="bar"><span>2023-05-01 18:20</span> · <a href="/u/1">清溪笔记</a> · <span>优质生活领域创作者</span></div><div class="ct">@paragraphs<p>关注我，每天带你了解清溪的新鲜事。你觉得图书馆该开到几点？欢迎在评论区说说你的看法。</p></div></div><div class="cmt-list"><h3>评论 2</h3>@replies</div></body></html>',
        source="清溪笔记",
    ),
    "an account that thanks its readers": Page(
        '<html><head><title>@title</title></head><body><div class="main"><h1>@title</h1><div class="meta"><a class="user-name">清溪笔记</a><span>2023-05-01 18:20</span><span>浙江</span></div><div class="ct">@paragraphs<p>以上就是今天的全部内容，感谢您的阅读，喜欢的朋友记得点赞、收藏、转发！</p><p>本文由清溪笔记原创，欢迎关注，带你一起长知识！</p></div></div></body></html>',
        source="清溪笔记",
    ),
    "a Taiwanese paper": Page(
        '<html><head><title>清溪圖書館夜間開放 首月逾六千人次 - 生活 - 自在時報電子報</title></head><body><div class="ltnheader"><ul><li><a>即時</a></li><li><a>熱門</a></li></ul></div><div class="breadcrumbs">首頁 &gt; 生活</div><div class="whitecon"><h1>清溪圖書館夜間開放 首月逾六千人次</h1><div class="text"><span class="time">2023/05/01 05:30</span><p>〔記者周小禾／清溪報導〕清溪圖書館上月起把閉館時間延至晚上十時，首月夜間讀者達6420人次。</p><p>館長林知秋表示，七成讀者下班後才到館，「門關了，書再好也沒用」。</p><p class="appE1121">請繼續往下閱讀...</p><p>議員何子軒認為，值班人手仍然不足。</p><p>不用抽 不用搶 現在用APP看新聞 保證天天中獎　點我下載APP　按我看活動辦法</p></div></div><div class="related">相關新聞<ul><li><a>碼頭擴建諮詢</a></li></ul></div></body></html>',
        source=None,
        author="周小禾",
        title="清溪圖書館夜間開放 首月逾六千人次",
        body=[
            "〔記者周小禾／清溪報導〕清溪圖書館上月起把閉館時間延至晚上十時，首月夜間讀者達6420人次。",
            "館長林知秋表示，七成讀者下班後才到館，「門關了，書再好也沒用」。",
            "議員何子軒認為，值班人手仍然不足。",
        ],
    ),
    "a Hong Kong site": Page(
        '<html><head><title>清溪圖書館夜間開放 首月逾六千人次｜香港零二</title><meta property="og:site_name" content="香港零二"></head><body><header><nav><a>要聞</a><a>娛樂</a></nav></header><main><h1>清溪圖書館夜間開放 首月逾六千人次</h1><div><div>撰文：<span>周小禾</span></div><div>出版：<time datetime="2023-05-01T09:30:00+08:00">2023-05-01 09:30</time></div><div>更新：<time>2023-05-01 12:00</time></div></div><article><p>清溪圖書館上月起把閉館時間延至晚上十時，首月夜間讀者達6420人次。</p><p>館長林知秋表示，七成讀者下班後才到館，「門關了，書再好也沒用」。</p><p><a href=1>相關文章：碼頭擴建諮詢下月展開</a></p><p>▼▼▼點擊下圖看更多▼▼▼</p><p>議員何子軒認為，值班人手仍然不足。</p></article><section><h2>熱門</h2><ul><li><a>電車加價</a></li></ul></section></main></body></html>',
        source=None,
        author="周小禾",
        title="清溪圖書館夜間開放 首月逾六千人次",
        body=[
            "清溪圖書館上月起把閉館時間延至晚上十時，首月夜間讀者達6420人次。",
            "館長林知秋表示，七成讀者下班後才到館，「門關了，書再好也沒用」。",
            "議員何子軒認為，值班人手仍然不足。",
        ],
    ),
    "a note in a diary of readers": Page(
        '<html><head><title>@title</title></head><body><div class="global-nav"><a>登录/注册</a></div><div class="note-container"><div class="note-header"><h1>@title</h1><a class="note-author">禾下乘凉</a> <span class="pub-date">2023-05-01 10:22:33</span></div><div class="note">@paragraphs</div><div class="copyright-claim">© 本文版权归 禾下乘凉 所有，任何形式转载请联系作者。</div><div>回应 转发 赞 收藏</div></div></body></html>',
        source=None,
        author="禾下乘凉",
    ),
    "an answer to a question": Page(
        '<html><head><title>@title - 知否</title></head><body><div class="QuestionHeader"><h1 class="QuestionHeader-title">@title</h1><div>关注问题 写回答</div><div>128 个回答</div></div><div class="AnswerCard"><div class="AuthorInfo"><span class="AuthorInfo-name">禾下乘凉</span><div>图书馆爱好者</div></div><div><span>1,024 人赞同了该回答</span></div><div class="RichContent-inner"><span class="RichText">@paragraphs</span></div><div class="ContentItem-time">发布于 2023-05-01 21:03・IP 属地浙江</div><div>赞同 1024 添加评论 分享 收藏 喜欢</div></div></body></html>',
        source=None,
        author="禾下乘凉",
    ),
    "a department's page, labels glued": Page(
        '<html><head><title>@title</title></head><body><div class="hd">@links5</div><div class="infobox"><div class="article"><h1 class="arti_title">@title</h1><p class="arti_metas"><span class="arti_publisher">发布者：周小禾</span><span class="arti_update">发布时间：2023-05-01</span><span class="arti_views">浏览次数：<span>120</span></span></p><div class="entry"><div class="read"><div class="wp_articlecontent">@body</div></div></div></div></div></body></html>',
        source=None,
        author="周小禾",
    ),
    "a programmer's blog": Page(
        '<html><head><title>@title - 禾下乘凉 - 博园</title></head><body><div id="blogTitle"><h1><a>禾下乘凉</a></h1></div><div id="navigator">@links4</div><div id="topics"><div class="post"><h1 class="postTitle"><a href="1.html">@title</a></h1><div id="cnblogs_post_body" class="blogpost-body">@paragraphs</div></div><p class="postDesc">posted @ <span id="post-date">2023-05-01 22:10</span>&nbsp;<a>禾下乘凉</a>&nbsp;阅读(<span>123</span>)&nbsp;评论(<span>4</span>) <a>收藏</a> <a>举报</a></p></div></body></html>',
        source=None,
        author="禾下乘凉",
    ),
    "a writers' platform": Page(
        '<html><head><title>@title - 简记</title></head><body><header><a>首页</a><a>下载APP</a></header><section class="ouvJEz"><h1 class="_1RuRku">@title</h1><div class="rEsl9f"><a href="/u/1">禾下乘凉</a><button>关注</button><div class="s-dsoj"><time datetime="2023-05-01T02:22:33.000Z">2023.05.01 10:22:33</time><span>字数 1,024</span><span>阅读 346</span></div></div><article class="_2rhmJa">@paragraphs</article><div class="_1kCBjS">© 著作权归作者所有,转载或内容合作请联系作者</div></section></body></html>',
        source=None,
        author="禾下乘凉",
    ),
    "a topic on a board": Page(
        '<html><head><title>@title - V站</title></head><body><div id="Top"><a>首页</a><a>注册</a></div><div id="Main"><div class="box"><div class="header"><a>V站</a> › <a>图书馆</a><h1>@title</h1><small class="gray"><a href="/member/x">heying</a> · 2023-05-01 10:22:33 +08:00 · 1234 次点击</small></div><div class="cell"><div class="topic_content"><div class="markdown_body">@paragraphs</div></div></div></div><div class="box"><div class="cell">2 条回复</div>@replies</div></div></body></html>',
        source=None,
        author="heying",
    ),
    "a letter to the mayor and the answer": Page(
        '<html><head><title>@title_留言选登_清溪县人民政府</title></head><body><div class="head">@links4</div><div class="con"><h2>@title</h2><p class="i">发布时间：2023-05-01　来源：清溪日报　【字体：大 中 小】</p><div class="tx"><p>网友留言：</p><p>@0</p><p>回复内容：</p><p>@1</p><p>@3</p><p>感谢您的留言，祝您生活愉快！</p></div><p>【打印本页】【关闭窗口】</p></div></body></html>',
        body=["网友留言：", "@0", "回复内容：", "@1", "@3", "感谢您的留言，祝您生活愉快！"],
    ),
    "a hospital, the doctor introduced": Page(
        '<html><head><title>@title-健康科普-清溪县医院</title></head><body><div class="nav">@links4</div><div class="c"><h3>@title</h3><p>来源：清溪日报　日期：2023-05-01　浏览：12</p><div class="d">@body<p><strong>专家简介</strong></p><p>林知秋，主任医师，硕士生导师，清溪县医院内科主任，从事临床工作三十年，擅长高血压、糖尿病的诊治，任省医学会委员。</p><p>门诊时间：周一、周三上午</p></div></div></body></html>'
    ),
    "information in a list": Page(
        '<html><head><title>@title</title></head><body><div class="wz">您的位置：<a>首页</a> &gt; <a>动态</a></div><div class="main"><div class="tt">@title</div><ul class="in"><li>发布日期：2023-05-01</li><li>文章来源：清溪日报</li><li>浏览次数：33</li><li>字体：【大 中 小】</li></ul><div class="nr">@body</div><div class="bb">扫一扫在手机打开当前页</div></div></body></html>'
    ),
    "a table of contents above": Page(
        '<html><head><title>@title - 清溪百科</title></head><body><div class="w"><h1>@title</h1><div class="info">清溪日报 2023-05-01</div><div class="post-inner"><div class="catalog"><p>目录</p><ul><li><a href="#1">为什么晚开</a></li><li><a href="#2">钱从哪里来</a></li></ul></div><p>@0</p><h2 id=1>为什么晚开</h2><p>@1</p><p>@2</p><h2 id=2>钱从哪里来</h2><p>@3</p><p>@4</p><p>@5</p></div></div></body></html>',
        body=["@0", "为什么晚开", "@1", "@2", "钱从哪里来", "@3", "@4", "@5"],
    ),
    "writer and photographer": Page(
        '<html><head><title>@title</title></head><body><div class="m"><h2>@title</h2><div>日期：2023-05-01 供稿：清溪日报 文/周小禾 图/林小满 编辑：方圆</div><div>@body</div></div></body></html>',
        author="周小禾 图/林小满",
    ),
    "a portal in Taiwan, the agency and the reporter": Page(
        '<html><head><title>清溪圖書館夜間開放 首月逾六千人次 - 奇遇新聞</title></head><body><header><a>首頁</a></header><article><header><h1>清溪圖書館夜間開放 首月逾六千人次</h1></header><div class="caas-attr"><span class="caas-attr-provider">清溪日報</span><div class="caas-attr-time-style"><time datetime="2023-05-01T01:30:00.000Z">2023年5月1日 週一 上午9:30</time></div></div><div class="caas-body"><p>清溪圖書館上月起把閉館時間延至晚上十時，首月夜間讀者達6420人次。</p><p>館長林知秋表示，七成讀者下班後才到館，「門關了，書再好也沒用」。</p><p>議員何子軒認為，值班人手仍然不足。</p><p><strong>更多清溪日報新聞</strong><br><a>碼頭擴建諮詢</a><br><a>電車加價</a></p></div></article></body></html>',
        source="清溪日報",
        title="清溪圖書館夜間開放 首月逾六千人次",
        body=[
            "清溪圖書館上月起把閉館時間延至晚上十時，首月夜間讀者達6420人次。",
            "館長林知秋表示，七成讀者下班後才到館，「門關了，書再好也沒用」。",
            "議員何子軒認為，值班人手仍然不足。",
        ],
    ),
    "an account of a paper on a portal of accounts": Page(
        '<html><head><title>@title_百号</title></head><body><div class="hdr"><a>百号首页</a></div><div id="ssr"><div class="title_x">@title</div><div class="info_y"><a href="/author/88"><p class="name_z">清溪日报</p></a><p>2023-05-01 10:22</p><p>浙江</p><p>清溪日报官方账号</p><span>关注</span></div><div class="cnt_w">@paragraphs<div><span>举报/反馈</span></div></div></div><div class="rel_q"><p>大家还在搜</p>@links6</div></body></html>'
    ),
    "a letter of a magazine, the day in English": Page(
        "<html><head><title>清溪周刊 #45：@title</title></head><body><table><tr><td>View this email in your browser</td></tr></table><table><tr><td><h2>清溪周刊 #45</h2><p>May 1, 2023</p></td></tr><tr><td><h1>@title</h1>@paragraphs</td></tr><tr><td><p>（推广）夏日特惠，空调低至999元，先到先得。</p></td></tr></table><table><tr><td><p>Copyright 清溪周刊 All rights reserved. <a>Unsubscribe</a></p></td></tr></table></body></html>",
        source="清溪周刊",
    ),
    "a company page, the company about itself without a heading of its own": Page(
        '<html><head><title>@title_企业新闻_清溪环保</title></head><body><div class="m"><h1>@title</h1><div class="f">发布时间：2023-05-01 来源：清溪日报 点击：9</div><div class="k">@body<p>【关于我们】</p><p>清溪环保成立于1999年，是一家专注于水处理的企业，竭诚为新老客户服务。</p><p>咨询热线：0000-1234567</p></div></div></body></html>'
    ),
    "a page in Taiwan, the year of the republic": Page(
        '<html><head><title>清溪圖書館夜間開放-清溪縣政府</title></head><body><div class="path">首頁 &gt; 新聞</div><div class="cp"><h2>清溪圖書館夜間開放</h2><ul class="info"><li>發布日期：民國112年5月1日</li><li>發布單位：文化局</li></ul><div class="p"><p>清溪圖書館上月起把閉館時間延至晚上十時，首月夜間讀者達6420人次。</p><p>館長林知秋表示，七成讀者下班後才到館，「門關了，書再好也沒用」。</p></div><div>點閱數：12</div></div></body></html>',
        source="文化局",
        title="清溪圖書館夜間開放",
        body=[
            "清溪圖書館上月起把閉館時間延至晚上十時，首月夜間讀者達6420人次。",
            "館長林知秋表示，七成讀者下班後才到館，「門關了，書再好也沒用」。",
        ],
    ),
    "comments and a box of words inside the body": Page(
        '<html><head><title>@title</title></head><body><div class="z"><h1>@title</h1><p>清溪日报 2023-05-01</p><div class="y"><p>@0</p><p>@1</p><blockquote><p>小知识</p><p>夜间开放：指闭馆时间晚于晚上八点。</p></blockquote><p>@2</p><p>@3</p><p>@4</p><p>@5</p><p>觉得有用就点个在看，分享给更多的朋友吧！</p></div></div></body></html>'
    ),
    "a weblog with the day in English and tags": Page(
        '<html><head><title>@title | 禾下乘凉的小站</title></head><body><header><a>禾下乘凉的小站</a></header><article class="hentry"><header class="entry-header"><h1 class="entry-title">@title</h1><div class="entry-meta">Posted on <a href="/2023/05/"><time class="published" datetime="2023-05-01T10:00:00+08:00">May 1, 2023</time></a> by <span class="author vcard"><a href="/author/he">禾下乘凉</a></span></div></header><div class="entry-content">@paragraphs</div><footer class="entry-footer">Posted in 随笔 | Tagged 图书馆 | Leave a comment</footer></article></body></html>',
        source=None,
        author="禾下乘凉",
    ),
}


def _is_told(name: str) -> list[str]:
    page = PAGES[name]
    article = read_article(Loaded(name, filled(page.html), "utf-8", "html"))
    assert isinstance(article, Article)
    text = article.body.of(article.text)
    wanted = [filled(line) for line in page.body]
    wrong = [f"missing {line}" for line in wanted if folded(line) not in folded(article.text)]
    rest = folded(text)
    for line in sorted(wanted, key=len, reverse=True):
        rest = rest.replace(folded(line), "", 1)
    wrong += [f"surplus {rest}"] if rest else []
    for field, value in (("title", page.title), ("source", page.source), ("author", page.author)):
        if getattr(article, field) != value:
            wrong.append(f"{field} {getattr(article, field)!r}")
    if str(article.published) != (page.date or "None"):
        wrong.append(f"date {article.published}")
    return wrong


@pytest.mark.parametrize("name", PAGES)
def test_the_article_and_nothing_else(name: str) -> None:
    """Body, title, day, source and author come out as a reader would take them from the page."""
    assert _is_told(name) == []
