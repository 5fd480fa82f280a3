"""Attributions to inputs of every kind, by hand and by `AttributionMonitor`."""

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from torch import nn

from lightning_callbacks import (
    AttributionMonitor,
    Contrast,
    ExplanationQualityMonitor,
    Feature,
    GlobalAttributionMonitor,
    InputXGradient,
    IntegratedGradients,
    MonitorWarning,
    Probe,
    SpaceOptions,
    attribute,
)
from tb_explain import schema
from tests import toys


class Words(nn.Module):
    """Sums a value per token, position and sentence type."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(20, 4, padding_idx=0)
        self.places = nn.Embedding(6, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, input_ids, attention_mask):
        places = torch.arange(input_ids.shape[1], device=input_ids.device)
        hidden = self.words(input_ids) + self.places(places)
        return self.head((hidden * attention_mask.unsqueeze(2)).sum(dim=1))


def sentences():
    ids = torch.tensor([[1, 5, 6, 7, 2, 0], [1, 8, 9, 2, 0, 0]])
    return {"input_ids": ids, "attention_mask": (ids > 0).long()}


class Tokenizer:
    all_special_ids = (0, 1, 2)
    pad_token_id = 0


def run(model, batch):
    return model(**batch)


@pytest.mark.parametrize("baseline", ["pad", "zero", "mean"])
def test_tokens_of_a_linear_model_get_their_exact_values(baseline):
    torch.manual_seed(0)
    model, batch = Words().double(), sentences()
    found = attribute(
        model,
        batch,
        method=IntegratedGradients(steps=1),
        target=1,
        baseline=baseline,
        forward=run,
        options=SpaceOptions(tokenizer=Tokenizer()),
    )
    words = model.words.weight.detach()
    real = ~torch.isin(batch["input_ids"], torch.tensor([0, 1, 2]))
    base = {
        "pad": words[0],
        "zero": torch.zeros(4),
        "mean": words[batch["input_ids"]][real].mean(0),
    }
    expected = (words[batch["input_ids"]] - base[baseline]) @ model.head.weight[1] * real
    torch.testing.assert_close(found.values, expected.float().detach())
    torch.testing.assert_close(found.delta, torch.zeros(2), atol=1e-6, rtol=0)


def test_tokens_embedded_time_first_are_found():
    class TimeFirst(Words):
        def forward(self, ids):
            hidden = self.words(ids.t())
            return self.head(hidden.sum(dim=0))

    model = TimeFirst()
    found = attribute(model, sentences()["input_ids"], method="integrated_gradients", target=0)
    assert found.values.shape == (2, 6)
    torch.testing.assert_close(found.delta, torch.zeros(2), atol=1e-5, rtol=0)


def test_a_text_model_without_an_embedding_of_its_tokens_says_what_was_called():
    class Functional(Words):
        def forward(self, ids):
            hidden = nn.functional.embedding(ids, self.words.weight)
            return self.head(hidden.sum(dim=1) + self.places(torch.tensor(0)))

    with pytest.raises(ValueError, match=r"No nn.Embedding was called.*called were: places"):
        attribute(Functional(), sentences()["input_ids"], method="saliency")


class Mixed(nn.Module):
    """A table of two numbers, a one-hot triple, and two embedded categories."""

    def __init__(self, shared=False):
        super().__init__()
        sizes = [7] if shared else [3, 4]
        self.embed = nn.ModuleList(nn.Embedding(size, 2) for size in sizes)
        self.head = nn.Linear(5 + 4, 2)

    def forward(self, batch):
        numbers, kinds = batch["numbers"], batch["kinds"]
        if len(self.embed) == 1:
            embedded = self.embed[0](kinds + torch.tensor([0, 3])).flatten(1)
        else:
            embedded = torch.cat([e(kinds[:, i]) for i, e in enumerate(self.embed)], dim=1)
        return self.head(torch.cat([numbers, embedded], dim=1))


FEATURES = [
    Feature("age", 0, unit="years", mean=40.0, std=10.0),
    Feature("amount", 1, unit="DM"),
    Feature("housing", [2, 3, 4], categories=["own", "rent", "free"]),
    Feature("job", 0, categories=["a", "b", "c"], input="kinds"),
    Feature("purpose", 1, categories=["w", "x", "y", "z"], input="kinds"),
]


def table():
    generator = torch.Generator().manual_seed(2)
    numbers = torch.randn(6, 5, generator=generator)
    numbers[:, 2:] = nn.functional.one_hot(torch.tensor([0, 1, 2, 0, 1, 2]), 3).float()
    kinds = torch.stack([torch.arange(6) % 3, torch.arange(6) % 4], dim=1)
    return {"numbers": numbers, "kinds": kinds, "label": torch.arange(6) % 2}


@pytest.mark.parametrize("shared", [False, True])
def test_columns_one_hot_groups_and_embedded_categories_are_features(shared):
    torch.manual_seed(0)
    model, batch = Mixed(shared), table()
    options = SpaceOptions(input_key="numbers", features=FEATURES)
    found = attribute(
        model,
        batch,
        method=IntegratedGradients(steps=1),
        target=0,
        options=options,
        input_key="numbers",
    )
    assert found.values.shape == (6, 5)
    torch.testing.assert_close(found.delta, torch.zeros(6), atol=1e-6, rtol=0)
    inputs = torch.cat([batch["numbers"], _embedded(model, batch["kinds"])], dim=1)
    parts = (inputs - inputs.mean(dim=0)) * model.head.weight[0]
    groups = [[0], [1], [2, 3, 4], [5, 6], [7, 8]]
    expected = torch.stack([parts[:, group].sum(dim=1) for group in groups], dim=1)
    torch.testing.assert_close(found.values, expected.detach())


def _embedded(model, kinds):
    if len(model.embed) == 1:
        return model.embed[0](kinds + torch.tensor([0, 3])).flatten(1)
    return torch.cat([e(kinds[:, i]) for i, e in enumerate(model.embed)], dim=1)


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ([*FEATURES, Feature("again", 1)], "Column 1 is in two features, 'amount' and 'again'"),
        (FEATURES[:2], r"Columns \[2, 3, 4\] of the table are in no feature"),
    ],
)
def test_every_column_is_in_one_feature(features, message):
    options = SpaceOptions(input_key="numbers", features=features)
    with pytest.raises(ValueError, match=message):
        attribute(Mixed(), table(), method="saliency", options=options)


def test_a_dict_goes_in_by_name_where_the_model_takes_it_so():
    torch.manual_seed(0)
    model, batch = Words(), sentences()
    named = attribute(model, batch, method="deeplift", target=0)
    asked = attribute(model, batch, method="deeplift", target=0, forward=run)
    torch.testing.assert_close(named.values, asked.values)


def test_a_contrast_of_one_logit_is_that_logit():
    torch.manual_seed(0)
    net, x, labels = nn.Linear(5, 1), torch.randn(4, 5), torch.tensor([0, 1, 0, 1])
    both, one = (
        attribute(net, x, method="saliency", target=t, labels=labels) for t in (Contrast(1, 0), 1)
    )
    torch.testing.assert_close(both.values, one.values)
    torch.testing.assert_close(both.output, one.output)


def test_a_feature_outside_the_table_is_named():
    options = SpaceOptions(input_key="numbers", features=[Feature("age", 9)])
    with pytest.raises(ValueError, match=r"'age' is column 9 of a tensor \[6, 5\].*0 to 4"):
        attribute(Mixed(), table(), method="saliency", options=options, input_key="numbers")


def test_a_contrast_explains_the_difference_of_two_logits():
    torch.manual_seed(0)
    net, x = nn.Linear(5, 3), torch.randn(4, 5)
    both = attribute(net, x, method="input_x_gradient", target=Contrast(2, 0), baseline="zero")
    one, other = (
        attribute(net, x, method=InputXGradient(), target=c, baseline="zero") for c in (2, 0)
    )
    torch.testing.assert_close(both.values, one.values - other.values)
    torch.testing.assert_close(both.output, one.output - other.output)


def test_long_series_and_large_images_keep_their_sums():
    torch.manual_seed(0)
    for x in (torch.randn(2, 2, 1300), torch.randn(2, 3, 150, 90)):
        net = nn.Sequential(nn.Flatten(), nn.Linear(x[0].numel(), 3))
        found = attribute(net, x, method=IntegratedGradients(steps=1), target=1)
        assert max(found.values.shape[2:]) <= 512
        total = found.values.flatten(1).sum(dim=1)
        torch.testing.assert_close(total, found.output - found.base, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    "baseline", ["zero", "mean", "blur", "noise", 0.5, torch.zeros(1, 3, 1, 1)]
)
def test_baselines_of_images(baseline):
    net, x = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, 2)), torch.randn(4, 3, 8, 8)
    found = attribute(net, x, method="integrated_gradients", baseline=baseline)
    torch.testing.assert_close(found.delta, torch.zeros(4), atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("baseline", "message"),
    [
        (
            "grey",
            r"Unknown baseline 'grey' for image inputs. Expect one of \['zero', 'mean', 'blur",
        ),
        (
            torch.zeros(5),
            r"The baseline is .*float32 \[5\].*expected what broadcasts to .*4, 3, 8, 8",
        ),
    ],
)
def test_baselines_that_do_not_fit_are_named(baseline, message):
    net, x = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, 2)), torch.randn(4, 3, 8, 8)
    with pytest.raises(ValueError, match=message):
        attribute(net, x, method="integrated_gradients", baseline=baseline)


class TableNet(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = Mixed()

    def forward(self, batch):
        return self.net(batch)

    def training_step(self, batch, _index):
        return nn.functional.cross_entropy(self(batch), batch["label"])

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


def test_the_monitor_records_a_tables_features_with_their_values(tmp_path):
    probe = Probe(table(), input_key="numbers", features=FEATURES)
    monitor = AttributionMonitor(["saliency", "integrated_gradients"], probe=probe, strict=True,
                                 forward=lambda model, batch: model(batch))  # fmt: skip
    rows = [{key: value[i] for key, value in table().items()} for i in range(6)]
    trainer = toys.trainer(tmp_path, monitor, max_epochs=1)
    trainer.fit(TableNet(), torch.utils.data.DataLoader(rows, batch_size=3))
    records = toys.read_records(tmp_path)
    (drawn,) = [r for r in records if r.kind == "probe"]
    assert drawn.fields["modality"] == "tabular"
    assert [f["name"] for f in drawn.fields["features"]] == [f.name for f in FEATURES]
    np.testing.assert_allclose(drawn.arrays["values"][:, 0], table()["numbers"][:, 0] * 10 + 40)
    np.testing.assert_array_equal(drawn.arrays["values"][:, 3], [0, 1, 2, 0, 1, 2])
    found = [r for r in records if r.kind == "attribution"]
    assert [r.epoch for r in found] == [schema.UNTRAINED_EPOCH, 0]
    fields, arrays = found[-1].fields, found[-1].arrays
    assert fields["space"] == "tabular"
    assert [m["method"] for m in fields["maps"]] == ["saliency", "integrated_gradients"]
    assert arrays["map.1"].shape == (6, 5)
    np.testing.assert_allclose(
        arrays["map.1.total"], arrays["output.0"] - arrays["map.1.base"], atol=1e-5
    )


def test_what_one_method_cannot_explain_others_do_and_the_record_says_so(tmp_path):
    probe = Probe(table(), input_key="numbers", features=FEATURES)
    monitor = AttributionMonitor(["lrp", "saliency"], probe=probe,
                                 forward=lambda model, batch: model(batch))  # fmt: skip
    rows = [{key: value[i] for key, value in table().items()} for i in range(6)]
    trainer = toys.trainer(tmp_path, monitor, max_epochs=2)
    with pytest.warns(MonitorWarning, match="lrp cannot explain this model") as caught:
        trainer.fit(TableNet(), torch.utils.data.DataLoader(rows, batch_size=3))
    assert sum("cannot explain" in str(warning.message) for warning in caught) == 1
    records = toys.read_records(tmp_path)
    maps = [m for r in toys.of_kind(records, "attribution") for m in r.fields["maps"]]
    assert [entry["method"] for entry in maps] == ["saliency"] * 3
    notes = [note for r in toys.of_kind(records, "predictions") for note in r.fields["notes"]]
    assert any("lrp cannot explain this model" in note for note in notes)


@pytest.mark.parametrize("kind", ["table", "series", "text", "image"])
def test_no_input_is_in_the_event_file_if_none_is_to_be_stored(tmp_path, kind):
    torch.manual_seed(0)
    inputs = {
        "table": torch.randn(12, 5),
        "series": torch.randn(12, 2, 40),
        "image": torch.rand(12, 1, 12, 12),
        "text": torch.randint(3, 20, (12, 9)),
    }[kind]
    nets = {
        "table": nn.Linear(5, 2),
        "series": nn.Sequential(nn.Flatten(), nn.Linear(80, 2)),
        "image": toys.conv_net(),
        "text": nn.Sequential(nn.Embedding(20, 4), nn.Flatten(), nn.Linear(36, 2)),
    }
    probe = Probe(
        (inputs, torch.arange(12) % 2), store_inputs="none", tokenizer=lambda ids: SECRETS
    )
    options = {"probe": probe, "strict": True, "untrained": False}
    monitors = [
        AttributionMonitor(["deeplift", "kernel_shap"], segments=3, **options),
        GlobalAttributionMonitor("deeplift", **options),
        ExplanationQualityMonitor("saliency", **options),
    ]
    module = toys.Classifier(nets[kind])
    module.training_step = lambda batch, batch_idx: module(batch[0]).sum()
    data = torch.utils.data.TensorDataset(inputs, torch.arange(12) % 2)
    trainer = toys.trainer(tmp_path, *monitors, max_epochs=1)
    trainer.fit(module, torch.utils.data.DataLoader(data, 4))
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("events.*"))
    assert len([r for r in toys.read_records(tmp_path) if "attribution" in r.kind]) == 2
    for value in inputs.flatten()[:40]:
        if inputs.is_floating_point():
            assert value.numpy().tobytes() not in written
    assert inputs[0].numpy().tobytes() not in written
    assert not any(secret.encode() in written for secret in SECRETS)


SECRETS = [f"geheim{n}" for n in range(9)]


class Both(nn.Module):
    """An image and a table, of which the table may be missing."""

    def __init__(self):
        super().__init__()
        self.image = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
        self.table = nn.Linear(3, 2)

    def forward(self, image, table=None, *, unused=None):
        logits = self.image(image)
        return logits if table is None else logits + self.table(table)


@pytest.mark.parametrize("method", ["deeplift", "kernel_shap", "lime", "gradient_shap"])
def test_several_inputs_are_attributed_together(method):
    torch.manual_seed(0)
    model, image, table_ = Both(), torch.randn(4, 1, 8, 8), torch.randn(4, 3)
    batch = {"image": image, "table": table_, "unused": None}
    found = attribute(
        model,
        batch,
        method=method,
        target=1,
        forward=lambda m, b: m(**b),
        options=SpaceOptions(input_key="image", further=["table"], segments=2),
    )
    assert found.values.shape == (4, 8, 8)
    assert [values.shape for values in found.raw] == [(4, 1, 8, 8), (4, 3)]
    total = sum(values.flatten(1).sum(dim=1) for values in found.raw)
    torch.testing.assert_close(total, found.output - found.base, atol=2e-3, rtol=2e-3)
    if method != "gradient_shap":
        expected = table_ * model.table.weight[1].detach()
        torch.testing.assert_close(found.raw[1], expected, atol=5e-3, rtol=5e-3)


def test_an_input_that_is_missing_is_left_out():
    batch = {"image": torch.randn(2, 1, 8, 8), "table": None}
    found = attribute(Both(), batch, method="deeplift", forward=lambda m, b: m(**b))
    torch.testing.assert_close(found.delta, torch.zeros(2), atol=1e-6, rtol=0)


def test_further_integers_are_refused():
    batch = {"image": torch.randn(2, 1, 8, 8), "kind": torch.ones(2, 3).long()}
    with pytest.raises(ValueError, match=r"further input 'kind' is torch.int64; expected floating"):
        attribute(
            Both(), batch, method="saliency", options=SpaceOptions(further=["kind"]),
            forward=lambda m, b: m(b["image"]),
        )  # fmt: skip


def test_superpixels_follow_what_is_in_the_image():
    pytest.importorskip("skimage")
    x = torch.zeros(2, 3, 24, 24)
    x[:, :, 6:18, 6:18] = 1
    x[1] = x[1].roll(3, dims=2)
    net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 576, 2))
    found = attribute(net, x, method="lime", options=SpaceOptions(segments="slic"), target=0)
    torch.testing.assert_close(
        found.values.sum(dim=(1, 2)), found.output - found.base, atol=1e-4, rtol=1e-4
    )
    # Baseline and background are both zeros: only the square's superpixels count.
    assert found.values[0, 8:16, 8:16].abs().sum() > 10 * found.values[0, :4].abs().sum()
    with pytest.raises(ValueError, match=r"segments='slick': expected 'slic'"):
        attribute(net, x, method="lime", options=SpaceOptions(segments="slick"))
