"""What all monitors share: schedule, writing, counters, overhead, and what happens on failure.

`Monitor` looks at the model on a probe, `TrainingMonitor` at what happens in a training step. It
knows when something is recorded and where; not what.
"""

from __future__ import annotations

import time
import warnings
import weakref
from collections.abc import Callable
from typing import Any, TypedDict

from lightning_callbacks.lightning_base import LightningCallback
from lightning_callbacks.overhead import Stopwatch
from lightning_callbacks.probe import DrawnProbe
from lightning_callbacks.records import Cost, Moment, MonitorRecords, Observation
from lightning_callbacks.schedule import Schedule
from lightning_callbacks.trainers import cannot_observe

# A monitor that fails this often in a row is switched off.
_MAX_FAILURES = 3


class MonitorWarning(UserWarning):
    """A monitor could not record something; training goes on as if it were not there."""


class RecorderOptions(TypedDict, total=False):
    """Keyword arguments that every monitor takes; `Recorder` says what they mean."""

    every_n_epochs: int | None
    every_n_train_steps: int | None
    steps_per_decade: int | None
    max_overhead: float | None
    mirror: bool
    strict: bool
    name: str | None


class Recorder(LightningCallback):
    """Records on schedule, without changing the training.

    An error inside never stops the training: it is warned of once with its cause, the record says
    there is a gap, and after three failures in a row the monitor is switched off.

    Args:
      every_n_epochs: as in `Schedule`; 1 by default.
      every_n_train_steps: as in `Schedule`.
      steps_per_decade: as in `Schedule`.
      untrained: as in `Schedule`.
      max_overhead: the largest fraction of training time to take; above it (and above 10 s in
        all) the interval is doubled, and the record says so. None: no limit.
      mirror: write TensorBoard's own scalars and histograms too, for its other tabs.
      strict: raise errors instead of warning.
      name: prefix of the tags; needed when a trainer has several monitors of a class.

    Raises:
      ValueError: arguments that exclude one another or are out of range.
    """

    default_name = "monitor"
    # The kind that says there is a gap.
    status_kind = "predictions"

    def __init__(  # noqa: PLR0913  # what a user may say of any monitor, in one flat list
        self,
        *,
        every_n_epochs: int | None = None,
        every_n_train_steps: int | None = None,
        steps_per_decade: int | None = None,
        untrained: bool = True,
        max_overhead: float | None = 0.05,
        mirror: bool = False,
        strict: bool = False,
        name: str | None = None,
    ) -> None:
        super().__init__()
        self.name = _checked_name(name or self.default_name)
        self.schedule = Schedule(
            every_n_epochs, every_n_train_steps, steps_per_decade, untrained=untrained
        )
        self._stopwatch = Stopwatch(max_overhead)
        self._mirror = mirror
        self._strict = strict
        self._trainer: weakref.ref[Any] | None = None
        self._start_over()

    def _start_over(self) -> None:
        """Forgets what belongs to one trainer's run."""
        self._records = MonitorRecords(self.name, self.status_kind, mirror=self._mirror)
        self._last_step: int | None = None
        self._failures = 0
        self._is_off = False

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

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002  # Lightning's
        """Begins to measure the monitor's own share of time."""
        self._stopwatch.restart()

    # Recording.

    def _is_step_due(self, trainer: Any) -> bool:
        """Whether the optimizer step that is about to be taken is due; the first one always is."""
        # Several optimizers, which the user steps by hand, count a step each.
        steps = trainer.global_step // max(1, len(trainer.optimizers)) + 1
        is_first = self.schedule.untrained and steps == 1
        ends_epoch = trainer.is_last_batch and self.schedule.due_after_epoch(trainer.current_epoch)
        return is_first or ends_epoch or self.schedule.due_after_step(steps)

    def _attempt(self, trainer: Any, moment: Moment, act: Callable[[], None]) -> None:
        """Calls `act`; what it raises is warned of and recorded as a gap, not raised."""
        if self._is_off or not trainer.is_global_zero:
            return
        start = time.perf_counter()
        try:
            refusal = cannot_observe(trainer)
            if refusal:
                raise RuntimeError(refusal)
            act()
        except Exception as error:
            if self._strict:
                raise
            self._note_failure(trainer, moment, error)
        self._stopwatch.add(time.perf_counter() - start)
        self._keep_within_overhead()

    def _write(self, trainer: Any, moment: Moment, seen: Observation, seconds: float) -> None:
        """Writes what was seen, at a cost of `seconds`; the monitor is well again."""
        self._last_step = moment.step
        cost = self._cost(1e3 * seconds)
        self._records.write(trainer, moment, self._shown_probe(), seen, cost)
        self._failures = 0

    def _shown_probe(self) -> DrawnProbe | None:
        """Returns the probe that the records are of; None for those of training itself."""
        return None

    def _cost(self, milliseconds: float | None) -> Cost:
        return Cost(milliseconds, self._stopwatch.overhead, str(self.schedule))

    def _note_failure(self, trainer: Any, moment: Moment, error: Exception) -> None:
        self._failures += 1
        self._last_step = moment.step
        cause = f"{type(error).__name__}: {error}".rstrip(".")
        self._is_off = self._failures >= _MAX_FAILURES
        if self._is_off:
            cause += f" (switched off after {_MAX_FAILURES} failures in a row)"
        try:
            self._records.write_gap(trainer, moment, self._shown_probe(), cause, self._cost(None))
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
