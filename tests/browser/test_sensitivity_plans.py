"""The plan builder: what it asks for, how fast it answers, what can be taken along."""

import statistics

import pytest
from playwright.sync_api import expect

from tb_explain import planning
from tests.browser.sensitivity_logs import RUNS, opened, served, truth
from tests.browser.test_downloads import download

LIVE_MS = 200
MOVES = 8
# Moves the slider, and waits until the figures of the plan that it asks for are painted.
MOVED = """async ([by]) => {
  const slider = document.querySelector('[data-testid="plan-keep"]');
  const plan = () => document.querySelector('[data-testid="plan"]')?.dataset.keep;
  const before = plan();
  const start = performance.now();
  slider.value = String(Number(slider.value) + by);
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  while (plan() === before && performance.now() - start < 5000) await frame();
  await frame();
  return performance.now() - start;
}"""


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    with served(tmp_path_factory.mktemp("planned")) as server:
        yield server


@pytest.fixture
def tab(scanned, visit):
    return visit(scanned)


def drafted(tab, **settings):
    opened(tab, **settings)
    expect(tab["plan"]).to_be_visible()
    return tab


@pytest.mark.benchmark
def test_the_plan_follows_the_slider_at_once(tab):
    drafted(tab, edit="unstructured", keep=0.3)
    times = [tab.frame.evaluate(MOVED, [0.04]) for _ in range(MOVES)]
    assert statistics.median(times) < LIVE_MS, times


def test_the_plan_follows_the_slider_until_none_can_be_made(tab, watch):
    drafted(tab, edit="unstructured", keep=0.3)
    before = tab["plan"].get_attribute("data-keep")
    tab.frame.evaluate(MOVED, [0.04])
    expect(tab["plan"]).not_to_have_attribute("data-keep", before)
    watch.expect("400")
    tab["plan-first"].check()
    tab["plan-keep"].press("End")
    expect(tab["plan-error"]).to_contain_text("the smallest that can be reached is")
    expect(tab["plan"]).to_have_count(0)


@pytest.mark.parametrize(("edit", "of"), [("unstructured", "parameters"), ("channel", "macs")])
def test_the_file_is_what_the_command_line_makes_and_the_code_applies_it(tab, edit, of):
    drafted(tab, edit=edit, budget=of, keep=0.4, runs=["clean"])
    name, data = download(tab, "plan-download")
    assert name == "plan.json"
    monitor = "sensitivity" if edit == "unstructured" else f"sensitivity_{edit.replace(':', '_')}"
    made = planning.make_plan(
        truth(edit, 5),
        planning.Budget(of, 0.4),
        constraints=planning.Constraints(),
        source={"monitor": monitor, "step": 600, "epoch": 5},
    )
    assert data.decode() == made.to_json()
    copied = tab.copied("plan-code")
    callback = "PruneToPlan" if edit == "unstructured" else "ShrinkToPlan"
    assert f'{callback}("plan.json")' in copied
    assert "python -m lightning_callbacks.editing verify plan.json" in copied


def test_constraints_are_kept_and_verified_figures_stand_apart(tab):
    drafted(tab, edit="channel", keep=0.5, last=1, multiple=8)
    expect(tab["plan-predicted"]).to_contain_text("sum of KL")
    expect(tab["plan-unverified"]).to_contain_text("Not measured")
    expect(tab["sensitivity-detail"]).to_contain_text("Effects do not add up")
    tab["plan-minimum"].select_option("8")
    expect(tab["plan-verified"].locator('[data-fact="KL"]')).to_have_text("0.28")
    expect(tab["plan-verified"]).to_contain_text("512 samples, recalibrated")
    row = tab["plan-table"].locator('tr[data-allocator="uniform"]')
    expect(row.locator('[data-fact="verified"]')).to_have_text("0.61")
    tab["plan-first"].check()
    tab["plan-bars"].get_by_label("Freeze stage3.0.shortcut").click()
    expect(tab["plan-bars"].locator('[data-unit="stage3.0.shortcut"] .kept')).to_have_text("64")
    expect(tab["plan-bars"].locator('[data-unit="stem"] .kept')).to_have_text("16")
    kept = [int(each) for each in tab["plan-bars"].locator(".kept").all_inner_texts()]
    assert all(width % 8 == 0 for width in kept)
    assert "sensitivity.frozen=stage3.0.shortcut" in tab.page.url


def test_allocators_and_pinned_plans_lie_side_by_side(tab):
    drafted(tab, edit="unstructured")
    expect(tab["plan-table"].locator("tbody tr")).to_have_count(5)
    tab.page.keyboard.press("p")
    expect(tab["plan-pin"]).to_have_text("Unpin")
    tab["plan-allocator"].select_option("erk")
    expect(tab["plans-beside"].locator("thead th")).to_have_count(3)
    link = tab.page.url
    tab.page.goto("about:blank")
    tab.page.goto(link)
    expect(tab["plans-beside"].locator("thead th")).to_have_count(3)
    tab["plan-table"].scroll_into_view_if_needed()
    tab.picture("sensitivity-plans")
    tab["plan-table"].get_by_label("Unpin sensitivity").click()
    expect(tab["plans-beside"]).to_have_count(0)


def test_what_callbacks_recorded_stands_before_and_after(tab):
    drafted(tab)
    expect(tab["plan-record"]).to_have_count(len(RUNS))
    first = tab["plan-record"].first
    expect(first).to_contain_text("finished")
    expect(first.locator('tr[data-fact="macs"]')).to_contain_text("2.00x less")
    expect(first.locator('tr[data-fact="metric"]')).to_contain_text("0.89")
    expect(first.get_by_test_id("plan-candidates").locator("tbody tr")).to_have_count(3)
    expect(tab["plans-tie"]).to_contain_text("After fine-tuning these plans tie")
    tab.page.keyboard.press("ArrowLeft")
    expect(first).to_contain_text("applied")
    expect(first.locator('tr[data-fact="macs"] td').last).to_have_text("–")
