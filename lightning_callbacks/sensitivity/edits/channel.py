"""Removing channels: whole coupled groups, the smallest by group L1 first."""

from __future__ import annotations

from torch import nn

from lightning_callbacks.sensitivity.edits.edited import Edits, Example, Layers, Levels

LEVELS = (0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.8125, 0.875, 0.9375)


def channel(model: nn.Module, example: Example, levels: Levels, layers: Layers) -> Edits:
    """Returns a unit per group of coupled channels.

    Args:
      model: inside the guard.
      example: see `Example`.
      levels: shares of channels removed; None: `LEVELS`.
      layers: groups of these layers alone; None: all.

    Raises:
      ValueError: a level is not above 0 and below 1.
      GroupingError: Torch-Pruning is missing or can't follow the model, or no group can be
        narrowed: then it says why.
    """
    # Late, since editing is built on scans.
    from lightning_callbacks.editing.grouping import GroupingError, find_groups
    from lightning_callbacks.sensitivity.edits.grouped import chosen, group_edits

    grouping = find_groups(model, example.logits)
    groups = chosen(model, grouping.groups, layers)
    if not groups:
        raise GroupingError(
            f"No channels of {type(model).__name__} can be removed: {dict(grouping.kept)}."
        )
    shares = [float(level) for level in (LEVELS if levels is None else levels)]
    return group_edits(model, example, groups, shares, ranked=True)
