import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lightning_callbacks import ActivationMonitor, MonitorWarning, Probe
from lightning_callbacks.activations import default_layers
from lightning_callbacks.reduce import transfer
from lightning_callbacks.watching import QUANTILES, Watch, note, quantiles, saturated, watching
from tb_explain import histograms, schema
from tests import toys
from tests.lightning_callbacks.test_gradients import columns
from tests.lightning_callbacks.test_reduce import plain_counts


class Still(toys.Classifier):
    """Does not learn: its outputs at every record are those of its net now."""

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.0)


def fit(root, module, *callbacks, monitor=None, **options):
    monitor = monitor or ActivationMonitor(strict=True)
    trainer = toys.trainer(root, *callbacks, monitor, **options)
    trainer.fit(module, *toys.loaders())
    return toys.read_records(root)


def test_statistics_equal_numpys_of_the_outputs_on_the_probe(tmp_path):
    module = Still(toys.conv_net().eval())
    monitor = ActivationMonitor(["net.*"], probe=Probe(toys.dataset(5), samples=5), strict=True)
    records = fit(tmp_path, module, monitor=monitor, max_epochs=1)
    recorded = columns(records, 0)
    (histogram, *_) = toys.of_kind(records, "layer_histograms")
    counts = histograms.decode(histogram.arrays["bins"], histogram.arrays["ends"], 2)
    x = torch.stack([sample for sample, _ in toys.dataset(5)])
    probe = x[[0, 1, 2, 3, 4]]
    module.net.eval()
    for row, (index, layer) in enumerate(module.net.named_children()):
        with torch.no_grad():
            probe = layer(probe.clone())
        values = probe.numpy().astype(np.float64)
        expected = {
            "mean": values.mean(),
            "std": values.std(),
            "min": values.min(),
            "max": values.max(),
            "zeros": (values == 0).mean(),
            "nonfinite": 0,
            "sample_std": np.sqrt(values.var(axis=0).mean()),
        }
        for q in QUANTILES:
            expected[f"q{round(100 * q):02d}"] = np.quantile(values, q)
        for name, value in expected.items():
            found = recorded[f"net.{index}"][name]
            np.testing.assert_allclose(found, value, rtol=1e-5, atol=1e-7, err_msg=name)
        np.testing.assert_array_equal(counts[row], plain_counts(probe.numpy(), 2))


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_quantiles_equal_numpys(size):
    values = torch.randn(size, generator=torch.Generator().manual_seed(size))
    expected = np.quantile(values.double().numpy(), QUANTILES)
    np.testing.assert_allclose(quantiles(values), expected, rtol=1e-6)
    values[-1] = float("nan")
    assert quantiles(values).isnan().all()


def test_quantiles_of_millions_are_those_of_every_kth_value():
    values = torch.arange(9_000_000) % 1000 / 1000.0
    np.testing.assert_allclose(quantiles(values), QUANTILES, atol=0.002)


@pytest.mark.parametrize(
    ("module", "outputs", "expected"),
    [
        (nn.Tanh(), [-1.0, -0.98, 0.0, 0.995], 0.5),
        (nn.Sigmoid(), [0.005, 0.5, 0.97, 1.0], 0.5),
        (nn.ReLU6(), [0.0, 3.0, 6.0, 5.9], 0.25),
        (nn.Hardtanh(-2, 2), [-2.0, -1.0, 2.0, 0.0], 0.5),
        (nn.Hardsigmoid(), [0.0, 1.0, 0.5, 0.2], 0.5),
    ],
)
def test_saturation_is_by_the_activations_own_limits(module, outputs, expected):
    assert float(saturated(module, torch.tensor(outputs))) == expected


def test_a_relu_has_no_limit_to_saturate_at():
    assert bool(saturated(nn.ReLU(), torch.ones(3)).isnan())


DEAD = [1, 4, 5]


class PlantDead(pl.Callback):
    """Kills three units from the start, and revives one after epoch 3."""

    def on_train_start(self, trainer, pl_module):
        with torch.no_grad():
            pl_module.net[4].bias[DEAD] = -1e4

    def on_train_epoch_start(self, trainer, pl_module):
        if trainer.current_epoch == 4:
            with torch.no_grad():
                pl_module.net[4].bias[DEAD[0]] = 1.0


def test_exactly_the_planted_dead_units_are_reported_until_they_revive(tmp_path):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        net = toys.conv_net()
        with torch.no_grad():
            net[4].bias.fill_(1.0)  # the others are alive
    monitor = ActivationMonitor(["net.5"], strict=True)
    records = fit(tmp_path, Still(net), PlantDead(), monitor=monitor, max_epochs=6)
    found = [r.arrays["dead"][:, 1].tolist() for r in toys.of_kind(records, "layer_statistics")]
    # Records: untrained, then epochs 0 to 5; dead after three in a row.
    assert found == [[], [], DEAD, DEAD, DEAD, DEAD[1:], DEAD[1:]]
    counts = [columns(records, step)["net.5"]["dead"] for step in (0, 8, 24)]
    assert counts == [0, 3, 2]


