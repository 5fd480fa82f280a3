"""The routes of real servers, in both of TensorBoard's readers."""

import re
from pathlib import Path

import pytest

import tb_explain
from tb_explain import routes, schema
from tb_explain.panels import PANELS
from tb_explain.window import level
from tests.logs import HOSTILE_MONITOR, HOSTILE_RUNS, zero_tailed
from tests.servers import PLUGIN

STATIC = Path(tb_explain.__file__).parent / "static"
RUNS = ("clean/version_0", "shortcut/version_0")


def page():
    """Returns the names of the files that were built for the page."""
    return sorted({file.name for file in STATIC.iterdir()} - {routes.REPORT})


def error_of(answer):
    assert set(answer.json) == {"error"}
    error = answer.json["error"]
    assert set(error) == {"status", "code", "message"}
    assert error["status"] == answer.status
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    return error


def test_the_catalog_says_what_each_run_holds(server):
    catalog = server.catalog()
    assert catalog["format"] == 1
    assert catalog["unreadable"] == []
    run = next(entry for entry in catalog["runs"] if entry["run"] == RUNS[0])
    assert run["start_time"] > 1e9
    assert [series["tag"] for series in run["series"]] == [
        "gradcam/cam",
        "gradcam/predictions",
        "probe/synthetic3",
    ]
    assert run["series"][0] == {
        "tag": "gradcam/cam",
        "plugin": "tb_explain_blobs",
        "kind": "cam",
        "monitor": "gradcam",
        "version": 1,
        "last_step": 160,
        "last_wall_time": 1.8e9 + 180,
    }


def test_the_overview_holds_probes_and_predictions_of_the_asked_runs(server):
    frame = server.panel("overview", *RUNS).frame
    assert frame.header["panel"] == "overview"
    assert list(frame.records) == [
        (run, tag) for run in RUNS for tag in ("gradcam/predictions", "probe/synthetic3")
    ]


def test_the_attributions_hold_maps_too_in_the_order_in_which_runs_were_asked_for(server):
    frame = server.panel("attributions", *reversed(RUNS)).frame
    assert [(entry["run"], entry["kind"]) for entry in frame.header["series"]] == [
        (run, kind) for run in reversed(RUNS) for kind in ("cam", "predictions", "probe")
    ]
    cams = frame.unpacked(RUNS[0], "gradcam/cam")
    assert [record.epoch for record in cams] == [-1, 0, 1, 2, 3]
    assert cams[0].arrays["map.0"].shape == (3, 7, 7)


def test_a_monitor_that_is_asked_for_leaves_out_the_others_but_not_the_probe(server):
    frame = server.panel("attributions", RUNS[0], monitor="another").frame
    assert [entry["kind"] for entry in frame.header["series"]] == ["probe"]
    frame = server.panel("attributions", RUNS[0], monitor="gradcam").frame
    assert [entry["kind"] for entry in frame.header["series"]] == ["cam", "predictions", "probe"]


def test_a_thousand_steps_come_back_as_a_thousand_and_byte_for_byte(server):
    frame = server.panel("attributions", "long/version_10").frame
    for kind in ("predictions", "cam"):
        expected = {step: schema.pack(zero_tailed(kind, step)) for step in range(1000)}
        assert all(data.endswith(bytes(8)) for data in expected.values())
        assert frame.records["long/version_10", f"gradcam/{kind}"] == expected


LONG = "long/version_10"


@pytest.mark.parametrize(
    ("window", "steps"),
    [
        ("from=500&to=502", [500, 501, 502]),
        ("from=998", [998, 999]),
        ("to=1", [0, 1]),
        ("most=5", level(range(1000), 5)),
        ("most=2&from=7&to=8", [0, 7, 8, 999]),
        ("most=1000", list(range(1000))),
        ("room=1", [0, 999]),
        ("most=10&beyond=2", sorted({*level(range(1000), 10)} - {*level(range(1000), 5)})),
    ],
)
def test_a_window_lists_all_records_and_carries_those_asked_for(server, window, steps):
    frame = server.panel("attributions", LONG, window=window).frame
    for series in frame.header["series"]:
        assert [record["step"] for record in series["records"]] == list(range(1000))
    for kind in ("predictions", "cam"):
        expected = {step: schema.pack(zero_tailed(kind, step)) for step in steps}
        assert frame.records[LONG, f"gradcam/{kind}"] == expected


def test_each_window_has_its_own_entity_tag(server):
    windows = ["", "most=9", "most=8", "room=8", "most=8&beyond=2", "from=8", "to=8"]
    tags = {server.panel("overview", LONG, window=each).headers["ETag"] for each in windows}
    assert len(tags) == len(windows)


@pytest.mark.parametrize(
    "window",
    [
        "most=1",
        "most=-3",
        "most=x",
        "most=",
        "room=0",
        "beyond=1",
        "from=1.5",
        "to=%C2%B2",
        "to=" + "9" * 99,
    ],
)
def test_a_window_that_makes_no_sense_is_a_bad_request(server, window):
    error = error_of(server.panel("overview", LONG, window=window))
    assert error["status"] == 400
    assert f"{window.split('=')[0]}=" in error["message"]
    assert "expected a whole number" in error["message"]


