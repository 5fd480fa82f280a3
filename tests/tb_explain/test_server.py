"""Real servers in situations of their own: flags, path prefix, growing and damaged logs."""

import shutil

import pytest

from tb_explain import schema
from tests import logs, servers
from tests.synthetic_runs import RecordWriter, RunShape, epoch_records, write_run

LONG = "long/version_10"


@pytest.fixture(scope="module")
def empty_then_growing(tmp_path_factory, reader_flag):
    root = tmp_path_factory.mktemp("growing")
    with servers.tensorboard(root, reader_flag) as running:
        yield root, running


def last_steps(server):
    return {
        (entry["run"], series["kind"]): series["last_step"]
        for entry in server.catalog()["runs"]
        for series in entry["series"]
    }


def test_the_tab_appears_when_data_arrives_and_new_epochs_follow(empty_then_growing):
    root, server = empty_then_growing
    assert server.listed()["enabled"] is False
    assert server.listed()["tab_name"] == "Explain"
    assert server.catalog()["runs"] == []
    assert server.panel("overview", "run").status == 404
    shape = RunShape(samples=2)
    writer = RecordWriter(root / "run")
    for epoch in range(-1, 2):
        writer.write(*epoch_records(shape, epoch), wall_time=1e9 + epoch)
        step = (epoch + 1) * shape.steps_per_epoch
        servers.eventually(lambda step=step: last_steps(server).get(("run", "cam")) == step)
        answer = server.panel("attributions", "run")
        assert len(answer.frame.unpacked("run", "gradcam/cam")) == epoch + 2
        again = server.panel("attributions", "run", If_None_Match=answer.headers["ETag"])
        assert again.status == 304
    writer.close()
    assert server.listed()["enabled"] is True
    assert "Traceback" not in server.log.read_text()


def test_a_run_that_is_deleted_is_no_reason_to_fail(empty_then_growing):
    root, server = empty_then_growing
    write_run(root / "short_lived", RunShape(samples=2, epochs=1))
    servers.eventually(lambda: ("short_lived", "cam") in last_steps(server))
    shutil.rmtree(root / "short_lived")
    for _ in range(5):
        assert server.panel("overview", "short_lived").status in (200, 404)
        assert server.request(f"{servers.PLUGIN}/catalog").status == 200


def test_a_users_own_samples_per_plugin_wins(tmp_path, reader_flag):
    logs.write_long_run(tmp_path / "run", steps=300)
    flag = "--samples_per_plugin=tb_explain=100,tb_explain_blobs=20"
    with servers.tensorboard(tmp_path, reader_flag, flag) as server:
        servers.eventually(lambda: last_steps(server).get(("run", "cam")) == 299)
        frame = server.panel("attributions", "run").frame
    predictions = frame.unpacked("run", "gradcam/predictions")
    cams = frame.unpacked("run", "gradcam/cam")
    assert (len(predictions), len(cams)) == (100, 20)
    # What the page needs to say "100 of 300".
    assert max(record.written for record in predictions) == 300


def test_naming_one_series_leaves_the_other_complete(tmp_path, reader_flag):
    logs.write_long_run(tmp_path / "run", steps=60)
    with servers.tensorboard(
        tmp_path, reader_flag, "--samples_per_plugin=images=3,tb_explain=20"
    ) as server:
        servers.eventually(lambda: last_steps(server).get(("run", "cam")) == 59)
        frame = server.panel("attributions", "run").frame
    assert len(frame.records["run", "gradcam/predictions"]) == 20
    assert len(frame.records["run", "gradcam/cam"]) == 60


def test_everything_is_served_below_a_path_prefix(logdir, reader_flag):
    with servers.tensorboard(logdir, reader_flag, prefix="/some/where") as server:
        run = "clean/version_0"
        servers.eventually(lambda: last_steps(server).get((run, "cam")) == 160)
        assert server.url.endswith("/some/where/")
        path = server.listed()["loading_mechanism"]["module_path"]
        assert path == f"/some/where{servers.PLUGIN}/index.js"
        assert server.request(f"{servers.PLUGIN}/index.js").status == 200
        assert len(server.panel("overview", run).frame.records) == 2
        assert server.request(f"{servers.PLUGIN}/../../etc/passwd").status == 404
        entry = server.request("/data/plugin_entry.html?name=tb_explain")
        assert b'<base href="plugin/tb_explain/" />' in entry.body


def damaged_copies(source, root):
    """Writes copies of an event file that break off or are corrupted in many places."""
    data = source.read_bytes()
    # In a record's length, its checksum, its payload, and the very first bytes.
    for n, cut in enumerate((3, 11, 40, len(data) // 3, len(data) // 2, len(data) - 1)):
        for name, broken in (
            ("truncated", data[:cut]),
            ("corrupted", data[:cut] + bytes([data[cut] ^ 0xFF]) + data[cut + 1 :]),
            ("filled", data[:cut] + b"\xff" * 50 + data[cut + 50 :]),
        ):
            run = root / f"{name}{n}"
            run.mkdir()
            (run / source.name).write_bytes(broken)


def test_damaged_event_files_never_take_it_down(tmp_path, reader_flag):
    write_run(tmp_path / "whole", RunShape(samples=2, epochs=3))
    (source,) = (tmp_path / "whole").iterdir()
    damaged_copies(source, tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / source.name).touch()
    with servers.tensorboard(tmp_path, reader_flag) as server:
        servers.eventually(lambda: last_steps(server).get(("whole", "cam")) == 120)
        servers.eventually(lambda: ("truncated4", "cam") in last_steps(server))
        runs = [entry["run"] for entry in server.catalog()["runs"]]
        assert "whole" in runs
        frame = server.panel("attributions", *runs).frame
    assert len(frame.unpacked("whole", "gradcam/cam")) == 4
    assert 0 < len(frame.unpacked("truncated4", "gradcam/cam")) < 4
    # A cut event is dropped whole. Not so a corrupted one: the data server does not verify
    # checksums, so that the page may get bytes it cannot decode.
    for run, tag in frame.records:
        assert run.startswith(("corrupted", "filled")) or frame.unpacked(run, tag)


def test_hostile_values_are_named_and_hide_nothing(tmp_path, reader_flag):
    write_run(tmp_path / "whole", RunShape(samples=2, epochs=1))
    newer = b'{"version":99,"kind":"cam","monitor":"gradcam"}'
    logs.write_value(tmp_path / "newer", logs.with_content(newer))
    logs.write_value(tmp_path / "garbage", logs.with_content(b"\xff{"))
    for name, tensor in {
        "junk": logs.string_tensor(b"no record", shape=(1,)),
        "several": logs.string_tensor(b"a", b"b", shape=(2,)),
        "none": logs.string_tensor(shape=(0,)),
    }.items():
        value = schema.to_summary_value(epoch_records(RunShape(), 0)[1], first=True)
        value.tensor.CopyFrom(tensor)
        logs.write_value(tmp_path / name, value)
    with servers.tensorboard(tmp_path, reader_flag) as server:
        servers.eventually(lambda: ("whole", "cam") in last_steps(server))
        servers.eventually(lambda: len(server.catalog()["unreadable"]) >= 4)
        catalog = server.catalog()
        reasons = {entry["run"]: entry["reason"] for entry in catalog["unreadable"]}
        assert "version 99" in reasons["newer"]
        assert "metadata" in reasons["garbage"]
        assert "2 blobs" in reasons["several"]
        frame = server.panel("attributions", "whole", "junk", "newer").frame
    assert len(frame.unpacked("whole", "gradcam/cam")) == 2
    assert frame.records["junk", "gradcam/cam"] == {0: b"no record"}
