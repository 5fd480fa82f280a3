"""LIME: a local linear model of the function on what is left out."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lightning_callbacks.function import Attributed, Function, InputMethod
from lightning_callbacks.methods.additive import additive
from lightning_callbacks.methods.coalitions import Coalitions, random_coalitions


@dataclass(frozen=True)
class LIME(InputMethod):
    """Weighted ridge regression of f on which features are there.

    Ribeiro, Singh and Guestrin 2016 (arXiv:1602.04938), as in their lime_image: features are there
    or not with equal chance, and count sqrt(exp(-D^2 / width^2)), D the cosine distance from all of
    them being there. Other than there, coalitions come in pairs that complement one another, all
    samples share them, and the line is held to f(x') and f(x), so that values add up. Each
    feature's value is shared equally among its elements.

    Attributes:
      evaluations: of the model per sample; None: 10 M + 100.
      width: of the kernel.
      ridge: weight of |phi|^2, relative to the mean diagonal of the normal matrix.

    Raises:
      ValueError: fewer than two evaluations, or a width that is not positive.
    """

    evaluations: int | None = None
    width: float = 0.25
    ridge: float = 1e-4

    name = "lime"
    title = "LIME"
    source = "Ribeiro, Singh and Guestrin 2016, arXiv:1602.04938"
    complete = True

    def __post_init__(self) -> None:
        if self.evaluations is not None and self.evaluations < 2:
            raise ValueError(f"evaluations must be 2 or more, not {self.evaluations}.")
        if self.width <= 0:
            raise ValueError(f"width must be positive, not {self.width}.")

    def attribute(self, function: Function) -> Attributed:
        """Returns values of features, shared among their elements; `fit` is weighted R^2."""

        def draw(count: int) -> Coalitions:
            evaluations = self.evaluations or 10 * count + 100
            present = random_coalitions(count, evaluations, function.generator_of(count))
            # The cosine between a set of |z| features and all M of them is sqrt(|z| / M).
            distance = 1 - (present.double().mean(dim=1)).sqrt()
            return Coalitions(present, torch.exp(-0.5 * (distance / self.width) ** 2))

        return additive(function, draw, self.ridge)
