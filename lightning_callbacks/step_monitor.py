"""The base of the monitors of training steps: gradients and weights, around an optimizer step.

They only read: parameters and gradients are looked at where they are, no model is run.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import torch
from torch import nn
from typing_extensions import Unpack

from lightning_callbacks.alarm import Alarm
from lightning_callbacks.alerts import AlertLimits, Rule
from lightning_callbacks.in_step import InStep
from lightning_callbacks.layer_records import Layer, LayerRecord
from lightning_callbacks.recorder import RecorderOptions
from lightning_callbacks.records import Moment, Observation, Part

DEFAULT_STEPS = 50
_RHYTHMS = ("every_n_epochs", "every_n_train_steps", "steps_per_decade")
_NAMED_IN_ERRORS = 8


class StepMonitorOptions(RecorderOptions, total=False):
    """Keyword arguments that `GradientMonitor` and `WeightMonitor` take."""

    parameters: Sequence[str] | str | None
    limits: AlertLimits | None
    stop_on: Rule | None
    log_alerts: bool


class StepMonitor(InStep):
    """Records something around an optimizer step; the first one and every 50th by default.

    Args:
      parameters: names or globs ("encoder.*.weight") of those to record; None: all that are
        trained.
      limits: from where on something is worth an alert.
      stop_on: the rule whose first alert ends the training, as "non_finite"; None: none.
      log_alerts: log the number of alerts of each rule as "<name>/<rule>", for EarlyStopping.
      **options: as for every `Recorder`; the schedule is every 50 training steps by default.

    Raises:
      ValueError: arguments that exclude one another or are out of range.
    """

    status_kind = "layer_statistics"
    what = ""

    def __init__(
        self,
        *,
        parameters: Sequence[str] | str | None = None,
        limits: AlertLimits | None = None,
        stop_on: Rule | None = None,
        log_alerts: bool = False,
        **options: Unpack[RecorderOptions],
    ) -> None:
        if not any(options.get(name) for name in _RHYTHMS):
            options["every_n_train_steps"] = DEFAULT_STEPS
        self._alarm = Alarm(self.what, limits, stop_on, log=log_alerts)
        super().__init__(**options)
        self.needs = self._alarm.needs | {"optimizer steps"}
        self._globs = [parameters] if isinstance(parameters, str) else parameters

    def _start_over(self) -> None:
        super()._start_over()
        self._alarm.start_over()
        self._seconds: float | None = None
        self.rows: dict[str, Layer] = {}

    @abstractmethod
    def before_step(self, trainer: Any, optimizer: Any, named: dict[str, nn.Parameter]) -> None:
        """Looks at gradients that are unscaled, accumulated and reduced, and not yet clipped."""

    @abstractmethod
    def after_step(self) -> LayerRecord:
        """Returns what is to be recorded, once all optimizers of the batch have stepped."""

    def further_parts(self) -> Sequence[Part]:
        """Returns records beside those of the layers."""
        return ()

    # Lightning's hooks.

    def state_dict(self) -> dict[str, Any]:
        """Returns what a resumed run continues from."""
        return {**super().state_dict(), "alerts": self._alarm.alerts.state_dict()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continues counters, schedule and alerts of the run that is resumed."""
        super().load_state_dict(state_dict)
        self._alarm.alerts.load_state_dict(state_dict.get("alerts", {}))

    def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
        """Looks at the gradients, if the step is due."""
        if self._is_step_due(trainer):
            moment = Moment(trainer.global_step + 1, trainer.current_epoch)
            self._attempt(trainer, moment, lambda: self._before(trainer, pl_module, optimizer))

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *step: Any) -> None:
        """Records what the batch's optimizer steps were, if they were looked at."""
        super().on_train_batch_end(trainer, pl_module, *step)
        if self._seconds is not None:
            moment = Moment(trainer.global_step, trainer.current_epoch)
            self._attempt(trainer, moment, lambda: self._after(trainer, moment))
            self._seconds = None
        self._alarm.stop(trainer, lambda: self._meets(trainer, trainer.global_step, "stop"))
        self._alarm.log(pl_module, self.name)

    # Recording.

    def _before(self, trainer: Any, pl_module: nn.Module, optimizer: Any) -> None:
        start = time.perf_counter()
        in_optimizer = _held_by([optimizer])
        chosen = dict(self._chosen(pl_module))
        self._check_any(chosen, pl_module, _held_by(trainer.optimizers))
        if not chosen.keys() <= self.rows.keys():
            self._add_rows(chosen, pl_module)
        named = {name: p for name, p in chosen.items() if id(p) in in_optimizer}
        if not named:  # the step of an optimizer whose parameters were not asked for
            return
        with torch.no_grad():
            self.before_step(trainer, optimizer, named)
        self._seconds = (self._seconds or 0.0) + time.perf_counter() - start

    def _after(self, trainer: Any, moment: Moment) -> None:
        start = time.perf_counter()
        with torch.no_grad():
            record = self.after_step()
        table = record.table()
        changes = self._alarm.check(moment.step, record)
        parts = [*record.parts(table), *self.further_parts(), *changes]
        seconds = (self._seconds or 0.0) + time.perf_counter() - start
        self._write(trainer, moment, Observation(parts, tables=[table]), seconds)
        self._alarm.act(self.name, changes)

    def _add_rows(self, chosen: Mapping[str, nn.Parameter], module: nn.Module) -> None:
        # `toggle_optimizer` lets only one optimizer's parameters be trained at a time.
        known = self.rows | _rows(chosen, module)
        names = (_plain(name) for name, _ in module.named_parameters())
        self.rows = {name: known[name] for name in names if name in known}

    def _chosen(self, module: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
        for name, parameter in module.named_parameters():
            plain = _plain(name)
            if parameter.requires_grad and self._matches(plain):
                yield plain, parameter

    def _check_any(
        self, chosen: Mapping[str, nn.Parameter], module: nn.Module, held: Container[int]
    ) -> None:
        if chosen or self.rows:
            return
        trained = [
            _plain(name)
            for name, p in module.named_parameters()
            if p.requires_grad or id(p) in held
        ]
        if not any(map(self._matches, trained)):
            raise ValueError(
                f"parameters={self._globs} match none that is trained. The model has "
                f"{trained[:_NAMED_IN_ERRORS]}{' and more' * (len(trained) > _NAMED_IN_ERRORS)}."
            )

    def _matches(self, name: str) -> bool:
        return self._globs is None or any(fnmatchcase(name, glob) for glob in self._globs)


def _held_by(optimizers: Iterable[Any]) -> set[int]:
    """Returns the ids of the optimizers' parameters."""
    return {id(p) for each in optimizers for group in each.param_groups for p in group["params"]}


def _plain(name: str) -> str:
    """Returns a name without what torch.compile puts in."""
    return name.replace("_orig_mod.", "")


def _rows(chosen: Mapping[str, nn.Parameter], module: nn.Module) -> dict[str, Layer]:
    types = {_plain(name): type(part).__name__ for name, part in module.named_modules()}
    return {
        name: Layer(name, types[name.rpartition(".")[0]], list(p.shape), p.numel())
        for name, p in chosen.items()
    }
