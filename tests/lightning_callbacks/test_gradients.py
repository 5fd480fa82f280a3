"""Recorded gradients equal those the optimizer uses, whatever precision and accumulation."""

from functools import partial

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from lightning_fabric.plugins.precision.amp import _optimizer_handles_unscaling
from pytorch_lightning.plugins.precision import MixedPrecision
from torch import nn
from torch.utils.data import DataLoader

from lightning_callbacks import GradientMonitor, MonitorWarning, WeightMonitor
from tb_explain import histograms
from tests import toys
from tests.lightning_callbacks.test_reduce import plain_counts

SCALE = 65536.0
# Takes the loss scale out within its own step.
FUSED_SGD = partial(torch.optim.SGD, fused=True)


class Keeper(toys.Classifier):
    """Keeps the gradients of every step, and does not augment."""

    def __init__(self, net=None, optimizer=None) -> None:
        super().__init__(net)
        self.optimizer_class = optimizer or torch.optim.SGD
        self.kept: list[dict[str, torch.Tensor]] = []

    def training_step(self, batch, batch_idx):
        return nn.functional.cross_entropy(self(batch[0]), batch[1])

    def on_before_optimizer_step(self, optimizer) -> None:
        self.kept.append(
            {n: p.grad.detach().clone() for n, p in self.named_parameters() if p.grad is not None}
        )

    def configure_optimizers(self):
        return self.optimizer_class(self.parameters(), lr=0.05)


def without_dropout():
    pl.seed_everything(5, verbose=False)
    return toys.conv_net(head=nn.Linear(32, toys.CLASSES)).requires_grad_(True)


def fit(root, module, *, batch=8, monitor=None, **options):
    monitor = monitor or GradientMonitor(every_n_train_steps=1, strict=True, max_overhead=None)
    trainer = toys.trainer(root, monitor, **{"max_epochs": 1, **options})
    trainer.fit(module, DataLoader(toys.dataset(32), batch))
    return toys.read_records(root)


def columns(records, step):
    """Returns {layer: {statistic: value}} of the gradients recorded at `step`."""
    (table,) = toys.of_kind(records, "layer_table")
    (record,) = [r for r in toys.of_kind(records, "layer_statistics") if r.step == step]
    names = [statistic["name"] for statistic in table.fields["statistics"]]
    rows = record.arrays["values"].tolist()
    layers = [layer["name"] for layer in table.fields["layers"]]
    return {
        layer: dict(zip(names, row, strict=True)) for layer, row in zip(layers, rows, strict=True)
    }


@pytest.mark.parametrize("clip", [None, 1e-4])
def test_statistics_and_histograms_equal_numpys_before_clipping(tmp_path, clip):
    module = Keeper()
    records = fit(tmp_path, module, gradient_clip_val=clip)
    counts = {
        r.step: histograms.decode(r.arrays["bins"], r.arrays["ends"], 0)
        for r in toys.of_kind(records, "layer_histograms")
    }
    assert len(module.kept) == len(counts) == 4
    for step, kept in enumerate(module.kept, start=1):
        recorded = columns(records, step)
        assert list(recorded) == list(kept)
        for row, (name, gradient) in enumerate(kept.items()):
            values = gradient.double().numpy()
            expected = {
                "norm": np.linalg.norm(values),
                "mean": values.mean(),
                "std": values.std(),
                "max": np.abs(values).max(),
                "zeros": (values == 0).mean(),
                "nonfinite": 0,
            }
            for key, value in expected.items():
                np.testing.assert_allclose(recorded[name][key], value, rtol=1e-6, err_msg=key)
            np.testing.assert_array_equal(
                counts[step][row], plain_counts(gradient.numpy(), 0), err_msg=name
            )
            weight = recorded[name]["weight_norm"]
            ratio = recorded[name]["norm"] / weight if weight else np.nan
            np.testing.assert_allclose(recorded[name]["gradient_to_weight"], ratio, rtol=1e-5)


