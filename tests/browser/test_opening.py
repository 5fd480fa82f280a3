"""The tab opens: with both readers, below a path prefix, before there is data."""

import pytest
from playwright.sync_api import expect

from tests import servers
from tests.browser.explain import IFRAME
from tests.browser.truth import RunTruth, four_digits, shown_value
from tests.synthetic_runs import RunShape, write_run

pytestmark = pytest.mark.unseen


def test_the_tab_opens_by_its_name_in_tensorboards_header(tab):
    tab.page.goto(tab.base)
    header = tab.page.locator("app-header")
    header.get_by_text("Explain", exact=True).click()
    tab.wait()
    expect(tab["run-card"]).to_have_count(2)
    expect(tab["question"]).to_contain_text("What was recorded")
    expect(tab["probe-row"]).to_have_count(8)
    tab["tab-attributions"].click()
    tab.wait()
    expect(tab["attributions-canvas"]).to_be_visible()
    assert "panel=attributions" in tab.page.url


@pytest.mark.parametrize("panel", ["overview", "attributions"])
def test_each_panel_as_it_opens(tab, panel):
    tab.open(panel)
    expect(tab["detail"]).to_be_visible()
    tab.picture(panel)


def test_both_readers_show_the_same_figures(server, visit):
    run = "clean/version_0"
    tab = visit(server).open("attributions", runs=[run])
    truth = RunTruth(server, run)
    assert tab["kept"].inner_text() == "every record · 5 of 5"
    largest = tab.fact("largest |value|", within="attributions-detail")
    assert shown_value(largest) == four_digits(abs(truth.maps(3)[0]).max())


@pytest.mark.slow
def test_a_thousand_steps_are_a_thousand_in_both_readers(tmp_path, visit, reader_flag):
    write_run(tmp_path / "run", RunShape(samples=1, epochs=999, steps_per_epoch=1))
    with servers.tensorboard(tmp_path, reader_flag) as server:
        servers.eventually(lambda: last_step(server) == 999)
        tab = visit(server).open("attributions")
        assert tab["kept"].inner_text() == "every record · 1,000 of 1,000"
        assert tab.geometry["group"] == 1000
        tab.wait_for_all_code()


def last_step(server):
    series = [each for run in server.catalog()["runs"] for each in run["series"]]
    return max((each["last_step"] for each in series if each["kind"] == "cam"), default=-1)


def test_it_works_below_a_path_prefix(tmp_path, visit, reader_flag):
    write_run(tmp_path / "run", RunShape(samples=2, epochs=2))
    with servers.tensorboard(tmp_path, reader_flag, prefix="/some/where") as server:
        servers.eventually(lambda: server.catalog()["runs"])
        tab = visit(server).open("attributions")
        expect(tab["attributions-canvas"]).to_be_visible()
        assert "/some/where/#tb_explain" in tab.page.url
        tab.wait_for_all_code()


def test_an_empty_log_directory_shows_no_error_and_no_tab_until_data_arrives(tmp_path, visit):
    with servers.tensorboard(tmp_path) as server:
        tab = visit(server)
        tab.page.goto(server.url)
        expect(tab.page.get_by_text("No dashboards are active")).to_be_visible()
        header = tab.page.locator("app-header .mat-mdc-tab-labels")
        expect(header.get_by_text("Explain", exact=True)).to_be_hidden()
        write_run(tmp_path / "run", RunShape(samples=2, epochs=2))
        servers.eventually(lambda: server.catalog()["runs"])
        tab.page.locator(".reload-button").click()
        header.get_by_text("Explain", exact=True).click()
        tab.wait()
        expect(tab["run-card"]).to_have_count(1)
        tab.wait_for_all_code()


def test_opened_before_there_is_data_it_says_how_to_record_and_fills_itself(tmp_path, visit):
    with servers.tensorboard(tmp_path) as server:
        tab = visit(server).open("overview", status="no-runs", poll=5)
        expect(tab["empty"]).to_contain_text("explain()")
        tab.picture("no-runs")
        write_run(tmp_path / "run", RunShape(samples=2, epochs=2))
        tab.wait()
        expect(tab["run-card"]).to_have_count(1)
        tab.wait_for_all_code()


def test_a_panel_without_its_records_shows_the_code_that_makes_them(odd):
    odd.open("attributions", status="no-data", runs=["no_maps"])
    expect(odd["empty"]).to_contain_text("GradCAMMonitor")
    copied = odd.copied("copy-recipe")
    compile(copied, "recipe", "exec")
    assert "GradCAMMonitor(" in copied
    odd.picture("no-data")


def test_a_server_that_fails_is_said_to_and_asked_again(tab, watch):
    watch.expect("500")
    error = '{"error": {"status": 500, "code": "internal", "message": "The disk is on fire."}}'
    tab.page.route(
        "**/panel/overview*",
        lambda route: route.fulfill(status=500, content_type="application/json", body=error),
    )
    tab.open("overview", status="failed")
    expect(tab["failed"]).to_contain_text("The disk is on fire.")
    tab.picture("failed")
    tab.page.unroute("**/panel/overview*")
    tab["retry"].click()
    tab.wait()


def test_it_is_the_only_page_of_ours_in_tensorboard(tab):
    tab.open()
    expect(tab.page.locator(IFRAME)).to_have_count(1)
