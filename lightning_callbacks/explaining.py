"""`explain(...)`: one line that records what fits the model and its data."""

from __future__ import annotations

import time
import warnings
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from torch import nn

from lightning_callbacks.causes import MonitorWarning
from lightning_callbacks.choosing import PRESETS, Preset, Setup, choose
from lightning_callbacks.choosing.build import CALLBACKS, build
from lightning_callbacks.choosing.choose import Chosen, Wanted, of_any_model
from lightning_callbacks.choosing.look import short
from lightning_callbacks.choosing.setup import OVERHEADS
from lightning_callbacks.choosing.words import table
from lightning_callbacks.destinations import goes_on_from, training_begins
from lightning_callbacks.forwarding import ForwardSpec
from lightning_callbacks.graph import ModelGraphMonitor
from lightning_callbacks.host import Host
from lightning_callbacks.in_step import InStep
from lightning_callbacks.keep import Keep, KeepOption
from lightning_callbacks.lightning_base import LightningCallback
from lightning_callbacks.monitor import Monitor
from lightning_callbacks.overhead import SharedBudget
from lightning_callbacks.probe import Probe
from lightning_callbacks.recorder import Need, Recorder, RecorderOptions
from lightning_callbacks.records import Cost, Moment, MonitorRecords, Observation
from lightning_callbacks.telling import say
from lightning_callbacks.together import from_first
from lightning_callbacks.tokens import Tokenizer
from lightning_callbacks.trainers import in_validate
from tb_explain import schema

_READ_IN_CHECKPOINTS = ("global_step", "epoch", "averaging_state")


def _delegating(hook: str) -> Callable[..., None]:
    """Returns a hook of Lightning's that tells the monitors."""

    def tell(self: Explain, *arguments: Any) -> None:
        self._tell(hook, *arguments)

    tell.__name__ = hook
    tell.__doc__ = "Tells the monitors."
    return tell


