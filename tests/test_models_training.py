"""The training's own tests: everything runs in small on made-up data, and mistakes are told in one line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from models.errors import BadInputError, ModelError  # noqa: E402 — after the check that torch is there
from models.training.__main__ import main  # noqa: E402
from models.training.checkpoint import Checkpoint  # noqa: E402
from models.training.export import PARITY_PAIRS, export_gguf, logits_of  # noqa: E402
from models.training.gguf_reading import Parity, gguf_logits  # noqa: E402
from models.training.network import ReaderNetwork, Shape  # noqa: E402
from models.training.prepare import Prepared, prepare  # noqa: E402
from models.training.sources import (  # noqa: E402
    drop_overlap,
    human_question,
    is_development,
    is_held_out_news,
    per_mille,
)
from models.training.spans import train_spans  # noqa: E402

NAMES = ["林小满", "何守义", "周明远", "陈立新", "赵海燕", "孙文涛", "吴佳琪", "郑国栋", "冯晓梅", "许志强"]
PLACES = ["青石镇", "柳溪县", "东港市", "梧桐镇", "白云山", "南湖区", "清水河", "北岭村", "西坪乡", "临江市"]


def passage(i: int) -> str:
    """Return an invented passage, each a little different."""
    name, place = NAMES[i % 10], PLACES[(i // 10 + i) % 10]
    year, people = 1950 + i % 70, 100 + 7 * i
    return (
        f"{name}出生于{place},{year}年进入当地的纺织厂工作,后来担任厂长。第{i}号车间由他主持建成,"
        f"共有工人{people}名,每年生产棉布{people * 3}万米。由于设备老化,工厂在{year + 30}年停产,"
        f"厂房改成了{place}工业博物馆。博物馆每周二至周日开放,门票{5 + i % 20}元,由{place}文化局负责管理。"
    )


def rows(source: str, count: int, licence: str = "CC BY-SA 4.0") -> list[dict[str, Any]]:
    """Return rows of invented questions in the shape of the public sets."""
    return [
        {
            "id": f"{source}-{i}",
            "question": f"{NAMES[i % 10]}出生于哪里?",
            "passage": passage(i),
            "answers": [PLACES[(i // 10 + i) % 10]],
            "answerable": True,
            "source": source,
            "license": licence,
        }
        for i in range(count)
    ]


def write_rows(path: Path, content: list[dict[str, Any]]) -> None:
    """Write JSON Lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in content), encoding="utf-8")


@pytest.fixture(name="data")
def _data(tmp_path: Path) -> Path:
    """Return a folder of tiny data sets; its news lies in `news`."""
    folder = tmp_path / "data"
    for name, count in (("cmrc2018_train", 60), ("cmrc2018_trial", 5), ("drcd_dev", 5), ("xquad_zh", 5)):
        write_rows(folder / "rc" / f"{name}.jsonl", rows(name, count))
    for name in ("laws", "gov_work_report", "uhgeval_xinhua", "zhwiki_sample"):
        texts = [{"title": "规定", "text": passage(200 + i) * 2, "license": "official texts, free"} for i in range(3)]
        write_rows(folder / "text" / f"{name}.jsonl", texts)
    news = [{"id": f"n{i}", "published": "2025-03-01", "text": passage(300 + i) + passage(400 + i)} for i in range(40)]
    write_rows(folder / "news" / "news-1.jsonl", news)
    return folder


@pytest.fixture(name="prepared_work")
def _prepared_work(data: Path, tmp_path: Path) -> Path:
    """Return a work folder in which the tiny data are prepared."""
    work = tmp_path / "work"
    prepare(data, data / "news", work, processes=1, say=quiet)
    return work


def quiet(_line: str) -> None:
    """Say nothing."""


def tiny_network(characters: int = 50) -> ReaderNetwork:
    """Return a small random network."""
    torch.manual_seed(0)
    return ReaderNetwork(Shape(characters + 4, width=64, layers=2, heads=2, inner=96)).eval()


