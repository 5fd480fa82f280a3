"""Attributions of tables: waterfalls, features by epoch, importance, swarms and surrogates."""

import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from playwright.sync_api import expect

from tb_explain import schema
from tests import servers
from tests.browser.attribution_logs import (
    HOSTILE,
    spread,
    wait_for,
    without_inputs,
    write_odd_run,
    write_runs,
)
from tests.browser.test_downloads import download, rows_of
from tests.synthetic_attribution_inputs import FEATURES
from tests.synthetic_attributions import AttributionShape, attribution_records
from tests.synthetic_runs import RecordWriter

METHODS = ("integrated_gradients", "deep_lift", "lime", "saliency")
SHAPE = AttributionShape(space="tabular", methods=METHODS, epochs=4, samples=6)
PRIVATE = replace(SHAPE, methods=("integrated_gradients",), private=True)
PROBED = replace(SHAPE, summary=False, quality=False)
RUNS = {"clean": SHAPE, "shortcut": SHAPE, "private": PRIVATE, "probed": PROBED}
NAMES = [name for name, *_ in FEATURES]
DENSE = 10_000  # samples of a swarm of ten features
FRAME_MS = 100
# From the key to the frame after the one it is drawn in.
SCRUB = """async (keys) => {
  const times = [];
  for (const key of keys) {
    const start = performance.now();
    document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    times.push(performance.now() - start);
  }
  return times;
}"""


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    root = tmp_path_factory.mktemp("tables")
    write_runs(root, RUNS)
    write_odd_run(root / "odd", SHAPE)
    without_inputs(root / "unstored", SHAPE)
    write_hostile(root / "hostile")
    write_summary_alone(root / "summary")
    with servers.tensorboard(root) as server:
        wait_for(server, len(RUNS) + 4, SHAPE.epochs * SHAPE.steps_per_epoch)
        yield server


def write_hostile(run_dir):
    """Writes a run whose features and categories have names that are no names."""
    features = [
        {"name": f"{HOSTILE}{i}", "unit": HOSTILE, "categories": [HOSTILE] * 5} for i in range(10)
    ]
    writer = RecordWriter(run_dir)
    records = [
        replace(each, fields={**each.fields, "features": features})
        if each.kind in ("probe", "attribution_summary")
        else each
        for each in attribution_records(SHAPE, -1)
    ]
    writer.write(*records, wall_time=1e9)
    writer.close()


def write_summary_alone(run_dir):
    """Writes a run without attributions to any sample of its own."""
    writer = RecordWriter(run_dir)
    kept = ("probe", "attribution_summary")
    records = [each for each in attribution_records(SHAPE, -1) if each.kind in kept]
    writer.write(*records, wall_time=1e9)
    writer.close()


@pytest.fixture
def tab(tables, visit):
    return visit(tables)


def opened(tab, *runs, view=None, **settings):
    keys = {f"attributions__{key}": value for key, value in settings.items() if key != "step"}
    if view:
        keys["attributions__view"] = view
    steps = {key: value for key, value in settings.items() if key == "step"}
    tab.open("attributions", runs=runs, **keys, **steps)
    expect(tab[f"attributions-{view or 'tabular'}"]).to_be_visible()
    return tab


def recorded(kind, *, run="clean", epoch=SHAPE.epochs - 1):
    records = attribution_records(RUNS[run], epoch, seed=list(RUNS).index(run))
    return next(each for each in records if each.kind == kind)


def number(text):
    return float(text.replace("−", "-").split()[0])


def fall(tab, run, method):
    return tab.inside.locator(f'[data-run="{run}"] [data-method="{method}"]')


def test_a_waterfall_leads_from_the_base_value_to_the_output(tab):
    opened(tab, "clean", "shortcut", methods=["integrated_gradients"])
    for run in ("clean", "shortcut"):
        arrays = recorded("attribution", run=run).arrays
        shown = fall(tab, run, "integrated_gradients")
        base = shown.get_by_test_id("waterfall-base").inner_text()
        output = shown.get_by_test_id("waterfall-output").inner_text()
        assert number(base) == pytest.approx(arrays["map.0.base"][0], abs=0.005)
        assert number(output) == pytest.approx(arrays["output.0"][0], abs=0.005)
        steps = shown.get_by_test_id("waterfall-step")
        order = np.argsort(-np.abs(arrays["map.0"][0]))
        told = [steps.nth(i).get_attribute("data-feature") for i in range(steps.count())]
        assert told == [NAMES[f] for f in order]
        expect(shown.get_by_test_id("waterfall-missing")).to_have_count(0)
    tab.picture("tabular-waterfalls")


