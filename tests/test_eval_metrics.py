"""Metrics: gold scores 1, nonsense scores near 0, and what does not apply says so."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.fakes import FakeArticles, declined, quoted, whole_hits
from eval.metrics import METRICS, score_all
from eval.normal import normalise
from eval.prediction import Source, context_lookup, is_document, library_lookup, prediction_of
from eval.questions import Evidence, Nugget, Question
from models.fold import fold_text
from rag.types import Context

TEXT = "市人社局通知，补贴申领工作截至2023年12月31日。逾期不再受理。"
ARTICLES = FakeArticles({"d17": TEXT, "d18": "本届书展共有3.5万人次入场，比上届增长百分之十二。"})
LOOKUP = library_lookup(ARTICLES)
GOLD = Question(
    "q",
    "补贴申领截止到哪天？",
    answers=(("2023年12月31日", "12月31日"),),
    answerable=True,
    reference="补贴申领工作截至2023年12月31日。",
    evidence=(Evidence("d17", TEXT[:27]),),
    evidence_groups=(("d17",),),
    nuggets=(Nugget(("2023年12月31日",)), Nugget(("截至",), vital=False)),
    must_not=("2024年12月31日",),
)
RIGHT = prediction_of(quoted(GOLD.question, ARTICLES.article("d17"), TEXT[:27], "2023年12月31日"))
RIGHT["answer"] = f"{TEXT[7:27]}[1]"
WRONG = prediction_of(quoted(GOLD.question, ARTICLES.article("d18"), "本届书展共有3.5万人次入场", "3.5万人次"))
DECLINED = prediction_of(declined(GOLD.question))


def _says(answer, **changes):
    return {**RIGHT, "answer": answer, **changes}


def test_gold_answers_score_one():
    """A right answer with its evidence scores 1 on everything that is better when higher."""
    scores = score_all(GOLD, RIGHT, LOOKUP)
    for metric in METRICS:
        if metric.better == "higher" and metric.name != "rejected_right":
            assert scores[metric.name] == 1.0, metric.name
    assert scores["rejected_right"] is None
    assert scores["false_refusal"] == 0.0


def test_an_unrelated_chinese_answer_scores_nothing():
    """Chinese-only nonsense must not score by accident, as it does under tokenizers that delete Chinese."""
    scores = score_all(GOLD, WRONG, LOOKUP)
    for name in (
        *("acc", "acc_80", "em", "f1", "content_f1", "nuggets", "nuggets_vital", "numbers_recall"),
        *("evidence_cited", "evidence_iou", "success@10", "recall@10", "answer_in_hits@10"),
    ):
        assert scores[name] == 0.0, name
    assert scores["citations_valid"] == 1.0


def test_an_abstention_is_a_miss_where_an_answer_was_wanted():
    """Declining costs accuracy and evidence, and counts as a false refusal."""
    scores = score_all(GOLD, DECLINED, LOOKUP)
    assert [scores[name] for name in ("acc", "em", "f1", "evidence_cited")] == [0.0] * 4
    assert scores["false_refusal"] == scores["abstained"] == 1.0
    assert scores["citations_valid"] is None


def test_unanswerable_questions_only_ask_whether_they_were_declined():
    """Accuracy says nothing where there is no answer, even where the set names one that the articles lack."""
    question = dataclasses.replace(GOLD, answerable=False)
    assert score_all(question, DECLINED, LOOKUP)["rejected_right"] == 1.0
    scores = score_all(question, RIGHT, LOOKUP)
    assert scores["rejected_right"] == 0.0
    assert scores["acc"] is scores["false_refusal"] is scores["success@1"] is None


def test_questions_without_gold_have_nothing_to_score():
    """A bare list of questions is neither right nor wrong, answerable nor unanswerable."""
    scores = score_all(Question("q", "哪里？"), RIGHT, LOOKUP)
    of_the_answer = {m.name for m in METRICS if m.family in ("citation", "faithfulness") and "evidence" not in m.name}
    assert {name for name, score in scores.items() if score is not None} == {"abstained", *of_the_answer}


def test_every_item_is_needed_and_any_alias_will_do():
    """Gold is an AND of ORs."""
    both = dataclasses.replace(GOLD, answers=(("北京", "首都"), ("上海",)))
    assert score_all(both, _says("首都和上海"), LOOKUP)["acc"] == 1.0
    assert score_all(both, _says("北京和首都"), LOOKUP)["acc"] == 0.0
    assert score_all(both, _says("首都和上海"), LOOKUP)["f1"] is None


def test_markers_are_not_part_of_the_answer():
    """The digit of a citation marker once satisfied the gold answer 1."""
    one = dataclasses.replace(GOLD, answers=(("1",),))
    assert score_all(one, _says("没有说明[1]"), LOOKUP)["acc"] == 0.0


def test_length_guards_catch_copying():
    """An answer that copies everything is right by containment and wrong by the guard."""
    copied = _says("补贴" * 60 + "2023年12月31日")
    scores = score_all(GOLD, copied, LOOKUP)
    assert (scores["acc"], scores["acc_80"], scores["acc_160"]) == (1.0, 0.0, 1.0)


def test_length_is_counted_without_markers_and_punctuation():
    """Eighty characters of content pass whatever stands between them."""
    exact = _says("，".join("补" * 69) + "2023年12月31日[12]")
    assert len(normalise("2023年12月31日")) == 11
    assert score_all(GOLD, exact, LOOKUP)["acc_80"] == 1.0
    assert score_all(GOLD, _says("补" + exact["answer"]), LOOKUP)["acc_80"] == 0.0


@pytest.mark.parametrize(
    ("change", "valid"),
    [({}, 1.0), ({"start": 1, "end": 28}, 0.0), ({"article_id": "gone"}, 0.0), ({"quote": "截至"}, 0.0)],
)
def test_citations_are_valid_to_the_character(change, valid):
    """One character off, another article or other words make a citation invalid."""
    broken = {**RIGHT, "citations": [*RIGHT["citations"], {**RIGHT["citations"][0], **change}]}
    assert score_all(GOLD, broken, LOOKUP)["citations_valid"] == valid


@pytest.mark.parametrize(
    ("evidence", "answers", "cited"),
    [
        (Evidence("d17", "补贴申领工作截至2023年"), (), 1.0),
        (Evidence("d17", "逾期不再受理"), (), 0.0),
        (Evidence("d17", "逾期不再受理"), (("12月31日",),), 1.0),
        (Evidence("d18", "补贴申领工作截至2023年"), (("12月31日",),), 0.0),
        (Evidence("d17"), (), 1.0),
        (Evidence("d17"), (("北京",),), 0.0),
    ],
)
def test_evidence_is_cited_by_its_words_or_by_the_answer_in_its_article(evidence, answers, cited):
    """Half the evidence's words or a gold alias will do, in the evidence's article only."""
    question = Question("q", "哪天？", answers=answers, answerable=True, evidence=(evidence,))
    assert score_all(question, RIGHT, LOOKUP)["evidence_cited"] == cited


def test_retrieval_counts_passages_in_order():
    """Success asks for any evidence article, recall for the share of them, both within the first k hits."""
    texts = {f"a{n}": f"第{n}篇，说到北京。" for n in range(1, 8)}
    articles = FakeArticles(texts)
    hits = whole_hits(*(articles.article(name) for name in texts))
    question = Question(
        "q",
        "哪里？",
        answers=(("第6篇",),),
        answerable=True,
        evidence=(Evidence("a2"), Evidence("a7"), Evidence("a2", "北京")),
    )
    scores = score_all(question, prediction_of(declined("哪里？", hits=hits)), library_lookup(articles))
    assert [scores[f"success@{k}"] for k in (1, 5, 10)] == [0.0, 1.0, 1.0]
    assert [scores[f"recall@{k}"] for k in (1, 5, 10)] == [0.0, 0.5, 1.0]
    assert [scores[f"answer_in_hits@{k}"] for k in (1, 5, 10)] == [0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("doc_id", "path", "same"),
    [
        ("id-1", "/x/甲.txt", True),
        ("甲.txt", "/x/甲.txt", True),
        ("甲", "/x/甲.txt", True),
        ("x/甲.txt", "/news/x/甲.txt", True),
        ("乙", "/x/甲.txt", False),
        ("", "/x/甲.txt", False),
        (".txt", "/x/甲.txt", False),
        ("all.jsonl#3", "/x/all.jsonl#3", True),
        ("all#3", "/x/all.jsonl#3", True),
        ("all", "/x/all.jsonl#3", False),
        ("2023.12通知", "/x/2023.12通知.html", True),
        ("C#入门", "/x/C#入门.txt", True),
        ("x\\甲.txt", "/x/甲.txt", True),
        ("cafe\u0301", "/x/caf\u00e9.txt", True),
    ],
)
def test_gold_names_articles_by_id_path_name_or_stem(doc_id, path, same):
    """Gold data is written by people who know files, not ids; a stem never means every line of a .jsonl file."""
    assert is_document(doc_id, "id-1", lambda _: Source("", path)) is same


def test_contexts_are_looked_up_as_articles():
    """In fixed-passage mode a citation is checked against the passage given with the question."""
    lookup = context_lookup([Context("c1", "甲乙")])
    assert lookup("c1") == Source("甲乙", "c1")
    assert lookup("c2") is None
    assert library_lookup(None)("c1") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("３．５％，约", "3.5%约"),
        ("1,200 元。", "1200元"),
        ("臺灣 GDP", "台湾gdp"),
        ("……3..5", "35"),
        ("C#", "c#"),
    ],
)
def test_normalising_keeps_what_answers_are_made_of(text, expected):
    """Width, script, case, spaces and punctuation go; the decimal point and the percent sign stay."""
    assert normalise(text) == expected


_text = st.text("中國国年月臺台１2３.％%，,。ＡbC 、“”", max_size=30)


@given(_text, _text)
def test_acc_does_not_change_under_folding(alias, answer):
    """Script, width and case of the answer are no reason to be right or wrong."""
    if normalise(alias):
        question = Question("q", "问？", answers=((alias,),), answerable=True)
        folded = Question("q", "问？", answers=((fold_text(alias),),), answerable=True)
        score = score_all(question, _says(answer), LOOKUP)["acc"]
        assert score == score_all(question, _says(fold_text(answer)), LOOKUP)["acc"]
        assert score == score_all(folded, _says(answer), LOOKUP)["acc"]
        assert score_all(question, _says(answer + "的" + alias), LOOKUP)["acc"] == 1.0


@given(st.text(max_size=40), st.none() | st.text(max_size=20), st.booleans(), st.booleans())
def test_scores_are_bounded(answer, short, abstained, answerable):
    """Whatever is predicted, a score is None or lies between 0 and 1."""
    question = dataclasses.replace(GOLD, answerable=answerable)
    prediction = _says(answer, short_answer=short, abstained=abstained)
    for name, score in score_all(question, prediction, LOOKUP).items():
        assert score is None or 0.0 <= score <= 1.0, name


def test_metrics_are_documented_and_distinct():
    """Every metric has a name of its own, a defining sentence, its scope and its source."""
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert metric.definition.endswith(".")
        assert metric.applies_to
        assert metric.source
