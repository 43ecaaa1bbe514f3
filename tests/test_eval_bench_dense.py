"""The measurement of FAISS's kinds, at a small size: what is exact is found to be, and every kind is asked."""

import json
import subprocess
import sys

import numpy as np
import pytest

from eval import bench_dense
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    work = tmp_path_factory.mktemp("dense")
    random = np.random.default_rng(0)
    base, asked = (random.standard_normal((count, 32)).astype(np.float32) for count in (1500, 10))
    base, asked = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (base, asked))
    bench_dense.prepare(base, asked, 2000, 32, work)
    return work, base, asked


def test_vectors_are_the_passages_and_then_copies_with_noise(prepared):
    """The first are as they were given; copies are near their originals; all have unit length."""
    work, base, asked = prepared
    vectors = np.load(work / "vectors.npy")
    assert np.array_equal(vectors[:1500], base)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    near = np.sum(vectors[1500:] * base[:500], axis=1)
    assert 0.8 < near.min() < near.max() < 1
    places = np.load(work / "exact.npy")
    assert np.array_equal(places, np.argsort(-(asked @ vectors.T), axis=1, kind="stable")[:, : bench_dense.K])


def test_another_embedders_vectors_keep_the_neighbours(prepared):
    """One map for passages and questions: what was near stays rather near."""
    _, base, _ = prepared
    wide = np.concatenate(list(bench_dense.made(base, 1500, 96)))
    again = np.concatenate(list(bench_dense.made(base[:50], 50, 96, seed=7)))
    assert wide.shape == (1500, 96)
    assert np.mean(np.argmax(again @ wide.T, axis=1) == np.arange(50)) > 0.9


@pytest.mark.parametrize("kind", bench_dense.KINDS)
def test_every_kind_is_measured(prepared, kind):
    """Flat search finds all there is to be found, ours nearly; each file goes again."""
    work, _, _ = prepared
    found = bench_dense.one(kind, work, busy=False)
    recall = found["recall@50"]
    assert 0.1 < recall <= 1
    assert kind != "flat" or recall == 1
    assert kind != "ours" or recall > 0.9
    assert found["ms_1"]["min"] <= found["ms_1"]["p50"] <= found["ms_1"]["p95"]
    assert ("remove_1_percent_ms" in found) == (kind != "hnsw")
    assert sorted(path.suffix for path in work.iterdir()) == [".npy"] * 3


def test_one_kind_in_a_process_of_its_own_while_the_cores_are_busy(prepared):
    """What keeps the cores busy ends with the measurement."""
    work, _, _ = prepared
    command = [sys.executable, "-m", "eval.bench_dense", "--one", "ours", "--work", str(work)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=120)
    assert json.loads(done.stdout)["ms_1_busy"]["p50"] > 0
