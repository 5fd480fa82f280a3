"""The Attention panel: heads, one of them large, tokens, pictures, and what it refuses."""

import json

import numpy as np
import pytest
from playwright.sync_api import expect

from tb_explain import schema
from tests import servers
from tests.browser.explain import Box
from tests.browser.test_downloads import download, rows_of
from tests.browser.test_pixels import on_screen
from tests.synthetic_attention import AttentionShape, attention_records, write_attention_run
from tests.synthetic_runs import RecordWriter

TEXT = AttentionShape(layers=3, heads=4, epochs=4)
IMAGE = AttentionShape(layers=2, heads=3, epochs=3, grid=(4, 4))
LONG = AttentionShape(layers=2, heads=2, epochs=2, tokens=96, kept=8)
RUNS = {"a_text": TEXT, "b_text": TEXT, "image": IMAGE, "long": LONG}


@pytest.fixture(scope="module")
def attended(tmp_path_factory):
    root = tmp_path_factory.mktemp("attended")
    for seed, (run, shape) in enumerate(RUNS.items()):
        write_attention_run(root / run, shape, seed=seed)
    write_bad_run(root / "bad")
    with servers.tensorboard(root) as server:
        servers.eventually(lambda: loaded(server))
        yield server


def write_bad_run(run_dir):
    """A good record, one that points outside of its arrays, and a gap."""
    writer = RecordWriter(run_dir)
    writer.write(*attention_records(TEXT, -1), wall_time=1e9)
    probed, statistics, maps = attention_records(LONG, 0)
    maps.arrays["index.0"][0, 0, 0, 0] = 10_000
    writer.write(probed, statistics, maps, wall_time=1e9 + 1)
    fields = {**probed.fields, "gap": "RuntimeError: <b>no heads</b>"}
    writer.write(schema.Record("predictions", "attention", 100, 1, 3, fields), wall_time=1e9 + 2)
    writer.close()


def loaded(server):
    listed = {run["run"]: max(s["last_step"] for s in run["series"]) for run in runs_of(server)}
    wanted = {run: shape.epochs * shape.steps_per_epoch for run, shape in RUNS.items()}
    return listed == {**wanted, "bad": 100}


def runs_of(server):
    return server.catalog()["runs"]


@pytest.fixture
def attention(attended, visit):
    return visit(attended)


def opened(tab, *runs, **settings):
    keys = {f"attention__{key}": value for key, value in settings.items() if key != "step"}
    tab.open("attention", runs=runs, **keys, **{k: v for k, v in settings.items() if k == "step"})
    expect(tab["attention-grid"].first).to_be_visible()
    return tab


def weights(shape, seed, *, layer, head, epoch=None, sample=0):
    """Returns what was stored of a head: float [T, T]."""
    epoch = shape.epochs - 1 if epoch is None else epoch
    arrays = attention_records(shape, epoch, seed=seed)[-1].arrays
    counts, scale = arrays[f"map.{layer}"], arrays[f"map.{layer}.scale"]
    return counts[sample, head] * scale[sample, head][:, None]


def cell(tab, test_id, query, key, *, card=0):
    """Returns the middle of a cell of the large map, in pixels of the page."""
    canvas = tab[test_id].nth(card)
    canvas.scroll_into_view_if_needed()
    box, layout = canvas.bounding_box(), json.loads(canvas.get_attribute("data-layout"))
    x = box["x"] + layout["left"] + (key + 0.5) * layout["cell"]
    return x, box["y"] + layout["top"] + (query + 0.5) * layout["cell"]


def thumbnail(tab, layer, head):
    canvas = tab["attention-grid"].first
    box, at = canvas.bounding_box(), json.loads(canvas.get_attribute("data-layout"))
    x = box["x"] + at["left"] + (head + 0.5) * (at["tile"] + 3)
    return x, box["y"] + at["top"] + (layer + 0.5) * (at["tileHeight"] + 3)


