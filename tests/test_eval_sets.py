"""The paraphrase set is whole as far as can be told without the news it asks about, and carries none of its text."""

import json
from collections import Counter
from functools import cache
from typing import Any

from eval.check import warnings
from eval.normal import normalise
from eval.questions import PROJECT_SET, load_questions, read_set

PARAPHRASE = PROJECT_SET.parent / "paraphrase" / "questions.jsonl"
ANSWER_TYPES = {"number", "date", "person", "place", "organisation", "thing", "list"}
WORDINGS = {"synonym", "abbreviation", "description-for-name", "statement-for-question", "everyday-for-official"}
LONGEST_ANSWER = 20


@cache
def rows() -> tuple[dict[str, Any], ...]:
    """Every question of the set as it stands in the file."""
    return tuple(json.loads(line) for line in PARAPHRASE.read_text(encoding="utf-8").splitlines())


def test_the_set_loads_without_a_problem_or_a_warning() -> None:
    """The product's own loader and checker have nothing to say about it; no id comes twice."""
    checked = read_set(PARAPHRASE)
    assert not checked.problems
    assert not warnings(checked.questions)
    assert len(checked.questions) == len({question.id for question in checked.questions}) == 150


def test_no_two_questions_are_the_same_or_of_the_same_article() -> None:
    """Wordings differ, and each question has an article of its own (the first of its evidence)."""
    questions = load_questions(PARAPHRASE)
    assert len({normalise(question.question) for question in questions}) == len(questions)
    assert len({question.evidence[0].doc_id for question in questions}) == len(questions)


def test_development_and_test_are_halves() -> None:
    """Half of the questions are for development, half for the test, alternating."""
    assert Counter(row["split"] for row in rows()) == {"dev": 75, "test": 75}


def test_answers_are_short_and_not_in_the_question() -> None:
    """Every alias is a name, a figure or a few words, and no question gives its answer away."""
    for row in rows():
        aliases = [alias for item in row["answers"] for alias in item]
        assert aliases, row["id"]
        assert max(map(len, aliases)) <= LONGEST_ANSWER, row["id"]
        assert not any(normalise(alias) in normalise(row["question"]) for alias in aliases), row["id"]
        assert row["answerable"] is True, row["id"]
        assert row["answer_type"] in ANSWER_TYPES, row["id"]
        assert (row["answer_type"] == "list") == (len(row["answers"]) > 1), row["id"]


def test_evidence_is_a_place_never_a_quote() -> None:
    """Evidence names an article and offsets in it; the words themselves are their publishers'."""
    for row in rows():
        for evidence in row["evidence"]:
            assert set(evidence) == {"doc_id", "start", "end", "raw_start", "raw_end"}, row["id"]
            assert 0 <= evidence["start"] < evidence["end"], row["id"]
            assert 0 <= evidence["raw_start"] < evidence["raw_end"], row["id"]


def test_articles_that_answer_as_well_are_alternatives() -> None:
    """Where several articles tell the fact, they are one group: finding one of them is enough."""
    for row in rows():
        articles = [evidence["doc_id"] for evidence in row["evidence"]]
        assert len(set(articles)) == len(articles), row["id"]
        assert row.get("evidence_groups", []) == ([articles] if len(articles) > 1 else []), row["id"]


def test_every_question_says_how_it_is_worded_and_what_it_is_about() -> None:
    """The last tag is the topic, those before it are ways of rewording, and every way is used often."""
    counts: Counter[str] = Counter()
    for row in rows():
        *wordings, topic = row["tags"]
        assert wordings, row["id"]
        assert set(wordings) <= WORDINGS, row["id"]
        assert topic not in WORDINGS, row["id"]
        counts.update(wordings)
    assert set(counts) == WORDINGS
    assert min(counts.values()) >= 10
