"""A hidden tab does nothing."""

import pytest

POLL_MS = 5000


def ours(watch):
    return [url for url in watch.requests if "/data/plugin/tb_explain/" in url]


@pytest.mark.slow
def test_behind_another_tab_of_tensorboard_it_asks_for_nothing(tab, watch):
    tab.open("overview", poll=5)
    tab.wait_for_all_code()
    tab.page.evaluate("location.hash = '#timeseries'")
    tab.frame.wait_for_function("innerHeight === 0", polling=100)
    tab.page.wait_for_timeout(500)
    before = ours(watch)
    tab.page.wait_for_timeout(2 * POLL_MS + 500)
    assert ours(watch) == before
    with tab.page.expect_request("**/catalog"):
        tab.page.evaluate("location.hash = '#tb_explain'")


def test_in_a_hidden_window_it_asks_for_nothing_until_it_is_seen_again(tab, watch):
    tab.open("overview", poll=5)
    set_visibility(tab, "hidden")
    before = ours(watch)
    tab.page.wait_for_timeout(POLL_MS + 500)
    assert ours(watch) == before
    with tab.page.expect_request("**/catalog"):
        set_visibility(tab, "visible")


def test_while_seen_it_asks_as_often_as_told(tab, watch):
    tab.open("overview", poll=5)
    tab.wait_for_all_code()
    with tab.page.expect_request("**/catalog"):
        pass  # whatever opening took, the clock is counted from one of its beats
    before = ours(watch)
    tab.page.wait_for_timeout(POLL_MS + 2000)
    assert len(ours(watch)) == len(before) + 1


def set_visibility(tab, state):
    # A headless browser has no window that could be hidden.
    tab.frame.evaluate(
        """(state) => {
          Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )
