"""`GradientMonitor`: what the gradients of each parameter are like, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lightning_callbacks.layer_records import LayerRecord, Statistic
from lightning_callbacks.reduce import Begun, begin, transfer
from lightning_callbacks.step_monitor import StepMonitor
from lightning_callbacks.trainers import loss_scale

STATISTICS = (
    Statistic("norm", "gradient norm", scale="log", rollup="root-sum-square"),
    Statistic("mean", "mean", scale="signed", rollup="mean"),
    Statistic("std", "standard deviation", scale="log", rollup=("deviation", "mean")),
    Statistic("max", "largest magnitude", scale="log", rollup="max"),
    Statistic("zeros", "zeros", scale="fraction", rollup="mean"),
    Statistic("nonfinite", "NaN and infinite", unit="values", rollup="sum"),
    Statistic("weight_norm", "weight norm", scale="log", rollup="root-sum-square"),
    Statistic(
        "gradient_to_weight", "gradient / weight", scale="log",
        rollup=("ratio", "norm", "weight_norm"),
    ),
)  # fmt: skip


class GradientMonitor(StepMonitor):
    """Records gradients as the optimizer is about to use them, before clipping.

    They are accumulated over micro-batches, reduced over ranks, and without loss scale: where an
    optimizer takes it out only within its own step (fused optimizers under a GradScaler), they are
    divided by it here, and the record says so. Per parameter: norm, mean, standard deviation,
    largest magnitude, fraction of zeros, count of NaN and infinities, norm of the weight before the
    step, their ratio, and an exact histogram on exponent bits (`tb_explain.histograms`).

    A parameter without a gradient has NaN for statistics. The arguments are those of `StepMonitor`.
    """

    default_name = "gradients"
    what = "gradients"

    def _start_over(self) -> None:
        super()._start_over()
        # By optimizer; one that steps twice in a batch is recorded as it last stepped.
        self._begun: dict[int, tuple[list[str], Begun, list[Tensor]]] = {}
        self._scale: float | None = None
        self._says_scaled = False

    def before_step(self, trainer: Any, optimizer: Any, named: dict[str, nn.Parameter]) -> None:
        """Starts to reduce the gradients of one optimizer's parameters."""
        scale = loss_scale(trainer, optimizer)
        self._scale = scale.value if scale else None
        if scale and scale.still_in and not self._says_scaled:
            self._says_scaled = True
            self._records.notes.append(
                f"{type(optimizer).__name__} takes the loss scale out within its own step: the "
                "gradients were divided by it for the record"
            )
        divisor = scale.value if scale and scale.still_in else 1.0
        gradients = [_gradient(parameter, divisor) for parameter in named.values()]
        norms = [torch.linalg.vector_norm(p, dtype=torch.float32) for p in named.values()]
        self._begun[id(optimizer)] = list(named), begin(gradients, 0), norms

    def after_step(self) -> LayerRecord:
        """Returns the statistics of all gradients of the batch."""
        begun, self._begun = list(self._begun.values()), {}
        reduced = transfer([one for _, one, _ in begun])
        norms = [norm for _, _, norms in begun for norm in norms]
        weights = torch.stack(norms).cpu().numpy()
        layers = [self.rows[name] for names, _, _ in begun for name in names]
        missing = reduced.size == 0
        columns = {
            "norm": np.where(missing, np.nan, reduced.norm),
            "mean": reduced.mean,
            "std": reduced.std,
            "max": reduced.magnitude,
            "zeros": reduced.zeros,
            "nonfinite": np.where(missing, np.nan, reduced.nonfinite),
            "weight_norm": weights,
        }
        with np.errstate(divide="ignore", invalid="ignore"):
            columns["gradient_to_weight"] = np.where(weights > 0, columns["norm"] / weights, np.nan)
        fields = {"loss_scale": self._scale} if self._scale else {}
        return LayerRecord(self.what, layers, STATISTICS, columns, reduced, fields=fields)


def _gradient(parameter: nn.Parameter, divisor: float) -> Tensor:
    if parameter.grad is None:
        return parameter.new_zeros(0)
    return parameter.grad if divisor == 1 else parameter.grad / divisor
