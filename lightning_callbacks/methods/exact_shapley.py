"""Exact Shapley values, for few features."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lightning_callbacks.function import Attributed, Function, InputMethod
from lightning_callbacks.methods.additive import of_features
from lightning_callbacks.methods.coalitions import all_coalitions, by_count, outputs_of

_MOST_FEATURES = 12  # 4,096 evaluations


@dataclass(frozen=True)
class ExactShapley(InputMethod):
    """Shapley values from all 2^M coalitions of at most 12 features.

    Shapley 1953: phi_i = sum over S without i of |S|! (M - |S| - 1)! / M! (f(S + i) - f(S)), where
    features that are not in S have the baseline's values.
    """

    name = "exact_shapley"
    title = "Exact Shapley values"
    source = "Shapley 1953"
    complete = True

    def attribute(self, function: Function) -> Attributed:
        """Returns Shapley values of features, shared among their elements.

        Raises:
          ValueError: a sample has more than 12 features; says how to have fewer.
        """
        most = function.features.most
        if most > _MOST_FEATURES:
            raise ValueError(
                f"Exact Shapley values of {most} features need 2^{most} evaluations; at most "
                f"{_MOST_FEATURES} features are possible. Group them (segments=..., features=...) "
                "or take 'kernel_shap'."
            )
        output, base = function.outputs()
        values = torch.zeros(function.samples, max(1, most), dtype=torch.float64)
        values = values.to(output.device)
        for count, rows in by_count(function):
            if count:
                present = all_coalitions(count)
                outputs = outputs_of(function, rows, present)
                values[rows, :count] = outputs @ _weights(present).to(outputs)
        return of_features(function, values, output, base)


def _weights(present: Tensor) -> Tensor:
    """Returns float64 [2^M, M]: how much each coalition's output counts for each feature."""
    count = present.shape[1]
    sizes = present.sum(dim=1).tolist()
    share = [1 / (count * math.comb(count - 1, size)) for size in range(count)] + [0.0]
    joined = torch.tensor([share[size - 1] if size else 0.0 for size in sizes]).double()
    left = torch.tensor([share[size] for size in sizes]).double()
    return torch.where(present, joined.unsqueeze(1), -left.unsqueeze(1))
