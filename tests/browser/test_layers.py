"""The Layers panel: what it draws, tells, chooses, filters, and what it refuses."""

import csv
import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tb_explain import histograms
from tests import servers
from tests.browser.test_downloads import download
from tests.synthetic_layers import Figures, LayersShape, write_layers

SHAPE = LayersShape(blocks=3, records=40)
RUNS = ("faulty", "sound")
LAST = SHAPE.records * SHAPE.every


@pytest.fixture(scope="module")
def layered(tmp_path_factory):
    root = tmp_path_factory.mktemp("layered")
    for seed, run in enumerate(RUNS):
        write_layers(root / run, SHAPE, seed=seed)
    with servers.tensorboard(root) as server:
        servers.eventually(lambda: last_steps(server) == [LAST, LAST])
        yield server


def last_steps(server):
    return [max(s["last_step"] for s in run["series"]) for run in server.catalog()["runs"]]


@pytest.fixture
def layers(layered, visit):
    return visit(layered)


def opened(tab, **settings):
    tab.open("layers", **{f"layers__{key}": value for key, value in settings.items()})
    expect(tab["layers-cells"].first).to_be_visible()
    return tab


def point(tab, across, down, *, card=0):
    """Returns a point of a heatmap, in pixels of the page."""
    canvas = tab["layers-cells"].nth(card)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def hovered(tab, across, down, *, card=0):
    """Returns what the tooltip says there: title, and facts by name."""
    tab.page.mouse.move(*point(tab, across, down, card=card))
    tip = tab["layers-tooltip"]
    expect(tip).to_be_visible()
    cells = tip.locator("td[data-fact]")
    facts = {cell.get_attribute("data-fact"): cell.inner_text() for cell in cells.all()}
    return tip.locator("b").inner_text(), facts