def test_the_pointer_tells_the_exact_value_of_a_bar(tab):
    opened(tab, "clean")
    values = recorded("attribution").arrays["map.0"][0]
    step = fall(tab, "clean", "integrated_gradients").locator('[data-feature="duration"]')
    step.hover()
    told = tab.fact("attribution", within="layers-tooltip")
    assert number(told) == pytest.approx(values[NAMES.index("duration")], rel=1e-6)
    months = recorded("probe", epoch=-1).arrays["values"][0, 1]
    assert tab.fact("value", within="layers-tooltip") == f"{months:.0f} months"


def test_values_that_miss_the_output_are_said_to(tab):
    opened(tab, "clean", methods=["deep_lift"])
    shown = fall(tab, "clean", "deep_lift")
    expect(shown.get_by_test_id("waterfall-missing")).to_contain_text("not accounted for")
    expect(shown.locator(".badge.alarm")).to_contain_text("misses 31 %")


def test_methods_stand_side_by_side_and_disagreement_is_said(tab):
    opened(tab, "clean", methods=["integrated_gradients", "lime", "saliency"])
    boxes = [fall(tab, "clean", name).bounding_box() for name in ("integrated_gradients", "lime")]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] < boxes[1]["x"]
    assert tab["tabular-agreement"].locator("li").count() == 3
    assert "rank correlation" in tab["tabular-agreement"].inner_text()
    expect(fall(tab, "clean", "saliency")).to_contain_text("magnitudes")
    expect(fall(tab, "clean", "lime")).to_contain_text("need not add up")


def test_a_click_or_a_key_takes_another_sample_and_the_link_says_which(tab):
    opened(tab, "clean")
    expect(tab["tabular-sample"]).to_have_count(SHAPE.samples)
    tab["tabular-sample"].nth(3).click()
    expect(tab["detail-title"]).to_contain_text("Sample 3")
    assert "sample=tabular0000000003" in tab.page.url
    tab.page.keyboard.press("ArrowDown")
    expect(tab["detail-title"]).to_contain_text("Sample 4")
    expect(tab["tabular-sample"].nth(4)).to_contain_text("→")


def test_the_strip_goes_to_the_epoch_that_is_clicked(tab):
    opened(tab, "clean")
    strip = tab["tabular-strip"]
    strip.scroll_into_view_if_needed()
    width = strip.bounding_box()["width"]
    cell = (width - 132 - 6) / (SHAPE.epochs + 1)
    strip.hover(position={"x": 132 + 1.5 * cell, "y": 9})
    values = recorded("attribution", epoch=0).arrays["map.0"][0]
    first = recorded("attribution").arrays["map.0"][0]
    told = number(tab.fact("attribution", within="layers-tooltip"))
    assert told == pytest.approx(values[np.argmax(np.abs(first))], rel=1e-6)
    strip.click(position={"x": 132 + 1.5 * cell, "y": 9})
    expect(tab["track"]).to_have_attribute("aria-valuetext", "epoch 0, step 40")


def test_few_features_are_shown_until_all_are_asked_for(tab):
    opened(tab, "clean")
    button = tab["tabular-all-features"]
    expect(button).to_have_attribute("aria-pressed", "false")
    tab.page.keyboard.press("f")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert "attributions.allFeatures=1" in tab.page.url


def test_without_stored_inputs_features_have_names_of_their_column_alone(tab):
    opened(tab, "unstored")
    steps = fall(tab, "unstored", "integrated_gradients").get_by_test_id("waterfall-step")
    expect(steps.first).to_be_visible()
    expect(tab["attributions-detail"]).to_contain_text("inputs are not stored")


def test_values_that_are_no_numbers_and_gaps_spoil_nothing(tab):
    opened(tab, "odd", step=40)
    expect(tab["tabular-samples"]).to_contain_text(HOSTILE)
    opened(tab, "odd")
    expect(tab["attributions-tabular"]).to_contain_text("RuntimeError")


def test_names_of_features_are_texts_whatever_they_hold(tab):
    opened(tab, "hostile")
    expect(tab["attributions-tabular"]).to_contain_text(HOSTILE)
    opened(tab, "hostile", view="overall")
    expect(tab["overall-bars"]).to_contain_text(HOSTILE)


