"""Runs that are too long to be loaded whole: what is shown at a step is that step's own."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import expect

from tb_explain import schema
from tests import servers
from tests.synthetic_runs import RecordWriter, RunShape, epoch_records

SHAPE = RunShape(samples=3)
EPOCHS = 3000
LAST = EPOCHS - 1
LOADED = 751  # every fourth record


AA = 4.5  # WCAG's least contrast of text
CONTRAST = """(element) => {
  const { color, backgroundColor } = getComputedStyle(element);
  const [a, b] = [color, backgroundColor].map((colour) => {
    const channels = colour.match(/[0-9.]+/g).slice(0, 3).map((each) => each / 255);
    const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = channels.map(linear);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  });
  return Math.max(a, b) / Math.min(a, b);
}"""


def score(epoch):
    """Returns what the run makes of every sample after `epoch`."""
    return 0.5 + (7 * epoch % 50) / 100


def told(epoch):
    return f"{score(epoch):.2f}"


def records_of(epoch):
    likely = np.full(SHAPE.samples, score(epoch), np.float32)
    classes = np.arange(SHAPE.samples, dtype=np.int32)
    arrays = {
        "classes": np.stack([classes, classes + 1], 1),
        "scores": np.stack([likely, 1 - likely], 1),
        "label_score": likely,
        "loss": -np.log(likely),
    }
    return [
        replace(record, arrays=arrays) if record.kind == "predictions" else record
        for record in epoch_records(SHAPE, epoch)
    ]


@pytest.fixture(scope="module")
def long_run(tmp_path_factory):
    root = tmp_path_factory.mktemp("long")
    writer = RecordWriter(root / "run")
    for epoch in range(schema.UNTRAINED_EPOCH, EPOCHS):
        writer.write(*records_of(epoch), wall_time=1.8e9 + 60 * epoch)
    writer.close()
    with servers.tensorboard(root) as server:
        servers.eventually(lambda: last_step(server) == EPOCHS * SHAPE.steps_per_epoch)
        yield server


def last_step(server):
    return max(
        (s["last_step"] for run in server.catalog()["runs"] for s in run["series"]), default=0
    )


def go_to(tab, epoch):
    tab["goto"].fill(str(epoch))
    tab["goto"].press("Enter")


def expect_shown(tab, epoch):
    expect(tab["waiting"]).to_be_empty()
    expect(tab["probe-row"].first).to_contain_text(told(epoch))
    expect(tab["detail"]).to_contain_text(f"epoch {epoch}")


def looks(tab, test_id):
    """Returns how faded an element is, or the canvas in it, once that has ended."""
    return tab[test_id].evaluate(
        """async (element) => {
          const drawn = element.querySelector("canvas") ?? element;
          await Promise.all(drawn.getAnimations().map((each) => each.finished));
          const { opacity, filter } = getComputedStyle(drawn);
          return { opacity, filter };
        }"""
    )


def boxes(tab):
    return [tab[name].bounding_box() for name in ("score-chart", "track", "detail", "goto")]


def test_a_jump_shows_a_record_once_it_was_fetched_and_says_so_until_then(long_run, visit):
    tab = visit(long_run).open("overview")
    expect(tab["kept"]).to_have_text(f"showing {LOADED} of 3,001 records")
    expect_shown(tab, LAST)
    before = boxes(tab)
    held = []
    # Not held.append itself: Playwright asks handlers for their parameters.
    tab.page.route("**/panel/**", lambda route: held.append(route))  # noqa: PLW0108
    go_to(tab, 1234)
    expect(tab["waiting"]).to_have_text(f"Fetching epoch 1234 · still showing epoch {LAST}")
    assert looks(tab, "waiting") == {"opacity": "1", "filter": "none"}
    assert looks(tab, "score-chart") == {"opacity": "0.35", "filter": "grayscale(1)"}
    assert boxes(tab) == before
    assert tab["waiting"].evaluate(CONTRAST) >= AA
    expect(tab["goto"]).to_have_value("1234")
    expect(tab["probe-row"].first).to_contain_text(told(LAST))
    tab.picture("long-waiting")
    (asked,) = held
    asked.continue_()
    tab.page.unroute("**/panel/**")
    expect_shown(tab, 1234)
    assert looks(tab, "score-chart") == {"opacity": "1", "filter": "none"}
    assert boxes(tab) == before
    tab.picture("long")


def test_scrubbing_shows_every_step_as_it_was_with_a_fetch_for_many(long_run, visit, watch):
    tab = visit(long_run).open("overview")
    go_to(tab, 2222)
    expect_shown(tab, 2222)
    tab["track"].focus()
    before = len(watch.requests)
    for epoch in range(2221, 2175, -1):
        tab.page.keyboard.press("ArrowLeft")
        expect_shown(tab, epoch)
    fetched = [url for url in watch.requests[before:] if "/panel/" in url]
    assert 1 <= len(fetched) <= 5
    assert all("from=" in url for url in fetched)


def test_a_link_to_a_step_that_is_not_loaded_shows_it(long_run, visit):
    tab = visit(long_run).open("overview", step=1779 * SHAPE.steps_per_epoch)
    expect_shown(tab, 1778)
    tab["tab-attributions"].click()
    tab.wait()
    expect(tab["waiting"]).to_be_empty()
    expect(tab["detail"]).to_contain_text(f"epoch 1778, step {1779 * SHAPE.steps_per_epoch}")


def test_two_moments_that_are_not_loaded_are_compared(long_run, visit):
    ends = {"compare__a": ["run", str(40 * 1002)], "compare__b": ["run", str(40 * 2002)]}
    tab = visit(long_run).open("compare", **ends)
    expect(tab.inside.locator(".main")).to_contain_text(told(1001))
    expect(tab.inside.locator(".main")).to_contain_text(told(2001))
    expect(tab.inside.locator(".main")).not_to_contain_text("its newest record up to")


def test_a_chart_looks_the_same_wherever_one_has_been(long_run, visit):
    tab = visit(long_run).open("overview")
    expect_shown(tab, LAST)
    chart = tab["score-chart"].locator("canvas")
    tab.settle()
    before = chart.screenshot()
    for epoch in (1234, LAST):
        go_to(tab, epoch)
        expect_shown(tab, epoch)
    tab.page.mouse.move(5, 5)
    tab.settle()
    expect(tab["kept"]).not_to_contain_text(f"showing {LOADED} of")
    assert chart.screenshot() == before


def test_a_chart_that_is_zoomed_into_fetches_every_record_there(long_run, visit, watch):
    tab = visit(long_run).open("overview")
    expect_shown(tab, LAST)
    box = tab["score-chart"].locator("canvas").bounding_box()
    asked = len(watch.requests)
    tab.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 40)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 40, steps=4)
    tab.page.mouse.up()
    # A tenth of the run and a bit, since the axis has margins; a fourth of it was loaded.
    expect(tab["kept"]).not_to_contain_text(f"showing {LOADED} of")
    held = int(tab["kept"].inner_text().split()[1].replace(",", ""))
    assert 0.1 * EPOCHS < (held - LOADED) / 0.75 < 0.15 * EPOCHS
    (request,) = [url for url in watch.requests[asked:] if "/panel/" in url]
    assert "from=" in request
    assert "to=" in request
    tab.picture("long-zoomed")


def test_an_answer_that_fails_leaves_what_was_shown_and_can_be_asked_for_again(
    long_run, visit, watch
):
    watch.expect("ERR_FAILED")
    tab = visit(long_run).open("overview")
    tab.page.route("**/panel/**", lambda route: route.abort())
    go_to(tab, 333)
    expect(tab.inside.get_by_role("alert")).to_contain_text("What you see may be old.")
    expect(tab["waiting"]).to_have_text(f"Could not fetch epoch 333 · still showing epoch {LAST}")
    expect(tab["probe-row"].first).to_contain_text(told(LAST))
    tab.page.unroute("**/panel/**")
    tab.inside.get_by_role("button", name="Try again").click()
    expect_shown(tab, 333)


def test_a_table_of_values_leaves_no_record_out(long_run, visit):
    tab = visit(long_run).open("overview")
    with tab.page.expect_download() as download:
        tab["download-csv"].click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    epochs = {int(row["epoch"]) for row in rows}
    assert epochs == set(range(schema.UNTRAINED_EPOCH, EPOCHS))
    expect(tab["kept"]).to_have_text("every record · 3,001 of 3,001")
