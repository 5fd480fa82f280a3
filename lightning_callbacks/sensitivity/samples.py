"""The samples of a scan, cut into chunks, and what each should come out as."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from lightning_utilities.core.apply_func import apply_to_collection
from torch import Tensor, nn

from lightning_callbacks.batches import (
    LABEL_NAMES,
    BatchError,
    find_input,
    find_labels,
    to_model,
)
from lightning_callbacks.capture import describe
from lightning_callbacks.targets import logits_of, main_of

# Axes of a segmentation's logits [N, C, H, W], and of a language model's [N, T, C].
_MAPS, _TOKENS = 4, 3


@dataclass(frozen=True)
class Chunk:
    """Samples that the model is run on at once.

    Attributes:
      batch: on the model's device.
      samples: how many.
    """

    batch: Any
    samples: int


def cut(batches: Any, model: nn.Module, size: int) -> list[Chunk]:
    """Returns all samples in chunks of at most `size`, of each batch as even ones as can be.

    Args:
      batches: a batch, or a list, DataLoader or other iterable of batches.
      model: whose device they go to.
      size: 1 or more.

    Raises:
      BatchError: there are no samples.
    """
    if size < 1:
        raise ValueError(f"chunk must be 1 or more samples, not {size!r}.")
    parts = [part for batch in listed(batches) for part in _even(batch, model, size)]
    if not parts:
        raise BatchError("There are no samples: batches=... is empty.")
    return parts


def listed(batches: Any) -> Iterable[Any]:
    """Returns the batches of what is one batch, or an iterable of batches."""
    is_one = isinstance(batches, (Tensor, Mapping, tuple))
    if isinstance(batches, list):
        # [images, labels], as a DataLoader makes it, is one batch; so is a list of its tensors.
        is_one = bool(batches) and all(isinstance(item, Tensor) for item in batches)
    return [batches] if is_one else batches


def taken(batches: Any) -> Collection[Any]:
    """Returns all batches, the same ones each time they are gone through.

    A DataLoader may shuffle them anew each time, and a generator gives them once. They are in no
    list, which `listed` takes for one batch if it is one of tensors.
    """
    return deque(listed(batches))


def inputs_listed(batches: Any) -> Iterable[Any]:
    """Returns the batches as `listed` does, where inputs are all that is needed.

    Tensors that differ in nothing but their length, or in length, are a batch each, as of
    `images.split(64)`; (images, labels) are one batch.
    """
    if isinstance(batches, (tuple, list)) and all(isinstance(item, Tensor) for item in batches):
        # Whole numbers in a tuple are token ids with their mask or labels.
        is_input = isinstance(batches, list) or all(item.is_floating_point() for item in batches)
        kinds = {(item.dtype, item.shape[1:]) for item in batches}
        if is_input and (len(kinds) <= 1 or len(set(map(len, batches))) > 1):
            return batches
    return listed(batches)


def _even(batch: Any, model: nn.Module, size: int) -> Iterator[Chunk]:
    whole = Chunk(batch, len(find_input(batch)))
    for part in split(whole, size):
        yield Chunk(to_model(part.batch, model), part.samples)


def split(chunk: Chunk, size: int) -> Iterator[Chunk]:
    """Yields a chunk in parts of at most `size` samples, of nearly the same size."""
    N = chunk.samples
    parts = math.ceil(N / size)
    edges = [N * part // parts for part in range(parts + 1)]
    for begin, end in pairwise(edges):
        cut_out = partial(_cut, samples=N, part=slice(begin, end))
        yield Chunk(apply_to_collection(chunk.batch, Tensor, cut_out), end - begin)


def _cut(tensor: Tensor, samples: int, part: slice) -> Tensor:
    return tensor[part] if tensor.dim() and len(tensor) == samples else tensor


def first_of(chunk: Chunk, count: int) -> Chunk:
    """Returns the first `count` samples of a chunk, or all if it has fewer."""
    count = min(count, chunk.samples)
    cut_out = partial(_cut, samples=chunk.samples, part=slice(count))
    return Chunk(apply_to_collection(chunk.batch, Tensor, cut_out), count)


def outputs_of(output: Any, samples: int) -> Tensor:
    """Returns what is compared in a model's output: logits or values, classes on the last axis.

    [N, C], or one row per position: [N, H * W, C] of a segmentation [N, C, H, W], [N, T, C] of a
    language model.

    Raises:
      TargetError: there is no such tensor.
    """
    found = main_of(output)
    if isinstance(found, Tensor) and len(found) == samples:
        if found.dim() == _MAPS:
            return found.flatten(2).transpose(1, 2)
        if found.dim() == _TOKENS:
            return found
    return logits_of(output, samples)


def truths_of(batch: Any, outputs: Tensor) -> Tensor | None:
    """Returns what a chunk should come out as, or None where that isn't known.

    Class labels int64 [N] or [N, P] (of P positions), or the values of a regression [N, D].

    Args:
      batch: a tensor, tuple, list or dict.
      outputs: float [N, C] or [N, P, C], as from `outputs_of`.
    """
    if isinstance(batch, Tensor):
        return None
    samples, *positions = outputs.shape[:-1]
    if not positions:
        labels = find_labels(batch, samples)
        return _values(batch, outputs) if labels is None else labels
    found = (item.flatten(1) for item in _named(batch) if item.dim() > 1)
    wanted = (samples, *positions)
    whole = (torch.int64, torch.int32, torch.int16, torch.uint8)
    return next((t.long() for t in found if t.shape == wanted and t.dtype in whole), None)


def _values(batch: Any, outputs: Tensor) -> Tensor | None:
    shapes = [outputs.shape] + ([outputs.shape[:1]] if outputs.shape[1] == 1 else [])
    found = (item for item in _named(batch) if item.is_floating_point() and item.shape in shapes)
    values = next(found, None)
    return None if values is None else values.reshape(outputs.shape)


def _named(batch: Any) -> Iterator[Tensor]:
    """Yields the tensors of a batch that may be truths, the likeliest first."""
    items = dict(batch) if isinstance(batch, Mapping) else dict(enumerate(batch))
    names = [*LABEL_NAMES, *range(1, len(items) + 1)]
    yield from (items[name] for name in names if isinstance(items.get(name), Tensor))


def checked(values: Any, name: str, samples: int) -> Tensor:
    """Returns what a user's loss or metric gave, float64 [N].

    Raises:
      ValueError: it is not one value per sample.
    """
    if not isinstance(values, Tensor) or values.shape != (samples,):
        raise ValueError(
            f"{name}=... returned {describe(values)}; expected one value per sample, a tensor "
            f"[{samples}] (of torch's losses: reduction='none')."
        )
    return values.double()
