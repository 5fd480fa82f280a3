"""Summaries of attributions over many samples."""

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lightning_callbacks import (
    INPUT_METHODS,
    Captum,
    DifferentialPrivacy,
    GlobalAttributionMonitor,
    KernelSHAP,
    Probe,
    attribute,
)
from lightning_callbacks.summaries import bootstrap, interactions
from tests import attention_toys, toys

# Of tables; a layer has no place in one, and guided backpropagation is of images.
TABLE_METHODS = [
    name
    for name in INPUT_METHODS
    if not name.startswith("attention") and name not in ("layer_conductance", "guided_backprop")
]


class Rule(pl.LightningModule):
    """Learns a rule of two out of ten columns."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 2))

    def forward(self, x):
        return self.net(x)

    def training_step(self, batch, _index):
        penalty = 2e-3 * self.net[0].weight.abs().sum()
        return nn.functional.cross_entropy(self(batch[0]), batch[1]) + penalty

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), 1e-2)


def planted(samples=1500):
    """Returns data whose label is decided by columns 3 and 7 alone."""
    x = torch.randn(samples, 10, generator=torch.Generator().manual_seed(5))
    return TensorDataset(x, (x[:, 3] - 1.5 * x[:, 7] > 0).long())


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    pl.seed_everything(0, verbose=False)
    module, root = Rule(), tmp_path_factory.mktemp("rule")
    monitor = GlobalAttributionMonitor(
        ["deeplift", "integrated_gradients"],
        targets=1,
        strict=True,
        max_overhead=None,
        probe=planted(300)[:300],
    )
    trainer = toys.trainer(root, monitor, max_epochs=12)
    trainer.fit(module, DataLoader(planted(), 50, shuffle=True))
    return module, toys.of_kind(toys.read_records(root), "attribution_summary")


def test_the_columns_of_a_planted_rule_are_on_top_and_the_others_mean_nothing(learned):
    _, records = learned
    arrays = records[-1].arrays
    for summary in ("0", "1"):
        top = np.argsort(-arrays[f"mean_abs.{summary}"])[:2]
        assert set(top) == {3, 7}
        others = [column for column in range(10) if column not in (3, 7)]
        assert (arrays[f"mean_low.{summary}"][others] <= 0).all()
        assert (arrays[f"mean_high.{summary}"][others] >= 0).all()
        assert arrays[f"mean_abs.{summary}"][others].max() < 0.2 * arrays[f"low.{summary}"][7]


@pytest.mark.parametrize("method", TABLE_METHODS)
def test_every_method_puts_the_columns_of_the_rule_on_top(learned, method):
    module, _ = learned
    x = planted(40)[:40][0]
    chosen = {"exact_shapley": "exact_shapley", "kernel_shap": KernelSHAP(evaluations=300)}
    found = attribute(module, x, method=chosen.get(method, method), target=1)
    assert set(found.values.abs().mean(dim=0).topk(2).indices.tolist()) == {3, 7}


def test_records_hold_means_intervals_and_a_beeswarm_but_no_probe(learned):
    _, records = learned
    fields, arrays = records[-1].fields, records[-1].arrays
    assert (fields["space"], fields["samples"], fields["privacy"]) == ("tabular", 300, None)
    assert [s["method"] for s in fields["summaries"]] == ["deeplift", "integrated_gradients"]
    assert [f["name"] for f in fields["features"]][:2] == ["column 0", "column 1"]
    assert arrays["swarm.0"].shape == arrays["swarm_values"].shape == (200, 10)
    assert (arrays["low.0"] <= arrays["mean_abs.0"]).all()
    assert (arrays["mean_abs.0"] <= arrays["high.0"]).all()
    assert len(records) == 13


def test_the_interval_is_that_of_resampled_means():
    values = np.random.default_rng(1).exponential(size=(400, 2))
    low, high = bootstrap(values)
    error = values.std(axis=0) / 20
    np.testing.assert_allclose(low, values.mean(axis=0) - 1.96 * error, atol=0.02)
    np.testing.assert_allclose(high, values.mean(axis=0) + 1.96 * error, atol=0.02)


def test_interactions_are_hinted_at_where_they_are():
    features = np.random.default_rng(2).normal(size=(600, 4))
    maps = np.stack(
        [
            2 * features[:, 0],
            features[:, 1] * features[:, 2],
            features[:, 2] ** 2,
            np.zeros(600),
        ],
        axis=1,
    )
    found = interactions(maps, features)
    assert found[1, 2] > 0.8
    assert found[0].max() < 0.3
    assert found[1, [0, 3]].max() < 0.3
    assert found[3].max() == 0


def test_classes_of_images_have_their_mean_maps(tmp_path):
    monitor = GlobalAttributionMonitor("saliency", strict=True, probe=Probe(samples=20))
    toys.trainer(tmp_path, monitor, max_epochs=1).fit(toys.Classifier(), *toys.loaders(40))
    (_, record) = toys.of_kind(toys.read_records(tmp_path), "attribution_summary")
    assert record.fields["summaries"][0]["classes"] == [0, 1, 2, 3]
    assert record.arrays["class_mean.0"].shape == (4, 12, 12)
    assert not toys.of_kind(toys.read_records(tmp_path), "probe")


class Mail(pl.LightningModule):
    """A text model in which token 7 alone decides."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(20, 1, padding_idx=0)
        with torch.no_grad():
            self.words.weight.normal_(0, 0.01)
            self.words.weight[7] = 4.0
            self.words.weight[0] = 0.0

    def forward(self, input_ids):
        score = self.words(input_ids).sum(dim=1)
        return torch.cat([-score, score], dim=1)

    def training_step(self, batch, _index):
        return 0 * nn.functional.cross_entropy(self(batch["input_ids"]), batch["label"])

    def validation_step(self, batch, _index):
        pass

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


