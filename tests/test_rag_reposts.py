"""Reposts: what is one story and what is not, clusters in the library, and what retrieval shows of them."""

import json
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.reposts import measured
from models.fakes import HashingEmbedder
from rag.articles.prints import SHINGLE, WINDOW, codes_of, fingerprints, shingles
from rag.articles.reposts import Outline, Relation, Verdict, candidates, clusters, clusters_of, compared
from rag.indexing import Indexer
from rag.library import Library
from rag.retrieval.dense import DenseIndex, DenseLeg
from rag.retrieval.fuse import ReciprocalRanks
from rag.retrieval.lexical import LexicalIndex
from rag.retrieval.retriever import HybridRetriever
from rag.serialise import article_detail_to_json, hit_to_json
from rag.settings import Settings
from rag.types import EVERYTHING, Filter, Repost
from tests import stories
from ui.web.sources import also_in, panel

CHINESE = st.text(
    st.sampled_from("的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以"), max_size=300
)


def relation(one: str, other: str) -> Relation:
    return compared(Outline.of(one), Outline.of(other)).relation


@pytest.mark.parametrize("change", stories.REPOSTS)
def test_a_story_in_other_clothes_is_the_same(change):
    """Each way in which reposts differ from their source."""
    for number in range(8):
        assert relation(stories.text(number), change(number)) is not Relation.DIFFERENT


def test_a_notice_of_a_series_is_another_story():
    """The same words with other figures: yesterday's notice is not today's."""
    for number in range(8):
        assert relation(stories.text(number), stories.refigured(number)) is Relation.DIFFERENT


def test_traditional_script_and_full_width_make_no_difference():
    """Folded text is what counts."""
    one = "总投资12亿元的澜江跨江大桥昨日通车，市民可以步行过江，全程约需二十分钟，沿途设有观景台。"
    other = "總投資１２億元的瀾江跨江大橋昨日通車，市民可以步行過江，全程約需二十分鐘，沿途設有觀景臺。"
    assert relation(one, other) is Relation.SAME


def test_the_day_in_the_dateline_is_each_papers_own():
    """A date before the first common words is no figure of the story."""
    body = stories.text(3)
    assert relation(f"澜江日报8月16日电 {body}", f"青汀晚报8月17日讯 {body}") is Relation.SAME


@given(CHINESE, CHINESE)
def test_comparing_does_not_depend_on_the_order(one, other):
    """Which of two came first must not matter."""
    a, b = Outline.of(one), Outline.of(other)
    forward, back = compared(a, b), compared(b, a)
    assert forward.relation == back.relation
    if len(a) != len(b):
        assert (forward.start, forward.end) == (back.start, back.end)


@given(
    CHINESE, CHINESE, st.text(st.sampled_from("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"), min_size=60, max_size=90)
)
def test_a_shared_stretch_shares_a_fingerprint(before, after, stretch):
    """The promise of winnowing: a shared stretch that is long enough is found wherever it stands."""
    assert len(codes_of(stretch)) >= SHINGLE + WINDOW - 1
    one, other = (fingerprints(shingles(codes_of(text))) for text in (before + stretch, stretch + after))
    assert np.intersect1d(one, other).size


@given(st.text(max_size=80))
def test_any_text_has_fingerprints(text):
    """No text breaks it, emoji, lone surrogates and the empty one included."""
    codes = codes_of(text)
    prints = fingerprints(shingles(codes))
    assert (len(prints) > 0) == (len(codes) > 0)
    assert sorted(set(prints.tolist())) == prints.tolist()
    assert len(Outline.of(text)) == len(codes)


def test_a_story_that_everybody_carries_is_one_cluster():
    """Far more copies than the number up to which all pairs are looked at."""
    texts = [stories.text(1)] * 20 + [change(1) for change in stories.REPOSTS] * 4 + [stories.text(2)]
    assert clusters_of(texts) == [list(range(44))]


def test_a_digest_does_not_join_its_stories():
    """Two stories that stand side by side in a third article stay two; it goes with the one that is most of it."""
    digest = stories.text(1) + "\n" + stories.ANOTHER
    assert clusters_of([stories.text(1), stories.ANOTHER, digest]) == [[0, 2]]
    assert clusters_of([stories.shortened(1), stories.ANOTHER, stories.shortened(1) + stories.ANOTHER]) == []
    assert clusters_of([stories.text(1), digest]) == [[0, 1]]  # with one story alone it is a longer copy


def test_clusters_follow_the_pairs():
    """What hangs together is one group."""
    same = Verdict(Relation.SAME, second_is_longer=True, start=0, end=1000)
    assert clusters({(0, 3): same, (3, 5): same, (1, 2): same, (0, 1): Verdict(Relation.DIFFERENT)}) == [
        [0, 3, 5],
        [1, 2],
    ]


def test_no_texts_no_pairs():
    """Nothing to compare."""
    assert candidates([]) == []
    assert clusters_of(["", "短"]) == []


