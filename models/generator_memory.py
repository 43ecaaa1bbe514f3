"""Whether a writer fits into memory, told before loading it: too late is when the system kills something."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.generator_header import Header
from models.machine import Machine

_GIB = 1 << 30
_KIB = 1 << 10
_BASE = 160 << 20  # Python, llama.cpp and its buffers, measured with small models
_F16 = 2


@dataclass(frozen=True, slots=True)
class Available:
    """Memory that may still be taken, in bytes, and what limits it: "the machine" or "this container"."""

    bytes: int
    where: str


def needed_memory(weights: int, header: Header, context_length: int) -> int:
    """Return an estimate, in bytes: the weights, keys and values of a whole context, and working memory.

    `weights` is the size of the file or files. Weights are mapped, so that the system can do with less of them in
    memory, at a speed that nobody would wait for.
    """
    architecture = header.text("general.architecture")
    width = header.number(f"{architecture}.embedding_length")
    heads = header.number(f"{architecture}.attention.head_count") or 1
    kv_heads = header.number(f"{architecture}.attention.head_count_kv", heads)
    key = header.number(f"{architecture}.attention.key_length", width // heads)
    value = header.number(f"{architecture}.attention.value_length", width // heads)
    layers = header.number(f"{architecture}.block_count")
    cache = context_length * layers * kv_heads * (key + value) * _F16
    return weights + cache + _BASE


def available_memory(machine: Machine | None = None) -> Available | None:
    """Return what is free on the machine or in its container, whichever is less; None where it cannot be told."""
    machine = machine or Machine()
    found: list[Available] = []
    if (free := _meminfo(machine.proc / "meminfo")) is not None:
        found.append(Available(free, "on this machine"))
    found += [Available(left, "in this container") for left in _rooms(machine)]
    if not found and hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        found.append(Available(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), "on this machine"))
    return min(found, key=lambda available: available.bytes, default=None)


def _meminfo(path: Path) -> int | None:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * _KIB for line in lines if line.startswith("MemAvailable:")), None)


def _rooms(machine: Machine) -> Iterator[int]:
    """Yield what every limit above this process leaves, of version 2's groups and of version 1's memory group."""
    for folder in machine.control_group_folders("memory"):
        for names in (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")):
            room = _room(folder, *names)
            if room is not None:
                yield room


def _room(folder: Path, limit_name: str, usage_name: str) -> int | None:
    try:
        limit = int((folder / limit_name).read_text())  # "max" where there is none
        usage = int((folder / usage_name).read_text())
        statistics = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return None
    # Files in the cache count as used and are given up at need.
    total = "total_" if "total_inactive_file" in statistics else ""
    cached = sum(int(statistics.get(f"{total}{kind}_file", "0")) for kind in ("inactive", "active"))
    return None if limit >= 1 << 60 else max(0, limit - usage + cached)


def memory_problem(needed: int, available: Available | None) -> str | None:
    """Return why it does not fit, with both figures; None if it does, or nothing is known."""
    if available is None or needed <= available.bytes:
        return None
    return (
        f"it needs about {needed / _GIB:.1f} GiB of memory and {available.bytes / _GIB:.1f} GiB are free "
        f"{available.where}: close other programs, or take a smaller model, or one quantised more"
    )
