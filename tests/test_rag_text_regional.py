"""Words that differ by region, and the two scripts."""

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import opencc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.scripts import KINDS, REGIONAL, Item, converter, items, write_folder
from models.fold import fold_text
from rag.retrieval.fixed import FixedRetriever
from rag.retrieval.worded import weights
from rag.text.regional import in_words_of, wordings
from rag.text.regional_words import WORDS
from rag.types import Context

ARTICLES = [json.loads(line) for line in (REGIONAL / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
QUESTIONS = items(REGIONAL / "questions.jsonl")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("軟體", "软件"),
        ("網路", "网络"),
        ("資訊", "信息"),
        ("計程車", "出租车"),
        ("滑鼠", "鼠标"),
        ("品質", "质量"),
        ("雷射", "激光"),
        ("印表機", "打印机"),
        ("部落格", "博客"),
        ("檔案", "文件"),
        ("程式", "程序"),
        ("公車", "公交车"),
        ("捷運", "地铁"),
        ("泡麵", "方便面"),
        ("速食麵", "方便面"),
        ("影片", "视频"),
        ("視訊", "视频"),
        ("歐巴馬", "奥巴马"),
        ("寮國", "老挝"),
        ("隨身碟", "U盘"),
        ("社群", "社区"),
    ],
)
def test_words_of_two_regions_find_each_other(one: str, other: str) -> None:
    """Each is among the other's wordings, in either script."""
    for asked, wanted in ((one, other), (other, one), (fold_text(one), other), (converter("traditional")(other), one)):
        assert fold_text(wanted) in {fold_text(wording) for wording in wordings(asked)}


@pytest.mark.parametrize(
    "question", ["司法程序怎么走？", "朝鲜族有多少人？", "纳米比亚在哪里？", "Who is he?", "2024年", "", "支持者是谁？"]
)
def test_what_only_looks_like_such_a_word_stays(question: str) -> None:
    """Longer words keep their parts from being taken for words."""
    assert wordings(question) == (question,)


@given(st.text(max_size=40))
def test_the_question_as_asked_is_always_the_first_wording(question: str) -> None:
    """Other wordings are added, never put in its place; there are few of them, and none is there twice."""
    found = wordings(question)
    assert found[0] == question
    assert len(found) == len(set(found)) <= 4


def test_the_table_agrees_with_opencc() -> None:
    """Nearly every pair is how OpenCC itself words it, in one direction or the other."""
    to_taiwan, to_mainland = opencc.OpenCC("s2twp").convert, opencc.OpenCC("tw2sp").convert
    to_hongkong, of_taiwan = opencc.OpenCC("s2hkp").convert, opencc.OpenCC("s2tw").convert
    pairs = [pair.split("=") for pair in WORDS.split()]
    assert len(pairs) > 600

    def agrees(word: str, other: str) -> bool:
        there = {fold_text(to_taiwan(word)), fold_text(to_hongkong(word))}
        return fold_text(other) in there or fold_text(to_mainland(of_taiwan(other))) == fold_text(word)

    assert sum(agrees(*pair) for pair in pairs) / len(pairs) > 0.9


def test_a_wording_is_chosen_where_more_of_it_is_found() -> None:
    """A question keeps its own words unless the texts have more of another region's."""
    assert in_words_of("出租车起步价是多少？", ["計程車起跳價調高"]) == "计程车起步价是多少？"
    assert in_words_of("出租车起步价是多少？", ["出租车起步价调高", "計程車"]) == "出租车起步价是多少？"
    assert in_words_of("出租车起步价是多少？", []) == "出租车起步价是多少？"
    assert in_words_of("县长是谁？", ["計程車"]) == "县长是谁？"


def test_a_rare_word_of_another_region_does_not_win_by_its_rarity() -> None:
    """No wording counts more in all than the question as asked; one that occurs nowhere counts nothing."""
    frequencies = Counter({"出租": 50, "租车": 50, "涨价": 20, "计程": 1, "程车": 1})
    asked, taiwan, nowhere = ["出租", "租车", "涨价"], ["计程", "程车", "涨价"], ["的士", "涨价"]
    first, second, third = weights([asked, taiwan, nowhere], frequencies, 1000)
    assert first == 1.0 > second > 0.5 > third == 0.0
    assert weights([["计程", "程车"], ["出租", "租车"]], frequencies, 1000) == [1.0, 1.0]


@pytest.mark.parametrize("item", QUESTIONS, ids=lambda item: item.question)
def test_the_article_is_found_in_the_other_region_s_words(item: Item) -> None:
    """Of all articles of the set, the right one is among the first two."""
    retriever = FixedRetriever([Context(a["id"], a["text"]) for a in ARTICLES], 240)
    hits = retriever.search(item.question, 2)
    assert set(item.documents).intersection(hit.passage.article_id for hit in hits)


@pytest.mark.parametrize("kind", ["traditional", "hong kong"])
def test_scripts_are_one_where_matching_happens(kind: str) -> None:
    """Nearly every sentence of the project's own articles, in another script, folds to what it did before.

    Not those with 着 in Taiwan's form, 著, which is a character of its own in Simplified script.
    """
    folder = Path(__file__).parents[1] / "eval" / "sets" / "project" / "articles"
    convert = opencc.OpenCC(KINDS[kind]).convert
    text = "".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.txt")))
    sentences = [fold_text(sentence) for sentence in re.split("[。！？\n]", text)]
    changed = [sentence for sentence in sentences if fold_text(convert(sentence)) != sentence]
    assert len(changed) <= len(sentences) * 0.02


@given(st.text(alphabet="臺灣軟體網路计程车软件网络出租车后後发髮發干乾幹面麵里裡台檯", max_size=60))
def test_conversions_never_touch_stored_text(text: str) -> None:
    """What is found is shown as it was written, whatever the question's script and words."""
    retriever = FixedRetriever([Context("a", text + "。软体与軟體。")], 240)
    for question in ("软件", "軟體", "出租车"):
        for hit in retriever.search(question, 5):
            article = retriever.article("a")
            assert article.text == text + "。软体与軟體。"
            assert article.text[hit.passage.start : hit.passage.end] == hit.passage.text


def test_the_measuring_script_writes_articles_anew(tmp_path: Path) -> None:
    """Ids of records stay, texts change script; questions and their documents are read."""
    (tmp_path / "in").mkdir()
    shutil.copy(REGIONAL / "articles.jsonl", tmp_path / "in")
    write_folder(tmp_path / "in", tmp_path / "out", converter("taiwan"))
    rows = [json.loads(line) for line in (tmp_path / "out" / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == [article["id"] for article in ARTICLES]
    assert "政務軟體" in next(row["text"] for row in rows if row["id"] == "cn-software")
    assert len(QUESTIONS) == 26
    assert {document for item in QUESTIONS for document in item.documents} == {row["id"] for row in rows}
