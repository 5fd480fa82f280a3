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
        self._begun: dict[str, tuple[Begun, Tensor]] = {}
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
        for name, parameter in named.items():
            grad = parameter.grad
            if grad is None:
                grad = parameter.new_zeros(0)
            elif scale and scale.still_in:
                grad = grad / scale.value
            norm = torch.linalg.vector_norm(parameter, dtype=torch.float32)
            self._begun[name] = begin(grad, 0), norm

    def after_step(self) -> LayerRecord:
        """Returns the statistics of all gradients of the batch."""
        names = [name for name in self.rows if name in self._begun]
        reduced = transfer([self._begun[name][0] for name in names], 0)
        weights = torch.stack([self._begun[name][1] for name in names]).cpu().numpy()
        layers = [self.rows[name] for name in names]
        self._begun = {}
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
