"""The dense leg: exact sums of rounded vectors, whatever came before; files that are damaged in every way."""

import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import IndexUnusableError, ModelError
from models.fakes import HashingEmbedder
from rag.indexing import Indexer
from rag.library import Library
from rag.retrieval.dense import FILE, DenseIndex, DenseLeg
from rag.settings import Settings
from rag.types import EVERYTHING, Filter

HEADER = 32


def unit(count, dimensions, seed=0):
    vectors = np.random.default_rng(seed).standard_normal((count, dimensions)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def made(vectors, rows=None):
    index = DenseIndex.empty(vectors.shape[1])
    index.add(range(1, len(vectors) + 1) if rows is None else rows, vectors)
    return index


def refused(path, match, dimensions=None):
    with pytest.raises(IndexUnusableError, match=match) as told:
        DenseIndex.read(path, dimensions)
    assert "\n" not in str(told.value)
    assert "yiju index" in str(told.value)


@pytest.mark.parametrize("dimensions", [1, 8, 31, 32, 64, 100, 128, 129, 512, 1024, 1056])
def test_scores_are_cosines_nearly_and_exact_sums_of_whole_numbers(dimensions):
    """FAISS cuts fractions off a question where the dimensions suit its byte kernels: it must be given none."""
    vectors = unit(300, dimensions)
    index = made(vectors)
    for question in unit(5, dimensions, seed=1):
        found = index.search(question, 300)
        cosines = vectors @ question
        assert [row for row, _ in found] == sorted(range(1, 301), key=lambda row: (-dict(found)[row], row))
        assert all(abs(score - cosines[row - 1]) < 0.02 for row, score in found)
        steps = np.array([score for _, score in found]) / (
            float(np.abs(question).max()) * min(1, 6 / dimensions**0.5) / 127**2
        )
        assert np.abs(steps - np.rint(steps)).max() < 1e-3


def test_the_nearest_are_found():
    """Of the 50 nearest by float32, nearly all; of the 25 nearest, every one."""
    vectors = unit(5000, 128)
    index = made(vectors)
    for question in unit(10, 128, seed=1):
        exact = (np.argsort(-(vectors @ question)) + 1).tolist()
        found = [row for row, _ in index.search(question, 50)]
        assert len(set(found) & set(exact[:50])) >= 46
        assert set(exact[:25]) <= set(found)


@pytest.mark.parametrize("dimensions", [32, 100, 128])
def test_the_same_vector_has_the_same_score_wherever_it_stands(dimensions):
    """Reposts tie exactly, in any place and any company."""
    twice = np.repeat(unit(7, dimensions), 40, axis=0)[np.random.default_rng(3).permutation(280)]
    index = made(twice)
    found = dict(index.search(unit(1, dimensions, seed=5)[0], 280))
    assert len(found) == 280
    assert len(set(found.values())) == 7


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 12)), min_size=1, max_size=12), st.integers(0, 2**32 - 1))
def test_kept_in_step_is_as_built_afresh(tmp_path_factory, steps, seed):
    """Adding, removing, writing and reading in any order leads to the same rows, scores and file."""
    random = np.random.default_rng(seed)
    vectors = unit(200, 32, seed=seed)
    index = DenseIndex.empty(32)
    path = tmp_path_factory.mktemp("dense") / FILE
    last, live = 0, []
    for adding, count in steps:
        if adding:
            rows = list(range(last + 1, last + count + 1))
            index.add(rows, vectors[rows])
            live, last = live + rows, rows[-1]
        else:
            gone = set(random.choice(last + 1, size=min(count, last + 1), replace=False).tolist())
            index.remove(sorted(gone))
            live = [row for row in live if row not in gone]
            index.write(path)
            index = DenseIndex.read(path, 32)
    fresh = made(vectors[live], live) if live else DenseIndex.empty(32)
    assert index.rows() == live == fresh.rows()
    assert len(index) == len(live)
    question = unit(1, 32, seed=seed ^ 1)[0]
    assert index.search(question, 300) == fresh.search(question, 300)
    index.write(path)
    fresh.write(path.with_suffix(".fresh"))
    assert path.read_bytes() == path.with_suffix(".fresh").read_bytes()


def test_rows_must_ascend_and_vectors_fit():
    """Row numbers are given in the order in which passages come in; anything else is a mistake of ours."""
    index = made(unit(3, 8), [1, 4, 6])
    for rows, vectors in (([6], unit(1, 8)), ([9, 8], unit(2, 8)), ([7], unit(1, 9)), ([7, 8], unit(1, 8))):
        with pytest.raises(ValueError, match="do not fit"):
            index.add(rows, vectors)
    assert index.rows() == [1, 4, 6]
    index.add([], np.empty((0, 8), dtype=np.float32))
    index.remove([5, 99, -3])
    assert len(index) == 3


def test_filters_keep_to_their_rows():
    """Lists and arrays, in any order, with rows that are not there, twice, or none at all."""
    index = made(unit(500, 32))
    question = unit(1, 32, seed=1)[0]
    everything = index.search(question, 500)
    for allowed in ([], [7], [900, 7, 7, 3, -1], np.arange(1, 500, 3), list(range(250, 0, -1)), np.empty(0, np.int64)):
        wanted = set(np.asarray(allowed, dtype=np.int64).tolist())
        expected = [pair for pair in everything if pair[0] in wanted]
        assert index.search(question, 500, allowed) == expected
        assert index.search(question, 2, allowed) == expected[:2]
    assert index.search(question, 0) == []
    assert DenseIndex.empty(32).search(question, 5) == []
    assert DenseIndex.empty(32).search(question, 5, [1]) == []


