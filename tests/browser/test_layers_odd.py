"""The Layers panel with nothing to draw, and with records that cannot be."""

import numpy as np
from playwright.sync_api import expect

from tb_explain import schema
from tests import servers
from tests.browser.explain import link
from tests.browser.test_layers import last_steps
from tests.synthetic_runs import RecordWriter


def test_without_such_records_the_panel_says_which_callbacks_to_add(tab):
    tab.open("layers", status="no-data")
    expect(tab["empty"]).to_contain_text("ActivationMonitor, GradientMonitor, WeightMonitor")


def test_hostile_and_broken_records_are_named_and_the_rest_is_drawn(tmp_path, visit):
    write_hostile(tmp_path / "hostile")
    with servers.tensorboard(tmp_path) as server:
        servers.eventually(lambda: last_steps(server) == [200])
        tab = visit(server)
        tab.page.goto(tab.base + link(panel="layers"))
        tab.wait()
        expect(tab["unreadable"]).to_contain_text("2 records could not be read")
        expect(tab["layers-notes"]).to_contain_text("step 200: no table of its layer_statistics")
        expect(tab["layers-heat"]).to_contain_text("3 rows × 1 record")
        tab.wait_for_all_code()


def write_hostile(run_dir):
    """One record that can be drawn, one cut off, one of a missing table, one false histogram."""
    names = ["<img src=x onerror=window.__xss=1>", "../../etc/passwd", "l" * 10_000]
    layers = [{"name": name, "type": "<b>", "shape": [], "size": 2**40} for name in names]
    statistic = {
        "name": "__proto__",
        "label": "<i>",
        "unit": "<u>",
        "scale": "log",
        "rollup": "sum",
    }
    table = {"digest": "t", "what": "weights", "layers": layers, "statistics": [statistic]}
    writer = RecordWriter(run_dir)

    def write(kind, step, fields, **arrays):
        record = schema.Record(kind, "weights", step, 0, 1, fields, arrays)
        writer.write(record, wall_time=1.8e9 + step)

    values = np.array([[1], [np.inf], [np.nan]], np.float32)
    own = {"table": "t", "what": "weights", "gap": None, "notes": ["<script>"]}
    write("layer_table", 0, table)
    write("layer_statistics", 50, own, values=values)
    write("layer_statistics", 100, own, values=values[0])
    write("layer_statistics", 200, {**own, "table": "?"}, values=values)
    false = np.full(5, 0xFF, np.uint8)
    counted = {"table": "t", "what": "weights", "mantissa_bits": 0}
    write("layer_histograms", 50, counted, bins=false, ends=np.array([0, 0, 5], np.int32))
    raised = {"rule": "<b>", "layer": names[0], "value": 1, "limit": 0, "message": "<script>"}
    write("alerts", 50, {"what": "weights", "raised": [raised], "cleared": [], "active": []})
    writer.close()
