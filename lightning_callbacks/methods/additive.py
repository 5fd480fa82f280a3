"""Additive models of a function on coalitions: what KernelSHAP and LIME share."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from lightning_callbacks.function import Attributed, Function
from lightning_callbacks.methods.coalitions import (
    Coalitions,
    by_count,
    fit,
    outputs_of,
    weighted_r2,
)


def additive(function: Function, draw: Callable[[int], Coalitions], ridge: float) -> Attributed:
    """Returns the additive model through f(x') and f(x) that fits the function best.

    Args:
      function: what is explained.
      draw: (M) -> the coalitions of M features, 2 or more, that it is fitted to.
      ridge: see `coalitions.fit`.
    """
    output, base = function.outputs()
    values = torch.zeros(function.samples, max(1, function.features.most), dtype=torch.float64)
    values = values.to(output.device)
    quality = torch.full_like(values[:, 0], float("nan"))
    for count, rows in by_count(function):
        total = (output - base).double()[rows]
        if count == 1:
            values[rows, 0] = total
        if count > 1:
            coalitions = draw(count)
            outputs = outputs_of(function, rows, coalitions.present)
            above = outputs - base[rows].double().unsqueeze(1)
            phi = fit(coalitions, above, total, ridge)
            fitted = phi @ coalitions.present.to(phi).T
            quality[rows] = weighted_r2(coalitions, above, fitted)
            values[rows, :count] = phi
    return of_features(function, values, output, base, quality)


def of_features(
    function: Function,
    values: Tensor,
    output: Tensor,
    base: Tensor | None = None,
    quality: Tensor | None = None,
) -> Attributed:
    """Returns values of features [N, G] as attributions, each shared among its elements."""
    return Attributed(function.spread(values.to(output.dtype)), output, base, quality)
