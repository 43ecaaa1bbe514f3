"""Finding alone: when a passage is right, what the figures say, and that systems stand in one table only over the same."""

import importlib
import json
import warnings
from contextlib import closing
from dataclasses import replace

import pytest

from eval.finding import texts
from eval.finding.__main__ import _arguments, main, make
from eval.finding.document import document
from eval.finding.figures import figures, scores
from eval.finding.gold import Gold
from eval.finding.measuring import Asked, ask, measure
from eval.finding.registry import SYSTEMS, chosen
from eval.finding.system import Entry, Found, Place
from eval.questions import parse_question
from models.errors import BadInputError, UsageError
from models.fakes import HashingEmbedder
from rag.assemble import open_embedder, open_indexer
from rag.indexing import Indexer
from rag.library import Library
from rag.settings import Settings
from tests import stories

BRIDGE = "澜江大桥五月一日正式通车，全长一千二百米，总投资3.5亿元。市民可以步行过江，桥上另设观景台两处，夜间有灯光。"
LIBRARY = "青汀图书馆六月一日开馆，藏书1,200册，每周一闭馆整理。馆内装有自助借还软件，读者凭身份证即可办理。"
TEACHERS = "岑宁市今年招聘中小学教师一百二十名，报名截至七月十五日。考试科目为教育综合知识，另有试讲。"
ARTICLES = [
    {"id": "bridge", "title": "跨江工程竣工", "text": BRIDGE},
    {"id": "library", "title": "图书馆", "text": LIBRARY},
    {"id": "teachers", "title": "招聘公告", "text": TEACHERS},
    {"id": "first", "title": "验收", "published": "2024-05-01", "text": stories.text(3)},
    {"id": "again", "title": "转载", "published": "2024-05-02", "text": stories.reheaded(3)},
]
QUESTIONS = [
    {"id": "q1", "question": "澜江大桥总投资多少？", "answers": ["3.5亿元"], "evidence": [{"doc_id": "bridge"}]},
    {"id": "q2", "question": "图书馆有多少册藏书？", "answers": ["1200册"], "evidence": [{"doc_id": "library"}]},
    {"id": "q3", "question": "岑宁招聘多少教师？", "answers": ["一百二十名"], "evidence": [{"doc_id": "teachers"}]},
    {"id": "q4", "question": "谁发明了电话？", "answerable": False},
    {"id": "q5", "question": "衡洲有几座机场？", "answers": ["两座"], "evidence": [{"doc_id": "elsewhere"}]},
]


def asked(**values):
    question, problems = parse_question({"question": "？", **values}, "q")
    assert not problems
    return question


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finding")
    news = folder / "news.jsonl"
    news.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in ARTICLES), encoding="utf-8")
    Indexer(folder / "library", HashingEmbedder(), Settings(passage_length=40)).run([news])
    return folder / "library"


@pytest.fixture(scope="module")
def place(root):
    with closing(Library.open(root)) as library:
        yield Place(root, library, HashingEmbedder())


@pytest.fixture(scope="module")
def gold(place):
    return Gold(place.library)


@pytest.fixture
def questions(tmp_path):
    path = tmp_path / "asked.jsonl"
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in QUESTIONS), encoding="utf-8")
    return path


def found(text, *articles):
    return Found(articles, text)


def test_a_passage_is_right_by_its_article_and_its_words(gold):
    """The right words in another article are wrong, and so is the right article without them."""
    wanted = gold.wanted(asked(answers=["1200册"], evidence=[{"doc_id": "library"}]))
    assert wanted.ranks([found("藏书1,200 册", "bridge"), found("每周一闭馆", "library")]) == (float("inf"),)
    assert wanted.ranks([found("每周一闭馆", "library"), found("藏书1,200 册", "library")]) == (2,)


