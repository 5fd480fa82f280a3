"""Compare: two moments side by side, held to what numpy finds in the records themselves."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser import comparison_logs as logs
from tests.browser.attribution_logs import pixels, spread
from tests.browser.conftest import RUNS, SHAPE
from tests.browser.test_downloads import download, rows_of
from tests.browser.truth import RunTruth
from tests.synthetic_attributions import attribution_records
from tests.synthetic_sensitivity import sensitivity

CLEAN, SHORTCUT = RUNS
LAST = SHAPE.epochs - 1
STEPS = SHAPE.steps_per_epoch


@pytest.fixture(scope="module")
def truths(two_runs):
    return {run: RunTruth(two_runs, run) for run in RUNS}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    with logs.served(tmp_path_factory.mktemp("comparisons")) as server:
        yield server


@pytest.fixture
def other(mixed, visit):
    return visit(mixed)


def opened(tab, *runs, **settings):
    keys = {name if name == "step" else f"compare__{name}": v for name, v in settings.items()}
    tab.open("compare", runs=list(runs), **keys)
    expect(tab["compare"]).to_be_visible()
    return tab


def cells(tab, table, column):
    found = tab[table].locator(f'tbody td[data-column="{column}"]')
    return [words.strip() for words in found.all_inner_texts()]


def numbers(tab, table, column):
    return [float(words.rstrip(" %")) for words in cells(tab, table, column)]


def test_of_two_runs_the_drift_table_holds_what_numpy_finds(tab, truths):
    opened(tab, *RUNS, view="drift")
    before, after = truths[CLEAN].maps(LAST), truths[SHORTCUT].maps(LAST)
    found = [logs.spearman(a, b) for a, b in zip(before, after, strict=True)]
    order = np.argsort(found, kind="stable")
    samples = [int(title.split(" ")[0]) for title in cells(tab, "compare-drift", "sample")]
    assert samples == list(order)
    assert numbers(tab, "compare-drift", "rank") == pytest.approx(sorted(found), abs=6e-4)
    overlap = [100 * logs.top_overlap(before[n], after[n]) for n in order]
    assert numbers(tab, "compare-drift", "overlap") == pytest.approx(overlap, abs=0.51)
    shift = [np.hypot(*(logs.centre(after[n]) - logs.centre(before[n]))) for n in order]
    assert numbers(tab, "compare-drift", "shift") == pytest.approx(100 * np.array(shift), abs=0.51)
    largest = [abs(after[n] - before[n]).max() for n in order]
    assert numbers(tab, "compare-drift", "difference") == pytest.approx(largest, abs=6e-3)
    median = f"median rank correlation of maps {np.median(found):.2f}"
    expect(tab["compare-headline"]).to_contain_text(median)


def test_a_column_sorts_and_the_csv_holds_all_figures(tab, truths):
    opened(tab, *RUNS, view="drift")
    tab["compare-drift"].get_by_role("button", name="centre shift").click()
    shown = numbers(tab, "compare-drift", "shift")
    assert shown == sorted(shown, reverse=True)
    name, data = download(tab, "download-csv")
    assert name == "compare-drift.csv"
    before, after = truths[CLEAN].maps(LAST), truths[SHORTCUT].maps(LAST)
    for row in rows_of(data):
        n = truths[CLEAN].hashes.index(row["sample"])
        assert (row["run_a"], row["run_b"]) == RUNS
        assert float(row["rank"]) == pytest.approx(logs.spearman(before[n], after[n]), abs=1e-6)
        change = float(after[n].sum() - before[n].sum())
        assert float(row["total"]) == pytest.approx(change, rel=1e-4)
    assert download(tab, "download-png")[0] == "compare-drift.png"


def test_one_run_is_compared_with_its_untrained_self_and_follows_the_scrubber(tab, truths):
    opened(tab, CLEAN)
    expect(tab["compare-follows"]).to_have_text("B follows the scrubber, A is held.")
    expect(tab["compare-a-moment"]).to_have_value("0")
    records = truths[CLEAN].predictions
    for epoch in (LAST, LAST - 1):
        flips = logs.flipped(records[-1], records[epoch])
        words = f"{len(flips)} of {SHAPE.samples} predictions flipped"
        expect(tab["compare-headline"]).to_contain_text(words)
        badges = tab["compare-grid"].locator('[data-flipped="true"] .badge')
        expect(badges).to_have_count(len(flips))
        tab.page.keyboard.press("ArrowLeft")
        tab.settle()
    tab.page.keyboard.press("f")
    expect(tab["compare-sample"]).to_have_count(len(logs.flipped(records[-1], records[LAST - 2])))
    tab.picture("compare-samples")


def test_ends_are_chosen_exchanged_and_sent_as_a_link(tab):
    opened(tab, *RUNS)
    expect(tab["compare-follows"]).to_have_text("Both follow the scrubber.")
    tab["compare-a-moment"].select_option(str(3 * STEPS))
    tab["compare-b-run"].select_option(CLEAN)
    expect(tab["compare-follows"]).to_have_text("B follows the scrubber, A is held.")
    tab.page.keyboard.press("Escape")
    tab["compare-swap"].click()
    expect(tab["compare-b-moment"]).to_have_value(str(3 * STEPS))
    expect(tab["compare-follows"]).to_have_text("A follows the scrubber, B is held.")
    assert f"compare.b=clean%2Fversion_0%2C{3 * STEPS}" in tab.page.url.replace(",", "%2C")
    tab.page.reload()
    tab.wait()
    expect(tab["compare-b-moment"]).to_have_value(str(3 * STEPS))
    expect(tab["compare-a-run"]).to_have_value(CLEAN)


def tile(tab, sample, place=0):
    card = tab["compare-grid"].locator(f'[data-sample="{sample}"] [data-tile="{place}"]')
    card.scroll_into_view_if_needed()
    tab.settle()
    return card.bounding_box()


def shot(tab, box):
    tab.page.mouse.move(2, 2)  # its figures would lie over the tile
    tab.settle()
    return pixels(tab.page.screenshot(clip=box))


def test_a_wipe_shows_a_on_its_left_and_b_on_its_right_wherever_it_is_drawn(tab, truths):
    sample = truths[CLEAN].hashes[1]
    opened(tab, *RUNS, mode="wipe", drawing="map", divider=1)
    alone = shot(tab, tile(tab, sample))
    box = tile(tab, sample)
    tab.page.mouse.click(box["x"] + 1, box["y"] + 40)
    other = shot(tab, tile(tab, sample))
    tab.page.mouse.move(box["x"] + 1, box["y"] + 40)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    tab.page.mouse.up()
    both = shot(tab, tile(tab, sample))
    middle = both.shape[1] // 2
    left, right = np.s_[4:-4, 4 : middle - 6], np.s_[4:-4, middle + 6 : -4]
    assert abs(both[left] - alone[left]).max() <= 2
    assert abs(both[right] - other[right]).max() <= 2
    assert abs(alone[right] - other[right]).max() > 40
    assert tab["compare-divider"].input_value() == "0.5"
    tab.page.keyboard.press(".")
    assert tab["compare-divider"].input_value() == "0.55"


def test_another_choice_of_colours_and_another_theme_are_drawn_at_once(tab, truths):
    sample = truths[CLEAN].hashes[0]
    opened(tab, *RUNS, drawing="map")
    maps, change = tile(tab, sample, 1), tile(tab, sample, 2)
    before = shot(tab, maps)
    tab["compare-colours"].select_option("viridis")
    assert abs(shot(tab, maps) - before).max() > 40
    light = shot(tab, change)
    tab.page.evaluate('document.body.classList.add("dark-mode")')
    tab.settle()
    assert light.mean() - shot(tab, change).mean() > 100


def test_the_pointer_reads_a_b_and_their_difference(tab, truths):
    sample = truths[CLEAN].hashes[0]
    opened(tab, *RUNS)
    box = tile(tab, sample, 2)
    size = SHAPE.map_size
    for row, column in ((0, 0), (3, 3), (6, 6)):
        x = box["x"] + (column + 0.5) / size * box["width"]
        tab.page.mouse.move(x, box["y"] + (row + 0.5) / size * box["height"])
        a, b = (truths[run].maps(LAST)[0, row, column] for run in RUNS)
        for name, value in (("A", a), ("B", b), ("B − A", b - a)):
            words = tab.fact(name, within="attributions-note")
            assert float(words.split(" ")[0]) == pytest.approx(float(value), abs=6e-4)


def test_a_flicker_turns_at_most_three_times_a_second_and_stands_still_on_request(tab):
    opened(tab, *RUNS, mode="flicker", rate=50)
    assert tab["compare-rate"].input_value() == "3"
    canvas = tab["compare-canvas"]
    shown = {canvas.get_attribute("data-showing")}
    tab.page.wait_for_timeout(450)
    shown.add(canvas.get_attribute("data-showing"))
    turns = tab.frame.evaluate(
        """() => new Promise((done) => {
          const canvas = document.querySelector('[data-testid="compare-canvas"]');
          let turns = 0;
          new MutationObserver(() => turns++).observe(canvas, {attributeFilter: ["data-showing"]});
          setTimeout(() => done(turns), 1500);
        })"""
    )
    assert 2 <= turns <= 5
    tab.page.emulate_media(reduced_motion="reduce")
    expect(tab["compare-rate"]).to_have_count(0)
    before = canvas.get_attribute("data-showing")
    tab.page.wait_for_timeout(700)
    assert canvas.get_attribute("data-showing") == before
    tab.page.keyboard.press("t")
    expect(canvas).not_to_have_attribute("data-showing", before)


def test_what_changed_is_ranked_and_leads_to_its_evidence(tab, truths):
    opened(tab, CLEAN, view="changes")
    records = truths[CLEAN].predictions
    flips = logs.flipped(records[-1], records[LAST])
    findings = tab["compare-finding"]
    times = [float(found.get_attribute("data-times")) for found in findings.all()]
    assert times == sorted(times, reverse=True)
    labels = truths[CLEAN].probe.arrays["labels"]
    before, after = (records[e].arrays["classes"][:, 0] == labels for e in (-1, LAST))
    words = (
        f"{len(flips)} of {SHAPE.samples} predictions flipped: {(after & ~before).sum()} became "
        f"right, {(before & ~after).sum()} became wrong; {before.sum()} → {after.sum()} of "
        f"{SHAPE.samples} are right."
    )
    expect(findings.filter(has_text=words)).to_have_count(1)
    expect(tab["compare-quiet"]).to_contain_text("Layers: not recorded at both ends.")
    tab.picture("compare-changes")
    findings.filter(has_text="predictions flipped").get_by_role("button").click()
    expect(tab["compare-sample"]).to_have_count(len(flips))


def test_the_matrix_holds_the_median_agreement_and_a_click_compares_the_two(tab, truths):
    opened(tab, *RUNS, view="runs")
    found = [
        logs.spearman(a, b)
        for a, b in zip(truths[CLEAN].maps(LAST), truths[SHORTCUT].maps(LAST), strict=True)
    ]
    cell = tab["compare-matrix"].get_by_role("button", name=f"{SHORTCUT} and {CLEAN}")
    expect(cell).to_have_attribute("data-samples", str(SHAPE.samples))
    assert float(cell.get_attribute("data-median")) == pytest.approx(np.median(found), abs=1e-6)
    cell.click()
    expect(tab["compare-a-run"]).to_have_value(SHORTCUT)
    expect(tab["compare-b-run"]).to_have_value(CLEAN)
    expect(tab["compare-grid"]).to_be_visible()


@pytest.mark.parametrize("space", logs.INPUTS)
def test_texts_tables_and_series_line_up_value_by_value(other, space):
    opened(other, f"{space}0", f"{space}1", sort="probe")
    shape = logs.INPUTS[space]
    expect(other["compare-sample"]).to_have_count(shape.samples)
    if space == "series":
        assert spread(other["compare-sample"].first.locator("canvas").screenshot()) > 5
    else:
        a, b = (first_map(shape, seed) for seed in range(2))
        check = {"text": words_hold, "tabular": bars_hold}[space]
        check(other["compare-sample"].first, a[0], b[0])


def first_map(shape, seed):
    last = attribution_records(shape, shape.epochs - 1, seed=seed)
    return next(each for each in last if each.kind == "attribution").arrays["map.0"]


def words_hold(card, a, b):
    expect(card.locator("[data-word]").first).to_be_visible()  # once it is known to be in view
    lines = card.locator(".cmp-words")
    sums = [
        sum(float(word.get_attribute("data-value")) for word in line.locator("[data-word]").all())
        for line in lines.all()
    ]
    assert sums == pytest.approx([a.sum(), b.sum(), (b - a).sum()], abs=1e-4)


def bars_hold(card, a, b):
    order = np.argsort(-abs(b - a), kind="stable")
    rows = card.locator("tbody tr")
    expect(rows.first).to_be_visible()  # likewise
    columns = [int(row.get_attribute("data-column")) for row in rows.all()]
    assert columns == list(order[: len(columns)])
    top = [float(words) for words in rows.first.locator(".num").all_inner_texts()]
    assert top == pytest.approx([a[order[0]], b[order[0]], (b - a)[order[0]]], rel=2e-3)


def test_sensitivities_differ_by_what_was_measured_with_the_errors_of_both(other):
    opened(other, "cut0", "cut1", view="sensitivity", edit="bits")
    a, b = (sensitivity(logs.CUTS, "bits", logs.CUTS.epochs - 1, seed) for seed in range(2))
    name = "kl_batch" if "kl_batch" in a.values else "kl"
    change = b.values[name] - a.values[name]
    error = np.hypot(a.errors[name], b.errors[name])
    shown = (
        other["compare-sensitivity"]
        .locator("tbody tr")
        .evaluate_all(
            """(rows) => Object.fromEntries(rows.map((row) => [
          row.dataset.unit, [...row.querySelectorAll("td")].map((cell) => ({...cell.dataset})),
        ]))"""
        )
    )
    for row, unit in enumerate(a.units):
        for k, cell in enumerate(shown[unit.name]):
            if np.isnan(change[row, k]):
                assert cell == {}
                continue
            assert float(cell["change"]) == pytest.approx(change[row, k])
            assert float(cell["error"]) == pytest.approx(error[row, k])
            indistinct = abs(change[row, k]) < 2 * error[row, k]
            assert cell["indistinct"] == str(bool(indistinct)).lower()
    other.picture("compare-sensitivity")


def test_layers_are_listed_by_their_largest_change_and_open_where_they_are(other):
    opened(other, "deep", view="layers", statistic="gradients norm")
    shown = [
        (float(a), float(b))
        for a, b in zip(
            cells(other, "compare-layers", "a"), cells(other, "compare-layers", "b"), strict=True
        )
        if "NaN" not in (a, b)
    ]
    sizes = [abs(np.log2(b / a)) for a, b in shown]
    assert sizes == pytest.approx(sorted(sizes, reverse=True), rel=0.2, abs=0.05)
    expect(other["compare-alerts"]).to_contain_text("New alert at B: non finite")
    name = cells(other, "compare-layers", "layer")[0]
    other["compare-layers"].get_by_role("button", name=name, exact=True).click()
    expect(other["tab-layers"]).to_have_attribute("aria-selected", "true")
    expect(other["detail"]).to_contain_text(name)


@pytest.mark.parametrize(
    ("runs", "view", "place", "words"),
    [
        (("once",), "samples", "compare-alone", "One moment is on record"),
        (("cut0", "cut1"), "samples", "compare-no-samples", "recorded no inputs"),
        (("hostile", "cut0"), "layers", "compare-no-layers", "ActivationMonitor"),
        (("hostile", "cut0"), "sensitivity", "compare-no-sensitivity", "SensitivityMonitor"),
        (("hostile",), "runs", "compare-few-runs", "Choose more runs"),
    ],
)
def test_where_nothing_compares_it_says_why_and_what_to_do(other, runs, view, place, words):
    opened(other, *runs, view=view)
    expect(other[place]).to_contain_text(words)


def test_it_opens_with_runs_that_share_samples_and_counts_those_left_out(other):
    opened(other, "cut0", "deep", "hostile", "once", view="runs")
    expect(other["compare-a-run"]).to_have_value("hostile")
    expect(other["compare-b-run"]).to_have_value("once")
    expect(other["compare-left-out"]).to_have_text(
        "2 runs left out: nothing on record of image inputs."
    )
    opened(other, "hostile", "others")
    expect(other["compare-b-run"]).to_have_value("hostile")
    expect(other["compare-sample"]).to_have_count(4)
    other["compare-b-run"].select_option("others")
    expect(other["compare-no-samples"]).to_contain_text("No sample is in both")


def test_hostile_names_are_text_and_samples_of_one_end_alone_are_counted(other):
    opened(other, "hostile", "once")
    expect(other["compare-sample"].first).to_contain_text("<img src=x")
    opened(other, "hostile", view="changes")
    expect(other["compare-changes"]).to_contain_text("<img src=x")
    assert re.search("found", other["compare-changes"].inner_text())
