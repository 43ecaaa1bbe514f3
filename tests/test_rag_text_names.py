"""Names: which are found, and what counts as the same name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.flat import flatten
from rag.text.names import Name, find_names, names
from rag.types import Span


def found(text: str, kind: str) -> list[str]:
    return [name.span.of(text) for name in find_names(text) if name.kind == kind]


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("市长赵立新说，钱塘区的李华主席到场。", "person", ["赵立新"]),
        ("副市长沈望到会听取意见", "person", ["沈望"]),
        ("沈望在回应时表示同意", "person", ["沈望"]),
        ("市政协委员、商会会长贺长河建议减税", "person", ["贺长河"]),
        ("副总经理方树声因个人原因辞职，由季明朗接任", "person", ["方树声", "季明朗"]),
        ("據程老師介紹", "person", ["程老師"]),
        ("阿布都·热合曼出席了会议", "person", ["阿布都·热合曼"]),
        ("首席科学家陶知秋", "person", ["陶知秋"]),
        ("项目负责人表示，高峰时段将加车，文明城市。", "person", []),
        ("国家能源委员会与东海大学签约", "organisation", ["国家能源委员会", "东海大学"]),
        ("青禾生物科技有限公司", "organisation", ["青禾生物科技有限公司"]),
        ("公司在医院和学校设点", "organisation", []),
        ("北京市朝阳区和浙江", "place", ["北京市", "朝阳区", "浙江"]),
        ("钱塘区的城市发展", "place", ["钱塘区"]),
        ("C919客机、iPhone 15和5G，重20kg", "latin", ["C919", "iPhone", "5G"]),
        ("印发《补贴申领办法》", "title", ["补贴申领办法"]),
        ("所谓“回头看”", "quoted", ["回头看"]),
    ],
)
def test_names_that_are_found(text, kind, expected):
    """People by surname and role, places and organisations by kind, the rest by its form; ordinary words are none."""
    assert found(text, kind) == expected


@pytest.mark.parametrize(
    ("kind", "written", "cited", "expected"),
    [
        ("organisation", "发改委", "国家发展和改革委员会", True),
        ("organisation", "国家发展和改革委员会", "国家发改委说", True),
        ("organisation", "岑宁市民政局", "岑宁市的会上，市民政局局长说", True),
        ("organisation", "援引美国全国广播公司", "据美国全国广播公司报道", True),
        ("organisation", "澜江银行", "澜江的大桥。招商银行", False),
        ("organisation", "东海基金会", "东海大学", False),
        ("person", "李华", "李华同志出席", True),
        ("person", "李主席", "主席李华", True),
        ("person", "王教授", "李教授", False),
        ("person", "李国华", "李主席", False),
        ("person", "安娜·科瓦奇", "科瓦奇和安娜", True),
        ("place", "北京市", "在北京举行", True),
        ("place", "北京", "京津冀", True),
        ("place", "西昌", "酒泉", False),
        ("latin", "gdp", "GDP增长", True),
        ("latin", "ai", "air", False),
        ("latin", "xe-1", "XE 1发布", True),
        ("title", "补贴办法", "《家电补贴申领办法》", True),
        ("quoted", "回头看", "开展回头看", True),
        ("quoted", "向前看", "开展回头看", False),
    ],
)
def test_what_counts_as_the_same_name(kind, written, cited, expected):
    """Abbreviations, expansions and titles are the same name; a similar name is not."""
    assert names(Name(Span(0, 1), kind, flatten(written).text), flatten(cited).text) is expected


def test_precision_and_recall_on_a_text_of_our_own():
    """All the names of a made-up report are found, and nothing else of their kinds."""
    text = (
        "云岭市财政局副局长周晓楠5日在发布会上介绍，青禾集团与东海大学将在钱塘区合建实验室。集团董事长欧阳明说，"
        "项目得到石桥镇党委书记何志远的支持。记者郭晓燕从现场获悉，高峰时段的交通明显改善，志愿者荣获表彰。"
    )
    assert found(text, "person") == ["周晓楠", "欧阳明", "何志远", "郭晓燕"]
    assert found(text, "organisation") == ["云岭市财政局", "青禾集团", "东海大学"]
    assert set(found(text, "place")) == {"云岭市", "钱塘区", "石桥镇"}


def test_repetitive_text_takes_no_time():
    """Looking for an abbreviation never goes back over what it passed."""
    assert not names(Name(Span(0, 1), "organisation", "甲" * 12 + "乙委员会"), "甲" * 600)


@given(st.text(alphabet="李华市长表示在北京·公司银行A1《》“”张说区，。\n ", max_size=30) | st.text(max_size=40))
def test_any_text_reads(text):
    """Nothing raises, spans are exact, and a text has its own names."""
    flat = flatten(text).text
    for name in find_names(text):
        assert name.span.of(text)
        assert names(name, flat)
