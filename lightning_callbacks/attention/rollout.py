"""Attention followed through the layers: rollout, and gradient-weighted relevance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Readout = Literal["first token", "last token", "mean of tokens"]


def rollout(maps: Sequence[Tensor]) -> Tensor:
    """Returns how much of each input token is in each output token, [N, T, T]; rows sum to 1.

    Abnar and Zuidema 2020 (arXiv:2005.00928): per layer, A' = 0.5 mean_h A + 0.5 I, its rows
    normalised, for the residual connection; then the product A'_L ... A'_1.

    Args:
      maps: self-attention [N, H, T, T] of each layer, the first layer first.
    """
    first = maps[0]
    result = identity = torch.eye(first.shape[-1], dtype=first.dtype, device=first.device)
    for layer in maps:
        mixed = 0.5 * layer.mean(dim=1) + 0.5 * identity
        result = mixed / mixed.sum(dim=-1, keepdim=True) @ result
    return result


def relevance(maps: Sequence[Tensor], gradients: Sequence[Tensor]) -> Tensor:
    """Returns how relevant each input token is to each output token for a target, [N, T, T], >= 0.

    Chefer, Gur and Wolf 2021 (arXiv:2103.15679), self-attention: per layer, A' = mean_h (dA . A)^+,
    R <- R + A' R, beginning with R = I. The I is taken off again at the end: what a token is to
    itself without any attention says nothing.

    Args:
      maps: self-attention [N, H, T, T] of each layer, the first layer first.
      gradients: dA of each, the gradient of the target with respect to the map.
    """
    first = maps[0]
    identity = torch.eye(first.shape[-1], dtype=first.dtype, device=first.device)
    result = identity.expand(len(first), -1, -1)
    for layer, gradient in zip(maps, gradients, strict=True):
        weighted = (gradient * layer).clamp(min=0).mean(dim=1)
        result = result + weighted @ result
    return result - identity


def find_readout(gradient: Tensor, real: Tensor) -> Readout:
    """Returns which output tokens the target was computed from.

    Args:
      gradient: [N, H, T, T] of the target with respect to the last layer's map: only queries
        (rows) that the target depends on have any.
      real: bool [N, T], False for padding.
    """
    used = gradient.ne(0).any(dim=-1).any(dim=1) & real
    if not bool(used[:, 1:].any()):
        return "first token"
    last = torch.zeros_like(real)
    last[torch.arange(len(real)), last_real(real)] = True
    return "mean of tokens" if bool((used & ~last).any()) else "last token"


def read_out(tokens: Tensor, readout: Readout, real: Tensor) -> Tensor:
    """Returns the rows of `tokens` [N, T, T] that `readout` names, [N, T]; padding is 0."""
    if readout == "first token":
        rows = tokens[:, 0]
    elif readout == "last token":
        rows = tokens[torch.arange(len(tokens)), last_real(real)]
    else:
        weights = real.to(tokens.dtype)
        rows = (tokens * weights.unsqueeze(-1)).sum(1) / weights.sum(1, keepdim=True)
    return rows * real


def last_real(real: Tensor) -> Tensor:
    """Returns int64 [N]: the place of each sample's last token that is no padding."""
    places = torch.arange(real.shape[1], device=real.device)
    return (real * places).argmax(dim=1)


@dataclass(frozen=True)
class Followed:
    """What `follow` returns.

    Attributes:
      readout: the output tokens that were read.
      rollout: float [N, T], sums to 1.
      relevance: float [N, T], >= 0; None without gradients.
    """

    readout: Readout
    rollout: Tensor
    relevance: Tensor | None


def follow(
    maps: Sequence[Tensor], gradients: Sequence[Tensor] | None, real: Tensor, readout: Readout
) -> Followed:
    """Returns rollout and relevance of the tokens that the output is read from.

    Args:
      maps: as for `rollout`.
      gradients: as for `relevance`; None where there is no target.
      real: bool [N, T], False for padding.
      readout: where the output is read, if gradients do not say.
    """
    real = real.to(maps[0].device)
    if gradients is not None:
        readout = find_readout(gradients[-1], real)
    rows = read_out(rollout(maps), readout, real)
    relevant = None
    if gradients is not None:
        relevant = read_out(relevance(maps, gradients), readout, real)
    return Followed(readout, rows / rows.sum(dim=1, keepdim=True), relevant)
