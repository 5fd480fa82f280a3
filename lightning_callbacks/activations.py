"""`ActivationMonitor`: what comes out of the layers, which units are dead, what saturates."""

from __future__ import annotations

import time
from collections.abc import Container, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import torch
from torch import nn
from typing_extensions import Unpack

from lightning_callbacks.activation_totals import Seen, seen_of, together
from lightning_callbacks.alarm import Alarm
from lightning_callbacks.alerts import AlertLimits, Rule
from lightning_callbacks.batches import to_model
from lightning_callbacks.compiled import inside_compiled
from lightning_callbacks.feature_maps import FeatureMaps
from lightning_callbacks.forwarding import ForwardSpec, run
from lightning_callbacks.guard import unwrap
from lightning_callbacks.in_step import InStep
from lightning_callbacks.layer_records import LayerRecord, Statistic
from lightning_callbacks.layers import LayerSpec, named_layers
from lightning_callbacks.monitor import Monitor, MonitorOptions
from lightning_callbacks.probe import DrawnProbe
from lightning_callbacks.records import Moment, Observation, Part
from lightning_callbacks.together import from_all, from_this
from lightning_callbacks.trainers import cannot_observe, gathered
from lightning_callbacks.watched_layers import default_layers
from lightning_callbacks.watching import (
    QUANTILES,
    Watch,
    watching,
)

Source = Literal["probe", "training"]

STATISTICS = (
    Statistic("mean", "mean", scale="signed"),
    Statistic("std", "standard deviation", scale="log"),
    Statistic("min", "smallest", scale="signed"),
    *(
        Statistic(f"q{round(100 * q):02d}", f"{round(100 * q)} % quantile", scale="signed")
        for q in QUANTILES
    ),
    Statistic("max", "largest", scale="signed"),
    Statistic("zeros", "zeros", scale="fraction"),
    Statistic("saturated", "saturated", scale="fraction"),
    Statistic("silent", "silent units", scale="fraction"),
    Statistic("dead", "dead units", unit="units"),
    Statistic("nonfinite", "NaN and infinite", unit="values"),
    Statistic("sample_std", "deviation between samples", scale="log"),
)


