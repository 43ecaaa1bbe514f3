"""The bundled reader, as llama.cpp runs it, against the PyTorch network it was exported from."""

import json
import shutil
import threading
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from models.errors import ModelError
from models.fold import fold_text
from models.reader import LlamaReader, best_spans, open_bundled_reader
from models.reader_head import Head, combined
from models.reader_input import MAX_PASSAGE, encode, window_starts
from models.store import bundled

DATA = Path(__file__).parent / "data"
pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def reader():
    made = open_bundled_reader()
    yield made
    made.close()


def test_the_shipped_reader_equals_its_pytorch_original(reader):
    """Eight-bit weights through llama.cpp give the original's logits within 0.25, and the same best places."""
    described = json.loads((DATA / "reader_parity.json").read_text(encoding="utf-8"))
    stored = np.load(DATA / "reader_parity.npz")
    assert len(described["pairs"]) >= 8
    for number, pair in enumerate(described["pairs"]):
        made = encode(fold_text(pair["question"]), fold_text(pair["passage"]), reader.index)
        logits, original = reader.logits(made), stored[f"logits_{number}"]
        inside = slice(made.passage_start, made.passage_start + made.passage_length)
        assert np.abs(logits[inside, :2] - original[inside, :2]).max() < 0.25
        assert np.abs(logits[0, :4] - original[0, :4]).max() < 0.25
        ours, theirs = (reader.head.span_scores(each, inside.start, made.passage_length) for each in (logits, original))
        assert ours.argmax() == theirs.argmax()
        assert abs(ours.max() - theirs.max()) < 0.5


def test_scripts_and_widths_read_the_same(reader):
    """Traditional and Simplified give the same reading, each with offsets into its own text."""
    one = reader.read("大桥全长多少米？", ["澜江大桥全长１２００米，五月通车。"])[0]
    other = reader.read("大橋全長多少米？", ["瀾江大橋全長 1200 米，五月通車。"])[0]
    assert one.relevance == pytest.approx(other.relevance, abs=1e-5)
    assert [s.score for s in one.spans] == pytest.approx([s.score for s in other.spans], abs=1e-5)


def test_while_it_reads_numpy_has_one_thread(reader, monkeypatch):
    """Its threads would spin on the cores that llama.cpp needs: reading took twice as long. Afterwards all are back."""

    def threads():
        return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]

    seen, logits = [], reader.logits
    monkeypatch.setattr(reader, "logits", lambda pair: seen.append(threads()) or logits(pair))
    with threadpool_limits(2, user_api="blas"):
        before = threads()
        reader.read("大桥总投资多少？", ["总投资三亿元。", "全长一千二百米。"])
        assert threads() == before
    assert before
    assert [set(each) for each in seen] == [{1}, {1}]


def test_a_passage_beyond_the_window_is_read_to_its_end(reader):
    """What stands behind the first window is found too, and its offsets fit."""
    passage = "今天天气很好，大家都在散步。" * 40 + "青汀图书馆藏书四十万册。"
    assert len(passage) > 2 * MAX_PASSAGE
    spans = reader.read("青汀图书馆藏书多少册？", [passage])[0].spans
    assert "四十万" in passage[spans[0].start : spans[0].end]


@pytest.mark.parametrize("passage", ["", " ", "字", "😀𠮷"])
def test_odd_passages_are_read_without_trouble(reader, passage):
    """Nothing to point at gives no spans; offsets stay inside."""
    for span in reader.read("问什么？", [passage])[0].spans:
        assert 0 <= span.start < span.end <= len(passage)


