"""Where what is attributed enters a model: tensors of the batch, or outputs of embeddings.

A `Sites` runs the model on other values there, for any of the batch's samples in any number. It
knows batches and hooks; nothing of methods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from lightning_utilities.core.apply_func import apply_to_collection
from torch import Tensor, nn

from lightning_callbacks.capture import Forward
from lightning_callbacks.function import Points


class SiteError(ValueError):
    """What is to be attributed can't be found in the model or the batch."""


@dataclass(frozen=True, eq=False)
class Embedding:
    """The first call of an embedding with some of the batch's integers.

    Attributes:
      name: of the module.
      module: an `nn.Embedding`, or any module that maps integers to vectors.
      transposed: whether it is called with [T, N] instead of [N, T].
      output: what it returned for the batch, [N, T, E] or [N, E].
    """

    name: str
    module: nn.Module
    transposed: bool
    output: Tensor


@dataclass(frozen=True)
class Sites:
    """The places where values are exchanged, and how to run the model.

    Attributes:
      model: the module, inside the guard.
      forward: (model, batch) -> output.
      batch: all samples, on the model's device.
      samples: N.
      tensors: of the batch, those that are exchanged.
      embeddings: whose outputs are exchanged, after the tensors.
    """

    model: nn.Module
    forward: Forward
    batch: Any
    samples: int
    tensors: Sequence[Tensor]
    embeddings: Sequence[Embedding] = ()

    @property
    def inputs(self) -> Points:
        """The values of the batch itself, [N, ...] each."""
        return (*self.tensors, *(each.output for each in self.embeddings))

    def run(self, points: Points, rows: Tensor) -> Any:
        """Returns the model's output with `points` [n, ...] in place of its samples `rows` [n]."""
        count = len(self.tensors)
        batch = self._select(rows, points[:count])
        with _exchanged(self.embeddings, points[count:]):
            return self.forward(self.model, batch)

    def _select(self, rows: Tensor, points: Points) -> Any:
        def select(tensor: Tensor) -> Tensor:
            for own, point in zip(self.tensors, points, strict=True):
                if tensor is own:
                    return point
            per_sample = tensor.dim() and len(tensor) == self.samples
            return tensor[rows.to(tensor.device)] if per_sample else tensor

        return apply_to_collection(self.batch, Tensor, select)


@contextmanager
def _exchanged(embeddings: Sequence[Embedding], points: Points) -> Iterator[None]:
    """Has the first call of each embedding return `points` instead of its own output."""
    handles = []
    for embedding, point in zip(embeddings, points, strict=True):
        values = point.transpose(0, 1) if embedding.transposed else point
        pending = [values]

        def hook(
            _module: nn.Module, _args: Any, output: Tensor, pending: list[Tensor] = pending
        ) -> Tensor:
            return pending.pop().to(output.dtype) if pending else output

        handles.append(embedding.module.register_forward_hook(hook))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def find_embeddings(
    model: nn.Module,
    forward: Callable[[], Any],
    wanted: Mapping[str, Tensor],
    *,
    offsets: bool = False,
) -> dict[str, Embedding]:
    """Returns, by the keys of `wanted`, the embedding that was first called with those integers.

    Args:
      model: the module.
      forward: runs it on the batch.
      wanted: integers [N, T] or [N].
      offsets: accept them with a number added to each column, as tables with one embedding do.

    Raises:
      SiteError: no embedding was called with them.
    """
    found: dict[str, Embedding] = {}
    called: list[str] = []
    handles = []
    for name, module in model.named_modules():
        if not isinstance(module, nn.Embedding):
            continue

        def hook(own: nn.Module, args: Any, output: Tensor, name: str = name) -> None:
            called.append(name)
            key = next(
                (k for k in wanted if k not in found and _is_of(args[0], wanted[k], offsets)), None
            )
            if key is not None and all(own is not other.module for other in found.values()):
                transposed = args[0].shape != wanted[key].shape
                values = output.transpose(0, 1) if transposed else output
                found[key] = Embedding(name, own, transposed, values.detach().clone())

        handles.append(module.register_forward_hook(hook))
    try:
        with torch.no_grad():
            forward()
    finally:
        for handle in handles:
            handle.remove()
    missing = [key for key in wanted if key not in found]
    if missing:
        raise SiteError(
            f"No nn.Embedding was called with the integers of {missing[0]} (called were: "
            f"{', '.join(dict.fromkeys(called)) or 'none'}), so that they can't be attributed to."
        )
    return found


def _is_of(argument: Tensor, integers: Tensor, offsets: bool) -> bool:
    if argument.is_floating_point():
        return False
    same = argument.shape == integers.shape and bool((argument == integers).all())
    if offsets and argument.shape == integers.shape and len(integers) > 1:
        added = argument - integers
        same = bool((added == added[:1]).all())
    flipped = argument.dim() == 2 and argument.shape == integers.t().shape
    return same or (flipped and bool((argument == integers.t()).all()))