class ActivationMonitor(InStep, Monitor):
    """Records what comes out of layers: statistics, dead units, histograms, feature maps.

    Per layer: mean, standard deviation, quantiles, fractions of zeros and of outputs at the
    activation's own limits (tanh, sigmoid and the clipped ones), silent units (zero on every sample
    and position), dead units (silent in `dead_after` records in a row), NaN and infinities,
    the deviation between samples, and an exact histogram (`tb_explain.histograms`).

    Args:
      layers: names, globs, classes or modules; None takes activations, blocks (members of a
        Sequential or ModuleList that have parts) and the last linear layer.
      source: "probe" runs the model on the probe, in eval mode; "training" looks at the batches of
        training as they pass through the model, in all processes (see `activation_totals.together`
        for what is exact then).
      feature_maps: at most this many layers' maps are kept, of the probe only; 0: none.
      channels: which to keep of those, or how many: the most varied ones at the first record.
      map_samples: of how many samples maps are kept.
      dead_after: records in a row.
      forward: how to run the model, as for `GradCAMMonitor`.
      limits: from where on something is worth an alert.
      stop_on: the rule whose first alert ends the training, as "non_finite"; None: none.
      log_alerts: log the number of alerts of each rule as "<name>/<rule>", for EarlyStopping.
      **options: as for every `Monitor`.

    Raises:
      ValueError: arguments that exclude one another or are out of range.
    """

    default_name = "activations"
    status_kind = "layer_statistics"

    def __init__(  # noqa: PLR0913  # one flat list of what a user may say
        self,
        layers: Sequence[LayerSpec] | LayerSpec | None = None,
        *,
        source: Source = "probe",
        feature_maps: int = 4,
        channels: int | Sequence[int] = 8,
        map_samples: int = 8,
        dead_after: int = 3,
        forward: ForwardSpec | None = None,
        limits: AlertLimits | None = None,
        stop_on: Rule | None = None,
        log_alerts: bool = False,
        **options: Unpack[MonitorOptions],
    ) -> None:
        if source not in ("probe", "training"):
            raise ValueError(f"source must be 'probe' or 'training', not {source!r}.")
        if dead_after < 1:
            raise ValueError(f"dead_after must be 1 or more records, not {dead_after}.")
        self._alarm = Alarm("activations", limits, stop_on, log=log_alerts)
        self._maps = FeatureMaps(feature_maps, channels, map_samples)
        super().__init__(**options)
        self._layers = [layers] if isinstance(layers, (str, nn.Module, type)) else layers
        self._source = source
        self.whole_model = source == "probe"
        self.needs = self._alarm.needs
        if source == "training":
            self.needs |= {"training batches"}
        self._dead_after = dead_after
        self._forward = forward

    def _start_over(self) -> None:
        super()._start_over()
        self._alarm.start_over()
        self._maps.start_over()
        self._silent_records: dict[str, np.ndarray] = {}
        self._hooks = ExitStack()
        self._steps_before = 0
        self._watch: Watch | None = None
        self._is_watching = False
        self._seen: LayerRecord | None = None

    def observe(self, model: nn.Module, probe: DrawnProbe) -> Observation:
        """Returns statistics of the layers' outputs on the probe, in eval mode."""
        batch = to_model(probe.batch, model)
        with torch.no_grad(), self._watching(model, self._maps.keep) as watch:
            run(model, batch, self._forward, self._probe.input_key)
        return self._observation(self._checked(watch), self._maps.parts(watch, probe))

    # Lightning's hooks.

    def state_dict(self) -> dict[str, Any]:
        """Returns what a resumed run continues from."""
        return {
            **super().state_dict(),
            "alerts": self._alarm.alerts.state_dict(),
            # Not as arrays, which torch.load takes for unsafe.
            "silent_records": {name: n.tolist() for name, n in self._silent_records.items()},
            "channels": dict(self._maps.chosen),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continues counters, alerts, dead units and chosen channels of the run that is resumed."""
        super().load_state_dict(state_dict)
        self._alarm.alerts.load_state_dict(state_dict.get("alerts", {}))
        silent = state_dict.get("silent_records", {}).items()
        self._silent_records = {name: np.array(records, int) for name, records in silent}
        self._maps.chosen = dict(state_dict.get("channels", {}))

    def on_train_batch_start(self, trainer: Any, pl_module: Any, *_batch: Any) -> None:
        """Begins to watch the training batch, if that is asked for and its step is due."""
        self._is_watching = self._source == "training" and self._is_step_due(trainer)
        if self._is_watching:
            self._steps_before = trainer.global_step
            try:
                # In every process: each has a part of the batch.
                self._begin_to_watch(pl_module)
            except Exception as error:  # noqa: BLE001  # told when the step is recorded
                self._watch = Watch(error=error)

    def on_before_backward(self, *_step: Any) -> None:
        """Stops watching: what is called from here on is called again by checkpointing."""
        if self._is_watching:
            self._hooks.close()

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *step: Any) -> None:
        """Records what was watched, or the probe if it is due."""
        if self._is_watching:
            self._hooks.close()
        super().on_train_batch_end(trainer, pl_module, *step)
        watch, self._watch = self._watch, None
        if self._is_watching and watch and trainer.global_step > self._steps_before:
            self._record_watched(trainer, watch)
        self._alarm.stop(trainer, lambda: self._meets(trainer, trainer.global_step, "stop"))
        self._alarm.log(pl_module, self.name)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Records if the epoch is due, and ends the training if an alert calls for it."""
        super().on_train_epoch_end(trainer, pl_module)
        self._alarm.stop(trainer, lambda: self._meets(trainer, trainer.global_step, "stop"))

    def on_exception(self, *_what: Any) -> None:
        """Takes the hooks off a training that fails."""
        self._hooks.close()

    # Recording.

    def _record(self, trainer: Any, pl_module: Any, moment: Moment) -> None:
        if self._source == "probe":
            super()._record(trainer, pl_module, moment)

    def _write(self, trainer: Any, moment: Moment, seen: Observation, seconds: float) -> None:
        changes = self._alarm.check(moment.step, self._seen) if self._seen else []
        super()._write(trainer, moment, replace(seen, parts=[*seen.parts, *changes]), seconds)
        self._alarm.act(self.name, changes)

    def _begin_to_watch(self, pl_module: nn.Module) -> None:
        model = unwrap(pl_module)
        self._hooks.close()
        watching_it = self._watching(model, without=inside_compiled(model))
        self._watch = self._hooks.enter_context(watching_it)

    def _record_watched(self, trainer: Any, watch: Watch) -> None:
        start = time.perf_counter()
        moment = Moment(trainer.global_step, trainer.current_epoch)
        if cannot_observe(trainer, whole_model=self.whole_model):
            self._attempt(trainer, moment, lambda: None)  # which says why not
            return
        meets = self._meets(trainer, moment.step)
        parts: list[Seen] = []
        failure: Exception | None = None
        try:
            parts = (from_all if meets else from_this)(trainer, lambda: self._checked(watch))
        except Exception as error:  # the same in all processes; `_attempt` tells it
            if self._strict:
                raise
            failure = error

        def write() -> None:
            if failure is not None:
                raise failure
            seen = self._observation(together(parts), [])
            self._write(trainer, moment, seen, time.perf_counter() - start)

        self._attempt(trainer, moment, write)
        if meets:
            # Which steps are due must be the same in all processes.
            self.schedule.widening = gathered(trainer, self.schedule.widening)[0]

    def _watching(
        self, model: nn.Module, *keep_map: Any, without: Container[int] = ()
    ) -> AbstractContextManager[Watch]:
        if self._layers is None:
            layers = default_layers(model)
            return watching(model, layers, *keep_map, repeats=False, without=without)
        return watching(model, named_layers(model, self._layers), *keep_map, without=without)

    def _checked(self, watch: Watch) -> Seen:
        if watch.error is not None:
            raise watch.error
        if not watch.outputs:
            raise RuntimeError(
                "None of the watched layers was called, or all are inside of compiled code. Of a "
                "compiled model watch the probe (source='probe'); name layers that the forward "
                "calls."
            )
        return seen_of(watch.outputs)

    def _observation(self, seen: Seen, further: Sequence[Part]) -> Observation:
        dead = self._dead_units(seen)
        counts = np.array([len(units) for units in dead], float)
        columns = seen.columns()
        columns["dead"] = counts
        columns["dead_fraction"] = counts / [len(silent) for silent in seen.silent]
        rows = [(row, unit) for row, units in enumerate(dead) for unit in units]
        self._seen = LayerRecord(
            what="activations",
            layers=seen.layers,
            statistics=STATISTICS,
            columns=columns,
            reduced=seen.reduced,
            dead=np.array(rows, np.int32).reshape(-1, 2),
        )
        table = self._seen.table()
        return Observation([*self._seen.parts(table), *further], tables=[table])

    def _dead_units(self, seen: Seen) -> list[np.ndarray]:
        """Returns the dead units of each layer, and counts the records they were silent in."""
        dead = []
        for layer, silent in zip(seen.layers, seen.silent, strict=True):
            before = self._silent_records.get(layer.name)
            before = np.zeros(len(silent), int) if before is None else before
            now = np.where(silent, before + 1, 0) if len(before) == len(silent) else 1 * silent
            self._silent_records[layer.name] = now
            dead.append(np.flatnonzero(now >= self._dead_after))
        return dead
