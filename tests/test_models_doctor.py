"""The interpreter, the CPU, the packages, the build, the models and the writers: every state, with real files and processes."""

import json
import shutil
import tomllib
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from models import check, doctor, store
from models.errors import BadInputError, IndexUnusableError, ModelError
from models.llama_build import Recipe
from models.random_gguf import random_gguf
from tests.checks import empty_machine, only, set_memory, state

ROOT = Path(__file__).resolve().parent.parent


def test_whatever_a_check_raises_is_a_failed_check():
    """An error of ours keeps its words and remedy; anything else tells its type and place; both are one line."""

    def raising(error):
        def run():
            raise error

        return check.guarded("name", run, 4)

    ours = raising(ModelError("the file a: b has 3 bytes: restore it"))
    assert (ours.state, ours.finding, ours.remedy) == ("fail", "the file a: b has 3 bytes", "restore it")
    assert ours.exit_code == 3
    assert raising(BadInputError("no colon")).exit_code == 4
    foreign = raising(KeyError("one\ntwo"))
    assert foreign.state == "fail"
    assert "KeyError" in foreign.finding
    assert "test_models_doctor.py:" in foreign.finding
    missing = raising(ModuleNotFoundError("no", name="faiss"))
    assert "faiss is missing" in missing.finding
    assert "make setup" in missing.remedy


