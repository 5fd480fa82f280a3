"""What a change of a layer's weights does to its output, multiplied with a gradient of that output.

It knows convolutions, linear layers and embeddings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from lightning_callbacks.graph_origins import memory_of
from lightning_callbacks.sensitivity.deltas import deltas
from lightning_callbacks.sensitivity.edits.edited import EditedUnit
from lightning_callbacks.sensitivity.trace import Trace

# A layer, its input, and the gradient of its output.
Tapped = tuple[nn.Module, Tensor, Tensor]
_CONVOLUTIONS: Mapping[type, Callable[..., Tensor]] = {
    nn.Conv1d: functional.conv1d,
    nn.Conv2d: functional.conv2d,
    nn.Conv3d: functional.conv3d,
}
_PRODUCTS = (*_CONVOLUTIONS, nn.Linear, nn.Embedding)


def has_own_output(traced: Trace, unit: EditedUnit, owners: Sequence[nn.Module]) -> bool:
    """Returns whether all that uses a unit's weight are layers of its own, called as such."""
    if len(unit.tensors) != 1:
        return False
    readers = traced.readers.get(memory_of(unit.tensors[0]), set())
    return bool(readers) and all(
        reader in owners and type(reader) in _PRODUCTS and not _is_odd(reader) for reader in readers
    )


def _is_odd(layer: Any) -> bool:
    if isinstance(layer, nn.Embedding):
        return layer.max_norm is not None
    return getattr(layer, "padding_mode", "zeros") != "zeros"


@torch.no_grad()
def first_order(unit: EditedUnit, levels: int, calls: Sequence[Tapped], samples: int) -> Tensor:
    """Returns q float64 [K, N], the first-order change of each sample's log-likelihood.

    Args:
      unit: with one tensor.
      levels: K.
      calls: all that use the weight: (layer, input a, gradient d of the output).
      samples: N.
    """
    stack = torch.stack([change for (change,) in deltas(unit, levels)])
    total = torch.zeros(levels, samples, dtype=torch.float64, device=stack.device)
    for layer, given, gradient in calls:
        total += _products(layer, stack, given, gradient)
    return total


def _products(layer: Any, stack: Tensor, given: Tensor, gradient: Tensor) -> Tensor:
    """Returns <d_n, layer(a_n; D_k)> float64 [K, N], for D [K, out, ...]."""
    if isinstance(layer, nn.Embedding):
        each = [(functional.embedding(given, one) * gradient).flatten(1).sum(1) for one in stack]
        return torch.stack(each).double()
    if isinstance(layer, nn.Linear):
        K, out, N = *stack.shape[:2], len(given)
        made = functional.linear(given, stack.flatten(0, 1)).view(N, -1, K, out)
        return torch.einsum("npko,npo->kn", made, gradient.reshape(N, -1, out)).double()
    return _convolved(layer, stack, given, gradient)


def _convolved(layer: Any, stack: Tensor, given: Tensor, gradient: Tensor) -> Tensor:
    K, out, N, groups = *stack.shape[:2], len(given), layer.groups
    # Output channels of a group are neighbours: [groups, K, out / groups, in / groups, ...].
    channels = stack.unflatten(1, (groups, -1)).transpose(0, 1).flatten(0, 2)  # type: ignore[no-untyped-call]  # torch's own
    made = _CONVOLUTIONS[type(layer)](
        given, channels, None, layer.stride, layer.padding, layer.dilation, groups
    )
    made = made.view(N, groups, K, out // groups, -1)
    return torch.einsum(
        "ngkop,ngop->kn", made, gradient.reshape(N, groups, out // groups, -1)
    ).double()
