"""Training with monitors ends bit for bit where training without them does."""

import random

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from lightning_callbacks import (
    CAM_METHODS,
    INPUT_METHODS,
    ActivationMonitor,
    AttentionMonitor,
    AttributionMonitor,
    ExplanationQualityMonitor,
    GlobalAttributionMonitor,
    GradCAMMonitor,
    GradientMonitor,
    KernelSHAP,
    ModelGraphMonitor,
    MonitorWarning,
    OutputMonitor,
    SurrogateMonitor,
    WeightMonitor,
)
from tests import attention_toys, toys


class Augmented(Dataset):
    """Draws from all three random generators for every sample, in the main process."""

    def __init__(self) -> None:
        self.data = toys.dataset(24)

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int):
        x, y = self.data[index]
        shift = random.randint(-1, 1)
        x = torch.roll(x, shift, dims=2) * float(np.random.uniform(0.8, 1.2))
        return x + 0.05 * torch.randn_like(x), y


class FrozenStem(toys.Classifier):
    """Trains with a BatchNorm kept in eval mode and notes each step's gradients."""

    def __init__(self) -> None:
        super().__init__()
        self.net[1].eval()
        self.net[0].weight.requires_grad_(False)
        self.seen: list[tuple] = []

    def on_train_epoch_start(self) -> None:
        self.net[1].eval()

    def on_train_batch_end(self, outputs, batch, batch_idx) -> None:
        self.seen.append(tuple(p.grad.clone() for p in self.parameters() if p.grad is not None))


def train(root, *callbacks, module_class=toys.Classifier, **kwargs):
    pl.seed_everything(7, verbose=False)
    module = module_class()
    options = {"max_epochs": 3, "accumulate_grad_batches": 2, "gradient_clip_val": 0.5, **kwargs}
    trainer = toys.trainer(root, *callbacks, **options)
    trainer.fit(module, DataLoader(Augmented(), 4, shuffle=True), DataLoader(Augmented(), 8))
    return {
        "weights": list(module.state_dict().values()),
        "optimizer": flat(trainer.optimizers[0].state_dict()["state"]),
        "rng": [torch.get_rng_state(), torch.tensor(np.random.get_state()[1].astype(np.int64))],
        "python": random.getstate(),
        "modes": [m.training for m in module.modules()],
        "grads": [g for step in getattr(module, "seen", []) for g in step],
    }


def flat(state: dict) -> list[torch.Tensor]:
    values = [v for entry in state.values() for v in entry.values()]
    return [v for v in values if isinstance(v, torch.Tensor)]


def assert_identical(a: dict, b: dict) -> None:
    for name in ("weights", "optimizer", "rng", "grads"):
        assert len(a[name]) == len(b[name]), name
        assert all(torch.equal(x, y) for x, y in zip(a[name], b[name], strict=True)), name
    assert (a["python"], a["modes"]) == (b["python"], b["modes"])


def all_at_every_step() -> list[pl.Callback]:
    """Returns every monitor, each recording all it can at every step."""
    options = {"every_n_train_steps": 1, "strict": True, "max_overhead": None, "mirror": True}
    return [
        every_step(),
        ActivationMonitor(["*"], **options),
        ActivationMonitor(["*"], source="training", name="passing", **options),
        GradientMonitor(**options),
        WeightMonitor(**options),
        OutputMonitor(strict=True),
        ModelGraphMonitor(strict=True),
    ]


def every_step(**options) -> GradCAMMonitor:
    """Returns a monitor that records all it can, at every step."""
    layers = ["net.0", "net.4", "net.5"]
    targets = ["label", "top-2", 0]
    return GradCAMMonitor(
        CAM_METHODS,
        layers,
        targets,
        every_n_train_steps=1,
        strict=True,
        max_overhead=None,
        **options,
    )


@pytest.mark.parametrize(
    "options",
    [{}, {"precision": "bf16-mixed"}, {"accumulate_grad_batches": 1}],
    ids=["accumulating", "bf16", "every batch"],
)
def test_recording_every_step_changes_nothing(tmp_path, options):
    alone = train(tmp_path / "alone", **options)
    watched = train(tmp_path / "watched", every_step(), **options)
    assert_identical(alone, watched)


