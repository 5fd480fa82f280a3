"""The knapsack by dynamic programming: one option per unit, the least loss within a capacity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Up to this capacity whole costs are taken exactly; above, the capacity is cut into so many bins.
_BINS = 1024


def knapsack(
    costs: Sequence[np.ndarray], losses: Sequence[np.ndarray], capacity: float
) -> list[int]:
    """Returns which option of each unit to take; their costs never exceed the capacity.

    Args:
      costs: float [M] per unit.
      losses: float [M] per unit, what is minimised in sum.
      capacity: what the costs may sum to; at least the sum of the smallest.
    """
    room = capacity - sum(float(cost.min()) for cost in costs)
    whole = room <= _BINS and all(np.array_equal(cost, np.rint(cost)) for cost in costs)
    width = 1.0 if whole else max(room, 1e-300) / _BINS
    # A cost that floating point puts a hair above a bin's edge still fits.
    bins = [np.ceil((cost - cost.min()) / width - 1e-9).clip(0, 1e9).astype(int) for cost in costs]
    choice = _choices(bins, losses, int(room + 1e-9) if whole else _BINS)
    return choice if whole else _filled(costs, losses, choice, capacity)


def _choices(bins: list[np.ndarray], losses: Sequence[np.ndarray], capacity: int) -> list[int]:
    best = np.zeros(capacity + 1)
    at = np.arange(capacity + 1)
    taken = []
    for cost, loss in zip(bins, losses, strict=True):
        # Costs above the capacity point into the part that is infinite.
        before = np.concatenate([np.full(capacity + 1, np.inf), best])
        sums = before[at + (capacity + 1 - cost.clip(max=capacity + 1))[:, None]] + loss[:, None]
        taken.append(sums.argmin(axis=0))
        best = sums[taken[-1], at]
    return _backwards(taken, bins, capacity)


def _backwards(taken: list[np.ndarray], bins: list[np.ndarray], capacity: int) -> list[int]:
    chosen: list[int] = []
    for choice, cost in zip(reversed(taken), reversed(bins), strict=True):
        chosen.append(int(choice[capacity]))
        capacity -= int(cost[chosen[-1]])
    return chosen[::-1]


def _filled(
    costs: Sequence[np.ndarray], losses: Sequence[np.ndarray], choice: list[int], capacity: float
) -> list[int]:
    # Rounding up left some room: the options that save most per cost fill it.
    cost, loss = _padded(costs), _padded(losses)
    units = np.arange(len(choice))
    taken = np.array(choice)
    while True:
        more = cost - cost[units, taken][:, None]
        saved = loss[units, taken][:, None] - loss
        fits = (saved > 0) & (more <= capacity - cost[units, taken].sum())
        if not fits.any():
            return [int(option) for option in taken]
        worst = np.full_like(saved, -np.inf)
        rate = np.divide(saved, np.maximum(more, 1e-300), out=worst, where=fits)
        unit, option = np.unravel_index(rate.argmax(), rate.shape)
        taken[unit] = option


def _padded(rows: Sequence[np.ndarray]) -> np.ndarray:
    table = np.full((len(rows), max(map(len, rows))), np.inf)
    for row, values in zip(table, rows, strict=True):
        row[: len(values)] = values
    return table
