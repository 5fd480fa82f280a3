"""The Sensitivity panel: what it draws, tells, chooses, and what it refuses."""

import csv
import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tb_explain import schema
from tests import servers
from tests.browser.sensitivity_logs import LAST, RUNS, SHAPE, opened, served, truth
from tests.browser.test_downloads import download
from tests.synthetic_runs import RecordWriter
from tests.synthetic_sensitivity import (
    STEPS_PER_EPOCH,
    SensitivityShape,
    record,
    write_sensitivities,
)

PARTLY = SensitivityShape(epochs=4, edits=("unstructured",), plans=False)
TOP, BOTTOM = 18, 20  # pixels of a heatmap above and below its cells


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    with served(tmp_path_factory.mktemp("scanned")) as server:
        yield server


@pytest.fixture
def tab(scanned, visit):
    return visit(scanned)


def cell(tab, row, level, *, rows=22, levels=9, card=0):
    """Returns where a cell's middle is, in pixels of the page."""
    canvas = tab["sensitivity-cells"].nth(card)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    shown = np.array(Image.open(io.BytesIO(canvas.screenshot())).convert("RGB")).astype(int)
    height = (box["height"] - TOP - BOTTOM) / rows
    y = TOP + (row + 0.5) * height
    left, right = _edges(shown[round(y)])
    return box["x"] + left + (level + 0.5) * (right - left) / levels, box["y"] + y


def _edges(line):
    """The cells are what is coloured in a line of the heatmap."""
    coloured = np.flatnonzero(line.max(axis=1) - line.min(axis=1) > 40)
    return coloured.min(), coloured.max() + 1


def hovered(tab, row, level, **place):
    tab.page.mouse.move(*cell(tab, row, level, **place))
    tip = tab["layers-tooltip"]
    expect(tip).to_be_visible()
    facts = tip.locator("td[data-fact]")
    found = {each.get_attribute("data-fact"): each.inner_text() for each in facts.all()}
    return tip.locator("b").inner_text(), tip.inner_text(), found


def number(text):
    return float(text.split(" ± ")[0].replace(",", "").replace("+", ""))


def test_the_panel_opens_with_a_heatmap_for_each_run(tab):
    opened(tab)
    expect(tab["question"]).to_contain_text("What can be cut, at what price")
    expect(tab["sensitivity-cells"]).to_have_count(len(RUNS))
    expect(tab["sensitivity-source"].first).to_have_text("exact")
    for part in ("curves", "ranking", "scatter"):
        expect(tab[f"sensitivity-{part}"]).to_be_visible()
    check_ranking(tab)
    tab.picture("sensitivity")


def check_ranking(tab):
    """It names the most sensitive unit, and how far that rose."""
    first, last = (truth("unstructured", epoch) for epoch in (-1, SHAPE.epochs - 1))
    order = {id(s): np.argsort(-s.values["kl"].mean(axis=1)) for s in (first, last)}
    top = order[id(last)][0]
    row = tab["sensitivity-ranking"].get_by_label("Most sensitive").locator("tbody tr").first
    expect(row).to_contain_text(last.units[top].name.removesuffix(".weight"))
    risen = list(order[id(first)]).index(top)
    expect(row).to_contain_text(f"▲ {risen}" if risen else "–")


def test_a_cell_tells_every_measure_with_its_error_and_whether_it_can_be_nothing(tab):
    opened(tab, runs=["shortcut"])
    found = truth("unstructured", SHAPE.epochs - 1, seed=1)
    title, words, facts = hovered(tab, 3, 6)
    assert title == f"{found.units[3].name} at 70 %"
    assert "exact scan" in words
    for name, label in (("kl_batch", "KL batch"), ("loss", "loss"), ("metric", "accuracy")):
        assert number(facts[label]) == pytest.approx(found.values[name][3, 6], rel=0.05)
        assert " ± " in facts[label]
    assert facts["parameters"] == f"{found.units[3].parameters:,}"

    doubtful = np.abs(found.values["kl"]) < 2 * found.errors["kl"]
    row, level = np.argwhere(doubtful)[0]
    assert "below 2 standard errors" in hovered(tab, row, level)[1]


def test_scrubbing_shows_estimates_as_such_and_units_without_a_figure(tab):
    opened(tab, runs=["clean"])
    exact = tab["sensitivity-cells"].screenshot()
    tab.page.keyboard.press("ArrowLeft")
    tab.settle()
    expect(tab["sensitivity-source"]).to_have_text("estimate")
    assert "ρ 0.91 across units" in tab["sensitivity-heat"].inner_text()
    assert tab["sensitivity-cells"].screenshot() != exact
    tab.choose("sensitivity-sources", "exact")
    expect(tab["sensitivity-heat"]).to_contain_text("epoch 2")
    expect(tab["plan-source"]).to_contain_text("exact scan of epoch 2")


