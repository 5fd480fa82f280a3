"""DeepLIFT and its mean over baselines as methods; `deeplift/` computes them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lightning_callbacks.function import Attributed, Function, InputMethod, Points
from lightning_callbacks.methods.deeplift import DeepLift, deeplift

_WITHOUT_RULE = "operators without a rule, where the gradient was taken: {}"


@dataclass(frozen=True)
class DeepLIFT(InputMethod):
    """Multipliers dy / dx of finite differences, chained from output to input, times (x - x').

    Shrikumar, Greenside and Kundaje 2017 (arXiv:1704.02685), Rescale rule, operator by operator
    (Ancona et al. 2018): functional, in-place and re-used activations, softmax, max pooling,
    normalisation, attention and products have their rules too, and values add up to f(x) - f(x')
    on any eager model. Two forward passes and one backward pass.
    """

    name = "deeplift"
    title = "DeepLIFT"
    source = "Shrikumar, Greenside and Kundaje 2017, arXiv:1704.02685"
    complete = True

    def attribute(self, function: Function) -> Attributed:
        """Returns contributions, shaped as the inputs; names operators without a rule.

        Raises:
          DeepLiftError: the model takes another way for the baseline than for the input.
        """
        parts = []
        for rows, _ in function.rows():
            points = tuple(values[rows] for values in function.inputs)
            base = tuple(values[rows] for values in function.baselines)
            parts.append(_contributions(function, rows, points, base))
        return Attributed(
            tuple(torch.cat(same) for same in zip(*(p.contributions for p in parts), strict=True)),
            torch.cat([part.output for part in parts]),
            torch.cat([part.base for part in parts]),
            notes=_notes(parts),
        )


@dataclass(frozen=True)
class DeepLIFTSHAP(InputMethod):
    """The mean of DeepLIFT over baselines drawn from the data.

    Lundberg and Lee 2017 (arXiv:1705.07874). The baselines come one after another: memory is that
    of one.

    Attributes:
      baselines: how many of the references are taken.

    Raises:
      ValueError: no baselines.
    """

    baselines: int = 16

    name = "deeplift_shap"
    title = "DeepLIFT-SHAP"
    source = "Lundberg and Lee 2017, arXiv:1705.07874"
    complete = True
    uses_references = True

    def __post_init__(self) -> None:
        if self.baselines < 1:
            raise ValueError(f"baselines must be 1 or more, not {self.baselines}.")

    def attribute(self, function: Function) -> Attributed:
        """Returns mean contributions, shaped as the inputs; base is the mean f(x').

        Raises:
          DeepLiftError: the model takes another way for a baseline than for the input.
        """
        references = function.references
        count = 1 if references is None else min(self.baselines, len(references[0]))
        values = tuple(torch.zeros_like(x) for x in function.inputs)
        output, base = (torch.zeros_like(values[0].flatten(1)[:, 0]) for _ in range(2))
        parts = []
        for rows, turn in function.rows(count):
            points = tuple(x[rows] for x in function.inputs)
            others = function.baselines if references is None else references
            at = tuple(each[rows if references is None else turn] for each in others)
            part = _contributions(function, rows, points, at)
            for total, own in zip(values, part.contributions, strict=True):
                total.index_add_(0, rows, own / count)
            output.index_add_(0, rows, part.output / count)
            base.index_add_(0, rows, part.base / count)
            parts.append(part)
        return Attributed(values, output, base, notes=_notes(parts))


def _contributions(function: Function, rows: Tensor, points: Points, base: Points) -> DeepLift:
    return deeplift(lambda *values: function.evaluate(values, rows), points, base)


def _notes(parts: list[DeepLift]) -> list[str]:
    names = sorted({name for part in parts for name in part.without_rule})
    return [_WITHOUT_RULE.format(", ".join(names))] if names else []
