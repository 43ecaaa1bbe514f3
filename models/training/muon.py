"""Muon, the optimiser of the blocks' matrices: momentum made orthogonal (Keller Jordan et al. 2024)."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
_MOMENTUM = 0.95
_DECAY = 0.01


def orthogonalise(matrices: Tensor, steps: int = 5) -> Tensor:
    """Return the nearest (semi-)orthogonal matrices, roughly, by Newton-Schulz; shape (count, rows, columns)."""
    a, b, c = _NEWTON_SCHULZ
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.transpose(1, 2) if tall else matrices
    x = x.bfloat16()
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.transpose(1, 2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    result: Tensor = (x.transpose(1, 2) if tall else x).float()
    return result


def split_rows(matrix: Tensor) -> int:
    """Return how many matrices were fused by rows (query-key-value are three, gate-up are two)."""
    rows, columns = matrix.shape
    if rows == 3 * columns:
        return 3
    return 2 if rows > 2 * columns else 1


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised, for 2-D parameters; matrices of one shape are done together."""

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float) -> None:
        """Hold 2-D `parameters`; the caller schedules `param_groups[0]["lr"]`."""
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Take one step along the gradients."""
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            self._step_group(group)
        return loss

    def _step_group(self, group: dict[str, Any]) -> None:
        by_shape: dict[tuple[int, int], list[tuple[nn.Parameter, int, Tensor]]] = {}
        for parameter in group["params"]:
            if parameter.grad is None:
                continue
            state = self.state[parameter]
            if "momentum" not in state:
                state["momentum"] = torch.zeros_like(parameter)
            state["momentum"].lerp_(parameter.grad, 1 - _MOMENTUM)
            update = parameter.grad.lerp(state["momentum"], _MOMENTUM)
            for i, part in enumerate(update.chunk(split_rows(parameter))):
                by_shape.setdefault((part.shape[0], part.shape[1]), []).append((parameter, i, part))
        for (rows, columns), parts in by_shape.items():
            scale = max(1.0, rows / columns) ** 0.5
            updates = orthogonalise(torch.stack([part for _, _, part in parts])) * scale
            for (parameter, i, _), update in zip(parts, updates, strict=True):
                target = parameter[i * rows : (i + 1) * rows]
                target.mul_(1 - group["lr"] * _DECAY).add_(update, alpha=-group["lr"])
