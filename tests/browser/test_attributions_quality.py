"""How far methods can be believed: figures, verdicts, curves, agreement, drift, of all inputs."""

from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import expect

from tb_explain import schema
from tests import servers
from tests.browser.attribution_logs import wait_for, write_runs
from tests.browser.test_downloads import download, rows_of
from tests.synthetic_attributions import AttributionShape, attribution_records
from tests.synthetic_explanation_quality import MEASURES
from tests.synthetic_runs import RecordWriter

METHODS = ("integrated_gradients", "deep_lift", "guided_backprop")
TABLE = AttributionShape(space="tabular", methods=METHODS, epochs=4)
RUNS = {
    "table": TABLE,
    "text": replace(TABLE, space="text"),
    "image": replace(TABLE, space="image", epochs=3),
    "unmeasured": replace(TABLE, quality=False),
}
GAP = "RuntimeError: out of memory"


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    root = tmp_path_factory.mktemp("measured")
    write_runs(root, RUNS)
    write_failed(root / "failed")
    with servers.tensorboard(root) as server:
        wait_for(server, len(RUNS) + 1, TABLE.epochs * TABLE.steps_per_epoch)
        yield server


def write_failed(run_dir):
    """Writes a run whose quality monitor failed."""
    writer = RecordWriter(run_dir)
    records = attribution_records(replace(TABLE, quality=False), -1)
    fields = {"probe": TABLE.digest, "gap": GAP}
    gap = schema.Record("explanation_quality", "quality", 0, -1, 1, fields)
    writer.write(*records, gap, wall_time=1e9)
    writer.close()


@pytest.fixture
def tab(measured, visit):
    return visit(measured)


def opened(tab, run, view="trust", **settings):
    keys = {f"attributions__{key}": value for key, value in settings.items() if key != "step"}
    steps = {key: value for key, value in settings.items() if key == "step"}
    return tab.open("attributions", runs=[run], attributions__view=view, **keys, **steps)


def recorded(run="table", epoch=TABLE.epochs - 1):
    records = attribution_records(RUNS[run], epoch, seed=list(RUNS).index(run))
    return next(each for each in records if each.kind == "explanation_quality")


def cell(tab, measure, method):
    row = tab["trust-measures"].locator(f'[data-measure="{measure}"]')
    return row.locator(f'[data-method="{method}"]')


def words(values, measure):
    """Returns a mean as the page writes it: three digits, or per cent."""
    if np.isnan(values).all():
        return "–"
    mean = float(np.nanmean(values.astype(float)))
    if measure == "completeness":
        return f"{100 * mean:.1f} %" if 100 * mean < 10 else f"{100 * mean:.0f} %"
    return f"{mean:.2f}" if mean >= 0.1 else f"{mean:.3f}"


def test_every_measure_stands_beside_a_random_order(tab):
    opened(tab, "table")
    arrays = recorded().arrays
    for s, measure in enumerate(MEASURES):
        for m, method in enumerate(METHODS):
            expect(cell(tab, measure, method)).to_have_text(words(arrays["values"][m, s], measure))
    told = float(cell(tab, "deletion", "random").inner_text())
    assert told == pytest.approx(arrays["control"][1].mean(), abs=0.01)
    tab.picture("quality-tabular")


def test_verdicts_are_told_in_words_and_beside_what_they_judge(tab):
    opened(tab, "table")
    expect(tab["trust-verdicts"]).to_contain_text("The maps stay alike")
    expect(tab["trust-verdicts"].locator("li")).to_have_count(2)
    opened(tab, "table", view="samples", methods=["guided_backprop"])
    badge = tab.inside.locator('[data-method="guided_backprop"]').get_by_test_id("verdict-fail")
    expect(badge).to_contain_text("similarity to random weights")
    expect(tab["doubt-fail"]).to_contain_text("weights are made random")


def test_the_curves_say_which_way_is_better(tab):
    opened(tab, "table")
    for name, words in (("deletion", "lower is better"), ("insertion", "higher is better")):
        chart = tab[f"trust-{name}"]
        expect(chart.locator("xpath=..")).to_contain_text(words)
        value = recorded().arrays[name][0, 4]  # at 20 % of the input
        expect(chart.get_by_role("button", name="Integrated gradients")).to_contain_text(
            f"{value:.2f}"
        )


def test_agreement_names_the_methods_that_tell_different_stories(tab):
    opened(tab, "table")
    agreement = recorded().arrays["agreement"]
    expect(tab["trust-agreement"]).to_contain_text(f"{agreement[0, 1]:.2f}")
    expect(tab["trust-agreement"]).to_contain_text("Least alike are")


def test_drift_says_since_when_maps_are_settled_and_from_what(tab):
    opened(tab, "table")
    drift = tab["trust-drift"]
    expect(drift.locator("[data-method]")).to_contain_text("settled")
    expect(drift).to_contain_text("rank correlation (Spearman) with the last one is at least 0.9")
    expect(tab["drift-last"].get_by_role("button", name="table")).to_contain_text("1.00")


def test_the_scrubber_moves_the_measures(tab):
    opened(tab, "table", step=0)
    expect(tab["trust-run"]).to_contain_text("untrained")
    mean = recorded(epoch=-1).arrays["values"][0, 1].mean()
    assert float(cell(tab, "deletion", METHODS[0]).inner_text()) == pytest.approx(mean, rel=0.06)


@pytest.mark.parametrize("space", ["text", "image"])
def test_what_was_measured_stands_below_the_sample_of_every_input(tab, space):
    opened(tab, space, view="samples")
    expect(tab["quality"]).to_contain_text("deletion AUC")
    tab["quality"].get_by_role("button", name="all methods").click()
    expect(tab["trust-measures"]).to_be_visible()
    assert "attributions.view=trust" in tab.page.url


def test_nothing_measured_says_what_to_add(tab):
    opened(tab, "unmeasured")
    expect(tab["trust-missing"]).to_contain_text("ExplanationQualityMonitor()")
    copied = tab.copied("trust-missing-copy")
    compile(copied, "recipe", "exec")
    assert "ExplanationQualityMonitor" in copied


def test_a_monitor_that_failed_says_why(tab):
    opened(tab, "failed")
    expect(tab["trust-missing"]).to_contain_text(GAP)


def test_the_csv_holds_every_mean(tab):
    opened(tab, "table")
    name, data = download(tab, "download-csv")
    assert name == "attributions-quality.csv"
    rows = rows_of(data)
    deletion = [row for row in rows if row["measure"] == "deletion" and row["epoch"] == "3"]
    assert [row["method"] for row in deletion] == [*METHODS, "random order"]
    mean = recorded().arrays["values"][0, 1].mean()
    assert float(deletion[0]["mean"]) == pytest.approx(mean, rel=1e-5)


@pytest.mark.parametrize("space", ["text", "image"])
def test_what_samples_have_in_common_is_told_of_every_input(tab, space):
    opened(tab, space, view="overall")
    expect(tab["overall-run"]).to_be_visible()
    shown = tab["overall-tokens"] if space == "text" else tab["overall-class-mean"]
    expect(shown.first).to_be_visible()
    tab.picture(f"overall-{space}")
