"""Allocators of edits that take one of a few levels: N:M zeros, bits, clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tb_explain.planning.curves import removed_of
from tb_explain.planning.knapsack import knapsack
from tb_explain.planning.plan import Budget, Constraints, PlanError
from tb_explain.planning.problem import whole_units
from tb_explain.planning.sensitivity import Sensitivity

_BITS = 32  # of an unedited weight
# What a plan says of a unit that keeps its 32 bits, its own values, its zeros.
UNEDITED_LEVEL = {"bits": float(_BITS), "clusters": 0.0, "n:m": 0.0}
UNEDITED = 0  # the option that leaves a unit alone; option k + 1 is level k


@dataclass(frozen=True)
class Options:
    """What may be chosen for each unit; infinite where it may not.

    Attributes:
      costs: by quantity ("bytes", or "parameters" and "macs"), float64 [U, 1 + K].
      damage: float64 [U, 1 + K].
    """

    costs: dict[str, np.ndarray]
    damage: np.ndarray


def options_of(sensitivity: Sensitivity, constraints: Constraints) -> Options:
    """Returns the options of each unit: unedited, then the levels."""
    sizes = np.array([unit.size for unit in sensitivity.units], dtype=float)
    damage = np.column_stack([0 * sizes, np.maximum(sensitivity.damage, 0)])
    damage[np.isnan(damage)] = np.inf
    damage[whole_units(sensitivity, constraints), 1:] = np.inf
    if sensitivity.edit == "n:m":
        kept = sizes[:, None] - np.column_stack([0 * sizes, removed_of(sensitivity)])
        price = np.array([unit.macs for unit in sensitivity.units]) / sizes
        return Options({"parameters": kept, "macs": kept * price[:, None]}, damage)
    if sensitivity.stored_bits is None:
        raise PlanError(f'The sensitivity to {sensitivity.edit!r} does not hold "stored_bits".')
    weights = np.array([unit.parameters for unit in sensitivity.units])
    stored = np.column_stack([weights * _BITS, sensitivity.stored_bits])
    return Options({"bytes": stored / 8}, damage)


def choose(options: Options, budget: Budget, *, uniform: bool) -> np.ndarray:
    """Returns the option int64 [U] of each unit.

    Args:
      options: see `Options`.
      budget: see `Budget`.
      uniform: the same level wherever a unit may take it: the least damage of those that fit;
        else the least summed damage of all (of a budget of "kl", the least cost).

    Raises:
      PlanError: the budget is not counted of this edit, or can't be met.
    """
    within, least, capacity = _sides(options, budget)
    candidates = _same_levels(options.damage) if uniform else within.argmin(axis=1)[None]
    sums = np.take_along_axis(within, candidates.T, axis=1).sum(axis=0)
    fits = sums <= capacity * (1 + 1e-9)
    if not fits.any():
        raise _unreachable(budget, float(sums.min() * budget.keep / capacity))
    if uniform:
        losses = np.take_along_axis(least, candidates.T, axis=1).sum(axis=0)
        return np.asarray(candidates[np.where(fits, losses, np.inf).argmin()])
    allowed = [np.flatnonzero(np.isfinite(row)) for row in within]
    rows = [row[own] for row, own in zip(within, allowed, strict=True)]
    losses = [row[own] for row, own in zip(least, allowed, strict=True)]
    taken = knapsack(rows, losses, capacity)
    return np.array([own[option] for own, option in zip(allowed, taken, strict=True)])


def _sides(options: Options, budget: Budget) -> tuple[np.ndarray, np.ndarray, float]:
    """Returns (what the budget limits, what is minimised, the limit), infinite where forbidden."""
    of_damage = budget.of == "kl"
    quantity = next(iter(options.costs)) if of_damage else budget.of
    if quantity not in options.costs:
        known = [*options.costs, "kl"]
        raise PlanError(f"A budget of {budget.of!r} is not known of this edit; take of {known}.")
    costs = np.where(np.isinf(options.damage), np.inf, options.costs[quantity])
    if of_damage:
        return options.damage, costs, budget.keep
    return costs, options.damage, float(budget.keep * costs[:, UNEDITED].sum())


def _same_levels(damage: np.ndarray) -> np.ndarray:
    """Returns int64 [1 + K, U]: option k wherever a unit may take it, else none."""
    levels = np.arange(damage.shape[1])[:, None]
    return np.asarray(np.where(np.isfinite(damage.T), levels, UNEDITED))


def _unreachable(budget: Budget, share: float) -> PlanError:
    return PlanError(
        f"No plan keeps {budget.keep:.4g} of the {budget.of}: the smallest that can be reached is "
        f"{share:.4g}. Allow more, freeze less, or scan more levels."
    )
