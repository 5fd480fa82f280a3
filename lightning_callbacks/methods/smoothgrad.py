"""SmoothGrad: the gradient, averaged over noisy copies of the input."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from lightning_callbacks.function import Attributed, Function, InputMethod, Points
from lightning_callbacks.methods.gradient import expanded, summed_gradients


@dataclass(frozen=True)
class SmoothGrad(InputMethod):
    """|mean over n of df/dx at x + noise|, elementwise; n gradients.

    Smilkov et al. 2017 (arXiv:1706.03825): Gaussian noise whose standard deviation is a fraction of
    each sample's range. Without noise it is saliency.

    Attributes:
      copies: n.
      noise: standard deviation, as a fraction of (largest - smallest) value of the sample's input.

    Raises:
      ValueError: no copies, or negative noise.
    """

    copies: int = 50
    noise: float = 0.15

    name = "smoothgrad"
    title = "SmoothGrad"
    source = "Smilkov et al. 2017, arXiv:1706.03825"
    signed = False
    uses_baseline = False
    unit = "logit per unit of input"

    def __post_init__(self) -> None:
        if self.copies < 1:
            raise ValueError(f"copies must be 1 or more, not {self.copies}.")
        if self.noise < 0:
            raise ValueError(f"noise must not be negative, but is {self.noise}.")

    def attribute(self, function: Function) -> Attributed:
        """Returns the averaged gradient's magnitude, shaped as the inputs."""
        spreads = [self.noise * _range(values) for values in function.inputs]

        noises = function.normal(self.copies)

        def draw(rows: Tensor, copy: Tensor) -> tuple[Points, Tensor]:
            points = tuple(
                values[rows] + expanded(spread[rows], values) * noise[copy]
                for values, spread, noise in zip(function.inputs, spreads, noises, strict=True)
            )
            return points, points[0].new_ones(len(rows))

        totals = summed_gradients(function, self.copies, draw)
        output, _ = function.outputs()
        return Attributed(tuple((total / self.copies).abs() for total in totals), output)


def _range(values: Tensor) -> Tensor:
    flat = values.flatten(1)
    return flat.amax(dim=1) - flat.amin(dim=1)
