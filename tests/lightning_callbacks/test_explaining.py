"""`explain()` as a new user has it: one line, on modules of one's own."""

import inspect
import json
import re

import pytest
import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

from lightning_callbacks import Explain, MonitorWarning, Probe, explain
from lightning_callbacks.choosing import PRESETS
from lightning_callbacks.choosing.build import CALLBACKS
from lightning_callbacks.host import Host
from lightning_callbacks.recording import record
from tests import own_modules, toys

LAYERS = {"layer_table", "layer_statistics", "layer_histograms"}
COMMON = {"setup", "probe", "predictions", "attribution", "graph", "outputs", *LAYERS}
# Each module, its data, kinds beyond COMMON, and how it is to be called.
OWN = {
    "images, dict in and out": (
        own_modules.OddForward,
        own_modules.Pictures,
        {"cam", "feature_maps", "filters"},
        "model(batch)",
    ),
    "words and mask, odd names": (
        own_modules.Words,
        own_modules.Messages,
        {"attention", "attention_statistics"},
        "model(sentence, pad)",
    ),
    "a table, no forward": (own_modules.Price, own_modules.Houses, set(), "model.net(input)"),
    "a recurrent net on tuples": (
        own_modules.Tokens,
        own_modules.triples,
        set(),
        "model(batch[0], batch[1])",
    ),
    "Hugging Face": (
        own_modules.Bert,
        own_modules.Encoded,
        {"attention", "attention_statistics"},
        "model(input_ids, attention_mask)",
    ),
}


def fit(root, module, data, *callbacks, **options):
    pl.seed_everything(0, verbose=False)
    trainer = toys.trainer(root, *callbacks, **options)
    trainer.fit(module, *own_modules.loaders(data))
    return trainer


def setup_of(root):
    (record,) = toys.of_kind(toys.read_records(root), "setup")
    return record.fields


def facts_of(root):
    return {fact["name"]: fact["value"] for fact in setup_of(root)["facts"]}


def chosen_in(root):
    return [monitor["callback"] for monitor in setup_of(root)["monitors"]]


@pytest.fixture(scope="module")
def own_runs(tmp_path_factory):
    """Returns (folder of its logs, weights) of each module of OWN, explained, and without."""

    def run(name, place, *callbacks):
        make, data, *_ = OWN[name]
        root = tmp_path_factory.mktemp(place)
        pl.seed_everything(3, verbose=False)
        module = make()
        fit(root, module, data(), *callbacks)
        return root, module.state_dict()

    return {
        name: (run(name, "explained", explain(strict=True)), run(name, "plain")) for name in OWN
    }


@pytest.mark.parametrize("name", OWN)
def test_one_line_explains_a_module_of_ones_own(name, own_runs):
    *_, kinds, called = OWN[name]
    (root, weights), (_, plain) = own_runs[name]
    assert all(torch.equal(weights[key], plain[key]) for key in plain)
    records = toys.read_records(root)
    assert {record.kind for record in records} == COMMON | kinds
    assert not [record for record in records if record.fields.get("gap")]
    assert facts_of(root)["called as"] == called


def test_the_full_preset_leaves_weights_to_the_bit_as_they_are(tmp_path):
    trained = []
    for callbacks in ([], [explain(preset="full", strict=True)]):
        pl.seed_everything(3, verbose=False)
        module = toys.Classifier()
        fit(tmp_path / str(len(callbacks)), module, toys.dataset(), *callbacks)
        trained.append(module.state_dict())
    assert all(torch.equal(trained[0][key], trained[1][key]) for key in trained[0])


def test_names_and_tokens_are_found_where_users_keep_them(own_runs):
    roots = {name: root for name, ((root, _), _) in own_runs.items()}
    probes = {
        name: toys.of_kind(toys.read_records(root), "probe")[0].fields
        for name, root in roots.items()
    }
    assert probes["images, dict in and out"]["class_names"] == ["dog", "axe", "cup", "hat"]
    assert probes["words and mask, odd names"]["tokens"][0][0].startswith("word")
    assert probes["Hugging Face"]["class_names"] == ["ham", "spam"]
    columns = [feature["name"] for feature in probes["a table, no forward"]["features"]]
    assert columns == list(own_modules.Houses.feature_names)
    assert facts_of(roots["a table, no forward"])["outputs"] == "regression, 1 number"


