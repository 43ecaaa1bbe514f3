"""Lines and line ends that belong to the page and not to the article. Read in Simplified script, like by-lines.

A pattern is here only if a sentence of a report can hardly match it: the body's characters matter more than a tidy end.
"""

import re
from collections.abc import Iterator

from rag.articles.alignment import Edit

_TRAILING_HEADING = re.compile(
    r"^[\s■◆●▌|【\[]*(?:相关(?:新闻|阅读|推荐|链接|文章|报道|专题|资讯|内容|附件)|点击排行(?:榜)?|阅读排行(?:榜)?|最新更新|最新(?:文章|资讯)"
    r"|热门(?:推荐|文章|新闻|阅读|排行|评论|资讯)|热点(?:推荐|新闻|排行)|延伸阅读|推荐阅读|精彩推荐|编辑推荐|猜你喜欢|今日热点|图片新闻"
    r"|更多(?:新闻|阅读|精彩|内容|资讯).{0,6}|网友评论|最新评论|全部评论|发表评论|友情链接|网站地图|新闻排行(?:榜)?|排行榜|大家都在看"
    r"|(?:上|下)一(?:篇|条|页).{0,60})[\s:：>》】\]]*$"
)
_BREADCRUMB = re.compile(
    r"^(?:您?(?:的|现在|当前|目前)*(?:位置|所在位置)(?:是)?\s*[:：].{1,120}"
    r"|(?:[^>＞»›。！？]{1,16}\s*(?:>+|＞+|»|›|&gt;)\s*){2,8}(?:[^>＞»›。！？]{0,30})"
    r"|首\s*页\s*(?:>+|＞+|»|›|/|-).{1,60})$"
)
_SITE = re.compile(r"^[^。！？，,：:]{2,30}(?:官方网站|官网|门户网站|门户|网站|网|频道|首页|客户端|日报|晚报|电子报)$")
_KEYWORDS = re.compile(r"^[\[【(（]?\s*(?:关键词|关键字|标签|(?i:tags?|keywords?))\s*[:：][^。]{0,120}$")
_SHARED_TO = r"(?:\s*(?:微信|微博|QQ空间|QQ|朋友圈|新浪微博|腾讯微博|好友|打印|收藏|复制链接))*"
_WHOLE_BY_REASON: dict[str, tuple[str, ...]] = {
    "page furniture": (
        r"返回搜狐[，,]\s*查看更多|返回(?:首页|列表|顶部|上一页|页首)|展开全文|阅读全文|查看(?:全文|更多|原文)|阅读原文",
        r"点击(?:查看|阅读)(?:更多|全文|原文)?",
        r"更多精彩内容请进入\S{2,10}",
    ),
    "share line": (
        r"(?:分享(?:到|至)?|分享让更多人看到|转发|点赞|收藏|在看|举报|打印|打印本页|【?打印】?\s*【?关闭】?|关闭(?:窗口)?)\s*[:：]?"
        + _SHARED_TO,
        r"(?:欢迎)?(?:点击)?(?:关注|下载)[^。，,]{0,20}(?:公众号|客户端|APP|App|微信|微博)[^。]{0,12}",
    ),
    "scan line": (
        (
            r"\W*(?:请|欢迎|用?微信|打开.{2,6}|点击或)?(?:扫一扫|扫描|长按|扫码|识别)[^。]{0,40}"
            r"(?:二维码|关注|下载|分享|阅读|添加|进群|加入)[^。]{0,16}[。！]?"
        ),
        r"\W*(?:微信)?(?:扫一扫|扫码)\W*",
    ),
    "copyright line": (
        r"(?:版权所有|(?:版权声明|免责声明|特别声明|声明|著作权)\s*[:：]).{0,200}(?:转载|版权|授权|本站|本网|侵权|观点|立场).{0,120}",
        r"(?:©|\(c\)|（c）|(?i:copyright)|版权所有).{0,120}",
        r"(?:未经|本文|本网|本报|凡|如需|转载).{0,40}(?:不得转载|严禁转载|禁止转载|请注明出处|转载请注明|注明来源).{0,40}",
        r"[^。]{0,40}(?:ICP备|ICP证|公网安备|不良信息举报电话)[^。]{0,80}",
    ),
    "end mark": (r"[(（]?完[)）]?",),
}
_WHOLE = tuple((re.compile(rf"^(?:{'|'.join(patterns)})$"), reason) for reason, patterns in _WHOLE_BY_REASON.items())
_LONGEST_WHOLE = 260
# One of these stands in every line that a pattern above takes; looked for first, for speed.
_WHOLE_HINT = re.compile(
    "返回|展开|全文|更多|原文|分享|转发|点赞|收藏|在看|举报|打印|关闭|关注|下载|扫|长按|识别|版权|声明|著作权|转载|注明"
    "|©|(?i:[(（]c[)）]|copyright)|ICP|安备|许可|完|点击"
)

# Ends of a line that scrapers glued to the last sentence. Each is cut off and the rest looked at again.
_ENDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern + r"\s*$"), reason)
    for pattern, reason in (
        (r"返回搜狐[，,]\s*查看更多(?:\s*责任编辑[:：])?", "page furniture"),
        (r"(?:责任编辑|责编)[:：]", "empty label"),
        (r"更多精彩内容请进入\S{2,10}", "page furniture"),
        (r"分享让更多人看到", "share line"),
        (r"广告声明[:：]文内含有的对外跳转链接[^。]{0,120}。?", "copyright line"),
        (r"如遇作品内容、版权等问题[^。]{0,60}。(?:版权侵权联系电话[:：][\d-]+)?", "copyright line"),
        (r"本文属于原创文章[，,]如若转载[，,]请注明来源[:：].{0,80}https?://\S+", "copyright line"),
        (r"声明[:：]此文版权归原作者所有.{0,120}(?:邮箱地址[:：]\s*[\w.@-]+)?", "copyright line"),
        (
            r"(?:【爆料】请联系记者微信[:：][\w-]+)?(?:【来源[:：]九派新闻】)?版权归原作者所有，向原创致敬",
            "copyright line",
        ),
        (r"(?:未经授权|未经许可|未经允许)[^。，]{0,10}(?:不得|严禁|禁止|请勿)转载[。！]?", "copyright line"),
        (r"[(（]\s*完\s*[)）]", "end mark"),
    )
)


def is_breadcrumb(line: str) -> bool:
    """Whether `line` is the path of a page: `首页>资讯>正文`."""
    return len(line) <= 140 and _BREADCRUMB.match(line) is not None


def is_site_name(line: str) -> bool:
    """Whether `line` could be the name of a web site and nothing else."""
    return len(line) <= 34 and _SITE.match(line) is not None


def is_trailing_heading(line: str) -> bool:
    """Whether `line` is a heading under which pages list other articles."""
    return len(line) <= 70 and _TRAILING_HEADING.match(line) is not None


def whole_line(line: str) -> str | None:
    """Return why `line` is no part of the article, or None when it may be."""
    if len(line) > _LONGEST_WHOLE:
        return None
    if _KEYWORDS.match(line):
        return "keywords"
    if _WHOLE_HINT.search(line) is None:
        return None
    for pattern, reason in _WHOLE:
        if pattern.match(line):
            return reason
    return None


def glued_ends(line: str) -> Iterator[Edit]:
    """Yield the stretches at the end of `line` that are no part of it, the last one first."""
    end = len(line)
    while end:
        window = line[:end]
        for pattern, reason in _ENDS:
            match = pattern.search(window)
            if match is not None and match.end() > match.start():
                yield Edit(match.start(), end, "", reason)
                end = match.start()
                break
        else:
            return
