"""`ActivationMonitor`: what comes out of the layers, which units are dead, what saturates."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import torch
from torch import nn
from typing_extensions import Unpack

from lightning_callbacks.alarm import Alarm
from lightning_callbacks.alerts import AlertLimits, Rule
from lightning_callbacks.batches import to_model
from lightning_callbacks.feature_maps import FeatureMaps
from lightning_callbacks.forwarding import ForwardSpec, run
from lightning_callbacks.guard import unwrap
from lightning_callbacks.layer_records import Layer, LayerRecord, Statistic
from lightning_callbacks.layers import LayerSpec, layer_names, named_layers
from lightning_callbacks.monitor import Monitor, MonitorOptions
from lightning_callbacks.probe import DrawnProbe
from lightning_callbacks.records import Moment, Observation, Part
from lightning_callbacks.reduce import Reduced, transfer
from lightning_callbacks.watching import (
    QUANTILES,
    Output,
    Watch,
    is_activation,
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


class ActivationMonitor(Monitor):
    """Records what comes out of layers: statistics, dead units, histograms, feature maps.

    Per layer: mean, standard deviation, quantiles, fractions of zeros and of outputs at the
    activation's own limits (tanh, sigmoid and the clipped ones), silent units (zero on every sample
    and position), dead units (silent in `dead_after` records in a row), NaN and infinities,
    the deviation between samples, and an exact histogram (`tb_explain.histograms`).

    Args:
      layers: names, globs, classes or modules; None takes activations, blocks (members of a
        Sequential or ModuleList that have parts) and the last linear layer.
      source: "probe" runs the model on the probe, in eval mode; "training" looks at the batches of
        training as they pass through the model.
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
        self._seen: LayerRecord | None = None

    def observe(self, model: nn.Module, probe: DrawnProbe) -> Observation:
        """Returns statistics of the layers' outputs on the probe, in eval mode."""
        batch = to_model(probe.batch, model)
        with torch.no_grad(), self._watching(model, self._maps.keep) as watch:
            run(model, batch, self._forward, self._probe.input_key)
        return self._observation(watch, self._maps.parts(watch, probe))

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
        if self._source == "training" and self._is_step_due(trainer):
            self._steps_before = trainer.global_step
            moment = Moment(trainer.global_step + 1, trainer.current_epoch)
            self._attempt(trainer, moment, lambda: self._begin_to_watch(pl_module))

    def on_before_backward(self, *_step: Any) -> None:
        """Stops watching: what is called from here on is called again by checkpointing."""
        self._hooks.close()

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *step: Any) -> None:
        """Records what was watched, or the probe if it is due."""
        self._hooks.close()
        watch, self._watch = self._watch, None
        if self._source == "probe":
            super().on_train_batch_end(trainer, pl_module, *step)
        elif watch is not None and trainer.global_step > self._steps_before:
            moment = Moment(trainer.global_step, trainer.current_epoch)
            self._attempt(trainer, moment, lambda: self._write_watched(trainer, moment, watch))
        self._alarm.stop(trainer)
        self._alarm.log(pl_module, self.name)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Records if the epoch is due, and ends the training if an alert calls for it."""
        super().on_train_epoch_end(trainer, pl_module)
        self._alarm.stop(trainer)

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
        self._watch = self._hooks.enter_context(self._watching(model))

    def _write_watched(self, trainer: Any, moment: Moment, watch: Watch) -> None:
        start = time.perf_counter()
        seen = self._observation(watch, [])
        self._write(trainer, moment, seen, time.perf_counter() - start)

    def _watching(self, model: nn.Module, *keep_map: Any) -> AbstractContextManager[Watch]:
        if self._layers is None:
            return watching(model, default_layers(model), *keep_map, repeats=False)
        return watching(model, named_layers(model, self._layers), *keep_map)

    def _observation(self, watch: Watch, further: Sequence[Part]) -> Observation:
        if watch.error is not None:
            raise watch.error
        if not watch.outputs:
            raise RuntimeError(
                "None of the watched layers was called. Of a compiled model watch the probe "
                "(source='probe'), and name layers that the forward calls."
            )
        columns, reduced = _columns(watch.outputs)
        dead = self._dead_units(watch.outputs)
        counts = np.array([len(units) for units in dead], float)
        columns["dead"] = counts
        columns["dead_fraction"] = counts / [output.silent.numel() for output in watch.outputs]
        rows = [(row, unit) for row, units in enumerate(dead) for unit in units]
        self._seen = LayerRecord(
            what="activations",
            layers=[_row(output) for output in watch.outputs],
            statistics=STATISTICS,
            columns=columns,
            reduced=reduced,
            dead=np.array(rows, np.int32).reshape(-1, 2),
        )
        table = self._seen.table()
        return Observation([*self._seen.parts(table), *further], tables=[table])

    def _dead_units(self, outputs: Sequence[Output]) -> list[np.ndarray]:
        """Returns the dead units of each output, and counts the records they were silent in."""
        dead = []
        for output in outputs:
            silent = output.silent.cpu().numpy()
            before = self._silent_records.get(output.name)
            before = np.zeros(len(silent), int) if before is None else before
            now = np.where(silent, before + 1, 0) if len(before) == len(silent) else 1 * silent
            self._silent_records[output.name] = now
            dead.append(np.flatnonzero(now >= self._dead_after))
        return dead


def default_layers(model: nn.Module) -> dict[str, nn.Module]:
    """Returns, in order of definition, activations, blocks and the last linear layer.

    Where there are none of these, all parts with parameters of their own.
    """
    known = layer_names(model)
    heads = [name for name, layer in known.items() if isinstance(layer, nn.Linear)][-1:]
    chosen = {
        name: layer
        for name, layer in known.items()
        if is_activation(layer) or name in heads or _is_block(name, layer, known)
    }
    own = {name: m for name, m in known.items() if any(True for _ in m.parameters(recurse=False))}
    return chosen or own or {"": model}


def _is_block(name: str, layer: nn.Module, known: Mapping[str, nn.Module]) -> bool:
    parent = known.get(name.rpartition(".")[0])
    is_member = isinstance(parent, (nn.Sequential, nn.ModuleList))
    is_list = isinstance(layer, (nn.ModuleList, nn.ModuleDict))
    return is_member and not is_list and any(True for _ in layer.children())


def _row(output: Output) -> Layer:
    return Layer(output.name, output.type, output.shape, output.begun.sizes[0])


def _columns(outputs: Sequence[Output]) -> tuple[dict[str, np.ndarray], Reduced]:
    reduced = transfer([output.begun for output in outputs])
    silent = [output.silent.double().mean() for output in outputs]
    further = [
        torch.cat([o.quantiles, torch.stack([o.saturated, o.sample_std, share])])
        for o, share in zip(outputs, silent, strict=True)
    ]
    rows = torch.stack(further).cpu().numpy()
    columns = {
        "mean": reduced.mean,
        "std": reduced.std,
        "min": reduced.smallest,
        "max": reduced.largest,
        "zeros": reduced.zeros,
        "nonfinite": reduced.nonfinite,
    }
    names = [*(f"q{round(100 * q):02d}" for q in QUANTILES), "saturated", "sample_std", "silent"]
    columns.update(dict(zip(names, rows.T, strict=True)))
    return columns, reduced