def test_the_whole_training_runs_in_small(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every step runs on tiny data, and leaves a reader, an embedder, parity pairs and cards with licence and hashes."""
    work, out, pairs = tmp_path / "work", tmp_path / "weights", tmp_path / "pairs"
    folders = ["--work", str(work), "--out", str(out), "--tests", str(pairs)]
    sources = ["--data", str(data), "--news", str(data / "news")]
    status = main(["all", *folders, *sources, "--minutes", "0.05", "--smoke"])
    assert status == 0, capsys.readouterr().err
    from sentence_transformers import SentenceTransformer

    vectors = SentenceTransformer(str(out / "embedder"), device="cpu").encode(["青石镇的纺织厂", ""])
    assert vectors.shape == (2, 16)
    assert np.isfinite(vectors).all()
    card = (out / "reader.md").read_text("utf-8")
    assert "CC BY-SA 4.0" in card
    assert "cmrc2018_train.jsonl" in card
    (out / "reader.md").unlink()
    assert main(["cards", *folders, "--model", "embedder"]) == 0
    assert not (out / "reader.md").exists()
    assert "in-batch" in (out / "embedder" / "README.md").read_text("utf-8")
    assert json.loads((pairs / "reader_parity.json").read_text("utf-8"))["pairs"]
    logits = np.load(pairs / "reader_parity.npz")
    checkpoint_pairs = gguf_logits(out / "reader.gguf", PARITY_PAIRS)
    parity = Parity.between([logits[f"logits_{i}"] for i in range(len(PARITY_PAIRS))], checkpoint_pairs)
    assert parity.largest_difference < 0.1


def test_training_goes_on_from_its_checkpoint(prepared_work: Path) -> None:
    """A second call with more minutes goes on at the step where the first one stopped."""
    train_spans(prepared_work, 0.01, smoke=True, say=quiet)
    first = Checkpoint.load(prepared_work / "reader.pt")
    train_spans(prepared_work, 0.03, smoke=True, say=quiet)
    second = Checkpoint.load(prepared_work / "reader.pt")
    assert 0 < first.step < second.step
    assert second.seconds > first.seconds
    assert second.history[0] == first.history[0]


def test_an_exported_reader_computes_what_the_network_does(tmp_path: Path) -> None:
    """The GGUF read through llama.cpp equals PyTorch, almost exactly in float32 and nearly so in Q8_0."""
    characters = sorted({char for question, text in PARITY_PAIRS for char in question + text})
    network = tiny_network(len(characters))
    ours = logits_of(network, characters, PARITY_PAIRS)
    for quantised, tolerance in ((False, 5e-3), (True, 5e-2)):
        path = tmp_path / f"reader-{quantised}.gguf"
        export_gguf(network, characters, path, "test", quantised=quantised)
        parity = Parity.between(ours, gguf_logits(path, PARITY_PAIRS))
        assert parity.largest_difference < tolerance


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda _line: "{broken", "line 3"),
        (lambda line: line.replace('"passage"', '"text"'), "no text under 'passage'"),
        (lambda line: line.replace("CC BY-SA 4.0", "CC BY-NC 4.0"), "licence 'CC BY-NC 4.0' is not one of"),
    ],
    ids=["broken", "key missing", "licence"],
)
def test_a_bad_data_line_is_named(data: Path, tmp_path: Path, spoil: Callable[[str], str], words: str) -> None:
    """A line that is broken, incomplete or under another licence stops the run with one line that names it."""
    path = data / "rc" / "drcd_dev.jsonl"
    lines = path.read_text("utf-8").splitlines()
    lines[2] = spoil(lines[2])
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(BadInputError, match=r"drcd_dev\.jsonl line 3") as caught:
        prepare(data, data / "news", tmp_path / "work", processes=1, say=quiet)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_data_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without data gives one line on standard error and the exit status of bad input."""
    status = main(["prepare", "--data", str(tmp_path), "--news", str(tmp_path), "--work", str(tmp_path / "w")])
    assert status == BadInputError.exit_code
    assert "cmrc2018_train" in capsys.readouterr().err


def test_a_checkpoint_of_another_shape_is_refused(prepared_work: Path) -> None:
    """Going on with a checkpoint that was made for other sizes ends in one clear line."""
    train_spans(prepared_work, 0.005, smoke=True, say=quiet)
    path = prepared_work / "reader.pt"
    saved = Checkpoint.load(path)
    saved.shape = Shape(saved.shape.vocabulary, width=128)
    saved.save(path)
    with pytest.raises(ModelError, match="made for another network"):
        train_spans(prepared_work, 0.01, smoke=True, say=quiet)


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    """A checkpoint cut short is told as such, in one line."""
    path = tmp_path / "reader.pt"
    path.write_bytes(b"PK\x03\x04 not a checkpoint")
    with pytest.raises(ModelError, match="not a readable checkpoint"):
        Checkpoint.load(path)


def test_the_development_split_goes_by_passage(prepared_work: Path) -> None:
    """All questions of a passage are on one side, and no training passage shares a long run with the other side."""
    human = Prepared.load(prepared_work).human
    held = {q.passage for q in human if q.development}
    assert held
    assert held.isdisjoint(q.passage for q in human if not q.development)
    assert is_development("cmrc2018_train", "一") == (per_mille("一") < 125)
    row = {"question": "哪裡?", "passage": "他住在臺北市。", "answers": ["臺北市"]}
    question = human_question(row, "drcd_dev")
    assert question is not None
    assert question.answers == ("台北市",)
    shared = "这一段文字在两边都出现并且长过四十个字所以训练那一边的必须去掉否则开发集上的数字就不再可信了"
    pair = [
        type(question)("问?", shared + "甲", ("甲",), "x", development=True),
        type(question)("问?", "乙" + shared, ("乙",), "x", development=False),
    ]
    kept, dropped = drop_overlap(pair)
    assert (len(kept), dropped) == (1, 1)


def test_held_out_news_is_never_trained_on(prepared_work: Path) -> None:
    """Passages of held-out articles are marked, and they are those whose id hashes low."""
    made = [p for p in Prepared.load(prepared_work).made if p.source == "news"]
    held = {i for i in range(40) if is_held_out_news(f"n{i}")}
    for item in made:
        article = next(i for i in range(40) if item.passage in (passage(300 + i) + passage(400 + i)))
        assert item.held_out == (article in held)


def test_made_answers_stand_where_they_are_said_to(prepared_work: Path) -> None:
    """Each made question's answer is in its passage at the given place, and not in the question itself."""
    made = Prepared.load(prepared_work).made
    assert sum(len(p.questions) for p in made) > 100
    for item in made:
        for q in item.questions:
            assert item.passage[q.start : q.start + len(q.answer)] == q.answer
