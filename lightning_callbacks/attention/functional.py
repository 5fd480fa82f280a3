"""Attention weights as `torch.nn.functional.scaled_dot_product_attention` uses but hides them."""

from __future__ import annotations

import torch
from torch import Tensor


def attention_weights(  # noqa: PLR0913, PLR0917  # torch's own parameters, in its order
    query: Tensor,
    key: Tensor,
    value: Tensor,  # noqa: ARG001
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,  # noqa: ARG001
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """Returns softmax(scale Q K^T + mask), float32 [..., H, Tq, Tk], before any dropout.

    The arguments are those of `scaled_dot_product_attention`. A query that may attend to nothing
    has a row of zeros, as torch's own kernels have it.
    """
    if enable_gqa:
        key = repeat_heads(key, query)
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    scores = query.float() @ key.float().transpose(-2, -1) * scale
    if is_causal:
        attn_mask = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).tril()
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        scores = scores.masked_fill(~attn_mask, -torch.inf)
    elif attn_mask is not None:
        scores = scores + attn_mask
    nothing = scores.amax(dim=-1, keepdim=True) == -torch.inf
    if not bool(nothing.any()):
        return scores.softmax(dim=-1)
    return scores.masked_fill(nothing, 0.0).softmax(dim=-1).masked_fill(nothing, 0.0)


def repeat_heads(shared: Tensor, query: Tensor) -> Tensor:
    """Returns keys or values [..., H, T, D] of grouped-query attention, once for every head."""
    return shared.repeat_interleave(query.shape[-3] // shared.shape[-3], dim=-3)
