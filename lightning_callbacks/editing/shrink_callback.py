"""`ShrinkToPlan`: channels and heads that a plan removes are gone, and the same trainer goes on."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from torch import nn

from lightning_callbacks.batches import chunks, find_input
from lightning_callbacks.causes import MonitorWarning
from lightning_callbacks.editing.measure import Measured, measure
from lightning_callbacks.editing.overriding import override
from lightning_callbacks.editing.plan_recorder import Figures, PlanRecorder, refuse_averaging
from lightning_callbacks.editing.recalibrate import recalibrate_batchnorm
from lightning_callbacks.editing.shrink import load_shrunk, shrink, transplant_optimizer
from lightning_callbacks.forwarding import ForwardSpec
from lightning_callbacks.guard import unwrap
from lightning_callbacks.probe import Probe
from lightning_callbacks.trainers import draw_for, unlogged
from tb_explain.planning import Plan, PlanError

_STRUCTURED = ("channel", "heads")
# Enough for statistics of BatchNorm: 1,000 samples and more.
_RECALIBRATED = 2048
_AT_ONCE = 128
_EXAMPLES = 8  # that channels are traced with


class ShrinkToPlan(PlanRecorder):
    """Makes the model smaller at the beginning of an epoch, as a plan says.

    Parameters become new, smaller objects; optimizers go on with them, with what they remember of
    the weights that stay. BatchNorm is recalibrated on training batches. A run that is resumed from
    a checkpoint after that is made as small before it is loaded. Records of kind "plan" hold the
    model's parameters, multiply-adds, bytes and times before and after.

    Args:
      plan: or the path of a plan.json; of edit "channel" or "heads".
      epoch: index of the epoch at whose beginning the model shrinks; 0: before the first step.
      forward: how to call the model, as for every monitor.
      **options: `metric`, `candidates` and `name` as for every `PlanRecorder`.

    Raises:
      PlanError: the plan can't be read, or is of another edit.
      ValueError: the epoch is below 0.
    """

    default_name = "shrinking"

    def __init__(
        self,
        plan: Plan | str | Path,
        *,
        epoch: int = 0,
        forward: ForwardSpec | None = None,
        **options: Any,
    ) -> None:
        super().__init__(plan, **options)
        if self.plan.edit not in _STRUCTURED:
            raise PlanError(
                f"A plan of {self.plan.edit!r} removes no channels. Use PruneToPlan for "
                "'unstructured' and 'n:m', quantise() for 'bits' and ShareWeights for 'clusters'."
            )
        if epoch < 0:
            raise ValueError(f"epoch must be 0 or more, not {epoch}.")
        self.shrinks_at = epoch
        self._forward = forward

    def _start_over(self) -> None:
        super()._start_over()
        self.is_applied = False
        self._before: Figures | None = None
        self._undo: Callable[[], None] = _nothing

    # Lightning's hooks.

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Makes the model as small as the checkpoint that a run is resumed from.

        Raises:
          PlanError: the trainer wraps the model, so that it can't be exchanged.
        """
        super().setup(trainer, pl_module, stage)
        refuse_averaging(trainer, self, before=True)
        if stage == "fit" and trainer.world_size > 1:
            raise PlanError(
                "ShrinkToPlan exchanges parameters, which DistributedDataParallel has taken hold "
                "of. Call shrink() before the trainer is made."
            )
        # Lightning has no hook of callbacks before it loads the model's weights.
        self._undo = override(pl_module, "on_load_checkpoint", partial(self._loading, pl_module))

    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Takes off what waited for a checkpoint."""
        self._undo()
        super().teardown(trainer, pl_module, stage)

    def on_exception(self, *_what: Any) -> None:
        """Takes it off a run that fails."""
        self._undo()

    def state_dict(self) -> dict[str, Any]:
        """Returns what a resumed run continues from."""
        return {**super().state_dict(), "is_applied": self.is_applied, "before": self._before}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continues the run that is resumed."""
        super().load_state_dict(state_dict)
        self.is_applied = state_dict.get("is_applied", False)
        self._before = state_dict.get("before")

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Records the plan, if it is not applied at once."""
        super().on_train_start(trainer, pl_module)
        if trainer.global_step == 0 and self.shrinks_at > 0:
            self._note(trainer, "planned", None, None)

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """Shrinks the model, if it is time to and was not done yet."""
        if trainer.current_epoch < self.shrinks_at or self.is_applied:
            return
        batch = _training_samples(trainer, pl_module)
        self._before = self._figures(pl_module, batch, self._logged(trainer))
        with unlogged(pl_module):
            smaller = shrink(pl_module, self.plan, _first_of(batch), forward=self._forward)
        module = unwrap(pl_module)
        for optimizer in trainer.optimizers:
            transplant_optimizer(optimizer, module, smaller)
        _graft(module, smaller)
        parts = [part for _, part in chunks(batch, len(find_input(batch)), _AT_ONCE)]
        with unlogged(pl_module):
            recalibrate_batchnorm(module, parts, forward=self._forward)
        self.is_applied = True
        after = self._figures(pl_module, batch, None)
        self._note(trainer, "applied", self._before, after)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Records what the smaller model came to."""
        if not self.is_applied:
            warnings.warn(
                f"ShrinkToPlan did nothing: it was to shrink the model at epoch {self.shrinks_at}, "
                f"and the training ended in epoch {trainer.current_epoch}.",
                MonitorWarning,
                stacklevel=2,
            )
        if self.is_applied:
            batch = _training_samples(trainer, pl_module)
            after = self._figures(pl_module, batch, self._logged(trainer))
            self._note(trainer, "finished", self._before, after)

    # Shrinking.

    def _loading(self, pl_module: nn.Module, load: Callable[[Any], None]) -> Callable[[Any], None]:
        def on_load_checkpoint(checkpoint: Any) -> None:
            own = checkpoint.get("callbacks", {}).get(self.state_key, {})
            if own.get("is_applied"):
                load_shrunk(unwrap(pl_module), checkpoint["state_dict"])
            load(checkpoint)

        return on_load_checkpoint

    def _figures(self, model: nn.Module, batch: Any, metric: float | None) -> Figures:
        with unlogged(model):
            found: Measured = measure(model, batch, forward=self._forward)
        return {
            "metric": metric,
            "loss": None,
            "parameters": found.parameters,
            "macs": found.macs,
            "seconds": found.seconds_batch / found.batch,
            "bytes": found.bytes,
        }


def _nothing() -> None:
    """Takes nothing back."""


def _graft(module: nn.Module, smaller: nn.Module) -> None:
    """Puts the parts, parameters and buffers of `smaller` in the place of the module's own."""
    module._modules.update(smaller._modules)  # noqa: SLF001  # torch has no public way
    module._parameters.update(smaller._parameters)  # noqa: SLF001
    module._buffers.update(smaller._buffers)  # noqa: SLF001


def _training_samples(trainer: Any, pl_module: Any) -> Any:
    """Returns a batch of training samples, drawn without touching the training's random numbers."""
    probe = Probe(trainer.train_dataloader, samples=_RECALIBRATED, store_inputs="none")
    return draw_for(trainer, pl_module, probe)[0].batch


def _first_of(batch: Any) -> Any:
    return next(part for _, part in chunks(batch, len(find_input(batch)), _EXAMPLES))
