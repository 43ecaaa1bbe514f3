"""The rules that make a question of a clause: it keeps its words, and the one thing it tells is asked for."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rag.answering.statements import DATE, HAN, NUMBER, Clause, any_of
from rag.types import Span


class Kind(StrEnum):
    """What a question asks for."""

    FIGURE = "figure"
    DATE = "date"
    PLACE = "place"
    PERSON = "person"
    WHICH = "which"  # a theme, a title, a maker
    REASON = "reason"
    HEAD = "head"  # who edited or wrote it, where it appeared


@dataclass(frozen=True, slots=True)
class Draft:
    """What a rule makes of a clause: pieces to join (a slice of the clause, or words of its own)."""

    pieces: tuple[tuple[int, int] | str, ...]
    removed: Span  # in the clause, or in its lead where `in_lead`
    kind: Kind
    bonus: float = 0.0
    in_lead: bool = False


_EVENT = any_of("""
    召开 举行 举办 开幕 闭幕 开赛 启动 通车 开通 运营 成立 发布 上市 上线 施行 实施 开工 竣工 完工 投产 投用 启用 签署
    签约 揭牌 挂牌 发射 升空 首飞 亮相 开馆 开业 开园 登陆 落幕 播出 上映 首映 首播 逝世 出生 去世 交付 下线 封顶 合龙
    贯通 结束 公布 颁布 获批 生效 开跑 开学 开展 登场 截止 试运行 试运营 发售 开售 开放 对外开放
""")
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆"
    "汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤冉伍闻岑柳俞章鲁葛殷施洪庞樊"
)
_NAME = rf"[{_SURNAMES}][{HAN}]{{1,2}}"

_MONEY_NOUN = any_of("""
    净利润 利润总额 利润 营业收入 营收 总收入 收入 总投资 投资额 成交额 交易额 销售额 总额 产值 总产值 生产总值 损失
    票价 门票 单价 售价 起售价 报价 市值 中标价 奖金 罚款
""")
_FIGURE_LEAD = any_of(f"""
    {_MONEY_NOUN} 总面积 占地面积 建筑面积 面积 全长 总长 长度 里程 总里程 全程 海拔 高度 总高 深度 重量 时速 寿命
    工期 人口 人数 总数 产量 总量 销量 客流量? 吞吐量 装机容量 库容 得票率 占比 增速 涨幅 跌幅 率 投资 投入 发放 补贴
    支出 募集 捐赠 捐款 筹集 节约 节省 增长 下降 提高 上升 减少 增加 提升 下滑 下跌 上涨 回落 增至 降至 升至 达到 达
    超过 超 突破 近 约 共有 拥有 设有 有 共 共计 累计 总计 建成 完成 实现 新增 新建 改造 招聘 招收 招录 录取 培训 吸引
    接待 回收 销售 售出 交付 生产 出土 发现 收到 收集 举办 开展 安排 覆盖 涉及 惠及 服务 救助 转移 疏散 造成 导致 持续
    历时 为期 耗时 需要 种植 栽种 出动 派出 投放 配备 安装 设置 开设 开行 运送 发送 签约 签订 引进 培育 收录 展出 收藏
    推出 包括 分为 涵盖 设 占 为 是
""")
_MEASURE = any_of(r"""
    架次 车次 班次 平方公里 平方千米 平方米 立方米 公里 千米 厘米 毫米 海里 米 公顷 公斤 千克 吨 美元 欧元 港元 元
    人次 千瓦时 千瓦 摄氏度 个百分点 % 小时 分钟 个月 (?<!\d{4})年(?![\d以初底末]) 天 人 名 个 家 件 项 台 辆 次 所 座
    张 份 种 条 篇 部 架 颗 户 亩 场 届 艘 枚 处 位 套 棵 株 匹 支 只 头 间 期 批 款 趟 列 站 对 幅 岁 倍 级 层
