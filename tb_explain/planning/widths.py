"""The greedy walk over widths: again and again the step that damages least per cost saved.

Costs are products of widths, so that what a step saves changes with every step before it.
"""

from __future__ import annotations

import numpy as np

from tb_explain.planning.paths import unreachable
from tb_explain.planning.problem import Problem

# Large steps first, then single ones: so many large ones in all keep a plan below 50 ms.
_LARGE_STEPS = 400


def greedy_widths(problem: Problem) -> np.ndarray:
    """Returns the cuts int64 [U] that the walk ends at, within the budget.

    Raises:
      PlanError: not even the deepest levels meet the budget.
    """
    of_damage = problem.budget.of == "kl"
    if not of_damage and not problem.meets(problem.measured):
        raise unreachable(problem, problem.measured)
    cuts = _large_steps(problem)
    if of_damage:
        return _spent(problem, cuts)
    while not problem.meets(cuts):
        ahead = _ahead(problem, cuts)
        unit = int(_prices(problem, cuts, ahead).argmin())
        cuts[unit] = ahead[unit]
    return _trimmed(problem, cuts)


def _large_steps(problem: Problem) -> np.ndarray:
    """Returns the cuts just before the large step that would pass the budget."""
    grid, slopes = _hulls(problem)
    units, index = np.arange(len(grid)), np.zeros(len(grid), int)
    cuts, limit = grid[:, 0].copy(), grid.shape[1] - 1
    while True:
        ahead = grid[units, np.minimum(index + 1, limit)]
        saved = problem.costs.saved(cuts, ahead - cuts)
        damage = slopes[units, np.minimum(index, limit - 1)] * (ahead - cuts)
        prices = np.where(ahead > cuts, damage / np.maximum(saved, 1e-300), np.inf)
        unit = int(prices.argmin())
        tried = np.where(units == unit, ahead, cuts)
        # A budget of damage is met before and of costs after the step that passes it.
        passes = problem.meets(tried) != (problem.budget.of == "kl")
        if np.isinf(prices[unit]) or passes:
            return cuts
        cuts, index[unit] = tried, index[unit] + 1


def _hulls(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Returns cuts int64 [U, M], rising, and the slopes [U, M - 1] of the damage's convex hull."""
    each = max(_LARGE_STEPS // len(problem.sizes), 4)
    shares = np.linspace(0, 1, each + 1)
    steps = np.array([problem.snapped(problem.measured * share) for share in shares]).T
    # Narrow groups have fewer cuts than there are shares: their last one fills the row.
    rows = [np.unique(row) for row in steps]
    grid = np.array([np.pad(row, (0, each + 1 - len(row)), mode="edge") for row in rows])
    units = np.arange(len(grid))
    damage = np.array([problem.curves.of_unit(units, cuts) for cuts in grid.T]).T
    pairs = zip(grid, damage, strict=True)
    return grid, np.array([_hull_slopes(counts, values) for counts, values in pairs])


def _hull_slopes(counts: np.ndarray, values: np.ndarray) -> np.ndarray:
    # On the hull a flat stretch before a cliff is no bargain.
    slopes = np.zeros(len(counts) - 1)
    start, last = 0, int(counts.argmax())
    while start < last:
        widths = counts[start + 1 : last + 1] - counts[start]
        ahead = (values[start + 1 : last + 1] - values[start]) / widths
        # Of equal slopes the farthest.
        length = len(ahead) - int(ahead[::-1].argmin())
        slopes[start : start + length] = ahead[length - 1]
        start += length
    return slopes


def _ahead(problem: Problem, cuts: np.ndarray) -> np.ndarray:
    return np.asarray(np.minimum(problem.snapped(cuts + problem.step), problem.measured))


def _prices(problem: Problem, cuts: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    saved = problem.costs.saved(cuts, ahead - cuts)
    damage = problem.curves.at(ahead) - problem.curves.at(cuts)
    return np.where(ahead > cuts, damage / np.maximum(saved, 1e-300), np.inf)


def _spent(problem: Problem, cuts: np.ndarray) -> np.ndarray:
    """Returns `cuts` after all single steps for which there is damage left."""
    while True:
        ahead = _ahead(problem, cuts)
        now = problem.curves.at(cuts)
        left = problem.budget.keep * (1 + 1e-9) - now.sum()
        fits = problem.curves.at(ahead) - now <= left
        prices = np.where(fits, _prices(problem, cuts, ahead), np.inf)
        unit = int(prices.argmin())
        if np.isinf(prices[unit]):
            return cuts
        cuts[unit] = ahead[unit]


def _trimmed(problem: Problem, cuts: np.ndarray) -> np.ndarray:
    """Returns `cuts` with single steps taken back where the budget is met without them."""
    while True:
        back = np.where(cuts > 0, np.maximum(problem.snapped(cuts - problem.step), 0), cuts)
        room = problem.capacity * (1 + 1e-9) - problem.costs.of(cuts)
        fits = (cuts > back) & (-problem.costs.saved(cuts, back - cuts) <= room)
        spared = problem.curves.at(cuts) - problem.curves.at(back)
        unit = int(np.where(fits, spared, -np.inf).argmax())
        if not fits[unit]:
            return cuts
        cuts[unit] = back[unit]
