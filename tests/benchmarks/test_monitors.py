"""What one record of each monitor costs: time in training steps, bytes; against the plain way."""

from __future__ import annotations

import statistics
import time
from itertools import pairwise
from pathlib import Path

import captum.attr
import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, TensorDataset

from lightning_callbacks import (
    ActivationMonitor,
    AttentionMonitor,
    AttributionMonitor,
    GradCAMMonitor,
    GradientMonitor,
    Probe,
    WeightMonitor,
    attribute,
)
from lightning_callbacks.guard import untouched
from lightning_callbacks.probe import draw
from tests import toys
from tests.benchmarks.figures import paired, report
from tests.benchmarks.networks import Training, Workload, workload
from tests.benchmarks.size import size

pytestmark = [pytest.mark.benchmark, pytest.mark.slow, pytest.mark.usefixtures("one_thread")]

# Records at every second step: so many steps, of which the first few warm up.
STEPS = size(14, 44)
WARM = 4
SAMPLES = 16
CASES = size(
    [("resnet", GradCAMMonitor)],
    [
        ("resnet", GradCAMMonitor),
        ("resnet", AttributionMonitor),
        ("resnet", ActivationMonitor),
        ("resnet", GradientMonitor),
        ("resnet", WeightMonitor),
        ("transformer", ActivationMonitor),
        ("transformer", GradientMonitor),
        ("transformer", WeightMonitor),
        ("transformer", AttentionMonitor),
    ],
)


class Clock(pl.Callback):
    """Notes processor seconds and the size of the event file at each step's start."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.bytes: list[int] = []

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        self.seconds.append(time.process_time())
        self.bytes.append(
            sum(path.stat().st_size for path in Path(trainer.log_dir).glob("events*"))
        )


def recorded(work: Workload, monitor: type, root: Path) -> Clock:
    """Trains with a record at every second step."""
    options = {"every_n_train_steps": 2, "max_overhead": None, "strict": True}
    if issubclass(monitor, pl.Callback) and monitor not in (GradientMonitor, WeightMonitor):
        options["probe"] = Probe((work.inputs[:SAMPLES], work.labels[:SAMPLES]))
    clock, repeats = Clock(), [STEPS] + [1] * (work.inputs.dim() - 1)
    data = TensorDataset(work.inputs.repeat(repeats), work.labels.repeat(STEPS))
    trainer = toys.trainer(root, clock, monitor(**options), max_epochs=1)
    trainer.fit(Training(work.network), DataLoader(data, len(work.labels)))
    return clock


@pytest.mark.parametrize(
    ("name", "monitor"), CASES, ids=[f"{name}-{monitor.__name__}" for name, monitor in CASES]
)
def test_one_record_of_each_monitor(name, monitor, tmp_path):
    clock = recorded(workload(name), monitor, tmp_path)
    took = [after - before for before, after in pairwise(clock.seconds)][WARM:]
    grew = [after - before for before, after in pairwise(clock.bytes)][WARM:]
    step = statistics.median(took[::2])
    costs = [
        (with_ - without) / step for without, with_ in zip(took[::2], took[1::2], strict=False)
    ]
    title = f"{name}: {monitor.__name__}"
    report(f"{title}, one record, in training steps", statistics.median(costs), spread=costs)
    kilobytes = (statistics.median(grew[1::2]) - statistics.median(grew[::2])) / 1000
    report(f"{title}, one record", kilobytes, unit="kB")


@pytest.mark.parametrize("name", size(["resnet"], ["resnet", "transformer"]))
def test_statistics_of_activations_against_hooks_that_ask_each_layer(name):
    """The usual recipe: a hook per layer that takes mean, deviation and zeros with `.item()`."""
    work = workload(name)
    images = work.inputs[:SAMPLES]
    probe = Probe((images, work.labels[:SAMPLES]))
    monitor, drawn = ActivationMonitor(probe=probe), draw(probe)

    def ours() -> None:
        with untouched(work.network) as model:
            monitor.observe(model, drawn)

    ratios = paired(
        lambda: _by_hooks(work.network, images), ours, rounds=5, clock=time.process_time
    )
    title = f"{name}: statistics of activations, time of hooks with .item() / ours"
    report(title, statistics.median(ratios), spread=ratios)


def _by_hooks(network, images) -> None:
    found = []

    def look(_module, _inputs, output) -> None:
        values = output[0] if isinstance(output, tuple) else output
        zeros = (values == 0).float().mean().item()
        found.append((values.mean().item(), values.std().item(), zeros))
        np.histogram(values.detach().numpy().ravel(), bins=64)

    handles = [m.register_forward_hook(look) for m in network.modules() if not list(m.children())]
    network.eval()
    with torch.no_grad():
        network(images)
    network.train()
    for handle in handles:
        handle.remove()


def test_grad_cam_against_captums():
    """Theirs makes one map and guards nothing; ours takes as long for fifteen as for one."""
    net = workload("resnet").network.eval()
    images = torch.rand(SAMPLES, 3, 32, 32)
    layer = net[8]
    theirs = captum.attr.LayerGradCam(net, layer)
    ratios = paired(
        lambda: theirs.attribute(images, target=1, relu_attributions=True),
        lambda: attribute(net, images, method="gradcam", target=1, layer="8"),
        rounds=9,
        clock=time.process_time,
    )
    title = "Grad-CAM of 16 images, Captum's time / ours"
    report(title, statistics.median(ratios), least=0.5, spread=ratios)
