"""KernelSHAP: Shapley values by weighted least squares on coalitions of features."""

from __future__ import annotations

from dataclasses import dataclass

from lightning_callbacks.function import Attributed, Function, InputMethod
from lightning_callbacks.methods.additive import additive
from lightning_callbacks.methods.coalitions import Coalitions, kernel_coalitions

# Keeps the normal equations solvable where there are fewer coalitions than features.
_RIDGE = 1e-9


@dataclass(frozen=True)
class KernelSHAP(InputMethod):
    """argmin over phi of sum_z pi(z) (f(h(z)) - f(x') - z . phi)^2 with sum phi = f(x) - f(x').

    Lundberg and Lee 2017 (arXiv:1705.07874), pi = (M - 1) / (C(M, |z|) |z| (M - |z|)); exact where
    all coalitions are evaluated. They are drawn in pairs (Covert and Lee 2021, arXiv:2012.01536),
    sizes stratified, and shared by all samples with as many features. Each feature's value is
    shared equally among its elements.

    Attributes:
      evaluations: of the model per sample, beside f(x) and f(x'); None: 4 M + 64.

    Raises:
      ValueError: fewer than two evaluations.
    """

    evaluations: int | None = None

    name = "kernel_shap"
    title = "KernelSHAP"
    source = "Lundberg and Lee 2017, arXiv:1705.07874"
    complete = True

    def __post_init__(self) -> None:
        if self.evaluations is not None and self.evaluations < 2:
            raise ValueError(f"evaluations must be 2 or more, not {self.evaluations}.")

    def attribute(self, function: Function) -> Attributed:
        """Returns features' Shapley values, shared among their elements; `fit` is weighted R^2."""

        def draw(count: int) -> Coalitions:
            evaluations = self.evaluations or 4 * count + 64
            return kernel_coalitions(count, evaluations, function.generator_of(count))

        return additive(function, draw, _RIDGE)
