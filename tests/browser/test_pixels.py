"""What is on screen, pixel by pixel, against a plain numpy writing of the drawing."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.browser import truth as numpy_writing
from tests.browser.conftest import RUNS
from tests.browser.truth import RunTruth

TILE = 84  # three pixels to one of the input's 28
# Of 255: the page looks colours up in a table of 256 and blends in integers.
TOLERANCE = 3


def on_screen(page, box=None):
    """Returns int [height, width, 3]: a part of the screen, or all of it."""
    data = page.screenshot(clip=box.clip) if box else page.screenshot()
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def open_large(tab, **settings):
    settings = {"attributions__tile": TILE, "attributions__scale": "shared", **settings}
    tab.open("attributions", **settings)
    tab.page.mouse.move(5, 5)
    tab.settle()


@pytest.fixture(scope="module")
def truths(two_runs):
    return {run: RunTruth(two_runs, run) for run in RUNS}


@pytest.mark.parametrize("opacity", [0.7, 1])
def test_an_overlay_is_the_picture_the_upsampled_map_and_the_colours(tab, truths, opacity):
    open_large(tab, attributions__opacity=opacity)
    limit = max(truth.maps(epoch).max() for truth in truths.values() for epoch in truth.cams)
    for run, epoch, n in ((RUNS[0], 2, 1), (RUNS[1], 5, 0), (RUNS[1], -1, 1)):
        truth = truths[run]
        expected = numpy_writing.overlay(
            truth.maps(epoch)[n], truth.picture(n), size=TILE, limit=limit, opacity=opacity
        )
        shown = on_screen(tab.page, tab.tile(run, truth.hashes[n], epoch + 1))
        assert abs(shown - expected).max() <= TOLERANCE


def test_an_input_is_the_stored_picture(tab, truths):
    open_large(tab, attributions__drawing="input")
    truth = truths[RUNS[0]]
    shown = on_screen(tab.page, tab.tile(RUNS[0], truth.hashes[1], 3))
    assert (shown == np.kron(truth.picture(1), np.ones((3, 3, 1)))).all()


def test_a_map_is_its_colours_alone(tab, truths):
    open_large(tab, attributions__drawing="map")
    truth = truths[RUNS[1]]
    limit = max(truth.maps(epoch).max() for truth in truths.values() for epoch in truth.cams)
    shares = np.clip(numpy_writing.upsample(truth.maps(4)[1], TILE) / limit, 0, 1)
    shown = on_screen(tab.page, tab.tile(RUNS[1], truth.hashes[1], 5))
    assert abs(shown - numpy_writing.colours("inferno", shares)).max() <= TOLERANCE


def test_values_below_the_threshold_leave_the_picture_as_it_is(tab, truths):
    open_large(tab, attributions__threshold=0.5)
    truth = truths[RUNS[1]]
    limit = max(truth.maps(epoch).max() for truth in truths.values() for epoch in truth.cams)
    shares = numpy_writing.upsample(truth.maps(4)[1], TILE) / limit
    shown = on_screen(tab.page, tab.tile(RUNS[1], truth.hashes[1], 5))
    picture = np.kron(truth.picture(1), np.ones((3, 3, 1)))
    assert (shown[shares < 0.499] == picture[shares < 0.499]).all()
    assert (shown[shares > 0.6] != picture[shares > 0.6]).any(axis=1).all()
