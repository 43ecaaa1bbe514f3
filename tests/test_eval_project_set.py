"""The project's own sample articles and question set are whole: every answer has exact grounds in an article."""

import html
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

SET = Path(__file__).resolve().parent.parent / "eval" / "sets" / "project"
ARTICLES = SET / "articles"
ANSWER_TYPES = {"number", "date", "person", "place", "organisation", "thing", "list", "reason"}
LONGEST_COPY = 11

_GLOSS = re.compile(r"\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]+\)")
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_NOT_KEPT = re.compile(r"[\W_]+")


def normal(text: str) -> str:
    """Keep CJK characters, letters and digits; drop pinyin glosses, punctuation, marks and space."""
    return _NOT_KEPT.sub("", _GLOSS.sub("", text)).lower()


def decoded(raw: bytes) -> str:
    """Decode a file that is UTF-8 or, failing that, GBK."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gbk")


@cache
def articles() -> dict[str, str]:
    """Every article's normalised text: by file name, or by the record's id inside a .jsonl file."""
    texts: dict[str, str] = {}
    for path in sorted(ARTICLES.iterdir()):
        text = decoded(path.read_bytes())
        if path.suffix == ".jsonl":
            for line in text.splitlines():
                record = json.loads(line)
                assert set(record) == {"id", "title", "source", "published", "text"}
                assert record["id"] not in texts
                texts[record["id"]] = normal(record["text"])
        else:
            texts[path.name] = normal(html.unescape(_TAG.sub(" ", text)) if path.suffix == ".html" else text)
    return texts


@cache
def questions() -> tuple[dict[str, Any], ...]:
    """Every question of the set, in the file's order."""
    lines = (SET / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


def longest_shared_run(one: str, other: str) -> int:
    """The length of the longest run of characters that two texts share."""
    best = 0
    for start in range(len(one)):
        while start + best < len(one) and one[start : start + best + 1] in other:
            best += 1
    return best


def test_the_set_is_as_large_as_promised() -> None:
    """The set has enough articles, answerable questions and unanswerable ones, and several formats."""
    assert len(articles()) >= 10
    assert len(questions()) >= 36
    assert sum(question["answerable"] for question in questions()) >= 26
    assert sum(not question["answerable"] for question in questions()) >= 10
    assert {path.suffix for path in ARTICLES.iterdir()} == {".txt", ".md", ".html", ".jsonl"}


def test_question_ids_and_wordings_are_unique() -> None:
    """No two questions share an id or a wording."""
    assert len({question["id"] for question in questions()}) == len(questions())
    assert len({normal(question["question"]) for question in questions()}) == len(questions())


def test_every_question_has_the_fields_of_its_kind() -> None:
    """An answerable question has answers and evidence; an unanswerable one has neither, and says what is missing."""
    for question in questions():
        assert question["answer_type"] in ANSWER_TYPES, question["id"]
        assert question["split"] in {"dev", "test"}, question["id"]
        assert question["tags"], question["id"]
        assert bool(question["answers"]) == bool(question["evidence"]) == question["answerable"], question["id"]
        assert all(question["answers"]), question["id"]
        assert question["answerable"] or question["note"], question["id"]


def test_both_splits_hold_both_kinds() -> None:
    """Development and test questions both include answerable and unanswerable ones."""
    kinds = {(question["split"], question["answerable"]) for question in questions()}
    assert kinds == {("dev", True), ("dev", False), ("test", True), ("test", False)}


def test_every_evidence_quote_occurs_in_its_article() -> None:
    """Every evidence quote is a run of its article's own characters, and every named article exists."""
    for question in questions():
        for evidence in question["evidence"]:
            assert evidence["doc_id"] in articles(), question["id"]
            quote = normal(evidence["quote"])
            assert quote, question["id"]
            assert quote in articles()[evidence["doc_id"]], (question["id"], evidence["quote"])
        groups = question.get("evidence_groups", [])
        grouped = {doc_id for group in groups for doc_id in group}
        assert not groups or grouped == {evidence["doc_id"] for evidence in question["evidence"]}, question["id"]


def test_every_part_of_an_answer_stands_in_its_evidence() -> None:
    """Each part of an answer has an alias that stands in one of the evidence quotes."""
    for question in questions():
        quotes = [normal(evidence["quote"]) for evidence in question["evidence"]]
        for aliases in question["answers"]:
            assert any(normal(alias) in quote for alias in aliases for quote in quotes), (question["id"], aliases)


def test_no_question_copies_its_evidence() -> None:
    """A question is worded afresh: it shares no long run of characters with the evidence that answers it."""
    for question in questions():
        asked = normal(question["question"])
        for evidence in question["evidence"]:
            assert longest_shared_run(asked, normal(evidence["quote"])) <= LONGEST_COPY, question["id"]


def test_every_article_is_used_and_marked_as_invented() -> None:
    """Each article answers at least one question and says in its own text that its people and bodies are invented."""
    used = {evidence["doc_id"] for question in questions() for evidence in question["evidence"]}
    assert used == set(articles())
    for doc_id, text in articles().items():
        assert re.search("人物[与與][机機][构構]均[为為][虚虛][构構]", text), doc_id
