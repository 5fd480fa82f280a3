"""The Overview's cards of outputs: exact counts, measures over time, and both tasks."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests import servers
from tests.browser.test_downloads import download, rows_of
from tests.synthetic_outputs import BINS, outputs_record, write_outputs_run

EPOCHS = 4
RUNS = {
    "classes": {"seed": 0},
    "many": {"seed": 1, "classes": 100},
    "numbers": {"seed": 2, "task": "regression"},
}
INNER = (0.13, 0.03, 0.98, 0.87)  # of a drawing within its labels, as on the page


@pytest.fixture(scope="module")
def put_out(tmp_path_factory):
    root = tmp_path_factory.mktemp("put_out")
    for run, settings in RUNS.items():
        write_outputs_run(root / run, epochs=EPOCHS, **settings)
    with servers.tensorboard(root) as server:
        last = 50 * EPOCHS
        servers.eventually(lambda: last_steps(server) == [last] * len(RUNS))
        yield server


def last_steps(server):
    return [max(s["last_step"] for s in run["series"]) for run in server.catalog()["runs"]]


@pytest.fixture
def outputs(put_out, visit):
    return visit(put_out)


def told(tab, name, across, down):
    """Returns what is said of a place of a drawing, in shares of its inner part."""
    canvas = tab[f"output-{name}"]
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    left, top, right, bottom = INNER
    x = box["x"] + box["width"] * (left + across * (right - left))
    tab.page.mouse.move(x, box["y"] + box["height"] * (top + down * (bottom - top)))
    return tab["output-said"].inner_text()


def test_the_confusion_matrix_tells_exact_counts(outputs):
    outputs.open("overview", runs=["classes"])
    matrix = outputs_record(EPOCHS - 1, seed=0).arrays["confusion"]
    for truth, predicted in ((0, 0), (2, 4), (7, 1)):
        words = told(outputs, "confusion", (predicted + 0.5) / 8, (truth + 0.5) / 8)
        share = 100 * matrix[truth, predicted] / matrix[truth].sum()
        assert f": {matrix[truth, predicted]:,}" in words
        assert f"{share:.0f} %" in words or f"{share:.1f} %" in words
    outputs.picture("outputs")


def test_bins_tell_how_many_are_right(outputs):
    outputs.open("overview", runs=["classes"])
    arrays = outputs_record(EPOCHS - 1, seed=0).arrays
    fullest = int(np.argmax(arrays["bin_count"]))
    words = told(outputs, "reliability", (fullest + 0.5) / BINS, 0.5)
    assert f"{arrays['bin_count'][fullest]:,} samples" in words
    words = told(outputs, "confidence", (fullest + 0.5) / BINS, 0.5)
    wrong, right = arrays["confidence"][:, fullest]
    assert f"{right:,} right, {wrong:,} wrong" in words


def test_it_follows_the_scrubber(outputs):
    outputs.open("overview", runs=["classes"])
    outputs.page.keyboard.press("ArrowLeft")
    expect(outputs["output-card"]).to_contain_text(f"epoch {EPOCHS - 2}")
    matrix = outputs_record(EPOCHS - 2, seed=0).arrays["confusion"]
    assert f": {matrix[0, 0]:,}" in told(outputs, "confusion", 0.5 / 8, 0.5 / 8)


def test_measures_of_all_runs_are_curves_and_a_table(outputs):
    outputs.open("overview", runs=list(RUNS))
    measures = outputs_record(EPOCHS - 1, seed=0).fields["measures"]
    expect(outputs["output-accuracy"]).to_contain_text(f"{measures['accuracy']:.2f}")
    expect(outputs["output-r2"]).to_contain_text("numbers")
    name, data = download(outputs, "output-csv")
    assert name == "explain-outputs.csv"
    rows = rows_of(data)
    assert len(rows) == len(RUNS) * EPOCHS * 3
    for row in rows:
        measures = outputs_record(int(row["epoch"]), **RUNS[row["run"]]).fields["measures"]
        assert float(row["value"]) == pytest.approx(measures[row["measure"]], rel=1e-6)


def test_of_very_many_classes_the_most_confused_are_listed(outputs):
    outputs.open("overview", runs=["many"])
    truth, predicted, count = outputs_record(EPOCHS - 1, seed=1, classes=100).arrays["confused"][0]
    row = outputs["output-confused"].locator("tr").first
    expect(row).to_contain_text(f"{count}")
    assert "class" in row.inner_text()
    assert truth != predicted


def test_a_regression_tells_residuals_and_where_they_lie(outputs):
    outputs.open("overview", runs=["numbers"])
    arrays = outputs_record(EPOCHS - 1, seed=2, task="regression").arrays
    assert f"{arrays['residuals'][15]:,} samples" in told(outputs, "residuals", 15.5 / 30, 0.5)
    words = told(outputs, "truth", 14.5 / 30, 1 - 16.5 / 30)
    assert words.endswith(f": {arrays['joint'][14, 16]:,}")
