"""Example questions: made from statements by rules, kept only where the answerer gives the answer back."""

import json
import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.fakes import HashingEmbedder
from models.fold import fold_text
from rag.answering.asking import LONGEST, SHORTEST, head_questions, questions, stands_alone
from rag.answering.asking_rules import Kind
from rag.assemble import open_answerer, open_indexer
from rag.events import Finished, Retrieved
from rag.examples import FILE, Key, cached_examples, examples_for, holds, sample, store_examples, suggest
from rag.indexing import Indexer
from rag.library import Library
from rag.settings import Settings
from rag.types import AbstainReason, Answer, Citation, HeadField, Hit, Passage, Span
from tests.articles import article

BRIDGE = "望舒大桥6月1日正式通车，全长3.2公里，总投资18.6亿元。望舒大桥由泊宁市路桥集团承建。望舒大桥位于泊宁市北郊。"
ARTICLES = {
    "bridge.txt": ("望舒大桥通车 过江不再绕行", "2025-06-02", "泊宁日报", BRIDGE),
    "forum.txt": (
        "第三届泊宁茶叶论坛开幕",
        "2025-05-11",
        "泊宁晚报",
        "5月10日，第三届泊宁茶叶论坛在泊宁市会展中心开幕。第三届泊宁茶叶论坛的主题是“山水与茶”。泊宁市农业农村局局长顾长风介绍，论坛为期3天。",
    ),
    "snow.txt": (
        "云麓县大雪 石门隧道封闭",
        "2025-01-15",
        "云麓发布",
        "受连续三天大雪影响，云麓县石门隧道暂时封闭。云麓县共转移群众420人。云麓县县长钟念北说，道路将在周末恢复。",
    ),
}


def made(body, title="", **known):
    head = f"{title}\n" if title else ""
    return {asked.question: asked for asked in questions(article(body=body, title=title, head=head, **known))}


@pytest.mark.parametrize(
    ("body", "title", "question", "answer"),
    [
        (BRIDGE, "望舒大桥通车", "望舒大桥是什么时候正式通车的？", "6月1日"),
        (BRIDGE, "望舒大桥通车", "望舒大桥全长是多少？", "3.2公里"),
        (BRIDGE, "望舒大桥通车", "望舒大桥总投资是多少？", "18.6亿元"),
        (BRIDGE, "望舒大桥通车", "望舒大桥由哪家单位承建？", "泊宁市路桥集团"),
        (BRIDGE, "望舒大桥通车", "望舒大桥位于哪里？", "泊宁市北郊"),
        ("岑宁市全市共建成公园42个。", "岑宁市的公园", "岑宁市全市共建成多少个公园？", "42个"),
        ("岑宁市很绿。全市共建成公园42个。", "岑宁市的公园", "岑宁市共建成多少个公园？", "42个"),
        ("第三届茶叶论坛10日在泊宁开幕。", "第三届茶叶论坛开幕", "第三届茶叶论坛在哪里开幕？", "泊宁"),
        ("5月10日，第三届茶叶论坛开幕。", "第三届茶叶论坛", "第三届茶叶论坛是什么时候开幕的？", "5月10日"),
        ("云麓县县长钟念北说，雪停了。", "云麓县大雪", "云麓县县长是谁？", "钟念北"),
        ("第三届茶叶论坛以“山与茶”为主题。", "第三届茶叶论坛", "第三届茶叶论坛的主题是什么？", "山与茶"),
        ("受连续大雪影响，云麓县石门隧道暂时封闭。", "云麓县大雪", "为什么云麓县石门隧道暂时封闭？", "连续大雪影响"),
        ("泊宁港的粮食吞吐量 1,280 万吨。", "泊宁港的账本", "泊宁港的粮食吞吐量是多少？", "1,280 万吨"),
        ("第三屆茶葉論壇將於5月10日在泊寧舉行。", "第三屆茶葉論壇", "第三屆茶葉論壇將在哪裡舉行？", "泊寧"),
        ("穗禾冷链物流（以下简称“穗禾冷链”）很忙。公司拥有73座冷库。", "穗禾冷链", "穗禾冷链拥有多少座冷库？", "73座"),
    ],
)
def test_a_statement_becomes_a_question(body, title, question, answer):
    """The clause keeps its words; what it tells is asked for, and the answer's place is known."""
    found = made(body, title)
    assert question in found, list(found)
    asked = found[question]
    assert asked.answer == answer
    text = f"{title}\n\n{body}"
    assert asked.removed.of(text) == answer
    assert any(ground.start <= asked.removed.start and asked.removed.end <= ground.end for ground in asked.grounds)