@pytest.mark.parametrize(
    "options",
    [{}, {"precision": "bf16-mixed"}, {"accumulate_grad_batches": 1}],
    ids=["accumulating", "bf16", "every batch"],
)
def test_all_monitors_together_change_nothing(tmp_path, options):
    alone = train(tmp_path / "alone", module_class=FrozenStem, **options)
    monitors = all_at_every_step()
    watched = train(tmp_path / "watched", *monitors, module_class=FrozenStem, **options)
    assert_identical(alone, watched)
    kinds = {record.kind for record in toys.read_records(tmp_path / "watched")}
    assert {"cam", "layer_statistics", "feature_maps", "outputs", "graph"} <= kinds


class Attentive(toys.Classifier):
    """A small transformer with dropout on rows of pixels."""

    def __init__(self) -> None:
        layer = nn.TransformerEncoderLayer(12, 2, 24, batch_first=True)
        encoder = nn.TransformerEncoder(layer, 2)
        head = nn.Sequential(nn.Flatten(), nn.Linear(144, toys.CLASSES))
        super().__init__(nn.Sequential(nn.Flatten(1, 2), encoder, head))


def test_monitors_of_a_transformer_change_nothing(tmp_path):
    alone = train(tmp_path / "alone", module_class=Attentive)
    options = {"every_n_train_steps": 1, "strict": True, "max_overhead": None}
    monitors = [
        AttentionMonitor(**options),
        ActivationMonitor(**options),
        GradientMonitor(**options),
        WeightMonitor(**options),
    ]
    watched = train(tmp_path / "watched", *monitors, module_class=Attentive)
    assert_identical(alone, watched)
    assert toys.of_kind(toys.read_records(tmp_path / "watched"), "attention")


def all_attributions(*left_out: str, **options) -> AttributionMonitor:
    """Returns a monitor of every method that attributes to inputs, at every other step."""
    methods = [name for name in INPUT_METHODS if name not in left_out]
    return AttributionMonitor(
        methods, segments=3, every_n_train_steps=2, strict=True, max_overhead=None, **options
    )


def test_attributions_of_images_by_all_methods_change_nothing(tmp_path):
    alone = train(tmp_path / "alone", module_class=FrozenStem)
    monitor = all_attributions("attention_rollout", "attention_relevance")
    watched = train(tmp_path / "watched", monitor, module_class=FrozenStem)
    assert_identical(alone, watched)
    found = toys.of_kind(toys.read_records(tmp_path / "watched"), "attribution")
    assert len(found) > 3
    assert all(record.fields["maps"] for record in found)


class Reader(pl.LightningModule):
    """Trains a small text classifier with dropout in its attention."""

    def __init__(self) -> None:
        super().__init__()
        self.net = attention_toys.TextClassifier()

    def forward(self, input_ids, attention_mask):
        return self.net(input_ids, attention_mask)

    def training_step(self, batch, _index):
        logits = self(batch["input_ids"], batch["attention_mask"])
        return nn.functional.cross_entropy(logits, batch["label"])

    validation_step = training_step

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-2)


def train_reader(root, *callbacks):
    pl.seed_everything(7, verbose=False)
    module, samples = Reader(), attention_toys.texts(6)
    trainer = toys.trainer(root, *callbacks, max_epochs=2)
    trainer.fit(module, DataLoader(samples, 3, shuffle=True), DataLoader(samples, 3))
    weights = list(module.state_dict().values())
    return [*weights, *flat(trainer.optimizers[0].state_dict()["state"]), torch.get_rng_state()]


def test_attributions_of_texts_by_all_methods_change_nothing(tmp_path):
    alone = train_reader(tmp_path / "alone")
    monitor = all_attributions("layer_conductance", "lrp")
    watched = train_reader(tmp_path / "watched", monitor)
    assert all(torch.equal(a, b) for a, b in zip(alone, watched, strict=True))
    (record, *_) = toys.of_kind(toys.read_records(tmp_path / "watched"), "attribution")
    assert record.fields["space"] == "text"
    assert len(record.fields["maps"]) > 10


