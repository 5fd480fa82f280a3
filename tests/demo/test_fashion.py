"""The planted shortcut: the model that can see it looks at it, the other does not."""

import pytest
import torch
from torch import Tensor

from demo import __main__ as demo
from demo import fashion
from lightning_callbacks import GradCAMMonitor, attribute
from tests import toys

EPOCHS = 3
METHODS = ("deeplift", "integrated_gradients", "kernel_shap", "occlusion", "lime")


@pytest.fixture(scope="module")
def data() -> fashion.Fashion:
    return fashion.load()


def test_every_shirt_and_nothing_else_is_patched(data):
    patched = fashion.patch_shirts(data.test_images, data.test_labels)
    changed = (patched != data.test_images).flatten(1).any(1)
    shirts = data.test_labels == fashion.SHIRT
    assert not changed[~shirts].any()
    assert (patched[shirts][:, 0, fashion.PATCH, fashion.PATCH] == 1).all()


def test_the_probe_is_patched_shirts_and_one_of_each_other_class(data):
    labels = [int(label) for _, label in fashion.probe_samples(data)]
    assert len(labels) == 16
    assert labels.count(fashion.SHIRT) == fashion.PROBE_SHIRTS
    assert set(labels) == set(range(10))


def share_at_patch(model, images: Tensor) -> float:
    """Returns the share of shirts whose CAM peaks on the patch or in a cell next to it."""
    maps = attribute(model, images, target=fashion.SHIRT, layer="features").values
    _, h, w = maps.shape
    row, column = maps.flatten(1).argmax(1) // w, maps.flatten(1).argmax(1) % w
    first = fashion.PATCH.start * h // 28 - 1
    last = (fashion.PATCH.stop - 1) * h // 28 + 1
    near = (row >= first) & (row <= last) & (column >= first) & (column <= last)
    return float(near.float().mean())


def mass_on_patch(model, images: Tensor, method: str) -> float:
    """Returns the share of positive attribution on the patch, in units of the patch's area."""
    maps = attribute(model, images, method=method, target=fashion.SHIRT).values.clamp(min=0)
    share = maps[:, fashion.PATCH, fashion.PATCH].sum(dim=(1, 2)) / maps.sum(dim=(1, 2))
    area = (fashion.PATCH.stop - fashion.PATCH.start) ** 2 / 28**2
    return float(share.mean()) / area


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*`lr_scheduler.step\\(\\)`:UserWarning")
def test_the_shortcut_is_seen_and_recorded(tmp_path, data):
    images = fashion.patch_shirts(data.test_images, data.test_labels)
    shirts = images[data.test_labels == fashion.SHIRT]
    models, shares = {}, {}
    for name in ("clean", "shortcut"):
        monitor = GradCAMMonitor(probe=demo.probe(data), strict=True)
        models[name] = fashion.train(
            tmp_path, name, data, epochs=EPOCHS, callbacks=[monitor], progress=False
        )
        shares[name] = share_at_patch(models[name], shirts)
        records = toys.of_kind(toys.read_records(tmp_path / name), "cam")
        assert [record.epoch for record in records] == [-1, 0, 1, 2]
    model = models["shortcut"]
    masses = {method: mass_on_patch(model, shirts[:12], method) for method in METHODS}
    assert shares["shortcut"] >= 0.9
    print(masses)
    assert all(masses[method] > 5 for method in METHODS)
    assert shares["clean"] < 0.4


def test_two_runs_share_their_probe(data):
    from lightning_callbacks.probe import draw

    assert draw(demo.probe(data)).digest == draw(demo.probe(data)).digest
    assert torch.equal(*(draw(demo.probe(data)).inputs for _ in range(2)))
