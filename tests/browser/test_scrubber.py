"""One scrubber for everything: by track, box, keys, and by itself."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests import servers
from tests.browser.conftest import SHAPE
from tests.synthetic_runs import RecordWriter, RunShape, epoch_records

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


def test_beyond_its_end_the_box_goes_to_the_end_and_says_so(tab):
    tab.open("overview")
    tab["goto"].fill("1234")
    tab["goto"].press("Enter")
    assert place(tab) == f"epoch 9, step {LAST}"
    toast = tab.inside.locator(".toast")
    expect(toast).to_have_text("There is no epoch 1234: the last is 9.")
    tab.choose("axis", "step")
    tab["goto"].fill("-5")
    tab["goto"].press("Enter")
    assert place(tab) == "epoch untrained, step 0"
    expect(toast).to_have_text("There is no step -5: the first is 0.")


def test_many_records_of_an_epoch_are_told_apart_by_step(tmp_path, visit):
    writer = RecordWriter(tmp_path / "run")
    for step in range(30):
        records = epoch_records(RunShape(samples=1, steps_per_epoch=1), step - 1)
        records = [replace(record, epoch=min(record.epoch, 0)) for record in records]
        writer.write(*records, wall_time=1.8e9 + step)
    writer.close()
    with servers.tensorboard(tmp_path) as server:
        servers.eventually(lambda: server.catalog()["runs"])
        tab = visit(server).open("attributions")
        expect(tab["goto"]).to_have_value("29")
        assert "axis=" not in tab.page.url
        tab.picture("one-epoch")
        tab.choose("axis", "epoch")
        expect(tab["goto"]).to_have_value("0")
        assert "axis=epoch" in tab.page.url
        tab.choose("axis", "step")
        assert "axis=" not in tab.page.url
        tab.wait_for_all_code()


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
