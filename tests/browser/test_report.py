"""A report opened from disk: every panel drawn, no request, no complaint, not too large."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tb_explain.exporting import html
from tb_explain.panels import PANELS
from tb_explain.reading.log import read_log
from tests.browser.attribution_logs import pixels, spread
from tests.browser.explain import AFTER_PAINT
from tests.browser.watch import Watch
from tests.logs import HOSTILE_RUNS, write_hostile_runs
from tests.synthetic_attention import AttentionShape, write_attention_run
from tests.synthetic_graph import residual_network, write_graph_run
from tests.synthetic_layer_tables import LayersShape
from tests.synthetic_layers import write_layers
from tests.synthetic_runs import RunShape, write_run
from tests.synthetic_sensitivity import SensitivityShape, write_sensitivities

RUNS = ("clean", "pruned", "shortcut")
LARGEST = 3_000_000  # bytes of 3 runs of 30 epochs with 16 samples
EPOCHS, STEPS = 30, 40


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of three runs, 30 epochs, 16 samples: maps and layers of all, the rest once."""
    root = tmp_path_factory.mktemp("report")
    logs = root / "logs"
    for seed, run in enumerate(RUNS):
        write_run(logs / run, RunShape(samples=16, epochs=EPOCHS, steps_per_epoch=STEPS), seed=seed)
        layers = LayersShape(records=EPOCHS, every=STEPS, steps_per_epoch=STEPS)
        write_layers(logs / run, layers, seed=seed)
    write_attention_run(logs / RUNS[0], AttentionShape())
    write_sensitivities(logs / RUNS[1], SensitivityShape())
    write_graph_run(logs / RUNS[2], residual_network(3))
    return written(root / "a report.html", logs)


def written(path: Path, logs: Path) -> Path:
    """Writes the report of `logs` to `path`."""
    report = html.report(read_log(str(logs)), title="Report", limit=LARGEST)
    path.write_text(report.html, encoding="utf-8")
    return path


@pytest.fixture
def offline(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile without a network."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def watched(offline: BrowserContext) -> Iterator[Watch]:
    """Fails the test at its end if the report asked for anything, or complained."""
    watch = Watch(offline)
    yield watch
    watch.check()
    assert len(watch.requests) == 1
    assert watch.requests[0].startswith("file://")


def opened(context: BrowserContext, report: Path) -> Page:
    page = context.new_page()
    page.goto(report.as_uri())
    ready(page)
    return page


def ready(page: Page) -> None:
    expect(page.get_by_test_id("shell")).to_have_attribute("data-status", "ready")
    expect(page.locator(".progress")).to_have_count(0)
    page.evaluate(AFTER_PAINT)


def open_panel(page: Page, panel: str) -> None:
    tab = page.get_by_role("tab").nth(list(PANELS).index(panel))
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")
    ready(page)


def test_every_panel_is_drawn(offline, watched, report):
    page = opened(offline, report)
    assert page.title() == "Report"
    for panel in PANELS:
        open_panel(page, panel)
        assert page.get_by_test_id("unreadable").count() == 0
        assert spread(page.locator("main").screenshot()) > 10


def test_light_and_dark_follow_the_system(offline, watched, report):
    page = opened(offline, report)
    brightness = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate(AFTER_PAINT)
        brightness[scheme] = pixels(page.screenshot()).mean()
    assert brightness["light"] > 200
    assert brightness["dark"] < 80


def test_runs_are_chosen_as_in_the_live_page(offline, watched, report):
    page = opened(offline, report)
    kept = page.get_by_test_id("kept")
    expect(kept).to_contain_text("record")
    before = kept.inner_text()
    page.get_by_test_id("runs-none").click()
    expect(page.get_by_test_id("shell")).to_have_attribute("data-status", "none-shown")
    page.get_by_label(RUNS[0], exact=True).check()
    ready(page)
    expect(kept).not_to_have_text(before)
    page.reload()
    expect(page.get_by_test_id("run-picker")).to_contain_text("1 of 3")
    watched.requests.pop()  # the reload's


def test_links_into_it_and_what_is_taken_out_of_it_work(offline, watched, report):
    page = offline.new_page()
    page.goto(f"{report.as_uri()}#tb_explain&p.tb_explain.panel=layers&p.tb_explain.step=400")
    ready(page)
    expect(page.get_by_role("tab", selected=True)).to_have_text("Layers")
    expect(page.get_by_test_id("goto")).to_have_value("9")
    for kind in ("png", "csv"):
        with page.expect_download() as saved:
            page.get_by_test_id(f"download-{kind}").click()
        assert saved.value.path().stat().st_size > 1000
    watched.requests[1:] = [url for url in watched.requests[1:] if not url.startswith("blob:")]


def test_what_takes_a_server_is_absent_or_says_so(offline, watched, report):
    page = opened(offline, report)
    expect(page.get_by_test_id("poll")).to_have_count(0)
    expect(page.get_by_test_id("origin")).to_have_text(f"Report of {report.parent / 'logs'}")
    open_panel(page, "sensitivity")
    expect(page.get_by_test_id("plan-error")).to_contain_text("a report has none")


def test_it_is_small_enough_to_send(report):
    assert report.stat().st_size <= LARGEST


def test_hostile_names_stay_text(browser: Browser, tmp_path: Path):
    write_hostile_runs(tmp_path / "logs")
    write_run(tmp_path / "logs" / "<" / "script><!--<script>", RunShape(samples=2, epochs=1))
    context = browser.new_context(offline=True)
    watch = Watch(context)
    page = opened(context, written(tmp_path / "report.html", tmp_path / "logs"))
    for name in HOSTILE_RUNS:
        expect(page.get_by_test_id("run-picker")).to_contain_text(name[:8])
    assert page.evaluate("window.__xss") is None
    watch.check()
    context.close()
