"""One scrubber for everything: by track, box, keys, and by itself."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SHAPE

LAST = SHAPE.epochs * SHAPE.steps_per_epoch


@pytest.fixture(params=["overview", "attributions"])
def scrubber(request, tab):
    return tab.open(request.param)


def place(tab):
    return tab["track"].get_attribute("aria-valuetext")


def test_it_opens_at_the_newest_moment(scrubber):
    assert place(scrubber) == f"epoch 9, step {LAST}"
    assert "step=" not in scrubber.page.url


def test_arrow_keys_move_it_by_one_moment(scrubber):
    scrubber.page.keyboard.press("ArrowLeft")
    scrubber.page.keyboard.press("ArrowLeft")
    assert place(scrubber) == "epoch 7, step 320"
    scrubber.page.keyboard.press("ArrowRight")
    assert place(scrubber) == "epoch 8, step 360"
    assert scrubber.page.url.endswith("step=360")


def test_the_track_is_clicked_dragged_and_moved_by_keys(scrubber):
    box = scrubber["track"].bounding_box()
    middle = box["y"] + box["height"] / 2
    scrubber.page.mouse.click(box["x"] + 1, middle)
    assert place(scrubber) == "epoch untrained, step 0"
    scrubber.page.mouse.down()
    scrubber.page.mouse.move(box["x"] + box["width"] / 2, middle, steps=5)
    assert place(scrubber) == "epoch 4, step 200"
    scrubber.page.mouse.up()
    scrubber["track"].press("End")
    assert place(scrubber) == f"epoch 9, step {LAST}"
    scrubber["track"].press("Home")
    assert place(scrubber) == "epoch untrained, step 0"


def test_the_box_goes_to_an_exact_epoch_or_step(scrubber):
    scrubber["goto"].fill("3")
    scrubber["goto"].press("Enter")
    assert place(scrubber) == "epoch 3, step 160"
    scrubber.choose("axis", "step")
    expect(scrubber["goto"]).to_have_value("160")
    scrubber["goto"].fill("85")
    scrubber["goto"].press("Enter")
    assert place(scrubber) == "epoch 1, step 80"
    scrubber["goto"].fill("nonsense")
    scrubber["goto"].press("Enter")
    assert place(scrubber) == "epoch 1, step 80"


def test_played_it_walks_to_the_end_and_stops(scrubber):
    scrubber["goto"].fill("3")
    scrubber["goto"].press("Enter")
    scrubber["play"].click()
    expect(scrubber["play"]).to_have_attribute("aria-label", "Pause")
    # A busy machine may not be asked at every single one of them.
    expect(scrubber["track"]).to_have_attribute("aria-valuetext", re.compile("epoch [4-8],"))
    expect(scrubber["track"]).to_have_attribute("aria-valuetext", f"epoch 9, step {LAST}")
    expect(scrubber["play"]).to_have_attribute("aria-label", "Play")


def test_runs_of_different_epoch_lengths_line_up_by_epoch_or_by_step(odd):
    odd.open("attributions", runs=["gap", "short_epochs"])
    # Untrained and five epochs; by step, those of 40 and of 25 steps one after the other.
    expect(odd["track"]).to_have_attribute("aria-valuemax", "5")
    odd.page.keyboard.press("ArrowLeft")
    expect(odd["goto"]).to_have_value("3")
    odd.picture("different-epochs")
    odd.choose("axis", "step")
    steps = {size * epoch for size in (25, 40) for epoch in range(6)}
    expect(odd["track"]).to_have_attribute("aria-valuemax", str(len(steps) - 1))
    odd["track"].press("End")
    expect(odd["goto"]).to_have_value("200")
    for step in ("160", "125"):
        odd.page.keyboard.press("ArrowLeft")
        expect(odd["goto"]).to_have_value(step)