@pytest.mark.parametrize(
    "body",
    [
        "该桥全长3.2公里。",  # which?
        "其中桥梁42座。",
        "他说，桥长3.2公里。",
        "本届论坛在泊宁开幕。",
        "会议在泊宁举行。",
        "公司拥有73座冷库。",
        "全市共建成公园42个。",  # of which city?
        "“望舒大桥全长3.2公里，我很高兴。”",
        "望舒大桥全长多少公里？",
        "上升3位。",
        "望舒大桥今天正式通车。",
    ],
)
def test_what_cannot_be_understood_alone_is_not_asked(body):
    """A question that points at something outside itself helps nobody."""
    assert made(body, "市里的几件事") == {}


def test_relative_years_are_named_where_the_article_is_dated():
    """今年 means the article's year; without one nobody can tell."""
    body = "望舒大桥今年总投资18.6亿元。"
    assert "望舒大桥2025年总投资是多少？" in made(body, "望舒大桥", published=date(2025, 6, 2))
    assert made(body, "望舒大桥") == {}


def test_a_headline_needs_its_answer_in_the_body():
    """What only the title says cannot be cited from the body."""
    title = "望舒大桥6月1日通车"
    spoken = "记者了解到，望舒大桥定于6月1日对市民开放，望舒大桥免费，望舒大桥很宽。"
    assert "望舒大桥是什么时候通车的？" in made(spoken, title)
    assert made("望舒大桥很宽，望舒大桥免费。", title) == {}


def test_head_questions_ask_what_the_head_states():
    """Editor first; nothing where the title is none."""
    head = "望舒大桥通车了\n责任编辑：简行"
    fields = {HeadField.TITLE: Span(0, 7), HeadField.EDITOR: Span(13, 15)}
    [asked] = head_questions(article(body="正文。", head=head, head_fields=fields))
    assert (asked.question, asked.answer) == ("《望舒大桥通车了》这篇报道的责任编辑是谁？", "简行")
    assert head_questions(article(body="正文。")) == []


def words(text):
    return text.split(" ")


PIECES = words(
    "望舒大桥 泊宁市 全长 共建成 位于 在 于 将 由 主持 的 他 该 其 是 约 超过 了 因 受 影响 公司 全市 以下简称“甲乙” 主题是“春” "
    "3.2公里 42个 百分之五 12% 18.6亿元 5月10日 2025年 三天 “ ” （ ） 《 》 ， 。 ； ： ！ ？ \n 、 局长 王小明 说 举行 开幕 成立 "
    "增长 共有 几 多少 为什么 今年 \u3000 \ud800 𠮷 a B １ 屆 裡"
)
POINTING = re.compile("[他她它此该其本这那]")


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=40).map("".join), st.text(max_size=8))
def test_no_question_gives_its_answer_away(body, title):
    """On any text: no error; questions of sensible length, without pointing words at their start or their answer."""
    made_of = article(body=body, title=title, head=title)
    for asked in questions(made_of):
        assert fold_text(asked.answer) not in fold_text(asked.question)
        assert not POINTING.match(asked.question)
        assert SHORTEST <= len(asked.question) <= LONGEST
        assert stands_alone(asked.question)
        assert asked.removed.of(made_of.text) == asked.answer
    head_questions(made_of)


