import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lightning_callbacks import GradientMonitor
from lightning_callbacks.noise_scale import NoiseScale
from tests import toys
from tests.lightning_callbacks.test_gradients import columns


def window(parameter, gradients):
    """Accumulates gradients as a trainer does: each divided by their number."""
    noise = NoiseScale()
    parameter.grad = None
    for gradient in gradients:
        part = gradient / len(gradients)
        parameter.grad = part.clone() if parameter.grad is None else parameter.grad + part
        noise.add({"w": parameter}, 1.0)
    return noise


def test_estimates_are_those_of_the_paper():
    generator = torch.Generator().manual_seed(0)
    gradients = [torch.randn(5, generator=generator).double() for _ in range(4)]
    noise = window(nn.Parameter(torch.zeros(5).double()), gradients)
    small = np.mean([float(g @ g) for g in gradients])
    mean = sum(gradients) / 4
    big = float(mean @ mean)
    size = 8  # samples in a micro-batch, 32 in the window
    signal = (32 * big - 8 * small) / (32 - 8)
    trace = (small - big) / (1 / 8 - 1 / 32)
    assert noise.estimates("w", size) == pytest.approx((signal, trace), rel=1e-9)


def test_estimates_are_unbiased():
    generator = torch.Generator().manual_seed(1)
    true, deviation, size = torch.full((20,), 0.3).double(), 2.0, 16
    noise, parameter = NoiseScale(), nn.Parameter(torch.zeros(20).double())
    found = []
    for _ in range(400):
        spread = deviation / size**0.5
        micro = [true + spread * torch.randn(20, generator=generator).double() for _ in range(4)]
        noise = window(parameter, micro)
        found.append(noise.estimates("w", size))
    signal, trace = np.mean(found, axis=0)
    assert signal == pytest.approx(20 * 0.3**2, rel=0.05)
    assert trace == pytest.approx(20 * deviation**2, rel=0.05)


def test_a_single_micro_batch_gives_no_estimate():
    noise = window(nn.Parameter(torch.zeros(3)), [torch.ones(3)])
    assert np.isnan(noise.estimates("w", 8)).all()


class Linear(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(6, 1)

    def forward(self, x):
        return self.net(x)

    def training_step(self, batch, batch_idx):
        return nn.functional.mse_loss(self(batch[0])[:, 0], batch[1])

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.0)


def fit(root, **options):
    pl.seed_everything(2, verbose=False)
    data = TensorDataset(torch.randn(64, 6), torch.randn(64))
    monitor = GradientMonitor(noise_scale=True, every_n_train_steps=1, strict=True)
    toys.trainer(root, monitor, max_epochs=1, **options).fit(Linear(), DataLoader(data, 8))
    return toys.read_records(root)


def test_the_monitor_records_it_for_every_parameter(tmp_path):
    records = fit(tmp_path, accumulate_grad_batches=4)
    row = columns(records, 2)["net.weight"]
    assert row["noise"] > 0
    assert row["noise_scale"] == pytest.approx(row["noise"] / row["signal"], rel=1e-5) or (
        row["signal"] < 0 and np.isnan(row["noise_scale"])
    )


def test_without_accumulation_it_is_not_defined(tmp_path):
    assert np.isnan(columns(fit(tmp_path), 1)["net.weight"]["noise_scale"])


def test_a_schedule_by_epochs_is_refused():
    with pytest.raises(ValueError, match="schedule by steps"):
        GradientMonitor(noise_scale=True, every_n_epochs=1)
