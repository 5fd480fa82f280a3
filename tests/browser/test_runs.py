"""Choosing runs."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import RUNS


@pytest.fixture
def picker(tab):
    return tab.open("overview")


def shown(tab):
    return [card.get_attribute("aria-label") for card in tab["run-card"].all()]


def test_a_run_is_shown_while_its_box_is_ticked(picker):
    box = picker["run"].filter(has_text="shortcut").locator("input")
    box.uncheck()
    picker.wait()
    assert shown(picker) == [RUNS[0]]
    assert "runs=clean" in picker.page.url
    box.check()
    picker.wait()
    assert shown(picker) == list(RUNS)
    assert "runs=" not in picker.page.url


def test_the_filter_is_a_regular_expression_and_all_and_none_obey_it(picker):
    picker["run-filter"].fill("^SHORT.*0$")
    expect(picker["run"]).to_have_count(1)
    picker["runs-none"].click()
    picker.wait()
    assert shown(picker) == [RUNS[0]]
    picker["runs-all"].click()
    picker.wait()
    assert shown(picker) == list(RUNS)


def test_a_bad_regular_expression_is_explained_and_hides_nothing(picker):
    picker["run-filter"].fill("clean(")
    expect(picker["run-picker"].get_by_role("alert")).to_contain_text("Unterminated group")
    expect(picker["run"]).to_have_count(2)
    picker.picture("bad-regex")


def test_only_shows_one_run(picker):
    picker["run"].filter(has_text="shortcut").hover()
    picker.inside.get_by_role("button", name=f"Show only {RUNS[1]}").click()
    picker.wait()
    assert shown(picker) == [RUNS[1]]


def test_without_a_run_the_page_says_so(picker):
    picker["runs-none"].click()
    picker.wait("none-shown")
    expect(picker.inside.get_by_text("No run is chosen")).to_be_visible()
    picker.picture("none-shown")
    picker.page.reload()
    picker.wait("none-shown")


def test_colours_of_runs_do_not_depend_on_which_are_shown(picker):
    def colour():
        run = picker["run"].filter(has_text="shortcut")
        return run.evaluate("element => element.style.getPropertyValue('--run')")

    before = colour()
    picker["run"].filter(has_text="clean").locator("input").uncheck()
    picker.wait()
    assert colour() == before
