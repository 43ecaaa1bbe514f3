"""The embedder's training data and its loop: what stays out, what a pair is, and that a run goes on where it stopped."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors import SafetensorError  # noqa: E402 — after the check that torch is there
from scipy import sparse  # noqa: E402
from sentence_transformers import SentenceTransformer  # noqa: E402

from models.errors import BadInputError, ModelError  # noqa: E402
from models.training import embedder  # noqa: E402
from models.training.apart import evidence_ids  # noqa: E402
from models.training.embedder import RECIPE, product, save_embedder, shared_words, train_embedder  # noqa: E402
from models.training.embedder_articles import NewsArticle, prepare_articles  # noqa: E402
from models.training.embedder_data import (  # noqa: E402
    PairDrawer,
    PairTexts,
    Shares,
    make_tokenizer,
    same_event_pairs,
)
from models.training.prepare import Prepared, prepare  # noqa: E402
from models.training.sources import is_held_out_news  # noqa: E402
from tests.training_samples import quiet, write_data, write_rows  # noqa: E402

SMALL = replace(RECIPE, dimensions=8, batch=16, workers=2)


@pytest.fixture(name="work")
def _work(tmp_path: Path) -> Path:
    """Return a work folder with tiny prepared data and articles; article n1 is evidence, n2 nearly a copy of it."""
    data, work = tmp_path / "data", tmp_path / "work"
    special = "柳溪县的龙舟赛定在端午当天举行,共有十二支队伍报名参加,终点设在石桥下游三百米处,观众可以免费入场,停车场设在县体育馆北侧。"
    write_data(data, {"n1": special, "n2": "本报讯:" + special + "组委会说,获胜的队伍将得到奖杯。"})
    write_rows(tmp_path / "asked.jsonl", [{"question": "赛龙舟那天车停哪?", "evidence": [{"doc_id": "n1"}]}])
    prepare(data, data / "news", work, [tmp_path / "asked.jsonl"], processes=1, say=quiet)
    prepare_articles(data / "news", work, [tmp_path / "asked.jsonl"])
    return work


def test_what_is_measured_on_stays_out_of_training(work: Path) -> None:
    """Evidence of a question set and copies of it are neither among the articles nor among the made questions."""
    articles = NewsArticle.load_all(work)
    assert not any("龙舟" in sentence for article in articles for sentence in article.sentences)
    record = json.loads((work / "prepared" / "articles.json").read_text("utf-8"))
    held_out = sum(is_held_out_news(f"n{i}") for i in range(40))
    assert (record["apart"], record["kept"]) == (2, 38 - held_out + sum(is_held_out_news(n) for n in ("n1", "n2")))
    about = [made for made in Prepared.load(work).made if "龙舟赛" in made.passage]
    assert about
    assert all(made.held_out for made in about)


@pytest.mark.parametrize("content", [b"{broken\n", b"\xff\n", b"[1]\n"], ids=["cut", "no UTF-8", "other"])
def test_a_broken_file_of_articles_is_named(work: Path, content: bytes) -> None:
    """It is told in one line, with the line of the file and the step that writes it."""
    (work / "prepared" / "articles.jsonl").write_bytes(content)
    with pytest.raises(BadInputError, match=r"articles\.jsonl.*line 1.*run the step articles again") as caught:
        NewsArticle.load_all(work)
    assert "\n" not in str(caught.value)


def test_evidence_is_found_in_both_notations(tmp_path: Path) -> None:
    """Question sets name articles as places of evidence or as judgements; a missing file is told."""
    write_rows(
        tmp_path / "a.jsonl", [{"question": "?", "evidence": [{"doc_id": "x"}]}, {"question": "?", "qrels": {"y": 2}}]
    )
    assert evidence_ids([tmp_path / "a.jsonl"]) == {"x", "y"}
    with pytest.raises(BadInputError, match="no such question file"):
        evidence_ids([tmp_path / "b.jsonl"])


def _drawer() -> PairDrawer:
    """Return a drawer over articles in which no word occurs twice but for the reports of one event."""
    words = [chr(0x4E00 + i) + chr(0x5E00 + i) for i in range(600)]
    tokenizer = make_tokenizer(dict.fromkeys(words, 5), 2000)
    articles = [
        NewsArticle(day, ["".join(words[120 * day + 12 * k : 120 * day + 12 * (k + 1)]) for k in range(10)])
        for day in range(1, 5)
    ]
    return PairDrawer(tokenizer, PairTexts([("问", "答")], ["问"], [0], ["答"], articles))


def test_a_passage_does_not_hold_the_sentence_it_is_asked_with() -> None:
    """A pair of one article is a sentence and others, never the sentence itself."""
    drawer = _drawer()
    for share in (Shares(0, 0, 0, 0), Shares(0, 0, 0, 1)):
        batch = drawer.draw(np.random.default_rng(1), 64, share)
        assert batch.asked.shape[0] == batch.there.shape[0] > 8
        assert batch.asked.multiply(batch.there).nnz == 0
    again = [drawer.draw(np.random.default_rng(2), 16, Shares(0, 0, 0, 0)).asked for _ in range(2)]
    assert (again[0] != again[1]).nnz == 0


def test_reports_of_one_event_are_told_from_copies_and_strangers() -> None:
    """Two articles with rare words in common are a pair; a copy is none, nor one that is weeks away."""
    rng = np.random.default_rng(3)
    common = np.arange(0, 10)
    event = np.arange(100, 140)
    first, second, late = (
        rng.permutation(np.concatenate([event, rng.integers(1000, 9000, size=30)])) for _ in range(3)
    )
    copy = np.concatenate([first, [9998, 9999]])
    others = [rng.integers(1000, 9000, size=70) for _ in range(300)]
    texts = [first, second, copy, late, *others]
    ids = np.concatenate([np.concatenate([common, text]) for text in texts]).astype(np.int32)
    starts = np.concatenate([[0], np.cumsum([len(text) + len(common) for text in texts])])
    days = np.array([100, 101, 100, 140, *([100] * len(others))])
    pairs = {tuple(sorted(pair)) for pair in same_event_pairs(ids, starts, days, 10000).tolist()}
    assert (0, 1) in pairs
    assert not pairs & {(0, 2), (0, 3), (1, 3)}
    assert all(second < 4 for _, second in pairs)


def test_the_sparse_product_has_the_gradient_of_the_dense_one() -> None:
    """What is computed by scipy equals torch, forward and backward."""
    matrix = sparse.random(7, 11, density=0.4, format="csr", dtype=np.float32, random_state=1)
    ours = torch.randn(11, 3, requires_grad=True)
    theirs = ours.detach().clone().requires_grad_()
    left, right = product(matrix, ours), torch.from_numpy(matrix.toarray()) @ theirs
    left.square().sum().backward()
    right.square().sum().backward()
    assert torch.allclose(left, right, atol=1e-5)
    assert torch.allclose(ours.grad, theirs.grad, atol=1e-5)


def test_the_lexical_share_is_that_of_the_querys_words() -> None:
    """A passage with the rarer of two words has the larger share; how often a word occurs does not matter."""
    asked = sparse.csr_matrix(np.array([[1, 1, 0]], dtype=np.float32))
    there = sparse.csr_matrix(np.array([[3, 0, 1], [0, 1, 0], [1, 1, 1]], dtype=np.float32))
    assert np.allclose(shared_words(asked, there, np.array([0.25, 0.75, 1], dtype=np.float32)), [[0.25, 0.75, 1]])


def test_a_folder_that_cannot_be_written_stays_as_it_was(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library's own error for a full disk comes out as an `OSError`, and the old weights are still there."""

    def save(_: SentenceTransformer, folder: str, **__: object) -> None:
        (Path(folder) / "model.safetensors").write_bytes(b"half")
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    train_embedder(work, 0.01, recipe=SMALL, say=quiet)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "model.safetensors").write_bytes(b"whole")
    monkeypatch.setattr(SentenceTransformer, "save", save)
    with pytest.raises(OSError, match="No space left"):
        save_embedder(work, tmp_path / "folder")
    assert [(file.name, file.read_bytes()) for file in (tmp_path / "folder").iterdir()] == [
        ("model.safetensors", b"whole")
    ]
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


def test_the_embedders_training_goes_on_from_its_checkpoint(work: Path, tmp_path: Path) -> None:
    """More minutes go on at the last step; another shape or a broken file is told in one line."""
    torch.set_num_threads(1)
    first = train_embedder(work, 0.03, recipe=SMALL, say=quiet)
    second = train_embedder(work, 0.06, recipe=SMALL, say=quiet)
    assert 0 < first["step"] < second["step"]
    save_embedder(work, tmp_path / "folder")
    assert (tmp_path / "folder" / "model.safetensors").stat().st_size > 0
    with pytest.raises(ModelError, match="another embedder"):
        train_embedder(work, 0.09, recipe=replace(SMALL, dimensions=4), say=quiet)
    (work / embedder.CHECKPOINT).write_bytes(b"broken")
    with pytest.raises(ModelError, match="no checkpoint"):
        train_embedder(work, 0.06, recipe=SMALL, say=quiet)
