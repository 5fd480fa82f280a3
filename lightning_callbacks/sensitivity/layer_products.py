"""What a change of a layer's weights does to its output, multiplied with a gradient of that output.

It knows convolutions, linear layers and embeddings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional, grad

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
_WEIGHT_GRADIENTS: Mapping[type, Callable[..., Tensor]] = {
    nn.Conv1d: grad.conv1d_weight,
    nn.Conv2d: grad.conv2d_weight,
    nn.Conv3d: grad.conv3d_weight,
}
_ROOM = 2**24  # values of samples' gradients that are held at once
_PRODUCTS = (*_CONVOLUTIONS, nn.Linear, nn.Embedding)


def has_own_output(traced: Trace, unit: EditedUnit, owners: Sequence[nn.Module]) -> bool:
    """Returns whether all that uses a unit's weight are layers of its own, called as such."""
    if len(unit.tensors) != 1:
        return False
    readers = traced.readers.get(memory_of(unit.tensors[0]), set())
    return bool(readers) and all(r in owners and r is not None and is_product(r) for r in readers)


def is_product(layer: nn.Module) -> bool:
    """Returns whether a layer is one whose output is a product of its input and its weight."""
    if type(layer) not in _PRODUCTS:
        return False
    if isinstance(layer, nn.Embedding):
        return layer.max_norm is None
    return getattr(layer, "padding_mode", "zeros") == "zeros"


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
    of_each_sample = _of_linear if isinstance(layer, nn.Linear) else _of_convolution
    positions = gradient[0].numel() // stack.shape[1]
    on_cpu = stack.device.type == "cpu"  # elsewhere many small operations wait for one another
    if on_cpu and positions > len(stack) and not isinstance(getattr(layer, "padding", 0), str):
        parts = [
            stack.flatten(1) @ of_each_sample(layer, stack[0], *some).flatten(1).T
            for some in _in_parts(given, gradient, stack[0].numel())
        ]
        return torch.cat(parts, 1).double()
    return (_linear if isinstance(layer, nn.Linear) else _convolved)(layer, stack, given, gradient)


def _in_parts(given: Tensor, gradient: Tensor, size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yields inputs and gradients of as many samples as their weights' gradients have room for."""
    some = max(1, _ROOM // size)
    return zip(torch.split(given, some), torch.split(gradient, some), strict=True)


# Gradients of a weight for each sample, [N, out, ...]: dear to hold, cheap to multiply.


def _of_linear(_layer: Any, _weight: Tensor, given: Tensor, gradient: Tensor) -> Tensor:
    N = len(given)
    rows = gradient.reshape(N, -1, gradient.shape[-1])
    return rows.transpose(1, 2) @ given.reshape(N, -1, given.shape[-1])


def _of_convolution(layer: Any, weight: Tensor, given: Tensor, gradient: Tensor) -> Tensor:
    slope = _WEIGHT_GRADIENTS[type(layer)]
    how = (layer.stride, layer.padding, layer.dilation, layer.groups)
    pairs = zip(torch.split(given, 1), torch.split(gradient, 1), strict=True)
    return torch.stack([slope(a, weight.shape, d, *how) for a, d in pairs])


# All levels at once, as more output channels: better where a layer has few positions.


def _linear(_layer: Any, stack: Tensor, given: Tensor, gradient: Tensor) -> Tensor:
    K, out, N = *stack.shape[:2], len(given)
    made = functional.linear(given, stack.flatten(0, 1)).view(N, -1, K, out)
    return torch.einsum("npko,npo->kn", made, gradient.reshape(N, -1, out)).double()


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
