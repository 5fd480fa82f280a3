"""What recording costs: time against training and against the plain way, bytes against PNGs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from torch.utils.tensorboard import SummaryWriter

from demo import __main__ as demo
from demo import fashion, photos
from lightning_callbacks import CAM_METHODS, GradCAMMonitor, Probe
from lightning_callbacks.cam_explainer import CamExplainer
from lightning_callbacks.guard import untouched
from tb_explain import schema
from tests import toys
from tests.benchmarks.figures import paired, report

pytestmark = [pytest.mark.benchmark, pytest.mark.slow]


class StepClock(pl.Callback):
    """Notes the processor seconds of each training step, from its start to the next one's."""

    def __init__(self) -> None:
        self.starts: list[float] = []

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        self.starts.append(time.process_time())

    @property
    def seconds(self) -> list[float]:
        return [b - a for a, b in pairwise(self.starts)]


@pytest.mark.filterwarnings("ignore:.*`lr_scheduler.step\\(\\)`:UserWarning")
def test_recording_costs_at_most_two_percent_of_the_demos_training(tmp_path):
    """Steps with and without a record alternate; an epoch has one record and many steps."""
    data, clock = fashion.load(), StepClock()
    monitor = GradCAMMonitor(
        probe=demo.probe(data), every_n_train_steps=2, max_overhead=None, strict=True
    )
    fashion.train(tmp_path, "clean", data, epochs=1, callbacks=[clock, monitor], progress=False)
    steps = clock.seconds[20:]  # the first ones warm up
    plain, recorded = steps[::2], steps[1::2]
    record = statistics.median(r - p for p, r in zip(plain, recorded, strict=False))
    share = record / (len(clock.starts) * statistics.median(plain))
    report("one record, in training steps", record / statistics.median(plain))
    report("one record per epoch, share of training time", share, most=0.02)


def test_three_layers_and_five_variants_cost_little_more_than_one():
    """Against the one map whose gradient has as far to go: the first of the three layers."""
    network, inputs, labels = _photos()
    layers = ["_blocks.5", "_blocks.10", photos.LAYER]
    one = CamExplainer(methods=["gradcam"], targets=["label"], layers=layers[:1])
    all_ = CamExplainer(methods=CAM_METHODS, targets=["label"], layers=layers)

    def run(explainer: CamExplainer) -> Callable[[], object]:
        def once() -> None:
            with untouched(network) as module:
                explainer.explain(module, inputs, inputs.shape, labels)

        return once

    ratios = paired(run(all_), run(one), rounds=9, clock=time.perf_counter)
    report("time of 15 maps / of 1", statistics.median(ratios), most=1.3, spread=ratios)


def test_records_are_far_smaller_than_overlay_pictures_at_224_pixels(tmp_path):
    network, inputs, labels = _photos()
    explainer = CamExplainer(methods=["gradcam"], targets=["label"], layers=[photos.LAYER])
    with untouched(network) as module:
        maps = explainer.explain(module, inputs, inputs.shape, labels).cams[0].values.numpy()
    pictures = (inputs * photos.STD + photos.MEAN).permute(0, 2, 3, 1).numpy()
    ours = _bytes_per_record(tmp_path / "ours", inputs, labels, network, photos.LAYER)
    theirs = _overlay_bytes(tmp_path / "theirs", maps, pictures)
    report("bytes of overlay PNGs / of a record, 224 pixels", theirs / ours, least=100)


def test_records_are_far_smaller_than_overlay_pictures_at_28_pixels(tmp_path):
    data = fashion.load()
    samples = fashion.probe_samples(data)
    inputs = torch.stack([image for image, _ in samples])
    labels = torch.tensor([int(label) for _, label in samples])
    model = fashion.SmallCNN(1)
    explainer = CamExplainer(methods=["gradcam"], targets=["label"], layers=["features"])
    with untouched(model) as module:
        maps = explainer.explain(module, inputs, inputs.shape, labels).cams[0].values.numpy()
    pictures = inputs.permute(0, 2, 3, 1).expand(-1, -1, -1, 3).numpy()
    ours = _bytes_per_record(tmp_path / "ours", inputs, labels, model, "features")
    theirs = _overlay_bytes(tmp_path / "theirs", maps, pictures)
    report("bytes of overlay PNGs / of a record, 28 pixels", theirs / ours, least=8)


def _photos() -> tuple[torch.nn.Module, torch.Tensor, torch.Tensor]:
    inputs = torch.stack([photo.load() for photo in photos.PHOTOS])
    labels = torch.tensor([photo.label for photo in photos.PHOTOS])
    return photos.load_network(), inputs, labels


def _bytes_per_record(root: Path, inputs, labels, network, layer: str) -> float:
    """Returns what the event file grows by per record, predictions included."""

    class Stepping(toys.Classifier):
        def __init__(self) -> None:
            super().__init__(network)

        def training_step(self, batch, batch_idx):
            return sum(p.sum() for p in self.parameters()) * 0.0

    monitor = GradCAMMonitor(
        layers=f"net.{layer}",
        probe=Probe((inputs, labels)),
        every_n_train_steps=1,
        strict=True,
    )
    trainer = toys.trainer(root, monitor, max_epochs=1)
    sizes = []

    class Sizes(pl.Callback):
        def on_train_batch_end(self, trainer, *_):
            (events,) = Path(trainer.log_dir).glob("events*")
            sizes.append(events.stat().st_size)

    trainer.callbacks.append(Sizes())
    trainer.fit(Stepping(), toys.loaders(64)[0])
    return statistics.median(b - a for a, b in pairwise(sizes))


def _overlay_bytes(root: Path, maps: np.ndarray, pictures: np.ndarray) -> float:
    """Returns the bytes of the same maps drawn over their pictures and stored by `add_image`."""
    from matplotlib import colormaps

    size = pictures.shape[1]
    upsampled = torch.nn.functional.interpolate(
        torch.from_numpy(maps).unsqueeze(1), (size, size), mode="bilinear"
    )[:, 0].numpy()
    scaled = upsampled / upsampled.max(axis=(1, 2), keepdims=True).clip(min=1e-12)
    overlays = 0.5 * pictures + 0.5 * colormaps["viridis"](scaled)[..., :3]
    writer = SummaryWriter(root)
    writer.flush()
    (events,) = root.glob("events*")
    before = events.stat().st_size
    for index, overlay in enumerate(overlays):
        writer.add_image(f"overlay/{index}", overlay, 0, dataformats="HWC")
    writer.flush()
    after = events.stat().st_size
    writer.close()
    return after - before


def test_a_record_is_read_back_as_it_was_written():
    """The bytes counted above hold all they should."""
    record = schema.Record("cam", "gradcam", 1, 0, 1, {}, {"map.0": np.zeros((4, 7, 7), np.uint8)})
    assert np.array_equal(schema.unpack(schema.pack(record)).arrays["map.0"], np.zeros((4, 7, 7)))
