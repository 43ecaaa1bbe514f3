"""Abbreviations that an article states: where the full name begins, and what is not learned. Invented names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.articles.abbreviations import Stating, abbreviations


def stated(text: str) -> list[tuple[str, str]]:
    return [(found.short, found.full) for found in abbreviations(text)]


@pytest.mark.parametrize(
    ("text", "short", "full"),
    [
        (
            "记者从国家发展和改革委员会（以下简称“国家发改委”）获悉，新规已经印发。",
            "国家发改委",
            "国家发展和改革委员会",
        ),
        ("公司收到澜江证券监督管理局(下称“澜江证监局”)的决定。", "澜江证监局", "澜江证券监督管理局"),
        ("行政处罚显示，中国证券监督管理委员会（以下简称证监会）已立案。", "证监会", "中国证券监督管理委员会"),
        (
            "成都第31届世界大学生夏季运动会（简称成都大运会）开幕。",
            "成都大运会",
            "成都第31届世界大学生夏季运动会",
        ),
        ("市民在岑宁市第三中级人民法院（下文简称：岑宁三中院）旁听。", "岑宁三中院", "岑宁市第三中级人民法院"),
        (
            "昨日，青汀建艺装饰集团股份有限公司，简称“建艺集团”，公布半年报。",
            "建艺集团",
            "青汀建艺装饰集团股份有限公司",
        ),
        ("西非国家经济共同体（ECOWAS，简称西共体）召开会议。", "西共体", "西非国家经济共同体"),
        ("西非国家经济共同体（ECOWAS，简称西共体）召开会议。", "ECOWAS", "西非国家经济共同体"),
        ("西非国家经济共同体（西共体）领导人开会。", "西共体", "西非国家经济共同体"),
        ("据世界卫生组织（WHO）说，疫情缓解。", "WHO", "世界卫生组织"),
        ("国际货币基金组织（International Monetary Fund，IMF）上调预测。", "IMF", "国际货币基金组织"),
        ("报告由英国竞争与市场管理局（CMA）发布。", "CMA", "英国竞争与市场管理局"),
        ("他们使用人工智能（AI）软件试飞。", "AI", "人工智能"),
        ("7月LPR（贷款市场报价利率）不变。", "LPR", "贷款市场报价利率"),
        ("网约车（全称网络预约出租汽车）须持证。", "网约车", "网络预约出租汽车"),
        ("他向“澜江创新基金会项目”（以下简称“澜创项目”）捐款。", "澜创项目", "澜江创新基金会项目"),
        ("三诺生物传感股份有限公司（300298.SZ）（下称“三诺生物”）公告。", "三诺生物", "三诺生物传感股份有限公司"),
        ("中國證券監督管理委員會（以下簡稱「證監會」）公布。", "证监会", "中国证券监督管理委员会"),
    ],
)
def test_a_stated_pair_is_found_with_the_whole_name(text: str, short: str, full: str) -> None:
    """The name begins where it begins, not at the sentence's start nor at its first matched character."""
    assert (short, full) in stated(text)


def test_two_short_forms_of_one_name() -> None:
    """Both are learned; the one that any company is called by is not."""
    text = "日前，青汀建艺装饰集团股份有限公司（以下简称“公司”或“建艺集团”）收到诉状。"
    assert stated(text) == [("建艺集团", "青汀建艺装饰集团股份有限公司")]


@pytest.mark.parametrize(
    "text",
    [
        "澜江科技股份有限公司（以下简称“公司”）今日公告。",
        "国务院印发《关于促进消费的意见》（以下简称《意见》）。",
        "商务部收到行业协会（以下称申请人）的申请。",
        "四川省国防动员办公室（以下简称“省国动办”）发言。",
        "澜江足球俱乐部与岑宁足球俱乐部（以下简称“双方”）签约。",
        "老郭（化名）和妻子小琴（化名）住在岑宁。",
        "新华社记者（通讯员供图）现场报道。",
        "他获得冠军（三连冠），奖金十万元（含税）。",
        "苹果（AAPL.US）和英特尔(INTC.US)上涨，容量为512（GB），第三季（III）。",
        "展览8月3日(星期四)至6日(星期日)举行。",
        "李宁主要于中华人民共和国（中国）经营。",
        "首席法官马克·佩兰（Marc Perrin）出席。",
        "（以下简称“澜江”）",
        "（WHO）（世卫组织）（简称）",
        "",
    ],
)
def test_what_holds_for_one_article_or_names_nothing_is_not_learned(text: str) -> None:
    """Definitions for one text, remarks in brackets, codes and units."""
    assert stated(text) == []


def test_of_a_cut_enumeration_nothing_is_learned() -> None:
    """酒精、烟草、火器和爆炸物管理局 is one name, which cannot be told: better none than a half."""
    assert stated("美国酒精、烟草、火器和爆炸物管理局(ATF)发现了枪支。") == []


def test_how_it_was_stated_is_told() -> None:
    """What is said in words is surer than a bracket."""
    kinds = {
        found.short: found.stating for found in abbreviations("非洲联盟（非盟）与世界卫生组织（以下简称“世卫”）开会。")
    }
    assert kinds == {"非盟": Stating.BRACKETED, "世卫": Stating.DEFINED}


PIECES = st.sampled_from(
    [
        "国家发展和改革委员会",
        "世界卫生组织",
        "WHO",
        "简称",
        "以下简称",
        "下称",
        "，",
        "。",
        "（",
        "）",
        "(",
        ")",
        "“",
        "”",
        "《",
        "》",
        "、",
        "全称",
        "和",
        "或",
        "公司",
        "的",
        "记者",
        "AI",
        "12",
        "(",
        "（下称“",
        "）”",
    ]
)


@given(st.lists(PIECES | st.text("abA1 ，）会国", max_size=3), max_size=25).map("".join))
def test_places_are_exact_whatever_the_text(text: str) -> None:
    """The short form stands where it is said to stand, and both forms come from the text."""
    for found in abbreviations(text):
        assert found.span.of(text) == found.short
        assert found.full in text
