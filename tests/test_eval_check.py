"""Checks of question sets: what is told, and that nothing is told where nothing is wrong."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.check import findings, missing_articles, warnings
from eval.loaders.registry import LOADERS
from eval.prediction import Source, is_document
from eval.questions import PROJECT_SET, parse_question, read_set
from rag.library import Library, Listed
from tests.loader_samples import SAMPLES

CONTEXT = {"id": "c1", "text": "青石镇书展八月六日开幕，入场三万五千人次。"}


def _set(tmp_path, *lines):
    path = tmp_path / "set.jsonl"
    text = "\n".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def _question(number=1, **fields):
    question, problems = parse_question({"id": f"q{number}", "question": "书展何时开幕？", **fields}, "")
    assert problems == []
    return question


def _told(*questions):
    found = warnings(questions)
    assert all("\n" not in line and line.startswith("question q") for line in found)
    return [line.partition(": ")[2] for line in found]


# --- problems


def test_a_broken_line_deep_in_a_set_is_told_with_its_number(tmp_path):
    """Line 4,031 of 5,000: the one line that is wrong is the one that is named, and all others are read."""
    lines = [{"id": f"q{n}", "question": f"第{n}问？", "answers": ["甲"]} for n in range(1, 5001)]
    path = _set(tmp_path, *lines[:4030], '{"id": "q4031", "question": "第4031问？"', *lines[4031:])
    problems, found = findings(path)
    assert len(problems) == 1
    assert problems[0].startswith(f"{path}:4031: the line is not JSON")
    assert found == []
    assert len(read_set(path).questions) == 4999


def test_problems_and_warnings_come_together(tmp_path):
    """Ids used twice are problems; what can be read is looked at all the same."""
    path = _set(
        tmp_path,
        {"id": "a", "question": "一？", "answers": ["甲"]},
        {"id": "a", "question": "二？", "answers": ["乙"]},
        {"id": "b", "question": "三？", "answerable": True},
        {"id": "c", "question": "四？", "answers": [[]]},
    )
    problems, found = findings(path)
    assert [problem.partition(": ")[0] for problem in problems] == [f"{path}:2", f"{path}:4"]
    assert "that of line 1" in problems[0]
    assert len(found) == 1
    assert found[0].startswith(f"{path}:3: is answerable, but")


def test_unknown_fields_come_through(tmp_path):
    """What a set's maker wrote beside the known fields is in the output as it was."""
    line = {"id": "a", "question": "一？", "answers": ["甲"], "difficulty": {"level": 3}, "审核": None}
    (question,) = read_set(_set(tmp_path, line)).questions
    assert question.to_json() == line


# --- warnings


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"answerable": True}, "nothing says how"),
        ({"answerable": True, "answers": ["甲"], "expect": "refuse"}, "expected to be declined"),
        (
            {
                "answers": [["八月六日", "8月6日"], ["青石镇"]],
                "evidence": [{"doc_id": "d", "quote": "书展八月六日开幕"}],
            },
            "the answer '青石镇' stands nowhere in the quotes of its evidence",
        ),
        ({"contexts": [CONTEXT], "answers": ["九月", "9月"]}, "the answer '九月 | 9月' stands nowhere in its contexts"),
        (
            {"contexts": [CONTEXT], "evidence": [{"doc_id": "c2"}]},
            "its evidence is in 'c2', which is none of its contexts",
        ),
        ({"contexts": [CONTEXT], "evidence_groups": [["c1"], ["c9"]]}, "'c9', which is none of its contexts"),
        ({"contexts": [CONTEXT], "qrels": {"c1": 1, "c7": 1, "c8": 0}}, "'c7', which is none of its contexts"),
        (
            {"contexts": [CONTEXT], "evidence": [{"doc_id": "c1", "quote": "书展九月开幕"}]},
            "the quote '书展九月开幕' does not stand in the context 'c1'",
        ),
        (
            {"contexts": [CONTEXT], "evidence": [{"doc_id": "c1", "quote": "八月六日", "start": 6, "end": 10}]},
            "the offsets 6 to 10 of the context 'c1' cut out '月六日开', not the quote '八月六日'",
        ),
        ({"contexts": [CONTEXT], "evidence": [{"doc_id": "c1", "start": 90, "end": 99}]}, "cut out '', not any text"),
        ({"answers": ["八月六日"], "must_not": ["八月 六日"]}, "which is a gold answer"),
        ({"answers": ["六日"], "must_not": ["九月六日"]}, "is also right by the gold answer '六日'"),
    ],
)
def test_what_may_be_wrong_is_told_once(fields, words):
    """Each rule tells what it saw, in one line."""
    (text,) = _told(_question(**fields))
    assert words in text


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"answerable": False},
        {"answerable": False, "answers": ["九月"], "contexts": [CONTEXT]},
        {"answers": ["八月六日"]},
        {"reference": "书展八月六日开幕。", "answerable": True},
        {"answers": ["8月6日"], "evidence": [{"doc_id": "d"}, {"doc_id": "e", "quote": "书展八月六日开幕"}]},
        {"answers": ["是"], "evidence": [{"doc_id": "d", "quote": "书展八月六日开幕"}]},
        {"answers": ["八月 六日"], "evidence": [{"doc_id": "d", "quote": "書展「八月六日」開幕"}]},
        {"answers": [["3万", "三万"], ["六日"]], "contexts": [CONTEXT], "must_not": ["五日"]},
        {
            "contexts": [CONTEXT],
            "answers": ["八月六日"],
            "evidence": [{"doc_id": "c1", "quote": "八月六日", "start": 5, "end": 9}],
        },
        {"contexts": [CONTEXT], "evidence": [{"doc_id": "c1", "quote": "八月六日", "start": 5}]},
        {"contexts": [CONTEXT], "qrels": {"c8": 0}},
        {"expect": "refuse"},
        {"answers": ["八月六日"], "must_not": ["六日"]},  # the metric leaves out what stands inside a gold answer
        {"expect": "known_fail", "answers": ["八月六日"]},
    ],
)
def test_nothing_is_told_where_nothing_is_wrong(fields):
    """A false warning teaches people not to read them."""
    assert _told(_question(**fields)) == []


