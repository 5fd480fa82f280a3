"""What edits of single weights share: a unit per parameter, with its costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn

from lightning_callbacks.sensitivity.edits.edited import Costs, Example, Layers
from lightning_callbacks.sensitivity.prunable import Weight, prunable_weights
from tb_explain.planning import Unit

Made = TypeVar("Made")


class WeightUnit:
    """One parameter, edited by itself.

    Args:
      weight: the parameter, unedited.
      costs: of the model.
      levels: of the edit.
    """

    def __init__(self, weight: Weight, costs: Costs, levels: Sequence[float]) -> None:
        self.weight = weight
        self.levels = levels
        self.tensors: Sequence[Tensor] = [weight.parameter]
        self.removed: Sequence[int] | None = None
        self.stored_bits: Sequence[float] | None = None
        self.unit = _unit(weight, costs)

    def write(self, level: int) -> None:
        """Edits the parameter as level number `level`."""
        raise NotImplementedError


def _unit(weight: Weight, costs: Costs) -> Unit:
    size = weight.parameter.numel()
    path = weight.name.rpartition(".")[0]
    return Unit(
        name=weight.name,
        type=type(weight.module).__name__.removeprefix("Parametrized"),
        members=list(weight.names),
        size=size,
        parameters=size,
        macs=costs.macs.get(weight.name, 0),
        seconds=costs.seconds.get(path, float("nan")),
        shape=list(weight.rows(weight.parameter).shape),
    )


def weight_units(
    model: nn.Module, example: Example, layers: Layers, make: Callable[[Weight, Costs], Made]
) -> list[Made]:
    """Returns a unit for each prunable weight, in the order of the model's modules."""
    with torch.no_grad():
        return [make(weight, example.costs) for weight in prunable_weights(model, layers)]