def test_what_the_user_says_goes_before_what_is_found(tmp_path):
    callback = explain(
        Probe(samples=6),
        class_names=["a", "b", "c", "d"],
        forward=lambda model, batch: model(batch)["logits"],
        without=["WeightMonitor"],
        strict=True,
    )
    fit(tmp_path, own_modules.OddForward(), own_modules.Pictures(), callback, max_epochs=1)
    (probe,) = toys.of_kind(toys.read_records(tmp_path), "probe")
    assert probe.fields["class_names"] == ["a", "b", "c", "d"]
    assert len(probe.fields["hashes"]) == 6
    assert "WeightMonitor" not in chosen_in(tmp_path)
    assert {"callback": "WeightMonitor", "reason": "not wanted"} in setup_of(tmp_path)["left_out"]


def test_presets_ask_for_more_and_more(tmp_path):
    found = {}
    for preset in PRESETS:
        fit(
            tmp_path / preset,
            toys.Classifier(),
            toys.dataset(),
            explain(preset=preset, strict=True),
            max_epochs=1,
        )
        found[preset] = set(chosen_in(tmp_path / preset))
    assert found["light"] < found["standard"] < found["full"]
    limits = [setup_of(tmp_path / preset)["max_overhead"] for preset in PRESETS]
    assert limits == [0.01, 0.02, None]


def test_the_choice_is_printed_once(tmp_path, caplog, monkeypatch):
    told = []
    monkeypatch.setattr("lightning_callbacks.explaining.say", lambda _, text: told.append(text))
    fit(tmp_path, toys.Classifier(), toys.dataset(), explain(strict=True))
    (text,) = told
    first = "(preset 'standard', at most 2 % of the training time after the first second):"
    assert text.startswith(f"tb-explain records {first}")
    assert re.search(
        r"GradCAMMonitor +every epoch +where it looks: maps of the layer 'net.5'", text
    )
    assert re.search(r"AttentionMonitor +Classifier was not seen to attend", text)
    assert max(map(len, text.splitlines())) <= 100


def test_lightnings_own_notices_carry_it(tmp_path, caplog):
    with caplog.at_level("INFO", logger="pytorch_lightning.utilities.rank_zero"):
        fit(tmp_path, toys.Classifier(), toys.dataset(), explain(strict=True), fast_dev_run=True)
    assert "tb-explain records" in caplog.text


def test_a_resumed_run_goes_on_counting(tmp_path):
    first = fit(tmp_path, toys.Classifier(), toys.dataset(), explain(strict=True), max_epochs=1)
    path = tmp_path / "last.ckpt"
    first.save_checkpoint(path)
    torch.load(path, weights_only=True)  # nothing in it that is not safe to load
    logger = pl.loggers.TensorBoardLogger(tmp_path, name="lightning_logs", version=0)
    again = toys.trainer(tmp_path, explain(strict=True), max_epochs=2, logger=logger)
    again.fit(toys.Classifier(), *own_modules.loaders(toys.dataset()), ckpt_path=path)
    records = toys.read_records(tmp_path)
    for kind in ("cam", "attribution"):
        found = [(r.step, r.written) for r in toys.of_kind(records, kind)]
        assert found == [(0, 1), (4, 2), (8, 3)]
    assert [r.written for r in toys.of_kind(records, "setup")] == [1, 2]


def test_trainer_validate_explains_what_there_is(tmp_path):
    callback = explain(strict=True)
    trainer = toys.trainer(tmp_path, callback)
    trainer.validate(toys.Classifier(), toys.loaders()[1], verbose=False)
    kinds = {record.kind for record in toys.read_records(tmp_path)}
    assert {"setup", "cam", "attribution", "outputs", "layer_statistics"} <= kinds
    assert "GradientMonitor" not in chosen_in(tmp_path)
    assert {monitor["every"] for monitor in setup_of(tmp_path)["monitors"]} == {"once"}
    assert not any("steps_per_decade" in m["settings"] for m in setup_of(tmp_path)["monitors"])
    # What is trained afterwards is chosen for anew, and nothing is written twice.
    trainer.fit(toys.Classifier(), *toys.loaders())
    records = toys.read_records(tmp_path)
    assert [r.step for r in toys.of_kind(records, "cam")] == [0, 4, 8]
    assert [r.written for r in toys.of_kind(records, "cam")] == [1, 2, 3]
    assert len(toys.of_kind(records, "setup")) == 2
    assert "gradients" in {record.monitor for record in records}


class Padded(own_modules.Own):
    def __init__(self):
        super().__init__()
        self.net = toys.PaddedEncoder()

    def forward(self, ids):
        return self.net(ids)

    def loss(self, batch):
        return nn.functional.cross_entropy(self(batch[0]), batch[1])


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")  # torch's own outside
def test_an_encoder_that_is_told_of_padding_is_recorded_like_others(tmp_path):
    data = TensorDataset(toys.padded_ids(), torch.arange(32) % toys.CLASSES)
    fit(tmp_path, Padded(), data, explain(preset="full", strict=True))
    chosen = chosen_in(tmp_path)
    assert {"ActivationMonitor", "SensitivityMonitor", "AttentionMonitor"} <= set(chosen)
    assert toys.of_kind(toys.read_records(tmp_path), "layer_statistics")
    assert torch.backends.mha.get_fastpath_enabled()


