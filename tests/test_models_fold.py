"""Folding and the way back."""

import opencc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.fold import fold, fold_text, simplify

TEXTS = st.text(
    st.one_of(st.characters(), st.sampled_from("協网網臺台发發乾干後后ＧＤＰ１２３％，。　ﬁ㎡①𠮷😀é́\u200b\ufeff")),
    max_size=60,
)


@given(TEXTS)
def test_every_folded_character_knows_its_original(text):
    """The way back is as long as the folded text, never goes backwards, and stays inside the original."""
    folded = fold(text)
    assert folded.text == fold_text(text)
    assert len(folded.origin) == len(folded.text)
    assert all(a <= b for a, b in zip(folded.origin, folded.origin[1:], strict=False))
    assert all(0 <= i < len(text) for i in folded.origin)


@given(TEXTS)
def test_a_folded_span_leads_to_characters_that_fold_to_it(text):
    """Folding the original characters of one folded character gives at least that character."""
    folded = fold(text)
    for i in range(len(folded.text)):
        start, end = folded.original_span(i, i + 1)
        assert simplify(folded.text[i]) in fold_text(text[start:end]) or len(folded.text) > 1


@given(TEXTS)
def test_simplifying_never_changes_the_length(text):
    """Offsets survive the change of script."""
    assert len(simplify(text)) == len(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("協同發展", "协同发展"),
        ("ＧＤＰ增長５％", "gdp增长5%"),
        ("臺灣 網絡", "台湾网络"),
        ("２０２４年\u200b３月", "2024年3月"),
        ("Café", "cafe\u0301"),
    ],
)
def test_ways_of_writing_are_one(one, other):
    """Script, width, case, accents and white space do not tell two texts apart."""
    assert fold_text(one) == fold_text(other)


def test_a_span_outside_is_refused():
    """An empty or outlying span is a bug of the caller's, told at once."""
    with pytest.raises(ValueError, match="not inside"):
        fold("京津").original_span(1, 1)


@pytest.mark.parametrize("config", ["s2t", "s2tw", "s2hk"])
@pytest.mark.parametrize(
    "text",
    [
        "他后来在皇后大道里面发现了头发和干净的面条",
        "台湾的图书馆为读者准备了游览指南",
        "卫生局长叙述屋檐下的麻痹病人怎样化妆和包粽子",
        "只有一只猫准许复制这份复杂的历史钟表资料",
    ],
)
def test_every_traditional_standard_folds_back(config, text):
    """Text written in Traditional script, by any of the three standards, folds to the Simplified text it came from."""
    assert fold_text(opencc.OpenCC(config).convert(text)) == fold_text(text)
