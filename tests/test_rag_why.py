"""Which stage lost an article: for each stage one that is lost exactly there, by the parts that answer."""

import json
from datetime import date

import numpy as np
import pytest

from models.errors import BadInputError
from models.fakes import HashingEmbedder, ScriptedReader
from rag import known_files
from rag.answering.answerer import QuotingAnswerer
from rag.answering.finding import Finder
from rag.answering.judging import Judge
from rag.answering.publishers import Publishers
from rag.article_lookup import Absent, look_up
from rag.diagnosis import DESCRIPTIONS, Stage
from rag.events import Finished
from rag.indexing import Indexer
from rag.library import Library
from rag.question_words import words_of
from rag.retrieval.dense import FILE, DenseIndex, DenseLeg
from rag.retrieval.fuse import ReciprocalRanks
from rag.retrieval.lexical import LexicalIndex
from rag.retrieval.retriever import HybridRetriever
from rag.settings import Settings
from rag.text.aliases import Aliases
from rag.types import NO_CONDITIONS
from rag.why import Diagnoser
from tests import stories
from tests.test_rag_answering import UNRANKED, calibration

STATIONS = 24
DEPTH = 30  # of a leg
RAIN = "泸渡雨量站上月雨量为多少毫米？"
BRIDGE = "澜江大桥总投资多少？"
AS_OF = date(2024, 7, 2)
COPIED = """岑宁老城改造启动

2024-03-02 来源：岑宁日报

岑宁市老城改造今天启动，首批涉及三条街巷。工程分两期进行，首期明年完工。居民可以就近过渡安置。

责任编辑：丙丁
相关阅读：
沛源古塔修缮工程由衡洲公司承建
"""
ROWS = [
    {
        "id": "bridge",
        "title": "澜江大桥通车",
        "published": "2024-05-01",
        "source": "澜江日报",
        "text": "澜江大桥五月一日正式通车，全长一千二百米，总投资三亿元。市民可以步行过江。",
    },
    {
        "id": "bridge-news",
        "title": "大桥旁的新桥",
        "text": "青汀新桥与澜江大桥相距两公里，总投资还没有公布，设计单位正在比较几个方案，年底动工。",
    },
    {"id": "story", "text": stories.text(1), "published": "2024-05-01", "source": "澜江日报"},
    {"id": "same-words", "text": stories.text(1), "published": "2024-05-02", "source": "青汀晚报"},
    {"id": "shortened", "text": stories.shortened(1), "published": "2024-05-03", "source": "岑宁发布"},
    *(
        {
            "id": f"station-{number:02}",
            "text": f"泸渡第{number}雨量站上月雨量为{number * 7 + 3}毫米。",
            "published": "2024-06-20",
        }
        for number in range(STATIONS)
    ),
    {"id": "old-station", "text": "泸渡东雨量站上月雨量为九毫米。", "published": "2019-06-20"},
    {
        "id": "scattered",
        "title": "泸渡见闻",
        "text": "泸渡是一座老镇，街上卖竹器和米酒，茶馆里坐满了下棋的老人，河边停着渔船。"
        "镇外的雨量站建在山坡上，守站的人姓罗，养了一条黄狗和几只鸡，每天清早上山，傍晚才下来。"
        "他说去年的雨量很少，玉米长得不高，今年的收成要看秋天，村里人都盼着下雨。"
        "墙上的尺子一格是一毫米，漆掉了一半，要凑近了才看得清楚，他每年春天都重新描一遍。",
    },
    {"id": "elsewhere", "title": "茶園採收", "text": "山裡的茶園開始採收，工人清晨六點出發，捷運延伸線帶來了遊客。"},
    *({"id": f"tea-{number:02}", "text": f"古道{number}段的银杏叶黄了，游人{number}百。"} for number in range(12)),
]


class Blind(HashingEmbedder):
    """Knows no word of any question."""

    def embed_query(self, text):
        """Return the zero vector."""
        return np.zeros(self.dimensions, dtype=np.float32)