def test_threads_take_turns(reader):
    """llama.cpp contexts are not thread-safe: concurrent questions get the answers they would get alone."""
    passage = "澜江大桥五月一日通车，总投资三亿元。"
    alone = reader.read("总投资多少？", [passage])
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(reader.read("总投资多少？", [passage]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone] * 4


@pytest.mark.parametrize("size", [0, 100, 5_000, 400_000, -1000])
def test_a_cut_file_is_an_error_that_names_it(tmp_path, size):
    """Wherever a GGUF is cut, llama.cpp or its metadata refuses it, in one line."""
    path = tmp_path / "reader.gguf"
    content = bundled("reader").location.read_bytes()
    path.write_bytes(content[:size])
    with pytest.raises(ModelError, match=r"reader\.gguf") as caught:
        LlamaReader(path)
    assert "\n" not in str(caught.value)


def test_something_else_than_a_reader_is_refused(tmp_path):
    """A page of text named .gguf, and a missing file."""
    path = tmp_path / "reader.gguf"
    path.write_text("<html>404</html>")
    with pytest.raises(ModelError, match="not a whole reader"):
        LlamaReader(path)
    with pytest.raises(ModelError, match="missing"):
        LlamaReader(tmp_path / "nowhere.gguf")


def test_flipped_bits_are_found_before_loading(tmp_path, monkeypatch):
    """The catalogue's hash is compared at every start."""
    from models import store

    copy = tmp_path / "reader.gguf"
    shutil.copyfile(bundled("reader").location, copy)
    content = bytearray(copy.read_bytes())
    content[-1000] ^= 1
    copy.write_bytes(bytes(content))
    monkeypatch.setattr(store, "WEIGHTS", tmp_path)
    with pytest.raises(ModelError, match="SHA-256"):
        open_bundled_reader()


def test_best_spans_are_what_brute_force_finds():
    """The first span is the best of all, probabilities are shares, and later spans do not overlap earlier ones."""
    random = np.random.default_rng(1)
    rank, longest = 3, 9
    head = Head(np.zeros((4 + 2 * rank, 2)), np.zeros(4 + 2 * rank), random.normal(size=longest))
    for length in (1, 5, 60):
        logits = random.normal(size=(length + 4, 4 + 2 * rank)).astype(np.float32) * 3
        found = best_spans(head.span_scores(logits, 3, length))

        def score(i, j, logits=logits):
            together = logits[i, 4 : 4 + rank] @ logits[j, 4 + rank :] / rank**0.5
            return float(logits[i, 0] + logits[j, 1] + together + head.lengths[j - i])

        scores = {
            (i, j): score(3 + i, 3 + j) - score(0, 0) for i in range(length) for j in range(i, min(length, i + longest))
        }
        best = max(scores, key=scores.__getitem__)
        assert found[0][:2] == best
        total = sum(np.exp(score) for score in scores.values()) + 1
        assert found[0][3] == pytest.approx(np.exp(scores[best]) / total, rel=1e-3)
        covered: set[int] = set()
        for first, last, _, _ in found:
            assert covered.isdisjoint(range(first, last + 1))
            covered |= set(range(first, last + 1))


def test_windows_are_read_as_one_passage():
    """A span that several windows hold whole gets the mean of its scores, one that none holds none at all."""
    random = np.random.default_rng(2)
    for length in (3, MAX_PASSAGE, MAX_PASSAGE + 1, 2 * MAX_PASSAGE, 700):
        starts = window_starts(length)
        assert starts[0] == 0
        assert max(starts[-1] + MAX_PASSAGE, length) == max(length, MAX_PASSAGE)
        assert all(later - earlier <= MAX_PASSAGE // 2 for earlier, later in pairwise(starts))
        windows = []
        for start in starts:
            size = min(MAX_PASSAGE, length - start)
            scores = random.normal(size=(size, min(size, 60))).astype(np.float32)
            scores[np.add.outer(np.arange(size), np.arange(scores.shape[1])) >= size] = -np.inf
            windows.append((start, scores))
        whole = combined(windows, length)
        for _ in range(300):
            first = int(random.integers(length))
            last = min(length - 1, first + int(random.integers(whole.shape[1])))
            held = [s[first - at, last - first] for at, s in windows if at <= first and last < at + len(s)]
            expected = np.mean(held) if held else -np.inf
            assert whole[first, last - first] == pytest.approx(expected, rel=1e-5)
