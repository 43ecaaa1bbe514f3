"""What the kernel tells about this machine: cores, CPU features, and what a container leaves of them."""

import os
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.llama_build import cpu_features


def _words(path: Path) -> list[str]:
    """Return the words of a small file of the kernel's; none where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        return []


def _number(path: Path) -> int | None:
    words = _words(path)
    return int(words[0]) if words and words[0].lstrip("-").isdigit() else None


def peak_memory_mib() -> int:
    """Return this process's peak resident memory, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1024 * 1024 if sys.platform == "darwin" else 1024)


def resident_memory_mib() -> int:
    """Return this process's resident memory now, in MiB; where the kernel does not tell, its peak."""
    words = _words(Path("/proc/self/statm"))
    return int(words[1]) * resource.getpagesize() // 2**20 if len(words) > 1 else peak_memory_mib()


@dataclass(frozen=True, slots=True)
class Machine:
    """The folders in which Linux tells these things; elsewhere they are missing and most things are unknown."""

    proc: Path = Path("/proc")
    control_groups: Path = Path("/sys/fs/cgroup")

    def cores(self) -> int:
        """Return how many cores this process may run on."""
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

    def core_quota(self) -> float | None:
        """Return how many cores' worth of time a container grants, None where it sets no bound."""
        quotas = []
        for folder in self.control_group_folders("cpu"):
            match _words(folder / "cpu.max"):
                case [quota, period] if quota.isdigit() and period.isdigit():
                    quotas.append(int(quota) / int(period))
            quota_us, period_us = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
            if quota_us and period_us and quota_us > 0:
                quotas.append(quota_us / period_us)
        return min(quotas, default=None)

    def usable_cores(self) -> int:
        """Return how many threads are worth starting: the cores, or the time a container grants where that is less."""
        quota = self.core_quota()
        return self.cores() if quota is None else max(1, min(self.cores(), round(quota)))

    def features(self) -> frozenset[str]:
        """Return the CPU's feature flags; none where the kernel does not list them."""
        try:
            return cpu_features((self.proc / "cpuinfo").read_text(encoding="utf-8", errors="replace"))
        except OSError:
            return frozenset()

    def control_group_folders(self, controller: str) -> Iterator[Path]:
        """Yield the folders of this process's control group and its ancestors: a bound on any of them holds."""
        try:
            lines = (self.proc / "self" / "cgroup").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            lines = ["0::/"]
        for line in lines:
            _, names, path = (*line.split(":", 2), "", "")[:3]
            if names and controller not in names.split(","):
                continue
            # In a container its own group is usually mounted at the top, whatever the path says.
            for base in (
                (self.control_groups / controller, self.control_groups / names) if names else (self.control_groups,)
            ):
                inner = base / path.lstrip("/")
                yield from (folder for folder in (inner, *inner.parents) if folder.is_relative_to(base))
