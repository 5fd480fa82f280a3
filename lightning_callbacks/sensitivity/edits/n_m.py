"""Semi-structured pruning: of every m neighbours along a weight's inputs, n are kept.

Neighbours are those that sparse kernels read: along the inputs of a linear layer; of a convolution
along its input channels first, then along the kernel (as in channels-last memory). What is left
over at the end of a row, less than m weights, is kept whole.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

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
      ValueError: a level is no such text.
    """
    names = [str(level) for level in (PATTERNS if levels is None else levels)]
    patterns = [pattern(name) for name in names]
    units = weight_units(model, example, layers, lambda w, costs: Neighbours(w, costs, patterns))
    return Edits(units, np.array([1 - n / m for n, m in patterns]), names)


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
    """A parameter of which in every group of m neighbours the smallest are set to zero."""

    def __init__(self, weight: Weight, costs: Costs, patterns: Sequence[tuple[int, int]]) -> None:
        super().__init__(weight, costs, [1 - n / m for n, m in patterns])
        self.patterns = patterns
        rows = weight.rows(weight.parameter)
        length = rows[0].numel()
        self.removed = [len(rows) * (length // m) * (m - n) for n, m in patterns]

    def write(self, level: int) -> None:
        """Sets the smallest of all neighbours to zero."""
        n, m = self.patterns[level]
        parameter = self.weight.parameter
        rows = self.weight.rows(self.weight.effective())
        keep = kept(rows, n, m)
        parameter.masked_fill_(~self.weight.from_rows(keep), 0)


def kept(rows: Tensor, n: int, m: int) -> Tensor:
    """Returns bool of the shape of `rows`: False for the m - n smallest of each m neighbours.

    Args:
      rows: [out, in, ...], see the module docstring.
      n: how many are kept; of equal ones the last.
      m: how many neighbours there are.
    """
    order = (0, *range(2, rows.dim()), 1)  # input channels last
    flat = rows.permute(order).flatten(1)
    whole = flat.shape[1] // m * m
    groups = flat[:, :whole].abs().reshape(-1, m)
    mask = torch.ones_like(flat, dtype=torch.bool)
    smallest = groups.argsort(dim=1, stable=True)[:, : m - n]
    in_groups = torch.ones_like(groups, dtype=torch.bool).scatter_(1, smallest, value=False)
    mask[:, :whole] = in_groups.view(len(flat), whole)
    back = [order.index(axis) for axis in range(rows.dim())]
    return mask.view([rows.shape[axis] for axis in order]).permute(back)
