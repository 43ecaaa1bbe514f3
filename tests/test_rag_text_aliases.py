"""Names find each other: built in, learned, regions named together; and what only looks like a name."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.fold import fold_text
from rag.text.alias_words import NAMES
from rag.text.aliases import Aliases, Counted
from rag.text.regions import companies

SET = Path(__file__).resolve().parent.parent / "eval" / "sets" / "aliases" / "questions.jsonl"
BUILT_IN = Aliases()


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("京津冀", "北京、天津、河北"),
        ("北京天津河北", "京津冀"),
        ("京、津、冀", "京津冀"),
        ("北京市、天津市和河北省", "京津冀"),
        ("长三角", "沪苏浙皖"),
        ("四川、重庆", "川渝"),
        ("东北三省", "辽宁、吉林、黑龙江"),
        ("全国政协", "中国人民政治协商会议全国委员会"),
        ("发改委", "发展和改革委员会"),
        ("国家发改委", "国家发展和改革委员会"),
        ("国家发展和改革委员会", "国家发展改革委"),
        ("山东省发展和改革委员会", "山东省发改委"),
        ("中央纪委国家监委", "中央纪律检查委员会、国家监察委员会"),
        ("央行", "中国人民银行"),
        ("住建部", "住房和城乡建设部"),
        ("北大", "北京大学"),
        ("一行三会", "中国人民银行、银监会、证监会、保监会"),
        ("WHO", "世界卫生组织"),
        ("世界卫生组织", "who"),
        ("IMF", "国际货币基金组织"),
        ("王毅外长", "王毅外交部长"),
        ("外交部长王毅", "外长王毅"),
        ("華東師範大學", "华师大"),
        ("ＷＨＯ", "世界卫生组织"),
    ],
)
def test_built_in_names_find_each_other(asked: str, wanted: str) -> None:
    """Among the wordings of a question with the one form is the one with the other, in either script."""
    for question in (f"{asked}的消息是哪天公布的？", f"昨天{asked}说了什么", asked):
        worded = BUILT_IN.wordings(question)
        assert worded[0] == question
        assert any(fold_text(wanted) in fold_text(wording) for wording in worded[1:])


@pytest.mark.parametrize(
    "question",
    [
        "这道菜为什么让人吃得津津有味？",
        "东北大学和湖北大学哪所历史更长？",
        "河南大学在哪里？",
        "中央行政区的人行道有多宽？",
        "其中行业增速最快的是？",
        "新闻里说的吉他手是谁？",
        "贵港港口的货物是什么？",
        "青云志和云台山有关吗？",
        "南京沪宁城际什么时候开通？",
        "李新、云南人、多大年纪？",
        "OpenAI 在 2023 年做了什么？",
        "WHOLE foods 是什么？",
        "Who is he?",
        "北京有多少人口？",
        "",
        "？",
        "京",
        "。，",
    ],
)
def test_what_only_looks_like_a_name_stays(question: str) -> None:
    """A short form inside other words, a region's character outside its company."""
    assert BUILT_IN.mentions(question) == ()
    assert BUILT_IN.wordings(question) == (question,)


def test_learned_names_are_found_both_ways() -> None:
    """An invented office: only its articles tell its short form."""
    aliases = Aliases([Counted("澜创办", "澜江市创新发展办公室", 3), Counted("liso", "澜江市创新发展办公室", 1)])
    assert "澜江市创新发展办公室由谁领导？" in aliases.wordings("澜创办由谁领导？")
    assert {"澜创办由谁领导？", "liso由谁领导？"} < set(aliases.wordings("澜江市创新发展办公室由谁领导？"))
    assert "澜创办由谁领导？" in aliases.wordings("LISO由谁领导？")  # through the name that both stand for
    assert BUILT_IN.wordings("澜创办由谁领导？") == ("澜创办由谁领导？",)


def test_of_several_names_the_likelier_come_first_and_rare_ones_are_left_out() -> None:
    """One short form, three names: counts decide the order, the question's other words decide when it is scored."""
    counted = [Counted("澜大", "澜江大学", 6), Counted("澜大", "澜沧大学", 3), Counted("澜大", "澜山大学", 1)]
    [mention] = Aliases(counted).mentions("澜大校长是谁？")
    assert mention.alternatives == ("澜江大学", "澜沧大学")


def test_learned_counts_do_not_depend_on_their_order() -> None:
    """However the articles came in."""
    counted = [Counted("澜大", "澜江大学", 2), Counted("澜大", "澜沧大学", 2), Counted("ljd", "澜江大学", 1)]
    for question in ("澜大校长是谁？", "澜江大学在哪？", "LJD在哪？"):
        assert Aliases(counted).mentions(question) == Aliases(counted[::-1]).mentions(question)


def test_the_wording_that_suits_the_passages() -> None:
    """The form asked with stays where it stands in them; else the one that does."""
    question = "世卫组织说了什么？"
    assert BUILT_IN.in_words_of(question, ["世界衛生組織表示關切"]) == "世界卫生组织说了什么？"
    assert BUILT_IN.in_words_of(question, ["世界卫生组织（世卫组织）表示关切"]) == question
    assert BUILT_IN.in_words_of(question, ["没有别的名字"]) == question
    assert BUILT_IN.in_words_of(question, []) == question
    assert BUILT_IN.in_words_of("京津冀有雨吗？", ["河北、天津有雨", "北京无雨"]) == "京津冀有雨吗？"
    assert BUILT_IN.in_words_of("京津冀有雨吗？", ["北京无雨，河北、天津有雨"]) == "北京、天津、河北有雨吗？"


def test_the_table_is_folded_and_each_form_of_a_name_stands_once() -> None:
    """Forms are matched in folded text."""
    for line in NAMES.split():
        forms = line.split("=")
        assert len(forms) == len(set(forms)) > 1
        assert fold_text(line) == line


def test_of_regions_none_is_named_twice() -> None:
    """云云 and 津津 are no company."""
    assert list(companies("津津冀")) == []
    assert [alternatives[0] for _, alternatives in companies("甘、青、宁三省区")] == ["甘肃、青海、宁夏"]


@given(st.text(max_size=60) | st.text("京津冀沪苏浙皖、和北天河上海发改委国家大学央行WHO ", max_size=40))
def test_spans_and_wordings_hold_for_any_question(question: str) -> None:
    """Spans lie in the question, do not overlap, and few wordings come of it, the question first."""
    end = 0
    for mention in BUILT_IN.mentions(question):
        assert end <= mention.span.start < mention.span.end <= len(question)
        assert fold_text(mention.span.of(question)) not in mention.alternatives
        end = mention.span.end
    worded = BUILT_IN.wordings(question)
    assert worded[0] == question
    assert len(worded) == len(set(worded)) <= 14


def test_a_long_question_takes_no_longer_than_a_short_one() -> None:
    """Ten thousand characters full of names."""
    question = "国家发改委和世界卫生组织" * 900
    started = time.perf_counter()
    BUILT_IN.wordings(question)
    assert time.perf_counter() - started < 0.5
    assert len(BUILT_IN.mentions(question)) == 3


def test_the_set_asks_with_another_form_than_its_article() -> None:
    """Sixty questions, half of them learned; every built-in one has an alternative without any library."""
    rows = [json.loads(line) for line in SET.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 60
    assert len({row["id"] for row in rows}) == 60
    for row in rows:
        assert all(len(answer) <= 20 for answers in row["answers"] for answer in answers)
        if "built-in" in row["tags"]:
            assert BUILT_IN.mentions(row["question"])