def test_the_token_that_decides_is_on_top_of_its_class(tmp_path):
    samples = attention_toys.texts(24)
    for n, sample in enumerate(samples):
        sample["input_ids"][1] = 7 if n % 2 else 3
    monitor = GlobalAttributionMonitor(["deeplift", "kernel_shap"], targets=1, strict=True)
    trainer = toys.trainer(tmp_path, monitor, max_epochs=1)
    trainer.fit(Mail(), DataLoader(samples, 4), DataLoader(samples, 4))
    record = toys.of_kind(toys.read_records(tmp_path), "attribution_summary")[-1]
    for summary in record.fields["summaries"]:
        assert summary["tokens"][0]["token"] == "7"
        assert summary["tokens"][0]["count"] >= 12


def test_under_privacy_only_noised_means_are_released_until_the_budget_is_spent(tmp_path):
    budget = DifferentialPrivacy(epsilon=5.0, delta=1e-5, clip=1.0, releases=2)
    monitor = GlobalAttributionMonitor(
        "saliency",
        targets=1,
        privacy=budget,
        probe=planted(300)[:300],
        untrained=False,
        max_overhead=None,
    )
    trainer = toys.trainer(tmp_path, monitor, max_epochs=3)
    with pytest.warns(UserWarning, match="privacy budget"):
        trainer.fit(Rule(), DataLoader(planted(200), 50))
    first, second, gap = toys.of_kind(toys.read_records(tmp_path), "attribution_summary")
    assert set(first.arrays) == {"mean_abs.0", "mean.0"}
    assert first.fields["privacy"]["spent_epsilon"] < second.fields["privacy"]["spent_epsilon"]
    assert second.fields["privacy"]["spent_epsilon"] == pytest.approx(5.0, rel=1e-3)
    assert "privacy budget" in gap.fields["gap"]


def test_tokens_are_never_released_under_privacy(tmp_path):
    budget = DifferentialPrivacy(epsilon=5.0, delta=1e-5, clip=1.0)
    monitor = GlobalAttributionMonitor("saliency", privacy=budget, strict=True)
    samples = attention_toys.texts(8)
    trainer = toys.trainer(tmp_path, monitor, max_epochs=1)
    with pytest.raises(ValueError, match="can't release tokens"):
        trainer.fit(Mail(), DataLoader(samples, 4), DataLoader(samples, 4))


@pytest.mark.parametrize(
    ("method", "baseline"),
    [
        ("gradient_shap", 0.0),
        ("deeplift_shap", 0.0),
        (Captum("FeaturePermutation"), None),
        ("deeplift", "mean"),
        ("kernel_shap", lambda points: points[0].mean(dim=0)),
    ],
)
def test_privacy_refuses_values_that_depend_on_other_samples(method, baseline):
    budget = DifferentialPrivacy(epsilon=5.0, delta=1e-5, clip=1.0)
    with pytest.raises(ValueError, match=r"privacy=\.\.\. (can't release|needs a baseline)"):
        GlobalAttributionMonitor(method, baseline=baseline, privacy=budget)


def test_privacy_refuses_the_mean_that_is_a_tables_default_baseline(tmp_path):
    budget = DifferentialPrivacy(epsilon=5.0, delta=1e-5, clip=1.0)
    probe = planted(300)[:300]
    monitor = GlobalAttributionMonitor("deeplift", privacy=budget, probe=probe, strict=True)
    trainer = toys.trainer(tmp_path, monitor, max_epochs=1)
    with pytest.raises(ValueError, match="baseline that does not depend on the samples"):
        trainer.fit(Rule(), DataLoader(planted(200), 50))
    monitor = GlobalAttributionMonitor(
        "deeplift", baseline=0.0, privacy=budget, probe=probe, strict=True, untrained=False
    )
    toys.trainer(tmp_path, monitor, max_epochs=1).fit(Rule(), DataLoader(planted(200), 50))


def test_privacy_is_of_one_summary():
    budget = DifferentialPrivacy(epsilon=5.0, delta=1e-5, clip=1.0)
    with pytest.raises(ValueError, match="one method and one target"):
        GlobalAttributionMonitor(["saliency", "deeplift"], privacy=budget)
