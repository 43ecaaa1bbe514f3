"""Pages of printed newspapers as copied text: masthead, page lines, other items, captions. All names are invented."""

import pytest

from rag.articles.newspapers import newspaper_edits, read_masthead
from tests.articles import read_whole

STORY = """　　本报讯（记者 顾长林）一盏旧船灯昨天从码头
的仓库里取了下来，送进了市航运博物馆，明年春
天对外展出。
　　守灯人老周说，灯亮了四十年，他每天擦两遍，
玻璃换过三次，灯芯换过上百根，从来没有在夜里
熄灭过。
"""
REST = """　　馆长介绍，同来的还有十一本值班簿，谁哪天
上灯、几点熄灯，都写得清清楚楚，一天也不缺。
"""


@pytest.mark.parametrize(
    ("top", "day"),
    [
        ("青禾晚报 2019年5月23日 星期四 A07 社会\n", "2019-05-23"),
        ("青禾晚报 第07版 社会 2019.5.23\n", "2019-05-23"),
        ("A07\n社会\n2019年5月23日  星期四\n青禾晚报\nQINGHE EVENING NEWS\n", "2019-05-23"),
        ("07 要闻\n青禾晚报\n", "None"),
        ("青禾晚報 2019年5月23日 A07\n", "2019-05-23"),
    ],
)
def test_the_masthead_is_source_and_day_and_no_text(top: str, day: str) -> None:
    """However a paper's page names itself, its name is the source and its day the date."""
    article = read_whole(f"{top}旧船灯住进博物馆\n{STORY}{REST}")
    assert (article.title, article.source, str(article.published)) == (
        "旧船灯住进博物馆",
        top[top.index("青") :][:4],
        day,
    )
    body = article.body.of(article.text)
    assert "A07" not in article.text
    assert "青禾" not in body
    assert body.count("\n") == 2


def test_a_page_line_between_two_halves_of_a_sentence_goes() -> None:
    """The sentence is whole again."""
    cut = STORY.replace("从来没有在夜里\n", "从来没有在夜里\n青禾晚报 A07  2019.5.23\n")
    article = read_whole(f"A07\n2019年5月23日\n青禾晚报\n旧船灯住进博物馆\n{cut}{REST}")
    assert "从来没有在夜里熄灭过。" in article.text
    assert "running head" in {item.reason for item in article.removed}


@pytest.mark.parametrize(
    "other",
    ["■ 短讯\n渡口改线\n　　渡口因检修改线三天。\n", "渡口改线三天\n　　本报讯 渡口因检修改线三天，乘客请走东门。\n"],
)
def test_other_items_of_a_papers_page_go(other: str) -> None:
    """They stand behind a box mark with a column's name, or begin with a dateline of their own."""
    article = read_whole(
        f"青禾晚报 A07 2019.5.23\n旧船灯住进博物馆\n{STORY}{REST}{other}订报热线 0000-1111111  零售每份1元\n"
    )
    assert "渡口" not in article.text
    assert "零售" not in article.text
    assert article.text.endswith("一天也不缺。")


def test_what_is_no_newspapers_page_keeps_its_box_marks_and_datelines() -> None:
    """A box mark is a heading of the article's own, and a chronicle has many datelines."""
    text = f"旧船灯住进博物馆\n{STORY}■ 动态\n{REST}渡口改线三天\n　　本报讯 渡口因检修改线三天。\n"
    assert newspaper_edits(text) == []
    assert read_masthead(text).source is None
    assert "■ 动态" in read_whole(text).text
    assert "渡口" in read_whole(text).text


def test_own_headings_behind_box_marks_stay_on_a_papers_page() -> None:
    """Only names of columns end the article there."""
    article = read_whole(f"青禾晚报 A07 2019.5.23\n旧船灯住进博物馆\n{STORY}■ 现场\n{REST}")
    assert "■ 现场" in article.text
    assert article.text.endswith("一天也不缺。")


def test_several_articles_of_one_size_stay() -> None:
    """Where the first item is less than half of the page, none is taken for the article."""
    other = "渡口改线\n" + STORY.replace("灯", "船") * 3
    assert "渡口改线" in read_whole(f"青禾晚报 A07 2019.5.23\n旧船灯住进博物馆\n{STORY}{other}").text


def test_the_words_of_a_picture_between_indented_paragraphs_go() -> None:
    """They are not indented and end in a line that is only a credit; a paragraph's last line is no caption."""
    pictured = STORY + "周明海（右）在移交单上签名。\n本报记者 顾长林 摄\n" + REST + REST
    article = read_whole(f"旧船灯住进博物馆\n{pictured}")
    assert "移交单" not in article.text
    kept = STORY.replace("熄灭过。\n", "熄灭过。\n本报记者 顾长林 摄\n") + REST + REST
    assert "熄灭过。" in read_whole(f"旧船灯住进博物馆\n{kept}").text
