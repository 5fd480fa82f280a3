"""Allocators on measured damage: the knapsack for weights, a greedy walk for widths."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np

from tb_explain.planning.knapsack import knapsack
from tb_explain.planning.paths import unreachable
from tb_explain.planning.problem import Problem


def knapsack_cuts(problem: Problem) -> np.ndarray:
    """Returns the cuts int64 [U] of least summed damage; the budget is met to the weight.

    Raises:
      PlanError: not even the deepest levels meet the budget.
    """
    price = problem.costs.saved(0 * problem.sizes, np.ones_like(problem.sizes))
    if not problem.meets(problem.measured) and problem.budget.of != "kl":
        raise unreachable(problem, problem.measured)
    grids = [problem.curves.grid(unit, int(most)) for unit, most in enumerate(problem.measured)]
    damage = [problem.curves.of_unit(unit, grid) for unit, grid in enumerate(grids)]
    triples = zip(problem.sizes, price, grids, strict=True)
    kept = [(size - grid) * price for size, price, grid in triples]
    if problem.budget.of == "kl":
        choice = knapsack(damage, kept, problem.budget.keep)
        return _chosen(grids, choice)
    cuts = _chosen(grids, knapsack(kept, damage, problem.capacity))
    return _given_back(cuts, grids, damage, price, problem)


def _chosen(grids: Sequence[np.ndarray], choice: Sequence[int]) -> np.ndarray:
    return np.array([grid[option] for grid, option in zip(grids, choice, strict=True)])


def _given_back(
    cuts: np.ndarray,
    grids: Sequence[np.ndarray],
    damage: Sequence[np.ndarray],
    price: np.ndarray,
    problem: Problem,
) -> np.ndarray:
    # What the grid left of the budget goes where it spares most, down to single weights.
    room = problem.capacity - problem.costs.of(cuts)

    def entry(unit: int) -> tuple[float, int, int]:
        grid, values = grids[unit], damage[unit]
        upper = int(np.searchsorted(grid, cuts[unit]))
        width = int(grid[upper] - grid[upper - 1])
        spared = (values[upper] - values[upper - 1]) / width / max(price[unit], 1e-300)
        return -float(spared), unit, int(cuts[unit] - grid[upper - 1])

    heap = [entry(int(unit)) for unit in np.flatnonzero(cuts)]
    heapq.heapify(heap)
    while heap:
        _, unit, length = heapq.heappop(heap)
        amount = min(length, int(room / max(price[unit], 1e-300) + 1e-6))
        cuts[unit] -= amount
        room -= amount * price[unit]
        if amount and cuts[unit]:
            heapq.heappush(heap, entry(unit))
    return cuts
