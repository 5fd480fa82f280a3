"""Images [N, C, H, W]: squares as features, maps summed over channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lightning_callbacks.capture import describe
from lightning_callbacks.function import Features, Points
from lightning_callbacks.spaces.sites import Sites
from lightning_callbacks.spaces.space import Space

# Squares along the longer side, "slic", integers [H, W] or [N, H, W], or what makes such.
Segments = int | str | Tensor | Callable[[Tensor], Tensor]
DEFAULT_SQUARES = 7
_SUPERPIXELS = 50
# Maps are stored at most this large: 16 of them take 64 KB.
LONGEST_SIDE = 64
# The share of the longer side that a blurred baseline's Gaussian spreads over (one deviation).
_BLUR = 1 / 8


class ImageSpace(Space):
    """Images that are a tensor of the batch.

    Args:
      sites: with that tensor.
      segments: squares along the longer side; "slic", superpixels (Achanta et al. 2012) by
        scikit-image; integers [H, W] or [N, H, W] that name the segment of each pixel; or a
        callable images [N, C, H, W] -> such integers.
    """

    kind: ClassVar[str] = "image"
    default_baseline: ClassVar[str] = "zero"

    def __init__(self, sites: Sites, segments: Segments = DEFAULT_SQUARES) -> None:
        super().__init__(sites)
        if isinstance(segments, int) and segments < 1:
            raise ValueError(f"segments must be 1 or more squares a side, not {segments}.")
        self._segments = segments

    def named_baselines(self, generator: torch.Generator) -> Mapping[str, Callable[[], Points]]:
        """Returns zero, mean (of all samples), blur, and noise (uniform in the input's range)."""
        (images,) = self.inputs
        return {
            **super().named_baselines(generator),
            "blur": lambda: (blurred(images),),
            "noise": lambda: (_noise(images, generator),),
        }

    def blurred(self) -> Points:
        """Returns the images after a strong blur."""
        return (blurred(self.inputs[0]),)

    def features(self) -> Features:
        """Returns segments of the image, all channels of a pixel together."""
        (images,) = self.inputs
        N, _, H, W = images.shape
        ids = self._ids(images)
        if ids.shape not in ((H, W), (N, H, W)) or ids.is_floating_point():
            raise ValueError(
                f"segments is {describe(ids)}; expected integers [{H}, {W}] or [{N}, {H}, {W}]."
            )
        ids = ids.reshape(-1, 1, H, W).long().to(images.device)
        counts = ids.flatten(1).amax(dim=1) + 1
        return Features((ids,), counts.expand(N), axes=(2, 3))

    def _ids(self, images: Tensor) -> Tensor:
        if isinstance(self._segments, Tensor):
            return self._segments
        if callable(self._segments):
            return self._segments(images)
        if isinstance(self._segments, str):
            return _superpixels(images, self._segments)
        H, W = images.shape[2:]
        side = max(H, W) / self._segments
        rows, columns = ((torch.arange(size) / side).long() for size in (H, W))
        return rows.unsqueeze(1) * (int(columns[-1]) + 1) + columns

    def maps(self, values: Points, *, signed: bool) -> Tensor:
        """Returns float32 [N, h, w]: over channels and, of large images, over blocks of pixels."""
        (own,) = values
        flat = own.float().sum(dim=1) if signed else own.float().amax(dim=1)
        block = -(-max(flat.shape[1:]) // LONGEST_SIDE)
        if block == 1:
            return flat
        if signed:
            return _sums(flat, block)
        return functional.max_pool2d(flat.unsqueeze(1), block, ceil_mode=True).squeeze(1)


def _superpixels(images: Tensor, name: str) -> Tensor:
    """Returns int64 [N, H, W]: about 50 superpixels of each image, numbered from 0."""
    if name != "slic":
        raise ValueError(f"segments={name!r}: expected 'slic', a number of squares or integers.")
    try:
        from skimage.segmentation import slic
    except ImportError as error:
        raise ImportError(
            "segments='slic' needs scikit-image: pip install scikit-image."
        ) from error
    found = []
    for image in images.detach().float().cpu():
        low, high = image.min(), image.max()
        scaled = ((image - low) / (high - low).clamp(min=1e-12)).permute(1, 2, 0).numpy()
        labels = slic(scaled, _SUPERPIXELS, start_label=0, channel_axis=2, convert2lab=False)
        # Numbers without gaps: each names a feature.
        _, numbers = np.unique(labels, return_inverse=True)
        found.append(torch.from_numpy(numbers.reshape(labels.shape)))
    return torch.stack(found)


def _sums(maps: Tensor, block: int) -> Tensor:
    """Returns the sums of blocks; those at the right and lower edge are of fewer pixels."""
    H, W = maps.shape[1:]
    padded = functional.pad(maps, (0, -W % block, 0, -H % block))
    return functional.avg_pool2d(padded.unsqueeze(1), block).squeeze(1) * block**2


def blurred(images: Tensor) -> Tensor:
    """Returns `images` [N, C, H, W] after a Gaussian blur of an eighth of the longer side."""
    C, H, W = images.shape[1:]
    deviation = max(H, W) * _BLUR
    reach = int(min(3 * deviation, min(H, W) - 1))
    places = torch.arange(-reach, reach + 1, dtype=images.dtype, device=images.device)
    kernel = torch.exp(-0.5 * (places / deviation) ** 2)
    kernel = (kernel / kernel.sum()).expand(C, 1, 1, -1)
    for axis, weight in ((3, kernel), (2, kernel.transpose(2, 3))):
        padding = (reach, reach, 0, 0) if axis == 3 else (0, 0, reach, reach)  # W
        images = functional.conv2d(functional.pad(images, padding, "reflect"), weight, groups=C)
    return images


def _noise(images: Tensor, generator: torch.Generator) -> Tensor:
    uniform = torch.rand(images.shape, generator=generator, dtype=images.dtype).to(images.device)
    low, high = images.amin(dim=(1, 2, 3)), images.amax(dim=(1, 2, 3))
    return low.reshape(-1, 1, 1, 1) + uniform * (high - low).reshape(-1, 1, 1, 1)