@pytest.mark.parametrize("logger", [False, "csv"])
def test_any_logger_will_do(logger, tmp_path):
    chosen = pl.loggers.CSVLogger(tmp_path) if logger == "csv" else False
    fit(tmp_path, toys.Classifier(), toys.dataset(), explain(strict=True), logger=chosen)
    assert toys.of_kind(toys.read_records(tmp_path), "setup")


def test_a_trial_run_leaves_no_files(tmp_path):
    fit(tmp_path, toys.Classifier(), toys.dataset(), explain(strict=True), fast_dev_run=True)
    assert not toys.read_records(tmp_path)


def test_a_callback_that_serves_two_trainers_chooses_twice(tmp_path):
    callback = explain(strict=True)
    fit(tmp_path / "a", toys.Classifier(), toys.dataset(), callback, max_epochs=1)
    fit(tmp_path / "b", own_modules.Price(), own_modules.Houses(), callback, max_epochs=1)
    assert "GradCAMMonitor" in chosen_in(tmp_path / "a")
    assert "GradCAMMonitor" not in chosen_in(tmp_path / "b")


@pytest.mark.parametrize("with_optimizer", [True, False])
def test_a_loop_of_ones_own_is_chosen_for_too(with_optimizer, tmp_path):
    net, (training, validation) = toys.conv_net(), toys.loaders()
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    given = {"optimizer": optimizer} if with_optimizer else {}
    with record(
        net, tmp_path, explain(strict=True), data=validation, steps_per_epoch=4, **given
    ) as recorder:
        for images, labels in training:
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(images), labels).backward()
            optimizer.step()
            recorder.step()
    assert "GradCAMMonitor" in chosen_in(tmp_path)
    assert ("GradientMonitor" in chosen_in(tmp_path)) == with_optimizer
    assert [r.step for r in toys.of_kind(toys.read_records(tmp_path), "cam")] == [0, 4]


def test_the_validation_set_is_not_asked_of_what_does_not_validate(tmp_path):
    host = Host([], str(tmp_path), val_dataloaders=toys.loaders()[1])
    host.validates = False
    callback = explain(strict=True)
    callback.setup(host, toys.Classifier(), "fit")
    callback.choose(host, toys.Classifier())
    assert {"callback": "OutputMonitor", "reason": "there is no validation"} in [
        vars(one) for one in callback.chosen.left_out
    ]
    assert "GradCAMMonitor" in [choice.callback for choice in callback.chosen.choices]


class Segmenter(own_modules.Own):
    def __init__(self):
        super().__init__()
        self.net = nn.Conv2d(1, 4, 3, padding=1)

    def forward(self, x):
        return self.net(x)

    def loss(self, batch):
        return self(batch[0]).square().mean()


class Generator(own_modules.Own):
    """What it is called with is no sample of the data."""

    def __init__(self):
        super().__init__()
        self.net = nn.Linear(7, 144)

    def forward(self, z):
        return self.net(z)

    def loss(self, batch):
        return self(torch.ones(len(batch[0]), 7)).square().mean()


@pytest.mark.parametrize(
    ("module", "why"),
    [
        (Segmenter, r"The model returned float32 \[2, 4, 12, 12\]; expected logits"),
        (Generator, "the model can't be called on the probe: mat1 and mat2"),
    ],
)
def test_what_can_not_be_placed_is_watched_layer_by_layer(module, why, tmp_path):
    fit(tmp_path, module(), toys.dataset(), explain(strict=True))
    assert {"ActivationMonitor", "GradientMonitor", "WeightMonitor"} <= set(chosen_in(tmp_path))
    reasons = {each["callback"]: each["reason"] for each in setup_of(tmp_path)["left_out"]}
    assert re.match(why, reasons["AttributionMonitor"])
    assert setup_of(tmp_path)["task"] is None


class Breaking(TensorDataset):
    def __getitem__(self, index):
        raise OSError("the disk is gone")


def test_data_that_fail_do_not_end_the_training(tmp_path):
    callback = explain(Probe(Breaking(*toys.dataset().tensors)), strict=True)
    fit(tmp_path, toys.Classifier(), toys.dataset(), callback)
    assert facts_of(tmp_path)["probe"] == "none: the disk is gone"
    assert chosen_in(tmp_path) == ["ActivationMonitor", "GradientMonitor", "WeightMonitor"]