def test_a_repost_counts_for_the_article_that_it_stands_for(gold):
    """What is folded under a hit was found with it."""
    wanted = gold.wanted(asked(answers=["3.5亿元"], evidence=[{"doc_id": "first"}]))
    assert wanted.ranks([found("投资3.5亿元", "again")]) == (float("inf"),)
    assert wanted.ranks([found("投资3.5亿元", "again", "first")]) == (1,)


def test_half_of_the_sentence_with_the_evidence_is_enough(gold, place):
    """Offsets or a quote that stands once say where; a passage cut in the middle still counts, a snippet does not."""
    text = place.library.article("teachers").text
    at = text.index("报名截至")
    by_offsets = [{"doc_id": "teachers", "start": at, "end": at + 4}]
    by_quote = [{"doc_id": "teachers", "quote": "报名截至七月十五日"}]
    for evidence in (by_offsets, by_quote):
        wanted = gold.wanted(asked(answers=["七月中旬"], evidence=evidence))
        assert wanted.ranks([found("招聘中小学教师一百二十名，报名截至七", "teachers")]) == (1,)
        assert wanted.ranks([found("报名截至七月", "teachers"), found("考试科目", "teachers")]) == (float("inf"),)
        assert wanted.ranks([found("招聘中小学教师一百二十名，报名截至七", "bridge")]) == (float("inf"),)


def test_evidence_outside_its_article_is_told(gold):
    """Offsets of another edition would make every passage wrong without a word."""
    with pytest.raises(BadInputError, match="lies outside the article teachers"):
        gold.wanted(asked(answers=["一"], evidence=[{"doc_id": "teachers", "start": 900, "end": 910}]))


def test_offsets_of_a_text_before_cleaning_give_way_to_the_quote(gold):
    """Sets made from raw passages have them; where the quote stands more than once, nobody knows which it is."""
    words = {"doc_id": "teachers", "start": 900, "end": 909}
    known = gold.wanted(asked(answers=["七月中旬"], evidence=[{**words, "quote": "报名截至七月十五日"}]))
    assert known.ranks([found("招聘中小学教师一百二十名，报名截至七", "teachers")]) == (1,)
    assert gold.wanted(asked(answers=["七月"], evidence=[{**words, "quote": "教"}])).sentences == {"teachers": ()}


def test_each_group_is_a_need_and_alternatives_are_one(gold):
    """Groups are needed each, judged articles each, plain evidence any."""
    groups = gold.wanted(asked(answers=["甲"], evidence_groups=[["bridge", "library"], ["teachers"]]))
    assert groups.needs == (frozenset({"bridge", "library"}), frozenset({"teachers"}))
    assert groups.ranks([found("甲", "teachers"), found("甲", "library")]) == (2, 1)
    judged = gold.wanted(asked(answers=["甲"], qrels={"bridge": 2, "library": 1, "teachers": 0}))
    assert judged.needs == (frozenset({"bridge"}), frozenset({"library"}))
    plain = gold.wanted(asked(answers=["甲"], evidence=[{"doc_id": "bridge"}, {"doc_id": "library"}]))
    assert plain.needs == (frozenset({"bridge", "library"}),)


def test_articles_are_meant_by_id_or_by_place(gold):
    """As everywhere in the evaluation; a question about what is not in the library asks nothing of it."""
    for name in ("bridge", "news.jsonl#1", "news#1"):
        assert gold.wanted(asked(evidence=[{"doc_id": name}])).needs == (frozenset({"bridge"}),)
    assert gold.wanted(asked(evidence=[{"doc_id": "nowhere"}])) is None
    assert gold.wanted(asked(answerable=False, evidence=[{"doc_id": "bridge"}])) is None


def rows(*ranks):
    return [Asked(f"q{number}", of, 1.0) for number, of in enumerate(ranks)]


def test_figures_by_hand():
    """Success asks for any need among the first k, recall for the share of them, MRR for the first of ten."""
    assert scores(rows((1,), (4,), (None,), (2, 7), (11,))).tolist() == [
        [1, 1, 1, 1],
        [0, 1, 1, 0.25],
        [0, 0, 0, 0],
        [0, 1, 0.5, 0.5],
        [0, 0, 0, 0],
    ]


