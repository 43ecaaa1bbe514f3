"""Where the reader is trained: on a GPU where torch finds one, else on the CPU, by the same code.

Batches are drawn on the CPU and moved, so that what a step sees depends on the step alone, and checkpoints load on
either. No GPU could be had for this version: that path was followed with torch's pretended tensors (in the tests), but
has not been run, and attention is written for CPUs.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from models.errors import UsageError, one_line
from models.machine import Machine

CPU = torch.device("cpu")


def choose_device(name: str | None = None) -> torch.device:
    """Return the named device, else a GPU if there is one; torch gets all cores that this process may use.

    Raises:
        UsageError: it is neither the CPU nor a GPU, or is not here.

    """
    torch.set_num_threads(Machine().usable_cores())
    if name is None:
        return torch.device("cuda") if torch.cuda.is_available() else CPU
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:  # the latter from a torch that was built without CUDA
        msg = f"device {name}: torch cannot use it here ({one_line(error)}); give --device cpu, or leave it out"
        raise UsageError(msg) from error
    if device.type not in {"cpu", "cuda"}:
        msg = f"device {name}: training runs on a CPU or a CUDA GPU; give --device cpu, or leave it out"
        raise UsageError(msg)
    return device


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let torch use `count` threads for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
