"""Question sets of other shapes: how they are named, what each loader reads, and how mistakes are told."""

import json
import random
import subprocess
import sys

import pytest

from eval.fakes import FakeArticles, ScriptedAnswerer, quoted
from eval.loaders.registry import LOADERS, find_source
from eval.loaders.rgb import Draw, draw_passages
from eval.manifest import build_manifest, difference, question_set_identity
from eval.questions import Nugget, load_questions, needs_library, read_set
from eval.runner import run
from eval.selection import Selection
from models.errors import BadInputError
from rag.settings import Settings
from rag.types import Context
from tests.loader_samples import AUTORAG, CORPUS
from ui.cli_docs import NOTES

PARAGRAPH = "青石镇书展八月六日开幕，入场三万五千人次。书展由镇文化站承办。"


def _json(tmp_path, name, value):
    path = tmp_path / name
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


def _lines(tmp_path, name, *values):
    path = tmp_path / name
    lines = [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _squad(*qas, **paragraph):
    return {
        "version": "1",
        "data": [{"title": "书展", "paragraphs": [{"context": PARAGRAPH, "qas": list(qas)} | paragraph]}],
    }


def _qa(**fields):
    return {"id": "q1", "question": "书展何时开幕？", "answers": [{"text": "八月六日", "answer_start": 5}]} | fields


def _refused(source):
    with pytest.raises(BadInputError) as raised:
        load_questions(source)
    message = str(raised.value)
    assert "\n" not in message
    return message


# --- how a set is named


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("cmrd:dev.json", "'cmrd' is no loader; there are: autorag, beir, cmrc"),
        ("rgb:zh.json?noises=1", "'noises' is no option of the loader `rgb`; it takes: noise, passages"),
        ("rgb:zh.json?noise", "the option `noise` has no value"),
        ("rgb:zh.json?noise=1&noise=0", "given twice"),
        ("cmrc:dev.json?x=1", "it takes: none"),
        ("set.jsonl?x=1", "takes no options"),
        ("cmrc:nowhere.json", "nowhere.json: cannot be read"),
        ("nowhere.xlsx", "nowhere.xlsx: cannot be read"),
        ("nowhere.csv", "nowhere.csv: cannot be read"),
        ("nowhere.jsonl", "nowhere.jsonl: cannot be read"),
    ],
)
def test_a_name_that_means_nothing_is_refused_with_what_there_is(written, words):
    """Unknown loaders and options are told with the known ones; a missing file is told as such."""
    assert words in _refused(written)


def test_a_file_of_that_very_name_wins(tmp_path, monkeypatch):
    """A file called `rgb:x?y=1.jsonl` is a file; a drive letter is no loader."""
    monkeypatch.chdir(tmp_path)
    _lines(tmp_path, "rgb:x?y=1.jsonl", {"question": "一？"})
    assert find_source("rgb:x?y=1.jsonl") is None
    assert load_questions("rgb:x?y=1.jsonl")[0].question == "一？"
    assert find_source("C:\\sets\\a.jsonl") is None


def test_options_have_defaults_and_paths_keep_their_case(tmp_path):
    """Every option is there after parsing, so that the manifest names what was in force."""
    source = find_source("rgb:Sets/Zh.json?noise=0.4")
    assert str(source.path) == "Sets/Zh.json"
    assert source.options == {"noise": "0.4", "passages": "5", "correct": "0", "seed": "2333"}


def test_every_loader_says_what_it_reads_and_what_differs():
    """The registry's modules tell format and protocol in their docstrings."""
    for loader in LOADERS.values():
        module = __import__(loader.read.__module__, fromlist=["x"])
        assert len(module.__doc__.splitlines()) > 2, loader.name


def test_the_page_of_commands_names_every_loader_and_option():
    """What can be typed is written down."""
    note = NOTES["eval check"]
    assert [name for name in LOADERS if f"`{name}:" not in note] == []
    assert [name for loader in LOADERS.values() for name in loader.options if f"{name}=" not in note] == []


