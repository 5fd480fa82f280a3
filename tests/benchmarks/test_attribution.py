"""What attributions cost: time and memory against Captum, in turn, and in training steps."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import captum.attr
import pytest
import torch
from torch import nn

from lightning_callbacks import KernelSHAP, attribute
from lightning_callbacks.guard import untouched
from lightning_callbacks.input_explainer import Explained, Question, explain_inputs
from lightning_callbacks.methods import find_input_methods
from lightning_callbacks.methods.captum import Captum
from lightning_callbacks.spaces import SpaceOptions
from tests.benchmarks.figures import report
from tests.benchmarks.networks import small_resnet, workload
from tests.benchmarks.size import size

pytestmark = [pytest.mark.benchmark, pytest.mark.slow]

ROUNDS = 7
IMAGES = 16
CIFAR_STEPS = 782  # of 64 among 50,000 samples


def seconds(run) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def medians(runs: dict, rounds: int = ROUNDS) -> dict[str, float]:
    """Returns each run's median time; one after the other in every round."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run()  # warms up
    for _ in range(rounds):
        for name, run in runs.items():
            times[name].append(seconds(run))
    return {name: statistics.median(values) for name, values in times.items()}


def frozen_resnet() -> nn.Module:
    torch.manual_seed(0)
    return small_resnet().eval().requires_grad_(False)


def test_integrated_gradients_are_faster_than_captums_at_its_defaults():
    net, x = frozen_resnet(), torch.rand(size(4, IMAGES), 3, 64, 64)
    found = medians(
        {
            "ours": lambda: attribute(net, x, method="integrated_gradients", target=1),
            "captum": lambda: captum.attr.IntegratedGradients(net).attribute(x, target=1),
        },
        rounds=2,
    )
    ratio = found["captum"] / found["ours"]
    report("integrated gradients of 50 steps, Captum's time / ours", ratio, least=1)


def memory(name: str) -> float:
    """Returns a figure of the process's own memory in MiB: VmRSS now, VmHWM at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def test_integrated_gradients_add_400_mib_at_most():
    net, x = frozen_resnet(), torch.rand(IMAGES, 3, 64, 64)
    net(x)
    Path("/proc/self/clear_refs").write_text("5")  # the highest mark falls to what is held now
    before = memory("VmRSS")
    attribute(net, x, method="integrated_gradients", target=1)
    added = memory("VmHWM") - before
    report(
        "peak memory that IG of 50 steps adds, 16 images of 64 pixels", added, unit="MiB", most=400
    )
    assert added > 0


def test_kernel_shap_is_four_times_faster_than_captums_at_its_defaults():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 64), nn.Tanh(), nn.Linear(64, 2)).requires_grad_(False)
    x = torch.randn(IMAGES, 8)
    method = KernelSHAP(evaluations=25)  # Captum's default
    found = medians(
        {
            "ours": lambda: attribute(net, x, method=method, target=1, baseline="zero"),
            "captum": lambda: attribute(net, x, method=Captum("KernelShap"), target=1),
        }
    )
    ratio = found["captum"] / found["ours"]
    report("KernelSHAP of 25 evaluations, Captum's time / ours", ratio, least=4)


def test_a_probe_by_four_methods_takes_two_percent_of_an_epoch_at_most():
    work = workload("resnet")
    step = work.stepper()
    probe = work.inputs[:IMAGES]
    methods = find_input_methods(["saliency", "deeplift", "integrated_gradients"])

    def explain() -> None:
        attribute(work.network, probe, method="gradcam", target=1)
        with untouched(work.network) as module:
            question = Question([1])
            explained = Explained(
                module, lambda model, x: model(x), probe, None, question, SpaceOptions()
            )
            explain_inputs(explained, methods)

    found = medians({"step": step, "explain": explain})
    steps = found["explain"] / found["step"]
    report(
        "CAM, saliency, DeepLIFT and IG of 16 images, in training steps of 64",
        steps,
        most=0.02 * CIFAR_STEPS,
    )