def test_a_broken_gathering_is_one_failed_check():
    """Checks that come as a list are guarded as one."""
    assert state(check.guarded_all("all", lambda: [1 // 0])) == {"all": "fail"}


def test_a_check_has_a_remedy_exactly_when_it_is_not_ok():
    """What is wrong says what to do; what is well does not."""
    with pytest.raises(ValueError, match="remedy"):
        check.Check("a", "warn", "b")
    with pytest.raises(ValueError, match="remedy"):
        check.Check("a", "ok", "b", "c")
    with pytest.raises(ValueError, match="one line"):
        check.Check("a", "ok", "b\nc")


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("import os; os.kill(os.getpid(), 4)", "SIGILL (signal 4)"),
        ("import os; os.kill(os.getpid(), 6)", "SIGABRT (signal 6)"),
        ("raise ImportError('libgomp.so.1: cannot open')", "ImportError: libgomp.so.1: cannot open"),
        ("import sys; sys.exit(7)", "status 7 and no word"),
        ("print('no json')", "something unexpected"),
        ("print([1])", "something unexpected"),
        ("pass", "something unexpected"),
    ],
)
def test_how_a_child_ended_is_told(program, told):
    """Which signal, which error, or that nothing came."""
    with pytest.raises(check.ChildError) as caught:
        check.run_child(program)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_child_that_hangs_or_cannot_start_is_told(tmp_path):
    """Neither stops the doctor."""
    with pytest.raises(check.ChildError, match=r"within 0\.2 s"):
        check.run_child("import time; time.sleep(60)", seconds=0.2)
    with pytest.raises(check.ChildError, match="cannot be started"):
        check.run_child("pass", python=str(tmp_path / "nowhere"))


@pytest.fixture
def machine(tmp_path):
    return empty_machine(tmp_path)


def test_python_that_is_too_old_fails():
    """3.11 is the oldest."""
    assert doctor.python().state == "ok"
    assert doctor.python((3, 10, 9)).state == "fail"


def test_the_instructions_that_matter_are_named(machine):
    """AVX2 and its kin are told; a CPU without any is slow; an unknown one is not judged."""
    assert "unknown" in doctor.processor(machine).finding
    (machine.proc / "cpuinfo").write_text("flags\t\t: fpu avx2 avx512f avx512_vnni avx512_bf16 amx_int8\n")
    found = doctor.processor(machine)
    assert found.state == "ok"
    assert "AVX2 AVX-512 VNNI BF16 AMX" in found.finding
    (machine.proc / "cpuinfo").write_text("flags\t\t: fpu sse2\n")
    assert doctor.processor(machine).state == "warn"


@pytest.mark.parametrize("version", [1, 2])
def test_a_containers_share_of_the_cores_is_told(machine, version):
    """Version 1 and 2 of control groups; a bound on an ancestor holds too."""
    if version == 2:
        (machine.proc / "self" / "cgroup").write_text("0::/above/own\n")
        above = machine.control_groups / "above"
        (above / "own").mkdir(parents=True)
        (above / "own" / "cpu.max").write_text("max 100000\n")
        (above / "cpu.max").write_text("50000 100000\n")
    else:
        (machine.proc / "self" / "cgroup").write_text("4:memory:/own\n3:cpu,cpuacct:/own\n")
        cpu = machine.control_groups / "cpu,cpuacct"
        cpu.mkdir()
        (cpu / "cpu.cfs_quota_us").write_text("50000\n")
        (cpu / "cpu.cfs_period_us").write_text("100000\n")
    assert machine.core_quota() == 0.5
    found = doctor.processor(machine)
    assert "a container grants 0.5" in found.finding
    assert found.state == ("warn" if machine.cores() > 1 else "ok")


def test_unlimited_control_groups_are_no_bound(machine):
    """`max` and -1 mean none."""
    (machine.proc / "self" / "cgroup").write_text("4:cpu:/\n0::/\n")
    (machine.control_groups / "cpu.max").write_text("max 100000\n")
    (machine.control_groups / "cpu").mkdir()
    (machine.control_groups / "cpu" / "cpu.cfs_quota_us").write_text("-1\n")
    (machine.control_groups / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert machine.core_quota() is None


def test_the_packages_are_those_of_the_project():
    """The list is pyproject's, and torch."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert set(doctor.PACKAGES) == {name.split(">")[0] for name in wanted} | {"torch"}


def test_packages_missing_or_of_other_versions_are_named(tmp_path):
    """Missing fails, another version is to know about, a local build tag (+cpu) is neither."""
    assert doctor.packages().state in {"ok", "warn"}  # whoever tests with other versions knows
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("Numpy==0.1\nnothing-like_it==1.0\n")
    other = doctor.packages(constraints, ("numpy",))
    assert (other.state, "(tested 0.1)" in other.finding) == ("warn", True)
    missing = doctor.packages(constraints, ("numpy", "nothing-like-it"))
    assert (missing.state, missing.finding) == ("fail", "missing: nothing-like-it")
    assert doctor.packages(tmp_path / "none").state == "warn"


def test_a_cuda_torch_without_a_gpu_is_told_with_its_size(machine):
    """Gigabytes for nothing; with a GPU they are somebody's choice."""
    cuda = {"nvidia-cublas": 3 * 2**30, "nvidia-cudnn": 2**30}
    assert doctor.torch(machine, "2.13.0+cpu").state == "ok"
    assert doctor.torch(machine, "2.13.0", {}).state == "ok"
    for version in ("2.13.0", "2.13.0+cu130"):
        found = doctor.torch(machine, version, cuda)
        assert (found.state, "4.0 GiB" in found.finding) == ("warn", True)
    (machine.proc / "driver" / "nvidia").mkdir(parents=True)
    assert doctor.torch(machine, "2.13.0", cuda).state == "ok"


@pytest.fixture
def recipe():
    version = doctor.metadata.version("llama-cpp-python")
    return Recipe(version, "-DGGML_NATIVE=ON", "-mno-amx-tile", "c++ 12.2.0", "0123456789abcdef")


@pytest.mark.parametrize(
    ("change", "expected", "told"),
    [
        ({}, "ok", "built for this CPU"),
        ({"cpu": "another"}, "warn", "another CPU"),
        ({"cpu": "another", "cmake_args": "-DGGML_NATIVE=OFF"}, "ok", ""),
        ({"cmake_args": "-DGGML_NATIVE=OFF"}, "ok", ""),
        ({"compiler_flags": ""}, "warn", "this compiler needs"),
        ({"compiler_flags": "", "compiler": "c++ 14.1"}, "ok", ""),
        ({"version": "0.0.1"}, "warn", "the record is of version 0.0.1"),
    ],
)
def test_a_build_for_another_machine_is_told(tmp_path, recipe, change, expected, told):
    """What the record says against what this CPU and compiler want; a portable build is a choice."""
    record = tmp_path / "llama-build.json"
    record.write_text(json.dumps(asdict(replace(recipe, **change))))
    found = doctor.build(record, recipe)
    assert found.state == expected
    assert told in found.finding
    assert expected == "ok" or "make setup" in found.remedy


def test_a_build_of_another_version_or_without_a_record_is_told(tmp_path, recipe):
    """An unreadable record too."""
    record = tmp_path / "llama-build.json"
    assert "without a record" in doctor.build(record, recipe).finding
    record.write_text("{")
    assert "cannot be read" in doctor.build(record, recipe).finding
    record.write_text('{"version": "1"}')
    assert "cannot be read" in doctor.build(record, recipe).finding
    record.write_text(json.dumps(asdict(recipe)))
    assert "version 9.9 is wanted" in doctor.build(record, replace(recipe, version="9.9")).finding


@pytest.fixture
def weights(tmp_path, monkeypatch):
    made = tmp_path / "weights"
    shutil.copytree(store.WEIGHTS, made)
    monkeypatch.setattr(store, "WEIGHTS", made)
    return made


@pytest.mark.models
def test_the_bundled_models_are_whole_and_run():
    """As shipped, everything is fine."""
    reader, embedder = store.bundled("reader").location, store.bundled("embedder").location
    assert state(doctor.bundled_models()) == {"model embedder": "ok", "model reader": "ok"}
    assert doctor.reader_runs(reader).state == "ok"
    assert doctor.embedder_runs(embedder).state == "ok"


@pytest.mark.models
def test_damaged_models_are_told_one_by_one(weights):
    """A flipped bit, a cut file, a missing one: which, and how to restore it; the other model is judged by itself."""
    reader = weights / "reader.gguf"
    content = bytearray(reader.read_bytes())
    content[-5] ^= 1
    reader.write_bytes(bytes(content))
    found = doctor.bundled_models()
    assert state(found) == {"model embedder": "ok", "model reader": "fail"}
    assert "SHA-256" in only(found, "model reader").finding
    assert "git checkout" in only(found, "model reader").remedy
    reader.write_bytes(bytes(content[:5000]))
    assert "5,000 bytes" in only(doctor.bundled_models(), "model reader").finding
    told = doctor.reader_runs(reader)
    assert (told.state, "not a whole reader GGUF" in told.finding) == ("fail", True)
    (weights / "embedder" / "modules.json").unlink()
    assert "is missing" in only(doctor.bundled_models(), "model embedder").finding
    assert "modules.json" in doctor.embedder_runs(weights / "embedder").finding


@pytest.mark.models
def test_scores_that_are_not_numbers_are_told(weights):
    """A model whose weights are not numbers loads without a word and reads nothing."""
    import gguf
    import numpy as np

    reader = gguf.GGUFReader(weights / "reader.gguf", "r+")
    tensor = next(t for t in reader.tensors if t.tensor_type == gguf.GGMLQuantizationType.F32)
    tensor.data[:] = np.nan
    del reader, tensor
    assert "not numbers" in doctor.reader_runs(weights / "reader.gguf").finding


def test_a_build_that_kills_its_process_is_told_by_its_signal(tmp_path):
    """SIGILL: build again, or for plain AVX2."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nkill -ILL $$\n")
    python.chmod(0o755)
    told = doctor.reader_runs(tmp_path / "reader.gguf", str(python))
    assert (told.state, told.exit_code) == ("fail", 3)
    assert "SIGILL (signal 4)" in told.finding
    assert "GGML_NATIVE=OFF" in told.remedy
    assert doctor.embedder_runs(tmp_path, str(python)).state == "fail"


def test_writers_are_told_one_by_one(tmp_path, machine):
    """None, a usable one, one that does not fit into memory, one that is no model: only to know about."""
    [none] = doctor.writers(tmp_path / "none", machine)
    assert (none.name, none.state) == ("writers", "ok")
    random_gguf(tmp_path / "small.gguf")
    (tmp_path / "page.gguf").write_text("<!DOCTYPE html>")
    set_memory(machine, 4096)
    found = doctor.writers(tmp_path, machine)
    assert state(found) == {"writer page": "warn", "writer small": "ok"}
    assert "a web page" in only(found, "writer page").finding
    assert str(tmp_path) in only(found, "writer page").remedy
    assert "qwen3, trained for 2,048 tokens; takes about" in only(found, "writer small").finding
    set_memory(machine, 16)
    tight = only(doctor.writers(tmp_path, machine), "writer small")
    assert (tight.state, "0.0 GiB are free" in tight.finding) == ("warn", True)
    assert "smaller model" in tight.remedy


def test_errors_of_the_index_keep_their_code():
    """A missing index is 4 wherever it is raised."""
    error = IndexUnusableError("the index is gone: index again")
    assert check.from_error("x", error, 4).exit_code == 4