def test_one_question_with_two_golds_is_told():
    """The same words over the same passages cannot have two right answers; over others they can."""
    first = _question(answers=["八月六日"])
    assert _told(first, _question(2, answers=["八月 六日"])) == []
    (text,) = _told(first, _question(2, question="书展 何时开幕?", answers=["九月"]))
    assert text.startswith("asks the same as 'q1'")
    assert _told(first, _question(2, answers=["八月六日"], contexts=[CONTEXT])) == []
    assert _told(first, _question(2, answers=["九月"], as_of="2022-01-01")) == []
    assert _told(first, _question(2, answers=["九月"], history=[{"question": "去年呢？", "answer": "有"}])) == []
    assert len(_told(first, _question(2, answerable=False))) == 1


def test_the_projects_own_set_has_no_warning():
    """Neither its gold nor its evidence gives reason for one."""
    assert findings(PROJECT_SET / "questions.jsonl") == ([], [])


@pytest.mark.parametrize("loader", sorted(LOADERS))
def test_sets_of_other_shapes_have_no_warning_by_their_shape(tmp_path, loader):
    """What a loader makes of a sound item is sound: its evidence names its contexts, its offsets cut out its quotes."""
    for written in SAMPLES[loader](tmp_path):
        assert findings(written) == ([], []), written


# --- evidence and the library


class _Listing(Library):
    """A library of which only the list of articles is there."""

    def __init__(self, *articles):
        self._articles = articles

    def articles(self):
        """Yield the articles."""
        for article_id, path in self._articles:
            yield Listed(article_id, "", None, None, path, 1)


LISTED = (("a1", "news/2023/夏.md"), ("a2", "news/lines.jsonl#3"), ("a3", "C:\\x\\书展.txt"), ("a4", "/abs/甲.html"))


def test_evidence_that_is_not_in_the_library_is_told(tmp_path):
    """By id, path, file name or stem; a line of a file by its number; contexts need no library."""
    good = [
        "a1",
        "夏.md",
        "夏",
        "2023/夏.md",
        "2023\\夏.md",
        "lines#3",
        "lines.jsonl#3",
        "书展",
        "x/书展.txt",
        "/abs/甲.html",
    ]
    bad = ["夏.txt", "lines", "lines.jsonl", "lines#4", "3/夏.md", "a", "", "abs/甲"]
    questions = [
        _question(1, evidence=[{"doc_id": doc} for doc in [*good, "缺"]]),
        _question(2, evidence_groups=[["a1", "缺二"]], qrels={"缺三": 1, "缺四": 0}),
        _question(3, contexts=[CONTEXT], evidence=[{"doc_id": "c1"}]),
    ]
    library = _Listing(*LISTED)
    assert missing_articles(questions, library) == [("q1", "缺"), ("q2", "缺三")]
    for doc in filter(None, bad):
        assert missing_articles([_question(evidence=[{"doc_id": doc}])], library) == [("q1", doc)]
    path = _set(tmp_path, {"id": "q", "question": "一？", "evidence": [{"doc_id": "缺"}]})
    _, found = findings(path, lambda: library)
    assert found == [
        f"{path}:1: its evidence is in '缺', which is not in the library; index that article, or mend the name"
    ]


_name = st.text("ab/.#1\\甲é\u0301", min_size=1, max_size=9)


@given(st.lists(st.tuples(_name, _name), max_size=4), _name)
def test_missing_articles_are_those_that_no_metric_would_find(articles, doc):
    """The quick look by sets agrees with the rule by which metrics tell articles apart."""
    lookup = {article_id: Source("", path) for article_id, path in articles}.get
    known = dict(articles)
    wanted = any(is_document(doc, article_id, lookup) for article_id in known)
    missing = missing_articles([_question(evidence=[{"doc_id": doc}])], _Listing(*known.items()))
    assert (missing == []) is wanted
