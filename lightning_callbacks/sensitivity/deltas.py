"""By how much each level of an edit changes the weights of a unit."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from lightning_callbacks.sensitivity.edits.edited import EditedUnit


@torch.no_grad()
def deltas(unit: EditedUnit, levels: int) -> Iterator[list[Tensor]]:
    """Yields, level by level, edited minus unedited values of each of the unit's tensors.

    The unit is unedited while the caller has them.
    """
    kept = [tensor.detach().clone() for tensor in unit.tensors]
    for level in range(levels):
        try:
            unit.write(level)
            changed = [t.detach() - k for t, k in zip(unit.tensors, kept, strict=True)]
        finally:
            for tensor, before in zip(unit.tensors, kept, strict=True):
                tensor.copy_(before)
        yield changed
