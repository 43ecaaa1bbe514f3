"""Checks of the interpreter, the CPU, the packages, the llama.cpp build and the bundled models.

Packages are looked up by their metadata and run in child processes; none is imported here, so these checks work
where packages are missing or kill the process that loads them.
"""

import json
import platform
import re
import sys
from collections.abc import Mapping
from functools import partial
from importlib import metadata
from pathlib import Path

from models.check import ROOT, SETUP, Check, ChildError, guarded, readable, run_child
from models.errors import one_line
from models.generator_memory import available_memory, memory_problem, needed_memory
from models.llama_build import OVERRIDE, BuildError, Recipe, recipe
from models.machine import Machine
from models.store import CatalogEntry, catalog, verify
from models.writers import FoundWriter, find_writers, header_of

# What the product imports: what pyproject.toml names, and torch, which that brings (held equal by a test).
PACKAGES = (
    "faiss-cpu",
    "filelock",
    "gguf",
    "gradio",
    "huggingface-hub",
    "jinja2",
    "llama-cpp-python",
    "numpy",
    "opencc",
    "openpyxl",
    "pypdfium2",
    "rjieba",
    "safetensors",
    "sentence-transformers",
    "threadpoolctl",
    "tokenizers",
    "torch",
    "tqdm",
)
_OLDEST_PYTHON = (3, 11)
_FEATURES = {
    "avx2": "AVX2",
    "avx512f": "AVX-512",
    "avx512_vnni": "VNNI",
    "avx_vnni": "AVX-VNNI",
    "avx512_bf16": "BF16",
    "amx_int8": "AMX",
    "asimd": "NEON",
    "asimddp": "dot product",
    "i8mm": "I8MM",
    "sve": "SVE",
}
REBUILD = "rm -f .venv/ready .venv/llama-build.json && make setup"
_PORTABLE = f"rm -f .venv/ready && {OVERRIDE}=-DGGML_NATIVE=OFF make setup"

_READ = """
import json, sys, time
from pathlib import Path
import llama_cpp, numpy
from models.reader import LlamaReader
reader = LlamaReader(Path(sys.argv[1]))
began = time.perf_counter()
reading = reader.read("几点开门？", ["展馆上午九点开门。"])[0]
took = 1000 * (time.perf_counter() - began)
system = llama_cpp.llama_print_system_info().decode(errors="replace")
scores = [reading.relevance, reading.answerable, *(span.score for span in reading.spans)]
print(json.dumps({"ms": took, "finite": bool(numpy.isfinite(scores).all()) and len(scores) > 2, "system": system}))
"""
_EMBED = """
import json, sys, time
from pathlib import Path
import numpy
from models.embedder import SentenceTransformerEmbedder
embedder = SentenceTransformerEmbedder(Path(sys.argv[1]))
began = time.perf_counter()
vector = embedder.embed_query("展馆几点开门？")
took = 1000 * (time.perf_counter() - began)
right = bool(numpy.isfinite(vector).all()) and abs(float(numpy.linalg.norm(vector)) - 1) < 1e-3
print(json.dumps({"ms": took, "finite": right, "dimensions": len(vector)}))
"""


def python(version: tuple[int, int, int] = sys.version_info[:3]) -> Check:
    """Look at the interpreter and the system."""
    found = f"Python {'.'.join(map(str, version))}, {platform.system()} {platform.release()}, {platform.machine()}"
    if version < _OLDEST_PYTHON:
        oldest = ".".join(map(str, _OLDEST_PYTHON))
        return Check("python", "fail", f"{found}; {oldest} or newer is needed", f"make PYTHON=python{oldest} setup")
    return Check("python", "ok", found)


