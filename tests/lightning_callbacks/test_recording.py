"""A loop of one's own records what a Trainer's records are, and ends where it would have."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader
from torch.utils.tensorboard import SummaryWriter

from lightning_callbacks import (
    ActivationMonitor,
    AttributionMonitor,
    GradCAMMonitor,
    GradientMonitor,
    MonitorWarning,
    OutputMonitor,
    WeightMonitor,
    record,
)
from tests import toys

STEPS = 4  # of an epoch


def monitors():
    return [
        GradCAMMonitor(strict=True),
        ActivationMonitor(strict=True),
        AttributionMonitor("saliency", strict=True),
        GradientMonitor(strict=True, every_n_train_steps=2),
        WeightMonitor(strict=True, every_n_train_steps=2),
        OutputMonitor(strict=True),
    ]


def new_loop(seed=0):
    torch.manual_seed(seed)
    module = toys.Classifier()
    return module, torch.optim.SGD(module.parameters(), lr=0.05, momentum=0.9)


def train(module, optimizer, epochs, *, recorder=None, scaler=None):
    """A plain loop; returns the weights it ends with."""
    data = toys.dataset()
    for _ in range(epochs):
        module.train()
        for start in range(0, len(data), 8):
            inputs, labels = data[start : start + 8]
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(
                module(inputs + 0.1 * torch.randn_like(inputs)), labels
            )
            loss.backward()
            optimizer.step()
            if recorder:
                recorder.step()
        if recorder:
            validate(module, recorder)
            recorder.end_epoch()
    return {name: value.clone() for name, value in module.state_dict().items()}


def validate(module, recorder):
    module.eval()
    with torch.no_grad(), recorder.validation() as validation:
        for inputs, labels in DataLoader(toys.dataset(), 8, generator=torch.Generator()):
            validation.batch(module(inputs), (inputs, labels))


@pytest.fixture
def recorded(tmp_path):
    """(weights, records) of two epochs with every monitor."""
    module, optimizer = new_loop()
    options = {"data": toys.dataset(), "optimizer": optimizer, "epochs": 2}
    with record(module, tmp_path, monitors(), **options) as recorder:
        weights = train(module, optimizer, 2, recorder=recorder)
    return weights, toys.read_records(tmp_path)


def test_weights_are_those_of_the_loop_without_it(recorded):
    bare = train(*new_loop(), 2)
    assert all(torch.equal(bare[name], value) for name, value in recorded[0].items())


def test_moments_are_those_of_a_trainer(recorded):
    def moments(monitor, kind):
        return [(r.step, r.epoch) for r in recorded[1] if (r.monitor, r.kind) == (monitor, kind)]

    assert moments("gradcam", "cam") == [(0, -1), (4, 0), (8, 1)]
    assert moments("activations", "layer_statistics") == [(0, -1), (4, 0), (8, 1)]
    assert moments("gradients", "layer_statistics") == [(1, 0), (2, 0), (4, 0), (6, 1), (8, 1)]
    assert moments("outputs", "outputs") == [(4, 0), (8, 1)]


def test_arrays_are_those_of_a_trainer(recorded, tmp_path):
    """The same data in the same order, and noise from the same seed."""
    module, _ = new_loop()
    loader = DataLoader(toys.dataset(), 8, generator=torch.Generator())
    trainer = toys.trainer(tmp_path / "lightning", *monitors(), num_sanity_val_steps=0)
    trainer.fit(module, loader, DataLoader(toys.dataset(), 8, generator=torch.Generator()))
    known = {(r.tag, r.step): r for r in toys.read_records(tmp_path / "lightning")}
    ours = {(r.tag, r.step): r for r in recorded[1]}
    assert ours.keys() == known.keys()
    for key, one in ours.items():
        for name, array in one.arrays.items():
            np.testing.assert_array_equal(array, known[key].arrays[name], err_msg=f"{key} {name}")


def test_gradients_say_that_they_may_be_clipped(recorded):
    statistics = [r for r in recorded[1] if r.tag == "gradients/layer_statistics"]
    assert "after clipping" in statistics[0].fields["notes"][0]
    assert statistics[1].fields["notes"] == []


def test_steps_per_epoch_ends_epochs_by_itself(tmp_path):
    module, _ = new_loop()
    cams = GradCAMMonitor(strict=True)
    with record(module, tmp_path, cams, data=toys.dataset(), steps_per_epoch=2) as recorder:
        for _ in range(4):
            recorder.step()
    cams = toys.of_kind(toys.read_records(tmp_path), "cam")
    assert [(r.step, r.epoch) for r in cams] == [(0, -1), (2, 0), (4, 1)]


def test_an_epoch_that_ended_by_itself_may_be_ended_again(tmp_path):
    module, _ = new_loop()
    cams = GradCAMMonitor(strict=True)
    with record(module, tmp_path, cams, data=toys.dataset(), steps_per_epoch=2) as recorder:
        for _ in range(2):
            recorder.step()
            recorder.step()
            recorder.end_epoch()
    cams = toys.of_kind(toys.read_records(tmp_path), "cam")
    assert [(r.step, r.epoch) for r in cams] == [(0, -1), (2, 0), (4, 1)]


def test_failing_to_begin_leaves_nothing_behind(tmp_path):
    module, optimizer = new_loop()
    failing = GradCAMMonitor(layers="no such layer", strict=True)
    with pytest.raises(ValueError, match="no such layer"):
        record(module, tmp_path, failing, data=toys.dataset(), optimizer=optimizer).__enter__()
    assert not optimizer._optimizer_step_pre_hooks


def test_a_folder_that_cannot_be_made_does_not_end_the_loop(tmp_path):
    bare = train(*new_loop(), 2)
    in_the_way = tmp_path / "runs"
    in_the_way.write_text("a file")
    module, optimizer = new_loop()
    watching = GradCAMMonitor(every_n_train_steps=1)
    recorder = record(
        module, in_the_way / "mine", watching, data=toys.dataset(), optimizer=optimizer
    )
    with pytest.warns(MonitorWarning, match="Training goes on, and what is due later is tried"):
        recorder.__enter__()
    train(module, optimizer, 1, recorder=recorder)
    assert recorder.state_dict()["directory"] is None
    in_the_way.unlink()
    weights = train(module, optimizer, 1, recorder=recorder)
    recorder.__exit__(None, None, None)
    assert all(torch.equal(weights[name], value) for name, value in bare.items())
    first, *others = toys.of_kind(toys.read_records(in_the_way / "mine"), "predictions")
    assert [first.step, *(later.step for later in others)] == [5, 6, 7, 8]
    assert "nothing could be written from step 0 to 4" in first.fields["notes"]


def test_a_loop_of_several_optimizers_counts_each(tmp_path):
    module, _ = new_loop()
    parts = [
        torch.optim.SGD(part.parameters(), lr=0.01) for part in (module.net[0], module.net[-1])
    ]
    gradients = GradientMonitor(strict=True, every_n_train_steps=2)
    with record(module, tmp_path, gradients, optimizer=parts) as recorder:
        for _ in range(2):
            module(toys.images(8)).sum().backward()
            for optimizer in parts:
                optimizer.step()
            recorder.step()
        assert recorder.steps == 4
    statistics = toys.of_kind(toys.read_records(tmp_path), "layer_statistics")
    assert [r.step for r in statistics] == [2, 4]


def test_it_writes_into_the_loops_own_summary_writer(tmp_path):
    module, _ = new_loop()
    with SummaryWriter(str(tmp_path)) as writer:
        with record(module, writer, GradCAMMonitor(strict=True), data=toys.dataset()) as recorder:
            recorder.step()
        writer.add_scalar("loss", 1.0, 1)
    assert len(list(tmp_path.rglob("*tfevents*"))) == 1


def test_a_folder_with_an_event_file_gets_a_sub_directory(tmp_path):
    SummaryWriter(str(tmp_path)).close()
    module, _ = new_loop()
    with record(module, tmp_path, GradCAMMonitor(strict=True), data=toys.dataset()):
        pass
    assert toys.read_records(tmp_path / "tb_explain" / "version_0")


def test_a_resumed_loop_goes_on_where_it_was(tmp_path):
    def options(optimizer):
        return {"data": toys.dataset(), "optimizer": optimizer, "epochs": 3}

    module, optimizer = new_loop()
    first = record(module, tmp_path, monitors()[:2], **options(optimizer))
    recorder = first.__enter__()
    train(module, optimizer, 2, recorder=recorder)
    state = recorder.state_dict()
    first.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    second = record(module, tmp_path, monitors()[:2], **options(optimizer))
    second.load_state_dict(state)
    with second as recorder:
        train(module, optimizer, 1, recorder=recorder)
    cams = [r for r in toys.read_records(tmp_path) if r.kind == "cam"]
    assert [(r.step, r.epoch, r.written) for r in cams] == [
        (0, -1, 1),
        (4, 0, 2),
        (8, 1, 3),
        (12, 2, 4),
    ]


def test_a_failing_monitor_does_not_end_the_loop(tmp_path):
    module, optimizer = new_loop()
    failing = GradCAMMonitor(layers="no such layer")
    warned = pytest.warns(MonitorWarning, match="no such layer")
    with warned, record(module, tmp_path, failing, data=toys.dataset()) as recorder:
        train(module, optimizer, 1, recorder=recorder)


def test_what_a_loop_cannot_tell_is_refused(tmp_path):
    module, optimizer = new_loop()
    with pytest.raises(ValueError, match="without optimizer= has no optimizer steps, which Grad"):
        record(module, tmp_path, GradientMonitor())
    with pytest.raises(ValueError, match="no training batches"):
        record(module, tmp_path, ActivationMonitor(source="training"), optimizer=optimizer)
    with pytest.raises(ValueError, match="no logging"):
        record(module, tmp_path, WeightMonitor(log_alerts=True), optimizer=optimizer)
    with pytest.raises(ValueError, match="steps_per_epoch"):
        record(module, tmp_path, WeightMonitor(every_n_epochs=1), optimizer=optimizer)
    with pytest.raises(TypeError, match="no monitor"):
        record(module, tmp_path, [GradCAMMonitor])
    with pytest.raises(ValueError, match="Two monitors"):
        record(module, tmp_path, [GradCAMMonitor(), GradCAMMonitor()])
    with pytest.raises(ValueError, match="empty"):
        record(module, tmp_path, [])
    with pytest.raises(TypeError, match="probe=batch"):
        record(module, tmp_path, GradCAMMonitor(), data=toys.images())
    assert not list(tmp_path.iterdir())


def test_an_alert_asks_the_loop_to_stop(tmp_path):
    module, optimizer = new_loop()
    stopping = GradientMonitor(every_n_train_steps=1, stop_on="non_finite")
    warned = pytest.warns(MonitorWarning, match="stops the training")
    with warned, record(module, tmp_path, stopping, optimizer=optimizer) as recorder:
        (module(toys.images(4)).sum() * float("nan")).backward()
        optimizer.step()
        recorder.step()
        assert recorder.should_stop


def test_a_state_that_comes_too_late_is_refused(tmp_path):
    recorder = record(toys.conv_net(), tmp_path, [GradCAMMonitor()], data=toys.dataset())
    state = recorder.state_dict()
    with recorder, pytest.raises(RuntimeError, match="load its state, and then enter it"):
        recorder.load_state_dict(state)
