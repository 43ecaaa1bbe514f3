"""The training's own tests: everything runs in small on made-up data, and mistakes are told in one line."""

import json
import lzma
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from models.errors import BadInputError, ModelError, UsageError  # noqa: E402 — after the check that torch is there
from models.training.__main__ import main  # noqa: E402
from models.training.device import threads  # noqa: E402
from models.training.export import PARITY_PAIRS, export_gguf, logits_of  # noqa: E402
from models.training.network import ReaderNetwork, Shape  # noqa: E402
from models.training.parity import compare  # noqa: E402
from models.training.prepare import Prepared, prepare  # noqa: E402
from models.training.sources import (  # noqa: E402
    drop_overlap,
    human_question,
    is_development,
    is_held_out_news,
    per_mille,
)
from tests.training_samples import passage, quiet, write_data  # noqa: E402


@pytest.fixture(name="data")
def _data(tmp_path: Path) -> Path:
    """Return a folder of tiny data sets; its news lies in `news`."""
    return write_data(tmp_path / "data")


@pytest.fixture(name="prepared_work")
def _prepared_work(data: Path, tmp_path: Path) -> Path:
    """Return a work folder in which the tiny data are prepared."""
    work = tmp_path / "work"
    prepare(data, data / "news", work, processes=1, say=quiet)
    return work


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
    ours = [logits[f"logits_{i}"] for i in range(len(PARITY_PAIRS))]
    parity = compare(out / "reader.gguf", PARITY_PAIRS, ours)
    assert parity.largest_difference < 0.1


def test_an_exported_reader_computes_what_the_network_does(tmp_path: Path) -> None:
    """The GGUF read through llama.cpp equals PyTorch, almost exactly in float32 and nearly so in Q8_0."""
    characters = sorted({char for question, text in PARITY_PAIRS for char in question + text})
    network = tiny_network(len(characters))
    ours = logits_of(network, characters, PARITY_PAIRS)
    for quantised, tolerance in ((False, 5e-3), (True, 5e-2)):
        path = tmp_path / f"reader-{quantised}.gguf"
        export_gguf(network, characters, path, "test", quantised=quantised)
        parity = compare(path, PARITY_PAIRS, ours)
        assert parity.largest_difference < tolerance


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda _line: "{broken", "line 3"),
        (lambda line: line.replace('"passage"', '"text"'), "no text under 'passage'"),
        (lambda line: line.replace("CC BY-SA 4.0", "CC BY-NC 4.0"), "licence 'CC BY-NC 4.0' is not one of"),
        (lambda _line: "[1, 2]", "not a JSON object"),
        (lambda line: line.replace("出生", "\udcff"), "codec can't decode"),
    ],
    ids=["broken", "key missing", "licence", "no object", "no UTF-8"],
)
def test_a_bad_data_line_is_named(data: Path, tmp_path: Path, spoil: Callable[[str], str], words: str) -> None:
    """A line that is broken, incomplete or under another licence stops the run with one line that names it."""
    path = data / "rc" / "drcd_dev.jsonl"
    lines = path.read_text("utf-8").splitlines()
    lines[2] = spoil(lines[2])
    path.write_bytes("\n".join(lines).encode(errors="surrogateescape"))
    with pytest.raises(BadInputError, match=r"drcd_dev\.jsonl line 3") as caught:
        prepare(data, data / "news", tmp_path / "work", processes=1, say=quiet)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_data_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without data gives one line on standard error and the exit status of bad input."""
    status = main(["prepare", "--data", str(tmp_path), "--news", str(tmp_path), "--work", str(tmp_path / "w")])
    assert status == BadInputError.exit_code
    assert "cmrc2018_train" in capsys.readouterr().err


def test_a_cut_archive_of_news_is_named(data: Path, tmp_path: Path) -> None:
    """A compressed file that ends in the middle is told as such, with the last line that was whole."""
    path = data / "news" / "news-1.jsonl"
    packed = lzma.compress(path.read_bytes())
    path.with_suffix(".jsonl.xz").write_bytes(packed[: len(packed) // 2])
    path.unlink()
    with pytest.raises(BadInputError, match=r"news-1\.jsonl\.xz: cut or damaged after line \d+"):
        prepare(data, data / "news", tmp_path / "work", processes=1, say=quiet)


@pytest.mark.parametrize("name", ["human.jsonl", "made.jsonl", "vocabulary.json"])
@pytest.mark.parametrize("content", [None, b"{broken\n", b"\xff\n", b"[1]\n"], ids=["gone", "cut", "no UTF-8", "other"])
def test_a_broken_prepared_file_is_named(prepared_work: Path, name: str, content: bytes | None) -> None:
    """A prepared file that is missing or broken is told in one line, with what to do."""
    path = prepared_work / "prepared" / name
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(BadInputError, match="run the step prepare again") as caught:
        Prepared.load(prepared_work)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (["embedder"], "run the step articles"),
        (["choose"], "run the step that trains this model first"),
        (["export"], "run the step that trains this model first"),
        (["cards"], "run prepare and figures first"),
        (["reader", "--device", "abacus"], "give --device cpu"),
        (["reader", "--device", "meta"], "on a CPU or a CUDA GPU"),
    ],
)
def test_a_step_too_early_says_which_is_first(
    prepared_work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], step: list[str], words: str
) -> None:
    """Each step without what it goes on from ends in one line that names the step to run, and an exit status."""
    capsys.readouterr()
    with threads(1):  # the command takes all cores
        status = main([*step, "--work", str(prepared_work), "--out", str(tmp_path / "out"), "--smoke"])
    told = capsys.readouterr().err
    assert status in {BadInputError.exit_code, UsageError.exit_code, ModelError.exit_code}
    assert words in told
    assert told.count("\n") == 1


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
