"""Statements turned into questions that can be understood alone.

A question is kept only where it begins with what its article is about and points at nothing outside itself. Most
clauses give nothing, and that is meant: a library has many, and only a handful of questions is wanted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from models.fold import fold_text, simplify
from rag.answering.asking_rules import RULES, Draft, Kind
from rag.answering.statements import HAN, Clause, any_of, body_sentences, clauses, headlines
from rag.types import Article, HeadField, Span

SHORTEST, LONGEST = 8, 32
_LONGEST_ANCHOR = 12
_FIRM = 1.1  # an anchor that carries a clause from the middle of its sentence


@dataclass(frozen=True, slots=True)
class Asked:
    """A question made from a statement, and where in its article the answer stands."""

    question: str
    kind: Kind
    article_id: str
    removed: Span  # the words asked for, in the article
    answer: str  # those words
    grounds: tuple[Span, ...]  # the sentences that say so
    score: float  # how good the question looks, among others


# What a question must not begin with: words that point elsewhere, go on from before, or name nothing.
_POOR_FIRST = (
    "他她它此该其本这那各我你您的地得和与及或而但并且也还又再就则即却能会要应须需将已正曾被把让使从向于据经由因随不没有是至到"
    "每某较约超逾仅只当可若如虽既除凡另且未为在今昨明近同多少几市省县区镇乡归"
)
_POOR_WORDS = any_of(r"""
    对 以(?!色列) 按 比(?!亚迪|利时) 都(?!江|市) 总(?!台|部) 共(?!青|和) 通过 根据 其中 目前 截至 累计 合计 预计 最
    一[是些个方般直] 街道 犯罪 嫌疑 产业园 第[一二三四五]次 二是 三是 首先 记者 市民 网友 图 来源 编辑 责任 作者 活动
    会议 公司 企业 项目 工程 产品 平台 机构 部门 单位 集团 学校 医院 警方 政府 法院 全[市省县区国村镇校球年场程] 当地
    园区 乘客 游客 居民 群众 学生 老师 专家 负责 相关 有关 部分 许多 所有 任何 人们 大家 双方 方面 期间 上半年 下半年
    前三季度 第.季度 城市 农村 乡村 农民 用户 消费者 客户 市场 行业 资金 价格 收入 营业 净利 毛利 归母 主力 游资 散户
    融资 投资者 男子 女子 老人 孩子 家长 报告 数据 消息 财报 公告 来自 出现 免除 抓获 美洲 欧洲 亚洲 国内 海外
    境[外内] 紧急 转移 完成 实现 新增 开展 推进 加强 组织 举办 建设 打造 提供 发布 出台 印发 坚持 进一步 深入 积极
    全面 努力 持续 不断 城镇 新设 捐赠 直接 间接 经济损失 [一二三四](?:期|季度)
    [一二两三四五六七八九十]+[笔名个家人位项] 事发 所以 因此 \d{1,2}[日月时点] 主办 主题 仪式 嘉宾 与会 据悉 新华 中新
    央视 网讯 日讯 晚报 日报讯 消费 大会 论坛 比赛 赛事 展会 本届 首届 首批 首次 首个 新闻 文章 时间 地点
""")
_POOR_START = re.compile(rf"[{_POOR_FIRST}](?!铁|震|大附|口可乐|亚洲)|{_POOR_WORDS}")
_LEADING_TIME = re.compile(r"(?:20\d\d(?:财年|年))(?:上半年|下半年|前三季度|[一二三四第季度]{2,4}|\d{1,2}月)?")
_POINTING = re.compile(
    any_of(r"""
    [她它其此该也这你您昨未丨] 他(?!命) 那(?![坡曲]) 我(?!国) (?:今|明|近|日前|当)[天日晚] 日前 当[时年月]
    本[月周次届市省县区年] 上月 下月 上述 以下 如下 后者 前者 笔者 记者 小编 前[述面] 同期 同一 左图 右图 见图 前天
    上周 下周 上年 网讯 日讯 日电 [报社]讯 获悉 了解到 供图 图片 摄影 区间 近期 最近 下表 才[会能] 现场(?!会)
    (?<!拍)摄(?![影氏像制]) 表示 指出 认为 透露 没有 不[足到] 第一时间 同时 随后 之后 从而 一度 某 以及其 等等
