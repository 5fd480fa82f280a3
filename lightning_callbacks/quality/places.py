"""The finest parts of an input that can be ranked: pixels, tokens, features, points of a series."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from lightning_callbacks.function import Features, Function, Points

_IMAGE_AXES = 2


def places_of(function: Function) -> Features:
    """Returns the places of a function's inputs, [N] counts; special tokens are none.

    All channels of a pixel are one place, the whole embedding of a token; of a series each point of
    each channel. Inputs without neighbours have their features for places.
    """
    features = function.features
    if len(features.axes) == _IMAGE_AXES:
        N, _, H, W = function.inputs[0].shape
        ids = torch.arange(H * W, device=function.inputs[0].device).reshape(1, 1, H, W)
        return Features((ids,), _all(N, H * W, ids), features.axes)
    if features.axes == (2,):  # the time of a series
        N, C, length = function.inputs[0].shape
        ids = torch.arange(C * length, device=function.inputs[0].device).reshape(1, C, length)
        return Features((ids,), _all(N, C * length, ids), features.axes)
    return features


def _all(samples: int, count: int, like: Tensor) -> Tensor:
    return torch.full((samples,), count, device=like.device)


def by_place(function: Function, places: Features, values: Points) -> Tensor:
    """Returns float64 [N, P]: the sums of `values` over each place; 0 where a sample has none.

    Coarser maps of images, as a layer's, are enlarged first (bilinear).
    """
    total = torch.zeros(
        function.samples, places.most + 1, dtype=torch.float64, device=values[0].device
    )
    for own, x, ids in zip(values, function.inputs, places.ids, strict=True):
        fitted = own if own.shape[2:] == x.shape[2:] else _enlarged(own, x)
        where = ids.expand(len(x), *ids.shape[1:])
        spread = torch.broadcast_to(where, fitted.shape).flatten(1) % total.shape[1]
        total.scatter_add_(1, spread, fitted.double().flatten(1))
    return total[:, :-1]


def _enlarged(values: Tensor, like: Tensor) -> Tensor:
    if like.dim() == 3 and values.shape[1:] == (like.shape[1], 1):  # a value per token
        return values
    mode = "bilinear" if like.dim() == 4 else "linear"  # [N, C, H, W]
    return functional.interpolate(
        values.float(), like.shape[2:], mode=mode, align_corners=False
    ).sum(dim=1, keepdim=True)
