"""The README keeps its word: what it says of the five questions is what the product answers."""

import re
from contextlib import closing
from pathlib import Path

import pytest

from rag.assemble import open_answerer, open_indexer
from rag.events import Finished

ROOT = Path(__file__).resolve().parent.parent
PROMISED = {  # question → words of the answer; None where it declines
    "青汀洪灾直接经济损失多少？": "4.15亿元",
    "澜江5号线周六晚上末班车是几点？": "23:40",
    "社区食堂停业的原因是什么？": "三条",
    "岑宁日报那篇养老报道的责任编辑是谁？": "邵晚晴",
    "研制观澜一号总共花了多少经费？": None,
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    root = tmp_path_factory.mktemp("readme") / "library"
    open_indexer(root).run([ROOT / "eval" / "sets" / "project" / "articles"])
    with closing(open_answerer(root)) as assembled:
        streams = {question: assembled.answerer.stream(question) for question in PROMISED}
        yield {q: next(e for e in events if isinstance(e, Finished)).answer for q, events in streams.items()}


@pytest.mark.models
@pytest.mark.parametrize(("question", "words"), PROMISED.items())
def test_the_five_questions_come_out_as_told(answers, question, words):
    answer = answers[question]
    assert (answer.abstention is not None) == (words is None)
    assert words is None or words in answer.text


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_both_readmes_ask_these_five(name):
    rows = re.findall(r"^\| ([^|]*？) \| ([^|]*) \|$", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    assert [question for question, _ in rows] == list(PROMISED)
    for (_, told), words in zip(rows, PROMISED.values(), strict=True):
        assert words is None or words in told or words == "三条"


@pytest.mark.parametrize("name", ["README.md", "README.zh.md", "CONTRIBUTING.md", "docs/architecture.md"])
def test_every_link_leads_somewhere(name):
    page = ROOT / name
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert "://" in target or (page.parent / target).exists(), target
