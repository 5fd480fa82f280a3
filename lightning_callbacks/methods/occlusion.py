"""Occlusion: how much the output falls when a sliding window is covered."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lightning_callbacks.function import NEVER_CHANGED, Attributed, Function, InputMethod
from lightning_callbacks.methods.gradient import expanded

# (rows [n], window [n]) -> per input bool that broadcasts to [n, ...].
Cover = Callable[[Tensor, Tensor], list[Tensor]]


@dataclass(frozen=True)
class Occlusion(InputMethod):
    """f(x) - f(x with a window at the baseline), averaged over the windows that cover an element.

    Zeiler and Fergus 2013 (arXiv:1311.2901), in Captum's convention. Windows slide over rows and
    columns of an image, along a series or a text, all channels at once; inputs without neighbours
    (tables) are covered feature by feature. Values are those of the windows, not shared among their
    elements: they do not add up, and of what is shown as one (channels, a token's embedding, blocks
    of a large image, the columns of a feature) the mean is shown.

    Attributes:
      window: its size, for all axes or for each; None: a quarter of the axis.
      stride: how far it moves; None: half a window.

    Raises:
      ValueError: a window or stride below 1.
    """

    window: int | Sequence[int] | None = None
    stride: int | Sequence[int] | None = None

    name = "occlusion"
    title = "Occlusion"
    source = "Zeiler and Fergus 2013, arXiv:1311.2901"
    shared = False

    def __post_init__(self) -> None:
        for name in ("window", "stride"):
            given = getattr(self, name)
            sizes = [given] if isinstance(given, int) else given or ()
            if any(size < 1 for size in sizes):
                raise ValueError(f"{name} must be 1 or more, not {given}.")

    def attribute(self, function: Function) -> Attributed:
        """Returns the mean fall of the output under the windows that cover an element."""
        count, covered = self._windows(function)
        output, _ = function.outputs()
        falls = tuple(torch.zeros_like(values) for values in function.inputs)
        times = tuple(torch.zeros_like(values) for values in function.inputs)
        for rows, window in function.rows(count):
            covers = covered(rows, window)
            points = tuple(
                torch.where(cover, base[rows], x[rows])
                for cover, base, x in zip(covers, function.baselines, function.inputs, strict=True)
            )
            fall = output[rows] - function.values(points, rows)
            for total, often, cover in zip(falls, times, covers, strict=True):
                shape = (len(rows), *total.shape[1:])
                total.index_add_(0, rows, (cover * expanded(fall, total)).expand(shape))
                often.index_add_(0, rows, cover.to(often.dtype).expand(shape))
        values = tuple(
            total / often.clamp(min=1) for total, often in zip(falls, times, strict=True)
        )
        return Attributed(values, output)

    def _windows(self, function: Function) -> tuple[int, Cover]:
        """Returns how many windows there are, and what each of them covers."""
        features = function.features
        if not features.axes:
            return features.most, lambda rows, window: [
                _own(ids, rows) == expanded(window, ids) for ids in features.ids
            ]
        ((ids,), (x,)) = features.ids, function.inputs
        masks = self._masks(x.shape, features.axes).to(x.device)
        return len(masks), lambda rows, window: [masks[window] & (_own(ids, rows) != NEVER_CHANGED)]

    def _masks(self, shape: Sequence[int], axes: Sequence[int]) -> Tensor:
        """Returns bool [windows, ...]: 1 long but for `axes`; the last ones end at the edge."""
        slices = []
        for place, axis in enumerate(axes):
            size = min(_of_axis(self.window, place) or -(-shape[axis] // 4), shape[axis])
            stride = _of_axis(self.stride, place) or max(1, size // 2)
            steps = math.ceil((shape[axis] - size) / stride) + 1
            slices.append([slice(step * stride, step * stride + size) for step in range(steps)])
        masks = []
        for window in itertools.product(*slices):
            mask = torch.zeros([shape[a] if a in axes else 1 for a in range(1, len(shape))])
            places: list[slice] = [slice(None)] * mask.dim()
            for axis, part in zip(axes, window, strict=True):
                places[axis - 1] = part
            mask[tuple(places)] = 1
            masks.append(mask.bool())
        return torch.stack(masks)


def _of_axis(given: int | Sequence[int] | None, place: int) -> int | None:
    return given if given is None or isinstance(given, int) else given[place]


def _own(ids: Tensor, rows: Tensor) -> Tensor:
    return ids[rows] if len(ids) > 1 else ids.expand(len(rows), *ids.shape[1:])
