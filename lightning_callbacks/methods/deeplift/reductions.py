"""Variances, deviations and norms: quadratic forms and their roots; and gated linear units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lightning_callbacks.methods.deeplift.call import (
    Call,
    Gradients,
    NoRuleError,
    Rewrite,
    Rule,
    needed,
    replaced,
    tolerance,
)


@dataclass(frozen=True)
class _Axes:
    """What a reduction reduced: `dims` of a tensor of `shape`."""

    shape: torch.Size
    dims: tuple[int, ...]

    @classmethod
    def of(cls, x: Tensor, dims: int | Sequence[int] | None) -> _Axes:
        dims = [dims] if isinstance(dims, int) else dims or range(x.ndim)
        return cls(x.shape, tuple(sorted(dim % x.ndim for dim in dims)))

    @property
    def count(self) -> int:
        return int(torch.Size([self.shape[dim] for dim in self.dims]).numel())

    def kept(self, reduced: Tensor) -> Tensor:
        """Returns what was reduced, with or without axes of size 1, with them."""
        sizes = [1 if dim in self.dims else size for dim, size in enumerate(self.shape)]
        return reduced.reshape(sizes)


def variance(here: Call, there: Call) -> Rewrite:
    """Returns the rewrite of var, std, var_mean and std_mean.

    Dv = 2 mean(c) . Dx / (n - correction), as c sums to 0; Ds = Dv / (s + s').
    """
    x = (here.args[0] + there.args[0]) / 2
    axes = _Axes.of(x, here.arg(1))
    correction = here.kwargs.get("correction")
    freedom = axes.count - (1 if correction is None else correction)
    slope = (x - x.mean(axes.dims, keepdim=True)) * (2 / freedom)
    if here.name.startswith("std"):
        slope = _over(slope, axes.kept(here.output + there.output))

    def rewrite(inputs: Gradients, outputs: Gradients) -> Gradients:
        zero = torch.zeros_like(slope)
        spread, mean = (zero if g is None else axes.kept(g) for g in (*outputs, None)[:2])
        return replaced(inputs, 0, spread * slope + mean / axes.count)

    return rewrite


def vector_norm(here: Call, there: Call) -> Rewrite:
    """Returns the rewrite of (input, p, dims, ...): secants of |x|^p and of the p-th root."""
    p = here.arg(1, 2.0)
    p = 2.0 if p is None else float(p)
    if not 0 < p < math.inf or here.args[0].is_complex():
        raise NoRuleError
    axes = _Axes.of(here.args[0], here.arg(2))
    norms = [axes.kept(call.output) for call in (here, there)]
    slope = _power_slope(here.args[0], there.args[0], p)
    slope = _over(slope, _power_slope(norms[0], norms[1], p))

    def rewrite(inputs: Gradients, outputs: Gradients) -> Gradients:
        return replaced(inputs, 0, axes.kept(needed(outputs[0])) * slope)

    return rewrite


def _power_slope(x: Tensor, x0: Tensor, p: float) -> Tensor:
    """Returns D|x|^p / Dx."""
    if p == 2.0:
        return x + x0
    step = x - x0
    flat = step.abs() <= tolerance(x) * x.abs()
    true = p * x.abs() ** (p - 1) * x.sign()
    return torch.where(flat, true.nan_to_num(0.0, 0.0, 0.0), (x.abs() ** p - x0.abs() ** p) / step)


def _over(numerator: Tensor, denominator: Tensor) -> Tensor:
    return torch.where(denominator == 0, 0.0, numerator / denominator)


def gated(here: Call, there: Call) -> Rewrite:
    """Returns the rewrite of glu, a sigmoid(b): the product rule and the sigmoid's secant."""
    dim = here.arg(1, -1)
    (a, b), (a0, b0) = (call.args[0].chunk(2, dim) for call in (here, there))
    gate, gate0 = b.sigmoid(), b0.sigmoid()
    flat = (b - b0).abs() <= tolerance(b) * (b.abs() + gate)
    secant = torch.where(flat, gate * (1 - gate), (gate - gate0) / (b - b0))
    slope = torch.cat([(gate + gate0) / 2, (a + a0) / 2 * secant], dim)

    def rewrite(inputs: Gradients, outputs: Gradients) -> Gradients:
        g = needed(outputs[0])
        return replaced(inputs, 0, torch.cat([g, g], dim) * slope)

    return rewrite


RULES = {
    **dict.fromkeys(["var", "std", "var_mean", "std_mean"], Rule(variance)),
    **dict.fromkeys(["linalg_vector_norm", "norm"], Rule(vector_norm)),
    "glu": Rule(gated),
}