class Small(pl.LightningModule):
    """Trains a small net with dropout on whatever inputs."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x)

    def training_step(self, batch, _index):
        return nn.functional.cross_entropy(self(batch[0]), batch[1])

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-2)


def table_net() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 8), nn.GELU(), nn.Dropout(0.3), nn.Linear(8, 2))


def series_net() -> nn.Module:
    return nn.Sequential(
        nn.Conv1d(2, 4, 3), nn.BatchNorm1d(4), nn.ReLU(), nn.Flatten(), nn.Dropout(0.3),
        nn.Linear(4 * 18, 2),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("make_net", "shape"),
    [(table_net, (24, 6)), (series_net, (24, 2, 20))],
    ids=["table", "series"],
)
def test_all_that_explains_tables_and_series_changes_nothing(tmp_path, make_net, shape):
    inputs = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    data = torch.utils.data.TensorDataset(inputs, torch.arange(24) % 2)
    options = {"every_n_train_steps": 2, "strict": True, "max_overhead": None, "probe": data[:]}
    left_out = ("attention_rollout", "attention_relevance", "layer_conductance", "lrp")
    methods = [name for name in INPUT_METHODS if name not in left_out]
    methods = [KernelSHAP(20) if name == "exact_shapley" else name for name in methods]
    methods.remove("kernel_shap")

    def monitors():
        return [
            AttributionMonitor(methods, **options),
            GlobalAttributionMonitor(["deeplift", "lime"], **options),
            ExplanationQualityMonitor(["deeplift", "smoothgrad"], **options),
            SurrogateMonitor(None if make_net is table_net else "net.2", **options),
        ]

    found = []
    for name in ("alone", "watched"):
        pl.seed_everything(7, verbose=False)
        module = Small(make_net())
        trainer = toys.trainer(tmp_path / name, *(monitors() if name == "watched" else []))
        trainer.fit(module, DataLoader(data, 8, shuffle=True))
        weights = list(module.state_dict().values())
        state = flat(trainer.optimizers[0].state_dict()["state"])
        found.append([*weights, *state, torch.get_rng_state()])
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))
    kinds = {record.kind for record in toys.read_records(tmp_path / "watched")}
    assert {"attribution", "attribution_summary", "explanation_quality", "surrogate"} <= kinds


def test_a_frozen_batchnorm_and_the_gradients_stay_as_they_are(tmp_path):
    alone = train(tmp_path / "alone", module_class=FrozenStem)
    watched = train(tmp_path / "watched", every_step(), module_class=FrozenStem)
    assert alone["grads"]
    assert_identical(alone, watched)


class Keeper(pl.Callback):
    """Holds on to every gradient before the monitor runs, and looks for it afterwards."""

    def __init__(self) -> None:
        self.before: list = []
        self.compared = 0

    def on_train_batch_end(self, trainer, pl_module, *_):
        self.before = [
            (p.grad, None if p.grad is None else p.grad.clone()) for p in pl_module.parameters()
        ]


class Checker(pl.Callback):
    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper

    def on_train_batch_end(self, trainer, pl_module, *_):
        for p, (grad, values) in zip(pl_module.parameters(), self.keeper.before, strict=True):
            assert p.grad is grad
            assert values is None or torch.equal(values, grad)
            self.keeper.compared += values is not None


def test_grad_is_the_same_object_with_the_same_value(tmp_path):
    keeper = Keeper()
    train(tmp_path, keeper, every_step(), Checker(keeper))
    assert keeper.compared > 50


class Vandal(GradCAMMonitor):
    """Breaks what it can reach, then fails."""

    def observe(self, model, probe):
        super().observe(model, probe)
        model.train()
        torch.manual_seed(0)
        random.random()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.zero_()
        model.net[3] = nn.Identity()
        raise RuntimeError("after the damage")


def test_a_monitor_that_breaks_things_and_fails_changes_nothing(tmp_path):
    alone = train(tmp_path / "alone")
    with pytest.warns(MonitorWarning, match="after the damage"):
        watched = train(tmp_path / "watched", Vandal(every_n_train_steps=1))
    assert_identical(alone, watched)


def test_training_does_differ_when_something_is_drawn(tmp_path):
    """The comparison itself can fail."""

    class Draws(pl.Callback):
        def on_train_batch_end(self, *_):
            torch.rand(1)

    alone, watched = train(tmp_path / "alone"), train(tmp_path / "watched", Draws())
    with pytest.raises(AssertionError):
        assert_identical(alone, watched)
