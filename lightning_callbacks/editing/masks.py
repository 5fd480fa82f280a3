"""Which weights a plan keeps: masks by magnitude, with exact counts.

It knows weights, plans and names; nothing of a trainer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor, nn

from lightning_callbacks.guard import unwrap
from tb_explain.planning import Plan, PlanError

MASKED = ("unstructured", "n:m")
_NAMED_IN_ERRORS = 12
# What torch.compile puts before names.
_COMPILED = "_orig_mod."


def planned_parameters(model: nn.Module, plan: Plan) -> dict[str, nn.Parameter]:
    """Returns the parameters that `plan` cuts, by its names for them.

    A plan that was made on a part of `model` ("conv1.weight") fits too, where one part alone has
    all of these ("net.conv1.weight").

    Raises:
      PlanError: the plan is of an edit without masks, or a unit is not in the model, or is of
        another size there.
    """
    if plan.edit not in MASKED:
        raise PlanError(
            f"A plan of {plan.edit!r} has no masks. Use shrink() for 'channel' and 'heads', "
            "quantise() for 'bits' and share_weights() for 'clusters'."
        )
    named = {n.replace(_COMPILED, ""): p for n, p in unwrap(model).named_parameters()}
    part = _part_with([unit.name for unit in plan.units], list(named))
    found = {unit.name: named[part + unit.name] for unit in plan.units}
    for unit in plan.units:
        if found[unit.name].numel() != unit.size:
            raise PlanError(
                f"The plan cuts {unit.name} of {unit.size} weights; in this model it has "
                f"{found[unit.name].numel()}. Plan anew for this model."
            )
    return found


def _part_with(names: Sequence[str], known: Sequence[str]) -> str:
    """Returns what stands before all of `names` among `known`: "" or a part's path with its dot."""
    if not names:
        return ""
    first = names[0]
    ends = [name for name in known if name == first or name.endswith(f".{first}")]
    parts = [end.removesuffix(first) for end in ends]
    fitting = [part for part in parts if set(known).issuperset(part + name for name in names)]
    if "" in fitting:
        return ""
    if len(fitting) != 1:
        missing = next((name for name in names if name not in known), first)
        shown = ", ".join(fitting or list(known)[:_NAMED_IN_ERRORS])
        problem = "stands in several parts" if fitting else "is no parameter"
        raise PlanError(f"The plan's {missing!r} {problem} of this model: {shown}.")
    return fitting[0]


def smallest(weight: Tensor, cut: int, kept: Tensor | None = None) -> Tensor:
    """Returns bool like `weight`, False for the `cut` smallest magnitudes; ties by flat index.

    Args:
      weight: any shape.
      cut: how many.
      kept: an earlier mask, whose cut weights stay cut (and count).
    """
    size = weight.detach().abs().flatten()
    if kept is not None:
        size = size.masked_fill(~kept.flatten(), -1)
    mask = torch.ones_like(size, dtype=torch.bool)
    mask[torch.argsort(size, stable=True)[:cut]] = False
    return mask.reshape(weight.shape)


def smallest_of_neighbours(weight: Tensor, zeros: int, neighbours: int) -> Tensor:
    """Returns bool like `weight`, False for the `zeros` smallest of every m along the inputs.

    The inputs are the second axis (convolutions, linear layers); ties by index.

    Raises:
      PlanError: the number of inputs is no multiple of `neighbours`.
    """
    inputs_last = weight.detach().abs().movedim(1, -1)
    if inputs_last.shape[-1] % neighbours:
        raise PlanError(
            f"{tuple(weight.shape)} has {inputs_last.shape[-1]} inputs, no multiple of "
            f"{neighbours}: it can't be cut {zeros} of {neighbours}."
        )
    grouped = inputs_last.reshape(-1, neighbours)
    mask = torch.ones_like(grouped, dtype=torch.bool)
    mask.scatter_(1, torch.argsort(grouped, dim=1, stable=True)[:, :zeros], value=False)
    return mask.reshape(inputs_last.shape).movedim(-1, 1)


def apply_masks(parameters: Mapping[str, Tensor], masks: Mapping[str, Tensor]) -> None:
    """Sets to zero, in place, what the masks don't keep."""
    with torch.no_grad():
        for name, mask in masks.items():
            parameters[name].masked_fill_(~mask, 0)


def clear_moments(
    optimizers: Iterable[torch.optim.Optimizer], masked: Mapping[int, Tensor]
) -> None:
    """Sets to zero what optimizers remember of cut weights: else they would move again.

    Args:
      optimizers: whose state is changed in place.
      masked: masks by the `id` of their parameter.
    """
    for optimizer in optimizers:
        for parameter, state in optimizer.state.items():
            mask = masked.get(id(parameter))
            if mask is not None:
                for value in state.values():
                    if isinstance(value, Tensor) and value.shape == mask.shape:
                        value.masked_fill_(~mask, 0)


def apply_plan(model: nn.Module, plan: Plan) -> dict[str, Tensor]:
    """Sets the smallest weights of each unit of `plan` to zero, in place.

    Returns:
      The masks, bool, True where a weight is kept, by the plan's names.

    Raises:
      PlanError: as `planned_parameters`.
    """
    parameters = planned_parameters(model, plan)
    masks = final_masks(parameters, plan)
    apply_masks(parameters, masks)
    return masks


def final_masks(parameters: Mapping[str, Tensor], plan: Plan) -> dict[str, Tensor]:
    """Returns the masks of all of `plan`, by its names."""
    return {
        unit.name: smallest(parameters[unit.name], unit.cut)
        if plan.edit == "unstructured"
        else smallest_of_neighbours(parameters[unit.name], *_pattern(plan, unit.name))
        for unit in plan.units
        if unit.cut
    }


def _pattern(plan: Plan, name: str) -> tuple[int, int]:
    """Returns (zeros, neighbours) of a unit of an "n:m" plan."""
    level = plan.cuts[name].level_name
    kept, _, neighbours = level.partition(":")
    if not (kept.isdigit() and neighbours.isdigit() and int(kept) < int(neighbours)):
        raise PlanError(f"{name} has the level {level!r}; expected one as '2:4'.")
    return int(neighbours) - int(kept), int(neighbours)
