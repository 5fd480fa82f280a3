"""Where what is attributed enters a model: tensors of the batch, or outputs of embeddings.

A `Sites` runs the model on other values there, for any of the batch's samples in any number. It
knows batches and hooks; nothing of methods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
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
    """The call of an embedding with some of the batch's integers.

    Attributes:
      name: of the module.
      module: an `nn.Embedding`, or any module that maps integers to vectors.
      transposed: whether it is called with [T, N] instead of [N, T].
      output: what it returned for the batch, [N, T, E] or [N, E].
      call: which of the module's calls in one forward it is, from 0.
    """

    name: str
    module: nn.Module
    transposed: bool
    output: Tensor
    call: int = 0


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
      output: what the model returns for the batch, if finding the embeddings has shown it.
    """

    model: nn.Module
    forward: Forward
    batch: Any
    samples: int
    tensors: Sequence[Tensor]
    embeddings: Sequence[Embedding] = ()
    output: Any = None

    @property
    def inputs(self) -> Points:
        """The values of the batch itself, [N, ...] each."""
        return (*self.tensors, *(each.output for each in self.embeddings))

    def run(self, points: Points, rows: Tensor) -> Any:
        """Returns the model's output with `points` [n, ...] in place of its samples `rows` [n]."""
        among = len(self.tensors)
        batch = self._select(rows, points[:among])
        with _exchanged(self.embeddings, points[among:]):
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
    """Has the embeddings' calls return `points` instead of their own outputs."""
    handles = []
    for embedding, point in zip(embeddings, points, strict=True):
        values = point.transpose(0, 1) if embedding.transposed else point
        calls = count()

        def hook(
            _module: nn.Module,
            _args: Any,
            output: Tensor,
            wanted: int = embedding.call,
            values: Tensor = values,
            calls: Iterator[int] = calls,
        ) -> Tensor:
            # A copy, since models add positions in place, which a leaf refuses.
            return values.to(output.dtype).clone() if next(calls) == wanted else output

        handles.append(embedding.module.register_forward_hook(hook))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@dataclass(frozen=True)
class _Call:
    """A call of an embedding: its module, its number among the module's, integers and output."""

    name: str
    module: nn.Module
    number: int
    integers: Tensor
    output: Tensor

    def of(self, wanted: Tensor) -> Embedding:
        transposed = self.integers.shape != wanted.shape
        values = self.output.transpose(0, 1) if transposed else self.output
        return Embedding(self.name, self.module, transposed, values, self.number)


def _calls(model: nn.Module, forward: Callable[[], Any]) -> list[_Call]:
    """Returns the calls of all embeddings in one forward, in order."""
    calls: list[_Call] = []
    handles = []
    for name, module in model.named_modules():
        if not isinstance(module, nn.Embedding):
            continue

        def hook(own: nn.Module, args: Any, kwargs: Any, output: Tensor, name: str = name) -> None:
            integers = args[0] if args else kwargs["input"]
            number = sum(call.module is own for call in calls)
            copies = integers.detach().clone(), output.detach().clone()
            calls.append(_Call(name, own, number, *copies))

        handles.append(module.register_forward_hook(hook, with_kwargs=True))
    try:
        with torch.no_grad():
            forward()
    finally:
        for handle in handles:
            handle.remove()
    return calls


def find_embeddings(
    model: nn.Module,
    forward: Callable[[], Any],
    wanted: Mapping[str, Tensor],
    *,
    offsets: bool = False,
) -> dict[str, Embedding]:
    """Returns, by the keys of `wanted`, the first call of an embedding with those integers.

    Args:
      model: the module.
      forward: runs it on the batch.
      wanted: integers [N, T] or [N]; of equal ones, the first get the first calls.
      offsets: accept them with a number added to each column, as tables with one embedding do.

    Raises:
      SiteError: no embedding was called with them.
    """
    calls = left = _calls(model, forward)
    found: dict[str, Embedding] = {}
    for key, integers in wanted.items():
        call = next((call for call in left if _is_of(call.integers, integers, offsets)), None)
        if call is None:
            names = ", ".join(dict.fromkeys(call.name for call in calls)) or "none"
            raise SiteError(
                f"No nn.Embedding was called with the integers of {key} (called were: {names}), so "
                "that they can't be attributed to."
            )
        left = [other for other in left if other is not call]
        found[key] = call.of(integers)
    return found


def find_embedding_by_change(
    model: nn.Module,
    forward: Callable[[], Any],
    changed_forward: Callable[[], Any],
    changed: Tensor,
) -> Embedding:
    """Returns the first call whose integers became `changed` [N] when a column of the batch did.

    Args:
      model: the module.
      forward: runs it on the batch.
      changed_forward: runs it on the batch with other integers in one column.
      changed: those.

    Raises:
      SiteError: no call's integers did.
    """
    pairs = zip(_calls(model, forward), _calls(model, changed_forward), strict=False)
    for call, other in pairs:
        moved = not torch.equal(call.integers, other.integers)
        if moved and _is_of(other.integers, changed, offsets=False):
            return call.of(changed)
    raise SiteError("No nn.Embedding was called with what was changed.")


def _is_of(argument: Tensor, integers: Tensor, offsets: bool) -> bool:
    if argument.is_floating_point():
        return False
    same = argument.shape == integers.shape and bool((argument == integers).all())
    if offsets and argument.shape == integers.shape and len(integers) > 1:
        added = argument - integers
        same = bool((added == added[:1]).all())
    flipped = argument.dim() == 2 and argument.shape == integers.t().shape
    return same or (flipped and bool((argument == integers.t()).all()))
