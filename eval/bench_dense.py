"""Which FAISS index the dense leg should have: kinds beside each other on vectors of real passages.

    python -m eval.bench_dense --library DIR --questions SET [--sizes 200000 1000000] [--dimensions 512 1024]
                               [--kinds ...] [--work DIR]

Passages of an existing library are embedded again (its own vectors are rounded already). To reach a size they are
repeated with noise; other dimensions are made from them by one linear map and noise, as if by a user's own embedder.
Each kind is built, searched with one and two threads of FAISS, on idle cores and while every core is kept busy, in a
process of its own. Prints a table and one JSON document as the very last line. Quote ratios within one run.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from eval.questions import read_set
from models.protocols import Embedder
from rag.assemble import open_embedder
from rag.library import Library
from rag.retrieval.dense import DenseIndex

Vectors = npt.NDArray[np.float32]
Search = Callable[[Vectors, int], Sequence[int]]

K = 50
_BLOCK = 50_000
_EMBEDDED = 250_000  # passages that are embedded at most; further ones are copies with noise
_NOISE = 0.3  # of a copy, as a share of the vector's length
_OWN_NOISE = 0.5  # of a made embedder: what the linear map does not tell
_RESCORED = 2000
_HNSW_AT_MOST = 200_000  # more takes longer to build than anybody would wait for
_QUESTIONS = 200
_REPEATS = 2


def _unit(vectors: Vectors) -> Vectors:
    found: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12).astype(np.float32)
    return found


def _blurred(vectors: Vectors, share: float, random: np.random.Generator) -> Vectors:
    noise = random.standard_normal(vectors.shape, dtype=np.float32) * np.float32(share / np.sqrt(vectors.shape[1]))
    return _unit(vectors + noise)


def made(base: Vectors, size: int, dimensions: int, *, seed: int = 7) -> Iterator[Vectors]:
    """Yield blocks of unit vectors of so many dimensions, `size` in all, made from `base`, shape (n, d)."""
    random = np.random.default_rng(seed)
    widened = dimensions != base.shape[1]
    # The map comes first from the seed, so that questions get the same one.
    shape = (base.shape[1], dimensions)
    mapped = random.standard_normal(shape, dtype=np.float32) / np.float32(np.sqrt(dimensions)) if widened else None
    for start in range(0, size, _BLOCK):
        places = np.arange(start, min(start + _BLOCK, size))
        block = base[places % len(base)]
        if start + len(places) > len(base):
            block = np.where((places >= len(base))[:, None], _blurred(block, _NOISE, random), block)
        yield block if mapped is None else _blurred(block @ mapped, _OWN_NOISE, random)


def exact(blocks: Iterator[Vectors], questions: Vectors, k: int) -> npt.NDArray[np.int64]:
    """Return the places of the `k` nearest vectors by float32 inner product, shape (questions, k)."""
    best = np.empty((len(questions), 0), dtype=np.float32)
    where = np.empty((len(questions), 0), dtype=np.int64)
    start = 0
    for block in blocks:
        best = np.concatenate([best, questions @ block.T], axis=1)
        numbers = np.arange(start, start + len(block))
        where = np.concatenate([where, np.broadcast_to(numbers, (len(questions), len(block)))], axis=1)
        kept = np.argsort(-best, axis=1, kind="stable")[:, :k]
        best, where = np.take_along_axis(best, kept, 1), np.take_along_axis(where, kept, 1)
        start += len(block)
    return where


@dataclass(slots=True)
class Built:
    """An index of one kind, ready to be asked, and what it is made of."""

    search: Search
    file: Path
    reopen: Callable[[], object]
    remove: Callable[[Sequence[int]], object] | None = None


def _ours(vectors: npt.NDArray[np.float32], file: Path) -> Built:
    index = DenseIndex.empty(vectors.shape[1])
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK]
        index.add(range(start, start + len(block)), block)
    index.write(file)
    return Built(
        lambda vector, k: [row for row, _ in index.search(vector, k)], file, lambda: DenseIndex.read(file), index.remove
    )


def _faiss_kind(index: Any, vectors: Vectors, file: Path) -> Built:
    import faiss

    if not index.is_trained:
        index.train(vectors[:: max(1, len(vectors) // 100_000)])
    for start in range(0, len(vectors), _BLOCK):
        index.add(np.ascontiguousarray(vectors[start : start + _BLOCK]))
    faiss.write_index(index, str(file))

    def search(vector: Vectors, k: int) -> Sequence[int]:
        found: list[int] = index.search(vector[None, :], k)[1][0].tolist()
        return found

    def remove(rows: Sequence[int]) -> object:
        return index.remove_ids(np.asarray(rows, dtype=np.int64))

    hnsw = isinstance(index, faiss.IndexHNSW)
    return Built(search, file, lambda: faiss.read_index(str(file)), None if hnsw else remove)


def _rescored(vectors: Vectors, file: Path) -> Built:
    """One bit a component (RaBitQ), the best of it compared again by their whole vectors in memory-mapped float32."""
    import faiss

    coarse = _faiss_kind(faiss.IndexRaBitQFastScan(vectors.shape[1], faiss.METRIC_INNER_PRODUCT), vectors, file)

    def search(vector: Vectors, k: int) -> Sequence[int]:
        places = np.sort(np.asarray([place for place in coarse.search(vector, _RESCORED) if place >= 0]))
        order = np.argsort(-(vectors[places] @ vector), kind="stable")[:k]
        found: list[int] = places[order].tolist()
        return found

    return Built(search, file, coarse.reopen, coarse.remove)


def _factory(name: str) -> Callable[[Vectors, Path], Built]:
    def build(vectors: Vectors, file: Path) -> Built:
        import faiss

        lists = 2 ** round(np.log2(4 * np.sqrt(len(vectors))))
        index: Any = faiss.index_factory(vectors.shape[1], name.format(lists=lists), faiss.METRIC_INNER_PRODUCT)
        if name.startswith("IVF"):
            index.nprobe = max(1, lists // 16)
        if name.startswith("HNSW"):
            index.hnsw.efSearch = 4 * K
        return _faiss_kind(index, vectors, file)

    return build


KINDS: dict[str, Callable[[Vectors, Path], Built]] = {
    "ours": _ours,
    "flat": _factory("Flat"),
    "fp16": _factory("SQfp16"),
    "sq8": _factory("SQ8"),
    "ivf-fp16": _factory("IVF{lists},SQfp16"),
    "ivf-sq8": _factory("IVF{lists},SQ8"),
    "hnsw": _factory("HNSW32,SQfp16"),
    "rabitq": _rescored,
}


def _resident_mib() -> float:
    """Return this process's resident memory that is its own: pages of mapped files do not count."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()
    return (int(pages[1]) - int(pages[2])) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _spin() -> None:
    while True:
        pass


