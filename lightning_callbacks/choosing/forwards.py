"""Finding out how a model is to be called on a batch: the ways that LightningModules are written.

It knows modules and batches; what is made of the output is `look.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks.batches import BatchKey, find_input
from lightning_callbacks.forwarding import ForwardSpec, run
from lightning_callbacks.targets import TargetError, logits_of


@dataclass(frozen=True)
class WholeBatch:
    """Calls a model with the batch as it is."""

    def __call__(self, model: nn.Module, batch: Any) -> Any:
        """Returns `model(batch)`."""
        return model(batch)

    def __str__(self) -> str:
        return "model(batch)"


@dataclass(frozen=True)
class Positional:
    """Calls a model with several items of a batch.

    Attributes:
      places: keys or indices of the items, in order.
    """

    places: Sequence[BatchKey]

    def __call__(self, model: nn.Module, batch: Any) -> Any:
        """Returns `model(batch[places[0]], batch[places[1]], ...)`."""
        return model(*(batch[place] for place in self.places))

    def __str__(self) -> str:
        return f"model({', '.join(f'batch[{place!r}]' for place in self.places)})"


@dataclass(frozen=True)
class PredictStep:
    """Calls a LightningModule's own `predict_step`."""

    def __call__(self, model: nn.Module, batch: Any) -> Any:
        """Returns `model.predict_step(batch, 0)`."""
        return model.predict_step(batch, 0)  # type: ignore[operator]  # `_ways` made sure of it

    def __str__(self) -> str:
        return "model.predict_step(batch, 0)"


@dataclass(frozen=True)
class Way:
    """A way to call the model that works.

    Attributes:
      forward: as in `forwarding.run`.
      output: what it returned for some samples.
      logits: in the output, [n, C]; None where it has none.
      problem: why there are none.
    """

    forward: ForwardSpec | None
    output: Any
    logits: Tensor | None
    problem: str | None


def in_words(forward: ForwardSpec | None) -> str:
    """Returns how the model is called."""
    if forward is None:
        return "model(input)"
    if isinstance(forward, str):
        return f"model.{forward}(input)"
    return str(forward) if type(forward).__module__ == __name__ else "forward=..., as given"


def find_way(
    model: nn.Module, batch: Any, samples: int, input_key: BatchKey | None
) -> Way | Exception:
    """Returns the first way that gives logits, else the first that works, else why none does.

    Args:
      model: inside the guard.
      batch: of `samples` samples, on its device.
      samples: n.
      input_key: as of a probe.
    """
    works: Way | None = None
    failure: Exception | None = None
    for forward in _ways(model, batch, input_key):
        found = try_way(model, batch, samples, input_key, forward)
        if isinstance(found, Exception):
            failure = failure or found
        elif found.logits is not None:
            return found
        else:
            works = works or found
    return works or failure or RuntimeError("The model can't be called.")


def try_way(
    model: nn.Module,
    batch: Any,
    samples: int,
    input_key: BatchKey | None,
    forward: ForwardSpec | None,
) -> Way | Exception:
    """Returns what comes of calling the model like this, or what it raised."""
    try:
        with torch.no_grad():
            output = run(model, batch, forward, input_key)
    except Exception as error:  # noqa: BLE001  # a model may refuse in any way
        return error
    try:
        return Way(forward, output, logits_of(output, samples), None)
    except TargetError as error:
        return Way(forward, output, None, str(error))


def _ways(model: nn.Module, batch: Any, input_key: BatchKey | None) -> Iterator[ForwardSpec | None]:
    yield None
    if not isinstance(batch, Tensor):
        yield from _positional(batch, input_key)
        yield WholeBatch()
    if _is_own(model, "predict_step"):
        yield PredictStep()
    children = {name: child for name, child in model.named_children() if _size(child)}
    if not _is_own(model, "forward") or len(children) == 1:
        # Of several the largest: a discriminator or a teacher is no smaller, but one has to be.
        yield from sorted(children, key=lambda name: -_size(children[name]))


def _positional(batch: Any, input_key: BatchKey | None) -> Iterator[Positional]:
    """Yields calls with several tensors per sample: from the input on, all, the input first."""
    items = dict(batch) if isinstance(batch, Mapping) else dict(enumerate(batch))
    wanted = find_input(batch, input_key)
    tensors = [
        key
        for key, item in items.items()
        if isinstance(item, Tensor) and item.dim() and len(item) == len(wanted)
    ]
    first = next(n for n, key in enumerate(tensors) if items[key] is wanted)
    orders = [tensors[first:], tensors]
    if 0 < first < len(tensors) - 1:
        orders.append([tensors[first], *tensors[:first], *tensors[first + 1 :]])
    tried: set[tuple[BatchKey, ...]] = set()
    for order in orders:
        # Of (inputs, mask, labels) the labels come last.
        for count in (len(order) - 1, len(order)):
            places = tuple(order[:count])
            if count > 1 and places not in tried:
                tried.add(places)
                yield Positional(places)


def _is_own(model: nn.Module, name: str) -> bool:
    """Whether the user wrote the method, not Lightning or torch."""
    method = getattr(type(model), name, None)
    owner = getattr(method, "__module__", "")
    return method is not None and not owner.startswith(
        ("pytorch_lightning", "lightning.", "torch.")
    )


def _size(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())