def test_bars_are_of_the_recorded_means_and_intervals_in_every_run(tab):
    opened(tab, "clean", "shortcut", view="overall")
    bar = tab["overall-bars"].locator('[data-feature="duration"]')
    assert bar.locator(".att-bar").count() == 2
    bar.hover()
    for run in ("clean", "shortcut"):
        arrays = recorded("attribution_summary", run=run).arrays
        told = tab.fact(run, within="layers-tooltip").replace("(", "").replace(")", "").split()
        for word, name in ((told[0], "mean_abs"), (told[1], "low"), (told[3], "high")):
            assert float(word) == pytest.approx(arrays[f"{name}.0"][1], rel=1e-5)
    tab.picture("tabular-overall")


def test_a_feature_in_depth_depends_on_what_it_interacts_with(tab):
    opened(tab, "clean", view="overall")
    tab["overall-bars"].get_by_role("button", name="duration").click()
    expect(tab["overall-dependence"]).to_contain_text("checking account (0.62 of 1)")
    expect(tab["feature-detail"]).to_contain_text("interacts most with")
    assert "attributions.feature=duration" in tab.page.url
    tab["overall-colour"].select_option("age")
    expect(tab["overall-dependence"]).to_contain_text("age, low to high")


def test_the_swarm_tells_exact_attributions(tab):
    opened(tab, "clean", view="overall")
    swarm = tab["overall-swarm"]
    swarm.scroll_into_view_if_needed()
    arrays = recorded("attribution_summary").arrays
    order = np.argsort(-arrays["mean_abs.0"])
    box = swarm.bounding_box()
    largest = arrays["swarm.0"][:, order[0]].max()
    low, high = min(0, arrays["swarm.0"].min()), arrays["swarm.0"].max()
    left, right = 116 + 6, box["width"] - 10
    x = left + (largest - low) / (high - low) * (right - left)
    swarm.hover(position={"x": float(x), "y": 13})
    told = tab.fact("attribution", within="layers-tooltip")
    assert number(told) == pytest.approx(largest, rel=1e-6)


def test_privacy_says_what_is_spent_and_draws_no_sample(tab):
    opened(tab, "private", view="overall")
    privacy = recorded("attribution_summary", run="private").fields["privacy"]
    spent = f"epsilon {privacy['spent_epsilon']:.2f} of {privacy['epsilon']:.2f} spent"
    planned = f"release {privacy['releases']} of {privacy['planned_releases']} planned"
    expect(tab["privacy"]).to_contain_text(f"{spent} after {planned}")
    expect(tab["overall-swarm"]).to_have_count(0)
    expect(tab["overall-bars"].locator(".att-whisker").first).to_be_visible()
    tab.picture("tabular-private")


def test_without_a_summary_the_probe_is_summed_up_and_that_is_said(tab):
    opened(tab, "probed", view="overall")
    expect(tab["overall-of-probe"]).to_contain_text(f"{SHAPE.samples} samples of the probe alone")
    values = np.abs(recorded("attribution", run="probed").arrays["map.0"])
    tab["overall-bars"].locator('[data-feature="age"]').hover()
    told = number(tab.fact("probed", within="layers-tooltip"))
    assert told == pytest.approx(values.mean(axis=0)[3], rel=1e-5)


def test_surrogates_say_how_far_they_may_stand_for_the_model(tab):
    opened(tab, "clean", view="overall")
    expect(tab["surrogate-tree"]).to_contain_text("duration ≤ 31.5")
    expect(tab["fidelity-ridge"]).to_contain_text("79 % of the outputs' variance")
    expect(tab["surrogate-coefficients"].locator(".att-step").first).to_contain_text("duration")
    opened(tab, "clean", view="overall", step=0)
    expect(tab["fidelity-ridge"]).to_contain_text("Explains nothing")


def test_a_key_walks_the_views(tab):
    opened(tab, "clean")
    for view in ("overall", "trust", "tabular"):
        tab.page.keyboard.press("v")
        expect(tab[f"attributions-{view}"]).to_be_visible()


def test_without_attributions_to_samples_the_callback_is_named(tab):
    opened(tab, "summary")
    expect(tab["attributions-tabular"]).to_contain_text("AttributionMonitor(probe=probe)")
    compile(tab["attributions-tabular"].locator("code").inner_text(), "recipe", "exec")
    tab.page.keyboard.press("v")
    expect(tab["overall-bars"]).to_be_visible()


