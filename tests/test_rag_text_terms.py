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
