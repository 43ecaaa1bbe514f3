"""Models made here are real GGUF files, as gguf's own reader sees them."""

import time

import gguf
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.random_gguf import (
    QWEN3_0_6B,
    QWEN3_1_7B,
    TINY,
    Shape,
    byte_alphabet,
    random_gguf,
    scripted_gguf,
    scripted_pieces,
    tokenizer,
)


def test_the_tiny_model_is_tiny_and_repeatable(tmp_path):
    """Below a megabyte, in a moment, the same each time; another seed gives other weights."""
    start = time.perf_counter()
    random_gguf(tmp_path / "m.gguf", TINY, "F16")
    assert time.perf_counter() - start < 1
    first = (tmp_path / "m.gguf").read_bytes()
    assert len(first) < 1_000_000
    random_gguf(tmp_path / "m.gguf", TINY, "F16")
    assert (tmp_path / "m.gguf").read_bytes() == first
    random_gguf(tmp_path / "m.gguf", TINY, "F16", seed=1)
    assert (tmp_path / "m.gguf").read_bytes() != first


@pytest.mark.parametrize("quantisation", ["F16", "Q8_0"])
def test_weights_are_random_and_of_the_size_that_models_have(tmp_path, quantisation):
    """Mean 0, deviation 0.02, norms of one, the shapes that were asked for."""
    random_gguf(tmp_path / "m.gguf", TINY, quantisation)
    tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(tmp_path / "m.gguf").tensors}
    assert len(tensors) == 2 + 11 * TINY.layers
    for name, tensor in tensors.items():
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        if name.endswith("norm.weight"):
            assert (values == 1).all()
        else:
            assert abs(values.mean()) < 0.002
            assert values.std() == pytest.approx(0.02, rel=0.05)
    assert tuple(tensors["blk.1.ffn_down.weight"].shape) == (TINY.feed_forward, TINY.width)
    assert tuple(tensors["token_embd.weight"].shape) == (TINY.width, TINY.vocabulary)


def test_llama_cpp_quantises_to_q4_k_m(tmp_path):
    """In a process of its own; nothing but the file is left."""
    shape = Shape(1, 256, 4, 2, 64, 256, 1024, 512)
    random_gguf(tmp_path / "m.gguf", shape, "Q4_K_M")
    kinds = {tensor.tensor_type.name for tensor in gguf.GGUFReader(tmp_path / "m.gguf").tensors}
    assert "Q4_K" in kinds
    assert [path.name for path in tmp_path.iterdir()] == ["m.gguf"]


def test_sizes_that_cannot_be_are_refused(tmp_path):
    """Too few tokens for the bytes, rows that no block fits into."""
    with pytest.raises(ValueError, match="too small"):
        random_gguf(tmp_path / "m.gguf", Shape(1, 32, 1, 1, 32, 32, 260, 64), "F16")
    with pytest.raises(ValueError, match="multiples"):
        random_gguf(tmp_path / "m.gguf", Shape(1, 48, 1, 1, 32, 32, 1024, 64), "Q8_0")


@pytest.mark.parametrize("size", [261, 700, TINY.vocabulary, 20_000, QWEN3_0_6B.vocabulary])
def test_no_token_stands_twice(size):
    """llama.cpp ends its process where one does; every merge makes a token."""
    words = tokenizer(size, [b"xy", "大桥".encode()] if size > 300 else ())
    assert len(words.tokens) == len(set(words.tokens)) == len(words.types) == size
    assert {merge.replace(" ", "") for merge in words.merges} <= set(words.tokens)
    assert len(set(byte_alphabet())) == 256
    assert QWEN3_1_7B.vocabulary == QWEN3_0_6B.vocabulary


@given(st.text(alphabet="大桥的a\n1[]。", min_size=1, max_size=60))
def test_a_text_is_cut_into_pieces_that_differ(text):
    """They make up the text, and none is a line break alone; or the text is refused."""
    try:
        pieces = scripted_pieces(text)
    except ValueError:
        assert text == "\n" or len(set(text)) < len(text)
        return
    assert b"".join(pieces).decode() == text
    assert len(set(pieces)) == len(pieces)
    assert b"\n" not in pieces


def test_pieces_that_cannot_be_a_chain_are_refused(tmp_path):
    """The same twice, nothing, or the line break that starts the chain."""
    for pieces in ([b"a", b"a"], [b""], [b"\n"]):
        with pytest.raises(ValueError, match="all be different"):
            scripted_gguf(tmp_path / "m.gguf", pieces)
    with pytest.raises(ValueError, match="cannot be scripted"):
        scripted_pieces("\n")


def test_a_chain_is_far_from_ambiguous(tmp_path):
    """Each token's follower is ahead of all others by a wide margin, also in a long text."""
    text = "".join(chr(0x5000 + place) for place in range(600))
    scripted_gguf(tmp_path / "m.gguf", text)
    tensors = {t.name: np.asarray(t.data, dtype=np.float32) for t in gguf.GGUFReader(tmp_path / "m.gguf").tensors}
    scores = tensors["token_embd.weight"] @ tensors["output.weight"].T
    best = np.sort(scores, axis=1)[:, -2:]
    followed = scores.max(axis=1) >= 128
    assert followed.sum() == 601
    assert (best[followed, 1] - best[followed, 0]).min() > 32
