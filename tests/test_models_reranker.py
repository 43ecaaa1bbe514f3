"""A user's CrossEncoder: a real one, tiny and untrained, saved by sentence-transformers' own means."""

import json
import shutil

import pytest

from models.errors import ModelError
from models.reranker import open_user_reranker

QUESTION = "桥多长？"
PASSAGES = ["大桥全长三千米。", "茶叶涨价了。", "桥"]


def save_cross_encoder(folder, labels):
    """Save a CrossEncoder of two layers with random weights."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"大桥全长三千米茶叶涨价了多？。"]
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=64,
        num_labels=labels,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_cross_encoder(tmp_path_factory.mktemp("rerankers") / "tiny", labels=1)


def test_every_passage_gets_the_score_that_the_model_gives_it(folder):
    from sentence_transformers import CrossEncoder

    reranker = open_user_reranker(str(folder))
    scores = reranker.score(QUESTION, PASSAGES)
    model = CrossEncoder(str(folder), device="cpu")
    assert scores == pytest.approx([float(model.predict([(QUESTION, passage)])[0]) for passage in PASSAGES], abs=1e-5)
    assert len(set(scores)) == len(PASSAGES)
    assert reranker.name == "tiny"


def test_scripts_are_one(folder):
    reranker = open_user_reranker(str(folder))
    assert reranker.score("橋多長？", ["大橋全長三千米。"]) == reranker.score(QUESTION, ["大桥全长三千米。"])


def test_no_passages_cost_nothing(tmp_path):
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    assert open_user_reranker(str(tmp_path)).score(QUESTION, []) == []


def test_what_is_no_reranker_is_one_line(tmp_path, folder):
    with pytest.raises(ModelError, match="there is no reranker"):
        open_user_reranker(str(tmp_path / "nothing/there/at-all"))
    with pytest.raises(ModelError, match=r"has no config\.json"):
        open_user_reranker(str(tmp_path))
    classifier = save_cross_encoder(tmp_path / "classes", labels=3)
    with pytest.raises(ModelError, match="tells 3 classes apart") as caught:
        open_user_reranker(str(classifier)).score(QUESTION, PASSAGES)
    assert "\n" not in str(caught.value)
    damaged = tmp_path / "damaged"
    shutil.copytree(folder, damaged)
    (damaged / "model.safetensors").write_bytes(b"cut")
    with pytest.raises(ModelError, match="cannot be loaded") as caught:
        open_user_reranker(str(damaged)).score(QUESTION, PASSAGES)
    assert "\n" not in str(caught.value)
    (damaged / "config.json").write_text(json.dumps({"model_type": "unheard-of"}), encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be loaded"):
        open_user_reranker(str(damaged)).score(QUESTION, PASSAGES)