""")
_FIGURE = re.compile(
    rf"(?P<lead>{_FIGURE_LEAD})(?P<more>了|至|到|达到?|为)?(?P<about>超过|约|近|逾|超|达|共)?"
    rf"(?P<number>(?P<digits>{NUMBER}|[一二三四五六七八九两](?![一二三四五六七八九十]))"
    rf"(?P<scale>[余多]?[百千万亿]*[余多]?)(?P<unit>{_MEASURE}))"
    rf"(?P<after>以上|左右|以下|以内|之多)?(?P<tail>[{HAN}A-Za-z“”]{{0,10}})$"
)
_UPWARDS = ("增长", "提高", "上升", "增加", "提升", "上涨", "增至", "升至")
_CHANGES = (*_UPWARDS, "下降", "减少", "下滑", "下跌", "回落", "降至")
_CURRENCIES = ("元", "美元", "欧元", "港元")
_LEFT_OUT = ("近", "约", "超", "超过", "突破", "达", "达到", "是", "为")  # not repeated in the question as they stand
_SMALL = re.compile(r"[1-9一二三四五六七八九两]")
_RATE = re.compile(r"(?:率|占比|比重|比例|增速|涨幅|跌幅)$")
_QUANTITY = re.compile(
    rf"(?:{_MONEY_NOUN}|面积|[总全]长|长度|里程|海拔|高度|重量|时速|寿命|工期|人口|人数|总数|[产销总数吐流订货]量|率)$"
)
_ACHIEVED = re.compile(r"(?:实现|完成|取得|创造|达成).{0,12}$")
_TOTAL = re.compile("[共总累全]")
_POOR_TAIL = re.compile(r"^(?:的$|[前后内间]|[多余至到]|人民|月|日|号)|的$|[了着过]$|等$|以来|不等|介绍|报道|显示|记者")


def _asked_share(before: str, removed: Span) -> Draft | None:
    """Return the question for a percentage behind these words."""
    stem = (0, len(before))
    if before.endswith("占"):
        return Draft((stem, "百分之几？"), removed, Kind.FIGURE, -0.3)
    if before.endswith(_CHANGES):
        return Draft((stem, "了百分之几？"), removed, Kind.FIGURE, -0.3)
    return Draft((stem, "是多少？"), removed, Kind.FIGURE) if _RATE.search(before) else None


def _asked_figure(clause: Clause, found: re.Match[str]) -> Draft | None:
    """Return the question for a figure at the end of a clause, None where it would not read well."""
    unit, lead, tail = found["unit"], found["lead"], found["tail"]
    removed = Span(*found.span("number"))
    stem = found.start("lead") if lead in _LEFT_OUT else found.end("lead")
    before = clause.text[:stem]
    if unit == "%":
        return None if tail else _asked_share(before, removed)
    small = _SMALL.fullmatch(found["digits"]) and not found["scale"]
    many = ("几" if small else "多少", found.span("unit"))
    bonus = 0.3 if _TOTAL.search(before[-4:]) else 0.0
    if _QUANTITY.search(before):
        if _ACHIEVED.search(before):
            return None if tail else Draft(((0, stem), *many, "？"), removed, Kind.FIGURE)
        return None if tail else Draft(((0, stem), "是多少？"), removed, Kind.FIGURE, bonus + 0.2)
    if lead in _LEFT_OUT:
        if unit in _CURRENCIES or lead in ("近", "约", "是", "为") or before.endswith("人次"):
            return None
        middle = "达到" if lead not in ("超", "超过") or before.endswith(tuple("量额数模口值长")) else ""
        middle = "有" if not middle and before.endswith("已") else middle
        bonus = -0.3
    else:
        middle = found["more"] or ("有" if lead == "共" else "")
    return Draft(((0, stem), middle, *many, found.span("tail"), "？"), removed, Kind.FIGURE, bonus)


def _figure(clause: Clause) -> Iterator[Draft]:
    """总投资三亿元 → 总投资是多少."""
    for found in _FIGURE.finditer(clause.text):
        tail, unit, lead = found["tail"], found["unit"], found["lead"]
        if re.fullmatch(r"20\d\d", found["digits"]) and unit in ("级", "届", "款"):
            continue  # a year, not a figure
        if _POOR_TAIL.search(tail) or (unit == "年" and tail) or (found["digits"] in "一两" and not found["scale"]):
            continue
        ranked = unit in ("名", "位", "级", "倍", "个百分点") and lead in _CHANGES  # 上升3位: of what?
        if (
            "、" in clause.text
            or ranked
            or unit == "个百分点"
            or clause.text[: found.start("lead")].endswith(tuple("多高长不未最更或"))
        ):
            continue
        if draft := _asked_figure(clause, found):
            yield draft


_DEALT_WITH = any_of("""
    现有 运营 拥有 建成 新建 改造 投放 回收 销售 种植 倒塌 转移 发放 配备 安装 设置 开设 展出 出土 发现 举办 开展 实施
    查处 破获 抓获 打造 签约 引进 培育 完成 设立 新增 推出 收到 解决 办理 培训 帮扶 救助 服务 接待 清理 整治 检查 出动
