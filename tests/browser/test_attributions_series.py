"""Attributions of series: signals over grounds that show what each point counts."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tb_explain import schema
from tests import servers
from tests.browser.attribution_logs import (
    pixels,
    spread,
    wait_for,
    without_inputs,
    write_odd_run,
    write_runs,
)
from tests.browser.test_downloads import download, rows_of
from tests.synthetic_attribution_inputs import series_inputs
from tests.synthetic_attributions import AttributionShape, attribution_records

SHAPE = AttributionShape(space="series", methods=("integrated_gradients", "saliency"), epochs=4)
RUNS = {"clean": SHAPE, "shortcut": SHAPE}
LABELS, PITCH, GAP = 44, 58, 4  # pixels of the plot in depth
NAMES = 64  # pixels of the strip over epochs


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    root = tmp_path_factory.mktemp("series")
    write_runs(root, RUNS)
    write_odd_run(root / "odd", SHAPE)
    without_inputs(root / "private", SHAPE)
    with servers.tensorboard(root) as server:
        wait_for(server, len(RUNS) + 2, SHAPE.epochs * SHAPE.steps_per_epoch)
        yield server


@pytest.fixture
def series(recorded, visit):
    return visit(recorded)


def opened(tab, *runs, **settings):
    tab.open("attributions", runs=runs or list(RUNS), **settings)
    expect(tab["attributions-series"]).to_be_visible()
    return tab


def stored(epoch, *, run="clean"):
    """Returns what was stored of all samples: float [N, C, L]."""
    seed = list(RUNS).index(run)
    record = next(
        each for each in attribution_records(SHAPE, epoch, seed=seed) if each.kind == "attribution"
    )
    return schema.dequantise(record.arrays["map.0"], record.arrays["map.0.scale"])


def point(tab, channel, place):
    """Returns where a point of the plot in depth is, in pixels of the page."""
    canvas = tab["detail-canvas"]
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    x = box["x"] + LABELS + (place + 0.5) / SHAPE_LENGTH * (box["width"] - LABELS)
    return x, box["y"] + channel * PITCH + (PITCH - GAP) / 2


SHAPE_LENGTH = series_inputs(1).shape[1]


def test_every_sample_stands_as_a_plot_for_every_run(series):
    opened(series)
    for run in RUNS:
        lines = series["attributions-list"].locator(f'[data-run="{run}"]')
        expect(lines).to_have_count(SHAPE.samples)
        expect(lines.first.locator("canvas")).to_have_attribute("data-channels", "3")
    series.picture("attributions-series")


def test_the_pointer_tells_the_exact_value_of_a_point_and_its_signal(series):
    opened(series)
    values, inputs = stored(SHAPE.epochs - 1)[0], series_inputs(SHAPE.samples)
    for channel, place in ((0, 10), (1, 77), (2, 159)):
        series.page.mouse.move(*point(series, channel, place))
        told = series.fact("value", within="attributions-note").split()[0]
        assert float(told) == pytest.approx(values[channel, place], rel=1e-3, abs=1e-6)
        signal = inputs.arrays["signals"][0, channel, place]
        told = series.fact("signal", within="attributions-note")
        assert float(told) == pytest.approx(signal, rel=1e-3, abs=1e-3)


def test_the_ground_is_darkest_where_the_planted_bump_is(series):
    opened(series)
    planted = np.unravel_index(np.abs(stored(SHAPE.epochs - 1)[0]).argmax(), (3, SHAPE_LENGTH))
    series["detail-canvas"].scroll_into_view_if_needed()
    picture = pixels(series["detail-canvas"].screenshot())
    red = picture[..., 0] - picture[..., 2]
    band = red[int(planted[0]) * PITCH + 2 : (int(planted[0]) + 1) * PITCH - GAP - 2, LABELS:]
    found = np.median(band, axis=0).argmax() / band.shape[1] * SHAPE_LENGTH
    assert found == pytest.approx(planted[1], abs=6)


def test_channels_are_summed_beside_each_other(series):
    opened(series)
    values = stored(SHAPE.epochs - 1)[0]
    for channel in range(3):
        told = series.fact(f"channel {channel}", within="attributions-channels")
        assert float(told) == pytest.approx(values[channel].sum(), rel=1e-2, abs=1e-4)


def test_points_over_epochs_tell_values_and_move_the_scrubber(series):
    opened(series)
    canvas = series["attributions-epochs"]
    canvas.scroll_into_view_if_needed()
    box, pitch = canvas.bounding_box(), int(canvas.get_attribute("data-pitch"))
    assert int(canvas.get_attribute("data-rows")) == SHAPE.epochs + 1
    x = box["x"] + NAMES + 80.5 / SHAPE_LENGTH * (box["width"] - NAMES)
    y = box["y"] + 2.5 * pitch
    series.page.mouse.move(x, y)
    told = float(series.fact("sum of channels", within="attributions-note"))
    assert told == pytest.approx(stored(1)[0][:, 80].sum(), rel=1e-2, abs=1e-4)
    series.page.mouse.click(x, y)
    expect(series["track"]).to_have_attribute("aria-valuetext", "epoch 1, step 80")


def test_arrow_keys_walk_through_samples_and_a_click_takes_a_run(series):
    opened(series, attributions__methods=["integrated_gradients", "saliency"])
    series.page.keyboard.press("ArrowDown")
    expect(series["detail-title"]).to_contain_text("Sample 1")
    place = series["attributions-list"].locator(".attr-sample").nth(1)
    place.locator('[data-run="shortcut"][data-method="saliency"]').click()
    assert series.fact("method", within="attributions-detail") == "Saliency"
    assert series.fact("run", within="attributions-detail") == "shortcut"
    series.picture("attributions-series-methods")


def test_the_table_holds_every_point_of_the_scrubbed_moment(series):
    opened(series, "clean", step="80")
    name, data = download(series, "download-csv")
    assert name == "attributions-series.csv"
    rows = rows_of(data)
    values = stored(1)
    assert len(rows) == values.size
    for row in rows[::97]:
        n = int(row["sample"].removeprefix("series"))
        expected = values[n, int(row["channel"]), int(row["first_point"])]
        assert float(row["value"]) == pytest.approx(expected, rel=1e-5, abs=1e-9)


def test_the_picture_shows_what_is_on_screen(series):
    opened(series)
    name, data = download(series, "download-png")
    assert name == "attributions-series.png"
    assert spread(data) > 5


def test_without_stored_inputs_the_grounds_stand_alone(series):
    opened(series, "private")
    series.page.mouse.move(*point(series, 1, 20))
    note = series["attributions-note"]
    expect(note.locator('[data-fact="value"]')).to_have_count(1)
    expect(note.locator('[data-fact="signal"]')).to_have_count(0)
    series.picture("attributions-series-private")


def test_odd_values_and_a_monitor_that_failed_are_said(series):
    opened(series, "odd", step="40")
    series.page.mouse.move(*point(series, 0, 1))
    assert series.fact("value", within="attributions-note").startswith("NaN")
    series.page.keyboard.press("ArrowRight")
    expect(series["attributions-list"]).to_contain_text("RuntimeError: <img")
    series.picture("attributions-series-gap")
