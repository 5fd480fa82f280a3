"""Feature ablation: how much the output falls when one feature is left out."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lightning_callbacks.function import Attributed, Function, InputMethod
from lightning_callbacks.methods.additive import of_features
from lightning_callbacks.methods.coalitions import by_count, outputs_of


@dataclass(frozen=True)
class FeatureAblation(InputMethod):
    """f(x) - f(x with one feature at the baseline), for each feature; one evaluation each.

    Each feature's value is shared equally among its elements. Promises no sum: features that stand
    in for one another all seem useless.
    """

    name = "feature_ablation"
    title = "Feature ablation"
    source = "Zeiler and Fergus 2013, arXiv:1311.2901"

    def attribute(self, function: Function) -> Attributed:
        """Returns the fall of the output, shared among each feature's elements."""
        output, _ = function.outputs()
        values = torch.zeros(function.samples, max(1, function.features.most), dtype=torch.float64)
        values = values.to(output.device)
        for count, rows in by_count(function):
            if count:
                outputs = outputs_of(function, rows, ~torch.eye(count, dtype=torch.bool))
                values[rows, :count] = output[rows].double().unsqueeze(1) - outputs
        return of_features(function, values, output)
