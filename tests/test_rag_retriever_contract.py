"""What every retriever keeps to, on one machine and past it: the same articles, the same questions."""

import json
from datetime import date

import numpy as np
import pytest

from models.fakes import HashingEmbedder
from rag.types import Filter
from tests import stories
from tests.retrievers import ENGINES, kept

ODD_PAPER = '澜江"日报\\'
NEWS = [
    {
        "id": "bridge",
        "title": "澜江大桥通车",
        "published": "2024-05-01",
        "source": "澜江日报",
        "text": "澜江大桥五月一日正式通车，全长一千二百米，总投资3.5亿元。市民可以步行过江。桥上另设观景台两处，夜间有灯光。",
    },
    {
        "id": "library",
        "title": "青汀图书馆开馆",
        "published": "2024-06-01",
        "source": ODD_PAPER,
        "text": "青汀图书馆六月一日开馆，藏书1,200册，每周一闭馆整理。馆内装有自助借还软件，读者凭身份证即可办理。",
    },
    {
        "id": "teachers",
        "title": "岑宁招聘教师",
        "published": "2024-07-01",
        "source": "岑宁发布",
        "text": "岑宁市今年招聘中小学教师一百二十名，报名截至七月十五日。考试科目为教育综合知识，采用 GPT 4 命题系统。",
    },
    {"id": "undated", "title": "渡口旧事", "text": "老渡口的摆渡人姓罗，撑了四十年的船，如今渡口改成了公园。"},
    {
        "id": "traditional",
        "title": "捷運新線動工",
        "published": "2023-02-03",
        "source": "衡洲網",
        "text": "捷運新線昨日動工，預計三年完工，沿線設置八座車站。市府表示將採用國產列車軟體。",
    },
    {
        "id": 'it"s\\',
        "title": "泸渡雨量",
        "published": "2024-06-30",
        "source": "澜江日报",
        "text": "泸渡上月雨量为三百毫米，比常年偏多两成，水库蓄水充足，农田灌溉不受影响。",
    },
]


@pytest.fixture(params=ENGINES, scope="module")
def engine(request):
    return request.param


@pytest.fixture(scope="module")
def news(engine, tmp_path_factory):
    with kept(tmp_path_factory.mktemp(engine) / "library", engine) as made:
        yield made, made.hold(NEWS)


@pytest.fixture
def other(engine, tmp_path):
    """A library of one's own."""
    with kept(tmp_path / "library", engine) as made:
        yield made


def ids(hits):
    return {hit.passage.article_id for hit in hits}


def check(hits, k):
    """What holds for every list of hits."""
    assert len(hits) <= k
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    places = [(hit.passage.article_id, hit.passage.start) for hit in hits]
    assert len(set(places)) == len(places)
    for hit in hits:
        assert hit.passage.part == "body"
        assert hit.legs
        assert all(rank >= 1 for rank in hit.legs.values())


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("澜江大桥总投资多少亿元", "bridge"),
        ("青汀图书馆藏书多少册", "library"),
        ("岑宁今年招聘多少教师", "teachers"),
        ("投资3.5亿元的是什么", "bridge"),
        ("1200册", "library"),
        ("GPT 4 命题", "teachers"),
        ("老渡口的摆渡人姓什么", "undated"),
    ],
)
def test_what_is_asked_for_comes_first(news, question, expected):
    """Words, numbers, Latin names; texts are slices of their articles, and hits know their article's date."""
    made, retriever = news
    hits = retriever.search(question, 10)
    check(hits, 10)
    assert hits[0].passage.article_id == expected
    for hit in hits:
        article = made.library.article(hit.passage.article_id)
        assert article.text[hit.passage.start : hit.passage.end] == hit.passage.text
        assert hit.published == article.published


@pytest.mark.parametrize(
    ("question", "expected"),
    [("瀾江大橋總投資多少", "bridge"), ("捷运新线设几座车站", "traditional"), ("地铁", "traditional")],
)
def test_scripts_and_regions_meet(news, question, expected):
    """A Traditional question finds a Simplified article and the reverse; so do the words of two regions."""
    _, retriever = news
    assert retriever.search(question, 5)[0].passage.article_id == expected


def test_more_is_asked_for_than_there_is(news):
    """Each passage comes at most once, however many are wanted."""
    made, retriever = news
    hits = retriever.search("澜江大桥总投资多少亿元", 20_000)
    check(hits, 20_000)
    assert ids(hits) == {row["id"] for row in NEWS}
    assert len(hits) == len(made.library.query("SELECT row FROM passage WHERE part = 'body'"))
    few = retriever.search("澜江大桥总投资多少亿元", 2)
    assert [hit.passage for hit in few] == [hit.passage for hit in hits[:2]]


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        ({"published_from": "2024-06-01"}, {"library", "teachers", 'it"s\\'}),
        ({"published_to": "2024-05-01"}, {"bridge", "traditional"}),
        ({"published_from": "2024-06-01", "published_to": "2024-06-30"}, {"library", 'it"s\\'}),
        ({"published_from": "2030-01-01"}, set()),
        ({"sources": ["澜江日报"]}, {"bridge", 'it"s\\'}),
        ({"sources": [ODD_PAPER]}, {"library"}),
        ({"sources": [""]}, set()),
        ({"sources": ["没有的报", 'x" or article != "']}, set()),
        ({"article_ids": ["bridge", "undated", "nobody"]}, {"bridge", "undated"}),
        ({"article_ids": ['it"s\\']}, {'it"s\\'}),
        ({"article_ids": [f"id-{number}" for number in range(5_000)]}, set()),
        ({"article_ids": ["bridge", "teachers"], "published_to": "2024-06-01"}, {"bridge"}),
        ({"sources": ["澜江日报"], "published_from": "2024-06-01", "article_ids": ["bridge"]}, set()),
    ],
)
def test_a_filter_lets_through_what_it_says(news, only, expected):
    """Dates are inclusive, what has no date or source passes no filter on it, and names are not code."""
    _, retriever = news
    dates = {name: date.fromisoformat(value) for name, value in only.items() if name.startswith("published")}
    sets = {name: frozenset(value) for name, value in only.items() if not name.startswith("published")}
    for question in ("澜江大桥总投资多少亿元", "图书馆"):
        hits = retriever.search(question, 50, Filter(**dates, **sets))
        check(hits, 50)
        assert ids(hits) == expected


