"""A training that records at every step, made to be killed.

Resumed it is a little different each time, so that every record tells which attempt it is of.
"""

from __future__ import annotations

import logging
import sys
import warnings
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.loggers import TensorBoardLogger
from torch.utils.data import DataLoader

from lightning_callbacks import (
    ActivationMonitor,
    AttributionMonitor,
    GradCAMMonitor,
    GradientMonitor,
    OutputMonitor,
    WeightMonitor,
)
from lightning_callbacks.keep import KeepOption
from tests import toys
from tests.crash.witness import tell

BATCHES = 6  # per epoch
STEPS = 3 * BATCHES  # not epochs: after two resumes within one Lightning counts others
CHECKPOINT_EVERY = 4  # steps: records lie behind the newest checkpoint when it is killed
RUN = "run"


class Module(toys.Classifier):
    """Begins with other weights in each attempt."""

    def __init__(self, attempt: int) -> None:
        super().__init__()
        self.attempt = attempt

    def on_train_start(self) -> None:
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.mul_(1 + 1e-2 * self.attempt)

    def training_step(self, batch: Any, batch_idx: int) -> torch.Tensor:
        loss = super().training_step(batch, batch_idx)
        self.log("loss", loss)
        return loss


def monitors(keep: KeepOption) -> list[Any]:
    """Returns monitors of the probe, of training steps and of validation."""
    options: dict[str, Any] = {"strict": True, "keep": keep}
    return [
        GradCAMMonitor(every_n_train_steps=1, **options),
        AttributionMonitor("saliency", every_n_train_steps=1, **options),
        ActivationMonitor(every_n_train_steps=1, **options),
        GradientMonitor(every_n_train_steps=1, **options),
        WeightMonitor(every_n_train_steps=2, **options),
        OutputMonitor(**options),
    ]


def due(monitor: str, last: int) -> set[int]:
    """Returns the steps that `monitor` must have recorded of a training of `last` steps.

    When to validate is the training's own affair: Lightning does not do so again where it was
    killed in it. Alerts depend on weights.
    """
    if monitor == "weights":
        return {1, *range(2, last + 1, 2)}
    first = {"gradients": 1}.get(monitor, 0)
    return set(range(first, last + 1))


def train(root: Path, witness: Path, keep: KeepOption = "all") -> None:
    """Trains to the end, from the last checkpoint below `root` if there is one.

    Args:
      root: where the run logs to, each time in the same directory.
      witness: a file that is told of each record (`witness.py`).
      keep: which records stay.
    """
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    say = tell(witness)
    saving = ModelCheckpoint(root, save_last=True, every_n_train_steps=CHECKPOINT_EVERY)
    trainer = toys.trainer(
        root,
        *monitors(keep),
        saving,
        max_epochs=-1,
        max_steps=STEPS,
        enable_checkpointing=True,
        logger=TensorBoardLogger(root, name="", version=RUN),
    )
    data = DataLoader(toys.dataset(4 * BATCHES), 4)
    attempt = len(list((root / RUN).glob("*tfevents*")))
    last = root / "last.ckpt"
    trainer.fit(
        Module(attempt), data, data, ckpt_path=last if last.exists() else None, weights_only=False
    )
    say(f"end {trainer.global_step}\n")


if __name__ == "__main__":
    train(Path(sys.argv[1]), Path(sys.argv[2]))
