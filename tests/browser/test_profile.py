"""Tests share a browser's profile, of which nothing but files outlives a test."""

import pytest

KEEP = """() => {
  localStorage.setItem("kept", "yes");
  sessionStorage.setItem("kept", "yes");
  document.cookie = "kept=yes; max-age=3600";
  return indexedDB.open("kept") && caches.open("kept");
}"""
KEPT = """async () => [
  localStorage.length, sessionStorage.length, document.cookie,
  (await indexedDB.databases()).length, (await caches.keys()).length,
]"""


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_page_finds_nothing_that_another_test_has_stored(two_runs, context, time):
    page = context.new_page()
    page.goto(f"{two_runs.url}data/plugins_listing")
    assert page.evaluate(KEPT) == [0, 0, "", 0, 0]
    page.evaluate(KEEP)
    page.wait_for_function(f"({KEPT})().then((kept) => kept.every(Boolean))")


def test_a_test_that_wants_it_has_a_profile_of_its_own(two_runs, profile, request):
    request.node.add_marker("unseen")
    assert request.getfixturevalue("context") is not profile


def test_all_others_share_one(profile, context):
    assert context is profile
