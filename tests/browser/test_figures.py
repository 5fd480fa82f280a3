"""Every figure on screen is the one that numpy computes from the record."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import RUNS
from tests.browser.truth import RunTruth, four_digits, shown_value


@pytest.fixture(scope="module")
def truth(two_runs):
    return RunTruth(two_runs, RUNS[1])


def hover(tab, box, row, column, cells=7):
    tab.page.mouse.move(*box.at((column + 0.5) / cells, (row + 0.5) / cells))
    expect(tab["attributions-tooltip"]).to_be_visible()


@pytest.mark.parametrize("method", ["gradcam", "hirescam"])
def test_hovering_a_tile_shows_the_cells_exact_value(tab, truth, method):
    tab.open("attributions", attributions__methods=[method])
    for epoch, n in ((-1, 0), (3, 1), (7, 2)):
        box = tab.tile(RUNS[1], truth.hashes[n], epoch + 1, method=method)
        for row, column in ((0, 0), (3, 5), (6, 2)):
            hover(tab, box, row, column)
            value = tab.fact("value", within="attributions-tooltip")
            assert shown_value(value) == four_digits(truth.maps(epoch, method)[n, row, column])
            assert value.endswith(" logit")
            cell = tab.fact("cell", within="attributions-tooltip")
            assert cell == f"row {row}, column {column} of 7 x 7"
            assert tab.fact("run", within="attributions-tooltip") == RUNS[1]
    tab.picture(f"hover-{method}")


def test_smoothing_and_thresholds_do_not_touch_the_hovered_value(tab, truth):
    tab.open("attributions", attributions__smoothing=0.2, attributions__threshold=0.5)
    hover(tab, tab.tile(RUNS[1], truth.hashes[1], 4), 2, 4)
    value = tab.fact("value", within="attributions-tooltip")
    assert shown_value(value) == four_digits(truth.maps(3)[1, 2, 4])


def test_a_difference_is_hovered_as_the_difference(tab, truth):
    tab.open("attributions", attributions__drawing="difference", attributions__against="untrained")
    hover(tab, tab.tile(RUNS[1], truth.hashes[1], 6), 6, 6)
    change = truth.maps(5)[1, 6, 6] - truth.maps(-1)[1, 6, 6]
    value = tab.fact("value", within="attributions-tooltip")
    assert shown_value(value) == pytest.approx(four_digits(change), rel=1e-3)


def test_the_hovered_prediction_is_the_recorded_one(tab, truth):
    tab.open("attributions")
    hover(tab, tab.tile(RUNS[1], truth.hashes[2], 3), 1, 1)
    arrays = truth.predictions[2].arrays
    name = truth.class_name(arrays["classes"][2, 0])
    words = tab.fact("prediction", within="attributions-tooltip")
    assert words == f"{name} {arrays['scores'][2, 0]:.2f}"


def test_a_clicked_tile_is_shown_in_depth_with_its_figures(tab, truth):
    tab.open("attributions")
    box = tab.tile(RUNS[1], truth.hashes[2], 6)
    tab.page.mouse.click(*box.at(0.5, 0.5))
    tab.page.mouse.move(5, 5)
    tab.settle()
    within = "attributions-detail"
    assert tab.fact("run", within=within) == RUNS[1]
    assert tab.fact("moment", within=within) == "epoch 5, step 240"
    values = truth.maps(5)[2]
    assert shown_value(tab.fact("largest |value|", within=within)) == four_digits(values.max())
    row, column = np.unravel_index(values.argmax(), values.shape)
    peak = f"x {(column + 0.5) / 7:.2f}, y {(row + 0.5) / 7:.2f}"
    assert tab.fact("peak", within=within) == peak
    target = truth.class_name(truth.cams[5].arrays["target.0"][2])
    output = four_digits(truth.cams[5].arrays["output.0"][2])
    assert tab.fact("target", within=within) == f"{target}, logit {output:g}"
    assert tab["track"].get_attribute("aria-valuetext") == "epoch 5, step 240"
    assert f"sample={truth.hashes[2]}" in tab.page.url


def test_the_claim_about_a_run_is_what_its_peaks_say(tab, truth):
    tab.open("attributions")
    maps = truth.maps(9).reshape(8, -1)
    rows, columns = np.divmod(maps.argmax(1), 7)
    in_corner = ((rows + 0.5) / 7 > 2 / 3) & ((columns + 0.5) / 7 > 2 / 3)
    claim = tab["attributions-claims"].locator(f'[data-run="{RUNS[1]}"] .looks')
    words = f"peak in the lower right corner on {100 * in_corner.mean():.0f} % of 8 samples"
    assert claim.inner_text() == words


def test_the_shared_scales_limit_is_the_largest_value_of_all_shown_maps(tab, two_runs):
    tab.open("attributions", attributions__scale="shared")
    truths = [RunTruth(two_runs, run) for run in RUNS]
    largest = max(truth.maps(epoch).max() for truth in truths for epoch in truth.cams)
    bar = tab["attributions-legend"].get_by_test_id("colour-bar")
    assert float(bar.get_attribute("data-high")) == pytest.approx(float(largest), rel=1e-6)
    assert bar.get_attribute("data-low") == "0"


def test_the_probe_table_holds_the_recorded_predictions(tab, truth):
    tab.open("overview", runs=[RUNS[1]], step=160)
    arrays = truth.predictions[3].arrays
    labels = truth.probe.arrays["labels"]
    for n, digest in enumerate(truth.hashes):
        row = tab["probe-row"].and_(tab.inside.locator(f'[data-sample="{digest}"]'))
        words = row.get_by_role("gridcell").all_inner_texts()
        assert truth.class_name(labels[n]) in words[1]
        mark = "✓" if arrays["classes"][n, 0] == labels[n] else "✗"
        assert mark in words[3]
        assert truth.class_name(arrays["classes"][n, 0]) in words[3]
        shown = float(words[3].split()[-1])
        assert shown == pytest.approx(float(arrays["label_score"][n]), abs=0.005)
