"""What `explain()` costs of a training: processor time of one thread, and bytes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, TensorDataset

from demo import fashion
from lightning_callbacks import Explain
from tests import toys
from tests.benchmarks.figures import report
from tests.benchmarks.in_turn import in_turn
from tests.benchmarks.networks import Training, workload
from tests.benchmarks.size import size

pytestmark = [pytest.mark.benchmark, pytest.mark.slow]

EPOCHS = 3


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


class EpochClock(pl.Callback):
    """Notes the processor seconds of epochs; it must come before the callback that is measured."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def on_train_epoch_start(self, trainer, pl_module):
        self._start = time.process_time()

    def on_train_epoch_end(self, trainer, pl_module):
        self.seconds.append(time.process_time() - self._start)


@pytest.mark.parametrize(
    ("preset", "limit"), size([("standard", 0.02)], [("light", 0.01), ("standard", 0.02)])
)
@pytest.mark.filterwarnings("ignore:.*`lr_scheduler.step\\(\\)`:UserWarning")
def test_a_preset_costs_no_more_than_it_says(preset, limit, tmp_path, one_thread):
    clock, callback = EpochClock(), Timed(preset=preset, strict=True)
    data = fashion.load()
    fashion.train(
        tmp_path, preset, data, epochs=EPOCHS, callbacks=[clock, callback], progress=False
    )
    before, *own = callback.own[: EPOCHS + 1]
    # What a callback does at an epoch's end comes after the clock; what it does before, within.
    share = sum(own) / sum(clock.seconds)
    report(f"explain({preset}), share of training time", share, most=limit)
    report("choosing, in epochs", callback.choosing / clock.seconds[-1])
    report("the untrained record, in epochs", before / clock.seconds[-1])
    assert all(monitor.schedule.widening == 1 for monitor in callback.monitors)


class Validated(Training):
    """Validates as well, as trainings that are explained do."""

    def validation_step(self, batch, batch_idx):
        self.log("val_loss", torch.nn.functional.cross_entropy(self(batch[0]), batch[1]))


# Steps of an epoch, and epochs: some five minutes each.
LENGTHS = {"resnet": (100, 10), "transformer": (25, 22)}


@pytest.mark.skipif(size(small=True, full=False), reason="minutes; BENCHMARKS=full measures it")
@pytest.mark.parametrize("name", LENGTHS)
def test_training_keeps_98_percent_of_its_throughput(name, tmp_path):
    """All counts: choosing, untrained and final models, and what it slows down elsewhere."""
    epochs = LENGTHS[name][1]
    callback = Timed(strict=True)

    def explained(share: pl.Callback) -> None:
        fit(name, tmp_path / "explained", share, callback)

    def plain(share: pl.Callback) -> None:
        fit(name, tmp_path / "plain", share)

    with_, without = in_turn([explained, plain])
    for monitor in callback.monitors:
        print(f"{monitor.name}: {monitor.schedule}")
    throughput = sum(without) / sum(with_)
    report(f"{name}: throughput with explain() / without, in pairs", throughput, least=0.98)
    own = callback.choosing + sum(callback.own)
    report(f"{name}: the same by its own clock", 1 - own / sum(with_))
    (log,) = (tmp_path / "explained").glob("**/events*")
    megabytes = log.stat().st_size / 1e6 / (epochs + 1)
    report(f"{name}: event file", megabytes, unit="MB per epoch", most=0.3)


def fit(name: str, root: Path, *callbacks: pl.Callback) -> None:
    """Trains the network of a workload for its length."""
    work, (steps, epochs) = workload(name), LENGTHS[name]
    repeats = [steps] + [1] * (work.inputs.dim() - 1)
    data = TensorDataset(work.inputs.repeat(repeats), work.labels.repeat(steps))
    held_out = TensorDataset(work.inputs, work.labels)
    loaders = [DataLoader(each, len(work.labels)) for each in (data, held_out)]
    toys.trainer(root, *callbacks, max_epochs=epochs).fit(Validated(work.network), *loaders)
