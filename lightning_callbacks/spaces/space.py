"""What inputs of every kind have in common: baselines, features, and how values become maps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar

import torch
from torch import Tensor

from lightning_callbacks.capture import describe
from lightning_callbacks.function import Features, Points
from lightning_callbacks.spaces.sites import Sites

BaselineSpec = str | float | Tensor | tuple[Tensor, ...] | Callable[[Points], Points | Tensor]


class BaselineError(ValueError):
    """A baseline is unknown or does not fit the inputs."""


class Space(ABC):
    """The inputs of one batch, as one kind of data.

    Args:
      sites: where they enter the model.

    Attributes:
      kind: "image", "text", "tabular" or "series".
      default_baseline: name of the baseline taken without a choice.
    """

    kind: ClassVar[str]
    default_baseline: ClassVar[str]

    def __init__(self, sites: Sites) -> None:
        self.sites = sites

    @property
    def inputs(self) -> Points:
        """What is attributed, float [N, ...] each."""
        return tuple(values.detach() for values in self.sites.inputs)

    @abstractmethod
    def features(self) -> Features:
        """Returns what is left out as one by methods that leave parts of the input out."""

    @abstractmethod
    def maps(self, values: Points, *, signed: bool) -> Tensor:
        """Returns what is shown: float32 [N, ...]; sums where `signed`, else the largest."""

    def norms(self, _values: Points) -> Tensor | None:
        """Returns Euclidean norms of what `maps` adds up, where inputs are embedded, else None."""
        return None

    def blurred(self) -> Points | None:
        """Returns inputs in which nothing can be made out, but colours; None where not defined."""
        return None

    def references(self) -> Points | None:
        """Returns samples that expectations over baselines are taken over; None: the baseline."""
        return self.inputs

    def named_baselines(self, _generator: torch.Generator) -> Mapping[str, Callable[[], Points]]:
        """Returns the baselines that have a name."""
        return {
            "zero": lambda: tuple(torch.zeros_like(values) for values in self.inputs),
            "mean": lambda: tuple(
                values.mean(dim=0, keepdim=True).expand_as(values) for values in self.inputs
            ),
        }

    def baselines(
        self, spec: BaselineSpec | None, generator: torch.Generator
    ) -> tuple[Points, str]:
        """Returns the baseline of every sample, shaped as the inputs, and its name.

        Args:
          spec: a name in `named_baselines`, a number, a tensor (or one per input) that broadcasts
            to the inputs, a callable (inputs) -> such tensors, or None for the default.
          generator: for random baselines.

        Raises:
          BaselineError: an unknown name, or values of another shape.
        """
        spec = self.default_baseline if spec is None else spec
        if isinstance(spec, str):
            return self._named(spec, generator), spec
        if callable(spec) and not isinstance(spec, Tensor):
            return self._fitted(spec(self.inputs)), getattr(spec, "__name__", "a function")
        if isinstance(spec, (int, float)):
            return tuple(torch.full_like(values, spec) for values in self.inputs), f"{spec:g}"
        return self._fitted(spec), "given"

    def _named(self, name: str, generator: torch.Generator) -> Points:
        known = self.named_baselines(generator)
        if name not in known:
            raise BaselineError(
                f"Unknown baseline {name!r} for {self.kind} inputs. Expect one of {list(known)}, a "
                "number, a tensor shaped as the inputs, or a function of them."
            )
        return known[name]()

    def _fitted(self, given: Points | Tensor) -> Points:
        values = (given,) if isinstance(given, Tensor) else tuple(given)
        inputs = self.inputs
        try:
            return tuple(
                base.to(own).expand_as(own) for base, own in zip(values, inputs, strict=True)
            )
        except (RuntimeError, ValueError, AttributeError) as error:
            raise BaselineError(
                f"The baseline is {describe(values)}; expected what broadcasts to "
                f"{describe(inputs)}."
            ) from error


def segmented(size: int, most: int) -> Tensor:
    """Returns int64 [size]: which of at most `most` equal runs each place belongs to."""
    return torch.arange(size) * min(size, most) // size
