"""`PruneToPlan`: the weights that a plan cuts are set to zero, while the same trainer goes on."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from lightning_callbacks.causes import MonitorWarning
from lightning_callbacks.editing.masks import (
    MASKED,
    apply_masks,
    clear_moments,
    final_masks,
    planned_parameters,
    smallest,
)
from lightning_callbacks.editing.plan_recorder import PlanRecorder, refuse_averaging, shrinks
from lightning_callbacks.editing.plans import read_plan
from lightning_callbacks.editing.schedules import SCHEDULES
from tb_explain.planning import Plan, PlanError


class PruneToPlan(PlanRecorder):
    """Cuts weights as a plan says, and keeps them cut while training goes on.

    Masks are applied to the parameters themselves, just after each optimizer step, and to what the
    optimizer remembers of them; names in the state dict stay the same, so that nothing is left to
    be made permanent: a checkpoint at any time holds the zeros. Masks travel in the checkpoint, and
    under several processes are those of the first. The smallest magnitudes are cut; what was cut
    once stays cut. Records of kind "plan" say when it was planned, applied and finished.

    Args:
      plan: or the path of a plan.json; of edit "unstructured" or "n:m".
      schedule: "one_shot": all at the beginning of `begin_epoch`; "gradual": more and more, cubic
        (Zhu & Gupta 2017, arXiv:1710.01878); "iterative": in five rounds that each keep the same
        share of what was left, with training between them (Han et al. 2015, arXiv:1506.02626).
        None: gradual, but of "n:m" plans "one_shot", which alone fits them.
      begin_epoch: index of the epoch at whose beginning cutting begins.
      end_epoch: at whose beginning all is cut; None: half-way to the trainer's last epoch.
      every_n_train_steps: how often masks grow within an epoch, of "gradual" and "iterative"; ten
        times an epoch at least.
      **options: `metric`, `candidates` and `name` as for every `PlanRecorder`.

    Raises:
      PlanError: the plan can't be read, or does not fit the schedule or (at setup) the model.
      ValueError: epochs or steps are out of range.
    """

    default_name = "pruning"

    def __init__(  # what there is to say of it, in one flat list
        self,
        plan: Plan | str | Path,
        *,
        schedule: str | None = None,
        begin_epoch: int = 0,
        end_epoch: int | None = None,
        every_n_train_steps: int = 100,
        **options: Any,
    ) -> None:
        plan = read_plan(plan)
        schedule = schedule or ("one_shot" if plan.edit == "n:m" else "gradual")
        _check(plan, schedule, begin_epoch, end_epoch, every_n_train_steps)
        self._cut_at = SCHEDULES[schedule]
        self._one_shot = schedule == "one_shot"
        self._begin, self._end = begin_epoch, end_epoch
        self._every = every_n_train_steps
        super().__init__(plan, **options)

    def _start_over(self) -> None:
        super()._start_over()
        self.masks: dict[str, Tensor] = {}
        self._parameters: dict[str, nn.Parameter] = {}
        self._handles: list[RemovableHandle] = []
        self._is_complete = False

    @property
    def sparsity(self) -> float:
        """The share of the plan's weights that are cut now."""
        size = sum(unit.size for unit in self.plan.units)
        return sum(int((~mask).sum()) for mask in self.masks.values()) / max(1, size)

    # Lightning's hooks.

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Makes sure that the plan fits the model.

        Raises:
          PlanError: it does not, or weights are averaged behind its back.
        """
        super().setup(trainer, pl_module, stage)
        refuse_averaging(trainer, self)
        if not shrinks(trainer, self, self._begin):  # else the plan is one of the smaller model
            self._parameters = planned_parameters(pl_module, self.plan)

    def state_dict(self) -> dict[str, Any]:
        """Returns what a resumed run continues from: the masks too, a bit for each weight."""
        packed = {name: (_packed(mask), list(mask.shape)) for name, mask in self.masks.items()}
        return {**super().state_dict(), "masks": packed, "is_complete": self._is_complete}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continues with the masks of the run that is resumed."""
        super().load_state_dict(state_dict)
        self._is_complete = state_dict.get("is_complete", False)
        masks = state_dict.get("masks", {})
        self.masks = {name: _unpacked(bits, shape) for name, (bits, shape) in masks.items()}

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Puts masks where the optimizers step."""
        super().on_train_start(trainer, pl_module)
        if self.masks:
            self._parameters = planned_parameters(pl_module, self.plan)
        self.masks = {n: mask.to(self._parameters[n].device) for n, mask in self.masks.items()}
        self._handles = [
            optimizer.register_step_post_hook(self._after_step) for optimizer in trainer.optimizers
        ]
        self._apply(trainer.optimizers)
        # What is cut before the first step is recorded as applied; a step has one record.
        if trainer.global_step == 0 and not (self._one_shot and self._begin == 0):
            self._note_stage(trainer, "planned")

    def on_train_batch_start(
        self,
        trainer: Any,
        pl_module: Any,
        batch: Any,  # noqa: ARG002  # Lightning's signature
        batch_idx: int,
    ) -> None:
        """Cuts more, if it is time to."""
        # Ten times an epoch at least: a short one must not go by at one level.
        few = max(1, trainer.num_training_batches // 10)
        if batch_idx % min(self._every, few) == 0 and not self._is_complete:
            passed = self._passed(trainer, batch_idx)
            if passed is not None:
                self._parameters = planned_parameters(pl_module, self.plan)
                self._cut_to(trainer, passed)

    def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:  # noqa: ARG002  # Lightning's
        """Takes cut weights out of the gradients, so that clipping does not count them."""
        for name, mask in self.masks.items():
            gradient = self._parameters[name].grad
            if gradient is not None:
                gradient.masked_fill_(~mask, 0)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:  # noqa: ARG002  # Lightning's
        """Applies the masks to what the training ends with, as averaged weights."""
        self._apply(trainer.optimizers)
        self._remove_hooks()
        self._note_stage(trainer, "finished")
        if not self._is_complete:
            planned = sum(unit.cut for unit in self.plan.units)
            size = sum(unit.size for unit in self.plan.units)
            warnings.warn(
                f"PruneToPlan cut {self.sparsity:.1%} of the weights, not the planned "
                f"{planned / max(1, size):.1%}: training ended in epoch {trainer.current_epoch}, "
                f"and all is cut at {self._end_epoch(trainer):g}. Set end_epoch=... lower, or "
                "train on with this checkpoint.",
                MonitorWarning,
                stacklevel=2,
            )

    def on_exception(self, *_what: Any) -> None:
        """Takes the hooks off optimizers of a run that fails."""
        self._remove_hooks()

    # Cutting.

    def _passed(self, trainer: Any, batch_idx: int) -> float | None:
        """Returns which share of the time for cutting has passed; None before it begins."""
        batches = trainer.num_training_batches
        epochs = trainer.current_epoch + (batch_idx / batches if batches < float("inf") else 0)
        if epochs < self._begin:
            return None
        end = self._end_epoch(trainer)
        return (
            1.0 if epochs >= end or self._one_shot else (epochs - self._begin) / (end - self._begin)
        )

    def _end_epoch(self, trainer: Any) -> float:
        if self._end is not None:
            return self._end
        epochs = trainer.max_epochs if (trainer.max_epochs or -1) >= 0 else float("inf")
        if trainer.max_steps >= 0:
            batches = trainer.max_steps * trainer.accumulate_grad_batches
            epochs = min(epochs, batches / max(1, trainer.num_training_batches))
        if epochs == float("inf"):
            raise PlanError("The training has no end: say when all is cut, end_epoch=...")
        return float(self._begin + max(0, epochs - self._begin) / 2)

    def _cut_to(self, trainer: Any, passed: float) -> None:
        masks = self._masks_at(passed)
        if trainer.world_size > 1:
            masks = trainer.strategy.broadcast(masks)
        self.masks = {n: mask.to(self._parameters[n].device) for n, mask in masks.items()}
        self._apply(trainer.optimizers)
        if passed >= 1:
            self._is_complete = True
            self._note_stage(trainer, "applied")

    def _masks_at(self, passed: float) -> dict[str, Tensor]:
        if self.plan.edit == "n:m":
            return final_masks(self._parameters, self.plan)
        cuts = {unit.name: self._cut_at(passed, unit.size, unit.cut) for unit in self.plan.units}
        return {
            name: smallest(self._parameters[name], cut, self.masks.get(name))
            for name, cut in cuts.items()
            if cut
        }

    def _after_step(self, optimizer: torch.optim.Optimizer, _args: Any, _kwargs: Any) -> None:
        self._apply([optimizer])

    def _apply(self, optimizers: list[torch.optim.Optimizer]) -> None:
        apply_masks(self._parameters, self.masks)
        by_id = {id(self._parameters[name]): mask for name, mask in self.masks.items()}
        clear_moments(optimizers, by_id)

    def _remove_hooks(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles = []

    def _note_stage(self, trainer: Any, stage: str) -> None:
        size = sum(unit.size for unit in self.plan.units)
        left = size - round(self.sparsity * size)
        after = {"metric": self._logged(trainer), "parameters": left}
        self._note(trainer, stage, None, after)


def _check(plan: Plan, schedule: str, begin: int, end: int | None, every: int) -> None:
    if plan.edit not in MASKED:
        planned_parameters(nn.Module(), plan)  # says what to use instead
    if schedule not in SCHEDULES:
        raise ValueError(f"Unknown schedule {schedule!r}. Expect one of {list(SCHEDULES)}.")
    if plan.edit == "n:m" and schedule != "one_shot":
        raise PlanError("A plan of 'n:m' is cut at once: pass schedule='one_shot'.")
    if begin < 0 or (end is not None and end < begin):
        raise ValueError(
            f"end_epoch={end} must not be before begin_epoch={begin}, nor that below 0."
        )
    if every < 1:
        raise ValueError(f"every_n_train_steps must be 1 or more, not {every}.")


def _packed(mask: Tensor) -> Tensor:
    return torch.from_numpy(np.packbits(mask.flatten().cpu().numpy()))


def _unpacked(bits: Tensor, shape: Sequence[int]) -> Tensor:
    flags = np.unpackbits(bits.cpu().numpy(), count=math.prod(shape))
    return torch.from_numpy(flags).bool().reshape(shape)
