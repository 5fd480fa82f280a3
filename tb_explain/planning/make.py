"""From a sensitivity and a budget to a plan: fast enough to follow a slider (below 50 ms)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tb_explain.planning import discrete
from tb_explain.planning.allocators import ALLOCATORS, DISCRETE
from tb_explain.planning.curves import removed_of
from tb_explain.planning.plan import Budget, Constraints, Cut, Plan, PlanError
from tb_explain.planning.problem import Problem
from tb_explain.planning.sensitivity import Sensitivity


def make_plan(
    sensitivity: Sensitivity,
    budget: Budget,
    allocator: str = "sensitivity",
    constraints: Constraints | None = None,
    source: Mapping[str, Any] | None = None,
) -> Plan:
    """Returns the plan that `allocator` makes of a budget, with predicted figures.

    Cuts are whole numbers. A budget of "parameters" is met exactly; of others as nearly as whole
    weights, channels or levels allow, and never exceeded.

    Args:
      sensitivity: of one scan or estimate.
      budget: what may be kept.
      allocator: a key of `ALLOCATORS` that applies to the edit.
      constraints: what to leave alone; None: nothing.
      source: what `Plan.source` says of the sensitivity, beside its samples and estimate.

    Raises:
      PlanError: the allocator is unknown or does not apply, the sensitivity lacks what it needs,
        a frozen unit is unknown, or the budget can't be met: then it says what can.
    """
    _check(sensitivity, allocator)
    constraints = constraints or Constraints()
    make = _discrete if sensitivity.edit in DISCRETE else _counted
    units, predicted = make(sensitivity, budget, allocator, constraints)
    about = {"samples": sensitivity.samples, "estimate": sensitivity.estimate, **(source or {})}
    return Plan(sensitivity.edit, allocator, budget, units, constraints, predicted, source=about)


def _check(sensitivity: Sensitivity, allocator: str) -> None:
    fitting = [name for name, one in ALLOCATORS.items() if sensitivity.edit in one.edits]
    if allocator not in fitting:
        known = "does not apply to" if allocator in ALLOCATORS else "is unknown, for"
        raise PlanError(
            f"Allocator {allocator!r} {known} {sensitivity.edit!r}. Expect one of {fitting}."
        )
    if not sensitivity.units:
        raise PlanError("The sensitivity has no units: there is nothing to cut.")
    if not {"kl", "kl_batch"} & set(sensitivity.values):
        raise PlanError("Plans need KL divergences, and the sensitivity holds none.")


_Made = tuple[list[Cut], dict[str, float]]


def _counted(
    sensitivity: Sensitivity, budget: Budget, allocator: str, constraints: Constraints
) -> _Made:
    problem = Problem(sensitivity, budget, constraints)
    cuts = ALLOCATORS[allocator].allocate(problem)
    return cuts_of(sensitivity, cuts), predict(problem, cuts)


def cuts_of(sensitivity: Sensitivity, cuts: np.ndarray) -> list[Cut]:
    """Returns the `Cut` of each unit that removes `cuts` int64 [U]."""
    return [
        Cut(unit.name, unit.size, int(cut), int(cut) / unit.size)
        for unit, cut in zip(sensitivity.units, cuts, strict=True)
    ]


def predict(problem: Problem, cuts: np.ndarray) -> dict[str, float]:
    """Returns the predicted figures of `cuts`, see `Plan.predicted`."""
    predicted = _known_damage(float(problem.curves.at(cuts).sum()))
    for name, costs in problem.known_costs.items():
        predicted |= _with_share(name, costs.of(cuts), costs.of(np.zeros_like(cuts)))
    return predicted


def _discrete(
    sensitivity: Sensitivity, budget: Budget, allocator: str, constraints: Constraints
) -> _Made:
    options = discrete.options_of(sensitivity, constraints)
    taken = discrete.choose(options, budget, uniform=allocator == "uniform")
    rows = np.arange(len(taken))
    predicted = _known_damage(float(options.damage[rows, taken].sum()))
    for name, costs in options.costs.items():
        predicted |= _with_share(name, costs[rows, taken].sum(), costs[:, 0].sum())
    return [_taken(sensitivity, unit, int(option)) for unit, option in enumerate(taken)], predicted


def _taken(sensitivity: Sensitivity, index: int, option: int) -> Cut:
    unit = sensitivity.units[index]
    if option == discrete.UNEDITED:
        return Cut(unit.name, unit.size, 0, discrete.UNEDITED_LEVEL[sensitivity.edit])
    cut = int(removed_of(sensitivity)[index, option - 1]) if sensitivity.edit == "n:m" else 0
    level, name = float(sensitivity.levels[option - 1]), sensitivity.level_names[option - 1]
    return Cut(unit.name, unit.size, cut, level, name)


def _known_damage(damage: float) -> dict[str, float]:
    # Of units that were not measured it is not known.
    return {} if np.isnan(damage) else {"kl": damage}


def _with_share(name: str, cost: float, dense: float) -> dict[str, float]:
    return {name: float(cost), f"{name}_kept": float(cost / dense) if dense else 1.0}
