"""Monitors in real trainers: schedules, resuming, loggers, failures, and what is on disk."""

import lightning.pytorch
import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import EMAWeightAveraging
from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger
from torch import nn
from torch.utils.data import DataLoader

from lightning_callbacks import (
    GradCAMMonitor,
    GradientMonitor,
    MonitorWarning,
    OutputMonitor,
    Probe,
    WeightMonitor,
    overhead,
)
from lightning_callbacks.monitor import Monitor
from tb_explain import schema
from tests import toys


def fit(root, *callbacks, loaders=None, module=None, **kwargs):
    trainer = toys.trainer(root, *callbacks, **kwargs)
    trainer.fit(module or toys.Classifier(), *(loaders or toys.loaders()))
    return trainer


def steps_of(records, kind="cam"):
    return [(r.step, r.epoch) for r in toys.of_kind(records, kind)]


def test_every_epoch_and_the_untrained_model_are_recorded(tmp_path):
    records = toys.read_records(fit(tmp_path, GradCAMMonitor(strict=True)).log_dir)
    assert steps_of(records) == steps_of(records, "predictions") == [(0, -1), (4, 0), (8, 1)]
    assert [r.written for r in toys.of_kind(records, "cam")] == [1, 2, 3]
    (probe,) = toys.of_kind(records, "probe")
    assert len(probe.fields["hashes"]) == 16
    assert probe.arrays["labels"].tolist() == [0, 1, 2, 3] * 4


def test_a_record_holds_what_attribute_gives(tmp_path):
    module = toys.Classifier()
    monitor = GradCAMMonitor(methods=["gradcam", "hirescam"], targets=["label", "top-2"])
    trainer = fit(tmp_path, monitor, module=module)
    cam = toys.of_kind(toys.read_records(trainer.log_dir), "cam")[-1]
    assert [t["spec"] for t in cam.fields["targets"]] == ["label", "top-1", "top-2"]
    from lightning_callbacks import attribute

    x = torch.stack([toys.dataset()[int(n)][0] for n in monitor._drawn.names])
    for entry in cam.fields["maps"]:
        classes = torch.from_numpy(cam.arrays[f"target.{entry['target']}"]).long()
        expected = attribute(module, x, method=entry["method"], target=classes)
        values = schema.dequantise(
            cam.arrays[entry["array"]], cam.arrays[entry["array"] + ".scale"]
        )
        scale = cam.arrays[entry["array"] + ".scale"].reshape(-1, 1, 1)
        assert (np.abs(values - expected.values.numpy()) <= 0.51 * scale).all()
        assert np.allclose(cam.arrays[f"output.{entry['target']}"], expected.output, atol=1e-5)
        assert (entry["layer"], entry["signed"]) == (expected.layer, expected.signed)


def test_predictions_are_the_models_in_eval_mode(tmp_path):
    module = toys.Classifier()
    monitor = GradCAMMonitor()
    trainer = fit(tmp_path, monitor, module=module)
    record = toys.of_kind(toys.read_records(trainer.log_dir), "predictions")[-1]
    module.eval()
    with torch.no_grad():
        scores = module(monitor._drawn.inputs).softmax(1)
    labels = monitor._drawn.labels
    assert np.allclose(record.arrays["label_score"], scores[range(16), labels], atol=1e-6)
    assert np.allclose(record.arrays["loss"], -scores[range(16), labels].log(), atol=1e-5)
    assert np.array_equal(record.arrays["classes"][:, 0], scores.argmax(1))
    assert record.fields["cost_ms"] > 0
    assert (record.fields["every"], record.fields["weights"]) == ("every epoch", "raw")


