"""What can be taken away: PNG and CSV hold what the records hold."""

import csv
import io

import numpy as np
import pytest
from PIL import Image

from tests.browser.conftest import RUNS, SHAPE
from tests.browser.test_pixels import on_screen
from tests.browser.truth import RunTruth

EPOCHS = range(-1, SHAPE.epochs)


def download(tab, button):
    with tab.page.expect_download() as caught:
        tab[button].click()
    return caught.value.suggested_filename, caught.value.path().read_bytes()


def rows_of(data):
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


@pytest.fixture(scope="module")
def truths(two_runs):
    return {run: RunTruth(two_runs, run) for run in RUNS}


def test_the_csv_of_attributions_holds_the_figures_of_every_map(tab, truths):
    tab.open("attributions", attributions__methods=["gradcam", "hirescam"])
    name, data = download(tab, "download-csv")
    assert name == "attributions.csv"
    rows = rows_of(data)
    assert len(rows) == len(RUNS) * len(EPOCHS) * SHAPE.samples * 2
    for row in rows:
        check_map_row(row, truths[row["run"]])


def check_map_row(row, truth):
    epoch, n = int(row["epoch"]), truth.hashes.index(row["sample"])
    values = truth.maps(epoch, row["method"])[n].astype(float)
    arrays = truth.predictions[epoch].arrays
    expected = {
        "step": (epoch + 1) * SHAPE.steps_per_epoch,
        "max_abs": abs(values).max(),
        "target_output": truth.cams[epoch].arrays["output.0"][n],
        "score": arrays["scores"][n, 0],
        **positive_figures(values),
    }
    for column, value in expected.items():
        shown = None if row[column] == "" else float(row[column])
        wanted = None if value is None else pytest.approx(float(value), rel=2e-6)
        assert shown == wanted, column
    assert row["prediction"] == truth.class_name(arrays["classes"][n, 0])
    assert row["target"] == truth.class_name(truth.cams[epoch].arrays["target.0"][n])
    assert (row["unit"], row["layer"], row["name"]) == ("logit", "features.7", str(n))


def positive_figures(values):
    """Returns mass, peak and centre of the positive part; no places where nothing is positive."""
    positive = np.clip(values, 0, None)
    mass = positive.sum()
    places = (np.arange(7) + 0.5) / 7
    down, across = np.unravel_index(values.argmax(), values.shape)
    found = {
        "peak_x": places[across],
        "peak_y": places[down],
        "centre_x": (positive.sum(0) * places).sum() / max(mass, 1e-30),
        "centre_y": (positive.sum(1) * places).sum() / max(mass, 1e-30),
    }
    return {"positive_mass": mass, **(found if mass > 0 else dict.fromkeys(found))}


def test_the_csv_of_the_overview_holds_every_prediction(tab, truths):
    tab.open("overview")
    name, data = download(tab, "download-csv")
    assert name == "explain-overview.csv"
    rows = rows_of(data)
    assert len(rows) == len(RUNS) * len(EPOCHS) * SHAPE.samples
    for row in rows:
        truth = truths[row["run"]]
        arrays = truth.predictions[int(row["epoch"])].arrays
        n = truth.hashes.index(row["sample"])
        top, label = arrays["classes"][n, 0], truth.probe.arrays["labels"][n]
        assert row["prediction"] == truth.class_name(top)
        assert row["label"] == truth.class_name(label)
        assert row["correct"] == str(int(top == label))
        shown = [float(row[name]) for name in ("prediction_score", "label_score", "loss_nats")]
        recorded = [arrays["scores"][n, 0], arrays["label_score"][n], arrays["loss"][n]]
        assert shown == pytest.approx([float(value) for value in recorded], rel=2e-6)


def test_the_png_of_attributions_is_the_film_strip_on_screen_with_its_scale(tab, truths):
    tab.open("attributions", step=120)
    box = tab.tile(RUNS[1], truths[RUNS[1]].hashes[2], 6)
    tab.page.mouse.move(5, 5)
    tab.settle()
    name, data = download(tab, "download-png")
    assert name == "attributions.png"
    picture = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
    canvas = tab["attributions-canvas"].bounding_box()
    left, top = round(box.x - canvas["x"]), round(box.y - canvas["y"])
    size = round(box.width)
    assert picture.shape[1] == round(canvas["width"])
    assert picture.shape[0] > canvas["height"] + 40
    part = picture[top : top + size, left : left + size]
    assert (part == on_screen(tab.page, box)).all()
    # The colour bar and a line for each run.
    assert picture[round(canvas["height"]) :].std() > 10


def test_the_png_of_the_overview_shows_the_sample_in_depth(tab):
    tab.open("overview")
    name, data = download(tab, "download-png")
    assert name.startswith("explain-sample-")
    picture = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    assert picture.shape[1] == 1280
    assert picture.std() > 20