def test_units_lie_along_the_last_axis_behind_a_linear_layer():
    net = nn.Sequential(nn.Linear(6, 5), nn.ReLU())
    with torch.no_grad():
        net[0].bias.fill_(10.0)
        net[0].bias[2] = -10.0
    with watching(net, {"1": net[1]}) as watch:
        net(torch.rand(4, 3, 6))
    assert watch.outputs[0].silent.nonzero().flatten().tolist() == [2]


@pytest.mark.parametrize("shape", [(6,), (6, 8), (1, 8), (6, 8, 5), (6, 8, 3, 4)])
@pytest.mark.parametrize("weighted", [nn.Identity(), nn.Conv1d(8, 8, 1)])
def test_silent_units_and_deviations_are_those_of_a_plain_look(shape, weighted):
    generator = torch.Generator().manual_seed(0)
    output = torch.rand(shape, generator=generator)
    output[torch.rand(shape, generator=generator) < 0.97] = 0.0
    output.reshape(-1)[-1] = float("nan") if len(shape) == 2 else 1.0
    watch = Watch(last_weighted=weighted)
    note(watch, "x", nn.Identity(), output, lambda *_: None)
    (seen,) = watch.outputs
    axis = 1 if isinstance(weighted, nn.Conv1d) and len(shape) > 1 else len(shape) - 1
    axis = 0 if isinstance(weighted, nn.Conv1d) and len(shape) == 1 else axis
    values = np.moveaxis(output.double().numpy(), axis, 0).reshape(shape[axis], -1)
    assert seen.silent.tolist() == [bool((unit == 0).all()) for unit in values]
    deviations = output.double().numpy().std(axis=0)
    expected = np.sqrt((deviations**2).mean()) if shape[0] > 1 else np.nan
    np.testing.assert_allclose(seen.sample_std.item(), expected, rtol=1e-6)


def test_in_place_operations_behind_a_layer_do_not_change_what_is_seen():
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True))
    with watching(net, {"0": net[0], "1": net[1]}) as watch:
        net(toys.images(4))
    smallest = list(transfer([output.begun for output in watch.outputs]).smallest)
    assert smallest[0] < 0 == smallest[1]


class Block(nn.Module):
    """Returns what its activation returned, or that with 1 added in place."""

    def __init__(self, *, changed: bool) -> None:
        super().__init__()
        self.act = nn.ReLU()
        self.changed = changed

    def forward(self, x):
        y = self.act(x)
        return y.add_(1) if self.changed else y


@pytest.mark.parametrize(("changed", "names"), [(False, ["act"]), (True, ["act", "whole"])])
def test_what_a_block_returns_unchanged_is_noted_once(changed, names):
    block = Block(changed=changed)
    with watching(block, {"act": block.act, "whole": block}, repeats=False) as watch:
        block(torch.rand(2, 3))
    assert [output.name for output in watch.outputs] == names


def test_each_call_of_a_shared_module_has_a_row():
    relu = nn.ReLU()
    net = nn.Sequential(nn.Linear(3, 3), relu, nn.Linear(3, 3), relu)
    with watching(net, {"act": relu}) as watch:
        net(torch.rand(2, 3))
    assert [output.name for output in watch.outputs] == ["act", "act:2"]


def test_default_layers_are_activations_blocks_and_the_head():
    block = nn.Sequential(nn.Linear(4, 4), nn.GELU(), nn.Linear(4, 4))
    net = nn.Sequential(nn.Linear(4, 4), nn.ModuleList([block]), nn.Linear(4, 2))
    assert list(default_layers(net)) == ["1.0", "1.0.1", "2"]


def test_a_block_that_ends_in_an_activation_is_not_watched_twice():
    block = nn.Sequential(nn.Linear(4, 4), nn.GELU())
    assert list(default_layers(nn.Sequential(block, nn.Linear(4, 2)))) == ["0.1", "1"]


def test_layers_are_chosen_by_class(tmp_path):
    records = fit(tmp_path, Still(), monitor=ActivationMonitor(nn.ReLU, strict=True))
    assert list(columns(records, 0)) == ["net.2", "net.5"]


def test_feature_maps_are_those_of_the_probe_channel_by_channel(tmp_path):
    module = Still()
    monitor = ActivationMonitor(["net.0"], channels=[4, 1], map_samples=3, strict=True)
    records = fit(tmp_path, module, monitor=monitor, max_epochs=1)
    maps = toys.of_kind(records, "feature_maps")
    assert [r.step for r in maps] == [0, 4]
    (described,) = maps[0].fields["maps"]
    assert (described["layer"], described["channels"]) == ("net.0", [4, 1])
    counts, scale = maps[0].arrays["map.0"], maps[0].arrays["map.0.scale"]
    assert counts.shape == (3, 2, 12, 12)
    shown = schema.dequantise(counts.reshape(6, 12, 12), scale.reshape(6)).reshape(counts.shape)
    samples = torch.stack([toys.dataset()[index][0] for index in (0, 4, 8)])
    probe = monitor._drawn.inputs[:3]
    assert samples.shape == probe.shape
    with torch.no_grad():
        expected = module.net[0](probe)[:, [4, 1]].numpy()
    np.testing.assert_allclose(shown, expected, atol=np.abs(expected).max() / 200)


