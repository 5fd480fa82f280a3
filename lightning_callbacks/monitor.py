"""The base of all monitors: when to record, on what, and what happens when it fails.

A monitor overrides `observe`. It is handed the unwrapped model and the probe, never the trainer:
the optimizer, the scaler and the data loaders are out of its reach.
"""

from __future__ import annotations

import time
import warnings
import weakref
from abc import abstractmethod
from typing import Any, TypedDict

from torch import nn

from lightning_callbacks.guard import untouched
from lightning_callbacks.lightning_base import LightningCallback
from lightning_callbacks.overhead import Stopwatch
from lightning_callbacks.probe import DrawnProbe, Probe
from lightning_callbacks.records import Cost, Moment, MonitorRecords, Observation
from lightning_callbacks.schedule import Schedule
from lightning_callbacks.trainers import (
    cannot_observe,
    draw_for,
    in_validate,
    unlogged,
    weights_at_end,
)
from tb_explain import schema

# A monitor that fails this often in a row is switched off.
_MAX_FAILURES = 3


class MonitorWarning(UserWarning):
    """A monitor could not record something; training goes on as if it were not there."""


class MonitorOptions(TypedDict, total=False):
    """Keyword arguments that every monitor takes; `Monitor` says what they mean."""

    probe: Probe | Any
    every_n_epochs: int | None
    every_n_train_steps: int | None
    steps_per_decade: int | None
    untrained: bool
    max_overhead: float | None
    strict: bool
    name: str | None