""")
_COUNTED = re.compile(
    rf"(?P<verb>{_DEALT_WITH})(?P<le>了)?(?:各类|各种)?(?P<noun>(?:(?![已共累并的不创])[{HAN}]){{2,12}}?)(?:超过?|约|近|逾|达)?"
    rf"(?P<number>\d[\d,.]*[余多]?[万亿]?[余多]?(?P<unit>(?![元%年月日天])(?:{_MEASURE}|[组株起例宗])))$"
)
_MASSES = ("人", "名", "米", "公里", "吨", "人次", "平方米", "公斤", "亩")  # 转移人员多少人, not 多少人人员


def _counted(clause: Clause) -> Iterator[Draft]:
    """建成公园42个 → 建成多少个公园."""
    found = _COUNTED.search(clause.text)
    if found and "、" not in clause.text and found["noun"][-1] not in "次数量为共有达到":
        verb = (0, found.end("le") if found["le"] else found.end("verb"))
        if found["unit"] in _MASSES:
            pieces: tuple[tuple[int, int] | str, ...] = ((0, found.end("noun")), "多少", found.span("unit"), "？")
        else:
            pieces = (verb, "多少", found.span("unit"), found.span("noun"), "？")
        yield Draft(pieces, Span(*found.span("number")), Kind.FIGURE, 0.4)


_DATED = re.compile(
    rf"(?P<subject>[^，。：]{{3,20}}?)(?:已经?)?(?P<will>将|拟|计划)?(?P<at>于|在|定于)?(?P<date>{DATE})(?P<from>起)?(?P<rest>[^，。：]{{0,14}}?{_EVENT}[^，。：]{{0,8}})$"
)
_POOR_EVENT = re.compile(
    r"^(?:第|上半年|下半年|度|[中底初末]|前|[一二三四]季度)|\d月|[后前时说称]$|的|消息|表示|显示|[后前时][，]?.{0,3}"
    + _EVENT
)
_YEAR_ONLY = re.compile(r"\d{4}年")
_LEAD_DATE = re.compile(rf"(?P<date>{DATE})[，,]?\s*")
_HAPPENS = re.compile(
    rf"(?P<subject>[^，。：]{{3,20}}?)(?P<will>将)?(?P<rest>(?:[在于][^，。：]{{2,10}})?(?:正式|隆重|顺利|成功|全线)*{_EVENT})$"
)
_OPEN_END = re.compile(
    r"[自从至到将为是的与和、及在截于由对因共也都又还便就才曾定最更像称说了]$|截至|从|北京时间|正式|对外|首次|再次|预计|有望|原定|计划|(?:抵达|到达|如期|启动|开始|决定|继续|圆满|隆重|顺利|成功|恢复|全面|已)$|可能会?$|将会$|(?:公布|发布|披露|宣布|在京)$"
)


def _date(clause: Clause) -> Iterator[Draft]:
    """澜江大桥五月一日通车 → 澜江大桥是什么时候通车的."""
    if found := _DATED.match(clause.text):
        subject, rest = found.span("subject"), found.span("rest")
        words = found["rest"]
        removed = Span(*found.span("date"))
        poor = _OPEN_END.search(found["subject"]) or words.startswith(
            ("的", "至", "到", "、", "起", "前", "后", "以", "—", "-")
        )
        year_only = _YEAR_ONLY.fullmatch(found["date"])
        if year_only and (found["will"] or not re.match(rf"[在于]|正式|{_EVENT}", words)):
            return  # 2023年 is more often part of a name than the time of an event
        if not poor and not found["from"] and not _POOR_EVENT.search(words):
            if done := re.search(rf"{_EVENT}(?P<le>了)", words):
                # 成立了研究中心 → 是什么时候成立研究中心的
                middle = rest[0] + done.start("le")
                yield Draft(
                    (subject, "是什么时候", (rest[0], middle), (middle + 1, rest[1]), "的？"), removed, Kind.DATE, 0.2
                )
                return
            if found["will"]:
                pieces: tuple[tuple[int, int] | str, ...] = (subject, "将于什么时候", rest, "？")
            elif words.endswith("了"):
                pieces = (subject, "是什么时候", (rest[0], rest[1] - 1), "的？")
            else:
                pieces = (subject, "是什么时候", rest, "的？")
            yield Draft(pieces, removed, Kind.DATE, 0.2)
    lead = _LEAD_DATE.fullmatch(clause.lead)
    head = _LEAD_DATE.match(clause.text)
    offset = head.end() if head else 0
    if (lead or head) and (found := _HAPPENS.match(clause.text, offset)):
        subject, rest = found.span("subject"), found.span("rest")
        if not _OPEN_END.search(found["subject"]):
            date = head or lead
            assert date is not None
            if _YEAR_ONLY.fullmatch(date["date"]):
                return
            will = bool(found["will"])
            pieces = (subject, "将于什么时候" if will else "是什么时候", rest, "？" if will else "的？")
            yield Draft(pieces, Span(*date.span("date")), Kind.DATE, 0.3, in_lead=head is None)


_PLACE_WORDS = r"(?P<place>[^，。：；、的\d在于]{2,14}?)"
_HELD = re.compile(
    rf"(?:{DATE}[，,]?)?(?P<subject>[^，。：]{{3,22}}?)(?P<will>将)?(?:于?{DATE}(?:[至-]{DATE})?)?(?:\d{{1,2}}日)?(?P<also>正式|成功)?[在于]{_PLACE_WORDS}"
    rf"(?P<verb>(?:正式|隆重|顺利|成功|圆满)?(?:召开|举行|举办|开幕|闭幕|开赛|启动|成立|发射|升空|首飞|揭牌|签约|上市|首映|登陆|落幕|开跑|登场|开工|投产))$"
)
_LIES = re.compile(
    r"(?P<subject>[^，。：]{2,20}?)(?P<verb>位于|坐落于|坐落在|地处|出生于|毕业于|总部位于|总部设在)(?P<place>[^，。：；、\d]{2,16})$"
)
_NO_PLACE = re.compile(r"[中上下时后前间面]$|期间|方面|过程|基础|情况|背景|框架|[其此我本该]")


def _place(clause: Clause) -> Iterator[Draft]:
    """会议在天津召开 → 会议在哪里召开."""
    if (
        (found := _HELD.match(clause.text))
        and not _NO_PLACE.search(found["place"])
        and not _OPEN_END.search(found["subject"])
    ):
        will = "将" if found["will"] else ""
        verb = found.span("verb")
        yield Draft((found.span("subject"), will, "在哪里", verb, "？"), Span(*found.span("place")), Kind.PLACE, 0.4)
    if (
        (found := _LIES.match(clause.text))
        and not _NO_PLACE.search(found["place"])
        and not _OPEN_END.search(found["subject"])
    ):
        asked = "哪所学校" if found["verb"] == "毕业于" else "哪里"
        end = found.end("verb")
        yield Draft(
            (found.span("subject"), (found.start("verb"), end), f"{asked}？"),
            Span(*found.span("place")),
            Kind.PLACE,
            0.1,
        )


_ROLE = any_of("""
    局长 主任 院长 校长 书记 市长 县长 区长 镇长 省长 州长 部长 主席 总经理 董事长 总裁 会长 理事长 秘书长 负责人 队长
    站长 所长 馆长 厅长 司长 行长 台长 社长 村支书 党支部书记 发言人 首席执行官 CEO 创始人 总工程师 总设计师 主教练
    总导演 总监 研究负责人