def test_the_pointer_tells_the_exact_weight_between_two_tokens(attention):
    opened(attention, "a_text", "b_text", layer="blocks.1.attn", head=2)
    for card, seed in ((0, 0), (1, 1)):
        stored = weights(TEXT, seed, layer=1, head=2)
        for query, key in ((0, 0), (3, 4), (10, 1)):
            attention.page.mouse.move(*cell(attention, "attention-map", query, key, card=card))
            told = float(attention.fact("weight", within="attention-tooltip"))
            assert told == pytest.approx(stored[query, key], abs=6e-5)
    attention.picture("attention-text")


def test_a_click_on_a_thumbnail_shows_its_head_in_every_run_and_in_the_link(attention):
    opened(attention, "a_text", "b_text")
    attention.page.mouse.click(*thumbnail(attention, 0, 3))
    for card in (0, 1):
        caption = attention["attention-caption"].nth(card)
        expect(caption).to_contain_text("blocks.0.attn · head 3")
    assert "attention.head=3" in attention.page.url
    assert "attention.layer=blocks.0.attn" in attention.page.url


def test_a_clicked_token_is_the_one_that_asks(attention):
    opened(attention, "a_text", layer="blocks.0.attn", head=1)
    attention.page.mouse.click(*cell(attention, "attention-map", 3, 0))
    stored = weights(TEXT, 0, layer=0, head=1)[3]
    tokens = TEXT.texts[0]
    first = attention["attention-top"].locator("tbody tr").first
    expect(first).to_contain_text(tokens[int(np.argmax(stored))])
    expect(first).to_contain_text(f"{stored.max():.4f}")


def test_lines_join_tokens_and_special_ones_can_be_hidden(attention):
    opened(attention, "a_text", view="lines")
    lines = attention["attention-lines"]
    whole = lines.bounding_box()["height"]
    attention["attention-special"].check()
    attention.settle()
    line = whole / (len(TEXT.texts[0]) + 1)
    assert lines.bounding_box()["height"] == pytest.approx(whole - 2 * line, abs=1)
    attention.picture("attention-lines")


def test_lines_are_of_the_runs_colour(attention):
    opened(attention, "a_text", view="lines")
    box = Box(**attention["attention-lines"].bounding_box())
    pixels = on_screen(attention.page, box)
    spread = pixels.max(-1) - pixels.min(-1)
    assert (spread > 60).sum() > 50


def test_keys_walk_heads_and_views(attention):
    opened(attention, "a_text", layer="blocks.0.attn", head=3)
    caption = attention["attention-caption"]
    for key, words in (("j", "blocks.1.attn · head 0"), ("k", "blocks.0.attn · head 3")):
        attention.page.keyboard.press(key)
        expect(caption).to_contain_text(words)
    attention.page.keyboard.press("v")
    expect(attention["attention-lines"]).to_be_visible()
    attention["attention-grid"].focus()
    attention.page.keyboard.press("ArrowDown")
    expect(caption).to_contain_text("blocks.1.attn · head 3")


def test_arrows_walk_the_samples_that_have_maps(attention):
    opened(attention, "a_text")
    attention.page.keyboard.press("ArrowDown")
    expect(attention["detail-title"]).to_have_text("Sample 1 · ham")
    expect(attention["attention-rollout"]).to_contain_text("monday")


def test_the_film_strip_shows_training_and_goes_there(attention):
    opened(attention, "a_text", "b_text")
    strip = attention["attention-strip"]
    strip.scroll_into_view_if_needed()
    strip.click(position={"x": 96 + 66 * 1.5, "y": 40})
    expect(attention["track"]).to_have_attribute("aria-valuetext", "epoch 0, step 50")
    expect(attention["attention-run"].first).to_contain_text("epoch 0")


