"""The dated set is whole as far as can be told without the news it asks about, and what it measures can be measured."""

import json
import re
from datetime import date

from eval.bench_dates import DATED_SET, DEPTHS, found_within, recall
from eval.check import warnings
from eval.normal import normalise
from eval.questions import load_questions, read_set
from rag.answering.publishers import Publishers
from rag.answering.scope import read_scope
from rag.types import ConditionKind, Hit, Passage, Repost

ROWS = [json.loads(line) for line in DATED_SET.read_text(encoding="utf-8").splitlines()]
PUBLISHERS = Publishers(["新华社", "中新社", "人民网", "新京报", "中国经济网", "金融界"])
FIELDS = {"id", "question", "as_of", "answers", "answerable", "answer_type", "evidence_groups", "tags", "split"}
TIMES = {"today", "yesterday", "day", "last-week", "last-month", "half-year", "year-to-date", "newest"}


def test_the_set_loads_without_a_problem_or_a_warning():
    """The product's own loader and checker have nothing to say about it."""
    checked = read_set(DATED_SET)
    assert not checked.problems
    assert not warnings(checked.questions)
    assert len({normalise(q.question) + str(q.as_of) for q in checked.questions}) == len(checked.questions) == 60


def test_rows_hold_ids_and_short_answers_and_nothing_else():
    """No text of an article: questions, days, figures, and ids of articles."""
    assert all(set(row) == FIELDS for row in ROWS)
    assert all(len(answer) <= 20 for row in ROWS for item in row["answers"] for answer in item)
    assert all(re.fullmatch("[0-9a-f]{12}", article) for row in ROWS for article in row["evidence_groups"][0])
    assert [row["split"] for row in ROWS] == ["dev", "test"] * 30


def test_every_question_says_when_or_by_whom():
    """The words are there, they are read as their tag says, and each question has a day it is asked on."""
    for row in ROWS:
        scope = read_scope(row["question"], date.fromisoformat(row["as_of"]), lambda: PUBLISHERS)
        kinds = {condition.kind for condition in scope.conditions}
        assert kinds, row["question"]
        assert (ConditionKind.PUBLISHED in kinds) == ("published" in row["tags"]), row["question"]
        assert (ConditionKind.NEWEST in kinds) == ("newest" in row["tags"]), row["question"]
        assert TIMES & {*row["tags"]} or {"published", "source"} & {*row["tags"]}


def hit(article: str, *also_in: str) -> Hit:
    passage = Passage(f"{article}:0", article, "body", 0, 1, "字")
    return Hit(1, 1.0, passage, also_in=tuple(Repost(other, "", None, None, "") for other in also_in))


def test_recall_counts_an_article_of_the_evidence_and_its_story_elsewhere():
    """By depth and by half."""
    questions = load_questions(DATED_SET)[:2]
    right = questions[0].evidence_groups[0][0]
    assert found_within(questions[0], [hit("x"), hit(right)], 5)
    assert not found_within(questions[0], [hit("x"), hit(right)], 1)
    assert found_within(questions[0], [hit("x", right)], 1)
    figures = recall(questions, lambda question: [hit(right)])
    assert figures["dev"] == (1, dict.fromkeys(DEPTHS, 100.0))
    assert figures["test"] == (1, dict.fromkeys(DEPTHS, 0.0))
    assert figures["all"] == (2, dict.fromkeys(DEPTHS, 50.0))
