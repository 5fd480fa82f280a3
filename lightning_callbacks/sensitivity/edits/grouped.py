"""Units that are groups of coupled channels or heads: masked, so that they seem removed.

All of a group's layers are masked, BatchNorm's scale and shift too, and the weights that read the
channels: the model's outputs equal those of the model without them, whatever is in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lightning_callbacks.editing.grouping import Group, importance
from lightning_callbacks.editing.slices import zero
from lightning_callbacks.editing.structure import layers_of, unit_of
from lightning_callbacks.layers import named_layers
from lightning_callbacks.sensitivity.edits.edited import Edits, Example, Layers
from tb_explain.planning import Unit

# Of tables of cuts: the share of all channels between two rows is 2 %.
_SHARES = np.arange(1, 50) / 50


@dataclass(frozen=True)
class GroupUnit:
    """A group as the scan edits it; see `EditedUnit`.

    Attributes:
      order: int64 [size], channels from the first to go to the last.
    """

    unit: Unit
    tensors: Sequence[Tensor]
    removed: Sequence[int]
    model: nn.Module
    group: Group
    order: Tensor
    stored_bits: Sequence[float] | None = None

    def write(self, level: int) -> None:
        """See `EditedUnit`."""
        mask = torch.zeros(self.group.size, dtype=torch.bool)
        mask[self.order[: self.removed[level]]] = True
        zero(self.model, self.group.slices, mask)


def group_edits(
    model: nn.Module,
    example: Example,
    groups: Sequence[Group],
    levels: Sequence[float],
    *,
    ranked: bool,
) -> Edits:
    """Returns the edits that remove shares `levels` of each of `groups`, the smallest first.

    Args:
      model: unedited.
      example: see `Example`.
      groups: one per unit.
      levels: shares of a group's size, above 0 and below 1; one channel always stays.
      ranked: whether to tabulate cuts by size among all channels, as "global_magnitude".

    Raises:
      ValueError: a level is no such share.
    """
    if not levels or not all(0 < level < 1 for level in levels):
        raise ValueError(f"levels={levels!r} should be shares above 0 and below 1.")
    layers = layers_of(model, groups, example.costs.macs, example.costs.seconds)
    sizes = [importance(model, group) for group in groups]
    units = [
        GroupUnit(
            unit_of(model, group, layers),
            _tensors(model, group),
            [min(round(level * group.size), group.size - 1) for level in levels],
            model,
            group,
            torch.argsort(size, stable=True),
        )
        for group, size in zip(groups, sizes, strict=True)
    ]
    names = [f"{level:.3g}" if level < 0.01 else f"{100 * level:.3g} %" for level in levels]
    table = {"global_magnitude": _table(sizes)} if ranked and groups else {}
    shares = _SHARES if table else np.zeros(0)
    return Edits(units, np.array(levels, dtype=float), names, layers, shares, table)


def chosen(model: nn.Module, groups: Sequence[Group], layers: Layers) -> list[Group]:
    """Returns the groups that hold one of `layers`, or all."""
    if layers is None:
        return list(groups)
    wanted = set(named_layers(model, layers))
    return [group for group in groups if wanted & {group.name, *group.layers}]


def _tensors(model: nn.Module, group: Group) -> list[Tensor]:
    names = dict.fromkeys(part.tensor for part in group.slices if part.masked)
    return [model.get_parameter(name) for name in names]


def _table(sizes: Sequence[Tensor]) -> np.ndarray:
    """Returns int64 [G, U]: of the smallest channels of all, how many are each group's.

    Sizes are relative to the mean of their group, as in Torch-Pruning's global ranking.
    """
    relative = torch.cat([size / size.mean().clamp_min(1e-300) for size in sizes])
    group = torch.cat([torch.full((len(size),), index) for index, size in enumerate(sizes)])
    ranked = group[torch.argsort(relative, stable=True)].numpy()
    ends = np.rint(_SHARES * len(ranked)).astype(int)
    return np.array([np.bincount(ranked[:end], minlength=len(sizes)) for end in ends])