class Walked:
    """A library, and what diagnoses and answers from it by the same parts."""

    def __init__(self, root, embedder=HashingEmbedder):
        self.root = root
        self.settings = Settings(passage_length=60)
        (root / "news").mkdir()
        (root / "news" / "all.jsonl").write_text("\n".join(json.dumps(row) for row in ROWS), encoding="utf-8")
        (root / "news" / "copied.txt").write_text(COPIED, encoding="utf-8")
        Indexer(root / "library", HashingEmbedder(256), self.settings).run([root / "news"])
        self.library = Library.open(root / "library")
        dense = DenseLeg(self.library, DenseIndex.read(self.library.folder / FILE), embedder(256))
        self.legs = (LexicalIndex(self.library), dense)
        fusion = ReciprocalRanks({leg.name: 1.0 for leg in self.legs})
        self.retriever = HybridRetriever(self.library, self.legs, fusion, DEPTH)

    def publishers(self):
        """Return those of the library."""
        return Publishers(row["source"] for row in self.library.query("SELECT source FROM article WHERE source != ''"))

    def diagnose(self, question, article_id, script=None, threshold=0.5, **options):
        """Return what became of an article."""
        diagnoser = Diagnoser(
            self.retriever,
            self.legs,
            self.library,
            ScriptedReader(script or {}),
            calibration(threshold),
            UNRANKED,
            self.settings,
            self.publishers,
        )
        return diagnoser.diagnose(question, article_id, **options)

    def answer(self, question, script=None, **options):
        """Return the answer."""
        finder = Finder(self.retriever, self.library, self.settings, self.publishers)
        judge = Judge(ScriptedReader(script or {}), calibration(), UNRANKED, self.library.aliases)
        events = QuotingAnswerer(finder, judge, self.settings, {}).stream(question, **options)
        return next(event.answer for event in events if isinstance(event, Finished))


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    made = Walked(tmp_path_factory.mktemp("why"))
    yield made
    made.library.close()


def id_of(walked, name):
    return look_up(walked.library, walked.root / "library", name)


def test_nothing_is_lost_where_the_answer_rests_on_it(walked):
    """Every stage has its figures: words, ranks, the reader's scores, the probability and what was asked for."""
    found = walked.diagnose(BRIDGE, "bridge", {BRIDGE: "三亿元"})
    assert found.lost == ()
    assert found.lost_at is None
    assert found.words.kept == ("澜江", "大桥", "投资")
    assert (found.in_passages.in_body, found.in_passages.in_best) == (3, 3)
    assert [(leg.leg, leg.rank, leg.handed_over) for leg in found.legs] == [("lexical", 1, True), ("dense", 1, True)]
    assert (found.fused.rank, found.found.rank, found.ordered, found.folded) == (1, 1, 1, None)
    assert found.reader.span_score == 8.0
    assert found.best == found.winner
    assert found.winner.text == "三亿元"
    assert found.winner.probability > found.least == 0.5
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("stages", "question", "article", "options"),
    [
        (["cleaning", "legs"], "沛源古塔修缮由哪家公司承建？", "copied.txt", {}),
        (["passage", "fusion"], RAIN, "scattered", {}),
        (["filter"], "2023年的报道里，澜江大桥总投资多少？", "bridge", {"as_of": AS_OF}),
        (["filter"], "青汀晚报的报道里，澜江大桥总投资多少？", "bridge", {}),
        (["filter"], "2024年的报道里，澜江大桥总投资多少？", "bridge-news", {"as_of": AS_OF}),
        (["legs"], RAIN, "elsewhere", {}),
        (["fusion"], RAIN, f"station-{STATIONS - 1}", {"script": {RAIN: "毫米"}}),
        (
            ["folding"],
            "验收组认为哪些系统达到了设计要求",
            "same-words",
            {"script": {"验收组认为哪些系统达到了设计要求": "消防"}},
        ),
        (["folding"], "历时几个月，总投资多少亿元", "shortened", {}),
        (["preference"], "2024年6月泸渡雨量站雨量为多少毫米？", "old-station", {"as_of": AS_OF}),
        (["head"], "岑宁老城改造那篇报道的责任编辑是谁？", "scattered", {}),
        (["reading"], RAIN, "old-station", {"script": {RAIN: "毫米"}}),
        (["candidate"], BRIDGE, "bridge-news", {"script": {BRIDGE: "三亿元"}}),
        (["threshold"], BRIDGE, "bridge", {"script": {BRIDGE: "三亿元"}, "threshold": 0.99999}),
    ],
)
def test_each_stage_loses_what_is_lost_there(walked, stages, question, article, options):
    """The first stage is what it comes from, the last one where it dropped out."""
    found = walked.diagnose(question, id_of(walked, article), **options)
    assert found.lost == tuple(map(Stage, stages)), found
    assert found.lost_at == stages[0]


