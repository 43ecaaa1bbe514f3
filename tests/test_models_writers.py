"""The models folder: what is found in it, and what is said of files that cannot write."""

import os
import time

import gguf
import pytest

from models.errors import ModelError
from models.generator_header import HeaderError, read_header
from models.random_gguf import TINY, Shape, random_gguf, scripted_gguf
from models.store import bundled
from models.writers import find_writers, inspect_writer, models_folder, resolve_writer
from ui.web import strings


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "whole.gguf"
    scripted_gguf(path, "好")
    return path.read_bytes()


def metadata_only(path, architecture="qwen3", tensors=True, **values):
    """Write a GGUF with just these values."""
    import numpy as np

    writer = gguf.GGUFWriter(path, architecture)
    for name, value in values.items():
        key = name.replace("__", ".")
        if isinstance(value, bool):
            writer.add_bool(key, value)
        elif isinstance(value, int):
            writer.add_uint32(key, value)
        elif isinstance(value, list):
            writer.add_array(key, value)
        else:
            writer.add_string(key, value)
    if tensors:
        writer.add_tensor("token_embd.weight", np.zeros((4, 32), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def problem(path):
    """What is wrong with a file, in one line; the page must have words of its own for it."""
    found = inspect_writer(path).problem
    if found is None:
        return None
    assert "\n" not in found.text
    assert strings.WRITER_PROBLEMS[found.kind]
    return found.text


def test_the_folder_is_the_users(monkeypatch, tmp_path):
    """An environment variable names it, else it lies at home; looking creates nothing."""
    monkeypatch.setenv("YIJU_MODELS", str(tmp_path / "mine"))
    assert models_folder() == tmp_path / "mine"
    monkeypatch.delenv("YIJU_MODELS")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert models_folder() == tmp_path / ".yiju" / "models"
    assert find_writers(models_folder()) == []
    assert not models_folder().exists()


def test_writers_are_found_by_name(tmp_path, whole):
    """GGUF files of the folder, however their ending is written, in order; nothing else; names are unique."""
    for name in ("b.gguf", "a.GGUF", "b.GGUF", "notes.txt", "c.gguf.part"):
        (tmp_path / name).write_bytes(whole)
    (tmp_path / "folder.gguf").mkdir()
    found = find_writers(tmp_path)
    assert [writer.name for writer in found] == ["a", "b", "b.gguf", "folder"]
    assert len({writer.name for writer in found}) == len(found)
    assert found[0].path == tmp_path / "a.GGUF"
    assert (found[0].architecture, found[0].context_length, found[0].bytes) == ("qwen3", 4096, len(whole))
    assert [writer.problem is None for writer in found] == [True, True, True, False]
    assert "folder" in str(found[3].problem)


@pytest.mark.parametrize("size", [0, 3, 24, 100, 1000, 6000, -4000, -1])
def test_a_cut_file_says_so(tmp_path, whole, size):
    """Wherever it ends; as it is while being copied. Once it is whole it is fine."""
    path = tmp_path / "m.gguf"
    path.write_bytes(whole[:size])
    told = problem(path)
    assert told is not None
    assert any(words in told for words in ("empty", "not a GGUF", "ends inside its header", "is cut"))
    assert "download it again" in told
    assert "still being copied" in told
    path.write_bytes(whole)
    assert problem(path) is None


def test_files_that_only_look_like_models(tmp_path):
    """A web page, random bytes, a header of nonsense, another version, another byte order."""
    path = tmp_path / "m.gguf"
    for data, words in [
        (b"<!DOCTYPE html><title>404</title>", "web page"),
        (b"\n<html>", "web page"),
        (os.urandom(3000), "not a GGUF"),
        (b"GGUF" + b"\xff" * 500, "GGUF version"),
        (b"GGUF\x03\0\0\0" + b"\xff" * 500, "makes no sense"),
        (b"GGUF\x01\0\0\0" + bytes(100), "version 1"),
        (b"GGUF\0\0\0\x03" + bytes(100), "big-endian"),
        (b"GGUF\x03\0\0\0" + bytes(100), "no model"),
    ]:
        path.write_bytes(data)
        told = problem(path)
        assert told is not None
        assert words in told
        path.unlink()


def test_models_that_cannot_write_say_why(tmp_path):
    """Encoders, embedding models, additions to models, base models; our own reader."""
    path = bundled("reader").location
    assert "cannot write" in (problem(path) or "")
    for name, values, words in [
        ("embedding", {"qwen3__pooling_type": 3, "tokenizer__chat_template": "x"}, "embedding model"),
        ("ranker", {"qwen3__pooling_type": 4, "tokenizer__chat_template": "x"}, "embedding model"),
        ("encoder", {"qwen3__attention__causal": False, "tokenizer__chat_template": "x"}, "cannot write"),
        ("bert", {"architecture": "nomic-bert", "tokenizer__chat_template": "x"}, "cannot write"),
        ("adapter", {"general__type": "adapter"}, "addition"),
        ("vision", {"general__type": "mmproj"}, "addition"),
        ("vocabulary", {"tensors": False, "tokenizer__chat_template": "x"}, "no model"),
        ("base", {"tokenizer__ggml__tokens": ["<|im_start|>", "a", "<|im_end"]}, "chat template"),
    ]:
        metadata_only(tmp_path / f"{name}.gguf", **values)
        told = problem(tmp_path / f"{name}.gguf")
        assert told is not None, name
        assert words in told
    for name, values in [
        ("causal", {"qwen3__pooling_type": 0, "general__type": "model", "tokenizer__chat_template": "x"}),
        ("chatml", {"tokenizer__ggml__tokens": ["<|im_start|>", "a", "<|im_end|>"]}),
    ]:
        metadata_only(tmp_path / f"{name}.gguf", **values)
        assert problem(tmp_path / f"{name}.gguf") is None


def test_split_models_are_read_from_their_first_part(tmp_path, whole):
    """All parts must be there; the later ones say which one to use; their sizes are added."""
    first = tmp_path / "m-00001-of-00002.gguf"
    first.write_bytes(whole)
    assert "m-00002-of-00002.gguf is missing" in (problem(first) or "")
    second = tmp_path / "m-00002-of-00002.gguf"
    second.write_bytes(whole)
    os.utime(first, (1, 1))
    found = find_writers(tmp_path)
    assert found[0].problem is None
    assert found[0].bytes == 2 * len(whole)
    assert "use m-00001-of-00002" in str(found[1].problem)


def test_a_writer_is_resolved_from_a_name_or_a_path(tmp_path, whole, monkeypatch):
    """A name in the folder, with or without its ending, or any path; else the message lists the names."""
    models = tmp_path / "models"
    models.mkdir()
    (models / "good.gguf").write_bytes(whole)
    (models / "bad.gguf").write_bytes(whole[:-10])
    elsewhere = tmp_path / "other.gguf"
    elsewhere.write_bytes(whole)
    assert resolve_writer("good", models).path == models / "good.gguf"
    assert resolve_writer(" good.gguf ", models).path == models / "good.gguf"
    assert resolve_writer(str(elsewhere), models).name == "other"
    monkeypatch.chdir(tmp_path)
    assert resolve_writer("other.gguf", models).name == "other"
    for text in ("nothing", "", "~/nothing.gguf"):
        with pytest.raises(ModelError, match=r"holds good\)"):
            resolve_writer(text, models)
    with pytest.raises(ModelError, match=r"holds none"):
        resolve_writer("good", tmp_path / "nowhere")
    with pytest.raises(ModelError, match=r"bad cannot be used, it is cut"):
        resolve_writer("bad", models)
    with pytest.raises(ModelError, match=r"folder"):
        resolve_writer(str(models), models)


def test_large_vocabularies_are_read_quickly(tmp_path):
    """A list of files must be there at once: 150,000 words and their merges are stepped over."""
    path = tmp_path / "large.gguf"
    random_gguf(path, Shape(1, 32, 1, 1, 32, 32, 151936, 4096), "Q8_0")
    start = time.perf_counter()
    header = read_header(path)
    assert time.perf_counter() - start < 0.3
    assert header.vocabulary == 151936
    assert header.whole_bytes == path.stat().st_size
    start = time.perf_counter()
    inspect_writer(path)
    inspect_writer(path)
    assert time.perf_counter() - start < 0.3


def test_the_header_is_what_ggufs_own_reader_reads(tmp_path):
    """Values, numbers of tensors, the start of the weights and the end of the file."""
    path = tmp_path / "m.gguf"
    random_gguf(path, TINY, "Q8_0")
    header, original = read_header(path), gguf.GGUFReader(path)
    assert header.tensors == len(original.tensors)
    assert header.weights_start == original.data_offset
    last = original.tensors[-1]
    assert (
        header.whole_bytes == -(-(last.data_offset + last.n_bytes) // 32) * 32
        or header.whole_bytes == last.data_offset + last.n_bytes
    )
    for key, value in header.values.items():
        assert original.fields[key].contents() == value
    assert header.arrays["tokenizer.ggml.tokens"].length == TINY.vocabulary
    assert header.text("nothing") == ""
    assert header.number("nothing", 7) == 7


def test_every_cut_of_a_header_is_an_error_not_a_crash(tmp_path, whole):
    """Byte by byte through the first kilobyte."""
    path = tmp_path / "m.gguf"
    for size in range(1, 1000, 7):
        path.write_bytes(whole[:size])
        with pytest.raises(HeaderError):
            read_header(path)
        path.unlink()
