"""Attributions of texts: words on grounds that show their values, over runs, methods and epochs."""

import time

import pytest
from playwright.sync_api import expect

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
from tests.synthetic_attribution_inputs import TEXTS
from tests.synthetic_attributions import AttributionShape, attribution_records
from tests.synthetic_runs import RecordWriter

SHAPE = AttributionShape(
    methods=("integrated_gradients", "deep_lift", "saliency"), epochs=5, samples=6
)
RUNS = {"clean": SHAPE, "shortcut": SHAPE}
WORDS = "[data-word]"
FREE = 3  # the token of "[CLS] claim your free prize now ..."


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    root = tmp_path_factory.mktemp("texts")
    write_runs(root, RUNS)
    write_odd_run(root / "odd", SHAPE)
    without_inputs(root / "private", SHAPE)
    with servers.tensorboard(root) as server:
        wait_for(server, len(RUNS) + 2, SHAPE.epochs * SHAPE.steps_per_epoch)
        yield server


@pytest.fixture
def texts(read, visit):
    return visit(read)


def opened(tab, *runs, **settings):
    tab.open("attributions", runs=runs or list(RUNS), **settings)
    expect(tab["attributions-text"]).to_be_visible()
    return tab


def stored(epoch, *, run="clean", array="map.0"):
    """Returns what was stored of all samples: float [N, T]."""
    seed = list(RUNS).index(run)
    record = next(
        each for each in attribution_records(SHAPE, epoch, seed=seed) if each.kind == "attribution"
    )
    return record.arrays[array]


def line(tab, run, sample=0, method="integrated_gradients"):
    place = tab["attributions-list"].locator(".attr-sample").nth(sample)
    return place.locator(f'[data-run="{run}"][data-method="{method}"]')


def test_every_sample_stands_as_a_line_of_words_for_every_run(texts):
    opened(texts)
    for sample in range(len(TEXTS)):
        for run in RUNS:
            expect(line(texts, run, sample)).to_have_count(1)
    first = line(texts, "clean").locator(WORDS).all_inner_texts()
    assert first == TEXTS[0].split()
    texts.picture("attributions-text")


def test_tokens_of_a_word_are_one_until_they_are_asked_for(texts):
    opened(texts, sample="text0000000002")
    words = texts["attributions-full-text"].locator(WORDS)
    assert "winner" in words.all_inner_texts()
    values = stored(SHAPE.epochs - 1)[2]
    word = words.get_by_text("winner", exact=True)
    assert float(word.get_attribute("data-value")) == pytest.approx(values[1] + values[2])
    texts["attributions-merged"].uncheck()
    assert {"win", "ner"} <= set(words.all_inner_texts())
    texts.page.keyboard.press("w")
    assert "winner" in words.all_inner_texts()


def test_the_pointer_tells_the_exact_value_and_share_of_a_word(texts):
    opened(texts)
    line(texts, "shortcut").locator(WORDS).nth(FREE).hover()
    values = stored(SHAPE.epochs - 1, run="shortcut")[0]
    told = texts.fact("value", within="attributions-note").split()
    assert float(told[0]) == pytest.approx(values[FREE], rel=1e-3)
    assert told[1] == "logit"
    share = abs(values[FREE]) / abs(values).sum()
    assert texts.fact(
        "share of all |values|", within="attributions-note"
    ) == f"{share:.1%}".replace("%", " %")
    assert "shortcut, epoch 4" in texts.fact("by", within="attributions-note")


def test_a_word_that_speaks_for_the_target_is_red_and_against_it_blue(texts):
    opened(texts)
    words = line(texts, "clean", 5).locator(WORDS)  # "you won <b> nothing </b> , the meeting ..."
    ground = "(word) => getComputedStyle(word).backgroundColor.match(/\\d+/g).map(Number)"
    red = words.get_by_text("meeting", exact=True).evaluate(ground)
    blue = words.get_by_text("won", exact=True).evaluate(ground)
    assert red[0] > red[2]
    assert blue[2] > blue[0]


