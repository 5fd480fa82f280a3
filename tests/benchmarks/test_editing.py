"""What recording sensitivity costs, and what quantising and distilling bring."""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from demo import __main__ as demo
from demo import fashion
from lightning_callbacks.editing import (
    DistilFrom,
    PruneToPlan,
    measure,
    quantise,
    recalibrate_batchnorm,
)
from lightning_callbacks.sensitivity import estimate_sensitivity, scan_sensitivity
from lightning_callbacks.sensitivity_monitor import DEFAULT_SAMPLES
from tb_explain.planning import Budget, Cut, Plan
from tests.benchmarks import resnet20
from tests.benchmarks.figures import report
from tests.benchmarks.size import size

pytestmark = [pytest.mark.benchmark, pytest.mark.slow]

ROUNDS = 7
SIDE = 16
SPARSITY = 0.9
TUNING_STEPS = 60
BATCH = 128


def seconds(act: Callable[[], object]) -> float:
    start = time.process_time()
    act()
    return time.process_time() - start


@pytest.mark.usefixtures("one_thread")
def test_watching_sensitivity_costs_at_most_two_percent_of_the_demos_training():
    """An estimate before the first step and after each epoch but the last, a scan after that."""
    data, model = fashion.load(), fashion.SmallCNN(1)
    optimizer = torch.optim.AdamW(model.parameters())
    few = (data.test_images[:DEFAULT_SAMPLES], data.test_labels[:DEFAULT_SAMPLES])
    batch = (data.train_images[:64], data.train_labels[:64])

    def step() -> None:
        nn.functional.cross_entropy(model(batch[0]), batch[1]).backward()
        optimizer.step()
        optimizer.zero_grad()

    acts: dict[str, Callable[[], object]] = {
        "step": step,
        "estimate": lambda: estimate_sensitivity(model, few, method="weight_fisher"),
        "scan": lambda: scan_sensitivity(model, few),
    }
    times: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(ROUNDS):
        for name, act in acts.items():
            times[name].append(seconds(act))
    median = {name: statistics.median(values) for name, values in times.items()}
    steps = demo.EPOCHS * (len(data.train_images) // 64)
    share = (demo.EPOCHS * median["estimate"] + median["scan"]) / (steps * median["step"])
    for name in ("estimate", "scan"):
        report(f"one {name}, in training steps", median[name] / median["step"])
    report("estimates each epoch and a scan at the end, share of training time", share, most=0.02)


def test_an_int8_net_is_smaller_and_faster_and_as_right():
    net, samples = resnet20.trained(32, 0), resnet20.probe(32)
    images, _ = resnet20.recalibration(32, 512)
    int8 = quantise(net, images.split(BATCH)).model
    before, after = measure(net, samples), measure(int8, samples)
    report("int8: bytes, of float32's", after.bytes / before.bytes, most=0.35)
    time_of_batch = after.seconds_batch / before.seconds_batch
    report("int8: time of 64 samples, of float32's", time_of_batch, most=1)
    report("int8: time of one sample, of float32's", after.seconds_one / before.seconds_one)
    report("int8: change of accuracy", after.metric - before.metric)
    again = resnet20.accuracy(int8, samples) - resnet20.accuracy(net, samples)
    assert again == pytest.approx(after.metric - before.metric)


class Tuned(pl.LightningModule):
    """Trains a net on with a small learning rate."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        return nn.functional.cross_entropy(self(batch[0]), batch[1])

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.02, momentum=0.9)


def tuned(root: Path, net: nn.Module, plan: Plan, *callbacks: pl.Callback) -> float:
    """Returns the accuracy of a copy of `net` that is pruned and trained on for a while."""
    torch.manual_seed(0)
    module = Tuned(copy.deepcopy(net))
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=10,
        max_steps=TUNING_STEPS,
        callbacks=[PruneToPlan(plan, schedule="one_shot"), *callbacks],
        logger=False,
        default_root_dir=root,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(
        module.train(), DataLoader(TensorDataset(*resnet20.training_set(SIDE)), BATCH, shuffle=True)
    )
    # After few steps at a constant rate, running statistics are those of weights long gone.
    images, labels = resnet20.recalibration(SIDE)
    batches = zip(images.split(BATCH), labels.split(BATCH), strict=True)
    recalibrate_batchnorm(module.net, batches)
    return resnet20.accuracy(module.net, resnet20.test_set(SIDE))


def uniform_plan(net: nn.Module) -> Plan:
    """Returns the same share of every weight with more than one axis."""
    named = [(n, p.numel()) for n, p in net.named_parameters() if p.dim() > 1]
    units = [Cut(name, size, round(SPARSITY * size), SPARSITY) for name, size in named]
    return Plan("unstructured", "uniform", Budget("parameters", 1 - SPARSITY), units)


@pytest.mark.filterwarnings("ignore:Converting a tensor")
def test_a_teacher_helps_a_pruned_net(tmp_path):
    gains = []
    for seed in size((1,), (0, 1, 2)):
        net = resnet20.trained(SIDE, seed)
        plan = uniform_plan(net)
        plain, taught = (tuned(tmp_path, net, plan, *also) for also in ((), (DistilFrom(net),)))
        report(f"net {seed}: accuracy after fine-tuning alone", plain)
        report(f"net {seed}: accuracy after fine-tuning with its teacher", taught)
        gains.append(taught - plain)
    report("gain of the teacher, mean of the nets", statistics.mean(gains))
    assert statistics.mean(gains) > 0