def test_gradients_of_four_accumulated_batches_equal_the_full_batchs(tmp_path):
    plain_net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(400, 4))
    state = {name: value.clone() for name, value in plain_net.state_dict().items()}
    whole = columns(fit(tmp_path / "whole", Keeper(plain_net), batch=32), 1)
    again = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(400, 4))
    again.load_state_dict(state)
    parts = columns(fit(tmp_path / "parts", Keeper(again), accumulate_grad_batches=4), 1)
    for name, row in whole.items():
        for key in ("norm", "std", "max", "weight_norm"):
            np.testing.assert_allclose(parts[name][key], row[key], rtol=1e-4, err_msg=key)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning")
@pytest.mark.parametrize("optimizer", [torch.optim.SGD, FUSED_SGD], ids=["plain", "fused"])
def test_under_a_loss_scale_gradients_are_those_of_full_precision(tmp_path, optimizer):
    net = without_dropout().eval()
    state = {name: value.clone() for name, value in net.state_dict().items()}
    full = columns(fit(tmp_path / "full", Keeper(net), batch=32), 1)
    net.load_state_dict(state)
    scaler = torch.amp.GradScaler("cpu", init_scale=SCALE)
    precision = MixedPrecision("16-mixed", "cpu", scaler=scaler)
    records = fit(tmp_path / "half", Keeper(net, optimizer), batch=32, plugins=[precision])
    half = columns(records, 1)
    (record,) = toys.of_kind(records, "layer_statistics")
    assert record.fields["loss_scale"] == SCALE
    is_fused = _optimizer_handles_unscaling(optimizer([nn.Parameter(torch.ones(1))], lr=1.0))
    assert is_fused == (optimizer is FUSED_SGD) == bool(record.fields["notes"])
    for name, row in full.items():
        if row["norm"] > 1e-4:  # a bias before a BatchNorm has rounding errors for gradients
            np.testing.assert_allclose(half[name]["norm"], row["norm"], rtol=2e-2, err_msg=name)


def test_sparse_embedding_gradients_are_counted_whole(tmp_path):
    class Bag(Keeper):
        def __init__(self):
            super().__init__(nn.EmbeddingBag(50, toys.CLASSES, sparse=True))

        def training_step(self, batch, batch_idx):
            words = (batch[0][:, 0, 0, :5] * 50).long()
            return nn.functional.cross_entropy(self.net(words), batch[1])

    module = Bag()
    row = columns(fit(tmp_path, module), 1)["net.weight"]
    dense = module.kept[0]["net.weight"].to_dense().double().numpy()
    np.testing.assert_allclose(row["norm"], np.linalg.norm(dense), rtol=1e-6)
    np.testing.assert_allclose(row["zeros"], (dense == 0).mean(), rtol=1e-6)


def test_a_parameter_without_gradient_has_no_statistics(tmp_path):
    class Unused(Keeper):
        def __init__(self):
            super().__init__()
            self.unused = nn.Linear(3, 3)

    row = columns(fit(tmp_path, Unused()), 1)["unused.weight"]
    assert np.isnan([row["norm"], row["mean"], row["gradient_to_weight"]]).all()


def test_parameters_are_chosen_by_globs(tmp_path):
    monitor = GradientMonitor(parameters="net.*.weight", every_n_train_steps=1, strict=True)
    recorded = columns(fit(tmp_path, Keeper(), monitor=monitor), 1)
    assert list(recorded) == ["net.0.weight", "net.1.weight", "net.4.weight", "net.9.weight"]


def test_globs_that_match_nothing_are_named_with_what_there_is(tmp_path):
    monitor = GradientMonitor(parameters="encoder.*", every_n_train_steps=1)
    with pytest.warns(MonitorWarning, match=r"\['encoder.\*'\] match none .*'net.0.weight'"):
        records = fit(tmp_path, Keeper(), monitor=monitor)
    gaps = [r.fields["gap"] for r in toys.of_kind(records, "layer_statistics")]
    assert len(gaps) == 3  # then it is switched off
    assert all("encoder" in gap for gap in gaps)


