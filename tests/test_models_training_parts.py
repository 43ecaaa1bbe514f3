"""The training's parts: windows and targets, scores as CMRC 2018 takes them, lexical search, fusion, cuts."""

import random

import numpy as np
import pytest

pytest.importorskip("torch")

from models.training.embedder_data import count_pieces, make_tokenizer
from models.training.embedder_figures import fuse, harmless_weight, success
from models.training.examples import (
    Batch,
    Example,
    best_occurrence,
    window_size,
    window_with,
    window_without,
)
from models.training.lexical import Bm25, bigrams, split_passages
from models.training.measure import caught_at, holds_answer
from models.training.scoring import best_scores, f1, units
from models.training.sources import HumanQuestion
from models.training.synthetic import questions_about

TEXT = (
    "何守义出生于柳溪县,1953年进入当地的纺织厂工作,后来担任厂长。由于设备老化,工厂在1983年停产,"
    "厂房改成了柳溪工业博物馆。博物馆每周二至周日开放,门票8元,由柳溪县文化局负责管理。"
)


def test_targets_point_at_the_answer() -> None:
    """In a batch the targets are the tokens of the answer, and [CLS] where there is none."""
    start = TEXT.index("纺织厂")
    example = window_with("在哪里工作?", TEXT, (start, start + 3), 60, random.Random(1))
    assert example is not None
    index = {char: i + 4 for i, char in enumerate(sorted(set(TEXT)))}
    batch = Batch.of([example, Example("谁?", "短句", None)], index)
    wanted = [index[char] for char in "纺织厂"]
    assert batch.characters[0, batch.starts[0] : batch.ends[0] + 1].tolist() == wanted
    assert not (batch.starts[1] or batch.ends[1] or batch.answerable[1])


@pytest.mark.parametrize("seed", range(20))
def test_windows_keep_or_leave_out_the_answer(seed: int) -> None:
    """A window for an answer holds all of it at the place said; one without an answer holds none of it."""
    rng = random.Random(seed)
    start = TEXT.index("1983年")
    size = window_size("工厂哪一年停产?", 64, rng)
    kept = window_with("问?", TEXT, (start, start + 5), size, rng)
    assert kept is not None
    assert kept.span is not None
    assert kept.window[slice(*kept.span)] == "1983年"
    assert len(kept.window) <= size
    without = window_without("问?", TEXT, ["1983年"], 24, rng)
    assert without is None or "1983年" not in without.window


def test_the_occurrence_nearest_to_the_question_is_taken() -> None:
    """Of several places of an answer, the one whose surroundings share characters with the question counts."""
    text = "甲公司在北京。" + "无关的话说了很久很久，" * 5 + "乙工厂的总部设在北京。"
    assert best_occurrence("乙工厂总部在哪?", text, "北京") == text.rindex("北京")


@pytest.mark.parametrize(
    ("prediction", "answer", "expected"),
    [
        ("1963年", "1963年", 1.0),
        ("1963", "1963年", 2 / 3),
        ("北京。", "北京", 1.0),
        ("上海", "北京", 0.0),
        ("在北京大学", "北京大学", 8 / 9),
        ("XeSS 1.2", "xess", 2 / 4),
        ("", "北京", 0.0),
    ],
)
def test_f1_follows_the_cmrc_script(prediction: str, answer: str, expected: float) -> None:
    """F1 is over the longest common substring of characters, Latin words and numbers, without punctuation."""
    assert f1(prediction, answer) == pytest.approx(expected)


def test_scores_take_the_best_answer() -> None:
    """With several answers the best one counts, and punctuation does not spoil an exact match."""
    assert best_scores("《红楼梦》", ["石头记", "红楼梦"]) == (1.0, 1.0)
    assert units("GPT-4, 你好") == ["gpt", "4", "你", "好"]


