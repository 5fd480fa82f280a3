"""Normalisation: y = c r w + b, with c = x - mean(x), r = (v + eps)^(-1/2), v = mean(c^2).

Each part has its own exact rule: the product c r that of products, v its gradient at the midpoint,
Dv = mean(2 mean(c) Dc), and r the secant, Dr = -(r r')^2 / (r + r') Dv, which has no small
denominator. LayerNorm, GroupNorm, RMSNorm (where c = x) and InstanceNorm, which torch runs as
BatchNorm in training mode. BatchNorm with running statistics is linear.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lightning_callbacks.methods.deeplift.call import (
    Call,
    Gradients,
    Rewrite,
    Rule,
    needed,
    replaced,
)


@dataclass(frozen=True)
class _View:
    """How an operator sees what it normalises.

    Attributes:
      shape: that brings statistics into axes of their own.
      axes: over which statistics are taken.
      weight: broadcastable to `shape`, or None.
      centered: whether the mean is taken off.
    """

    shape: tuple[int, ...]
    axes: tuple[int, ...]
    weight: Tensor | None
    centered: bool = True


def _standardize(here: Call, there: Call, view: _View) -> Rewrite:
    (c, r), (c0, r0) = (_parts(call, view) for call in (here, there))
    centre, scale = (c + c0) / 2, (r + r0) / 2
    slope = -((r * r0) ** 2) / (r + r0)

    def rewrite(inputs: Gradients, outputs: Gradients) -> Gradients:
        g = needed(outputs[0])
        original, g = g.shape, g.reshape(view.shape)
        g = g if view.weight is None else g * view.weight
        shared = 2 * slope * (g * centre).sum(view.axes, keepdim=True)
        multiplier = torch.addcmul(g * scale, centre, shared / _count(view))
        if view.centered:
            multiplier = multiplier - multiplier.mean(view.axes, keepdim=True)
        return replaced(inputs, 0, multiplier.reshape(original))

    return rewrite


def _parts(call: Call, view: _View) -> tuple[Tensor, Tensor]:
    """Returns (c, r); r as the operator computed it, its last output."""
    x, r = call.args[0].reshape(view.shape), call.outputs[-1]
    c = x - x.mean(view.axes, keepdim=True) if view.centered else x
    statistics = [1 if axis in view.axes else size for axis, size in enumerate(view.shape)]
    return c, r.reshape(statistics).to(c.dtype)


def _count(view: _View) -> int:
    return int(torch.Size([view.shape[axis] for axis in view.axes]).numel())


def _trailing(call: Call) -> tuple[tuple[int, ...], tuple[int, ...]]:
    shape = tuple(call.args[0].shape)
    return shape, tuple(range(len(shape) - len(call.args[1]), len(shape)))


def layer_norm(here: Call, there: Call) -> Rewrite:
    """Returns the rewrite of (input, normalized_shape, weight, bias, eps)."""
    shape, axes = _trailing(here)
    return _standardize(here, there, _View(shape, axes, here.arg(2)))


def rms_norm(here: Call, there: Call) -> Rewrite:
    """Returns the rewrite of (input, normalized_shape, weight, eps)."""
    shape, axes = _trailing(here)
    return _standardize(here, there, _View(shape, axes, here.arg(2), centered=False))


def group_norm(here: Call, there: Call) -> Rewrite:
    """Returns the rewrite of (input, weight, bias, N, C, HxW, group, eps)."""
    weight, N, C, size, groups = here.args[1], *here.args[3:7]
    weight = None if weight is None else weight.reshape(1, groups, C // groups, 1)
    return _standardize(here, there, _View((N, groups, C // groups, size), (2, 3), weight))


def batch_norm(here: Call, there: Call) -> Rewrite:
    """Returns the rewrite of (input, weight, bias, mean, variance, training, ...)."""
    N, C = here.args[0].shape[:2]
    weight = None if here.args[1] is None else here.args[1].reshape(1, C, 1)
    size = here.args[0].numel() // (N * C)
    return _standardize(here, there, _View((N, C, size), (0, 2), weight))


def takes_batch_statistics(call: Call) -> bool:
    """Returns whether a BatchNorm is not linear."""
    return bool(call.varying) and bool(call.arg(5))


RULES = {
    "native_layer_norm": Rule(layer_norm),
    "native_group_norm": Rule(group_norm),
    "_fused_rms_norm": Rule(rms_norm),
    "native_batch_norm": Rule(batch_norm, takes_batch_statistics),
    "cudnn_batch_norm": Rule(batch_norm, takes_batch_statistics),
    "miopen_batch_norm": Rule(batch_norm, takes_batch_statistics),
}
