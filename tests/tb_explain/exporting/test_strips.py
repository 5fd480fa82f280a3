"""Film strips: the page's colours, its interpolation, a tile where it belongs."""

import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch

import tb_explain
from tb_explain import schema
from tb_explain.exporting import colours, png, strips
from tb_explain.reading import LoadedRecord, Series
from tb_explain.reading.runs import Decoded
from tests.synthetic_layer_tables import LayersShape
from tests.synthetic_layers import write_layers
from tests.synthetic_runs import RunShape, write_run

ROOT = Path(__file__).parents[3]


def test_colour_maps_are_the_pages():
    text = (ROOT / "frontend/src/maps/colormaps.ts").read_text()
    for name, points in colours.POINTS.items():
        assert re.search(rf'{name}:\s+"(\w+)"', text)[1] == points


def test_maps_are_resized_as_torch_does():
    values = np.random.default_rng(0).normal(size=(7, 5))
    resized = colours.resized(values, 40, 33)
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(values)[None, None], (40, 33), mode="bilinear", align_corners=False
    )
    np.testing.assert_allclose(resized, expected[0, 0].numpy(), atol=1e-12)


def test_zero_leaves_the_picture_and_what_is_no_number_is_hatched():
    picture = np.full((8, 8, 3), 90, np.uint8)
    shares = np.zeros((8, 8))
    shares[0, 0], shares[7, 7] = np.nan, 1.0
    for signed in (False, True):
        drawn = colours.overlay(picture, shares, signed=signed)
        assert (drawn[3, 3] == 90).all()
        assert drawn[0, 0].tolist() in ([255, 0, 200], [30, 0, 30])
        assert (drawn[7, 7] != 90).any()


def test_a_strip_has_a_row_per_sample_and_a_column_per_step(tmp_path):
    write_run(tmp_path / "a", RunShape(samples=3, epochs=4))
    series = tb_explain.load(tmp_path)["a"]["gradcam/cam"]
    found = {strip.name: png.decode(strip.png) for strip in strips.strips(series)}
    assert set(found) == {"gradcam, features.7, label", "hirescam, features.7, label"}
    pitch = strips.TILE + 4
    sheet = found["gradcam, features.7, label"]
    assert sheet.shape == (3 * pitch - 4, 5 * pitch - 4, 3)
    (alone,) = [s for s in strips.strips(series, step=160) if s.name.startswith("gradcam")]
    tile = png.decode(alone.png)
    assert tile.shape == (3 * pitch - 4, strips.TILE, 3)
    warm = sheet[: strips.TILE].astype(int)
    # The bump grows from the untrained model to the last epoch.
    assert warm[:, -strips.TILE :, 0].mean() > warm[:, : strips.TILE, 0].mean() + 4


def test_other_kinds_have_no_strips(tmp_path):
    write_layers(tmp_path / "a", LayersShape(blocks=1, records=1))
    series = tb_explain.load(tmp_path)["a"]["gradients/layer_statistics"]
    assert list(strips.strips(series)) == []
    with pytest.raises(KeyError, match="no record of step 3"):
        list(strips.strips(series, step=3))


def many(samples, steps=1):
    """A series of maps of one cell."""
    arrays = {
        "map.0": np.arange(samples, dtype=np.uint8).reshape(-1, 1, 1),
        "map.0.scale": np.ones(samples, np.float32),
    }
    entry = {"array": "map.0", "method": "gradcam", "layer": "a", "target": 0, "signed": False}
    fields = {"probe": None, "targets": [], "maps": [entry]}
    records = [
        LoadedRecord(schema.Record("cam", "m", step, step, step + 1, fields, arrays), 1e9)
        for step in range(steps)
    ]
    return Series("run", "m/cam", "cam", "m", lambda: Decoded(tuple(records)))


@pytest.mark.parametrize(("samples", "steps"), [(12, 2), (3, 10)])
def test_what_fits_on_no_sheet_goes_on_several(samples, steps, monkeypatch):
    monkeypatch.setattr(strips, "SHEET", 8)
    found = list(strips.strips(many(samples, steps)))
    sheets = [png.decode(strip.png) for strip in found]
    pitch = strips.TILE + 4
    tiles = [(sheet.shape[0] + 4) // pitch * ((sheet.shape[1] + 4) // pitch) for sheet in sheets]
    assert sum(tiles) == samples * steps
    assert max(tiles) <= 8
    assert found[1].name == f"gradcam, a, sheet 2 of {len(found)}"


def test_a_record_that_asks_for_endless_strips_is_refused():
    series = many(strips.MOST + 1)
    with pytest.raises(strips.TooManyTilesError, match="at most 65,536"):
        next(strips.strips(series))


def test_a_sheet_takes_no_more_memory_than_its_tiles():
    series = many(strips.MOST)
    tracemalloc.start()
    assert next(strips.strips(series)).name == "gradcam, a, sheet 1 of 64"
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken < 5 * strips.SHEET * (strips.TILE + 4) ** 2 * 3