# --- identity


def test_identity_is_content_loader_and_options(tmp_path):
    """A moved file is the same set; another option, another byte or another loader is another set."""
    path = _lines(tmp_path, "zh.json", RGB)
    moved = _lines(tmp_path, "moved.json", RGB)
    first = question_set_identity(f"rgb:{path}?noise=0.4")

    def differs(written):
        return difference({"question_set": first}, {"question_set": question_set_identity(written)})

    assert differs(f"rgb:{moved}?noise=0.4") is None
    assert differs(f"rgb:{path}?seed=2333&noise=0.4") is None  # a default, spelt out
    assert differs(f"rgb:{path}?noise=0.6") == "question_set"
    assert differs(f"cmrc:{path}") == "question_set"
    path.write_text(path.read_text() + "\n")
    assert differs(f"rgb:{path}?noise=0.4") == "question_set"


def test_a_second_file_belongs_to_the_identity(tmp_path):
    """Judgements decide what is right, so they are part of what was measured; their path is not."""
    queries = tmp_path / "q.tsv"
    queries.write_text("q1\t书展何时开幕？\n", encoding="utf-8")
    for name, text in (("a", "q1 0 d1 1\n"), ("b", "q1 0 d1 1\n"), ("c", "q1 0 d2 1\n")):
        (tmp_path / name).write_text(text)
    found = {name: question_set_identity(f"trec:{queries}?qrels={tmp_path / name}")["sha256"] for name in "abc"}
    assert found["a"] == found["b"] != found["c"]


def test_a_plain_set_keeps_its_old_identity(tmp_path):
    """Runs made before there were loaders can still be resumed."""
    path = _lines(tmp_path, "set.jsonl", {"question": "一？"})
    assert set(question_set_identity(path)) == {"path", "sha256"}


# --- CMRC2018, DRCD, SQuAD


def test_a_paragraph_is_the_one_passage_of_its_questions(tmp_path):
    """Fixed-passage mode: answers are alternatives, each with its place, and ids come from the file."""
    answers = [{"text": "八月六日", "answer_start": 5}, {"text": "八月六日"}, {"text": "六日", "answer_start": 99}]
    path = _json(
        tmp_path, "dev.json", _squad(_qa(answers=answers), _qa(id="q2", question="谁承办？", answers=[]), id="P7")
    )
    first, second = load_questions(f"cmrc:{path}")
    assert (first.id, first.answerable, first.answers) == ("q1", True, (("八月六日", "六日"),))
    assert first.contexts == (Context("P7", PARAGRAPH),)
    assert [(e.doc_id, e.quote, e.start, e.end) for e in first.evidence] == [
        ("P7", "八月六日", 5, 9),
        ("P7", "六日", 7, 9),
    ]
    assert PARAGRAPH[5:9] == "八月六日"
    assert (second.answerable, second.evidence) == (None, ())
    assert first.fields["title"] == "书展"
    assert not needs_library([first, second])


def test_an_answer_of_punctuation_is_no_gold(tmp_path):
    """CMRC2018's training set holds one; it must not stop the other ten thousand."""
    path = _json(tmp_path, "dev.json", _squad(_qa(answers=[{"text": "《》", "answer_start": 0}])))
    (question,) = load_questions(f"cmrc:{path}")
    assert (question.answers, question.answerable) == ((), True)


def test_impossible_questions_are_unanswerable(tmp_path):
    """SQuAD 2.0's `is_impossible` decides, plausible answers are not gold."""
    qa = _qa(is_impossible=True, answers=[], plausible_answers=[{"text": "三万", "answer_start": 1}])
    (question,) = load_questions(f"squad:{_json(tmp_path, 'v2.json', _squad(qa))}")
    assert (question.answerable, question.answers, question.id) == (False, (), "q1")
    (question,) = load_questions(f"squad:{_json(tmp_path, 'v2.json', _squad(_qa(is_impossible=False)))}")
    assert question.answerable is True