""")
_SAYS = any_of("""
    介绍 表示 说 指出 认为 告诉 强调 透露 坦言 提醒 分析 称 解释 建议 提出 宣布 致辞 主持 出席 在接受 在致辞 在发布会
    在会上 在现场
""")
_SPEAKER = re.compile(rf"(?:据)?(?P<role>[^，。：、“”]{{3,18}}?(?<!副){_ROLE})(?P<name>{_NAME})(?={_SAYS})")
_TWO_ROLES = re.compile(rf"(?:{_ROLE}|[和与及兼]){_ROLE}$")
_BY = re.compile(
    r"(?P<subject>[^，。：]{3,20}?)由(?:导演|作家|演员|教练|歌手|主持人)?(?P<maker>[^，。：；]{2,18}?)(?P<verb>(?:联合|共同|独家|自主)?"
    r"(?:主持|执导|导演|主演|担任(?:导演|主编|队长|组长)|主办|承办|承建|研发|研制|设计|发起|编写|撰写|投资建设|建设|运营|开发|打造|出品|创作|主编))(?:的[^，。：]{0,6})?$"
)


def _person(clause: Clause) -> Iterator[Draft]:
    """展览由某馆主办 → 展览由哪家单位主办; 某局局长李某说 → 某局局长是谁."""
    if (
        (found := _SPEAKER.match(clause.text))
        and not re.search(r"先生|女士|某", found["name"])
        and not _TWO_ROLES.search(found["role"])
    ):
        yield Draft((found.span("role"), "是谁？"), Span(*found.span("name")), Kind.PERSON, 0.3)
    if found := _BY.match(clause.text):
        maker, verb = found["maker"], found.span("verb")
        if (
            len(maker) < 4 - 2 * bool(re.fullmatch(_NAME, maker))
            or re.search(r"[、和与及]", maker)
            or _OPEN_END.search(found["subject"])
        ):
            return
        someone = (
            "谁"
            if re.fullmatch(_NAME, maker) or re.search(r"导|演|主持|担任|主编|撰写|编写|创作", found["verb"])
            else "哪家单位"
        )
        kind = Kind.PERSON if someone == "谁" else Kind.WHICH
        subject = (found.start("subject"), found.end("subject") - (found["subject"][-1] == "是"))
        yield Draft((subject, f"由{someone}", verb, "？"), Span(*found.span("maker")), kind, 0.3)


_THEME = re.compile(
    r"(?P<subject>[^，。：“”]{2,20}?(?:会|展|节|活动|论坛|周|月|日|赛|展览|仪式|演出|晚会|行动))的?(?:以(?P<a>“[^“”]{2,24}”)为主题|主题(?:为|是)(?P<b>“[^“”]{2,24}”))"
)
_TITLE = re.compile(
    r"(?P<subject>[^，。：“”]{3,20}?)(?P<verb>被评为|被授予|被列为|被誉为|被称为|命名为|荣获|获评|获得)了?(?P<name>[^，。：“”]{0,8}“[^“”]{2,16}”)(?P<tail>(?:称号|荣誉称号|奖|荣誉)?)$"
)


def _which(clause: Clause) -> Iterator[Draft]:
    """展览以“海”为主题 → 展览的主题是什么."""
    if (found := _THEME.match(clause.text)) and not re.search(
        rf"{_OPEN_END.pattern}|[在于]|举办|开展", found["subject"]
    ):
        quoted = "a" if found["a"] else "b"
        inner = Span(found.start(quoted) + 1, found.end(quoted) - 1)
        yield Draft((found.span("subject"), "的主题是什么？"), inner, Kind.WHICH, 0.4)
    if found := _TITLE.match(clause.text):
        inner = Span(clause.text.index("“", found.start("name")) + 1, found.end("name") - 1)
        verb = found["verb"]
        ask = "获得了什么称号？" if verb in ("荣获", "获评", "获得", "被授予") else f"{verb}什么？"
        yield Draft((found.span("subject"), ask), inner, Kind.WHICH, 0.1)


_CAUSE = re.compile(r"(?:由于|因为|因|受)(?P<cause>(?![是到被所此在正])[^，。：]{4,30})[，,]?\s*")
_BECAUSE = re.compile(
    r"(?P<subject>[^，。：]{3,16}?)(?:因为|由于|因)(?P<cause>[^，。：]{4,20})而(?P<rest>(?!得名|生|起|来|兴|成)[^，。：、因]{2,12})$"
)


def _reason(clause: Clause) -> Iterator[Draft]:
    """因设备故障，某线停运 → 为什么某线停运."""
    found = _BECAUSE.match(clause.text)
    if found and not _OPEN_END.search(found["subject"]) and not found["rest"].endswith(("后", "时", "的")):
        yield Draft(
            (found.span("subject"), "为什么", found.span("rest"), "？"), Span(*found.span("cause")), Kind.REASON, 0.2
        )
    lead = _CAUSE.fullmatch(clause.lead)
    if (
        lead
        and 6 <= len(clause.text) <= 24
        and not re.search(r"[为是]$|为“|为确保|为了|为保|[也则都就便才将仍还]", clause.text)
    ):
        yield Draft(("为什么", (0, len(clause.text)), "？"), Span(*lead.span("cause")), Kind.REASON, 0.0, in_lead=True)


RULES: Sequence[Callable[[Clause], Iterator[Draft]]] = (_figure, _counted, _date, _place, _person, _which, _reason)
