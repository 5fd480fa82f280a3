import pytest
from tensorboard.backend.event_processing import event_file_loader
from tensorboard.compat.proto import summary_pb2
from torch.utils.tensorboard import SummaryWriter

from lightning_callbacks import GradCAMMonitor, earlier_attempts
from lightning_callbacks.writer import RecordWriter
from tb_explain import schema
from tests import toys
from tests.synthetic_runs import RunShape, epoch_records


def values_of(path):
    loader = event_file_loader.EventFileLoader(str(path))
    return [(event, value) for event in loader.Load() for value in event.summary.value]


def test_each_event_file_describes_each_tag_once_and_first(tmp_path):
    trainer, module = toys.trainer(tmp_path, GradCAMMonitor(strict=True)), toys.Classifier()
    trainer.fit(module, *toys.loaders())
    trainer.fit_loop.max_epochs = 4
    trainer.fit(module, *toys.loaders())
    files = sorted(tmp_path.rglob("events.out.tfevents.*"))
    assert len(files) == 2
    for path in files:
        ours = [v for _, v in values_of(path) if v.tensor.string_val]
        described = [v for v in ours if v.metadata.plugin_data.plugin_name.startswith("tb_explain")]
        assert {v.tag for v in ours} == {v.tag for v in described}
        assert len(described) == len({v.tag for v in described})


def test_light_and_heavy_series_have_their_plugin_and_data_class(tmp_path):
    trainer = toys.trainer(tmp_path, GradCAMMonitor(strict=True))
    trainer.fit(toys.Classifier(), *toys.loaders())
    (path,) = tmp_path.rglob("events.out.tfevents.*")
    found = {
        v.tag.split("/")[-1]: (v.metadata.plugin_data.plugin_name, v.metadata.data_class)
        for _, v in values_of(path)
        if v.metadata.plugin_data.plugin_name.startswith("tb_explain")
    }
    assert found["predictions"] == (schema.SERIES_PLUGIN, summary_pb2.DATA_CLASS_TENSOR)
    assert found["cam"] == (schema.BLOBS_PLUGIN, summary_pb2.DATA_CLASS_BLOB_SEQUENCE)


def test_the_records_of_a_step_are_one_event(tmp_path):
    trainer = toys.trainer(tmp_path, GradCAMMonitor(strict=True))
    trainer.fit(toys.Classifier(), *toys.loaders())
    (path,) = tmp_path.rglob("events.out.tfevents.*")
    events = [
        (event.step, len(event.summary.value))
        for event in event_file_loader.EventFileLoader(str(path)).Load()
        if any(v.tag.startswith("gradcam/") for v in event.summary.value)
    ]
    assert events == [(0, 3), (4, 2), (8, 2)]


def attempt_after(folder, epoch, scalars=0):
    """Returns the number of an attempt that writes the records of `epoch`, behind scalars."""
    target = SummaryWriter(str(folder))
    for step in range(scalars):
        target.add_scalar("loss", 1.0, step)
    writer = RecordWriter(target)
    writer.begin(epoch)
    writer.write(epoch_records(RunShape(samples=2, epochs=9), epoch))
    number = writer.attempt.number
    writer.close()
    return number


@pytest.mark.parametrize("scalars", [0, 300])
def test_a_number_is_not_given_again_when_a_file_was_removed(tmp_path, scalars):
    numbers = [attempt_after(tmp_path, epoch, scalars) for epoch in range(3)]
    first, second, _ = sorted(tmp_path.glob("*tfevents*"), key=toys.natural_order)
    second.unlink()
    numbers.append(attempt_after(tmp_path, 3))
    first.unlink()
    numbers.append(attempt_after(tmp_path, 4))
    assert numbers == [0, 1, 2, 3, 4]


def test_what_can_not_be_read_counts_as_a_file(tmp_path, monkeypatch):
    attempt_after(tmp_path, 0)
    for number, content in enumerate((b"", b"no event file", bytes([9] * 16) * 100)):
        (tmp_path / f"events.out.tfevents.{number}").write_bytes(content)
    assert attempt_after(tmp_path, 1) == 4
    monkeypatch.setattr(earlier_attempts, "_MOST_BYTES", 10)
    assert attempt_after(tmp_path, 2) == 5
