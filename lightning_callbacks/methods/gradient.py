"""Gradients of a function at and between its inputs and baselines, chunk by chunk.

It knows `Function`; the methods that average gradients share it.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from lightning_callbacks.function import Function, Points

# (rows [n], repeat [n]) -> points [n, ...] and what each point's gradient is multiplied by.
Draw = Callable[[Tensor, Tensor], tuple[Points, Points | Tensor]]


def gradients_at_inputs(function: Function) -> tuple[Tensor, Points]:
    """Returns f(x) [N] and df/dx [N, ...] per input."""
    outputs, parts = [], []
    for rows, _ in function.rows():
        output, gradients = function.gradient(tuple(x[rows] for x in function.inputs), rows)
        outputs.append(output)
        parts.append(gradients)
    return torch.cat(outputs), tuple(torch.cat(same) for same in zip(*parts, strict=True))


def summed_gradients(function: Function, repeats: int, draw: Draw) -> Points:
    """Returns per input [N, ...]: the sum of weighted gradients at `repeats` points per sample.

    Sums are kept for the samples alone: memory does not grow with `repeats`.

    Args:
      function: what is explained.
      repeats: points per sample.
      draw: makes the points of one chunk, and the weights: one per point [n], or per input shaped
        as the points.
    """
    totals = tuple(torch.zeros_like(values) for values in function.inputs)
    for rows, repeat in function.rows(repeats):
        points, weights = draw(rows, repeat)
        _, gradients = function.gradient(points, rows)
        for index, (total, gradient) in enumerate(zip(totals, gradients, strict=True)):
            weight = weights if isinstance(weights, Tensor) else weights[index]
            total.index_add_(0, rows, gradient * expanded(weight, gradient))
    return totals


def expanded(weights: Tensor, like: Tensor) -> Tensor:
    """Returns `weights` [n] with the axes of `like` [n, ...]; what has them already, as it is."""
    return weights.reshape(len(weights), *[1] * (like.dim() - 1)) if weights.dim() == 1 else weights
