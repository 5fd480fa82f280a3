"""What callbacks that apply a plan share: the plan, and its records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning_callbacks.editing.plans import read_plan
from lightning_callbacks.recorder import Recorder
from lightning_callbacks.records import Moment, Observation, Part
from tb_explain.planning import Plan, PlanError

_AVERAGING = "WeightAveraging"
Figures = Mapping[str, float | None]


class PlanRecorder(Recorder):
    """Applies a plan, and records when it was planned, applied and finished.

    Args:
      plan: or the path of a plan.json.
      metric: the logged value that records show as the result, as "val_accuracy".
      candidates: the plans that it was chosen from, as `JointPlan.candidates` holds them.
      name: prefix of the tags.

    Raises:
      PlanError: the plan can't be read.
    """

    status_kind = "plan"

    def __init__(
        self,
        plan: Plan | str | Path,
        *,
        metric: str | None = None,
        candidates: Sequence[Plan] = (),
        name: str | None = None,
    ) -> None:
        self.plan = read_plan(plan)
        self._metric = metric
        self._candidates = [
            {"allocator": one.allocator, "predicted": one.predicted, "verified": one.verified}
            for one in candidates
        ]
        super().__init__(every_n_epochs=1, untrained=False, max_overhead=None, name=name)

    def _note(
        self, trainer: Any, stage: str, before: Figures | None, after: Figures | None
    ) -> None:
        moment = Moment(trainer.global_step, trainer.current_epoch)
        if moment.step != self._last_step:  # a step has one record
            fields: dict[str, Any] = {
                "stage": stage,
                "plan": self.plan.as_object(),
                "candidates": self._candidates,
                "before": before,
                "after": after,
            }
            seen = Observation([Part("plan", fields)])
            self._attempt(trainer, moment, lambda: self._write(trainer, moment, seen, 0.0))

    def _logged(self, trainer: Any) -> float | None:
        value = trainer.callback_metrics.get(self._metric) if self._metric else None
        return None if value is None else float(value)


def refuse_averaging_after(trainer: Any, callback: Any) -> None:
    """Makes sure that no averaged weights overwrite what `callback` cuts.

    Raises:
      PlanError: a WeightAveraging callback comes after it.
    """
    after = trainer.callbacks[trainer.callbacks.index(callback) + 1 :]
    names = {base.__name__ for other in after for base in type(other).__mro__}
    if _AVERAGING in names:
        name = type(callback).__name__
        raise PlanError(
            f"A WeightAveraging callback after {name} would overwrite cut weights at the end of "
            f"training: list {name} after it."
        )
