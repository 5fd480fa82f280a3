"""The Graph panel: boxes that fold, costs, statistics, search, and what it refuses."""

import json

import pytest
from playwright.sync_api import expect

from tb_explain import schema
from tests import servers
from tests.browser.test_downloads import download, rows_of
from tests.synthetic_graph import residual_network, write_graph_run
from tests.synthetic_runs import RecordWriter

SMALL = residual_network(8)
LARGE = residual_network(124, width=8)
FRAME = 100  # milliseconds

# The mean time from a wheel's turn to the frame after it.
WHEELING = """async () => {
  const canvas = document.querySelector('[data-testid="graph-canvas"]');
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const begin = performance.now();
  for (let i = 0; i < 20; i++) {
    const turn = { deltaY: 60, bubbles: true, cancelable: true };
    canvas.dispatchEvent(new WheelEvent("wheel", turn));
    await frame();
    await frame();
  }
  return (performance.now() - begin) / 20;
}"""


@pytest.fixture(scope="module")
def structured(tmp_path_factory):
    root = tmp_path_factory.mktemp("structured")
    write_graph_run(root / "small", SMALL)
    write_graph_run(root / "large", LARGE)
    bad = schema.Record("graph", "graph", 0, -1, 1, {"nodes": [{"id": "<b>"}], "edges": []})
    writer = RecordWriter(root / "bad")
    writer.write(bad, wall_time=1e9)
    writer.close()
    with servers.tensorboard(root) as server:
        servers.eventually(lambda: last_steps(server) == [0, 200, 200])
        yield server


def last_steps(server):
    runs = server.catalog()["runs"]
    return sorted(max(s["last_step"] for s in run["series"]) for run in runs)


@pytest.fixture
def graph(structured, visit):
    return visit(structured)


def opened(tab, run="small", **settings):
    keys = {f"graph__{key}": value for key, value in settings.items() if key != "step"}
    tab.open("graph", runs=[run], **keys, **{k: v for k, v in settings.items() if k == "step"})
    expect(tab["graph"]).to_be_visible()
    return tab


def scene(tab):
    return json.loads(tab["graph-canvas"].get_attribute("data-scene"))


def shown(tab):
    return {box["id"]: box for box in scene(tab)["boxes"]}


def title_of(tab, name):
    """Returns a point of the upper left part of a box, in pixels of the page."""
    drawn = scene(tab)
    box, view = shown(tab)[name], drawn["view"]
    canvas = tab["graph-canvas"].bounding_box()
    x = canvas["x"] + view["x"] + (box["x"] + 16) * view["scale"]
    return x, canvas["y"] + view["y"] + (box["y"] + 11) * view["scale"]


def test_at_first_some_forty_boxes_show_and_the_costs_of_all(graph):
    opened(graph, "large")
    assert len([box for box in scene(graph)["boxes"] if not box["open"]]) <= 40
    totals = sum(node["parameters"] for node in LARGE.nodes.values() if node["parent"] is None)
    expect(graph["graph-totals"]).to_contain_text(f"{totals / 1e6:.2f} M parameters")
    expect(graph["graph-totals"]).to_contain_text("1 untraced")


def test_a_click_unfolds_a_module_where_it_stands_and_another_folds_it(graph):
    opened(graph, open=["stem"])
    before = title_of(graph, "layer0")
    graph.page.mouse.click(*before)
    graph.settle()
    assert {"layer0.0", "layer0.1"} <= set(shown(graph))
    assert title_of(graph, "layer0") == pytest.approx(before, abs=1.5)
    expect(graph["graph-detail"]).to_contain_text("layer0")
    graph.page.mouse.click(*title_of(graph, "layer0"))
    graph.settle()
    assert "layer0.0" not in shown(graph)


def test_inner_boxes_lie_within_outer_ones(graph):
    boxes = shown(opened(graph))
    for name, box in boxes.items():
        outer = boxes.get(SMALL.nodes[name]["parent"])
        if outer:
            assert outer["x"] < box["x"]
            assert outer["y"] < box["y"]
            assert box["x"] + box["width"] < outer["x"] + outer["width"]
            assert box["y"] + box["height"] < outer["y"] + outer["height"]
    graph.picture("graph")


