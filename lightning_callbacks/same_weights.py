"""Giving a model in all processes the weights of the first, where they differ.

Under DDP parameters are the same, but running statistics (of BatchNorm) are each process's own
until the next forward of training; where nothing synchronises gradients, parameters differ too.
What processes measure parts of must be one model. It knows tensors; nothing of what is measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks.guard import stored_tensors, unwrap
from lightning_callbacks.together import from_all, from_first

_WHOLE_NUMBERS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def weights_of_first(trainer: Any, module: nn.Module) -> Mapping[str, Tensor]:
    """Returns, by name, the first process's tensors that others have otherwise; all must call this.

    Raises:
      OtherProcessError: they can't be compared or sent; in all alike.
    """
    first, *others = from_all(trainer, lambda: _sums(module))
    names = [name for name in first if any(other.get(name) != first[name] for other in others)]
    if not names:
        return {}
    weights: Mapping[str, Tensor] = from_first(trainer, lambda: _copies(module, names))
    return weights


@torch.no_grad()
def put_in(module: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Copies `weights` into a module, by name; call it inside the guard."""
    tensors = _tensors(module)
    for name, value in weights.items():
        tensors[name].copy_(value)


def _tensors(module: nn.Module) -> dict[str, Tensor]:
    """Returns all plain tensors in parameters and buffers, by name; of quantised ones the parts."""
    model = unwrap(module)
    return {
        f"{name}/{part}": tensor
        for name, whole in [*model.named_parameters(), *model.named_buffers()]
        for part, tensor in enumerate(stored_tensors(whole))
    }


def _copies(module: nn.Module, names: list[str]) -> dict[str, Tensor]:
    tensors = _tensors(module)
    return {name: tensors[name].detach().cpu() for name in names}


def _sums(module: nn.Module) -> dict[str, int]:
    return {name: _sum(tensor.detach()) for name, tensor in _tensors(module).items()}


def _sum(tensor: Tensor) -> int:
    """Returns the sum of a tensor's elements, with their bits read as whole numbers."""
    real = torch.view_as_real(tensor) if tensor.is_complex() else tensor
    flat = real.contiguous().reshape(-1)
    return int(flat.view(_WHOLE_NUMBERS[flat.element_size()]).sum(dtype=torch.int64))
