"""Trainings with `explain()` that note what it took, and the same ones without it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, TensorDataset

from lightning_callbacks import Explain
from tests import toys
from tests.benchmarks.networks import Training, workload

# Steps of an epoch, and epochs: some five minutes each.
LENGTHS = {"resnet": (100, 19), "transformer": (25, 22)}


class Timed(Explain):
    """Notes the processor seconds of its own work, epoch by epoch; the first is before training."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.own = [0.0]
        self.choosing = 0.0

    def _tell(self, hook: str, *arguments: Any) -> None:
        start = time.process_time()
        super()._tell(hook, *arguments)
        self.own[-1] += time.process_time() - start
        if hook in ("on_train_start", "on_train_epoch_end"):
            self.own.append(0.0)

    def choose(self, *arguments: Any) -> None:
        start = time.process_time()
        super().choose(*arguments)
        self.choosing += time.process_time() - start


@dataclass(frozen=True)
class Took:
    """What `explain()` did in a training.

    Attributes:
      own: processor seconds, by the callback's own clock.
      schedules: when each monitor recorded at last.
    """

    own: float = 0.0
    schedules: tuple[str, ...] = ()


class Validated(Training):
    """Validates as well, as trainings that are explained do."""

    def validation_step(self, batch, batch_idx):
        self.log("val_loss", torch.nn.functional.cross_entropy(self(batch[0]), batch[1]))


def train_plain(name: str, root: Path) -> Took:
    """Trains the network of a workload for its length."""
    _fit(name, root)
    return Took()


def train_explained(name: str, root: Path) -> Took:
    """The same with `explain()`."""
    callback = Timed(strict=True)
    _fit(name, root, callback)
    schedules = tuple(f"{monitor.name}: {monitor.schedule}" for monitor in callback.monitors)
    return Took(callback.choosing + sum(callback.own), schedules)


def _fit(name: str, root: Path, *callbacks: pl.Callback) -> None:
    work, (steps, epochs) = workload(name), LENGTHS[name]
    repeats = [steps] + [1] * (work.inputs.dim() - 1)
    data = TensorDataset(work.inputs.repeat(repeats), work.labels.repeat(steps))
    held_out = TensorDataset(work.inputs, work.labels)
    loaders = [DataLoader(each, len(work.labels)) for each in (data, held_out)]
    toys.trainer(root, *callbacks, max_epochs=epochs).fit(Validated(work.network), *loaders)