@contextmanager
def _busy() -> Iterator[None]:
    """Keep every core busy."""
    spinning = [multiprocessing.get_context("spawn").Process(target=_spin, daemon=True) for _ in range(_cores())]
    for each in spinning:
        each.start()
    time.sleep(1)
    try:
        yield
    finally:
        for each in spinning:
            each.terminate()
            each.join()


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _latency(search: Search, questions: Vectors) -> dict[str, float]:
    """Return milliseconds a question, and those that the processor worked: the same on a machine that others use."""
    for question in questions[:5]:
        search(question, K)
    spent = []
    processor = time.process_time()
    for _ in range(_REPEATS):
        for question in questions:
            start = time.perf_counter()
            search(question, K)
            spent.append((time.perf_counter() - start) * 1000)
    at = {"min": 0, "p50": 0.5, "p95": 0.95}
    found = {name: round(float(np.quantile(spent, share)), 2) for name, share in at.items()}
    return found | {"processor": round((time.process_time() - processor) * 1000 / len(spent), 2)}


def _recall(
    vectors: Vectors, questions: Vectors, found: Sequence[Sequence[int]], places: npt.NDArray[np.int64]
) -> float:
    """Return how many of the nearest were found; any vector that is as near as the last of them is one of them."""
    shares = []
    for question, run, exact_run in zip(questions, found, places, strict=True):
        last = float(vectors[exact_run[-1]] @ question)
        near = int(np.sum(vectors[np.sort(run)] @ question >= last - 1e-6))
        shares.append(min(1.0, near / len(exact_run)))
    return round(float(np.mean(shares)), 4)


