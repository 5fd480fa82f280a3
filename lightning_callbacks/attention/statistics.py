"""What a head does, in three numbers: how sharply, how far, and how much at the first token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn

from lightning_callbacks.layout import LayoutError, find_layout

STATISTICS = ("entropy", "distance", "first")


@dataclass(frozen=True)
class TokenGrid:
    """How tokens stand in an image: `prefix` tokens (class, registers), then rows of cells."""

    prefix: int
    height: int
    width: int


def real_tokens(weights: Tensor, mask: Tensor | None) -> Tensor:
    """Returns bool [N, Tk]: which keys are no padding.

    Args:
      weights: [N, H, Tq, Tk].
      mask: bool [N, Tk] from the batch; without one, or one of another length, keys that no query
        of no head takes anything from are padding: that is what a padding mask does.
    """
    if mask is not None and mask.shape == (weights.shape[0], weights.shape[3]):
        return mask.to(weights.device)
    return weights.ne(0).any(dim=2).any(dim=1)


@lru_cache(maxsize=4)
def distances(tokens: int, grid: TokenGrid | None) -> Tensor:
    """Returns float [T, T]: |i - j| in tokens, or the distance of cells; NaN for prefix tokens."""
    if grid is None:
        places = torch.arange(float(tokens)).unsqueeze(1)
    else:
        rows, columns = torch.arange(grid.height), torch.arange(grid.width)
        cells = torch.cartesian_prod(rows, columns).float()
        places = torch.cat([torch.full((grid.prefix, 2), torch.nan), cells])
    # Not torch.cdist: by way of matrix products it is off by 1e-3.
    return (places.unsqueeze(0) - places.unsqueeze(1)).square().sum(-1).sqrt()


class HeadStatistics:
    """Sums up statistics over samples, layer by layer.

    Args:
      mask: bool [N, T] of all samples, False for padding; None: as in `real_tokens`.
      grid: of an image's tokens.
    """

    def __init__(self, mask: Tensor | None, grid: TokenGrid | None) -> None:
        self._mask = mask
        self._grid = grid
        self._sums: dict[str, list[tuple[Tensor, Tensor]]] = {}

    def add(self, layer: str, weights: Tensor, samples: slice) -> None:
        """Takes the map [n, H, Tq, Tk] of the samples in the slice."""
        weights = weights.detach().float()
        mask = None if self._mask is None else self._mask[samples]
        real = real_tokens(weights, mask)
        N, _, asking, asked = weights.shape
        every = torch.ones(N, asking, dtype=torch.bool, device=real.device)
        queries = real if asking == asked else every
        rows = torch.stack(
            [
                torch.special.entr(weights).sum(dim=-1),
                self._distance(weights),
                weights[..., 0],
            ]
        )
        counted = queries.unsqueeze(1) & ~rows.isnan()
        pair = (torch.where(counted, rows, 0).sum((1, 3)).cpu(), counted.sum((1, 3)).cpu())
        self._sums.setdefault(layer, []).append(pair)

    def _distance(self, weights: Tensor) -> Tensor:
        """Returns [N, H, Tq]; NaN of queries without a place, and between two sequences."""
        asking, asked = weights.shape[2:]
        if asking != asked or (self._grid and asked != _tokens(self._grid)):
            return torch.full(weights.shape[:3], torch.nan, device=weights.device)
        apart = distances(asked, self._grid).to(weights.device)
        near = torch.einsum("nhqk,qk->nhq", weights, (~apart.isnan()).float())
        return torch.einsum("nhqk,qk->nhq", weights, apart.nan_to_num()) / near

    def arrays(self, layers: Sequence[str], heads: Sequence[int]) -> Mapping[str, np.ndarray]:
        """Returns float32 [L, H] of each of STATISTICS; NaN beyond a layer's heads."""
        result = np.full((len(STATISTICS), len(layers), max(heads)), np.nan, np.float32)
        for index, layer in enumerate(layers):
            sums, counts = (
                torch.stack(each).sum(0) for each in zip(*self._sums[layer], strict=True)
            )
            result[:, index, : heads[index]] = (sums / counts).numpy()
        return dict(zip(STATISTICS, result, strict=True))


def _tokens(grid: TokenGrid) -> int:
    return grid.prefix + grid.height * grid.width


def find_grid(
    tokens: int, input_shape: Sequence[int], patches: tuple[int, int] | None
) -> TokenGrid | None:
    """Returns how an image's tokens stand; None if they are no grid of its proportions.

    Args:
      tokens: T.
      input_shape: [N, C, H, W] of the model's input.
      patches: rows and columns of its patch embedding, where it has one.
    """
    try:
        # No layer decides how tokens are read; their number does.
        layout = find_layout(nn.Identity(), (1, tokens, 1), input_shape, patches)
    except LayoutError:
        return None
    if layout.height * layout.width == 1:
        return None
    return TokenGrid(tokens - layout.height * layout.width, layout.height, layout.width)
