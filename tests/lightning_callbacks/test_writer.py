from tensorboard.backend.event_processing import event_file_loader
from tensorboard.compat.proto import summary_pb2

from lightning_callbacks import GradCAMMonitor
from tb_explain import schema
from tests import toys


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
