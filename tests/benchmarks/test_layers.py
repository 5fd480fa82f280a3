"""What records of layers cost: time in training steps, bytes against `add_histogram`'s."""

from __future__ import annotations

import statistics
import time

import pytest
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter

from lightning_callbacks import ActivationMonitor, GradientMonitor, Probe, WeightMonitor
from lightning_callbacks.layer_records import Layer, LayerRecord, Statistic
from lightning_callbacks.reduce import reduce_tensors
from tb_explain import schema
from tests import toys
from tests.benchmarks.figures import report
from tests.benchmarks.networks import Training, workload
from tests.benchmarks.size import size

pytestmark = [pytest.mark.benchmark, pytest.mark.slow]

ROUNDS = 15
NORM = Statistic("norm", "norm")
NETWORKS = size(("resnet",), ("resnet", "transformer"))


def seconds(run) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def gradients(network) -> dict[str, torch.Tensor]:
    return {name: p.grad for name, p in network.named_parameters() if p.grad is not None}


def record_of(network) -> list[schema.Record]:
    """Returns records of histograms alone, packed as a monitor packs them."""
    named = gradients(network)
    reduced = reduce_tensors(list(named.values()))
    layers = [Layer(name, "", list(g.shape), g.numel()) for name, g in named.items()]
    record = LayerRecord("gradients", layers, [NORM], {"norm": reduced.norm}, reduced)
    (part,) = [p for p in record.parts(record.table()) if p.kind == "layer_histograms"]
    return [schema.Record(part.kind, "gradients", 1, 0, 1, part.fields, part.arrays)]


@pytest.mark.parametrize("name", NETWORKS)
def test_one_histogram_record_costs_a_third_of_the_usual_recipe_at_most(name, tmp_path):
    """`add_histogram` for every parameter is what most people do; in turn, in the same run."""
    work = workload(name)
    step = work.stepper()
    writer = SummaryWriter(tmp_path)

    def usual() -> None:
        for key, gradient in gradients(work.network).items():
            writer.add_histogram(key, gradient, 1)

    def ours() -> None:
        for record in record_of(work.network):
            schema.pack(record)

    times = {"step": [], "ours": [], "usual": []}
    for _ in range(ROUNDS):
        for key, run in (("step", step), ("ours", ours), ("usual", usual)):
            times[key].append(seconds(run))
    medians = {key: statistics.median(values) for key, values in times.items()}
    report(f"{name}: one histogram record, in training steps", medians["ours"] / medians["step"])
    report(f"{name}: add_histogram for all, in training steps", medians["usual"] / medians["step"])
    report(f"{name}: time of add_histogram / ours", medians["usual"] / medians["ours"], least=3)


@pytest.mark.parametrize("name", NETWORKS)
def test_records_take_at_most_a_tenth_of_the_bytes_of_add_histogram(name, tmp_path):
    work = workload(name)
    work.stepper()()
    writer = SummaryWriter(tmp_path)
    for key, gradient in gradients(work.network).items():
        writer.add_histogram(key, gradient, 1)
    writer.close()
    (file,) = tmp_path.iterdir()
    ours = sum(len(schema.pack(record)) for record in record_of(work.network))
    ratio = file.stat().st_size / ours
    report(f"{name}: bytes of add_histogram / of a record", ratio, least=10)


@pytest.mark.parametrize(
    ("which", "most"),
    [
        ("gradients, weights and activations", 0.03),
        *size([], [("gradients and weights", 0.01)]),
    ],
)
@pytest.mark.parametrize("name", NETWORKS)
def test_layer_monitors_every_fifty_steps_cost_a_few_percent_at_most(name, which, most, tmp_path):
    """Steps with and without records alternate; every fiftieth step would have one."""
    work, clock = workload(name), _Clock()
    every = {"every_n_train_steps": 2, "strict": True, "max_overhead": None}
    monitors = [GradientMonitor(**every), WeightMonitor(**every)]
    if "activations" in which:
        probe = Probe((work.inputs[:16], work.labels[:16]))
        monitors.append(ActivationMonitor(probe=probe, **every))
    batch = TensorDataset(
        work.inputs.repeat(44, *[1] * (work.inputs.dim() - 1)), work.labels.repeat(44)
    )
    trainer = toys.trainer(tmp_path, clock, *monitors, max_epochs=1)
    trainer.fit(Training(work.network), DataLoader(batch, len(work.labels)))
    steps = clock.seconds[3:]  # the first ones warm up
    plain, recorded = steps[1::2], steps[::2]
    cost = statistics.median(recorded) / statistics.median(plain) - 1
    report(f"{name}: {which} once, in training steps", cost)
    report(f"{name}: {which} every 50 steps, share of training time", cost / 50, most=most)


class _Clock(pl.Callback):
    """Notes the seconds from one step's start to the next one's."""

    def __init__(self) -> None:
        self.starts: list[float] = []

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        self.starts.append(time.perf_counter())

    @property
    def seconds(self) -> list[float]:
        return [b - a for a, b in zip(self.starts, self.starts[1:], strict=False)]
