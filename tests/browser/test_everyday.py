"""What makes daily use pleasant: code to take along, settings found again, room on any screen."""

import re

import pytest
from playwright.sync_api import expect

import tb_explain
from tests import servers
from tests.browser import whole_logs
from tests.browser.explain import Explain, link
from tests.browser.odd_logs import write_hostile_names
from tests.browser.watch import Watch
from tests.browser.whole_logs import VIEWS, WALKED

WIDTHS = (1024, 1280, 1920, 2560)
# What is wider than its place.
OUTSIDE = """() => ["html", ".head", ".foot", ".left", ".main", ".right"].flatMap((name) => {
  const element = document.querySelector(name);
  if (!element || !element.checkVisibility()) return [];
  const over = element.scrollWidth - element.clientWidth;
  return over > 1 ? [`${name}: ${over} pixels`] : [];
})"""

# Only in the page's own frame: TensorBoard itself does not start without.
BLOCKED = """if (window !== top) Object.defineProperty(window, "localStorage", {
  get() { throw new Error("blocked"); },
});"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    with whole_logs.served(tmp_path_factory.mktemp("whole")) as server:
        yield server


@pytest.fixture(scope="module")
def page(browser):
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(15_000)
    watching = Watch(context)
    yield context.new_page()
    watching.check()
    context.close()


@pytest.mark.parametrize(
    "view", [each for each in VIEWS if each.name in WALKED], ids=lambda view: view.name
)
def test_a_panel_has_room_from_a_small_laptop_to_a_large_screen(whole, page, view):
    tab = Explain(page, whole.url)
    page.set_viewport_size({"width": WIDTHS[0], "height": 800})
    page.goto(tab.base + link(**view.link))
    expect(tab["tab-" + view.panel]).to_have_attribute("aria-selected", "true", timeout=20_000)
    tab.wait()
    outside = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        tab.settle()
        outside[width] = tab.frame.evaluate(OUTSIDE)
    assert outside == {width: [] for width in WIDTHS}


def test_copied_code_reads_the_records_on_screen(tmp_path, visit):
    write_hostile_names(tmp_path)
    with servers.tensorboard(tmp_path) as server:
        servers.eventually(lambda: len(server.catalog()["runs"]) >= 1)
        tab = visit(server).open("overview")
        code = tab.copied("copy-code")
        tab.wait_for_all_code()
    assert '"lightning_logs"' in code
    names = {}
    exec(code.replace('"lightning_logs"', repr(str(tmp_path))), names)
    runs = tb_explain.load(tmp_path)
    assert names["shown"]
    for (run, tag, step), record in zip(names["places"], names["shown"], strict=True):
        assert record.step == step == runs[run][tag].steps[-1]


def test_code_of_a_comparison_reads_both_of_its_ends(whole, visit):
    tab = visit(whole).open("compare", runs=["deep"])
    code = tab.copied("copy-code")
    places = re.findall(r'^    \("deep", "[^"]+", (\d+)\),$', code, re.MULTILINE)
    assert len(set(places)) == 2


def test_settings_are_found_again_where_the_link_says_nothing(two_runs, visit):
    tab = visit(two_runs).open("attributions")
    tab["attributions-opacity"].fill("0.25")
    tab["axis"].get_by_text("step").click()
    tab.settle()
    again = Explain(tab.page.context.new_page(), two_runs.url)
    again.page.goto(two_runs.url + "#tb_explain")
    again.wait()
    expect(again["tab-attributions"]).to_have_attribute("aria-selected", "true")
    expect(again["attributions-opacity"]).to_have_value("0.25")
    expect(again["axis"].get_by_label("step")).to_be_checked()
    other = Explain(tab.page.context.new_page(), two_runs.url).open("attributions")
    expect(other["attributions-opacity"]).to_have_value("0.7")
    again["help"].click()
    again["forget"].click()
    expect(again["attributions-opacity"]).to_have_value("0.7")


def test_a_browser_that_keeps_nothing_shows_all_the_same(two_runs, visit):
    tab = visit(two_runs)
    tab.page.add_init_script(BLOCKED)
    tab.open("attributions")
    expect(tab["attributions-canvas"]).to_be_visible()


def test_terms_tell_on_focus_what_they_mean(whole, page):
    tab = Explain(page, whole.url)
    view = next(each for each in VIEWS if each.name == "attributions+tabular:trust")
    page.goto(tab.base + link(**view.link))
    term = tab["trust-measures"].locator('[data-term="quality.deletion"]')
    tab.wait()
    term.focus()
    tip = tab.inside.get_by_role("tooltip").filter(visible=True)
    expect(tip).to_contain_text("taken out first")
    expect(tip).to_contain_text("Petsiuk")
    page.keyboard.press("Escape")
    expect(tip).to_have_count(0)


def test_an_empty_log_directory_says_how_to_begin(tmp_path, visit):
    with servers.tensorboard(tmp_path) as server:
        tab = visit(server).open(status="no-runs")
        expect(tab["empty"]).to_contain_text("callbacks=explain()")
        tab["onboarding"].get_by_text("LightningCLI").click()
        expect(tab["empty"]).to_contain_text("lightning_callbacks.Explain")
        assert tab.copied("copy-doctor") == "tb-explain doctor LOGDIR"
        tab.wait_for_all_code()
