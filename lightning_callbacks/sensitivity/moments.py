"""First and second moments of how edits change samples' log-likelihoods, by each way of estimating.

q is a sample's change to first order. Half the mean of its square is KL, minus its mean the change
of loss.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from torch import Tensor


@dataclass
class Moments:
    """Of U units at K levels, float64 [U, K]; NaN where unknown.

    Attributes:
      first: mean of q.
      second: mean of q^2.
      kl_error: standard error of half of `second`.
      loss_error: standard error of half of `second` minus `first`.
    """

    units: int
    levels: int
    first: np.ndarray = field(init=False)
    second: np.ndarray = field(init=False)
    kl_error: np.ndarray = field(init=False)
    loss_error: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        for name in ("first", "second", "kl_error", "loss_error"):
            setattr(self, name, np.full((self.units, self.levels), np.nan))

    def set_samples(self, unit: int, q: Tensor) -> None:
        """Takes q float64 [K, N] of one unit."""
        self.first[unit] = q.mean(1).cpu().numpy()
        self.second[unit] = q.square().mean(1).cpu().numpy()
        kl = q.square() / 2
        for errors, values in ((self.kl_error, kl), (self.loss_error, kl - q)):
            if values.shape[1] > 1:
                errors[unit] = (values.std(1) / values.shape[1] ** 0.5).cpu().numpy()