class Explain(LightningCallback):
    """Records what fits the model and its data, chosen when the training begins.

    It looks at some validation samples and at what the model makes of them: images, texts, tables
    or series, classes or a number; and at where users keep names of classes and columns and
    tokenizers. What was chosen, what was left out and why is printed once, and recorded.

    Args:
      probe: the samples to explain: a `Probe`, or what `Probe(data=...)` takes; by default 16 of
        the validation data.
      preset: "light", "standard" or "full"; the last has no limit of time: checks of
        explanations, summaries of many samples, surrogates and sensitivities too.
      max_overhead: the largest fraction of training time that all monitors may take together,
        once they took a second, which is free, as is choosing; above it the costliest record less
        often, until what the first records took is paid off. None: 0.01 of "light", 0.02 of
        "standard".
      class_names: by default those that are found.
      feature_names: of a table's columns; by default those that are found.
      tokenizer: how token ids read as text; by default the one that is found.
      forward: how to get logits, as in `forwarding.run`; by default it is found.
      without: classes of monitors that are not wanted, by name.
      mirror: write TensorBoard's own scalars and histograms too, for its other tabs.
      strict: raise errors instead of warning.
      keep: which records stay, as for every `Recorder`: "all", "thinned", a number or a `Keep`.

    Raises:
      ValueError: an unknown preset or monitor, a `keep` that is none, or a limit that is no
        positive number.
    """

    # It leaves out what a loop of one's own or a checkpoint does not have.
    needs: frozenset[Need] = frozenset()

    def __init__(  # noqa: PLR0913  # one flat list of what a user may say
        self,
        probe: Probe | Any = None,
        *,
        preset: Preset = "standard",
        max_overhead: float | None = None,
        class_names: Sequence[str] | None = None,
        feature_names: Sequence[str] | None = None,
        tokenizer: Tokenizer | None = None,
        forward: ForwardSpec | None = None,
        without: Sequence[str] = (),
        mirror: bool = False,
        strict: bool = False,
        keep: KeepOption = "all",
    ) -> None:
        super().__init__()
        self._without = [without] if isinstance(without, str) else list(without)
        _check(preset, self._without)
        self._probe = _completed(
            Probe.of(probe), {"class_names": class_names, "tokenizer": tokenizer}
        )
        self._wanted = Wanted(preset, self._probe, forward, feature_names)
        self._limit = OVERHEADS[preset] if max_overhead is None else max_overhead
        SharedBudget(self._limit)
        self._options: RecorderOptions = {
            "mirror": mirror,
            "strict": strict,
            "keep": Keep.of(keep),
        }
        self._trainer: weakref.ref[Any] | None = None
        self._start_over()

    def _start_over(self) -> None:
        """Forgets what belongs to one trainer's run."""
        self.monitors: Sequence[Recorder] = ()
        # By hook: steps are short, and most monitors wait for the ends of epochs.
        self._listeners: dict[str, list[Recorder]] = {}
        self.chosen: Setup | None = None
        self._records = MonitorRecords("explain", "setup", mirror=False)
        self._checkpoint: dict[str, Any] | None = None
        self._only_validates = False
        self._state: dict[str, Any] = {}

    # Lightning's hooks.

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Starts over in another trainer: its model, data and files are others."""
        if self._trainer is None or self._trainer() is not trainer:
            self._start_over()
            self._trainer = weakref.ref(trainer)
        self._tell("setup", trainer, pl_module, stage)

    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Lets go of the event file, if it is not a logger's."""
        self._tell("teardown", trainer, pl_module, stage)

    @property
    def state_key(self) -> str:
        """Its name in checkpoints."""
        return type(self).__qualname__

    def state_dict(self) -> dict[str, Any]:
        """Returns what a resumed run continues from."""
        if self.chosen is None:
            return self._state
        states = {monitor.state_key: monitor.state_dict() for monitor in self.monitors}
        return {"monitors": states, "records": self._records.state_dict()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continues the run that is resumed, once its monitors are chosen."""
        self._state = state_dict
        self._restore()

    def on_load_checkpoint(
        self,
        trainer: Any,
        pl_module: Any,  # noqa: ARG002  # Lightning's signature
        checkpoint: dict[str, Any],
    ) -> None:
        """Notes a checkpoint's moment, for `trainer.validate(ckpt_path=...)`, and its place."""
        own = checkpoint.get("callbacks", {}).get(self.state_key, {}).get("records", {})
        goes_on_from(trainer, own.get("directory"))
        # Not its weights, which may be large; of what averages them, that it is there.
        names = [name for name in _READ_IN_CHECKPOINTS if name in checkpoint]
        self._checkpoint = {
            name: checkpoint[name] if name != "averaging_state" else None for name in names
        }

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Chooses what to record, and begins."""
        training_begins(trainer)
        if self._only_validates:
            # Without a training less can be chosen; what was written is not written again.
            written = self.state_dict()
            self._start_over()
            self._state = written
        self.choose(trainer, pl_module)
        self._tell("on_train_start", trainer, pl_module)

    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        """Chooses what to record, in `trainer.validate`."""
        if in_validate(trainer):
            self._only_validates |= self.chosen is None
            self.choose(trainer, pl_module)
            if self._checkpoint:
                self._tell("on_load_checkpoint", trainer, pl_module, self._checkpoint)
        self._tell("on_validation_start", trainer, pl_module)

    on_train_batch_start = _delegating("on_train_batch_start")
    on_before_backward = _delegating("on_before_backward")
    on_after_backward = _delegating("on_after_backward")
    on_before_optimizer_step = _delegating("on_before_optimizer_step")
    on_train_batch_end = _delegating("on_train_batch_end")
    on_train_epoch_end = _delegating("on_train_epoch_end")
    on_train_end = _delegating("on_train_end")
    on_validation_batch_end = _delegating("on_validation_batch_end")
    on_validation_end = _delegating("on_validation_end")
    on_exception = _delegating("on_exception")

    def _tell(self, hook: str, *arguments: Any) -> None:
        if hook not in self._listeners:
            alone = arguments[0].world_size == 1
            self._listeners[hook] = [m for m in self.monitors if _listens(m, hook, alone)]
        for monitor in self._listeners[hook]:
            getattr(monitor, hook)(*arguments)

    # Choosing.

    def choose(self, trainer: Any, pl_module: nn.Module) -> None:
        """Chooses, in the first process, for all; writes and prints it; nothing if that is done."""
        if self.chosen is not None:
            return
        start = time.perf_counter()
        made: list[Chosen] = []

        def chosen_setup() -> Setup:
            made.append(self._chosen(trainer, pl_module))
            return made[0].setup

        setup: Setup = from_first(trainer, chosen_setup)
        chosen = made[0] if made else None
        if self._wanted.forward is not None:
            setup = replace(setup, forward=self._wanted.forward)
        self.chosen = setup
        probe = chosen.probe if chosen else _completed(self._probe, setup.probe)
        budget = SharedBudget(self._limit)
        self.monitors, self._listeners = build(setup, probe, budget, **self._options), {}
        for choice, monitor in zip(setup.choices, self.monitors, strict=True):
            monitor.setup(trainer, pl_module, "fit")
            if isinstance(monitor, Monitor) and choice.samples is None and chosen and chosen.drawn:
                monitor.take(chosen.drawn)
        self._restore()
        if trainer.is_global_zero:
            self._say(trainer, setup, 1e3 * (time.perf_counter() - start))

    def _chosen(self, trainer: Any, pl_module: nn.Module) -> Chosen:
        """Returns what was chosen; where that fails, what works for any model."""
        try:
            chosen = choose(trainer, pl_module, self._wanted)
            build(chosen.setup, chosen.probe, SharedBudget(None), **self._options)  # for its errors
        except Exception as error:
            if self._options["strict"]:
                raise
            problem = f"choosing failed: {type(error).__name__}: {short(error)}"
            warnings.warn(
                f"explain() takes what works for any model, since {problem}",
                MonitorWarning,
                stacklevel=2,
            )
            chosen = of_any_model(trainer, pl_module, self._wanted, problem)
        return Chosen(chosen.setup.without(self._without), chosen.probe, chosen.drawn)

    def _restore(self) -> None:
        """Hands the state of a checkpoint to the monitors that were chosen."""
        if self.chosen is None:
            return
        states = self._state.get("monitors", {})
        for monitor in self.monitors:
            if monitor.state_key in states:
                monitor.load_state_dict(states[monitor.state_key])
        self._records.load_state_dict(self._state.get("records", {}))

    def _say(self, trainer: Any, setup: Setup, milliseconds: float) -> None:
        schedules = [(monitor.name, _every(monitor, trainer)) for monitor in self.monitors]
        limit = None if in_validate(trainer) else self._limit  # no training to slow down
        say(trainer, table(setup, [every for _, every in schedules], limit))
        is_new = trainer.global_step == 0
        epoch = schema.UNTRAINED_EPOCH if is_new else trainer.current_epoch
        part = setup.part(schedules, limit, milliseconds)
        try:
            self._records.write(
                trainer,
                Moment(trainer.global_step, epoch),
                None,
                Observation([], tables=[part]),
                Cost(milliseconds, None, ""),
            )
        except Exception as error:
            if self._options["strict"]:
                raise
            warnings.warn(
                f"explain() could not write what it records: {error}", MonitorWarning, stacklevel=2
            )


def explain(probe: Probe | Any = None, **options: Any) -> Explain:
    """Returns a callback that records what fits the model and its data.

        trainer = Trainer(callbacks=explain())

    Args:
      probe: as for `Explain`.
      **options: likewise.

    Raises:
      ValueError: likewise.
    """
    return Explain(probe, **options)


def _check(preset: str, without: Sequence[str]) -> None:
    if preset not in PRESETS:
        raise ValueError(f"Unknown preset {preset!r}. Expect one of {list(PRESETS)}.")
    unknown = [name for name in without if name not in CALLBACKS]
    if unknown:
        raise ValueError(f"without={unknown[0]!r} is no monitor. Expect some of {list(CALLBACKS)}.")


def _listens(monitor: Recorder, hook: str, alone: bool) -> bool:
    """Whether the monitor does something at a hook, in one process `alone` or among others."""
    lines = [base for base in type(monitor).__mro__ if issubclass(base, LightningCallback)]
    if alone:  # there is nobody to be in step with
        lines = [base for base in lines if base is not InStep]
    return any(hook in vars(base) for base in lines)


def _every(monitor: Recorder, trainer: Any) -> str:
    """Returns when the monitor records; where nothing is trained, no schedule decides."""
    if isinstance(monitor, ModelGraphMonitor):
        return "once"
    if not in_validate(trainer):
        return str(monitor.schedule)
    return "every checkpoint" if isinstance(trainer, Host) else "once"


def _completed(probe: Probe, given: Mapping[str, Any]) -> Probe:
    """Returns `probe` with what is given of its attributes."""
    return replace(probe, **{name: value for name, value in given.items() if value is not None})