def truth(what, statistic, layer, step, *, seed=0):
    """Returns what the record holds."""
    figures = Figures(what, SHAPE, seed)
    (record,) = [
        r for r in figures.records(step, 0, step // SHAPE.every - 1) if r.kind == "layer_statistics"
    ]
    row = [each["name"] for each in figures.layers].index(layer)
    return record.arrays["values"][row, figures.names.index(statistic)]


def number(text):
    return float(text.replace(",", ""))


def test_the_panel_opens_with_a_heatmap_for_each_run(layers):
    opened(layers)
    expect(layers["question"]).to_contain_text("Which layers learn, die, saturate or explode")
    expect(layers["layers-heat"]).to_have_count(2)
    expect(layers["layers-heat"].first).to_contain_text("norm, log scale · 21 rows × 40 records")
    layers.picture("layers")


def test_hovering_tells_the_records_exact_number_and_clicking_goes_there(layers):
    opened(layers)
    title, facts = hovered(layers, 0.5, 0.5)
    expected = truth("gradients", "norm", title, int(number(facts["step"])))
    assert number(facts["norm"]) == pytest.approx(float(expected), rel=1e-6)
    layers.page.mouse.click(*point(layers, 0.5, 0.5))
    expect(layers["layers-title"]).to_have_text(title)
    expect(layers["moment"]).to_have_text(f"step {facts['step']}")
    shown = layers["layers-detail"].locator('[data-fact="norm"]').first.inner_text()
    assert shown == facts["norm"]


def test_a_link_reproduces_what_is_chosen(layers, layered):
    opened(layers)
    layers.choose("layers-what", "weights")
    layers["layers-statistic"].select_option("update_to_weight")
    layers.choose("layers-scale", "linear")
    layers.choose("layers-rollup", "modules")
    layers["layers-filter"].fill("blocks.*.mlp")
    heat = layers["layers-heat"].first
    words = "update / weight, linear scale · 6 rows × 40 records"
    expect(heat).to_contain_text(words)
    url = layers.page.url
    layers.page.goto("about:blank")
    layers.page.goto(url)
    layers.wait()
    expect(layers["layers-heat"].first).to_contain_text(words)


def test_blocks_fold_by_the_depth_of_their_names(layers):
    opened(layers, rollup="blocks")
    expect(layers["layers-heat"].first).to_contain_text("5 rows")
    layers["layers-depth"].fill("1")
    expect(layers["layers-heat"].first).to_contain_text("3 rows")
    expect(layers["layers-title"]).to_have_text("stem")


def test_a_filter_that_matches_nothing_says_so(layers):
    opened(layers)
    layers["layers-filter"].fill("transformer")
    expect(layers["layers-nothing"]).to_contain_text("No layer matches “transformer”")


def test_what_is_not_finite_or_not_defined_is_told_apart(layers):
    opened(layers, layer="blocks.1.attn.out.weight")
    fact = layers["layers-detail"].locator('[data-fact="norm"]').first
    expect(fact).to_have_text("not finite")
    layers.choose("layers-what", "weights")
    layers["layers-statistic"].select_option("near_zero")
    layers["layers-filter"].fill("head.bias")
    expect(layers["layers-detail"].locator('[data-fact="near_zero"]').first).to_have_text(
        "not defined"
    )


def test_an_alert_jumps_to_its_moment_and_layer(layers):
    opened(layers, what="weights")
    layers["layers-alerts"].get_by_role("button").first.click()
    expect(layers["moment"]).to_have_text("step 600")
    expect(layers["layers-title"]).to_have_text("stem.conv.weight")
    expect(layers["layers-heat"].first).to_contain_text("norm, log scale")


def test_an_alert_of_several_layers_opens_and_tells_why(layers):
    opened(layers, what="weights", statistic="mean")
    alert = layers["layers-alerts"].locator("li").first
    expect(alert).to_contain_text("vanishing · 4 layers")
    expect(alert).to_contain_text("since step 600")
    alert.locator("summary").click()
    expect(alert).to_contain_text("vanishing gradients in blocks.0.norm.bias: 2e-07 against 1e-06")
    alert.get_by_role("button").last.click()
    expect(layers["layers-title"]).not_to_have_text("stem.conv.weight")
    expect(layers["layers-statistic"]).to_have_value("norm")


def test_the_timeline_of_alerts_tells_them_and_jumps(layers):
    opened(layers)
    canvas = layers["layers-cells"].first
    width = canvas.bounding_box()["width"]
    words = None
    for x in range(int(0.25 * width), int(width), 4):
        canvas.hover(position={"x": x, "y": 9})
        if layers["layers-tooltip"].count():
            words = layers["layers-tooltip"].inner_text()
            break
    assert words.startswith("vanishing since step 600")
    assert "vanishing gradients in stem.conv.weight: 2e-07 against 1e-06" in words
    canvas.click(position={"x": x, "y": 9})
    expect(layers["moment"]).to_have_text("step 600")
    expect(layers["layers-title"]).to_have_text("stem.conv.weight")


def test_keys_walk_layers_and_alerts_and_toggle_the_scale(layers):
    opened(layers, layer="stem.conv.weight")
    layers.page.keyboard.press("ArrowDown")
    expect(layers["layers-title"]).to_have_text("blocks.0.norm.weight")
    layers.page.keyboard.press("l")
    expect(layers["layers-heat"].first).to_contain_text("linear scale")
    layers.page.keyboard.press("Shift+N")
    expect(layers["moment"]).to_have_text("step 1,900")
    layers.page.keyboard.press("ArrowLeft")
    expect(layers["moment"]).to_have_text("step 1,850")


def test_dragging_zooms_into_a_stretch_of_time_and_a_button_shows_all_again(layers):
    opened(layers)
    layers.page.mouse.move(*point(layers, 0.5, 0.5))
    layers.page.mouse.down()
    layers.page.mouse.move(*point(layers, 0.6, 0.5), steps=4)
    layers.page.mouse.move(*point(layers, 0.7, 0.5), steps=4)
    layers.page.mouse.up()
    expect(layers["layers-unzoom"]).to_be_visible()
    _, facts = hovered(layers, 0.97, 0.5)
    assert number(facts["step"]) < LAST
    layers["layers-unzoom"].click()
    expect(layers["layers-unzoom"]).to_have_count(0)
    layers.page.mouse.move(0, 0)
    assert number(hovered(layers, 0.97, 0.5)[1]["step"]) == LAST


def test_sorting_by_value_puts_the_largest_first(layers):
    opened(layers, sort="value", filter="blocks.2.*")
    values = {
        name: truth("gradients", "norm", name, LAST)
        for name in (each["name"] for each in Figures("gradients", SHAPE, 0).layers)
        if name.startswith("blocks.2.")
    }
    other = {name: truth("gradients", "norm", name, LAST, seed=1) for name in values}
    largest = max(values, key=lambda name: max(values[name], other[name]))
    title, _ = hovered(layers, 0.9, 0.2)
    assert title == largest


def test_the_histogram_has_exact_counts(layers):
    opened(layers, what="activations", layer="stem.act")
    figures = Figures("activations", SHAPE, 0)
    index = LAST // SHAPE.steps_per_epoch
    record = figures.records(LAST, index - 1, index)[-1]
    counts = histograms.decode(record.arrays["bins"], record.arrays["ends"], 2)[1]
    expect(layers["layers-histogram"]).to_contain_text(f"{counts.sum():,} values")
    zeros = layers["layers-specials"].locator('[data-fact="zero"]').inner_text()
    assert number(zeros.split(" ")[0]) == counts[histograms.zero_bin(2)]
    width = layers["layers-histogram-canvas"].bounding_box()["width"]
    layers["layers-histogram-canvas"].hover(position={"x": 0.85 * width, "y": 60})
    tip = layers["layers-tooltip"]
    low, high, count = (
        number(tip.locator(f'[data-fact="{name}"]').inner_text())
        for name in ("from", "to", "count")
    )
    edges = histograms.bin_edges(2)
    inside = (edges[:, 0] >= low * (1 - 1e-6)) & (edges[:, 1] <= high * (1 + 1e-6))
    assert count == counts[inside & (edges[:, 0] > 0)].sum()


def test_a_ridge_goes_to_its_record(layers):
    opened(layers)
    canvas = layers["layers-ridge-canvas"]
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] / 2, "y": 0.6 * box["height"]})
    expect(layers["moment"]).not_to_have_text(f"step {LAST:,}")
    layers["layers-spread-canvas"].click(position={"x": 45, "y": 60})
    expect(layers["moment"]).to_have_text("step 50")


