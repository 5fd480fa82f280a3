"""`shrink`: channels and heads that a plan removes are really removed.

The model is first masked, then made smaller, and both are run: they must agree, else an error says
so. What stays is noted in the state dict, so that checkpoints of the smaller model can be loaded.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks.batches import find_input, to_model
from lightning_callbacks.editing.attention_parts import count_name, find_attentions
from lightning_callbacks.editing.channels import Removal, mask_removed, planned_removals
from lightning_callbacks.editing.narrow import ShrinkError, kept_since, manifest_of, narrow
from lightning_callbacks.editing.plans import read_plan
from lightning_callbacks.editing.slices import kept_places, narrowed
from lightning_callbacks.forwarding import ForwardSpec, run
from lightning_callbacks.guard import untouched, unwrap
from lightning_callbacks.sensitivity.samples import outputs_of
from tb_explain.planning import Plan

# Of the largest output: leaving zeros out of sums changes the last bits.
_TOLERANCE = 1e-4
_WIDTHS = ("all_head_size", "inner_dim", "embed_dim", "dim")


def shrink(
    model: nn.Module, plan: Plan | str | Path, example: Any, *, forward: ForwardSpec | None = None
) -> nn.Module:
    """Returns a copy of `model` without the channels or heads that `plan` removes.

    Parameters are new objects: give optimizers `transplant_optimizer`, and recalibrate BatchNorm.
    Heads of torch.nn.MultiheadAttention are zeroed, since that module can't do without them.

    Args:
      model: eager, compiled or wrapped; it is left as it is.
      plan: or its file; of edit "channel" or "heads".
      example: a batch.
      forward: how to call the model, as for every monitor.

    Raises:
      PlanError: the plan is of another edit, or does not fit the model.
      GroupingError: coupled channels can't be found.
      ShrinkError: the smaller model can't be run, or does not give what the masked one gives.
    """
    plan = read_plan(plan)
    with untouched(model) as module:
        batch = to_model(example, module)
        removals = planned_removals(module, plan, lambda: run(module, batch, forward))
        mask_removed(module, removals)
        masked = outputs_of(run(module, batch, forward), len(find_input(batch)))
    smaller = copy.deepcopy(unwrap(model))
    with torch.no_grad():
        mask_removed(smaller, [one for one in removals if one.group.stays])
    leaving = [one for one in removals if not one.group.stays]
    kept = kept_places(smaller, ((one.group.slices, one.removed) for one in leaving))
    narrow(smaller, kept, _head_counts(smaller, leaving))
    _check(smaller, batch, forward, masked)
    return smaller


def load_shrunk(model: nn.Module, state: Mapping[str, Any] | str | Path) -> nn.Module:
    """Makes `model` as small as the one that `state` is of, in place, and loads it.

    Args:
      model: unedited, as it was before `shrink`; or a module around it (a LightningModule).
      state: a state dict, a checkpoint of Lightning's, or the path of either.

    Raises:
      ShrinkError: the checkpoint is of no shrunk model, or of another one.
    """
    state = _state_of(state)
    prefix, kept, attributes = manifest_of(state)
    try:
        narrow(model.get_submodule(prefix.removesuffix(".")), kept, attributes)
        model.load_state_dict(state)
    except (AttributeError, IndexError, RuntimeError) as error:
        raise ShrinkError(
            f"The checkpoint is not of {type(model).__name__} as it is: {error}. Pass the model as "
            "it was before shrink()."
        ) from error
    return model


def transplant_optimizer(
    optimizer: torch.optim.Optimizer, model: nn.Module, smaller: nn.Module
) -> None:
    """Makes `optimizer` go on with the parameters of `smaller`, in place, with what it remembers.

    Momentum and squares are those of the weights that stay; schedulers keep working.

    Args:
      optimizer: of parameters of `model`.
      model: that `shrink` was given, unedited.
      smaller: what it returned.

    Raises:
      ShrinkError: the optimizer holds a parameter that is not the model's, or remembers something
        whose axes are not those of the parameter.
    """
    kept = kept_since(model, smaller)
    named = {parameter: name for name, parameter in unwrap(model).named_parameters()}
    replaced: dict[nn.Parameter, nn.Parameter] = {}
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            if parameter not in named:
                raise ShrinkError(
                    f"The optimizer holds a parameter {list(parameter.shape)} that is none of "
                    f"{type(model).__name__}: pass the model that it was made for."
                )
            replaced[parameter] = smaller.get_parameter(named[parameter])
    states = {
        parameter: _carried(optimizer.state[parameter], parameter, kept.get(named[parameter], {}))
        for parameter in replaced
        if parameter in optimizer.state
    }
    for group in optimizer.param_groups:
        group["params"] = [replaced[parameter] for parameter in group["params"]]
    for parameter, state in states.items():
        del optimizer.state[parameter]
        optimizer.state[replaced[parameter]] = state


def _carried(
    state: Mapping[str, Any], parameter: Tensor, axes: Mapping[int, Tensor]
) -> dict[str, Any]:
    carried: dict[str, Any] = {}
    for name, value in state.items():
        if not isinstance(value, Tensor) or value.numel() == 1 or not axes:
            carried[name] = value
        elif value.shape == parameter.shape:
            carried[name] = narrowed(value, axes)
        else:
            raise ShrinkError(
                f"The optimizer's {name!r} has shape {list(value.shape)}, its parameter "
                f"{list(parameter.shape)}: it can't be carried over. Make a new optimizer."
            )
    return carried


def _head_counts(model: nn.Module, removals: Sequence[Removal]) -> dict[str, dict[str, int]]:
    """Returns what attention modules have to know of their remaining heads."""
    left = {one.group.name: int((~one.removed).sum()) for one in removals}
    found: dict[str, dict[str, int]] = {}
    for attention in find_attentions(model):
        if attention.name not in left:
            continue
        holder = model.get_submodule(attention.holder)
        heads = left[attention.name]
        # What is as wide as all heads together follows them.
        wide = (n for n in _WIDTHS if getattr(holder, n, None) == attention.heads * attention.width)
        found[attention.holder] = dict.fromkeys(wide, heads * attention.width)
        if count := count_name(holder):
            found[attention.holder][count] = heads
    return found


def _check(smaller: nn.Module, batch: Any, forward: ForwardSpec | None, masked: Tensor) -> None:
    with untouched(smaller) as module, torch.no_grad():
        try:
            found = outputs_of(run(module, batch, forward), len(find_input(batch)))
        except Exception as error:  # whatever the user's code makes of fewer channels
            raise ShrinkError(
                f"{type(smaller).__name__} can't be run with fewer channels: {error!r}. Its code "
                "may count on them; keep the layers it names whole (Constraints(frozen=[...]))."
            ) from error
    difference = (found - masked).abs().max() if found.shape == masked.shape else torch.inf
    if not difference <= _TOLERANCE * masked.abs().max().clamp_min(1):
        raise ShrinkError(
            f"The smaller model's outputs {list(found.shape)} differ from the masked one's "
            f"{list(masked.shape)} by {float(difference):.3g}: channels are coupled in a way that "
            "was not seen. Keep these layers whole (Constraints(frozen=[...]))."
        )


def _state_of(state: Mapping[str, Any] | str | Path) -> Mapping[str, Any]:
    if isinstance(state, (str, Path)):
        try:
            state = torch.load(state, map_location="cpu", weights_only=True)
        except (OSError, pickle.UnpicklingError) as error:
            raise ShrinkError(
                f"{state} can't be read as tensors alone: {error}. Load it yourself and pass the "
                "state dict."
            ) from error
    return state.get("state_dict", state)  # type: ignore[no-any-return, union-attr]  # just loaded
