import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from lightning_callbacks import WeightMonitor
from tb_explain import histograms, schema
from tests import toys
from tests.lightning_callbacks.test_gradients import columns
from tests.lightning_callbacks.test_reduce import plain_counts


class Keeper(toys.Classifier):
    """Keeps the weights before and after every step."""

    def __init__(self, net=None) -> None:
        super().__init__(net)
        self.before: list[dict[str, torch.Tensor]] = []
        self.after: list[dict[str, torch.Tensor]] = []

    def copies(self):
        return {name: p.detach().clone() for name, p in self.named_parameters()}

    def on_before_optimizer_step(self, optimizer) -> None:
        self.before.append(self.copies())

    def on_train_batch_end(self, outputs, batch, batch_idx) -> None:
        self.after.append(self.copies())


def fit(root, module, **options):
    monitor = WeightMonitor(every_n_train_steps=1, strict=True, max_overhead=None, **options)
    toys.trainer(root, monitor, max_epochs=1).fit(module, DataLoader(toys.dataset(24), 8))
    return toys.read_records(root)


def test_statistics_equal_numpys_of_the_stepped_weights(tmp_path):
    module = Keeper()
    records = fit(tmp_path, module)
    for step, (before, after) in enumerate(zip(module.before, module.after, strict=True), start=1):
        for name, row in columns(records, step).items():
            old, new = before[name].double().numpy(), after[name].double().numpy()
            update = np.linalg.norm((after[name] - before[name]).double().numpy())
            limit = 0.01 * np.sqrt((new**2).mean())
            expected = {
                "norm": np.linalg.norm(new),
                "mean": new.mean(),
                "std": new.std(),
                "max": np.abs(new).max(),
                "zeros": (new == 0).mean(),
                "near_zero": (np.abs(new) < limit).mean(),
                "update_norm": update,
            }
            for key, value in expected.items():
                np.testing.assert_allclose(row[key], value, rtol=1e-5, err_msg=f"{name} {key}")
            size = np.linalg.norm(old)
            ratio = update / size if size else np.nan
            np.testing.assert_allclose(row["update_to_weight"], ratio, rtol=1e-5, err_msg=name)


def test_an_update_in_half_precision_is_not_rounded_once_more(tmp_path):
    torch.manual_seed(0)
    module = Keeper()
    monitor = WeightMonitor(every_n_train_steps=1, strict=True, max_overhead=None)
    trainer = toys.trainer(tmp_path, monitor, max_epochs=1, precision="bf16-true")
    trainer.fit(module, DataLoader(toys.dataset(24), 8))
    recorded = columns(toys.read_records(tmp_path), 3)
    for name, after in module.after[-1].items():
        update = torch.linalg.vector_norm(after.double() - module.before[-1][name].double())
        np.testing.assert_allclose(recorded[name]["update_norm"], update, rtol=1e-5, err_msg=name)


def test_histograms_count_every_weight(tmp_path):
    module = Keeper()
    (first, *_) = toys.of_kind(fit(tmp_path, module), "layer_histograms")
    counts = histograms.decode(first.arrays["bins"], first.arrays["ends"], 0)
    for row, weight in zip(counts, module.after[0].values(), strict=True):
        np.testing.assert_array_equal(row, plain_counts(weight.numpy(), 0))


def test_filters_of_the_first_layer_are_recorded_step_by_step(tmp_path):
    module = Keeper()
    records = toys.of_kind(fit(tmp_path, module), "filters")
    assert [r.step for r in records] == [1, 2, 3]
    for record, after in zip(records, module.after, strict=True):
        filters = schema.dequantise(record.arrays["filters"], record.arrays["filters.scale"])
        weight = after["net.0.weight"].numpy()
        np.testing.assert_allclose(filters, weight, atol=np.abs(weight).max() / 200)
        assert record.fields["layer"] == "net.0.weight"


@pytest.mark.parametrize(
    ("net", "options"),
    [
        (None, {"filters": False}),
        (nn.Sequential(nn.Flatten(), nn.Linear(144, toys.CLASSES)), {}),
        (nn.Sequential(nn.Conv2d(1, 4, 1), nn.Flatten(), nn.Linear(576, toys.CLASSES)), {}),
    ],
    ids=["not wanted", "no convolution", "one by one"],
)
def test_no_filters_where_there_is_nothing_to_look_at(tmp_path, net, options):
    assert not toys.of_kind(fit(tmp_path, Keeper(net), **options), "filters")
