"""What an allocator is given: how far each unit may be cut, what that costs, what it damages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tb_explain.planning.costs import QUANTITIES, Costs, costs_of
from tb_explain.planning.curves import Curves, curves
from tb_explain.planning.plan import Budget, Constraints, PlanError
from tb_explain.planning.sensitivity import Sensitivity


@dataclass(frozen=True)
class Problem:
    """One plan to be made.

    Attributes:
      sensitivity: of an edit that removes weights, channels or heads.
      budget: see `Budget`.
      constraints: see `Constraints`.
    """

    sensitivity: Sensitivity
    budget: Budget
    constraints: Constraints

    @cached_property
    def sizes(self) -> np.ndarray:
        """int64 [U]."""
        return np.array([unit.size for unit in self.sensitivity.units])

    @cached_property
    def curves(self) -> Curves:
        """Of all units."""
        return curves(self.sensitivity)

    @cached_property
    def known_costs(self) -> Mapping[str, Costs]:
        """By "parameters", "macs", "seconds", "bytes": those that are known of the edit."""
        return costs_of(self.sensitivity)

    @cached_property
    def costs(self) -> Costs:
        """What the budget is of; of "kl", what is to become as small as it allows.

        Raises:
          PlanError: it is not known of this edit.
        """
        of_layers = "macs" if self.multiplying else "parameters"
        quantity = QUANTITIES.get(self.budget.of, of_layers)
        if quantity not in self.known_costs:
            raise PlanError(_not_counted(self.sensitivity.edit, self.budget.of))
        return self.known_costs[quantity]

    @cached_property
    def capacity(self) -> float:
        """What may remain of `costs`; infinite where the budget is of "kl"."""
        if self.budget.of == "kl":
            return float("inf")
        allowed = self.budget.keep * self.costs.of(np.zeros_like(self.sizes))
        # Weights are whole: of half of 5 of them, 2 remain.
        return float(round(allowed)) if self.budget.of == "parameters" else allowed

    @property
    def multiplying(self) -> bool:
        """Whether units are channels or heads: a layer's cost is a product of two of them."""
        return self.sensitivity.edit in ("channel", "heads")

    @cached_property
    def step(self) -> int:
        """Widths of channel groups are multiples of it."""
        return self.constraints.multiple_of if self.sensitivity.edit == "channel" else 1

    @cached_property
    def most(self) -> np.ndarray:
        """int64 [U]: the largest cut that the constraints allow."""
        least = np.maximum(self.constraints.minimum, self.step)
        kept = np.minimum(-(-least // self.step) * self.step, self.sizes)
        return np.asarray(np.where(self.whole, 0, self.sizes - kept))

    @cached_property
    def measured(self) -> np.ndarray:
        """int64 [U]: the largest cut that is allowed and no deeper than the deepest level."""
        return self.snapped(np.minimum(self.most, self.curves.deepest))

    @cached_property
    def whole(self) -> np.ndarray:
        """Of each unit, bool [U]: whether constraints leave it alone."""
        return whole_units(self.sensitivity, self.constraints)

    def snapped(self, cuts: np.ndarray) -> np.ndarray:
        """Returns cuts int64 [U], no larger, that leave multiples of `step`."""
        cuts = np.floor(np.minimum(cuts, self.most) + 1e-9).astype(np.int64)
        kept = -(-(self.sizes - cuts) // self.step) * self.step
        return np.asarray(np.maximum(self.sizes - kept, 0))

    def meets(self, cuts: np.ndarray) -> bool:
        """Returns whether `cuts` are within the budget."""
        if self.budget.of == "kl":
            return bool(self.curves.at(cuts).sum() <= self.budget.keep * (1 + 1e-9))
        return self.costs.of(cuts) <= self.capacity * (1 + 1e-9)


def whole_units(sensitivity: Sensitivity, constraints: Constraints) -> np.ndarray:
    """Returns bool [U]: units that constraints leave alone.

    Raises:
      PlanError: a frozen unit is not among those of the scan.
    """
    names = [unit.name for unit in sensitivity.units]
    if unknown := set(constraints.frozen) - set(names):
        raise PlanError(f"No unit is named {sorted(unknown)}. Freeze some of {names}.")
    whole = np.array([name in set(constraints.frozen) for name in names])
    whole[0] |= constraints.keep_first
    whole[-1] |= constraints.keep_last
    return whole


def _not_counted(edit: str, of: str) -> str:
    if edit in ("channel", "heads"):
        return f"A budget of {of!r} needs the layers' seconds, and the scan has not measured them."
    return (
        f"The edit {edit!r} leaves zeros in place, which take as much time and as many bytes as "
        f'other numbers: a budget of {of!r} says nothing. Take "parameters", "macs" or "kl".'
    )
