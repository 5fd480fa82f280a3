"""Weights that share values: one-dimensional k-means, begun with evenly spaced centres.

Han et al. 2016 (arXiv:1510.00149). One sort of a weight serves all levels and iterations: clusters
are intervals, whose means follow from sums of the sorted weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from lightning_callbacks.sensitivity.edits.edited import Costs, Edits, Example, Layers, Levels
from lightning_callbacks.sensitivity.edits.weights import WeightUnit, weight_units
from lightning_callbacks.sensitivity.prunable import Weight

CLUSTERS = (256, 128, 64, 32, 16, 8, 4, 2)
_ROUNDS = 100  # of Lloyd's algorithm, which mostly stands still long before
_BITS_OF_A_CENTRE = 32


def clusters(
    model: nn.Module, example: Example, levels: Levels = None, layers: Layers = None
) -> Edits:
    """Returns a unit per weight.

    Args:
      model: inside the guard.
      example: costs are taken from it.
      levels: numbers of values that the weights of a parameter share, 2 or more.
      layers: see `Layers`.

    Raises:
      ValueError: a level is not such a number.
    """
    wanted = [float(level) for level in (CLUSTERS if levels is None else levels)]
    if not wanted or not all(one.is_integer() and one >= 2 for one in wanted):
        raise ValueError(f"levels={levels!r}: expected whole numbers of clusters, 2 or more.")
    units = weight_units(model, example, layers, lambda w, costs: Shared(w, costs, wanted))
    return Edits(units, np.array(wanted), [f"{int(one)} values" for one in wanted])


class Shared(WeightUnit):
    """A parameter whose weights are moved to the nearest of a few centres."""

    def __init__(self, weight: Weight, costs: Costs, levels: Sequence[float]) -> None:
        super().__init__(weight, costs, levels)
        self.stored_bits = [
            self.unit.size * math.ceil(math.log2(k)) + k * _BITS_OF_A_CENTRE for k in levels
        ]
        self._sorted: SortedWeights | None = None
        self._centres: dict[int, Tensor] = {}

    def write(self, level: int) -> None:
        """Moves the weights to their centres."""
        weights = self.weight.effective()
        self._sorted = self._sorted or SortedWeights(weights)
        if level not in self._centres:
            self._centres[level] = self._sorted.centres(int(self.levels[level]))
        self.weight.parameter.copy_(nearest(weights, self._centres[level]))


class SortedWeights:
    """All that k-means needs of the weights, float64.

    Args:
      weights: of any shape.
    """

    def __init__(self, weights: Tensor) -> None:
        self.values = weights.flatten().double().sort().values
        self.sums = torch.cat([self.values.new_zeros(1), self.values.cumsum(0)])

    def centres(self, count: int) -> Tensor:
        """Returns float64 [count], rising, after Lloyd's algorithm; empty clusters stay."""
        low, high = float(self.values[0]), float(self.values[-1])
        centres = torch.linspace(low, high, count, dtype=torch.float64, device=self.values.device)
        for _ in range(_ROUNDS):
            moved = self._moved(centres)
            if torch.equal(moved, centres):
                break
            centres = moved
        return centres

    def _moved(self, centres: Tensor) -> Tensor:
        inner = torch.searchsorted(self.values, (centres[1:] + centres[:-1]) / 2)
        ends = torch.cat([inner, inner.new_tensor([len(self.values)])])
        starts = torch.cat([inner.new_zeros(1), inner])
        members = ends - starts
        means = (self.sums[ends] - self.sums[starts]) / members.clamp(min=1)
        return torch.where(members > 0, means, centres)


def nearest(weights: Tensor, centres: Tensor) -> Tensor:
    """Returns each weight's nearest centre, in the weights' dtype; between two, the upper one."""
    middles = (centres[1:] + centres[:-1]) / 2
    return centres[torch.bucketize(weights.double(), middles, right=True)].to(weights.dtype)