def test_the_first_form_of_cmrc_is_read(tmp_path):
    """`context_text` and `query_text`, in a list."""
    qas = [{"query_id": "T_0", "query_text": "何时开幕？", "answers": ["八月六日", "六日"]}]
    path = _json(tmp_path, "train.json", [{"context_id": "T", "context_text": PARAGRAPH, "title": "书展", "qas": qas}])
    (question,) = load_questions(f"cmrc:{path}")
    assert (question.id, question.contexts[0].id, question.answers) == ("T_0", "T", (("八月六日", "六日"),))


@pytest.mark.parametrize(
    "row",
    [
        {"id": "a", "question": "何时？", "context": PARAGRAPH, "answers": {"text": ["六日"], "answer_start": [7]}},
        {"id": "a", "question": "何时？", "passage": PARAGRAPH, "answers": ["六日"], "answerable": True},
    ],
)
@pytest.mark.parametrize("name", ["dev.jsonl", "dev.json", "dev.jsonl.xz", "dev.jsonl.gz"])
def test_one_question_a_line_is_read(tmp_path, row, name):
    """The shape of data hubs, also packed."""
    import gzip
    import lzma

    content = (json.dumps(row, ensure_ascii=False) + "\n").encode() + json.dumps(row | {"id": "b"}).encode()
    pack = {".xz": lzma.compress, ".gz": gzip.compress}.get(name[-3:], bytes)
    (tmp_path / name).write_bytes(pack(content))
    first, second = load_questions(f"cmrc:{tmp_path / name}")
    assert (first.id, second.id, first.evidence[0].start) == ("a", "b", 7)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([], "holds no question"),
        ({"data": {}}, "`data` is {}"),
        ({"rows": []}, "line 1: `context` or `passage` is None"),
        ({"data": [{"paragraphs": 1}]}, "data[0]: `paragraphs` is 1"),
        (_squad(_qa(question=" ")), "data[0].paragraphs[0].qas[0]: `question` or `query_text`"),
        (_squad(_qa(answers="八月")), "qas[0]: `answers` is '八月'"),
        (_squad(_qa(is_impossible="no")), "qas[0]: `is_impossible` is 'no'"),
        (_squad(_qa(), context=""), "paragraphs[0]: `context` or `context_text`"),
        (_squad(_qa(), _qa()), "qas[1]: the id 'q1' is that of data[0].paragraphs[0].qas[0]"),
        (_squad(_qa(question="\ud800")), "half a surrogate pair"),
        ([1], "[0]: the item is 1"),
        ([{"question": "何时？", "answers": []}], "[0]: `context` or `passage`"),
    ],
)
def test_a_wrong_shape_is_told_with_its_place(tmp_path, value, words):
    """One line names the file, the item and the fix, whatever is wrong; `check` tells the same."""
    path = tmp_path / "dev.json"
    path.write_text(json.dumps(value))
    assert words in _refused(f"cmrc:{path}")
    assert str(path) in _refused(f"cmrc:{path}")


