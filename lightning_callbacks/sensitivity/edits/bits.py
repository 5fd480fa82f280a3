"""Weights of fewer bits: symmetric, with a scale for each output channel.

q = 2^(b - 1) - 1, scale = max |w| / q, w' = round(w / scale) scale.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from lightning_callbacks.sensitivity.edits.edited import Costs, Edits, Example, Layers, Levels
from lightning_callbacks.sensitivity.edits.weights import WeightUnit, weight_units
from lightning_callbacks.sensitivity.prunable import Weight

BITS = (8, 7, 6, 5, 4, 3, 2)
_MOST_BITS = 16
_BITS_OF_A_SCALE = 32


def bits(model: nn.Module, example: Example, levels: Levels = None, layers: Layers = None) -> Edits:
    """Returns a unit per weight.

    Args:
      model: inside the guard.
      example: costs are taken from it.
      levels: numbers of bits, from 2 to 16.
      layers: see `Layers`.

    Raises:
      ValueError: a level is not such a number.
    """
    wanted = [float(level) for level in (BITS if levels is None else levels)]
    if not wanted or not all(one.is_integer() and 2 <= one <= _MOST_BITS for one in wanted):
        raise ValueError(f"levels={levels!r}: expected whole numbers of bits, 2 to {_MOST_BITS}.")
    units = weight_units(model, example, layers, lambda w, costs: Rounded(w, costs, wanted))
    return Edits(units, np.array(wanted), [f"{int(one)} bits" for one in wanted])


class Rounded(WeightUnit):
    """A parameter whose values are rounded to a grid for each output channel."""

    def __init__(self, weight: Weight, costs: Costs, levels: Sequence[float]) -> None:
        super().__init__(weight, costs, levels)
        channels = len(weight.rows(weight.parameter))
        self.stored_bits = [self.unit.size * b + channels * _BITS_OF_A_SCALE for b in levels]

    def write(self, level: int) -> None:
        """Rounds the weights."""
        rows = self.weight.rows(self.weight.effective())
        rounded = round_rows(rows, int(self.levels[level]))
        self.weight.parameter.copy_(self.weight.from_rows(rounded))


def round_rows(rows: Tensor, bits: int) -> Tensor:
    """Returns `rows` [out, ...] rounded to `bits` bits, each output channel by its own scale."""
    largest = rows.flatten(1).abs().amax(1)
    scale = (largest / (2 ** (bits - 1) - 1)).view(-1, *[1] * (rows.dim() - 1))
    return torch.where(scale > 0, (rows / scale).round() * scale, rows)
