"""Records that are out of the ordinary are shown as what they are."""

import pytest
from playwright.sync_api import expect

from tests.browser.odd_logs import GAP_REASON
from tests.browser.test_pixels import on_screen
from tests.browser.truth import RunTruth, shown_value


def middle_of_tile(tab, run, moment, row, column, cells=7):
    box = tab.tile(run, tab.geometry["samples"][0], moment)
    return box.at((column + 0.5) / cells, (row + 0.5) / cells)


def test_a_gap_is_told_with_its_reason(odd):
    odd.open("overview", runs=["gap"])
    expect(odd["gap"]).to_contain_text(f"1 gap of gradcam (epoch 2): {GAP_REASON}")
    odd.picture("gap-overview")
    odd.open("attributions", runs=["gap"])
    odd.page.mouse.move(*middle_of_tile(odd, "gap", 3, 3, 3))
    assert odd.fact("nothing here", within="attributions-tooltip") == GAP_REASON
    expect(odd["kept"]).to_have_text("every record · 5 of 5")
    odd.picture("gap-attributions")


def test_without_stored_inputs_maps_are_drawn_alone_and_it_is_said(odd):
    odd.open("overview", runs=["private"])
    expect(odd["probe-row"]).to_have_count(4)
    odd.open("attributions", runs=["private"])
    expect(odd["attributions-detail"]).to_contain_text("inputs are not stored in this run")
    odd.picture("private")


def test_without_stored_inputs_the_pictures_of_another_run_serve(odd):
    odd.open("attributions", runs=["gap", "private"], attributions__scale="own")
    sample = odd.geometry["samples"][1]
    odd.page.mouse.move(5, 5)
    own = on_screen(odd.page, odd.tile("gap", sample, 2))
    borrowed = on_screen(odd.page, odd.tile("private", sample, 2))
    assert (own == borrowed).all()


def test_nan_and_infinity_are_hatched_and_named(odd, odd_runs):
    odd.open("attributions", runs=["nonfinite"])
    odd.page.mouse.move(*middle_of_tile(odd, "nonfinite", 2, 3, 3))
    assert odd.fact("value", within="attributions-tooltip") == "NaN logit"
    odd.page.mouse.move(*middle_of_tile(odd, "nonfinite", 2, 0, 0))
    assert odd.fact("value", within="attributions-tooltip") == "+infinity logit"
    odd.page.mouse.move(*middle_of_tile(odd, "nonfinite", 2, 3, 4))
    value = RunTruth(odd_runs, "nonfinite").maps(1)[0, 3, 4]
    assert abs(shown_value(odd.fact("value", within="attributions-tooltip")) - value) < 1e-3
    odd.page.mouse.move(5, 5)
    box = odd.tile("nonfinite", odd.geometry["samples"][0], 2)
    shown = on_screen(odd.page, box)
    hatch = ((shown == [255, 0, 200]) | (shown == [30, 0, 30])).all(axis=2)
    # Two of 49 cells, and nothing else.
    assert abs(hatch.mean() - 2 / 49) < 0.01
    odd.picture("nonfinite")


def test_a_map_of_zeros_is_flat_and_says_why(odd):
    odd.open("attributions", runs=["zeros"])
    expect(odd["flat-warning"]).to_contain_text("negative everywhere: nothing to show")
    largest = odd.fact("largest |value|", within="attributions-detail")
    assert largest == "0 logit"
    box = odd.tile("zeros", odd.geometry["samples"][0], 3)
    odd.choose("attributions-scale", "own")
    odd.page.mouse.move(5, 5)
    flat = on_screen(odd.page, box)
    odd.choose("attributions-drawing", "input")
    odd.page.mouse.move(5, 5)
    assert (on_screen(odd.page, box) == flat).all()
    odd.picture("zeros")


def test_a_record_that_cannot_be_read_is_named_and_hides_no_other(odd):
    odd.open("attributions", runs=["broken"])
    expect(odd["unreadable"]).to_contain_text("1 record could not be read")
    odd["unreadable"].locator("summary").click()
    expect(odd["unreadable"].locator("li")).to_contain_text("broken, gradcam/cam, step 80")
    expect(odd["kept"]).to_contain_text("showing 5 of 6")
    odd.picture("unreadable")


def test_a_run_without_maps_takes_no_row_and_it_is_said(odd):
    odd.open("attributions", runs=["gap", "no_maps"])
    assert [track["run"] for track in odd.geometry["tracks"]] == ["gap"]
    claim = odd["attributions-claims"].locator('[data-run="no_maps"]')
    expect(claim).to_contain_text("no map in this run")


@pytest.mark.parametrize("layout", ["runs", "samples", "moment"])
def test_settings_that_no_map_answers_are_told(odd, layout):
    odd.open("attributions", runs=["zeros"], attributions__layer="x", attributions__layout=layout)
    expect(odd["attributions-nothing"]).to_contain_text("No shown run has a map")
    expect(odd["attributions-detail"]).to_have_count(0)


def test_claims_of_many_runs_fold(odd):
    odd.open("attributions")
    claims = odd["attributions-claims"].locator("li")
    expect(claims).to_have_count(3)
    odd["attributions-more-claims"].click()
    expect(claims).to_have_count(7)


def test_all_of_them_at_once(odd):
    odd.open("overview")
    odd.picture("many-runs-overview")
    expect(odd["run-card"]).to_have_count(7)
    odd.open("attributions")
    odd.picture("many-runs-attributions")
    expect(odd["attributions-claims"]).to_be_visible()
