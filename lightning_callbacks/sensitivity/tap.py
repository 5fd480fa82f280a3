"""Taking inputs and outputs of layers out of a forward, the outputs differentiable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from lightning_callbacks.graph_origins import version_of
from lightning_callbacks.sensitivity.interception import intercepted
from lightning_callbacks.sensitivity.replay import BatchNorm, in_batch_statistics


@dataclass
class Tap:
    """Takes inputs and outputs of layers out of a forward, the outputs differentiable.

    Attributes:
      layers: whose.
      batch_statistics: whether BatchNorm uses the batch's statistics.
      copied: numbers of calls whose inputs are changed in place later.
      calls: (layer, input, output), in the order they were called.
    """

    layers: set[nn.Module]
    batch_statistics: bool
    copied: set[int] = field(default_factory=set)
    calls: list[tuple[nn.Module, Tensor, Tensor]] = field(default_factory=list)
    _versions: list[int] = field(default_factory=list)

    def run(self, model: nn.Module, forward: Callable[[], Tensor]) -> Tensor:
        """Returns the outputs of a forward of the model, having filled `calls`."""
        while True:
            self.calls, self._versions = [], []
            with intercepted(model, self.answer), torch.enable_grad():
                outputs = forward()
            inputs = [given for _, given, _ in self.calls]
            now = map(version_of, inputs)
            changed = {i for i, (a, b) in enumerate(zip(now, self._versions, strict=True)) if a > b}
            if not changed:
                return outputs
            self.copied |= changed

    def answer(self, module: nn.Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Runs a call, and keeps it if it is one of the layers'."""
        if self.batch_statistics and isinstance(module, BatchNorm):
            return in_batch_statistics(module, forward, args, kwargs)
        if module not in self.layers:
            return forward(*args, **kwargs)
        given: Tensor = (*args, *kwargs.values())[0].detach()
        if len(self.calls) in self.copied:
            given = given.clone()
        output: Tensor = forward(*args, **kwargs)
        kept = output if output.requires_grad else output.detach().requires_grad_()
        self.calls.append((module, given, kept))
        self._versions.append(version_of(given))
        # What changes an output in place changes a copy.
        return kept.clone()