def test_norms_have_no_sign_and_a_scale_from_zero(texts):
    opened(texts)
    texts.choose("attributions-measure", "L2 norm")
    assert texts["colour-bar"].first.get_attribute("data-low") == "0"
    word = line(texts, "clean").locator(WORDS).nth(FREE)
    norms = stored(SHAPE.epochs - 1, array="map.0.l2")[0]
    assert float(word.get_attribute("data-value")) == pytest.approx(float(norms[FREE]))
    assert "attributions.tokens=norm" in texts.page.url


def test_in_depth_the_text_is_whole_with_its_sum_and_what_counts_most(texts):
    opened(texts)
    full = texts["attributions-full-text"].locator(WORDS).all_inner_texts()
    assert full == TEXTS[0].split()
    expect(texts["attributions-full-text"]).to_contain_text("8 × [PAD]")
    top = texts["attributions-top"].locator("th").all_inner_texts()
    assert top[:2] == ["prize", "free"]
    arithmetic = texts["attributions-sum"].inner_text().split()
    output, base, total = (float(arithmetic[i]) for i in (1, 4, 7))
    assert arithmetic[2] == "="
    assert output == pytest.approx(base + total, rel=0.02)


def test_values_that_miss_the_output_are_said_to_fail_in_words(texts):
    opened(texts, attributions__methods=["deep_lift"])
    expect(texts["attributions-sum"]).to_contain_text("≠")
    expect(texts["doubt-fail"].first).to_contain_text("DeepLIFT miss the output by 31 %")
    assert texts.fact("completeness error", within="evidence") == "31 %"
    texts["doubt-fail"].first.scroll_into_view_if_needed()
    texts.picture("attributions-text-doubt")


def test_methods_stand_under_each_other_and_a_click_takes_one_in_depth(texts):
    opened(texts, attributions__methods=["integrated_gradients", "deep_lift", "saliency"])
    line(texts, "shortcut", 1, "saliency").click()
    expect(texts["detail-title"]).to_have_text("Sample 1 · ham")
    assert texts.fact("method", within="attributions-detail") == "Saliency"
    assert texts.fact("run", within="attributions-detail") == "shortcut"
    expect(line(texts, "shortcut", 1, "saliency")).to_contain_text("Saliency")
    texts.picture("attributions-text-methods")


def test_words_over_epochs_tell_values_and_move_the_scrubber(texts):
    opened(texts)
    canvas = texts["attributions-epochs"]
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    columns = int(canvas.get_attribute("data-columns"))
    assert columns == SHAPE.epochs + 1
    pitch = (box["width"] - 92) / columns
    x, y = box["x"] + 92 + 2.5 * pitch, box["y"] + (FREE + 0.5) * 15
    texts.page.mouse.move(x, y)
    told = float(texts.fact("value", within="attributions-note"))
    assert told == pytest.approx(stored(1)[0][FREE], rel=1e-3)
    assert texts.fact("moment", within="attributions-note").startswith("epoch 1,")
    texts.page.mouse.click(x, y)
    expect(texts["track"]).to_have_attribute("aria-valuetext", "epoch 1, step 80")
    word = line(texts, "clean").locator(WORDS).nth(FREE)
    assert float(word.get_attribute("data-value")) == pytest.approx(float(stored(1)[0][FREE]))


def test_arrow_keys_walk_through_samples_and_keep_them_in_view(texts):
    opened(texts)
    texts.page.set_viewport_size({"width": 1280, "height": 500})
    for _ in range(5):
        texts.page.keyboard.press("ArrowDown")
    expect(texts["detail-title"]).to_contain_text("Sample 5")
    expect(texts["attributions-list"].locator(".attr-sample.on")).to_be_in_viewport()


