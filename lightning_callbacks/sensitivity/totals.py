"""Adding up changes of samples, chunk by chunk, to means and their standard errors."""

from __future__ import annotations

import numpy as np
from torch import Tensor


class Totals:
    """Sums in float64 of one measure, for U units at K levels.

    Args:
      units: U.
      levels: K.
    """

    def __init__(self, units: int, levels: int) -> None:
        self._sum = np.zeros((units, levels))
        self._squares = np.zeros((units, levels))
        self._count = np.zeros((units, levels))

    def add(self, unit: int, level: int, changes: Tensor) -> None:
        """Adds changes float64 [n] of one unit at one level."""
        self._sum[unit, level] += float(changes.sum())
        self._squares[unit, level] += float(changes.square().sum())
        self._count[unit, level] += len(changes)

    def means(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns means and standard errors float64 [U, K], NaN where nothing was added."""
        count = self._count
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self._sum / np.where(count > 0, count, np.nan)
            spread = np.maximum(self._squares - count * mean**2, 0) / (count - 1)
            error = np.sqrt(np.where(count > 1, spread, np.nan) / count)
        return mean, error
