"""Turning model inputs into PNG pictures for the page. It knows arrays, nothing of models."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

# The longest side of a stored thumbnail in pixels: sharp at the page's usual tile sizes.
THUMBNAIL_SIDE = 128


@dataclass(frozen=True)
class Pictures:
    """PNG files of N inputs, and how their pixels were made from the inputs, in words."""

    files: Sequence[bytes]
    display: str


def make_pictures(
    inputs: Tensor,
    *,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    longest_side: int | None = THUMBNAIL_SIDE,
) -> Pictures:
    """Returns a picture of each input.

    Args:
      inputs: [N, C, H, W] with 1 or 3 channels (of 4 the first three are drawn, else the mean),
        uint8, or floating: in [0, 1], in [0, 255], or in any range, then stretched per image.
      mean: per channel (or one), the normalisation to undo first.
      std: likewise.
      longest_side: in pixels; larger pictures are scaled down; None keeps them.
    """
    pixels = inputs.detach().cpu().float()
    if mean is not None or std is not None:
        pixels = pixels * _per_channel(std, 1.0) + _per_channel(mean, 0.0)
    if pixels.shape[1] == 4:
        pixels = pixels[:, :3]  # whatever the fourth is, transparency would hide the rest
    if pixels.shape[1] not in (1, 3):
        pixels = pixels.mean(dim=1, keepdim=True)
    pixels, display = _to_unit_range(pixels, is_bytes=inputs.dtype == torch.uint8)
    in_bytes = (pixels * 255).round().clamp(0, 255).to(torch.uint8)
    return Pictures([_png(image, longest_side) for image in in_bytes], display)


def _per_channel(values: Sequence[float] | None, default: float) -> Tensor:
    return torch.tensor([default] if values is None else list(values)).reshape(1, -1, 1, 1)


def _to_unit_range(pixels: Tensor, *, is_bytes: bool) -> tuple[Tensor, str]:
    # What undoing a normalisation in float32 leaves beyond the range is rounding.
    low, high = float(pixels.nan_to_num().min()), float(pixels.nan_to_num().max())
    if not is_bytes and low >= -0.01 and high <= 1.01:
        return pixels, "as is"
    if is_bytes or (low >= 0 and high <= 255.5 and high > 2):
        return pixels / 255, "as is"
    lowest, highest = pixels.amin((1, 2, 3), True), pixels.amax((1, 2, 3), True)
    return (pixels - lowest) / (highest - lowest).clamp(min=1e-12), "stretched per image"


def _png(image: Tensor, longest_side: int | None) -> bytes:
    array = image.permute(1, 2, 0).numpy()
    picture = Image.fromarray(array[:, :, 0] if array.shape[2] == 1 else array)
    if longest_side is not None and max(picture.size) > longest_side:
        picture.thumbnail((longest_side, longest_side))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
