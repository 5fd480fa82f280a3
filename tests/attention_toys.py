"""Small models that attend by function, and data for them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests import toys


class Block(nn.Module):
    """Self-attention with a residual; `way` says by which functions."""

    def __init__(self, width: int = 8, heads: int = 2, way: str = "fused") -> None:
        super().__init__()
        self.heads, self.way = heads, way
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.attn_drop = nn.Dropout(0.1)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        parts = self.qkv(self.norm(x)).chunk(3, dim=-1)
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        if self.way == "fused":
            attended = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        else:
            attended = self._by_hand(q, k, v)
        return x + attended.transpose(1, 2).flatten(2)

    def _by_hand(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        weights = self.attn_drop((q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5).softmax(dim=-1))
        if self.way == "einsum":
            return torch.einsum("nhqk,nhkd->nhqd", weights, v)
        return weights @ v


class VisionTransformer(nn.Module):
    """Patches of 4 pixels, a class token, two blocks, a head on the class token."""

    def __init__(self, way: str = "fused", width: int = 8, *, class_token: bool = True) -> None:
        super().__init__()
        self.patches = nn.Conv2d(1, width, 4, stride=4)
        self.class_token = nn.Parameter(torch.randn(1, 1, width)) if class_token else None
        self.blocks = nn.ModuleList(Block(width, way=way) for _ in range(2))
        self.head = nn.Linear(width, toys.CLASSES)

    def embed(self, x: Tensor) -> Tensor:
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        if self.class_token is None:
            return tokens
        return torch.cat([self.class_token.expand(len(x), -1, -1), tokens], dim=1)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.embed(x)
        for block in self.blocks:
            tokens = block(tokens)
        read = tokens.mean(dim=1) if self.class_token is None else tokens[:, 0]
        return self.head(read)


class TextClassifier(nn.Module):
    """Word embeddings, two blocks blind to padding, and a head on the mean of the real tokens."""

    def __init__(self, words: int = 20, width: int = 8) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(2))
        self.head = nn.Linear(width, 2)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        real = attention_mask.bool()
        x = self.embedding(input_ids)
        for block in self.blocks:
            x = block(x, real[:, None, None, :])
        weights = real.unsqueeze(-1).float()
        return self.head((x * weights).sum(1) / weights.sum(1))


def texts(count: int = 6, longest: int = 7) -> list[dict[str, Tensor]]:
    """Returns samples with `input_ids` [T], `attention_mask` [T] and a label, of rising lengths."""
    generator = torch.Generator().manual_seed(0)
    samples = []
    for n in range(count):
        ids = torch.randint(2, 20, (longest,), generator=generator)
        mask = (torch.arange(longest) < 3 + n % (longest - 2)).long()
        samples.append({"input_ids": ids * mask, "attention_mask": mask, "label": n % 2})
    return samples