def test_the_most_varied_channels_stay_the_same_ones(tmp_path):
    monitor = ActivationMonitor(["net.0"], channels=2, strict=True)
    records = fit(tmp_path, toys.Classifier(), monitor=monitor)
    chosen = [r.fields["maps"][0]["channels"] for r in toys.of_kind(records, "feature_maps")]
    assert len(chosen) == 3
    assert chosen[0] == chosen[1] == chosen[2]


def test_training_batches_are_watched_as_they_pass(tmp_path):
    monitor = ActivationMonitor(source="training", every_n_train_steps=3, strict=True)
    records = fit(tmp_path, toys.Classifier(), monitor=monitor)
    statistics = toys.of_kind(records, "layer_statistics")
    assert [r.step for r in statistics] == [1, 3, 6]
    assert all(r.fields["probe"] is None for r in statistics)
    (table,) = toys.of_kind(records, "layer_table")
    assert table.fields["layers"][0]["size"] == 8 * 6 * 12 * 12  # a batch of 8


def test_of_accumulated_batches_the_one_that_steps_is_recorded(tmp_path):
    monitor = ActivationMonitor(source="training", every_n_train_steps=1, strict=True)
    module = toys.Classifier()
    options = {"max_epochs": 1, "accumulate_grad_batches": 2}
    records = fit(tmp_path, module, monitor=monitor, **options)
    assert [r.step for r in toys.of_kind(records, "layer_statistics")] == [1, 2]


def test_an_error_while_watching_does_not_end_the_training(tmp_path, monkeypatch):
    def fail(_output):
        raise MemoryError("no room to sort")

    monkeypatch.setattr("lightning_callbacks.watching.quantiles", fail)
    monitor = ActivationMonitor(source="training", every_n_train_steps=1)
    with pytest.warns(MonitorWarning, match="no room to sort"):
        records = fit(tmp_path, toys.Classifier(), monitor=monitor)
    assert monitor._trainer().global_step == 8
    gaps = [record.fields["gap"] for record in toys.of_kind(records, "layer_statistics")]
    assert len(gaps) == 3
    assert all("no room to sort" in gap for gap in gaps)


def test_checkpoints_stay_loadable_as_plain_weights(tmp_path):
    monitor = ActivationMonitor(strict=True)
    trainer = toys.trainer(tmp_path, monitor, max_epochs=1)
    trainer.fit(toys.Classifier(), *toys.loaders())
    trainer.save_checkpoint(tmp_path / "last.ckpt")
    kept = torch.load(tmp_path / "last.ckpt", weights_only=True)["callbacks"][monitor.state_key]
    other = ActivationMonitor()
    other.load_state_dict(kept)
    assert other._silent_records.keys() == monitor._silent_records.keys()
    for name, records in monitor._silent_records.items():
        np.testing.assert_array_equal(other._silent_records[name], records)


def test_hooks_are_gone_between_records(tmp_path):
    seen = []

    class Look(pl.Callback):
        def on_train_batch_end(self, trainer, pl_module, *_):
            seen.append(sum(len(m._forward_hooks) for m in pl_module.modules()))

    monitor = ActivationMonitor(source="training", every_n_train_steps=2, strict=True)
    trainer = toys.trainer(tmp_path, monitor, Look())
    trainer.fit(toys.Classifier(), *toys.loaders())
    assert seen
    assert not any(seen)


def test_a_model_that_calls_none_of_the_layers_is_told_of(tmp_path):
    module = toys.Classifier()
    module.unused = nn.ReLU()
    with pytest.warns(MonitorWarning, match="None of the watched layers was called"):
        fit(tmp_path, module, monitor=ActivationMonitor("unused"), max_epochs=1)


def test_models_of_text_and_tables_are_watched_too(tmp_path):
    class Table(toys.Classifier):
        def __init__(self):
            super().__init__(nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4)))

        def training_step(self, batch, batch_idx):
            return nn.functional.cross_entropy(self(batch[0]), batch[1])

    data = TensorDataset(torch.rand(32, 6), torch.arange(32) % 4)
    trainer = toys.trainer(tmp_path, ActivationMonitor(strict=True))
    trainer.fit(Table(), DataLoader(data, 8), DataLoader(data, 8))
    assert list(columns(toys.read_records(tmp_path), 0)) == ["net.1", "net.2"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"source": "test"}, "source must be 'probe' or 'training', not 'test'"),
        ({"dead_after": 0}, "dead_after must be 1 or more"),
        ({"feature_maps": -1}, "feature_maps must be 0 or more"),
        ({"stop_on": "vanishing"}, "no alert of activations.*'dead'"),
    ],
)
def test_arguments_out_of_range_are_named(options, words):
    with pytest.raises(ValueError, match=words):
        ActivationMonitor(**options)
