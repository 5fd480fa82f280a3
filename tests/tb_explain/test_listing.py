import json
import re
from types import SimpleNamespace

import pytest

from tb_explain import listing, schema
from tb_explain.attempts import Attempt


def listed(content, **changes):
    return SimpleNamespace(
        **{
            "plugin_content": content,
            "max_step": 5,
            "max_wall_time": 1e9,
            "max_length": 1,
            **changes,
        }
    )


def content(**changes):
    return json.dumps({"version": 1, "kind": "cam", "monitor": "gradcam", **changes}).encode()


def only_entry(time_series, plugin=schema.BLOBS_PLUGIN):
    (entry,) = listing.entries(plugin, {"run": {"tag": time_series}})
    return entry


def test_a_series_is_what_its_metadata_says():
    entry = only_entry(listed(content()))
    part = listing.Part("run", "tag", Attempt(), 5)
    names = ("run", "tag", "tb_explain_blobs", "cam", "gradcam", 1)
    assert entry == listing.Series(*names, last_step=5, last_wall_time=1e9, parts=(part,))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "not that of a tb_explain record"),
        (b"\xff\x00", "not that of a tb_explain record"),
        (b"[1]", "not that of a tb_explain record"),
        (b"null", "not that of a tb_explain record"),
        (b'{"kind":"cam"}', "not that of a tb_explain record"),
        (b"[" * 100_000, "not that of a tb_explain record"),
        (content(version=2), r"format version 2; this tb-explain reads 1 to 1\. Update"),
        (content(version="1"), "format version 1"),
        (content(version=None), "format version None"),
        (content(kind="heat"), r"kind 'heat'; tb_explain_blobs holds \['probe', 'cam', "),
        (content(kind="predictions"), "kind 'predictions'"),
        (content(kind=["cam"]), "kind"),
        (content(kind="x" * 10_000), "xxx"),
        (content(monitor=7), "monitor is 7"),
    ],
)
def test_metadata_that_is_not_ours_is_named_with_the_reason(text, reason):
    entry = only_entry(listed(text))
    assert isinstance(entry, listing.Unreadable)
    assert (entry.run, entry.tag) == ("run", "tag")
    assert re.search(reason, entry.reason)
    assert len(entry.reason) < 300


@pytest.mark.parametrize("kind", schema.EARLIER_PLUGINS)
def test_a_kind_is_read_where_it_is_stored_and_where_it_was(kind):
    for plugin in (schema.KINDS[kind], schema.EARLIER_PLUGINS[kind]):
        entry = only_entry(listed(content(kind=kind)), plugin)
        assert isinstance(entry, listing.Series)
        assert entry.plugin == plugin


def test_several_blobs_in_one_step_are_not_ours():
    entry = only_entry(listed(content(), max_length=10**12))
    assert isinstance(entry, listing.Unreadable)
    assert "1000000000000 blobs" in entry.reason


def test_a_name_that_is_no_text_cannot_be_asked_for():
    (entry,) = listing.entries(schema.BLOBS_PLUGIN, {"run\udcff": {"tag": listed(content())}})
    assert isinstance(entry, listing.Unreadable)
    assert "UTF-8" in entry.reason


@pytest.mark.parametrize("wall_time", [float("nan"), float("inf"), None])
def test_a_time_that_json_cannot_say_is_zero(wall_time):
    assert only_entry(listed(content(), max_wall_time=wall_time)).last_wall_time == 0.0


def test_names_sort_by_the_numbers_in_them():
    names = ["run10", "run2", "run", "run02", "a/version_9", "a/version_11", "10", "9", "²", ""]
    assert sorted(names, key=listing.natural_key) == [
        "",
        "9",
        "10",
        "a/version_9",
        "a/version_11",
        "run",
        "run02",
        "run2",
        "run10",
        "²",
    ]


def test_a_name_of_ten_thousand_digits_sorts_too():
    names = ["run" + "9" * 10_000, "run1"]
    assert sorted(names, key=listing.natural_key) == names[::-1]