""")
)
_REPEATED = re.compile(r"(.{4,}).*\1")  # a caption glued to its sentence
_RELATIVE_YEAR = {"今年": 0, "去年": -1, "明年": 1}
_ALLOWED = re.compile(rf"[{HAN}A-Za-z0-9“”《》、·%.+\-—&/ ]+？")
_PAIRS = (("“", "”"), ("《", "》"))
_TRADITIONAL = str.maketrans(
    "么时里谁为几将于达学单题获称号这篇报责编辑记来体", "麼時裡誰為幾將於達學單題獲稱號這篇報責編輯記來體"
)


_PLACES = any_of("""
    中国 我国 北京 上海 天津 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南
    四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门 深圳 广州 杭州 南京 武汉 成都 西安 苏州
    青岛 大连 厦门 长沙 郑州 美国 英国 法国 德国 日本 韩国 俄罗斯 乌克兰 印度 欧盟 联合国 加拿大 澳大利亚 巴西 意大利
    西班牙 新加坡 泰国 越南 以色列 伊朗 埃及 南非
""")
_NAME_ENDS = any_of("""
    [省市县区镇乡村州街湖山岛寺港] 公司 集团 银行 大学 学院 医院 大桥 地铁 机场 水库 公园 [物书术育]馆 派出所 [局厅委]
    证券 股份 科技 医疗 汽车 电子 生物
""")
_NAMED = re.compile(
    rf"{_PLACES}|[A-Za-z]{{2,}}|《|“|[A-Za-z\d一二三四五六七八九十]+号|第[一二三四五六七八九十\d]+[届次]|20\d\d(?!年)"
    rf"|[{HAN}]{{2}}{_NAME_ENDS}"
)
_NAME_FIRST = re.compile(rf"{_PLACES}|[{HAN}]{{2,3}}[省市县区州]|《[^》]+》|“[^”]{{2,12}}”|[A-Z][A-Za-z]{{3,}}")
_OFFICE = re.compile(
    rf"(?:{_PLACES}|[{HAN}]{{2,3}}[省市县区镇乡村州]|[{HAN}]{{2,8}}(?:大学|集团|公司|银行|医院))[^，]{{2,14}}是谁？"
)


def _begins_in(start: str, text: str, times: int) -> int:
    """Return the length of the longest beginning of `start` that stands in `text` at least so many times."""
    longest = min(_LONGEST_ANCHOR, len(start))
    return next((length for length in range(longest, 1, -1) if text.count(start[:length]) >= times), 0)


def _anchor(question: str, title: str, text: str, *, headline: bool) -> float:
    """Return how firmly a question begins with what the article speaks of; 0 where it does not.

    The beginning of the question must stand in the title, or again elsewhere in the text: names recur, and the
    beginnings of arbitrary statements do not. That of a question made from the title must stand in the text.
    """
    start = question.removeprefix("为什么")
    start = start[timed.end() :] if (timed := _LEADING_TIME.match(start)) else start
    if _POOR_START.match(start):
        return 0.0
    if headline:
        title, text = text, ""
    entitled, recurring = _begins_in(start, title, 1), _begins_in(start, text, 2)
    named = _NAMED.search(start[: _LONGEST_ANCHOR + 4]) is not None
    named = named or (entitled >= 4 and (text or title).count(start[:4]) > 2)
    if entitled >= 3 and (named or not headline):
        return 0.6 + min(entitled, 8) / 8 + 0.6 * named
    if recurring >= 4 and named:
        return 0.5 + min(recurring, 8) / 16
    return 0.6 if _NAME_FIRST.match(start) and not headline else 0.0


def _years(question: str, article: Article) -> str | None:
    """Return the question with 今年 and its like as the years they mean; None where nobody can tell."""
    for word, shift in _RELATIVE_YEAR.items():
        if word in question:
            if article.published is None:
                return None
            question = question.replace(word, f"{article.published.year + shift}年")
    return question


def stands_alone(question: str) -> bool:
    """Whether a question reads well without its article: its length, its marks, no words that point elsewhere."""
    plain = simplify(question)
    return (
        SHORTEST <= len(question) <= LONGEST
        and _ALLOWED.fullmatch(question) is not None
        and not _POINTING.search(plain)
        and not _POOR_START.match(plain.removeprefix("为什么"))
        and all(question.count(left) == question.count(right) for left, right in _PAIRS)
        and plain.count("的") <= 3
        and plain.count("、") <= 1
        and not _REPEATED.search(plain)
    )


def _written(clause: Clause, draft: Draft) -> str:
    """Return the draft's question, its own words in the script of the clause."""
    words = [piece if isinstance(piece, str) else clause.written[slice(*piece)] for piece in draft.pieces]
    if clause.text != clause.written:
        kept = [isinstance(piece, str) for piece in draft.pieces]
        words = [word.translate(_TRADITIONAL) if own else word for word, own in zip(words, kept, strict=True)]
    return "".join(words)


