"""The report's file: whole, inert, and without a way out; the browser's tests open it."""

import base64
import hashlib
import json
import re
import zlib

import numpy as np
import pytest

from tb_explain.exporting import html
from tb_explain.panels import PANELS
from tb_explain.reading.log import read_log
from tests import frames
from tests.logs import write_hostile_runs
from tests.synthetic_runs import RunShape, write_run


@pytest.fixture(scope="module")
def logdir(tmp_path_factory):
    root = tmp_path_factory.mktemp("logs")
    for seed, run in enumerate(("clean", "shortcut")):
        write_run(root / run, RunShape(samples=2, epochs=2), seed=seed)
    return root


def data_of(report):
    (text,) = re.findall(
        r'<script type="application/json" id="tb-explain-data">(.*?)</script>', report
    )
    return json.loads(text)


def test_a_report_holds_each_series_once_and_what_each_panel_draws(logdir):
    data = data_of(html.report(read_log(str(logdir))).html)
    listed = [(e["run"], s["tag"]) for e in data["catalog"]["runs"] for s in e["series"]]
    assert [entry["run"] for entry in data["frames"]] == [run for run, _ in listed]
    assert list(data["panels"]) == list(PANELS)
    for (run, tag), entry in zip(listed, data["frames"], strict=True):
        frame = frames.parse(zlib.decompress(base64.b64decode(entry["data"])))
        assert list(frame.records) == [(run, tag)]
    kinds = [s["kind"] for e in data["catalog"]["runs"] for s in e["series"]]
    assert {kinds[n] for n in data["panels"]["overview"]} == {"probe", "predictions"}


def test_nothing_but_the_pages_own_script_may_run(logdir):
    report = html.report(read_log(str(logdir))).html
    (script,) = re.findall(r"<script>(.*?)</script>", report, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="(.*?)">', report)
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{digest}';" in policy
    assert "http:" not in policy
    assert "https:" not in policy


def test_hostile_names_stay_text(tmp_path):
    write_hostile_runs(tmp_path)
    write_run(tmp_path / "<" / "script><!--<script>", RunShape(samples=2, epochs=1))
    report = html.report(read_log(str(tmp_path)), title="</title><script>alert(1)</script>").html
    assert report.count("</script>") == 2
    assert "<!--" not in report
    assert "<title>&lt;/title&gt;" in report
    assert "</script><!--<script>" in [run["run"] for run in data_of(report)["catalog"]["runs"]]


def test_a_log_without_records_makes_no_report(tmp_path):
    with pytest.raises(ValueError, match="holds no records"):
        html.report(read_log(str(tmp_path)))


def test_heavy_records_give_way_until_the_report_fits(tmp_path):
    shape = RunShape(samples=16, epochs=40, map_size=28)
    for seed, run in enumerate(("a", "b")):
        write_run(tmp_path / run, shape, seed=seed)
    log = read_log(str(tmp_path))
    whole = html.report(log)
    assert whole.thinned == {}
    limit = len(whole.html) - 60_000
    fitted = html.report(log, limit=limit)
    assert len(fitted.html) <= limit
    assert set(fitted.thinned) == {"cam"}
    data = data_of(fitted.html)
    frame = frames.parse(zlib.decompress(base64.b64decode(data["frames"][0]["data"])))
    steps = list(frame.records["a", "gradcam/cam"])
    assert (steps[0], steps[-1]) == (0, 1600)
    assert len(set(np.diff(steps[1:]))) == 1


def test_only_what_is_wanted_is_in_the_report(logdir):
    report = html.report(read_log(str(logdir)), wanted=lambda _, kind: kind != "cam")
    kinds = {s["kind"] for e in data_of(report.html)["catalog"]["runs"] for s in e["series"]}
    assert kinds == {"probe", "predictions"}