def test_a_part_in_depth_tells_its_costs_and_statistics(graph):
    opened(graph, node="layer1.0.conv1")
    node = SMALL.nodes["layer1.0.conv1"]
    assert graph.fact("type", within="graph-detail") == "Conv2d"
    assert graph.fact("output", within="graph-detail") == "8 × 128 × 32 × 32"
    parameters = graph.fact("parameters", within="graph-detail")
    assert parameters.startswith(f"{node['parameters']:,}")
    before = graph.fact("activations: zeros", within="graph-detail")
    graph.page.keyboard.press("ArrowLeft")
    graph.settle()
    assert graph.fact("activations: zeros", within="graph-detail") != before


def test_search_finds_folded_parts_and_brings_them_into_sight(graph):
    opened(graph, "large")
    assert "layer2.10.conv2" not in shown(graph)
    graph["graph-search"].fill("LAYER2.10.conv2")
    graph["graph-search"].press("Enter")
    graph.settle()
    x, y = title_of(graph, "layer2.10.conv2")
    canvas = graph["graph-canvas"].bounding_box()
    assert canvas["x"] < x < canvas["x"] + canvas["width"]
    assert canvas["y"] < y < canvas["y"] + canvas["height"]


def test_the_table_lists_the_costliest_first(graph):
    opened(graph, view="table", colour="macs")
    rows = graph["graph-table"].locator(".gr-body .gr-row")
    costliest = max(
        (node for node in SMALL.nodes.values() if node["type"] == "Conv2d"),
        key=lambda node: node["macs"],
    )
    expect(rows.first).to_contain_text(costliest["name"])
    rows.nth(2).get_by_role("button").click()
    expect(graph["graph-detail"]).to_contain_text("Conv2d")
    graph.picture("graph-table")


def test_boxes_are_coloured_by_any_statistic_and_the_legend_says_which(graph):
    opened(graph)
    expect(graph["graph-legend"]).to_contain_text("parameters")
    graph["graph-measure"].select_option(label="gradients: norm")
    expect(graph["graph-legend"]).to_contain_text("norm")
    assert "graph.colour=gradients%3Anorm" in graph.page.url


def test_a_thousand_boxes_are_unfolded(graph):
    unfolded(graph)
    assert len(shown(graph)) == len(LARGE.nodes)


def unfolded(graph):
    opened(graph, "large")
    graph["graph-unfold"].click()
    graph.settle()


@pytest.mark.benchmark
def test_a_thousand_boxes_move_within_a_frame(graph):
    unfolded(graph)
    assert graph.frame.evaluate(WHEELING) < FRAME


def test_it_can_be_walked_and_folded_without_a_pointer(graph):
    opened(graph, open=[])
    graph["graph-canvas"].focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        graph.page.keyboard.press(key)
    graph.settle()
    assert "stem.conv" in shown(graph)
    graph.page.keyboard.press("t")
    expect(graph["graph-table"]).to_be_visible()


def test_what_could_not_be_traced_says_so(graph):
    opened(graph, node="temperature")
    expect(graph["graph-detail"]).to_contain_text("could not be followed")


def test_the_csv_holds_every_node(graph):
    opened(graph)
    name, data = download(graph, "download-csv")
    assert name == "graph.csv"
    rows = rows_of(data)
    assert [row["id"] for row in rows] == list(SMALL.nodes)
    for row in rows:
        node = SMALL.nodes[row["id"]]
        assert int(row["parameters"]) == node["parameters"]
        assert int(row["macs_per_sample"]) == node["macs"]
    assert float(rows[2]["activations:std"]) > 0


def test_the_png_shows_what_is_on_screen(graph):
    opened(graph)
    name, data = download(graph, "download-png")
    assert name == "graph.png"
    assert data.startswith(b"\x89PNG")
    assert len(data) > 20_000


def test_a_graph_that_does_not_hold_together_is_named_not_drawn(graph):
    graph.open("graph", runs=["bad"], status="no-data")
    expect(graph.inside.locator(".problems")).to_contain_text("could not be read")
