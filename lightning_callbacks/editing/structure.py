"""How a model's costs follow from the widths of its groups: `planning.Layer`s, and units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from torch import nn

from lightning_callbacks.editing.grouping import Group
from lightning_callbacks.editing.slices import Slice
from tb_explain.planning import Layer, Unit


def layers_of(
    model: nn.Module,
    groups: Sequence[Group],
    macs: Mapping[str, int],
    seconds: Mapping[str, float],
) -> list[Layer]:
    """Returns what each layer of `model` costs, and which groups' widths it depends on.

    Args:
      model: unedited.
      groups: the units, in their order.
      macs: multiply-adds per sample by name of the parameter.
      seconds: measured time per sample by name of the module; empty: not measured.
    """
    makes: dict[str, int] = {}
    reads: dict[str, dict[int, float]] = {}
    for index, group in enumerate(groups):
        # What can be masked but not removed saves nothing.
        for part in () if group.stays else group.slices:
            _note(model, part, index, makes, reads)
    return [
        Layer(
            name,
            sum(parameter.numel() for parameter in module.parameters(recurse=False)),
            _own_macs(name, module, macs),
            _own_seconds(name, module, seconds),
            makes.get(name),
            sorted(reads.get(name, {}).items()),
        )
        for name, module in model.named_modules()
        if _counts(name, module, seconds)
    ]


def unit_of(model: nn.Module, group: Group, layers: Sequence[Layer]) -> Unit:
    """Returns `group` as a unit of a sensitivity."""
    own = set(group.layers)
    costs = [layer for layer in layers if layer.name in own]
    return Unit(
        group.name,
        group.type,
        group.layers,
        group.size,
        _weights(model, group),
        sum(layer.macs for layer in costs),
        sum(layer.seconds for layer in costs),
    )


def _note(
    model: nn.Module,
    part: Slice,
    index: int,
    makes: dict[str, int],
    reads: dict[str, dict[int, float]],
) -> None:
    length = model.get_submodule(part.layer).get_parameter("weight").shape[part.axis]
    share = len(part.positions) / length
    if part.reads or share < 1:
        # A normalisation of concatenated channels costs as they do, each group its share.
        reads.setdefault(part.layer, {})[index] = share
    else:
        makes[part.layer] = index


def _weights(model: nn.Module, group: Group) -> int:
    found: dict[str, np.ndarray] = {}
    for part in group.slices:
        if part.masked:
            weight = model.get_parameter(part.tensor)
            touched = found.setdefault(part.tensor, np.zeros(weight.shape, bool))
            np.moveaxis(touched, part.axis, 0)[part.positions.numpy()] = True
    return sum(int(touched.sum()) for touched in found.values())


def _counts(name: str, module: nn.Module, seconds: Mapping[str, float]) -> bool:
    if any(True for _ in module.parameters(recurse=False)):
        return True
    inside = (f"{name}.{child}".lstrip(".") for child, _ in module.named_modules() if child)
    return name in seconds and not any(child in seconds for child in inside)


def _own_macs(name: str, module: nn.Module, macs: Mapping[str, int]) -> int:
    own = (f"{name}.{parameter}" for parameter, _ in module.named_parameters(recurse=False))
    return sum(macs.get(parameter, 0) for parameter in own)


def _own_seconds(name: str, module: nn.Module, seconds: Mapping[str, float]) -> float:
    if not seconds:
        return float("nan")
    # Inside another that was timed: what is left of its time after its parts' is its own.
    inside = (f"{name}.{child}" for child, _ in module.named_children())
    return seconds.get(name, 0.0) - sum(seconds.get(child, 0.0) for child in inside)
