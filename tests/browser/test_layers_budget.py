"""How fast the Layers panel is: 303 layers, 500 records."""

import statistics

import pytest

from tests import servers
from tests.benchmarks.figures import report
from tests.browser.test_budgets import COLD_MS, REDRAW_MS, ROUNDS, SCRUB, STEPS
from tests.synthetic_layers import LayersShape, write_layers

pytestmark = [pytest.mark.benchmark, pytest.mark.slow]

SHAPE = LayersShape(blocks=50, records=500)
LAST = SHAPE.records * SHAPE.every

# The frame after the one in which the heatmap, and all that is drawn with it, came up.
MARK = """
const look = () => {
  if (!document.querySelector('[data-testid="layers-cells"]')) requestAnimationFrame(look);
  else requestAnimationFrame(() => setTimeout(() => performance.mark("layers")));
};
if (location.href.includes("plugin_entry")) look();
"""
AFTER_ARRIVAL = """() => {
  const sent = performance.getEntriesByType("resource");
  const frame = sent.find((entry) => entry.name.includes("/panel/"));
  return performance.getEntriesByName("layers")[0].startTime - frame.responseEnd;
}"""


@pytest.fixture(scope="module")
def deep(tmp_path_factory):
    root = tmp_path_factory.mktemp("deep")
    write_layers(root / "run", SHAPE)
    with servers.tensorboard(root) as server:
        servers.eventually(lambda: last_step(server) == LAST)
        server.panel("layers", "run")
        yield server


def last_step(server):
    return max(
        (s["last_step"] for run in server.catalog()["runs"] for s in run["series"]), default=0
    )


def opened(visit, server):
    tab = visit(server)
    tab.page.set_viewport_size({"width": 1920, "height": 1080})
    tab.page.add_init_script(MARK)
    tab.open("layers")
    tab.frame.wait_for_function("performance.getEntriesByName('layers').length > 0")
    return tab


def test_the_panel_is_drawn_a_second_after_its_bytes_arrived(deep, visit):
    took = []
    for _ in range(ROUNDS):
        tab = opened(visit, deep)
        took.append(tab.frame.evaluate(AFTER_ARRIVAL))
        tab.page.close()
    drawn = statistics.median(took)
    report("layers: drawn after the bytes arrived", drawn, unit="ms", most=COLD_MS, spread=took)


@pytest.mark.parametrize("sort", ["depth", "value"])
def test_scrubbing_keeps_up_with_a_held_key(deep, visit, sort):
    tab = opened(visit, deep)
    tab["layers-sort"].select_option(sort)
    tab.settle()
    took = tab.frame.evaluate(SCRUB, STEPS)
    name = f"layers, sorted by {sort}: a step of the scrubber"
    report(name, statistics.median(took), unit="ms", most=REDRAW_MS, spread=took)
