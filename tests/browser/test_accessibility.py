"""What axe-core says of every panel, and what Tab reaches in each."""

import pytest
from playwright.sync_api import expect

from tests.browser import axe, whole_logs
from tests.browser.explain import THEME, Explain, link
from tests.browser.watch import Watch
from tests.browser.whole_logs import EMPTY, VIEWS, WALKED

# What Tab reached, in its order: whether anything shows it, and what it is called.
REACHED = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  window.__reached.add(element);
  const shows = (each) => {
    if (!each) return false;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
  };
  const around = [element, element.closest("label"), element.nextElementSibling];
  return { shown: around.some(shows), html: element.outerHTML.slice(0, 160) };
}"""
# What a pointer can work and Tab did not reach; of a group one member is enough.
MISSED = """() => {
  const works = "a[href],button,input,select,textarea,summary,canvas[data-pointed],[tabindex='0']";
  const grouped = (each) => each.type === "radio" || each.getAttribute("role") === "tab";
  return [...document.querySelectorAll(works)]
    .filter((each) => each.checkVisibility() && !each.disabled && !grouped(each))
    .filter((each) => each.tabIndex >= 0 && !window.__reached?.has(each))
    .map((each) => each.outerHTML.slice(0, 160));
}"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    with whole_logs.served(tmp_path_factory.mktemp("whole")) as server:
        yield server


@pytest.fixture(scope="module")
def page(browser):
    """One page for all: a view is opened by its link, in the same document."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800},
        reduced_motion="reduce",  # colours on their way to the other theme are not to be judged
    )
    context.set_default_timeout(15_000)
    watching = Watch(context)
    yield context.new_page()
    watching.check()
    context.close()


@pytest.fixture
def tab(whole, page):
    return Explain(page, whole.url)


def shown(tab, view):
    """Opens `view`."""
    tab.page.goto(tab.base + link(**view.link))
    tab.page.evaluate(THEME, "light")
    chosen = tab["tab-" + view.panel]
    expect(chosen).to_have_attribute("aria-selected", "true", timeout=20_000)
    tab.wait("no-data" if view is EMPTY else "ready")
    return tab


@pytest.mark.parametrize("view", [*VIEWS, EMPTY], ids=lambda view: view.name)
def test_axe_finds_nothing_in_light_and_in_dark(tab, view):
    shown(tab, view)
    assert axe.violations(tab.frame) == []
    tab.page.evaluate(THEME, "dark")
    tab.settle()
    # Nothing but colours is another in the dark.
    assert axe.violations(tab.frame, ["color-contrast"]) == []


def test_axe_finds_nothing_in_the_help(tab):
    shown(tab, VIEWS[0])
    tab.page.keyboard.press("?")
    expect(tab["help-dialog"]).to_be_visible()
    assert axe.violations(tab.frame) == []
    tab.page.keyboard.press("Escape")


@pytest.mark.parametrize(
    "view",
    [view for view in VIEWS if view.name in WALKED],
    ids=lambda view: view.name,
)
def test_tab_reaches_all_that_a_pointer_works_and_shows_it(tab, view):
    shown(tab, view)
    tab.frame.evaluate("window.__reached = new Set()")
    hidden = walked(tab, view)
    if tab.frame.evaluate(MISSED):
        walked(tab, view)  # rows of a list that were drawn when Tab had passed
    assert not hidden, "\n".join(hidden)
    assert tab.frame.evaluate(MISSED) == []


def walked(tab, view):
    """Presses Tab from the panel's tab on until it leaves; returns what did not show its focus."""
    tab["tab-" + view.panel].focus()
    hidden = []
    for _ in range(400):
        reached = tab.frame.evaluate(REACHED)
        if reached is None:
            return hidden
        if not reached["shown"]:
            hidden.append(reached["html"])
        tab.page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not get out: {reached['html']}")


# A chart of each kind, by the view it is in, and what is told of its middle.
CHARTS = {
    "overview+images0+images1": ("score-chart", "images1"),
    "attributions+images0+images1": ("detail-canvas", "images0"),
    "attributions+series:samples": ("attributions-epochs", "sum of channels"),
    "layers+deep": ("layers-cells", "step"),
    "attention+attended:lines": ("attention-lines", "["),
    "sensitivity+cut0+cut1": ("sensitivity-cells", "KL"),
}


@pytest.mark.parametrize(
    "view", [each for each in VIEWS if each.name in CHARTS], ids=lambda view: view.name
)
def test_arrow_keys_point_at_a_chart_and_what_is_there_is_told(tab, view):
    shown(tab, view)
    name, words = CHARTS[view.name]
    chart = tab.inside.locator(f'canvas[data-testid="{name}"], [data-testid="{name}"] canvas').first
    tab["tab-" + view.panel].focus()
    tab.page.keyboard.press("Tab")
    chart.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        tab.page.keyboard.press(key)
    expect(tab["told"]).to_contain_text(words)
    tab.page.keyboard.press("Tab")
    expect(tab["told"]).to_have_text("")


def test_enter_picks_what_the_keys_point_at(tab):
    shown(tab, next(view for view in VIEWS if view.name == "overview+images0+images1"))
    tab["tab-overview"].focus()
    chart = tab["score-chart"].locator("canvas")
    chart.focus()
    tab.page.keyboard.press("ArrowRight")
    before = tab["moment"].inner_text()
    tab.page.keyboard.press("Enter")
    expect(tab["moment"]).not_to_have_text(before)
