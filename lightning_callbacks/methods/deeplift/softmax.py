"""Softmax, log-softmax and log-sum-exp: exact by the logarithmic mean.

With L = logsumexp(x) and l = (y - y') / (log y - log y'), Dy_i = l_i (Dx_i - DL); as the Dy sum
to 0, DL = sum_j l_j Dx_j / sum_j l_j. The logarithmic mean is taken as mean(y) tanh(d/2) / (d/2)
with d = D(log y), which neither cancels nor overflows.
"""

from __future__ import annotations

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


def softmax(here: Call, there: Call) -> Rewrite:
    """Returns the rewrite of (input, dim, ...)."""
    weight = _logarithmic_mean(here, there)
    dim, dtype = here.args[1], here.args[0].dtype
    share = _shares(weight, dim)

    def rewrite(inputs: Gradients, outputs: Gradients) -> Gradients:
        g = needed(outputs[0])
        common = (g * share).sum(dim, keepdim=True)
        return replaced(inputs, 0, (weight * (g - common)).to(dtype))

    return rewrite


def log_softmax(here: Call, there: Call) -> Rewrite:
    """Returns the rewrite of (input, dim, ...)."""
    dim, dtype = here.args[1], here.args[0].dtype
    share = _shares(_logarithmic_mean(here, there), dim)

    def rewrite(inputs: Gradients, outputs: Gradients) -> Gradients:
        g = needed(outputs[0])
        total = g.sum(dim, keepdim=True)
        return replaced(inputs, 0, (g - share * total).to(dtype))

    return rewrite


def logsumexp(here: Call, there: Call) -> Rewrite:
    """Returns the rewrite of (input, dims, keepdim)."""
    dims, keepdim = here.args[1], here.arg(2, default=False)
    logs = [_log_shares(call) for call in (here, there)]
    share = _shares(_mean_of_logs(*logs), dims)

    def rewrite(inputs: Gradients, outputs: Gradients) -> Gradients:
        g = needed(outputs[0])
        return replaced(inputs, 0, share * (g if keepdim else unsqueezed(g, dims, share.ndim)))

    return rewrite


def unsqueezed(reduced: Tensor, dims: list[int] | None, ndim: int) -> Tensor:
    """Returns what a reduction over `dims` (None or []: all) left, with axes of size 1 there."""
    axes = range(ndim) if not dims else sorted(dim % ndim for dim in dims)
    for axis in axes:
        reduced = reduced.unsqueeze(axis)
    return reduced


def _log_shares(call: Call) -> Tensor:
    x = call.args[0]
    dims = call.args[1] or list(range(x.ndim))
    logs: Tensor = x - x.logsumexp(dims, keepdim=True)
    return logs


def _logarithmic_mean(here: Call, there: Call) -> Tensor:
    dtype = here.output.dtype
    logs = [call.args[0].to(dtype).log_softmax(call.args[1]) for call in (here, there)]
    return _mean_of_logs(*logs)


def _mean_of_logs(a: Tensor, b: Tensor) -> Tensor:
    half = (a - b) / 2
    slope = torch.where(half == 0, 1.0, half.tanh() / half)
    # Masked in both passes: -inf less -inf; nothing is passed on.
    return (slope * (a.exp() + b.exp()) / 2).nan_to_num(0.0)


def _shares(weight: Tensor, dims: int | list[int]) -> Tensor:
    return (weight / weight.sum(dims, keepdim=True)).nan_to_num(0.0)


RULES = {
    "_softmax": Rule(softmax),
    "_safe_softmax": Rule(softmax),
    "_log_softmax": Rule(log_softmax),
    "logsumexp": Rule(logsumexp),
}
