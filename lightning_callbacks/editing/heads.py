"""Attention heads as groups of channels: what belongs to a head in each of its linears."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn

from lightning_callbacks.editing.attention_parts import Attention, find_attentions
from lightning_callbacks.editing.grouping import Group
from lightning_callbacks.editing.slices import Slice, slices_of

_FIXED = "torch.nn.MultiheadAttention can't be built with fewer heads of the same width"


def find_heads(model: nn.Module) -> list[Group]:
    """Returns a group per attention module of more than one head; its channels are its heads.

    Zeroing a head's columns of the out-projection silences it; where q, k and v are linears of
    their own, the head can be removed.
    """
    return [_group(model, one) for one in find_attentions(model) if one.heads > 1]


def _group(model: nn.Module, attention: Attention) -> Group:
    kind = type(model.get_submodule(attention.name)).__name__
    stays = None if attention.projections else _FIXED
    return Group(attention.name, kind, attention.heads, list(_slices(model, attention)), stays)


def _slices(model: nn.Module, attention: Attention) -> Iterator[Slice]:
    positions = torch.arange(attention.heads * attention.width)
    at = (positions.tolist(), (positions // attention.width).tolist())
    for name in attention.projections:
        yield from slices_of(model.get_submodule(name), name, reads=False, at=at)
    yield from slices_of(model.get_submodule(attention.out), attention.out, reads=True, at=at)