def processor(machine: Machine) -> Check:
    """Look at the cores that may be used and at the instructions that make reading fast."""
    cores, quota, features = machine.cores(), machine.core_quota(), machine.features()
    fast = [name for flag, name in _FEATURES.items() if flag in features]
    found = f"{cores} usable core{'s' * (cores != 1)}"
    found += f" (a container grants {quota:g})" if quota is not None else ""
    found += ", " + (" ".join(fast) or ("none of the fast instructions" if features else "instructions unknown"))
    if quota is not None and quota < cores - 0.5:
        threads = machine.usable_cores()
        remedy = f"llama.cpp starts {threads} thread{'s' * (threads != 1)} only: raise the container's limit"
        return Check("processor", "warn", found, remedy)
    if features and not fast:
        return Check("processor", "warn", found, "it works, slowly: use a machine with AVX2 (x86) or NEON (ARM)")
    return Check("processor", "ok", found)


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def packages(constraints: Path = ROOT / "constraints.txt", wanted: tuple[str, ...] = PACKAGES) -> Check:
    """Compare the installed packages with the versions that were tested."""
    if not constraints.is_file():
        return Check(
            "packages", "warn", f"{constraints} is missing", "restore it with `git checkout -- constraints.txt`"
        )
    pairs = re.findall(r"^([\w.-]+)==(\S+)", constraints.read_text(encoding="utf-8"), re.MULTILINE)
    tested = {_canonical(name): version for name, version in pairs}
    found = {name: _installed(name) for name in wanted}
    missing = [name for name, version in found.items() if version is None]
    if missing:
        return Check("packages", "fail", f"missing: {', '.join(missing)}", f"install them: `{SETUP}`")
    other = [
        f"{name} {version} (tested {tested[_canonical(name)]})"
        for name, version in found.items()
        if version is not None and version.partition("+")[0] != tested.get(_canonical(name), version.partition("+")[0])
    ]
    if other:
        return Check("packages", "warn", f"not the tested versions: {', '.join(other)}", f"install those: `{SETUP}`")
    shown = ", ".join(f"{name} {found[name]}" for name in ("faiss-cpu", "gradio", "llama-cpp-python") if name in found)
    return Check("packages", "ok", f"{len(found)} at the tested versions ({shown})")


def torch(machine: Machine, version: str | None = None, distributions: Mapping[str, int] | None = None) -> Check:
    """Look at whether torch is the small CPU build or brings CUDA; `distributions` maps names to bytes."""
    version = version or _installed("torch")
    if version is None:
        return Check("torch", "fail", "it is not installed", f"install it: `{SETUP}`")
    build = version.partition("+")[2]
    if distributions is None:
        distributions = {} if build == "cpu" else _cuda_distributions()
    if build == "cpu" or not (build.startswith("cu") or distributions):
        return Check("torch", "ok", f"torch {version}, without CUDA")
    size = sum(distributions.values())
    found = f"torch {version} with CUDA ({len(distributions)} packages, {readable(size)})"
    if (machine.proc / "driver" / "nvidia").exists():
        return Check("torch", "ok", f"{found}; the bundled models use the CPU all the same")
    remedy = (
        "to free the space give pip an index with CPU builds: rm -rf .venv && make setup PIP_ARGS=… (see the README)"
    )
    return Check("torch", "warn", f"{found}, and no GPU to use it", remedy)


def _cuda_distributions() -> dict[str, int]:
    """Return the installed CUDA packages and their sizes as their own lists of files tell them."""
    found = {}
    for distribution in metadata.distributions():
        name = _canonical(distribution.metadata["Name"] or "")
        if name.startswith(("nvidia-", "cuda-")):
            found[name] = sum(file.size or 0 for file in distribution.files or [])
    return found


