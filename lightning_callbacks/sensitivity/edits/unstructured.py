"""Pruning single weights by magnitude: exactly round(s n) of n, the smallest first.

Of equal ones the first goes (Distiller's and NNI's "level" pruner; Han et al. 2015,
arXiv:1506.02626). One sort of a weight serves all levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from lightning_callbacks.sensitivity.counts import allocations
from lightning_callbacks.sensitivity.edits.edited import Costs, Edits, Example, Layers, Levels
from lightning_callbacks.sensitivity.edits.weights import WeightUnit, weight_units
from lightning_callbacks.sensitivity.prunable import Weight

# Plans that keep 10 % cut some layers to 1 %, and none deeper than was measured.
LEVELS = (0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
_MOST_LEVELS = 255  # one byte a weight remembers them all


def unstructured(
    model: nn.Module, example: Example, levels: Levels = None, layers: Layers = None
) -> Edits:
    """Returns a unit per weight, and how many of each global magnitude and LAMP would remove.

    Args:
      model: inside the guard.
      example: costs are taken from it.
      levels: shares of weights set to zero, from 0 to 1.
      layers: see `Layers`.

    Raises:
      ValueError: a level is not a share.
    """
    shares = _shares(LEVELS if levels is None else levels)
    units = weight_units(model, example, layers, lambda w, costs: Magnitude(w, costs, shares))
    grid, counts = allocations([unit.weight.effective() for unit in units])
    names = [f"{100 * share:.4g} %" for share in shares]
    return Edits(units, np.array(shares), names, shares=grid, counts=counts)


def _shares(levels: Sequence[float | str]) -> list[float]:
    shares = [float(level) for level in levels]
    if not shares or not all(0 <= share <= 1 for share in shares) or len(shares) > _MOST_LEVELS:
        raise ValueError(
            f"levels={list(levels)!r}: expected 1 to {_MOST_LEVELS} shares of weights from 0 to 1."
        )
    return shares


class Magnitude(WeightUnit):
    """A parameter whose smallest weights are set to zero."""

    def __init__(self, weight: Weight, costs: Costs, levels: Sequence[float]) -> None:
        super().__init__(weight, costs, levels)
        self.removed: Sequence[int] = [round(level * self.unit.size) for level in levels]
        self._bounds = sorted(set(self.removed))
        self._bands: Tensor | None = None

    def write(self, level: int) -> None:
        """Sets the smallest weights to zero."""
        if self._bands is None:
            self._bands = bands(self.weight.effective().abs(), self._bounds)
        last = self._bounds.index(self.removed[level])
        self.weight.parameter.masked_fill_(self._bands <= last, 0)


def bands(scores: Tensor, bounds: Sequence[int]) -> Tensor:
    """Returns uint8 of the shape of `scores`: how many of `bounds` each one's rank reaches.

    The smallest has rank 0; of equal ones the first has the lower rank. What is at most j is
    removed with `bounds[j]` weights.
    """
    order = scores.flatten().argsort(stable=True)
    found = torch.empty(scores.numel(), dtype=torch.uint8, device=scores.device)
    edges = [0, *bounds, scores.numel()]
    for band, (begin, end) in enumerate(pairwise(edges)):
        found[order[begin:end]] = band
    return found.view(scores.shape)
