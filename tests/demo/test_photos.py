"""The grid pointing game: four photos in one picture, and each class looked for in it."""

import itertools

import pytest
import torch
from torch import Tensor

from demo import photos
from lightning_callbacks import attribute
from tests import toys

pytestmark = pytest.mark.slow

# Every photo in every corner, beside all others.
ORDERS = list(itertools.permutations(range(4)))
AT_ONCE = 6  # mosaics


@pytest.fixture(scope="module")
def network():
    return photos.load_network()


@pytest.fixture(scope="module")
def tiles() -> list[Tensor]:
    return [photo.load() for photo in photos.PHOTOS]


def mosaic(tiles: list[Tensor]) -> Tensor:
    rows = [torch.cat(tiles[:2], dim=2), torch.cat(tiles[2:], dim=2)]
    return torch.cat(rows, dim=1).unsqueeze(0)


def share_and_peak(values: Tensor, cell: int) -> tuple[float, bool]:
    """Returns the share of the positive mass in a cell, and whether the peak is there."""
    h, w = values.shape
    row, column = divmod(cell, 2)
    inside = torch.zeros(h, w, dtype=torch.bool)
    inside[row * h // 2 : (row + 1) * h // 2, column * w // 2 : (column + 1) * w // 2] = True
    positive = values.clamp(min=0)
    peak = bool(inside.flatten()[values.argmax()])
    return float(positive[inside].sum() / positive.sum()), peak


@pytest.fixture(scope="module")
def maps(network, tiles) -> dict[tuple[tuple[int, ...], int], Tensor]:
    """By order and photo: the map [h, w] of the photo's class in the mosaic of that order."""
    mosaics = torch.cat([mosaic([tiles[place] for place in order]) for order in ORDERS])
    found = {}
    for index, photo in enumerate(photos.PHOTOS):
        for orders, images in zip(batched(ORDERS), mosaics.split(AT_ONCE), strict=True):
            maps = attribute(network, images, target=photo.label, layer=photos.LAYER).values
            found |= {(order, index): each for order, each in zip(orders, maps, strict=True)}
    return found


def batched(orders):
    return [orders[first : first + AT_ONCE] for first in range(0, len(orders), AT_ONCE)]


def play(maps, wrong_by: int = 0) -> list[tuple[float, bool]]:
    """Looks in each cell for the class of its photo, or of the photo `wrong_by` further on."""
    return [
        share_and_peak(maps[order, (index + wrong_by) % 4], cell)
        for order in ORDERS
        for cell, index in enumerate(order)
    ]


def test_each_photo_is_recognised_alone(network, tiles):
    with torch.no_grad():
        predicted = network(torch.stack(tiles)).argmax(1)
    assert predicted.tolist() == [photo.label for photo in photos.PHOTOS]


def test_the_map_of_a_class_lies_in_its_photo(maps):
    results = play(maps)
    assert all(peak for _, peak in results)
    assert sum(share for share, _ in results) / len(results) >= 0.95


def test_a_wrong_class_fails_clearly(maps):
    results = play(maps, wrong_by=1)
    assert not any(peak for _, peak in results)
    assert sum(share for share, _ in results) / len(results) < 0.05


def test_the_demo_records_every_variant(tmp_path):
    photos.explain(tmp_path)
    (record,) = toys.of_kind(toys.read_records(tmp_path), "cam")
    assert len(record.fields["maps"]) == 5 * 2 * 2
    assert record.arrays["map.0"].shape[0] == 4