def build(record: Path = Path(sys.prefix) / "llama-build.json", wanted: Recipe | None = None) -> Check:
    """Compare how llama-cpp-python was built with what this CPU and compiler want."""
    name = "llama.cpp build"
    installed = _installed("llama-cpp-python")
    if installed is None:
        return Check(name, "fail", "llama-cpp-python is not installed", f"compile it: `{SETUP}`")
    if not record.is_file():
        remedy = f"nothing, while the reader runs (below); else compile it here: `{SETUP}`"
        return Check(name, "warn", f"llama-cpp-python {installed}, installed without a record of its build", remedy)
    try:
        built = Recipe(**json.loads(record.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        found = f"the record {record} cannot be read ({one_line(error)})"
        return Check(name, "warn", found, f"compile again: `{REBUILD}`")
    found = f"llama-cpp-python {installed}, {built.cmake_args} {built.compiler_flags}".rstrip() + f", {built.compiler}"
    try:
        wanted = wanted or recipe()
    except BuildError as error:
        return Check(name, "warn", f"{found}; it cannot be compared", one_line(error))
    differing = _differences(built, wanted, installed)
    if differing:
        return Check(name, "warn", f"{found}; {'; '.join(differing)}", f"compile again for this machine: `{REBUILD}`")
    return Check(name, "ok", f"{found}; built for this CPU")


def _differences(built: Recipe, wanted: Recipe, installed: str) -> list[str]:
    """Tell what makes a build one for another machine. Other build arguments are somebody's choice, not a mistake."""
    differing = []
    if installed != wanted.version:
        differing.append(f"version {wanted.version} is wanted")
    elif built.version != installed:
        differing.append(f"the record is of version {built.version}")
    if built.cpu != wanted.cpu and "GGML_NATIVE=OFF" not in built.cmake_args:
        differing.append("it was built for another CPU")
    if set(wanted.compiler_flags.split()) - set(built.compiler_flags.split()) and built.compiler == wanted.compiler:
        differing.append(f"this compiler needs {wanted.compiler_flags}")
    return differing


def bundled_models() -> list[Check]:
    """Look at every model of the catalogue."""
    return [guarded(f"model {entry.role}", partial(model, entry)) for entry in catalog()]


def model(entry: CatalogEntry) -> Check:
    """Compare a bundled model's files with the catalogue. Raises ModelError."""
    verify(entry)
    size = sum(file.bytes for file in entry.files)
    return Check(f"model {entry.role}", "ok", f"{entry.name}, {readable(size)}, {_files(len(entry.files))} whole")


def _files(count: int) -> str:
    return f"{count} file{'s' * (count != 1)}"


def reader_runs(path: Path, python: str = sys.executable) -> Check:
    """Read a passage with the bundled reader in a child process: the proof that llama.cpp fits this CPU."""
    name = "reader runs"
    try:
        said = run_child(_READ, str(path.resolve()), python=python)
    except ChildError as error:
        killed = "SIGILL" in str(error)
        remedy = f"build for this CPU: `{REBUILD}`; if it dies again, for plain AVX2: `{_PORTABLE}`"
        other = f"install again (`{SETUP}`) and restore the models (`git checkout -- models/weights`)"
        return Check(name, "fail", f"the reader cannot read here: {error}", remedy if killed else other)
    if not said["finite"]:
        remedy = f"restore the models (`git checkout -- models/weights`), or build again: `{REBUILD}`"
        return Check(name, "fail", "the reader reads, but its scores are not numbers", remedy)
    compiled = re.findall(r"(\w+) = 1\b", said["system"])
    return Check(
        name, "ok", f"a passage in {said['ms']:.0f} ms; compiled with {' '.join(compiled) or 'nothing special'}"
    )


def embedder_runs(folder: Path, python: str = sys.executable) -> Check:
    """Embed a question with the bundled embedder in a child process."""
    name = "embedder runs"
    remedy = f"install again (`{SETUP}`) and restore the models (`git checkout -- models/weights`)"
    try:
        said = run_child(_EMBED, str(folder.resolve()), python=python)
    except ChildError as error:
        return Check(name, "fail", f"the embedder cannot embed here: {error}", remedy)
    if not said["finite"]:
        return Check(name, "fail", "the embedder's vector of a question is not a unit vector", remedy)
    return Check(name, "ok", f"a question in {said['ms']:.0f} ms, {said['dimensions']} dimensions")


def writers(folder: Path, machine: Machine) -> list[Check]:
    """Look at every writer in the models folder; none there is nothing amiss, answers are quoted then."""
    found = find_writers(folder)
    if not found:
        return [Check("writers", "ok", f"none in {folder}: answers are quoted; a chat GGUF put there can write them")]
    return [guarded(f"writer {each.name}", partial(writer, each, machine)) for each in found]


def writer(found: FoundWriter, machine: Machine) -> Check:
    """Look at whether a writer can be used, and whether it fits into memory now. Weights are not read."""
    name = f"writer {found.name}"
    said = f"{readable(found.bytes)}" + (f", {found.architecture}" if found.architecture else "")
    if found.problem:
        return Check(
            name, "warn", f"{said}; {one_line(found.problem.text)}", f"do so, or take it out of {found.path.parent}"
        )
    from models.generator import DEFAULT_CONTEXT

    context = min(DEFAULT_CONTEXT, found.context_length or DEFAULT_CONTEXT)
    needed = needed_memory(found.bytes, header_of(found.path), context)
    said += f", trained for {found.context_length:,} tokens; takes about {readable(needed)} of memory"
    available = available_memory(machine)
    problem = memory_problem(needed, available)
    if problem:
        finding, _, remedy = problem.partition(": ")
        return Check(name, "warn", f"{said}; {finding}", remedy)
    return Check(name, "ok", said + (f", {readable(available.bytes)} are free" if available else ""))