def test_a_cell_of_the_picture_asks_when_it_is_clicked(attention):
    opened(attention, "image", layer="blocks.1.attn", head=0)
    picture = attention["attention-picture"]
    box = picture.bounding_box()
    picture.click(position={"x": box["width"] * 3.5 / 4, "y": box["height"] * 1.5 / 4})
    expect(attention["attention-caption"]).to_contain_text("from row 1, column 3")
    stored = weights(IMAGE, 2, layer=1, head=0)[1 + 7]
    attention.page.mouse.move(box["x"] + box["width"] / 8, box["y"] + box["height"] / 8)
    told = float(attention.fact("weight", within="attention-tooltip"))
    assert told == pytest.approx(stored[1], abs=6e-5)
    attention.picture("attention-image")


def test_what_was_not_stored_is_blank_and_said(attention):
    opened(attention, "long", layer="blocks.0.attn", head=0)
    expect(attention["attention-caption"]).to_contain_text("top 8 of 96 per row")
    index = attention_records(LONG, 1, seed=3)[-1].arrays["index.0"][0, 0]
    blank = next(key for key in range(96) if key not in index[40])
    attention.page.mouse.move(*cell(attention, "attention-map", 40, blank))
    assert attention.fact("weight", within="attention-tooltip") == "not stored"


def test_attention_is_said_not_to_be_attribution(attention):
    opened(attention, "a_text")
    expect(attention["attention-caveat"]).to_contain_text("Attention is not attribution")
    expect(attention["attention-relevance"]).to_contain_text("prize")


def test_curves_tell_the_heads_entropy_at_the_scrubber(attention):
    opened(attention, "a_text", layer="blocks.2.attn", head=1)
    statistics = attention_records(TEXT, TEXT.epochs - 1, seed=0)[-2]
    entropy = statistics.arrays["entropy"][2, 1]
    expect(attention["attention-entropy"]).to_contain_text(f"{entropy:.2f}")
    for name in ("distance", "first"):
        expect(attention[f"attention-{name}"]).to_be_visible()


def test_the_csv_holds_every_heads_statistics(attention):
    opened(attention, "a_text", "b_text")
    name, data = download(attention, "download-csv")
    assert name == "attention.csv"
    rows = rows_of(data)
    assert len(rows) == 2 * (TEXT.epochs + 1) * TEXT.layers * TEXT.heads
    for row in rows[:: len(rows) // 7]:
        seed = list(RUNS).index(row["run"])
        arrays = attention_records(TEXT, int(row["epoch"]), seed=seed)[-2].arrays
        at = int(row["layer"].split(".")[1]), int(row["head"])
        assert float(row["entropy_nats"]) == pytest.approx(arrays["entropy"][at], rel=2e-6)
        assert float(row["distance"]) == pytest.approx(arrays["distance"][at], rel=2e-6)


def test_the_png_shows_the_cards(attention):
    opened(attention, "a_text")
    name, data = download(attention, "download-png")
    assert name == "attention.png"
    assert data.startswith(b"\x89PNG")
    assert len(data) > 20_000


def test_a_link_brings_back_head_view_and_token(attention):
    settings = {"layer": "blocks.0.attn", "head": 2, "view": "lines", "query": 4}
    opened(attention, "a_text", **settings)
    expect(attention["attention-lines"]).to_be_visible()
    expect(attention["attention-caption"]).to_contain_text("blocks.0.attn · head 2")
    expect(attention["attention-query"]).to_have_value("4")


def test_bad_records_are_named_and_gaps_are_told(attention):
    opened(attention, "bad", step=0)
    problems = attention.inside.locator(".problems")
    expect(problems).to_contain_text("1 ")
    problems.locator("summary").click()
    expect(problems).to_contain_text("names a token that there is not")
    attention.page.keyboard.press("ArrowRight")
    attention.page.keyboard.press("ArrowRight")
    expect(attention["attention-absence"]).to_have_text("RuntimeError: <b>no heads</b>")
