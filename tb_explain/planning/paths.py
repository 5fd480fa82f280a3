"""Allocators that follow a rule without a scan: a path from nothing cut to everything cut.

A path says how much of each unit is cut at t, from 0 to 1; the budget says how far to go.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tb_explain.planning.plan import PlanError
from tb_explain.planning.problem import Problem

Path = Callable[[float], np.ndarray]  # of t in [0, 1] float64 [U], never falling
_HALVINGS = 60  # until t is as exact as a double


def follow(problem: Problem, path: Path) -> np.ndarray:
    """Returns the cuts int64 [U] where `path` meets the budget, to the last weight or channel.

    Raises:
      PlanError: not even the end of the path meets it.
    """
    if problem.budget.of == "kl":
        return _up_to(problem, path)
    ends = problem.snapped(path(1.0))
    if not problem.meets(ends):
        raise unreachable(problem, ends)
    low, high = _bracket(path, lambda cuts: problem.meets(problem.snapped(cuts)))
    return _completed(problem, path(low), path(high))


def unreachable(problem: Problem, ends: np.ndarray) -> PlanError:
    """Returns the error that says which share can be reached at the least."""
    share = problem.costs.of(ends) / problem.costs.of(np.zeros_like(ends))
    asked = problem.budget
    return PlanError(
        f"No plan keeps {asked.keep:.4g} of the {asked.of}: the smallest that can be reached is "
        f"{share:.4g}. Allow more, freeze less, or scan with deeper levels."
    )


def _bracket(path: Path, meets: Callable[[np.ndarray], bool]) -> tuple[float, float]:
    """Returns neighbouring (t that does not meet, t that does)."""
    low, high = 0.0, 1.0
    if meets(path(low)):
        return low, low
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if meets(path(middle)) else (middle, high)
    return low, high


def _completed(problem: Problem, below: np.ndarray, above: np.ndarray) -> np.ndarray:
    # At neighbouring t the two differ in few units by one: as many of these as are needed.
    cuts, ends = problem.snapped(below), problem.snapped(above)
    for unit in np.flatnonzero(ends > cuts):
        if problem.meets(cuts):
            break
        cuts[unit] = ends[unit]
    return cuts


def _up_to(problem: Problem, path: Path) -> np.ndarray:
    low, high = _bracket(path, lambda cuts: not problem.meets(problem.snapped(cuts)))
    ends = problem.snapped(path(high))
    return ends if problem.meets(ends) else problem.snapped(path(low))


def uniform(problem: Problem) -> np.ndarray:
    """The same share of every unit."""
    return follow(problem, lambda t: np.minimum(t * problem.sizes, problem.most))


def from_table(name: str) -> Callable[[Problem], np.ndarray]:
    """Returns the allocator whose cuts the scan tabulated under `name`."""

    def allocate(problem: Problem) -> np.ndarray:
        table = problem.sensitivity.counts.get(name)
        if table is None:
            raise PlanError(
                f"The scan holds no table of {name!r}: it was made without the weights. "
                f"Tables: {sorted(problem.sensitivity.counts) or 'none'}."
            )
        shares = np.concatenate([[0.0], problem.sensitivity.shares, [1.0]])
        rows = np.array([0 * problem.sizes, *table, problem.sizes], dtype=float)

        def path(t: float) -> np.ndarray:
            row = min(int(np.searchsorted(shares, t, side="right")), len(shares) - 1)
            part = (t - shares[row - 1]) / max(shares[row] - shares[row - 1], 1e-300)
            cuts: np.ndarray = rows[row - 1] * (1 - part) + rows[row] * part
            return np.asarray(np.minimum(cuts, problem.most))

        return follow(problem, path)

    return allocate


def erk(problem: Problem) -> np.ndarray:
    """Density in proportion to the sum of a weight's dimensions over their product.

    Evci et al., arXiv:1911.11134; what would be denser than dense stays whole.
    """
    shapes = [unit.shape for unit in problem.sensitivity.units]
    if not all(shapes):
        raise PlanError("ERK needs the shapes of the weights, and the scan does not hold them.")
    density = np.array([sum(shape) / np.prod(shape) for shape in shapes])

    def path(t: float) -> np.ndarray:
        # (1 - t) / t runs from infinitely dense to nothing.
        scale = (1 - t) / max(t, 1e-12) / density.mean()
        kept = np.minimum(scale * density, 1) * problem.sizes
        return np.asarray(np.minimum(problem.sizes - kept, problem.most))

    return follow(problem, path)