def test_each_figure_has_its_own_best_baseline():
    """The strictest comparison: a system must beat whichever baseline is best at that figure."""
    measured = {
        "ours": rows((1,), (1,), (1,), (9,)),
        "sharp": rows((1,), (1,), (None,), (None,)),
        "wide": rows((2,), (2,), (2,), (None,)),
    }
    told = figures(measured, frozenset({"sharp", "wide"}), {f"q{n}": n for n in range(4)}, resamples=200)
    changes = told["ours"].changes
    assert (changes["success@1"].baseline, changes["recall@5"].baseline) == ("sharp", "wide")
    assert changes["success@1"].difference.mean == pytest.approx(0.25)
    assert changes["recall@5"].difference.mean == 0
    assert "success@1" not in told["sharp"].changes
    assert told["wide"].changes["success@1"].difference.mean == pytest.approx(-0.5)


def test_different_questions_make_no_pairs():
    """Rather no table than a wrong one."""
    with pytest.raises(ValueError, match="no pairs"):
        figures({"a": rows((1,)), "b": rows((1,), (2,))}, frozenset(), {"q0": 0, "q1": 1})


def test_baselines_are_given_the_librarys_own_passages(place):
    """Every passage of a body, each once, and nothing else; their hash does not depend on the order they came in."""
    pieces = texts.passages(place.library)
    assert len(pieces) == len({piece.id for piece in pieces}) > len(ARTICLES)
    assert {piece.part for piece in pieces} == {"body"}
    assert "".join(piece.text for piece in pieces if piece.article_id == "teachers").replace("\n", "") == TEACHERS
    assert texts.digest(place.library) == texts.digest(place.library)


@pytest.mark.parametrize("name", [name for name, entry in SYSTEMS.items() if entry.kind == "baseline"])
def test_a_real_baseline_finds_by_words(name, place, gold):
    """bm25s over bigrams and over jieba's words, folded: 1,200 册 is found by 1200册."""
    pytest.importorskip("bm25s", reason="the extra `train` is not installed (make test installs it)")
    with closing(SYSTEMS[name].open(place)) as system:
        ranks = [row.ranks for row in ask(system, [asked(**values) for values in QUESTIONS], gold)]
        assert ranks == [(1,), (1,), (1,)]  # q4 has no answer, the article of q5 is not there
        assert system.bytes_kept() > 0
        titled = system.search(asked(question="跨江工程竣工"), 1)[0].article_ids == ("bridge",)
    assert titled == name.endswith("-titled")


@pytest.mark.parametrize("name", ["hybrid", "lexical-leg", "dense-leg"])
def test_the_product_is_measured_through_its_retriever(name, place):
    """Hits count for the articles folded under them; its index is not built here."""
    measured = measure(SYSTEMS[name], place, {"asked": [asked(**QUESTIONS[0]), asked(**QUESTIONS[4])]})
    assert [row.id for row in measured.sets["asked"]] == ["q1"]
    assert measured.build_seconds is None
    with closing(SYSTEMS[name].open(place)) as system:
        first = system.search(asked(question=stories.story(3)[1]), 1)[0]
    assert set(first.article_ids) == {"first", "again"}


