"""What all monitors share: schedule, writing, counters, overhead, and what happens on failure.

`Monitor` looks at the model on a probe, `TrainingMonitor` at what happens in a training step. It
knows when something is recorded and where; not what.
"""

from __future__ import annotations

import time
import warnings
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal, TypedDict

from lightning_callbacks.causes import MonitorWarning, RefusedError, cause_of
from lightning_callbacks.destinations import goes_on_from, training_begins, training_ends
from lightning_callbacks.keep import Keep, KeepOption
from lightning_callbacks.lightning_base import LightningCallback
from lightning_callbacks.overhead import SharedBudget, Stopwatch
from lightning_callbacks.probe import DrawnProbe
from lightning_callbacks.records import Cost, Moment, MonitorRecords, Observation
from lightning_callbacks.schedule import Schedule
from lightning_callbacks.trainers import Weights, cannot_observe
from lightning_callbacks.writer import UnwritableError

Need = Literal["optimizer steps", "training batches", "validation", "logging"]
# A monitor that fails this often in a row is switched off.
_MAX_FAILURES = 3


class RecorderOptions(TypedDict, total=False):
    """Keyword arguments that every monitor takes; `Recorder` says what they mean."""

    every_n_epochs: int | None
    every_n_train_steps: int | None
    steps_per_decade: int | None
    max_overhead: float | None
    mirror: bool
    strict: bool
    keep: KeepOption
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
      keep: which records stay: "all"; "thinned", ever further apart, 64 for each doubling of the
        run's length, and the last 50; a number, the first and so many of the last; or a `Keep`.
      name: prefix of the tags; needed when a trainer has several monitors of a class.

    Raises:
      ValueError: arguments that exclude one another or are out of range.
    """

    default_name = "monitor"
    # What must be there besides steps and epochs that end, not all of which loops of one's own,
    # other trainers and checkpoints have.
    needs: frozenset[Need] = frozenset()
    # Whether a record depends on those before it: then checkpoints are explained in their order.
    remembers = True
    # Whether it needs the parameters, and needs them whole in its own process.
    whole_model = True
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
        keep: KeepOption = "all",
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
        self._to_keep = Keep.of(keep)
        self._trainer: weakref.ref[Any] | None = None
        self._start_over()

    def _start_over(self) -> None:
        """Forgets what belongs to one trainer's run."""
        self._records = MonitorRecords(
            self.name, self.status_kind, mirror=self._mirror, keep=self._to_keep
        )
        self._last_step: int | None = None
        self._loaded: Moment | None = None
        self._failures = 0
        self._is_off = False
        # Since which step nothing can be written, and the note that says so.
        self._unwritable: tuple[int, str] | None = None

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

    def on_load_checkpoint(
        self,
        trainer: Any,
        pl_module: Any,  # noqa: ARG002  # Lightning's signature
        checkpoint: dict[str, Any],
    ) -> None:
        """Notes a checkpoint's moment, for `trainer.validate(ckpt_path=...)`, and its place."""
        own = checkpoint.get("callbacks", {}).get(self.state_key, {})
        goes_on_from(trainer, own.get("directory"))
        weights: Weights = "averaged" if "averaging_state" in checkpoint else "raw"
        step, epoch = checkpoint.get("global_step", 0), checkpoint.get("epoch", 0)
        self._loaded = Moment(step, epoch, weights)

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:  # noqa: ARG002  # Lightning's
        """Starts over in another trainer: its model, data and files are others."""
        if self._trainer is None or self._trainer() is not trainer:
            self._start_over()
            self._trainer = weakref.ref(trainer)
        refusal = cannot_observe(trainer, whole_model=self.whole_model)
        if refusal and trainer.is_global_zero:
            warnings.warn(f"{refusal}. Training goes on.", MonitorWarning, stacklevel=2)

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002  # Lightning's
        """Begins to measure the monitor's own share of time, and to write."""
        self._stopwatch.begin(self.schedule, trainer.global_step, trainer.current_epoch)
        training_begins(trainer)

    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:  # noqa: ARG002  # Lightning's
        """Lets go of the event file, if it is not a logger's."""
        if trainer.is_global_zero:
            try:
                self._records.close()
                training_ends(trainer)
            except UnwritableError as error:
                moment = Moment(trainer.global_step, trainer.current_epoch)
                self._note_unwritable(trainer, moment, error)

    # Recording.

    def share_budget(self, budget: SharedBudget) -> None:
        """Keeps within a limit that other monitors share, in place of `max_overhead`."""
        self._stopwatch = budget.stopwatch(self.schedule)

    def note(self, text: str) -> None:
        """Says something with the next record."""
        self._records.notes.append(text)

    def _validated_moment(self, trainer: Any) -> Moment:
        """Returns when the weights that `trainer.validate` runs were made; may be another time."""
        if self._loaded is None or trainer.global_step:
            return Moment(trainer.global_step, max(0, trainer.current_epoch - 1))
        self._last_step = None
        return self._loaded

    def _is_step_due(self, trainer: Any) -> bool:
        """Whether the optimizer step that is about to be taken is due; the first one always is."""
        # Several optimizers, which the user steps by hand, count a step each.
        steps = trainer.global_step // max(1, len(trainer.optimizers)) + 1
        is_first = self.schedule.untrained and steps == 1
        ends_epoch = trainer.is_last_batch and self._is_epoch_due(trainer)
        return is_first or ends_epoch or self.schedule.due_after_step(steps)

    def _is_epoch_due(self, trainer: Any) -> bool:
        """Whether the epoch is due; the last one is where the schedule had to be widened."""
        last = getattr(trainer, "max_epochs", None) or 0  # below 1: nobody knows
        is_last = self.schedule.widening > 1 and trainer.current_epoch + 1 == last
        return is_last or self.schedule.due_after_epoch(trainer.current_epoch)

    def _attempt(self, trainer: Any, moment: Moment, act: Callable[[], None]) -> None:
        """Calls `act`; what it raises is warned of and recorded as a gap, not raised."""
        if self._is_off or not trainer.is_global_zero:
            return
        start, before = time.perf_counter(), self._last_step
        try:
            refusal = cannot_observe(trainer, whole_model=self.whole_model)
            if refusal:
                raise RefusedError(refusal)
            self._records.check(trainer)
            act()
        except Exception as error:
            if self._strict:
                raise
            if isinstance(error, UnwritableError):
                self._note_unwritable(trainer, moment, error)
            else:
                self._note_failure(trainer, moment, error)
        self._stopwatch.add(time.perf_counter() - start)
        if self._last_step != before:
            self._keep_within_overhead(moment)

    def _write(self, trainer: Any, moment: Moment, seen: Observation, seconds: float) -> None:
        """Writes what was seen, at a cost of `seconds`; the monitor is well again."""
        self._last_step = moment.step
        cost = self._cost(1e3 * seconds)
        self._records.write(trainer, moment, self._shown_probe(), seen, cost)
        self._failures = 0
        self._unwritable = None

    def _shown_probe(self) -> DrawnProbe | None:
        """Returns the probe that the records are of; None for those of training itself."""
        return None

    def _cost(self, milliseconds: float | None) -> Cost:
        return Cost(milliseconds, self._stopwatch.overhead, str(self.schedule))

    def _note_failure(self, trainer: Any, moment: Moment, error: Exception) -> None:
        self._failures += 1
        self._last_step = moment.step
        cause = cause_of(error)
        is_refused = isinstance(error, RefusedError)  # of which `setup` has warned
        self._is_off = is_refused or self._failures >= _MAX_FAILURES
        if self._is_off and not is_refused:
            cause += f" (switched off after {_MAX_FAILURES} failures in a row)"
        try:
            self._records.write_gap(trainer, moment, self._shown_probe(), cause, self._cost(None))
        except Exception as unwritten:  # noqa: BLE001  # a full disk must not end the training
            cause += f"; nor could the gap be written: {type(unwritten).__name__}: {unwritten}"
        if not is_refused and (self._failures == 1 or self._is_off):
            warnings.warn(
                f"{self.name} recorded nothing at step {moment.step}: {cause}. Training goes on.",
                MonitorWarning,
                stacklevel=2,
            )

    def _note_unwritable(self, trainer: Any, moment: Moment, error: UnwritableError) -> None:
        """Says so once, and with the next record, since a disk that is full may be emptied."""
        self._last_step = moment.step
        if self._unwritable is None:
            since = moment.step
            with suppress(Exception):  # nor may there be room for this
                self._records.write_gap(
                    trainer, moment, self._shown_probe(), str(error), self._cost(None)
                )
            warnings.warn(
                f"{self.name} recorded nothing at step {moment.step}: {error}. Training goes on, "
                "and what is due later is tried again.",
                MonitorWarning,
                stacklevel=2,
            )
        else:
            since, note = self._unwritable
            self._records.notes.remove(note)
        until = f" to {moment.step}" * (moment.step != since)
        note = f"nothing could be written {'from' if until else 'at'} step {since}{until}"
        self._unwritable = (since, note)
        self.note(note)

    def _keep_within_overhead(self, moment: Moment) -> None:
        why = self._stopwatch.hold(self.schedule, moment.step, moment.epoch)
        if why:
            self._records.notes.append(f"{why}, so the schedule is now {self.schedule}")


def _checked_name(name: str) -> str:
    # TensorBoard's data server can't read back tags that JSON would have to escape.
    if not name.isascii() or not name.isprintable() or set(name) & set('"\\/'):
        raise ValueError(
            f"name={name!r} begins this monitor's tags, and must be printable ASCII without "
            "slashes, backslashes and quotes."
        )
    return name
