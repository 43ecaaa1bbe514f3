"""What a page says to its readers and of itself: to follow, to comment, to subscribe; who sponsors; who the company is.

A line is a plea only when each of its sentences speaks to the reader and one of them names what only a page can ask
for. Words that people say in a report (`他呼吁大家关注`) are told by the verbs of saying and the quotation marks.
"""

import re

_SENTENCE = re.compile(r"[^。！？!?；;~～\n]+[。！？!?；;~～]*")
_LONGEST, _LONGEST_SENTENCE = 140, 70
_SAID = re.compile(r"(?<!说)说(?!说)|表示|呼吁|提醒|指出|介绍|认为|强调|记者|据悉|了解到|当地|[“「『].{12,}[”」』]")
_ASKED = r"(?:关注|订阅|收藏|点赞|转发|分享|评论|留言|在看|投稿)"
_LEAD = (
    r"^\W*(?:[^，,]{0,20}[，,]\s*){0,2}(?:也|欢迎|请|记得|别忘了?|求|麻烦|顺手|不妨|再|可以|快来|多多|一键|一起|大家"
    r"|您|你|各位|朋友们?|喜欢的?(?:朋友|小伙伴)?(?:们)?|扫码|长按|点击|搜索|来)*(?:的)?\s*"
)
_FIRM = re.compile(
    rf"{_LEAD}关注(?:@|我们?(?:的|$|[，,、])|本号|(?:该|本)?公众号|[“「].{{2,16}}[”」].{{0,4}}(?:我们|公众号))|不迷路"
    rf"|^\W*(?:[^，,]{{0,16}}[，,])?(?:也?(?:欢迎|记得|别忘了?|求|请|麻烦|给个|点个|顺手|不妨|喜欢的?(?:朋友|小伙伴)?(?:记得|可以|请)?))(?:大家|您|你|各位|朋友们)?"
    rf"(?:的|多多)?\s*(?:关注|订阅|收藏|点赞|转发|在看)(?:[、，和]|$|一下|[^“，]{{0,10}}(?:我们|公众号|账号|本文|视频号|吧|哦|朋友|好友)).{{0,20}}$"
    rf"|{_LEAD}{_ASKED}(?:[、，+和＋\s]*{_ASKED}){{1,5}}.{{0,8}}$"
    rf"|{_LEAD}(?:在|到|去)?(?:本文|下方)?(?:评论区|留言区|公众号后台|文末|弹幕)(?:里|中|下方)?.{{0,10}}(?:留言|讨论|说说|聊聊|告诉|分享|见|回复|互动|交流|评论|看法)"
    r"|^\W*(?:[^，,]{0,20}[，,])?(?:感谢|谢谢)(?:您|你|大家|各位)?(?:的)?(?:阅读|订阅|收看|观看|收听|耐心阅读)"
    r"|^\W*(?:本文|本篇|文章)(?:由|为|系)[^，。]{2,14}原创(?!性)"
    r"|^\W*(?:如果?|若|您?不).{0,6}(?:不想|不愿|不希望|想).{0,10}(?:收到|接收).{0,12}(?:邮件|信|订阅)|^\W*(?:不想|不愿).{0,6}(?:收到|接收).{0,16}$"
    r"|^\W*(?:点击|点此|如需|回复)?.{0,4}(?:退订|取消订阅|管理订阅|修改订阅)\W{0,3}(?:[|丨/].*)?$"
    r"|^\W*(?:点击)?(?:此处)?在(?:浏览器|网页)(?:中|上|里)?.{0,6}(?:查看|阅读|打开).{0,8}$|^\W*(?:如果?|若)?(?:此|本|该|这封)?邮件.{0,4}(?:无法|显示|不能|由系统).{0,24}"
    r"|^\W*请(?:把|将).{2,40}(?:加入|添加到?)(?:您的|你的)?(?:通[讯信]录|白名单)|^\W*请勿(?:直接)?回复(?:本|此|这封)?(?:邮件)?\W*$"
    r"|^\W*(?:您|你)(?:之所以)?(?:会)?收到(?:了)?(?:这|此|本)封?.{0,4}(?:邮件|信)|^\W*(?:欢迎|请|点击)?转发给.{0,6}(?:朋友|好友|同事|人)\W*.{0,6}$|^\W*朋友转来的"
    r"|^\W*(?:点此|免费|立即|马上)(?:订阅|加入)|^\W*订阅(?:本刊|本报|我们|.{2,12}(?:周报|来信|通讯))"
    r"|^\W*(?:请|欢迎|微信|用微信|打开微信|快来)*(?:扫描|扫一扫|扫码|长按|识别).{0,16}(?:关注|加入我们|添加.{0,6}(?:微信|好友)|进群|加.{0,4}群|订阅)"
    r"|^\W*(?:请|欢迎)?点击(?:上方|下方|文末|右上角|左下角|顶部|卡片|名片).{0,24}(?:关注|订阅|下载|在看|名片)|(?:下方|上方)(?:名片|卡片).{0,8}关注"
    r"|^\W*(?:立即|马上|点击|请|快)?(?:下载|打开|安装)[^。，]{0,14}(?:APP|App|app|客户端|新闻)(?:[，,].{2,16}|[，,]?(?:查看|阅读|看|了解|获取|浏览)"
    r".{0,4}(?:更多|全文|高清|精彩|剩余).{0,10})$"
    r"|^\W*(?:感谢|谢谢).{0,8}(?:网友|读者|听众|观众).{0,40}(?:线索|投递|投稿|供稿|爆料|来信)"
    r"|^\W*(?:欲|想)?了解更多.{0,12}(?:登录|登陆|访问|关注|点击|官网|公众号)|^\W*本文为?.{0,6}(?:会员|付费|订阅者).{0,4}(?:专享|专属|可读|内容)"
    r"|^\W*(?:想)?继续阅读[？?]|^\W*(?:加入|追踪|订阅).{0,14}(?:频道|粉丝团|社群|群组)[，,].{0,20}$"
    r"|我们(?:下周|下期|明天|下次)(?:再)?见|下期(?:再)?见"
    r"|^\W*欢迎(?:阅读|收看|收听|打开|订阅)(?:本[周期月日]的?|今天的)?《[^，。]{2,16}》?$"
    r"|^\W*感谢.{0,4}订阅|^\W*(?:追踪|按赞|(?:LIKE|Like))\s*(?:我们|.{0,12}(?:粉丝|专页|脸书|LINE))|加(?:小编|编辑|客服)微信"
    r"|不用抽.{0,4}不用抢|保证天天中奖|按我看活动办法"
)
_SOFT = re.compile(
    r"^\W*(?:每天|每周|每日|带你|带您|一起|让我们|为你|为您|第一时间|获取|祝|愿你|更多|我们是|我是).{0,36}$"
    r"|^\W*以上就?是.{0,20}(?:内容|分享|介绍|全部)|^\W*(?:喜欢|觉得|如果(?:你|您)).{0,20}(?:话|朋友|文章|有用|不错|喜欢).{0,10}$"
    r"|^\W*(?:亲爱的|各位|尊敬的)?(?:读者|订阅者|订户|朋友|粉丝|小伙伴|用户|书友)(?:朋友)?们?[，,：:\s]*(?:[你您大家早上下午晚]*好)?$"
    r"|^\W*(?:(?:大家|你|您|早上|上午|下午|晚上|各位)好)|^\W*对此|.{0,24}(?:准时|按时).{0,16}(?:邮箱|推送|见面|送到)"
)
_ASKS = re.compile(r"[你您]|大家|各位")
_SALUTATION = re.compile(
    r"^\W*(?:亲爱的|各位|尊敬的)?(?:读者|订阅者|订户|朋友|粉丝|小伙伴|书友)(?:朋友)?们?[，,：:\s]*(?:你|您|大家|早上|上午|下午|晚上)好\W*$"
)
_SPONSORED = re.compile(
    r"^\W{0,2}[【\[（(〔]\s*(?:广告|推广|合作推广|商业推广|商务合作|商业合作|品牌合作|品牌推广|品牌内容|赞助|本期赞助|赞助商|赞助内容|友情推广|福利|限时优惠"
    r"|(?i:sponsored|ad|promotion))\s*[】\]）)〕]\s*\S|^\W{0,2}本期(?:内容|邮件|节目|来信)?由[^，。]{2,24}(?:赞助|冠名)"
)
_MAILED = re.compile(r"退订|取消订阅|管理订阅|修改订阅|订阅设置|(?i:unsubscribe)")
_PROFILE_HEADING = re.compile(
    r"^\W*(?:关于(?P<name>[^\s，。：:]{2,16})"
    r"|(?:公司|企业|集团|医院|学校|学院|机构|品牌|单位|专家|作者|讲者|译者|团队|医生|名医|嘉宾|主讲人|科室|基金会|园区|景区)(?:简介|介绍|名片)"
    r"|(?:媒体|新闻|商务|投资者)(?:联系人?|联络人?|垂询|查询))\W*$"
)
_PROFILE = re.compile(
    r"(?:成立|创立|创办|创建|始建|组建|设立|诞生|上市)于|(?:总部|坐落|位于|设于)[设在于]?|是(?:一家|一所|一个|一间|全球|中国|国内|全国|我国|.{2,6}领先)|集.{4,40}(?:于一体|为一体)"
    r"|股票代码|证券代码|致力于|专注于|秉承|秉持|竭诚|热忱欢迎|莅临|主任医师|主治医师|副主任|毕业于|(?:硕士|博士)生?导师|擅长|从事.{2,16}\d+?年|先后(?:获|荣)|荣获"
    r"|(?:撰稿人|作家|编剧|博主|专栏作者|研究员|教授|博士|学者|会员|委员)(?:[，。、]|$)"
)
_FEWEST_MARKS = 3