@pytest.mark.models
def test_the_whole_product_is_measured_with_its_readers_order_and_its_scopes(tmp_path):
    """The bundled models answer; a day in the question keeps to articles of that day."""
    texts = [("old", "2023-07-01", "澜江大桥全长三千米。"), ("new", "2024-07-01", "澜江大桥全长三千二百米。")]
    (tmp_path / "in.jsonl").write_text(
        "".join(json.dumps({"id": i, "published": day, "text": text}) + "\n" for i, day, text in texts), "utf-8"
    )
    open_indexer(tmp_path / "library").run([tmp_path / "in.jsonl"])
    with closing(Library.open(tmp_path / "library")) as library:
        place = Place(tmp_path / "library", library, open_embedder())
        with closing(SYSTEMS["reranked"].open(place)) as system:
            found = system.search(asked(question="去年7月的报道里，澜江大桥有多长？", as_of="2024-08-01"), 5)
            assert [one.article_ids for one in found] == [("old",)]
            assert {one.article_ids for one in system.search(asked(question="澜江大桥有多长？"), 5)} == {
                ("old",),
                ("new",),
            }
            assert system.bytes_kept() is None


def test_a_peer_whose_packages_are_missing_is_told_in_one_line(monkeypatch):
    """Before anything is measured, with what to type."""
    lacking = replace(SYSTEMS["txtai"], needs=("no_such_module",))
    monkeypatch.setitem(SYSTEMS, "txtai", lacking)
    with pytest.raises(
        UsageError, match=r"not installed \(no_such_module\): pip install -c constraints\.txt -e '\.\[peers\]'$"
    ) as told:
        chosen(["txtai"])
    assert "\n" not in str(told.value)
    with pytest.raises(UsageError, match="'nonsense' is no system"):
        chosen(["hybrid", "nonsense"])
    with pytest.raises(UsageError, match="none is named"):
        chosen([])
    assert [entry.name for entry in chosen(["product"])] == ["reranked", "hybrid", "lexical-leg", "dense-leg"]


class Peer:
    """Finds what it was told to find."""

    def __init__(self, *answers):
        self._answers = list(answers)
        self.closed = False

    def search(self, question, k):
        """Return the answers, whatever is asked."""
        return self._answers[:k]

    def bytes_kept(self):
        """Return a mebibyte."""
        return 2**20

    def close(self):
        """Note that it was closed."""
        self.closed = True


def entry(name, kind, *answers):
    return Entry(name, kind, f"finds {len(answers)} passages", lambda _: Peer(*answers))


def test_systems_measured_before_stay_over_the_same_only(tmp_path, place, root, questions, monkeypatch, capsys):
    """One can be measured again without the others; another limit is another measurement."""
    monkeypatch.setattr("eval.finding.__main__.SYSTEMS", SYSTEMS)
    monkeypatch.setitem(SYSTEMS, "bm25-bigrams", entry("bm25-bigrams", "baseline", found("3.5亿元", "bridge")))
    all_three = [found(one["text"], one["id"]) for one in ARTICLES[:3]]
    monkeypatch.setitem(SYSTEMS, "txtai", entry("txtai", "peer", *all_three))

    def run(name, folder, sets):
        assert folder == root
        return measure(SYSTEMS[name], place, sets)

    def measured(systems, *more):
        given = ["--library", str(root), "--questions", str(questions), "--out", str(tmp_path / "out")]
        make(_arguments([*given, "--systems", systems, *more]), "the command", run)
        return json.loads((tmp_path / "out" / "finding.json").read_text(encoding="utf-8"))

    monkeypatch.setattr("eval.finding.registry.find_spec", lambda _: True)
    assert list(measured("bm25-bigrams")["figures"]["asked"]) == ["bm25-bigrams"]
    told = measured("txtai")
    assert list(told["figures"]["asked"]) == ["bm25-bigrams", "txtai"]
    assert told["left_out"] == {"asked": 1}
    peer = told["figures"]["asked"]["txtai"]
    assert peer["means"]["success@1"] == pytest.approx(1 / 3)
    assert peer["means"]["recall@5"] == 1
    assert peer["changes"]["recall@5"]["difference"]["mean"] == pytest.approx(2 / 3)
    page = (tmp_path / "out" / "finding.md").read_text(encoding="utf-8")
    assert page in capsys.readouterr().out
    assert "| txtai | 33.3 | 100.0 | 100.0 | 61.1 |" in page
    assert "3 questions. 1 more name no article of this library." in page
    assert list(measured("txtai", "--limit", "2")["figures"]["asked"]) == ["txtai"]