def test_a_click_and_keys_show_a_unit_and_a_level_in_depth_and_the_link_keeps_both(tab):
    opened(tab, runs=["clean"])
    tab.page.mouse.click(*cell(tab, 7, 2))
    expect(tab["sensitivity-curves"]).to_contain_text("30 %")
    expect(tab.inside.get_by_label("One unit over levels")).to_contain_text("stage2.0.conv1")
    assert "sensitivity.unit=stage2.0.conv1.weight" in tab.page.url
    assert "sensitivity.level=2" in tab.page.url
    tab.page.keyboard.press("ArrowDown")
    expect(tab.inside.get_by_label("One unit over levels")).to_contain_text("stage2.0.conv2")
    tab.page.keyboard.press("]")
    expect(tab["sensitivity-curves"]).to_contain_text("40 %")
    tab.page.keyboard.press("m")
    expect(tab["sensitivity-measure"]).to_have_value("loss")
    tab.page.keyboard.press("f")
    expect(tab["plan-bars"].get_by_label("Freeze stage2.0.conv2.weight")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_every_edit_and_measure_can_be_drawn(tab):
    opened(tab)
    for edit, measure in (("channels", "loss"), ("bits", "metric"), ("weights", "kl")):
        tab.choose("sensitivity-edit", edit)
        tab["sensitivity-measure"].select_option(measure)
        tab.settle()
        assert len(set(tab["sensitivity-cells"].first.screenshot())) > 20
    tab["sensitivity-measure"].select_option("repaired")
    expect(tab["sensitivity"]).to_contain_text("refitting the unit's own weights repairs")


def test_units_are_filtered_and_sorted(tab):
    opened(tab, runs=["clean"])
    tab["sensitivity-filter"].fill("stage3.*")
    expect(tab["plan-bars"].locator("li")).to_have_count(7)
    tab["sensitivity-filter"].fill("")
    tab.choose("sensitivity-sort", "sensitivity")
    found = truth("unstructured", SHAPE.epochs - 1)
    worst = found.units[int(np.nanargmax(found.values["kl"].mean(axis=1)))].name
    expect(tab["plan-bars"].locator("li").first).to_have_attribute("data-unit", worst)
    tab["sensitivity-filter"].fill("no such unit")
    expect(tab["sensitivity-nothing"]).to_be_visible()


def test_the_estimate_is_held_against_the_scan_with_its_rank_correlation(tab):
    opened(tab, runs=["clean"], step=LAST - STEPS_PER_EPOCH)
    estimate, exact = (truth("unstructured", epoch) for epoch in (SHAPE.epochs - 2, 2))
    ranks = [
        np.array([np.argsort(np.argsort(column)) for column in found.values["kl"].T])
        for found in (estimate, exact)
    ]
    rho = np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(*ranks, strict=True)])
    expect(tab["sensitivity-across"]).to_have_text(f"ρ {rho:.2f}")


def test_the_csv_holds_every_figure_and_the_png_the_panel(tab):
    opened(tab, runs=["clean"], edit="bits")
    name, data = download(tab, "download-csv")
    assert name == "explain-sensitivity-bits.csv"
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    found = truth("bits", SHAPE.epochs - 1)
    row = next(
        each
        for each in rows
        if each["epoch"] == "5" and each["measure"] == "loss" and each["level"] == "2 bits"
    )
    assert row["unit"] == found.units[0].name
    assert float(row["value"]) == pytest.approx(found.values["loss"][0, -1], rel=1e-6)
    assert float(row["standard error"]) == pytest.approx(found.errors["loss"][0, -1], rel=1e-6)
    assert {each["source"] for each in rows} == {"output_fisher", "exact, bitwise"}
    name, data = download(tab, "download-png")
    assert name == "explain-sensitivity.png"
    assert Image.open(io.BytesIO(data)).size[0] > 1000


def test_without_records_the_panel_says_which_callback_to_add(two_runs, visit):
    tab = visit(two_runs).open("sensitivity", status="no-data")
    expect(tab["empty"]).to_contain_text("SensitivityMonitor(")


def test_gaps_hostile_records_and_missing_figures_are_told_and_run_nothing(tmp_path, visit):
    writer = RecordWriter(tmp_path / "odd")
    good = record(SHAPE, "unstructured", 2, 0)
    name = "<img src=x onerror='window.__xss=1'>"
    units = [{**good.fields["units"][0], "name": name}, *good.fields["units"][1:]]
    broken = {**good.arrays, "kl": np.zeros((2, 2))}
    gap = {**good.fields, "gap": f"RuntimeError: {name}"}
    for step, (fields, arrays) in enumerate(
        [({**good.fields, "units": units}, good.arrays), (good.fields, broken), (gap, {})]
    ):
        found = schema.Record("sensitivity", "sensitivity", step, 0, step + 1, fields, arrays)
        writer.write(found, wall_time=1.8e9 + step)
    writer.close()
    write_sensitivities(tmp_path / "partly", PARTLY)
    with servers.tensorboard(tmp_path) as server:
        servers.eventually(lambda: len(server.catalog()["runs"]) == 2)
        tab = opened(visit(server), runs=["odd"])
        expect(tab["sensitivity-gap"]).to_contain_text("1 gap, the last at step 2")
        expect(tab["plan-bars"].locator("li").first).to_contain_text(name)
        expect(tab["unreadable"]).to_contain_text("kl has shape")
        check_missing(opened(tab, runs=["partly"], keep=0.5))
        tab.wait_for_all_code()


def check_missing(tab):
    """A unit that there was no time for is told apart."""
    box = tab["sensitivity-cells"].bounding_box()
    x, _ = cell(tab, 0, 4)
    height = (box["height"] - TOP - BOTTOM) / 22
    tab.page.mouse.move(x, box["y"] + TOP + (22 - 4 + 0.5) * height)
    expect(tab["layers-tooltip"]).to_contain_text("not measured")
