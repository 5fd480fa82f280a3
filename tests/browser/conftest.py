"""A real Chromium, real TensorBoards, and a watch that no test may leave a complaint on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests import servers
from tests.browser import chromium
from tests.browser.explain import Explain
from tests.browser.odd_logs import write_odd_runs
from tests.browser.watch import Watch
from tests.synthetic_runs import RunShape, write_run

expect.set_options(timeout=15_000)  # as that of all else: the machine may be busy
SHAPE = RunShape(samples=8, epochs=10)
# Marks of tests that measure or count what a browser fetches: they want one that has nothing.
UNSEEN = ("benchmark", "unseen")
STORED = "cookies,file_systems,indexeddb,local_storage,service_workers,cache_storage"
RUNS = ("clean/version_0", "shortcut/version_0")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks every test of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """The machine's Chromium, without a window, as large as a small laptop's screen.

    On disk it keeps what V8 has compiled: TensorBoard's own six megabytes are half of an opening.
    """
    if chromium.path() is None:
        pytest.skip(f"no browser: none of {', '.join(chromium.NAMES)} is on PATH")
    folder = tmp_path_factory.mktemp("profile")
    with sync_playwright() as playwright, chromium.profile(playwright, folder) as running:
        _set_up(running)
        yield running


@pytest.fixture(scope="session")
def browser(profile: BrowserContext) -> Browser:
    """The same Chromium, for profiles beside the one on disk."""
    assert profile.browser is not None
    return profile.browser


@pytest.fixture
def context(request: pytest.FixtureRequest, profile: BrowserContext) -> Iterator[BrowserContext]:
    """A profile in which nothing was ever set; one that never saw a file, if a test says so."""
    if any(request.node.get_closest_marker(name) for name in UNSEEN):
        fresh = request.getfixturevalue("browser").new_context(viewport=chromium.VIEWPORT)
        _set_up(fresh)
        yield fresh
        fresh.close()
    else:
        yield profile
        _forget(profile)


def _set_up(context: BrowserContext) -> None:
    context.set_default_timeout(15_000)
    context.grant_permissions(["clipboard-read", "clipboard-write"])


def _forget(profile: BrowserContext) -> None:
    """Closes all pages but the blank one, without which the browser ends, and clears what is kept.

    Playwright's own way, an empty storage state, would also throw away what was compiled.
    """
    blank, *pages = profile.pages
    for page in pages:
        page.close()
    session = profile.new_cdp_session(blank)
    session.send("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": STORED})
    session.detach()


@pytest.fixture
def watch(context: BrowserContext) -> Iterator[Watch]:
    """Fails the test at its end if the browser complained of anything."""
    watching = Watch(context)
    yield watching
    watching.leave()
    watching.check()
    for page in context.pages:
        assert page.evaluate("window.__xss") is None
        assert all(frame.evaluate("window.__xss") is None for frame in page.frames)


@pytest.fixture
def visit(context: BrowserContext, watch: Watch) -> Callable[[servers.Server], Explain]:
    """Returns the tab of a server, on a page of its own that is still blank."""
    return lambda server: Explain(context.new_page(), server.url)


@pytest.fixture(scope="session")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    """A TensorBoard with two runs of the same samples; never changed."""
    root = tmp_path_factory.mktemp("two_runs")
    for seed, run in enumerate(RUNS):
        write_run(root / run, SHAPE, seed=seed)
    yield from _loaded(root, runs=len(RUNS), last_step=SHAPE.epochs * SHAPE.steps_per_epoch)


@pytest.fixture(scope="session")
def odd_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    """A TensorBoard with the runs of odd_logs.py; never changed."""
    root = tmp_path_factory.mktemp("odd_runs")
    count = write_odd_runs(root)
    yield from _loaded(root, runs=count)


@pytest.fixture
def tab(two_runs: servers.Server, visit: Callable[[servers.Server], Explain]) -> Explain:
    """The tab of `two_runs`, not opened yet."""
    return visit(two_runs)


@pytest.fixture
def odd(odd_runs: servers.Server, visit: Callable[[servers.Server], Explain]) -> Explain:
    """The tab of `odd_runs`, not opened yet."""
    return visit(odd_runs)


def _loaded(root: Path, *, runs: int, last_step: int = 0) -> Iterator[servers.Server]:
    with servers.tensorboard(root) as running:

        def complete() -> bool:
            listed = running.catalog()["runs"]
            last = [max(s["last_step"] for s in entry["series"]) for entry in listed]
            return len(listed) >= runs and min(last) >= last_step

        servers.eventually(complete)
        yield running