def test_a_stage_that_was_not_reached_has_no_figures(walked):
    """What a filter leaves out is placed as if there were no filter; what no leg finds was neither fused nor read."""
    filtered = walked.diagnose("2023年的报道里，澜江大桥总投资多少？", "bridge", as_of=AS_OF)
    assert [condition.label for condition in filtered.left_out_by] == ["发布于 2023年"]
    assert filtered.warnings == ("no article passes the filter",)
    assert [(leg.returned, leg.rank, leg.handed_over) for leg in filtered.legs] == [(0, 1, False), (0, 1, False)]
    assert (filtered.found.rank, filtered.reader, filtered.read) == (None, None, 0)
    missed = walked.diagnose(RAIN, "elsewhere")
    assert [leg.handed_over for leg in missed.legs] == [False, False]
    assert (missed.legs[0].rank, missed.legs[0].passage_id) == (None, None)
    assert missed.legs[1].rank > DEPTH
    assert (missed.fused.rank, missed.found.rank, missed.reader, missed.best) == (None, None, None, None)
    assert missed.words.nowhere == ("泸渡", "雨量站", "雨量", "毫米")


def test_a_condition_can_be_left_aside(walked):
    """As `ask --no-filters` does."""
    question = "2023年的报道里，澜江大桥总投资多少？"
    assert walked.diagnose(question, "bridge", as_of=AS_OF, without=NO_CONDITIONS).lost_at is not Stage.FILTER


def test_what_was_taken_out_is_told_with_its_reason(walked):
    """The words of a headline below the article stand in what cleaning removed."""
    found = walked.diagnose("沛源古塔修缮由哪家公司承建？", id_of(walked, "copied.txt"))
    assert set(found.words.removed) >= {"沛源", "古塔", "修缮"}
    assert set(found.words.removed.values()) == {"below the article"}


def test_words_that_are_spread_over_an_article(walked):
    """The body holds them all, no passage does, and what came first has them in one."""
    found = walked.diagnose(RAIN, "scattered")
    assert found.in_passages.passages > 2
    assert found.in_passages.in_best < found.in_passages.in_body == 4


def test_what_is_shown_instead_is_named(walked):
    """The same words from the earliest source, the same story from the article that tells more of it."""
    question = "验收组认为哪些系统达到了设计要求"
    found = walked.diagnose(question, "same-words", {question: "消防"})
    assert (found.folded.into, found.folded.same_words, found.folded.answered) == ("story", True, True)
    found = walked.diagnose("历时几个月，总投资多少亿元", "shortened")
    assert (found.folded.into, found.folded.answered) == ("story", False)


def test_reading_ends_where_the_reader_is_sure(walked):
    """What lies behind the first eight passages is not read then; without an answer everything is."""
    found = walked.diagnose(RAIN, "old-station", {RAIN: "毫米"})
    assert (found.read, found.found.of, found.sure, found.reader) == (8, 20, True, None)
    assert found.found.rank > found.read
    unsure = walked.diagnose(RAIN, "old-station")
    assert (unsure.read, unsure.sure, unsure.lost_at) == (20, False, Stage.CANDIDATE)
    assert unsure.reader.span_score == -8.0


@pytest.mark.parametrize("question", [BRIDGE, RAIN, "2024年6月泸渡雨量站雨量为多少毫米？", "捷运", "😀", "？"])
def test_it_walks_as_the_answer_does(walked, question):
    """Same hits, same answer; nothing is lost where, and only where, the answer rests on the article."""
    script = {question: "毫米"}
    answer = walked.answer(question, script, as_of=AS_OF)
    cited = {citation.article_id for citation in answer.citations}
    for listed in walked.library.articles():
        found = walked.diagnose(question, listed.id, script, as_of=AS_OF)
        assert (found.answer.text, found.answer.hits) == (answer.text, answer.hits)
        assert (found.lost == ()) == (listed.id in cited)
        for leg, placed in zip(walked.legs, found.legs, strict=True):
            everything = leg.search(found.answer.standalone_question, 10_000)
            of = walked.library.passages(row for row, _ in everything)
            ranks = [at for at, (row, _) in enumerate(everything, 1) if of[row].passage.article_id == listed.id]
            assert placed.rank == (ranks[0] if ranks else None)
            assert placed.handed_over == (len(ranks) > 0 and ranks[0] <= placed.returned)


