"""In-place operators on views: autograd hides them in a `CopySlices` of the tensor viewed."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lightning_callbacks.methods.deeplift.call import Gradients, Rewrite, needed


@dataclass(frozen=True)
class Slice:
    """Where a view lies in the tensor it views."""

    base_size: torch.Size
    base_stride: tuple[int, ...]
    size: torch.Size
    stride: tuple[int, ...]
    offset: int

    @classmethod
    def of(cls, view: Tensor, base: Tensor) -> Slice:
        """Returns where `view` lies in `base`."""
        offset = int(view.storage_offset() - base.storage_offset())
        return cls(base.shape, base.stride(), view.shape, view.stride(), offset)

    def rewrite(self, inner: Rewrite) -> Rewrite:
        """Returns `inner`, the rewrite of an operator on the view, for the viewed tensor."""

        def rewrite(inputs: Gradients, outputs: Gradients) -> Gradients:
            whole, part = self._copied(needed(inputs[0]))
            _, above = self._copied(needed(outputs[0]))
            first, *others = inner((part.clone(), *inputs[1:]), (above,))
            part.copy_(needed(first))
            return (whole, *others)

        return rewrite

    def _copied(self, gradient: Tensor) -> tuple[Tensor, Tensor]:
        """Returns (a copy of the viewed tensor's gradient, the view's part of it)."""
        whole = gradient.new_empty_strided(self.base_size, self.base_stride).copy_(gradient)
        return whole, whole.as_strided(self.size, self.stride, self.offset)
