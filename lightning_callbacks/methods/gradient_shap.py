"""GradientSHAP: integrated gradients, averaged over baselines drawn from the data."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lightning_callbacks.function import Attributed, Function, InputMethod, Points
from lightning_callbacks.methods.gradient import expanded, summed_gradients


@dataclass(frozen=True)
class GradientSHAP(InputMethod):
    """E over x' from the data and t from [0, 1] of (x - x') . grad f(x' + t (x - x')).

    Expected gradients: Erion et al. 2021 (arXiv:1906.10670); GradientExplainer of Lundberg and Lee
    2017. Draws are stratified: the references come in turn, and t once from each of `draws` equal
    parts of [0, 1], so that the sum comes close to f(x) - E f(x') with few of them.

    Attributes:
      draws: gradients per sample.
      noise: standard deviation of Gaussian noise on the points, in units of the input.

    Raises:
      ValueError: no draws, or negative noise.
    """

    draws: int = 50
    noise: float = 0.0

    name = "gradient_shap"
    title = "GradientSHAP"
    source = "Erion et al. 2021, arXiv:1906.10670; Lundberg and Lee 2017, arXiv:1705.07874"
    complete = True
    uses_references = True

    def __post_init__(self) -> None:
        if self.draws < 1:
            raise ValueError(f"draws must be 1 or more, not {self.draws}.")
        if self.noise < 0:
            raise ValueError(f"noise must not be negative, but is {self.noise}.")

    def attribute(self, function: Function) -> Attributed:
        """Returns the mean of (x - x') . grad f, shaped as the inputs; base is the mean f(x')."""
        places = self._places(function)
        noises = function.normal(self.draws) if self.noise else None

        def draw(rows: Tensor, turn: Tensor) -> tuple[Points, Points]:
            points, ways = [], []
            references = self._references(function, rows, turn)
            for index, (x, reference) in enumerate(zip(function.inputs, references, strict=True)):
                way = x[rows] - reference
                point = reference + expanded(places[turn].to(way), way) * way
                points.append(point + self.noise * noises[index][turn] if noises else point)
                ways.append(way / self.draws)
            return tuple(points), tuple(ways)

        values = summed_gradients(function, self.draws, draw)
        return Attributed(values, function.outputs()[0], self._base(function))

    def _places(self, function: Function) -> Tensor:
        """Returns float [draws]: where on the way, once in each of `draws` equal parts of it."""
        part = torch.randperm(self.draws, generator=function.generator)
        within = torch.rand(self.draws, generator=function.generator)
        return ((part + within) / self.draws).to(function.inputs[0].device)

    def _references(self, function: Function, rows: Tensor, turn: Tensor) -> Points:
        if function.references is None:
            return tuple(base[rows] for base in function.baselines)
        places = turn % len(function.references[0])
        return tuple(reference[places] for reference in function.references)

    def _base(self, function: Function) -> Tensor:
        """Returns float [N]: the mean of f over the references that were drawn."""
        if function.references is None:
            return function.outputs()[1]
        drawn = min(self.draws, len(function.references[0]))
        # As often as each of them came in turn.
        weights = torch.bincount(torch.arange(self.draws) % drawn).to(function.inputs[0])
        total = torch.zeros_like(function.inputs[0].flatten(1)[:, 0])
        for rows, turn in function.rows(drawn):
            values = function.values(self._references(function, rows, turn), rows)
            total.index_add_(0, rows, values * weights[turn])
        return total / self.draws
