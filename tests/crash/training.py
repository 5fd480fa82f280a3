"""A training that records at every step, made to be killed.

Resumed it is a little different each time, so that every record tells which attempt it is of.
"""

from __future__ import annotations

import hashlib
import logging
import os
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
from lightning_callbacks.writer import RecordWriter
from tests import toys

EPOCHS = 3
BATCHES = 6  # per epoch
STEPS = EPOCHS * BATCHES
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


def monitors() -> list[Any]:
    """Returns monitors of the probe, of training steps and of validation."""
    return [
        GradCAMMonitor(every_n_train_steps=1, strict=True),
        AttributionMonitor("saliency", every_n_train_steps=1, strict=True),
        ActivationMonitor(every_n_train_steps=1, strict=True),
        GradientMonitor(every_n_train_steps=1, strict=True),
        WeightMonitor(every_n_train_steps=2, strict=True),
        OutputMonitor(strict=True),
    ]


def due(monitor: str, last: int) -> set[int]:
    """Returns the steps that `monitor` must have recorded of a training of `last` steps.

    That is the training's own affair: Lightning runs other numbers of steps after two resumes
    within an epoch, and does not validate again what it was killed in. Alerts depend on weights.
    """
    if monitor == "weights":
        return {1, *range(2, last + 1, 2)}
    first = {"gradients": 1}.get(monitor, 0)
    return set(range(first, last + 1))


def train(root: Path, witness: Path) -> None:
    """Trains to the end, from the last checkpoint below `root` if there is one.

    Args:
      root: where the run logs to, each time in the same directory.
      witness: a file to which a line is added after each record that was flushed.
    """
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    _witness(witness)
    saving = ModelCheckpoint(root, save_last=True, every_n_train_steps=CHECKPOINT_EVERY)
    trainer = toys.trainer(
        root,
        *monitors(),
        saving,
        max_epochs=EPOCHS,
        enable_checkpointing=True,
        logger=TensorBoardLogger(root, name="", version=RUN),
    )
    data = DataLoader(toys.dataset(4 * BATCHES), 4)
    attempt = len(list((root / RUN).glob("*tfevents*")))
    last = root / "last.ckpt"
    trainer.fit(
        Module(attempt), data, data, ckpt_path=last if last.exists() else None, weights_only=False
    )


def _witness(path: Path) -> None:
    """Makes every writer add "tag step digest" to `path` once its records are in the file."""
    write = RecordWriter.write
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def witnessed(self: RecordWriter, records: Any, mirrored: Any = (), **options: Any) -> None:
        write(self, records, mirrored, **options)
        lines = "".join(f"{record.tag} {record.step} {digest(record)}\n" for record in records)
        os.write(file, lines.encode())

    RecordWriter.write = witnessed  # type: ignore[method-assign]  # of this process alone


def digest(record: Any) -> str:
    """Returns a hash of a record's arrays."""
    found = hashlib.sha256()
    for name, array in sorted(record.arrays.items()):
        found.update(f"{name} {array.dtype} {array.shape}".encode())
        found.update(array.tobytes())
    return found.hexdigest()[:16]


if __name__ == "__main__":
    train(Path(sys.argv[1]), Path(sys.argv[2]))
