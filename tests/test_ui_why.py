"""`yiju why` as it is typed: the bundled models on the project's articles, lines and JSON, and bad input."""

import json
from pathlib import Path

import pytest

from rag.diagnosis import DESCRIPTIONS, Stage
from ui import cli_docs
from ui.cli import main

ARTICLES = Path(__file__).resolve().parent.parent / "eval" / "sets" / "project" / "articles"
FLOOD = "青汀洪灾最后核定有多少人受灾？"
LINE5 = "澜江地铁5号线一期什么时候开通？"


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    made = tmp_path_factory.mktemp("library") / "yiju"
    assert main(["index", str(ARTICLES), "--library", str(made)]) == 0
    return made


@pytest.fixture
def yiju(library, capsys):
    """Runs a command and returns its exit code, its lines, and its errors."""

    def run(*arguments, library=library):
        capsys.readouterr()
        code = main([*arguments, "--library", str(library)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture
def why(yiju):
    """Asks why about a file of the samples; returns the JSON object."""

    def run(question, article, *options):
        code, out, _ = yiju("why", question, "--article", article, "--json", *options)
        assert code == 0
        return json.loads(out)

    return run


@pytest.mark.models
def test_the_article_that_the_answer_rests_on(yiju, why):
    """Nothing lost it: the same answer as `ask` gives, and the figures of every stage."""
    found = why(FLOOD, "flood-briefing.md")
    answer = json.loads(yiju("ask", FLOOD, "--json")[1])
    assert (found["lost_at"], found["lost"], found["advice"]) == (None, [], None)
    assert found["answer"] == answer["answer"]
    assert found["article"]["id"] == answer["citations"][0]["article_id"]
    stages = found["stages"]
    assert [leg["leg"] for leg in stages["legs"]] == ["lexical", "dense"]
    assert all(leg["rank"] == 1 and leg["handed_over"] for leg in stages["legs"])
    assert stages["candidate"]["article"] == stages["candidate"]["likeliest"]
    assert stages["candidate"]["likeliest"]["probability"] == pytest.approx(answer["confidence"])
    assert stages["threshold"]["answered"]
    code, out, _ = yiju("why", FLOOD, "--article", "flood-briefing.md")
    assert code == 0
    assert out.splitlines()[-1] == f"not lost: the answer rests on it: {found['answer']}"
    assert "✗" not in out


@pytest.mark.models
@pytest.mark.parametrize(
    ("question", "article", "options", "stage"),
    [
        (FLOOD, "flood-early.txt", [], "candidate"),
        (FLOOD, "flood-briefing.md", ["--strictness", "1000000"], "threshold"),
        (LINE5, "metro-line5-repost.txt", [], "folding"),
        (f"2019年的报道里，{LINE5}", "metro-line5.txt", [], "filter"),
        (f"去年的报道里，{LINE5}", "metro-line5.txt", ["--as-of", "2030-01-01"], "filter"),
    ],
)
def test_an_article_that_was_lost(yiju, why, question, article, options, stage):
    """The stage is marked in the lines, and there is one line of advice."""
    found = why(question, article, *options)
    assert found["lost_at"] == stage
    assert found["reason"] == DESCRIPTIONS[Stage(stage)]
    _, out, _ = yiju("why", question, "--article", article, *options)
    lines = out.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("✗")] == [stage]
    assert lines[-2].startswith(f"lost at {stage}: ")
    assert lines[-1] == f"try: {found['advice']}"


@pytest.mark.models
def test_what_is_advised_helps(why):
    """Without filters the article is found; at the strictness that is named the answer rests on it."""
    question = f"2019年的报道里，{LINE5}"
    assert "--no-filters" in why(question, "metro-line5.txt")["advice"]
    assert why(question, "metro-line5.txt", "--no-filters")["lost_at"] != "filter"
    declined = why(FLOOD, "flood-briefing.md", "--strictness", "50")
    assert declined["answer"] is None
    strictness = declined["advice"].split()[1]
    assert why(FLOOD, "flood-briefing.md", "--strictness", strictness)["lost_at"] is None


@pytest.mark.models
def test_a_file_that_is_not_in(yiju, why, tmp_path):
    """It was never brought in, or would be refused; nothing is asked then."""
    new, empty = tmp_path / "new.txt", tmp_path / "empty.txt"
    new.write_text("渡口改成了公园，摆渡人有了新的工作。", encoding="utf-8")
    empty.write_text("\n", encoding="utf-8")
    assert why(FLOOD, str(new))["lost_at"] == "not_indexed"
    refused = why(FLOOD, str(empty))
    assert (refused["lost_at"], refused["stages"]) == ("refused", None)
    code, out, _ = yiju("why", FLOOD, "--article", str(empty))
    assert code == 0
    assert out.startswith(f"✗ refused: {empty}: {refused['reason']}\ntry: ")


@pytest.mark.models
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["why", FLOOD], 2),
        (["why", FLOOD, "--article", "nobody"], 5),
        (["why", FLOOD, "--article", "briefs.jsonl"], 5),
        (["why", "", "--article", "flood-early.txt"], 5),
        (["why", "字" * 3000, "--article", "flood-early.txt"], 5),
        (["why", FLOOD, "--article", "flood-early.txt", "--strictness", "0"], 2),
        (["why", FLOOD, "--article", "flood-early.txt", "--as-of", "2024-02-30"], 2),
        (["why", FLOOD, "--article", "flood-early.txt", "--milvus", "a.db"], 2),
    ],
)
def test_bad_input_is_one_line(yiju, arguments, code):
    """With the contract's exit code."""
    found, out, error = yiju(*arguments)
    assert (found, out) == (code, "")
    assert error.startswith("error: ")
    assert error.count("\n") == 1


@pytest.mark.models
def test_there_is_no_library(yiju, tmp_path):
    """Told before any model is loaded."""
    code, out, error = yiju("why", FLOOD, "--article", "a.txt", library=tmp_path / "none")
    assert (code, out) == (4, "")
    assert "yiju index" in error
    assert error.count("\n") == 1


def test_every_stage_is_on_the_page():
    """What `lost_at` may be is told in docs/cli.md."""
    assert all(f"`{stage}`: {text}" in cli_docs.NOTES["why"] for stage, text in DESCRIPTIONS.items())
