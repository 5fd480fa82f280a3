"""Series [N, C, L]: runs of points as features."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from lightning_callbacks.function import Features, Points
from lightning_callbacks.spaces.space import Space, segmented

# Features of one sample, shared among its channels.
_MOST_FEATURES = 64
_FEWEST_RUNS = 4
# Points of a series that are stored.
LONGEST = 512


class SeriesSpace(Space):
    """Series that are a tensor of the batch."""

    kind: ClassVar[str] = "series"
    default_baseline: ClassVar[str] = "zero"

    def features(self) -> Features:
        """Returns runs of equal length, of each channel for itself."""
        (series,) = self.inputs
        N, C, length = series.shape
        runs = segmented(length, max(_FEWEST_RUNS, _MOST_FEATURES // C))
        each = int(runs[-1]) + 1
        ids = (runs + each * torch.arange(C).unsqueeze(1)).to(series.device)
        counts = torch.full((N,), C * each, device=series.device)
        return Features((ids.unsqueeze(0),), counts, axes=(2,))

    def maps(self, values: Points, *, signed: bool) -> Tensor:
        """Returns float32 [N, C, l]: of long series, over runs of points."""
        (own,) = values
        run = -(-own.shape[2] // LONGEST)
        if run == 1:
            return own.float()
        padded = functional.pad(own.float(), (0, -own.shape[2] % run))
        if signed:
            return functional.avg_pool1d(padded, run) * run
        return functional.max_pool1d(padded, run)
