"""New epochs appear while a run is being written, and nobody loses their place."""

import time

import pytest
from playwright.sync_api import expect

from tests import servers
from tests.synthetic_runs import RecordWriter, RunShape, epoch_records

SHAPE = RunShape(samples=4)
RUN = "live/version_0"


class Training:
    """A run that is being written, and the TensorBoard that watches it."""

    def __init__(self, root, server):
        self.server = server
        self._writer = RecordWriter(root / RUN)
        self._epoch = -1

    def epochs(self, count):
        """Writes `count` epochs and waits until the server has them."""
        for _ in range(count):
            self._writer.write(*epoch_records(SHAPE, self._epoch), wall_time=time.time())
            self._epoch += 1
        last = self._epoch * SHAPE.steps_per_epoch
        servers.eventually(lambda: self._last_step() == last)

    def _last_step(self):
        series = [each for run in self.server.catalog()["runs"] for each in run["series"]]
        return max((each["last_step"] for each in series), default=None)

    def close(self):
        self._writer.close()


@pytest.fixture
def training(tmp_path, reader_flag):
    with servers.tensorboard(tmp_path, reader_flag) as server:
        running = Training(tmp_path, server)
        running.epochs(4)
        yield running
        running.close()


def reload(tab):
    tab.page.locator(".reload-button").click()


@pytest.mark.parametrize("panel", ["overview", "attributions"])
def test_at_the_newest_moment_the_scrubber_follows(training, visit, panel):
    tab = visit(training.server).open(panel)
    expect(tab["track"]).to_have_attribute("aria-valuetext", "epoch 2, step 120")
    expect(tab["run"]).to_contain_text("live")
    training.epochs(2)
    reload(tab)
    expect(tab["track"]).to_have_attribute("aria-valuetext", "epoch 4, step 200")
    expect(tab["run"]).to_contain_text("5 epochs")
    tab.settle()
    tab.picture(f"live-{panel}")


def test_elsewhere_the_place_is_kept(training, visit):
    tab = visit(training.server).open(
        "attributions", attributions__tile=160, step=40, attributions__scale="own"
    )
    sample = tab.geometry["samples"][2]
    box = tab.tile(RUN, sample, 1)
    tab.page.mouse.click(*box.at(0.5, 0.5))
    tab["attributions-drawing"].get_by_text("map", exact=True).click()
    tab.settle()
    kept = ("detail-title", "attributions-live", "moment")
    before = [tab[name].text_content() for name in kept]
    place = tab["attributions-scroller"].evaluate("e => [e.scrollLeft, e.scrollTop]")
    pixels = tab["detail-canvas"].screenshot()
    training.epochs(3)
    reload(tab)
    expect(tab["kept"]).to_contain_text("7 of 7")
    tab.settle()
    assert tab.geometry["group"] == 7
    assert [tab[name].text_content() for name in kept] == before
    assert tab["attributions-scroller"].evaluate("e => [e.scrollLeft, e.scrollTop]") == place
    assert tab["detail-canvas"].screenshot() == pixels


def test_it_looks_by_itself_as_often_as_it_is_told(training, visit):
    tab = visit(training.server).open("overview")
    tab["poll"].select_option("5")
    training.epochs(1)
    expect(tab["track"]).to_have_attribute("aria-valuetext", "epoch 3, step 160", timeout=15_000)


def test_a_new_run_is_listed_and_shown_without_changing_colours(training, visit, tmp_path):
    tab = visit(training.server).open("overview")
    style = tab["run"].first.get_attribute("style")
    second = RecordWriter(tmp_path / "another")
    second.write(*epoch_records(SHAPE, -1), wall_time=time.time())
    servers.eventually(lambda: len(training.server.catalog()["runs"]) == 2)
    tab.inside.get_by_role("button", name="Refresh now").click()
    expect(tab["run-card"]).to_have_count(2)
    assert tab["run"].filter(has_text=RUN).get_attribute("style") == style
    second.close()


def test_unchanged_data_is_answered_with_304_and_not_sent_again(training, visit, watch):
    tab = visit(training.server).open("overview")
    sent = [url for url in watch.requests if "/panel/" in url]
    for _ in range(3):
        with tab.page.expect_response("**/catalog") as answer:
            tab.inside.get_by_role("button", name="Refresh now").click()
        assert answer.value.status == 304
    tab.settle()
    assert [url for url in watch.requests if "/panel/" in url] == sent