def test_a_window_that_ends_before_it_begins_is_a_bad_request(server):
    error = error_of(server.panel("overview", LONG, window="from=9&to=8"))
    assert error["status"] == 400
    assert "from=9 lies after to=8" in error["message"]


def test_hostile_names_pass_as_data(server):
    runs = [entry["run"] for entry in server.catalog()["runs"]]
    assert set(HOSTILE_RUNS) <= set(runs)
    frame = server.panel("attributions", *HOSTILE_RUNS).frame
    for run in HOSTILE_RUNS:
        assert len(frame.unpacked(run, "gradcam/cam")) == 2
    frame = server.panel("attributions", "hostile_monitor", monitor=HOSTILE_MONITOR).frame
    assert frame.header["series"][0]["monitor"] == HOSTILE_MONITOR


@pytest.mark.parametrize("path", ["catalog", "index.js", f"panel/overview?run={RUNS[0]}"])
def test_what_the_browser_holds_is_not_sent_again(server, path):
    first = server.request(f"{PLUGIN}/{path}")
    assert first.status == 200
    assert "no-cache" in first.headers["Cache-Control"]
    again = server.request(f"{PLUGIN}/{path}", If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    other = server.request(f"{PLUGIN}/{path}", If_None_Match='W/"other"')
    assert (other.status, other.body) == (200, first.body)


def test_each_panel_and_run_has_its_own_entity_tag(server):
    asked = [("overview", RUNS[0]), ("overview", RUNS[1]), ("attributions", RUNS[0])]
    tags = {server.panel(name, run).headers["ETag"] for name, run in asked}
    assert len(tags) == 3


def test_the_page_is_served_as_a_script(server):
    answer = server.request(f"{PLUGIN}/index.js")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert b"render" in answer.body


def test_the_page_leads_to_every_file_that_was_built(server):
    left, served = [b"index.js"], {}
    while left:
        name = left.pop()
        answer = server.request(f"{PLUGIN}/{name.decode()}")
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/javascript")
        served[name] = answer
        left += set(re.findall(rb"""["']\./([\w.-]+\.js)["']""", answer.body)) - served.keys()
    assert sorted(name.decode() for name in served) == page()
    assert served.keys() > {b"index.js"}


def test_files_that_are_named_by_their_content_may_be_kept_and_the_page_must_be_asked_for(server):
    for name in page():
        answer = server.request(f"{PLUGIN}/{name}")
        kept = answer.headers["Cache-Control"]
        lasting = name != "index.js"
        assert kept == ("private, max-age=31536000" if lasting else "no-cache, must-revalidate")
        again = server.request(f"{PLUGIN}/{name}", If_None_Match=answer.headers["ETag"])
        assert again.status == 304


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
@pytest.mark.parametrize("path", ["catalog", "index.js", "panel/overview?run=x", "nothing"])
def test_only_get_is_allowed(server, method, path):
    answer = server.request(f"{PLUGIN}/{path}", method=method)
    assert answer.headers["Allow"] == "GET"
    error = error_of(answer)
    assert (error["status"], error["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "path",
    [
        "../../etc/passwd",
        "../../../../../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "%252e%252e%252fetc%252fpasswd",
        "..%5c..%5cetc%5cpasswd",
        "..%c0%af..%c0%afetc/passwd",
        "index.js/../schema.py",
        "index.js%00.png",
        "index.js/",
        "./index.js",
        "%2e/index.js",
        "index.js%0a",
        ".js",
        "page-.js",
        "report.js",
        "page-OLDER123.js",
        "*.js",
        "static/index.js",
        "schema.py",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "file:///etc/passwd",
        "..;/..;/etc/passwd",
        "panel/../../../etc/passwd",
        "panel/..%2f..%2fschema.py?run=clean/version_0",
        "INDEX.JS",
    ],
)
def test_a_path_that_is_not_on_the_list_is_not_found(server, path):
    answer = server.request(f"{PLUGIN}/{path}")
    assert error_of(answer)["code"] == "not_found"
    assert answer.status == 404
    assert b"root:" not in answer.body


def test_an_unknown_panel_lists_the_panels(server):
    error = error_of(server.panel("heat", RUNS[0]))
    assert error["status"] == 404
    assert "'heat'" in error["message"]
    assert str(list(PANELS)) in error["message"]


def test_a_panel_of_no_run_is_a_bad_request(server):
    error = error_of(server.panel("overview"))
    assert (error["status"], error["code"]) == (400, "bad_request")
    assert "run=<name>" in error["message"]


@pytest.mark.parametrize("run", ["nowhere", "../..", "<img src=x onerror=alert(1)>2", "", "."])
def test_an_unknown_run_is_named(server, run):
    error = error_of(server.panel("overview", RUNS[0], run))
    assert error["status"] == 404
    assert repr(run) in error["message"]


def test_an_error_does_not_repeat_ten_kilobytes(server):
    error = error_of(server.panel("overview", "x" * 10_000))
    assert error["status"] == 404
    assert len(error["message"]) < 400


def test_the_log_holds_no_traceback_and_no_complaint_of_tensorboards_validator(server):
    server.request(f"{PLUGIN}/catalog", If_None_Match="*")
    log = server.log.read_text()
    assert "Traceback" not in log
    assert "Content-Type is required" not in log
