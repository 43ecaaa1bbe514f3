"""Figures as values: what is one, what it is worth, and which figure bears out which."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.numbers import bears_out, find_numbers
from rag.text.numerals import chinese_value

TEXTS = st.text(
    alphabet="一二三十百千万亿两半〇零第百分之点几多余约超过近0123456789.,%％:：/-—~个人元年月日天号公里米成倍Gg 甲，。\n１２萬億",
    max_size=30,
)


def read(text: str) -> list[tuple[str, Fraction, str]]:
    return [(n.span.of(text), n.low, n.unit_name) for n in find_numbers(text)]


def written_in_chinese(value: int) -> str:
    """Write a number below 10**12 in Chinese numerals, as a schoolbook does."""
    digits = "零一二三四五六七八九"

    def section(part: int) -> str:
        result, gap = "", False
        for scale, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
            digit, part = divmod(part, scale)
            if digit:
                result += ("零" if gap and result else "") + digits[digit] + name
                gap = False
            else:
                gap = True
        return result

    if value == 0:
        return "零"
    result, gap = "", False
    for scale, name in ((10**8, "亿"), (10**4, "万"), (1, "")):
        part, value = divmod(value, scale)
        if part:
            result += ("零" if result and (gap or part < 1000) else "") + section(part) + name
            gap = False
        else:
            gap = bool(result)
    return result


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("三亿二千万", 320_000_000, ""),
        ("两千人", 2000, "人"),
        ("百分之三点五", Fraction(7, 2), "%"),
        ("1.2万吨", 12_000_000, "吨"),
        ("3,200辆", 3200, "辆"),
        ("１２％", 12, "%"),
        ("3成", 30, "成"),
        ("三成五", 35, "成"),
        ("5‰", Fraction(1, 2), "‰"),
        ("1.2个百分点", Fraction(6, 5), "百分点"),
        ("三分之一", Fraction(100, 3), "%"),
        ("1/3", Fraction(100, 3), "%"),
        ("2倍", 2, "倍"),
        ("10余万人", 100_000, "人"),
        ("半年", 6, "年"),
        ("一年半", 18, "年"),
        ("两个半小时", 9000, "小时"),
        ("1亿2000万元", 120_000_000, "元"),
        ("兩千四百萬元", 24_000_000, "元"),
        ("18万立方米", 180_000, "立方米"),
        ("一半", 50, "%"),
        ("十几个", 10, "个"),
        ("第十二届", 12, "届"),
        ("36.5℃", Fraction(73, 2), "°c"),
        ("15日内", 15, "日"),
    ],
)
def test_a_figure_and_its_unit(text, value, unit):
    """Each way of writing a figure gives its value in the base unit."""
    (number,) = find_numbers(text)
    assert (number.low, number.unit_name) == (value, unit)


@pytest.mark.parametrize(
    "text",
    [
        "一些人一样一般",
        "万一下雨",
        "三峡和四川",
        "一带一路",
        "十四五规划",
        "五一假期",
        "二十大",
        "两会和两国",
        "千方百计，千万不要",
        "C919和5G手机",
        "一、坚持",
        "1. 坚持",
        "2024年3月5日上午9时",
    ],
)
def test_numerals_that_are_no_figures(text):
    """Numerals inside words, names, enumerations and dates are not taken for figures."""
    assert [n for n in find_numbers(text) if not n.weak] == []


def test_an_article_is_weak_and_a_first_is_no_rank():
    """一名男子 counts nobody, 第一时间 ranks nothing."""
    assert all(n.weak for n in find_numbers("一名男子第一时间报警"))


def test_both_ends_of_a_range_have_its_scale_and_unit():
    """The lower end takes scale and unit from the upper."""
    assert read("300至500万元") == [("300", 3_000_000, "元"), ("500万元", 5_000_000, "元")]
    assert read("三至五天") == [("三", 3, "天"), ("五天", 5, "天")]


@pytest.mark.parametrize(
    ("written", "cited", "expected"),
    [
        ("3.2亿元", "32000万元", True),
        ("三亿二千万元", "3.2亿元", True),
        ("3公里", "3000米", True),
        ("三成", "30%", True),
        ("12个", "12名", True),
        ("第14届", "十四届", True),
        ("一年半", "18个月", True),
        ("3.2亿元", "3.19亿元", True),
        ("42%", "41.6%", True),
        ("约130件", "126件", True),
        ("40多分钟", "44分钟", True),
        ("近12万辆", "11.8万辆", True),
        ("上百家", "128家", True),
        ("数百人", "300人", True),
        ("33%", "三分之一", True),
        ("3.1亿元", "3.19亿元", False),
        ("130件", "126件", False),
        ("42家", "41家", False),
        ("12%", "12个百分点", False),
        ("12元", "12美元", False),
        ("4.15万元", "4.15亿元", False),
        ("5.872万人", "5.87万人", False),
        ("超过2.7万人", "超过2.8万人", False),
        ("约226公里", "约220公里", False),
        ("12", "12%", False),
        ("第16次", "16次", False),
        ("35家", "35件", False),
    ],
)
def test_which_figure_bears_out_which(written, cited, expected):
    """Equal values and declared roundings do; other units, other values and more digits do not."""
    (ours,), (theirs,) = find_numbers(written), find_numbers(cited)
    assert bears_out(theirs, ours) is expected


@given(st.integers(0, 10**12 - 1))
def test_chinese_numerals_read_back(value):
    """What is written in Chinese numerals reads as the number it was."""
    assert chinese_value(written_in_chinese(value)) == value


@given(st.integers(1, 10**9), st.sampled_from(["元", "吨", "公里", "人", "%", "个"]))
def test_arabic_and_chinese_numerals_are_one_figure(value, unit):
    """12元 and 十二元 bear each other out."""
    arabic = find_numbers(f"共{value:,}{unit}")[0]
    chinese = find_numbers(
        f"共{written_in_chinese(value)}{unit}" if unit != "%" else f"百分之{written_in_chinese(value)}"
    )[0]
    assert bears_out(arabic, chinese)
    assert bears_out(chinese, arabic)


@pytest.mark.parametrize("text", ["9" * 6000, "一亿" * 3000, "三" * 6000, "一万" * 3000, "3万" * 3000, "9,999" * 1500])
def test_endless_numerals_are_survived(text):
    """Garbled pages hold runs of thousands of digits."""
    assert all(number.span.of(text) for number in find_numbers(text))


@given(TEXTS | st.text(max_size=40))
def test_any_text_reads(text):
    """Nothing raises, spans lie in the text and are not empty."""
    for number in find_numbers(text):
        assert number.span.of(text)
        assert number.low <= number.high