def one(kind: str, work: Path, *, busy: bool) -> dict[str, object]:
    """Measure one kind on the vectors, questions and exact places that lie in `work`."""
    import faiss

    vectors: Vectors = np.load(work / "vectors.npy", mmap_mode="r")
    questions: Vectors = np.load(work / "questions.npy")
    places = np.load(work / "exact.npy")
    before = _resident_mib()
    start = time.perf_counter()
    built = KINDS[kind](vectors, work / f"{kind}.index")
    figures: dict[str, object] = {"kind": kind, "build_s": round(time.perf_counter() - start, 1)}
    figures["memory_mib"] = round(_resident_mib() - before)
    figures["file_mib"] = round(built.file.stat().st_size / 2**20)
    found = [built.search(question, K) for question in questions]
    figures[f"recall@{K}"] = _recall(vectors, questions, found, places)
    figures[f"best_{K // 2}_in_{K}"] = _recall(vectors, questions, found, places[:, : K // 2])
    threads = (1,) if kind == "ours" else (1, 2)
    for number in threads:
        faiss.omp_set_num_threads(number)
        figures[f"ms_{number}"] = _latency(built.search, questions)
    if busy:
        with _busy():
            for number in threads:
                faiss.omp_set_num_threads(number)
                figures[f"ms_{number}_busy"] = _latency(built.search, questions[:50])
    start = time.perf_counter()
    built.reopen()
    figures["open_ms"] = round((time.perf_counter() - start) * 1000)
    if built.remove:
        start = time.perf_counter()
        built.remove(range(0, len(vectors), 100))
        figures["remove_1_percent_ms"] = round((time.perf_counter() - start) * 1000)
    built.file.unlink()
    return figures


def prepare(base: Vectors, asked: Vectors, size: int, dimensions: int, work: Path) -> None:
    """Write vectors, questions and the exact answers for one size and number of dimensions into `work`."""
    work.mkdir(parents=True, exist_ok=True)
    vectors = np.lib.format.open_memmap(work / "vectors.npy", "w+", np.float32, (size, dimensions))
    start = 0
    for block in made(base, size, dimensions):
        vectors[start : start + len(block)] = block
        start += len(block)
    questions = np.concatenate(list(made(asked, len(asked), dimensions)))
    np.save(work / "questions.npy", questions)
    blocks = (np.asarray(vectors[at : at + _BLOCK]) for at in range(0, size, _BLOCK))
    np.save(work / "exact.npy", exact(blocks, questions, K))


def _embedded(library: Path, embedder: Embedder) -> Vectors:
    opened = Library.open(library)
    try:
        rows = [int(row["row"]) for row in opened.query("SELECT row FROM passage WHERE part = 'body' ORDER BY row")]
        blocks = []
        for start in range(0, min(len(rows), _EMBEDDED), 500):
            stored = opened.passages(rows[start : start + 500])
            blocks.append(embedder.embed_passages([stored[row].passage.text for row in sorted(stored)]))
        return np.concatenate(blocks)
    finally:
        opened.close()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", type=Path, help="library folder whose passages are embedded")
    parser.add_argument("--questions", type=Path, help="question set")
    parser.add_argument("--sizes", type=int, nargs="+", default=[200_000, 1_000_000])
    parser.add_argument("--dimensions", type=int, nargs="*", default=[], help="beside the bundled embedder's")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--idle-only", action="store_true", help="do not measure while the cores are kept busy")
    parser.add_argument("--work", type=Path, default=Path(".yiju-bench/dense"))
    parser.add_argument("--one", choices=KINDS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        found = one(arguments.one, arguments.work, busy=not arguments.idle_only)
        sys.stdout.write(json.dumps(found) + "\n")
        return 0
    if not (arguments.library and arguments.questions):
        parser.error("--library and --questions are needed")
    embedder = open_embedder()
    asked = [question.question for question in read_set(arguments.questions)[0][:_QUESTIONS]]
    questions = np.stack([embedder.embed_query(text) for text in asked])
    base = _embedded(arguments.library, embedder)
    rows: list[dict[str, object]] = []
    for dimensions in dict.fromkeys([embedder.dimensions, *arguments.dimensions]):
        for size in arguments.sizes:
            prepare(base, questions, size, dimensions, arguments.work)
            for kind in arguments.kinds:
                if kind == "hnsw" and size > _HNSW_AT_MOST:
                    continue
                command = [sys.executable, "-m", "eval.bench_dense", "--one", kind, "--work", str(arguments.work)]
                command += ["--idle-only"] if arguments.idle_only else []
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                row = {"passages": size, "dimensions": dimensions, **json.loads(done.stdout.splitlines()[-1])}
                rows.append(row)
                sys.stdout.write("  ".join(f"{name} {value}" for name, value in row.items()) + "\n")
                sys.stdout.flush()
    sys.stdout.write(json.dumps(rows) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
