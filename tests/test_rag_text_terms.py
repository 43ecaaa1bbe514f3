"""Search terms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.terms import terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("京津冀协同", ["京津", "津冀", "冀协", "协同"]),
        ("京", ["京"]),
        ("增长3.5%，达1,200万吨", ["增长", "3.5", "达", "1200", "万吨"]),
        ("ＧＰＴ 4 发布", ["gpt", "4", "发布"]),
        ("GPT-4 GPT4", ["gpt", "4", "gpt4", "gpt", "4", "gpt4"]),
        ("5G、C919、T+0", ["5", "g", "5g", "c", "919", "c919", "t", "0", "t0"]),
        ("A股市场", ["a", "股市", "市场", "a股"]),
        ("歼-20共20架", ["歼", "20", "歼20", "共", "20", "架"]),
        ("手机iPhone15上市", ["手机", "iphone", "15", "iphone15", "上市"]),
        ("2023-07-01", ["2023", "7", "1"]),
        ("2023.07.01", ["2023", "7", "1"]),
        ("2023年7月1日", ["2023", "年", "7", "月", "1", "日"]),
        ("第5，10，15名", ["第", "5", "10", "15", "名"]),
        ("1,200,000.5与12,5", ["1200000.5", "与", "12", "5"]),
        ("15-20人-", ["15", "20", "人"]),
        ("McDonald's 与 it’s", ["mcdonalds", "与", "its"]),
        ("New York 纽约", ["new", "york", "纽约"]),
        ("臺灣", ["台湾"]),
        ("？！……", []),
    ],
)
def test_terms_of_a_text(text, expected):
    """Bigrams of Chinese runs, whole Latin words, numbers without grouping commas, in folded form."""
    assert terms(text) == expected


@given(st.text(max_size=80))
def test_terms_fit_the_index(text):
    """No term is empty or holds what the index would split or read as an operator."""
    assert all(term and not set(term) & set(" \"'()*:^-+\t\n") for term in terms(text))
