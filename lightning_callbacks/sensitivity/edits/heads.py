"""Removing attention heads, those with the smallest weights first."""

from __future__ import annotations

from torch import nn

from lightning_callbacks.sensitivity.edits.edited import Edits, Example, Layers, Levels


def heads(model: nn.Module, example: Example, levels: Levels, layers: Layers) -> Edits:
    """Returns a unit per attention module.

    Args:
      model: inside the guard.
      example: see `Example`.
      levels: shares of heads removed; None: one head after the other of the largest module.
      layers: these modules alone, by their names or those of their linears; None: all.

    Raises:
      GroupingError: there is no attention whose heads can be told apart.
    """
    # Late, since editing is built on scans.
    from lightning_callbacks.editing.grouping import GroupingError
    from lightning_callbacks.editing.heads import find_heads
    from lightning_callbacks.sensitivity.edits.grouped import chosen, group_edits

    groups = chosen(model, find_heads(model), layers)
    if not groups:
        raise GroupingError(
            f"{type(model).__name__} has no attention heads that can be told apart: "
            "nn.MultiheadAttention, or modules with linears of queries, keys, values and outputs."
        )
    most = max(group.size for group in groups)
    every = [head / most for head in range(1, most)]
    shares = [float(level) for level in (every if levels is None else levels)]
    return group_edits(model, example, groups, shares, ranked=False)