def test_an_error_in_choosing_is_warned_of_once_and_recorded(tmp_path, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError("what nobody thought of")

    monkeypatch.setattr("lightning_callbacks.explaining.choose", fail)
    with pytest.warns(MonitorWarning, match="choosing failed: ZeroDivisionError: what nobody"):
        fit(tmp_path / "a", toys.Classifier(), toys.dataset(), explain())
    assert "ZeroDivisionError" in facts_of(tmp_path / "a")["probe"]
    with pytest.raises(ZeroDivisionError):
        fit(tmp_path / "b", toys.Classifier(), toys.dataset(), explain(strict=True))


def test_without_validation_the_probe_is_of_the_training_data(tmp_path):
    callback = explain(preset="full", without=["ExplanationQualityMonitor"], strict=True)
    trainer = toys.trainer(tmp_path, callback, max_epochs=1)
    trainer.fit(toys.Classifier(), toys.loaders()[0])
    assert "training data" in facts_of(tmp_path)["note"]


class Stream(IterableDataset):
    def __iter__(self):
        return iter(toys.dataset())


def test_epochs_of_unknown_length_are_recorded_by_steps(tmp_path):
    trainer = toys.trainer(tmp_path, explain(strict=True))
    trainer.fit(toys.Classifier(), DataLoader(Stream(), 8), DataLoader(Stream(), 8))
    schedules = {each["callback"]: each["every"] for each in setup_of(tmp_path)["monitors"]}
    assert schedules["GradCAMMonitor"] == "8 log-spaced records per decade of steps"
    assert schedules["GradientMonitor"] == "every 100 steps"


def test_all_monitors_share_one_budget(tmp_path):
    callback = explain(max_overhead=0.5, strict=True)
    fit(tmp_path, toys.Classifier(), toys.dataset(), callback)
    assert len({id(monitor._stopwatch._budget) for monitor in callback.monitors}) == 1
    assert setup_of(tmp_path)["max_overhead"] == 0.5


def test_every_hook_that_a_monitor_listens_to_reaches_it():
    def own(cls):
        names = {name for name in dir(cls) if name.startswith("on_")}
        return {n for n in names if getattr(cls, n) is not getattr(pl.Callback, n, None)}

    listened = set().union(*(own(callback) for callback in CALLBACKS.values()))
    assert listened <= own(Explain)


def test_explain_passes_on_all_that_its_class_takes():
    assert isinstance(explain(preset="light", max_overhead=0.1), Explain)
    assert next(iter(inspect.signature(Explain).parameters)) == "probe"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"preset": "ful"}, "Unknown preset 'ful'. Expect one of"),
        ({"max_overhead": 0}, "max_overhead"),
        ({"without": ["Gradcam"]}, "without='Gradcam' is no monitor"),
    ],
)
def test_what_makes_no_sense_is_refused(options, why):
    with pytest.raises(ValueError, match=why):
        explain(**options)


def test_the_record_says_how_to_write_each_monitor_by_hand(tmp_path):
    fit(tmp_path, own_modules.Price(), own_modules.Houses(), explain(preset="full", strict=True))
    record = setup_of(tmp_path)
    json.dumps(record)
    for monitor in record["monitors"]:
        settings = {name: eval(value) for name, value in monitor["settings"].items()}
        if monitor["callback"] != "OutputMonitor":
            CALLBACKS[monitor["callback"]](**settings)


CONFIG = """
seed_everything: 1
trainer:
  accelerator: cpu
  max_epochs: 1
  enable_progress_bar: false
  enable_model_summary: false
  enable_checkpointing: false
  default_root_dir: {root}
  callbacks:
    - class_path: lightning_callbacks.Explain
      init_args:
        preset: light
        max_overhead: 0.05
        class_names: [a, b, c, d]
        without: [WeightMonitor]
        probe: {{samples: 5}}
"""


class Data(pl.LightningDataModule):
    def train_dataloader(self):
        return toys.loaders()[0]

    def val_dataloader(self):
        return toys.loaders()[1]


# jsonargparse warns of what Lightning itself still calls.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_lightning_cli_runs_it_from_yaml(tmp_path, monkeypatch):
    pytest.importorskip("jsonargparse", reason="LightningCLI needs jsonargparse")
    from pytorch_lightning.cli import LightningCLI

    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.format(root=tmp_path))
    monkeypatch.setattr("sys.argv", ["train", "fit", "--config", str(path)])
    LightningCLI(toys.Classifier, Data, save_config_callback=None)
    fields = setup_of(tmp_path)
    assert (fields["preset"], fields["max_overhead"]) == ("light", 0.05)
    (probe,) = toys.of_kind(toys.read_records(tmp_path), "probe")
    assert (len(probe.fields["hashes"]), probe.fields["class_names"]) == (5, ["a", "b", "c", "d"])
