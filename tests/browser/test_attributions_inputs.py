"""Attributions to images beside CAMs, and the switch between kinds of inputs."""

import pytest
from playwright.sync_api import expect

from tb_explain import schema
from tests import servers
from tests.browser.attribution_logs import wait_for, write_odd_run, write_runs
from tests.browser.test_downloads import download, rows_of
from tests.synthetic_attributions import AttributionShape, attribution_records
from tests.synthetic_runs import RecordWriter

METHODS = ("integrated_gradients", "deep_lift", "guided_backprop")
IMAGE = AttributionShape(space="image", methods=METHODS, epochs=3, samples=4)
TEXT = AttributionShape(space="text", epochs=3)
SERIES = AttributionShape(space="series", epochs=3)
RUNS = {"image": IMAGE, "text": TEXT, "series": SERIES}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    root = tmp_path_factory.mktemp("inputs")
    write_runs(root, RUNS)
    write_odd_run(root / "odd", IMAGE)
    write_summary_alone(root / "summary")
    with servers.tensorboard(root) as server:
        wait_for(server, len(RUNS) + 2, IMAGE.epochs * IMAGE.steps_per_epoch)
        yield server


def write_summary_alone(run_dir):
    """Writes a run of texts without attributions of any sample."""
    writer = RecordWriter(run_dir)
    kept = ("probe", "attribution_summary")
    records = [each for each in attribution_records(TEXT, -1) if each.kind in kept]
    writer.write(*records, wall_time=1e9)
    writer.close()


@pytest.fixture
def inputs(recorded, visit):
    return visit(recorded)


def stored(epoch, array="map.0"):
    record = next(each for each in attribution_records(IMAGE, epoch) if each.kind == "attribution")
    return schema.dequantise(record.arrays[array], record.arrays[f"{array}.scale"])


def test_maps_of_the_input_stand_in_the_film_strip_by_their_titles(inputs):
    inputs.open("attributions", runs=["image"], attributions__methods=METHODS)
    assert {track["method"] for track in inputs.geometry["tracks"]} == set(METHODS)
    for title in ("Integrated gradients", "DeepLIFT", "Guided backpropagation"):
        expect(inputs["attributions-methods"].get_by_label(title)).to_be_checked()
    expect(inputs["attributions-layer"]).to_have_count(0)
    inputs.picture("attributions-inputs")


def test_the_pointer_tells_the_exact_value_of_a_pixel(inputs):
    inputs.open("attributions", runs=["image"])
    tile = inputs.tile("image", f"image{0:010x}", 2, method="integrated_gradients")
    inputs.page.mouse.move(*tile.at(0.3, 0.4))
    told = inputs.fact("value", within="attributions-tooltip").split()[0]
    values = stored(1)[0]
    row, column = int(0.4 * values.shape[0]), int(0.3 * values.shape[1])
    near = values[row - 1 : row + 2, column - 1 : column + 2]
    assert min(abs(near - float(told)).ravel()) < 1e-5


@pytest.mark.parametrize(
    ("method", "level", "words"),
    [
        ("integrated_gradients", None, None),
        ("deep_lift", "fail", "DeepLIFT miss the output by 31 %"),
        ("guided_backprop", "warn", "the input's edges"),
    ],
)
def test_what_there_is_to_doubt_is_said_in_words(inputs, method, level, words):
    inputs.open("attributions", runs=["image"], attributions__methods=[method])
    if level is None:
        expect(inputs["doubt-fail"]).to_have_count(0)
        assert inputs.fact("completeness error", within="evidence") == "0.4 %"
        assert inputs.fact("baseline", within="evidence") == "zero"
    else:
        expect(inputs[f"doubt-{level}"].first).to_contain_text(words)


def test_the_table_names_the_input_as_the_layer(inputs):
    inputs.open("attributions", runs=["image"])
    _, data = download(inputs, "download-csv")
    rows = rows_of(data)
    assert len(rows) == (IMAGE.epochs + 1) * IMAGE.samples
    assert {row["layer"] for row in rows} == {"input"}
    peak = abs(stored(2)[1]).max()
    row = next(r for r in rows if r["epoch"] == "2" and r["sample"].endswith("1"))
    assert float(row["max_abs"]) == pytest.approx(peak, rel=1e-4)


def test_a_switch_leads_from_one_kind_of_inputs_to_another(inputs):
    inputs.open("attributions", runs=["image", "text", "series"])
    expect(inputs["attributions-canvas"]).to_be_visible()
    inputs.choose("attributions-space", "text")
    expect(inputs["attributions-text"]).to_be_visible()
    assert "attributions.space=text" in inputs.page.url
    inputs.choose("attributions-space", "series")
    expect(inputs["attributions-series"]).to_be_visible()
    expect(inputs["attributions-canvas"]).to_have_count(0)
    inputs.choose("attributions-space", "images")
    expect(inputs["attributions-canvas"]).to_be_visible()


def test_there_is_no_switch_where_one_kind_was_recorded(inputs):
    inputs.open("attributions", runs=["text"])
    expect(inputs["attributions-text"]).to_be_visible()
    expect(inputs["attributions-space"]).to_have_count(0)


def test_runs_of_other_inputs_take_no_row(inputs):
    inputs.open("attributions", runs=["image", "text"], attributions__space="text")
    lines = inputs["attributions-list"].locator("[data-run]")
    expect(lines.first).to_be_visible()
    assert set(lines.evaluate_all("(all) => all.map((each) => each.dataset.run)")) == {"text"}


def test_a_run_with_summaries_alone_says_what_is_missing(inputs):
    inputs.open("attributions", runs=["summary"])
    expect(inputs["attributions-nothing"]).to_contain_text("No shown run has attributions")


def test_odd_maps_are_drawn_and_failures_said(inputs):
    inputs.open("attributions", runs=["odd"])
    expect(inputs["shell"].locator("img, script")).to_have_count(0)
    tile = inputs.tile("odd", f"image{0:010x}", 2, method="integrated_gradients")
    inputs.page.mouse.move(*tile.at(0.5, 0.5))
    expect(inputs["attributions-tooltip"]).to_contain_text("RuntimeError: <img")
    inputs.picture("attributions-inputs-odd")
