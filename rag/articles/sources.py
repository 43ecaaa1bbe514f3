"""Names of publishers, for telling where a subtitle ends and a place line begins when both are glued together.

Simplified script only: lines are matched in Simplified script (character for character, so offsets hold).
A name that is missing here costs only the glued case; at the start of a line any `…网`, `…日报` is known by its shape.
"""

import re

_LISTED = (
    "新华社 新华网 新华通讯社 新华视点 中新社 中新网 中国新闻网 中国新闻社 中央社 法新社 路透社 美联社 彭博社 "
    "塔斯社 俄新社 共同社 韩联社 德新社 埃菲社 人民网 人民日报 人民日报海外版 人民政协网 人民政协报 人民法院报 "
    "光明日报 光明网 经济日报 中国经济网 中国青年报 中国青年网 中青在线 中青网 央视网 央视新闻 央视财经 央广网 "
    "国际在线 中国网 中国日报 中国日报网 环球时报 环球网 参考消息 参考消息网 工人日报 农民日报 法治日报 法制日报 "
    "科技日报 解放军报 检察日报 中国教育报 中国妇女报 中国消费者报 中国环境报 中国证券报 上海证券报 证券时报 "
    "证券日报 中国天气网 中国发展网 中国侨网 中国台湾网 华夏经纬网 中国军网 中工网 中新经纬 财联社 财新网 "
    "第一财经 智通财经 界面新闻 每日经济新闻 21世纪经济报道 澎湃新闻 封面新闻 红星新闻 上游新闻 九派新闻 极目新闻 "
    "极目新闻网 潇湘晨报 新京报 新京报网 北京日报 北京青年报 北京晚报 北青网 千龙网 天津日报 今晚报 津云 北方网 "
    "河北日报 河北新闻网 长城网 燕赵都市报 山西日报 山西晚报 内蒙古日报 辽宁日报 沈阳日报 沈阳晚报 大连日报 "
    "吉林日报 长春日报 黑龙江日报 哈尔滨日报 东北网 解放日报 上观新闻 文汇报 新民晚报 东方网 上海热线 新华日报 "
    "扬子晚报 现代快报 中国江苏网 南京日报 浙江日报 浙江在线 钱江晚报 杭州日报 都市快报 潮新闻 宁波日报 安徽日报 "
    "中安在线 合肥日报 福建日报 福州日报 厦门日报 东南网 海峡导报 台海网 江西日报 大江网 中国江西网 大众日报 "
    "大众网 齐鲁晚报 齐鲁网 济南日报 青岛日报 半岛都市报 河南日报 大河报 大河网 郑州日报 湖北日报 荆楚网 长江日报 "
    "长江网 楚天都市报 湖南日报 红网 红网时刻 红网时刻新闻 华声在线 长沙晚报 三湘都市报 南方日报 南方网 "
    "南方都市报 南方周末 羊城晚报 广州日报 金羊网 深圳特区报 深圳新闻网 深圳商报 晶报 广西日报 广西新闻网 "
    "南国早报 海南日报 海口日报 四川日报 四川在线 四川新闻网 华西都市报 成都日报 成都商报 重庆日报 重庆晨报 "
    "华龙网 贵州日报 云南日报 云南网 春城晚报 西藏日报 中国西藏网 陕西日报 华商报 西安日报 西部网 甘肃日报 "
    "兰州日报 每日甘肃网 中国甘肃网 青海日报 宁夏日报 新疆日报 天山网 兵团日报 大公报 大公文汇网 香港文汇报 "
    "文汇网 明报 星岛日报 联合早报 联合报 中国时报 自由时报 工商时报 苹果日报 东森新闻 澳门日报 东网 IT之家 "
    "投资界 证券之星 "
)

NAMES: tuple[str, ...] = tuple(sorted(_LISTED.split(), key=lambda name: (-len(name), name)))

_LABEL = re.compile(r"^\s*(?:(?:文章|信息|消息|稿件|新闻|新聞)?[来來]\s*源|稿源|[转轉]自|作者|记者|記者)\s*[:：]\s*")
_NO_SOURCE = re.compile(
    r"(?i:https?://.*|www\..*|本站|本网|本網|网络|網路|互联网|互联网整理|原创|原創|未知|其他|转载|other|unknown|\d+)"
)
_NO_AUTHOR = re.compile(
    r"(?i:admin\w*|administrator|editor\w*|web\s?master|root|test|user\w*|.*\d.*|.*\b(?:team|inc|news|media|cms"
    r"|wordpress|discuz).*)"
    r"|.*(?:网|網|报|報|社|新闻|新聞|科|局|处|處|办|辦|办公室|中心|编辑部?|編輯部?|小编|小編|管理员|频道|频道组|客户端|论坛|電視台|电视台|政府|公司|集团)"
    r"|佚名|未知|匿名|网络|本站|系统|信息员|网易|網易|搜狐|新浪\w{0,2}|腾讯\w{0,2}|凤凰\w?|百度|头条|今日头条"
)


def stated_source(written: str | None) -> str | None:
    """Return what a page's metadata names as the source, without its label; None where it names none."""
    value = _LABEL.sub("", written or "").strip("《》 \u3000")
    return None if not value or _NO_SOURCE.fullmatch(value) else value


def stated_author(written: str | None, source: str | None) -> str | None:
    """Return whom a page's metadata names as the author; no site, desk, number or program is one."""
    value = _LABEL.sub("", written or "").strip()
    return None if not value or value == source or _NO_AUTHOR.fullmatch(value) else value
