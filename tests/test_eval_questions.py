"""Question sets: what is read, what is refused, and how it is told."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.questions import load_questions, needs_library, parse_question, read_set
from models.errors import BadInputError
from rag.types import Context, Turn


def _set(tmp_path, *lines, bom=False):
    path = tmp_path / "set.jsonl"
    text = "\n".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_text(text + "\n", encoding="utf-8-sig" if bom else "utf-8")
    return path


def test_reads_every_field(tmp_path):
    """A question with all fields comes back with all of them, unknown ones included."""
    line = {
        "id": "p-001",
        "question": "补贴申领截止到哪天？",
        "answers": [["2023年12月31日", "12月31日"]],
        "evidence": [{"doc_id": "d17", "quote": "截至2023年12月31日", "start": 412, "end": 425}],
        "contexts": [{"id": "c1", "text": "正文", "label": 1}],
        "history": [{"question": "谁可以申领？", "answer": "职工"}],
        "as_of": "2023-10-01",
        "tags": ["deadline"],
        "weight": 1.0,
    }
    (question,) = load_questions(_set(tmp_path, line, bom=True))
    assert question.answers == (("2023年12月31日", "12月31日"),)
    assert question.answerable is True
    assert question.evidence_docs == ("d17",)
    assert question.evidence[0].end == 425
    assert question.contexts == (Context("c1", "正文"),)
    assert question.history == (Turn("谁可以申领？", "职工"),)
    assert question.as_of == date(2023, 10, 1)
    assert question.tags == ("deadline",)
    assert question.fields == line
    assert question.to_json() == line


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("北京", (("北京",),)),
        (["北京", "北京市"], (("北京", "北京市"),)),
        ([["北京", "北京市"], ["2023年"]], (("北京", "北京市"), ("2023年",))),
        ([], ()),
    ],
)
def test_flat_answers_are_alternatives_and_nested_ones_are_all_needed(tmp_path, answers, expected):
    """A flat list means OR (CMRC2018's custom), a list of lists AND of ORs (RGB's)."""
    (question,) = load_questions(_set(tmp_path, {"question": "哪里？", "answers": answers}))
    assert question.answers == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"answers": ["a"]}, True),
        ({"reference": "北京"}, True),
        ({"answers": ["a"], "answerable": False}, False),
        ({"answerable": False}, False),
        ({}, None),
    ],
)
def test_answerable_is_what_the_field_says_or_the_gold_implies(tmp_path, fields, expected):
    """A set that says nothing of answerability is not taken for a set of unanswerable questions."""
    (question,) = load_questions(_set(tmp_path, {"question": "哪里？", **fields}))
    assert question.answerable is expected


def test_missing_ids_come_from_the_line_and_numbers_become_strings(tmp_path):
    """Ids count lines of the file, blank ones included, and whole numbers serve as ids."""
    questions = load_questions(
        _set(tmp_path, {"question": "一？"}, "", {"question": "二？"}, {"id": 7, "question": "三？"})
    )
    assert [question.id for question in questions] == ["line-1", "line-3", "7"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"question": "一？"', ":2: the line is not JSON"),
        ("[1]", "must be a JSON object"),
        ({"id": "a"}, "no `question`"),
        ({"question": "  "}, "`question` is '  '"),
        ({"question": "一？", "answers": ["a", ["b"]]}, "lists and strings mixed"),
        ({"question": "一？", "answers": [["a"], []]}, "remove the empty list"),
        ({"question": "一？", "answers": ["——"]}, "all punctuation"),
        ({"question": "一？", "answers": [2023]}, "`answers` is 2023"),
        ({"question": "一？", "answerable": "false"}, "true or false"),
        ({"question": "一？", "as_of": "去年"}, "YYYY-MM-DD"),
        ({"question": "一？", "contexts": [{"text": "甲"}]}, "`id` must be a string"),
        ({"question": "一？", "contexts": [{"id": "c", "text": "甲"}, {"id": "c", "text": "乙"}]}, "same `id` twice"),
        ({"question": "一？", "evidence": [{"quote": "甲"}]}, "`evidence` is None"),
        ({"question": "一？", "evidence": [{"doc_id": "d", "start": -1}]}, "whole numbers from 0"),
        ({"question": "一？", "status": "ok"}, "`status` is a field that a run writes"),
        ({"id": "first", "question": "一？"}, "is that of line 1"),
        ('{"question": "\\ud800"}', "half a surrogate pair"),
    ],
)
def test_a_broken_line_is_refused_in_one_line_with_its_number(tmp_path, line, words):
    """The error names file, line, rule and remedy, so that the set can be mended without reading code."""
    path = _set(tmp_path, {"id": "first", "question": "零？"}, line)
    with pytest.raises(BadInputError) as raised:
        load_questions(path)
    message = str(raised.value)
    assert f"{path}:2: " in message
    assert words in message
    assert "\n" not in message


def test_check_tells_all_problems_and_load_the_first(tmp_path):
    """`check` lists every mistake; `load` names the first and says how to see the others."""
    path = _set(
        tmp_path, {"question": 1, "answers": [[]]}, {"id": "a", "question": "一？"}, {"id": "a", "question": "二？"}
    )
    problems = read_set(path).problems
    assert len(problems) == 3
    with pytest.raises(BadInputError, match="2 more problems: yiju eval check"):
        load_questions(path)


def test_a_good_set_has_no_problems(tmp_path):
    """`check` is silent on a set that can be run."""
    assert read_set(_set(tmp_path, {"question": "一？"})).problems == []


def test_files_that_are_no_sets_are_refused(tmp_path):
    """A missing file, an empty one and one in another encoding are told apart."""
    with pytest.raises(BadInputError, match="cannot be read"):
        load_questions(tmp_path / "none.jsonl")
    empty = tmp_path / "empty.jsonl"
    empty.write_text("\n\n")
    with pytest.raises(BadInputError, match="is empty"):
        load_questions(empty)
    gbk = tmp_path / "gbk.jsonl"
    gbk.write_bytes('{"question": "哪里？"}\n'.encode("gbk"))
    with pytest.raises(BadInputError, match="not UTF-8"):
        load_questions(gbk)


def test_only_a_line_feed_ends_a_line(tmp_path):
    """U+2028 inside a string once split a JSON line in two; Windows line ends are harmless."""
    path = tmp_path / "set.jsonl"
    path.write_bytes('{"question": "一\u2028二？"}\r\n{"question": "三？"}\r\n'.encode())
    assert [question.question for question in load_questions(path)] == ["一\u2028二？", "三？"]


def test_needs_library_unless_every_question_brings_passages(tmp_path):
    """A set in fixed-passage mode throughout runs without an index."""
    with_contexts = {"question": "一？", "contexts": [{"id": "c", "text": "甲"}]}
    assert not needs_library(load_questions(_set(tmp_path, with_contexts)))
    assert needs_library(load_questions(_set(tmp_path, with_contexts, {"question": "二？"})))


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "text", "doc_id"]), inner),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["id", "question", "answers", "answerable", "evidence", "contexts", "as_of", "x"]), _json
    )
)
def test_any_object_gives_a_question_or_problems(values):
    """Whatever stands in a line, reading it never fails in any other way, and problems fit on one line."""
    question, problems = parse_question(values, "line-1")
    assert all("\n" not in problem for problem in problems)
    again, _ = parse_question(question.to_json(), "other")
    assert problems or again.fingerprint == question.fingerprint
