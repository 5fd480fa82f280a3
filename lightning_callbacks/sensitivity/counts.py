"""How many weights of each layer are removed when all are ranked together.

Global magnitude ranks by |w|; LAMP (Lee et al. 2021, arXiv:2010.07611) by w_u^2 over the sum of
w_v^2 of all weights of the layer that are not smaller. Within a layer both take the smallest |w|
first, so that the counts say all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

# Of all weights removed: by hundredths, and finer where few are left.
SHARES = np.unique(np.round(np.concatenate([np.arange(100) / 100, [0.992, 0.995, 0.998]]), 3))


def allocations(weights: Sequence[Tensor]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Returns shares float64 [G], and by allocator the counts int64 [G, U] for U weights."""
    magnitudes = [weight.flatten().abs().sort().values for weight in weights]
    scores = {"global_magnitude": magnitudes, "lamp": [_lamp(one) for one in magnitudes]}
    return SHARES, {name: counts(one, SHARES) for name, one in scores.items()}


def _lamp(rising: Tensor) -> Tensor:
    squares = rising.double().square()
    not_smaller = squares.flip(0).cumsum(0).flip(0)
    return torch.where(not_smaller > 0, squares / not_smaller, 0.0)


def counts(scores: Sequence[Tensor], shares: np.ndarray) -> np.ndarray:
    """Returns int64 [G, U]: how many of each layer are among the lowest of all.

    Exactly round(share n) of all n are; of equal ones those of the first layer.

    Args:
      scores: rising [n_u] for each of U layers.
      shares: [G].
    """
    every = torch.cat([one.to("cpu", torch.float64) for one in scores])
    layer = np.repeat(np.arange(len(scores)), [len(one) for one in scores])
    # Of sorted runs, numpy makes use.
    order = np.argsort(every.numpy(), kind="stable")
    ranked = layer[order]
    removed = [round(float(share) * len(ranked)) for share in shares]
    pieces = np.split(ranked, removed)[:-1]
    return np.cumsum([np.bincount(p, minlength=len(scores)) for p in pieces], axis=0)