def test_zero_is_like_nothing_and_no_number_is_told():
    """A text without a known token has the zero vector; what is not a number comes from a broken model."""
    vectors = unit(4, 16)
    vectors[2] = 0
    index = made(vectors)
    assert dict(index.search(vectors[0], 4))[3] == 0
    assert index.search(np.zeros(16, np.float32), 4) == []
    assert index.rivals(np.zeros(16, np.float32), 1) is None
    for wrong in (np.nan, np.inf, -np.inf):
        broken = unit(2, 16)
        broken[1, 5] = wrong
        with pytest.raises(ModelError, match="not numbers"):
            index.add([8, 9], broken)
        with pytest.raises(ModelError, match="not numbers"):
            index.search(broken[1], 3)
    assert len(index) == 4
    for dimensions in (0, 6001):
        with pytest.raises(ModelError, match="dimensions"):
            DenseIndex.empty(dimensions)


@given(st.data())
def test_what_could_lead_astray_is_found(tmp_path_factory, data):
    """A bit of the header or of the row numbers, a cut anywhere, something after the end: one line each."""
    path = tmp_path_factory.mktemp("dense") / FILE
    made(unit(20, 8)).write(path)
    sound = path.read_bytes()
    assert len(sound) == HEADER + 20 * 16
    kind = data.draw(st.sampled_from(["flip", "cut", "more"]))
    if kind == "flip":
        content = bytearray(sound)
        content[data.draw(st.integers(0, HEADER + 20 * 8 - 1))] ^= 1 << data.draw(st.integers(0, 7))
        path.write_bytes(content)
    elif kind == "cut":
        path.write_bytes(sound[: data.draw(st.integers(0, len(sound) - 1))])
    else:
        path.write_bytes(sound + data.draw(st.binary(min_size=1, max_size=200)))
    refused(path, "dense index")


def test_a_flipped_code_moves_one_score_and_no_more(tmp_path):
    """Codes may hold any byte: what is damaged there is found by the doctor, and never ends the process."""
    path = tmp_path / FILE
    vectors = unit(50, 64)
    made(vectors).write(path)
    before = dict(DenseIndex.read(path).search(vectors[0], 50))
    content = bytearray(path.read_bytes())
    content[-1] ^= 0xFF
    path.write_bytes(content)
    after = dict(DenseIndex.read(path).search(vectors[0], 50))
    assert {row for row in before if before[row] != after[row]} == {50}


def headed(version, dimensions, count, rows=b""):
    head = struct.pack("<8sIIQI", b"yijudens", version, dimensions, count, zlib.crc32(rows))
    return head + zlib.crc32(head).to_bytes(4, "little") + rows


def test_other_files_are_one_line(tmp_path):
    """A newer version, other dimensions, FAISS's own file, none, a folder; sizes that would take all memory."""
    path = tmp_path / FILE
    refused(path, "cannot be read")
    path.mkdir()
    refused(path, "cannot be read")
    path.rmdir()
    for content, match in [
        (b"", "not a file of passage vectors"),
        (b"IxM2" + bytes(3000), "not a file of passage vectors"),
        (headed(2, 8, 0), "version 2, this program reads 1"),
        (headed(1, 8, 2**61), "header says"),
        (headed(1, 2**31, 2**40), "header says"),
    ]:
        path.write_bytes(content)
        refused(path, match)
    for dimensions in (0, 2**31):
        path.write_bytes(headed(1, dimensions, 0))
        refused(path, "dimensions")
    made(unit(3, 8)).write(path)
    refused(path, "8 dimensions, the embedder's have 16", 16)
    assert len(DenseIndex.read(path, 8)) == 3
    DenseIndex.empty(8).write(path)
    assert len(DenseIndex.read(path)) == 0


def test_many_threads_find_the_same():
    """One index serves the threads of a process."""
    index = made(unit(3000, 64))
    questions = unit(40, 64, seed=2)
    alone = [index.search(question, 20) for question in questions]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda question: index.search(question, 20), questions)) == alone


def test_a_passages_place_is_its_place_in_the_search(tmp_path):
    """Rank and score of any passage, ties and filters included; a head passage has no vector."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(12):
        town = "澜江青汀"[number % 4]  # every fourth article says the same: its body passages tie
        text = f"# {town}市新桥 {number}\n\n2024-0{1 + number % 6}-01 来源：{town}州日报\n\n{town}州大桥五月通车，全长一千二百米。\n"
        (folder / f"{number:02}.md").write_text(text, encoding="utf-8")
    Indexer(tmp_path / "library", HashingEmbedder(), Settings(passage_length=60)).run([folder])
    library = Library.open(tmp_path / "library")
    leg = DenseLeg(library, DenseIndex.read(library.folder / FILE, 32), HashingEmbedder())
    rows = [int(row["row"]) for row in library.query("SELECT row FROM passage")]
    for only in (EVERYTHING, Filter(published_from=date(2024, 3, 1))):
        found = leg.search("青州大桥全长多少米", 1000, only)
        assert len({score for _, score in found}) < len(found)
        places = {row: leg.place("青州大桥全长多少米", row, only) for row in rows}
        assert {row: place for row, place in places.items() if place} == {
            row: (rank, score) for rank, (row, score) in enumerate(found, start=1)
        }
    assert len(found) < len(rows)
    assert leg.place("青州大桥", 10**9) is None
    library.close()
