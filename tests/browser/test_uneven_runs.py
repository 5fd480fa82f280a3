"""A long run beside one that ended early: of each, other moments are loaded."""

import pytest
from playwright.sync_api import expect

from tests import servers
from tests.synthetic_runs import RunShape, write_run

SHAPE = RunShape(samples=2, size=8, map_size=2, methods=("gradcam",), steps_per_epoch=1)
EPOCHS = {"long": 2600, "short": 700}


@pytest.fixture(scope="module")
def uneven(tmp_path_factory):
    root = tmp_path_factory.mktemp("uneven")
    for run, epochs in EPOCHS.items():
        write_run(root / run, RunShape(**{**vars(SHAPE), "epochs": epochs}))
    with servers.tensorboard(root) as server:
        servers.eventually(lambda: last_steps(server) == EPOCHS)
        yield server


def last_steps(server):
    return {
        run["run"]: max(series["last_step"] for series in run["series"])
        for run in server.catalog()["runs"]
    }


@pytest.fixture
def tab(uneven, visit):
    return visit(uneven)


def column_in_view(tab, label):
    """Whether the film strip is scrolled to where the column stands."""
    left, right = tab["attributions-scroller"].evaluate(
        "({ scrollLeft, clientWidth }) => [scrollLeft, scrollLeft + clientWidth]"
    )
    (column,) = [each for each in tab.geometry["columns"] if each["label"] == label]
    return left <= column["left"] and column["left"] + tab.geometry["tile"] <= right


def test_the_strip_shows_moments_that_are_loaded_of_both(tab):
    tab.open("attributions")
    labels = [each["label"] for each in tab.geometry["columns"]]
    early = [int(label) for label in labels[1:] if int(label) < EPOCHS["short"]]
    # Every eighth of the long run, and the last of the short one; every second of that is loaded.
    assert len(early) == pytest.approx(EPOCHS["short"] / 8, abs=3)
    tab.picture("uneven-runs")


def test_the_selected_moment_is_in_view_once_all_is_loaded(tab):
    tab.open("attributions")
    assert column_in_view(tab, str(EPOCHS["long"] - 1))


def test_the_strip_counts_what_the_axis_counts(tab):
    tab.open("attributions", axis="step", step=1234)
    expect(tab["track"]).to_have_attribute("aria-busy", "false")
    tab.settle()
    assert column_in_view(tab, "1,234")


def test_what_a_run_that_ended_shows_says_when_it_was(tab):
    tab.open("overview", step=2001)
    expect(tab["track"]).to_have_attribute("aria-busy", "false")
    cards = tab["run-card"]
    expect(cards.filter(has_text="short")).to_contain_text("right at epoch 699")
    expect(cards.filter(has_text="long")).not_to_contain_text("at epoch")
    heads = tab["probe-table"].get_by_role("columnheader")
    expect(heads.filter(has_text="short")).to_have_text("shortat epoch 699")
    expect(heads.filter(has_text="long")).to_have_text("long")
    chart = tab["score-chart"].locator("li")
    expect(chart.filter(has_text="short")).to_contain_text("at 699")
    expect(chart.filter(has_text="long")).not_to_contain_text("at ")
    expect(tab["top-scores"]).to_contain_text("at epoch 699")
    tab.picture("run-that-ended")
    tab.open("attributions", step=2001)
    expect(tab["track"]).to_have_attribute("aria-busy", "false")
    claims = tab["attributions-claims"].locator("li")
    expect(claims.filter(has_text="short")).to_contain_text("samples at epoch 699")
    tab.picture("run-that-ended-strip")
