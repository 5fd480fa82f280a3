"""How costs grow with layers, samples and the length of a run; 1 is in proportion, 0 not at all."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest
import torch
from torch import nn

from lightning_callbacks import ActivationMonitor, AttributionMonitor, GradCAMMonitor, Probe
from lightning_callbacks.guard import untouched
from lightning_callbacks.probe import draw
from tb_explain import schema
from tests import servers, toys
from tests.benchmarks.figures import exponent, report
from tests.benchmarks.networks import small_resnet
from tests.benchmarks.size import size
from tests.benchmarks.test_layers import record_of
from tests.logs import write_long_run
from tests.synthetic_runs import RunShape, write_run

pytestmark = [pytest.mark.benchmark, pytest.mark.slow, pytest.mark.usefixtures("one_thread")]

LAYERS = size((30, 100, 300), (30, 100, 300, 1000))
SAMPLES = size((16, 64), (16, 64, 256))
SIDES = size((64, 256), (64, 128, 256, 512))  # pixels
RECORDS = size(200, 2000)
# What a busy machine adds.
PROPORTION = 1.15
LESS_THAN_PROPORTION = 1.0  # quiet, it is 0.4 to 0.8


def seconds(act: Callable[[], object], *, rounds: int = 5) -> float:
    """Returns the median processor seconds of an act, which is done once before."""
    act()
    times = []
    for _ in range(rounds):
        start = time.process_time()
        act()
        times.append(time.process_time() - start)
    return statistics.median(times)


def curve(name: str, costs: dict[int, float], *, most: float = PROPORTION) -> None:
    """Reports costs in ms by size, and the exponent of their growth."""
    for count, cost in costs.items():
        report(name.replace("#", f"{count:,}"), 1e3 * cost, unit="ms")
    report(name.replace("#", "n") + ": exponent", exponent(costs), most=most)


def deep(layers: int) -> nn.Module:
    return nn.Sequential(*(part for _ in range(layers) for part in (nn.Linear(16, 16), nn.Tanh())))


def test_a_record_of_gradients_grows_with_its_layers():
    def cost(layers: int) -> float:
        net = deep(layers)
        net(torch.rand(4, 16)).sum().backward()
        return seconds(lambda: [schema.pack(record) for record in record_of(net)])

    curve("gradients of # layers, one record", {layers: cost(layers) for layers in LAYERS})


def test_a_record_of_activations_grows_with_its_layers():
    def cost(layers: int) -> float:
        net, probe = deep(layers), Probe((torch.rand(16, 16), torch.zeros(16, dtype=torch.long)))
        return observing(ActivationMonitor(probe=probe), net, probe)

    curve("activations of # layers, one record", {layers: cost(layers) for layers in LAYERS})


def test_a_record_of_maps_grows_with_its_samples():
    net = small_resnet()

    def cost(samples: int) -> float:
        labels = torch.arange(samples) % 10
        probe = Probe((torch.rand(samples, 3, 32, 32), labels), samples=samples)
        return observing(GradCAMMonitor(probe=probe), net, probe)

    curve("maps of # samples, one record", {samples: cost(samples) for samples in SAMPLES})


def test_a_record_of_pixels_grows_with_their_number():
    net = nn.Sequential(
        nn.Conv2d(3, 8, 5, stride=4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )

    def cost(side: int) -> float:
        probe = Probe((torch.rand(16, 3, side, side), torch.arange(16) % 8))
        return observing(AttributionMonitor("saliency", probe=probe), net, probe)

    costs = {side**2: cost(side) for side in SIDES}
    curve("maps of 16 samples of # pixels, one record", costs)


def observing(monitor, net, probe) -> float:
    drawn = draw(probe)

    def observe() -> None:
        with untouched(net) as model:
            monitor.observe(model, drawn)

    return seconds(observe)


def test_a_record_costs_the_same_however_many_there_are(tmp_path):
    """Each step is recorded, from the first to the last; records of the first tenth warm up."""
    costs: list[float] = []

    class Timed(GradCAMMonitor):
        def _record(self, *arguments):
            start = time.process_time()
            super()._record(*arguments)
            costs.append(time.process_time() - start)

    monitor = Timed(every_n_train_steps=1, max_overhead=None, strict=True)
    trainer = toys.trainer(tmp_path, monitor, max_epochs=RECORDS // 4, log_every_n_steps=RECORDS)
    trainer.fit(toys.Classifier(), *toys.loaders())
    tenth = RECORDS // 10
    by_place = {
        start: statistics.median(costs[start : start + tenth])
        for start in range(tenth, RECORDS, tenth)
    }
    report(
        f"record {RECORDS:,}, in the time of record {tenth:,}",
        by_place[RECORDS - tenth] / by_place[tenth],
    )
    curve("record # of a run", by_place, most=0.1)


def served(root, runs: int) -> dict[str, float]:
    """Returns seconds, warm, of the catalog and of one run's panel of a TensorBoard with `runs`."""
    with servers.tensorboard(root, "--load_fast=false") as server:
        servers.eventually(lambda: len(server.catalog()["runs"]) == runs, patience=300)
        time.sleep(3)
        name = server.catalog()["runs"][0]["run"]
        asks = {
            "catalog": server.catalog,
            "panel": lambda: server.panel("attributions", name, window="most=256"),
        }
        return {what: waited(ask) for what, ask in asks.items()}


def waited(ask: Callable[[], object], *, rounds: int = 9) -> float:
    """Returns the median seconds until an answer is there, after a first one."""
    ask()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        ask()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def test_catalog_and_panel_grow_less_than_the_runs(tmp_path):
    found = {}
    for runs in size((10, 40), (10, 30, 100, 300)):
        for seed in range(runs):
            write_run(tmp_path / f"{runs}" / f"run{seed}", RunShape(samples=2, epochs=3), seed=seed)
        found[runs] = served(tmp_path / f"{runs}", runs)
    catalogs = {runs: took["catalog"] for runs, took in found.items()}
    curve("catalog of # runs", catalogs, most=LESS_THAN_PROPORTION)
    # A panel looks its runs up in the list of all.
    panels = {runs: took["panel"] for runs, took in found.items()}
    curve("panel of one of # runs", panels, most=LESS_THAN_PROPORTION)


def test_a_level_of_detail_grows_less_than_its_steps(tmp_path):
    found = {}
    for steps in size((250, 1000), (250, 1000, 4000)):
        write_long_run(tmp_path / f"{steps}" / "run", steps=steps)
        found[steps] = served(tmp_path / f"{steps}", 1)
    panels = {steps: took["panel"] for steps, took in found.items()}
    curve("panel of a run of # steps", panels, most=LESS_THAN_PROPORTION)
