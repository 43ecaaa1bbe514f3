"""What a run was made with and by: for the model cards."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import torch

_PACKAGES = ("torch", "tokenizers", "sentence-transformers", "gguf", "rjieba", "OpenCC", "bm25s", "numpy")


def machine() -> str:
    """Return the processor, the number of cores this process may use, and the GPU that torch finds."""
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = information.read_text(encoding="utf-8").splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    return f"{model}, {cores} cores, {gpu}"


def commit() -> str:
    """Return the commit of the code, with a mark where files differ from it."""
    here = Path(__file__).resolve().parent
    try:
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=True)
        state = subprocess.run(
            ["git", "status", "--porcelain", "--", str(here)], cwd=here, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "before the first commit"
    return head.stdout.strip() + (" with changes" if state.stdout.strip() else "")


def packages() -> dict[str, str]:
    """Return the versions of the packages that the result depends on."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except ImportError:
            continue
    return found


def today() -> str:
    """Return the date in UTC."""
    return datetime.now(UTC).date().isoformat()
