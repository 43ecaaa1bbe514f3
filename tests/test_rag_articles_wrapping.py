"""Lines broken at a fixed width: joined inside paragraphs, and nowhere else."""

from hypothesis import given
from hypothesis import strategies as st

from rag.articles.alignment import AlignedText
from rag.articles.wrapping import wrap_edits

PARAGRAPHS = (
    "三号码头边上有一间很小的铺子，门口挂着一块木牌，上面写着两个字，漆已经掉了一半，铺子的主人今年六十七岁。",
    "她缝的不是衣服，是帆布。",
    "篷布、网兜、救生衣的带子、船员的背包，凡是码头上用线连起来的东西，坏了都往她这里送，一坐就是四十年，从来没有搬过地方。",
    "后来有了集装箱，篷布少了，破了的网兜没有人补，直接换新的，铺子一个月的收入很少超过一千五百元，她也没有关门。",
)


def wrapped(indent: str, gap: str, width: int = 26) -> str:
    """Return the paragraphs broken after `width` characters."""
    broken = []
    for paragraph in PARAGRAPHS:
        text = indent + paragraph
        broken.append("\n".join(text[at : at + width] for at in range(0, len(text), width)))
    return gap.join(broken)


def joined(text: str) -> str:
    """Return the text with its wrapped lines joined."""
    return AlignedText.of(text).edited(wrap_edits(text)).text


def test_paragraphs_with_an_indent() -> None:
    """An indent begins a paragraph; all other breaks go."""
    assert joined(wrapped("　　", "\n")).split("\n") == ["　　" + paragraph for paragraph in PARAGRAPHS]


def test_paragraphs_with_empty_lines_between() -> None:
    """An empty line ends a paragraph."""
    assert joined(wrapped("", "\n\n")).split("\n\n") == list(PARAGRAPHS)


def test_words_in_latin_letters_keep_a_space() -> None:
    """Where a line ends and the next begins in Latin letters or digits, a space is left."""
    text = wrapped("　　", "\n").replace("两个字，漆", "data ba", 1)
    first = text.split("\n")[0]
    assert joined(text.replace(first, first[:-4] + "data", 1).replace("\n", "\nbase", 1)).startswith(
        first[:-4] + "data base"
    )


def test_poems_lists_and_tables_stay() -> None:
    """Lines that end at no common edge are the author's own."""
    for text in (
        "水把石头洗圆\n石头把水洗白\n我们在岸上\n谁也没有说话\n灯亮了\n",
        "\n".join(f"{n}. 城东图书馆开放到晚上九点，周一不开门，凭证件入馆" for n in range(8)),
        "\n".join(PARAGRAPHS),
        "公园今天开放",
    ):
        assert wrap_edits(text) == []


@given(st.text(alphabet="中文，。a \n　1", max_size=400))
def test_nothing_but_white_space_changes(text: str) -> None:
    """Joining removes line breaks and indents only."""
    assert "".join(joined(text).split()) == "".join(text.split())
