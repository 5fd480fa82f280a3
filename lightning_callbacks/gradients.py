"""`GradientMonitor`: what the gradients of each parameter are like, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from typing_extensions import Unpack

from lightning_callbacks.batches import find_input
from lightning_callbacks.layer_records import LayerRecord, Statistic
from lightning_callbacks.noise_scale import NoiseScale
from lightning_callbacks.records import Moment
from lightning_callbacks.reduce import Begun, begin, norm_of, transfer
from lightning_callbacks.step_monitor import StepMonitor, StepMonitorOptions
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
NOISE_STATISTICS = (
    Statistic("signal", "squared norm of the true gradient", scale="log", rollup="sum"),
    Statistic("noise", "trace of the gradient's covariance", scale="log", rollup="sum"),
    Statistic(
        "noise_scale", "gradient noise scale", unit="samples", scale="log",
        rollup=("ratio", "noise", "signal"),
    ),
)  # fmt: skip


class GradientMonitor(StepMonitor):
    """Records gradients as the optimizer is about to use them, before clipping.

    They are accumulated over micro-batches, reduced over ranks, and without loss scale: where an
    optimizer takes it out only within its own step (fused optimizers under a GradScaler), they are
    divided by it here, and the record says so. Per parameter: norm, mean, standard deviation,
    largest magnitude, fraction of zeros, count of NaN and infinities, norm of the weight before the
    step, their ratio, and an exact histogram on exponent bits (`tb_explain.histograms`).

    A parameter without a gradient has NaN for statistics.

    Args:
      noise_scale: estimate the gradient noise scale too (McCandlish et al. 2018), from the
        micro-batches of an accumulation window, averaged over records; needs
        accumulate_grad_batches of 2 or more, one process, and one more copy of the gradients in
        the windows recorded.
      **options: as for every `StepMonitor`.

    Raises:
      ValueError: arguments that exclude one another or are out of range.
    """

    default_name = "gradients"
    what = "gradients"

    def __init__(self, *, noise_scale: bool = False, **options: Unpack[StepMonitorOptions]) -> None:
        if noise_scale and options.get("every_n_epochs"):
            raise ValueError("noise_scale=True needs a schedule by steps, not every_n_epochs.")
        self._noise = NoiseScale() if noise_scale else None
        super().__init__(**options)
        if noise_scale:
            self.needs |= {"training batches"}

    def _start_over(self) -> None:
        super()._start_over()
        self._noise = NoiseScale() if self._noise else None
        self._batch: Any = None
        self._micro_batch = 0
        # By optimizer; one that steps twice in a batch is recorded as it last stepped.
        self._begun: dict[int, tuple[list[str], Begun, list[Tensor]]] = {}
        self._scale: float | None = None
        self._says_scaled = False

    def on_train_batch_start(self, _trainer: Any, _module: Any, batch: Any, *_index: Any) -> None:
        """Holds on to the batch, whose samples are counted if the step is due."""
        self._batch = batch if self._noise else None

    def on_after_backward(self, trainer: Any, pl_module: Any) -> None:
        """Notes what a micro-batch added to the gradients, if the window's step is due."""
        noise = self._noise
        if noise and self._is_step_due(trainer):
            moment = Moment(trainer.global_step + 1, trainer.current_epoch)
            self._attempt(trainer, moment, lambda: self._note(noise, trainer, pl_module))

    def _note(self, noise: NoiseScale, trainer: Any, pl_module: nn.Module) -> None:
        if trainer.world_size > 1:
            raise RuntimeError(
                "noise_scale=True needs one process: gradients of ranks meet before they are seen."
            )
        self._micro_batch = len(find_input(self._batch))
        scale = loss_scale(trainer, trainer.optimizers[0])
        with torch.no_grad():
            noise.add(dict(self._chosen(pl_module)), scale.value if scale else 1.0)

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
        norms = [norm_of(p) for p in named.values()]
        self._begun[id(optimizer)] = list(named), begin(gradients, 0), norms

    def after_step(self) -> LayerRecord:
        """Returns the statistics of all gradients of the batch."""
        begun, self._begun = list(self._begun.values()), {}
        reduced = transfer([one for _, one, _ in begun])
        norms = [norm for _, _, norms in begun for norm in norms]
        weights = torch.stack([norm.to(norms[0].device) for norm in norms]).cpu().numpy()
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
        statistics: tuple[Statistic, ...] = STATISTICS
        if self._noise:
            statistics += NOISE_STATISTICS
            columns.update(self._noise_columns(self._noise, [layer.name for layer in layers]))
        fields = {"loss_scale": self._scale} if self._scale else {}
        return LayerRecord(self.what, layers, statistics, columns, reduced, fields=fields)

    def _noise_columns(self, noise: NoiseScale, names: Sequence[str]) -> dict[str, np.ndarray]:
        pairs = [noise.estimates(name, self._micro_batch) for name in names]
        noise.start_window()
        signal, trace = np.array(pairs).T
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where((signal > 0) & (trace >= 0), trace / signal, np.nan)
        return {"signal": signal, "noise": trace, "noise_scale": ratio}


def _gradient(parameter: nn.Parameter, divisor: float) -> Tensor:
    if parameter.grad is None:
        return parameter.new_zeros(0)
    return parameter.grad if divisor == 1 else parameter.grad / divisor