def test_bad_sets_are_told_before_anything_is_measured(tmp_path, root, capsys):
    """No article named, passages of their own, two sets of one name, no index: one line each, and an exit code."""
    nothing, own = tmp_path / "nothing.jsonl", tmp_path / "own.jsonl"
    nothing.write_text('{"question": "谁？"}\n', encoding="utf-8")
    context = {"question": "谁？", "evidence": [{"doc_id": "a"}], "contexts": [{"id": "a", "text": "甲"}]}
    own.write_text(json.dumps(context) + "\n", encoding="utf-8")

    def told(library, *paths):
        given = ["--library", str(library), "--out", str(tmp_path / "out"), "--systems", "hybrid"]
        code = main([*given, "--questions", *map(str, paths)])
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        return code, error

    assert told(root, nothing) == (5, f"{nothing}: no question names an article to find; give a set with `evidence`\n")
    assert "bring their own passages" in told(root, own)[1]
    assert told(root, own, own)[0] == 2
    elsewhere = tmp_path / "elsewhere.jsonl"
    elsewhere.write_text(json.dumps(QUESTIONS[4], ensure_ascii=False) + "\n", encoding="utf-8")
    assert "none of its articles is in" in told(root, elsewhere)[1]
    there = tmp_path / "there.jsonl"
    there.write_text(json.dumps(QUESTIONS[0], ensure_ascii=False) + "\n", encoding="utf-8")
    code, error = told(tmp_path / "none", there)
    assert code == 4
    assert "there is no index" in error


def test_the_page_says_so_where_nothing_is_compared(place):
    """Without a baseline there is no difference to tell."""
    alone = entry("peer", "peer", found("3.5亿元", "bridge"))
    measured = measure(alone, place, {"asked": [asked(**QUESTIONS[0])]})
    told = {"asked": figures({"peer": measured.sets["asked"]}, frozenset(), {"q1": "bridge"})}
    page = document([alone], {"peer": measured}, told, {"asked": 0}, {"date": "today"})
    assert "Nothing is compared" in page
    assert "best baseline**" not in page


@pytest.mark.models
def test_a_system_is_measured_in_a_process_of_its_own(tmp_path, questions):
    """The command as it is typed: the bundled embedder, the product's retriever, a real child process."""
    from rag.assemble import open_indexer

    news = tmp_path / "news.jsonl"
    news.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in ARTICLES), encoding="utf-8")
    open_indexer(tmp_path / "library").run([news])
    given = ["--library", str(tmp_path / "library"), "--questions", str(questions), "--out", str(tmp_path / "out")]
    assert main([*given, "--systems", "hybrid"]) == 0
    told = json.loads((tmp_path / "out" / "finding.json").read_text(encoding="utf-8"))
    assert told["figures"]["asked"]["hybrid"]["means"]["success@5"] == 1
    assert told["costs"]["hybrid"]["bytes"] > 0
    assert "--library library --questions asked.jsonl --out out" in told["facts"]["made by"]


@pytest.mark.parametrize("name", [name for name, entry in SYSTEMS.items() if entry.kind == "peer"])
@pytest.mark.filterwarnings("ignore")
def test_real_peers_find_by_words(name, place, gold):
    """With their packages (the extra `peers`), each finds the three articles among its first passages."""
    for module in SYSTEMS[name].needs:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pytest.importorskip(module, reason="the extra `peers` is not installed")
    assert importlib.util.find_spec("torch")
    with closing(SYSTEMS[name].open(place)) as system:
        ranks = [row.ranks for row in ask(system, [asked(**values) for values in QUESTIONS[:3]], gold)]
        assert all(rank is not None and rank <= 5 for (rank,) in ranks)
        assert system.bytes_kept() > 0
