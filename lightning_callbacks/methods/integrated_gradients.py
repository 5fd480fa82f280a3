"""Integrated gradients: gradients along the straight path from baseline to input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from lightning_callbacks.function import Attributed, Function, InputMethod, Points
from lightning_callbacks.methods.gradient import expanded, summed_gradients


@dataclass(frozen=True)
class IntegratedGradients(InputMethod):
    """(x - x') . integral over t in [0, 1] of grad f(x' + t (x - x')); `steps` gradients.

    Sundararajan, Taly and Yan 2017 (arXiv:1703.01365). The sum over steps is streamed: memory is
    that of one chunk. Of functions with kinks the midpoint rule is as good as Gauss-Legendre's;
    the trapezoidal rule of the paper's text is not offered, since halving both ends biases it.

    Attributes:
      steps: points on the path.
      rule: "midpoint" or "gauss-legendre" (exact for polynomials of degree 2 steps - 1).

    Raises:
      ValueError: fewer than one step, or an unknown rule.
    """

    steps: int = 50
    rule: Literal["midpoint", "gauss-legendre"] = "midpoint"

    name = "integrated_gradients"
    title = "Integrated gradients"
    source = "Sundararajan, Taly and Yan 2017, arXiv:1703.01365"
    complete = True

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"steps must be 1 or more, not {self.steps}.")
        if self.rule not in ("midpoint", "gauss-legendre"):
            raise ValueError(f"rule must be 'midpoint' or 'gauss-legendre', not {self.rule!r}.")

    def attribute(self, function: Function) -> Attributed:
        """Returns the integral times the way from baseline to input, shaped as the inputs."""
        ways = [x - base for x, base in zip(function.inputs, function.baselines, strict=True)]
        places, weights = (values.to(ways[0]) for values in self._nodes())

        def draw(rows: Tensor, step: Tensor) -> tuple[Points, Tensor]:
            points = tuple(
                base[rows] + expanded(places[step], way) * way[rows]
                for base, way in zip(function.baselines, ways, strict=True)
            )
            return points, weights[step]

        means = summed_gradients(function, self.steps, draw)
        output, base = function.outputs()
        values = tuple(way * mean for way, mean in zip(ways, means, strict=True))
        return Attributed(values, output, base)

    def _nodes(self) -> tuple[Tensor, Tensor]:
        """Returns float64 [steps] each: where on the path, and how much each gradient counts."""
        if self.rule == "midpoint":
            places = (torch.arange(self.steps, dtype=torch.float64) + 0.5) / self.steps
            return places, torch.full_like(places, 1 / self.steps)
        nodes, weights = np.polynomial.legendre.leggauss(self.steps)
        return torch.from_numpy((nodes + 1) / 2), torch.from_numpy(weights / 2)
