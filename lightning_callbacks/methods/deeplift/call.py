"""One call of an operator, as the rules see it, and what a rule is.

Rules know nothing of how calls are recorded or where their rewrites are put.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor

Gradients: TypeAlias = tuple[Tensor | None, ...]

# (true gradients of the inputs, gradients of the outputs) -> multipliers of the inputs, times the
# gradients of the outputs; in autograd's order, None where nothing is needed.
Rewrite: TypeAlias = Callable[[Gradients, Gradients], Gradients]


class DeepLiftError(ValueError):
    """The model, the inputs or the baselines can't be explained by DeepLIFT."""


class NoRuleError(Exception):
    """Raised by a rule for a form of its operator that it does not cover; it will be named."""


class FusedError(Exception):
    """Raised where a recurrent layer runs as one kernel: the passes begin again, step by step."""


@dataclass
class Call:
    """One call of an ATen operator in one of the two passes.

    Attributes:
      name: of the operator, without overload and without the underscore of in-place forms.
      function: the operator's form that works out of place.
      slots: positions in `args` that autograd's gradients belong to, in its order.
      args: as it got them; tensors detached, and as they were before the call.
      kwargs: likewise.
      varying: positions in `args` of tensors that may depend on the attributed inputs.
      fixed: positions in `args` of parameters and views of them.
      outputs: the tensors it returned, detached.
    """

    name: str
    function: Callable[..., Any]
    slots: tuple[int, ...]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    varying: frozenset[int]
    fixed: frozenset[int]
    outputs: tuple[Tensor, ...] = ()

    @property
    def output(self) -> Tensor:
        """Returns the first output."""
        return self.outputs[0]

    @property
    def loose(self) -> tuple[int, ...]:
        """Returns the positions of tensors, or lists of them, that may vary without a gradient."""
        settled = self.varying | self.fixed
        return tuple(i for i, arg in enumerate(self.args) if i not in settled and _may_vary(arg))

    def arg(self, position: int, default: Any = None) -> Any:
        """Returns an argument, or the default that the caller left out."""
        return self.args[position] if position < len(self.args) else default


# (call for the inputs, call for the baselines) -> rewrite, or None where the gradient is right. It
# runs during the forward pass and keeps only tensors of its own: those of the calls may change.
Make: TypeAlias = Callable[[Call, Call], Rewrite | None]


def _may_vary(arg: object) -> bool:
    if isinstance(arg, list | tuple):
        return any(isinstance(part, Tensor) for part in arg)
    return isinstance(arg, Tensor) and arg.ndim > 0


def varies(call: Call) -> bool:
    """Returns whether the call may depend on the inputs at all."""
    return bool(call.varying)


def never(_: Call) -> bool:
    """Returns False."""
    return False


@dataclass(frozen=True)
class Rule:
    """How contributions pass through an operator.

    Attributes:
      make: the rewrite of a pair of calls.
      applies: False where the operator is linear in what varies, so nothing need be recorded.
      compares: True where `make` only looks at `loose` tensors, so no other need be recorded.
    """

    make: Make
    applies: Callable[[Call], bool] = varies
    compares: Callable[[Call], bool] = never


def tolerance(values: Tensor) -> float:
    """Returns how small a relative difference must be for the gradient to replace the secant.

    Between the rounding error (a secant of differences this small is noise) and the point where
    the curvature, or a kink, would be seen: 1.8e-12 in float64, 6.4e-6 in float32.
    """
    return float(torch.finfo(values.dtype).eps ** 0.75)


def replaced(gradients: Gradients, slot: int, value: Tensor) -> Gradients:
    """Returns `gradients` with another value in `slot`."""
    return (*gradients[:slot], value, *gradients[slot + 1 :])


def needed(gradient: Tensor | None) -> Tensor:
    """Returns a gradient that autograd hands over whenever the node is walked through."""
    if gradient is None:
        raise RuntimeError("autograd handed over no gradient where one was due")
    return gradient