def test_lexical_search_prefers_shared_bigrams() -> None:
    """BM25 finds the passage that shares bigrams with the question; passages cover their text."""
    texts = [TEXT, "今天多云转晴,山区有雾。", "球队以三比一取胜。", "新桥下月通车。"]
    assert Bm25(texts).top("何守义出生于哪里", 1).tolist() == [0]
    assert Bm25(texts).top("???", 3).tolist() == []
    assert bigrams("ai芯片2023年") == ["ai", "芯片", "2023", "年"]
    assert "".join(split_passages(TEXT, 50)) == TEXT
    assert all(len(piece) <= 50 for piece in split_passages(TEXT, 50))


def test_made_questions_ask_for_what_they_leave_out() -> None:
    """Made questions are the same for the same seed, and their answers stand where they say."""
    first = questions_about(TEXT * 2, random.Random(3), passages=4)
    assert first == questions_about(TEXT * 2, random.Random(3), passages=4)
    made = [(passage, question) for passage, questions in first for question in questions]
    assert made
    for passage, question in made:
        assert passage[question.start : question.start + len(question.answer)] == question.answer


def test_fusion_weighs_the_dense_ranking() -> None:
    """With a small weight fusion keeps the lexical order and only adds; with a large one dense can win."""
    cosines = np.zeros(10, dtype=np.float32)
    cosines[[3, 9]] = 0.9, 0.8
    assert fuse([(1, 8.0), (2, 6.0), (3, 4.0)], cosines, [3, 9], 0.01) == [1, 2, 3, 9]
    assert fuse([(1, 8.0), (2, 6.0), (3, 4.0)], cosines, [3, 9], 2.0) == [3, 9, 1, 2]
    assert fuse([], cosines, [3, 9], 1.0) == [3, 9]
    found = success([[4, 5], [6]], [frozenset({5}), frozenset({7})])
    assert (found["success@1"], found["success@5"], found["mrr@10"]) == (0.0, 50.0, 0.25)


def test_a_weight_is_harmless_only_if_no_set_loses() -> None:
    """The advised fusion weight is the largest with which neither question set falls below BM25 alone."""
    even, worse = {"success@1": 50.0, "success@5": 80.0}, {"success@1": 49.0, "success@5": 80.0}
    fused = {f"bm25 + {weight} cosine": even for weight in (1.0, 0.5, 0.25)}
    first = {"bm25": even, "bm25 + 2.0 cosine": worse, "bm25 + 1.5 cosine": even, **fused}
    second = {"bm25": even, "bm25 + 2.0 cosine": even, "bm25 + 1.5 cosine": worse, **fused}
    assert harmless_weight({"passages": 9, "a": first, "b": second}, ["success@1", "success@5"]) == 1.0
    assert harmless_weight({"passages": 9, "a": first, "b": second}, ["success@5"]) == 2.0


def test_the_cut_refuses_the_share_it_is_set_for() -> None:
    """What is caught is the share of wrong ones below the cut that loses the given share of right ones."""
    right = [float(i) for i in range(100)]
    assert caught_at(right, [4.0, 4.9, 50.0, 60.0], 0.05) == 0.5
    assert caught_at([], [1.0]) == 0.0


def test_only_the_questions_own_passage_counts() -> None:
    """A piece of another passage that happens to hold the answer's characters is not right."""
    asked = HumanQuestion("哪年停产?", TEXT, ("1983年",), "x", development=True)
    assert holds_answer(asked, TEXT[20:70])
    assert not holds_answer(asked, "另一家工厂在1983年停产。")


def test_the_tokenizer_keeps_scripts_apart() -> None:
    """Pieces are words of at most four characters; punctuation and spaces go, scripts never join."""
    tokenizer = make_tokenizer(count_pieces([TEXT, "gpu2023年"]), 300)
    pieces = tokenizer.encode("柳溪县ＧＰＵ 2023年,博物馆!", add_special_tokens=False).tokens
    assert "".join(pieces) == "柳溪县gpu2023年博物馆"
    assert all(len(piece) <= 4 for piece in pieces)
    assert tokenizer.encode("𠮷", add_special_tokens=False).tokens == ["𠮷"]
    assert tokenizer.encode("，。！", add_special_tokens=False).ids == []
