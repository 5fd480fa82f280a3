"""The base of the monitors in which processes meet while they train: they say how far they are."""

from __future__ import annotations

import warnings
from typing import Any

from lightning_callbacks import roll_call
from lightning_callbacks.causes import MonitorWarning
from lightning_callbacks.recorder import Recorder

_ALONE = (
    "processes no longer meet, since their trainings are not in step (the data of one ran out "
    "before those of others, or it has no such monitor): from step {} on this is what the first "
    "process alone sees"
)


class InStep(Recorder):
    """Records what several processes make together, for as long as they are in step."""

    def _start_over(self) -> None:
        super()._start_over()
        self._is_alone = False
        self._is_among_others = False  # batches are many, and asking takes longer

    # Lightning's hooks.

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Says that training begins."""
        self._is_among_others = trainer.world_size > 1
        roll_call.training_starts(trainer)
        super().on_train_start(trainer, pl_module)

    def on_train_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Says that a batch is done."""
        if self._is_among_others:
            roll_call.batch_ends(trainer, batch_idx)
        super().on_train_batch_end(trainer, pl_module, outputs, batch, batch_idx)  # type: ignore[misc]  # Lightning's

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Says that an epoch is done."""
        roll_call.epoch_ends(trainer)
        super().on_train_epoch_end(trainer, pl_module)  # type: ignore[misc]  # Lightning's

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Says that training is over."""
        super().on_train_end(trainer, pl_module)  # type: ignore[misc]  # Lightning's
        roll_call.training_is_over(trainer)

    # Recording.

    def _meets(self, trainer: Any, step: int, where: str = "record") -> bool:
        """Returns whether all processes are here, the same in all; says once if they are not."""
        place = f"{self.name}, {where}, epoch {trainer.current_epoch}, step {step}"
        meets = roll_call.all_come(trainer, place)
        if not meets and not self._is_alone:
            self._is_alone = True
            text = _ALONE.format(step)
            self.note(text)
            if trainer.is_global_zero:
                warnings.warn(
                    f"{self.name}: {text}. Training goes on.", MonitorWarning, stacklevel=2
                )
        return meets
