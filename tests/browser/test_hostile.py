"""Names from logs are shown as text, whatever they are."""

import pytest
from playwright.sync_api import expect

from tests import servers
from tests.browser.odd_logs import write_hostile_names, write_monitor
from tests.logs import HOSTILE_RUNS

TALLEST = "(texts) => Math.max(...texts.map((text) => text.offsetHeight))"
TWO_LINES = 44  # pixels
SCRIPT_CLASS = "<img src=x onerror=window.__xss=1>"


@pytest.fixture(scope="module")
def hostile_server(tmp_path_factory):
    root = tmp_path_factory.mktemp("hostile")
    write_hostile_names(root)
    with servers.tensorboard(root) as server:
        servers.eventually(lambda: len(server.catalog()["runs"]) >= len(HOSTILE_RUNS) + 3)
        yield server


@pytest.fixture
def hostile(hostile_server, visit):
    return visit(hostile_server)


@pytest.mark.parametrize("panel", ["overview", "attributions"])
def test_run_names_are_text(hostile, panel):
    hostile.open(panel)
    for run in HOSTILE_RUNS:
        expect(hostile["run"].filter(has_text=run.replace("/", "_"))).to_have_count(1)
    expect(hostile["run-picker"].locator("img, script")).to_have_count(0)
    hostile.picture(f"hostile-{panel}")


@pytest.mark.parametrize("run", HOSTILE_RUNS)
def test_a_link_to_a_run_of_that_name_opens_it(hostile, run):
    hostile.open("attributions", runs=[run])
    assert {track["run"] for track in hostile.geometry["tracks"]} == {run}
    expect(hostile["attributions-claims"].locator("button")).to_have_text(run)


def test_class_names_are_text_and_do_not_fill_the_screen(hostile):
    hostile.open("overview", runs=["hostile_classes"])
    expect(hostile["probe-row"].first).to_contain_text(SCRIPT_CLASS)
    hostile.picture("hostile-classes-overview")
    hostile.open("attributions", runs=["hostile_classes"])
    expect(hostile["detail-title"]).to_contain_text(SCRIPT_CLASS)
    hostile.page.keyboard.press("ArrowDown")
    hostile.page.keyboard.press("ArrowDown")
    expect(hostile["detail-title"]).to_contain_text("c" * 50)
    width = hostile.frame.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0
    texts = hostile["attributions-detail"].locator("h3, [data-fact]")
    assert texts.evaluate_all(TALLEST) <= TWO_LINES
    hostile.picture("hostile-classes-attributions")


def test_a_monitors_name_is_text(hostile):
    hostile.open("overview", runs=["hostile_tag"])
    expect(hostile["run-card"]).to_contain_text("><script>window.__xss=1</script>")
    hostile.open("attributions", runs=["hostile_tag"])


def test_a_series_that_tensorboard_cannot_deliver_is_named(tmp_path, visit):
    # TensorBoard's data server does not find blobs of a tag with a quotation mark.
    write_monitor(tmp_path / "run", 'with "quotes"')
    with servers.tensorboard(tmp_path, "--load_fast=true") as server:
        servers.eventually(lambda: server.catalog()["runs"])
        tab = visit(server).open("attributions", status="no-data")
        expect(tab["unreadable"]).to_contain_text("1 record could not be read")
        expect(tab["unreadable"].locator("li")).to_contain_text('with "quotes"/cam')
        tab.picture("undelivered")
        tab.wait_for_all_code()


def test_a_monitors_name_of_ten_thousand_letters_is_said_to_be_unreadable_and_no_more(hostile):
    hostile.open("attributions", runs=["hostile_monitor", "hostile_classes"])
    expect(hostile["unreadable"]).to_contain_text("1 record could not be read")
    hostile["unreadable"].locator("summary").click()
    expect(hostile["unreadable"].locator("li")).to_contain_text("<script>alert(1)</script>")
    hostile.picture("hostile-monitor")