class Monitor(LightningCallback):
    """Records something about the model on schedule, without changing the training.

    An error inside never stops the training: it is warned of once with its cause, the record says
    there is a gap, and after three failures in a row the monitor is switched off.

    Args:
      probe: the samples to explain: a `Probe`, or what `Probe(data=...)` takes; by default 16
        of the validation data.
      every_n_epochs: as in `Schedule`; 1 by default.
      every_n_train_steps: as in `Schedule`.
      steps_per_decade: as in `Schedule`.
      untrained: record the model before its first step too, as epoch -1.
      max_overhead: the largest fraction of training time to take; above it (and above 10 s in
        all) the interval is doubled, and the record says so. None: no limit.
      strict: raise errors instead of warning.
      name: prefix of the tags; needed when a trainer has several monitors of a class.

    Raises:
      ValueError: arguments that exclude one another or are out of range.
    """

    default_name = "monitor"

    def __init__(  # noqa: PLR0913  # what a user may say of any monitor, in one flat list
        self,
        *,
        probe: Probe | Any = None,
        every_n_epochs: int | None = None,
        every_n_train_steps: int | None = None,
        steps_per_decade: int | None = None,
        untrained: bool = True,
        max_overhead: float | None = 0.05,
        strict: bool = False,
        name: str | None = None,
    ) -> None:
        super().__init__()
        self.name = _checked_name(name or self.default_name)
        self.schedule = Schedule(
            every_n_epochs, every_n_train_steps, steps_per_decade, untrained=untrained
        )
        self._probe = Probe.of(probe)
        self._stopwatch = Stopwatch(max_overhead)
        self._strict = strict
        self._trainer: weakref.ref[Any] | None = None
        self._start_over()

    def _start_over(self) -> None:
        """Forgets what belongs to one trainer's run."""
        self._drawn: DrawnProbe | None = None
        self._records = MonitorRecords(self.name)
        self._last_step: int | None = None
        self._loaded: tuple[int, int] | None = None
        self._failures = 0
        self._is_off = False

    @abstractmethod
    def observe(self, model: nn.Module, probe: DrawnProbe) -> Observation:
        """Returns what is to be recorded of `model`; called inside the guard."""

    # Lightning's hooks.

    @property
    def state_key(self) -> str:
        """Keeps several monitors of a trainer apart in its checkpoints."""
        return f"{type(self).__qualname__}[{self.name}]"

    def state_dict(self) -> dict[str, Any]:
        """Returns what a resumed run continues from."""
        return {
            **self._records.state_dict(),
            "last_step": self._last_step,
            "widening": self.schedule.widening,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continues the counters and the schedule of the run that is resumed."""
        self._records.load_state_dict(state_dict)
        self._last_step = state_dict.get("last_step")
        self.schedule.widening = state_dict.get("widening", 1)

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:  # noqa: ARG002  # Lightning's
        """Starts over in another trainer: its model, data and files are others."""
        if self._trainer is None or self._trainer() is not trainer:
            self._start_over()
            self._trainer = weakref.ref(trainer)

    def on_load_checkpoint(
        self,
        trainer: Any,  # noqa: ARG002  # Lightning's signature
        pl_module: Any,  # noqa: ARG002
        checkpoint: dict[str, Any],
    ) -> None:
        """Notes the step and epoch of a checkpoint, for `trainer.validate(ckpt_path=...)`."""
        self._loaded = (checkpoint.get("global_step", 0), checkpoint.get("epoch", 0))

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Records the untrained model, if this is the beginning of a training."""
        self._stopwatch.restart()
        if self.schedule.untrained and trainer.global_step == 0:
            self._record(trainer, pl_module, Moment(0, schema.UNTRAINED_EPOCH))

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *_step: Any) -> None:
        """Records if an optimizer step was completed and it is due."""
        if self.schedule.due_after_step(trainer.global_step):
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
        moment = Moment(trainer.global_step, max(0, trainer.current_epoch - 1))
        if self._loaded and not trainer.global_step:
            moment = Moment(*self._loaded)
            self._last_step = None
        self._record(trainer, pl_module, moment)

    # Recording.

    def _record(self, trainer: Any, pl_module: Any, moment: Moment) -> None:
        # A tag has one value per step: the reader of blobs keeps the first it sees.
        already = self._last_step == moment.step
        if self._is_off or already or not trainer.is_global_zero:
            return
        start = time.perf_counter()
        self._last_step = moment.step
        try:
            self._observe_and_write(trainer, pl_module, moment)
            self._failures = 0
        except Exception as error:
            if self._strict:
                raise
            self._note_failure(trainer, moment, error)
        self._stopwatch.add(time.perf_counter() - start)
        self._keep_within_overhead()

    def _warn_of_steps_not_counted(self, trainer: Any) -> None:
        if trainer.global_step == 0 and trainer.current_epoch == 0 and trainer.is_global_zero:
            warnings.warn(
                f"{self.name} records by optimizer steps, and Lightning has counted none in an "
                "epoch. With manual optimization, step self.optimizers(), not your own ones.",
                MonitorWarning,
                stacklevel=2,
            )

    def _observe_and_write(self, trainer: Any, pl_module: Any, moment: Moment) -> None:
        start = time.perf_counter()
        refusal = cannot_observe(trainer)
        if refusal:
            raise RuntimeError(refusal)
        if self._drawn is None:
            self._drawn, notes = draw_for(trainer, pl_module, self._probe)
            self._records.notes += notes
        probe = self._drawn
        with unlogged(pl_module), untouched(pl_module) as model:
            seen = self.observe(model, probe)
        cost = self._cost(1e3 * (time.perf_counter() - start))
        self._records.write(trainer, moment, probe, seen, cost)

    def _cost(self, milliseconds: float | None) -> Cost:
        return Cost(milliseconds, self._stopwatch.overhead, str(self.schedule))

    def _note_failure(self, trainer: Any, moment: Moment, error: Exception) -> None:
        self._failures += 1
        cause = f"{type(error).__name__}: {error}".rstrip(".")
        self._is_off = self._failures >= _MAX_FAILURES
        if self._is_off:
            cause += f" (switched off after {_MAX_FAILURES} failures in a row)"
        try:
            self._records.write_gap(trainer, moment, self._drawn, cause, self._cost(None))
        except Exception as unwritten:  # noqa: BLE001  # a full disk must not end the training
            cause += f"; nor could the gap be written: {type(unwritten).__name__}: {unwritten}"
        if self._failures == 1 or self._is_off:
            warnings.warn(
                f"{self.name} recorded nothing at step {moment.step}: {cause}. Training goes on.",
                MonitorWarning,
                stacklevel=2,
            )

    def _keep_within_overhead(self) -> None:
        excess = self._stopwatch.excess()
        if excess:
            self.schedule.widening *= 2
            self._stopwatch.restart()
            self._records.notes.append(f"{excess}, so the schedule is now {self.schedule}")


def _checked_name(name: str) -> str:
    # TensorBoard's data server can't read back tags that JSON would have to escape.
    if not name.isascii() or not name.isprintable() or set(name) & set('"\\/'):
        raise ValueError(
            f"name={name!r} begins this monitor's tags, and must be printable ASCII without "
            "slashes, backslashes and quotes."
        )
    return name