class Answerer:
    """Answers the questions it was made for, with their answer from their sentence unless told otherwise."""

    def __init__(self, asked, *, short=None, confidence=0.9, article_id=None, shift=0, found=True):
        self.asked = {one.question: one for one in asked}
        self.short, self.confidence, self.article_id, self.shift = short, confidence, article_id, shift
        self.found = found
        self.questions = []
        self.read = 0

    def answer(self, question):
        """Return what is answered."""
        one = self.asked.get(question)
        if one is None:
            return Answer(question, question, "quote", "没有", None, AbstainReason.NOT_ANSWERED, 0.1, (), (), {}, {})
        name, ground = self.article_id or one.article_id, one.grounds[0]
        span = Span(ground.start + self.shift, ground.end + self.shift)
        quote = "字" * len(span)
        citation = Citation(1, name, "题", None, None, "p", "body", span, quote, span)
        short = self.short if self.short is not None else one.answer
        return Answer(question, question, "quote", "答[1]", short, None, self.confidence, (citation,), (), {}, {})

    def stream(self, question, history=(), *, contexts=None, as_of=None):
        """Yield the events of one answer."""
        self.questions.append(question)
        name = self.asked[question].article_id if question in self.asked and self.found else "another"
        yield Retrieved((Hit(1, 1.0, Passage(f"{name}:0", name, "body", 0, 1, "字")),))
        self.read += 1
        yield Finished(self.answer(question))


def bridges(count):
    return [
        article(
            f"a{i}",
            body=f"{name}大桥位于泊宁市北郊{name}村。{name}大桥全长3.2公里。",
            title=f"{name}大桥",
            head=f"{name}大桥",
        )
        for i, name in enumerate(["望舒", "临浦", "石鼓", "青汀", "云麓", "海屿", "东岭", "新坡"][:count])
    ]


def test_suggest_takes_kinds_in_turn_and_no_article_twice():
    """Five questions from five articles, of more than one kind."""
    articles = bridges(8)
    asked = [one for source in articles for one in questions(source)]
    chosen = suggest(articles, Answerer(asked))
    kinds = {one.question: one for one in asked}
    assert len(chosen) == len({kinds[question].article_id for question in chosen}) == 5
    assert {kinds[question].kind for question in chosen} == {Kind.PLACE, Kind.FIGURE}
    assert chosen == suggest(articles, Answerer(asked))


@pytest.mark.parametrize(
    "fault",
    [{"short": "二十公里"}, {"short": ""}, {"confidence": 0.3}, {"article_id": "b"}, {"shift": 500}, {"found": False}],
)
def test_suggest_keeps_only_what_is_answered_from_its_own_sentence(fault):
    """Another answer, a doubtful one, another article, another sentence: each is reason enough."""
    articles = bridges(3)
    assert suggest(articles, Answerer([one for source in articles for one in questions(source)], **fault)) == []


def test_suggest_gives_nothing_where_nothing_is_answered():
    """An empty list is no error."""
    assert suggest(bridges(3), Answerer([])) == []
    assert suggest([], Answerer([])) == []


def test_an_article_that_was_not_found_is_not_read_for():
    """The reader's time is the user's: the answer is left off after retrieval."""
    articles = bridges(3)
    answerer = Answerer([one for source in articles for one in questions(source)], found=False)
    suggest(articles, answerer)
    assert answerer.questions
    assert answerer.read == 0


def test_suggest_ends_in_time_and_when_told_to():
    """No question is begun after the time is up; `should_stop` ends at the next step."""
    articles = bridges(8)
    answerer = Answerer([one for source in articles for one in questions(source)])
    ticks = iter(range(1000))
    assert len(suggest(articles, answerer, seconds=12, clock=lambda: next(ticks))) < 5
    before = len(answerer.questions)
    assert suggest(articles, answerer, should_stop=lambda: True) == []
    assert len(answerer.questions) == before
    steps = iter([False] * 12 + [True] * 1000)
    assert len(suggest(articles, answerer, should_stop=lambda: next(steps))) < 5


