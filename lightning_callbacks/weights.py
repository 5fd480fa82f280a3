"""`WeightMonitor`: what the weights of each parameter are like, and how far a step moves them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lightning_callbacks.layer_records import LayerRecord, Statistic
from lightning_callbacks.records import Part
from lightning_callbacks.reduce import norm_of, reduce_tensors
from lightning_callbacks.step_monitor import StepMonitor
from tb_explain import schema

STATISTICS = (
    Statistic("norm", "weight norm", scale="log", rollup="root-sum-square"),
    Statistic("mean", "mean", scale="signed", rollup="mean"),
    Statistic("std", "standard deviation", scale="log", rollup=("deviation", "mean")),
    Statistic("max", "largest magnitude", scale="log", rollup="max"),
    Statistic("zeros", "zeros", scale="fraction", rollup="mean"),
    Statistic("near_zero", "effective sparsity", scale="fraction", rollup="mean"),
    Statistic("nonfinite", "NaN and infinite", unit="values", rollup="sum"),
    Statistic("update_norm", "update norm", scale="log", rollup="root-sum-square"),
    Statistic(
        "update_to_weight", "update / weight", scale="log",
        rollup=("ratio", "update_norm", "norm"),
    ),
)  # fmt: skip
# A weight is as good as zero below this share of its tensor's root mean square.
NEAR_ZERO = 0.01
# Channels of an input that a person can look at filters of.
_PICTURE_CHANNELS = 4
_MOST_FILTERS = 64
_LARGEST_FILTER = 16


class WeightMonitor(StepMonitor):
    """Records weights just after an optimizer step, and what the step changed.

    Per parameter: norm, mean, standard deviation, largest magnitude, fraction of zeros, effective
    sparsity (fraction of weights below 1 % of the tensor's root mean square), count of NaN and
    infinities, norm of the update, update over weight norm before the step, and an exact histogram
    on exponent bits (`tb_explain.histograms`). Of a first convolution on up to four channels, its
    filters too. While a step is recorded there is one more copy of the weights.

    Args:
      filters: record the first layer's filters.
      **options: as for every `StepMonitor`.
    """

    default_name = "weights"
    what = "weights"

    def __init__(self, *, filters: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self._with_filters = filters

    def _start_over(self) -> None:
        super()._start_over()
        self._before_step: dict[str, tuple[nn.Parameter, Tensor]] = {}
        self._filters: tuple[str, Tensor] | None = None

    def before_step(self, trainer: Any, optimizer: Any, named: dict[str, nn.Parameter]) -> None:  # noqa: ARG002  # a step's
        """Keeps a copy of the weights of one optimizer."""
        self._before_step.update({name: (p, p.detach().clone()) for name, p in named.items()})

    def after_step(self) -> LayerRecord:
        """Returns the statistics of all weights that were stepped."""
        names = [name for name in self.rows if name in self._before_step]
        pairs = [self._before_step.pop(name) for name in names]
        now = [parameter.detach() for parameter, _ in pairs]
        reduced = reduce_tensors(now)
        extra = [
            torch.stack(
                [
                    norm_of(_update(new, old)),
                    norm_of(old),
                    _near_zero(new),
                ]
            )
            for new, (_, old) in zip(now, pairs, strict=True)
        ]
        update, before, near_zero = (
            torch.stack([row.to(extra[0].device) for row in extra]).double().cpu().numpy().T
        )
        columns = {
            "norm": reduced.norm,
            "mean": reduced.mean,
            "std": reduced.std,
            "max": reduced.magnitude,
            "zeros": reduced.zeros,
            "near_zero": near_zero,
            "nonfinite": reduced.nonfinite,
            "update_norm": update,
        }
        with np.errstate(divide="ignore", invalid="ignore"):
            columns["update_to_weight"] = np.where(before > 0, update / before, np.nan)
        self._filters = self._first_filters(names, now)
        layers = [self.rows[name] for name in names]
        return LayerRecord(self.what, layers, STATISTICS, columns, reduced)

    def further_parts(self) -> Sequence[Part]:
        """Returns the filters of the first layer, if it has any to look at."""
        if self._filters is None:
            return ()
        name, weight = self._filters
        filters = weight[:_MOST_FILTERS].float()
        if max(filters.shape[2:]) > _LARGEST_FILTER:
            filters = functional.adaptive_avg_pool2d(filters, _LARGEST_FILTER)
        values, scale = schema.quantise(filters.cpu().numpy(), signed=True)
        fields = {"layer": name, "channels": list(range(len(values)))}
        return [Part("filters", fields, {"filters": values, "filters.scale": scale})]

    def _first_filters(
        self, names: Sequence[str], weights: Sequence[Tensor]
    ) -> tuple[str, Tensor] | None:
        if not self._with_filters:
            return None
        for name, weight in zip(names, weights, strict=True):
            if weight.dim() > 1 and "Embedding" not in self.rows[name].type:
                few = weight.dim() == 4 and weight.shape[1] <= _PICTURE_CHANNELS
                shown = few and not weight.is_complex()
                return (name, weight) if shown and min(weight.shape[2:]) > 1 else None
        return None


def _update(new: Tensor, old: Tensor) -> Tensor:
    # A difference in half precision would be rounded once more.
    half = new.dtype in (torch.float16, torch.bfloat16)
    update: Tensor = (new.float() if half else new) - old
    return update


def _near_zero(weight: Tensor) -> Tensor:
    """Returns float32 []: the fraction of weights below 1 % of the root mean square."""
    size = max(1, weight.numel())
    mean_square = norm_of(weight) / size**0.5
    small = weight.abs() < NEAR_ZERO * mean_square
    return torch.count_nonzero(small).float() / size