def test_a_link_brings_back_what_is_shown(texts):
    opened(
        texts, attributions__words="0", attributions__methods=["saliency"], sample="text0000000002"
    )
    expect(texts["detail-title"]).to_contain_text("Sample 2")
    assert "ner" in texts["attributions-full-text"].locator(WORDS).all_inner_texts()
    assert texts["colour-bar"].first.get_attribute("data-low") == "0"


def test_a_long_text_is_cut_around_what_counts(texts):
    texts.page.set_viewport_size({"width": 1280, "height": 800})
    opened(texts, attributions__words="0")
    shown = line(texts, "clean", 2).locator(WORDS).all_inner_texts()
    assert len(shown) < len(TEXTS[2].split())
    overflow = "(words) => words.scrollWidth - words.clientWidth"
    assert line(texts, "clean", 2).locator(".attr-words").evaluate(overflow) <= 0


def test_the_table_holds_every_token(texts):
    opened(texts)
    name, data = download(texts, "download-csv")
    assert name == "attributions-text.csv"
    rows = rows_of(data)
    tokens = sum(len(text.split()) for text in TEXTS)
    assert len(rows) == len(RUNS) * (SHAPE.epochs + 1) * tokens
    for row in rows[::7]:
        values = stored(int(row["epoch"]), run=row["run"])
        n = int(row["sample"].removeprefix("text"))
        assert float(row["value"]) == pytest.approx(
            values[n][int(row["token"])], rel=1e-5, abs=1e-9
        )


def test_the_picture_shows_what_is_on_screen(texts):
    opened(texts)
    name, data = download(texts, "download-png")
    assert name == "attributions-text.png"
    assert spread(data) > 5


def test_hostile_tokens_and_names_are_text_and_keep_their_place(texts):
    opened(texts, "odd", step="40")
    expect(texts["attributions-text"].locator("img, script")).to_have_count(0)
    expect(texts["detail"].locator("img, script")).to_have_count(0)
    expect(texts["attributions-full-text"]).to_contain_text(HOSTILE)
    width = texts.frame.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0
    texts.picture("attributions-text-hostile")


def test_values_that_are_no_numbers_are_marked_and_said(texts):
    opened(texts, "odd", step="40")
    word = texts["attributions-full-text"].locator(WORDS).nth(1)
    word.scroll_into_view_if_needed()
    word.hover()
    assert texts.fact("value", within="attributions-note") == "NaN logit"
    assert "broken" in word.get_attribute("class")


def test_a_monitor_that_failed_says_why_where_the_words_would_be(texts):
    opened(texts, "odd")
    expect(texts["attributions-list"]).to_contain_text(f"RuntimeError: {HOSTILE}")
    texts.picture("attributions-text-gap")


def test_where_inputs_are_not_stored_tokens_are_numbered(texts):
    opened(texts, "private")
    words = texts["attributions-full-text"].locator(WORDS).all_inner_texts()
    assert words[:3] == ["#0", "#1", "#2"]


def test_new_epochs_appear_while_a_run_is_being_written(tmp_path, visit):
    writer = RecordWriter(tmp_path / "live")
    for epoch in (-1, 0):
        writer.write(*attribution_records(SHAPE, epoch), wall_time=time.time())
    with servers.tensorboard(tmp_path) as server:
        wait_for(server, 1, SHAPE.steps_per_epoch)
        tab = opened(visit(server), "live", sample="text0000000001")
        writer.write(*attribution_records(SHAPE, 1), wall_time=time.time())
        wait_for(server, 1, 2 * SHAPE.steps_per_epoch)
        tab.page.locator(".reload-button").click()
        expect(tab["track"]).to_have_attribute("aria-valuetext", "epoch 1, step 80")
        expect(tab["attributions-epochs"]).to_have_attribute("data-columns", "3")
        expect(tab["detail-title"]).to_have_text("Sample 1 · ham")
        word = line(tab, "live").locator(WORDS).nth(FREE)
        assert float(word.get_attribute("data-value")) == pytest.approx(float(stored(1)[0][FREE]))
        tab.wait_for_all_code()
    writer.close()
