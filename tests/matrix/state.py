"""What a training leaves in a process, which no monitor may change: all that tells two apart."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lightning_callbacks.guard import stored_tensors


def state_of(trainer: Any, module: Any) -> dict[str, Tensor]:
    """Returns weights, buffers, optimizers' states and generators; of shards, the own."""
    held = {f"weights {name}": value for name, value in module.state_dict().items()}
    for place, optimizer in enumerate(trainer.optimizers):
        states = optimizer.state_dict()["state"]
        held |= {
            f"optimizer {place} {parameter} {name}": value
            for parameter, state in states.items()
            for name, value in state.items()
        }
    tensors = {name: _own_part(value) for name, value in held.items() if isinstance(value, Tensor)}
    return {**tensors, **_generators()}


def _own_part(value: Any) -> Tensor:
    part: Tensor = value.to_local() if hasattr(value, "to_local") else value
    return part


def _generators() -> dict[str, Tensor]:
    _, keys, *place = np.random.get_state()[:3]
    return {
        "torch": torch.get_rng_state(),
        "numpy": torch.tensor([*map(int, keys), *map(int, place)]),
        "python": torch.tensor(random.getstate()[1]),
    }


def differing(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> list[str]:
    """Returns what is not the same, bit for bit; what only one of them has, too."""
    either = sorted(one.keys() ^ other.keys())
    return either + [
        name for name in one.keys() & other.keys() if not _same(one[name], other[name])
    ]


def _same(one: Tensor, other: Tensor) -> bool:
    pairs = zip(*map(stored_tensors, (one, other)), strict=True)
    return all(a.dtype == b.dtype and torch.equal(a, b) for a, b in pairs)
