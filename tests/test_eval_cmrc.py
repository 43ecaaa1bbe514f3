"""EM and F1 against cases worked by hand from the official script's definitions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.cmrc import em_score, f1_score, longest_common_run, segments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023年12月31日", ["2023", "年", "12", "月", "31", "日"]),
        ("GDP增长5.2%", ["gdp", "增", "长", "5.2", "%"]),
        ("1,200万元，约合", ["1,200", "万", "元", "约", "合"]),
        ("“十四五”规划", ["十", "四", "五", "规", "划"]),
        ("iPhone 15 Pro", ["iphone", "15", "pro"]),
        ("3-5天", ["35", "天"]),  # the script drops "-" before it cuts words
        ("No.1", ["no.1"]),
        ("他说OK.", ["他", "说", "ok", "."]),
        ("", []),
    ],
)
def test_segments_are_those_of_the_script(text, expected):
    """Chinese characters stand alone, other runs are cut as NLTK cuts them, listed punctuation is gone."""
    assert segments(text) == expected


@pytest.mark.parametrize(
    ("answers", "prediction", "f1", "em"),
    [
        (["北京"], "北京", 1.0, 1.0),
        (["《北京》"], "北京。", 1.0, 1.0),
        (["北京市朝阳区"], "朝阳区", 2 * 3 / (3 + 6), 0.0),
        # the longest run counts, not the longest subsequence: 12月 and 日 do not add up
        (["2023年12月31日"], "2022年12月30日", 2 * 3 / (6 + 6), 0.0),
        (["上海", "上海市"], "上海市", 1.0, 1.0),
        (["5.2%"], "增长5.2%", 2 * 2 / (2 + 4), 0.0),
        (["上海"], "广州", 0.0, 0.0),
        (["GDP"], "gdp", 1.0, 1.0),
        (["上海"], "，", 0.0, 0.0),
    ],
)
def test_scores_worked_by_hand(answers, prediction, f1, em):
    """F1 is taken over the longest common run and the best answer counts; EM forgives punctuation and case."""
    assert f1_score(answers, prediction) == pytest.approx(f1)
    assert em_score(answers, prediction) == em


def test_script_is_not_folded():
    """The official script knows nothing of Traditional script, so neither do these two."""
    assert em_score(["台湾"], "台灣") == 0.0


@given(st.text("中国年月12.% a"), st.text("中国年月12.% a"))
def test_bounded_symmetric_and_one_on_itself(first, second):
    """F1 lies in 0..1, does not care which side is gold, and is 1 on a text that has segments at all."""
    assert 0.0 <= f1_score([first], second) <= 1.0
    assert f1_score([first], second) == f1_score([second], first)
    if segments(first):
        assert f1_score([first], first) == 1.0


@given(st.lists(st.sampled_from("abc"), max_size=8), st.lists(st.sampled_from("abc"), max_size=8))
def test_longest_common_run_equals_brute_force(first, second):
    """The row-by-row computation finds what trying every run finds."""
    runs = {tuple(first[i:j]) for i in range(len(first)) for j in range(i + 1, len(first) + 1)}
    other = {tuple(second[i:j]) for i in range(len(second)) for j in range(i + 1, len(second) + 1)}
    assert longest_common_run(first, second) == max(map(len, runs & other), default=0)