@pytest.fixture
def library(tmp_path):
    """Two stories: one with three reposts from other papers, one alone; and a notice of the first one's series."""
    rows = [
        {"id": "first", "text": stories.text(1), "title": "首发", "published": "2024-05-01", "source": "澜江日报"},
        {"id": "again", "text": stories.text(1), "title": "转载", "published": "2024-05-02", "source": "青汀晚报"},
        {"id": "short", "text": stories.shortened(1), "title": "摘要", "published": "2024-05-03", "source": "岑宁发布"},
        {"id": "longer", "text": stories.lengthened(1), "title": "加长", "published": "2024-05-01", "source": "衡洲网"},
        {
            "id": "series",
            "text": stories.refigured(1),
            "title": "下一期",
            "published": "2024-05-04",
            "source": "绥岭网",
        },
        {"id": "other", "text": stories.text(2), "title": "别的", "published": None, "source": None},
    ]
    path = tmp_path / "news.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n", encoding="utf-8")
    Indexer(tmp_path / "library", HashingEmbedder(), Settings(passage_length=60)).run([path])
    opened = Library.open(tmp_path / "library")
    yield opened
    opened.close()


def retriever(library: Library) -> HybridRetriever:
    dense = DenseLeg(library, DenseIndex.read(library.folder / "dense.vectors"), HashingEmbedder())
    return HybridRetriever(library, (LexicalIndex(library), dense), ReciprocalRanks({"lexical": 1.0, "dense": 0.1}), 50)


def test_a_cluster_has_its_earliest_source_first(library):
    """By the day; of one day the longest, since copies are cut more often than they grow."""
    assert [r.article_id for r in library.article("again").reposts] == ["longer", "first", "short"]
    assert [r.article_id for r in library.article("longer").reposts] == ["first", "again", "short"]
    assert library.article("series").reposts == ()
    assert library.article("first").reposts[0] == Repost(
        "longer", "加长", "衡洲网", date(2024, 5, 1), library.article("longer").path
    )


def test_retrieval_shows_one_of_a_story_and_tells_of_the_others(library):
    """One article a story among the hits; what a repost adds is still found."""
    hits = retriever(library).search("跨江大桥总投资多少亿元", 20)
    shown = {hit.passage.article_id for hit in hits}
    assert len(shown & {"first", "again", "short", "longer"}) == 1
    assert {"series", "other"} <= shown
    best = next(hit for hit in hits if hit.passage.article_id in {"first", "again", "short", "longer"})
    assert {best.passage.article_id, *(r.article_id for r in best.also_in)} == {"first", "again", "short", "longer"}
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))


def test_where_words_are_the_same_the_earliest_source_is_shown(library):
    """A copy of the words does not win over where they come from."""
    hits = retriever(library).search("验收组认为主体结构消防和电气系统都达到了设计要求", 5)
    assert hits[0].passage.article_id == "longer"


def test_what_only_a_repost_says_is_found(library):
    """The paragraph that was added is a hit although its story is shown already."""
    hits = retriever(library).search("跨江大桥 换季时节早晚温差较大专家提醒", 20)
    assert any("换季时节" in hit.passage.text and hit.passage.article_id == "longer" for hit in hits)


def test_a_source_filter_finds_the_repost_of_that_source(library):
    """Asked for one paper's words, that paper's repost is shown, and still says where else the story stands."""
    for source, article_id in (("青汀晚报", "again"), ("岑宁发布", "short")):
        hits = retriever(library).search("跨江大桥总投资多少亿元", 5, Filter(sources=frozenset({source})))
        assert {hit.passage.article_id for hit in hits} == {article_id}
        assert len(hits[0].also_in) == 3


def test_json_and_page_tell_of_reposts(library):
    """The contract's fields stay; `also_in` and `reposts` come beside them."""
    hit = retriever(library).search("跨江大桥总投资多少亿元", 1)[0]
    told = hit_to_json(hit)
    assert list(told)[:5] == ["rank", "score", "article_id", "passage_id", "text"]
    assert set(told["also_in"][0]) == {"article_id", "title", "source", "published", "path"}
    article = library.article("first")
    listed = next(library.articles(Filter(article_ids=frozenset({"first"}))))
    assert [each["article_id"] for each in article_detail_to_json(article, listed)["reposts"]] == [
        "longer",
        "again",
        "short",
    ]
    assert "另见：衡洲网 2024-05-01；青汀晚报 2024-05-02；岑宁发布 2024-05-03" in panel(article, article.body)
    assert "另见" not in panel(library.article("other"), article.body)
    assert list(retriever(library).search("", 5, EVERYTHING)) == []


def test_many_reposts_are_counted_and_titles_stand_in_for_sources():
    """Three are named; markup in a title is the page's business, not the line's."""
    many = [Repost(str(i), f"题{i}", None, None, "p") for i in range(5)]
    assert also_in(many) == "另见：《题0》；《题1》；《题2》等 5 篇"


def test_measuring_tells_kinds_apart(tmp_path):
    """The script that measures: every kind of pair, figures that can be recomputed."""
    path = tmp_path / "news.jsonl"
    rows = [json.dumps({"id": str(i), "text": stories.text(i)}, ensure_ascii=False) for i in range(8)]
    path.write_text("\n".join(rows), encoding="utf-8")
    figures = measured([path], 8, 0)
    assert figures["articles"] == 8
    assert figures["kinds"]["shortened"] == {"same": True, "pairs": 1, "joined": 1}