def _from_clause(
    clause: Clause, article: Article, title: str, text: str, *, headline: bool = False
) -> Iterator[tuple[str, Kind, Span, float]]:
    """Yield the questions that a clause gives: question, kind, the words asked for in the article, score."""
    for rule in RULES:
        for draft in rule(clause):
            question = _years(_written(clause, draft), article)
            if question is None or not stands_alone(question):
                continue
            anchor = _anchor(simplify(question), title, text, headline=headline)
            if draft.kind is Kind.PERSON and not anchor and _OFFICE.match(simplify(question)):
                anchor = _FIRM
            leads = clause.first or draft.in_lead
            if not anchor or (not leads and anchor < _FIRM):
                continue
            if draft.in_lead:
                removed = Span(clause.lead_start + draft.removed.start, clause.lead_start + draft.removed.end)
            else:
                removed = Span(clause.origin[draft.removed.start], clause.origin[draft.removed.end - 1] + 1)
            answer = removed.of(article.text)
            if not answer or fold_text(answer) in fold_text(question) or _POINTING.search(simplify(answer)):
                continue
            score = anchor + draft.bonus - abs(len(question) - 17) / 20 + 0.3 * clause.first
            yield question, draft.kind, removed, score


_HEAD_QUESTIONS = (
    (HeadField.EDITOR, "的责任编辑是谁？"),
    (HeadField.AUTHOR, "的记者是谁？"),
    (HeadField.SOURCE, "的来源是哪家媒体？"),
)
_SHORTEST_TITLE, _LONGEST_TITLE = 6, 20


def head_questions(article: Article) -> list[Asked]:
    """Return what can be asked of an article's head; nothing where its title is no title."""
    title = article.head_fields.get(HeadField.TITLE)
    if title is None or not _SHORTEST_TITLE <= len(title) <= _LONGEST_TITLE:
        return []
    name = title.of(article.text)
    traditional = simplify(name) != name
    found: list[Asked] = []
    for head_field, asks in _HEAD_QUESTIONS:
        span = article.head_fields.get(head_field)
        words = f"这篇报道{asks}"
        question = f"《{name}》{words.translate(_TRADITIONAL) if traditional else words}"
        if span is None or not len(span) or not _ALLOWED.fullmatch(question) or "《" in name:
            continue
        if any(name.count(left) != name.count(right) for left, right in _PAIRS):
            continue
        answer = span.of(article.text)
        if answer not in question:
            found.append(Asked(question, Kind.HEAD, article.id, span, answer, (span,), 1.0))
    return found


def questions(article: Article) -> list[Asked]:
    """Return the questions that an article's statements give, best first."""
    title, text = simplify(article.title), simplify(article.body.of(article.text))
    found: list[Asked] = []
    for clause, sentence, number in clauses(article):
        for question, kind, removed, score in _from_clause(clause, article, title, text):
            answer = removed.of(article.text)
            found.append(Asked(question, kind, article.id, removed, answer, (sentence,), score - number / 40))
    for clause in headlines(article):
        for question, kind, removed, score in _from_clause(clause, article, title, text, headline=True):
            answer = removed.of(article.text)
            grounds = tuple(sentence for sentence in body_sentences(article) if answer in sentence.of(article.text))
            if grounds:
                found.append(Asked(question, kind, article.id, removed, answer, grounds, score))
    return sorted(found, key=lambda asked: (-asked.score, asked.question))