@pytest.mark.parametrize("loader", sorted(set(LOADERS) - {"beir", "trec", "xlsx", "csv"}))
@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[", b"\xff\xfe", b"[1]", b'"x"', b"{}", b'{"a": 1}\n{"b"', b"[[[[", b'[{"qas": 1}]', b"[" * 60000],
)
def test_no_loader_fails_in_any_other_way(tmp_path, loader, content):
    """Rubbish gives problems or one refusal, never a traceback."""
    path = tmp_path / "set.json"
    path.write_bytes(content)
    assert str(path) in _refused(f"{loader}:{path}")


# --- RGB

RGB = {
    "id": 3,
    "query": "书展何时在哪里开幕？",
    "answer": ["八月六日", ["青石镇", "青石"]],
    "positive": [f"正{n}" for n in range(8)],
    "negative": [f"负{n}" for n in range(9)],
}


@pytest.mark.parametrize(("noise", "positives"), [("0", 5), ("0.2", 4), ("0.4", 3), ("0.6", 2), ("0.8", 1), ("1", 0)])
def test_noise_sets_how_many_passages_are_negative(tmp_path, noise, positives):
    """RGB's five passages; without a positive one the question cannot be answered."""
    (question,) = load_questions(f"rgb:{_lines(tmp_path, 'zh.json', RGB)}?noise={noise}")
    assert len(question.contexts) == 5
    assert sum(context.text.startswith("正") for context in question.contexts) == positives
    assert question.answerable is (positives > 0)
    assert question.answers == (("八月六日",), ("青石镇", "青石"))
    assert question.id == "3"
    assert {item.doc_id for item in question.evidence} == {c.id for c in question.contexts if c.text.startswith("正")}
    assert f"noise-{noise}" in question.tags


def test_passages_are_those_of_the_original_draw():
    """The same generator, seed and calls as evalue.py: the heads of both lists, shuffled from 2333."""
    expected = ["正0", "正1", "正2", "负0", "负1"]
    random.seed(2333)
    random.shuffle(expected)
    assert [text for text, _ in draw_passages(RGB, Draw(0.4))] == expected


def test_short_lists_are_filled_from_the_other():
    """What one list lacks comes from the other, as the original clips."""
    few = RGB | {"positive": ["正0"]}
    assert sorted(label for _, label in draw_passages(few, Draw(0.0))) == [0, 0, 0, 0, 1]
    few = RGB | {"negative": ["负0"]}
    assert sorted(label for _, label in draw_passages(few, Draw(0.8))) == [0, 1, 1, 1, 1]
    assert draw_passages(few, Draw(1.0)) == [("负0", 0)]


def test_integration_takes_a_passage_of_each_part(tmp_path):
    """Every sub-answer has its passage before any has two."""
    values = RGB | {"positive": [["甲0", "甲1"], ["乙0", "乙1", "乙2"]]}
    texts = [text for text, _ in draw_passages(values, Draw(0.4))]
    assert sorted(text[0] for text in texts) in (["乙", "甲", "甲", "负", "负"], ["乙", "乙", "甲", "负", "负"])
    (question,) = load_questions(f"rgb:{_lines(tmp_path, 'zh_int.json', values)}?noise=0.6")
    assert question.tags[0] == "rgb-integration"
    texts = {context.id: context.text for context in question.contexts}
    assert [{texts[name][0] for name in group} for group in question.evidence_groups] == [{"甲"}, {"乙"}]
    assert {name for group in question.evidence_groups for name in group} == set(question.evidence_docs)


def test_counterfactual_draws_false_passages(tmp_path):
    """The positives come falsified, `correct` of them true; the false answer is kept."""
    values = RGB | {"answer": "八月", "fakeanswer": "九月", "positive_wrong": [f"误{n}" for n in range(8)]}
    path = _lines(tmp_path, "zh_fact.json", values)
    (question,) = load_questions(f"rgb:{path}?noise=0.2&correct=0.2")
    assert sorted(context.text[0] for context in question.contexts) == ["正", "误", "误", "误", "负"]
    assert (question.must_not, question.evidence_groups) == (("九月",), ())
    assert (question.answers, question.tags[0]) == ((("八月",),), "rgb-counterfactual")


def test_several_rates_ask_each_question_at_each(tmp_path):
    """A sweep in one set; ids stay apart."""
    questions = load_questions(f"rgb:{_lines(tmp_path, 'zh.json', RGB, RGB | {'id': 4})}?noise=0,0.4")
    assert [question.id for question in questions] == ["3@0", "4@0", "3@0.4", "4@0.4"]


@pytest.mark.parametrize(
    ("fields", "options", "words"),
    [
        ({"positive": "正"}, "", "line 1: `positive` is '正'"),
        ({"positive": [[]]}, "", "line 1: `positive` holds an empty list"),
        ({"positive_wrong": ["误"]}, "", "must hold one for each of 8"),
        ({"positive": [], "negative": []}, "", "give no passage"),
        ({"query": None}, "", "line 1: `query` is None"),
        ({"answer": None}, "", "line 1: `answers` is None"),
        ({}, "?noise=2", "`noise` is '2'"),
        ({}, "?noise=nan", "`noise` is 'nan'"),
        ({}, "?passages=0", "whole number from 1"),
        ({}, "?seed=x", "`seed` is 'x'"),
        ({}, "?noise=0,0", "the id '3@0' is that of line 1"),
    ],
)
def test_rgb_mistakes_are_told(tmp_path, fields, options, words):
    """Wrong items by line, wrong options by name."""
    assert words in _refused(f"rgb:{_lines(tmp_path, 'zh.json', RGB | fields)}{options}")


# --- CRUD-RAG

CRUD = {"ID": "u-1", "event": "书展", "questions": "书展多少人次？", "answers": "三万五千人次。", "news1": PARAGRAPH}


def test_crud_answers_are_references_and_key_phrases_nuggets(tmp_path):
    """Tasks choose the items; key phrases join by id; own articles are passages only when asked for."""
    tasks = {
        "event_summary": [{}],
        "questanswer_1doc": [CRUD],
        "questanswer_2docs": [CRUD | {"ID": "u-2", "news2": "乙"}],
    }
    path = _json(tmp_path, "split_merged.json", tasks)
    nuggets = _json(tmp_path, "gt.json", {"u-1": {"key_info": ["三万五千人次", "——"], "question": [], "answers": []}})
    first, second = load_questions(f"crud:{path}?nuggets={nuggets}")
    assert (first.id, first.reference, first.answers, first.contexts) == ("u-1", "三万五千人次。", (), None)
    assert first.nuggets == (Nugget(("三万五千人次",), vital=True),)
    assert (second.tags, "nuggets" in second.fields) == (("crud-2docs",), False)
    (second,) = load_questions(f"crud:{path}?task=2docs&passages=own")
    assert second.contexts == (Context("news1", PARAGRAPH), Context("news2", "乙"))
    assert second.evidence_docs == ("news1", "news2")
    assert second.evidence_groups == (("news1",), ("news2",))
    (only,) = load_questions(f"crud:{path}?task=1doc&passages=own")
    assert (only.evidence_docs, only.evidence_groups) == (("news1",), ())
    same = _json(tmp_path, "same.json", {"questanswer_1doc": [CRUD], "questanswer_3docs": [CRUD]})
    assert [question.id for question in load_questions(f"crud:{same}")] == ["u-1", "u-1@3docs"]
    (alone,) = load_questions(f"crud:{_json(tmp_path, 'list.json', [CRUD])}")
    assert alone.tags == ("crud",)


@pytest.mark.parametrize(
    ("value", "options", "words"),
    [
        ({"event_summary": []}, "", "must hold `questanswer_1doc`"),
        ({"questanswer_1doc": [CRUD]}, "?task=3docs", "must hold `questanswer_3docs`"),
        ({"questanswer_1doc": [CRUD]}, "?task=4docs", "one of: 1doc, 2docs, 3docs, all"),
        ({"questanswer_1doc": [CRUD | {"answers": 3}]}, "", "questanswer_1doc[0]: `answers` is 3"),
        ({"questanswer_1doc": [CRUD | {"news1": ""}]}, "?passages=own", "there is no `news1`"),
        ({"questanswer_1doc": [CRUD, CRUD]}, "", "the id 'u-1' is that of questanswer_1doc[0]"),
        ([CRUD], "?task=1doc", "tells no tasks"),
        ({"questanswer_1doc": 1}, "", "`questanswer_1doc` is 1"),
    ],
)
def test_crud_mistakes_are_told(tmp_path, value, options, words):
    """The shape of the file, its items and the options."""
    assert words in _refused(f"crud:{_json(tmp_path, 'crud.json', value)}{options}")


# --- BEIR and TREC


def _beir(tmp_path, qrels="query-id\tcorpus-id\tscore\nq1\td 1\t1\nq1\td2\t0\n"):
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text(qrels, encoding="utf-8")
    _lines(tmp_path, "queries.jsonl", {"_id": "q1", "text": "书展何时开幕？"}, {"_id": "q2", "text": "谁承办？"})
    return tmp_path


def test_beir_judgements_are_evidence(tmp_path):
    """Positive judgements name the articles; queries of another split are left out; grades are kept."""
    (question,) = load_questions(f"beir:{_beir(tmp_path)}")
    assert (question.id, question.evidence_docs, question.answerable) == ("q1", ("d 1",), True)
    assert (question.qrels, question.grades) == ({"d 1": 1, "d2": 0}, {"d 1": 1})
    assert "cannot be read" in _refused(f"beir:{tmp_path}?split=dev")
    assert "not a folder" in _refused(f"beir:{tmp_path / 'queries.jsonl'}")


def test_broken_judgements_are_told_by_line(tmp_path):
    """A judgement that cannot be read would otherwise silently change what is right."""
    folder = _beir(tmp_path, "query-id\tcorpus-id\tscore\nq1\td1\n")
    assert "test.tsv:2: not a judgement" in _refused(f"beir:{folder}")
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n")
    assert "holds no judgement" in _refused(f"beir:{folder}")
    (folder / "qrels" / "test.tsv").write_text("q9\td1\t1\n")
    assert "holds no question" in _refused(f"beir:{folder}")


def test_trec_queries_and_judgements_are_joined(tmp_path):
    """Four columns, any white space; the judgements must be named."""
    (tmp_path / "q.tsv").write_text("7\t书展何时开幕？\r\n8\t谁承办？\n", encoding="utf-8")
    (tmp_path / "qrels").write_text("7 0 d1 2\n8\t0\td2\t-1\n")
    first, second = load_questions(f"trec:{tmp_path / 'q.tsv'}?qrels={tmp_path / 'qrels'}")
    assert (first.id, first.question, first.evidence_docs) == ("7", "书展何时开幕？", ("d1",))
    assert (second.evidence, second.answerable) == ((), None)
    assert "?qrels=FILE" in _refused(f"trec:{tmp_path / 'q.tsv'}")
    (tmp_path / "q.tsv").write_text("7 书展\n", encoding="utf-8")
    assert "line 1: not a query" in _refused(f"trec:{tmp_path / 'q.tsv'}?qrels={tmp_path / 'qrels'}")


# --- other tools


def test_sets_of_other_tools_are_read(tmp_path):
    """Ragas and deepeval expect texts, FlashRAG alternatives; contexts are used only when asked for."""
    row = {
        "user_input": "何时？",
        "reference": "八月。",
        "reference_contexts": [PARAGRAPH],
        "reference_context_ids": ["d1"],
    }
    path = _lines(tmp_path, "ragas.jsonl", row)
    (question,) = load_questions(f"ragas:{path}")
    assert (question.reference, question.evidence_docs, question.contexts) == ("八月。", ("d1",), None)
    assert question.grades == {"d1": 1}
    (question,) = load_questions(f"ragas:{path}?passages=own")
    assert (question.contexts, question.evidence_docs) == ((Context("p1", PARAGRAPH),), ("p1",))
    assert question.grades == {"p1": 1}  # the ids of the library mean nothing here
    path = _json(tmp_path, "goldens.json", [{"input": "何时？", "expected_output": "八月。", "context": [PARAGRAPH]}])
    (question,) = load_questions(f"deepeval:{path}?passages=own")
    assert (question.id, question.reference, len(question.contexts)) == ("item-1", "八月。", 1)
    path = _lines(
        tmp_path,
        "flash.jsonl",
        {"id": "t_0", "question": "何时？", "golden_answers": ["八月", "8月"], "metadata": {"a": 1}},
    )
    (question,) = load_questions(f"flashrag:{path}")
    assert (question.id, question.answers, question.fields["metadata"]) == ("t_0", (("八月", "8月"),), {"a": 1})
    assert "there is no `reference_contexts`" in _refused(
        f"ragas:{_lines(tmp_path, 'r.jsonl', {'user_input': '何时？'})}?passages=own"
    )


# --- AutoRAG


def _parquet(path, *rows):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.Table.from_pylist(list(rows)), path)
    return path


@pytest.mark.parametrize("write", [_parquet, lambda path, *rows: _lines(path.parent, "qa.jsonl", *rows)])
def test_autorag_asks_for_a_document_of_every_group(tmp_path, write):
    """Parquet and JSON Lines say the same: AND of ORs, the first text as reference, the others by option."""
    path = write(tmp_path / "qa.parquet", AUTORAG, AUTORAG | {"qid": "a2", "retrieval_gt": [["d2"]]})
    first, second = load_questions(f"autorag:{path}")
    assert (first.id, first.reference, first.answers) == ("a1", "八月六日开幕。", ())
    assert first.evidence_groups == (("d1", "d3"), ("d2",))
    assert (first.evidence_docs, second.evidence_groups) == (("d1", "d3", "d2"), (("d2",),))
    (first, _) = load_questions(f"autorag:{path}?gold=answers")
    assert (first.reference, first.answers) == (None, (("八月六日开幕。", "八月六日"),))
    corpus = write(tmp_path / "corpus.parquet", *CORPUS)
    if corpus.name == "qa.jsonl":  # the lambda has one name for all
        corpus = _lines(tmp_path, "corpus.jsonl", *CORPUS)
        path = write(path, AUTORAG)
    (first, *_) = load_questions(f"autorag:{path}?corpus={corpus}")
    assert [context.id for context in first.contexts] == ["d1", "d3", "d2"]
    assert first.contexts[0].text == CORPUS[0]["contents"]


@pytest.mark.parametrize(
    ("given", "groups"), [("d1", (("d1",),)), (["d1", "d2"], (("d1", "d2"),)), ([[]], ()), ([], ())]
)
def test_autorags_shorter_forms_are_read_as_autorag_reads_them(tmp_path, given, groups):
    """A string is one document, a flat list one group, an empty list no judgement at all."""
    path = _lines(tmp_path, "qa.jsonl", AUTORAG | {"retrieval_gt": given, "generation_gt": "八月六日。"})
    (question,) = load_questions(f"autorag:{path}")
    assert (question.evidence_groups, question.reference, question.answerable) == (groups, "八月六日。", True)


@pytest.mark.parametrize(
    ("fields", "options", "words"),
    [
        ({"qid": None}, "", "line 1: `qid` is None"),
        ({"query": " "}, "", "line 1: `query` is ' '"),
        ({"retrieval_gt": None}, "", "`retrieval_gt` is None"),
        ({"retrieval_gt": {"a": 1}}, "", "`retrieval_gt` is {'a': 1}"),
        ({"retrieval_gt": [["d1"], "d2"]}, "", "`retrieval_gt` is 'd2', but must be a list of strings"),
        ({"generation_gt": 3}, "", "`generation_gt` is 3"),
        ({}, "?gold=all", "`gold` is 'all', but must be one of: reference, answers"),
        ({}, "?corpus=nowhere.jsonl", "nowhere.jsonl: cannot be read"),
        ({"retrieval_gt": [["d9"]]}, "?corpus={corpus}", "names 'd9', which the corpus does not hold"),
        ({"retrieval_gt": [[]]}, "?corpus={corpus}", "names no document"),
        ({}, "?corpus={broken}", "broken.jsonl: line 1: `doc_id` is None"),
    ],
)
def test_autorag_mistakes_are_told(tmp_path, fields, options, words):
    """Wrong rows by line, a corpus that does not fit by the id that is missing."""
    corpus = _lines(tmp_path, "corpus.jsonl", *CORPUS)
    broken = _lines(tmp_path, "broken.jsonl", {"id": "d1", "contents": "甲"})
    written = f"autorag:{_lines(tmp_path, 'qa.jsonl', AUTORAG | fields)}{options}"
    assert words in _refused(written.format(corpus=corpus, broken=broken))


def test_the_corpus_belongs_to_the_identity(tmp_path):
    """Other documents are other passages, so another measurement."""
    qa, corpus = _lines(tmp_path, "qa.jsonl", AUTORAG), _lines(tmp_path, "corpus.jsonl", *CORPUS)
    first = question_set_identity(f"autorag:{qa}?corpus={corpus}")
    assert first["sha256"] != question_set_identity(f"autorag:{qa}")["sha256"]
    corpus.write_text(corpus.read_text() + "\n")
    assert first["sha256"] != question_set_identity(f"autorag:{qa}?corpus={corpus}")["sha256"]


def test_parquet_is_read_wherever_rows_are(tmp_path):
    """The sets of other tools come as Parquet as well."""
    path = _parquet(tmp_path / "flash.parquet", {"id": "t0", "question": "何时？", "golden_answers": ["八月", "8月"]})
    (question,) = load_questions(f"flashrag:{path}")
    assert (question.id, question.answers) == ("t0", (("八月", "8月"),))


def test_what_is_no_parquet_is_refused_in_one_line(tmp_path):
    """Rubbish and half a file are told as such."""
    path = _parquet(tmp_path / "qa.parquet", *[AUTORAG] * 50)
    content = path.read_bytes()
    for wrong in (b"", b"PAR1", content[:-40], content[40:], b"x" * 90):
        path.write_bytes(wrong)
        assert f"{path}: not Parquet" in _refused(f"autorag:{path}")


def test_without_pyarrow_the_way_on_is_told(tmp_path, monkeypatch):
    """Whoever lacks the package learns its name, and that JSON Lines will do."""
    path = _parquet(tmp_path / "qa.parquet", AUTORAG)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    assert "needs the package pyarrow: `pip install pyarrow`, or save the table as JSON Lines" in _refused(
        f"autorag:{path}"
    )


def test_pyarrow_is_not_imported_before_it_is_needed():
    """Only a Parquet file may cost its start."""
    code = "import sys; import eval.loaders.registry; sys.exit('pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- the whole way


def test_a_cmrc_set_runs_from_end_to_end(tmp_path):
    """Load, answer over the set's own passages, measure, and go on in the same folder."""
    path = _json(
        tmp_path,
        "dev.json",
        _squad(_qa(), _qa(id="q2", question="票价多少？", answers=[], is_impossible=True), id="P7"),
    )
    written = f"cmrc:{path}"
    fixed = FakeArticles({"P7": PARAGRAPH}).article("P7")
    script = {"书展何时开幕？": quoted("书展何时开幕？", fixed, "青石镇书展八月六日开幕", "八月六日")}
    manifest = build_manifest(written, models={"reader": "fake"}, settings=Settings(), library=None)
    assert read_set(written).problems == []
    options = {"manifest": manifest, "progress": False}
    first = run(
        ScriptedAnswerer(script), load_questions(written), tmp_path / "out", selection=Selection(limit=1), **options
    )
    assert first.exit_code == 0
    answerer = ScriptedAnswerer(script)
    outcome = run(answerer, load_questions(written), tmp_path / "out", resume=True, **options)
    assert answerer.asked == ["票价多少？"]
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    for name in ("em", "f1", "acc", "citations_valid", "evidence_cited", "rejected_right"):
        assert summary["metrics"][name]["mean"] == 1.0, name
    assert (outcome.summary["rows"], outcome.summary["errors"]) == (2, 0)
    recorded = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert recorded["question_set"]["loader"] == "cmrc"