def test_the_scrubber_moves_the_summaries(tab):
    opened(tab, "clean", view="overall", step=0)
    expect(tab["overall-run"]).to_contain_text("untrained")
    tab.page.keyboard.press("ArrowRight")
    expect(tab["overall-run"]).to_contain_text("epoch 0")


def test_the_csv_holds_every_attribution(tab):
    opened(tab, "clean", methods=["integrated_gradients"])
    name, data = download(tab, "download-csv")
    rows = rows_of(data)
    assert name == "attributions.csv"
    assert len(rows) == (SHAPE.epochs + 1) * SHAPE.samples * len(NAMES)
    values = recorded("attribution", epoch=-1).arrays["map.0"]
    assert float(rows[3]["attribution"]) == pytest.approx(values[0, 3], rel=1e-5)
    assert rows[1]["value"].endswith(" months")


def test_the_csv_of_summaries_holds_means_and_intervals(tab):
    opened(tab, "clean", view="overall")
    name, data = download(tab, "download-csv")
    rows = rows_of(data)
    assert name == "attributions-overall.csv"
    assert len(rows) == (SHAPE.epochs + 1) * len(NAMES)
    arrays = recorded("attribution_summary").arrays
    assert float(rows[-10]["mean_abs"]) == pytest.approx(arrays["mean_abs.0"][0], rel=1e-5)


@pytest.mark.parametrize("view", ["samples", "overall", "trust"])
def test_the_png_shows_the_view(tab, view):
    opened(tab, "clean", view=None if view == "samples" else view)
    name, data = download(tab, "download-png")
    assert name == "attributions.png"
    assert spread(data) > 10


@pytest.fixture(scope="module")
def dense(tmp_path_factory):
    root = tmp_path_factory.mktemp("dense")
    writer = RecordWriter(root / "dense")
    shape = replace(SHAPE, methods=("integrated_gradients",), quality=False)
    for epoch in range(-1, 4):
        records = attribution_records(shape, epoch)
        writer.write(*map(with_many_samples, records), wall_time=1e9 + epoch)
    writer.close()
    with servers.tensorboard(root) as server:
        wait_for(server, 1, 160)
        yield server


def with_many_samples(record: schema.Record) -> schema.Record:
    if record.kind != "attribution_summary":
        return record
    repeats = DENSE // len(record.arrays["swarm_values"])
    drawn = np.random.default_rng(record.step)
    arrays = dict(record.arrays)
    for name in ("swarm.0", "swarm_values"):
        arrays[name] = np.tile(record.arrays[name], (repeats, 1))
    arrays["swarm.0"] += 0.1 * drawn.normal(size=arrays["swarm.0"].shape).astype(np.float32)
    return replace(record, arrays=arrays)


@pytest.mark.slow
@pytest.mark.benchmark
def test_a_hundred_thousand_points_are_drawn_within_a_frame(dense, visit):
    tab = opened(visit(dense), "dense", view="overall")
    keys = ["ArrowLeft", "ArrowRight"] * 6
    times = tab.frame.evaluate(SCRUB, keys)
    print(f"swarm of {DENSE * len(NAMES):,} points: {np.round(times)} ms")
    assert np.median(times) < FRAME_MS


def test_new_epochs_appear_and_nobody_loses_their_place(tmp_path, visit):
    writer = RecordWriter(tmp_path / "live")
    write = partial(write_epoch, writer)
    write(-1)
    write(0)
    with servers.tensorboard(tmp_path) as server:
        wait_for(server, 1, SHAPE.steps_per_epoch)
        tab = opened(visit(server), "live", view="overall", feature="duration")
        tab.inside.locator(".main").evaluate("main => main.scrollTo(0, 200)")
        write(1)
        wait_for(server, 1, 2 * SHAPE.steps_per_epoch)
        tab.page.locator(".reload-button").click()
        expect(tab["overall-run"]).to_contain_text("epoch 1")
        expect(tab["feature-detail"]).to_contain_text("duration")
        # The browser may move on by what has grown above.
        assert tab.inside.locator(".main").evaluate("main => main.scrollTop") >= 200
        opened(tab, "live", step=0)
        write(2)
        wait_for(server, 1, 3 * SHAPE.steps_per_epoch)
        tab.page.locator(".reload-button").click()
        expect(tab["kept"]).to_contain_text("of 16")
        expect(tab["tabular-run"]).to_contain_text("untrained")
        tab.wait_for_all_code()
    writer.close()


def write_epoch(writer, epoch):
    writer.write(*attribution_records(SHAPE, epoch), wall_time=time.time())