@pytest.mark.parametrize(
    "question",
    [
        "",
        " \n\t ",
        "？",
        "桥",
        "的",
        "大桥 AND NOT (图书馆 OR",
        '"',
        "body:* NEAR(大桥, 2) ^3",
        "published > 0 or article != ''",
        "😀🎉",
        "𠮷野家",
        "\x00\x01\ud800",
        "ما هو الجسر؟",
        "What is a bridge?",
        "大桥" * 5_000,
        "".join(map(chr, range(0x4E00, 0x4E00 + 10_000))),
        "x" * 10_000,
        "1" * 10_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_any_text_is_a_question(news, question):
    """Nothing that can be typed is an error or an order to the engine."""
    _, retriever = news
    check(retriever.search(question, 10), 10)


def test_an_empty_library(other):
    """Nothing is found, and nothing fails; what comes in later is found."""
    other.hold(NEWS[:1])
    assert other.hold([]).search("澜江大桥总投资多少亿元", 5) == []
    assert ids(other.hold(NEWS[:2]).search("澜江大桥总投资多少亿元", 5)) == {"bridge", "library"}


def test_one_passage(other):
    """It is the first of one."""
    retriever = other.hold([{"id": "a", "text": "罗师傅撑船四十年。"}])
    hits = retriever.search("罗师傅撑船多少年", 5)
    check(hits, 5)
    assert [(hit.rank, hit.passage.text) for hit in hits] == [(1, "罗师傅撑船四十年。")]


def test_changes_and_deletes_are_seen(other):
    """A deleted article is found no more, a changed one by its new words and in its new words only."""
    other.hold(NEWS)
    changed = {**NEWS[0], "text": NEWS[0]["text"].replace("3.5亿元", "四亿元，超过概算")}
    retriever = other.hold([changed, *NEWS[2:]])
    hits = retriever.search("澜江大桥总投资多少亿元，青汀图书馆藏书", 50)
    assert "library" not in ids(hits)
    assert hits[0].passage.article_id == "bridge"
    assert any("超过概算" in hit.passage.text for hit in hits)
    assert not any("3.5" in hit.passage.text for hit in hits)


class Blind(HashingEmbedder):
    """Leaves the order to the words, so that passages can tie."""

    def embed_query(self, text):
        """Return the zero vector."""
        return np.zeros(self.dimensions, dtype=np.float32)


def test_ties_do_not_depend_on_the_order_of_coming_in(other):
    """As many words in many articles: which are found, and in which order, is decided by the articles."""
    other.embedder = Blind()
    same = [
        {"id": name, "text": f"今日天气晴，最高气温二十度，记者{name * 3}报道。", "title": "天气"}
        for name in "qwertyuiopasdfghjklzxcvbnm"
    ]
    first = other.hold(same)
    expected = [hit.passage.article_id for hit in first.search("最高气温多少度", 8)]
    assert expected == sorted(expected)
    assert len(expected) == 8
    other.hold(same[:3])
    other.hold(same[5:])
    assert [hit.passage.article_id for hit in other.hold(same).search("最高气温多少度", 8)] == expected


def test_reposts_are_one_hit(other):
    """One article a story, its earliest source where words are the same, and each hit tells of the others."""
    rows = [
        {"id": "first", "text": stories.text(1), "published": "2024-05-01", "source": "澜江日报"},
        {"id": "again", "text": stories.text(1), "title": "转载", "published": "2024-05-02", "source": "青汀晚报"},
        {"id": "short", "text": stories.shortened(1), "published": "2024-05-03", "source": "岑宁发布"},
        {"id": "longer", "text": stories.lengthened(1), "published": "2024-05-01", "source": "衡洲网"},
        {"id": "other", "text": stories.text(2)},
    ]
    retriever = other.hold(rows)
    hits = retriever.search("验收组认为主体结构消防和电气系统都达到了设计要求", 20)
    check(hits, 20)
    story = {"first", "again", "short", "longer"}
    best = next(hit for hit in hits if hit.passage.article_id in story)
    assert best.passage.article_id == "longer"
    assert {repost.article_id for repost in best.also_in} == story - {"longer"}
    texts = [json.dumps(hit.passage.text) for hit in hits]
    assert len(set(texts)) == len(texts)
    only = Filter(sources=frozenset({"青汀晚报"}))
    assert ids(retriever.search("验收组认为主体结构", 5, only)) == {"again"}
