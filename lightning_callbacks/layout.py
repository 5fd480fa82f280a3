"""Reading a layer's output as maps: which axes are space, which are channels.

Convolutions give [N, K, h, w], Swin-like blocks [N, h, w, K], vision transformers tokens
[N, T, K] of which some in front are no patches (class, register), 1-D networks [N, K, l] or, of
recurrent and transformer layers, [N, l, K].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

Axes = Literal["NCHW", "NHWC", "NTC", "NCL", "NLC"]
# Class token, distillation token and up to eight registers are what published models have.
_MAX_PREFIX_TOKENS = 10


class LayoutError(ValueError):
    """A layer's output can't be read as maps over the input."""


@dataclass(frozen=True)
class Layout:
    """How to read an output as [N, K, h, w].

    Attributes:
      axes: the order of the axes.
      height: rows of the map (1 for 1-D).
      width: columns of the map.
    """

    axes: Axes
    height: int
    width: int

    def to_maps(self, tensor: Tensor) -> Tensor:
        """Returns `tensor` as [N, K, h, w], a view where possible."""
        if self.axes == "NCHW":
            return tensor
        if self.axes == "NHWC":
            return tensor.permute(0, 3, 1, 2)
        if self.axes == "NCL":
            return tensor.unsqueeze(2)
        if self.axes == "NLC":
            return tensor.transpose(1, 2).unsqueeze(2)
        patches = tensor[:, -self.height * self.width :]
        return patches.transpose(1, 2).reshape(len(tensor), -1, self.height, self.width)


def find_layout(
    module: nn.Module,
    shape: Sequence[int],
    input_shape: Sequence[int],
    patch_grid: tuple[int, int] | None,
) -> Layout:
    """Returns the layout of a layer's output.

    Args:
      module: the layer; decides where the shape alone does not.
      shape: of the output, with N.
      input_shape: of the model's input, with N; [N, C, H, W] or [N, C, L].
      patch_grid: rows and columns of the patch embedding, where the model has one.

    Raises:
      LayoutError: no reading fits.
    """
    if len(shape) == 4 and len(input_shape) == 4:
        axes: Axes = "NHWC" if _is_channels_last(module, shape, input_shape) else "NCHW"
        height, width = shape[1:3] if axes == "NHWC" else shape[2:4]
        return Layout(axes, height, width)
    if len(shape) == 3 and len(input_shape) == 3:
        if _is_length_first(module, shape, input_shape):
            return Layout("NLC", 1, shape[1])
        return Layout("NCL", 1, shape[2])
    if len(shape) == 3 and len(input_shape) == 4:
        return Layout("NTC", *_token_grid(shape[1], input_shape, patch_grid))
    raise LayoutError(
        f"The layer's output has shape {list(shape)} for an input of shape {list(input_shape)}; "
        "maps need [N, K, h, w], [N, h, w, K], tokens [N, T, K], or [N, K, l] for a 1-D input. "
        "Choose another layer."
    )


def _is_channels_last(module: nn.Module, shape: Sequence[int], input_shape: Sequence[int]) -> bool:
    _, a, b, c = shape
    height, width = input_shape[2:]
    first = _fits(b, c, height, width)  # a is channels
    last = _fits(a, b, height, width)  # c is channels
    if first != last:
        return last
    return _normalises_last_axis(module, c)


def _is_length_first(module: nn.Module, shape: Sequence[int], input_shape: Sequence[int]) -> bool:
    kinds = (nn.LayerNorm, nn.Linear, nn.RNNBase, nn.MultiheadAttention, nn.Conv1d)
    last = next((m for m in [*module.modules()][::-1] if isinstance(m, kinds)), None)
    if last is not None:
        return not isinstance(last, nn.Conv1d)
    # Without layers of its own, as an activation: what kept its size is the length.
    return shape[1] == input_shape[1] and shape[2] != input_shape[2]


def _fits(h: int, w: int, height: int, width: int) -> bool:
    # A map keeps the input's proportions but for rounding by one cell.
    return abs(h * width - w * height) <= max(height, width)


def _normalises_last_axis(module: nn.Module, size: int) -> bool:
    kinds = (nn.LayerNorm, nn.Linear, nn.Conv2d)
    last = next((m for m in [*module.modules()][::-1] if isinstance(m, kinds)), None)
    if isinstance(last, nn.LayerNorm):
        return last.normalized_shape[-1] == size
    return isinstance(last, nn.Linear) and last.out_features == size


def _token_grid(
    tokens: int, input_shape: Sequence[int], patch_grid: tuple[int, int] | None
) -> tuple[int, int]:
    if patch_grid and 0 <= tokens - patch_grid[0] * patch_grid[1] <= _MAX_PREFIX_TOKENS:
        return patch_grid
    height, width = input_shape[2:]
    for prefix in range(_MAX_PREFIX_TOKENS + 1):
        patches = tokens - prefix
        rows = round((patches * height / width) ** 0.5) if patches > 0 else 0
        if rows and patches % rows == 0 and rows * width == patches // rows * height:
            return rows, patches // rows
    raise LayoutError(
        f"{tokens} tokens are no grid with the proportions of an input of {height} x {width} "
        f"after up to {_MAX_PREFIX_TOKENS} prefix tokens. Choose a layer that keeps one token "
        "per patch."
    )