def test_the_first_step_and_every_fiftieth_are_recorded_by_default(tmp_path):
    records = fit(tmp_path, Keeper(), batch=2, monitor=GradientMonitor(strict=True), max_epochs=7)
    assert [r.step for r in toys.of_kind(records, "layer_statistics")] == [1, 50, 100]


def test_the_last_step_of_each_epoch_is_recorded_on_request(tmp_path):
    monitor = GradientMonitor(every_n_epochs=1, strict=True)
    records = fit(tmp_path, Keeper(), monitor=monitor, max_epochs=2, accumulate_grad_batches=3)
    assert [(r.step, r.epoch) for r in toys.of_kind(records, "layer_statistics")] == [
        (1, 0),
        (2, 0),
        (4, 1),
    ]


class TwoOptimizers(toys.Classifier):
    """Steps two optimizers in every batch, by hand."""

    def __init__(self):
        super().__init__()
        self.automatic_optimization = False

    def training_step(self, batch, batch_idx):
        loss = nn.functional.cross_entropy(self(batch[0]), batch[1])
        for optimizer in self.optimizers():
            optimizer.zero_grad()
        self.manual_backward(loss)
        for optimizer in self.optimizers():
            optimizer.step()

    def configure_optimizers(self):
        halves = self.net[:5], self.net[5:]
        return [torch.optim.SGD(half.parameters(), lr=0.01) for half in halves]


class Alternating(TwoOptimizers):
    """Steps one optimizer in even batches, the other in odd ones."""

    def training_step(self, batch, batch_idx):
        optimizer = self.optimizers()[batch_idx % 2]
        optimizer.zero_grad()
        self.manual_backward(nn.functional.cross_entropy(self(batch[0]), batch[1]))
        optimizer.step()


class Toggled(TwoOptimizers):
    """Steps one after the other, of which each time only one's parameters may be trained."""

    def training_step(self, batch, batch_idx):
        for optimizer in reversed(self.optimizers()):
            self.toggle_optimizer(optimizer)
            optimizer.zero_grad()
            self.manual_backward(nn.functional.cross_entropy(self(batch[0]), batch[1]))
            optimizer.step()
            self.untoggle_optimizer(optimizer)


@pytest.mark.parametrize("kind", [GradientMonitor, WeightMonitor])
def test_optimizers_that_are_toggled_are_in_one_record(tmp_path, kind):
    records = fit(tmp_path, Toggled(), monitor=kind(every_n_train_steps=1, strict=True))
    statistics = toys.of_kind(records, "layer_statistics")
    assert [r.step for r in statistics] == [2, 4, 6, 8]
    (table,) = toys.of_kind(records, "layer_table")
    names = {layer["name"] for layer in table.fields["layers"]}
    assert names == {name for name, _ in Toggled().named_parameters()}


def test_of_toggled_optimizers_those_not_asked_for_are_passed_over(tmp_path):
    monitor = GradientMonitor(parameters="net.0.*", every_n_train_steps=1, strict=True)
    (table,) = toys.of_kind(fit(tmp_path, Toggled(), monitor=monitor), "layer_table")
    assert [layer["name"] for layer in table.fields["layers"]] == ["net.0.weight", "net.0.bias"]


def test_steps_of_other_optimizers_alone_are_passed_over(tmp_path):
    monitors = [
        kind(parameters="net.0.*", every_n_train_steps=1, strict=True)
        for kind in (GradientMonitor, WeightMonitor)
    ]
    trainer = toys.trainer(tmp_path, *monitors, max_epochs=1)
    trainer.fit(Alternating(), DataLoader(toys.dataset(32), 8))
    recorded = toys.of_kind(toys.read_records(tmp_path), "layer_statistics")
    assert [(r.monitor, r.step) for r in recorded] == [
        (monitor, step) for step in (1, 3) for monitor in ("gradients", "weights")
    ]


def test_all_optimizers_of_a_batch_are_in_one_record(tmp_path):
    records = fit(tmp_path, TwoOptimizers())
    statistics = toys.of_kind(records, "layer_statistics")
    assert [r.step for r in statistics] == [2, 4, 6, 8]
    assert np.isfinite(statistics[0].arrays["values"][:, 0]).all()
