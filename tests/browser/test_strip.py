"""The film strip: arranging, drawing, filtering."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import RUNS
from tests.browser.truth import RunTruth


@pytest.fixture
def strip(tab):
    return tab.open("attributions")


def canvas(tab):
    return tab["attributions-canvas"].screenshot()


def test_it_has_a_tile_for_each_sample_and_moment_of_both_runs(strip):
    shown = strip.geometry
    labels = [column["label"] for column in shown["columns"][: shown["group"]]]
    assert labels == ["untrained", *map(str, range(10))]
    assert [track["run"] for track in shown["tracks"]] == list(RUNS)
    assert len(shown["samples"]) == 8


@pytest.mark.parametrize("arrangement", ["run", "sample", "moment"])
def test_it_is_arranged_in_three_ways(strip, arrangement):
    strip.choose("attributions-layout", arrangement)
    names = {"run": "runs", "sample": "samples", "moment": "moment"}
    assert strip.geometry["layout"] == names[arrangement]
    strip.picture(f"arranged-by-{arrangement}")


def test_methods_stand_side_by_side(strip):
    strip["method-hirescam"].check()
    strip.settle()
    methods = [(track["run"], track["method"]) for track in strip.geometry["tracks"]]
    assert methods == [(run, method) for run in RUNS for method in ("gradcam", "hirescam")]
    strip.picture("two-methods")


@pytest.mark.parametrize("drawing", ["input", "map", "diff"])
def test_every_drawing_looks_different_from_the_overlay(strip, drawing):
    before = canvas(strip)
    strip.choose("attributions-drawing", drawing)
    assert canvas(strip) != before
    strip.choose("attributions-drawing", "overlay")
    assert canvas(strip) == before
    strip.choose("attributions-drawing", drawing)
    strip.picture(f"drawing-{drawing}")


@pytest.mark.parametrize(
    ("slider", "value"), [("opacity", "0.2"), ("threshold", "0.6"), ("smoothing", "0.2")]
)
def test_sliders_redraw_and_go_into_the_link(strip, slider, value):
    before = canvas(strip)
    strip[f"attributions-{slider}"].fill(value)
    strip.settle()
    assert canvas(strip) != before
    assert f"attributions.{slider}={value}" in strip.page.url


def test_contours_colours_and_scales_redraw(strip):
    before = canvas(strip)
    for change in (
        strip["attributions-contours"].check,
        lambda: strip["attributions-colours"].select_option("viridis"),
        lambda: strip.choose("attributions-scale", "own"),
        lambda: strip.choose("attributions-scale", "shared"),
    ):
        change()
        strip.settle()
        after = canvas(strip)
        assert after != before
        before = after
    strip.picture("contours")


def test_signed_maps_have_colours_of_their_own(tab):
    tab.open("attributions", attributions__methods=["hirescam"])
    before = canvas(tab)
    tab["attributions-signed-colours"].select_option("PuOr")
    tab.settle()
    assert canvas(tab) != before
    bar = tab["attributions-legend"].get_by_test_id("colour-bar")
    assert float(bar.get_attribute("data-low")) == -float(bar.get_attribute("data-high"))


@pytest.mark.parametrize("shown", ["wrong", "changed"])
def test_some_samples_can_be_shown_alone(strip, two_runs, shown):
    expected = set()
    for run in RUNS:
        truth = RunTruth(two_runs, run)
        first, last = (truth.predictions[epoch].arrays["classes"][:, 0] for epoch in (-1, 9))
        other = truth.probe.arrays["labels"] if shown == "wrong" else first
        expected |= {
            digest for digest, differs in zip(truth.hashes, last != other, strict=True) if differs
        }
    strip.choose("attributions-samples", shown)
    assert set(strip.geometry["samples"]) == expected
    expect(strip["attributions-samples"]).to_contain_text(f"{len(expected)} {shown}")


def test_control_and_wheel_change_the_tiles_size(strip):
    before = strip.geometry["tile"]
    strip.page.mouse.move(700, 400)
    strip.page.keyboard.down("Control")
    strip.page.mouse.wheel(0, -100)
    strip.page.keyboard.up("Control")
    strip.settle()
    assert strip.geometry["tile"] > before


def test_dragging_moves_the_strip_and_chooses_nothing(tab):
    tab.open("attributions", attributions__tile=200)
    sample = tab["detail-title"].inner_text()
    tab["attributions-scroller"].evaluate("element => element.scrollTo(0, 0)")
    tab.page.mouse.move(700, 400)
    tab.page.mouse.down()
    tab.page.mouse.move(650, 250, steps=4)
    tab.page.mouse.up()
    scrolled = tab["attributions-scroller"].evaluate("element => element.scrollTop")
    assert scrolled > 50
    assert tab["detail-title"].inner_text() == sample
