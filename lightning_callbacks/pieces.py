"""Cutting tensors into pieces to be worked on at once, and putting small ones together.

It knows tensors, nothing of what is computed of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

# Values worked on at once: on a CPU few enough that they stay in its cache.
_CPU_CHUNK = 2**17
_OTHER_CHUNK = 2**22
_MOST_PIECES = 64  # in a batch: each has a histogram of its own
_ROWED = 2  # axes
# To see whether any row is all zeros.
_ROWS_LOOKED_AT = 64
_COLUMNS_LOOKED_AT = 16


def chunk(device: torch.device) -> int:
    """Returns how many values are worked on at once on `device`."""
    return _CPU_CHUNK if device.type == "cpu" else _OTHER_CHUNK


def _without_zero_rows(tensor: Tensor) -> Tensor:
    """Returns `tensor` without the rows that are all zeros, where it pays to look for them.

    Of the gradient of an embedding most rows are: those of words that the batch has not.
    """
    on_cpu = tensor.device.type == "cpu"  # elsewhere, to look would mean to wait
    if not on_cpu or tensor.dim() < _ROWED or tensor.numel() < chunk(tensor.device):
        return tensor
    rows = tensor.flatten(1)
    some = rows[:: max(1, len(rows) // _ROWS_LOOKED_AT), :_COLUMNS_LOOKED_AT]
    if bool(_alive(some).all()):
        return tensor
    return rows[_alive(rows)]


def _alive(rows: Tensor) -> Tensor:
    return (rows.amax(dim=1) != 0) | (rows.amin(dim=1) != 0)  # true of NaN


def _pieces(tensors: Sequence[Tensor]) -> Iterator[tuple[int, Tensor]]:
    """Yields (tensor, part of its values)."""
    for owner, tensor in enumerate(tensors):
        values = tensor.coalesce().values() if tensor.is_sparse else _without_zero_rows(tensor)
        values = values.reshape(-1)
        if values.numel():
            for piece in torch.split(values, chunk(values.device)):
                yield owner, piece


def batches(tensors: Sequence[Tensor]) -> Iterator[list[tuple[int, Tensor]]]:
    """Yields pieces of one device, together no larger than a chunk: many small ones are one."""
    batch: list[tuple[int, Tensor]] = []
    size = 0
    for owner, piece in _pieces(tensors):
        size += piece.numel()
        fits = size <= chunk(piece.device) and len(batch) < _MOST_PIECES
        if batch and not (fits and piece.device == batch[0][1].device):
            yield batch
            batch, size = [], piece.numel()
        batch.append((owner, piece))
    if batch:
        yield batch
