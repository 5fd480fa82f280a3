"""Writing a plan's cuts into a model, unit by unit, as often as a search wants to.

A cut is a number: of weights, channels or heads, or of edits that take levels, 1 + the level's
index (0: unedited).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from lightning_callbacks.editing.channels import NARROWING, groups_of
from lightning_callbacks.editing.grouping import Group, importance
from lightning_callbacks.editing.masks import planned_parameters
from lightning_callbacks.editing.slices import zero
from lightning_callbacks.sensitivity.edits.edited import EditedUnit
from lightning_callbacks.sensitivity.subject import Subject
from tb_explain.planning import Plan, PlanError, Sensitivity


class Writer(Protocol):
    """One unit of a plan.

    Attributes:
      tensors: all that `write` changes.
    """

    @property
    def tensors(self) -> Sequence[Tensor]: ...  # noqa: D102  # see above

    def write(self, cut: int) -> None:
        """Edits `tensors`, which hold their unedited values, in place."""


class WeightWriter:
    """Sets the smallest weights of a parameter to zero."""

    def __init__(self, parameter: Tensor) -> None:
        self.tensors = [parameter]
        self._order = torch.argsort(parameter.detach().abs().flatten(), stable=True)

    def write(self, cut: int) -> None:
        """See `Writer`."""
        (parameter,) = self.tensors
        mask = torch.zeros(parameter.numel(), dtype=torch.bool, device=parameter.device)
        mask[self._order[:cut]] = True
        parameter.detach().masked_fill_(mask.reshape(parameter.shape), 0)


class GroupWriter:
    """Masks the smallest channels or heads of a group."""

    def __init__(self, model: nn.Module, group: Group) -> None:
        names = dict.fromkeys(part.tensor for part in group.slices if part.masked)
        self.tensors = [model.get_parameter(name) for name in names]
        self._model, self._group = model, group
        self._order = torch.argsort(importance(model, group), stable=True)

    def write(self, cut: int) -> None:
        """See `Writer`."""
        removed = torch.zeros(self._group.size, dtype=torch.bool)
        removed[self._order[:cut]] = True
        zero(self._model, self._group.slices, removed)


class LevelWriter:
    """Edits a unit as one of the levels that it was scanned at."""

    def __init__(self, unit: EditedUnit) -> None:
        self.tensors = unit.tensors
        self._unit = unit

    def write(self, cut: int) -> None:
        """See `Writer`."""
        if cut:
            self._unit.write(cut - 1)


def writers_of(found: Subject, sensitivity: Sensitivity, plan: Plan) -> list[Writer]:
    """Returns a writer per unit of `plan`, which was made of `sensitivity`.

    Raises:
      PlanError: a unit is not in the model.
      GroupingError: coupled channels can't be found.
    """
    names = [unit.name for unit in plan.units]
    if plan.edit == "unstructured":
        parameters = planned_parameters(found.model, plan)
        return [WeightWriter(parameters[name]) for name in names]
    if plan.edit in NARROWING:
        logits: Callable[[], Any] = found.forward(found.first)
        groups = {group.name: group for group in groups_of(found.model, plan.edit, logits)}
        return [GroupWriter(found.model, group) for group in _named(groups, names)]
    n_m = plan.edit == "n:m"
    levels = sensitivity.level_names if n_m else [float(level) for level in sensitivity.levels]
    edits = found.edits(plan.edit, levels, None)
    units = {unit.unit.name: unit for unit in edits.units}
    return [LevelWriter(unit) for unit in _named(units, names)]


def cuts_in(sensitivity: Sensitivity, plan: Plan) -> np.ndarray:
    """Returns the cuts int64 [U] of `plan`, as writers take them."""
    if sensitivity.removed is not None and plan.edit != "n:m":
        return np.array([unit.cut for unit in plan.units])
    levels = {name: index + 1 for index, name in enumerate(sensitivity.level_names)}
    return np.array([levels.get(unit.level_name, 0) for unit in plan.units])


def _named(found: dict[str, Any], names: Sequence[str]) -> list[Any]:
    if unknown := [name for name in names if name not in found]:
        raise PlanError(f"The model has no {unknown}; scan it anew. It has {list(found)}.")
    return [found[name] for name in names]
