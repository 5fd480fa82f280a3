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


def refuse_averaging(trainer: Any, callback: Any, *, before: bool = False) -> None:
    """Makes sure that no averaged weights overwrite what `callback` cuts.

    Args:
      trainer: whose callbacks are looked at.
      callback: that cuts.
      before: whether averaging can't be combined with it at all, wherever it is listed.

    Raises:
      PlanError: an averaging callback comes after it, or (`before`) is there.
    """
    place = trainer.callbacks.index(callback)
    others = trainer.callbacks if before else trainer.callbacks[place + 1 :]
    names = {base.__name__ for other in others for base in type(other).__mro__}
    name = type(callback).__name__
    if before and names & {_AVERAGING, "StochasticWeightAveraging"}:
        raise PlanError(
            f"{name} exchanges parameters while a callback averages them, and an average has one "
            "shape. Shrink first, and average in a training of the smaller model."
        )
    if _AVERAGING in names:
        raise PlanError(
            f"A WeightAveraging callback after {name} would overwrite cut weights at the end of "
            f"training: list {name} after it."
        )


def shrinks(trainer: Any, callback: Any, begin: int) -> bool:
    """Returns whether a callback before `callback` makes the model smaller by epoch `begin`.

    Raises:
      PlanError: one does so later: what `callback` holds on to would be gone.
    """
    found = [
        (n, other) for n, other in enumerate(trainer.callbacks) if hasattr(other, "shrinks_at")
    ]
    place = trainer.callbacks.index(callback)
    for n, other in found:
        if n > place or other.shrinks_at > begin:
            name = type(callback).__name__
            raise PlanError(
                f"ShrinkToPlan exchanges the parameters that {name} works on. List it before "
                f"{name}, and let {name} begin at epoch {other.shrinks_at} or later."
            )
    return bool(found)
