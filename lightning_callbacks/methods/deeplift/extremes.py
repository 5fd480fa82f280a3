"""Max pooling and largest or smallest values along axes.

A window's Dy = y - y' = x[i] - x'[i'] goes to the place that explains it: to i, the winner for the
input, where y > y' (then 0 < Dy <= Dx[i]), else to the baseline's winner i' (then 0 >= Dy >=
Dx[i']); so multipliers lie in [0, 1]. Windows may overlap: what they pass on is added.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from lightning_callbacks.methods.deeplift.call import (
    Call,
    Gradients,
    Rewrite,
    Rule,
    needed,
    replaced,
)


@dataclass(frozen=True)
class _Winners:
    """One pass's values [..., L], and the places [..., K] along the last axis of those chosen."""

    values: Tensor
    places: Tensor

    def chosen(self) -> Tensor:
        return self.values.gather(-1, self.places)


def _explain(here: _Winners, there: _Winners) -> tuple[Tensor, Tensor]:
    """Returns (places, multipliers), both [..., K]: where each Dy goes, and how much of it."""
    rise = here.chosen() - there.chosen()
    # The winner of its own pass bounds the other's place: for minima, from the other side.
    step = (here.values - there.values).gather(-1, here.places)
    own = (rise.sign() == step.sign()) & (rise.abs() <= step.abs())
    places = torch.where(own, here.places, there.places)
    step = (here.values - there.values).gather(-1, places)
    return places, torch.where(step == 0, 1.0, rise / step)


def pool(axes: int, here: Call, there: Call) -> Rewrite:
    """Returns the rewrite of a max pool over the last `axes` axes that returns flat places."""
    winners = [
        _Winners(call.args[0].flatten(-axes), call.outputs[1].flatten(-axes))
        for call in (here, there)
    ]
    places, slope = _explain(*winners)
    shape, flat = here.args[0].shape, winners[0].values.shape

    def rewrite(inputs: Gradients, outputs: Gradients) -> Gradients:
        g = needed(outputs[0]).flatten(-axes) * slope
        spread = g.new_zeros(flat).scatter_add(-1, places, g)
        return replaced(inputs, 0, spread.reshape(shape))

    return rewrite


def along_axes(here: Call, there: Call) -> Rewrite:
    """Returns the rewrite of max, min, amax and amin over all axes or (input, dims, keepdim)."""
    layout = _Layout.of(here)
    places, slope = _explain(layout.winners(here), layout.winners(there))

    def rewrite(inputs: Gradients, outputs: Gradients) -> Gradients:
        if outputs[0] is None:
            return inputs
        g = outputs[0].reshape(slope.shape) * slope
        return replaced(inputs, 0, layout.scattered(places, g))

    return rewrite


@dataclass(frozen=True)
class _Layout:
    """Which of the `sizes` axes a reduction keeps, and which it reduces."""

    sizes: torch.Size
    kept: list[int]
    reduced: list[int]

    @classmethod
    def of(cls, call: Call) -> _Layout:
        sizes, dims = call.args[0].shape, call.arg(1)
        dims = [dims] if isinstance(dims, int) else list(dims or range(len(sizes)))
        reduced = sorted(dim % len(sizes) for dim in dims)
        kept = [axis for axis in range(len(sizes)) if axis not in reduced]
        return cls(sizes, kept, reduced)

    def winners(self, call: Call) -> _Winners:
        values = call.args[0].permute(self.kept + self.reduced).flatten(len(self.kept))
        find = torch.argmax if call.name in {"max", "amax"} else torch.argmin
        return _Winners(values, find(values, -1, keepdim=True))

    def scattered(self, places: Tensor, values: Tensor) -> Tensor:
        order = self.kept + self.reduced
        sizes = [self.sizes[axis] for axis in order]
        flat = torch.Size(sizes[len(self.kept) :]).numel()
        spread = values.new_zeros((*values.shape[:-1], flat)).scatter_add(-1, places, values)
        return spread.reshape(sizes).permute(sorted(range(len(order)), key=order.__getitem__))


RULES = {
    **dict.fromkeys(["max_pool2d_with_indices", "adaptive_max_pool2d"], Rule(partial(pool, 2))),
    **dict.fromkeys(["max_pool3d_with_indices", "adaptive_max_pool3d"], Rule(partial(pool, 3))),
    **dict.fromkeys(["max_pool1d_with_indices", "adaptive_max_pool1d"], Rule(partial(pool, 1))),
    **dict.fromkeys(["max", "min", "amax", "amin"], Rule(along_axes)),
}
