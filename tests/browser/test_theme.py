"""Light and dark follow TensorBoard."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.test_pixels import on_screen


def choose_theme(page, name):
    page.get_by_label("Menu for changing light or dark theme").click()
    page.get_by_role("menuitem").filter(has_text=name).click()
    page.locator(".cdk-overlay-backdrop").wait_for(state="detached")


@pytest.mark.parametrize("panel", ["overview", "attributions"])
def test_the_page_follows_tensorboards_own_switch(tab, panel):
    tab.open(panel)
    html = tab.inside.locator("html")
    light = np.median(on_screen(tab.page))
    assert light > 180
    choose_theme(tab.page, "Dark")
    expect(html).to_have_class("dark")
    tab.settle()
    assert np.median(on_screen(tab.page)) < 80
    choose_theme(tab.page, "Light")
    expect(html).not_to_have_class("dark")
    tab.settle()
    assert np.median(on_screen(tab.page)) == light


def test_by_default_it_is_what_the_system_prefers(tab):
    tab.page.emulate_media(color_scheme="dark")
    tab.open()
    expect(tab.inside.locator("html")).to_have_class("dark")
