"""Semi-structured pruning: of every m neighbours along a weight's inputs, n are kept.

Neighbours are those that sparse kernels read: along the inputs of a linear layer; of a convolution
along its input channels, at each place of the kernel. Where the number of inputs is no multiple of
m, as of a first convolution over RGB, the pattern is not offered: no kernel reads it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from lightning_callbacks.layers import LayerError
from lightning_callbacks.sensitivity.edits.edited import Costs, Edits, Example, Layers, Levels
from lightning_callbacks.sensitivity.edits.weights import WeightUnit, weight_units
from lightning_callbacks.sensitivity.prunable import Weight

PATTERNS = ("2:4", "4:8")


def n_m(model: nn.Module, example: Example, levels: Levels = None, layers: Layers = None) -> Edits:
    """Returns a unit per weight.

    Args:
      model: inside the guard.
      example: costs are taken from it.
      levels: texts as "2:4": 2 of 4 are kept.
      layers: see `Layers`.

    Raises:
      ValueError: a level is no such text, or there is none.
      LayerError: no weight can take any of the levels.
    """
    names = [str(level) for level in (PATTERNS if levels is None else levels)]
    patterns = [pattern(name) for name in names]
    if not patterns:
        raise ValueError(f'levels=[]: expected patterns "n:m", as in {list(PATTERNS)}.')
    units = weight_units(model, example, layers, lambda w, costs: Neighbours(w, costs, patterns))
    offered = np.array([unit.offered for unit in units])
    if not offered.any():
        sizes = {unit.unit.name: unit.unit.shape[1] for unit in units}
        raise LayerError(f"No weight's number of inputs is a multiple of m of {names}: {sizes}.")
    return Edits(units, np.array([1 - n / m for n, m in patterns]), names, offered=offered)


def pattern(name: str) -> tuple[int, int]:
    """Returns (n, m) of "n:m".

    Raises:
      ValueError: `name` is not of that form, or n is not between 0 and m.
    """
    n, colon, m = name.partition(":")
    if not (colon and n.isdigit() and m.isdigit() and 0 < int(n) <= int(m)):
        raise ValueError(f'levels: {name!r} is no pattern. Expect "n:m", as in {list(PATTERNS)}.')
    return int(n), int(m)


class Neighbours(WeightUnit):
    """A parameter of which in every group of m neighbours the smallest are set to zero.

    Attributes:
      offered: by level, whether the inputs are a multiple of m.
    """

    def __init__(self, weight: Weight, costs: Costs, patterns: Sequence[tuple[int, int]]) -> None:
        super().__init__(weight, costs, [1 - n / m for n, m in patterns])
        self.patterns = patterns
        # Plans are applied along the second axis as it is stored, which has to fit as well.
        axes = {weight.rows(weight.parameter).shape[1], weight.parameter.shape[1]}
        self.offered = [all(inputs % m == 0 for inputs in axes) for _, m in patterns]
        size = weight.parameter.numel()
        self.removed = [
            size // m * (m - n) if offered else 0
            for (n, m), offered in zip(patterns, self.offered, strict=True)
        ]

    def write(self, level: int) -> None:
        """Sets the smallest of all neighbours to zero; nothing where that is not offered."""
        if not self.offered[level]:
            return
        n, m = self.patterns[level]
        parameter = self.weight.parameter
        rows = self.weight.rows(self.weight.effective())
        keep = kept(rows, n, m)
        parameter.masked_fill_(~self.weight.from_rows(keep), 0)


def kept(rows: Tensor, n: int, m: int) -> Tensor:
    """Returns bool of the shape of `rows`: False for the m - n smallest of each m neighbours.

    Args:
      rows: [out, in, ...]; `in` is a multiple of m.
      n: how many are kept; of equal ones the last.
      m: how many neighbours there are.
    """
    order = (0, *range(2, rows.dim()), 1)  # input channels last
    groups = rows.permute(order).reshape(-1, m).abs()
    smallest = groups.argsort(dim=1, stable=True)[:, : m - n]
    mask = torch.ones_like(groups, dtype=torch.bool).scatter_(1, smallest, value=False)
    back = [order.index(axis) for axis in range(rows.dim())]
    return mask.view([rows.shape[axis] for axis in order]).permute(back)
