"""What a model needs and what there is."""

import pytest

from models.generator_header import read_header
from models.generator_memory import Available, available_memory, memory_problem, needed_memory
from models.machine import Machine
from models.random_gguf import Shape, random_gguf

GIB = 1 << 30


def place(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


@pytest.fixture
def machine(tmp_path):
    """A machine with 8 GiB free; more files can be placed below `proc` and `cgroup`."""
    place(tmp_path, {"proc/meminfo": "MemTotal: 16777216 kB\nMemAvailable: 8388608 kB\nSwapFree: 0 kB\n"})

    def available(**files):
        place(tmp_path, {name.replace("__", "/").replace("_dot_", "."): text for name, text in files.items()})
        return available_memory(Machine(tmp_path / "proc", tmp_path / "cgroup"))

    return available


def test_without_limits_it_is_what_the_machine_has_free(machine):
    """No groups, or groups without a limit."""
    assert machine() == Available(8 * GIB, "on this machine")
    assert machine(proc__self__cgroup="0::/user/me\n", cgroup__user__memory_dot_max="max\n").bytes == 8 * GIB


def group(limit, used, cached=0, names=("max", "current")):
    return {
        f"memory.{names[0]}": str(limit),
        f"memory.{names[1]}": str(used),
        "memory.stat": f"anon 1\ninactive_file {cached - cached // 3}\nactive_file {cached // 3}\n",
    }


def test_a_containers_limit_counts(machine, tmp_path):
    """Version 2: what is left below the limit, cached files counted as free, of this group or any above it."""
    place(tmp_path, {"proc/self/cgroup": "0::/a/b\n"})
    place(tmp_path / "cgroup/a/b", group("max", GIB))
    place(tmp_path / "cgroup/a", group(3 * GIB, 2 * GIB, GIB // 2))
    assert machine() == Available(GIB + GIB // 2, "in this container")
    place(tmp_path / "cgroup/a/b", group(2 * GIB, GIB))
    assert machine() == Available(GIB, "in this container")
    # A container sees its own group as the root, whatever path the host gives it.
    place(tmp_path, {"proc/self/cgroup": "0::/../../elsewhere\n"})
    place(tmp_path / "cgroup", group(GIB, GIB - 5))
    assert machine() == Available(5, "in this container")


def test_version_1_groups_count_too(machine, tmp_path):
    """The memory controller's own tree; a limit beyond reason means none."""
    place(tmp_path, {"proc/self/cgroup": "5:cpu,memory:/job\n4:pids:/job\n"})
    names = ("limit_in_bytes", "usage_in_bytes")
    place(tmp_path / "cgroup/memory/job", group(4 * GIB, GIB, names=names))
    assert machine() == Available(3 * GIB, "in this container")
    place(tmp_path / "cgroup/memory/job", group(9223372036854771712, GIB, names=names))
    assert machine() == Available(8 * GIB, "on this machine")


def test_the_context_costs_what_the_formula_says(tmp_path):
    """Keys and values of 16 bits for every layer, head and token, beside the weights."""
    shape = Shape(3, 64, 4, 2, 32, 64, 1024, 4096)
    random_gguf(tmp_path / "m.gguf", shape, "Q8_0")
    header = read_header(tmp_path / "m.gguf")
    one, two = (needed_memory(1000, header, tokens) for tokens in (1024, 2048))
    assert two - one == 1024 * 3 * 2 * (32 + 32) * 2
    assert needed_memory(5000, header, 1024) - one == 4000


def test_both_figures_are_told():
    """Only where it does not fit; where nothing is known, it is tried."""
    assert memory_problem(2 * GIB, Available(2 * GIB, "on this machine")) is None
    assert memory_problem(2 * GIB, None) is None
    told = memory_problem(3 * GIB, Available(GIB, "in this container"))
    assert told is not None
    assert "3.0 GiB" in told
    assert "1.0 GiB are free in this container" in told
