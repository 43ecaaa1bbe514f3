"""Variations of people's questions, and the head that training and product share."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

import numpy as np  # noqa: E402 — after the check that torch is there

from models.reader_head import Head  # noqa: E402
from models.training.network import MASKED, ReaderNetwork, Shape  # noqa: E402
from models.training.sources import HumanQuestion  # noqa: E402
from models.training.variations import (  # noqa: E402
    Answered,
    Varied,
    another_year,
    blotted,
    kind_of,
    other_figures,
)

PASSAGE = "何守义出生于柳溪县。1953年进入纺织厂,1983年工厂停产!门票8元,由柳溪县文化局管理;柳溪县还有一座石桥。"
HUMAN = [
    HumanQuestion("谁修了桥?", "据碑文,桥由林小满带人修建。后来塌了。又重修。", ("林小满",), "x", development=False),
    HumanQuestion("他出生于哪里?", "周明远出生在东港市。他爱下棋。常胜。", ("东港市",), "x", development=False),
    HumanQuestion("桥在哪里?", "桥在梧桐镇。镇上有集市。逢五开集。", ("梧桐镇",), "x", development=False),
]


@given(st.text("甲乙1", min_size=1, max_size=30), st.data(), st.text("丙2", min_size=1, max_size=4))
def test_another_answer_stands_where_it_says(passage: str, data: st.DataObject, other: str) -> None:
    """Whatever is exchanged, the new answer stands at the place told, and nowhere is the old one left."""
    start = data.draw(st.integers(0, len(passage) - 1))
    end = data.draw(st.integers(start + 1, len(passage)))
    told = Answered(passage, start, passage[start:end]).with_answer(other)
    assert told.passage[slice(*told.span)] == told.answer == other
    assert told.passage.startswith(passage[:start].replace(passage[start:end], other))
    assert told.passage.endswith(passage[end:].replace(passage[start:end], other))


@pytest.mark.parametrize(
    ("question", "answer"), [("何守义出生于哪里?", "柳溪县"), ("工厂哪年停产?", "1983年"), ("门票多少钱?", "8元")]
)
def test_a_varied_passage_still_answers(question: str, answer: str) -> None:
    """The answer stands at its place; figures become figures of the same form, names names of the same kind."""
    varied, seen = Varied(HUMAN), Counter[str]()
    for seed in range(300):
        told = varied.vary(question, Answered(PASSAGE, PASSAGE.index(answer), answer), random.Random(seed))
        assert told.passage[slice(*told.span)] == told.answer
        seen[told.answer] += 1
        if told.answer != answer:
            assert answer not in told.passage
        elif told.passage != PASSAGE:
            seen["a foreign sentence"] += 1
            rest = told.passage
            assert any(
                rest.replace(each, "") == PASSAGE for q in HUMAN for each in q.passage.replace("。", "。|").split("|")
            )
    assert seen[answer] > 100
    assert seen["a foreign sentence"] > 20
    others = set(seen) - {answer, "a foreign sentence"}
    assert others
    if answer == "柳溪县":
        assert others <= {"东港市", "梧桐镇"}
    else:
        assert all(other[-1] == answer[-1] and other[:-1].isdigit() for other in others)


def test_figures_keep_their_form() -> None:
    """Years stay years, small numbers could be days, and all else stands."""
    found = [other_figures("1983年5月,共12,400人", random.Random(seed)) for seed in range(50)]
    assert len(set(found)) > 40
    for each in found:
        year, rest = each.split("年")
        month, people = rest.split("月,共")
        assert 1850 <= int(year) <= 2024
        assert 1 <= int(month) <= 12
        assert people.endswith("人")


def test_an_answer_that_the_question_names_stays() -> None:
    """What the question names itself is not exchanged: the question would be about something else."""
    told = Answered(PASSAGE, PASSAGE.index("1983年"), "1983年")
    varied = Varied(HUMAN)
    assert all(varied.vary("1983年工厂怎么了?", told, random.Random(seed)).answer == "1983年" for seed in range(60))


def test_another_year_is_one_the_passage_does_not_name() -> None:
    """A near-miss asks about a year that is not told; without a year there is none."""
    asked = {another_year("工厂1983年怎么了?", PASSAGE, random.Random(seed)) for seed in range(80)}
    assert len(asked - {None}) >= 4
    assert "工厂1983年怎么了?" not in asked
    assert another_year("工厂怎么了?", PASSAGE, random.Random(1)) is None


@given(st.integers(0, 10_000))
def test_blots_spare_the_answer(seed: int) -> None:
    """Characters are made unknown one for one, never within the span."""
    window = blotted(PASSAGE, (6, 9), random.Random(seed))
    assert len(window) == len(PASSAGE)
    assert window[6:9] == PASSAGE[6:9]
    assert all(a in {b, "\0"} for a, b in zip(window, PASSAGE, strict=True))


def test_kinds_are_told_by_the_question_word() -> None:
    """Only questions that ask for a name of one kind have one."""
    kinds = [kind_of(q) for q in ("谁修了桥?", "桥在哪里?", "他是哪国人?", "哪家公司中标?", "为什么?")]
    assert kinds == ["person", "place", "country", "group", None]


def test_training_scores_spans_as_the_product_does() -> None:
    """Torch's scores of all pairs of tokens are the product's, less "no answer"; what is no span is masked."""
    torch.manual_seed(3)
    network = ReaderNetwork(Shape(30, width=32, layers=1, heads=2, inner=48, rank=5, longest=7)).eval()
    with torch.no_grad():
        network.lengths.normal_()
        network.head.weight.normal_()
        logits = torch.randn(1, 20, 4 + 2 * 5)
        allowed = torch.zeros(1, 20, dtype=torch.bool)
        allowed[0, 6:17] = True
        allowed[0, 0] = True
        scores = network.span_scores(logits, allowed)[0].numpy()
    ours = network.head_weights().span_scores(logits[0].numpy(), 6, 11)
    assert ours.shape == (11, 7)
    inside = 0
    for i in range(20):
        for j in range(20):
            if 6 <= i <= j < 17 and j - i < 7:
                assert ours[i - 6, j - i] == pytest.approx(scores[i, j] - scores[0, 0], abs=1e-4)
                inside += 1
            elif (i, j) != (0, 0):
                assert scores[i, j] == MASKED
    assert np.isfinite(ours).sum() == inside
    assert scores[0, 0] > MASKED / 2


@pytest.mark.parametrize(("outputs", "biases", "lengths"), [(3, 3, 1), (5, 5, 1), (4, 6, 1), (4, 4, 0)])
def test_a_head_that_does_not_fit_is_refused(outputs: int, biases: int, lengths: int) -> None:
    """Weights, biases and lengths belong together."""
    with pytest.raises(ValueError, match="a head of shape"):
        Head(*(np.zeros(shape, np.float32) for shape in ((outputs, 8), (biases,), (lengths,))))
