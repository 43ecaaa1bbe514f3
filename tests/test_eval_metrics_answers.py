"""Metrics of long answers, by cases worked out by hand: content F1, ROUGE-L, nuggets, figures, forbidden values."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.content import content_tokens, longest_common_subsequence, rouge_l, share_in, stands_in, token_f1
from eval.metrics import score_all
from eval.normal import normalise
from eval.questions import Nugget, Question
from eval.scored import normal_text
from models.fold import fold_text

BASE = {
    "question": "问？",
    "standalone_question": "问？",
    "mode": "quote",
    "answer": "",
    "short_answer": None,
    "abstained": False,
    "reason": None,
    "confidence": 0.5,
    "citations": [],
    "hits": [],
    "timings_ms": {},
    "models": {},
}


def _score(name, answer, **gold):
    question = Question("q", "问？", **{"answerable": True, **gold})
    return score_all(question, {**BASE, "answer": answer}, lambda _: None)[name]


def test_content_is_made_of_chinese_pairs_words_and_numbers():
    """Grammar is no content, and no Chinese character is lost, as under an English tokenizer."""
    assert content_tokens("市民的 GPT 4 补贴共1,200元") == ("市民", "gpt", "4", "补贴", "贴共", "1200", "元")
    assert content_tokens("是的，在。") == ()
    assert content_tokens("補貼") == content_tokens("补贴")


def test_token_f1_by_hand():
    """Tokens count as often as they occur: 2 of 3 and 2 of 4 in common make 4/7."""
    assert token_f1(["甲", "甲", "乙"], ["甲", "甲", "丙", "丁"]) == pytest.approx(4 / 7)
    assert token_f1([], ["甲"]) == token_f1(["甲"], []) == 0.0


def test_content_f1_takes_the_reference_and_else_the_nearest_alias_of_each_item():
    """With gold items only, each is represented by the alias that the answer comes nearest to."""
    assert _score("content_f1", "补贴停发", reference="补贴停发", answers=(("别的",),)) == 1.0
    assert _score("content_f1", "城建集团，北京路", answers=(("城建公司", "城建集团"), ("北京路",))) == 1.0
    assert 0 < _score("content_f1", "城建集团", answers=(("城建集团",), ("北京路",))) < 1
    assert _score("content_f1", "补贴", answers=(("是",),)) is None
    assert _score("content_f1", "补贴") is None


def test_rouge_l_by_hand():
    """Six of seven and all six characters in order: 12/13. Punctuation and markers do not count."""
    assert _score("rouge_l", "补贴，今年全停发[1]", reference="补贴今年停发。") == pytest.approx(12 / 13)
    assert _score("rouge_l", "abcde", reference="ace") == pytest.approx(2 * 3 / 8)
    assert _score("rouge_l", "", reference="补贴") == 0.0
    assert _score("rouge_l", "补贴", answers=(("补贴",),)) is None


def _slow_subsequence(first, second):
    above = [0] * (len(second) + 1)
    for char in first:
        row = [0]
        for column, other in enumerate(second, start=1):
            row.append(above[column - 1] + 1 if char == other else max(above[column], row[-1]))
        above = row
    return above[-1]


@given(st.text("甲乙丙丁a1", max_size=80), st.text("甲乙丙丁a1", max_size=80))
def test_the_fast_subsequence_is_the_longest(first, second):
    """Bits give what the table of the textbook gives."""
    assert longest_common_subsequence(first, second) == _slow_subsequence(first, second)
    assert rouge_l(first, second) == rouge_l(second, first)


@pytest.mark.parametrize(
    ("token", "text", "there"),
    [
        ("3", "13元", False),
        ("3", "3.5元", False),
        ("3", "第3.", True),
        ("5", "3.5", False),
        ("43亿元", "143亿元", False),
        ("43亿元", "143亿元和43亿元", True),
        ("gpt", "gpt4", True),
        ("gp", "gpt4", False),
        ("补贴", "领补贴的", True),
        ("补贴", "补助", False),
    ],
)
def test_words_and_numbers_stand_as_a_whole(token, text, there):
    """The 3 of 13 is not 3; Chinese has no such edges."""
    assert stands_in(token, text) is there


def test_k_precision_counts_repetitions_and_reads_no_further_than_it_must():
    """Two of three tokens stand there; without tokens there is no share."""
    assert share_in(["甲", "甲", "乙"], ["丙甲"]) == pytest.approx(2 / 3)
    assert share_in([], ["甲"]) is None
    assert share_in(["甲"], iter([])) == 0.0
    texts = iter(["甲乙", "不看"])
    assert share_in(["甲", "乙"], texts) == 1.0
    assert next(texts) == "不看"


def test_nuggets_are_stated_by_any_alias():
    """Vital ones are counted apart; without any there is no such share."""
    facts = (Nugget(("12月31日", "年底")), Nugget(("市人社局",)), Nugget(("线上",), vital=False))
    assert _score("nuggets", "年底前线上办理", nuggets=facts) == pytest.approx(2 / 3)
    assert _score("nuggets_vital", "年底前线上办理", nuggets=facts) == 0.5
    assert _score("nuggets_vital", "年底前", nuggets=facts[2:]) is None
    assert _score("nuggets", "年底前", nuggets=facts, answerable=False) is None


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        ("2023年12月31日前发放三亿二千万元", 1.0),
        ("2023年12月31日前发放3.2亿元", 1.0),
        ("2023年12月发放3.2亿元", 0.5),
        ("发放32亿元", 0.0),
        ("发放3.2亿件", 0.0),
        ("", 0.0),
    ],
)
def test_numbers_are_recalled_as_values(answer, share):
    """Numerals do not matter, units and the fullness of dates do."""
    assert _score("numbers_recall", answer, reference="2023年12月31日前发放32000万元。") == share


def test_a_reference_without_figures_asks_for_none():
    """Then there is nothing to recall, also where the question was declined."""
    assert _score("numbers_recall", "补贴", reference="补贴停发。") is None
    question = Question("q", "问？", reference="共5人。", answerable=True)
    assert score_all(question, {**BASE, "abstained": True, "answer": "5人"}, lambda _: None)["numbers_recall"] == 0.0


@pytest.mark.parametrize(
    ("answer", "stated"),
    [
        ("截至2024年12月31日", 1.0),
        ("截至２０２４年１２月３１日[1]", 1.0),
        ("截至2023年12月31日", 0.0),
        ("截至2023年12月31日，不是12月31日", 1.0),
        ("", 0.0),
    ],
)
def test_what_must_not_be_said(answer, stated):
    """A false value inside a gold answer that is stated is no false value."""
    gold = {"answers": (("2023年12月31日",),), "must_not": ("2024年12月31日", "12月31日")}
    assert _score("must_not", answer, **gold) == stated
    assert _score("must_not", answer, answers=(("2023年12月31日",),)) is None


def test_a_forbidden_number_is_looked_for_as_a_whole():
    """1万 does not stand in 11万; and nothing forbidden stands in an abstention, which repeats the question at most."""
    assert _score("must_not", "共11万元", must_not=("1万",)) == 0.0
    assert _score("must_not", "共1万元", must_not=("1万",), answerable=False) == 1.0
    declined = {**BASE, "answer": "1万", "abstained": True}
    assert score_all(Question("q", "问？", must_not=("1万",)), declined, lambda _: None)["must_not"] == 0.0


def test_an_alias_of_punctuation_makes_nothing_right():
    """Normalised it is empty, and every text holds nothing."""
    assert _score("acc", "补贴", answers=(("——", "津贴"),)) == 0.0
    assert _score("answer_in_hits@1", "补贴", answers=(("——",),)) == 0.0


def _normalise_slowly(text):
    """The definition, character by character."""
    folded = fold_text(text)
    points = {match.start() for match in re.finditer(r"(?<=\d)\.(?=\d)", folded)}
    return "".join(
        char
        for place, char in enumerate(folded)
        if char in "%‰#" or place in points or not (char in "~^`" or unicodedata.category(char).startswith("P"))
    )


@given(st.text(max_size=60) | st.text("3.5，。,_‿％·~ ab补—\n|;", max_size=40))
def test_normalising_fast_is_normalising(text):
    """The quick way takes and leaves what the definition does."""
    assert normalise(text) == _normalise_slowly(text)
    assert normal_text(text) == normalise(text)
