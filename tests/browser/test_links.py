"""A copied link shows a colleague the same view."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import RUNS
from tests.browser.explain import Explain
from tests.browser.watch import Watch


@pytest.fixture
def colleague(browser, two_runs):
    """The tab in another profile."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    watch = Watch(context)
    yield Explain(context.new_page(), two_runs.url)
    context.close()
    watch.check()


def follow(colleague, link):
    colleague.page.goto(link)
    colleague.wait()


def pixels(tab):
    """Returns the tile in depth, large, and another one in the film strip."""
    box = tab.tile(RUNS[1], tab.geometry["samples"][2], 3)
    return tab["detail-canvas"].screenshot(), tab.page.screenshot(clip=box.clip)


def test_a_copied_link_reproduces_panel_runs_step_sample_and_drawing(tab, colleague):
    tab.open("attributions", attributions__tile=60)
    tab["run"].filter(has_text="clean").locator("input").uncheck()
    tab.wait()
    tab.choose("attributions-drawing", "map")
    tab["attributions-contours"].check()
    box = tab.tile(RUNS[1], tab.geometry["samples"][3], 4)
    tab.page.mouse.click(*box.at(0.5, 0.5))
    link = tab.copied("copy-link")
    tab.page.mouse.move(5, 5)
    tab.settle()
    follow(colleague, link)
    for name in ("detail-title", "moment", "kept", "attributions-live"):
        expect(colleague[name]).to_have_text(tab[name].text_content())
    assert colleague.geometry == tab.geometry
    assert colleague["attributions-contours"].is_checked()
    assert pixels(colleague) == pixels(tab)


def test_the_address_bar_is_such_a_link_too(tab, colleague):
    tab.open("overview", step=120)
    tab.choose("sample-filter", "wrong")
    tab["sample-sort"].select_option("score")
    tab.settle()
    follow(colleague, tab.page.url)
    assert colleague["probe-row"].all_inner_texts() == tab["probe-row"].all_inner_texts()
    expect(colleague["moment"]).to_have_text("step 120")


def test_a_hand_written_link_with_nonsense_opens_all_the_same(tab):
    tab.open(
        "nowhere", step="soon", axis="weeks", sample="?", attributions__tile="1e9", poll="", zzz="%"
    )
    expect(tab["run-card"]).to_have_count(2)
    tab["tab-attributions"].click()
    tab.wait()
    assert tab.geometry["tile"] == 256


def test_back_and_forward_change_the_view(tab):
    tab.open("overview")
    tab.page.evaluate("location.hash = '#tb_explain&p.tb_explain.panel=attributions'")
    expect(tab["attributions-canvas"]).to_be_visible()
    tab.page.go_back()
    expect(tab["probe-table"]).to_be_visible()