@pytest.mark.parametrize(
    ("options", "steps"),
    [
        ({"every_n_train_steps": 3}, [0, 3, 6, 8]),
        ({"every_n_epochs": 2, "untrained": False}, [8]),
        ({"steps_per_decade": 2}, [0, 1, 3, 8]),
        ({"every_n_epochs": 5}, [0, 8]),
    ],
)
def test_schedules_and_the_final_model(tmp_path, options, steps):
    records = toys.read_records(fit(tmp_path, GradCAMMonitor(strict=True, **options)).log_dir)
    assert [step for step, _ in steps_of(records)] == steps


def test_accumulated_batches_count_as_one_step(tmp_path):
    monitor = GradCAMMonitor(every_n_train_steps=1, strict=True)
    records = toys.read_records(fit(tmp_path, monitor, accumulate_grad_batches=2).log_dir)
    assert [step for step, _ in steps_of(records)] == [0, 1, 2, 3, 4]


def test_a_trainer_of_the_other_lightning_package_is_served(tmp_path):
    class Module(lightning.pytorch.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = toys.conv_net()

        forward = toys.Classifier.forward
        training_step = toys.Classifier.training_step
        configure_optimizers = toys.Classifier.configure_optimizers

    trainer = lightning.pytorch.Trainer(
        accelerator="cpu",
        max_epochs=1,
        callbacks=GradCAMMonitor(strict=True),
        default_root_dir=tmp_path,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
    )
    with pytest.warns(UserWarning, match="no validation data"):
        trainer.fit(Module(), toys.loaders()[0])
    assert steps_of(toys.read_records(trainer.log_dir)) == [(0, -1), (4, 0)]


def test_a_resumed_run_continues_its_counters_without_doubles(tmp_path):
    first = fit(tmp_path, GradCAMMonitor(strict=True), enable_checkpointing=True)
    checkpoint = first.checkpoint_callback.best_model_path
    logger = TensorBoardLogger(tmp_path, name="lightning_logs", version=0)
    options = {"max_epochs": 4, "logger": logger, "enable_checkpointing": True}
    trainer = toys.trainer(tmp_path, GradCAMMonitor(strict=True), **options)
    trainer.fit(toys.Classifier(), *toys.loaders(), ckpt_path=checkpoint)
    records = toys.read_records(trainer.log_dir)
    assert steps_of(records) == [(0, -1), (4, 0), (8, 1), (12, 2), (16, 3)]
    assert [r.written for r in toys.of_kind(records, "cam")] == [1, 2, 3, 4, 5]
    assert len({r.fields["digest"] for r in toys.of_kind(records, "probe")}) == 1


def test_fitting_twice_continues(tmp_path):
    monitor = GradCAMMonitor(strict=True)
    trainer, module = toys.trainer(tmp_path, monitor, max_epochs=1), toys.Classifier()
    trainer.fit(module, *toys.loaders())
    trainer.fit_loop.max_epochs = 2
    trainer.fit(module, *toys.loaders())
    assert steps_of(toys.read_records(trainer.log_dir)) == [(0, -1), (4, 0), (8, 1)]


def test_validate_alone_records_once(tmp_path):
    trainer = toys.trainer(tmp_path, GradCAMMonitor(strict=True))
    for _ in range(2):
        trainer.validate(toys.Classifier(), toys.loaders()[1], verbose=False)
    assert len(toys.of_kind(toys.read_records(trainer.log_dir), "cam")) == 1


def test_two_monitors_with_names_share_one_probe_record(tmp_path):
    monitors = [GradCAMMonitor(strict=True), GradCAMMonitor("hirescam", name="signed", strict=True)]
    records = toys.read_records(fit(tmp_path, *monitors).log_dir)
    assert {r.tag for r in toys.of_kind(records, "cam")} == {"gradcam/cam", "signed/cam"}
    assert len(toys.of_kind(records, "probe")) == 1


def test_the_loggers_own_event_file_is_used(tmp_path):
    loggers = [CSVLogger(tmp_path / "csv"), TensorBoardLogger(tmp_path / "tb")]
    fit(tmp_path, GradCAMMonitor(strict=True), logger=loggers)
    (events,) = tmp_path.rglob("events.out.tfevents.*")
    assert events.is_relative_to(loggers[1].log_dir)


@pytest.mark.parametrize("with_csv", [True, False])
def test_without_a_tensorboard_logger_there_is_a_file_of_our_own(tmp_path, with_csv):
    for version in range(2):
        fit(
            tmp_path, GradCAMMonitor(strict=True), logger=CSVLogger(tmp_path) if with_csv else False
        )
        (events,) = list(tmp_path.rglob(f"*version_{version}*/**/events.out.tfevents.*"))[:1]
        assert "tb_explain" in events.parts
        assert len(steps_of(toys.read_records(events.parent))) == 3


def test_a_fast_dev_run_leaves_no_files(tmp_path):
    fit(tmp_path, GradCAMMonitor(strict=True), fast_dev_run=True)
    assert not list(tmp_path.rglob("events*"))


class Failing(GradCAMMonitor):
    """Breaks from the second record on."""

    seen = 0

    def observe(self, model, probe):
        self.seen += 1
        if self.seen > 1:
            with torch.no_grad():
                next(model.parameters()).zero_()
            torch.rand(1)
            raise RuntimeError("out of cheese")
        return super().observe(model, probe)


def test_a_failing_monitor_warns_marks_the_gap_and_is_switched_off(tmp_path):
    with pytest.warns(MonitorWarning) as caught:
        trainer = fit(tmp_path, Failing(every_n_train_steps=1))
    texts = [str(w.message) for w in caught if w.category is MonitorWarning]
    assert len(texts) == 2
    assert "recorded nothing at step 1: RuntimeError: out of cheese. Training goes on" in texts[0]
    assert "switched off after 3 failures" in texts[1]
    records = toys.of_kind(toys.read_records(trainer.log_dir), "predictions")
    assert [(r.step, r.fields["gap"] is None) for r in records] == [
        (0, True), (1, False), (2, False), (3, False),
    ]  # fmt: skip
    assert trainer.global_step == 8


def test_strict_raises(tmp_path):
    with pytest.raises(RuntimeError, match="out of cheese"):
        fit(tmp_path, Failing(every_n_train_steps=1, strict=True))


def test_a_missing_layer_is_said_and_training_goes_on(tmp_path):
    with pytest.warns(MonitorWarning, match=r"No layer is called or matches 'net.99'"):
        trainer = fit(tmp_path, GradCAMMonitor(layers="net.99"))
    assert trainer.global_step == 8


def test_a_full_disk_does_not_end_the_training(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lightning_callbacks.writer.RecordWriter.write", full)
    with pytest.warns(MonitorWarning, match="No space left on device"):
        assert fit(tmp_path, GradCAMMonitor()).global_step == 8


def test_a_monitor_that_takes_too_long_widens_its_schedule(tmp_path, monkeypatch):
    monkeypatch.setattr(overhead, "FREE_SECONDS", 0.0)
    trainer = fit(tmp_path, GradCAMMonitor(max_overhead=1e-9), max_epochs=6)
    records = toys.of_kind(toys.read_records(trainer.log_dir), "predictions")
    assert [r.epoch for r in records][:3] == [-1, 1, 3]
    assert "so the schedule is now every 2 epochs" in records[1].fields["notes"][0]
    assert records[1].fields["every"] == "every 2 epochs"


@pytest.mark.parametrize("kind", [GradientMonitor, WeightMonitor, OutputMonitor, GradCAMMonitor])
def test_the_last_epoch_is_recorded_however_wide_the_schedule(tmp_path, kind):
    class Thinned(kind):
        def on_train_start(self, trainer, pl_module):
            super().on_train_start(trainer, pl_module)
            self.schedule.widening = 64

    trainer = fit(tmp_path, Thinned(every_n_epochs=1, strict=True), max_epochs=5)
    records = toys.of_kind(toys.read_records(trainer.log_dir), kind.status_kind)
    first = {GradCAMMonitor: [0], OutputMonitor: []}.get(kind, [1])
    assert sorted({r.step for r in records}) == [*first, 20]


def test_transfer_hooks_prepare_the_probe_as_in_validation(tmp_path):
    class Normalising(toys.Classifier):
        def on_after_batch_transfer(self, batch, dataloader_idx):
            x, y = batch
            x = x + torch.randn_like(x) if self.trainer.training else x
            return x * 2, y

    monitor = GradCAMMonitor(strict=True)
    fit(tmp_path, monitor, module=Normalising())
    assert torch.equal(monitor._drawn.batch[0], 2 * monitor._drawn.inputs)


def test_a_dict_batch_and_a_named_forward(tmp_path):
    class Dicts(toys.Classifier):
        def forward(self, x):
            raise AssertionError("forward= names another")

        def training_step(self, batch, batch_idx):
            return nn.functional.cross_entropy(self.net(batch["scan"]), batch["grade"])

        def validation_step(self, batch, batch_idx):
            pass

    data = [{"scan": x, "grade": y, "id": n} for n, (x, y) in enumerate(toys.dataset())]
    monitor = GradCAMMonitor(
        forward="net", probe=Probe(input_key="scan", label_key="grade"), strict=True
    )
    trainer = fit(
        tmp_path, monitor, module=Dicts(), loaders=(DataLoader(data, 8), DataLoader(data, 8))
    )
    assert len(steps_of(toys.read_records(trainer.log_dir))) == 3


def test_without_validation_data_the_training_data_is_used(tmp_path):
    with pytest.warns(UserWarning, match="the probe is drawn from the training data"):
        trainer = fit(tmp_path, GradCAMMonitor(strict=True), loaders=toys.loaders()[:1])
    records = toys.read_records(trainer.log_dir)
    assert len(steps_of(records)) == 3
    notes = toys.of_kind(records, "predictions")[0].fields["notes"]
    assert notes == ["there is no validation data: the probe is drawn from the training data"]


def test_averaged_weights_are_not_mistaken_for_raw_ones(tmp_path):
    monitor = GradCAMMonitor(every_n_epochs=5, strict=True)
    trainer = fit(tmp_path, EMAWeightAveraging(decay=0.5), monitor)
    last = toys.of_kind(toys.read_records(trainer.log_dir), "predictions")[-1]
    assert last.fields["weights"] == "averaged"


def test_a_strategy_that_shards_is_refused_in_words(tmp_path):
    class FSDPStrategy(pl.strategies.SingleDeviceStrategy):
        """Only its name matters."""

    sentence = "FSDPStrategy spreads the parameters over processes"
    with pytest.warns(MonitorWarning, match=sentence) as said:
        trainer = fit(tmp_path, GradCAMMonitor(), strategy=FSDPStrategy(device="cpu"))
    assert trainer.global_step == 8
    assert len([one for one in said if sentence in str(one.message)]) == 1
    (record,) = toys.of_kind(toys.read_records(trainer.log_dir), "predictions")
    assert sentence in record.fields["gap"]


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a/b", "a\nb", "größe"])
def test_a_name_that_tensorboard_could_not_read_back_is_refused(name):
    with pytest.raises(ValueError, match="must be printable ASCII"):
        GradCAMMonitor(name=name)


def test_an_interrupt_passes_through(tmp_path):
    class Interrupted(Monitor):
        def observe(self, model, probe):
            raise KeyboardInterrupt

    with pytest.raises((SystemExit, KeyboardInterrupt)):
        fit(tmp_path, Interrupted())


def test_states_of_a_run_at_step_zero_have_epoch_minus_one(tmp_path):
    records = toys.read_records(fit(tmp_path, GradCAMMonitor()).log_dir)
    assert toys.of_kind(records, "predictions")[0].epoch == schema.UNTRAINED_EPOCH
