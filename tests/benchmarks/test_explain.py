"""What `explain()` costs of a training: processor time of one thread, and bytes."""

from __future__ import annotations

import statistics
import time
from functools import partial

import pytest
import pytorch_lightning as pl

from demo import fashion
from tests.benchmarks.explained import LENGTHS, Timed, train_explained, train_plain
from tests.benchmarks.figures import report
from tests.benchmarks.side_by_side import side_by_side
from tests.benchmarks.size import size

pytestmark = [pytest.mark.benchmark, pytest.mark.slow]

EPOCHS = 3


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


@pytest.mark.skipif(size(small=True, full=False), reason="minutes; BENCHMARKS=full measures it")
@pytest.mark.parametrize("name", LENGTHS)
def test_training_keeps_98_percent_of_its_throughput(name, tmp_path, monkeypatch):
    """All counts: choosing, untrained and final models, and what it slows down elsewhere."""
    fits = [
        partial(train, name, tmp_path / f"{train.__name__}_{pair}")
        for pair in range(2)
        for train in (train_explained, train_plain)
    ]
    first, second = side_by_side(fits[:2], monkeypatch), side_by_side(fits[:1:-1], monkeypatch)
    pairs = [first, second[::-1]]  # which had changed places
    print(*first[0][1].schedules, sep="\n")
    shares = [took.own / seconds for (seconds, took), _ in pairs]
    report(f"{name}: throughput by the callback's own clock", 1 - statistics.median(shares))
    ratios = [without / with_ for (with_, _), (without, _) in pairs]
    title = f"{name}: throughput with explain() / without, in pairs"
    report(title, statistics.median(ratios), least=0.98, spread=ratios)
    (log,) = (tmp_path / "train_explained_0").glob("**/events*")
    megabytes = log.stat().st_size / 1e6 / (LENGTHS[name][1] + 1)
    report(f"{name}: event file", megabytes, unit="MB per epoch", most=0.3)
