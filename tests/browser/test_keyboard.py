"""All of it can be reached without a pointer."""

import pytest
from playwright.sync_api import expect


def focused(tab):
    """Returns the test id, or else the words, of what has the focus."""
    return tab.frame.evaluate(
        """() => {
          const element = document.activeElement;
          return element.dataset.testid ?? element.ariaLabel ?? element.textContent;
        }"""
    )


def press(tab, *keys):
    for key in keys:
        tab.page.keyboard.press(key)
    tab.settle()


@pytest.mark.parametrize("panel", ["overview", "attributions"])
def test_arrows_walk_moments_and_samples_as_soon_as_it_is_open(tab, panel):
    tab.open(panel)
    title = tab["sample-title" if panel == "overview" else "detail-title"]
    press(tab, "ArrowDown", "ArrowDown", "ArrowUp", "ArrowLeft")
    expect(title).to_contain_text("Sample 1 · Trouser")
    expect(tab["track"]).to_have_attribute("aria-valuetext", "epoch 8, step 360")


def test_digits_change_the_panel(tab):
    tab.open("overview")
    press(tab, "2")
    expect(tab["attributions"]).to_be_visible()
    press(tab, "1")
    expect(tab["probe-table"]).to_be_visible()


def test_o_and_m_toggle_the_drawing(tab):
    tab.open("attributions")
    chosen = tab["attributions-drawing"].locator("label:has(:checked)")
    for key, drawing in (("o", "input"), ("o", "overlay"), ("m", "map"), ("m", "overlay")):
        press(tab, key)
        expect(chosen).to_have_text(drawing)


def test_a_question_mark_shows_the_keys_and_escape_hides_them(tab):
    tab.open("attributions")
    press(tab, "?")
    expect(tab["help-dialog"]).to_be_visible()
    expect(tab["help-dialog"]).to_contain_text("next moment")
    expect(tab["help-dialog"]).to_contain_text("input or overlay")
    tab.picture("help")
    press(tab, "Escape")
    expect(tab["help-dialog"]).to_be_hidden()


def test_space_plays_and_pauses(tab):
    tab.open("overview")
    press(tab, " ")
    expect(tab["play"]).to_have_attribute("aria-label", "Pause")
    press(tab, " ")
    expect(tab["play"]).to_have_attribute("aria-label", "Play")


def test_the_film_strip_is_walked_tile_by_tile(tab):
    tab.open("attributions")
    tab["attributions-canvas"].focus()
    before = tab["attributions-live"].text_content()
    press(tab, "Home")
    expect(tab["attributions-live"]).to_contain_text("untrained, step 0")
    press(tab, "ArrowRight", "ArrowDown")
    after = tab["attributions-live"].text_content()
    assert "epoch 0, step 40" in after
    assert "run shortcut/version_0" in after
    assert after != before
    tab.picture("focused-tile")


@pytest.mark.parametrize("panel", ["overview", "attributions"])
def test_tab_reaches_every_control_and_shows_where_it_is(tab, panel):
    tab.open(panel)
    reached = []
    while len(reached) < 80:
        press(tab, "Tab")
        if tab.page.evaluate("document.activeElement.tagName") != "IFRAME":
            break
        reached.append(focused(tab))
        ring = tab.frame.evaluate(VISIBLE_FOCUS)
        assert ring, f"nothing shows that {reached[-1]!r} has the focus"
    wanted = {"tab-" + panel, "copy-link", "download-png", "download-csv", "run-filter", "track"}
    assert wanted <= set(reached)


# An outline or a shadow, on the element itself or on the label around an unseen input.
VISIBLE_FOCUS = """() => {
  const element = document.activeElement;
  return [element, element.closest("label"), element.parentElement].some((each) => {
    if (!each) return false;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
    const outlined = outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
    return outlined || boxShadow !== "none";
  }) || element.tagName === "CANVAS" || element.getAttribute("role") === "slider";
}"""
