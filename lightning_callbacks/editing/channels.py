"""Which channels and heads a plan removes from a model, and masking them in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks.editing.grouping import Group, find_groups, importance
from lightning_callbacks.editing.heads import find_heads
from lightning_callbacks.editing.slices import zero
from tb_explain.planning import Plan, PlanError

NARROWING = ("channel", "heads")


@dataclass(frozen=True, eq=False)
class Removal:
    """What is removed of one group.

    Attributes:
      removed: bool [size].
    """

    group: Group
    removed: Tensor


def planned_removals(model: nn.Module, plan: Plan, logits: Callable[[], Any]) -> list[Removal]:
    """Returns what `plan` removes from `model`: of each group the smallest channels.

    Args:
      model: unedited, in evaluation mode or inside the guard.
      plan: of edit "channel" or "heads"; made on this model, or on a part of it.
      logits: runs the model.

    Raises:
      PlanError: the plan is of another edit, or does not fit the model.
      GroupingError: coupled channels can't be found.
    """
    if plan.edit not in NARROWING:
        raise PlanError(
            f"A plan of {plan.edit!r} removes no channels. Use PruneToPlan or apply_plan() for "
            "'unstructured' and 'n:m', quantise() for 'bits', share_weights() for 'clusters'."
        )
    groups = groups_of(model, plan.edit, logits)
    return [
        removal(model, _fitting(groups, unit.name, unit.size), unit.cut)
        for unit in plan.units
        if unit.cut
    ]


def groups_of(model: nn.Module, edit: str, logits: Callable[[], Any]) -> Sequence[Group]:
    """Returns the groups that `edit`, "channel" or "heads", removes from."""
    return find_heads(model) if edit == "heads" else find_groups(model, logits).groups


def removal(model: nn.Module, group: Group, cut: int) -> Removal:
    """Returns the removal of the `cut` smallest channels of `group`; ties by index."""
    removed = torch.zeros(group.size, dtype=torch.bool)
    removed[torch.argsort(importance(model, group), stable=True)[:cut]] = True
    return Removal(group, removed)


def mask_removed(model: nn.Module, removals: Sequence[Removal]) -> None:
    """Writes zeros, in place, where channels are removed."""
    with torch.no_grad():
        for one in removals:
            zero(model, one.group.slices, one.removed)


def _fitting(groups: Sequence[Group], name: str, size: int) -> Group:
    fitting = [group for group in groups if group.name == name]
    fitting = fitting or [group for group in groups if group.name.endswith(f".{name}")]
    if len(fitting) != 1:
        known = ", ".join(group.name for group in groups)
        raise PlanError(f"The plan's {name!r} is not one group of this model: {known}.")
    if fitting[0].size != size:
        raise PlanError(
            f"The plan cuts {name} of {size} channels or heads; in this model it has "
            f"{fitting[0].size}. Plan anew for this model."
        )
    return fitting[0]
