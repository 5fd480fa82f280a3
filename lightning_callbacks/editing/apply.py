"""`applied`: a copy of a model with a plan of any kind in it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks.editing.channels import NARROWING
from lightning_callbacks.editing.masks import MASKED, apply_plan
from lightning_callbacks.editing.plans import read_plan
from lightning_callbacks.editing.shrink import shrink
from lightning_callbacks.forwarding import ForwardSpec
from lightning_callbacks.guard import unwrap
from lightning_callbacks.sensitivity.subject import subject
from tb_explain.planning import Plan, PlanError

_FEW = 16  # samples show what there is to edit


def applied(
    model: nn.Module, plan: Plan | str | Path, example: Any, *, forward: ForwardSpec | None = None
) -> nn.Module:
    """Returns a copy of `model` as `plan` makes it; the model stays as it is.

    Of "channel" and "heads" it is smaller, of "unstructured" and "n:m" weights are zero. Of "bits"
    and "clusters" weights have the values that they would have, still stored as before:
    `quantise` and `share_weights` store them smaller.

    Args:
      model: eager, compiled or wrapped.
      plan: or its file.
      example: a batch.
      forward: how to call the model, as for every monitor.

    Raises:
      PlanError: the plan does not fit the model.
      GroupingError, ShrinkError: channels can't be removed.
    """
    plan = read_plan(plan)
    if plan.edit in NARROWING:
        return shrink(model, plan, example, forward=forward)
    values = {} if plan.edit in MASKED else _rounded(model, plan, example, forward)
    edited = copy.deepcopy(unwrap(model))
    if plan.edit in MASKED:
        apply_plan(edited, plan)
    parameters = dict(edited.named_parameters())
    with torch.no_grad():
        for name, value in values.items():
            parameters[name].copy_(value)
    return edited


def _rounded(
    model: nn.Module, plan: Plan, example: Any, forward: ForwardSpec | None
) -> dict[str, Tensor]:
    """Returns by name the values of weights with fewer bits, or shared."""
    wanted = {unit.name: unit.level for unit in plan.units if unit.level_name}
    levels = sorted(set(wanted.values()), reverse=True)
    if not levels:
        return {}
    with subject(model, example, chunk=_FEW, forward=forward) as found:
        edits = found.edits(plan.edit, levels, None)
        units = {unit.unit.name: unit for unit in edits.units}
        if unknown := set(wanted) - set(units):
            raise PlanError(f"The model has no {sorted(unknown)}. It has {list(units)}.")
        for name, level in wanted.items():
            units[name].write(edits.levels.tolist().index(level))
        changed = {id(tensor) for name in wanted for tensor in units[name].tensors}
        named = found.model.named_parameters()
        return {name: value.clone() for name, value in named if id(value) in changed}
