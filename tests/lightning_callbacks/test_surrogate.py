"""Surrogates: what they find where the truth is known, and how well they say they imitate."""

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lightning_callbacks import MonitorWarning, Probe, SurrogateMonitor
from lightning_callbacks.surrogate import agreement, r2
from tests import toys


class Fixed(pl.LightningModule):
    """A model that never changes."""

    def __init__(self, net):
        super().__init__()
        self.net = net
        self.unused = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return self.net(x)

    def training_step(self, batch, _index):
        return self.unused.sum()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.0)


def table(samples=400):
    return torch.randn(samples, 4, generator=torch.Generator().manual_seed(0)) * 3 + 1


def record_of(root, net, x, **options):
    monitor = SurrogateMonitor(probe=x, strict=True, untrained=False, **options)
    data = DataLoader(TensorDataset(x[:8], torch.zeros(8).long()), 4)
    toys.trainer(root, monitor, max_epochs=1).fit(Fixed(net), data)
    (record,) = toys.of_kind(toys.read_records(root), "surrogate")
    return record


def test_a_linear_model_is_imitated_exactly(tmp_path):
    torch.manual_seed(0)
    net, x = nn.Linear(4, 2), table()
    record = record_of(tmp_path, net, x, ridge=1e-6)
    ridge, tree = record.fields["models"]
    assert ridge["r2"] > 0.9999
    assert ridge["agreement"] == 1
    assert tree["r2"] < 0.95
    deviations = record.arrays["deviations"]
    np.testing.assert_allclose(
        record.arrays["coefficients"] / deviations, net.weight.detach(), rtol=1e-3, atol=1e-4
    )
    assert (record.fields["fitted"], record.fields["held_out"]) == (200, 200)
    assert record.fields["features"] == [f"column {i}" for i in range(4)]


def test_a_step_is_imitated_by_a_tree_with_its_threshold(tmp_path):
    class Step(nn.Module):
        def forward(self, x):
            high = (x[:, 2] > 2.5).float()
            return torch.stack([-high, high], dim=1)

    record = record_of(tmp_path, Step(), table(), depth=1)
    ridge, tree = record.fields["models"]
    assert tree["r2"] > 0.95 > ridge["r2"]
    root, *leaves = tree["tree"]
    assert root["feature"] == 2
    assert root["threshold"] == pytest.approx(2.5, abs=0.1)
    assert [root["left"], root["right"]] == [1, 2]
    assert sum(leaf["samples"] for leaf in leaves) == root["samples"] == 200


def test_a_model_that_is_neither_has_low_fidelity(tmp_path):
    class Parity(nn.Module):
        def forward(self, x):
            return torch.cos(4 * x).prod(dim=1, keepdim=True) * torch.tensor([[1.0, -1.0]])

    models = record_of(tmp_path, Parity(), table()).fields["models"]
    assert all(model["r2"] < 0.2 for model in models)


def test_images_are_imitated_from_a_layers_pooled_outputs(tmp_path):
    torch.manual_seed(0)
    net = toys.conv_net()
    record = record_of(tmp_path, net, toys.images(60), layer="net.5")
    assert record.fields["features"] == [f"unit {i}" for i in range(8)]
    assert record.arrays["coefficients"].shape == (4, 8)


def test_images_without_a_layer_say_what_to_do(tmp_path):
    with pytest.raises(ValueError, match=r"kind 'image'. Name a layer .*layer='...'"):
        record_of(tmp_path, toys.conv_net(), toys.images(60))


def test_too_few_samples_leave_a_gap(tmp_path):
    monitor = SurrogateMonitor(probe=Probe(table(5)))
    data = DataLoader(TensorDataset(table(8), torch.zeros(8).long()), 4)
    with pytest.warns(MonitorWarning, match="has 5 samples; a surrogate needs at least 8"):
        toys.trainer(tmp_path, monitor, max_epochs=1).fit(Fixed(nn.Linear(4, 2)), data)


def test_fidelity_is_as_defined():
    truth = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 0.0]])
    assert r2(truth, truth) == 1
    assert r2(truth, np.tile(truth.mean(axis=0), (3, 1))) == 0
    assert r2(np.ones((3, 2)), truth) is None
    assert agreement(truth, truth[:, ::-1]) == 0
    assert agreement(np.array([[1.0], [-1.0]]), np.array([[2.0], [3.0]])) == 0.5