def test_dead_units_are_listed_and_lead_to_their_layer(layers):
    opened(layers, what="activations", layer="head")
    expect(layers["layers-dead"]).to_contain_text("none here")
    layers["layers-dead"].get_by_text("8 in stem.act").click()
    expect(layers["layers-title"]).to_have_text("stem.act")
    expect(layers["layers-dead"]).to_contain_text("8 units here: 0–7")


def test_feature_maps_are_of_the_layer_or_of_the_nearest(layers):
    opened(layers, what="activations", layer="stem.act")
    expect(layers["layers-maps-of"]).to_contain_text("Of stem.act; each channel")
    layers["layers-sample"].select_option(label="2 · Pullover")
    assert "sample=0000000000000002" in layers.page.url
    layers["layers-filter"].fill("head")
    expect(layers["layers-maps-of"]).to_contain_text("the nearest layer that has some")
    expect(layers["layers-filters"]).to_contain_text("of stem.conv · as colours; grey is zero")
    layers.picture("layers-activations")


def test_a_gap_is_named_with_its_reason(layers):
    opened(layers)
    expect(layers["layers-gap"]).to_have_count(1)
    expect(layers["layers-gap"]).to_contain_text(
        "1 gap in sound, the last at step 400: RuntimeError"
    )


def test_the_csv_holds_the_shown_statistic(layers):
    opened(layers, filter="blocks.0.*")
    name, data = download(layers, "download-csv")
    assert name == "explain-gradients-norm.csv"
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    assert len(rows) == 6 * (2 * SHAPE.records - 1)
    for row in rows[::17]:
        seed = RUNS.index(row["run"])
        expected = truth("gradients", "norm", row["layer"], int(row["step"]), seed=seed)
        assert float(row["value"]) == pytest.approx(float(expected), rel=1e-6)


def test_the_png_holds_the_panel_as_it_is(layers):
    opened(layers)
    name, data = download(layers, "download-png")
    picture = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    assert name == "explain-layers.png"
    assert picture.shape[1] > 1300
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 100
