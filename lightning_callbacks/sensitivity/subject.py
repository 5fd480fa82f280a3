"""A model and its samples, ready to be measured: inside the guard, the same at every forward."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks.forwarding import ForwardSpec, on_copies, run
from lightning_callbacks.guard import random_states, untouched
from lightning_callbacks.sensitivity.costs import measured_costs
from lightning_callbacks.sensitivity.edits.edited import Edits, Example, Layers, Levels
from lightning_callbacks.sensitivity.replay import BatchNorm
from lightning_callbacks.sensitivity.samples import Chunk, cut, first_of, outputs_of, truths_of
from lightning_callbacks.sensitivity.trace import Trace, trace

_FEW = 8


@dataclass(frozen=True)
class Subject:
    """What is measured.

    Attributes:
      model: inside the guard.
      chunks: all samples.
      run: runs the model on (a copy of) a batch.
      restore_random: sets all random states to what they were at the start.
      first: a few samples of the first chunk, which show what the model does and costs.
      traced: of these.
    """

    model: nn.Module
    chunks: list[Chunk]
    run: Callable[[nn.Module, Any], Any]
    restore_random: Callable[[], None]
    first: Chunk
    traced: Trace

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return next((p.device for p in self.model.parameters()), torch.device("cpu"))

    def raw(self, chunk: Chunk) -> Callable[[], Any]:
        """Returns what runs the model on a chunk, with the same random numbers each time."""

        def forward() -> Any:
            self.restore_random()
            return self.run(self.model, chunk.batch)

        return forward

    def forward(self, chunk: Chunk) -> Callable[[], Tensor]:
        """Returns what gives the outputs of a chunk, see `outputs_of`."""
        raw = self.raw(chunk)
        return lambda: outputs_of(raw(), chunk.samples)

    def truths(self, chunk: Chunk, outputs: Tensor) -> Tensor | None:
        """Returns what the chunk should come out as, see `truths_of`."""
        found = truths_of(chunk.batch, outputs)
        return None if found is None else found.to(outputs.device)

    def owners(self, tensors: Iterable[Tensor]) -> list[nn.Module]:
        """Returns the modules that hold any of `tensors`: several where one is tied."""
        wanted = set(map(id, tensors))
        return [
            module
            for module in self.model.modules()
            for home in (module._parameters, module._buffers)  # noqa: SLF001  # of its own
            if any(id(tensor) in wanted for tensor in home.values())
        ]

    def has_batch_norm(self) -> bool:
        """Returns whether statistics of batches of these samples differ from running ones."""
        norms = (m for m in self.model.modules() if isinstance(m, BatchNorm))
        some = any(norm.running_mean is not None for norm in norms)
        return some and all(chunk.samples > 1 for chunk in self.chunks)

    def edits(self, kind: str, levels: Levels, layers: Layers) -> Edits:
        """Returns the units of a kind of edit.

        Raises:
          ValueError: an unknown kind, or levels that it can't take.
          LayerError: `layers` names nothing that can be edited.
        """
        # Kinds that remove channels build on `editing`, which measures models with this module.
        from lightning_callbacks.sensitivity.edits import EDIT_KINDS

        if kind not in EDIT_KINDS:
            raise ValueError(f"Unknown kind {kind!r}. Expect one of {list(EDIT_KINDS)}.")
        few = self.first
        forward = self.forward(few)
        costs = measured_costs(self.model, forward, few.samples, self.traced)
        example = Example(few.batch, few.samples, self.raw(few), forward, costs)
        return EDIT_KINDS[kind](self.model, example, levels, layers)


@contextmanager
def subject(
    model: nn.Module, batches: Any, *, chunk: int, forward: ForwardSpec | None
) -> Iterator[Subject]:
    """Yields the model inside the guard, no gradients, with its samples; see `scan_sensitivity`."""

    def call(module: nn.Module, batch: Any) -> Any:
        return run(module, batch, forward)

    with untouched(model) as module, torch.no_grad():
        chunks = cut(batches, module, chunk)
        few = first_of(chunks[0], _FEW)
        made = Subject(module, chunks, on_copies(call), random_states(), few, Trace())
        yield replace(made, traced=trace(module, made.forward(few)))