def is_plea(line: str) -> bool:
    """Whether `line`, in Simplified script, only asks its readers for something that a page asks for."""
    if not 4 <= len(line) <= _LONGEST or _SAID.search(line):
        return False
    firm = False
    for match in _SENTENCE.finditer(line):
        sentence = match.group()
        bare = sentence.strip(" 。！？!?；;~～\u3000")
        if not any(char.isalnum() for char in bare):
            continue
        if len(bare) > _LONGEST_SENTENCE:
            return False
        if _FIRM.search(bare):
            firm = True
        elif not (_SOFT.search(bare) or (sentence.rstrip()[-1] in "？?" and _ASKS.search(bare))):
            return False
    return firm


def is_salutation(line: str) -> bool:
    """Whether `line` greets the readers of a letter and says nothing else."""
    return len(line) <= 24 and _SALUTATION.match(line) is not None


def is_sponsored(line: str) -> bool:
    """Whether `line` begins with the label of an advertisement."""
    return len(line) <= 400 and _SPONSORED.match(line) is not None


def is_mailed(line: str) -> bool:
    """Whether `line` stands in a mailing: it offers to end the subscription."""
    return len(line) <= 160 and _MAILED.search(line) is not None


def profile_length(lines: list[str]) -> int:
    """Return how many of `lines`, the first of them a heading, are a profile of a company or a person; 0 for none."""
    heading = _PROFILE_HEADING.match(lines[0]) if len(lines[0]) <= 24 else None
    if heading is None or len(lines) < 2:
        return 0
    marks = len({match.group()[:2] for match in _PROFILE.finditer(" ".join(lines[1:3]))})
    name = heading["name"]
    if name is not None and name not in {"我们", "作者"} and name[:2] not in lines[1][:24]:
        return len(lines) if marks >= _FEWEST_MARKS else 0
    return len(lines) if marks else 0
