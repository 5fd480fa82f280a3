"""Small ViT-, Swin- and ConvNeXt-like networks, and a text encoder; see `architectures`."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class Attention(nn.Module):
    """Self-attention over [N, T, C]; fused, or written out with a learned bias and a mask."""

    def __init__(self, channels: int, heads: int, tokens: int | None = None) -> None:
        super().__init__()
        self.heads, self.qkv = heads, nn.Linear(channels, 3 * channels)
        self.out = nn.Linear(channels, channels)
        self.bias = nn.Parameter(torch.randn(heads, tokens, tokens)) if tokens else None

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        N, T, C = x.shape
        q, k, v = self.qkv(x).reshape(N, T, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        if self.bias is None:
            y = functional.scaled_dot_product_attention(q, k, v)
        else:
            scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1) + self.bias
            y = self._masked(scores, mask).softmax(-1) @ v
        return self.out(y.transpose(1, 2).reshape(N, T, C))

    @staticmethod
    def _masked(scores: Tensor, mask: Tensor | None) -> Tensor:
        if mask is None:
            return scores
        windows, T = mask.shape[:2]
        split = scores.view(-1, windows, scores.shape[1], T, T)
        return (split + mask[:, None]).view(scores.shape)


def mlp(channels: int) -> nn.Sequential:
    wide = 2 * channels
    return nn.Sequential(nn.Linear(channels, wide), nn.GELU(), nn.Linear(wide, channels))


class Block(nn.Module):
    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(channels), Attention(channels, heads)
        self.norm2, self.mlp = nn.LayerNorm(channels), mlp(channels)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class ViT(nn.Module):
    """A class token, positions, pre-norm blocks."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 16, 8, stride=8)
        self.token = nn.Parameter(torch.randn(1, 1, 16))
        self.positions = nn.Parameter(torch.randn(1, 17, 16))
        self.blocks = nn.Sequential(Block(16, 2), Block(16, 4))
        self.norm, self.head = nn.LayerNorm(16), nn.Linear(16, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], 1) + self.positions
        return self.head(self.norm(self.blocks(x))[:, 0])


class Window(nn.Module):
    """A Swin block: attention in windows of a [N, H, W, C] map, shifted and masked or not."""

    def __init__(self, channels: int, side: int, window: int, shift: int) -> None:
        super().__init__()
        self.window, self.shift = window, shift
        self.norm1, self.attention = nn.LayerNorm(channels), Attention(channels, 2, window**2)
        self.norm2, self.mlp = nn.LayerNorm(channels), mlp(channels)
        region = torch.zeros(side, side)
        edges = (slice(0, -window), slice(-window, -shift or None), slice(-shift or side, None))
        for row, rows in enumerate(edges):
            for column, columns in enumerate(edges):
                region[rows, columns] = 3 * row + column
        groups = self.split(region[None, :, :, None]).squeeze(-1)
        mask = (groups[:, :, None] != groups[:, None]).double() * -100
        self.register_buffer("mask", mask if shift else None)

    def split(self, x: Tensor) -> Tensor:
        N, H, W, C = x.shape
        grid = x.view(N, H // self.window, self.window, W // self.window, self.window, C)
        return grid.transpose(2, 3).reshape(-1, self.window**2, C)

    def forward(self, x: Tensor) -> Tensor:
        N, H, W, C = x.shape
        y = torch.roll(self.norm1(x), (-self.shift, -self.shift), (1, 2))
        y = self.attention(self.split(y), self.mask)
        y = y.view(N, H // self.window, W // self.window, self.window, self.window, C)
        y = y.transpose(2, 3).reshape(x.shape)
        x = x + torch.roll(y, (self.shift, self.shift), (1, 2))
        return x + self.mlp(self.norm2(x))


class Merge(nn.Module):
    """Swin's down-sampling: four neighbours become one."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4 * channels)
        self.reduce = nn.Linear(4 * channels, 2 * channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        corners = [x[:, i::2, j::2] for i in (0, 1) for j in (0, 1)]
        return self.reduce(self.norm(torch.cat(corners, -1)))


class Permute(nn.Module):
    def __init__(self, *order: int) -> None:
        super().__init__()
        self.order = order

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(self.order)


class ConvNext(nn.Module):
    """Depthwise convolution, channels-last LayerNorm and MLP, a layer scale."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm, self.mlp = nn.LayerNorm(channels), mlp(channels)
        self.scale = nn.Parameter(torch.full((channels,), 0.5))

    def forward(self, x: Tensor) -> Tensor:
        y = self.depthwise(x).permute(0, 2, 3, 1)
        return x + (self.scale * self.mlp(self.norm(y))).permute(0, 3, 1, 2)


class Mean(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.mean((1, 2))


def vit(classes: int) -> nn.Module:
    return ViT(classes)


def swin(classes: int) -> nn.Module:
    stem = [nn.Conv2d(3, 8, 4, stride=4), Permute(0, 2, 3, 1), nn.LayerNorm(8)]
    blocks = [Window(8, 8, 4, 0), Window(8, 8, 4, 2), Merge(8), Window(16, 4, 4, 0)]
    return nn.Sequential(*stem, *blocks, nn.LayerNorm(16), Mean(), nn.Linear(16, classes))


def convnext(classes: int) -> nn.Module:
    last, first = Permute(0, 2, 3, 1), Permute(0, 3, 1, 2)
    stem = [nn.Conv2d(3, 8, 4, stride=4), last, nn.LayerNorm(8), first]
    down = [last, nn.LayerNorm(8), first, nn.Conv2d(8, 12, 2, stride=2)]
    top = [last, Mean(), nn.LayerNorm(12), nn.Linear(12, classes)]
    return nn.Sequential(*stem, ConvNext(8), *down, ConvNext(12), *top)
