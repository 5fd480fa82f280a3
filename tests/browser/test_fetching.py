"""Each panel's code comes when it is opened, or ahead of that while there is nothing else to do."""

from collections import Counter

import pytest
from playwright.sync_api import expect

from tb_explain.panels import PANELS
from tests.browser.test_hidden import set_visibility

pytestmark = pytest.mark.unseen

ATTRIBUTIONS = "**/attributions-*.js"
HIDDEN = """if (location.href.includes("plugin_entry"))
  Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });"""


def hold(tab, files):
    """Returns the requests for `files`, which wait until they are let through."""
    held = []

    def keep(route):
        held.append(route)

    tab.page.route(files, keep)
    return held


def test_a_panel_whose_code_is_under_way_says_that_it_is_loading(tab):
    held = hold(tab, ATTRIBUTIONS)
    tab.open("overview")
    tab["tab-attributions"].click()
    expect(tab["shell"]).to_have_attribute("data-status", "loading")
    expect(tab.inside.get_by_role("tabpanel")).to_have_text("Loading…")
    expect(tab["download-png"]).to_be_disabled()
    expect(tab["question"]).to_contain_text("What does each run look at")
    tab["tab-overview"].click()
    tab.wait()
    tab["tab-attributions"].click()
    held.pop().continue_()
    tab.wait()
    expect(tab["attributions-canvas"]).to_be_visible()
    expect(tab["download-png"]).to_be_enabled()


@pytest.mark.parametrize("status", [None, 404, 503])
def test_code_that_does_not_come_is_said_and_asked_for_again(tab, watch, status):
    watch.expect("attributions-")
    watch.expect("Failed to load resource")
    tab.page.route(
        ATTRIBUTIONS,
        lambda route: route.fulfill(status=status) if status else route.abort("failed"),
    )
    tab.open("attributions", status="no-code")
    expect(tab["no-code"]).to_contain_text("The panel Attributions could not be loaded")
    tab.picture("no-code")
    tab["tab-overview"].click()
    tab.wait()
    tab["tab-attributions"].click()
    expect(tab["no-code"]).to_be_visible()
    tab.page.unroute(ATTRIBUTIONS)
    tab["retry"].click()
    tab.wait()
    expect(tab["attributions-canvas"]).to_be_visible()


def test_the_other_panels_code_is_there_before_they_are_opened_and_comes_once(tab, watch):
    tab.open("overview")
    tab.wait_for_all_code()
    fetched = list(tab.scripts)
    assert {name.split("-")[0] for name in fetched} == {"index.js", "page", *PANELS}
    for name in PANELS:
        tab[f"tab-{name}"].click()
        expect(tab["shell"]).to_have_attribute("data-status", "ready" if has(name) else "no-data")
    assert list(tab.scripts) == fetched
    scripts = [url for url in watch.requests if "tb_explain/" in url and url.endswith(".js")]
    assert set(Counter(scripts).values()) == {1}


def has(panel):
    return panel in {"overview", "attributions", "compare"}


def test_ahead_of_its_opening_nothing_is_fetched_while_nobody_sees_the_page(tab):
    tab.page.add_init_script(HIDDEN)
    tab.open("overview")
    tab.page.wait_for_timeout(2000)
    assert len(tab.scripts) == 3
    set_visibility(tab, "visible")
    tab.wait_for_all_code()


def test_a_second_visit_asks_for_the_smallest_file_only(tab, two_runs, visit):
    tab.open("overview")
    tab.wait_for_all_code()
    again = visit(two_runs).open("overview")
    again.wait_for_all_code()
    sent = {name: size for name, size in again.scripts.items() if size}
    assert sent.keys() <= {"index.js"}
    assert sum(sent.values()) < 1000


def test_settings_of_a_panel_wait_in_the_address_for_its_code(tab):
    held = hold(tab, ATTRIBUTIONS)
    tab.open("overview", attributions__tile=60)
    tab["sample-filter"].get_by_text("wrong", exact=True).click()
    tab.page.wait_for_url("**overview.show=wrong**")
    assert "attributions.tile=60" in tab.page.url
    tab["tab-attributions"].click()
    tab.page.wait_for_url("**panel=attributions**")
    while not held:
        tab.page.wait_for_timeout(20)
    held.pop().continue_()
    tab.wait()
    assert tab.geometry["tile"] == 60
    assert "attributions.tile=60" in tab.page.url