def test_a_leg_that_finds_nothing_is_a_warning(walked, tmp_path):
    """An embedder that knows no word of the question, and a question of which no word stands anywhere."""
    blind = Walked(tmp_path, Blind)
    assert blind.diagnose(BRIDGE, "bridge").warnings == ("the dense leg found nothing at all",)
    assert "the lexical leg found nothing at all" in walked.diagnose("xylophone", "bridge").warnings
    blind.library.close()


def test_words_have_other_forms():
    """Names and other regions' words; numbers and Latin names are as terms have them; one character alone is a word."""
    words = {word.text: word for word in words_of("发改委批准捷运延伸线投资1,200万元，采用 GPT 4", Aliases())}
    assert (
        words["发改委"].standing_in({"国家", "家发", "发展", "展和", "和改", "改革", "革委", "委员", "员会"})
        is not None
    )
    assert words["捷运"].standing_in({"地铁"}) == "地铁"
    assert {"1200", "gpt", "4"} <= set(words)
    assert [word.text for word in words_of("京", Aliases())] == ["京"]
    assert words_of("？的", Aliases()) == ()


def test_an_article_in_other_words(walked):
    """A word of another region stands in the article in its own form."""
    found = walked.diagnose("地铁延伸线带来了什么人", "elsewhere")
    assert found.words.in_other_words == {"地铁": "捷运"}


def test_an_article_by_id_file_or_title(walked):
    """What a person calls it, where that is one article."""
    [copied] = [listed for listed in walked.library.articles() if listed.path.endswith("copied.txt")]
    for name in (copied.id, copied.path, "copied.txt", "news/copied.txt", copied.title):
        assert id_of(walked, name) == copied.id
    assert id_of(walked, "bridge") == "bridge"
    assert id_of(walked, "all.jsonl#1") == "bridge"


@pytest.mark.parametrize(
    ("name", "said"),
    [("nobody", "no article 'nobody'"), ("all.jsonl", "names 44 articles"), ("", "no article ''"), ("%", "no article")],
)
def test_a_name_that_fits_no_article_or_several(walked, name, said):
    """One line that says what to give instead."""
    with pytest.raises(BadInputError, match=said) as raised:
        id_of(walked, name)
    assert "yiju articles list" in str(raised.value)


def test_what_is_not_in_the_library(tmp_path, monkeypatch):
    """A file that was never brought in, one that says the same as another, one that was refused, a line that was."""
    monkeypatch.setattr(known_files, "SETTLED", -1)
    monkeypatch.chdir(tmp_path)
    news = tmp_path / "news"
    news.mkdir()
    (news / "a.txt").write_text(COPIED, encoding="utf-8")
    (news / "b.txt").write_text(COPIED, encoding="utf-8")
    (news / "empty.txt").write_text(" \n", encoding="utf-8")
    (news / "rows.jsonl").write_text(
        '{"id": "x", "text": "罗师傅撑船四十年。"}\n{"id": "y"}\n{"id": "z", "text": "扫描二维码关注公众号"}\n',
        encoding="utf-8",
    )
    Indexer(tmp_path / "library", HashingEmbedder(), Settings()).run([news])
    (tmp_path / "new.txt").write_text("渡口改成了公园，摆渡人有了新的工作。", encoding="utf-8")
    library = Library.open(tmp_path / "library")

    def of(name):
        return look_up(library, tmp_path / "library", name)

    assert of("new.txt") == Absent(f"{tmp_path}/new.txt", None)
    assert of("b.txt") == Absent(f"{news}/b.txt", f"the same text as {news}/a.txt")
    assert of("news/empty.txt").reason
    assert of("rows.jsonl#2").reason
    assert of("rows.jsonl#3").reason
    assert of("rows.jsonl") == "x"
    (tmp_path / "library" / known_files.FILE).write_text("{broken")
    assert of("news/b.txt") == Absent(f"{news}/b.txt", f"the same text as {news}/a.txt")
    library.close()


def test_a_question_that_cannot_be_asked(walked):
    """As everywhere: one line."""
    with pytest.raises(BadInputError, match="empty"):
        walked.diagnose(" ", "bridge")
    with pytest.raises(BadInputError, match="no article"):
        walked.diagnose(BRIDGE, "nobody")


def test_every_stage_is_described():
    """The page about the command tells what each means."""
    assert list(DESCRIPTIONS) == list(Stage)