def test_a_short_answer_may_say_a_little_more_but_not_something_else():
    """超过42个 answers "how many"; a name must be just the name; 4 is not 42."""
    place, figure = (
        next(one for one in questions(bridges(1)[0]) if one.kind is kind) for kind in (Kind.PLACE, Kind.FIGURE)
    )
    for asked, short, fine in (
        (figure, "全长3.2公里", True),
        (figure, "3.2", True),
        (figure, "2公里", False),
        (place, "泊宁市北郊", True),
        (place, "市", False),
        (replace(place, kind=Kind.PERSON, answer="简行"), "简行说", False),
    ):
        answer = Answerer([asked], short=short).answer(asked.question)
        assert holds(asked, answer) is fine, short


KEY = Key("g000001", {"reader": "r 1", "embedder": "e 1"})


def test_the_cache_is_for_one_generation_and_its_models(tmp_path):
    """What was made from other articles or by other models is not shown."""
    store_examples(tmp_path, KEY, ["问一？", "问二？"])
    assert cached_examples(tmp_path, KEY) == ["问一？", "问二？"]
    assert cached_examples(tmp_path, replace(KEY, generation="g000002")) is None
    assert cached_examples(tmp_path, replace(KEY, models={"reader": "r 2", "embedder": "e 1"})) is None
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[]", b"null", b"1", b'{"format": 1}', b"[" * 100_000, "change"]
)
def test_an_unreadable_cache_is_none(tmp_path, content):
    """Foreign, broken or edited: made anew, no error."""
    store_examples(tmp_path, KEY, ["问？"])
    if content == "change":
        stored = json.loads((tmp_path / FILE).read_text(encoding="utf-8"))
        content = json.dumps({**stored, "examples": ["问？", 3]}).encode()
    (tmp_path / FILE).write_bytes(content)
    assert cached_examples(tmp_path, KEY) is None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    """A library on a read-only disk: examples are computed again each time."""
    store_examples(tmp_path / "missing", KEY, ["问？"])
    (tmp_path / FILE).mkdir()
    store_examples(tmp_path, KEY, ["问？"])
    assert cached_examples(tmp_path, KEY) is None
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def written(folder):
    folder.mkdir()
    for name, (title, published, source, body) in ARTICLES.items():
        (folder / name).write_text(f"{title}\n\n{published} 来源：{source}\n\n{body}\n", encoding="utf-8")
    return folder


def test_the_sample_is_new_varied_and_small(tmp_path):
    """The newest first, sources in turn, the undated last, never more than asked for."""
    folder = written(tmp_path / "in")
    (folder / "second.txt").write_text("第二篇\n\n2025-06-01 来源：泊宁日报\n\n泊宁今天下雨了。\n", encoding="utf-8")
    (folder / "undated.txt").write_text("没有日期的一篇\n\n泊宁今天没有下雨。\n", encoding="utf-8")
    Indexer(tmp_path / "library", HashingEmbedder(), Settings()).run([folder])
    library = Library.open(tmp_path / "library")
    titles = [found.title for found in sample(library)]
    assert len(titles) == 5
    assert titles[0] == ARTICLES["bridge.txt"][0]
    assert titles.index("第二篇") == 4  # behind one of each other source
    assert [found.title for found in sample(library, 2)] == titles[:2]
    library.close()


@pytest.mark.models
def test_examples_of_a_real_library(tmp_path, monkeypatch):
    """With the bundled models: questions that are answered, stored, and read from the store the next time."""
    root = tmp_path / "library"
    open_indexer(root).run([written(tmp_path / "in")])
    assembled = open_answerer(root)
    try:
        stopped = examples_for(root, assembled, should_stop=lambda: True)
        assert stopped == []
        assert not (root / FILE).exists()
        examples = examples_for(root, assembled, seconds=30)
        assert 1 <= len(examples) <= 3
        for example in examples:
            *_, last = assembled.answerer.stream(example)
            assert last.answer.abstention is None
        monkeypatch.setattr("rag.examples.suggest", lambda *a, **k: pytest.fail("the cache was not read"))
        assert examples_for(root, assembled) == examples
        assert examples_for(root, assembled, count=1) == examples[:1]
    finally:
        assembled.close()


def test_no_library_has_no_examples(tmp_path):
    """Nothing indexed yet."""

    class Empty:
        library = None

    assert examples_for(tmp_path, Empty()) == []
    assert list(tmp_path.iterdir()) == []
