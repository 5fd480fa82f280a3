"""The base of the monitors that look at the model on the probe.

A monitor overrides `observe`. It is handed the unwrapped model and the probe, never the trainer:
the optimizer, the scaler and the data loaders are out of its reach.
"""

from __future__ import annotations

import time
import warnings
from abc import abstractmethod
from typing import Any

from torch import nn
from typing_extensions import Unpack

from lightning_callbacks.causes import MonitorWarning
from lightning_callbacks.guard import untouched
from lightning_callbacks.probe import DrawnProbe, Probe
from lightning_callbacks.recorder import Recorder, RecorderOptions
from lightning_callbacks.records import Moment, Observation
from lightning_callbacks.telling import telling_if_long
from lightning_callbacks.trainers import draw_for, in_validate, unlogged, weights_at_end
from tb_explain import schema


class MonitorOptions(RecorderOptions, total=False):
    """Keyword arguments that every monitor of the probe takes."""

    probe: Probe | Any
    untrained: bool


class Monitor(Recorder):
    """Records something about the model's work on a few samples, the same ones each time.

    Args:
      probe: the samples to explain: a `Probe`, or what `Probe(data=...)` takes; by default 16
        of the validation data.
      untrained: record the model before its first step too, as epoch -1.
      **options: as for every `Recorder`.

    Raises:
      ValueError: arguments that exclude one another or are out of range.
    """

    def __init__(
        self,
        *,
        probe: Probe | Any = None,
        untrained: bool = True,
        **options: Unpack[RecorderOptions],
    ) -> None:
        super().__init__(untrained=untrained, **options)
        self._probe = Probe.of(probe)

    def _start_over(self) -> None:
        super()._start_over()
        self._drawn: DrawnProbe | None = None

    @abstractmethod
    def observe(self, model: nn.Module, probe: DrawnProbe) -> Observation:
        """Returns what is to be recorded of `model`; called inside the guard."""

    def take(self, drawn: DrawnProbe) -> None:
        """Takes a probe that was drawn already; to be called after `setup`."""
        self._drawn = drawn

    # Lightning's hooks.

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Records the untrained model, if this is the beginning of a training."""
        super().on_train_start(trainer, pl_module)
        if self.schedule.untrained and trainer.global_step == 0:
            self._record(trainer, pl_module, Moment(0, schema.UNTRAINED_EPOCH))

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *_step: Any) -> None:
        """Records if an optimizer step was completed and it is due."""
        # Batches are many, and a trainer's step takes longer to ask for than a schedule.
        if not self.schedule.counts_epochs and self.schedule.due_after_step(trainer.global_step):
            self._record(trainer, pl_module, Moment(trainer.global_step, trainer.current_epoch))

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Records if the epoch is due."""
        self._warn_of_steps_not_counted(trainer)
        if self.schedule.due_after_epoch(trainer.current_epoch):
            self._record(trainer, pl_module, Moment(trainer.global_step, trainer.current_epoch))

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Records the final model, whatever the schedule says, unless its step is recorded."""
        epoch = max(0, trainer.current_epoch - 1)
        weights = weights_at_end(trainer, self)
        self._record(trainer, pl_module, Moment(trainer.global_step, epoch, weights))

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Records once in `trainer.validate`; within `fit`, epochs and steps decide."""
        if not in_validate(trainer):
            return
        self._record(trainer, pl_module, self._validated_moment(trainer))

    # Recording.

    def _record(self, trainer: Any, pl_module: Any, moment: Moment) -> None:
        # A tag has one value per step: the reader of blobs keeps the first it sees.
        if self._last_step != moment.step:
            self._attempt(
                trainer, moment, lambda: self._observe_and_write(trainer, pl_module, moment)
            )

    def _observe_and_write(self, trainer: Any, pl_module: Any, moment: Moment) -> None:
        start = time.perf_counter()
        if self._drawn is None:
            self._drawn, notes = draw_for(trainer, pl_module, self._probe)
            self._records.notes += notes
        telling = telling_if_long(trainer, self.name)
        with telling, unlogged(pl_module), untouched(pl_module) as model:
            seen = self.observe(model, self._drawn)
        self._write(trainer, moment, seen, time.perf_counter() - start)

    def _shown_probe(self) -> DrawnProbe | None:
        return self._drawn

    def _warn_of_steps_not_counted(self, trainer: Any) -> None:
        if trainer.global_step == 0 and trainer.current_epoch == 0 and trainer.is_global_zero:
            warnings.warn(
                f"{self.name} records by optimizer steps, and Lightning has counted none in an "
                "epoch. With manual optimization, step self.optimizers(), not your own ones.",
                MonitorWarning,
                stacklevel=2,
            )
