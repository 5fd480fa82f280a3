import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from lightning_callbacks import ActivationMonitor, GradientMonitor
from tb_explain import histograms
from tests import toys
from tests.lightning_callbacks.test_gradients import columns


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    root = tmp_path_factory.mktemp("mirrored")
    options = {"strict": True, "mirror": True}
    monitors = [GradientMonitor(every_n_train_steps=2, **options), ActivationMonitor(**options)]
    toys.trainer(root, *monitors).fit(toys.Classifier(), *toys.loaders())
    return root


def accumulated(run_dir):
    (file,) = run_dir.rglob("events.out.tfevents.*")
    accumulator = EventAccumulator(str(file), size_guidance={"tensors": 0})
    accumulator.Reload()
    return accumulator


def test_tensorboards_own_scalars_say_what_the_records_say(run_dir):
    events = accumulated(run_dir).Tensors("gradients/norm/net.0.weight")
    records = [r for r in toys.read_records(run_dir) if r.monitor == "gradients"]
    for event in events:
        recorded = columns(records, event.step)["net.0.weight"]["norm"]
        assert event.tensor_proto.float_val[0] == pytest.approx(recorded, rel=1e-6)
    assert [event.step for event in events] == [1, 2, 4, 6, 8]


def test_tensorboards_own_histograms_count_what_the_records_count(run_dir):
    accumulator = accumulated(run_dir)
    plugin = accumulator.SummaryMetadata("activations/net.2").plugin_data.plugin_name
    assert plugin == "histograms"
    (record, *_) = [
        r for r in toys.of_kind(toys.read_records(run_dir), "layer_histograms")
        if r.monitor == "activations"
    ]  # fmt: skip
    counts = histograms.decode(record.arrays["bins"], record.arrays["ends"], 2)[0]
    event = accumulator.Tensors("activations/net.2")[0]
    buckets = np.frombuffer(event.tensor_proto.tensor_content or b"", np.float64).reshape(-1, 3)
    assert buckets[:, 2].sum() == counts.sum()
    assert (np.diff(buckets[:, 0]) >= 0).all()


def test_nothing_is_mirrored_unless_asked_for(tmp_path):
    monitor = GradientMonitor(every_n_train_steps=2, strict=True)
    toys.trainer(tmp_path, monitor).fit(toys.Classifier(), *toys.loaders())
    plugins = accumulated(tmp_path).PluginTagToContent
    assert "gradients/layer_statistics" in plugins("tb_explain_blobs")
    with pytest.raises(KeyError):
        plugins("histograms")
