"""What DeepLIFT costs: time beside Captum's, memory beside a step of training."""

from __future__ import annotations

import statistics
import subprocess
import sys
import textwrap
import time

import captum.attr
import pytest
import torch
from torch import nn

from lightning_callbacks.methods.deeplift import deeplift
from tests.benchmarks.figures import report
from tests.benchmarks.networks import small_resnet

pytestmark = [pytest.mark.benchmark, pytest.mark.slow]

ROUNDS = 15
SAMPLES = 16


def plain_net() -> nn.Module:
    """Returns convolutions, BatchNorm and ReLU, where Captum's DeepLIFT is right."""
    layers: list[nn.Module] = [nn.Conv2d(3, 16, 3, padding=1), nn.ReLU()]
    for _ in range(3):
        layers += [nn.Conv2d(16, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU()]
    return nn.Sequential(*layers, nn.AvgPool2d(4), nn.Flatten(), nn.Linear(1024, 10))


def out_of_place(network: nn.Module) -> nn.Module:
    """Returns a network with in-place activations off, which Captum's hooks can't have."""
    for module in network.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
    return network


@pytest.mark.parametrize(
    ("build", "side"), [(plain_net, 32), (small_resnet, 32), (small_resnet, 64)]
)
@pytest.mark.filterwarnings("ignore")
def test_it_takes_no_longer_than_captum(build, side):
    network = out_of_place(build()).eval()
    x, x0 = torch.randn(2, SAMPLES, 3, side, side)
    theirs = captum.attr.DeepLift(network)

    def step() -> None:
        network(x).logsumexp(1).sum().backward()
        network.zero_grad()

    runs = {
        "ours": lambda: deeplift(lambda x: network(x)[:, 0], (x,), (x0,)),
        "captum": lambda: theirs.attribute(x, x0, target=0),
        "step": step,
    }
    times = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values) for name, values in times.items()}
    name = f"{build.__name__}, {side} px"
    report(f"{name}: DeepLIFT, in Captum's", medians["ours"] / medians["captum"], most=1)
    report(f"{name}: DeepLIFT, in training steps", medians["ours"] / medians["step"])


MEASURE = """
    import resource, sys, torch
    from lightning_callbacks.methods.deeplift import deeplift
    from tests.benchmarks.networks import small_resnet

    def peak():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # MiB on Linux

    def now():
        with open("/proc/self/statm") as pages:
            return int(pages.read().split()[1]) * resource.getpagesize() / 2**20

    def run(what, x):
        if what == "step":
            network(x).logsumexp(1).sum().backward()
        else:
            deeplift(lambda x: network(x)[:, 0], (x,), (x.flip(0),))

    network = small_resnet().eval()
    run(sys.argv[1], torch.randn(1, 3, 64, 64))
    before = now()
    run(sys.argv[1], torch.randn(256, 3, 64, 64))
    print(peak() - before)
"""


def grown(what: str) -> float:
    """Returns by how many MiB a process of its own grew."""
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(MEASURE), what]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has other units elsewhere")
def test_it_takes_about_twice_the_memory_of_a_training_step_of_as_many_samples():
    step, ours = grown("step"), grown("deeplift")
    report("a training step, MiB", step)
    report("DeepLIFT, MiB", ours)
    report("memory of DeepLIFT, in a training step's", ours / step, most=2.5)
