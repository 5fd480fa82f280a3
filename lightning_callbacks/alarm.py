"""What a monitor does with its alerts: records them, logs their number, ends the training if asked.

`Alerts` decides; this is its connection to a monitor and its trainer.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from lightning_callbacks.alerts import RULES, AlertLimits, Alerts, Rule
from lightning_callbacks.causes import MonitorWarning
from lightning_callbacks.layer_records import LayerRecord
from lightning_callbacks.recorder import Need
from lightning_callbacks.records import Part


class Alarm:
    """The alerts of one monitor in one run.

    Args:
      what: "activations", "gradients" or "weights".
      limits: from where on something is worth an alert; None: the defaults.
      stop_on: the rule whose first alert ends the training; None: none.
      log: log the number of alerts of each rule as "<monitor>/<rule>", for EarlyStopping.

    Raises:
      ValueError: `stop_on` is no rule for `what`; lists those there are.
    """

    def __init__(
        self, what: str, limits: AlertLimits | None, stop_on: Rule | None, *, log: bool
    ) -> None:
        if stop_on is not None and stop_on not in RULES[what]:
            raise ValueError(
                f"stop_on={stop_on!r} is no alert of {what}. Expect one of {list(RULES[what])} "
                "or None."
            )
        self._what = what
        self._limits = limits or AlertLimits()
        self._stop_on = stop_on
        self._log = log
        self.start_over()

    def start_over(self) -> None:
        """Forgets all alerts."""
        self.alerts = Alerts(self._what, self._limits)
        self._stops = False

    def check(self, step: int, record: LayerRecord) -> list[Part]:
        """Returns the `alerts` record that the statistics of `record` call for, if any."""
        names = [layer.name for layer in record.layers]
        is_matrix = np.array([len(layer.shape) > 1 for layer in record.layers], bool)
        columns = {**record.columns, "is_matrix": is_matrix}
        may_overflow = bool(record.fields.get("loss_scale"))
        changes = self.alerts.update(step, names, columns, may_overflow=may_overflow)
        return [changes] if changes else []

    def act(self, monitor: str, changes: list[Part]) -> None:
        """Says that the training ends if an alert it was asked to stop on is raised."""
        raised = [alert for part in changes for alert in part.fields["raised"]]
        first = next((alert for alert in raised if alert["rule"] == self._stop_on), None)
        if first is not None:
            self._stops = True
            warnings.warn(
                f"{monitor} stops the training: {first['layer']}: {first['message']}.",
                MonitorWarning,
                stacklevel=2,
            )

    @property
    def needs(self) -> frozenset[Need]:
        """What must be there for it: logging, if that was asked for."""
        return frozenset({"logging"} if self._log else ())

    def stop(self, trainer: Any, meets: Callable[[], bool]) -> None:
        """Ends the training if that was said on any rank; to be called by all of them.

        A rank that stopped alone would leave the others waiting for it, so that none does where
        they are not in step.

        Args:
          trainer: Lightning's, or a `host.Host`.
          meets: whether all ranks are here.
        """
        if self._stop_on is not None and meets():
            stops = trainer.strategy.reduce_boolean_decision(self._stops, all=False)
            trainer.should_stop = trainer.should_stop or stops

    def log(self, pl_module: Any, monitor: str) -> None:
        """Logs how many alerts are active; to be called in every training batch."""
        if self._log:
            for rule, count in self.alerts.active.items():
                name = f"{monitor}/{rule}"
                pl_module.log(name, float(count), on_step=False, on_epoch=True, reduce_fx="max")
